//! `credential git`: the credential helper of git.

use super::browser_signin;
use super::input;
use super::service_token::{AccountArg, session_of_user};
use crate::app::App;
use crate::cli::output::Output;
use crate::credential::git::{self, GitRequest};
use crate::credential::{ServiceHost, basic_user};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::SessionInfo;
use crate::token::{self, TokenOptions};

/// Answer git, which asks for the credential of a host
///
/// `credential install git` sets it up. By hand: git config --global --add credential.helper '!mycli credential git'
///
/// A host of no session is left to the next helper. If the session of a host can give no token, and git runs at a
/// terminal, the browser opens to sign in. Else, and with CI or GIT_TERMINAL_PROMPT=0 set, git ends with the reason instead
/// of a question for a password. A token that git reports as rejected is refreshed before it is used again; no
/// other credential is stored or changed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: AccountArg,
    /// Request of git: get, store, erase or capability; others do nothing
    action: String,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match args.action.as_str() {
        "get" => get(app, output, args),
        "erase" => erase(app, args).map(|()| 0),
        "capability" => output.raw(git::CAPABILITIES.as_bytes()).map(|()| 0),
        // Also `store`: the session is stored, and nothing else is.
        _ => {
            input::discard();
            Ok(0)
        }
    }
}

fn read_request() -> Result<GitRequest> {
    let message = input::read_until_empty_line()?;
    git::parse(&message).map_err(|reason| Error::usage(format!("git sent {reason}")))
}

fn get(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let request = read_request()?;
    let Some(host) = &request.host else { return Ok(0) };
    let answered =
        answer(app, host, &request, args).or_else(|error| match browser_signin::replaces_session(app, &error)? {
            true => answer(app, host, &request, args),
            false => Err(error),
        });
    match answered {
        Ok(None) => Ok(0),
        Ok(Some(answer)) => output.raw(answer.expose().as_bytes()).map(|()| 0),
        Err(error) => {
            output.raw(git::QUIT.as_bytes())?;
            Err(error)
        }
    }
}

/// Answer with the token for the host; `None` if another helper may know better.
fn answer(app: &App, host: &ServiceHost, request: &GitRequest, args: &Args) -> Result<Option<Secret>> {
    let Some(info) = session(app, host, request, args)? else { return Ok(None) };
    let session = token::fresh_session(app, &info, &TokenOptions::default())?;
    let user = basic_user(info.services.git.as_ref(), &info);
    Ok(Some(git::answer(request, user, &session.tokens.access_token, session.tokens.expires_at)))
}

/// Session for the host and the user name in the URL; `None` if another helper may know better.
fn session(app: &App, host: &ServiceHost, request: &GitRequest, args: &Args) -> Result<Option<SessionInfo>> {
    let is_session_user = |info: &SessionInfo, name: &str| basic_user(info.services.git.as_ref(), info) == name;
    session_of_user(app, host, request.username.as_deref(), &args.account, is_session_user)
}

/// Counts a token as expired that the host rejected.
fn erase(app: &App, args: &Args) -> Result<()> {
    let request = read_request()?;
    let (Some(host), Some(presented)) = (&request.host, &request.presented) else { return Ok(()) };
    // Without a session there is nothing to forget.
    let Ok(Some(info)) = session(app, host, &request, args) else { return Ok(()) };
    token::expire_rejected(app, &info, presented).map_err(|error| app.with_session_hint(&info, error))
}
