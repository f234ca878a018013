//! `exec`: runs a command with a fresh token in one environment variable.

use std::ffi::OsString;
use std::time::Duration;

use super::output::Output;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::Result;
use crate::exec;
use crate::token::{self, RefreshMode, TokenOptions};

/// How much life the token has at least when the command starts.
const LEAST_LIFE: Duration = Duration::from_secs(60);

/// Run a command with a fresh token in an environment variable
///
/// The variable is the provider's customary one, such as GITHUB_TOKEN, else ACCESS_TOKEN. Signals and the exit status
/// are passed on: 126 not executable, 127 not found, 128+N ended by signal N.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The provider
    provider: Option<String>,
    /// The account: its name, e-mail address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The variable that carries the token
    #[arg(long, value_name = "NAME", value_parser = exec::validate_variable_name)]
    env: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the command, and returns its exit status.
///
/// # Errors
/// As [`token::fresh_session`] and [`exec::exec`].
pub fn run(app: &App, _: &Output, args: Args) -> Result<u8> {
    let wanted = SessionQuery { provider: args.provider, account: args.account };
    let asked = TokenOptions { min_ttl: LEAST_LIFE, refresh: RefreshMode::WhenDue, id_token: false };
    let session = token::fresh_session(app, &app.select_session(&wanted, "exec")?, &asked)?;
    let variable = match args.env {
        Some(name) => name,
        None => exec::token_variable(app, &session.provider),
    };
    let token = session.tokens.access_token.clone();
    // The command may run for days, and what else is in a session is nothing to it.
    drop(session);
    exec::exec(app, &variable, token, &args.command)
}
