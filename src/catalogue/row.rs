//! The rows of `catalogue.toml`, found by a scan for their headers and parsed one at a time.
//!
//! With hundreds of rows, parsing them all for one name would be most of what a command does; so only the slice of text
//! from a row's `[name]` to the next row's is given to the TOML parser. The price is a plain form: a row's header and its
//! `aliases` stand at the start of a line, each on one line. A test parses the file whole and compares.
//! What it costs is measured by `benches/catalogue.rs`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::wire::{Device, Wire};
use super::{Pkce, ProfilePaths};
use crate::session::{ClientAuth, Message, TokenKind};

const TEXT: &str = include_str!("../catalogue.toml");

/// Every known provider, by name.
#[derive(Debug)]
pub struct Catalogue {
    text: &'static str,
    places: BTreeMap<&'static str, Range<usize>>,
    aliases: BTreeMap<&'static str, &'static str>,
}

static ROWS: OnceLock<Catalogue> = OnceLock::new();

/// The catalogue; scanned once, on first use.
pub fn rows() -> &'static Catalogue {
    ROWS.get_or_init(|| Catalogue::scan(TEXT))
}

/// Whether anything in this process has looked into the catalogue so far: a valid token is had without.
pub fn is_read() -> bool {
    ROWS.get().is_some()
}

impl Catalogue {
    /// Finds where each row begins and ends, and its aliases, without parsing.
    fn scan(text: &'static str) -> Self {
        let mut headers: Vec<(usize, &'static str)> =
            text.match_indices("\n[").map(|(at, _)| (at + 1, name_of(&text[at + 2..]))).collect();
        headers.dedup_by_key(|(_, name)| *name);
        let ends = headers.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
        let places = headers.iter().zip(ends).map(|((start, name), end)| (*name, *start..end)).collect();
        let mut aliases = BTreeMap::new();
        for (at, key) in text.match_indices("\naliases = ") {
            let after = headers.partition_point(|(start, _)| *start < at);
            let list = text[at + key.len()..].lines().next().unwrap_or_default();
            if let Some((_, name)) = headers[..after].last() {
                aliases.extend(list.split('"').skip(1).step_by(2).map(|alias| (alias, *name)));
            }
        }
        Self { text, places, aliases }
    }

    /// The names of all rows, in alphabetical order; aliases are not among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().copied()
    }

    /// Each alias with the name of its row.
    pub fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.aliases.iter().map(|(alias, name)| (*alias, *name))
    }

    /// The name of the row that `name`, itself or an alias, means.
    pub fn canonical(&self, name: &str) -> Option<&'static str> {
        let own = self.places.get_key_value(name).map(|(name, _)| *name);
        own.or_else(|| self.aliases.get(name).copied())
    }

    /// The row that `name`, itself or an alias, means.
    pub fn row(&self, name: &str) -> Option<Row> {
        let place = self.places.get(self.canonical(name)?)?;
        let mut rows: BTreeMap<String, Row> = toml::from_str(&self.text[place.clone()])
            .expect("every row of catalogue.toml is well formed: a test reads each");
        rows.pop_first().map(|(_, row)| row)
    }
}

/// The row that a header belongs to: `github` of `github.device]`.
fn name_of(header: &str) -> &str {
    &header[..header.find(['.', ']', '\n']).unwrap_or(header.len())]
}

/// One provider as the catalogue knows it. `{name}` in an address stands for the setting of that name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
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
    /// Where its metadata lies, where that is not the issuer's place for it; the issuer is checked all the same.
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
    pub redirect: Redirect,
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
    #[serde(default)]
    pub low: Vec<String>,
    /// The customary environment variable of a token.
    pub env: Option<String>,
    /// `#rrggbb`.
    pub brand_color: Option<String>,
    /// Hosts whose helpers (git, docker) use this provider where the configuration does not say.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How the authorization request differs; what a person may not set otherwise.
    #[serde(default)]
    pub authorize: Message,
    /// How the code exchange differs.
    #[serde(default)]
    pub token: Message,
    /// How the refresh differs; as the exchange where not said.
    pub refresh: Option<Message>,
    /// How the profile request differs.
    #[serde(default)]
    pub userinfo: Message,
    /// How the revocation differs.
    #[serde(default)]
    pub revoke: Message,
    /// The one token that can be revoked, where not each of them can.
    pub revokes: Option<TokenKind>,
    /// Where the token reply keeps its members: the RFC's name → a dotted path.
    #[serde(default)]
    pub reply: BTreeMap<String, String>,
    /// How the device flow differs.
    #[serde(default)]
    pub device: Device,
}

impl Row {
    /// How its messages differ, with the placeholders still in them.
    pub(super) fn wire(&self) -> Wire {
        Wire {
            authorize: self.authorize.clone(),
            token: self.token.clone(),
            refresh: self.refresh.as_ref().unwrap_or(&self.token).clone(),
            userinfo: self.userinfo.clone(),
            revoke: self.revoke.clone(),
            revokes: self.revokes,
            reply: self.reply.clone(),
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
    Word,
    /// A host name, with a port or without.
    Host,
    /// An address, https or loopback; a slash at its end is dropped.
    Url,
}

/// What a provider wants of the redirect URI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Redirect {
    /// `localhost` where the IP literal is refused.
    pub host: Option<String>,
    /// The path; `/callback` where not said.
    pub path: Option<String>,
    /// Whether the port counts.
    pub port: PortRule,
    /// Which addresses it takes at all.
    pub accepts: Accepts,
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
    pub shows: Shows,
}

/// What a page shows of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Shows {
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
pub enum Accepts {
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
    use super::super::scopes::is_reserved_param;
    use super::super::{OF_REPLY, address, is_scope};
    use super::*;

    /// Placeholders that are filled when a message is written, not when the provider is resolved.
    const RUN_TIME: &[&str] = &[
        "client_id",
        "client_secret",
        "access_token",
        "token",
        "device_code",
        "user_code",
        "verification_uri",
        "scope",
    ];

    fn whole() -> BTreeMap<String, Row> {
        toml::from_str(TEXT).expect("catalogue.toml is well formed")
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
        }
        let count: usize = whole.values().map(|row| row.aliases.len()).sum();
        assert_eq!(rows().aliases().count(), count);
    }

    #[test]
    fn no_two_rows_answer_to_one_name() {
        let whole = whole();
        let mut seen: Vec<&str> = whole.keys().map(String::as_str).collect();
        for row in whole.values() {
            for alias in &row.aliases {
                assert!(!seen.contains(&alias.as_str()), "{alias}");
                seen.push(alias);
            }
        }
    }

    #[test]
    fn rows_stand_in_alphabetical_order() {
        let headers: Vec<&str> = TEXT.lines().filter(|line| line.starts_with('[')).collect();
        let mut sorted = headers.clone();
        sorted.sort_by_key(|header| header.trim_matches(['[', ']']).split('.').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(headers, sorted);
    }

    #[test]
    fn every_placeholder_is_a_setting_or_filled_at_run_time() {
        for (name, row) in whole() {
            let known = |placeholder: &str| row.settings.iter().any(|setting| setting.name == placeholder);
            let defaults = row.settings.iter().filter_map(|setting| setting.default.as_deref());
            let defaults = defaults.chain(row.register_at.as_deref());
            for text in addresses(&row).chain(row.params.values().map(String::as_str)).chain(defaults) {
                for placeholder in placeholders(text) {
                    let late = matches!(placeholder, "client_id" | "access_token") || placeholder.starts_with(OF_REPLY);
                    assert!(known(placeholder) || late, "{name}: {text}");
                }
            }
            let mut wire = row.wire();
            for message in wire.messages_mut() {
                for placeholder in message.texts().flat_map(placeholders) {
                    let late = RUN_TIME.contains(&placeholder) || placeholder.starts_with(OF_REPLY);
                    assert!(late || known(placeholder), "{name}: {{{placeholder}}}");
                }
            }
            for setting in &row.settings {
                let used = format!("{:?}", row.wire()) + &addresses(&row).collect::<String>();
                let params = row.params.values().chain(row.settings.iter().filter_map(|other| other.default.as_ref()));
                let used = used + &params.cloned().collect::<String>();
                assert!(used.contains(&format!("{{{}}}", setting.name)), "{name}: `{}` goes nowhere", setting.name);
            }
        }
    }

    #[test]
    fn every_row_has_a_way_in_and_sets_nothing_of_ours() {
        for (name, row) in whole() {
            assert!(!row.title.is_empty(), "{name}");
            if row.closed.is_some() {
                let bare = Row { title: row.title.clone(), closed: row.closed.clone(), ..blank() };
                assert_eq!(Row { aliases: Vec::new(), ..row }, bare, "{name} is closed");
                continue;
            }
            let start = row.authorization_endpoint.is_some() || row.device_authorization_endpoint.is_some();
            let endpoints = start && row.token_endpoint.is_some();
            assert!(row.discover || endpoints, "{name}");
            assert!(!row.discover || row.issuer.is_some(), "{name}");
            assert!(row.metadata.is_none() || row.discover, "{name}");
            assert!(row.params.keys().all(|param| !is_reserved_param(param)), "{name}");
            let identity = row.scopes.iter().any(|scope| scope == "openid");
            assert!(!identity || row.issuer.is_none() || row.discover || row.jwks_uri.is_some(), "{name}");
            let page = row.redirect.page.as_ref();
            assert!(page.is_none_or(|page| address::callback(&page.uri) == Ok(address::Callback::Elsewhere)), "{name}");
            let is_tied = row.pkce != Some(Pkce::No);
            assert!(page.is_none_or(|page| page.shows != Shows::Code || is_tied), "{name}: a code alone needs PKCE");
            assert!(row.revokes.is_none() || row.revocation_endpoint.is_some(), "{name}");
            assert!(!(row.profile.in_reply && row.userinfo_endpoint.is_some()), "{name}: two profiles");
        }
    }

    #[test]
    fn names_are_such_as_a_person_types() {
        let plain = |name: &str| {
            let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
        };
        for (name, row) in whole() {
            assert!(plain(&name), "{name}");
            assert!(row.aliases.iter().all(|alias| plain(alias)), "{name}: {:?}", row.aliases);
            for setting in &row.settings {
                let word = setting.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                assert!(word && !RUN_TIME.contains(&setting.name.as_str()), "{name}: {}", setting.name);
            }
        }
    }

    #[test]
    fn every_value_has_its_form() {
        for (name, row) in whole() {
            let example = |text: &str| {
                let mut text = text.to_owned();
                for placeholder in placeholders(&text.clone()).map(str::to_owned).collect::<Vec<_>>() {
                    let kind = row.settings.iter().find(|setting| setting.name == placeholder).map(|s| s.kind);
                    let value = if kind == Some(SettingKind::Url) { "https://a.example" } else { "a" };
                    text = text.replace(&format!("{{{placeholder}}}"), value);
                }
                text
            };
            let demo = name == "demo";
            for text in addresses(&row).chain(row.wire().messages_mut().filter_map(|m| m.endpoint.as_deref())) {
                let text = example(text);
                assert!(text.starts_with("https://") || demo, "{name}: {text}");
                assert_eq!(address::endpoint(&text), Ok(()), "{name}: {text}");
            }
            if let Some(issuer) = &row.issuer {
                assert_eq!(address::issuer(&example(issuer)), Ok(()), "{name}: {issuer}");
            }
            for text in row.register_at.iter().chain(&row.docs) {
                let text = example(text);
                assert!(text.starts_with("https://") && address::home(&text).is_ok(), "{name}: {text}");
            }
            assert!(row.scopes.iter().all(|scope| is_scope(scope)), "{name}: {:?}", row.scopes);
            assert!(matches!(row.scope_separator.as_deref(), None | Some("," | ";" | "+")), "{name}");
            let colour = row.brand_color.as_deref().unwrap_or("#000000");
            let digits = colour.strip_prefix('#').unwrap_or_default();
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            assert!(digits.len() == 6 && digits.bytes().all(hex), "{name}: {colour}");
            let env = row.env.as_deref().unwrap_or("A");
            assert!(env.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'), "{name}: {env}");
            for words in row.register_hint.iter().chain(&row.notes).chain(&row.closed).chain(&row.device.hint) {
                assert!(!words.ends_with('.') && words.trim() == words && words.len() < 200, "{name}: {words}");
            }
        }
    }

    /// The keys that `low` may name: those a row has a value for.
    #[test]
    fn what_is_called_unsure_is_there() {
        let whole: BTreeMap<String, toml::Table> = toml::from_str(TEXT).expect("catalogue.toml is well formed");
        for (name, row) in &whole {
            let low = row.get("low").and_then(toml::Value::as_array).into_iter().flatten();
            for key in low.filter_map(toml::Value::as_str) {
                // Where nothing is written, the default is what is unsure.
                let is_default = matches!(key, "pkce" | "scopes" | "client_auth" | "secret_needed");
                assert!(row.contains_key(key) || is_default, "{name}: {key}");
            }
        }
    }

    #[test]
    fn an_unknown_key_or_pkce_value_in_a_row_is_an_error() {
        for text in ["[x]\ntitle = \"X\"\nisuer = \"y\"", "[x]\ntitle = \"X\"\npkce = \"S512\""] {
            assert!(toml::from_str::<BTreeMap<String, Row>>(text).is_err(), "{text}");
        }
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
        let rows: BTreeMap<String, Row> = toml::from_str(text).expect("rows");
        assert_eq!(rows["trakt"].device.answers.expired_token, ["http=410"]);
        assert_eq!(rows["wechat"].pkce, Some(Pkce::No));
    }

    fn addresses(row: &Row) -> impl Iterator<Item = &str> {
        let all = [
            &row.issuer,
            &row.metadata,
            &row.authorization_endpoint,
            &row.token_endpoint,
            &row.device_authorization_endpoint,
            &row.userinfo_endpoint,
            &row.revocation_endpoint,
            &row.end_session_endpoint,
            &row.jwks_uri,
        ];
        all.into_iter().flatten().map(String::as_str)
    }

    /// What stands in braces and could be a name; GraphQL has braces of its own.
    fn placeholders(text: &str) -> impl Iterator<Item = &str> {
        let inner = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        inner.filter(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.".contains(&b)))
    }

    fn blank() -> Row {
        toml::from_str("title = \"X\"").expect("a row needs a title alone")
    }
}
