//! `exec`: runs a command with a token in one environment variable.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitStatus;

use crate::app::App;
use crate::app::runtime::ListeningGuard;
use crate::catalog::{self, ConfiguredProviders};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

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

/// Runs `command` with `token` in `variable`, waits for the command, and returns its exit code, or 128+N if signal N
/// ended it.
///
/// # Errors
/// [`Error::Exec`] with 127 if the command was not found, with 126 if it is not executable.
pub fn exec(app: &App, variable: &str, token: Secret, command: &[OsString]) -> Result<u8> {
    let (program, arguments) = command.split_first().ok_or_else(|| Error::usage("`exec` needs a command"))?;
    let mut child = child(app, program, arguments);
    child.env(variable, token.expose());
    // The command may run for days and has its own copy of the token.
    drop(token);
    run_to_end(app, child, program)
}

/// Runs another program in the place of this one: with its arguments and streams, and with `variable` set to `1`.
///
/// # Errors
/// [`Error::Exec`] if the program cannot be started.
pub fn hand_over(app: &App, program: &Path, arguments: &[OsString], variable: &str) -> Result<u8> {
    let mut child = child(app, program.as_os_str(), arguments);
    child.env(variable, "1");
    run_to_end(app, child, program.as_os_str())
}

/// Command without the secrets in this program's environment.
fn child(app: &App, program: &OsStr, arguments: &[OsString]) -> std::process::Command {
    let mut child = std::process::Command::new(program);
    child.args(arguments);
    for name in app.environment.secret_names(&app.name) {
        child.env_remove(name);
    }
    child
}

fn run_to_end(app: &App, child: std::process::Command, program: &OsStr) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other_with(Remedy::Resources, format!("could not start the async runtime: {error}")))?;
    runtime.block_on(run(app, child, program))
}

async fn run(app: &App, command: std::process::Command, program: &OsStr) -> Result<u8> {
    let signals = ForwardedSignals::listen(app.environment.stdin_is_terminal)?;
    let _listening = ListeningGuard::acquire();
    let mut child = start(command, app.environment.core_limit).map_err(|error| {
        let name = sanitize_untrusted(&program.to_string_lossy());
        match error.kind() == std::io::ErrorKind::NotFound || !program_exists(app, program) {
            true => Error::Exec { code: 127, message: format!("`{name}`: command not found") },
            false => Error::Exec { code: 126, message: format!("`{name}`: {error}") },
        }
    })?;
    let id = child.id();
    let status = tokio::select! {
        status = child.wait() => status,
        never = signals.forward_to(id) => match never {},
    };
    status
        .map(exit_code)
        .map_err(|error| Error::other_with(Remedy::Resources, format!("could not wait for the command: {error}")))
}

/// Starts the command with the original core limit. This process has that limit only during the start, and stays
/// non-dumpable until the command replaces the forked copy, so Linux writes no core of it.
fn start(command: std::process::Command, core_limit: Option<u64>) -> std::io::Result<tokio::process::Child> {
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

/// Signals that this process passes on to the command.
struct ForwardedSignals {
    /// Number, whether to forward the signal, stream.
    #[cfg(unix)]
    streams: Vec<(rustix::process::Signal, bool, tokio::signal::unix::Signal)>,
}

impl ForwardedSignals {
    /// Installs handlers for the signals that end or inform a command.
    ///
    /// A terminal sends SIGINT and SIGQUIT to its whole foreground process group, which includes the command. With
    /// `from_terminal` these two are received and not sent a second time.
    #[cfg(unix)]
    fn listen(from_terminal: bool) -> Result<Self> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        let table = [
            (Signal::TERM, SignalKind::terminate(), true),
            (Signal::HUP, SignalKind::hangup(), true),
            (Signal::USR1, SignalKind::user_defined1(), true),
            (Signal::USR2, SignalKind::user_defined2(), true),
            (Signal::INT, SignalKind::interrupt(), !from_terminal),
            (Signal::QUIT, SignalKind::quit(), !from_terminal),
        ];
        let listen = |(number, kind, forward)| signal(kind).map(|stream| (number, forward, stream));
        let heeded = table.into_iter().filter(|(_, kind, _)| !crate::app::runtime::is_ignored(kind.as_raw_value()));
        let streams: std::io::Result<Vec<_>> = heeded.map(listen).collect();
        let streams = streams.map_err(|error| {
            Error::other_with(Remedy::Resources, format!("could not install signal handlers: {error}"))
        })?;
        Ok(Self { streams })
    }

    /// Sends each signal that arrives to the process `id`.
    #[cfg(unix)]
    async fn forward_to(mut self, id: Option<u32>) -> Infallible {
        use rustix::process::{Pid, kill_process};
        let command = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        std::future::poll_fn(|context| {
            for (number, forward, stream) in &mut self.streams {
                while stream.poll_recv(context).is_ready() {
                    if let (true, Some(command)) = (*forward, command) {
                        // This fails if the command has just ended, which is harmless.
                        let _ = kill_process(command, *number);
                    }
                }
            }
            std::task::Poll::Pending
        })
        .await
    }

    #[cfg(not(unix))]
    fn listen(_: bool) -> Result<Self> {
        Ok(Self {})
    }

    /// Ignores Ctrl-C: the console sends it to every attached process.
    #[cfg(not(unix))]
    async fn forward_to(self, _: Option<u32>) -> Infallible {
        loop {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
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
