//! The rows of `catalog.toml`, found by a scan for their headers and parsed one at a time.
//!
//! Parsing hundreds of rows to find one name would dominate the run time of a command, so the TOML parser gets only the
//! text from a row's `[name]` to the next row's. In exchange the file has a fixed layout: a row's header, its `aliases`
//! and its `hosts` each start a line and take one line. A test parses the whole file and compares. `benches/catalog.rs`
//! measures the cost.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::quirks::{DeviceQuirks, ProviderQuirks};
use super::{Pkce, ProfilePaths};
use crate::session::{ClientAuth, RequestFormat, TokenKind};

const CATALOG_TOML: &str = include_str!("../catalog.toml");

/// All known providers, by name.
#[derive(Debug)]
pub struct Catalog {
    text: &'static str,
    ranges: BTreeMap<&'static str, Range<usize>>,
    aliases: BTreeMap<&'static str, &'static str>,
    hosts: BTreeMap<&'static str, &'static str>,
}

static ROWS: OnceLock<Catalog> = OnceLock::new();

/// Returns the catalog; scanned once, on first use.
pub fn rows() -> &'static Catalog {
    ROWS.get_or_init(|| Catalog::scan(CATALOG_TOML))
}

/// Returns `true` if this process has scanned the catalog: printing a valid token must not.
#[cfg(feature = "internals")]
pub fn is_loaded() -> bool {
    ROWS.get().is_some()
}

impl Catalog {
    /// Finds the range, aliases and hosts of each row, without parsing.
    fn scan(text: &'static str) -> Self {
        let mut headers: Vec<(usize, &'static str)> =
            text.match_indices("\n[").map(|(at, _)| (at + 1, row_name(&text[at + 2..]))).collect();
        headers.dedup_by_key(|(_, name)| *name);
        let ends = headers.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
        let ranges = headers.iter().zip(ends).map(|((start, name), end)| (*name, *start..end)).collect();
        let index = |key: &'static str| {
            let mut names = BTreeMap::new();
            for (at, key) in text.match_indices(key) {
                let after = headers.partition_point(|(start, _)| *start < at);
                let list = text[at + key.len()..].lines().next().unwrap_or_default();
                if let Some((_, name)) = headers[..after].last() {
                    names.extend(list.split('"').skip(1).step_by(2).map(|other| (other, *name)));
                }
            }
            names
        };
        let (aliases, hosts) = (index("\naliases = "), index("\nhosts = "));
        Self { text, ranges, aliases, hosts }
    }

    /// Returns the names of all rows, without aliases, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ranges.keys().copied()
    }

    /// Returns each alias with the name of its row.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(alias, name)| (*alias, *name))
    }

    /// Returns the name of the row whose name, alias or host is `name`.
    pub fn canonical(&self, name: &str) -> Option<&'static str> {
        let row = self.ranges.get_key_value(name).map(|(name, _)| *name);
        let other = || self.aliases.get(name).or_else(|| self.hosts.get(name.to_ascii_lowercase().as_str()));
        row.or_else(|| other().copied())
    }

    /// Returns the row whose name, alias or host is `name`.
    pub fn row(&self, name: &str) -> Option<CatalogRow> {
        let range = self.ranges.get(self.canonical(name)?)?;
        let mut rows: BTreeMap<String, CatalogRow> =
            toml::from_str(&self.text[range.clone()]).expect("a test parses every row of catalog.toml");
        rows.pop_first().map(|(_, row)| row)
    }
}

/// Returns the row name of a header: `github` for `github.device]`.
fn row_name(header: &str) -> &str {
    &header[..header.find(['.', ']', '\n']).unwrap_or(header.len())]
}

/// One provider of the catalog. `{name}` in a URL stands for the setting of that name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRow {
    /// Display name.
    pub title: String,
    /// Other names for the provider.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Reason why sign-ins are no longer possible; the row then has no other values.
    pub closed: Option<String>,
    /// The issuer; every `iss` is checked against it.
    pub issuer: Option<String>,
    /// `true` if a sign-in fetches metadata from the issuer first. Endpoints in the row take precedence.
    #[serde(default)]
    pub discover: bool,
    /// Metadata URL, if it is not the standard location for the issuer; the issuer in it is still checked.
    pub metadata: Option<String>,
    /// RFC 6749 3.1.
    pub authorization_endpoint: Option<String>,
    /// RFC 6749 3.2.
    pub token_endpoint: Option<String>,
    /// RFC 8628 3.1.
    pub device_authorization_endpoint: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's profile endpoint.
    pub userinfo_endpoint: Option<String>,
    /// RFC 7009.
    pub revocation_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session_endpoint: Option<String>,
    /// RFC 7517.
    pub jwks_uri: Option<String>,
    /// Settings that complete the URLs.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// A client id that everyone may use; only the demo provider has one.
    pub client_id: Option<String>,
    /// Authentication of a client with a secret, if it is not HTTP Basic.
    pub client_auth: Option<ClientAuth>,
    /// `true` if the code exchange needs a client secret even with PKCE.
    #[serde(default)]
    pub secret_needed: bool,
    /// Default scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Separator of scopes in a request; a space by default.
    pub scope_separator: Option<String>,
    /// `"no"` if the provider fails on PKCE or does not support it; `"hex"` or `"plain"` if it needs that method.
    #[serde(default, deserialize_with = "pkce")]
    pub pkce: Option<Pkce>,
    /// Extra parameters of the authorization request that the user may override; an empty one is not sent.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Parameters that a refresh requires in addition to `refresh_token`: `scope`, `redirect_uri`.
    #[serde(default)]
    pub refresh_params: Vec<String>,
    /// `false` if the provider returns no ID token although `openid` is granted.
    pub id_token: Option<bool>,
    /// `false` if the ID token does not repeat the `nonce`.
    pub nonce: Option<bool>,
    /// `true` if ID tokens may be signed by HMAC with the client secret.
    #[serde(default)]
    pub id_token_hmac: bool,
    /// `true` if `{tenantid}` in the metadata's issuer stands for the ID token's `tid`.
    #[serde(default)]
    pub tenant_issuer: bool,
    /// Paths into the profile document.
    #[serde(default)]
    pub profile: ProfilePaths,
    /// Requirements on the redirect URI.
    #[serde(default)]
    pub redirect: RedirectRules,
    /// Page to register an application.
    pub register_at: Option<String>,
    /// Advice for registering, in a few words.
    pub register_hint: Option<String>,
    /// The provider's documentation.
    pub docs: Option<String>,
    /// Facts about its sessions for the user, each in a few words.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Keys whose value has only one source, an old source or no known source.
    #[serde(rename = "low", default)]
    pub low_confidence: Vec<String>,
    /// Customary environment variable for a token.
    pub env: Option<String>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// Hosts whose credential helpers (git, docker) use this provider unless configured otherwise.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Deviations of the authorization request that the user cannot override.
    #[serde(default)]
    pub authorize: RequestFormat,
    /// Deviations of the code exchange.
    #[serde(default)]
    pub token: RequestFormat,
    /// Deviations of the refresh; those of the code exchange by default.
    pub refresh: Option<RequestFormat>,
    /// Deviations of the profile request.
    #[serde(default)]
    pub userinfo: RequestFormat,
    /// Deviations of the revocation.
    #[serde(default)]
    pub revoke: RequestFormat,
    /// The only token that can be revoked; `None`: both.
    #[serde(rename = "revokes")]
    pub revocable: Option<TokenKind>,
    /// Paths to the members of the token response: the RFC's name → a dotted path.
    #[serde(rename = "reply", default)]
    pub response_paths: BTreeMap<String, String>,
    /// Deviations of the device flow.
    #[serde(default)]
    pub device: DeviceQuirks,
}

impl CatalogRow {
    /// Returns the deviations, with unfilled placeholders.
    pub fn quirks(&self) -> ProviderQuirks {
        ProviderQuirks {
            authorize: self.authorize.clone(),
            token: self.token.clone(),
            refresh: self.refresh.as_ref().unwrap_or(&self.token).clone(),
            userinfo: self.userinfo.clone(),
            revoke: self.revoke.clone(),
            revocable: self.revocable,
            response_paths: self.response_paths.clone(),
            device: self.device.clone(),
        }
    }
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

/// Requirements of a provider on the redirect URI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectRules {
    /// `localhost` if the provider rejects the IP literal.
    pub host: Option<String>,
    /// The path; `/callback` by default.
    pub path: Option<String>,
    /// Comparison of the port.
    pub port: PortRule,
    /// Accepted kinds of redirect URIs.
    pub accepts: AcceptedRedirect,
    /// The provider's page that shows the code, if there is one.
    pub page: Option<CodePage>,
}

/// A provider's page at which the browser ends and which shows the code for the user to copy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePage {
    /// The redirect URI of the page, which the user must register and configure.
    pub uri: String,
    /// Content of the page.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptedRedirect {
    /// `http` on this machine.
    #[default]
    Loopback,
    /// `https` only; on this machine if it has a certificate.
    Https,
    /// `https` at a domain of the user; the final URL is pasted.
    Domain,
}

/// Comparison of the port of a registered redirect URI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortRule {
    /// Any port matches (RFC 8252 7.3).
    #[default]
    Any,
    /// The port must be the registered one.
    Exact,
}

fn pkce<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Pkce>, D::Error> {
    match String::deserialize(value)?.as_str() {
        "no" => Ok(Some(Pkce::No)),
        "hex" => Ok(Some(Pkce::Hex)),
        "plain" => Ok(Some(Pkce::Plain)),
        other => Err(serde::de::Error::custom(format!("`pkce` must be no, hex, plain or absent, not `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> BTreeMap<String, CatalogRow> {
        toml::from_str(CATALOG_TOML).expect("catalog.toml is well formed")
    }

    #[test]
    fn scan_and_parser_find_the_same_rows() {
        let whole = whole();
        assert_eq!(rows().names().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (name, row) in &whole {
            assert_eq!(rows().row(name).as_ref(), Some(row), "{name}");
            for alias in &row.aliases {
                assert_eq!(rows().canonical(alias), Some(name.as_str()), "{alias}");
            }
            for host in &row.hosts {
                assert_eq!(rows().canonical(host), Some(name.as_str()), "{host} belongs to one row");
            }
        }
        let count: usize = whole.values().map(|row| row.aliases.len()).sum();
        assert_eq!(rows().aliases().count(), count);
        assert_eq!(rows().hosts.len(), whole.values().map(|row| row.hosts.len()).sum::<usize>());
    }

    /// Rows that combine unusual quirks, for authors of new rows.
    #[test]
    fn row_format_covers_unusual_providers() {
        let text = r#"
            [facebook]
            title = "Facebook"
            device = { request = { params = { access_token = "{client_id}|{client_secret}" } }, reply = { device_code = "code" }, poll = { endpoint = "https://graph.example/login_status", names = { device_code = "code", grant_type = "" } }, answers = { authorization_pending = ["error.error_subcode=1349174"] } }
            [trakt]
            title = "Trakt"
            [trakt.device]
            secret_needed = true
            request = { body = "json" }
            poll = { body = "json", names = { device_code = "code" } }
            answers = { authorization_pending = ["http=400"], slow_down = ["http=429"], access_denied = ["http=418"], expired_token = ["http=410"] }
            [simkl]
            title = "Simkl"
            [simkl.device]
            request = { method = "GET", body = "query" }
            poll = { endpoint = "https://api.example/oauth/pin/{user_code}", method = "GET", body = "query" }
            [wechat]
            title = "WeChat"
            pkce = "no"
            authorize = { names = { client_id = "appid" } }
            token = { body = "query", names = { client_id = "appid", client_secret = "secret" } }
            [figma]
            title = "Figma"
            refresh = { endpoint = "https://api.example/refresh" }
            userinfo = { headers = { "X-Version" = "1" } }
            reply = { access_token = "authed_user.access_token" }
        "#;
        let rows: BTreeMap<String, CatalogRow> = toml::from_str(text).expect("rows");
        assert_eq!(rows["trakt"].device.signals.expired_token, ["http=410"]);
        assert_eq!(rows["wechat"].pkce, Some(Pkce::No));
    }
}
