//! Whether a browser can be opened here, and opening it quietly.
//!
//! `MYCLI_BROWSER` and `BROWSER` are a list as in Debian's `sensible-browser`; after it comes the system's own opener.
//! No shell is involved. The child has no terminal to write to and none of our secrets in its environment.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::error::{Error, Result, foreign};
use crate::secret::Secret;

/// How long a launcher has to fail. `xdg-open` without a display takes 60 to 70 ms to say so; one that still runs after
/// this has opened something, or stays the browser itself.
const PATIENCE: Duration = Duration::from_millis(250);

/// What separates the entries of the list.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// What the environment says about browsers; read by `cli`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `MYCLI_BROWSER`, else `BROWSER`: commands, separated by `:` (`;` on Windows), words split and quoted as in a
    /// shell, `%s` standing for the address, which is appended where there is none.
    pub browser: Option<String>,
    /// Whether `DISPLAY` or `WAYLAND_DISPLAY` is set and not empty.
    pub has_display: bool,
    /// Whether `SSH_CONNECTION` or `SSH_TTY` is set: the person sits elsewhere.
    pub is_ssh: bool,
    /// Whether `WSL_DISTRO_NAME` is set: the browser is the one of Windows and needs no display.
    pub is_wsl: bool,
    /// Names of variables that the child must not see, such as `AUTH_GITHUB_SECRET`.
    pub hidden: Vec<String>,
}

/// Opens addresses in a browser.
#[derive(Debug, Clone)]
pub struct Browser {
    environment: Environment,
    patience: Duration,
}

impl Browser {
    /// A browser as the environment describes it.
    pub fn new(environment: Environment) -> Self {
        Self { environment, patience: PATIENCE }
    }

    /// Why no browser can be opened here, in a few words; `None` where one can, as far as can be told beforehand.
    pub fn absence(&self) -> Option<&'static str> {
        let has_desktop = cfg!(any(target_os = "macos", windows)) || self.environment.is_wsl;
        match &self.environment {
            environment if environment.browser.as_deref().is_some_and(|list| !list.trim().is_empty()) => None,
            // A forwarded display shows the browser to the person, wherever they sit.
            environment if environment.has_display => None,
            environment if environment.is_ssh => Some("this is an SSH session"),
            _ if has_desktop => None,
            _ => Some("there is no display"),
        }
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
            match launch(self.quiet(command), self.patience) {
                Ok(()) => return Ok(()),
                Err(error) => failures.push(format!("`{}`: {}", foreign(&program), reason(&error))),
            }
        }
        Err(Error::other(format!("no browser could be opened ({})", failures.join("; "))))
    }

    /// The launchers to try, in order.
    fn commands(&self, url: &str) -> Vec<Command> {
        let list = self.environment.browser.as_deref().unwrap_or_default();
        let own = list.split(SEPARATOR).filter_map(|entry| command(entry, url));
        own.chain(open::commands(url)).collect()
    }

    /// Keeps the child off our terminal and our secrets.
    fn quiet(&self, mut command: Command) -> Command {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for name in &self.environment.hidden {
            command.env_remove(name);
        }
        detach(&mut command);
        command
    }
}

/// A process group of its own: Ctrl-C here does not close the browser, and a browser of the terminal cannot take the
/// terminal from us.
#[cfg(unix)]
fn detach(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Without the console window that would flash up.
#[cfg(windows)]
fn detach(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NO_WINDOW);
}

/// One entry of the list; `None` where it is empty or its quotes do not match.
fn command(entry: &str, url: &str) -> Option<Command> {
    // On Windows a backslash is part of a path.
    let entry = if cfg!(windows) { entry.replace('\\', "\\\\") } else { entry.to_owned() };
    let mut words = shlex::split(&entry)?.into_iter();
    let mut command = Command::new(words.next()?);
    let mut has_place = false;
    for word in words {
        has_place |= word.contains("%s");
        command.arg(word.replace("%s", url));
    }
    if !has_place {
        command.arg(url);
    }
    Some(command)
}

/// Starts the command and gives it some time to fail.
fn launch(mut command: Command, patience: Duration) -> io::Result<()> {
    let mut child = command.spawn()?;
    let (ended, end) = channel();
    // Waits for the child for as long as it lives, so that it leaves no zombie; ends with us at the latest.
    std::thread::Builder::new().spawn(move || ended.send(child.wait()))?;
    match end.recv_timeout(patience) {
        Ok(status) => judge(status?),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(()),
    }
}

/// The explorer of Windows reports failure after it has opened a page.
fn judge(status: ExitStatus) -> io::Result<()> {
    if status.success() || cfg!(windows) { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "not found".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:5000/start?k=a-b_c";

    /// The command lines that would be tried for a list, without the system's own.
    fn lines(list: &str) -> Vec<Vec<String>> {
        let commands = list.split(SEPARATOR).filter_map(|entry| command(entry, URL));
        let line = |command: Command| {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words.map(|word| word.to_string_lossy().into_owned()).collect()
        };
        commands.map(line).collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_list_of_browsers_is_taken_apart() {
        assert_eq!(lines("firefox"), [["firefox", URL]]);
        assert_eq!(lines("a --new:b"), [vec!["a", "--new", URL], vec!["b", URL]]);
        assert_eq!(lines("'/opt/my browser' --url=%s -x"), [["/opt/my browser", &format!("--url={URL}"), "-x"]]);
        assert!(lines("::a 'b: :").is_empty());
        assert_eq!(lines("a $(b) ;c"), [["a", "$(b)", ";c", URL]]);
    }

    #[test]
    fn the_systems_opener_comes_last() {
        let browser = Browser::new(Environment { browser: Some("mine".into()), ..Environment::default() });
        let commands = browser.commands(URL);
        assert_eq!(commands[0].get_program(), "mine");
        assert!(commands.len() > 1);
    }

    #[test]
    fn whether_a_browser_can_be_opened() {
        let absence = |environment| Browser::new(environment).absence();
        let ssh = Environment { is_ssh: true, ..Environment::default() };
        assert_eq!(absence(ssh.clone()), Some("this is an SSH session"));
        assert_eq!(absence(Environment { has_display: true, ..ssh.clone() }), None);
        assert_eq!(absence(Environment { browser: Some("x".into()), ..ssh.clone() }), None);
        assert_eq!(absence(Environment { browser: Some(" ".into()), ..ssh }), Some("this is an SSH session"));
        assert_eq!(absence(Environment { is_wsl: true, ..Environment::default() }), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_launcher_that_fails_gives_way_and_one_that_runs_does_not() {
        let ever = Duration::from_secs(60);
        assert!(launch(Command::new("false"), ever).is_err());
        assert!(launch(Command::new("true"), ever).is_ok());
        let missing = launch(Command::new("/nonexistent/browser"), ever).expect_err("not there");
        assert_eq!(reason(&missing), "not found");
        let mut running = Command::new("sleep");
        running.arg("1");
        assert!(launch(running, Duration::ZERO).is_ok());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_child_sees_no_secret_and_leads_a_group_of_its_own() {
        let environment = Environment { hidden: vec!["PATH".into()], ..Environment::default() };
        // The fifth word of `stat` is the process group.
        let script = "/bin/grep -q -z '^PATH=' /proc/$$/environ && exit 1
                      test -t 0 || test -t 1 || test -t 2 && exit 2
                      set -- $(/bin/cat /proc/$$/stat); test $5 = $$";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let command = Browser::new(environment).quiet(command);
        launch(command, Duration::from_secs(60)).expect("all three hold");
    }
}
