//! Servers that the user accepted in a sign-in that then failed: the retry does not ask again. A successful sign-in
//! removes the record: what a session does not remember is asked again. Only answers that nobody but the user can give
//! are recorded: not those through the link in the argument list of a browser.
//!
//! ```text
//! accepted/github.json        questions that the user answered with yes
//! ```

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::session::FORMAT_VERSION;

use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file;
use super::state::{file, file_name};

/// Time for the retry.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// Accepted servers of one program, for each provider.
#[derive(Debug)]
pub struct AcceptedServers {
    directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct AcceptedRecord {
    version: u32,
    provider: String,
    accepted: Vec<AcceptedServer>,
}

/// Exactly what the user read and accepted: the same server in another question is another decision.
#[derive(Serialize, Deserialize)]
struct AcceptedServer {
    question: String,
    server: String,
    at: DateTime<Utc>,
}

impl AcceptedServers {
    /// Records in the state directory `state`; reads and creates nothing yet.
    pub fn new(state: &Path) -> Self {
        Self { directory: state.join("accepted") }
    }

    /// Returns true if the user accepted the server shortly before `now`. A record that cannot be read accepts nothing.
    pub fn contains(&self, provider: &str, question: &str, server: &str, now: DateTime<Utc>) -> bool {
        let fits = |one: &AcceptedServer| one.question == question && one.server == server && is_kept(one, now);
        self.read(provider).is_ok_and(|accepted| accepted.iter().any(fits))
    }

    /// Records that the user accepted the server.
    ///
    /// # Errors
    /// [`Error::Store`] if the record cannot be written, [`Error::Configuration`] if a newer version wrote it.
    pub fn remember(&self, provider: &str, question: &str, server: &str, now: DateTime<Utc>) -> Result<()> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let mut accepted = self.read(provider)?;
        accepted.retain(|one| is_kept(one, now) && (one.question != question || one.server != server));
        accepted.push(AcceptedServer { question: question.to_owned(), server: server.to_owned(), at: now });
        let record = AcceptedRecord { version: FORMAT_VERSION, provider: provider.to_owned(), accepted };
        file::write(&self.path(provider), &record)
    }

    /// Removes the record. Ignores errors: it soon counts no more.
    pub fn forget(&self, provider: &str) {
        if self.path(provider).exists() {
            let _ = self.lock().and_then(|_lock| private_file::remove(&self.path(provider)));
        }
    }

    /// Reads the record; a damaged one counts as empty.
    fn read(&self, provider: &str) -> Result<Vec<AcceptedServer>> {
        let record: Option<AcceptedRecord> = file::read_pointer(&self.path(provider))?;
        Ok(record.filter(|record| record.provider == provider).map_or_else(Vec::new, |record| record.accepted))
    }

    fn lock(&self) -> Result<LockGuard> {
        LockFile::new(&self.directory.join("lock"), &LockWaits::default()).acquire(WRITE_TIMEOUT, Error::network)
    }

    fn path(&self, provider: &str) -> PathBuf {
        self.directory.join(format!("{}.json", file_name::to_file_name(provider)))
    }
}

/// Returns false for an old answer, and for one from a clock that was ahead.
fn is_kept(accepted: &AcceptedServer, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..KEPT_FOR).contains(&(now - accepted.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_server_counts_for_its_question_and_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let accepted = AcceptedServers::new(folder.path());
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
        accepted.remember("acme", "sends you to", "https://as.example", now).unwrap();
        let later = |minutes| now + TimeDelta::minutes(minutes);
        for (provider, question, server, at, is_accepted) in [
            ("acme", "sends you to", "https://as.example", now, true),
            ("acme", "sends you to", "https://as.example", later(59), true),
            ("acme", "sends you to", "https://as.example", later(60), false),
            ("acme", "sends you to", "https://as.example", later(-1), false),
            ("acme", "sends you to", "https://as.example/", now, false),
            ("acme", "sends you elsewhere", "https://as.example", now, false),
            ("other", "sends you to", "https://as.example", now, false),
        ] {
            assert_eq!(accepted.contains(provider, question, server, at), is_accepted, "{provider} {server} {at}");
        }
        accepted.forget("acme");
        assert!(!accepted.contains("acme", "sends you to", "https://as.example", now));
    }
}
