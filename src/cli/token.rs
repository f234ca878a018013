//! `token`: prints the access token, refreshed if needed.

use std::time::Duration;

use serde_json::json;

use super::output::{Output, rfc3339};
use super::session_args::SessionArgs;
use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::session::Session;
use crate::token::{self, RefreshMode, TokenOptions};

/// Print the access token, refreshed if less than a minute is left
///
/// Never opens a browser. Any number of processes can run this at once; the provider sees one refresh.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Print `Authorization: TYPE TOKEN`
    #[arg(long, conflicts_with = "id_token", help_heading = "Output options")]
    header: bool,
    /// Print the ID token
    #[arg(long, help_heading = "Output options")]
    id_token: bool,
    /// Refresh if the token is valid for less than this
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "60s",
        value_parser = crate::duration::parse,
        help_heading = "Refresh options"
    )]
    min_ttl: Duration,
    /// Print the stored token, even if it has expired
    #[arg(long, conflicts_with = "force_refresh", help_heading = "Refresh options")]
    no_refresh: bool,
    /// Refresh even if the token is still valid
    #[arg(long, help_heading = "Refresh options")]
    force_refresh: bool,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let refresh = match (args.no_refresh, args.force_refresh) {
        (true, _) => RefreshMode::Never,
        (_, true) => RefreshMode::Always,
        _ => RefreshMode::WhenDue,
    };
    let session = token::token(
        app,
        &args.session.query(),
        &TokenOptions { min_ttl: args.min_ttl, refresh, id_token: args.id_token },
    )?;
    let tokens = &session.tokens;
    if args.id_token {
        let id_token = tokens.id_token.as_ref().ok_or_else(|| no_id_token(&session))?;
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
            output.line(&format!("Authorization: Bearer {}", tokens.access_token.expose()))?;
        }
        (false, false) => output.line(tokens.access_token.expose())?,
    }
    Ok(0)
}

/// Error for a session without an ID token; a provider that speaks OpenID Connect issues one for the scope `openid`.
fn no_id_token(session: &Session) -> Error {
    let cause = Error::other(format!("`{}` issued no ID token", session.provider));
    let has_openid = session.scopes_requested.iter().any(|scope| scope == "openid");
    let alternative = match has_openid {
        true => "nothing on this machine helps; the provider may not issue ID tokens".to_owned(),
        false => format!("{{program}} signin {} --scope +openid", shell_quote(&session.provider)),
    };
    Error::Blocked { cause: Box::new(cause), alternative }
}
