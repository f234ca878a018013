//! Messages of the protocols through which other programs ask for a token, one file each; no I/O.
//!
//! A protocol's file parses what the other program sends and writes what it takes for an answer. [`ServiceHost`] decides
//! for all of them which session a host belongs to.

pub mod aws;
pub mod bazel;
pub mod cargo;
pub mod docker;
pub mod git;
pub mod google;
pub mod kubectl;
pub mod mail;
pub mod netrc;
pub mod python_keyring;
mod service_host;
mod service_url;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

pub use service_host::ServiceHost;
pub use service_url::ServiceUrl;

use crate::sanitize::escape_json;
use crate::secret::Secret;
use crate::session::{BasicService, Session, SessionInfo};

/// User name for servers that ignore it, if the account's name cannot be sent.
const ANY_USER: &str = "oauth2";

/// Returns the user name that goes with the token as a password: that of the row, else the account.
pub fn basic_user<'a>(service: Option<&'a BasicService>, info: &'a SessionInfo) -> &'a str {
    let account = info.account.name.as_str();
    // RFC 7617 2: no colon, no control characters.
    let is_sendable = |name: &str| !name.is_empty() && !name.contains(|c: char| c == ':' || c.is_control());
    let row = service.and_then(|service| service.user.as_deref());
    row.or(Some(account)).filter(|name| is_sendable(name)).unwrap_or(ANY_USER)
}

/// Writes the header of the access token as a JSON object of names and values.
pub fn headers(session: &Session) -> Secret {
    let (name, value) = session.token_header();
    Secret::new(escape_json(&json!({name: value.expose()}).to_string()))
}

/// Writes the answer to terraform (developer.hashicorp.com/terraform/internals/credentials-helpers).
pub fn terraform_token(token: &Secret) -> Secret {
    Secret::new(escape_json(&json!({"token": token.expose()}).to_string()))
}

/// Writes a time as the protocols want it. Fractions of a second are cut: the time is never later than the truth.
fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
