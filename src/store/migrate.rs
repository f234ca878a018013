//! Every secret from one store to the other, each whole at every moment.
//!
//! The target is written and read back, then the state file leads to it, then the source goes. So whoever looks, and
//! whenever the process ends, what the state leads to is whole. That there may be a copy in the other store is noted in
//! the state (`also_in`) before it is made and until it is gone, so that the next move or sign-out finds it.

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{Session, SessionInfo, StoreKind};

use super::backend::Item;
use super::session_store::{LOCK_TIMEOUT, SessionStore};

/// What became of a secret that should be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationOutcome {
    /// It was moved, and is a session or another secret.
    Moved {
        /// Whether it is a session.
        is_session: bool,
    },
    /// It was there before.
    AlreadyThere,
    /// There is none in either store.
    Missing,
}

impl SessionStore {
    /// What the state files name and what either store keeps for this program, each once.
    ///
    /// # Errors
    /// [`Error::Store`] where a store cannot be asked. An absent keyring in which no session is listed counts as empty:
    /// whoever leaves it behind must be able to.
    pub fn all_items(&self) -> Result<Vec<Item>> {
        let listed = self.list()?.sessions;
        let is_needed = listed.iter().any(|listed| listed.summary.store == StoreKind::Keyring);
        let mut items: Vec<Item> = listed.iter().map(|listed| self.item(&listed.summary)).collect();
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

    /// Moves one secret to the store `to`. One that is there already is written anew, so that a key that was set since
    /// seals it, and a session that the state files have lost is listed again.
    ///
    /// Takes the session's lock: a caller that holds it would wait for itself.
    ///
    /// # Errors
    /// [`Error::Store`] where either store fails, [`Error::Network`] where the lock is not obtained; the state leads to a
    /// whole secret all the same.
    pub fn migrate(&self, item: &Item, to: StoreKind) -> Result<MigrationOutcome> {
        let _lock = self.lock(&item.id, LOCK_TIMEOUT)?;
        let listed = self.state.find_all(&item.id)?;
        let found = match listed.first() {
            Some(summary) => self.load_listed(item, summary)?,
            None => self.load_unlisted(item)?,
        };
        let Some((secret, from)) = found else { return Ok(MigrationOutcome::Missing) };
        let (store, session) = (self.store(to), self.session_from_secret(&secret, item));
        for summary in listed.iter().filter(|_| from != to) {
            self.state.put(&SessionInfo { also_in: Some(to), ..summary.clone() })?;
        }
        if let Err(error) = store.save(item, &secret) {
            // A store that did not open has no copy; of any other failure that is not known.
            if let Error::Store {
                kind: StoreErrorKind::Locked | StoreErrorKind::NotFound | StoreErrorKind::CannotDecrypt,
                ..
            } = error
            {
                listed.iter().try_for_each(|summary| self.state.put(summary))?;
            }
            return Err(error);
        }
        if !store.load(&self.app, &item.id)?.is_some_and(|stored| stored.matches(secret.expose())) {
            return Err(Error::store(StoreErrorKind::Failed, "what was stored did not come back the same"));
        }
        // Nothing says whether an interrupted move left a copy of what is not listed.
        let may_have_copy = |copy: &StoreKind| {
            *copy == from || listed.is_empty() || listed.iter().any(|listed| listed.also_in == Some(*copy))
        };
        let also_in = Some(to.other()).filter(may_have_copy);
        let known = match (listed.is_empty(), &session) {
            (true, Some(session)) => vec![session.info(to)],
            _ => listed.into_iter().map(|summary| SessionInfo { store: to, ..summary }).collect(),
        };
        for summary in &known {
            self.record_info(&SessionInfo { also_in, ..summary.clone() })?;
        }
        if let Some(left) = also_in {
            match self.store(left).remove(&self.app, &item.id) {
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if left != from => {}
                removed => removed?,
            }
            known.iter().try_for_each(|summary| self.state.put(&SessionInfo { also_in: None, ..summary.clone() }))?;
        }
        match from == to {
            true => Ok(MigrationOutcome::AlreadyThere),
            false => Ok(MigrationOutcome::Moved { is_session: session.is_some() }),
        }
    }

    /// Forgets that a keyring was ever used, where no session is in one: it may be absent from now on.
    ///
    /// # Errors
    /// [`Error::Store`] where the state cannot be written.
    pub fn forget_keyring(&self) -> Result<()> {
        self.state.forget_keyring()
    }

    /// The secret of a listed session, where the state leads; else where an outsider may have put it.
    fn load_listed(&self, item: &Item, summary: &SessionInfo) -> Result<Option<(Secret, StoreKind)>> {
        for kind in [summary.store, summary.store.other()] {
            match self.store(kind).load(&self.app, &item.id) {
                Ok(Some(secret)) => return Ok(Some((secret, kind))),
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if kind != summary.store => {}
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The secret of something that no state file names: of two sessions the one that was refreshed last, of two others
    /// the one in the file, which is looked at first everywhere.
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
