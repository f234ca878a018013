//! State that is damaged or gone while the secret is there: the secret part is the truth, and holds all that the state says.
//!
//! Looked at only where a session was not found or a state file could not be read, so that it costs nothing where all is
//! well. Which sessions may be meant is told by the damaged file's own name, by the small files that lead to a session, and,
//! where there is no state at all, by what the stores keep.

use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{Session, SessionId, StoreKind};

use super::backend::Item;
use super::session_store::SessionStore;

/// What the stores know of a session that the state has lost.
enum LostSession {
    /// It is here.
    Found(Box<Session>, StoreKind),
    /// It is in no store.
    Missing,
    /// That cannot be told, or the secret is no session that can be read.
    Unknown,
}

impl SessionStore {
    /// Lists again what the state files of `provider`, else of all, have lost; whether anything changed. A damaged state
    /// file whose secret is nowhere says nothing to anybody, and goes.
    ///
    /// # Errors
    /// [`Error::Store`] where a store that may have the secret is locked, hung or failing.
    pub(super) fn repair_state(&self, provider: Option<&str>) -> Result<bool> {
        let mut changed = false;
        for id in self.lost_ids(provider)? {
            changed |= self.relist(&id)?;
        }
        Ok(changed)
    }

    /// The sessions that may be meant.
    fn lost_ids(&self, provider: Option<&str>) -> Result<Vec<SessionId>> {
        if self.state.exists() {
            return self.state.broken_ids(provider);
        }
        let stores = [StoreKind::File, StoreKind::Keyring].map(|kind| self.store(kind).list(&self.app));
        // A store that cannot be asked has nothing for a state that never was.
        Ok(stores.into_iter().flatten().flatten().map(|item| item.id).collect())
    }

    fn relist(&self, id: &SessionId) -> Result<bool> {
        // Whoever holds the lock knows of the session, and is about to write its state.
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
            // It is there, and damaged too.
            Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => return Ok(LostSession::Unknown),
            Err(error) => return Err(error),
        }
        // An absent keyring may come back, with the session in it.
        let keyring = self.store(StoreKind::Keyring).load(&self.app, id);
        match matches!(keyring, Err(Error::Store { kind: StoreErrorKind::NotFound, .. })) && self.has_used_keyring()? {
            true => Ok(LostSession::Unknown),
            false => Ok(LostSession::Missing),
        }
    }
}
