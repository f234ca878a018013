//! Launch of the programs that open a URL.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Graphical browsers: `xdg-open` may choose from them. By default it falls back to `links2`, `lynx` and `w3m`.
pub const GRAPHICAL_BROWSERS: &str = "x-www-browser:firefox:firefox-esr:chromium:chromium-browser:google-chrome:\
    google-chrome-stable:chrome:microsoft-edge:brave-browser:brave:epiphany:konqueror:falkon:vivaldi:opera:librewolf:\
    qutebrowser:midori";

/// Windows system directory, for a `PATH` without it (`appendWindowsPath=false` in wsl.conf).
const SYSTEM32: &str = "/mnt/c/Windows/System32";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemOpener {
    None,
    Desktop,
    Windows,
}

impl SystemOpener {
    /// Returns the commands to try, in order.
    pub fn commands(self, url: &str) -> Vec<Command> {
        match self {
            Self::None => Vec::new(),
            Self::Desktop => desktop_commands(url),
            Self::Windows => windows_commands(url),
        }
    }
}

fn desktop_commands(url: &str) -> Vec<Command> {
    let mut commands = open::commands(url);
    if cfg!(all(unix, not(target_os = "macos"))) {
        for command in &mut commands {
            command.env("BROWSER", GRAPHICAL_BROWSERS);
        }
    }
    commands
}

/// Commands that open the Windows browser: `wslview` of wslu, PowerShell, and the URL handler of Windows. Not
/// `cmd.exe`, which cuts a URL at `&`, nor `explorer.exe`, which shows a folder if the URL contains `=` (cli/cli#2422);
/// and not a browser inside WSL, where the user has no provider sessions.
fn windows_commands(url: &str) -> Vec<Command> {
    let mut wslview = Command::new("wslview");
    wslview.arg(url);
    let powershell = |program: &str| {
        let mut command = Command::new(program);
        // Inside single quotes, PowerShell treats only quotes as special: `'` and four Unicode quotes, each escaped by
        // doubling (PowerShell Language Specification 2.2.1).
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let quoted: String = url.chars().flat_map(|c| [c; 2].into_iter().take(1 + usize::from(is_quote(c)))).collect();
        command.args(["-NoProfile", "-NonInteractive", "-Command"]).arg(format!("Start-Process '{quoted}'"));
        command
    };
    let rundll = |program: &str| {
        let mut command = Command::new(program);
        command.args(["url.dll,FileProtocolHandler", url]);
        command
    };
    vec![
        wslview,
        powershell("powershell.exe"),
        rundll("rundll32.exe"),
        powershell(&format!("{SYSTEM32}/WindowsPowerShell/v1.0/powershell.exe")),
        rundll(&format!("{SYSTEM32}/rundll32.exe")),
    ]
}

/// Starts the command in its own process group: Ctrl-C does not close the browser, and a text browser cannot take over
/// the terminal.
#[cfg(unix)]
pub fn detach(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Hides the console window that would appear.
#[cfg(windows)]
pub fn detach(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NO_WINDOW);
}

/// Starts the command and waits up to `timeout` for it to fail.
pub fn launch(mut command: Command, timeout: Duration) -> io::Result<()> {
    let mut child = command.spawn()?;
    let (sender, receiver) = channel();
    // Waiting for the child as long as it runs avoids a zombie; the thread ends with the program at the latest.
    std::thread::Builder::new().spawn(move || sender.send(child.wait()))?;
    match receiver.recv_timeout(timeout) {
        Ok(status) => check_status(status?),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(()),
    }
}

/// Windows Explorer reports failure even after it has opened a page.
fn check_status(status: ExitStatus) -> io::Result<()> {
    if status.success() || cfg!(windows) { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

pub fn failure_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "not found".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns true if the program exists; a name without a directory is looked up in `path`.
pub fn is_program_available(program: &str, path: Option<&OsStr>) -> bool {
    if Path::new(program).components().count() > 1 {
        return is_executable(Path::new(program));
    }
    let mut directories = std::env::split_paths(path.unwrap_or_default());
    // Windows also finds `program` as `program.exe`, and its own openers always exist.
    cfg!(windows) || directories.any(|directory| is_executable(&directory.join(program)))
}

/// Returns true if the file can be run.
#[cfg(unix)]
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Returns true if the file can be run.
#[cfg(not(unix))]
pub fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn launch_detects_a_failed_launcher() {
        let timeout = Duration::from_secs(60);
        assert!(launch(Command::new("false"), timeout).is_err());
        assert!(launch(Command::new("true"), timeout).is_ok());
        let missing = launch(Command::new("/nonexistent/browser"), timeout).expect_err("not there");
        assert_eq!(failure_reason(&missing), "not found");
        let mut running = Command::new("sleep");
        running.arg("1");
        assert!(launch(running, Duration::ZERO).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn program_is_found_by_path_or_in_path() {
        let path = Some(OsStr::new("/nonexistent:/bin"));
        assert!(is_program_available("sh", path) && is_program_available("/bin/sh", None));
        assert!(
            !is_program_available("sh", None)
                && !is_program_available("/bin", path)
                && !is_program_available("/nonexistent/sh", path)
        );
    }

    #[test]
    fn url_reaches_windows_unchanged() {
        const URL: &str = "https://id.example/a?b=c&d='e%20f'";
        let commands = windows_commands(URL);
        let words = |index: usize| -> Vec<String> {
            commands[index].get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        let programs: Vec<_> = commands.iter().map(|command| command.get_program().to_string_lossy()).collect();
        assert_eq!(programs[..3], ["wslview", "powershell.exe", "rundll32.exe"]);
        assert_eq!(words(0), [URL]);
        assert_eq!(words(1)[3], "Start-Process 'https://id.example/a?b=c&d=''e%20f'''");
        assert_eq!(words(2), ["url.dll,FileProtocolHandler", URL]);
        for quote in ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'] {
            let command = &windows_commands(&format!("https://app.example/{quote};calc;{quote}"))[1];
            let script = command.get_args().last().unwrap().to_string_lossy().into_owned();
            let expected = format!("Start-Process 'https://app.example/{quote}{quote};calc;{quote}{quote}'");
            assert_eq!(script, expected, "the URL would end at {quote}");
        }
        assert!(programs.iter().all(|program| !program.contains("xdg-open")), "{programs:?}");
    }
}
