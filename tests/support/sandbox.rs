//! A private home for one test, and the program run in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::PATIENCE;

/// The user and group that a test run as root hands the program to, where permissions matter: `nobody` on Debian.
const ORDINARY: u32 = 65_534;

/// A home, the directories of the XDG specification and an environment that no other test and no user shares.
///
/// There is no keyring, no browser, no terminal and no `CI` in it until the test puts them there.
pub struct Sandbox {
    folder: TempDir,
    program: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    user: Option<u32>,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("mycli-").tempdir().expect("a temporary folder can be made");
        let mut sandbox =
            Self { folder, program: env!("CARGO_BIN_EXE_mycli").into(), environment: BTreeMap::new(), user: None };
        let path = std::env::var_os("PATH").expect("PATH is set");
        sandbox.set("PATH", path).set("LANG", "C.UTF-8");
        for (name, place) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_STATE_HOME", "home/.local/state"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_CACHE_HOME", "home/.cache"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            let place = sandbox.path(place);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&place).expect("the sandbox can be written");
            sandbox.set(name, place);
        }
        sandbox
    }

    /// A sandbox in which the program runs as an ordinary user even if the tests run as root, for whom no permission
    /// holds. The test itself keeps its own rights.
    pub fn unprivileged() -> Self {
        let mut sandbox = Self::new();
        if !rustix::process::geteuid().is_root() {
            return sandbox;
        }
        // The build may lie where only root may look.
        let program = sandbox.path("mycli");
        // By another process: what other threads start would inherit a file that is open to be written, and until they are
        // under way nobody can run it.
        let copied = Command::new("cp").arg(&sandbox.program).arg(&program).status().expect("cp is there");
        assert!(copied.success(), "the program cannot be copied");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("the copy is ours");
        sandbox.program = program;
        sandbox.user = Some(ORDINARY);
        hand_over(sandbox.folder.path(), ORDINARY);
        sandbox
    }

    /// The program, where whoever it runs as can start it.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A place in the sandbox.
    pub fn path(&self, place: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(place)
    }

    /// Where the program keeps its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.path("home/.config/mycli/config.toml")
    }

    /// Where the program keeps its state without secrets.
    pub fn state(&self) -> PathBuf {
        self.path("home/.local/state/mycli")
    }

    /// Sets a variable for every run from now on.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Removes a variable again.
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

    /// Makes a file that the test wrote into the sandbox the property of the user that the program runs as.
    pub fn give(&self, file: &Path) {
        if let Some(user) = self.user {
            hand_over(file, user);
        }
    }

    /// A command of any program in this environment, for what [`Sandbox::run`] cannot do.
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.environment).current_dir(self.path("home")).stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// A command of the program itself.
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

    /// Starts the program and lets it run.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::spawn(self.command(arguments))
    }

    /// Starts the program on a terminal of its own. What it writes, on either stream, is in `stderr`.
    pub fn start_on_terminal(&self, command: &str) -> Running {
        let line = format!("{} {command}", self.program.display());
        let mut script = self.command_of("sh");
        // `script` has one stream for all, and the reader of lines sits on stderr.
        script.args(["-c", "exec script --quiet --return --command \"$1\" /dev/null 1>&2", "sh", &line]);
        let terminal = self.environment.get(OsStr::new("TERM")).cloned();
        script.env("TERM", terminal.unwrap_or_else(|| "xterm".into())).env("SHELL", "/bin/sh").stdin(Stdio::piped());
        Running::spawn(script)
    }

    /// A `MYCLI_BROWSER` that opens nothing and hands the address to the test: see [`OpenedUrls::address`].
    pub fn record_browser(&mut self) -> OpenedUrls {
        let (script, pipe) = (self.path("browser"), self.path("opened"));
        // A named pipe, so that the test waits for the address itself and never for a while.
        let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
        assert!(made.success(), "mkfifo failed");
        fs::write(&script, format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", pipe.display())).expect("ours to write");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("ours");
        if let Some(user) = self.user {
            hand_over(self.folder.path(), user);
        }
        self.set("MYCLI_BROWSER", script);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(address) = fs::read_to_string(&pipe) {
                if sender.send(address).is_err() {
                    break;
                }
            }
        });
        OpenedUrls { receiver }
    }
}

/// The addresses that the program asked a browser to open.
pub struct OpenedUrls {
    receiver: Receiver<String>,
}

impl OpenedUrls {
    /// The next one; waits for it.
    pub fn next_url(&self) -> String {
        self.receiver.recv_timeout(PATIENCE).expect("the program opens its browser")
    }

    /// Whether none has been opened so far.
    pub fn is_empty(&self) -> bool {
        self.receiver.try_recv().is_err()
    }
}

/// Gives a folder and all in it to `user`.
fn hand_over(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).expect("root may give away");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the folder can be read") {
            hand_over(&entry.expect("the folder can be read").path(), user);
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// As a shell has it: 128+N where signal N ended the program.
    pub code: i32,
}

impl Outcome {
    /// The outcome of a success; fails the test with both streams otherwise.
    #[track_caller]
    pub fn success(self) -> Self {
        self.ends_with(0)
    }

    /// The outcome of a run that ended with `code`; fails the test with both streams otherwise.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// A failure: `code`, nothing on stdout, and `message` on stderr.
    #[track_caller]
    pub fn fails(self, code: i32, message: &str) -> Self {
        let outcome = self.ends_with(code);
        assert_eq!(outcome.stdout, "", "a failed command leaves stdout empty");
        assert!(outcome.stderr.contains(message), "no `{message}` in:\n{}", outcome.stderr);
        outcome
    }

    /// The one JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in stdout:\n{}", self.stdout))
    }

    /// The JSON lines on stderr.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in stderr line:\n{line}"));
        self.stderr.lines().map(line).collect()
    }
}

/// The program, running; killed when dropped.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<JoinHandle<String>>,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    /// Starts `command` with both output streams held by the test.
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

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to stdin, which must have been piped.
    pub fn write_stdin(&mut self, text: &str) -> &mut Self {
        let stdin = self.stdin.as_mut().expect("stdin is a pipe");
        // A program that has ended does not read; its outcome tells why.
        let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        self
    }

    /// The first line on stderr, from here on, that `wanted` is true of; fails the test when the program ends without.
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

    /// The first address on stderr, from here on, that contains `part`.
    #[track_caller]
    pub fn wait_for_url(&mut self, part: &str) -> String {
        let address = |line: &str| {
            let word = line
                .split(|c: char| c.is_whitespace() || c == '"' || c == '\u{1b}')
                .find(|word| word.contains(part))?;
            Some(word[word.find("http")?..].to_owned())
        };
        let line = self.line(|line| address(line).is_some());
        address(&line).expect("the line was chosen for it")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("process ids are small");
        kill_process(Pid::from_raw(id).expect("not 0"), signal).expect("it still runs");
    }

    /// Closes stdin.
    pub fn close_stdin(&mut self) -> &mut Self {
        self.stdin = None;
        self
    }

    /// Waits for the end.
    #[track_caller]
    pub fn outcome(mut self) -> Outcome {
        drop(self.stdin.take());
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.stderr.push_str(&line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("still running; so far it said:\n{}", self.stderr),
            }
        }
        let status = self.child.wait().expect("the child is ours");
        let stdout = self.stdout.take().expect("taken only here").join().expect("the reader does not panic");
        Outcome { stdout, stderr: std::mem::take(&mut self.stderr), code: code(status) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("it ended by code or signal"))
}
