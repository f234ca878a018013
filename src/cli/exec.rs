//! `exec`: runs a command with a fresh token in one environment variable.

use std::ffi::OsString;
use std::time::Duration;

use super::output::Output;
use super::session_args::SessionArgs;
use crate::app::App;
use crate::error::Result;
use crate::exec;
use crate::token::{self, RefreshMode, TokenOptions};

/// Remaining lifetime that the token has at least when the command starts.
const MIN_TTL: Duration = Duration::from_secs(60);

/// Run a command with a fresh token in an environment variable
///
/// The variable is the usual one of the provider, such as GITHUB_TOKEN, else ACCESS_TOKEN. Signals are passed on. Exits
/// with the status of the command: 126 if it is not executable, 127 if it was not found, 128+N if signal N ended it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Set this environment variable to the token
    #[arg(long, value_name = "VARIABLE", value_parser = exec::validate_variable_name)]
    env: Option<String>,
    /// Command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(app: &App, _: &Output, args: Args) -> Result<u8> {
    let options = TokenOptions { min_ttl: MIN_TTL, refresh: RefreshMode::WhenDue, id_token: false };
    let session = token::fresh_session(app, &app.select_session(&args.session.query(), "exec")?, &options)?;
    let variable = match args.env {
        Some(name) => name,
        None => exec::token_variable(app, session.earlier_of.as_ref().unwrap_or(&session.provider)),
    };
    let token = session.tokens.access_token.clone();
    // The command may run for days and needs nothing else of the session.
    drop(session);
    exec::exec(app, &variable, token, &args.command)
}
