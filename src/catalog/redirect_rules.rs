//! The redirect URIs that a provider accepts.

use serde::Deserialize;

/// Requirements of a provider on the redirect URI.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectRules {
    /// `localhost` if the provider rejects the IP literal.
    pub host: String,
    pub path: String,
    /// Comparison of the port. `None`: unknown, so the port is fixed, which works everywhere.
    pub port: Option<PortRule>,
    /// Source of `port = "any"`.
    pub source: Option<String>,
    /// Accepted kinds of redirect URIs.
    pub accepts: AcceptedRedirect,
    /// The provider's page that shows the code, if there is one.
    pub page: Option<CodePage>,
}

impl Default for RedirectRules {
    fn default() -> Self {
        let (host, path) = ("127.0.0.1".to_owned(), "/callback".to_owned());
        Self { host, path, port: None, source: None, accepts: AcceptedRedirect::Loopback, page: None }
    }
}

/// Ports that a client's metadata document names: below the ephemeral ranges, as those of a registration.
const DOCUMENT_PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Redirect URIs in the client's metadata document at `url`: without a port, which any port matches (RFC 8252 7.3), and
/// with ports that follow from `url`, for the many servers that compare them.
pub fn document_redirect_uris(url: &str) -> Vec<String> {
    let RedirectRules { host, path, .. } = RedirectRules::default();
    let digest = ring::digest::digest(&ring::digest::SHA256, url.as_bytes());
    let count = DOCUMENT_PORTS.end - DOCUMENT_PORTS.start;
    let port = |two: &[u8]| DOCUMENT_PORTS.start + u16::from_be_bytes([two[0], two[1]]) % count;
    let ports = digest.as_ref().chunks_exact(2).take(3).map(port);
    let any = std::iter::once(format!("http://{host}{path}"));
    any.chain(ports.map(|port| format!("http://{host}:{port}{path}"))).collect()
}

/// A provider's page at which the browser ends and which shows the code for the user to copy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePage {
    /// The redirect URI of the page, which the user must register and configure.
    pub uri: String,
    pub shows: CodePageContent,
}

/// The parts of an authorization response that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum CodePageContent {
    /// The code only, without `state` and `iss`, so the row must allow PKCE.
    #[serde(rename = "code")]
    Code,
    /// The code, `#` and the `state`.
    #[serde(rename = "code#state")]
    CodeAndState,
}

/// Redirect URIs that a provider accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptedRedirect {
    /// `http` on this machine.
    Loopback,
    /// `https` only; on this machine if it has a certificate.
    Https,
    /// `https` at a domain of the user; the final URL is pasted.
    Domain,
}

/// Comparison of the port of a registered redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortRule {
    /// Any port matches (RFC 8252 7.3).
    Any,
    /// The port must be the registered one.
    Exact,
}
