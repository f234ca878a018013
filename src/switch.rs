//! `switch`: makes an account the default of its provider.

use crate::app::App;
use crate::error::Result;
use crate::session::SessionInfo;

/// Makes `account` the default of `provider`, and returns its session.
///
/// # Errors
/// [`crate::error::Error::NotSignedIn`] if there is no such session.
pub fn switch(app: &App, provider: &str, account: &str) -> Result<SessionInfo> {
    let missing = || app.no_session_error(provider.to_owned(), Some(account.to_owned()));
    let session = app.find_session(provider, Some(account))?.ok_or_else(missing)?;
    app.sessions.set_default(&session.provider, account)
}
