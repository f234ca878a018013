//! OS keyring as a [`Store`].
//!
//! All calls go through `keyring-core`: on Linux and the BSDs to the store in `secret_service`, on macOS and Windows to
//! the store that the `keyring` crate selects. Errors keep their kind: locked, missing, unresponsive and failing are
//! four different errors, and none of them means "no such secret".

#[cfg(any(target_os = "macos", windows, test))]
mod chunked;
mod error;
#[cfg(any(target_os = "macos", windows))]
mod native;
mod options;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

pub use self::options::{KeyringSettings, KeyringTimeouts, SessionBus};

use keyring_core::Entry;
use zeroize::Zeroize;

use self::error::KeyringError;
use self::options::KeyringAccess;
use super::backend::{Item, Store};
use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::SessionId;

#[cfg(any(target_os = "macos", windows))]
use self::native::{self as platform, NoConnection as Connection};
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service::{self as platform, SharedClient as Connection};

/// OS keyring; clones share settings and connection.
#[derive(Clone)]
pub struct OsKeyring {
    settings: Arc<RwLock<KeyringSettings>>,
    bus: SessionBus,
    /// One connection for the whole process: a service may ask the user once for each connection.
    connection: Connection,
}

impl OsKeyring {
    /// Keyring without a connection yet.
    pub fn new(settings: impl Into<KeyringSettings>, bus: SessionBus) -> Self {
        Self { settings: Arc::new(RwLock::new(settings.into())), bus, connection: Connection::default() }
    }

    /// Changes the settings of this keyring and its clones, for the calls from now on.
    pub fn configure(&self, change: impl FnOnce(&mut KeyringSettings)) {
        change(&mut self.settings.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns true if a keyring responds, even a locked one; false without a session bus, or if the bus has no keyring
    /// service and cannot start one.
    ///
    /// # Errors
    /// [`Error::Store`] if the keyring does not respond or fails.
    pub fn is_available(&self) -> Result<bool> {
        match self.within(platform::ping) {
            Ok(()) | Err(Error::Store { kind: StoreErrorKind::Locked, .. }) => Ok(true),
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns true if secrets pass the session bus unencrypted, as far as the calls so far have shown.
    pub fn is_unencrypted(&self) -> bool {
        platform::is_unencrypted(&self.connection)
    }

    fn settings(&self) -> KeyringSettings {
        *self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` within the time limits of the platform store.
    fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KeyringAccess<Connection>) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (bus, connection) = (self.bus.clone(), self.connection.clone());
        let access = KeyringAccess { settings: self.settings(), bus, connection };
        platform::within(access, work).map_err(to_store_error)
    }

    /// Runs `work` on one entry.
    fn with_entry<T: Send + 'static>(
        &self,
        name: EntryName,
        work: impl FnOnce(Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        name.reject_control_characters()?;
        self.within(move |access| {
            let store = platform::open(access)?;
            let modifiers = name.modifiers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            match work(store.build(&name.service, &name.user, Some(&modifiers))?) {
                Ok(value) => Ok(Some(value)),
                Err(keyring_core::Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

impl std::fmt::Debug for OsKeyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OsKeyring({:?})", self.bus)
    }
}

impl Store for OsKeyring {
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.with_entry(EntryName::new(app, id), |entry| entry.get_secret())?.map(secret_from_bytes).transpose()
    }

    /// Opens everything that a save needs, with a prompt if the keyring is locked. The save reuses the connection.
    fn prepare_save(&self, _length: usize) -> Result<()> {
        self.within(platform::prepare)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        let mut name = EntryName::new(&item.app, &item.id);
        name.modifiers = platform::modifiers(item);
        let secret = secret.clone();
        match self.with_entry(name, move |entry| entry.set_secret(secret.expose().as_bytes()))? {
            Some(()) => Ok(()),
            None => Err(Error::store(StoreErrorKind::Failed, "keyring lost the secret during the save")),
        }
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let service = app.to_owned();
        let found = self.within(move |access| platform::list(access, &service))?;
        // Skips the parts of a chunked value, which have other names, and items that other programs stored under this
        // name.
        let item = |mut attributes: HashMap<String, String>| {
            let mut text = |name: &str| attributes.remove(name).unwrap_or_else(|| "unknown".to_owned());
            let (provider, account) = (text("provider"), text("account"));
            Some(Item { app: app.to_owned(), id: SessionId::try_from(text("username")).ok()?, provider, account })
        };
        Ok(found.into_iter().filter_map(item).collect())
    }

    fn remove(&self, app: &str, id: &SessionId) -> Result<()> {
        self.with_entry(EntryName::new(app, id), |entry| entry.delete_credential()).map(|_| ())
    }
}

struct EntryName {
    service: String,
    user: String,
    modifiers: HashMap<&'static str, String>,
}

impl EntryName {
    fn new(app: &str, id: &SessionId) -> Self {
        Self { service: app.to_owned(), user: id.as_str().to_owned(), modifiers: HashMap::new() }
    }

    /// The session bus closes the connection at a NUL, Windows cuts the name there, and other control characters would
    /// reach terminals through tools that list a keyring.
    fn reject_control_characters(&self) -> Result<()> {
        let mut values = [&self.service, &self.user].into_iter().chain(self.modifiers.values());
        match values.any(|value| value.chars().any(char::is_control)) {
            true => Err(Error::store(StoreErrorKind::Failed, "keyring does not accept names with control characters")),
            false => Ok(()),
        }
    }
}

/// Maps an error by its type, never by its text, which is in the language of the desktop.
fn to_store_error(error: keyring_core::Error) -> Error {
    use keyring_core::Error::{NoDefaultStore, NoStorageAccess, PlatformFailure};
    let keyring_error = match &error {
        PlatformFailure(source) | NoStorageAccess(source) => source.downcast_ref::<KeyringError>(),
        _ => None,
    };
    match (keyring_error, &error) {
        (Some(keyring_error), _) => Error::store(keyring_error.kind, &keyring_error.message),
        (None, NoStorageAccess(_)) => Error::store(StoreErrorKind::Locked, sanitize_untrusted(&error.to_string())),
        (None, NoDefaultStore) => Error::store(StoreErrorKind::NotFound, "the operating system has no default store"),
        (None, _) => Error::store(StoreErrorKind::Failed, sanitize_untrusted(&error.to_string())),
    }
}

fn secret_from_bytes(bytes: Vec<u8>) -> Result<Secret> {
    String::from_utf8(bytes).map(Secret::new).map_err(|error| {
        error.into_bytes().zeroize();
        Error::store(StoreErrorKind::Failed, "the stored secret is not UTF-8 text")
    })
}
