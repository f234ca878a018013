//! Recovery of sessions whose store failed after a refresh, and repair of state files from the sessions themselves.

use crate::error::{Error, Result};
use crate::session::{Session, SessionId, SessionInfo, StoreKind};

use super::backend::Store;
use super::lock::Lock;
use super::recovery::Recovery;
use super::session_store::{SessionStore, not_signed_in};

impl SessionStore {
    /// Adds the recovery stores, for sessions whose own store fails.
    pub fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    /// Saves the result of a refresh to a recovery store, after [`SessionStore::update`] failed. With `keyring_only`, a
    /// keyring session is saved to memory only.
    pub fn save_to_recovery(&self, session: &Session, lock: &Lock, keyring_only: bool) -> Result<()> {
        let id = session.key.id();
        lock.assert_holds(&id);
        let before = self.state.current(&session.info(StoreKind::File)).ok().flatten();
        let kind = before.as_ref().map_or(StoreKind::Keyring, |info| info.store);
        let encrypted = before.as_ref().is_some_and(|info| info.encrypted);
        let also_in = before.and_then(|info| info.also_in);
        let info = SessionInfo { also_in, encrypted, ..session.info(kind) };
        self.write_to_recovery(session, &info, keyring_only)?;
        // If this fails, the next use of the session repairs the state.
        let _ = self.state.update(&info);
        Ok(())
    }

    /// Saves a new sign-in to a recovery store without the lock, before a wait for the process that holds the lock: the
    /// authorization code is used up, and a signal may end the wait. Returns the same as [`SessionStore::save_locked`].
    pub fn save_signin_to_recovery(
        &self,
        session: &Session,
        kind: StoreKind,
        keyring_only: bool,
    ) -> Result<Vec<SessionInfo>> {
        let info = session.info(kind);
        self.write_to_recovery(session, &info, keyring_only)?;
        match self.state.find_all(&info.id)?.is_empty() {
            true => self.record_signed_in(&info),
            false => Ok(Vec::new()),
        }
    }

    fn write_to_recovery(&self, session: &Session, info: &SessionInfo, keyring_only: bool) -> Result<()> {
        let is_keyring_only = keyring_only && info.store == StoreKind::Keyring;
        let persistent = self.recovery.persistent.as_ref().filter(|_| !is_keyring_only);
        let mut outcome = Err(Error::other("no recovery store is available"));
        for store in [persistent, self.recovery.in_memory.as_ref()].into_iter().flatten() {
            outcome = store.save(&self.item(info), &session.to_stored());
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Removes the session from the recovery stores after `saved` was saved, unless a later sign-in is there.
    pub(super) fn forget_recovered(&self, saved: &Session) {
        let info = saved.info(StoreKind::File);
        let is_later = |other: &Session| other.age() > saved.age() && other.signed_in_at > saved.signed_in_at;
        if !self.load_from_recovery(&info).is_ok_and(|other| other.as_ref().is_some_and(is_later)) {
            let _ = self.recovery.forget(&self.app, &info.id);
        }
    }

    /// Returns true if a recovery store holds the session.
    pub fn is_in_recovery(&self, id: &SessionId) -> bool {
        self.recovery.contains(id)
    }

    /// Moves a session from the recovery store back to its own store; returns it if it was there.
    ///
    /// # Errors
    /// Same as [`SessionStore::load`] and [`SessionStore::update`]; the session then stays in the recovery store.
    pub fn restore_from_recovery(&self, info: &SessionInfo, lock: &Lock) -> Result<Option<Session>> {
        if !self.is_in_recovery(&info.id) {
            return Ok(None);
        }
        let session = self.load(info)?;
        self.update(&session, lock)?;
        Ok(Some(session))
    }

    /// Loads the newest copy of the session in the recovery stores.
    pub(super) fn load_from_recovery(&self, info: &SessionInfo) -> Result<Option<Session>> {
        let mut newest: Option<Session> = None;
        for store in self.recovery.all().filter(|store| store.contains(&info.id)) {
            // Whoever reads an encrypted session has the key that encrypts its recovery file.
            let stored = match info.encrypted {
                true => store.load_encrypted(&self.app, &info.id),
                false => store.load(&self.app, &info.id),
            };
            let Some(stored) = stored? else { continue };
            let session = self.parse_stored(info, &stored)?;
            if newest.as_ref().is_none_or(|other| other.age() < session.age()) {
                newest = Some(session);
            }
        }
        Ok(newest)
    }

    /// Fails if the result of a refresh could not be saved. Callers use this before they spend the refresh token. Returns
    /// the session of a later sign-in, which needs no lock to get to a recovery store: the result of the refresh would
    /// replace it.
    ///
    /// # Errors
    /// [`Error::Store`] if the store of the session is not writable, [`Error::Configuration`] if a newer version wrote
    /// its state, [`Error::NotSignedIn`] if the session was signed out in the meantime.
    pub fn prepare_update(&self, session: &Session, lock: &Lock) -> Result<Option<Session>> {
        let unlisted = session.info(StoreKind::File);
        let current = self.state.current(&unlisted)?.ok_or_else(|| not_signed_in(&unlisted))?;
        let restored = self.restore_from_recovery(&current, lock)?;
        self.state.check_writable(&current)?;
        self.store(current.store).prepare_save(session.to_stored().expose().len())?;
        Ok(restored.filter(|restored| restored.signed_in_at > session.signed_in_at))
    }

    /// Derives the state from the session; equal to `info` if nothing needs repair. The session is authoritative: it
    /// is written first, and the process may have ended before the state was written.
    pub fn info_from_session(&self, info: &SessionInfo, session: &Session) -> SessionInfo {
        let unchanged = info.expires_at == session.tokens.expires_at && info.signed_in_at == session.signed_in_at;
        // Findings about old tokens do not apply to new ones.
        let refresh_failure = info.refresh_failure.clone().filter(|_| unchanged);
        let refresh_rejected = info.refresh_rejected && unchanged;
        let SessionInfo { also_in, encrypted, .. } = *info;
        SessionInfo { refresh_rejected, refresh_failure, also_in, encrypted, ..session.info(info.store) }
    }

    /// Repairs the state of a session from the session itself.
    pub fn repair_info(&self, info: &SessionInfo, lock: &Lock) -> Result<()> {
        lock.assert_holds(&info.id);
        let Some(current) = self.state.current(info)? else { return Ok(()) };
        let updated = self.info_from_session(&current, &self.load(&current)?);
        match updated == current {
            true => Ok(()),
            false => self.state.update(&updated),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::secret::Secret;
    use crate::store::{FileStore, StoreDirectories};

    use super::*;

    /// The key is gone, and a sign-in writes the session without it: the mark goes first.
    #[test]
    fn session_saved_without_its_key_is_readable() {
        let folder = tempfile::tempdir().unwrap();
        let directories = StoreDirectories { state: folder.path().join("state"), data: folder.path().join("data") };
        let store = || Box::new(FileStore::new(directories.data.clone(), Arc::default()));
        let sessions = SessionStore::new("mycli".to_owned(), directories.clone(), store(), store());
        let session = Session::from_stored(&Secret::new(include_str!("../oauth/fixtures/session.json"))).unwrap();
        sessions.save(&session, StoreKind::File).unwrap();
        let before = sessions.current(&session.info(StoreKind::File)).unwrap().unwrap();
        let marked = SessionInfo { encrypted: true, ..before };
        sessions.state.put(&marked).unwrap();
        assert!(sessions.load(&marked).unwrap_err().to_string().contains("was encrypted and is not any more"));
        sessions.save(&session, StoreKind::File).unwrap();
        let after = sessions.current(&marked).unwrap().unwrap();
        assert!(!after.encrypted);
        // Another process may have read the state before.
        for info in [&after, &marked] {
            sessions.load(info).unwrap();
        }
    }

    /// A sign-in saves its session to a recovery store without the lock of a process that is about to refresh.
    #[test]
    fn signin_during_a_refresh_is_returned_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let directories = StoreDirectories { state: place("state"), data: place("data") };
        let store = || Box::new(FileStore::new(place("data"), Arc::default()));
        let persistent = Some(FileStore::recovery(place("recovery"), Arc::default()));
        let recovery = Recovery { persistent, in_memory: None };
        let sessions = SessionStore::new("mycli".to_owned(), directories, store(), store()).with_recovery(recovery);
        let old = Session::from_stored(&Secret::new(include_str!("../oauth/fixtures/session.json"))).unwrap();
        sessions.save(&old, StoreKind::File).unwrap();
        let lock = sessions.lock(&old.key.id(), Duration::ZERO).unwrap();
        assert!(sessions.prepare_update(&old, &lock).unwrap().is_none());
        let mut later = old.clone();
        later.signed_in_at += chrono::Duration::seconds(1);
        sessions.save_signin_to_recovery(&later, StoreKind::File, false).unwrap();
        let found = sessions.prepare_update(&old, &lock).unwrap().expect("the later sign-in");
        assert_eq!(found.signed_in_at, later.signed_in_at);
        assert!(!sessions.is_in_recovery(&old.key.id()));
        // The tokens of an earlier refresh of the same sign-in do not end this one.
        let mut refreshed = later.clone();
        refreshed.tokens.received_at += chrono::Duration::seconds(1);
        sessions.save_to_recovery(&refreshed, &lock, false).unwrap();
        assert!(sessions.prepare_update(&later, &lock).unwrap().is_none());
    }
}
