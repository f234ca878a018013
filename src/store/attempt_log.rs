//! How often nobody came: the sign-ins begun without a terminal that led to no session, so that no program opens tabs
//! all night.
//!
//! ```text
//! attempts/lock               held by whoever counts
//! attempts/github.json        the times of the last ones
//! ```
//!
//! An attempt is counted before anything is opened, under the lock, so that callers side by side are as limited as those
//! one after the other. It is taken back by a sign-in that succeeds, and by nothing else: a refusal may be the
//! provider's own, at once and every time, and a person who said no does not want to be asked for ever.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::FORMAT_VERSION;

use super::state::{file, file_name};
use super::{lock, private_file};

/// So many, and no further one: a person who missed a tab has had two more.
const MAX_ATTEMPTS: usize = 3;

/// How close together: a person who is there and slow takes some minutes for each.
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// How long to wait for others that count.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// The counts of one program.
#[derive(Debug)]
pub struct AttemptLog {
    directory: PathBuf,
}

/// Whether a further attempt may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptLimit {
    /// It may.
    NotReached,
    /// As many as may be came to nothing; the first of them at this time.
    Reached(DateTime<Utc>),
}

#[derive(Serialize, Deserialize)]
struct AttemptRecord {
    version: u32,
    provider: String,
    begun: Vec<DateTime<Utc>>,
}

impl AttemptLog {
    /// Those counted in the state directory `state`; nothing is read or made yet.
    pub fn new(state: &Path) -> Self {
        Self { directory: state.join("attempts") }
    }

    /// Whether a further attempt at `provider` may begin; counts nothing.
    ///
    /// # Errors
    /// [`Error::Store`] where the count cannot be read, [`Error::Configuration`] where a later program wrote it.
    pub fn limit(&self, provider: &str) -> Result<AttemptLimit> {
        Ok(limit(&self.read(provider)?))
    }

    /// Counts an attempt at `provider` that begins at `now`, if it may.
    ///
    /// # Errors
    /// As [`Attempts::standing`]; also where the count cannot be written: then nothing may be opened either, as what
    /// is not counted is not limited.
    pub fn record(&self, provider: &str, now: DateTime<Utc>) -> Result<AttemptLimit> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut begun = self.read(provider)?;
        if let reached @ AttemptLimit::Reached(_) = limit(&begun) {
            return Ok(reached);
        }
        // Also those of a clock that was ahead.
        begun.retain(|time| (now - *time).abs() < WINDOW);
        begun.push(now);
        let record = AttemptRecord { version: FORMAT_VERSION, provider: provider.to_owned(), begun };
        file::write(&self.path(provider), &record)?;
        Ok(AttemptLimit::NotReached)
    }

    /// Forgets the count: somebody has signed in.
    ///
    /// # Errors
    /// As [`Attempts::begin`].
    pub fn clear(&self, provider: &str) -> Result<()> {
        if self.read(provider)?.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.read(provider)?;
        private_file::remove(&self.path(provider)).map(drop)
    }

    /// A damaged count is as good as none: the next one replaces it.
    fn read(&self, provider: &str) -> Result<Vec<DateTime<Utc>>> {
        let record: Option<AttemptRecord> = file::read_pointer(&self.path(provider))?;
        Ok(record.map_or_else(Vec::new, |record| record.begun))
    }

    fn lock(&self) -> Result<lock::LockGuard> {
        let path = self.directory.join("lock");
        lock::acquire(&path, LOCK_TIMEOUT)?.ok_or_else(|| {
            Error::network(format!("the lock `{}` was held for {} s", path.display(), LOCK_TIMEOUT.as_secs()))
        })
    }

    fn path(&self, provider: &str) -> PathBuf {
        self.directory.join(format!("{}.json", file_name::to_file_name(provider)))
    }
}

/// Once closed it stays closed, however much time goes by: the night is long.
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
    fn three_within_ten_minutes_are_the_last_until_somebody_signs_in() {
        // When attempts begin, and whether each may.
        for (minutes, expected) in [
            (&[0, 0, 0, 0][..], "yyyn"),
            (&[0, 5, 9, 9, 11, 1_000_000], "yyynnn"),
            (&[0, 5, 10, 14, 15], "yyyyn"),
            (&[0, 11, 22, 33, 44, 55], "yyyyyy"),
            (&[0, 1, 60, 61, 62, 63], "yyyyyn"),
            // A clock that is set back by an hour in between.
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
    fn it_is_told_since_when_and_each_provider_is_counted_for_itself() {
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
    fn callers_side_by_side_are_counted_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let begun = std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..40).map(|_| scope.spawn(|| attempts(&folder).record("acme", at(0)).unwrap())).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(begun.iter().filter(|limit| **limit == AttemptLimit::NotReached).count(), MAX_ATTEMPTS);
    }

    #[test]
    fn a_damaged_count_is_none_and_one_of_a_later_program_is_left() {
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
    fn what_cannot_be_counted_may_not_begin() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("attempts"), "in the way").unwrap();
        assert_eq!(attempts(&folder).record("acme", at(0)).unwrap_err().exit_code(), 7);
    }
}
