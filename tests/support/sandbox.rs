//! Private home directory of one test, and the program running in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Once};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT};
use tempfile::TempDir;

use super::PATIENCE;

/// User and group that run the program if the tests run as root and permissions matter: `nobody` on Debian.
const UNPRIVILEGED: u32 = 65_534;

/// Home, XDG directories and environment that no other test and no user shares.
///
/// There is no keyring, no browser, no terminal and no `CI` unless the test adds them.
pub struct Sandbox {
    folder: TempDir,
    program: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    user: Option<u32>,
}

impl Sandbox {
    pub fn new() -> Self {
        reset_signals();
        let folder = tempfile::Builder::new().prefix("mycli-").tempdir().expect("a temporary folder can be made");
        let mut sandbox =
            Self { folder, program: env!("CARGO_BIN_EXE_mycli").into(), environment: BTreeMap::new(), user: None };
        let path = std::env::var_os("PATH").expect("PATH is set");
        sandbox.set("PATH", path).set("LANG", "C.UTF-8");
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let folder = sandbox.path(folder);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).expect("the sandbox can be written");
            sandbox.set(name, folder);
        }
        sandbox
    }

    /// Sandbox whose program runs as an unprivileged user even if the tests run as root, to whom permissions do not apply.
    /// The test itself keeps its rights.
    pub fn unprivileged() -> Self {
        let mut sandbox = Self::new();
        if !rustix::process::geteuid().is_root() {
            return sandbox;
        }
        // The build directory may be readable by root only.
        let program = sandbox.path("mycli");
        // Another process copies: a child that another thread starts would inherit the file open for writing, and the copy
        // could not be executed until that child has called exec.
        let copied = Command::new("cp").arg(&sandbox.program).arg(&program).status().expect("cp exists");
        assert!(copied.success(), "the program cannot be copied");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("the test owns the copy");
        sandbox.program = program;
        sandbox.user = Some(UNPRIVILEGED);
        hand_over(sandbox.folder.path(), UNPRIVILEGED);
        sandbox
    }

    /// Path of the program, executable for the user of the sandbox.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Path below the sandbox.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Configuration file of the program.
    pub fn config_file(&self) -> PathBuf {
        self.path("home/.config/mycli/config.toml")
    }

    /// Directory of the state without secrets.
    pub fn state(&self) -> PathBuf {
        self.path("home/.local/state/mycli")
    }

    /// Sets a variable for every run from now on.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.environment.remove(OsStr::new(name));
        self
    }

    /// Writes the configuration file.
    pub fn configure(&self, text: &str) -> &Self {
        let file = self.config_file();
        let folder = file.parent().expect("the file lies in a folder");
        fs::create_dir_all(folder).expect("the sandbox can be written");
        fs::write(&file, text).expect("the sandbox can be written");
        if let Some(user) = self.user {
            hand_over(folder, user);
        }
        self
    }

    /// Gives a file that the test wrote to the user that runs the program.
    pub fn give(&self, file: &Path) {
        if let Some(user) = self.user {
            hand_over(file, user);
        }
    }

    /// Command of any program in this environment.
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.environment).current_dir(self.path("home")).stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Command of the program itself.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(&self.program);
        command.args(arguments);
        command
    }

    /// Runs the program to its end, with an empty stdin.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).outcome()
    }

    /// Runs the program to its end with `input` on stdin.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(input);
        running.outcome()
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::spawn(self.command(arguments))
    }

    /// Starts the program on a new terminal. Both streams end up in `stderr`.
    pub fn start_on_terminal(&self, command: &str) -> Running {
        let line = format!("{} {command}", self.program.display());
        let mut script = self.command_of("sh");
        // `script` merges the streams, and lines are read from stderr.
        script.args(["-c", "exec script --quiet --return --command \"$1\" /dev/null 1>&2", "sh", &line]);
        let terminal = self.environment.get(OsStr::new("TERM")).cloned();
        script.env("TERM", terminal.unwrap_or_else(|| "xterm".into())).env("SHELL", "/bin/sh").stdin(Stdio::piped());
        Running::spawn(script)
    }

    /// Sets `MYCLI_BROWSER` to a script that passes the URL to the test, see [`OpenedUrls::next_url`].
    pub fn record_browser(&mut self) -> OpenedUrls {
        let (script, pipe) = (self.path("browser"), self.path("opened"));
        // A named pipe: the test waits for the URL itself, without polling.
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo exists");
        assert!(made.success(), "mkfifo failed");
        fs::write(&script, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", pipe.display()))
            .expect("the sandbox can be written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("owned by the test");
        if let Some(user) = self.user {
            hand_over(self.folder.path(), user);
        }
        self.set("MYCLI_BROWSER", script);
        // Opened for both, it never waits for the other end, and never is at its end.
        let pipe = fs::File::options().read(true).write(true).open(&pipe).expect("made above");
        let urls = BufReader::new(pipe.try_clone().expect("a file descriptor"));
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let urls = urls.lines().map_while(Result::ok).take_while(|url| !url.is_empty());
            urls.map(|url| sender.send(url)).all(|sent| sent.is_ok())
        });
        OpenedUrls { receiver, pipe }
    }
}

/// URLs that the program opened in a browser.
pub struct OpenedUrls {
    receiver: Receiver<String>,
    pipe: fs::File,
}

/// Ends the thread that reads the pipe.
impl Drop for OpenedUrls {
    fn drop(&mut self) {
        let _ = self.pipe.write_all(b"\n");
    }
}

impl OpenedUrls {
    /// Waits for the next URL.
    pub fn next_url(&self) -> String {
        self.receiver.recv_timeout(PATIENCE).expect("the program opens its browser")
    }

    /// Whether no URL is waiting.
    pub fn is_empty(&self) -> bool {
        self.receiver.try_recv().is_err()
    }
}

/// Gives a folder with its contents to `user`.
fn hand_over(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).expect("root may give away");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the folder can be read") {
            hand_over(&entry.expect("the folder can be read").path(), user);
        }
    }
}

/// Result of a run.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// Exit code as in a shell: 128+N if signal N ended the program.
    pub code: i32,
}

impl Outcome {
    /// Fails the test, showing both streams, unless the run succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        self.ends_with(0)
    }

    /// Fails the test, showing both streams, unless the run ended with `code`.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the run ended with `code`, an empty stdout and `message` on stderr.
    #[track_caller]
    pub fn fails(self, code: i32, message: &str) -> Self {
        let outcome = self.ends_with(code);
        assert_eq!(outcome.stdout, "", "a failed command leaves stdout empty");
        assert!(outcome.stderr.contains(message), "no `{message}` in:\n{}", outcome.stderr);
        outcome
    }

    /// JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in stdout:\n{}", self.stdout))
    }

    /// JSON lines on stderr.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in stderr line:\n{line}"));
        self.stderr.lines().map(line).collect()
    }
}

/// Running program; killed when dropped.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<JoinHandle<String>>,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    /// Starts `command` and captures both output streams.
    pub fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut out = child.stdout.take().expect("piped above");
        let mut err = BufReader::new(child.stderr.take().expect("piped above"));
        let stdout = thread::spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).expect("a pipe can be read");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut line = Vec::new();
            while err.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, stdout: Some(stdout), lines, stderr: String::new() }
    }

    /// Process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to stdin, which must have been piped.
    pub fn write_stdin(&mut self, text: &str) -> &mut Self {
        let stdin = self.stdin.as_mut().expect("stdin is a pipe");
        // A program that has ended does not read; its outcome shows why.
        let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        self
    }

    /// Waits for the next line on stderr that `matches`; fails the test if the program ends before.
    #[track_caller]
    pub fn line(&mut self, matches: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.stderr.push_str(&line);
                    if matches(&line) {
                        return line.trim_end().to_owned();
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no such line so far:\n{}", self.stderr),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without that line:\n{}", self.stderr),
            }
        }
    }

    /// Waits for the next URL on stderr that contains `part`.
    #[track_caller]
    pub fn wait_for_url(&mut self, part: &str) -> String {
        let url = |line: &str| {
            let word = line
                .split(|c: char| c.is_whitespace() || c == '"' || c == '\u{1b}')
                .find(|word| word.contains(part))?;
            Some(word[word.find("http")?..].to_owned())
        };
        let line = self.line(|line| url(line).is_some());
        url(&line).expect("the line has one")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("process ids are small");
        kill_process(Pid::from_raw(id).expect("not 0"), signal).expect("the program still runs");
    }

    /// Closes stdin.
    pub fn close_stdin(&mut self) -> &mut Self {
        self.stdin = None;
        self
    }

    /// Waits until the program ends.
    #[track_caller]
    pub fn outcome(mut self) -> Outcome {
        drop(self.stdin.take());
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.stderr.push_str(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("still running; stderr so far:\n{}", self.stderr),
            }
        }
        let status = self.child.wait().expect("the child can be waited for");
        let stdout = self.stdout.take().expect("taken only here").join().expect("the reader does not panic");
        Outcome { stdout, stderr: std::mem::take(&mut self.stderr), code: code(status) }
    }
}

/// Makes the programs that a test starts heed SIGINT and SIGHUP although the parent of the tests ignores them: a signal
/// with a handler, unlike an ignored one, has its default effect again in a new program.
fn reset_signals() {
    static RESET: Once = Once::new();
    RESET.call_once(|| {
        for signal in [SIGINT, SIGHUP] {
            let ends = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal, ends).expect("a handler");
        }
    });
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("ended by code or signal"))
}
