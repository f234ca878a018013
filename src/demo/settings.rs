//! Settings of the demo provider: issuer, approval, clock and storage.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{self, Clock};
use crate::error::Result;
use crate::secret::Secret;

/// The issuer of the provider inside a sign-in: a loopback name by RFC 6761 6.3, resolved by no one.
///
/// Whoever speaks to it sends requests for this origin to [`Running::port`] on 127.0.0.1.
pub const FIXED_ISSUER: &str = "http://demo.localhost";

/// The client id that both uses know; a public client.
pub const CLIENT_ID: &str = "demo";

/// How long an access token lives where nobody says otherwise.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// Under which name the provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// [`FIXED_ISSUER`], with the one client [`CLIENT_ID`].
    Fixed,
    /// `http://127.0.0.1:PORT`, with any public client that redirects to loopback.
    Loopback,
}

/// Who approves a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// The person, on a page with a choice of account.
    Page,
    /// Nobody: the account hinted at, else the first. For machines without browser and terminal.
    Automatic,
}

/// Reads and replaces what the provider keeps, in one step that no other process can enter at the same time.
///
/// The function is called once, with what is stored; what it returns is stored from then on, and `None` leaves things as
/// they are. What is stored holds the signing key, so it belongs into the credential store.
pub type StateStorage = Box<dyn Fn(&mut dyn FnMut(Option<Secret>) -> Option<Secret>) -> Result<()> + Send + Sync>;

/// A memory that lasts as long as the process.
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

/// What a provider is made of.
pub struct DemoSettings {
    /// Under which name it answers.
    pub issuer: Issuer,
    /// Who approves.
    pub approval: Approval,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the signing key and the grants are stored.
    pub storage: StateStorage,
    /// The program's name, as the pages say it.
    pub program: String,
    /// How long an access token lives.
    pub access_token_lifetime: Duration,
}

impl DemoSettings {
    /// The usual: approval on a page, the machine's clock, tokens of [`ACCESS_TOKEN_LIFETIME`], and a memory that ends
    /// with the process.
    pub fn new(issuer: Issuer, program: impl Into<String>) -> Self {
        Self {
            issuer,
            approval: Approval::Page,
            clock: Arc::new(clock::SystemClock),
            storage: in_memory_storage(),
            program: program.into(),
            access_token_lifetime: ACCESS_TOKEN_LIFETIME,
        }
    }
}
