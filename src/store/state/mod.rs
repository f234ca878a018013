//! State files: the list of sessions without their secrets, and the default of each provider.
//!
//! ```text
//! lock                 lock of the files below
//! keyring.json         a session was stored in a keyring; stays until all sessions are in files
//! sessions/…           see `provider_dir`
//! locks/0f3a…          lock of one session; stays, empty
//! ```
//!
//! Reads take no lock, because every file is replaced atomically.

pub(super) mod file;
pub(super) mod file_name;
mod provider_dir;

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::session::{FORMAT_VERSION, SessionId, SessionInfo, StoreKind};

use self::file::StateFileError;
use self::provider_dir::{DirScan, ProviderDir};
use super::lock::{self, Lock, LockGuard, WRITE_TIMEOUT};
use super::private_file;

/// All sessions, and the unreadable state files.
#[derive(Debug, Default)]
pub struct SessionListing {
    /// Sessions sorted by provider, default first, then by time of sign-in.
    pub sessions: Vec<ListedSession>,
    /// Unreadable state files; they stay unchanged.
    pub damaged: Vec<DamagedFile>,
}

/// Session in a [`SessionListing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// Session without its secrets.
    pub info: SessionInfo,
    /// True for the default session of the provider.
    pub default: bool,
}

/// State file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFile {
    pub file: PathBuf,
    pub reason: String,
}

/// State directory.
#[derive(Debug)]
pub(super) struct StateDir {
    root: PathBuf,
}

impl StateDir {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Lists every session of every provider.
    pub(super) fn list(&self) -> Result<SessionListing> {
        let mut listing = SessionListing::default();
        for provider_dir in ProviderDir::all(&self.sessions())? {
            listing.add(&provider_dir);
        }
        listing.sessions.sort_by_key(|session| {
            let SessionInfo { provider, signed_in_at, id, .. } = &session.info;
            (provider.clone(), !session.default, *signed_in_at, id.clone())
        });
        Ok(listing)
    }

    /// Sorted labels of at most `limit` providers with sessions.
    pub(super) fn providers(&self, limit: usize) -> Result<Vec<String>> {
        let provider_dirs = ProviderDir::all(&self.sessions())?;
        Ok(provider_dirs.iter().filter_map(ProviderDir::provider).take(limit).collect())
    }

    /// Finds the session of a provider and account. This opens two or three small files, however many sessions exist.
    /// Only if those files lead to no session, every session of this provider is read, and the files are repaired.
    pub(super) fn find(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        let provider_dir = self.provider_dir(provider);
        if let Some(found) = provider_dir.find_by_pointer(account)? {
            return Ok(Some(found));
        }
        let DirScan { summaries, errors } = provider_dir.scan()?;
        let matches = |session: &SessionInfo| account.is_none_or(|account| session.account.matches_name(account));
        let matching: Vec<SessionInfo> = summaries.into_iter().filter(matches).collect();
        if matching.is_empty() {
            // Without a readable session the damaged one was requested, and that is not "not signed in".
            return errors.into_iter().next().filter(|_| account.is_none()).map_or(Ok(None), |error| Err(error.into()));
        }
        // A failed repair does not matter to a reader.
        let _ = self.repair(&provider_dir, account, &matching);
        provider_dir.pick_default(matching)
    }

    /// Reads one session; `None` if it is gone.
    pub(super) fn info(&self, provider: &str, id: &SessionId) -> Result<Option<SessionInfo>> {
        Ok(self.provider_dir(provider).info(id)?)
    }

    /// Fails if [`StateDir::put`] would overwrite a file of a newer version.
    pub(super) fn check_writable(&self, info: &SessionInfo) -> Result<()> {
        self.provider_dir(&info.provider).check_writable(info)
    }

    /// Writes a new or changed session, and removes the same session under other labels.
    pub(super) fn put(&self, info: &SessionInfo) -> Result<()> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        let provider_dir = self.provider_dir(&info.provider);
        let known = provider_dir.contains(&info.id);
        provider_dir.put(info)?;
        if known {
            return Ok(());
        }
        private_file::remove_leftovers(&provider_dir.directory);
        let others =
            ProviderDir::all(&self.sessions())?.into_iter().filter(|other| other.directory != provider_dir.directory);
        for other in others.filter(|other| other.contains(&info.id)) {
            other.remove(&info.id)?;
        }
        Ok(())
    }

    /// Removes a session.
    pub(super) fn remove(&self, provider: &str, id: &SessionId) -> Result<()> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        self.provider_dir(provider).remove(id)
    }

    /// Makes a session the default of its provider; returns false if the session is gone.
    pub(super) fn set_default(&self, info: &SessionInfo) -> Result<bool> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        let provider_dir = self.provider_dir(&info.provider);
        if !provider_dir.contains(&info.id) {
            return Ok(false);
        }
        provider_dir.set_default(&info.id).map(|()| true)
    }

    /// Sessions with this id under any label.
    pub(super) fn find_all(&self, id: &SessionId) -> Result<Vec<SessionInfo>> {
        let provider_dirs =
            ProviderDir::all(&self.sessions())?.into_iter().filter(|provider_dir| provider_dir.contains(id));
        Ok(provider_dirs.filter_map(|provider_dir| provider_dir.info(id).ok().flatten()).collect())
    }

    /// Returns true if a session was ever stored.
    pub(super) fn exists(&self) -> bool {
        self.sessions().exists()
    }

    /// Sessions of `provider`, or of all providers, with a damaged file, or without a file although an index file names
    /// them.
    pub(super) fn broken_ids(&self, provider: Option<&str>) -> Result<Vec<SessionId>> {
        let provider_dirs = match provider {
            Some(provider) => vec![self.provider_dir(provider)],
            None => ProviderDir::all(&self.sessions())?,
        };
        let mut broken_ids = Vec::new();
        for provider_dir in provider_dirs {
            broken_ids.extend(provider_dir.broken_ids()?);
        }
        Ok(broken_ids)
    }

    /// Removes the damaged files of a session and the index entries that name it; returns true if anything was removed.
    pub(super) fn discard(&self, id: &SessionId) -> Result<bool> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        let mut discarded = false;
        for provider_dir in ProviderDir::all(&self.sessions())? {
            discarded |= provider_dir.discard(id)?;
        }
        Ok(discarded)
    }

    /// Records that a session is stored in a keyring.
    pub(super) fn mark_keyring_used(&self) -> Result<()> {
        if self.keyring_used()? {
            return Ok(());
        }
        let _lock = self.lock(WRITE_TIMEOUT)?;
        file::write(&self.keyring_path(), &serde_json::json!({ "version": FORMAT_VERSION }))
    }

    /// Clears that record if no session is in a keyring.
    pub(super) fn forget_keyring(&self) -> Result<()> {
        if !self.keyring_used()? {
            return Ok(());
        }
        let _lock = self.lock(WRITE_TIMEOUT)?;
        match self.list()?.sessions.iter().any(|session| session.info.store == StoreKind::Keyring) {
            true => Ok(()),
            false => private_file::remove(&self.keyring_path()).map(drop),
        }
    }

    /// Returns true if a session was ever stored in a keyring.
    pub(super) fn keyring_used(&self) -> Result<bool> {
        let path = self.keyring_path();
        path.try_exists().map_err(|error| private_file::io_error("read", &path, &error))
    }

    pub(super) fn lock_session(&self, id: &SessionId, timeout: Duration) -> Result<Lock> {
        let directory = self.root.join("locks");
        private_file::create_directory(&directory)?;
        let held = lock::acquire(&directory.join(id.as_str()), timeout, Error::network)?;
        Ok(Lock::new(id.clone(), held))
    }

    fn repair(&self, provider_dir: &ProviderDir, account: Option<&str>, matching: &[SessionInfo]) -> Result<()> {
        let _lock = self.lock(Duration::ZERO)?;
        let Some(account) = account else { return provider_dir.repair_default() };
        matching
            .iter()
            .filter(|session| provider_dir.contains(&session.id))
            .try_for_each(|session| provider_dir.add_name(account, &session.id))
    }

    /// A timeout is worth retrying: exit 6.
    fn lock(&self, timeout: Duration) -> Result<LockGuard> {
        private_file::create_directory(&self.root)?;
        lock::acquire(&self.root.join("lock"), timeout, Error::network)
    }

    fn provider_dir(&self, provider: &str) -> ProviderDir {
        ProviderDir::new(&self.sessions(), provider)
    }

    fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    fn keyring_path(&self) -> PathBuf {
        self.root.join("keyring.json")
    }
}

impl SessionListing {
    fn add(&mut self, provider_dir: &ProviderDir) {
        let DirScan { summaries, errors } = match provider_dir.scan() {
            Ok(scan) => scan,
            Err(error) => {
                let unreadable = DamagedFile { file: provider_dir.directory.clone(), reason: error.to_string() };
                return self.damaged.push(unreadable);
            }
        };
        self.damaged.extend(errors.into_iter().map(DamagedFile::from));
        let default_id = provider_dir.default_id().unwrap_or_else(|error| {
            self.damaged.push(error.into());
            None
        });
        let default = default_id.filter(|id| provider_dir.contains(id)).or_else(|| Some(summaries.first()?.id.clone()));
        let listed = |info: SessionInfo| ListedSession { default: default.as_ref() == Some(&info.id), info };
        self.sessions.extend(summaries.into_iter().map(listed));
    }
}

impl From<StateFileError> for DamagedFile {
    fn from(error: StateFileError) -> Self {
        Self { reason: error.reason(), file: error.file }
    }
}
