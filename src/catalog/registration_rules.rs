//! How a client of a provider comes to be: what its page for registering asks for.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Registration of an application at a provider.
///
/// In its texts `{program}` stands for the name of the program and `{redirect_uri}` for the redirect URI to register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationRules {
    /// API with which a program registers itself, so that the user has nothing to do.
    #[serde(rename = "kind")]
    pub api: Option<RegistrationApi>,
    /// URL of the API, if no metadata names it.
    pub endpoint: Option<String>,
    /// Further members of the request.
    pub params: BTreeMap<String, String>,
    /// Scopes that the API registers a client for; empty for any.
    pub scopes: Vec<String>,
    /// `true` if the API needs an initial access token (RFC 7591 3).
    pub needs_token: bool,
    /// `true` if a loopback redirect URI is registered without a port, so that any port is accepted (RFC 8252 7.3).
    pub any_port: bool,
    /// `true` if the URL of a Client ID Metadata Document is a client id, although no metadata says so.
    pub documents: bool,
    /// Client id that the provider documents for any program on the user's machine.
    pub client_id: Option<String>,
    /// The client secret documented with it: everybody knows it.
    pub client_secret: Option<String>,
    /// Documentation of that client.
    pub source: Option<String>,
    /// Servers at which an app is created from a manifest.
    pub manifest: Option<AppManifestRules>,
    /// Query parameters that fill in the form at `register_at`.
    pub prefill: BTreeMap<String, String>,
    /// Fields of the form in its order, each with what to enter.
    pub enter: Vec<(String, String)>,
}

/// Servers at which a GitHub App is created from a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppManifestRules {
    /// Origin of the pages.
    pub web: String,
    /// Base URL of the REST API.
    pub api: String,
}

/// Kind of a registered application, if it has other rules than an OAuth client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum ClientKind {
    /// GitHub App: permissions in place of scopes, and a device flow only if its owner turned it on.
    #[serde(rename = "github-app")]
    GithubApp,
}

impl ClientKind {
    /// Returns the value in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::GithubApp => "github-app",
        }
    }
}

/// API that registers clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum RegistrationApi {
    /// OAuth 2.0 Dynamic Client Registration.
    #[serde(rename = "rfc7591")]
    Rfc7591,
    /// Applications of the Mastodon API.
    #[serde(rename = "mastodon")]
    Mastodon,
    /// `RegisterClient` of AWS IAM Identity Center.
    #[serde(rename = "aws")]
    Aws,
}

impl RegistrationRules {
    /// Returns the API that registers a client for `scopes`.
    pub fn api_for(&self, scopes: &[String]) -> Option<RegistrationApi> {
        let is_limited = !self.scopes.is_empty();
        let fits = !is_limited || (!scopes.is_empty() && scopes.iter().all(|scope| self.scopes.contains(scope)));
        self.api.filter(|_| fits)
    }

    /// Returns every text that may contain the placeholder of a setting.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { prefill, enter, endpoint, params, manifest, .. } = self;
        let servers = manifest.iter_mut().flat_map(|rules| [&mut rules.web, &mut rules.api]);
        let fields = enter.iter_mut().map(|(_, value)| value);
        prefill.values_mut().chain(fields).chain(endpoint).chain(params.values_mut()).chain(servers)
    }
}
