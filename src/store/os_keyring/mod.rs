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
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyring_core::Entry;
use zeroize::Zeroize;

use self::error::KeyringError;
use super::{Item, Store};
use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};

#[cfg(any(target_os = "macos", windows))]
use self::native as system;
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service as system;

/// How long the keyring may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringTimeouts {
    /// For each question that a program answers.
    pub step: Duration,
    /// For each question that a person answers, such as the password that unlocks the keyring. Zero: nobody is asked,
    /// and a locked keyring is an error at once.
    pub prompt: Duration,
}

impl Default for KeyringTimeouts {
    /// Ten seconds and two minutes: a keyring answers in milliseconds, or within seconds while a desktop starts; a
    /// person has to notice the window first.
    fn default() -> Self {
        Self { step: Duration::from_secs(10), prompt: Duration::from_secs(120) }
    }
}

/// Where the session bus is, as the environment says. Only Linux and the BSDs look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionBus {
    /// `DBUS_SESSION_BUS_ADDRESS`.
    pub address: Option<String>,
    /// `XDG_RUNTIME_DIR`; its `bus` is where the session bus is where there is no address.
    pub runtime_dir: Option<PathBuf>,
}

/// The keyring of the operating system.
#[derive(Clone)]
pub struct OsKeyring {
    deadlines: KeyringTimeouts,
    bus: SessionBus,
    /// What [`Store::ready`] leaves to the save that comes next.
    begun: Arc<Mutex<Option<system::ReadyKeyring>>>,
}

impl OsKeyring {
    /// A keyring not yet spoken to.
    pub fn new(deadlines: KeyringTimeouts, bus: SessionBus) -> Self {
        Self { deadlines, bus, begun: Arc::default() }
    }

    /// Whether there is a keyring at all: `true` where one answers, even a locked one; `false` where there is no session
    /// bus, or nothing on it that provides a keyring or could be started to.
    ///
    /// # Errors
    /// [`Error::Store`] where it is there and hangs or fails.
    pub fn present(&self) -> Result<bool> {
        match system::greet(self.deadlines, &self.bus).map_err(trouble) {
            Ok(()) | Err(Error::Store { kind: StoreErrorKind::Locked, .. }) => Ok(true),
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Option<system::ReadyKeyring>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_in(&self, begun: Option<system::ReadyKeyring>, item: &Item, secret: &Secret) -> Result<()> {
        let mut place = ItemLocation::of(&item.app, &item.id);
        place.modifiers = system::modifiers(item);
        let secret = secret.clone();
        match self.on_entry(place, begun, move |entry| entry.set_secret(secret.expose().as_bytes()))? {
            Some(()) => Ok(()),
            None => Err(Error::store(StoreErrorKind::Failed, "the keyring lost the secret while it was stored")),
        }
    }

    /// Works on one entry, going on with what has `begun`, within the limits of the system's own store.
    fn on_entry<T: Send + 'static>(
        &self,
        place: ItemLocation,
        begun: Option<system::ReadyKeyring>,
        work: impl FnOnce(Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        place.check()?;
        let (deadlines, bus) = (self.deadlines, self.bus.clone());
        let answer = system::within(self.deadlines, move || {
            let store = system::open(deadlines, &bus, begun)?;
            let modifiers = place.modifiers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            work(store.build(&place.service, &place.user, Some(&modifiers))?)
        });
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(trouble(error)),
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
        self.on_entry(ItemLocation::of(app, id), None, |entry| entry.get_secret())?.map(text).transpose()
    }

    /// A keyring that answers is one; who has just read from it knows that it is unlocked too. What was said to it so far
    /// need not be said when there is a secret to save.
    fn ready(&self, _length: usize) -> Result<()> {
        let (deadlines, bus) = (self.deadlines, self.bus.clone());
        let begun = system::within(deadlines, move || system::begin(deadlines, &bus)).map_err(trouble)?;
        *self.begun() = Some(begun);
        Ok(())
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        let begun = self.begun().take();
        let may_be_over = begun.is_some();
        match self.save_in(begun, item, secret) {
            Err(Error::Store { kind: StoreErrorKind::NotFound | StoreErrorKind::Failed, .. }) if may_be_over => {
                self.save_in(None, item, secret)
            }
            outcome => outcome,
        }
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let (deadlines, bus, service) = (self.deadlines, self.bus.clone(), app.to_owned());
        let found = system::within(self.deadlines, move || system::list(deadlines, &bus, &service)).map_err(trouble)?;
        // Parts of a value that was split have names of their own, and others may use the name of this program.
        let item = |mut attributes: HashMap<String, String>| {
            let mut text = |name: &str| attributes.remove(name).unwrap_or_else(|| "unknown".to_owned());
            let (provider, account) = (text("provider"), text("account"));
            Some(Item { app: app.to_owned(), id: SessionId::try_from(text("username")).ok()?, provider, account })
        };
        Ok(found.into_iter().filter_map(item).collect())
    }

    fn remove(&self, app: &str, id: &SessionId) -> Result<()> {
        self.on_entry(ItemLocation::of(app, id), None, |entry| entry.delete_credential()).map(|_| ())
    }
}

/// What an entry is called.
struct ItemLocation {
    service: String,
    user: String,
    modifiers: HashMap<&'static str, String>,
}

impl ItemLocation {
    fn of(app: &str, id: &SessionId) -> Self {
        Self { service: app.to_owned(), user: id.as_str().to_owned(), modifiers: HashMap::new() }
    }

    /// A session bus ends the connection at a NUL, Windows cuts the name there, and other control characters would
    /// reach terminals through the tools that list a keyring.
    fn check(&self) -> Result<()> {
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
fn trouble(error: keyring_core::Error) -> Error {
    use keyring_core::Error::{NoDefaultStore, NoStorageAccess, PlatformFailure};
    let fault = match &error {
        PlatformFailure(source) | NoStorageAccess(source) => source.downcast_ref::<KeyringError>(),
        _ => None,
    };
    match (fault, &error) {
        (Some(fault), _) => Error::store(fault.trouble, &fault.message),
        (None, NoStorageAccess(_)) => Error::store(StoreErrorKind::Locked, sanitize_untrusted(&error.to_string())),
        (None, NoDefaultStore) => Error::store(StoreErrorKind::NotFound, "there is no keyring"),
        (None, _) => Error::store(StoreErrorKind::Failed, sanitize_untrusted(&error.to_string())),
    }
}

fn text(bytes: Vec<u8>) -> Result<Secret> {
    String::from_utf8(bytes).map(Secret::new).map_err(|error| {
        error.into_bytes().zeroize();
        Error::store(StoreErrorKind::Failed, "what the keyring keeps is not text")
    })
}
