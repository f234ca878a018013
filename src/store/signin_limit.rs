//! Limit on sign-ins without a terminal: a background tool that signs in whenever it has no token would open tabs all
//! night (int128/kubelogin#904, gravitational/teleport#26102).
//!
//! ```text
//! attempts/lock               lock of the records
//! attempts/github.json        times of the last attempts
//! ```
//!
//! An attempt is recorded before a browser opens, under the lock, so that concurrent callers have the same limit as
//! sequential ones. Only a successful sign-in clears the record: a denial may come from the provider itself, at once
//! and every time, and a user who denied once does not want to be prompted forever.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::session::FORMAT_VERSION;

use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file;
use super::state::{file, file_name};

/// Attempts before the limit: a user who missed one tab had two more.
const MAX_ATTEMPTS: usize = 3;

/// Span of the attempts that count together: a slow user takes some minutes for each.
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Limit on the sign-ins of one program: for each provider, and for the provider picker, which is the provider `None`.
#[derive(Debug)]
pub struct SigninLimit {
    directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct AttemptRecord {
    version: u32,
    provider: String,
    begun: Vec<DateTime<Utc>>,
}

impl SigninLimit {
    /// Records in the state directory `state`; reads and creates nothing yet.
    pub fn new(state: &Path) -> Self {
        Self { directory: state.join("attempts") }
    }

    /// Fails if no further attempt is allowed; records nothing.
    ///
    /// # Errors
    /// [`Error::Usage`] if the limit is reached, [`Error::Store`] if the record cannot be read,
    /// [`Error::Configuration`] if a newer version wrote it.
    pub fn check(&self, provider: Option<&str>) -> Result<()> {
        check_count(provider, &self.read(provider)?)
    }

    /// Records an attempt that starts at `now` and is about to involve the user, if the limit allows it.
    ///
    /// # Errors
    /// As [`SigninLimit::check`]; also if the record cannot be written. Then no browser may open either, because
    /// unrecorded attempts have no limit.
    pub fn record(&self, provider: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut begun = self.read(provider)?;
        check_count(provider, &begun)?;
        // Also drops times of a clock that was ahead.
        begun.retain(|time| (now - *time).abs() < WINDOW);
        begun.push(now);
        let name = provider.unwrap_or_default().to_owned();
        file::write(&self.path(provider), &AttemptRecord { version: FORMAT_VERSION, provider: name, begun })
    }

    /// Takes back the attempt that was recorded at `begun`: the user answered it, and the sign-in goes on with an attempt
    /// of its own.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written.
    pub fn take_back(&self, provider: &str, begun: DateTime<Utc>) -> Result<()> {
        let _lock = self.lock()?;
        let mut attempts = self.read(Some(provider))?;
        if let Some(index) = attempts.iter().position(|time| *time == begun) {
            attempts.remove(index);
        }
        let record = AttemptRecord { version: FORMAT_VERSION, provider: provider.to_owned(), begun: attempts };
        file::write(&self.path(Some(provider)), &record)
    }

    /// Clears the records of a provider and of the picker. Ignores errors: the user has a session, and the next attempt
    /// reports them.
    pub fn reset(&self, provider: &str) {
        for provider in [Some(provider), None] {
            let _ = self.clear(provider);
        }
    }

    fn clear(&self, provider: Option<&str>) -> Result<()> {
        if self.read(provider)?.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.read(provider)?;
        private_file::remove(&self.path(provider)).map(drop)
    }

    /// Reads the record; a damaged one counts as empty, because the next attempt replaces it.
    fn read(&self, provider: Option<&str>) -> Result<Vec<DateTime<Utc>>> {
        let record: Option<AttemptRecord> = file::read_pointer(&self.path(provider))?;
        Ok(record.map_or_else(Vec::new, |record| record.begun))
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.directory.join("lock");
        LockFile::new(&path, &LockWaits::default()).acquire(WRITE_TIMEOUT, Error::network)
    }

    /// Provider names are never empty.
    fn path(&self, provider: Option<&str>) -> PathBuf {
        self.directory.join(format!("{}.json", file_name::to_file_name(provider.unwrap_or_default())))
    }
}

/// A reached limit stays reached however much time passes, so that no tabs open during the night.
fn check_count(provider: Option<&str>, begun: &[DateTime<Utc>]) -> Result<()> {
    let [first, ..] = begun else { return Ok(()) };
    if begun.len() < MAX_ATTEMPTS {
        return Ok(());
    }
    let since = first.to_rfc3339_opts(SecondsFormat::Secs, true);
    let target = provider.map(|name| format!(" to `{name}`")).unwrap_or_default();
    let argument = provider.map(|name| format!(" {}", shell_quote(name))).unwrap_or_default();
    Err(Error::Usage {
        message: format!(
            "too many sign-ins{target} without a terminal: three unfinished since {since}; run this in a terminal"
        ),
        hint: Some(format!("{{program}} signin{argument}")),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("in range")
    }

    const ACME: Option<&str> = Some("acme");

    fn limit(folder: &tempfile::TempDir) -> SigninLimit {
        SigninLimit::new(folder.path())
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
            let limit = limit(&folder);
            let begin = |minute: &i64| match limit.record(ACME, at(*minute)) {
                Ok(()) => 'y',
                Err(error) if error.exit_code() == 2 => 'n',
                Err(error) => panic!("{error}"),
            };
            assert_eq!(minutes.iter().map(begin).collect::<String>(), expected, "{minutes:?}");
            assert_eq!(limit.check(ACME).is_err(), expected.ends_with('n'));
            limit.reset("acme");
            limit.record(ACME, at(0)).unwrap();
        }
    }

    #[test]
    fn attempt_taken_back_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let limit = limit(&folder);
        let times = [1, 2, 3].map(|minute| at(minute) + TimeDelta::nanoseconds(123_456_789));
        for time in times {
            limit.record(ACME, time).unwrap();
        }
        limit.take_back("acme", times[1]).unwrap();
        limit.take_back("acme", at(9)).unwrap();
        limit.record(ACME, at(4)).unwrap();
        assert!(
            limit
                .record(ACME, at(4))
                .unwrap_err()
                .to_string()
                .contains(&at(1).to_rfc3339_opts(SecondsFormat::Secs, true))
        );
    }

    #[test]
    fn limit_is_per_provider_and_reports_the_first_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let limit = limit(&folder);
        for minute in [1, 2, 3] {
            limit.record(ACME, at(minute)).unwrap();
        }
        let since = at(1).to_rfc3339_opts(SecondsFormat::Secs, true);
        assert!(limit.record(ACME, at(4)).unwrap_err().to_string().contains(&since));
        limit.record(Some("https://id.example/"), at(4)).unwrap();
        limit.record(None, at(4)).unwrap();
        limit.reset("https://id.example/");
        assert!(limit.check(ACME).unwrap_err().to_string().contains(&since));
    }

    #[test]
    fn concurrent_attempts_share_one_limit() {
        let folder = tempfile::tempdir().unwrap();
        let allowed = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..40).map(|_| scope.spawn(|| limit(&folder).record(ACME, at(0)).is_ok())).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).filter(|allowed| *allowed).count()
        });
        assert_eq!(allowed, MAX_ATTEMPTS);
    }

    #[test]
    fn damaged_record_is_replaced_and_newer_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let limit = limit(&folder);
        limit.record(ACME, at(0)).unwrap();
        let file = folder.path().join("attempts/acme.json");
        fs::write(&file, "{\"version\":").unwrap();
        limit.record(ACME, at(0)).unwrap();
        let newer = "{\"version\":99}";
        fs::write(&file, newer).unwrap();
        for outcome in [limit.record(ACME, at(0)), limit.clear(ACME)] {
            assert_eq!(outcome.unwrap_err().exit_code(), 2);
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    }

    #[test]
    fn attempt_that_cannot_be_recorded_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("attempts"), "in the way").unwrap();
        assert_eq!(limit(&folder).record(ACME, at(0)).unwrap_err().exit_code(), 7);
    }
}
