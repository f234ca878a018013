//! Log of unattended sign-in attempts without a session, so that no program opens browser tabs all night.
//!
//! ```text
//! attempts/lock               lock of the log
//! attempts/github.json        times of the last attempts
//! ```
//!
//! An attempt is recorded before a browser opens, under the lock, so that concurrent callers have the same limit as
//! sequential ones. Only a successful sign-in clears the record: a denial may come from the provider itself, at once
//! and every time, and a user who denied once does not want to be prompted forever.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::FORMAT_VERSION;

use super::state::{file, file_name};
use super::{lock, private_file};

/// Attempts before the limit: a user who missed one tab had two more.
const MAX_ATTEMPTS: usize = 3;

/// Span of the attempts that count together: a slow user takes some minutes for each.
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Wait for other processes that record an attempt.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Attempts of one program.
#[derive(Debug)]
pub struct AttemptLog {
    directory: PathBuf,
}

/// State of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptLimit {
    /// Another attempt is allowed.
    NotReached,
    /// No attempt is allowed; time of the first recorded attempt.
    Reached(DateTime<Utc>),
}

#[derive(Serialize, Deserialize)]
struct AttemptRecord {
    version: u32,
    provider: String,
    begun: Vec<DateTime<Utc>>,
}

impl AttemptLog {
    /// Log in the state directory `state`; reads and creates nothing yet.
    pub fn new(state: &Path) -> Self {
        Self { directory: state.join("attempts") }
    }

    /// Returns the state of the limit for `provider`; records nothing.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be read, [`Error::Configuration`] if a newer version wrote it.
    pub fn limit(&self, provider: &str) -> Result<AttemptLimit> {
        Ok(limit(&self.read(provider)?))
    }

    /// Records an attempt at `provider` that starts at `now`, if the limit allows it.
    ///
    /// # Errors
    /// Same as [`AttemptLog::limit`]; also if the record cannot be written. Then no browser may open either, because
    /// unrecorded attempts have no limit.
    pub fn record(&self, provider: &str, now: DateTime<Utc>) -> Result<AttemptLimit> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut begun = self.read(provider)?;
        if let reached @ AttemptLimit::Reached(_) = limit(&begun) {
            return Ok(reached);
        }
        // Also drops times of a clock that was ahead.
        begun.retain(|time| (now - *time).abs() < WINDOW);
        begun.push(now);
        let record = AttemptRecord { version: FORMAT_VERSION, provider: provider.to_owned(), begun };
        file::write(&self.path(provider), &record)?;
        Ok(AttemptLimit::NotReached)
    }

    /// Clears the record after a successful sign-in.
    ///
    /// # Errors
    /// Same as [`AttemptLog::record`].
    pub fn clear(&self, provider: &str) -> Result<()> {
        if self.read(provider)?.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.read(provider)?;
        private_file::remove(&self.path(provider)).map(drop)
    }

    /// Reads the record; a damaged one counts as empty, because the next attempt replaces it.
    fn read(&self, provider: &str) -> Result<Vec<DateTime<Utc>>> {
        let record: Option<AttemptRecord> = file::read_pointer(&self.path(provider))?;
        Ok(record.map_or_else(Vec::new, |record| record.begun))
    }

    fn lock(&self) -> Result<lock::LockGuard> {
        let path = self.directory.join("lock");
        lock::acquire(&path, LOCK_TIMEOUT)?.ok_or_else(|| {
            Error::network(format!(
                "another process held the lock `{}` for {}s",
                path.display(),
                LOCK_TIMEOUT.as_secs()
            ))
        })
    }

    fn path(&self, provider: &str) -> PathBuf {
        self.directory.join(format!("{}.json", file_name::to_file_name(provider)))
    }
}

/// A reached limit stays reached however much time passes, so that no tabs open during the night.
fn limit(begun: &[DateTime<Utc>]) -> AttemptLimit {
    match begun {
        [first, ..] if begun.len() >= MAX_ATTEMPTS => AttemptLimit::Reached(*first),
        _ => AttemptLimit::NotReached,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("in range")
    }

    fn attempts(folder: &tempfile::TempDir) -> AttemptLog {
        AttemptLog::new(folder.path())
    }

    #[test]
    fn three_attempts_in_ten_minutes_reach_the_limit() {
        // Times of the attempts, and whether each is allowed.
        for (minutes, expected) in [
            (&[0, 0, 0, 0][..], "yyyn"),
            (&[0, 5, 9, 9, 11, 1_000_000], "yyynnn"),
            (&[0, 5, 10, 14, 15], "yyyyn"),
            (&[0, 11, 22, 33, 44, 55], "yyyyyy"),
            (&[0, 1, 60, 61, 62, 63], "yyyyyn"),
            // The clock is set back by an hour in between.
            (&[60, 61, 0, 1, 2, 3], "yyyyyn"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let attempts = attempts(&folder);
            let begin = |minute: &i64| match attempts.record("acme", at(*minute)).unwrap() {
                AttemptLimit::NotReached => 'y',
                AttemptLimit::Reached(_) => 'n',
            };
            assert_eq!(minutes.iter().map(begin).collect::<String>(), expected, "{minutes:?}");
            let reached = expected.ends_with('n');
            assert_eq!(matches!(attempts.limit("acme").unwrap(), AttemptLimit::Reached(_)), reached);
            attempts.clear("acme").unwrap();
            assert_eq!(attempts.record("acme", at(0)).unwrap(), AttemptLimit::NotReached);
        }
    }

    #[test]
    fn limit_is_per_provider_and_reports_the_first_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let attempts = attempts(&folder);
        for minute in [1, 2, 3] {
            attempts.record("acme", at(minute)).unwrap();
        }
        assert_eq!(attempts.record("acme", at(4)).unwrap(), AttemptLimit::Reached(at(1)));
        assert_eq!(attempts.record("https://id.example/", at(4)).unwrap(), AttemptLimit::NotReached);
        attempts.clear("https://id.example/").unwrap();
        assert_eq!(attempts.limit("acme").unwrap(), AttemptLimit::Reached(at(1)));
    }

    #[test]
    fn concurrent_attempts_share_one_limit() {
        let folder = tempfile::tempdir().unwrap();
        let begun = std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..40).map(|_| scope.spawn(|| attempts(&folder).record("acme", at(0)).unwrap())).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(begun.iter().filter(|limit| **limit == AttemptLimit::NotReached).count(), MAX_ATTEMPTS);
    }

    #[test]
    fn damaged_record_is_replaced_and_newer_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let attempts = attempts(&folder);
        attempts.record("acme", at(0)).unwrap();
        let file = folder.path().join("attempts/acme.json");
        fs::write(&file, "{\"version\":").unwrap();
        assert_eq!(attempts.record("acme", at(0)).unwrap(), AttemptLimit::NotReached);
        let newer = "{\"version\":99}";
        fs::write(&file, newer).unwrap();
        for outcome in [attempts.record("acme", at(0)).map(drop), attempts.clear("acme")] {
            assert_eq!(outcome.unwrap_err().exit_code(), 2);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    }

    #[test]
    fn attempt_that_cannot_be_recorded_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("attempts"), "in the way").unwrap();
        assert_eq!(attempts(&folder).record("acme", at(0)).unwrap_err().exit_code(), 7);
    }
}
