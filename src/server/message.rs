//! Requests and responses as values.

use std::fmt;

use super::peer::Peer;

/// Request whose head is complete, within the size limits and addressed to this server.
///
/// `Debug` prints only the method and the path: query, headers and body may hold a code, a token or a cookie.
#[derive(Clone)]
pub struct Request {
    /// `GET`, or `POST` if the server allows it.
    pub method: String,
    /// Path, not decoded: `/callback`.
    pub path: String,
    /// Query without the `?`, not decoded; may be empty.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty unless `POST` is allowed and the request has a body.
    pub body: Vec<u8>,
    /// Who sent it.
    pub peer: Peer,
}

impl Request {
    /// Returns the first header with this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.path)
    }
}

/// Reason why a client got no response of the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Status code of the response (RFC 9110 15.5).
    Status(u16),
    /// `POST` where only `GET` is allowed.
    Post,
    /// TLS to a server without a certificate.
    Tls,
    /// No TLS to a server with a certificate.
    Plaintext,
    /// The TLS handshake failed, such as for a client that does not trust the certificate.
    FailedHandshake,
}

impl Rejection {
    /// Status code of the response, if there is one.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::Status(status) => status,
            Self::Post => 405,
            Self::Plaintext => 421,
            Self::Tls | Self::FailedHandshake => 400,
        }
    }
}

/// Response; the connection closes after it.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    /// Headers; the server adds `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { status, headers, body: body.into().into_bytes() }
    }

    /// Returns a plain-text response that browsers neither cache nor sniff.
    pub fn plain(status: u16, text: &str) -> Self {
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ];
        Self::new(status, &headers, format!("{text}\n"))
    }
}
