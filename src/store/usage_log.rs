//! Log of the uses of tokens: one line of JSON each, never a value.
//!
//! ```text
//! log.jsonl        the last entries
//! log.old.jsonl    those before, replaced when `log.jsonl` is full
//! log.lock         held while the files change places
//! ```
//!
//! Any number of processes append at once: the system puts each line at the end in one piece, so there is no lock to wait
//! for. Nothing is synchronized to the disk; a crash of the machine may lose the last entries.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

use super::lock::{LockFile, LockWaits};
use super::private_file::{self, FileContent};

/// Size of one file, about 3,000 entries.
const MAX_BYTES: u64 = 512 << 10;

/// Longest line; the parts have limits of their own.
const MAX_LINE: usize = 16 << 10;

/// Log of one program.
#[derive(Debug)]
pub struct UsageLog {
    state: PathBuf,
}

/// One use of a session's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub at: DateTime<Utc>,
    /// Command of this program, such as `token` or `credential git`.
    pub command: String,
    pub provider: String,
    pub account: String,
    pub outcome: TokenOutcome,
    /// Process that started this program.
    pub pid: Option<u32>,
    pub program: Option<String>,
    pub executable: Option<String>,
    /// Names of the processes above a shell.
    pub parents: Vec<String>,
}

/// Where a token came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOutcome {
    /// The stored one.
    Stored,
    /// The provider issued it for this use.
    Refreshed,
    /// No token was given.
    Failed,
}

impl UsageLog {
    /// Log in the state directory `state`; reads and creates nothing yet.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned() }
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// The error of the system.
    pub fn append(&self, entry: &LogEntry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if line.len() > MAX_LINE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let file = private_file::open_to_append(&self.path("log.jsonl"))?;
        let size = file.metadata()?.len();
        if size.saturating_add(line.len() as u64) > max_file_size() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // One call: two of them could have another process's line in between.
        (&file).write_all(&line)?;
        if size >= MAX_BYTES {
            self.rotate();
        }
        Ok(())
    }

    /// Reads all entries, the oldest first. Lines that no entry can be read from are left out: a full disk cuts one.
    ///
    /// # Errors
    /// [`Error::Store`] if a file cannot be read.
    pub fn read(&self) -> Result<Vec<LogEntry>> {
        let mut entries = Vec::new();
        for name in ["log.old.jsonl", "log.jsonl"] {
            let bytes = private_file::read(&self.path(name), FileContent::Plain)?.unwrap_or_default();
            entries.extend(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()));
        }
        Ok(entries)
    }

    /// Makes the full file the old one. If another process is at it, there is nothing to do.
    fn rotate(&self) {
        let Ok(_lock) =
            LockFile::new(&self.path("log.lock"), &LockWaits::default()).acquire(Duration::ZERO, Error::locked)
        else {
            return;
        };
        let current = self.path("log.jsonl");
        // Another process may have done it just before.
        if fs::metadata(&current).is_ok_and(|file| file.len() >= MAX_BYTES) {
            let _ = fs::rename(&current, self.path("log.old.jsonl"));
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }
}

/// Limit of the system (`ulimit -f`): beyond it a write would end this process by a signal.
fn max_file_size() -> u64 {
    #[cfg(unix)]
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    #[cfg(not(unix))]
    let limit = None;
    limit.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(account: String) -> LogEntry {
        LogEntry {
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            command: "token".to_owned(),
            provider: "acme".to_owned(),
            account,
            outcome: TokenOutcome::Stored,
            pid: Some(7),
            program: Some("make".to_owned()),
            executable: None,
            parents: Vec::new(),
        }
    }

    #[test]
    fn log_is_bounded_and_keeps_the_last_entries() {
        let folder = tempfile::tempdir().unwrap();
        let log = UsageLog::new(folder.path());
        let count = 3 * MAX_BYTES as usize / serde_json::to_vec(&entry(String::new())).unwrap().len();
        for number in 0..count {
            log.append(&entry(number.to_string())).unwrap();
        }
        let found: Vec<usize> = log.read().unwrap().iter().map(|entry| entry.account.parse().unwrap()).collect();
        assert_eq!(*found.last().unwrap(), count - 1);
        assert!(found.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        let size = |name| fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
        assert!(size("log.jsonl") + size("log.old.jsonl") <= 2 * MAX_BYTES + 2 * 1024);
        assert!(size("log.old.jsonl") >= MAX_BYTES);
    }

    #[test]
    fn threads_append_whole_lines_while_the_files_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let log = UsageLog::new(folder.path());
        fs::write(folder.path().join("log.jsonl"), "x".repeat(MAX_BYTES as usize) + "\n").unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let log = &log;
                scope.spawn(move || (0..50).for_each(|_| log.append(&entry(number.to_string())).unwrap()));
            }
        });
        assert_eq!(log.read().unwrap().len(), 400);
    }

    #[test]
    fn line_that_was_cut_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let log = UsageLog::new(folder.path());
        log.append(&entry("ada".to_owned())).unwrap();
        let path = folder.path().join("log.jsonl");
        let mut text = fs::read_to_string(&path).unwrap();
        text.insert_str(0, "{\"at\":\"2026-\n\nxyzzy\n");
        fs::write(&path, text).unwrap();
        assert_eq!(log.read().unwrap(), [entry("ada".to_owned())]);
    }
}
