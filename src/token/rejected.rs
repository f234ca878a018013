//! A server that rejects an access token before it expires.

use super::locked_session::LockedSession;
use crate::app::App;
use crate::error::Result;
use crate::secret::Secret;
use crate::session::SessionInfo;

/// Counts the access token of a session as expired if `token` is it, so that the next command refreshes. Any other token
/// changes nothing. Sends nothing.
///
/// # Errors
/// [`Error::ReauthenticationRequired`](crate::error::Error) if the session has no refresh token, and nothing changed;
/// errors of the store.
pub fn expire_rejected(app: &App, info: &SessionInfo, token: &Secret) -> Result<()> {
    let before = app.sessions.load(info)?;
    // Most tokens that a program forgets are others: no lock for those.
    if before.tokens.access_token != *token {
        return Ok(());
    }
    if before.tokens.refresh_token.is_none() {
        return Err(before.reauthentication_required("the server rejected the access token"));
    }
    let LockedSession { lock, mut session, .. } = LockedSession::take(app, info, &before)?;
    if session.tokens.access_token != *token {
        return Ok(());
    }
    session.tokens.expire_access_token(app.now());
    app.save_refreshed(&session, &lock)
}
