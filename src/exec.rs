//! `exec`: runs a command with a token in one environment variable.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitStatus;

use crate::app::App;
use crate::app::runtime::ListeningGuard;
use crate::catalog::{self, ConfiguredProviders};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Checks that `name` can be the name of an environment variable.
///
/// # Errors
/// A message, where it cannot.
pub fn variable_name(name: &str) -> Result<String, String> {
    let fits = |(index, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (index > 0 && c.is_ascii_digit());
    match !name.is_empty() && name.chars().enumerate().all(fits) {
        true => Ok(name.to_owned()),
        false => Err("a variable's name is letters, digits and `_`".to_owned()),
    }
}

/// The customary variable of a provider: configuration, then row, then `ACCESS_TOKEN`.
pub fn customary_variable(app: &App, provider: &str) -> String {
    // A configuration that cannot be read must not keep a valid token from its command.
    let none = ConfiguredProviders::default();
    catalog::token_variable(provider, app.config().map_or(&none, |config| &config.providers))
}

/// Runs `command` with `token` in `variable` until it ends, and returns its exit status: its code, or 128+N where
/// signal N ended it.
///
/// # Errors
/// [`Error::Exec`] with 127 where there is no such command, with 126 where it cannot be executed.
pub fn exec(app: &App, variable: &str, token: Secret, command: &[OsString]) -> Result<u8> {
    let (program, arguments) = command.split_first().ok_or_else(|| Error::usage("`exec` needs a command"))?;
    let mut child = std::process::Command::new(program);
    child.args(arguments);
    for name in app.environment.secret_names(&app.name) {
        child.env_remove(name);
    }
    child.env(variable, token.expose());
    // The command may run for days; the token is its own from here on.
    drop(token);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other(format!("waiting is not possible here: {error}")))?;
    runtime.block_on(run(app, child, program))
}

async fn run(app: &App, command: std::process::Command, program: &OsStr) -> Result<u8> {
    let signals = forward::ForwardedSignals::listen(app.environment.stdin_is_terminal)?;
    let _heard = ListeningGuard::here();
    let mut child = start(command, app.environment.core_limit).map_err(|error| {
        let code = if error.kind() == std::io::ErrorKind::NotFound || !is_there(app, program) { 127 } else { 126 };
        Error::Exec { code, message: format!("`{}`: {error}", sanitize_untrusted(&program.to_string_lossy())) }
    })?;
    let id = child.id();
    let status = tokio::select! {
        status = child.wait() => status,
        never = signals.pass_on_to(id) => match never {},
    };
    status.map(exit_code).map_err(|error| Error::other(format!("the command's end was not seen: {error}")))
}

/// Starts the command with the core limit that this program found. It is given back for the moment of the start alone, in
/// which Linux writes no core of ours either: what may not be dumped stays so until the command takes our copy's place.
fn start(command: std::process::Command, core_limit: Option<u64>) -> std::io::Result<tokio::process::Child> {
    let _given_back = core_limit.map(core::CoreLimit::new);
    tokio::process::Command::from(command).spawn()
}

#[cfg(unix)]
mod core {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// The core limit of before, until this is dropped.
    pub struct CoreLimit {
        ours: Rlimit,
    }

    impl CoreLimit {
        pub fn new(limit: u64) -> Self {
            let ours = getrlimit(Resource::Core);
            let current = Some(limit).filter(|limit| *limit != u64::MAX);
            // Where it cannot be had any more, the command runs all the same.
            let _ = setrlimit(Resource::Core, Rlimit { current, ..ours });
            Self { ours }
        }
    }

    impl Drop for CoreLimit {
        fn drop(&mut self) {
            let _ = setrlimit(Resource::Core, self.ours);
        }
    }
}

#[cfg(not(unix))]
mod core {
    /// There is no such limit.
    pub struct GivenBack;

    impl CoreLimit {
        pub fn new(_: u64) -> Self {
            Self
        }
    }
}

/// Whether there is such a program at all. A directory of `PATH` that may not be entered makes the system say "permission
/// denied" of every name that is found nowhere else.
fn is_there(app: &App, program: &OsStr) -> bool {
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

/// Signals that reach us reach the command.
#[cfg(unix)]
mod forward {
    use std::convert::Infallible;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{self, SignalKind};

    use crate::error::{Error, Result};

    pub struct ForwardedSignals(Vec<(Signal, bool, unix::Signal)>);

    impl ForwardedSignals {
        /// Listens for what ends or informs a command. SIGINT and SIGQUIT of a terminal go to its whole foreground
        /// group, the command included, so there they are received and not sent a second time.
        pub fn listen(from_terminal: bool) -> Result<Self> {
            let table = [
                (Signal::TERM, SignalKind::terminate(), true),
                (Signal::HUP, SignalKind::hangup(), true),
                (Signal::USR1, SignalKind::user_defined1(), true),
                (Signal::USR2, SignalKind::user_defined2(), true),
                (Signal::INT, SignalKind::interrupt(), !from_terminal),
                (Signal::QUIT, SignalKind::quit(), !from_terminal),
            ];
            let listen = |(signal, kind, pass)| unix::signal(kind).map(|stream| (signal, pass, stream));
            let listened: std::io::Result<Vec<_>> = table.into_iter().map(listen).collect();
            listened.map(Self).map_err(|error| Error::other(format!("signals cannot be received: {error}")))
        }

        /// Sends each signal that arrives on to the process `id`.
        pub async fn pass_on_to(mut self, id: Option<u32>) -> Infallible {
            let command = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            std::future::poll_fn(|context| {
                for (signal, pass, stream) in &mut self.0 {
                    while stream.poll_recv(context).is_ready() {
                        if let (true, Some(command)) = (*pass, command) {
                            // A command that has just ended needs no signal.
                            let _ = kill_process(command, *signal);
                        }
                    }
                }
                std::task::Poll::Pending
            })
            .await
        }
    }
}

#[cfg(not(unix))]
mod forward {
    use std::convert::Infallible;

    use crate::error::Result;

    pub struct Signals;

    impl ForwardedSignals {
        pub fn listen(_: bool) -> Result<Self> {
            Ok(Self)
        }

        pub async fn pass_on_to(self, _: Option<u32>) -> Infallible {
            // The console sends Ctrl-C to every process attached to it.
            loop {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variables_name_is_letters_digits_and_underscores() {
        for (name, fits) in
            [("GITHUB_TOKEN", true), ("_x1", true), ("1x", false), ("A=B", false), ("", false), ("A-B", false)]
        {
            assert_eq!(variable_name(name).is_ok(), fits, "{name}");
        }
    }
}
