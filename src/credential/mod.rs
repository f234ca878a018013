//! Messages of the protocols through which other programs ask for a token, one file each; no I/O.
//!
//! A protocol's file parses what the other program sends and writes what it takes for an answer. [`ServiceHost`] decides
//! for all of them which session a host belongs to.

pub mod git;
mod service_host;

pub use service_host::ServiceHost;

use crate::session::{BasicService, SessionInfo};

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
