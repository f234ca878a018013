//! The keyrings of macOS and Windows, by the `keyring` crate.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use keyring_core::{CredentialStore, Error, Result};

use super::Item;
use super::fault::Fault;
use super::keyring::{Deadlines, SessionBus};
use super::split::Split;
use crate::error::Trouble;
use crate::sanitize::foreign;

/// `CRED_MAX_CREDENTIAL_BLOB_SIZE` of Windows, in bytes; the macOS keychain has no limit that a session could reach.
const LONGEST: usize = 2560;

/// Nothing has to be begun here.
pub struct ReadyKeyring;

/// Asks whether the store opens.
///
/// # Errors
/// As [`open`].
pub fn begin(deadlines: Deadlines, bus: &SessionBus) -> Result<ReadyKeyring> {
    greet(deadlines, bus).map(|()| ReadyKeyring)
}

/// The system's own store.
///
/// # Errors
/// What the system says.
pub fn open(_: Deadlines, _: &SessionBus, _: Option<ReadyKeyring>) -> Result<Arc<CredentialStore>> {
    if let Err(error) = keyring::Entry::store_status() {
        return Err(Fault::new(Trouble::Failed, foreign(&error.to_string())).into());
    }
    let store = keyring_core::get_default_store().ok_or(Error::NoDefaultStore)?;
    if !cfg!(windows) {
        return Ok(store);
    }
    // What Windows does unless told otherwise carries the secret to every machine of the domain.
    let modifiers = HashMap::from([("persistence", "Local")]);
    Ok(Arc::new(Split { store, limit: LONGEST, modifiers }))
}

/// Whether the store opens.
///
/// # Errors
/// As [`open`].
pub fn greet(deadlines: Deadlines, bus: &SessionBus) -> Result<()> {
    let bus = bus.clone();
    within(deadlines, move || open(deadlines, &bus, None).map(drop))
}

/// The attributes of what is stored for `service`, as far as the system tells: its key is `username`.
///
/// # Errors
/// As [`open`].
pub fn list(deadlines: Deadlines, bus: &SessionBus, service: &str) -> Result<Vec<HashMap<String, String>>> {
    let entries = match open(deadlines, bus, None)?.search(&HashMap::from([("service", service)])) {
        Ok(entries) => entries,
        // Then only what the state files name is known.
        Err(Error::NotSupportedByStore(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let named = entries.into_iter().filter_map(|entry| entry.get_specifiers());
    let named = named.filter(|(found, _)| found == service);
    Ok(named.map(|(_, user)| HashMap::from([("username".to_owned(), user)])).collect())
}

/// Runs `work` on a thread of its own and stops waiting once a person has had the time to answer: the system's calls
/// ask for the password by themselves and cannot be interrupted.
///
/// # Errors
/// What `work` says, or hung.
pub fn within<T: Send + 'static>(deadlines: Deadlines, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(work()));
    let hung = |_| Fault::new(Trouble::Hung, "the keyring did not answer in time");
    answered.recv_timeout(deadlines.step + deadlines.prompt).map_err(hung)?
}

/// Neither system keeps attributes of our choosing; service and account are what a person finds the item by.
pub fn modifiers(_: &Item) -> HashMap<&'static str, String> {
    HashMap::new()
}
