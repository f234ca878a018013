//! Client secret that the flows of a provider need.

use super::layers::AuthEnvironment;
use super::provider::{Flow, Provider};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;

impl Provider {
    /// Fails before any request if every possible flow needs a client secret and none is known.
    ///
    /// # Errors
    /// [`Error::Usage`] with the command that stores the secret.
    pub fn require_secret(&self, has_secret: bool) -> Result<()> {
        let (browser, device) = (self.secret_needed, self.quirks.device.secret_needed);
        let device_may_exist = self.endpoints.device_authorization.is_some() || self.discover;
        let is_needed = match self.flow {
            Some(Flow::Device) => device,
            Some(Flow::Loopback | Flow::Paste) => browser,
            None => browser && (device || !device_may_exist),
        };
        if is_needed && !has_secret { Err(self.secret_missing()) } else { Ok(()) }
    }

    /// Error that names the places where a secret was looked for.
    pub fn secret_missing(&self) -> Error {
        let (name, id) = (&self.name, self.client_id.as_deref().unwrap_or("ID"));
        let variable = match name.contains("://") {
            true => String::new(),
            false => format!(" and `{}` is not set", AuthEnvironment::variable_name(name, "SECRET")),
        };
        Error::Usage {
            message: format!("`{name}` needs a client secret: none is stored{variable}"),
            hint: Some(format!(
                "{{program}} providers add {} --client-id {} --client-secret-stdin",
                shell_quote(name),
                shell_quote(id)
            )),
        }
    }
}
