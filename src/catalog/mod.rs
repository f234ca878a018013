//! Resolves a provider name and its settings to a complete [`Provider`], or reports what is missing.
//!
//! The rows are in `catalog.toml`, so adding a provider needs no Rust code. [`CatalogRow`] lists the keys of a row,
//! [`ProviderEntry`] those of `[providers.NAME]` in the configuration. [`resolve()`] merges flags, environment,
//! configuration and row. Discovery follows later, in the modules that use the network.

mod allow_rule;
mod layers;
mod lookup;
mod quirks;
mod resolve;
mod row;
mod scopes;
mod settings;
mod urls;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::ClientAuth;

pub use allow_rule::AllowRule;
pub use layers::{AuthEnvironment, ConfiguredProviders, Overrides, ProviderEntry};
pub use lookup::{canonical, nearest, require_known, token_variable};
#[cfg(feature = "internals")]
pub use quirks::DeviceQuirks;
pub(crate) use quirks::RESPONSE_PREFIX;
pub use quirks::{PollSignals, ProviderQuirks};
pub use resolve::{missing_settings, resolve};
pub use row::{AcceptedRedirect, CatalogRow, CodePage, CodePageContent, Setting, rows};
#[cfg(feature = "internals")]
pub use row::{Catalog, PortRule, RedirectRules, SettingKind, is_loaded};
pub use scopes::{is_reserved_param, is_scope};
#[cfg(feature = "internals")]
pub use scopes::{merge_scopes, parse_scopes};
pub use urls::{
    CallbackUri, NetworkScope, is_loopback, parse_callback, redact_userinfo, validate_endpoint, validate_home,
    validate_issuer, validate_resource,
};

#[cfg(feature = "internals")]
pub use urls::is_local_machine;

pub use crate::session::{ParameterLocation, RequestFormat};

/// Form of the PKCE challenge in the authorization request (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    /// S256, the default.
    S256,
    /// S256 with the digest in hexadecimal, for TikTok's desktop applications.
    Hex,
    /// The verifier itself: MyAnimeList requires PKCE and supports no digest (RFC 7636 7.2).
    Plain,
    /// No challenge: the provider fails on PKCE or does not support it.
    No,
}

/// Preferred flow when no flag selects one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// RFC 8252 loopback redirect.
    Loopback,
    /// RFC 8628 device authorization.
    Device,
    /// The user pastes the final URL.
    Paste,
}

/// Endpoints known before discovery; each one set here takes precedence over discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownEndpoints {
    /// RFC 6749 3.1.
    pub authorization: Option<String>,
    /// RFC 6749 3.2.
    pub token: Option<String>,
    /// RFC 8628 3.1.
    pub device_authorization: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's profile endpoint.
    pub userinfo: Option<String>,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: Option<String>,
    /// RFC 7517.
    pub jwks: Option<String>,
}

/// Paths into a profile document. Each list is tried in order; a path is dotted, with `[0]` steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilePaths {
    /// Prefix of every path.
    pub root: Option<String>,
    /// The subject.
    pub id: Vec<String>,
    /// The account label; empty means `preferred_username`, `email`, `login`, `name`.
    pub account: Vec<String>,
    /// The e-mail address.
    pub email: Vec<String>,
    /// `true` if the token response is the profile and no profile request is sent.
    #[serde(rename = "in_reply")]
    pub in_token_response: bool,
}

/// A resolved provider: everything a new sign-in needs, except what discovery adds.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Label of its sessions: the name in the configuration or catalog, or the normalized URL.
    pub name: String,
    /// Display name.
    pub title: String,
    /// The issuer; every `iss` is checked against it.
    pub issuer: Option<String>,
    /// `true` if a sign-in fetches metadata from the issuer first. A row with every endpoint does not need it.
    pub discover: bool,
    /// Metadata URL, if it is not the standard location for the issuer.
    pub metadata: Option<String>,
    /// Endpoints known without discovery.
    pub endpoints: KnownEndpoints,
    /// The client id, from flag, environment, configuration or (demo only) the row.
    pub client_id: Option<String>,
    /// The client secret, from flag or environment; the caller adds the one in the credential store.
    pub client_secret: Option<Secret>,
    /// Client authentication; `None`: chosen by the metadata and by whether a secret is set.
    pub client_auth: Option<ClientAuth>,
    /// `true` if the code exchange needs a client secret, so that a missing one is reported before a browser opens.
    pub secret_needed: bool,
    /// Requested scopes.
    pub scopes: Vec<String>,
    /// `true` if flags or configuration set the scopes.
    pub scopes_chosen: bool,
    /// `true` if only the issuer is known: the catalog has no row for the provider.
    pub generic: bool,
    /// Separator of scopes in a request.
    pub scope_separator: String,
    /// PKCE.
    pub pkce: Pkce,
    /// Extra parameters of the authorization request.
    pub params: BTreeMap<String, String>,
    /// Parameters that a refresh requires in addition to `refresh_token`: `scope`, `redirect_uri`.
    pub refresh_params: Vec<String>,
    /// `false` if the provider returns no ID token although `openid` is granted.
    pub id_token: bool,
    /// `false` if the ID token does not repeat `nonce`, so that none is sent.
    pub nonce: bool,
    /// `true` if ID tokens may be signed by HMAC with the client secret.
    pub id_token_hmac: bool,
    /// `true` if `{tenantid}` in the metadata's issuer stands for the ID token's `tid` (Microsoft Entra ID).
    pub tenant_issuer: bool,
    /// Paths into the profile document.
    pub profile: ProfilePaths,
    /// Redirect URIs that the provider accepts.
    pub accepted_redirect: AcceptedRedirect,
    /// The provider's page that shows the code.
    pub code_page: Option<CodePage>,
    /// The host of the redirect URI: `127.0.0.1` or `localhost`.
    pub redirect_host: String,
    /// The path of the redirect URI, `/callback` unless the row says otherwise.
    pub redirect_path: String,
    /// A fixed port.
    pub port: Option<u16>,
    /// Ports to try when `port` is in use: those of a client registered at run time.
    pub fallback_ports: Vec<u16>,
    /// The registered redirect URI, sent byte for byte.
    pub callback: Option<String>,
    /// Brand color, `#rrggbb`.
    pub brand_color: Option<String>,
    /// Page to register an application.
    pub register_at: Option<String>,
    /// Advice for registering, in a few words.
    pub register_hint: Option<String>,
    /// The provider's documentation.
    pub docs: Option<String>,
    /// Facts about its sessions, for the user.
    pub notes: Vec<String>,
    /// Keys of the row whose value is unconfirmed.
    pub low_confidence: Vec<String>,
    /// Customary environment variable for a token, used by `exec`.
    pub env: Option<String>,
    /// Base URL for `--redirect-to /path`.
    pub home: Option<String>,
    /// Preferred flow.
    pub flow: Option<Flow>,
    /// RFC 8707.
    pub resource: Option<String>,
    /// URL of the protected resource that led to this provider (RFC 9728); its sessions are for this resource.
    pub protected_resource: Option<String>,
    /// Accounts that may sign in, each an [`AllowRule`]; empty allows all.
    pub allow: Vec<String>,
    /// Expected account.
    pub account: Option<String>,
    /// Extra certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// Certificate chain (PEM) that serves an `https://localhost` callback.
    pub callback_certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate.
    pub callback_key: Option<PathBuf>,
    /// Hosts whose credential helpers (git, docker) use this provider.
    pub hosts: Vec<String>,
    /// Deviations of its requests and responses from the RFCs.
    pub quirks: ProviderQuirks,
}

impl Provider {
    /// A provider with default values for all but the name: the base for [`resolve()`] and tests.
    pub fn from_name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: name.to_owned(),
            issuer: None,
            discover: false,
            metadata: None,
            endpoints: KnownEndpoints::default(),
            client_id: None,
            client_secret: None,
            client_auth: None,
            secret_needed: false,
            scopes: Vec::new(),
            scopes_chosen: false,
            generic: false,
            scope_separator: " ".to_owned(),
            pkce: Pkce::S256,
            params: BTreeMap::new(),
            refresh_params: Vec::new(),
            id_token: true,
            nonce: true,
            id_token_hmac: false,
            tenant_issuer: false,
            profile: ProfilePaths::default(),
            accepted_redirect: AcceptedRedirect::Loopback,
            code_page: None,
            redirect_host: "127.0.0.1".to_owned(),
            redirect_path: "/callback".to_owned(),
            port: None,
            fallback_ports: Vec::new(),
            callback: None,
            brand_color: None,
            register_at: None,
            register_hint: None,
            docs: None,
            notes: Vec::new(),
            low_confidence: Vec::new(),
            env: None,
            home: None,
            flow: None,
            resource: None,
            protected_resource: None,
            allow: Vec::new(),
            account: None,
            ca_file: None,
            callback_certificate: None,
            callback_key: None,
            hosts: Vec::new(),
            quirks: ProviderQuirks::default(),
        }
    }

    /// Returns the client id.
    ///
    /// # Errors
    /// [`Error::NoClientId`] with the page to register at and the redirect URI to enter there.
    pub fn require_client_id(&self) -> Result<&str> {
        self.client_id.as_deref().ok_or_else(|| Error::NoClientId {
            provider: self.name.clone(),
            register_at: self.register_at.clone().or_else(|| self.docs.clone()),
            redirect_uri: redirect_uri_to_register(self),
            secret_required: self.secret_needed,
        })
    }

    /// Rejects a browser sign-in that cannot return: the provider accepts no `http` redirect URI and no other is
    /// configured.
    ///
    /// # Errors
    /// [`Error::Usage`] with the command that stores a callback.
    pub fn check_callback(&self) -> Result<()> {
        // The paste flow needs no listener.
        let is_pasted = self.flow == Some(Flow::Paste) && self.accepted_redirect == AcceptedRedirect::Https;
        if self.callback.is_some() || self.accepted_redirect == AcceptedRedirect::Loopback || is_pasted {
            return Ok(());
        }
        let (name, example) = (&self.name, redirect_uri_to_register(self));
        let add = format!("{{program}} providers add {name} --set callback={example}");
        let hint = match self.accepted_redirect {
            AcceptedRedirect::Https => format!(
                "use an https callback on this machine with a certificate\n\
                 ({add} --set callback_certificate=FILE --set callback_key=FILE), or register\n\
                 {example} and paste the final URL:\n\
                 {{program}} signin {name} --paste"
            ),
            AcceptedRedirect::Loopback | AcceptedRedirect::Domain => add,
        };
        Err(Error::Usage {
            message: format!("`{name}` accepts https redirect URIs only, and no callback is configured"),
            hint: Some(hint),
        })
    }
}

/// Default port of an https redirect URI: 443 needs privileges.
const HTTPS_PORT: u16 = 25519;

/// Returns the redirect URI to register: the one that is sent, without a port if the provider accepts any (RFC 8252
/// 7.3).
pub fn redirect_uri_to_register(provider: &Provider) -> String {
    let (host, path) = (&provider.redirect_host, &provider.redirect_path);
    match (&provider.callback, provider.accepted_redirect, provider.port) {
        (Some(callback), ..) => callback.clone(),
        (None, AcceptedRedirect::Domain, _) => format!("https://YOUR.DOMAIN{path}"),
        (None, AcceptedRedirect::Https, port) => format!("https://localhost:{}{path}", port.unwrap_or(HTTPS_PORT)),
        (None, AcceptedRedirect::Loopback, Some(port)) => format!("http://{host}:{port}{path}"),
        (None, AcceptedRedirect::Loopback, None) => format!("http://{host}{path}"),
    }
}
