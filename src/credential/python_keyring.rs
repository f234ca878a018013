//! The `get` of Python's program `keyring` (pypi.org/project/keyring), which pip and uv start.

use serde_json::json;

use super::{ServiceHost, basic_user};
use crate::sanitize::escape_json;
use crate::secret::Secret;
use crate::session::SessionInfo;

/// User names that stand for "a token follows": of PyPI, Google Artifact Registry, Azure Artifacts, AWS CodeArtifact, GitLab.
const TOKEN_USERS: &[&str] = &["__token__", "oauth2accesstoken", "VssSessionToken", "aws", "oauth2"];

/// Parts of the credential to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyringMode {
    #[default]
    Password,
    /// User name and password.
    Creds,
}

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyringFormat {
    /// A line for each part.
    #[default]
    Plain,
    Json,
}

/// Returns the server of an index; `None` if it is no server to send a token to.
///
/// A bare host is a stranger: pip asks for it after it asked for an index with plain http, and would send the token there.
pub fn host_of_index(service: &str) -> Option<ServiceHost> {
    service.contains("://").then(|| ServiceHost::from_url(service))?
}

/// Returns true if an index takes the token with this user name, whatever the account.
pub fn is_token_user(name: &str) -> bool {
    TOKEN_USERS.contains(&name)
}

/// Returns the user name that goes with the token: that of the row's service at this host, else the account.
pub fn user_of<'a>(info: &'a SessionInfo, host: &ServiceHost) -> &'a str {
    let services = [&info.services.git, &info.services.registry].into_iter().flatten();
    basic_user(services.into_iter().find(|service| host.is_one_of(&service.hosts)), info)
}

/// Writes the answer.
pub fn answer(mode: KeyringMode, format: KeyringFormat, user: &str, token: &Secret) -> Secret {
    let token = token.expose();
    let text = match (mode, format) {
        (KeyringMode::Password, KeyringFormat::Plain) => token.to_owned(),
        (KeyringMode::Creds, KeyringFormat::Plain) => format!("{user}\n{token}"),
        (KeyringMode::Password, KeyringFormat::Json) => escape_json(&json!({"password": token}).to_string()),
        (KeyringMode::Creds, KeyringFormat::Json) => {
            escape_json(&json!({"username": user, "password": token}).to_string())
        }
    };
    Secret::new(text)
}
