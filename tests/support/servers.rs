//! Servers in `tests/servers`, written in JavaScript and Python.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{PATIENCE, require_real};

/// Directory of the servers. Installs the npm packages on first use: `npm ci` follows the committed lock file.
pub fn directory() -> PathBuf {
    require_real("Node.js");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
    if !is_installed(&directory) {
        let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm.lock")).expect("writable");
        lock.lock().expect("the lock of one test at a time");
        if !is_installed(&directory) {
            let status =
                Command::new("npm").args(["ci", "--silent"]).current_dir(&directory).stdin(Stdio::null()).status();
            assert!(status.expect("npm is installed").success(), "`npm ci` failed in tests/servers");
        }
    }
    directory
}

/// Returns true if npm has installed the current lock file: `npm ci` writes its own copy last.
fn is_installed(directory: &Path) -> bool {
    let changed = |file: &str| directory.join(file).metadata().and_then(|file| file.modified()).ok();
    changed("node_modules/.package-lock.json") >= changed("package-lock.json")
}

/// Server that runs until dropped.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    /// First line of output, JSON.
    pub greeting: serde_json::Value,
}

impl Server {
    /// Starts `script` in Node.js and waits for its first line.
    pub fn start(script: &str, settings: &serde_json::Value) -> Self {
        let mut node = Command::new("node");
        node.arg(directory().join(script)).arg(settings.to_string());
        Self::spawn(script, node)
    }

    /// Starts `script` in Python and waits for its first line; installs its packages on first use.
    pub fn start_python(script: &str) -> Self {
        require_real("Python");
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
        let mut python = Command::new(directory.join("python"));
        python.arg(directory.join(script));
        Self::spawn(script, python)
    }

    /// Like [`Server::start_python`], with the packages of `requirements-LIST.txt`, and settings.
    pub fn start_python_with(list: &str, script: &str, settings: &serde_json::Value) -> Self {
        require_real("Python");
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
        let mut python = Command::new(directory.join("python"));
        python.env("REQUIREMENTS", list).arg(directory.join(script)).arg(settings.to_string());
        Self::spawn(script, python)
    }

    fn spawn(script: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{script}: {error}"));
        let mut output = BufReader::new(child.stdout.take().expect("piped above"));
        let (sender, first_line) = mpsc::channel();
        // Node.js was seen to hang at its start: the test fails then, and the run goes on.
        thread::spawn(move || {
            let mut line = String::new();
            output.read_line(&mut line).expect("a pipe can be read");
            let _ = sender.send(line);
        });
        let line = first_line.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("{script} printed no line in {PATIENCE:?}");
        });
        let greeting = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{script}: {error}: {line}"));
        Self { stdin: child.stdin.take(), child, greeting }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends when stdin closes, together with its child processes and files.
        drop(self.stdin.take());
        let end = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
