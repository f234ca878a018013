//! Repair of damaged or missing state: the secret is authoritative and holds everything that the state file says.
//!
//! Repair runs only if a session was not found or a state file could not be read, so that it costs nothing otherwise.
//! Candidates are the sessions named by damaged files and by index files, and, without any state, all items of the
//! stores.

use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{Session, SessionId, SessionInfo, StoreKind};

use super::backend::Item;
use super::session_store::SessionStore;

/// Result of a search in the stores for a session that the state lost.
enum LostSession {
    Found(Box<Session>, StoreKind),
    /// In no store.
    Missing,
    /// Undetermined, or the secret is not a readable session.
    Unknown,
}

impl SessionStore {
    /// Lists the lost sessions of `provider`, or of all providers, again; returns true if anything changed. A damaged
    /// state file without a secret carries no information and is removed.
    ///
    /// # Errors
    /// [`Error::Store`] if a store that may hold the secret is locked, unresponsive or failing.
    pub(super) fn repair_state(&self, provider: Option<&str>) -> Result<bool> {
        if !self.state.exists() {
            return self.relist_all();
        }
        let mut changed = false;
        for (id, label) in self.state.broken_ids(provider)? {
            changed |= self.relist(&id, |info| self.record_as(info, label))?;
        }
        Ok(changed)
    }

    /// Lists every session in the stores again, in the order of the sign-ins: a later one takes over its name.
    fn relist_all(&self) -> Result<bool> {
        let stores = [StoreKind::File, StoreKind::Keyring].map(|kind| self.store(kind).list(&self.app));
        // Without state, an unreachable store is treated as empty.
        let mut lost = Vec::new();
        for item in stores.into_iter().flatten().flatten() {
            if let LostSession::Found(session, _) = self.find_lost(&item.id)? {
                lost.push((session.signed_in_at, item.id));
            }
        }
        lost.sort();
        lost.dedup();
        let mut changed = false;
        for (_, id) in lost {
            changed |= self.relist(&id, |info| match info.earlier_of {
                None => self.record_signed_in(&info).map(drop),
                Some(_) => self.record_info(&info),
            })?;
        }
        Ok(changed)
    }

    /// Lists a session again with `record`.
    fn relist(&self, id: &SessionId, record: impl FnOnce(SessionInfo) -> Result<()>) -> Result<bool> {
        // The holder of the lock knows the session and is about to write its state.
        let Ok(_lock) = self.lock(id, Duration::ZERO) else { return Ok(false) };
        match self.find_lost(id)? {
            LostSession::Found(session, kind) => {
                let encrypted = self.is_encrypted(id, kind);
                record(SessionInfo { encrypted, ..session.info(kind) }).map(|()| true)
            }
            LostSession::Missing => self.state.discard(id),
            LostSession::Unknown => Ok(false),
        }
    }

    /// Returns true if the stored secret is encrypted now; then a plain one in its place is another program's.
    fn is_encrypted(&self, id: &SessionId, kind: StoreKind) -> bool {
        let store = self.store(kind);
        store.encrypts() && store.load_encrypted(&self.app, id).is_ok_and(|secret| secret.is_some())
    }

    /// Records a session under `label`, the label of its directory: a sign-in that takes over a name does not write the
    /// secrets of the sessions that had it.
    fn record_as(&self, info: SessionInfo, label: Option<String>) -> Result<()> {
        match label.filter(|label| *label != info.provider) {
            Some(label) => {
                let earlier_of = Some(info.provider.clone());
                self.record_info(&SessionInfo { provider: label, earlier_of, ..info })
            }
            None => self.record_info(&info),
        }
    }

    fn find_lost(&self, id: &SessionId) -> Result<LostSession> {
        let item = Item::unknown(&self.app, id.clone());
        match self.load_unlisted(&item) {
            Ok(Some((secret, kind))) => {
                let session = self.session_from_secret(&secret, &item);
                return Ok(session.map_or(LostSession::Unknown, |session| LostSession::Found(Box::new(session), kind)));
            }
            Ok(None) => {}
            // The secret exists and is damaged too.
            Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => return Ok(LostSession::Unknown),
            Err(error) => return Err(error),
        }
        // A missing keyring may come back, with the session in it.
        let keyring = self.store(StoreKind::Keyring).load(&self.app, id);
        match matches!(keyring, Err(Error::Store { kind: StoreErrorKind::NotFound, .. })) && self.has_used_keyring()? {
            true => Ok(LostSession::Unknown),
            false => Ok(LostSession::Missing),
        }
    }
}
