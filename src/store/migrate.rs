//! Moves secrets from one store to the other; each secret stays complete at every moment.
//!
//! The target is written and read back, then the state file points to the target, then the source is removed. So the
//! state always points to a complete secret, whenever a reader looks or the process ends. A possible copy in the other
//! store is recorded in the state (`also_in`) before it is made and until it is removed, so that the next move or
//! sign-out finds it.

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{Session, SessionInfo, StoreKind};

use super::backend::Item;
use super::session_store::SessionStore;

/// Outcome of moving one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationOutcome {
    Moved {
        /// True for a session, false for any other secret.
        is_session: bool,
    },
    /// Already in the target store.
    AlreadyThere,
    /// In neither store.
    Missing,
}

impl SessionStore {
    /// Lists the items of the state files and of both stores, each once.
    ///
    /// # Errors
    /// [`Error::Store`] if a store cannot be listed. A missing keyring without listed sessions counts as empty, so that
    /// users can stop using a keyring.
    pub fn all_items(&self) -> Result<Vec<Item>> {
        let listed = self.list()?.sessions;
        let is_needed = listed.iter().any(|listed| listed.info.store == StoreKind::Keyring);
        let mut items: Vec<Item> = listed.iter().map(|listed| self.item(&listed.info)).collect();
        let stored = match self.store(StoreKind::Keyring).list(&self.app) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if !is_needed => Vec::new(),
            stored => stored?,
        };
        for item in stored.into_iter().chain(self.store(StoreKind::File).list(&self.app)?) {
            if items.iter().all(|known| known.id != item.id) {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// Moves one secret to the store `to`. A secret that is already there is written again, so that a new key encrypts
    /// it, and a session that the state files lost is listed again.
    ///
    /// Takes the lock of the session: a caller that holds this lock would wait for itself.
    ///
    /// # Errors
    /// [`Error::Store`] if either store fails, [`Error::Network`] if the lock is not acquired; the state still points
    /// to a complete secret.
    pub fn migrate(&self, item: &Item, to: StoreKind) -> Result<MigrationOutcome> {
        let _lock = self.lock(&item.id, self.lock_timeout)?;
        let listed = self.state.find_all(&item.id)?;
        let found = match listed.first() {
            Some(info) => self.load_listed(item, info)?,
            None => self.load_unlisted(item)?,
        };
        let Some((secret, from)) = found else { return Ok(MigrationOutcome::Missing) };
        let (store, session) = (self.store(to), self.session_from_secret(&secret, item));
        for info in listed.iter().filter(|_| from != to) {
            self.state.update(&SessionInfo { also_in: Some(to), ..info.clone() })?;
        }
        self.unmark_encrypted(&listed, to)?;
        if let Err(error) = store.save(item, &secret) {
            // A store that did not open has no copy; after any other failure a copy may exist.
            if let Error::Store {
                kind: StoreErrorKind::Locked | StoreErrorKind::NotFound | StoreErrorKind::CannotDecrypt,
                ..
            } = error
            {
                listed.iter().try_for_each(|info| self.state.update(info))?;
            }
            return Err(error);
        }
        if !store.load(&self.app, &item.id)?.is_some_and(|stored| stored.matches(secret.expose())) {
            return Err(Error::store(
                StoreErrorKind::Failed,
                "the stored secret differs from the original when read back",
            ));
        }
        // For an unlisted secret, no record says if an interrupted move left a copy.
        let may_have_copy = |copy: &StoreKind| {
            *copy == from || listed.is_empty() || listed.iter().any(|listed| listed.also_in == Some(*copy))
        };
        let also_in = Some(to.other()).filter(may_have_copy);
        let known: Vec<SessionInfo> = match (listed.is_empty(), &session) {
            (true, Some(session)) => vec![session.info(to)],
            _ => listed,
        };
        let encrypted = store.encrypts();
        let known: Vec<_> = known.into_iter().map(|info| SessionInfo { store: to, encrypted, ..info }).collect();
        for info in &known {
            self.record_info(&SessionInfo { also_in, ..info.clone() })?;
        }
        if let Some(left) = also_in {
            match self.store(left).remove(&self.app, &item.id) {
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if left != from => {}
                removed => removed?,
            }
            known.iter().try_for_each(|info| self.state.update(&SessionInfo { also_in: None, ..info.clone() }))?;
        }
        match from == to {
            true => Ok(MigrationOutcome::AlreadyThere),
            false => Ok(MigrationOutcome::Moved { is_session: session.is_some() }),
        }
    }

    /// Clears the record that a keyring was used, if no session is in one; a missing keyring is no error from then on.
    pub fn forget_keyring(&self) -> Result<()> {
        self.state.forget_keyring()
    }

    /// Loads the secret of a listed session from the store in the state, else from the other store, in case another
    /// program moved it.
    fn load_listed(&self, item: &Item, info: &SessionInfo) -> Result<Option<(Secret, StoreKind)>> {
        for kind in [info.store, info.store.other()] {
            let loaded = match kind == info.store {
                true => self.load_secret(info),
                false => self.store(kind).load(&self.app, &item.id),
            };
            match loaded {
                Ok(Some(secret)) => return Ok(Some((secret, kind))),
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if kind != info.store => {}
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Loads a secret that no state file lists. Of two sessions the one refreshed last wins; of two other secrets the
    /// one in the file store, which is always checked first.
    pub(super) fn load_unlisted(&self, item: &Item) -> Result<Option<(Secret, StoreKind)>> {
        let in_file = self.store(StoreKind::File).load(&self.app, &item.id)?;
        let in_keyring = match self.store(StoreKind::Keyring).load(&self.app, &item.id) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => None,
            found => found?,
        };
        let age = |secret: &Secret| self.session_from_secret(secret, item).map(|session| session.tokens.received_at);
        Ok(match (in_file, in_keyring) {
            (Some(file), Some(keyring)) if age(&keyring) > age(&file) => Some((keyring, StoreKind::Keyring)),
            (Some(file), _) => Some((file, StoreKind::File)),
            (None, keyring) => keyring.map(|secret| (secret, StoreKind::Keyring)),
        })
    }

    pub(super) fn session_from_secret(&self, secret: &Secret, item: &Item) -> Option<Session> {
        Session::from_stored(secret).ok().filter(|session| session.key.id() == item.id)
    }
}
