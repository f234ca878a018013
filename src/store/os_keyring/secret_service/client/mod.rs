//! Operations on the Secret Service, and the order of their calls (Secret Service API 0.2).
//!
//! `SearchItems` is always the first call of a connection, and its reply is awaited before `OpenSession` is sent:
//! gnome-keyring (seen with 42.1) aborts if `OpenSession` arrives before the client is registered, and the keyring
//! comes back locked (GNOME gnome-keyring 190, 196, 199). With `SearchItems` first, the same race only returns
//! `UnknownMethod`, and a second `SearchItems` succeeds.

mod prompt;
mod service;
mod transfer;

use std::collections::HashMap;

use rustbus::message_builder::MarshalledMessage;
use zeroize::Zeroizing;

use self::service::{
    COLLECTION, ITEM, NO_OBJECT, Path, Property, ROOT, SERVICE, ServiceConnection, invalid_response, is_gone, is_locked,
};
use self::transfer::{NewItem, TransferSession};
use super::connection::{CallError, PendingCall};
use super::crypto::KeyAgreement;
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::{KeyringTimeouts, SessionBus};

pub use self::service::Attributes;

/// Default collection of a service without `ReadAlias`.
const DEFAULT_COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";

pub struct SecretServiceClient {
    service: ServiceConnection,
    /// This side of the key agreement, if it was generated during the search.
    key_agreement: Option<KeyAgreement>,
    session: Option<TransferSession>,
}

struct SearchResult {
    unlocked: Vec<Path>,
    locked: Vec<Path>,
}

impl SecretServiceClient {
    /// Connects to the bus; the first call reaches the service.
    ///
    /// # Errors
    /// [`KeyringError`], here and below: not found, timed out, locked or failed.
    pub fn connect(bus: &SessionBus, timeouts: KeyringTimeouts) -> Result<Self> {
        Ok(Self { service: ServiceConnection::connect(bus, timeouts)?, key_agreement: None, session: None })
    }

    /// Makes a call, to tell a missing service from an unresponsive one.
    pub fn ping(&mut self) -> Result<()> {
        self.search(&Attributes::from([("service".to_owned(), "-".to_owned())])).map(drop)
    }

    /// Makes the calls that precede the transfer of a secret, so that a later save has no delay.
    pub fn prepare(&mut self) -> Result<()> {
        self.ping()?;
        self.open_session()?.0.make_key()
    }

    /// Returns the newest secret with these attributes.
    pub fn read(&mut self, attributes: &Attributes) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let pending = self.start_search(attributes)?;
        // Takes a third of a millisecond while the service searches; most searches here find an item.
        self.key_agreement = KeyAgreement::new();
        let reply = self.service.bus.wait_reply(pending);
        let found = self.search_result(attributes, reply)?;
        let found = match found.unlocked.is_empty() {
            true => self.unlock_and_search(attributes, found)?,
            false => found,
        };
        let Some(item) = self.newest(found.unlocked)? else { return Ok(None) };
        self.open_session()?;
        match self.get_secret(&item) {
            Err(CallError::Remote { name, .. }) if is_locked(&name) => self.service.unlock(vec![item.clone()])?,
            reply => {
                return reply.map_err(|error| error.into_keyring_error("could not read the secret from the keyring"));
            }
        }
        self.get_secret(&item).map_err(|error| error.into_keyring_error("could not read the secret from the keyring"))
    }

    /// Stores a secret, then deletes older items that `identity` had found: the service replaces an item only if all
    /// `attributes` match, and the label of the account may have changed. Items that appeared since belong to another
    /// process.
    pub fn write(&mut self, identity: &Attributes, attributes: &Attributes, label: &str, secret: &[u8]) -> Result<()> {
        let before = self.search(identity)?;
        self.open_session()?;
        let collection = self.default_collection()?;
        let new = NewItem { attributes, label, secret };
        let item = match self.create_item(&collection, &new) {
            Err(CallError::Remote { name, .. }) if is_locked(&name) => {
                self.service.unlock(vec![collection.clone()])?;
                self.create_item(&collection, &new)
            }
            reply => reply,
        };
        let item = item.map_err(|error| error.into_keyring_error("could not store the secret in the keyring"))?;
        let before = [before.unlocked, before.locked].concat();
        for leftover in self.search(identity)?.unlocked {
            if leftover != item && before.contains(&leftover) {
                self.delete_item(&leftover)?;
            }
        }
        Ok(())
    }

    /// Deletes every item with these attributes; returns true if there was one.
    pub fn remove(&mut self, attributes: &Attributes) -> Result<bool> {
        let found = self.search(attributes)?;
        let found = match found.locked.is_empty() && !found.unlocked.is_empty() {
            true => found,
            false => self.unlock_and_search(attributes, found)?,
        };
        for item in &found.unlocked {
            self.delete_item(item)?;
        }
        Ok(!found.unlocked.is_empty())
    }

    /// Attributes of every item that matches, locked or not.
    pub fn list(&mut self, attributes: &Attributes) -> Result<Vec<Attributes>> {
        let SearchResult { unlocked, locked } = self.search(attributes)?;
        unlocked.iter().chain(&locked).map(|item| self.service.property(item, ITEM, "Attributes")).collect()
    }

    /// Session for the transfer of secrets, opened on first use.
    fn open_session(&mut self) -> Result<(&mut TransferSession, &mut ServiceConnection)> {
        let session = match self.session.take() {
            Some(session) => session,
            None => TransferSession::open(&mut self.service, self.key_agreement.take())?,
        };
        Ok((self.session.insert(session), &mut self.service))
    }

    fn get_secret(&mut self, item: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, CallError> {
        let (session, service) = self.open_session()?;
        session.get_secret(service, item)
    }

    fn create_item(&mut self, collection: &Path, item: &NewItem<'_>) -> Result<Path, CallError> {
        let (session, service) = self.open_session()?;
        session.create_item(service, collection, item)
    }

    fn search(&mut self, attributes: &Attributes) -> Result<SearchResult> {
        let pending = self.start_search(attributes)?;
        let reply = self.service.bus.wait_reply(pending);
        self.search_result(attributes, reply)
    }

    fn start_search(&mut self, attributes: &Attributes) -> Result<PendingCall> {
        self.service.start_call(ROOT, SERVICE, "SearchItems", |body| body.push_param(attributes))
    }

    /// Parses the reply of a search; repeats the search if the service was not ready.
    fn search_result(
        &mut self,
        attributes: &Attributes,
        mut reply: Result<MarshalledMessage, CallError>,
    ) -> Result<SearchResult> {
        if let Err(CallError::Remote { name, .. }) = &reply
            && name == "org.freedesktop.DBus.Error.UnknownMethod"
        {
            let pending = self.start_search(attributes)?;
            reply = self.service.bus.wait_reply(pending);
        }
        let message = reply.map_err(|error| error.into_keyring_error("could not search the keyring"))?;
        let (unlocked, locked) = message.body.parser().get2().map_err(invalid_response)?;
        Ok(SearchResult { unlocked, locked })
    }

    /// Unlocks the items or the collection, and searches again. Some services find no items in a locked collection, so
    /// after an empty search the default collection is checked.
    fn unlock_and_search(&mut self, attributes: &Attributes, found: SearchResult) -> Result<SearchResult> {
        let locked = match found.locked.is_empty() {
            false => found.locked,
            true => self.locked_collection()?,
        };
        if locked.is_empty() {
            return Ok(SearchResult { unlocked: found.unlocked, locked: vec![] });
        }
        self.service.unlock(locked)?;
        let found = self.search(attributes)?;
        match found.locked.is_empty() {
            true => Ok(found),
            false => Err(KeyringError::new(StoreErrorKind::Locked, "keyring is still locked after the prompt")),
        }
    }

    /// Default collection, if it exists and is locked.
    fn locked_collection(&mut self) -> Result<Vec<Path>> {
        let Some(collection) = self.default_alias()? else { return Ok(vec![]) };
        match self.service.property::<bool>(&collection, COLLECTION, "Locked")? {
            true => Ok(vec![collection]),
            false => Ok(vec![]),
        }
    }

    /// Picks the item that was modified last: an interrupted replacement leaves more than one.
    fn newest(&mut self, items: Vec<Path>) -> Result<Option<Path>> {
        if items.len() < 2 {
            return Ok(items.into_iter().next());
        }
        let mut dated = vec![];
        for item in items {
            dated.push((self.service.property::<u64>(&item, ITEM, "Modified")?, item));
        }
        Ok(dated.into_iter().max_by_key(|(modified, _)| *modified).map(|(_, item)| item))
    }

    fn delete_item(&mut self, item: &Path) -> Result<()> {
        let message = match self.service.call(item.as_ref(), ITEM, "Delete", |_| Ok(())) {
            Err(CallError::Remote { name, .. }) if is_gone(&name) => return Ok(()),
            reply => reply.map_err(|error| error.into_keyring_error("could not delete the secret from the keyring"))?,
        };
        let prompt = message.body.parser().get::<Path>().map_err(invalid_response)?;
        match prompt.as_ref() {
            NO_OBJECT => Ok(()),
            prompt => self.service.prompt(prompt).map(drop),
        }
    }

    fn default_collection(&mut self) -> Result<Path> {
        match self.default_alias()? {
            Some(collection) => Ok(collection),
            None => self.create_collection(),
        }
    }

    fn default_alias(&mut self) -> Result<Option<Path>> {
        match self.service.call(ROOT, SERVICE, "ReadAlias", |body| body.push_param("default")) {
            Ok(message) => {
                let path = message.body.parser().get::<Path>().map_err(invalid_response)?;
                Ok(Some(path).filter(|path| path.as_ref() != NO_OBJECT))
            }
            Err(CallError::Remote { name, .. }) if name == "org.freedesktop.DBus.Error.UnknownMethod" => {
                Ok(Some(Path::new(DEFAULT_COLLECTION.to_owned()).expect("a valid path")))
            }
            Err(error) => Err(error.into_keyring_error("could not find the default collection of the keyring")),
        }
    }

    /// Creates the default collection of a new keyring, or of a keyring without a default; the service prompts for a
    /// password.
    fn create_collection(&mut self) -> Result<Path> {
        let label = Property::Text("Default keyring".to_owned());
        let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", label)]);
        let message = self
            .service
            .call(ROOT, SERVICE, "CreateCollection", |body| {
                body.push_param(&properties)?;
                body.push_param("default")
            })
            .map_err(|error| error.into_keyring_error("could not create the default collection of the keyring"))?;
        self.service.created_object(&message)
    }
}
