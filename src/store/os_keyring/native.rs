//! Keyrings of macOS and Windows, through the `keyring` crate.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use keyring_core::{CredentialStore, Error, Result};

use super::chunked::ChunkedStore;
use super::error::KeyringError;
use super::options::KeyringAccess;
use crate::error::StoreErrorKind;
use crate::sanitize::sanitize_untrusted;
use crate::store::backend::Item;

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE` of Windows, in bytes; a session never reaches the limit of the macOS keychain.
const MAX_BLOB_BYTES: usize = 2560;

/// Nothing to keep between calls on these systems.
#[derive(Clone, Default)]
pub struct NoConnection;

type Access = KeyringAccess<NoConnection>;

/// Checks that the store opens; these systems need no preparation.
pub use self::ping as prepare;

/// False: secrets pass no bus.
pub fn is_unencrypted(_: &NoConnection) -> bool {
    false
}

/// Opens the store of the operating system.
pub fn open(_: &Access) -> Result<Arc<CredentialStore>> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(KeyringError::new(StoreErrorKind::Failed, sanitize_untrusted(&error.to_string())).into());
    }
    let store = keyring_core::get_default_store().ok_or(Error::NoDefaultStore)?;
    if !cfg!(windows) {
        return Ok(store);
    }
    // The default persistence of Windows copies the secret to every machine of the domain.
    let modifiers = HashMap::from([("persistence", "Local")]);
    Ok(Arc::new(ChunkedStore { store, limit: MAX_BLOB_BYTES, modifiers }))
}

/// Checks that the store opens.
pub fn ping(access: &Access) -> Result<()> {
    open(access).map(drop)
}

/// Lists the attributes of the items of `service` as far as the system reports them; `username` is the key.
pub fn list(access: &Access, service: &str) -> Result<Vec<HashMap<String, String>>> {
    let entries = match open(access)?.search(&HashMap::from([("service", service)])) {
        Ok(entries) => entries,
        // Then only the items in the state files are known.
        Err(Error::NotSupportedByStore(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let specifiers = entries.into_iter().filter_map(|entry| entry.get_specifiers());
    let matching = specifiers.filter(|(found, _)| found == service);
    Ok(matching.map(|(_, user)| HashMap::from([("username".to_owned(), user)])).collect())
}

/// Runs `work` on another thread, and stops waiting when the user had the time to respond: the calls of the system
/// prompt for the password themselves and cannot be interrupted.
pub fn within<T: Send + 'static>(
    access: Access,
    work: impl FnOnce(&Access) -> Result<T> + Send + 'static,
) -> Result<T> {
    let timeouts = access.settings.timeouts;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(work(&access)));
    let limit = timeouts.step + timeouts.prompt;
    let hung = |_| {
        let message = format!("keyring did not respond within {limit:?}");
        KeyringError::new(StoreErrorKind::TimedOut, message)
    };
    receiver.recv_timeout(limit).map_err(hung)?
}

/// Empty: neither system stores custom attributes; users find the item by service and account.
pub fn modifiers(_: &Item) -> HashMap<&'static str, String> {
    HashMap::new()
}
