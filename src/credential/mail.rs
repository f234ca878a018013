//! Initial client responses of SASL for mail servers: OAUTHBEARER (RFC 7628) and XOAUTH2, its predecessor at Google and
//! Microsoft.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::secret::Secret;

/// SASL mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    OauthBearer,
    Xoauth2,
}

impl Mechanism {
    /// Parses a name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "oauthbearer" => Some(Self::OauthBearer),
            "xoauth2" => Some(Self::Xoauth2),
            _ => None,
        }
    }

    /// Writes the initial response. `server` is where the client connects to; the server may compare it (RFC 7628 3.1).
    ///
    /// # Errors
    /// The reason, as the end of a sentence that starts with "a mail server takes no …".
    pub fn response(self, user: &str, token: &Secret, server: Option<(&str, u16)>) -> Result<Secret, &'static str> {
        // U+0001 separates the fields.
        if user.is_empty() || user.contains(char::is_control) {
            return Err("such user name");
        }
        if token.expose().contains(char::is_control) {
            return Err("such token");
        }
        let token = token.expose();
        Ok(Secret::new(match self {
            Self::Xoauth2 => format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"),
            Self::OauthBearer => {
                // RFC 5801 4: both characters have a meaning in the header.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let server = server.map(|(host, port)| format!("host={host}\u{1}port={port}\u{1}")).unwrap_or_default();
                format!("n,a={user},\u{1}{server}auth=Bearer {token}\u{1}\u{1}")
            }
        }))
    }
}

/// Encodes a response as the protocols send it (RFC 4959, RFC 4954).
pub fn encode(response: &Secret) -> Secret {
    Secret::new(BASE64_STANDARD.encode(response.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_those_of_the_specifications() {
        // RFC 7628 4.1, and the example in Google's documentation of XOAUTH2.
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let response = |mechanism: Mechanism, user, server| {
            let response = mechanism.response(user, &token, server).expect(user);
            encode(&response).expose().to_owned()
        };
        let server = Some(("server.example.com", 143));
        assert_eq!(
            response(Mechanism::OauthBearer, "user@example.com", server),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        assert_eq!(
            response(Mechanism::Xoauth2, "someuser@example.com", server),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB2RjlkZnQ0cW1UYzJOdmIzUmxja0JoYkhSaGRtbHpkR0V1WTI5dENnPT0BAQ=="
        );
        let odd = Mechanism::OauthBearer.response("a=b,c", &Secret::new("t"), None).expect("a name");
        assert_eq!(odd.expose(), "n,a=a=3Db=2Cc,\u{1}auth=Bearer t\u{1}\u{1}");
    }

    #[test]
    fn separator_in_a_field_is_refused() {
        for mechanism in [Mechanism::OauthBearer, Mechanism::Xoauth2] {
            let is_refused = |user, token| mechanism.response(user, &Secret::new(token), None).is_err();
            assert!(is_refused("a\u{1}auth=Bearer x", "t") && is_refused("", "t") && is_refused("a", "t\u{1}"));
            assert!(is_refused("a\r\n", "t"));
        }
        assert_eq!(Mechanism::parse("OAuthBearer"), Some(Mechanism::OauthBearer));
        assert_eq!(Mechanism::parse("plain"), None);
    }
}
