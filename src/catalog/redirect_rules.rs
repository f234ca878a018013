//! The redirect URIs that a provider accepts.

use serde::Deserialize;

/// Requirements of a provider on the redirect URI.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectRules {
    /// `localhost` if the provider rejects the IP literal.
    pub host: String,
    pub path: String,
    /// Comparison of the port.
    pub port: PortRule,
    /// Accepted kinds of redirect URIs.
    pub accepts: AcceptedRedirect,
    /// The provider's page that shows the code, if there is one.
    pub page: Option<CodePage>,
}

impl Default for RedirectRules {
    fn default() -> Self {
        let (port, accepts) = (PortRule::Any, AcceptedRedirect::Loopback);
        Self { host: "127.0.0.1".to_owned(), path: "/callback".to_owned(), port, accepts, page: None }
    }
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
