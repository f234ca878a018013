//! Credential helper of docker, podman, skopeo and buildah (github.com/docker/docker-credential-helpers).
//!
//! The callers compare the texts of errors, and read them on stdout: another text, or stderr, stops a build that has
//! nothing to do with this program (spotify/docker-client#1036, replicate/cog#2588).

use serde::Deserialize;
use serde_json::json;

use super::ServiceHost;
use crate::sanitize::escape_json;
use crate::secret::Secret;

/// No credential for this server; the caller goes on without one.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

const NO_SERVER: &str = "no credentials server URL";
const NO_USER: &str = "no credentials username";

/// Server that the caller asks about, as written there.
#[derive(Debug, PartialEq, Eq)]
pub struct DockerAddress<'a>(&'a str);

/// Credential that the caller wants to store.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DockerCredential {
    #[serde(rename = "ServerURL", default)]
    server: String,
    #[serde(default)]
    username: String,
    pub secret: Secret,
}

impl<'a> DockerAddress<'a> {
    /// Parses the message of `get` and `erase`: `HOST`, `HOST:PORT`, `HOST/REPOSITORY` or a URL.
    ///
    /// # Errors
    /// The protocol's own text.
    pub fn parse(message: &'a [u8]) -> Result<Self, &'static str> {
        match std::str::from_utf8(message).map(str::trim) {
            Ok("") => Err(NO_SERVER),
            Ok(address) => Ok(Self(address)),
            // No host has such a name.
            Err(_) => Err(NOT_FOUND),
        }
    }

    /// Returns the server; `None` if it is no server to send a token to.
    pub fn host(&self) -> Option<ServiceHost> {
        ServiceHost::from_url(self.0)
    }

    /// Writes the answer to `get`.
    pub fn answer(&self, user: &str, token: &Secret) -> Secret {
        let answer = json!({"ServerURL": self.0, "Username": user, "Secret": token.expose()});
        Secret::new(escape_json(&answer.to_string()))
    }
}

impl DockerCredential {
    /// Parses the message of `store`.
    ///
    /// # Errors
    /// The protocol's own text.
    pub fn parse(message: &[u8]) -> Result<Self, &'static str> {
        let credential: Self = serde_json::from_slice(message).map_err(|_| "the credential is not valid JSON")?;
        match (credential.server.trim(), credential.username.trim()) {
            ("", _) => Err(NO_SERVER),
            (_, "") => Err(NO_USER),
            _ => Ok(credential),
        }
    }

    /// Returns the server; `None` if it is no server to send a token to.
    pub fn host(&self) -> Option<ServiceHost> {
        ServiceHost::from_url(self.server.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_taken_in_every_spelling() {
        for address in [
            "registry.example",
            "registry.example\n",
            "https://registry.example\r\n",
            "https://registry.example/v1/",
            "registry.example/team/image",
        ] {
            let parsed = DockerAddress::parse(address.as_bytes()).expect(address);
            assert_eq!(parsed.host(), ServiceHost::parse("https", "registry.example"), "{address}");
        }
        assert_eq!(DockerAddress::parse(b" \n"), Err(NO_SERVER));
        assert_eq!(DockerAddress::parse(b"\xff"), Err(NOT_FOUND));
    }

    #[test]
    fn incomplete_credential_has_the_text_of_the_protocol() {
        let text = |message: &str| DockerCredential::parse(message.as_bytes()).map(|_| ()).err();
        assert_eq!(text(r#"{"ServerURL":"r.example","Username":"u","Secret":"s"}"#), None);
        assert_eq!(text(r#"{"ServerURL":"","Username":"u","Secret":"s"}"#), Some(NO_SERVER));
        assert_eq!(text(r#"{"ServerURL":"r.example","Secret":"s"}"#), Some(NO_USER));
        for message in ["", "{", "[]", r#"{"ServerURL":"r.example","Username":"u"}"#] {
            assert_eq!(text(message), Some("the credential is not valid JSON"), "{message}");
        }
    }
}
