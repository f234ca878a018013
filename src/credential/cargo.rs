//! Credential provider of cargo (doc.rust-lang.org/cargo/reference/credential-provider-protocol.html): a line of JSON each
//! way.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::ServiceHost;
use crate::sanitize::escape_json;
use crate::secret::Secret;

/// First line: the versions that this program knows.
pub const HELLO: &str = r#"{"v":[1]}"#;

const VERSION: u64 = 1;

/// Request of cargo.
#[derive(Debug, PartialEq, Eq)]
pub struct CargoRequest {
    pub action: CargoAction,
    /// Server of the registry's index; `None` if it is no server to send a token to.
    pub host: Option<ServiceHost>,
    /// Words after the program in `credential-provider`.
    pub arguments: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CargoAction {
    Get,
    Login {
        /// The user gave cargo a token to store.
        has_token: bool,
    },
    Logout,
    /// Action of a later cargo.
    Unknown,
}

/// Reason for which cargo gets no token.
#[derive(Debug)]
pub enum CargoFailure {
    /// Not a registry of a session: cargo asks the next provider.
    UrlNotSupported,
    /// Nobody is signed in: cargo asks the next provider.
    NotFound,
    OperationNotSupported,
    /// cargo shows the message and ends.
    Other(String),
}

/// Parses a line.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "cargo sent …".
pub fn parse(line: &[u8]) -> Result<CargoRequest, String> {
    #[derive(Deserialize)]
    struct Request {
        v: u64,
        kind: String,
        registry: Registry,
        #[serde(default)]
        args: Vec<String>,
        token: Option<IgnoredAny>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Registry {
        index_url: String,
    }
    let request: Request = serde_json::from_slice(line).map_err(|_| "a line that is no request")?;
    if request.v != VERSION {
        return Err(format!("a request of version {}, which is unknown", request.v));
    }
    let action = match request.kind.as_str() {
        "get" => CargoAction::Get,
        "login" => CargoAction::Login { has_token: request.token.is_some() },
        "logout" => CargoAction::Logout,
        _ => CargoAction::Unknown,
    };
    let url = &request.registry.index_url;
    let host = ServiceHost::from_url(url.strip_prefix("sparse+").unwrap_or(url));
    Ok(CargoRequest { action, host, arguments: request.args })
}

/// Writes the answer to `get`. cargo sends the token as the whole header: a registry that wants a scheme gets it in there.
pub fn token(token: &Secret, expires_at: Option<DateTime<Utc>>, with_scheme: bool) -> Secret {
    let scheme = if with_scheme { "Bearer " } else { "" };
    let token = Secret::new(format!("{scheme}{}", token.expose()));
    // Without an end cargo asks for each request: one command may run longer than the token is valid.
    let mut answer = json!({"kind": "get", "token": token.expose(), "cache": "never", "operation_independent": true});
    if let Some(expires_at) = expires_at {
        answer["cache"] = "expires".into();
        answer["expiration"] = expires_at.timestamp().into();
    }
    Secret::new(escape_json(&json!({"Ok": answer}).to_string()))
}

/// Writes the answer to `login`.
pub fn logged_in() -> String {
    json!({"Ok": {"kind": "login"}}).to_string()
}

impl CargoFailure {
    /// Writes the answer.
    pub fn answer(self) -> String {
        let error = match self {
            Self::UrlNotSupported => json!({"kind": "url-not-supported"}),
            Self::NotFound => json!({"kind": "not-found"}),
            Self::OperationNotSupported => json!({"kind": "operation-not-supported"}),
            Self::Other(message) => json!({"kind": "other", "message": message}),
        };
        escape_json(&json!({"Err": error}).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(more: &str, url: &str) -> Result<CargoRequest, String> {
        parse(format!(r#"{{"v":1,"registry":{{"index-url":"{url}","name":"my","x":1}},{more}}}"#).as_bytes())
    }

    #[test]
    fn request_names_action_and_host() {
        let host = ServiceHost::parse("https", "crates.example");
        let get = r#""kind":"get","operation":"read","args":["--bearer"]"#;
        let parsed = request(get, "sparse+https://Crates.example/index/");
        let arguments = vec!["--bearer".to_owned()];
        assert_eq!(parsed, Ok(CargoRequest { action: CargoAction::Get, host: host.clone(), arguments }));
        for (more, action) in [
            (r#""kind":"get","operation":"later""#, CargoAction::Get),
            (r#""kind":"login""#, CargoAction::Login { has_token: false }),
            (r#""kind":"login","token":"t","login-url":"https:\/\/x""#, CargoAction::Login { has_token: true }),
            (r#""kind":"logout""#, CargoAction::Logout),
            (r#""kind":"later""#, CargoAction::Unknown),
        ] {
            let parsed = request(more, "https://crates.example/index.git").expect(more);
            assert_eq!((parsed.action, &parsed.host), (action, &host), "{more}");
        }
        for url in
            ["sparse+http://crates.example/", "ssh://git@crates.example/index", "https://a@crates.example/", "x:y"]
        {
            assert_ne!(request(get, url).expect(url).host, host, "{url}");
        }
    }

    #[test]
    fn malformed_requests_are_errors() {
        let v2 = r#"{"v":2,"kind":"get","registry":{"index-url":"https://crates.example/"}}"#;
        assert_eq!(parse(v2.as_bytes()), Err("a request of version 2, which is unknown".to_owned()));
        for line in ["", "{", "[]", "{}", r#"{"v":1,"kind":"get"}"#, r#"{"v":1,"kind":"get","registry":{}}"#, &v2[..30]]
        {
            assert_eq!(parse(line.as_bytes()), Err("a line that is no request".to_owned()), "{line}");
        }
    }
}
