//! Requirements of an authorization server that decide before the user is involved whether a sign-in can succeed.

use super::discovery::ProviderDiscovery;
use super::protected_resource::ResourceServer;
use crate::app::App;
use crate::catalog::{self, Pkce, Provider};
use crate::error::{Error, Remedy, Result};
use crate::oauth::discovery::Metadata;
use crate::oauth::host_of;
use crate::sanitize::shell_quote;

/// Requires PKCE of a server that a resource named: without it an intercepted code is enough to get the token, and other
/// resources may use the same server. Catalog and configuration know servers that do not list it.
pub fn check_pkce(
    app: &App,
    provider: &Provider,
    server: &ResourceServer,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<()> {
    discovery.find_endpoints()?;
    if provider.pkce == Pkce::Yes || discovery.supports_pkce_s256()? {
        return Ok(());
    }
    let issuer = discovery.metadata().map_or(server.issuer.as_str(), |metadata| metadata.issuer.as_str());
    if catalog::supports_pkce(issuer, &app.config()?.providers) {
        return Ok(());
    }
    let (url, id) = (&provider.name, provider.client_id.as_deref().unwrap_or("ID"));
    let mut command = format!("{{program}} signin {} --client-id {}", shell_quote(issuer), shell_quote(id));
    if let Some(resource) = &server.resource {
        command += &format!(" --resource {}", shell_quote(resource));
    }
    if !provider.scopes.is_empty() {
        command += &format!(" --scope {}", shell_quote(&provider.scopes.join(",")));
    }
    let host = host_of(issuer);
    Err(Error::Blocked {
        cause: Box::new(Error::check(format!("`{host}` does not advertise PKCE with S256, which `{url}` requires"))),
        alternative: command,
    })
}

/// Fails if the server requires an authorization request that this program cannot send. The device flow has none.
pub fn check_request(provider: &Provider, metadata: Option<&Metadata>, has_device_flow: bool) -> Result<()> {
    let Some(metadata) = metadata else { return Ok(()) };
    let required = match (metadata.require_pushed_authorization_requests, metadata.require_signed_request_object) {
        (true, _) => "pushed authorization requests (RFC 9126)",
        (false, true) => "signed authorization requests (RFC 9101)",
        (false, false) => return Ok(()),
    };
    let host = host_of(&metadata.issuer);
    let message = format!("`{host}` requires {required}, which this program cannot send");
    match has_device_flow {
        true => Err(Error::Blocked {
            cause: Box::new(Error::check(message)),
            alternative: format!("{{program}} signin {} --device", shell_quote(&provider.name)),
        }),
        false => {
            Err(Error::check_with(Remedy::InMessage, format!("{message}; there is no other way to sign in there")))
        }
    }
}
