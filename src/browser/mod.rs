//! Browser detection and launch.
//!
//! `MYCLI_BROWSER` and `BROWSER` hold a list as in Debian's `sensible-browser`. The system's opener comes after the
//! list, if it can show a window. A text browser is never started: it would have no terminal, and it would use up the
//! start URL, which works once. No shell is involved. The child's environment contains no secrets of this program.

mod detect;
mod display;
mod environment;
mod launch;

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

pub use detect::BrowserUnavailable;
pub use environment::BrowserEnvironment;
pub use launch::{detach, is_executable};

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use display::Display;

/// Time for a launcher to fail. `xdg-open` without a display fails after 60 to 70 ms; a launcher that still runs after
/// this time has opened a page or is the browser itself.
const TIMEOUT: Duration = Duration::from_millis(250);

/// Opens URLs in a browser.
#[derive(Debug, Clone)]
pub struct Browser {
    environment: BrowserEnvironment,
    /// Result of the display check, which runs once.
    display: OnceLock<Display>,
}

/// Launcher and its availability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LauncherStatus {
    pub program: String,
    pub found: bool,
}

impl Browser {
    pub fn new(environment: BrowserEnvironment) -> Self {
        Self { environment, display: OnceLock::new() }
    }

    /// Returns the reason why no browser can be opened; `None` if one probably can.
    pub fn unavailable_reason(&self) -> Option<BrowserUnavailable> {
        detect::unavailable_reason(&self.environment, self.display())
    }

    /// Returns a short warning if a browser can be opened but may not reach the callback on this machine.
    ///
    /// A codespace in a browser tab forwards its ports to GitHub URLs, but the provider redirects to 127.0.0.1 of the
    /// user's machine. The desktop app forwards the port itself, and this program cannot tell the two apart
    /// (Azure/azure-cli#20315, #27443).
    pub fn callback_warning(&self) -> Option<&'static str> {
        self.environment.is_codespace.then_some("your browser may not reach the callback in this codespace")
    }

    /// Opens `url`; fails only if every launcher fails. Success does not prove that a window appeared. Takes at most
    /// about a quarter of a second per launcher. The URL becomes an argument, which every user of the machine can see.
    pub fn open(&self, url: &Secret) -> Result<()> {
        let mut failures = Vec::new();
        for command in self.commands(url.expose()) {
            let program = command.get_program().to_string_lossy().into_owned();
            match launch::launch(self.isolate(command), TIMEOUT) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    failures.push(format!("`{}`: {}", sanitize_untrusted(&program), launch::failure_reason(&error)))
                }
            }
        }
        Err(Error::other(match failures.is_empty() {
            true => "could not open a browser".to_owned(),
            false => format!("could not open a browser ({})", failures.join("; ")),
        }))
    }

    /// Returns the programs that [`Browser::open`] would try, in order.
    pub fn launchers(&self) -> Vec<LauncherStatus> {
        let found = |program: &str| launch::is_program_available(program, self.environment.path.as_deref());
        let programs =
            self.commands("").into_iter().map(|command| command.get_program().to_string_lossy().into_owned());
        programs.map(|program| LauncherStatus { found: found(&program), program }).collect()
    }

    fn commands(&self, url: &str) -> Vec<Command> {
        let (environment, display) = (&self.environment, self.display());
        let configured = detect::launchable_commands(environment, display)
            .iter()
            .map(|entry| entry.command(url))
            .collect::<Vec<_>>();
        configured.into_iter().chain(detect::system_opener(environment, display).commands(url)).collect()
    }

    fn display(&self) -> &Display {
        let BrowserEnvironment { display, wayland, .. } = &self.environment;
        self.display.get_or_init(|| Display::probe(display.as_deref(), wayland.as_deref()))
    }

    /// Detaches the child from the terminal and removes secrets from its environment.
    fn isolate(&self, mut command: Command) -> Command {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for name in &self.environment.hidden_variables {
            command.env_remove(name);
        }
        launch::detach(&mut command);
        command
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn child_has_no_secrets_and_its_own_group() {
        let environment = BrowserEnvironment { hidden_variables: vec!["PATH".into()], ..BrowserEnvironment::default() };
        // The fifth field of `stat` is the process group.
        let script = "/bin/grep -q -z '^PATH=' /proc/$$/environ && exit 1
                      test -t 0 || test -t 1 || test -t 2 && exit 2
                      set -- $(/bin/cat /proc/$$/stat); test $5 = $$";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let command = Browser::new(environment).isolate(command);
        launch::launch(command, Duration::from_secs(60)).expect("no secret, no terminal, own process group");
    }

    #[test]
    fn display_is_checked_once() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let wayland = directory.path().join("wayland-0");
        let socket = std::os::unix::net::UnixListener::bind(&wayland).expect("bound");
        let environment = BrowserEnvironment { wayland: Some(wayland.clone()), ..BrowserEnvironment::default() };
        let (open, late) = (Browser::new(environment.clone()), Browser::new(environment));
        assert_eq!(open.unavailable_reason(), None);
        drop(socket);
        assert_eq!(open.unavailable_reason(), None, "the result is cached");
        assert_eq!(
            late.unavailable_reason(),
            Some(BrowserUnavailable::UnreachableDisplay(wayland.display().to_string()))
        );
        assert!(late.open(&Secret::new("http://127.0.0.1:1/")).is_err());
    }
}
