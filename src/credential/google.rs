//! Executable-sourced credentials of Google's libraries (google.aip.dev/auth/4117).

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::sanitize::escape_json;
use crate::secret::Secret;

const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Type of token, for the library that asks.
#[derive(Debug, Clone, Copy)]
pub struct SubjectTokenType(&'static str);

impl SubjectTokenType {
    /// Parses the value of `GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE`; without one the type is that of an ID token.
    pub fn parse(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some(ID_TOKEN) => Some(Self(ID_TOKEN)),
            Some(JWT) => Some(Self(JWT)),
            Some(_) => None,
        }
    }

    /// Writes the answer.
    pub fn answer(self, id_token: &Secret, expires_at: Option<DateTime<Utc>>) -> Secret {
        let mut answer = json!({"version": 1, "success": true, "token_type": self.0, "id_token": id_token.expose()});
        if let Some(expires_at) = expires_at {
            answer["expiration_time"] = expires_at.timestamp().into();
        }
        Secret::new(escape_json(&answer.to_string()))
    }
}

/// Writes the answer of a failure.
pub fn failure(code: &str, message: &str) -> String {
    escape_json(&json!({"version": 1, "success": false, "code": code, "message": message}).to_string())
}
