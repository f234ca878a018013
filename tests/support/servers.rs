//! Programs of `tests/servers`, in JavaScript and Python.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The folder with its packages, installed on first use: `npm ci` takes what the committed lock file says.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
    if !is_installed(&folder) {
        let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm.lock")).expect("ours to write");
        lock.lock().expect("the lock of one test at a time");
        if !is_installed(&folder) {
            let status =
                Command::new("npm").args(["ci", "--silent"]).current_dir(&folder).stdin(Stdio::null()).status();
            assert!(status.expect("npm is installed").success(), "`npm ci` failed in tests/servers");
        }
    }
    folder
}

/// Whether npm has installed what the lock file says: the last thing it does is to write a copy of its own.
fn is_installed(folder: &Path) -> bool {
    let changed = |file: &str| folder.join(file).metadata().and_then(|file| file.modified()).ok();
    changed("node_modules/.package-lock.json") >= changed("package-lock.json")
}

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    /// The line of JSON it began with.
    pub greeting: serde_json::Value,
}

impl Server {
    /// Starts `script` in node and waits for its greeting.
    pub fn start(script: &str, settings: &serde_json::Value) -> Self {
        let mut node = Command::new("node");
        node.arg(folder().join(script)).arg(settings.to_string());
        Self::greeted(script, node)
    }

    /// Starts `script` in Python and waits for its greeting; its packages are installed on first use.
    pub fn start_python(script: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers");
        let mut python = Command::new(folder.join("python"));
        python.arg(folder.join(script));
        Self::greeted(script, python)
    }

    fn greeted(script: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{script}: {error}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped above")).read_line(&mut line).expect("a pipe can be read");
        let greeting = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{script}: {error}: {line}"));
        Self { stdin: child.stdin.take(), child, greeting }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself then, and takes along what it started and what it wrote.
        drop(self.stdin.take());
        let end = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
