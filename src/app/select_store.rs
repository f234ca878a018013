//! Choice of the store for a new session: keyring or file.

use super::App;
use super::environment::prefix;
use super::stores::{StoreChoice, os_keyring};
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::StoreKind;

/// Maximum expected size of a session in bytes; checked before a browser opens.
const MAX_SESSION_SIZE: usize = 16 << 10;

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
    pub fn check_new_session_store(&self) -> Result<()> {
        self.select_store().map(drop)
    }

    /// Like [`App::new_session_store`], but returns the warning instead of printing it.
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
    pub fn check_writable(&self, store: StoreKind) -> Result<()> {
        self.sessions.store(store).prepare_save(MAX_SESSION_SIZE)
    }
}
