//! Sign-ins that wait in the background: the record of each, for the command that waits for its end.
//!
//! ```text
//! background/ID.json   provider, end of the wait, and later the outcome; no secret
//! background/ID.lock   held by the process that signs in
//! ```
//!
//! A lock that is free without an outcome means that the process was killed: no process ID has to be believed. Nobody can
//! guess an ID, and the files are the owner's alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::{FORMAT_VERSION, SessionInfo};

use super::lock::{LockFile, LockGuard, LockWaits};
use super::private_file;
use super::random_id;
use super::state::file;

/// Time after the end of a wait for which its outcome is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// Sign-ins in the background of one program.
#[derive(Debug)]
pub struct BackgroundSignins {
    directory: PathBuf,
}

/// What is known of one sign-in.
#[derive(Debug, Serialize, Deserialize)]
pub struct BackgroundRecord {
    version: u32,
    pub provider: String,
    /// End of the wait for the user.
    pub expires_at: DateTime<Utc>,
    pub outcome: Option<BackgroundOutcome>,
}

/// End of a sign-in.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundOutcome {
    SignedIn { session: Box<SessionInfo>, flow: String },
    Failed { code: u8, message: String, hint: Option<String> },
}

/// Sign-in of this process; others see its end when this is dropped.
#[derive(Debug)]
pub struct RunningSignin {
    path: PathBuf,
    record: BackgroundRecord,
    _lock: LockGuard,
}

impl BackgroundSignins {
    /// Records in the state directory `state`; reads and creates nothing yet.
    pub fn new(state: &Path) -> Self {
        Self { directory: state.join("background") }
    }

    /// Makes an ID.
    ///
    /// # Errors
    /// [`Error::Other`] if the system has no random numbers.
    pub fn new_id() -> Result<String> {
        random_id::new()
    }

    /// Returns true for a text that [`BackgroundSignins::new_id`] may have made.
    pub fn is_id(text: &str) -> bool {
        random_id::is_valid(text)
    }

    /// Records that this process signs in. Removes the records that nobody waits for any more.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written.
    pub fn start(
        &self,
        id: &str,
        provider: &str,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<RunningSignin> {
        private_file::create_directory(&self.directory)?;
        self.remove_old(now);
        let _lock = self.lock(id)?;
        let record =
            BackgroundRecord { version: FORMAT_VERSION, provider: provider.to_owned(), expires_at, outcome: None };
        let path = self.path(id);
        file::write(&path, &record)?;
        Ok(RunningSignin { path, record, _lock })
    }

    /// Returns the record; `None` if there is no sign-in with this ID.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be read, [`Error::Configuration`] if a newer version wrote it.
    pub fn find(&self, id: &str) -> Result<Option<BackgroundRecord>> {
        if Self::is_id(id) { Ok(file::read(&self.path(id))?) } else { Ok(None) }
    }

    /// Returns true if the process of the sign-in has not ended.
    pub fn is_running(&self, id: &str) -> bool {
        self.lock(id).is_err()
    }

    fn lock(&self, id: &str) -> Result<LockGuard> {
        let path = self.directory.join(format!("{id}.lock"));
        LockFile::new(&path, &LockWaits::default()).acquire(Duration::ZERO, Error::locked)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    /// A failure leaves some files, which the next sign-in removes.
    fn remove_old(&self, now: DateTime<Utc>) {
        let entries = private_file::read_directory(&self.directory).into_iter().flatten();
        let ids = entries.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()));
        for id in ids.filter(|id| Self::is_id(id)) {
            let is_old = |record: BackgroundRecord| now.signed_duration_since(record.expires_at) > KEPT_FOR;
            let Ok(_lock) = self.lock(&id) else { continue };
            // A lock without a record is of a process that was killed before it wrote one.
            if file::read(&self.path(&id)).is_ok_and(|record| record.is_none_or(is_old)) {
                let _ = private_file::remove(&self.path(&id));
                let _ = private_file::remove(&self.directory.join(format!("{id}.lock")));
            }
        }
    }
}

impl RunningSignin {
    /// Records the end.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written.
    pub fn finish(mut self, outcome: BackgroundOutcome) -> Result<()> {
        self.record.outcome = Some(outcome);
        file::write(&self.path, &self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_is_kept_for_an_hour_and_running_ones_longer() {
        let folder = tempfile::tempdir().unwrap();
        let signins = BackgroundSignins::new(folder.path());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let start = |at| (BackgroundSignins::new_id().unwrap(), at);
        let (old, recent, running) = (start(now - KEPT_FOR * 2), start(now), start(now - KEPT_FOR * 2));
        let mut held = Vec::new();
        for (id, at) in [&old, &recent, &running] {
            held.push(signins.start(id, "acme", *at, *at).unwrap());
        }
        let failed = |code| BackgroundOutcome::Failed { code, message: "x".to_owned(), hint: None };
        held.remove(0).finish(failed(5)).unwrap();
        held.remove(0).finish(failed(4)).unwrap();
        signins.start(&BackgroundSignins::new_id().unwrap(), "acme", now, now).unwrap();
        assert!(
            signins.find(&old.0).unwrap().is_none()
                && !folder.path().join(format!("background/{}.lock", old.0)).exists()
        );
        let kept = signins.find(&recent.0).unwrap().unwrap().outcome;
        assert!(matches!(kept, Some(BackgroundOutcome::Failed { code: 4, .. })), "{kept:?}");
        assert!(signins.find(&running.0).unwrap().unwrap().outcome.is_none());
        assert!(signins.is_running(&running.0) && !signins.is_running(&recent.0));
        for text in ["", "../../x", "A", &"g".repeat(32), &"A".repeat(32)] {
            assert!(!BackgroundSignins::is_id(text) && signins.find(text).unwrap().is_none(), "{text}");
        }
    }
}
