//! Tokens for helpers: of the session that a host belongs to, and ID tokens.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::app::host_session::HostSession;
use crate::cli::token::no_id_token;
use crate::credential::ServiceHost;
use crate::error::Result;
use crate::oauth::id_token;
use crate::secret::Secret;
use crate::session::{Session, SessionInfo};
use crate::token::{self, TokenOptions};

/// Account of a helper that gets the host from the other program
#[derive(Debug, clap::Args)]
pub struct AccountArg {
    /// Select an account by its name, email address or subject
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
}

/// Session of a host, with a fresh access token; `None` for a stranger.
pub fn session_for(app: &App, host: Option<&ServiceHost>, args: &AccountArg) -> Result<Option<(SessionInfo, Session)>> {
    let Some(host) = host else { return Ok(None) };
    match app.session_of_host(host, args.account.as_deref())? {
        HostSession::Unknown => Ok(None),
        HostSession::Found(info) => {
            let session = token::fresh_session(app, &info, &TokenOptions::default())?;
            Ok(Some((*info, session)))
        }
    }
}

/// Session of a host, for a user name that the other program read in a URL; `None` if another helper may know better.
/// `is_session_user` tells the user names of a session that are no account.
pub fn session_of_user(
    app: &App,
    host: &ServiceHost,
    user: Option<&str>,
    args: &AccountArg,
    is_session_user: impl Fn(&SessionInfo, &str) -> bool,
) -> Result<Option<SessionInfo>> {
    let HostSession::Found(info) = app.session_of_host(host, args.account.as_deref())? else { return Ok(None) };
    let Some(name) = user.filter(|_| args.account.is_none()) else { return Ok(Some(*info)) };
    match info.account.matches_name(name) || is_session_user(&info, name) {
        true => Ok(Some(*info)),
        false => app.sessions.find(&info.provider, Some(name)),
    }
}

/// ID token of a session with its end, refreshed if needed.
pub fn fresh_id_token(app: &App, info: &SessionInfo) -> Result<(Secret, Option<DateTime<Utc>>)> {
    let options = TokenOptions { id_token: true, ..TokenOptions::default() };
    let session = token::fresh_session(app, info, &options)?;
    let id_token = session.tokens.id_token.as_ref().ok_or_else(|| no_id_token(&session, ""))?;
    let claims = id_token::claims_of_stored(id_token);
    Ok((id_token.clone(), claims.and_then(|claims| claims.expires_at())))
}
