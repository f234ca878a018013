//! Choice of the store for a new session: keyring or file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::environment::{Environment, prefix};
use super::{App, Directories, app_variable};
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::StoreKind;
use crate::store::os_keyring::{KeyringTimeouts, OsKeyring, SessionBus};
use crate::store::{EncryptionKeys, FileStore, KeyFileVariable, Recovery, SessionStore, StoreDirectories};

/// Timeout of one request to the credential store.
const STORE_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit for the user to unlock the keyring.
const UNLOCK_TIMEOUT: Duration = Duration::from_secs(120);

/// Maximum expected size of a session in bytes; checked before a browser opens.
const MAX_SESSION_SIZE: usize = 16 << 10;

/// Configured store for new sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreChoice {
    /// Keyring, or files if there is no keyring at all.
    Auto,
    /// Keyring only.
    Keyring,
    /// Files.
    File,
}

impl From<StoreKind> for StoreChoice {
    fn from(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Keyring => Self::Keyring,
            StoreKind::File => Self::File,
        }
    }
}

impl std::str::FromStr for StoreChoice {
    type Err = Error;

    fn from_str(shell_quote: &str) -> Result<Self> {
        match shell_quote {
            "auto" => Ok(Self::Auto),
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            other => Err(Error::usage(format!(
                "unknown store `{}`; expected auto, keyring or file",
                crate::sanitize::sanitize_untrusted(other)
            ))),
        }
    }
}

impl App {
    /// Returns the store for a new session. Warns once if files are used because no keyring was found.
    ///
    /// # Errors
    /// [`Error::Store`] if the keyring hangs or fails, or is missing although it is required or was used before: a
    /// missing keyring never downgrades a program that had one.
    pub fn new_session_store(&self) -> Result<StoreKind> {
        let (store, warning) = self.select_store()?;
        if let Some(warning) = warning {
            self.file_store_warning.call_once(|| self.prompt.warn(&warning));
        }
        Ok(store)
    }

    /// Fails if a new session could not be stored, before the user is asked for anything.
    ///
    /// # Errors
    /// As [`App::new_session_store`].
    pub fn check_new_session_store(&self) -> Result<()> {
        self.select_store().map(drop)
    }

    /// Like [`App::new_session_store`], but returns the warning instead of printing it.
    ///
    /// # Errors
    /// As [`App::new_session_store`].
    pub fn select_store(&self) -> Result<(StoreKind, Option<String>)> {
        let choice = self.store_preference()?;
        match choice {
            StoreChoice::File => return Ok((self.ready_file_store()?, None)),
            StoreChoice::Keyring | StoreChoice::Auto => {}
        }
        if os_keyring(&self.environment).is_available()? {
            return Ok((StoreKind::Keyring, None));
        }
        if choice == StoreChoice::Keyring {
            return Err(Error::store(StoreErrorKind::NotFound, "the store is set to `keyring`"));
        }
        if self.sessions.has_used_keyring()? {
            return Err(Error::store(StoreErrorKind::NotFound, "sessions were stored in a keyring before"));
        }
        let kind = self.ready_file_store()?;
        let files = if self.keys.is_enabled() { "encrypted files" } else { "files only you can read" };
        let store = self.directories.data.join("secrets");
        let warning = format!("no keyring found; storing tokens in {files}: {}", store.display());
        Ok((kind, Some(warning)))
    }

    /// Configured store: `--store`, `MYCLI_STORE`, the configuration.
    pub(super) fn store_preference(&self) -> Result<StoreChoice> {
        match (self.store_choice, self.variable("STORE")) {
            (Some(choice), _) => Ok(choice),
            (None, Some(shell_quote)) => shell_quote
                .parse()
                .map_err(|error: Error| Error::usage(format!("{}_STORE: {error}", prefix(&self.name)))),
            (None, None) => Ok(self.config()?.store.map_or(StoreChoice::Auto, StoreChoice::from)),
        }
    }

    /// Returns the file store if it is writable and, if encrypted, unlocked.
    fn ready_file_store(&self) -> Result<StoreKind> {
        self.check_writable(StoreKind::File).map(|()| StoreKind::File)
    }

    /// Fails if `store` is not writable.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn check_writable(&self, store: StoreKind) -> Result<()> {
        self.sessions.store(store).prepare_save(MAX_SESSION_SIZE)
    }
}

/// Session store with the keyring and files of this machine.
pub(super) fn sessions(
    name: &str,
    environment: &Environment,
    directories: &Directories,
    keys: &Arc<EncryptionKeys>,
) -> SessionStore {
    let store_directories = StoreDirectories { state: directories.state.clone(), data: directories.data.clone() };
    let file = FileStore::encrypted(directories.data.clone(), Arc::clone(keys));
    let aside = |directory: PathBuf| FileStore::recovery(directory, Arc::clone(keys));
    let runtime = environment.variable("XDG_RUNTIME_DIR").map(Path::new).filter(|directory| directory.is_absolute());
    let recovery = Recovery {
        persistent: Some(aside(directories.data.clone())),
        in_memory: runtime.map(|directory| aside(directory.join(name))),
    };
    SessionStore::new(name.to_owned(), store_directories, Box::new(os_keyring(environment)), Box::new(file))
        .with_recovery(recovery)
}

/// Encryption keys of the file store.
pub(super) fn keys(name: &str, environment: &Environment, directories: &Directories) -> EncryptionKeys {
    let [identity, passphrase] = ["IDENTITY_FILE", "PASSPHRASE_FILE"].map(|suffix| KeyFileVariable {
        name: format!("{}_{suffix}", prefix(name)),
        file: app_variable(name, environment, suffix).map(PathBuf::from),
    });
    EncryptionKeys::new(&directories.data, identity, passphrase)
}

fn os_keyring(environment: &Environment) -> OsKeyring {
    let prompt = if environment.no_input { Duration::ZERO } else { UNLOCK_TIMEOUT };
    let deadlines = KeyringTimeouts { step: STORE_TIMEOUT, prompt };
    let bus = SessionBus {
        address: environment.variable("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned),
        runtime_dir: environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from),
    };
    OsKeyring::new(deadlines, bus)
}
