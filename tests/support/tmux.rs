//! A terminal that is looked at: tmux, with a server of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::PATIENCE;

pub struct Tmux {
    directory: tempfile::TempDir,
}

impl Tmux {
    /// Runs `command`, a line for a shell, on a terminal of so many columns and rows. `tmux` is where it gets its
    /// environment from.
    pub fn start(mut tmux: Command, (columns, rows): (u16, u16), command: &str) -> Self {
        let terminal = Self { directory: tempfile::tempdir().expect("a directory") };
        let size = [columns, rows].map(|count| count.to_string());
        tmux.arg("-u").arg("-S").arg(terminal.socket()).args(["-f", "/dev/null", "new-session", "-d"]);
        run(tmux.args(["-x", &size[0], "-y", &size[1], command]));
        terminal
    }

    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// What is pasted, with marks around it where the program asks for them. Line ends are those of Enter, as terminals have
    /// it.
    pub fn pastes(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    /// A key, by the name that tmux has for it.
    pub fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Gives the window another width; the program is told by SIGWINCH.
    pub fn is_as_wide_as(&self, columns: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string()]);
    }

    /// Gives the window another size.
    pub fn is_resized(&self, (columns, rows): (u16, u16)) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// What stands on the screen, with its colours.
    pub fn colours(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Whether the terminal is as a shell wants it: it edits lines, shows what is typed, and has a cursor.
    pub fn is_sane(&self) -> bool {
        let place = self.tmux(&["display-message", "-p", "#{pane_tty} #{cursor_flag}"]);
        let (terminal, cursor) = place.trim_end().split_once(' ').expect("two words");
        let modes = run(Command::new("stty").args(["-F", terminal, "-a"]));
        let has = |mode: &str| modes.split([' ', ';', '\n']).any(|word| word == mode);
        cursor == "1" && ["icanon", "echo", "isig", "opost", "icrnl"].into_iter().all(has)
    }

    /// The process that the shell of the terminal runs.
    pub fn child(&self) -> rustix::process::Pid {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let children = run(Command::new("ps").args(["-o", "pid=", "--ppid", shell.trim_end()]));
        rustix::process::Pid::from_raw(children.trim().parse().expect("one child")).expect("not 0")
    }

    /// What stands on the screen, without what is empty below.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    /// Looks at the screen until it shows `text`.
    #[track_caller]
    pub fn waits_for(&self, text: &str) -> String {
        self.waits_until(text, |screen| screen.contains(text))
    }

    /// Looks at the screen until it is as it should be.
    #[track_caller]
    pub fn waits_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "`{what}` does not appear:\n{screen}");
            std::thread::yield_now();
        }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        run(Command::new("tmux").arg("-S").arg(self.socket()).args(arguments))
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // The program in it may have ended, and the server with it.
        let _ = Command::new("tmux").arg("-S").arg(self.socket()).arg("kill-server").output();
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("tmux is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
