//! Credential helper of bazel (github.com/EngFlow/credential-helper-spec).

use serde::Deserialize;
use serde_json::json;

use super::{ServiceHost, rfc3339};
use crate::sanitize::escape_json;
use crate::secret::Secret;
use crate::session::Session;

/// Answer for a host that needs no credential. The specification lets an unknown host fail, but bazel asks a helper that
/// is set for every host about every download (bazelbuild/bazel#20146).
pub const NO_HEADERS: &str = r#"{"headers":{}}"#;

/// Parses the message of `get`; `None` for a server that gets no token, whatever the sessions.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "bazel sent …".
pub fn parse(message: &[u8]) -> Result<Option<ServiceHost>, String> {
    #[derive(Deserialize)]
    struct Request {
        uri: String,
    }
    let Request { uri } = serde_json::from_slice(message).map_err(|_| "no JSON object with a `uri`")?;
    let (scheme, rest) = uri.split_once("://").ok_or("a `uri` without a scheme")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "grpcs" => "https".to_owned(),
        "grpc" => "http".to_owned(),
        _ => scheme.to_owned(),
    };
    Ok(ServiceHost::from_url(&format!("{scheme}://{rest}")))
}

/// Writes the answer to `get`. Unlike those of other programs, a header's values are a list.
pub fn answer(session: &Session) -> Secret {
    let (name, value) = session.token_header();
    let mut answer = json!({"headers": {name: [value.expose()]}});
    if let Some(expires_at) = session.tokens.expires_at {
        answer["expires"] = rfc3339(expires_at).into();
    }
    Secret::new(escape_json(&answer.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_leads_to_its_host() {
        let known = ServiceHost::parse("https", "cache.example");
        for uri in ["https://cache.example/x?y", "grpcs://cache.example", "HTTPS://cache.example:443"] {
            assert_eq!(parse(json!({"uri": uri, "more": 1}).to_string().as_bytes()), Ok(known.clone()), "{uri}");
        }
        for uri in ["http://cache.example/", "grpc://cache.example", "https://cache.example@evil.example/"] {
            assert_ne!(parse(json!({"uri": uri}).to_string().as_bytes()), Ok(known.clone()), "{uri}");
        }
        for message in ["", "{}", "[]", r#"{"uri":1}"#, r#"{"uri":"cache.example"}"#, r#"{"uri":"https://cache.exam"#] {
            assert!(parse(message.as_bytes()).is_err(), "{message}");
        }
    }
}
