//! State files: the list of sessions without their secrets, and the default of each provider.
//!
//! ```text
//! lock                 lock of the files below
//! keyring.json         a session was stored in a keyring; stays until all sessions are in files
//! default.json         the provider that was signed in before any other
//! sessions/…           see `provider_dir`
//! locks/0f3a…          lock of one session; stays, empty
//! config.lock          lock of the configuration, see `ConfigLock`; stays, empty
//! ```
//!
//! Reads take no lock, because every file is replaced atomically.

mod default_provider;
pub(super) mod file;
pub(super) mod file_name;
mod listing;
mod peek;
mod provider_dir;

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::session::{FORMAT_VERSION, SessionId, SessionInfo, StoreKind, prefer_exact_name};

use self::file::StateFileError;
use self::provider_dir::{DirScan, ProviderDir};
use super::lock::{Lock, LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file;
pub use listing::{DamagedFile, ListedSession, SessionListing};

/// State directory.
#[derive(Debug)]
pub(super) struct StateDir {
    root: PathBuf,
    waits: LockWaits,
}

impl StateDir {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, waits: LockWaits::default() }
    }

    pub(super) fn set_lock_waits(&mut self, waits: LockWaits) {
        self.waits = waits;
    }

    /// Lists every session of every provider.
    pub(super) fn list(&self) -> Result<SessionListing> {
        let mut listing = SessionListing::default();
        for provider_dir in self.provider_dirs()? {
            listing.add(&provider_dir);
        }
        listing.sessions.sort_by_key(|session| {
            let SessionInfo { provider, signed_in_at, id, .. } = &session.info;
            (provider.clone(), !session.default, *signed_in_at, id.clone())
        });
        Ok(listing)
    }

    /// Sorted labels of at most `limit` providers with sessions, without the earlier sessions of a name in the list:
    /// those are found by their own name only.
    pub(super) fn providers(&self, limit: usize) -> Result<Vec<String>> {
        let mut labels: Vec<String> = Vec::new();
        for label in self.provider_dirs()?.iter().filter_map(ProviderDir::provider) {
            let is_earlier = label.rsplit_once('@').is_some_and(|(name, _)| labels.iter().any(|known| known == name));
            if !is_earlier {
                labels.push(label);
            }
            if labels.len() == limit {
                break;
            }
        }
        Ok(labels)
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
        let mut matching: Vec<SessionInfo> = summaries.into_iter().filter(matches).collect();
        prefer_exact_name(&mut matching, account);
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

    /// Reads one session, which a sign-in may have renamed; `None` if it is gone.
    pub(super) fn current(&self, info: &SessionInfo) -> Result<Option<SessionInfo>> {
        match self.info(&info.provider, &info.id)? {
            Some(current) => Ok(Some(current)),
            None => Ok(self.find_all(&info.id)?.into_iter().next()),
        }
    }

    /// Writes a session, and removes the same session under other labels.
    pub(super) fn put(&self, info: &SessionInfo) -> Result<()> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        self.write(info)
    }

    /// Writes a changed session under the label that it has now: a sign-in may rename it at any time.
    pub(super) fn update(&self, info: &SessionInfo) -> Result<()> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        match self.current(info) {
            Ok(Some(SessionInfo { provider, earlier_of, .. })) => {
                self.write(&SessionInfo { provider, earlier_of, ..info.clone() })
            }
            // A damaged file is replaced.
            Ok(None) | Err(_) => self.write(info),
        }
    }

    /// Writes a session after a sign-in of the program `app`. Returns the sessions that had its name and have another
    /// one now, because they are of another issuer, client or resource.
    ///
    /// If the lock is not to be had, or a signal ends the wait, writes the file of the session alone, which its own lock
    /// protects: an unlisted session would be lost, and readers find one that no index file names.
    pub(super) fn put_signed_in(&self, info: &SessionInfo, app: &str) -> Result<Vec<SessionInfo>> {
        let _lock = match self.lock(WRITE_TIMEOUT) {
            Err(Error::Network { .. } | Error::Interrupted { .. }) => {
                return self.provider_dir(&info.provider).put_session(info).map(|()| Vec::new());
            }
            lock => lock?,
        };
        // Without the file a command asks for a provider. The sign-in is worth more.
        let _ = self.keep_default_provider(info);
        self.write(info)?;
        // A token that the user brought stands beside the sessions of the name.
        if info.is_brought() {
            return Ok(Vec::new());
        }
        // The session is stored. What follows must not fail it: the next sign-in renames the rest.
        Ok(self.take_over_name(info, app).unwrap_or_default())
    }

    fn take_over_name(&self, owner: &SessionInfo, app: &str) -> Result<Vec<SessionInfo>> {
        let provider_dir = self.provider_dir(&owner.provider);
        let is_other = |info: &SessionInfo| !info.shares_name_with(owner, app);
        let others: Vec<SessionInfo> = provider_dir.scan()?.summaries.into_iter().filter(is_other).collect();
        let default_id = provider_dir.default_id()?;
        if others.iter().any(|other| Some(&other.id) == default_id.as_ref()) {
            provider_dir.set_default(&owner.id)?;
        }
        // First, because it may free the name that the others need.
        self.bring_back(owner, app)?;
        let mut renamed = Vec::new();
        for other in others {
            let is_free = |name: &String| {
                let found = self.provider_dir(name).scan();
                found.is_ok_and(|scan| {
                    scan.errors.is_empty() && scan.summaries.iter().all(|info| info.shares_name_with(&other, app))
                })
            };
            let provider = other.earlier_names().find(is_free).expect("there is no last name");
            let renamed_info = SessionInfo { provider, earlier_of: Some(owner.provider.clone()), ..other };
            self.move_to(&renamed_info, &provider_dir)?;
            renamed.push(renamed_info);
        }
        Ok(renamed)
    }

    /// Gives earlier sessions of the name back to it, if they are of the issuer, client and resource that have it now.
    fn bring_back(&self, owner: &SessionInfo, app: &str) -> Result<()> {
        let prefix = format!("{}@", owner.provider);
        for provider_dir in self.provider_dirs()? {
            if !provider_dir.provider().is_some_and(|label| label.starts_with(&prefix)) {
                continue;
            }
            let is_back = |info: &SessionInfo| {
                info.earlier_of.as_ref() == Some(&owner.provider) && info.shares_name_with(owner, app)
            };
            for info in provider_dir.scan()?.summaries.into_iter().filter(is_back) {
                let new = SessionInfo { provider: owner.provider.clone(), earlier_of: None, ..info };
                self.move_to(&new, &provider_dir)?;
            }
        }
        Ok(())
    }

    /// Writes a session under its new label before it loses the old one, in `source`.
    fn move_to(&self, info: &SessionInfo, source: &ProviderDir) -> Result<()> {
        self.provider_dir(&info.provider).put(info)?;
        source.remove(&info.id)
    }

    fn write(&self, info: &SessionInfo) -> Result<()> {
        let provider_dir = self.provider_dir(&info.provider);
        let known = provider_dir.contains(&info.id);
        provider_dir.put(info)?;
        if known {
            return Ok(());
        }
        private_file::remove_leftovers(&provider_dir.directory);
        let others = self.provider_dirs()?.into_iter().filter(|other| other.directory != provider_dir.directory);
        for other in others.filter(|other| other.contains(&info.id)) {
            other.remove(&info.id)?;
        }
        Ok(())
    }

    /// Removes a session, also if a sign-in has just renamed it.
    pub(super) fn remove(&self, info: &SessionInfo) -> Result<()> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        self.provider_dir(&info.provider).remove(&info.id)?;
        self.find_all(&info.id)?.iter().try_for_each(|other| self.provider_dir(&other.provider).remove(&info.id))
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
        let holders = self.provider_dirs()?.into_iter().filter(|holder| holder.contains(id));
        Ok(holders.filter_map(|holder| holder.info(id).ok().flatten()).collect())
    }

    /// Returns true if a session was ever stored.
    pub(super) fn exists(&self) -> bool {
        self.sessions().exists()
    }

    /// Sessions of `provider`, or of all providers, with a damaged file, or without a file although an index file names
    /// them; each with its label, unless that is too long for a file name.
    pub(super) fn broken_ids(&self, provider: Option<&str>) -> Result<Vec<(SessionId, Option<String>)>> {
        let provider_dirs = match provider {
            Some(provider) => vec![self.provider_dir(provider)],
            None => self.provider_dirs()?,
        };
        let mut broken_ids = Vec::new();
        for provider_dir in provider_dirs {
            let label = provider_dir.label();
            broken_ids.extend(provider_dir.broken_ids()?.into_iter().map(|id| (id, label.clone())));
        }
        Ok(broken_ids)
    }

    /// Removes the damaged files of a session and the index entries that name it; returns true if anything was removed.
    pub(super) fn discard(&self, id: &SessionId) -> Result<bool> {
        let _lock = self.lock(WRITE_TIMEOUT)?;
        let mut discarded = false;
        for provider_dir in self.provider_dirs()? {
            discarded |= provider_dir.discard(id)?;
        }
        Ok(discarded)
    }

    /// Records that a session is stored in a keyring.
    pub(super) fn mark_keyring_used(&self) -> Result<()> {
        if self.keyring_used()? {
            return Ok(());
        }
        // Written even without the lock: the session is in the keyring.
        let _lock = self.lock(WRITE_TIMEOUT);
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
        private_file::create_directory(&self.root.join("locks"))?;
        let held = self.with_session_lock(id, |file| file.acquire(timeout, Error::locked))?;
        Ok(Lock::new(id.clone(), held))
    }

    /// Process that holds the lock of a session, for a message.
    pub(super) fn session_lock_holder(&self, id: &SessionId) -> Result<String> {
        self.with_session_lock(id, |file| file.describe_holder())
    }

    fn with_session_lock<T>(&self, id: &SessionId, act: impl FnOnce(&LockFile<'_>) -> T) -> T {
        let path = self.root.join("locks").join(id.as_str());
        let session = || {
            let SessionInfo { account, provider, .. } = self.find_all(id).ok()?.into_iter().next()?;
            let (account, provider) = (sanitize_untrusted(&account.name), sanitize_untrusted(&provider));
            Some(format!("the session for `{account}` at `{provider}`"))
        };
        act(&LockFile { path: &path, waits: &self.waits, purpose: &session })
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
        LockFile::new(&self.root.join("lock"), &self.waits).acquire(timeout, Error::locked)
    }

    fn provider_dir(&self, provider: &str) -> ProviderDir {
        ProviderDir::new(&self.sessions(), provider)
    }

    fn provider_dirs(&self) -> Result<Vec<ProviderDir>> {
        ProviderDir::all(&self.sessions())
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
