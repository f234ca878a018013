//! `token`: prints the access token, refreshed when that is due.

use std::time::Duration;

use serde_json::json;

use super::output::{Output, rfc3339};
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::{Error, Result};
use crate::token::{self, RefreshMode, TokenOptions};

/// Print the access token of a session, refreshed when less than a minute of it is left
///
/// Never opens a browser. Any number of processes may ask at once; the provider sees one refresh.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The provider: a name, an https:// address, or a host
    provider: Option<String>,
    /// The account: its name, e-mail address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Print `Authorization: TYPE TOKEN`
    #[arg(long, conflicts_with = "id_token")]
    header: bool,
    /// Print the ID token
    #[arg(long)]
    id_token: bool,
    /// Refresh when less than this is left
    #[arg(long, value_name = "DUR", default_value = "60s", value_parser = crate::duration::parse)]
    min_ttl: Duration,
    /// Print what is there, expired or not
    #[arg(long, conflicts_with = "force_refresh")]
    no_refresh: bool,
    /// Refresh although the token is still valid
    #[arg(long)]
    force_refresh: bool,
}

/// Runs the command.
///
/// # Errors
/// As [`token::token`], and [`Error::Output`].
pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let wanted = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
    let refresh = match (args.no_refresh, args.force_refresh) {
        (true, _) => RefreshMode::Never,
        (_, true) => RefreshMode::Always,
        _ => RefreshMode::WhenDue,
    };
    let session =
        token::token(app, &wanted, &TokenOptions { min_ttl: args.min_ttl, refresh, id_token: args.id_token })?;
    let tokens = &session.tokens;
    if args.id_token {
        let none = || Error::other(format!("`{}` gave no ID token", session.provider));
        let id_token = tokens.id_token.as_ref().ok_or_else(none)?;
        return match output.json {
            true => output.document(&json!({
                "id_token": id_token.expose(),
                "provider": session.provider,
                "account": session.account.name,
            })),
            false => output.line(id_token.expose()),
        }
        .map(|()| 0);
    }
    match (output.json, args.header) {
        (true, _) => output.document(&json!({
            "access_token": tokens.access_token.expose(),
            "token_type": tokens.token_type,
            "expires_at": rfc3339(tokens.expires_at),
            "scopes": session.scopes,
            "provider": session.provider,
            "account": session.account.name,
        }))?,
        (false, true) => {
            output.line(&format!(
                "Authorization: {} {}",
                tokens.authorization_scheme(),
                tokens.access_token.expose()
            ))?;
        }
        (false, false) => output.line(tokens.access_token.expose())?,
    }
    Ok(0)
}
