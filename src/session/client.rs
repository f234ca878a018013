//! OAuth client of a session, and who chose it.

use serde::{Deserialize, Serialize};

use super::quirks::ClientAuth;
use crate::secret::Secret;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    pub id: String,
    /// The client secret, stored because refresh needs it.
    pub secret: Option<Secret>,
    pub auth: ClientAuth,
    #[serde(default, skip_serializing_if = "ClientOrigin::is_configured")]
    pub origin: ClientOrigin,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOrigin {
    /// The user, or the catalog.
    #[default]
    Configured,
    /// The user's metadata document, at a server that takes such documents.
    Document,
    /// A registration by this program (RFC 7591).
    Registered { management: Option<RegistrationAccess> },
}

impl ClientOrigin {
    pub fn is_configured(&self) -> bool {
        matches!(self, Self::Configured)
    }
}

/// Client configuration endpoint and token (RFC 7592 3).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegistrationAccess {
    pub uri: String,
    pub token: Secret,
}
