//! `credential cargo`: the credential provider of cargo.

use clap::Parser;

use super::input;
use super::service_token::AccountArg;
use crate::app::App;
use crate::app::host_session::HostSession;
use crate::cli::output::Output;
use crate::credential::cargo::{self, CargoAction, CargoFailure, CargoRequest};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::secret::Secret;
use crate::session::{Session, SessionInfo};
use crate::token::{self, TokenOptions};

/// Answer cargo, which asks for the token of a registry
///
/// `credential install cargo` sets it up. By hand: a link to the program, called cargo-credential-mycli, on the PATH, and
/// in ~/.cargo/config.toml: registries.NAME.credential-provider = ["cargo-credential-mycli"]
///
/// Options stand behind the program there: ["cargo-credential-mycli", "--bearer"]. Nothing is stored or deleted: the session
/// is the credential.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    options: Options,
    /// Word that cargo starts each provider with
    #[arg(long, hide = true)]
    cargo_plugin: bool,
}

#[derive(Debug, clap::Args)]
struct Options {
    #[command(flatten)]
    account: AccountArg,
    /// Put `Bearer` before the token, for a registry that wants the scheme
    #[arg(long)]
    bearer: bool,
}

/// Options in a request.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct RequestOptions {
    #[command(flatten)]
    options: Options,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    output.line(cargo::HELLO)?;
    loop {
        let line = input::read_line()?;
        if line.is_empty() {
            return Ok(0);
        }
        let answer = match cargo::parse(&line) {
            Ok(request) => answer(app, output, args, &request),
            Err(reason) => Err(CargoFailure::Other(format!("cargo sent {reason}"))),
        };
        output.line(answer.unwrap_or_else(|failure| Secret::new(failure.answer())).expose())?;
    }
}

fn answer(app: &App, output: &Output, args: &Args, request: &CargoRequest) -> Result<Secret, CargoFailure> {
    let in_request = parse_options(&request.arguments)?;
    let options = in_request.as_ref().unwrap_or(&args.options);
    let info = session(app, output, request, options)?;
    match request.action {
        CargoAction::Get => {
            let tokens = fresh_session(app, &info)?.tokens;
            Ok(cargo::token(&tokens.access_token, tokens.expires_at, options.bearer))
        }
        CargoAction::Login { has_token: false } => {
            fresh_session(app, &info)?;
            Ok(Secret::new(cargo::logged_in()))
        }
        CargoAction::Login { has_token: true } => {
            Err(CargoFailure::Other(format!("{} stores no tokens of other programs; leave the token out", app.name)))
        }
        CargoAction::Logout => {
            let hint = format!("{} signout {}", app.invocation, shell_quote(&info.provider));
            let message = format!("the session of `{}` is also for other programs", info.provider);
            Err(CargoFailure::Other(with_hint(&message, Some(hint))))
        }
        CargoAction::Unknown => Err(CargoFailure::OperationNotSupported),
    }
}

fn session(app: &App, output: &Output, request: &CargoRequest, options: &Options) -> Result<SessionInfo, CargoFailure> {
    let host = request.host.as_ref().ok_or(CargoFailure::UrlNotSupported)?;
    match app.session_of_host(host, options.account.account.as_deref()) {
        Ok(HostSession::Found(info)) => Ok(*info),
        Ok(HostSession::Unknown) => Err(CargoFailure::UrlNotSupported),
        // Another provider may have a token. Without one cargo names `cargo login`, which gets the reason too.
        Err(error @ Error::NotSignedIn { .. }) if !matches!(request.action, CargoAction::Login { .. }) => {
            output.fail(&error);
            Err(CargoFailure::NotFound)
        }
        Err(error) => Err(failure(app, &error)),
    }
}

fn fresh_session(app: &App, info: &SessionInfo) -> Result<Session, CargoFailure> {
    token::fresh_session(app, info, &TokenOptions::default()).map_err(|error| failure(app, &error))
}

fn failure(app: &App, error: &Error) -> CargoFailure {
    CargoFailure::Other(with_hint(&error.to_string(), error.hint(&app.invocation)))
}

fn with_hint(message: &str, hint: Option<String>) -> String {
    hint.map_or_else(|| message.to_owned(), |hint| format!("{message}\nhint: {hint}"))
}

/// Options behind the program in `credential-provider`; `None` if there are none.
fn parse_options(words: &[String]) -> Result<Option<Options>, CargoFailure> {
    if words.is_empty() {
        return Ok(None);
    }
    let parsed = RequestOptions::try_parse_from(words).map_err(|_| {
        let words = sanitize_untrusted(&words.join(" "));
        CargoFailure::Other(format!("`credential-provider` has other options than `--account` and `--bearer`: {words}"))
    })?;
    Ok(Some(parsed.options))
}
