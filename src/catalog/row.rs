//! The rows of `catalog.toml`, found by a scan for their headers and parsed one at a time.
//!
//! With hundreds of rows, parsing them all for one name would be most of what a command does; so only the slice of text
//! from a row's `[name]` to the next row's is given to the TOML parser. The price is a plain form: a row's header and its
//! `aliases` and `hosts` stand at the start of a line, each on one line. A test parses the file whole and compares.
//! What it costs is measured by `benches/catalog.rs`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::quirks::{DeviceQuirks, ProviderQuirks};
use super::{Pkce, ProfilePaths};
use crate::session::{ClientAuth, RequestFormat, TokenKind};

pub(super) const CATALOG_TOML: &str = include_str!("../catalog.toml");

/// Every known provider, by name.
#[derive(Debug)]
pub struct Catalog {
    text: &'static str,
    ranges: BTreeMap<&'static str, Range<usize>>,
    aliases: BTreeMap<&'static str, &'static str>,
    hosts: BTreeMap<&'static str, &'static str>,
}

static ROWS: OnceLock<Catalog> = OnceLock::new();

/// The catalogue; scanned once, on first use.
pub fn rows() -> &'static Catalog {
    ROWS.get_or_init(|| Catalog::scan(CATALOG_TOML))
}

/// Whether anything in this process has looked into the catalogue so far: a valid token is had without.
pub fn is_loaded() -> bool {
    ROWS.get().is_some()
}

impl Catalog {
    /// Finds where each row begins and ends, its aliases and its hosts, without parsing.
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

    /// The names of all rows, in alphabetical order; aliases are not among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ranges.keys().copied()
    }

    /// Each alias with the name of its row.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(alias, name)| (*alias, *name))
    }

    /// The name of the row that `name`, itself, an alias or a host of its own, means.
    pub fn canonical(&self, name: &str) -> Option<&'static str> {
        let own = self.ranges.get_key_value(name).map(|(name, _)| *name);
        let other = || self.aliases.get(name).or_else(|| self.hosts.get(name.to_ascii_lowercase().as_str()));
        own.or_else(|| other().copied())
    }

    /// The row that `name`, itself, an alias or a host of its own, means.
    pub fn row(&self, name: &str) -> Option<CatalogRow> {
        let range = self.ranges.get(self.canonical(name)?)?;
        let mut rows: BTreeMap<String, CatalogRow> = toml::from_str(&self.text[range.clone()])
            .expect("every row of catalog.toml is well formed: a test reads each");
        rows.pop_first().map(|(_, row)| row)
    }
}

/// The row that a header belongs to: `github` of `github.device]`.
fn row_name(header: &str) -> &str {
    &header[..header.find(['.', ']', '\n']).unwrap_or(header.len())]
}

/// One provider as the catalogue knows it. `{name}` in an address stands for the setting of that name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogRow {
    /// What a person reads.
    pub title: String,
    /// Other names it answers to.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Why nobody can sign in there any more; then nothing else is known.
    pub closed: Option<String>,
    /// The issuer; checked wherever an `iss` is seen.
    pub issuer: Option<String>,
    /// Whether metadata is fetched from the issuer before a sign-in. Endpoints written down win over it.
    #[serde(default)]
    pub discover: bool,
    /// Where its metadata lies, where that is not the issuer's range for it; the issuer is checked all the same.
    pub metadata: Option<String>,
    /// RFC 6749 3.1.
    pub authorization_endpoint: Option<String>,
    /// RFC 6749 3.2.
    pub token_endpoint: Option<String>,
    /// RFC 8628 3.1.
    pub device_authorization_endpoint: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's own profile address.
    pub userinfo_endpoint: Option<String>,
    /// RFC 7009.
    pub revocation_endpoint: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session_endpoint: Option<String>,
    /// RFC 7517.
    pub jwks_uri: Option<String>,
    /// What a person has to say before the addresses are complete.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// A client id that everyone may use; only the demo has one.
    pub client_id: Option<String>,
    /// How a client with a secret proves itself, where Basic is not right.
    pub client_auth: Option<ClientAuth>,
    /// Whether the code exchange needs a client secret even with PKCE.
    #[serde(default)]
    pub secret_needed: bool,
    /// The scopes asked for where nobody says.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What joins scopes in a request; a space where not said.
    pub scope_separator: Option<String>,
    /// `"no"` where the provider breaks on PKCE or does not know it; `"hex"`, `"plain"` where it has a way of its own.
    #[serde(default, deserialize_with = "pkce")]
    pub pkce: Option<Pkce>,
    /// Extra parameters of the authorization request, which a person may set otherwise; an empty one is not sent.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Parameters beside `refresh_token` that a refresh demands: `scope`, `redirect_uri`.
    #[serde(default)]
    pub refresh_params: Vec<String>,
    /// `false` where no ID token comes although `openid` is granted.
    pub id_token: Option<bool>,
    /// `false` where the ID token does not repeat the `nonce`.
    pub nonce: Option<bool>,
    /// Whether ID tokens may be signed by HMAC with the client's own secret.
    #[serde(default)]
    pub id_token_hmac: bool,
    /// Whether `{tenantid}` in the metadata's issuer stands for the ID token's `tid`.
    #[serde(default)]
    pub tenant_issuer: bool,
    /// How the profile is read.
    #[serde(default)]
    pub profile: ProfilePaths,
    /// What the redirect URI has to look like.
    #[serde(default)]
    pub redirect: RedirectRules,
    /// Where to register an application.
    pub register_at: Option<String>,
    /// What to mind when registering, in a few words.
    pub register_hint: Option<String>,
    /// The provider's own words on all this.
    pub docs: Option<String>,
    /// What a person should know of its sessions, each in a few words.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Keys whose value comes from a single or old source, or from none that could be named.
    #[serde(rename = "low", default)]
    pub low_confidence: Vec<String>,
    /// The customary environment variable of a token.
    pub env: Option<String>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// Hosts whose helpers (git, docker) use this provider where the configuration does not say.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How the authorization request differs; what a person may not set otherwise.
    #[serde(default)]
    pub authorize: RequestFormat,
    /// How the code exchange differs.
    #[serde(default)]
    pub token: RequestFormat,
    /// How the refresh differs; as the exchange where not said.
    pub refresh: Option<RequestFormat>,
    /// How the profile request differs.
    #[serde(default)]
    pub userinfo: RequestFormat,
    /// How the revocation differs.
    #[serde(default)]
    pub revoke: RequestFormat,
    /// The one token that can be revoked, where not each of them can.
    #[serde(rename = "revokes")]
    pub revocable: Option<TokenKind>,
    /// Where the token reply keeps its members: the RFC's name → a dotted path.
    #[serde(rename = "reply", default)]
    pub response_paths: BTreeMap<String, String>,
    /// How the device flow differs.
    #[serde(default)]
    pub device: DeviceQuirks,
}

impl CatalogRow {
    /// How its messages differ, with the placeholders still in them.
    pub(super) fn quirks(&self) -> ProviderQuirks {
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

/// Something a person has to say: a tenant, a domain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its key in the configuration, and its placeholder.
    pub name: String,
    /// What it may be, in a few words.
    pub note: Option<String>,
    /// What it is where nobody says; may hold other settings' placeholders. Empty: it need not be said.
    pub default: Option<String>,
    /// What form it has.
    #[serde(default)]
    pub kind: SettingKind,
}

/// What form a setting has, so that no value can change another part of the address it stands in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// One segment of a path or one label of a host.
    #[default]
    Segment,
    /// A host name, with a port or without.
    Host,
    /// An address, https or loopback; a slash at its end is dropped.
    Url,
}

/// What a provider wants of the redirect URI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectRules {
    /// `localhost` where the IP literal is refused.
    pub host: Option<String>,
    /// The path; `/callback` where not said.
    pub path: Option<String>,
    /// Whether the port counts.
    pub port: PortRule,
    /// Which addresses it takes at all.
    pub accepts: AcceptedRedirect,
    /// A page of the provider's own that shows the answer, where it has one.
    pub page: Option<CodePage>,
}

/// A page of the provider's at which a browser may end, and which shows the answer for a person to carry on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePage {
    /// The redirect URI that leads there, which a person has to register and to configure.
    pub uri: String,
    /// What it shows.
    pub shows: CodePageContent,
}

/// What a page shows of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum CodePageContent {
    /// The code and nothing else: no `state` and no `iss`, so that PKCE has to do.
    #[serde(rename = "code")]
    Code,
    /// The code, `#` and the `state`.
    #[serde(rename = "code#state")]
    CodeAndState,
}

/// Which redirect URIs a provider takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptedRedirect {
    /// `http` on this machine.
    #[default]
    Loopback,
    /// `https` only; this machine's own, where it has a certificate.
    Https,
    /// `https` at a domain of one's own: the answer is pasted.
    Domain,
}

/// Whether the port of a registered redirect URI counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortRule {
    /// Any free port does (RFC 8252 7.3).
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
        other => Err(serde::de::Error::custom(format!("`pkce` is no, hex, plain or not there, not `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> BTreeMap<String, CatalogRow> {
        toml::from_str(CATALOG_TOML).expect("catalog.toml is well formed")
    }

    #[test]
    fn the_scan_finds_what_the_parser_finds() {
        let whole = whole();
        assert_eq!(rows().names().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (name, row) in &whole {
            assert_eq!(rows().row(name).as_ref(), Some(row), "{name}");
            for alias in &row.aliases {
                assert_eq!(rows().canonical(alias), Some(name.as_str()), "{alias}");
            }
            for host in &row.hosts {
                assert_eq!(rows().canonical(host), Some(name.as_str()), "{host} is of one row");
            }
        }
        let count: usize = whole.values().map(|row| row.aliases.len()).sum();
        assert_eq!(rows().aliases().count(), count);
        assert_eq!(rows().hosts.len(), whole.values().map(|row| row.hosts.len()).sum::<usize>());
    }

    /// Rows that no file has yet, so that those who write them find the form ready.
    #[test]
    fn the_form_holds_what_odd_providers_need() {
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
