//! Secret Service of Linux and the BSDs, as a store of `keyring-core`.
//!
//! Written by hand, because no published store has deadlines, and none keeps the order of calls that avoids a crash of
//! gnome-keyring (see [`client`]). The code makes no assumption about the service: gnome-keyring, KWallet and KeePassXC
//! name their collections differently. Stored values are UTF-8 text.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error, Result};

use self::client::Attributes;
pub use self::client::SecretServiceClient;
use super::error::KeyringError;
use super::options::{KeyringTimeouts, SessionBus};
use crate::store::backend::Item as StoredItem;

mod bus_address;
mod client;
mod connection;
mod crypto;
mod deadline;
mod frame;

/// Modifier of an entry that becomes its label; every other modifier becomes an attribute of the same name.
const LABEL: &str = "label";

/// Schema that libsecret's tools show for an item without a schema.
const SCHEMA: (&str, &str) = ("xdg:schema", "org.freedesktop.Secret.Generic");

/// Connects ahead of time: connection, search and key agreement are most of the time that storing takes.
pub fn prepare(timeouts: KeyringTimeouts, bus: &SessionBus) -> Result<SecretServiceClient> {
    let mut client = SecretServiceClient::connect(bus, timeouts)?;
    client.prepare()?;
    Ok(client)
}

/// Opens the store without a call to the service. The first call uses the prepared connection.
///
/// # Errors
/// None here; stores of other systems may not open.
pub fn open(
    timeouts: KeyringTimeouts,
    bus: &SessionBus,
    prepared: Option<SecretServiceClient>,
) -> Result<Arc<CredentialStore>> {
    Ok(Arc::new(SecretService { bus: bus.clone(), timeouts, prepared: Arc::new(Mutex::new(prepared)) }))
}

/// Checks that a service responds, locked or not.
pub fn ping(timeouts: KeyringTimeouts, bus: &SessionBus) -> Result<()> {
    Ok(SecretServiceClient::connect(bus, timeouts)?.ping()?)
}

/// Lists the attributes of the items of `service`, locked or not, without reading a secret.
pub fn list(timeouts: KeyringTimeouts, bus: &SessionBus, service: &str) -> Result<Vec<Attributes>> {
    Ok(SecretServiceClient::connect(bus, timeouts)?.list(&to_attributes(vec![("service", service)]))?)
}

/// Runs `work`, in which every step has a deadline.
pub fn within<T>(_: KeyringTimeouts, work: impl FnOnce() -> Result<T>) -> Result<T> {
    work()
}

/// Attributes that users find the item by, in Seahorse or with `secret-tool search`.
pub fn modifiers(item: &StoredItem) -> HashMap<&'static str, String> {
    HashMap::from([
        ("provider", item.provider.clone()),
        ("account", item.account.clone()),
        (LABEL, format!("{}: {} ({})", item.app, item.provider, item.account)),
    ])
}

/// Store that opens a connection for each call: a command makes one or two calls, and a cached connection may be
/// closed.
#[derive(Clone)]
struct SecretService {
    bus: SessionBus,
    timeouts: KeyringTimeouts,
    prepared: Arc<Mutex<Option<SecretServiceClient>>>,
}

impl SecretService {
    fn client(&self) -> std::result::Result<SecretServiceClient, KeyringError> {
        match self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(client) => Ok(client),
            None => SecretServiceClient::connect(&self.bus, self.timeouts),
        }
    }
}

impl std::fmt::Debug for SecretService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretService({:?})", self.bus)
    }
}

impl CredentialStoreApi for SecretService {
    fn vendor(&self) -> String {
        concat!("Secret Service, ", env!("CARGO_PKG_NAME")).to_owned()
    }

    fn id(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn build(&self, service: &str, user: &str, modifiers: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        let identity = vec![("service", service), ("username", user)];
        let mut attributes = identity.clone();
        attributes.push(SCHEMA);
        attributes.extend(modifiers.into_iter().flatten().map(|(name, value)| (*name, *value)));
        let mut attributes = to_attributes(attributes);
        let label = attributes.remove(LABEL).unwrap_or_else(|| format!("{service}: {user}"));
        let item = Item { store: self.clone(), identity: to_attributes(identity), attributes, label };
        Ok(Entry::new_with_credential(Arc::new(item)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

/// Entry: an item of the service, identified by the two attributes of `identity`.
#[derive(Debug)]
struct Item {
    store: SecretService,
    identity: Attributes,
    attributes: Attributes,
    label: String,
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        Ok(self.store.client()?.write(&self.identity, &self.attributes, &self.label, secret)?)
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        let mut secret = self.store.client()?.read(&self.identity)?.ok_or(Error::NoEntry)?;
        Ok(std::mem::take(&mut *secret))
    }

    fn delete_credential(&self) -> Result<()> {
        match self.store.client()?.remove(&self.identity)? {
            true => Ok(()),
            false => Err(Error::NoEntry),
        }
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        self.get_secret().map(|_| None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.identity.get("service")?.clone(), self.identity.get("username")?.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

fn to_attributes(attributes: Vec<(&str, &str)>) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
