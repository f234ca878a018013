//! Validation of redirect URIs: loopback on any port (RFC 8252 7.3), checked on the bytes as sent, so that a URI that a
//! parser would silently repair is rejected.

use crate::server::Response;
use crate::server::html::see_other;

/// Redirect URI on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoopbackRedirectUri {
    /// As sent; the token request must repeat it byte for byte (RFC 6749 4.1.3).
    uri: String,
    /// Scheme, host and port.
    origin: String,
}

impl LoopbackRedirectUri {
    /// Accepts `http` on `127.0.0.1`, `[::1]` or localhost, and `https` on localhost; no userinfo, no fragment.
    pub(super) fn parse(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (host, port) = split_port(authority)?;
        let is_loopback = match scheme {
            "http" => matches!(host, "127.0.0.1" | "[::1]" | "localhost"),
            "https" => host == "localhost",
            _ => false,
        };
        let is_clean = tail.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&b));
        let has_valid_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
        (is_loopback && is_clean && has_valid_port && url::Url::parse(uri).is_ok())
            .then(|| Self { uri: uri.to_owned(), origin: format!("{scheme}://{authority}") })
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Host and port, for display.
    pub(super) fn authority(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// Targets of a form whose response redirects here, because browsers apply `form-action` to redirects of a form too.
    /// The grammar of a source (CSP 3, 2.3.1) has no IPv6 literals, so `[::1]` becomes the scheme alone.
    pub(super) fn form_action(&self) -> String {
        format!("'self' {}", if self.origin.contains('[') { "http:" } else { &self.origin })
    }

    /// Returns the URI with `parameters` added to its query (RFC 6749 4.1.2).
    fn with(&self, parameters: &[(&str, &str)]) -> String {
        let added = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        match self.uri.split_once('?') {
            _ if added.is_empty() => self.uri.clone(),
            None => format!("{}?{added}", self.uri),
            Some((_, "")) => format!("{}{added}", self.uri),
            Some(_) => format!("{}&{added}", self.uri),
        }
    }
}

/// Redirect back to a client with the `state` that it sent.
#[derive(Clone)]
pub(super) struct ReturnTarget {
    pub(super) uri: LoopbackRedirectUri,
    pub(super) state: Option<String>,
}

impl ReturnTarget {
    /// Redirects with `parameters`, the state, and the issuer if there is one (RFC 9207 2).
    pub(super) fn response(&self, parameters: &[(&str, &str)], issuer: Option<&str>) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = issuer.map(|issuer| ("iss", issuer));
        see_other(&self.uri.with(&parameters.iter().copied().chain(state).chain(issuer).collect::<Vec<_>>()))
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let host_end = authority.find(']').map_or(0, |at| at + 1);
    match authority[host_end..].find(':').map(|at| host_end + at) {
        None => Some((authority, None)),
        Some(at) => {
            let port = &authority[at + 1..];
            let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
            digits.then_some((&authority[..at], Some(port)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_redirects_are_accepted_on_any_port() {
        for uri in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:51004/callback",
            "http://[::1]:8080/",
            "http://[::1]",
            "http://localhost:1/a/b?c=d",
            "http://localhost?x",
            "https://localhost:8443/callback",
        ] {
            assert_eq!(LoopbackRedirectUri::parse(uri).as_ref().map(LoopbackRedirectUri::uri), Some(uri));
        }
    }

    #[test]
    fn redirects_to_other_hosts_are_rejected() {
        for uri in [
            "",
            "callback",
            "//127.0.0.1/",
            "http:/127.0.0.1/",
            "http:127.0.0.1",
            "HTTP://127.0.0.1/",
            "http://127.0.0.1.evil.example/",
            "http://evil.example/127.0.0.1",
            "http://127.0.0.1@evil.example/",
            "http://evil.example@127.0.0.1/",
            "http://127.0.0.1:80@evil.example/",
            "http://127.0.0.1:pw@evil.example/",
            "http://127.0.0.1\\@evil.example/",
            "http://127.0.0.1:8080\\.evil.example/",
            "http://127.1/",
            "http://0x7f.0.0.1/",
            "http://2130706433/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::1].evil.example/",
            "http://LOCALHOST/",
            "http://localhost./",
            "http://localhost.evil.example/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:080/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:+80/",
            "http://127.0.0.1/#fragment",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nSet-Cookie: a=b",
            "http://127.0.0.1/\u{e9}",
            "http://127.0.0.1; script-src *",
            "https://127.0.0.1/",
            "https://evil.example/",
            "javascript://127.0.0.1/%0aalert(1)",
            "ftp://localhost/",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert_eq!(LoopbackRedirectUri::parse(uri), None, "{uri}");
        }
    }

    #[test]
    fn parameters_are_added_to_the_query() {
        let with = |uri: &str| LoopbackRedirectUri::parse(uri).expect("loopback").with(&[("a", "b c&")]);
        assert_eq!(with("http://localhost"), "http://localhost?a=b+c%26");
        assert_eq!(with("http://localhost/x?"), "http://localhost/x?a=b+c%26");
        assert_eq!(with("http://localhost/x?y=z"), "http://localhost/x?y=z&a=b+c%26");
    }
}
