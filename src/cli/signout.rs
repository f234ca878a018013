//! `signout`: clears the local credentials; the provider's own session stays as it is.

use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::Result;
use crate::signout::{self, ClearedSession, SignoutOptions};

/// Clear the local credentials of a session
///
/// Nothing is sent to the provider, whose own session in the browser stays as it is. `--revoke` asks the provider to
/// end the tokens, `--end-session` opens its logout page, `--forget-client` deletes the client that was registered at the
/// first sign-in, where that was done without you.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The provider
    provider: Option<String>,
    /// The account: its name, e-mail address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Every session, or every session of PROVIDER
    #[arg(long, conflicts_with = "account")]
    all: bool,
    /// Ask the provider first to revoke the tokens (RFC 7009)
    #[arg(long)]
    revoke: bool,
    /// Open the provider's logout page afterwards
    #[arg(long)]
    end_session: bool,
    /// Delete the client that the provider registered by itself (RFC 7592)
    #[arg(long)]
    forget_client: bool,
}

/// Runs the command. What went wrong on the way is the error it ends with, after what was cleared is said.
///
/// # Errors
/// As [`signout::signout`], and [`crate::error::Error::Output`].
pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let wanted = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
    let asked = SignoutOptions {
        all: args.all,
        revoke: args.revoke,
        end_session: args.end_session,
        forget_client: args.forget_client,
    };
    let report = signout::signout(app, &wanted, &asked)?;
    for cleared in &report.cleared {
        app.prompt.note(&format!("signed out of `{}` (`{}`)", cleared.session.provider, cleared.session.account.name));
    }
    match report.cleared.first() {
        None if report.error.is_none() => app.prompt.note("not signed in"),
        None => {}
        Some(first) if app.environment.stderr_is_terminal && !args.revoke => app.prompt.note(&aftermath(app, first)),
        Some(_) => {}
    }
    if let Some(error) = report.error {
        return Err(error);
    }
    if output.json {
        let cleared: Vec<_> = report
            .cleared
            .iter()
            .map(|cleared| {
                json!({
                    "provider": cleared.session.provider,
                    "account": cleared.session.account.name,
                    "revoked": cleared.revoked,
                })
            })
            .collect();
        output.document(&json!({"cleared": cleared}))?;
    }
    Ok(0)
}

/// What signing out does not do.
fn aftermath(app: &App, cleared: &ClearedSession) -> String {
    let still = match cleared.session.expires_at {
        Some(end) if end > app.now() => {
            format!("tokens already issued stay valid until {}", end.format("%F %H:%M UTC"))
        }
        Some(_) => "the last access token has expired".to_owned(),
        None => "tokens already issued stay valid".to_owned(),
    };
    format!("the provider's own session in your browser goes on; {still}")
}
