//! Terminal for tests: a separate tmux server.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::{PATIENCE, require_real};

pub struct Tmux {
    directory: tempfile::TempDir,
}

impl Tmux {
    /// Runs the shell command `command` on a terminal of the given size, in the environment of `tmux`.
    pub fn start(mut tmux: Command, (columns, rows): (u16, u16), command: &str) -> Self {
        require_real("tmux");
        let terminal = Self { directory: tempfile::tempdir().expect("a directory") };
        let size = [columns, rows].map(|count| count.to_string());
        tmux.arg("-u").arg("-S").arg(terminal.socket()).args(["-f", "/dev/null", "new-session", "-d"]);
        run(tmux.args(["-x", &size[0], "-y", &size[1], command]));
        terminal
    }

    pub fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Pastes text, bracketed if the program enabled that mode. Newlines become Enter, as in terminals.
    pub fn paste(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer", "-p"]);
    }

    /// Presses a key, by its tmux name.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Changes the width of the window; the program gets SIGWINCH.
    pub fn resize_width(&self, columns: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string()]);
    }

    /// Changes the size of the window.
    pub fn resize(&self, (columns, rows): (u16, u16)) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// Returns what a program copied to the clipboard, if `set-clipboard` is on.
    pub fn clipboard(&self) -> String {
        self.tmux(&["show-buffer"])
    }

    /// Returns the screen with its escape sequences.
    pub fn styled_screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Returns whether line editing, echo and the cursor are on, as a shell needs.
    pub fn is_sane(&self) -> bool {
        let place = self.tmux(&["display-message", "-p", "#{pane_tty} #{cursor_flag}"]);
        let (terminal, cursor) = place.trim_end().split_once(' ').expect("two words");
        let modes = run(Command::new("stty").args(["-F", terminal, "-a"]));
        let has = |mode: &str| modes.split([' ', ';', '\n']).any(|word| word == mode);
        cursor == "1" && ["icanon", "echo", "isig", "opost", "icrnl"].into_iter().all(has)
    }

    /// Returns the process that the shell of the terminal runs.
    pub fn child(&self) -> rustix::process::Pid {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let children = run(Command::new("ps").args(["-o", "pid=", "--ppid", shell.trim_end()]));
        rustix::process::Pid::from_raw(children.trim().parse().expect("one child")).expect("not 0")
    }

    /// Returns the screen without empty rows at the end.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    /// Returns the screen with the lines as the program wrote them, even if the terminal broke them.
    pub fn unbroken_screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J"])
    }

    /// Waits until the screen contains `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until the screen satisfies `is_so`.
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
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
        // The server ends with the program, so it may be gone already.
        let _ = Command::new("tmux").arg("-S").arg(self.socket()).arg("kill-server").output();
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("tmux is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
