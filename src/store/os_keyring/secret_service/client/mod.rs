//! Operations on the Secret Service, and the order of their calls (Secret Service API 0.2).
//!
//! The first calls of every operation are `ReadAlias` and `Locked` of the default collection: KeePassXC holds back a
//! search while every collection is locked until the user has answered its dialog, and answers with an empty result if
//! the dialog was dismissed (keepassxreboot/keepassxc#12073). `OpenSession` is sent only after a reply: gnome-keyring
//! (seen with 42.1) aborts if `OpenSession` arrives before the client is registered, and the keyring comes back locked
//! (GNOME gnome-keyring 190, 196, 199). It aborts too, after some thousand connections, if the first call reads a
//! property. Other calls return `UnknownMethod` in the same race, and are repeated.
//!
//! A save changes the item that it finds instead of replacing it, because KeePassXC asks the user before it replaces an
//! item (keepassxreboot/keepassxc#7571, #11773).

mod prompt;
mod service;
mod transfer;

use std::collections::HashMap;

use rustbus::message_builder::MarshalledMessage;
use zeroize::Zeroizing;

use self::service::{
    COLLECTION, ITEM, NO_OBJECT, Path, Property, ROOT, SERVICE, ServiceConnection, invalid_response, is_gone,
    is_locked, is_unknown,
};
use self::transfer::{NewItem, TransferSession};
use super::connection::CallError;
use super::crypto::KeyAgreement;
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::{KeyringSettings, SessionBus};

pub use self::service::Attributes;

/// Default collection.
const DEFAULT_COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";

pub struct SecretServiceClient {
    service: ServiceConnection,
    /// Unique bus name of the service that `session` belongs to.
    owner: Option<String>,
    /// This side of the key agreement, if it was generated while the service worked.
    key_agreement: Option<KeyAgreement>,
    session: Option<TransferSession>,
}

struct SearchResult {
    unlocked: Vec<Path>,
    locked: Vec<Path>,
}

/// Items that an operation needs, of those with the same attributes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// One that is unlocked.
    Any,
    All,
}

/// Lock state of all collections, if the default one is not an unlocked collection.
struct Collections {
    /// Collections to unlock; empty if there is nothing to unlock.
    locked: Vec<Path>,
    /// At least one collection is unlocked, so that a search returns without a dialog.
    is_searchable: bool,
}

impl SecretServiceClient {
    /// Connects to the bus; the first call reaches the service.
    ///
    /// # Errors
    /// [`KeyringError`], here and below: not found, timed out, locked or failed.
    pub fn connect(bus: &SessionBus, settings: KeyringSettings) -> Result<Self> {
        let service = ServiceConnection::connect(bus, settings)?;
        Ok(Self { service, owner: None, key_agreement: None, session: None })
    }

    /// The same connection with other settings.
    pub fn with_settings(mut self, settings: KeyringSettings) -> Self {
        self.service.settings = settings;
        self
    }

    /// Makes a call that no dialog holds back, to tell a missing service from an unresponsive one.
    pub fn ping(&mut self) -> Result<()> {
        self.default_is_locked().map(drop)
    }

    /// Makes the calls that precede a save: finds or creates the default collection, unlocks it, and opens a session.
    pub fn prepare(&mut self) -> Result<()> {
        match self.default_is_locked()? {
            Some(false) => {}
            Some(true) => {
                let collection = self.default_collection()?;
                self.service.unlock(vec![collection])?;
            }
            None => drop(self.create_collection()?),
        }
        self.with_session(|client| client.open_session()?.0.make_key())
            .map_err(|error| error.into_keyring_error("could not open a session with the keyring"))
    }

    /// Returns true if secrets pass the bus unencrypted.
    pub fn is_unencrypted(&self) -> bool {
        self.session.as_ref().is_some_and(TransferSession::is_plain)
    }

    /// Returns the newest secret with these attributes.
    pub fn read(&mut self, attributes: &Attributes) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let found = self.find(attributes, Wanted::Any)?;
        let Some(item) = self.newest(found)? else { return Ok(None) };
        self.unlocking(&item, |client| client.get_secret(&item))
            .map_err(|error| error.into_keyring_error("could not read the secret from the keyring"))
    }

    /// Stores a secret in the newest item that `identity` finds, else in a new one, and deletes other items that it
    /// found. Items that appeared since belong to another process.
    pub fn write(&mut self, identity: &Attributes, attributes: &Attributes, label: &str, secret: &[u8]) -> Result<()> {
        let not_stored = |error: CallError| error.into_keyring_error("could not store the secret in the keyring");
        let found = self.find(identity, Wanted::Any)?;
        let new = NewItem { attributes, label, secret };
        if let Some(item) = self.newest(found.clone())?
            && self.unlocking(&item, |client| client.set_secret(&item, secret)).map_err(not_stored)?
        {
            self.relabel(&item, &new);
            for leftover in found.into_iter().filter(|other| *other != item) {
                self.delete_item(&leftover)?;
            }
            return Ok(());
        }
        let collection = self.default_collection()?;
        self.unlocking(&collection, |client| client.create_item(&collection, &new)).map_err(not_stored).map(drop)
    }

    /// Deletes every item with these attributes; returns true if there was one.
    pub fn remove(&mut self, attributes: &Attributes) -> Result<bool> {
        let found = self.find(attributes, Wanted::All)?;
        for item in &found {
            self.delete_item(item)?;
        }
        Ok(!found.is_empty())
    }

    /// Attributes of every item that matches, locked or not. Shows no prompt: a command that only looks for sessions
    /// lists the items, and in a locked collection KeePassXC shows none of them.
    pub fn list(&mut self, attributes: &Attributes) -> Result<Vec<Attributes>> {
        let items = match self.default_is_locked()? {
            Some(false) => self.search(attributes)?,
            default => {
                let collections = self.collections(default)?;
                match collections.is_searchable {
                    true => self.search(attributes)?,
                    false => self.search_locked(attributes, collections.locked)?,
                }
            }
        };
        let SearchResult { unlocked, locked } = items;
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

    fn set_secret(&mut self, item: &Path, secret: &[u8]) -> Result<bool, CallError> {
        let (session, service) = self.open_session()?;
        session.set_secret(service, item, secret)
    }

    /// Repeats `call` after unlocking `object`, if the object is locked. An item can be locked in an unlocked
    /// collection: KeePassXC asks the user for each client and item.
    fn unlocking<T>(
        &mut self,
        object: &Path,
        mut call: impl FnMut(&mut Self) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        match self.with_session(&mut call) {
            Err(CallError::Remote { name, .. }) if is_locked(&name) => {
                self.service.unlock(vec![object.clone()])?;
                self.with_session(call)
            }
            reply => reply,
        }
    }

    /// Repeats `call` with another session while the key of the session is ambiguous.
    fn with_session<T>(&mut self, mut call: impl FnMut(&mut Self) -> Result<T, CallError>) -> Result<T, CallError> {
        /// One of 256 keys is ambiguous.
        const MAX_SESSIONS: usize = 8;
        for _ in 1..MAX_SESSIONS {
            match call(self) {
                Err(CallError::AmbiguousKey) => self.session = None,
                reply => return reply,
            }
        }
        call(self)
    }

    /// Updates label and attributes that users find the item by. The secret is stored already, so a failure is ignored.
    fn relabel(&mut self, item: &Path, new: &NewItem<'_>) {
        let current = self.service.property::<Attributes>(item, ITEM, "Attributes").unwrap_or_default();
        if new.attributes.iter().all(|(name, value)| current.get(name) == Some(value)) {
            return;
        }
        let attributes = Property::Map(new.attributes.clone());
        let _ = self.service.set_property(item, ITEM, "Attributes", attributes);
        let _ = self.service.set_property(item, ITEM, "Label", Property::Text(new.label.to_owned()));
    }

    /// Unlocked items that match, after a prompt if the keyring or a wanted item is locked.
    fn find(&mut self, attributes: &Attributes, wanted: Wanted) -> Result<Vec<Path>> {
        let mut locked = match self.default_is_locked()? {
            Some(false) => vec![],
            default => {
                let collections = self.collections(default)?;
                match (collections.is_searchable, collections.locked) {
                    (false, locked) if locked.is_empty() => return Ok(vec![]),
                    (false, locked) => {
                        self.service.unlock(locked)?;
                        vec![]
                    }
                    (true, locked) => locked,
                }
            }
        };
        let found = self.search(attributes)?;
        if !found.unlocked.is_empty() && (wanted == Wanted::Any || found.locked.is_empty()) {
            return Ok(found.unlocked);
        }
        if !found.locked.is_empty() {
            locked = found.locked;
        }
        if locked.is_empty() {
            return Ok(vec![]);
        }
        self.service.unlock(locked)?;
        let found = self.search(attributes)?;
        match found.locked.is_empty() {
            true => Ok(found.unlocked),
            false => Err(KeyringError::new(StoreErrorKind::Locked, "keyring is still locked after the prompt")),
        }
    }

    fn search(&mut self, attributes: &Attributes) -> Result<SearchResult> {
        let mut call = || self.service.call(ROOT, SERVICE, "SearchItems", |body| body.push_param(attributes));
        let reply = match call() {
            Err(CallError::Remote { name, .. }) if is_unknown(&name) => call(),
            reply => reply,
        };
        let message = reply.map_err(|error| error.into_keyring_error("could not search the keyring"))?;
        let (unlocked, locked) = message.body.parser().get2().map_err(invalid_response)?;
        Ok(SearchResult { unlocked, locked })
    }

    /// Searches each locked collection by itself, which no dialog holds back.
    ///
    /// # Errors
    /// Locked, if none of the collections shows an item: KeePassXC shows none before it is unlocked.
    fn search_locked(&mut self, attributes: &Attributes, collections: Vec<Path>) -> Result<SearchResult> {
        let mut locked: Vec<Path> = vec![];
        for collection in &collections {
            let message = self
                .service
                .call(collection.as_ref(), COLLECTION, "SearchItems", |body| body.push_param(attributes))
                .map_err(|error| error.into_keyring_error("could not search the keyring"))?;
            locked.extend(message.body.parser().get::<Vec<Path>>().map_err(invalid_response)?);
        }
        match locked.is_empty() && !collections.is_empty() {
            true => Err(KeyringError::new(StoreErrorKind::Locked, "keyring is locked")),
            false => Ok(SearchResult { unlocked: vec![], locked }),
        }
    }

    /// Lock state of the default collection; `None` if there is none. The first call of every operation, so a session
    /// with a service that has restarted since is dropped here.
    fn default_is_locked(&mut self) -> Result<Option<bool>> {
        let pending = self.service.start_call(ROOT, SERVICE, "ReadAlias", |body| body.push_param("default"))?;
        if self.session.is_none() && self.key_agreement.is_none() {
            // Takes a third of a millisecond while the service works.
            self.key_agreement = KeyAgreement::new();
        }
        let reply = self.service.bus.wait_reply(pending);
        let locked = match self.alias(reply)? {
            Some(collection) => Some(self.service.property(&collection, COLLECTION, "Locked")?),
            None => None,
        };
        let owner = self.service.bus.last_sender().map(str::to_owned);
        if owner != self.owner {
            (self.owner, self.session) = (owner, None);
        }
        Ok(locked)
    }

    /// Lock state of all collections. Those to unlock are the default collection, else all if none is unlocked.
    fn collections(&mut self, default_is_locked: Option<bool>) -> Result<Collections> {
        let root = Path::new(ROOT.to_owned()).expect("a valid path");
        let mut all_locked: Vec<Path> = vec![];
        let mut is_searchable = false;
        for collection in self.service.property::<Vec<Path>>(&root, SERVICE, "Collections")? {
            match self.service.property(&collection, COLLECTION, "Locked")? {
                true => all_locked.push(collection),
                false => is_searchable = true,
            }
        }
        let locked = match (default_is_locked, is_searchable) {
            (Some(true), _) => self.default_alias()?.into_iter().collect(),
            (_, false) => all_locked,
            (_, true) => vec![],
        };
        Ok(Collections { locked, is_searchable })
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
        let reply = self.service.call(ROOT, SERVICE, "ReadAlias", |body| body.push_param("default"));
        self.alias(reply)
    }

    /// Collection in the reply of `ReadAlias`, which is repeated if the service was not ready.
    fn alias(&mut self, mut reply: Result<MarshalledMessage, CallError>) -> Result<Option<Path>> {
        if let Err(CallError::Remote { name, .. }) = &reply
            && is_unknown(name)
        {
            reply = self.service.call(ROOT, SERVICE, "ReadAlias", |body| body.push_param("default"));
        }
        match reply {
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
