//! Registered client as it is stored, with the client that may take its place.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::session::{Client, ClientAuth, ClientOrigin, RegistrationAccess};

/// Remaining lifetime that a client secret needs to start a sign-in, in seconds: longer than a user takes.
const MIN_SECRET_TTL_SECS: i64 = 15 * 60;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientRegistration {
    pub issuer: String,
    pub client: Client,
    /// Registered redirect URIs; at least one.
    pub redirect_uris: Vec<String>,
    /// Host of a sign-in page at another origin that the user confirmed.
    pub page: Option<String>,
    /// Scopes that the registration was for, even if the issuer took it only without them.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Authentication that the issuer took, with which the next registration there begins.
    #[serde(default = "public")]
    pub requested_auth: ClientAuth,
    /// A sign-in with the client timed out: the issuer may have forgotten it.
    #[serde(default)]
    pub is_doubtful: bool,
    /// The authorization endpoint answers a check of a client that it has just registered as if it did not know it, so
    /// that the check says nothing.
    #[serde(default)]
    pub rejects_checks: bool,
    /// Expiry of the client secret; `None` if it never expires, or there is none.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Access to read and delete the client, if the issuer offers it.
    pub management: Option<RegistrationAccess>,
    /// Client that takes the place of this one once a sign-in with it succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Box<ClientRegistration>>,
}

const VERSION: u32 = 2;

fn public() -> ClientAuth {
    ClientAuth::None
}

#[derive(Serialize, Deserialize)]
struct StoredRegistration {
    version: u32,
    #[serde(flatten)]
    registration: ClientRegistration,
}

impl ClientRegistration {
    /// The client of a session.
    pub fn session_client(&self) -> Client {
        let origin = ClientOrigin::Registered { management: self.management.clone() };
        Client { origin, ..self.client.clone() }
    }

    /// This client, and the one that may take its place.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.successor.as_deref())
    }

    /// The one of them with this client id.
    pub fn find_mut(&mut self, client_id: &str) -> Option<&mut Self> {
        match self.client.id == client_id {
            true => Some(self),
            false => self.successor.as_deref_mut().filter(|successor| successor.client.id == client_id),
        }
    }

    /// The registrations that `keep` returns true for; `None` if it is none.
    pub fn retain(mut self, keep: impl Fn(&Self) -> bool) -> Option<Self> {
        let successor = self.successor.take().filter(|successor| keep(successor));
        match keep(&self) {
            true => Some(Self { successor, ..self }),
            false => successor.map(|successor| *successor),
        }
    }

    /// Returns true if a sign-in may start with this client now.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.secret_expires_at.is_none_or(|end| (end - now).num_seconds() > MIN_SECRET_TTL_SECS)
    }

    pub fn to_stored(&self) -> Secret {
        let stored = StoredRegistration { version: VERSION, registration: self.clone() };
        Secret::new(serde_json::to_string(&stored).expect("serializable"))
    }

    /// Reads the stored format; `None` if it is unreadable: the caller registers again.
    pub fn from_stored(stored: &Secret) -> Option<Self> {
        let stored: StoredRegistration = serde_json::from_str(stored.expose()).ok()?;
        (stored.version == VERSION).then_some(stored.registration)
    }
}
