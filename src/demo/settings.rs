//! Settings of the demo provider: issuer, approval, clock and storage.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{self, Clock};
use crate::error::Result;
use crate::secret::Secret;

/// Issuer of the embedded provider: a loopback name by RFC 6761 6.3 that is never resolved.
///
/// Clients send requests for this origin to [`RunningDemo::port`](super::RunningDemo::port) on 127.0.0.1.
pub const FIXED_ISSUER: &str = "http://demo.localhost";

/// Client id that both issuers accept; a public client.
pub const CLIENT_ID: &str = "demo";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// [`FIXED_ISSUER`], with the one client [`CLIENT_ID`].
    Fixed,
    /// `http://127.0.0.1:PORT`, with any public client that redirects to loopback.
    Loopback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// The user approves on a page with a choice of accounts.
    Page,
    /// Automatic approval for the hinted account, else the first one. For machines without browser and terminal.
    Automatic,
    /// Answer that the user gave in the terminal: the user name of an account, or `None` to deny. For terminals whose
    /// user has no browser that reaches the page.
    Given(Option<&'static str>),
}

/// Reads and replaces the stored state in one step that excludes other processes.
///
/// The function is called once with the stored state and returns the new state; `None` leaves the state unchanged. The
/// state contains the signing key, so it belongs in the credential store.
pub type StateStorage = Box<dyn Fn(&mut dyn FnMut(Option<Secret>) -> Option<Secret>) -> Result<()> + Send + Sync>;

/// Returns a storage that lasts as long as the process.
pub fn in_memory_storage() -> StateStorage {
    let stored: Mutex<Option<Secret>> = Mutex::new(None);
    Box::new(move |step| {
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(new) = step(stored.clone()) {
            *stored = Some(new);
        }
        Ok(())
    })
}

pub struct DemoSettings {
    pub issuer: Issuer,
    pub approval: Approval,
    pub clock: Arc<dyn Clock>,
    /// Storage of the signing key and the grants.
    pub storage: StateStorage,
    /// Name of the program on the pages.
    pub program: String,
}

impl DemoSettings {
    /// Returns the default settings: approval on a page, the system clock, and a storage in memory.
    pub fn new(issuer: Issuer, program: impl Into<String>) -> Self {
        Self {
            issuer,
            approval: Approval::Page,
            clock: Arc::new(clock::SystemClock),
            storage: in_memory_storage(),
            program: program.into(),
        }
    }
}
