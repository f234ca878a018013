//! `exec`: runs a command with tokens in environment variables, files or pipes.
//!
//! A token is never in an argument list. What the command cannot clean up itself is removed when it ends, or by the next
//! `exec` if this process is killed.

mod delivery;
mod forwarded_signals;
mod kept_files;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc;

use tokio::io::AsyncWriteExt;

use crate::app::App;
use crate::app::runtime::ListeningGuard;
use crate::catalog::{self, ConfiguredProviders};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::store::TokenFiles;
pub use delivery::{Delivery, DeliveryTarget, IssuedToken, ReservedDescriptor};
use forwarded_signals::ForwardedSignals;
pub use kept_files::Renew;
use kept_files::{KeptFile, keep_fresh};

/// Checks that `name` is a valid environment variable name.
///
/// # Errors
/// A message if it is not.
pub fn validate_variable_name(name: &str) -> Result<String, String> {
    let fits = |(index, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (index > 0 && c.is_ascii_digit());
    match !name.is_empty() && name.chars().enumerate().all(fits) {
        true => Ok(name.to_owned()),
        false => Err("variable names consist of letters, digits and `_`".to_owned()),
    }
}

/// Environment variable for the token: from the configuration, the catalog, else `ACCESS_TOKEN`.
pub fn token_variable(app: &App, provider: &str) -> String {
    // An unreadable configuration must not block a command that has a valid token.
    let none = ConfiguredProviders::default();
    catalog::token_variable(provider, app.config().map_or(&none, |config| &config.providers))
}

/// Runs `command` with the tokens, waits for the command, and returns its exit code, or 128+N if signal N ended it. The
/// token in a file is replaced by the one of `renew` while the command runs.
///
/// # Errors
/// [`Error::Exec`] with 127 if the command was not found, with 126 if it is not executable.
pub fn exec(app: &App, deliveries: Vec<Delivery>, renew: Renew<'_>, command: &[OsString]) -> Result<u8> {
    let (program, arguments) = command.split_first().ok_or_else(|| Error::usage("`exec` needs a command"))?;
    run_to_end(app, child(app, program, arguments), deliveries, renew)
}

/// Runs another program in the place of this one: with its arguments and streams, and with `variable` set to `1`.
///
/// # Errors
/// [`Error::Exec`] if the program cannot be started.
pub fn hand_over(app: &App, program: &Path, arguments: &[OsString], variable: &str) -> Result<u8> {
    let mut child = child(app, program.as_os_str(), arguments);
    child.env(variable, "1");
    run_to_end(app, child, Vec::new(), &|_, _| Err(Error::other("no token is in a file")))
}

/// Command without the secrets in this program's environment.
fn child(app: &App, program: &OsStr, arguments: &[OsString]) -> Command {
    let mut child = app.environment.command(&app.name, program);
    child.args(arguments);
    child
}

fn run_to_end(app: &App, mut child: Command, deliveries: Vec<Delivery>, renew: Renew<'_>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other_with(Remedy::Resources, format!("could not start the async runtime: {error}")))?;
    let _entered = runtime.enter();
    // Before there is a file: a signal must not leave it behind.
    let signals = ForwardedSignals::listen(app.environment.stdin_is_terminal)?;
    let _listening = ListeningGuard::acquire();
    let mut prepared = Prepared::new(app, &mut child, deliveries, renew)?;
    let child = prepared.start(app, child)?;
    let (files, kept) = (prepared.files, prepared.kept);
    std::thread::scope(|scope| {
        let (running, stopped) = mpsc::channel();
        if let Some(files) = &files {
            scope.spawn(move || keep_fresh(app, files, kept, renew, &stopped));
        }
        let code = runtime.block_on(wait(child, signals, prepared.pipes));
        // A refresh that is under way ends first: its response may have the only copy of the next refresh token.
        drop(running);
        code
    })
}

/// What the command finds its tokens in.
struct Prepared {
    files: Option<TokenFiles>,
    kept: Vec<KeptFile>,
    descriptors: Vec<ReservedDescriptor>,
    pipes: Vec<(std::io::PipeWriter, Secret)>,
}

impl Prepared {
    fn new(app: &App, child: &mut Command, deliveries: Vec<Delivery>, renew: Renew<'_>) -> Result<Self> {
        let mut prepared = Self { files: None, kept: Vec::new(), descriptors: Vec::new(), pipes: Vec::new() };
        for delivery in deliveries {
            match &delivery.target {
                DeliveryTarget::Variable(name) => _ = child.env(name, delivery.token.value.expose()),
                DeliveryTarget::File(name) => {
                    let files = match prepared.files.take() {
                        Some(files) => files,
                        None => app.token_files()?,
                    };
                    let files = prepared.files.insert(files);
                    prepared.kept.push(KeptFile::create(app, files, &delivery, name, renew)?);
                    child.env(name, files.path(name));
                }
                DeliveryTarget::Descriptor(_) => prepared.connect(delivery)?,
            }
        }
        Ok(prepared)
    }

    #[cfg(unix)]
    fn connect(&mut self, delivery: Delivery) -> Result<()> {
        let DeliveryTarget::Descriptor(mut descriptor) = delivery.target else { return Ok(()) };
        let failed =
            |error| Error::other_with(Remedy::Resources, format!("could not make a pipe for the token: {error}"));
        // With a line end, for `read` of a shell.
        let line = Secret::new(format!("{}\n", delivery.token.value.expose()));
        self.pipes.push((descriptor.connect().map_err(failed)?, line));
        self.descriptors.push(descriptor);
        Ok(())
    }

    #[cfg(not(unix))]
    fn connect(&mut self, _: Delivery) -> Result<()> {
        Err(Error::usage("`--fd` is not supported on this system; use `--file`"))
    }

    /// Starts the command. The reading ends of the pipes are then the command's alone.
    fn start(&mut self, app: &App, command: Command) -> Result<tokio::process::Child> {
        let program = command.get_program().to_owned();
        let child = start(command, app.environment.core_limit).map_err(|error| {
            let name = sanitize_untrusted(&program.to_string_lossy());
            match error.kind() == std::io::ErrorKind::NotFound || !program_exists(app, &program) {
                true => Error::Exec { code: 127, message: format!("`{name}`: command not found") },
                false => Error::Exec { code: 126, message: format!("`{name}`: {error}") },
            }
        })?;
        self.descriptors.clear();
        Ok(child)
    }
}

/// Waits for the command, passes signals on to it, and gives it the tokens that it reads from pipes.
async fn wait(
    mut child: tokio::process::Child,
    signals: ForwardedSignals,
    pipes: Vec<(std::io::PipeWriter, Secret)>,
) -> Result<u8> {
    for (pipe, token) in pipes {
        tokio::spawn(write(pipe, token));
    }
    let id = child.id();
    let status = tokio::select! {
        status = child.wait() => status,
        never = signals.forward_to(id) => match never {},
    };
    status
        .map(exit_code)
        .map_err(|error| Error::other_with(Remedy::Resources, format!("could not wait for the command: {error}")))
}

/// Writes the token: in one piece, unless it is larger than what the pipe holds. A command need not read it.
#[cfg(unix)]
async fn write(pipe: std::io::PipeWriter, token: Secret) {
    if let Ok(mut pipe) = tokio::net::unix::pipe::Sender::from_owned_fd(pipe.into()) {
        let _ = pipe.write_all(token.expose().as_bytes()).await;
    }
}

#[cfg(not(unix))]
async fn write(_: std::io::PipeWriter, _: Secret) {}

/// Starts the command with the original core limit. This process has that limit only during the start, and stays
/// non-dumpable until the command replaces the forked copy, so Linux writes no core of it.
fn start(command: Command, core_limit: Option<u64>) -> std::io::Result<tokio::process::Child> {
    let _restored = core_limit.map(CoreLimit::set);
    tokio::process::Command::from(command).spawn()
}

/// The soft core limit; restored on drop.
struct CoreLimit {
    #[cfg(unix)]
    previous: rustix::process::Rlimit,
}

impl CoreLimit {
    #[cfg(unix)]
    fn set(limit: u64) -> Self {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let previous = getrlimit(Resource::Core);
        let current = Some(limit).filter(|limit| *limit != u64::MAX);
        // If the limit cannot be raised again, the command still runs.
        let _ = setrlimit(Resource::Core, Rlimit { current, ..previous });
        Self { previous }
    }

    /// Does nothing: only Unix has core limits.
    #[cfg(not(unix))]
    fn set(_: u64) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for CoreLimit {
    fn drop(&mut self) {
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, self.previous);
    }
}

/// Returns true if the program exists. A `PATH` directory without search permission makes the system report "permission
/// denied" for every name that no other directory has.
fn program_exists(app: &App, program: &OsStr) -> bool {
    let is_path = Path::new(program).components().count() > 1 || Path::new(program).is_absolute();
    let places = app.environment.variable("PATH").unwrap_or_default();
    is_path || std::env::split_paths(places).any(|place| place.join(program).is_file())
}

fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128_u8.saturating_add(u8::try_from(signal).unwrap_or(u8::MAX));
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_name_is_letters_digits_underscores() {
        for (name, fits) in
            [("GITHUB_TOKEN", true), ("_x1", true), ("1x", false), ("A=B", false), ("", false), ("A-B", false)]
        {
            assert_eq!(validate_variable_name(name).is_ok(), fits, "{name}");
        }
    }
}
