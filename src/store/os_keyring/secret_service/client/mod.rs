//! What is said to the Secret Service, and in which order (Secret Service API 0.2).
//!
//! `SearchItems` is always the first call of a connection, and its reply is awaited before `OpenSession` is sent:
//! gnome-keyring (seen with 42.1) aborts when `OpenSession` reaches it before it has welcomed the client, and the
//! keyring comes back locked (GNOME gnome-keyring 190, 196, 199). With `SearchItems` first the same race only brings
//! `UnknownMethod`, which sending it once more cures.

use std::collections::HashMap;

use rustbus::message_builder::{MarshalledMessage, MarshalledMessageBody};
use rustbus::wire::errors::{MarshalError, UnmarshalError};
use rustbus::wire::unmarshal::traits::Variant;
use rustbus::{dbus_variant_sig, wire};
use zeroize::Zeroizing;

use super::connection::{BusConnection, CallError, MethodCall, PendingCall};
use super::crypto::KeyAgreement;
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::{KeyringTimeouts, SessionBus};

mod prompt;
mod transfer;

/// An object of the service.
type Path = wire::ObjectPath<String>;

/// The attributes an item is found by.
pub type Attributes = HashMap<String, String>;

const PEER: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";

/// The collection that a service without `ReadAlias` still answers to.
const DEFAULT_COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";

/// "There is no such object" and "no prompt is needed".
const NONE: &str = "/";

dbus_variant_sig!(Property, Text => String; Map => Attributes);

/// A connection to the service.
pub struct SecretServiceClient {
    bus: BusConnection,
    deadlines: KeyringTimeouts,
    /// Our half of the key agreement, where it was made while the service was searching.
    offer: Option<KeyAgreement>,
    session: Option<transfer::TransferSession>,
}

struct SearchResult {
    unlocked: Vec<Path>,
    locked: Vec<Path>,
}

impl SecretServiceClient {
    /// Connects to the bus; the service itself hears of it with the first call.
    ///
    /// # Errors
    /// [`Fault`], as for everything here: absent, hung, locked or failed.
    pub fn start(bus: &SessionBus, deadlines: KeyringTimeouts) -> Result<Self> {
        Ok(Self { bus: BusConnection::connect(bus, deadlines.step)?, deadlines, offer: None, session: None })
    }

    /// Asks anything at all, so that a missing service is told from a silent one.
    pub fn greet(&mut self) -> Result<()> {
        self.search(&Attributes::from([("service".to_owned(), "-".to_owned())])).map(drop)
    }

    /// Does what comes before any secret, so that one can be stored without delay later.
    pub fn prepare(&mut self) -> Result<()> {
        self.greet()?;
        self.open_session()?;
        self.session_key()
    }

    /// The newest secret with these attributes.
    pub fn read(&mut self, attributes: &Attributes) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let question = self.ask_search(attributes)?;
        // A third of a millisecond that the service spends on the search; most searches here find something.
        self.offer = KeyAgreement::new();
        let answer = self.bus.answer(question);
        let found = self.found(attributes, answer)?;
        let found = match found.unlocked.is_empty() {
            true => self.opened(attributes, found)?,
            false => found,
        };
        let Some(item) = self.newest(found.unlocked)? else { return Ok(None) };
        self.open_session()?;
        match self.secret(&item) {
            Err(CallError::Remote { name, .. }) if is_locked(&name) => self.unlock(vec![item.clone()])?,
            answer => return answer.map_err(|refusal| refusal.fault("the keyring gives no secret")),
        }
        self.secret(&item).map_err(|refusal| refusal.fault("the keyring gives no secret"))
    }

    /// Stores a secret. Only when it is kept, others that `identity` found before are deleted: a replacement matches
    /// all `attributes`, and the account's label may have changed. What was not there before is another process's.
    pub fn write(&mut self, identity: &Attributes, attributes: &Attributes, label: &str, secret: &[u8]) -> Result<()> {
        let before = self.search(identity)?;
        self.open_session()?;
        let collection = self.default_collection()?;
        let item = match self.create(&collection, attributes, label, secret) {
            Err(CallError::Remote { name, .. }) if is_locked(&name) => {
                self.unlock(vec![collection.clone()])?;
                self.create(&collection, attributes, label, secret)
            }
            answer => answer,
        };
        let item = item.map_err(|refusal| refusal.fault("the keyring does not take the secret"))?;
        let before = [before.unlocked, before.locked].concat();
        for leftover in self.search(identity)?.unlocked {
            if leftover != item && before.contains(&leftover) {
                self.delete(&leftover)?;
            }
        }
        Ok(())
    }

    /// Deletes every item with these attributes; whether there was one.
    pub fn remove(&mut self, attributes: &Attributes) -> Result<bool> {
        let found = self.search(attributes)?;
        let found = match found.locked.is_empty() && !found.unlocked.is_empty() {
            true => found,
            false => self.opened(attributes, found)?,
        };
        for item in &found.unlocked {
            self.delete(item)?;
        }
        Ok(!found.unlocked.is_empty())
    }

    /// The attributes of every item with these, locked or not.
    pub fn list(&mut self, attributes: &Attributes) -> Result<Vec<Attributes>> {
        let SearchResult { unlocked, locked } = self.search(attributes)?;
        unlocked.iter().chain(&locked).map(|item| self.property(item, ITEM, "Attributes")).collect()
    }

    fn search(&mut self, attributes: &Attributes) -> Result<SearchResult> {
        let question = self.ask_search(attributes)?;
        let answer = self.bus.answer(question);
        self.found(attributes, answer)
    }

    fn ask_search(&mut self, attributes: &Attributes) -> Result<PendingCall> {
        self.ask(ROOT, SERVICE, "SearchItems", |body| body.push_param(attributes))
    }

    /// What the answer to a search says; where the service was not ready for the question, it is asked once more.
    fn found(
        &mut self,
        attributes: &Attributes,
        mut answer: Result<MarshalledMessage, CallError>,
    ) -> Result<SearchResult> {
        if let Err(CallError::Remote { name, .. }) = &answer
            && name == "org.freedesktop.DBus.Error.UnknownMethod"
        {
            let question = self.ask_search(attributes)?;
            answer = self.bus.answer(question);
        }
        let message = answer.map_err(|refusal| refusal.fault("the keyring cannot be searched"))?;
        let (unlocked, locked) = message.body.parser().get2().map_err(garbled)?;
        Ok(SearchResult { unlocked, locked })
    }

    /// Unlocks what keeps the search from finding items, and searches again. Some services do not find items in a
    /// locked collection at all, so where nothing was found the default collection is looked at.
    fn opened(&mut self, attributes: &Attributes, found: SearchResult) -> Result<SearchResult> {
        let closed = match found.locked.is_empty() {
            false => found.locked,
            true => self.locked_collection()?,
        };
        if closed.is_empty() {
            return Ok(SearchResult { unlocked: found.unlocked, locked: vec![] });
        }
        self.unlock(closed)?;
        let found = self.search(attributes)?;
        match found.locked.is_empty() {
            true => Ok(found),
            false => Err(KeyringError::new(StoreErrorKind::Locked, "the keyring stayed locked")),
        }
    }

    /// The default collection, if there is one and it is locked.
    fn locked_collection(&mut self) -> Result<Vec<Path>> {
        let Some(collection) = self.alias()? else { return Ok(vec![]) };
        match self.property::<bool>(&collection, COLLECTION, "Locked")? {
            true => Ok(vec![collection]),
            false => Ok(vec![]),
        }
    }

    /// More than one item is what an interrupted replacement leaves behind; the time of change tells which to trust.
    fn newest(&mut self, items: Vec<Path>) -> Result<Option<Path>> {
        if items.len() < 2 {
            return Ok(items.into_iter().next());
        }
        let mut dated = vec![];
        for item in items {
            dated.push((self.property::<u64>(&item, ITEM, "Modified")?, item));
        }
        Ok(dated.into_iter().max_by_key(|(modified, _)| *modified).map(|(_, item)| item))
    }

    fn delete(&mut self, item: &Path) -> Result<()> {
        let message = match self.call(item.as_ref(), ITEM, "Delete", |_| Ok(())) {
            Err(CallError::Remote { name, .. }) if is_gone(&name) => return Ok(()),
            answer => answer.map_err(|refusal| refusal.fault("the keyring does not delete the secret"))?,
        };
        let prompt = message.body.parser().get::<Path>().map_err(garbled)?;
        match prompt.as_ref() {
            NONE => Ok(()),
            prompt => self.prompt(prompt).map(drop),
        }
    }

    fn default_collection(&mut self) -> Result<Path> {
        match self.alias()? {
            Some(collection) => Ok(collection),
            None => self.create_collection(),
        }
    }

    fn alias(&mut self) -> Result<Option<Path>> {
        match self.call(ROOT, SERVICE, "ReadAlias", |body| body.push_param("default")) {
            Ok(message) => {
                let path = message.body.parser().get::<Path>().map_err(garbled)?;
                Ok(Some(path).filter(|path| path.as_ref() != NONE))
            }
            Err(CallError::Remote { name, .. }) if name == "org.freedesktop.DBus.Error.UnknownMethod" => {
                Ok(Some(Path::new(DEFAULT_COLLECTION.to_owned()).expect("the path is well formed")))
            }
            Err(refusal) => Err(refusal.fault("the keyring names no default collection")),
        }
    }

    /// A keyring that was never used, or one where the person chose no default: the service asks for a password.
    fn create_collection(&mut self) -> Result<Path> {
        let label = Property::Text("Default keyring".to_owned());
        let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", label)]);
        let message = self
            .call(ROOT, SERVICE, "CreateCollection", |body| {
                body.push_param(&properties)?;
                body.push_param("default")
            })
            .map_err(|refusal| refusal.fault("the keyring has no default collection and makes none"))?;
        self.made(&message)
    }

    /// What a reply of an object and a prompt leads to: one of the two is there.
    fn made(&mut self, message: &MarshalledMessage) -> Result<Path> {
        let (made, prompt) = message.body.parser().get2::<Path, Path>().map_err(garbled)?;
        match prompt.as_ref() {
            NONE => Ok(made),
            prompt => self
                .prompt(prompt)?
                .ok_or_else(|| KeyringError::new(StoreErrorKind::Failed, "the keyring's prompt made nothing")),
        }
    }

    fn property<T: for<'b, 'f> rustbus::Unmarshal<'b, 'f>>(
        &mut self,
        object: &Path,
        interface: &str,
        name: &str,
    ) -> Result<T> {
        let message = self
            .call(object.as_ref(), "org.freedesktop.DBus.Properties", "Get", |body| {
                body.push_param(interface)?;
                body.push_param(name)
            })
            .map_err(|refusal| refusal.fault("the keyring cannot be looked at"))?;
        let value = message.body.parser().get::<Variant<'_, '_>>().map_err(garbled)?;
        value.get().map_err(garbled)
    }

    fn call(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<MarshalledMessage, CallError> {
        self.bus.call(MethodCall { peer: PEER, object, interface, member }, arguments, self.deadlines.step)
    }

    fn ask(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<PendingCall> {
        self.bus.ask(MethodCall { peer: PEER, object, interface, member }, arguments, self.deadlines.step)
    }
}

fn is_locked(name: &str) -> bool {
    name == "org.freedesktop.Secret.Error.IsLocked"
}

fn is_gone(name: &str) -> bool {
    matches!(name, "org.freedesktop.Secret.Error.NoSuchObject" | "org.freedesktop.DBus.Error.UnknownObject")
}

fn garbled(_: UnmarshalError) -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "the keyring's answer is not what its interface says")
}
