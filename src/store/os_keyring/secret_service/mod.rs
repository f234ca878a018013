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

use self::client::{Attributes, SecretServiceClient};
use super::error::KeyringError;
use super::options::KeyringAccess;
use crate::error::StoreErrorKind;
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

/// Connection of this process, made by the first call.
#[derive(Clone, Default)]
pub struct SharedClient(Arc<Mutex<Option<SecretServiceClient>>>);

type Access = KeyringAccess<SharedClient>;

impl Access {
    /// Runs `work` on the connection of this process. A connection that fails may have lost its bus since its last use,
    /// and is replaced once.
    fn call<T>(
        &self,
        work: impl Fn(&mut SecretServiceClient) -> std::result::Result<T, KeyringError>,
    ) -> std::result::Result<T, KeyringError> {
        let mut kept = self.connection.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = kept.take();
        loop {
            let is_used = used.is_some();
            let mut client = match used.take() {
                Some(client) => client.with_settings(self.settings),
                None => SecretServiceClient::connect(&self.bus, self.settings)?,
            };
            match work(&mut client) {
                Err(error) if is_used && matches!(error.kind, StoreErrorKind::NotFound | StoreErrorKind::Failed) => {}
                outcome => {
                    // A locked keyring stays locked after a dismissed prompt, which the client remembers.
                    if matches!(&outcome, Ok(_) | Err(KeyringError { kind: StoreErrorKind::Locked, .. })) {
                        *kept = Some(client);
                    }
                    return outcome;
                }
            }
        }
    }
}

/// Returns true if secrets pass the bus unencrypted.
pub fn is_unencrypted(connection: &SharedClient) -> bool {
    let kept = connection.0.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref().is_some_and(SecretServiceClient::is_unencrypted)
}

/// Makes the calls that precede the transfer of a secret, and unlocks the keyring.
pub fn prepare(access: &Access) -> Result<()> {
    Ok(access.call(SecretServiceClient::prepare)?)
}

/// Opens the store without a call to the service.
///
/// # Errors
/// None here; stores of other systems may not open.
pub fn open(access: &Access) -> Result<Arc<CredentialStore>> {
    Ok(Arc::new(SecretService(access.clone())))
}

/// Checks that a service responds, locked or not.
pub fn ping(access: &Access) -> Result<()> {
    Ok(access.call(SecretServiceClient::ping)?)
}

/// Lists the attributes of the items of `service`, locked or not, without reading a secret.
pub fn list(access: &Access, service: &str) -> Result<Vec<Attributes>> {
    let attributes = to_attributes(vec![("service", service)]);
    Ok(access.call(|client| client.list(&attributes))?)
}

/// Runs `work`, in which every step has a deadline.
pub fn within<T>(access: Access, work: impl FnOnce(&Access) -> Result<T>) -> Result<T> {
    work(&access)
}

/// Attributes that users find the item by, in Seahorse or with `secret-tool search`.
pub fn modifiers(item: &StoredItem) -> HashMap<&'static str, String> {
    HashMap::from([
        ("provider", item.provider.clone()),
        ("account", item.account.clone()),
        (LABEL, format!("{}: {} ({})", item.app, item.provider, item.account)),
    ])
}

/// Store on the connection of this process.
#[derive(Clone)]
struct SecretService(Access);

impl std::fmt::Debug for SecretService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretService({:?})", self.0.bus)
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
        let Self { identity, attributes, label, .. } = self;
        Ok(self.store.0.call(|client| client.write(identity, attributes, label, secret))?)
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        let secret = self.store.0.call(|client| client.read(&self.identity))?;
        let mut secret = secret.ok_or(Error::NoEntry)?;
        Ok(std::mem::take(&mut *secret))
    }

    fn delete_credential(&self) -> Result<()> {
        match self.store.0.call(|client| client.remove(&self.identity))? {
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
