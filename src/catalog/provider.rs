//! The values of a provider. A row of the catalog, a table of the configuration and a resolved provider are one type, so
//! that resolving fills in a row instead of copying it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::evidence::{Access, Evidence};
use super::quirks::ProviderQuirks;
use super::redirect_rules::RedirectRules;
use super::registration_rules::{ClientKind, RegistrationRules};
use crate::secret::Secret;
use crate::session::{ClientAuth, Services};

/// A provider: a row, the keys that the configuration sets, or everything a new sign-in needs except what discovery adds.
///
/// `{name}` in the texts of a row stands for the setting of that name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Provider {
    /// Label of its sessions: the name in the configuration or catalog, or the normalized URL. Set by `resolve`.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    pub aliases: Vec<String>,
    /// Notes for users of an alias that meant another provider before: the alias → a few words.
    pub alias_notes: BTreeMap<String, String>,
    /// URL that the row is a short name for, such as that of an MCP server; the row then has no values for a sign-in.
    pub url: Option<String>,
    /// Reason why sign-ins are no longer possible; the row then has no other values.
    pub closed: Option<String>,
    /// Name of the row that a table of the configuration, or another row, uses with its own settings.
    #[serde(rename = "use")]
    pub uses: Option<String>,
    /// The issuer; every `iss` is checked against it.
    pub issuer: Option<String>,
    /// `true` if a sign-in fetches metadata from the issuer first. A row with every endpoint does not need it.
    pub discover: bool,
    /// Metadata URL, if it is not the standard location for the issuer; the issuer in it is still checked.
    pub metadata: Option<String>,
    /// Endpoints known without discovery.
    #[serde(flatten)]
    pub endpoints: KnownEndpoints,
    /// Settings that complete the texts of a row.
    #[serde(rename = "settings")]
    pub declared_settings: Vec<Setting>,
    /// The client id, from flag, environment, configuration or the row, if it takes any client.
    pub client_id: Option<String>,
    /// Kind of the registered application.
    pub client_kind: Option<ClientKind>,
    /// Page at which the user manages the registered application.
    pub client_page: Option<String>,
    /// The client secret, from flag or environment; the caller adds the one in the credential store.
    #[serde(skip)]
    pub client_secret: Option<Secret>,
    /// URL of the user's metadata document for this program, which is the client id if the server takes such documents.
    pub client_metadata: Option<String>,
    /// Client authentication; `None`: chosen by the metadata and by whether a secret is set.
    pub client_auth: Option<ClientAuth>,
    /// `true` if the code exchange needs a client secret even with PKCE, so that a missing one is reported before a
    /// browser opens.
    pub secret_needed: bool,
    pub scopes: Vec<String>,
    /// `true` if flags or configuration set the scopes.
    #[serde(skip)]
    pub scopes_chosen: bool,
    /// Named scopes for a purpose, such as `git` or `mail`: `--scope @NAME` stands for them. Each set is complete, with
    /// the scopes that tell the account.
    pub scope_sets: BTreeMap<String, Vec<String>>,
    /// Scopes that `--scope +S` adds; a protected resource asks for its own besides.
    #[serde(skip)]
    pub scopes_added: Vec<String>,
    /// Keys that a table of the configuration sets.
    #[serde(skip)]
    pub configured: Vec<String>,
    /// `true` if only the issuer is known: the catalog has no row for the provider.
    #[serde(skip)]
    pub generic: bool,
    /// Separator of scopes in a request; resolved to a space by default.
    pub scope_separator: String,
    pub pkce: Pkce,
    /// Extra parameters of the authorization request that the user may override; an empty one is not sent.
    pub params: BTreeMap<String, String>,
    /// Parameters that a refresh requires in addition to `refresh_token`: `scope`, `redirect_uri`.
    pub refresh_params: Vec<String>,
    /// `Some(false)` if the provider returns no ID token although `openid` is granted.
    pub id_token: Option<bool>,
    /// `Some(false)` if the ID token does not repeat `nonce`, so that none is sent.
    pub nonce: Option<bool>,
    /// `true` if ID tokens may be signed by HMAC with the client secret.
    pub id_token_hmac: bool,
    /// `true` if `{tenantid}` in the metadata's issuer stands for the ID token's `tid` (Microsoft Entra ID).
    pub tenant_issuer: bool,
    pub profile: ProfilePaths,
    pub redirect: RedirectRules,
    /// A fixed port.
    pub port: Option<u16>,
    /// The registered redirect URI, sent byte for byte.
    pub callback: Option<String>,
    /// Certificate chain (PEM) that serves an `https://localhost` callback.
    pub callback_certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate.
    pub callback_key: Option<PathBuf>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// Path of the row's logo in a square of 24, if the provider is reached at the row's own endpoints.
    #[serde(skip)]
    pub logo: Option<&'static str>,
    /// Page to register an application.
    pub register_at: Option<String>,
    /// Restriction on who may register.
    pub access: Option<Access>,
    /// Advice for registering, in a few words.
    pub register_hint: Option<String>,
    /// What the page asks for.
    pub register: RegistrationRules,
    pub docs: Option<String>,
    /// Facts about its sessions for the user, each in a few words.
    pub notes: Vec<String>,
    /// Standing of the row's endpoints; `None` if they are not used.
    pub evidence: Option<Evidence>,
    /// Pages of documentation, or names of collections of providers, that the values come from.
    pub sources: Vec<String>,
    /// Keys of the row whose value has only one source, an old source or no known source.
    #[serde(rename = "low")]
    pub low_confidence: Vec<String>,
    /// Customary environment variable for a token, used by `exec`.
    pub env: Option<String>,
    /// Base URL for `--redirect-to /path`.
    pub home: Option<String>,
    /// Preferred flow.
    pub flow: Option<Flow>,
    /// RFC 8707.
    pub resource: Option<String>,
    /// `true` if no request names the resource: some servers reject the parameter.
    #[serde(skip)]
    pub omit_resource: bool,
    /// URL of the protected resource that led to this provider (RFC 9728); its sessions are for this resource.
    #[serde(skip)]
    pub protected_resource: Option<String>,
    /// The protected resource speaks the Model Context Protocol.
    #[serde(skip)]
    pub speaks_mcp: bool,
    /// Requests without a token that look for the challenge of a protected resource; `None`: GET, then POST.
    pub probe: Option<Probe>,
    /// Accounts that may sign in, each an [`AllowRule`](super::AllowRule); empty allows all.
    pub allow: Vec<String>,
    /// Expected account.
    pub account: Option<String>,
    /// Extra certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// Hosts, with their subdomains, at which users sign in or enter a device code, beside the issuer's.
    pub verification_hosts: Vec<String>,
    /// Services that accept its access tokens.
    #[serde(flatten)]
    pub services: Services,
    /// Deviations of its requests and responses from the RFCs.
    #[serde(flatten)]
    pub quirks: ProviderQuirks,
    /// Every other key: values of the row's settings. Must be last, because it takes what the others leave.
    #[serde(flatten)]
    pub settings: BTreeMap<String, String>,
}

/// Endpoints known before discovery; each one set here takes precedence over discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct KnownEndpoints {
    #[serde(rename = "authorization_endpoint")]
    pub authorization: Option<String>,
    #[serde(rename = "token_endpoint")]
    pub token: Option<String>,
    #[serde(rename = "device_authorization_endpoint")]
    pub device_authorization: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's profile endpoint.
    #[serde(rename = "userinfo_endpoint")]
    pub userinfo: Option<String>,
    #[serde(rename = "revocation_endpoint")]
    pub revocation: Option<String>,
    #[serde(rename = "end_session_endpoint")]
    pub end_session: Option<String>,
    #[serde(rename = "jwks_uri")]
    pub jwks: Option<String>,
}

/// A value that completes the URLs of a row, such as a tenant or a domain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Key in the configuration, and name of the placeholder.
    pub name: String,
    /// Explanation in a few words.
    pub note: Option<String>,
    /// Default, which may contain placeholders of other settings. Empty makes the setting optional.
    pub default: Option<String>,
    /// Form of the value.
    #[serde(default)]
    pub kind: SettingKind,
}

/// Form of a setting, so that a value cannot change another part of the URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// A path segment or a host label.
    #[default]
    Segment,
    /// A host name with an optional port.
    Host,
    /// A URL, https or loopback; a trailing slash is removed.
    Url,
}

/// Form of the PKCE challenge in the authorization request (RFC 7636). S256 is the default, so no row names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// The digest in base64.
    #[default]
    #[serde(skip)]
    S256,
    /// S256, although the metadata may not list it.
    Yes,
    /// S256 with the digest in hexadecimal, for TikTok's desktop applications.
    Hex,
    /// The verifier itself: MyAnimeList requires PKCE and supports no digest (RFC 7636 7.2).
    Plain,
    /// No challenge: the provider fails on PKCE or does not support it.
    No,
}

/// Requests that look for the challenge of a protected resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// GET alone.
    Get,
    /// GET, and one POST if GET has no challenge.
    Post,
}

impl Probe {
    /// Returns the value in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// Preferred flow when no flag selects one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flow {
    /// RFC 8252 loopback redirect.
    Loopback,
    /// RFC 8628 device authorization.
    Device,
    /// The user pastes the final URL.
    Paste,
}

/// Paths into a profile document. Each list is tried in order; a path is dotted, with `[0]` steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilePaths {
    /// Prefix of every path.
    pub root: Option<String>,
    pub id: Vec<String>,
    /// The account label; empty means `preferred_username`, `email`, `login`, `name`.
    pub account: Vec<String>,
    pub email: Vec<String>,
    /// Claims of the ID token that the provider vouches for, so that `signin --account` may rely on them.
    pub vouched: Vec<String>,
    /// `true` if the token response is the profile and no profile request is sent.
    #[serde(rename = "in_reply")]
    pub in_token_response: bool,
}

/// Returns true if the name in the configuration need not stand beside the title: the title has its letters, or is the
/// host of its URL.
pub fn title_tells(title: &str, name: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    name.contains("://") || letters(title).contains(&letters(name))
}

impl Provider {
    /// A provider without a row: everything but the name is the default.
    pub fn from_name(name: &str) -> Self {
        Self { name: name.to_owned(), title: name.to_owned(), scope_separator: " ".to_owned(), ..Self::default() }
    }

    /// Title for the user, with the configured name if the title does not tell it.
    pub fn label(&self) -> String {
        match title_tells(&self.title, &self.name) {
            true => self.title.clone(),
            false => format!("{} ({})", self.title, self.name),
        }
    }

    /// Returns `true` if a table of the configuration sets `key`.
    pub fn is_configured(&self, key: &str) -> bool {
        self.configured.iter().any(|configured| configured == key)
    }

    /// Replaces the values that a table of the configuration sets; parameters are added. Issuer and port depend on other
    /// sources, so `resolve` sets them.
    pub(super) fn merge(&mut self, table: &Self) {
        macro_rules! replace {
            ($($($field:ident).+)*) => { $(
                if table.$($field).+.is_some() {
                    self.$($field).+.clone_from(&table.$($field).+);
                }
            )* };
        }
        replace!(uses client_id client_kind client_page client_auth callback callback_certificate callback_key);
        replace!(env home flow resource account ca_file probe client_metadata);
        replace!(endpoints.authorization endpoints.token endpoints.device_authorization endpoints.userinfo);
        replace!(endpoints.revocation endpoints.end_session endpoints.jwks quirks.logout);
        for (list, of_table) in [(&mut self.services.hosts, &table.services.hosts), (&mut self.allow, &table.allow)] {
            if !of_table.is_empty() {
                list.clone_from(of_table);
            }
        }
        self.scope_sets.extend(table.scope_sets.clone());
        if self.pkce == Pkce::S256 {
            self.pkce = table.pkce;
        }
        if table.is_configured("scopes") {
            self.scopes.clone_from(&table.scopes);
            self.scopes_chosen = true;
        }
        self.configured.clone_from(&table.configured);
        self.settings.clone_from(&table.settings);
        self.params.extend(table.params.clone());
        // The row's parameters are for the browser only; the user's are for the device flow too.
        self.quirks.device.request.params.extend(table.params.clone());
    }

    /// Returns every text that may contain the placeholder of a setting.
    pub(super) fn templates_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let KnownEndpoints { authorization, token, device_authorization, userinfo, revocation, end_session, jwks } =
            &mut self.endpoints;
        [authorization, token, device_authorization, userinfo, revocation, end_session, jwks]
            .into_iter()
            .chain([&mut self.issuer, &mut self.metadata, &mut self.register_at])
            .flatten()
            .chain(self.params.values_mut())
            .chain(self.register.texts_mut())
            .chain(self.quirks.texts_mut())
            .chain(self.services.texts_mut())
    }

    /// Removes the URLs of a row.
    pub(super) fn drop_urls(&mut self) {
        (self.endpoints, self.services) = (KnownEndpoints::default(), Services::default());
        (self.issuer, self.metadata, self.register_at, self.redirect.page) = (None, None, None, None);
        self.register = RegistrationRules { enter: std::mem::take(&mut self.register.enter), ..Default::default() };
        self.quirks.requests_mut().for_each(|request| request.endpoint = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_name_stands_beside_a_title_without_it() {
        for (title, name, label) in [
            ("GitHub", "github", "GitHub"),
            ("Microsoft Entra ID", "microsoft-entra-id", "Microsoft Entra ID"),
            ("Amazon Cognito", "cognito", "Amazon Cognito"),
            ("id.example/a", "https://id.example/a", "id.example/a"),
            ("GitLab", "work", "GitLab (work)"),
            ("GitLab", "gitlab2", "GitLab (gitlab2)"),
        ] {
            let provider = Provider { title: title.to_owned(), ..Provider::from_name(name) };
            assert_eq!(provider.label(), label);
        }
    }
}
