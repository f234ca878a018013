//! `signout`: deletes the local credentials; the session in the browser stays.

use serde_json::{Value, json};

use super::output::Output;
use super::session_args::SessionArgs;
use crate::app::App;
use crate::error::Result;
use crate::signout::{self, ClearedSession, SignoutOptions};

/// Delete the local credentials of a session
///
/// Sends nothing to the provider, and you stay signed in to the provider in your browser. `--revoke` revokes the tokens,
/// `--end-session` opens the provider's logout page, and `--forget-client` deletes the client that was registered
/// automatically at the first sign-in.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Delete every session, or every session of PROVIDER
    #[arg(long, conflicts_with = "account")]
    all: bool,
    /// Revoke the tokens at the provider first (RFC 7009)
    #[arg(long, help_heading = "Provider options")]
    revoke: bool,
    /// Open the provider's logout page afterwards
    #[arg(long, help_heading = "Provider options")]
    end_session: bool,
    /// Delete the client that was registered automatically (RFC 7592)
    #[arg(long, help_heading = "Provider options")]
    forget_client: bool,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let options = SignoutOptions {
        all: args.all,
        revoke: args.revoke,
        end_session: args.end_session,
        forget_client: args.forget_client,
    };
    let mut report = signout::signout(app, &args.session.query(), &options)?;
    for cleared in &report.cleared {
        app.prompt.note(&format!("signed out of `{}` (`{}`)", cleared.session.provider, cleared.session.account.name));
    }
    match (report.cleared.first(), report.errors.first()) {
        (None, None) => app.prompt.note("not signed in"),
        (Some(first), _) if app.environment.stderr_is_terminal && !args.revoke => {
            app.prompt.note(&remaining_access(app, first, args.end_session));
        }
        _ => {}
    }
    if !report.errors.is_empty() {
        let first = report.errors.remove(0);
        report.errors.iter().for_each(|error| app.prompt.warn(&error.to_string()));
        return Err(first);
    }
    let cleared: Vec<_> = report.cleared.iter().map(to_json).collect();
    output.document_if_json(&json!({"cleared": cleared})).map(|()| 0)
}

fn to_json(ClearedSession { session, revoked }: &ClearedSession) -> Value {
    json!({"provider": session.provider, "account": session.account.name, "revoked": revoked})
}

/// Notes on the browser session and on issued tokens, which signing out leaves alone.
fn remaining_access(app: &App, cleared: &ClearedSession, end_session: bool) -> String {
    let session = &cleared.session;
    let tokens = match session.expires_at {
        Some(end) if end > app.now() => {
            let lifetime = rounded_up((end - app.now()).num_seconds());
            format!("Issued access tokens stay valid for up to {lifetime} (`signout --revoke` would have ended them).")
        }
        Some(_) => "The last access token has expired.".to_owned(),
        None => "Issued access tokens stay valid (`signout --revoke` would have ended them).".to_owned(),
    };
    match end_session {
        // What the user does on the logout page is not known here.
        true => tokens,
        false => format!("You are still signed in to `{}` in your browser. {tokens}", session.provider),
    }
}

/// A lifetime in words, rounded up to minutes, hours or days.
fn rounded_up(seconds: i64) -> String {
    let (length, unit) = match seconds {
        ..7_201 => (60, "minute"),
        7_201..172_801 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    match (seconds + length - 1) / length {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn lifetimes_are_rounded_up() {
        for (seconds, expected) in [
            (1, "1 minute"),
            (60, "1 minute"),
            (61, "2 minutes"),
            (3_599, "60 minutes"),
            (7_201, "3 hours"),
            (172_801, "3 days"),
        ] {
            assert_eq!(rounded_up(seconds), expected, "{seconds}");
        }
    }
}
