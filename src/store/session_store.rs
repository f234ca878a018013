//! Finds, loads, saves, updates and removes sessions.
//!
//! The secret part of a session is in a credential store, the rest in the state files. Secrets are written first and
//! removed first, so that every listed session can be signed out of. Every change to a session takes its lock: a
//! refresh cannot bring back a session that a sign-out removed, and cannot undo a new sign-in.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{RefreshFailure, Session, SessionId, SessionInfo, SessionReadError, StoreKind};

use super::backend::{Item, Store};
use super::lock::{Lock, LockWaits};
use super::recovery::Recovery;
use super::signin_limit::SigninLimit;
use super::state::{SessionListing, StateDir};

/// Wait for another process that changes the same session; longer than a refresh takes.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Directories of one program; the first write creates them, for the owner only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDirectories {
    /// Directory of the state files, which hold no secrets.
    pub state: PathBuf,
    /// Directory of the file store, passed to [`super::FileStore::new`].
    pub data: PathBuf,
}

/// All sessions of one program.
pub struct SessionStore {
    pub(super) app: String,
    pub(super) state: StateDir,
    signin_limit: SigninLimit,
    keyring: Box<dyn Store>,
    file: Box<dyn Store>,
    pub(super) recovery: Recovery,
    pub(super) lock_timeout: Duration,
}

impl SessionStore {
    /// Sessions of `app` in `directories`; reads and creates nothing yet.
    pub fn new(app: String, directories: StoreDirectories, keyring: Box<dyn Store>, file: Box<dyn Store>) -> Self {
        Self {
            app,
            signin_limit: SigninLimit::new(&directories.state),
            state: StateDir::new(directories.state),
            keyring,
            file,
            recovery: Recovery::default(),
            lock_timeout: LOCK_TIMEOUT,
        }
    }

    /// Sets the wait for another process that changes the same session.
    pub fn set_lock_timeout(&mut self, limit: Duration) {
        self.lock_timeout = limit;
    }

    /// Sets what a wait for another process does.
    #[must_use]
    pub fn with_lock_waits(mut self, waits: LockWaits) -> Self {
        self.state.set_lock_waits(waits);
        self
    }

    /// Lists all sessions without their secrets, and the unreadable state files.
    pub fn list(&self) -> Result<SessionListing> {
        let listing = self.state.list()?;
        let is_intact = listing.damaged.is_empty() && !listing.sessions.is_empty();
        // A repair that fails now leaves the listing as read.
        match !is_intact && self.repair_state(None).unwrap_or(false) {
            true => self.state.list(),
            false => Ok(listing),
        }
    }

    /// Finds the session of `provider` that matches `account`, else the default session. The cost is the same with one
    /// session and with ten thousand.
    ///
    /// # Errors
    /// [`Error::Store`] if the state file is damaged, [`Error::Configuration`] if a newer version wrote it.
    pub fn find(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        let found = self.state.find(provider, account);
        match found {
            Ok(Some(_)) | Err(Error::Configuration { .. }) => found,
            _ if self.repair_state(Some(provider))? => self.state.find(provider, account),
            _ => found,
        }
    }

    /// Provider that was signed in before any other, if it still is.
    pub fn default_provider(&self) -> Result<Option<String>> {
        self.state.default_provider()
    }

    /// Lists at most `limit` providers with sessions, sorted by name.
    pub fn providers(&self, limit: usize) -> Result<Vec<String>> {
        let found = self.listed_providers(limit)?;
        match found.is_empty() && self.repair_state(None).unwrap_or(false) {
            true => self.state.providers(limit),
            false => Ok(found),
        }
    }

    /// As [`SessionStore::providers`], without a search in the stores for lost sessions, which a keyring may hold up.
    pub fn listed_providers(&self, limit: usize) -> Result<Vec<String>> {
        self.state.providers(limit)
    }

    /// Loads the complete session from its store, or from the recovery store.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] if the secret is gone, [`Error::Store`] if the store fails or the secret is damaged,
    /// [`Error::Usage`] if a newer version wrote it.
    pub fn load(&self, info: &SessionInfo) -> Result<Session> {
        let Some(recovered) = self.load_from_recovery(info)? else { return self.load_from_store(info) };
        match self.load_from_store(info) {
            // At the same age the recovered session wins: its refresh token may have come without other tokens.
            Ok(stored) if stored.age() > recovered.age() => Ok(stored),
            Ok(_) | Err(Error::Store { .. } | Error::NotSignedIn { .. }) => Ok(recovered),
            Err(error) => Err(error),
        }
    }

    fn load_from_store(&self, info: &SessionInfo) -> Result<Session> {
        let stored = match self.load_secret(info)? {
            Some(stored) => Some(stored),
            None => self.load_moved(info)?,
        };
        self.parse_stored(info, &stored.ok_or_else(|| not_signed_in(info))?)
    }

    /// Loads the secret of a session from its store; an encrypted one, if the state says so.
    pub(super) fn load_secret(&self, info: &SessionInfo) -> Result<Option<Secret>> {
        let store = self.store(info.store);
        if !info.encrypted {
            return store.load(&self.app, &info.id);
        }
        match store.load_encrypted(&self.app, &info.id) {
            // Another process may have saved it without a key since the state was read.
            Err(error @ Error::Store { kind: StoreErrorKind::Failed, .. }) => match self.state.current(info)? {
                Some(current) if !current.encrypted => self.store(current.store).load(&self.app, &info.id),
                _ => Err(error),
            },
            loaded => loaded,
        }
    }

    /// Clears the mark of an encrypted secret before a plain one is written: a crash in between must not leave a secret
    /// that nobody accepts.
    pub(super) fn unmark_encrypted(&self, before: &[SessionInfo], to: StoreKind) -> Result<()> {
        let is_stale = |info: &&SessionInfo| info.encrypted && info.store == to && !self.store(to).encrypts();
        let mut stale = before.iter().filter(is_stale);
        stale.try_for_each(|info| self.state.update(&SessionInfo { encrypted: false, ..info.clone() }))
    }

    /// Parses the stored form of the session. Its name is the one in the state file: a sign-in that takes over a name
    /// does not write the secrets of the sessions that had it.
    pub(super) fn parse_stored(&self, info: &SessionInfo, stored: &Secret) -> Result<Session> {
        match Session::from_stored(stored) {
            Ok(session) if session.key.id() == info.id => {
                let (provider, earlier_of) = (info.provider.clone(), info.earlier_of.clone());
                Ok(Session { provider, earlier_of, ..session })
            }
            Ok(_) | Err(SessionReadError::Damaged) => {
                Err(Error::store(StoreErrorKind::Failed, format!("{} is damaged", stored_session(info))))
            }
            Err(SessionReadError::Newer(version)) => {
                let by = format!("was written by a newer version of this program (format {version})");
                Err(Error::usage(format!("{} {by}", stored_session(info))))
            }
        }
    }

    /// Same as [`SessionStore::save_locked`], and acquires the lock: a caller that holds it would wait for itself.
    #[cfg(feature = "internals")]
    pub fn save(&self, session: &Session, kind: StoreKind) -> Result<Vec<SessionInfo>> {
        self.save_locked(session, kind, &self.lock(&session.key.id(), self.lock_timeout)?)
    }

    /// Saves a session after sign-in. The first session of a provider becomes its default, later ones do not. Copies of
    /// the same session in other stores are removed if those stores are reachable. Returns the sessions that had its
    /// name and have another one now, because they are of another issuer, client or resource.
    ///
    /// `lock` is the lock of this session.
    ///
    /// # Errors
    /// [`Error::Store`] if the secret or the state cannot be written, [`Error::Configuration`] if a newer version wrote
    /// the state. In each case nothing new is stored.
    pub fn save_locked(&self, session: &Session, kind: StoreKind, lock: &Lock) -> Result<Vec<SessionInfo>> {
        let info = SessionInfo { encrypted: self.store(kind).encrypts(), ..session.info(kind) };
        lock.assert_holds(&info.id);
        self.state.check_writable(&info)?;
        let before = self.state.find_all(&info.id)?;
        self.unmark_encrypted(&before, kind)?;
        self.store(kind).save(&self.item(&info), &session.to_stored())?;
        let renamed = match self.record_signed_in(&info) {
            Ok(renamed) => renamed,
            Err(error) => {
                // An unlisted secret could not be signed out of.
                if before.is_empty() {
                    let _ = self.store(kind).remove(&self.app, &info.id);
                }
                return Err(error);
            }
        };
        let mut other_kinds = before.iter().flat_map(kinds).filter(|old| *old != kind);
        if let Some(left) = other_kinds.find(|old| self.store(*old).remove(&self.app, &info.id).is_err()) {
            // Recorded so that the next sign-in, move or sign-out finds the copy.
            let _ = self.state.put(&SessionInfo { also_in: Some(left), ..info.clone() });
        }
        self.forget_recovered(session);
        Ok(renamed)
    }

    /// Saves the result of a refresh, if the session is still stored, and clears its refresh failures.
    ///
    /// # Errors
    /// Same as [`SessionStore::save_locked`]; [`Error::NotSignedIn`] if the session was signed out in the meantime.
    pub fn update(&self, session: &Session, lock: &Lock) -> Result<()> {
        let id = session.key.id();
        lock.assert_holds(&id);
        let unlisted = session.info(StoreKind::File);
        let Some(before) = self.state.current(&unlisted)? else { return Err(not_signed_in(&unlisted)) };
        let encrypted = self.store(before.store).encrypts();
        let info = SessionInfo { also_in: before.also_in, encrypted, ..session.info(before.store) };
        self.state.check_writable(&info)?;
        self.unmark_encrypted(&[before], info.store)?;
        self.store(info.store).save(&self.item(&info), &session.to_stored())?;
        // The session is saved. Stale state next to it is ignored, and repaired when the session is next used.
        self.forget_recovered(session);
        let _ = self.state.update(&info);
        Ok(())
    }

    /// The session under each provider label that it is stored under; normally one.
    pub fn find_all(&self, id: &SessionId) -> Result<Vec<SessionInfo>> {
        self.state.find_all(id)
    }

    /// Records that the provider rejected the refresh token of the session.
    pub fn mark_refresh_rejected(&self, info: &SessionInfo, lock: &Lock) -> Result<()> {
        lock.assert_holds(&info.id);
        match self.current(info)? {
            Some(current) if !current.refresh_rejected => {
                self.state.update(&SessionInfo { refresh_rejected: true, ..current })
            }
            _ => Ok(()),
        }
    }

    /// Records a temporary refresh failure; the next successful refresh clears the record.
    pub fn record_refresh_failure(&self, info: &SessionInfo, setback: RefreshFailure, lock: &Lock) -> Result<()> {
        lock.assert_holds(&info.id);
        match self.current(info)? {
            Some(current) => self.state.update(&SessionInfo { refresh_failure: Some(setback), ..current }),
            None => Ok(()),
        }
    }

    /// Reads the session without secrets again; `None` if the session is gone.
    pub fn current(&self, info: &SessionInfo) -> Result<Option<SessionInfo>> {
        self.state.current(info)
    }

    /// Removes a session, its secret first: if the store is unreachable, the session stays listed. If the removed
    /// session was the default, the oldest remaining session becomes the default.
    ///
    /// Takes the lock of the session: a caller that holds this lock would wait for itself.
    pub fn remove(&self, info: &SessionInfo) -> Result<()> {
        self.remove_locked(info, &self.lock(&info.id, self.lock_timeout)?)
    }

    /// Same as [`SessionStore::remove`], for a caller that holds the lock.
    pub fn remove_locked(&self, info: &SessionInfo, lock: &Lock) -> Result<()> {
        lock.assert_holds(&info.id);
        let current = self.state.current(info)?;
        let current = current.as_ref().unwrap_or(info);
        for kind in kinds(current) {
            match self.store(kind).remove(&self.app, &info.id) {
                // A missing keyring holds no copy.
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if kind != current.store => {}
                removed => removed?,
            }
        }
        self.recovery.forget(&self.app, &info.id)?;
        self.state.remove(current)
    }

    /// Removes `old` after a sign-in has stored the same account as `new`, which becomes the default if `old` was.
    pub fn replace(&self, old: &SessionInfo, new: &SessionInfo) -> Result<()> {
        if self.find(&new.provider, None)?.is_some_and(|default| default.id == old.id) {
            self.state.set_default(new)?;
        }
        self.remove(old)
    }

    /// Makes the session that matches `account` the default of `provider`.
    pub fn set_default(&self, provider: &str, account: &str) -> Result<SessionInfo> {
        let none = || Error::NotSignedIn { provider: Some(provider.to_owned()), account: Some(account.to_owned()) };
        self.make_default(&self.find(provider, Some(account))?.ok_or_else(none)?)
    }

    /// Makes a session the default of its provider.
    pub fn make_default(&self, session: &SessionInfo) -> Result<SessionInfo> {
        match self.state.set_default(session)? {
            true => Ok(session.clone()),
            false => Err(not_signed_in(session)),
        }
    }

    /// Locks a session against other processes, and other callers in this process, until the lock is dropped or its
    /// holder ends. Callers read the session again under the lock.
    ///
    /// # Errors
    /// [`Error::Network`] if another process holds the lock for all of `timeout`; [`Error::Store`] if the lock cannot
    /// be created; [`Error::Interrupted`].
    pub fn lock(&self, id: &SessionId, timeout: Duration) -> Result<Lock> {
        self.state.lock_session(id, timeout)
    }

    /// Process that holds the lock of a session, for a message.
    pub fn lock_holder(&self, id: &SessionId) -> Result<String> {
        self.state.session_lock_holder(id)
    }

    /// Returns true if any session was ever stored in a keyring. Then a missing keyring is an error, not a reason to
    /// use files.
    ///
    /// # Errors
    /// [`Error::Store`] if the state directory cannot be read; an unreadable directory does not count as "no".
    pub fn has_used_keyring(&self) -> Result<bool> {
        self.state.keyring_used()
    }

    /// Limit on sign-ins without a terminal.
    pub fn signin_limit(&self) -> &SigninLimit {
        &self.signin_limit
    }

    /// Store of the given kind, for secrets other than sessions.
    pub fn store(&self, kind: StoreKind) -> &dyn Store {
        match kind {
            StoreKind::Keyring => &*self.keyring,
            StoreKind::File => &*self.file,
        }
    }

    /// Loads a session that another process moved after its state file was read.
    fn load_moved(&self, info: &SessionInfo) -> Result<Option<Secret>> {
        match self.state.current(info)? {
            Some(current) if current.store != info.store => self.load_secret(&current),
            _ => Ok(None),
        }
    }

    pub(super) fn record_info(&self, info: &SessionInfo) -> Result<()> {
        if info.store == StoreKind::Keyring {
            self.state.mark_keyring_used()?;
        }
        self.state.update(info)
    }

    pub(super) fn record_signed_in(&self, info: &SessionInfo) -> Result<Vec<SessionInfo>> {
        if info.store == StoreKind::Keyring {
            self.state.mark_keyring_used()?;
        }
        self.state.put_signed_in(info, &self.app)
    }

    pub(super) fn item(&self, info: &SessionInfo) -> Item {
        Item {
            app: self.app.clone(),
            id: info.id.clone(),
            provider: info.provider.clone(),
            account: info.account.name.clone(),
        }
    }
}

/// Kinds of the stores that may hold a copy of the session.
fn kinds(info: &SessionInfo) -> impl Iterator<Item = StoreKind> + use<> {
    [Some(info.store), info.also_in].into_iter().flatten()
}

pub(super) fn not_signed_in(info: &SessionInfo) -> Error {
    Error::NotSignedIn { provider: Some(info.provider.clone()), account: Some(info.account.name.clone()) }
}

fn stored_session(info: &SessionInfo) -> String {
    let (account, provider) = (sanitize_untrusted(&info.account.name), sanitize_untrusted(&info.provider));
    format!("the stored session for `{account}` at `{provider}`")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::store::FileStore;
    use crate::store::private_file::tests::count_opens;

    use super::*;

    #[test]
    fn find_opens_two_files_with_10_000_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = sessions(folder.path());
        sessions.save(&session("github", "octocat"), StoreKind::File).unwrap();
        let ways = || {
            let find = |account| count_opens(|| sessions.find("github", account).unwrap().unwrap().account.name);
            [find(None), find(Some("octocat")), find(Some("OCTOCAT@x.example"))]
        };
        let alone = ways();
        for number in 0..10_000 {
            // The content does not matter: a search must not open any of these files.
            let provider = ["github", "gitlab"][number % 2];
            let directory = folder.path().join("state/sessions").join(provider);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(format!("{number:032x}.json")), "damaged").unwrap();
        }
        assert_eq!(ways(), alone);
        assert_eq!(alone.map(|(_, opened)| opened), [2, 2, 2]);
        let (providers, opened) = count_opens(|| sessions.providers(2).unwrap());
        assert_eq!((providers, opened), (vec!["github".to_owned(), "gitlab".to_owned()], 0));
    }

    #[test]
    #[should_panic(expected = "the lock must belong to the session")]
    fn update_panics_under_the_lock_of_another_session() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = sessions(folder.path());
        let lock = sessions.lock(&SessionId::for_secret("mycli", "other", "x"), LOCK_TIMEOUT).unwrap();
        let _ = sessions.update(&session("github", "octocat"), &lock);
    }

    fn sessions(folder: &Path) -> SessionStore {
        let directories = StoreDirectories { state: folder.join("state"), data: folder.join("data") };
        let store = || Box::new(FileStore::new(directories.data.clone(), std::sync::Arc::default()));
        SessionStore::new("mycli".to_owned(), directories.clone(), store(), store())
    }

    fn session(provider: &str, account: &str) -> Session {
        let stored = Secret::new(include_str!("../oauth/fixtures/session.json"));
        let mut session = Session::from_stored(&stored).unwrap();
        session.provider = provider.to_owned();
        session.account.name = account.to_owned();
        session.account.email = Some(format!("{account}@x.example"));
        session
    }
}
