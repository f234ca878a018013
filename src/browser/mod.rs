//! Whether a browser can be opened here, and opening it quietly.
//!
//! `MYCLI_BROWSER` and `BROWSER` are a list as in Debian's `sensible-browser`; after it comes the system's own opener,
//! where it can show a window. A browser of the terminal is never started: it would have no terminal, and it would
//! spend the address that is good for one visit. No shell is involved. The child has none of our secrets in its
//! environment.

mod detect;
mod display;
mod launch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

pub use detect::BrowserUnavailable;

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use display::Display;

/// How long a launcher has to fail. `xdg-open` without a display takes 60 to 70 ms to say so; one that still runs after
/// this has opened something, or stays the browser itself.
const TIMEOUT: Duration = Duration::from_millis(250);

/// What the environment says about browsers; read by `cli`.
#[derive(Debug, Clone, Default)]
pub struct BrowserEnvironment {
    /// `MYCLI_BROWSER`, else `BROWSER`: commands, separated by `:` (`;` on Windows), words split and quoted as in a
    /// shell, `%s` standing for the address, which is appended where there is none.
    pub browser: Option<String>,
    /// `DISPLAY`.
    pub display: Option<String>,
    /// The socket that `WAYLAND_DISPLAY` means.
    pub wayland: Option<PathBuf>,
    /// Whether the system always has windows: macOS and Windows.
    pub has_desktop: bool,
    /// Whether `SSH_CONNECTION` or `SSH_TTY` is set: the person sits elsewhere.
    pub is_ssh: bool,
    /// Whether this is the Linux side of Windows (`WSL_DISTRO_NAME`, `WSL_INTEROP`): the browser is the one of Windows
    /// and needs no display.
    pub is_wsl: bool,
    /// Whether this is a container.
    pub is_container: bool,
    /// Whether this is a GitHub codespace (`CODESPACES`).
    pub is_codespace: bool,
    /// `PATH`, to tell which of the programs are there.
    pub path: Option<OsString>,
    /// Names of variables that the child must not see, such as `AUTH_GITHUB_SECRET`.
    pub hidden_variables: Vec<String>,
}

/// Opens addresses in a browser.
#[derive(Debug, Clone)]
pub struct Browser {
    environment: BrowserEnvironment,
    /// What answers at the display, once it was asked.
    display: OnceLock<Display>,
    timeout: Duration,
}

/// A program that would be tried, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LauncherStatus {
    /// Its name or path.
    pub program: String,
    /// Whether it was found.
    pub found: bool,
}

impl Browser {
    /// A browser as the environment describes it; nothing is asked yet.
    pub fn new(environment: BrowserEnvironment) -> Self {
        Self { environment, display: OnceLock::new(), timeout: TIMEOUT }
    }

    /// Why no browser can be opened here; `None` where one can, as far as can be told beforehand.
    pub fn unavailable_reason(&self) -> Option<BrowserUnavailable> {
        detect::unavailable_reason(&self.environment, self.display())
    }

    /// Why the way back to this machine may be blocked although a browser can be opened, in a few words.
    ///
    /// A codespace in a tab has its ports at addresses of GitHub's, and a provider redirects to 127.0.0.1 of the machine
    /// the person sits at; with the desktop program the port is forwarded, and nothing here tells the two apart
    /// (Azure/azure-cli#20315, #27443).
    pub fn callback_warning(&self) -> Option<&'static str> {
        self.environment.is_codespace.then_some("from a codespace the browser may not find the way back")
    }

    /// Opens `url` and returns within about a quarter of a second for each launcher tried. The address becomes an
    /// argument, which every user of the machine can see.
    ///
    /// # Errors
    /// [`Error::Other`] where every launcher failed, saying how. No error does not mean that a window was seen.
    pub fn open(&self, url: &Secret) -> Result<()> {
        let mut failures = Vec::new();
        for command in self.commands(url.expose()) {
            let program = command.get_program().to_string_lossy().into_owned();
            match launch::launch(self.isolate(command), self.timeout) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    failures.push(format!("`{}`: {}", sanitize_untrusted(&program), launch::failure_reason(&error)))
                }
            }
        }
        Err(Error::other(match failures.is_empty() {
            true => "no browser could be opened".to_owned(),
            false => format!("no browser could be opened ({})", failures.join("; ")),
        }))
    }

    /// The programs that [`Browser::open`] would try, in order.
    pub fn launchers(&self) -> Vec<LauncherStatus> {
        let found = |program: &str| launch::is_program_available(program, self.environment.path.as_deref());
        let programs =
            self.commands("").into_iter().map(|command| command.get_program().to_string_lossy().into_owned());
        programs.map(|program| LauncherStatus { found: found(&program), program }).collect()
    }

    /// The launchers to try, in order.
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

    /// Keeps the child off our terminal and our secrets.
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
    fn the_child_sees_no_secret_and_leads_a_group_of_its_own() {
        let environment = BrowserEnvironment { hidden_variables: vec!["PATH".into()], ..BrowserEnvironment::default() };
        // The fifth word of `stat` is the process group.
        let script = "/bin/grep -q -z '^PATH=' /proc/$$/environ && exit 1
                      test -t 0 || test -t 1 || test -t 2 && exit 2
                      set -- $(/bin/cat /proc/$$/stat); test $5 = $$";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let command = Browser::new(environment).isolate(command);
        launch::launch(command, Duration::from_secs(60)).expect("all three hold");
    }

    #[test]
    fn the_display_is_asked_once_and_a_dead_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let wayland = folder.path().join("wayland-0");
        let socket = std::os::unix::net::UnixListener::bind(&wayland).expect("ours");
        let environment = BrowserEnvironment { wayland: Some(wayland.clone()), ..BrowserEnvironment::default() };
        let (open, late) = (Browser::new(environment.clone()), Browser::new(environment));
        assert_eq!(open.unavailable_reason(), None);
        drop(socket);
        assert_eq!(open.unavailable_reason(), None, "it was asked");
        assert_eq!(
            late.unavailable_reason(),
            Some(BrowserUnavailable::UnreachableDisplay(wayland.display().to_string()))
        );
        assert!(late.open(&Secret::new("http://127.0.0.1:1/")).is_err());
    }
}
