//! `credential keyring`: the program `keyring` that pip and uv start.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::service_token::{AccountArg, session_of_user};
use crate::app::App;
use crate::browser::is_executable;
use crate::cli::output::Output;
use crate::credential::python_keyring::{self, KeyringFormat, KeyringMode};
use crate::error::{Error, Result};
use crate::exec;
use crate::token::{self, TokenOptions};

/// Name of the program that pip and uv start.
const PROGRAM: &str = "keyring";

/// Suffix of the variable that ends a circle of such programs.
const IN_KEYRING: &str = "IN_KEYRING";

/// Answer pip or uv, which ask for the password of a package index
///
/// `credential install keyring` makes the link that pip and uv start: a name of the program, keyring, on the PATH. They need
/// the settings PIP_KEYRING_PROVIDER=subprocess and UV_KEYRING_PROVIDER=subprocess, too. uv asks only for an index with a
/// user name in its URL, or with `authenticate = "always"`.
///
/// Called keyring, the program hands everything but the index of a session to the next keyring on the PATH. pip hides the
/// reason if a session can give no token: `status` tells it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: AccountArg,
    /// Parts to print: password, or creds for the user name too [default: password]
    #[arg(long, value_parser = parse_mode)]
    mode: Option<KeyringMode>,
    /// Form of the answer: plain or json [default: plain]
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    output: Option<KeyringFormat>,
    /// Request: get; set and del change nothing here
    action: String,
    /// URL of the index or of a file there
    service: String,
    /// User name in the URL
    user: Option<String>,
}

fn parse_mode(text: &str) -> Result<KeyringMode, &'static str> {
    match text {
        "password" => Ok(KeyringMode::Password),
        "creds" => Ok(KeyringMode::Creds),
        _ => Err("neither password nor creds"),
    }
}

fn parse_format(text: &str) -> Result<KeyringFormat, &'static str> {
    match text {
        "plain" => Ok(KeyringFormat::Plain),
        "json" => Ok(KeyringFormat::Json),
        _ => Err("neither plain nor json"),
    }
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let answer = if args.action == "get" { answer(app, args)? } else { None };
    match (answer, next_keyring(app)) {
        (Some(answer), _) => output.line(answer.expose()).map(|()| 0),
        (None, Some(program)) => hand_over(app, &program),
        // The callers read no error from this: they ask for every index.
        (None, None) if args.action == "get" => Ok(1),
        (None, None) => Err(Error::usage(format!("{} stores no passwords", app.name))),
    }
}

fn answer(app: &App, args: &Args) -> Result<Option<crate::secret::Secret>> {
    let Some(host) = python_keyring::host_of_index(&args.service) else { return Ok(None) };
    let user = args.user.as_deref().filter(|name| !name.is_empty());
    let is_session_user =
        |info: &_, name: &str| python_keyring::is_token_user(name) || python_keyring::user_of(info, &host) == name;
    let Some(info) = session_of_user(app, &host, user, &args.account, is_session_user)? else { return Ok(None) };
    let session = token::fresh_session(app, &info, &TokenOptions::default())?;
    let (mode, format) = (args.mode.unwrap_or_default(), args.output.unwrap_or_default());
    let user = user.unwrap_or_else(|| python_keyring::user_of(&info, &host));
    Ok(Some(python_keyring::answer(mode, format, user, &session.tokens.access_token)))
}

/// Lets the next `keyring` answer a command line that this program does not know; `None` if there is none.
pub fn hand_over_unknown(app: &App) -> Option<Result<u8>> {
    next_keyring(app).map(|program| hand_over(app, &program))
}

fn hand_over(app: &App, program: &Path) -> Result<u8> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let variable = format!("{}_{IN_KEYRING}", crate::app::environment::prefix(&app.name));
    exec::hand_over(app, program, &arguments, &variable)
}

/// Next program called `keyring` on the `PATH`, if this one was started by that name. A copy of this program that finds the
/// first one again stops there.
fn next_keyring(app: &App) -> Option<PathBuf> {
    if !is_started_as_keyring() || app.environment.app_variable(&app.name, IN_KEYRING).is_some() {
        return None;
    }
    let own = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    let places = std::env::split_paths(app.environment.variable("PATH")?).filter(|place| place.is_absolute());
    let mut programs = places.map(|place| place.join(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION));
    programs.find(|program| is_executable(program) && program.canonicalize().ok() != own)
}

/// Returns true if another program started this one as `keyring`.
pub fn is_started_as_keyring() -> bool {
    let name = std::env::args_os().next().unwrap_or_default();
    Path::new(&name).file_name().and_then(|file| file.to_str()).is_some_and(is_keyring)
}

/// Returns true for the file name of the program that pip and uv start.
pub fn is_keyring(file: &str) -> bool {
    file.strip_suffix(std::env::consts::EXE_SUFFIX) == Some(PROGRAM)
}
