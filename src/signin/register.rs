//! Registration without a sign-in.

use super::options::SigninOptions;
use super::target::Target;
use crate::app::App;
use crate::catalog::Provider;
use crate::demo::Approval;
use crate::error::Result;

/// Registers a client for this program at the server of `provider`, or finds the one that is registered. Returns the
/// client id and true for a new client; `None` if the server registers no clients.
///
/// # Errors
/// As [`super::signin`] before the user is involved.
pub fn register(app: &App, provider: &Provider, options: &SigninOptions) -> Result<Option<(String, bool)>> {
    // A registration needs no user, so nobody may be there to answer.
    let target = Target::resolve(app, provider, options, Approval::Automatic)?;
    Ok(target.registered.map(|registered| (registered.client.id, !registered.is_reused)))
}
