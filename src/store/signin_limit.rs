//! Limit on sign-ins without a terminal: a background tool that signs in whenever it has no token would open tabs all
//! night (int128/kubelogin#904, gravitational/teleport#26102).
//!
//! ```text
//! attempts/lock               lock of the records
//! attempts/github.json        times of the last attempts
//! ```
//!
//! An attempt is recorded before a browser opens, under the lock, so that concurrent callers have the same limit as
//! sequential ones. One that the user answered counts less if the sign-in then fails: the user may mend the cause. It
//! still counts, because an answer may come from the provider itself, at once and every time. Only a successful sign-in
//! clears the record, or another client or issuer. A sign-in that opens nothing (`--no-open`) has no limit.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::session::FORMAT_VERSION;

use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file;
use super::state::{file, file_name};

/// Unanswered attempts before the limit: a user who missed one tab had two more.
const MAX_UNANSWERED: usize = 3;

/// Answered attempts before the limit.
const MAX_ANSWERED: usize = 10;

/// Span of the attempts that count together: a slow user takes some minutes for each.
const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Limit on the sign-ins of one program.
#[derive(Debug)]
pub struct SigninLimit {
    directory: PathBuf,
}

/// What an attempt is for: a provider with its settings, or the provider picker.
#[derive(Debug, Clone, Copy, Default)]
pub struct SigninSubject<'a> {
    /// Empty for the picker; names of providers are never empty.
    provider: &'a str,
    issuer: Option<&'a str>,
    client_id: Option<&'a str>,
}

impl<'a> SigninSubject<'a> {
    pub const PICKER: Self = Self { provider: "", issuer: None, client_id: None };

    pub fn new(provider: &'a Provider) -> Self {
        // The issuer of a URL is found during the sign-in.
        let issuer = provider.issuer.as_deref().filter(|_| !provider.name.contains("://"));
        let issuer = issuer.map(|issuer| issuer.trim_end_matches('/'));
        Self { provider: &provider.name, issuer, client_id: provider.client_id.as_deref() }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct AttemptRecord {
    version: u32,
    provider: String,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    /// Times of the attempts that nobody has answered.
    begun: Vec<DateTime<Utc>>,
    #[serde(default)]
    answered: Vec<DateTime<Utc>>,
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
    pub fn check(&self, subject: SigninSubject<'_>) -> Result<()> {
        check_count(subject, &self.read(subject)?)
    }

    /// Records an attempt that starts at `now` and is about to involve the user, if the limit allows it.
    ///
    /// # Errors
    /// As [`SigninLimit::check`]; also if the record cannot be written. Then no browser may open either, because
    /// unrecorded attempts have no limit.
    pub fn record(&self, subject: SigninSubject<'_>, now: DateTime<Utc>) -> Result<()> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut record = self.read(subject)?;
        check_count(subject, &record)?;
        for times in [&mut record.begun, &mut record.answered] {
            // Also drops times of a clock that was ahead.
            times.retain(|time| (now - *time).abs() < WINDOW);
        }
        record.begun.push(now);
        self.write(record)
    }

    /// Takes back the last recorded attempt: the user answered it, and the sign-in goes on with an attempt of its own.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written.
    pub fn take_back(&self, subject: SigninSubject<'_>) -> Result<()> {
        let _lock = self.lock()?;
        let mut record = self.read(subject)?;
        record.begun.pop();
        self.write(record)
    }

    /// Records that the user answered the last recorded attempt.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written.
    pub fn answer(&self, subject: SigninSubject<'_>) -> Result<()> {
        let _lock = self.lock()?;
        let mut record = self.read(subject)?;
        let answered = record.begun.pop();
        record.answered.extend(answered);
        self.write(record)
    }

    /// Clears the records of a provider and of the picker. Ignores errors: the user has a session, and the next attempt
    /// reports them.
    pub fn reset(&self, provider: &str) {
        for provider in [provider, SigninSubject::PICKER.provider] {
            let _ = self.clear(provider);
        }
    }

    fn clear(&self, provider: &str) -> Result<()> {
        let read = || file::read_pointer::<AttemptRecord>(&self.path(provider));
        if read()?.is_none() {
            return Ok(());
        }
        let _lock = self.lock()?;
        read()?;
        private_file::remove(&self.path(provider)).map(drop)
    }

    /// Reads the record. A damaged one counts as empty, because the next attempt replaces it, and so does one for another
    /// client or issuer.
    fn read(&self, subject: SigninSubject<'_>) -> Result<AttemptRecord> {
        let SigninSubject { provider, issuer, client_id } = subject;
        let stored: Option<AttemptRecord> = file::read_pointer(&self.path(provider))?;
        let is_same =
            |stored: &AttemptRecord| (stored.issuer.as_deref(), stored.client_id.as_deref()) == (issuer, client_id);
        Ok(stored.filter(is_same).unwrap_or_else(|| AttemptRecord {
            version: FORMAT_VERSION,
            provider: provider.to_owned(),
            issuer: issuer.map(str::to_owned),
            client_id: client_id.map(str::to_owned),
            ..AttemptRecord::default()
        }))
    }

    fn write(&self, record: AttemptRecord) -> Result<()> {
        file::write(&self.path(&record.provider), &record)
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.directory.join("lock");
        LockFile::new(&path, &LockWaits::default()).acquire(WRITE_TIMEOUT, Error::locked)
    }

    fn path(&self, provider: &str) -> PathBuf {
        self.directory.join(format!("{}.json", file_name::to_file_name(provider)))
    }
}

/// A reached limit stays reached however much time passes, so that no tabs open during the night.
fn check_count(subject: SigninSubject<'_>, record: &AttemptRecord) -> Result<()> {
    let (attempts, what) = match (record.begun.len(), record.answered.len()) {
        (MAX_UNANSWERED.., _) => (&record.begun, "nobody answered three"),
        (_, MAX_ANSWERED..) => (&record.answered, "ten failed"),
        _ => return Ok(()),
    };
    let since = attempts[0].to_rfc3339_opts(SecondsFormat::Secs, true);
    let name = subject.provider;
    let (target, argument) = match name.is_empty() {
        true => (String::new(), String::new()),
        false => (format!(" to `{name}`"), format!(" {}", shell_quote(name))),
    };
    Err(Error::Usage {
        message: format!(
            "too many sign-ins{target} without a terminal: {what} since {since}; no browser opens again until a sign-in \
             succeeds"
        ),
        hint: Some(format!("{{program}} signin{argument} --no-open")),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("in range")
    }

    const ACME: SigninSubject<'static> = SigninSubject { provider: "acme", ..SigninSubject::PICKER };

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
        for minute in [1, 2, 3] {
            limit.record(ACME, at(minute)).unwrap();
        }
        limit.take_back(ACME).unwrap();
        limit.record(ACME, at(4)).unwrap();
        let since = at(1).to_rfc3339_opts(SecondsFormat::Secs, true);
        assert!(limit.record(ACME, at(4)).unwrap_err().to_string().contains(&since));
    }

    #[test]
    fn answered_attempts_have_a_limit_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let limit = limit(&folder);
        limit.record(ACME, at(0)).unwrap();
        limit.record(ACME, at(0)).unwrap();
        for _ in 0..MAX_ANSWERED {
            limit.record(ACME, at(1)).unwrap();
            limit.answer(ACME).unwrap();
        }
        let error = limit.check(ACME).unwrap_err();
        assert!(error.to_string().contains("ten failed since"), "{error}");
    }

    #[test]
    fn another_client_or_issuer_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let limit = limit(&folder);
        let with_client = SigninSubject { client_id: Some("id"), ..ACME };
        for subject in [ACME, with_client, SigninSubject { issuer: Some("https://id.example"), ..with_client }] {
            for minute in [1, 2, 3] {
                limit.record(subject, at(minute)).unwrap();
            }
            assert!(limit.check(subject).is_err());
        }
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
        let other = SigninSubject { provider: "https://id.example/", ..SigninSubject::PICKER };
        limit.record(other, at(4)).unwrap();
        limit.record(SigninSubject::PICKER, at(4)).unwrap();
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
        assert_eq!(allowed, MAX_UNANSWERED);
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
        for outcome in [limit.record(ACME, at(0)), limit.clear("acme")] {
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
