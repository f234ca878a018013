//! Turns a provider name plus settings into a complete [`Provider`], or says what is missing.
//!
//! The rows live in `catalog.toml`; adding a provider touches no Rust. What a row may say is [`Row`], what a person's
//! configuration may say about a provider is [`Entry`], and [`resolve()`] lays flags, environment, configuration and row
//! over one another. Discovery comes after that, in whoever can reach the network.

mod allow_rule;
mod layers;
mod lookup;
mod quirks;
mod resolve;
mod row;
#[cfg(test)]
mod schema;
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
pub(crate) use quirks::RESPONSE_PREFIX;
pub use quirks::{DeviceQuirks, PollSignals, ProviderQuirks};
pub use resolve::{missing_settings, resolve};
pub use row::{
    AcceptedRedirect, Catalog, CatalogRow, CodePage, CodePageContent, PortRule, RedirectRules, Setting, SettingKind,
    is_loaded, rows,
};
pub(crate) use scopes::is_scope;
pub use scopes::{is_reserved_param, merge_scopes, parse_scopes};
pub use urls::{
    CallbackUri, NetworkScope, is_local_machine, is_loopback, parse_callback, redact_userinfo, validate_endpoint,
    validate_home, validate_issuer, validate_resource,
};

pub use crate::session::{ParameterLocation, RequestFormat};

/// How the authorization request carries a PKCE challenge (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    /// S256, for everyone who does not say otherwise.
    S256,
    /// S256 with the digest in hexadecimal: TikTok's desktop applications.
    Hex,
    /// The verifier itself: MyAnimeList demands PKCE and knows no digest (RFC 7636 7.2).
    Plain,
    /// The row says the provider breaks on it, or does not know it.
    No,
}

/// Which flow to use where the person's flags do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// RFC 8252 loopback redirect.
    Loopback,
    /// RFC 8628 device authorization.
    Device,
    /// The person pastes the final address.
    Paste,
}

/// The endpoints a provider is known by before discovery; each one set here wins over what discovery says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownEndpoints {
    /// RFC 6749 3.1.
    pub authorization: Option<String>,
    /// RFC 6749 3.2.
    pub token: Option<String>,
    /// RFC 8628 3.1.
    pub device_authorization: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's own profile address.
    pub userinfo: Option<String>,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: Option<String>,
    /// RFC 7517.
    pub jwks: Option<String>,
}

/// How a row reads a profile document: each list is tried in order; a path is dotted, with `[0]` steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilePaths {
    /// What every path starts with.
    pub root: Option<String>,
    /// The subject.
    pub id: Vec<String>,
    /// The label; empty means `preferred_username`, `email`, `login`, `name`.
    pub account: Vec<String>,
    /// The e-mail address.
    pub email: Vec<String>,
    /// Whether the token reply itself is the profile, and nothing is asked for.
    #[serde(rename = "in_reply")]
    pub in_token_response: bool,
}

/// A provider, complete: everything a new sign-in needs but what discovery adds.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The label sessions carry: the name in configuration or catalogue, or the normalize URL.
    pub name: String,
    /// What a person reads.
    pub title: String,
    /// The issuer; checked wherever an `iss` is seen.
    pub issuer: Option<String>,
    /// Whether metadata is fetched from the issuer before a sign-in. Rows with every endpoint written down do without.
    pub discover: bool,
    /// Where the metadata lies, where that is not the issuer's place for it.
    pub metadata: Option<String>,
    /// What is known without discovery.
    pub endpoints: KnownEndpoints,
    /// The client id, from environment, configuration or (demo) row.
    pub client_id: Option<String>,
    /// The client secret, from the environment; the credential store's is added by the caller.
    pub client_secret: Option<Secret>,
    /// How the client proves itself; `None`: decided by whether there is a secret and by the metadata.
    pub client_auth: Option<ClientAuth>,
    /// Whether the code exchange needs a client secret, so that its lack is said before a browser opens.
    pub secret_needed: bool,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Whether flags or configuration chose them.
    pub scopes_chosen: bool,
    /// Whether it is known by its issuer alone: the catalogue has no row for it.
    pub generic: bool,
    /// What joins them.
    pub scope_separator: String,
    /// PKCE.
    pub pkce: Pkce,
    /// Extra parameters of the authorization request.
    pub params: BTreeMap<String, String>,
    /// Names of parameters beside `refresh_token` that a refresh demands: `scope`, `redirect_uri`.
    pub refresh_params: Vec<String>,
    /// `false` where the row says that no ID token comes although `openid` is granted.
    pub id_token: bool,
    /// `false` where the row says that the ID token repeats no `nonce`, so that none is sent.
    pub nonce: bool,
    /// Whether the row allows ID tokens signed by HMAC with the client's own secret.
    pub id_token_hmac: bool,
    /// Whether `{tenantid}` in the metadata's issuer stands for the ID token's `tid` (Microsoft Entra ID).
    pub tenant_issuer: bool,
    /// How the profile is read.
    pub profile: ProfilePaths,
    /// Which redirect URIs the provider takes.
    pub accepted_redirect: AcceptedRedirect,
    /// The page of the provider's own that shows the answer.
    pub code_page: Option<CodePage>,
    /// The host of the redirect URI: `127.0.0.1` or `localhost`.
    pub redirect_host: String,
    /// The path of the redirect URI, `/callback` unless the row says otherwise.
    pub redirect_path: String,
    /// A fixed port.
    pub port: Option<u16>,
    /// Ports that will do where that one is held: those of a client registered at run time.
    pub fallback_ports: Vec<u16>,
    /// The registered redirect URI, sent byte for byte.
    pub callback: Option<String>,
    /// The brand's colour, `#rrggbb`.
    pub brand_color: Option<String>,
    /// Where to register an application.
    pub register_at: Option<String>,
    /// What to mind when registering, in a few words.
    pub register_hint: Option<String>,
    /// The provider's own words on all this.
    pub docs: Option<String>,
    /// What a person should know of its sessions.
    pub notes: Vec<String>,
    /// Keys of the row whose value is not sure.
    pub low_confidence: Vec<String>,
    /// The customary environment variable of a token, for `exec`.
    pub env: Option<String>,
    /// What `--redirect-to /path` is joined to.
    pub home: Option<String>,
    /// The flow to prefer.
    pub flow: Option<Flow>,
    /// RFC 8707.
    pub resource: Option<String>,
    /// The address of the protected resource that it was found behind (RFC 9728): what sessions are kept for.
    pub protected_resource: Option<String>,
    /// Who may sign in; empty: anybody. Each is a [`Rule`].
    pub allow: Vec<String>,
    /// The account expected.
    pub account: Option<String>,
    /// Extra certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// The certificate chain (PEM) an `https://localhost` callback is served with.
    pub callback_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate.
    pub callback_key: Option<PathBuf>,
    /// Hosts whose helpers (git, docker) use this provider.
    pub hosts: Vec<String>,
    /// How its messages differ from the RFCs.
    pub quirks: ProviderQuirks,
}

impl Provider {
    /// A provider of which nothing is known but its name: the base that [`resolve()`] and tests build on.
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

    /// The client id.
    ///
    /// # Errors
    /// [`Error::NoClientId`], saying where to register and which redirect URI to enter there.
    pub fn require_client_id(&self) -> Result<&str> {
        self.client_id.as_deref().ok_or_else(|| Error::NoClientId {
            provider: self.name.clone(),
            register_at: self.register_at.clone().or_else(|| self.docs.clone()),
            redirect_uri: redirect_uri_to_register(self),
            secret_required: self.secret_needed,
        })
    }

    /// Refuses a sign-in through the browser that could not come back: the provider takes no `http` address, and there is
    /// no other.
    ///
    /// # Errors
    /// [`Error::Usage`] with the command that stores one.
    pub fn check_callback(&self) -> Result<()> {
        // Nothing has to listen for what is pasted.
        let is_pasted = self.flow == Some(Flow::Paste) && self.accepted_redirect == AcceptedRedirect::Https;
        if self.callback.is_some() || self.accepted_redirect == AcceptedRedirect::Loopback || is_pasted {
            return Ok(());
        }
        let (name, example) = (&self.name, redirect_uri_to_register(self));
        let add = format!("{{program}} providers add {name} --set callback={example}");
        let hint = match self.accepted_redirect {
            AcceptedRedirect::Https => format!(
                "name one on this machine with a certificate of yours\n\
                 ({add} --set callback_certificate=FILE --set callback_key=FILE), or register\n\
                 {example} and paste the answer:\n\
                 {{program}} signin {name} --paste"
            ),
            AcceptedRedirect::Loopback | AcceptedRedirect::Domain => add,
        };
        Err(Error::Usage {
            message: format!("`{name}` comes back to https addresses only, and none is configured"),
            hint: Some(hint),
        })
    }
}

/// The port of a redirect URI on https, where none is fixed: 443 is not for ordinary users.
const HTTPS_PORT: u16 = 25519;

/// The redirect URI a person enters when registering: the one that is sent, without a port where the provider takes any
/// (RFC 8252 7.3).
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
