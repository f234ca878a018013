//! Stores of the program: their directories, keys and keyring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::environment::{Environment, prefix};
use super::interruption;
use crate::error::{Error, Remedy, Result};
use crate::store::os_keyring::{KeyringSettings, KeyringTimeouts, OsKeyring, SessionBus};
use crate::store::{EncryptionKeys, FileStore, KeyFileVariable, LockWaits, Recovery, SessionStore, StoreDirectories};

/// Directories of the program's files.
#[derive(Debug, Clone)]
pub struct Directories {
    /// Directory of `config.toml`.
    pub config: PathBuf,
    /// State without secrets.
    pub state: PathBuf,
    /// File store.
    pub data: PathBuf,
    /// Cached provider metadata and keys.
    pub cache: PathBuf,
}

impl Directories {
    /// Directories of a user without a home: nothing is there.
    pub(super) fn nowhere() -> Self {
        let nowhere = Path::new("/nonexistent");
        let [config, state, data, cache] = ["config", "state", "data", "cache"].map(|part| nowhere.join(part));
        Self { config, state, data, cache }
    }
}

pub(super) fn directories(name: &str, environment: &Environment) -> Result<Directories> {
    // The `directories` crate accepts a relative HOME, which would scatter files over working directories.
    if environment.variable("HOME").is_some_and(|home| cfg!(unix) && !Path::new(home).is_absolute()) {
        return Err(Error::other_with(Remedy::Home, "HOME is not an absolute path"));
    }
    let unknown = || Error::other_with(Remedy::Home, "home directory unknown; set HOME");
    let found = directories::ProjectDirs::from("", "", name).ok_or_else(unknown)?;
    Ok(Directories {
        config: found.config_dir().to_owned(),
        state: found.state_dir().unwrap_or(found.data_local_dir()).to_owned(),
        data: found.data_local_dir().to_owned(),
        cache: found.cache_dir().to_owned(),
    })
}

/// Parts that all session stores of a process share.
pub(super) struct StoreParts<'a> {
    pub keys: &'a Arc<EncryptionKeys>,
    pub keyring: &'a OsKeyring,
    pub waits: &'a LockWaits,
}

/// Waits for other processes, which signals end.
pub(super) fn lock_waits() -> LockWaits {
    LockWaits::interruptible(interruption::signal)
}

/// Session store with the keyring and files of this machine.
pub(super) fn sessions(
    name: &str,
    environment: &Environment,
    directories: &Directories,
    parts: &StoreParts<'_>,
) -> SessionStore {
    let StoreParts { keys, keyring, waits } = *parts;
    let store_directories = StoreDirectories { state: directories.state.clone(), data: directories.data.clone() };
    let file = FileStore::new(directories.data.clone(), Arc::clone(keys)).with_lock_waits(waits.clone());
    // After a signal a recovery file is the last place for tokens.
    let aside =
        |directory: PathBuf| FileStore::recovery(directory, Arc::clone(keys)).with_lock_waits(waits.uninterrupted());
    let runtime = environment.variable("XDG_RUNTIME_DIR").map(Path::new).filter(|directory| directory.is_absolute());
    let recovery = Recovery {
        persistent: Some(aside(directories.data.clone())),
        in_memory: runtime.map(|directory| aside(directory.join(name))),
    };
    SessionStore::new(name.to_owned(), store_directories, Box::new(keyring.clone()), Box::new(file))
        .with_recovery(recovery)
        .with_lock_waits(waits.clone())
}

/// Encryption keys of the file store.
pub(super) fn keys(name: &str, environment: &Environment, directories: &Directories) -> EncryptionKeys {
    let [identity, passphrase] = ["IDENTITY_FILE", "PASSPHRASE_FILE"].map(|suffix| KeyFileVariable {
        name: format!("{}_{suffix}", prefix(name)),
        file: environment.app_variable(name, suffix).map(PathBuf::from),
    });
    EncryptionKeys::new(&directories.data, identity, passphrase)
}

/// Keyring of this machine, with one connection for the whole process.
pub(super) fn os_keyring(environment: &Environment) -> OsKeyring {
    let bus = SessionBus {
        address: environment.variable("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned),
        runtime_dir: environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from),
    };
    let settings = KeyringSettings {
        interrupted: interruption::is_interrupted,
        ..keyring_timeouts(environment, None, None).into()
    };
    OsKeyring::new(settings, bus)
}

/// Time limits of the keyring: the configured ones, else the defaults. Without input there are no prompts.
pub(super) fn keyring_timeouts(
    environment: &Environment,
    store: Option<Duration>,
    unlock: Option<Duration>,
) -> KeyringTimeouts {
    let default = KeyringTimeouts::default();
    let prompt = if environment.no_input { Duration::ZERO } else { unlock.unwrap_or(default.prompt) };
    KeyringTimeouts { step: store.unwrap_or(default.step), prompt }
}
