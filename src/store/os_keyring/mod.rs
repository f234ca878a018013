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
use std::sync::{Arc, Mutex, PoisonError};

pub use self::options::{KeyringTimeouts, SessionBus};

use keyring_core::Entry;
use zeroize::Zeroize;

use self::error::KeyringError;
use super::backend::{Item, Store};
use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::SessionId;

#[cfg(any(target_os = "macos", windows))]
use self::native as platform;
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service::{self as platform, SecretServiceClient as PreparedConnection};

/// Nothing to prepare on these systems.
#[cfg(any(target_os = "macos", windows))]
type PreparedConnection = ();

#[derive(Clone)]
pub struct OsKeyring {
    timeouts: KeyringTimeouts,
    bus: SessionBus,
    /// Connection that [`Store::prepare_save`] leaves for the next save.
    prepared: Arc<Mutex<Option<PreparedConnection>>>,
}

impl OsKeyring {
    /// Keyring without a connection yet.
    pub fn new(timeouts: KeyringTimeouts, bus: SessionBus) -> Self {
        Self { timeouts, bus, prepared: Arc::default() }
    }

    /// Returns true if a keyring responds, even a locked one; false without a session bus, or if the bus has no keyring
    /// service and cannot start one.
    ///
    /// # Errors
    /// [`Error::Store`] if the keyring does not respond or fails.
    pub fn is_available(&self) -> Result<bool> {
        match platform::ping(self.timeouts, &self.bus).map_err(to_store_error) {
            Ok(()) | Err(Error::Store { kind: StoreErrorKind::Locked, .. }) => Ok(true),
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, Option<PreparedConnection>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_with(&self, prepared: Option<PreparedConnection>, item: &Item, secret: &Secret) -> Result<()> {
        let mut name = EntryName::new(&item.app, &item.id);
        name.modifiers = platform::modifiers(item);
        let secret = secret.clone();
        match self.with_entry(name, prepared, move |entry| entry.set_secret(secret.expose().as_bytes()))? {
            Some(()) => Ok(()),
            None => Err(Error::store(StoreErrorKind::Failed, "keyring lost the secret during the save")),
        }
    }

    /// Runs `work` on one entry over the prepared connection, if any, within the time limits of the platform store.
    fn with_entry<T: Send + 'static>(
        &self,
        name: EntryName,
        prepared: Option<PreparedConnection>,
        work: impl FnOnce(Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        name.reject_control_characters()?;
        let (timeouts, bus) = (self.timeouts, self.bus.clone());
        let result = platform::within(self.timeouts, move || {
            let store = platform::open(timeouts, &bus, prepared)?;
            let modifiers = name.modifiers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            work(store.build(&name.service, &name.user, Some(&modifiers))?)
        });
        match result {
            Ok(value) => Ok(Some(value)),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(to_store_error(error)),
        }
    }
}

impl std::fmt::Debug for OsKeyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OsKeyring({:?})", self.bus)
    }
}

impl Store for OsKeyring {
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.with_entry(EntryName::new(app, id), None, |entry| entry.get_secret())?.map(secret_from_bytes).transpose()
    }

    /// A keyring that responds is available; a caller that has just read from the keyring knows that it is unlocked
    /// too. The connection made here is reused by the next save.
    fn prepare_save(&self, _length: usize) -> Result<()> {
        let (timeouts, bus) = (self.timeouts, self.bus.clone());
        let prepared = platform::within(timeouts, move || platform::prepare(timeouts, &bus)).map_err(to_store_error)?;
        *self.prepared() = Some(prepared);
        Ok(())
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        let prepared = self.prepared().take();
        let may_be_stale = prepared.is_some();
        match self.save_with(prepared, item, secret) {
            Err(Error::Store { kind: StoreErrorKind::NotFound | StoreErrorKind::Failed, .. }) if may_be_stale => {
                self.save_with(None, item, secret)
            }
            outcome => outcome,
        }
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let (timeouts, bus, service) = (self.timeouts, self.bus.clone(), app.to_owned());
        let found = platform::within(self.timeouts, move || platform::list(timeouts, &bus, &service))
            .map_err(to_store_error)?;
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
        self.with_entry(EntryName::new(app, id), None, |entry| entry.delete_credential()).map(|_| ())
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
