//! Repair of damaged or missing state: the secret is authoritative and holds everything that the state file says.
//!
//! Repair runs only if a session was not found or a state file could not be read, so that it costs nothing otherwise.
//! Candidates are the sessions named by damaged files and by index files, and, without any state, all items of the
//! stores.

use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{Session, SessionId, StoreKind};

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
        let mut changed = false;
        for id in self.lost_ids(provider)? {
            changed |= self.relist(&id)?;
        }
        Ok(changed)
    }

    /// Ids of the sessions that may have been lost.
    fn lost_ids(&self, provider: Option<&str>) -> Result<Vec<SessionId>> {
        if self.state.exists() {
            return self.state.broken_ids(provider);
        }
        let stores = [StoreKind::File, StoreKind::Keyring].map(|kind| self.store(kind).list(&self.app));
        // Without state, an unreachable store is treated as empty.
        Ok(stores.into_iter().flatten().flatten().map(|item| item.id).collect())
    }

    fn relist(&self, id: &SessionId) -> Result<bool> {
        // The holder of the lock knows the session and is about to write its state.
        let Ok(_lock) = self.lock(id, Duration::ZERO) else { return Ok(false) };
        match self.find_lost(id)? {
            LostSession::Found(session, kind) => self.record_info(&session.info(kind)).map(|()| true),
            LostSession::Missing => self.state.discard(id),
            LostSession::Unknown => Ok(false),
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
