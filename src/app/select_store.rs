//! Choice of the store for a new session: keyring or file.

use super::App;
use super::environment::prefix;
use crate::config::StoreChoice;
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::StoreKind;
use crate::store::ListedSession;

/// Maximum expected size of a session in bytes; checked before a browser opens.
const MAX_SESSION_SIZE: usize = 16 << 10;

/// Warning about a service without an encrypted session.
const UNENCRYPTED_KEYRING: &str =
    "the keyring does not encrypt tokens on the session bus, where other programs of your user may read them";

impl App {
    /// Returns the store for a new session. Warns once if files are used because no keyring was found, or if the keyring
    /// has no encryption on the session bus.
    ///
    /// # Errors
    /// [`Error::Store`] if the keyring hangs or fails, or is missing although it is required or was used before: a
    /// missing keyring never downgrades a program that had one.
    pub fn new_session_store(&self) -> Result<StoreKind> {
        let (store, warning) = self.select_store()?;
        if let Some(warning) = warning {
            self.store_warning.call_once(|| self.prompt.warn(&warning));
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
        if choice == StoreChoice::File {
            self.check_writable(StoreKind::File)?;
            return Ok((StoreKind::File, None));
        }
        if self.keyring.is_available()? {
            self.check_writable(StoreKind::Keyring)?;
            let warning = self.keyring.is_unencrypted().then(|| UNENCRYPTED_KEYRING.to_owned());
            return Ok((StoreKind::Keyring, warning));
        }
        if choice == StoreChoice::Keyring {
            return Err(Error::store(StoreErrorKind::NotFound, "the store is set to `keyring`"));
        }
        if self.sessions.has_used_keyring()? {
            return Err(Error::store(StoreErrorKind::NotFound, "sessions were stored in a keyring before"));
        }
        self.check_writable(StoreKind::File)?;
        Ok((StoreKind::File, self.no_keyring_warning()))
    }

    /// Warning about files in place of a keyring, with the way out; `None` if sessions are in files already, because the
    /// first one came with the warning.
    fn no_keyring_warning(&self) -> Option<String> {
        let is_in_file = |listed: &ListedSession| listed.info.store == StoreKind::File;
        if self.sessions.list().is_ok_and(|listing| listing.sessions.iter().any(is_in_file)) {
            return None;
        }
        let store = self.directories.data.join("secrets");
        Some(match self.keys.is_enabled() {
            true => format!("no keyring found; storing tokens in encrypted files: {}", store.display()),
            false => format!(
                "no keyring found; storing tokens in files only you can read: {}; to encrypt them, set \
                 {}_PASSPHRASE_FILE",
                store.display(),
                prefix(&self.name)
            ),
        })
    }

    /// Configured store: `--store`, `MYCLI_STORE`, the configuration.
    pub(super) fn store_preference(&self) -> Result<StoreChoice> {
        match (self.store_choice, self.variable("STORE")) {
            (Some(choice), _) => Ok(choice),
            (None, Some(text)) => {
                text.parse().map_err(|error: Error| Error::usage(format!("{}_STORE: {error}", prefix(&self.name))))
            }
            (None, None) => Ok(self.config()?.store.unwrap_or(StoreChoice::Auto)),
        }
    }

    /// Fails if `store` is not writable or, if encrypted, not unlocked.
    pub fn check_writable(&self, store: StoreKind) -> Result<()> {
        self.sessions.store(store).prepare_save(MAX_SESSION_SIZE)
    }
}
