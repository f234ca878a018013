//! State that is damaged or gone while the secret is there: the secret part is the truth, and holds all that the state says.
//!
//! Looked at only where a session was not found or a state file could not be read, so that it costs nothing where all is
//! well. Which sessions may be meant is told by the damaged file's own name, by the small files that lead to a session, and,
//! where there is no state at all, by what the stores keep.

use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{Session, SessionId, StoreKind};

use super::Item;
use super::session_store::SessionStore;

/// What the stores know of a session that the state has lost.
enum Lost {
    /// It is here.
    Found(Box<Session>, StoreKind),
    /// It is in no store.
    Gone,
    /// That cannot be told, or the secret is no session that can be read.
    Unknown,
}

impl SessionStore {
    /// Lists again what the state files of `provider`, else of all, have lost; whether anything changed. A damaged state
    /// file whose secret is nowhere says nothing to anybody, and goes.
    ///
    /// # Errors
    /// [`Error::Store`] where a store that may have the secret is locked, hung or failing.
    pub(super) fn repair(&self, provider: Option<&str>) -> Result<bool> {
        let mut changed = false;
        for id in self.lost(provider)? {
            changed |= self.restore(&id)?;
        }
        Ok(changed)
    }

    /// The sessions that may be meant.
    fn lost(&self, provider: Option<&str>) -> Result<Vec<SessionId>> {
        if self.state.exists() {
            return self.state.broken(provider);
        }
        let stores = [StoreKind::File, StoreKind::Keyring].map(|kind| self.store(kind).list(&self.app));
        // A store that cannot be asked has nothing for a state that never was.
        Ok(stores.into_iter().flatten().flatten().map(|item| item.id).collect())
    }

    fn restore(&self, id: &SessionId) -> Result<bool> {
        // Whoever holds the lock knows of the session, and is about to write its state.
        let Ok(_lock) = self.lock(id, Duration::ZERO) else { return Ok(false) };
        match self.search(id)? {
            Lost::Found(session, kind) => self.note(&session.summary(kind)).map(|()| true),
            Lost::Gone => self.state.discard(id),
            Lost::Unknown => Ok(false),
        }
    }

    fn search(&self, id: &SessionId) -> Result<Lost> {
        let item = Item::unknown(&self.app, id.clone());
        match self.load_lost(&item) {
            Ok(Some((secret, kind))) => {
                let session = self.session_in(&secret, &item);
                return Ok(session.map_or(Lost::Unknown, |session| Lost::Found(Box::new(session), kind)));
            }
            Ok(None) => {}
            // It is there, and damaged too.
            Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => return Ok(Lost::Unknown),
            Err(error) => return Err(error),
        }
        // An absent keyring may come back, with the session in it.
        let keyring = self.store(StoreKind::Keyring).load(&self.app, id);
        match matches!(keyring, Err(Error::Store { kind: StoreErrorKind::NotFound, .. }))
            && self.ever_kept_in_keyring()?
        {
            true => Ok(Lost::Unknown),
            false => Ok(Lost::Gone),
        }
    }
}
