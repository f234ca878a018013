//! Where secrets are kept: which store is chosen, and the secrets that are no sessions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::environment::{Environment, prefix};
use super::{App, Directories, own_variable};
use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};
use crate::store::os_keyring::{KeyringTimeouts, OsKeyring, SessionBus};
use crate::store::{EncryptionKeys, FileStore, Item, KeyFileVariable, Recovery, SessionStore, StoreDirectories};

/// How long a step of the conversation with the credential store may take.
const STORE_LIMIT: Duration = Duration::from_secs(10);

/// How long a person may take to unlock the keyring.
const UNLOCK_LIMIT: Duration = Duration::from_secs(120);

/// The largest session a sign-in is expected to keep, in bytes; checked before a browser opens.
const SESSION_ROOM: usize = 16 << 10;

/// Where new sessions shall go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// The keyring; a file where there is no keyring at all.
    Auto,
    /// The keyring or nothing.
    Keyring,
    /// A file.
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

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            other => Err(Error::usage(format!(
                "`{}` is no store: auto, keyring or file",
                crate::sanitize::sanitize_untrusted(other)
            ))),
        }
    }
}

impl App {
    /// Where a new session is kept, said aloud, once, where that is only a file.
    ///
    /// # Errors
    /// [`Error::Store`] where the keyring hangs or fails, and where it is absent although it is demanded or was used
    /// before: an absent keyring never downgrades a program that had one.
    pub fn place(&self) -> Result<StoreKind> {
        let (place, warning) = self.place_found()?;
        if let Some(warning) = warning {
            self.warned_of_place.call_once(|| self.prompt.warn(&warning));
        }
        Ok(place)
    }

    /// Fails where nothing new could be kept, before a person is asked for anything that would come to nothing then.
    ///
    /// # Errors
    /// As [`App::place`].
    pub fn check_new_place(&self) -> Result<()> {
        self.place_found().map(drop)
    }

    /// As [`App::place`]; what is to be said of it is not said, but returned.
    ///
    /// # Errors
    /// As [`App::place`].
    pub fn place_found(&self) -> Result<(StoreKind, Option<String>)> {
        let choice = self.choice_of_store()?;
        match choice {
            StoreChoice::File => return Ok((self.file_place()?, None)),
            StoreChoice::Keyring | StoreChoice::Auto => {}
        }
        if keyring_of(&self.environment).is_available()? {
            return Ok((StoreKind::Keyring, None));
        }
        if choice == StoreChoice::Keyring {
            return Err(Error::store(StoreErrorKind::NotFound, "nothing answers, and only a keyring was asked for"));
        }
        if self.sessions.has_used_keyring()? {
            return Err(Error::store(StoreErrorKind::NotFound, "nothing answers, though it kept sessions before"));
        }
        let kind = self.file_place()?;
        let files = if self.keys.is_enabled() { "encrypted files" } else { "files that only you can read" };
        let place = self.directories.data.join("secrets");
        let warning = format!("no keyring on this machine: the tokens are kept in {files}, in {}", place.display());
        Ok((kind, Some(warning)))
    }

    /// Which store new sessions shall go to: `--store`, `MYCLI_STORE`, the configuration.
    pub(super) fn choice_of_store(&self) -> Result<StoreChoice> {
        match (self.store_choice, self.variable("STORE")) {
            (Some(choice), _) => Ok(choice),
            (None, Some(word)) => {
                word.parse().map_err(|error: Error| Error::usage(format!("{}_STORE: {error}", prefix(&self.name))))
            }
            (None, None) => Ok(self.config()?.store.map_or(StoreChoice::Auto, StoreChoice::from)),
        }
    }

    /// The file store, if it can be written, and opened where it is encrypted.
    fn file_place(&self) -> Result<StoreKind> {
        self.check_place(StoreKind::File).map(|()| StoreKind::File)
    }

    /// Fails where nothing could be kept in the store `place`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn check_place(&self, place: StoreKind) -> Result<()> {
        self.sessions.store(place).prepare_save(SESSION_ROOM)
    }

    /// What a provider's client secret is stored as; it belongs to that client id and to no other.
    pub fn client_secret_id(&self, provider: &str, client_id: &str) -> SessionId {
        SessionId::for_secret(&self.name, "client-secret", &format!("{provider} {client_id}"))
    }

    /// The secret stored for a name that is no session, such as the client secret of a provider.
    ///
    /// # Errors
    /// [`Error::Store`] where the store fails; an absent keyring holds nothing, and one that fails is nothing to a
    /// person who chose the file.
    pub fn named_secret(&self, id: &SessionId) -> Result<Option<Secret>> {
        if let Some(secret) = self.sessions.store(StoreKind::File).load(&self.name, id)? {
            return Ok(Some(secret));
        }
        match self.sessions.store(StoreKind::Keyring).load(&self.name, id) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(None),
            Err(Error::Store { .. }) if self.choice_of_store()? == StoreChoice::File => Ok(None),
            found => found,
        }
    }

    /// Keeps such a secret where new ones go.
    ///
    /// # Errors
    /// As [`App::place`].
    pub fn keep_named_secret(&self, item: &Item, secret: &Secret) -> Result<()> {
        let place = self.place()?;
        self.sessions.store(place).save(item, secret)?;
        match place {
            // An older one in a file would go before it.
            StoreKind::Keyring => self.sessions.store(StoreKind::File).remove(&item.app, &item.id),
            StoreKind::File => Ok(()),
        }
    }

    /// Removes such a secret from wherever it is.
    ///
    /// # Errors
    /// As [`App::named_secret`].
    pub fn forget_named_secret(&self, id: &SessionId) -> Result<()> {
        self.sessions.store(StoreKind::File).remove(&self.name, id)?;
        match self.sessions.store(StoreKind::Keyring).remove(&self.name, id) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(()),
            outcome => outcome,
        }
    }
}

/// The sessions, in the stores of this machine.
pub(super) fn sessions(
    name: &str,
    environment: &Environment,
    directories: &Directories,
    keys: &Arc<EncryptionKeys>,
) -> SessionStore {
    let places = StoreDirectories { state: directories.state.clone(), data: directories.data.clone() };
    let file = FileStore::encrypted(directories.data.clone(), Arc::clone(keys));
    let aside = |directory: PathBuf| FileStore::recovery(directory, Arc::clone(keys));
    let runtime = environment.variable("XDG_RUNTIME_DIR").map(Path::new).filter(|directory| directory.is_absolute());
    let recovery = Recovery {
        persistent: Some(aside(directories.data.clone())),
        in_memory: runtime.map(|directory| aside(directory.join(name))),
    };
    SessionStore::new(name.to_owned(), places, Box::new(keyring_of(environment)), Box::new(file))
        .with_recovery(recovery)
}

/// What the file store is encrypted with.
pub(super) fn keys(name: &str, environment: &Environment, directories: &Directories) -> EncryptionKeys {
    let [identity, passphrase] = ["IDENTITY_FILE", "PASSPHRASE_FILE"].map(|suffix| KeyFileVariable {
        name: format!("{}_{suffix}", prefix(name)),
        file: own_variable(name, environment, suffix).map(PathBuf::from),
    });
    EncryptionKeys::new(&directories.data, identity, passphrase)
}

fn keyring_of(environment: &Environment) -> OsKeyring {
    let prompt = if environment.no_input { Duration::ZERO } else { UNLOCK_LIMIT };
    let deadlines = KeyringTimeouts { step: STORE_LIMIT, prompt };
    let bus = SessionBus {
        address: environment.variable("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned),
        runtime_dir: environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from),
    };
    OsKeyring::new(deadlines, bus)
}
