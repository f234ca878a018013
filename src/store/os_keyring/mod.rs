//! The keyring of the operating system, as a [`Store`].
//!
//! Everything is said through `keyring-core`: on Linux and the BSDs to a store of our own (`secret_service`),
//! on macOS and Windows to the one that the `keyring` crate chooses. Every error keeps its class: locked, absent, hung
//! and failed are four different things, and none of them is "there is no such secret".

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
use crate::session::{SessionId, StoreKind};

#[cfg(any(target_os = "macos", windows))]
use self::native as platform;
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service as platform;

/// The keyring of the operating system.
#[derive(Clone)]
pub struct OsKeyring {
    timeouts: KeyringTimeouts,
    bus: SessionBus,
    /// What [`Store::ready`] leaves to the save that comes next.
    prepared: Arc<Mutex<Option<platform::PreparedConnection>>>,
}

impl OsKeyring {
    /// A keyring not yet spoken to.
    pub fn new(timeouts: KeyringTimeouts, bus: SessionBus) -> Self {
        Self { timeouts, bus, prepared: Arc::default() }
    }

    /// Whether there is a keyring at all: `true` where one answers, even a locked one; `false` where there is no session
    /// bus, or nothing on it that provides a keyring or could be started to.
    ///
    /// # Errors
    /// [`Error::Store`] where it is there and hangs or fails.
    pub fn is_available(&self) -> Result<bool> {
        match platform::ping(self.timeouts, &self.bus).map_err(to_store_error) {
            Ok(()) | Err(Error::Store { kind: StoreErrorKind::Locked, .. }) => Ok(true),
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, Option<platform::PreparedConnection>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_with(&self, prepared: Option<platform::PreparedConnection>, item: &Item, secret: &Secret) -> Result<()> {
        let mut name = EntryName::new(&item.app, &item.id);
        name.modifiers = platform::modifiers(item);
        let secret = secret.clone();
        match self.with_entry(name, prepared, move |entry| entry.set_secret(secret.expose().as_bytes()))? {
            Some(()) => Ok(()),
            None => Err(Error::store(StoreErrorKind::Failed, "the keyring lost the secret while it was stored")),
        }
    }

    /// Works on one entry, going on with what has `begun`, within the limits of the system's own store.
    fn with_entry<T: Send + 'static>(
        &self,
        name: EntryName,
        prepared: Option<platform::PreparedConnection>,
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
        write!(f, "Keyring({:?})", self.bus)
    }
}

impl Store for OsKeyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.with_entry(EntryName::new(app, id), None, |entry| entry.get_secret())?.map(secret_from_bytes).transpose()
    }

    /// A keyring that answers is one; who has just read from it knows that it is unlocked too. What was said to it so far
    /// need not be said when there is a secret to save.
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
        // Parts of a value that was split have names of their own, and others may use the name of this program.
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

/// What an entry is called.
struct EntryName {
    service: String,
    user: String,
    modifiers: HashMap<&'static str, String>,
}

impl EntryName {
    fn new(app: &str, id: &SessionId) -> Self {
        Self { service: app.to_owned(), user: id.as_str().to_owned(), modifiers: HashMap::new() }
    }

    /// A session bus ends the connection at a NUL, Windows cuts the name there, and other control characters would
    /// reach terminals through the tools that list a keyring.
    fn reject_control_characters(&self) -> Result<()> {
        let mut values = [&self.service, &self.user].into_iter().chain(self.modifiers.values());
        match values.any(|value| value.chars().any(char::is_control)) {
            true => Err(Error::store(
                StoreErrorKind::Failed,
                "a name with a control character cannot be kept in the keyring",
            )),
            false => Ok(()),
        }
    }
}

/// The class is read from the error's type, never from its text: that comes in the language of the desktop.
fn to_store_error(error: keyring_core::Error) -> Error {
    use keyring_core::Error::{NoDefaultStore, NoStorageAccess, PlatformFailure};
    let keyring_error = match &error {
        PlatformFailure(source) | NoStorageAccess(source) => source.downcast_ref::<KeyringError>(),
        _ => None,
    };
    match (keyring_error, &error) {
        (Some(keyring_error), _) => Error::store(keyring_error.kind, &keyring_error.message),
        (None, NoStorageAccess(_)) => Error::store(StoreErrorKind::Locked, sanitize_untrusted(&error.to_string())),
        (None, NoDefaultStore) => Error::store(StoreErrorKind::NotFound, "there is no keyring"),
        (None, _) => Error::store(StoreErrorKind::Failed, sanitize_untrusted(&error.to_string())),
    }
}

fn secret_from_bytes(bytes: Vec<u8>) -> Result<Secret> {
    String::from_utf8(bytes).map(Secret::new).map_err(|error| {
        error.into_bytes().zeroize();
        Error::store(StoreErrorKind::Failed, "what the keyring keeps is not text")
    })
}
