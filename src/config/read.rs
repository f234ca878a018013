//! The keys of `config.toml` and the checks of their values.

use std::path::Path;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{ANY_TEXT, Form, TomlSource, fields, one_of, text, unknown_key};
use super::{Config, StoreChoice, Timeouts};
use crate::catalog::{
    AllowRule, ClientKind, Provider, Setting, canonical, is_scope, nearest, parse_callback, rows,
    validate_client_document, validate_endpoint, validate_home, validate_issuer, validate_resource,
};
use crate::duration;
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;
use crate::session::EventKind;

const TOP: &[(&str, Form<'static>)] = &[
    ("default", ANY_TEXT),
    ("store", Form::Text(|text| one_of(text, &StoreChoice::WORDS.map(|(word, _)| word)))),
    ("home", Form::Text(validate_home)),
    ("client_metadata", Form::Text(validate_client_document)),
    ("timeouts", Form::Table),
    ("keyring_encryption", Form::Text(|text| one_of(text, &["auto", "always"]))),
    ("log", Form::Flag),
    ("on_signin", HOOK),
    ("on_refresh", HOOK),
    ("on_signout", HOOK),
    ("on_expired", HOOK),
    ("providers", Form::Table),
];

/// A program and its arguments.
const HOOK: Form<'static> = Form::List(|_| Ok(()));

const TIMEOUTS: &[(&str, Form<'static>)] = &[
    ("http", Form::Text(check_timeout)),
    ("store", Form::Text(check_timeout)),
    ("unlock", Form::Text(check_duration)),
    ("lock", Form::Text(check_timeout)),
];

/// The keys of `[providers.NAME]`, which serde reads into a [`Provider`]; the settings of the row are allowed too.
const KEYS: &[(&str, Form<'static>)] = &[
    ("use", Form::Text(check_catalog_name)),
    ("issuer", Form::Text(validate_issuer)),
    ("client_id", ANY_TEXT),
    ("client_metadata", Form::Text(validate_client_document)),
    ("client_kind", Form::Text(|text| one_of(text, &[ClientKind::GithubApp.name()]))),
    ("client_page", Form::Text(validate_home)),
    ("client_auth", Form::Text(|text| one_of(text, &["none", "client_secret_basic", "client_secret_post"]))),
    ("scopes", Form::List(check_scope)),
    ("scope_sets", Form::Lists(check_set_name, check_scope_of_set)),
    ("authorization_endpoint", Form::Text(validate_endpoint)),
    ("token_endpoint", Form::Text(validate_endpoint)),
    ("device_authorization_endpoint", Form::Text(validate_endpoint)),
    ("userinfo_endpoint", Form::Text(validate_endpoint)),
    ("revocation_endpoint", Form::Text(validate_endpoint)),
    ("end_session_endpoint", Form::Text(validate_endpoint)),
    ("jwks_uri", Form::Text(validate_endpoint)),
    ("logout", Form::Text(|text| one_of(text, &["get", "post"]))),
    ("home", Form::Text(validate_home)),
    ("flow", Form::Text(|text| one_of(text, &["loopback", "device", "paste"]))),
    ("callback", Form::Text(|text| parse_callback(text).map(drop))),
    ("callback_certificate", ANY_TEXT),
    ("callback_key", ANY_TEXT),
    ("port", Form::Port),
    ("params", Form::Params),
    ("resource", Form::OptionalText(validate_resource)),
    ("pkce", Form::Text(|text| one_of(text, &["yes"]))),
    ("probe", Form::Text(|text| one_of(text, &["get", "post"]))),
    ("env", Form::Text(check_variable_name)),
    ("hosts", Form::List(check_host)),
    ("allow", Form::List(|text| AllowRule::parse(text).map(drop))),
    ("account", ANY_TEXT),
    ("ca_file", ANY_TEXT),
];

/// Parses a configuration; `file` is its path, for messages and for relative paths in it.
///
/// # Errors
/// [`Error::Configuration`](crate::error::Error::Configuration) with line, column and key of the first mistake.
pub fn parse(text: &str, file: &Path) -> Result<Config> {
    let source = TomlSource { text, file };
    let table = source.parse()?.into_inner();
    source.check_table("", &table, TOP)?;
    let mut config = Config { default: self::text(&table, "default"), ..Config::default() };
    config.store = self::text(&table, "store").and_then(|word| word.parse().ok());
    config.require_keyring_encryption = self::text(&table, "keyring_encryption").as_deref() == Some("always");
    config.log = table.get("log").and_then(|value| value.get_ref().as_bool());
    for kind in EventKind::ALL {
        if let Some((span, value)) = table.get_key_value(kind.hook()).map(|(key, value)| (key.span(), value)) {
            let words = parse_hook(kind, value).map_err(|reason| source.error(span, reason))?;
            config.hooks.push((kind, words));
        }
    }
    if let Some(timeouts) = table.get("timeouts").and_then(|value| value.get_ref().as_table()) {
        source.check_table("timeouts.", timeouts, TIMEOUTS)?;
        let limit = |key| self::text(timeouts, key).and_then(|text| duration::parse(&text).ok());
        config.timeouts =
            Timeouts { http: limit("http"), store: limit("store"), unlock: limit("unlock"), lock: limit("lock") };
    }
    config.providers.home = self::text(&table, "home");
    config.providers.client_metadata = self::text(&table, "client_metadata");
    let providers = table.get("providers").and_then(|value| value.get_ref().as_table());
    let entries = &mut config.providers.entries;
    for (name, span, value) in providers.map(fields).unwrap_or_default() {
        let label = provider_label(name).map_err(|reason| source.error(span.clone(), reason))?;
        if entries.iter().any(|(known, _)| *known == label) {
            return Err(source.error(span, format!("`{label}` is defined twice")));
        }
        source.check(&format!("providers.{name}"), value, Form::Table)?;
        let entry = parse_provider(source, &label, value)?;
        entries.push((label, entry));
    }
    Ok(config)
}

/// Words of a hook. A relative path would be another program in each directory, such as a checkout's own.
fn parse_hook(kind: EventKind, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let words = value.get_ref().as_array().into_iter().flatten();
    let words: Vec<String> = words.filter_map(|word| word.get_ref().as_str().map(str::to_owned)).collect();
    let program = words.first().map(Path::new);
    match program.is_none_or(|program| program.is_absolute() || program.components().count() == 1) {
        true => Ok(words),
        false => Err(format!("`{}` must begin with the name of a program or its whole path", kind.hook())),
    }
}

/// Returns the label for sessions of this table: its name, or its normalized URL.
fn provider_label(name: &str) -> Result<String, String> {
    if name.contains("://") {
        return validate_issuer(name)
            .map(|()| canonical(name))
            .map_err(|reason| format!("`{}` {reason}", sanitize_untrusted(name)));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !name.is_empty() && name.chars().all(allowed) {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "`{}` is not a provider name: use letters, digits and `-_.`, or an https URL",
            sanitize_untrusted(name)
        )),
    }
}

fn parse_provider(source: TomlSource<'_>, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Provider> {
    let empty = DeTable::new();
    let table = value.get_ref().as_table().unwrap_or(&empty);
    let settings = settings_of(name, table);
    source.check_table(&format!("providers.{name}."), table, &keys_with(&settings))?;
    // A certificate and its key need each other.
    for (present, absent) in [("callback_certificate", "callback_key"), ("callback_key", "callback_certificate")] {
        if let (Some((key, _)), false) = (table.get_key_value(present), table.contains_key(absent)) {
            return Err(source.error(key.span(), format!("`providers.{name}.{present}` requires `{absent}`")));
        }
    }
    let mut provider =
        Provider::deserialize(value.clone().into_deserializer()).map_err(|error| source.syntax_error(&error))?;
    // An empty list or table adds nothing to the catalog's, except that no scopes are a choice.
    let is_empty = |value: &DeValue<'_>| match value {
        DeValue::Array(items) => items.is_empty(),
        DeValue::Table(table) => table.is_empty(),
        _ => false,
    };
    let configured = fields(table).into_iter().filter(|(key, _, value)| *key == "scopes" || !is_empty(value.get_ref()));
    provider.configured = configured.map(|(key, ..)| key.to_owned()).collect();
    // A relative path is relative to the directory of the configuration file.
    let directory = source.file.parent().unwrap_or(Path::new(""));
    let files = [&mut provider.callback_certificate, &mut provider.callback_key, &mut provider.ca_file];
    files.into_iter().flatten().for_each(|file| *file = directory.join(&*file));
    Ok(provider)
}

/// The keys of a provider whose row has these settings.
fn keys_with(settings: &[Setting]) -> Vec<(&str, Form<'_>)> {
    let settings = settings.iter().map(|setting| (setting.name.as_str(), Form::Setting(setting)));
    KEYS.iter().copied().chain(settings).collect()
}

/// Paths of the keys with one value or a list: those at the top, the timeouts, and those of the named providers.
pub(super) fn key_paths(providers: &[String]) -> Vec<Vec<&str>> {
    let is_single = |(_, form): &&(&str, Form<'_>)| !matches!(form, Form::Table | Form::Params | Form::Lists(..));
    let top = TOP.iter().filter(is_single).map(|(key, _)| vec![*key]);
    let timeouts = TIMEOUTS.iter().map(|(key, _)| vec!["timeouts", *key]);
    let of_providers = providers
        .iter()
        .flat_map(|name| KEYS.iter().filter(is_single).map(|(key, _)| vec!["providers", name.as_str(), *key]));
    top.chain(timeouts).chain(of_providers).collect()
}

/// Finds a key by its path, whether it is set in `table` or not. Returns what `answer` makes of its form, or the message
/// for an unknown key.
pub(super) fn find_key<T>(table: &DeTable<'_>, path: &[&str], answer: impl Fn(Form<'_>) -> T) -> Result<T, String> {
    let find = |before: &str, key: &str, keys: &[(&str, Form<'_>)]| {
        let found = keys.iter().find(|(known, _)| *known == key);
        found.map(|(_, form)| answer(*form)).ok_or_else(|| unknown_key(before, key, keys))
    };
    match path {
        ["timeouts", key] => find("timeouts.", key, TIMEOUTS),
        ["providers", name] => provider_label(name).map(|_| answer(Form::Table)),
        ["providers", name, "params", _] => provider_label(name).map(|_| answer(ANY_TEXT)),
        ["providers", name, "scope_sets", _] => provider_label(name).map(|_| answer(Form::List(check_scope_of_set))),
        ["providers", name, key] => {
            provider_label(name)?;
            let empty = DeTable::new();
            let providers = table.get("providers").and_then(|value| value.get_ref().as_table());
            let entry = providers.and_then(|table| table.get(*name)).and_then(|value| value.get_ref().as_table());
            find(&format!("providers.{name}."), key, &keys_with(&row_settings(name, entry.unwrap_or(&empty))))
        }
        [key] => find("", key, TOP),
        path => Err(unknown_key("", &path.join("."), TOP)),
    }
}

/// Returns the settings of the table's row. Parses the row only if a key needs it.
fn settings_of(name: &str, table: &DeTable<'_>) -> Vec<Setting> {
    let is_setting = |(key, ..): &(&str, _, _)| KEYS.iter().all(|(known, _)| known != key);
    match fields(table).iter().any(is_setting) {
        true => row_settings(name, table),
        false => Vec::new(),
    }
}

fn row_settings(name: &str, table: &DeTable<'_>) -> Vec<Setting> {
    let row = rows().row(text(table, "use").as_deref().unwrap_or(name));
    row.map(|row| row.declared_settings).unwrap_or_default()
}

/// Accepts a duration that is not zero.
fn check_timeout(text: &str) -> Result<(), String> {
    match duration::parse(text) {
        Ok(limit) if limit.is_zero() => Err("must be longer than `0s`".to_owned()),
        _ => check_duration(text),
    }
}

fn check_duration(text: &str) -> Result<(), String> {
    match duration::parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("has `{}`, which is not a duration such as `30s` or `5m`", sanitize_untrusted(text))),
    }
}

fn check_catalog_name(name: &str) -> Result<(), String> {
    let catalog = rows();
    if let Some(url) = catalog.url(name) {
        return Err(format!("names `{name}`, which only stands for {url}: write `[providers.{name}]`"));
    }
    if catalog.canonical(name).is_some() {
        return Ok(());
    }
    let known = catalog.names().chain(catalog.aliases().map(|(alias, _)| alias));
    let suggestion = nearest(name, known).first().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(format!("names `{}`, which is not in the catalog{suggestion}", sanitize_untrusted(name)))
}

fn check_scope(text: &str) -> Result<(), String> {
    match text.starts_with('+') {
        true => Err(format!("has `{}`; only `--scope` accepts `+`", sanitize_untrusted(text))),
        false if is_scope(text) => Ok(()),
        false => Err(format!("has `{}`, which is not a single scope", sanitize_untrusted(text))),
    }
}

fn check_scope_of_set(text: &str) -> Result<(), String> {
    match text.starts_with('@') {
        true => Err(format!("has `{}`; a set contains scopes, not sets", sanitize_untrusted(text))),
        false => check_scope(text),
    }
}

fn check_set_name(name: &str) -> Result<(), String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match !name.is_empty() && name.bytes().all(allowed) {
        true => Ok(()),
        false => Err("is not the name of a scope set: use lowercase letters, digits and `-`".to_owned()),
    }
}

fn check_variable_name(text: &str) -> Result<(), String> {
    let good = |(at, b): (usize, u8)| b == b'_' || b.is_ascii_alphabetic() || (at > 0 && b.is_ascii_digit());
    match text.bytes().enumerate().all(good) {
        true => Ok(()),
        false => Err("is not the name of an environment variable".to_owned()),
    }
}

fn check_host(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-.:[]*".contains(c);
    match text.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!("has `{}`, which is not a host name", sanitize_untrusted(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Flow, KnownEndpoints};
    use crate::error::Error;
    use crate::session::{ClientAuth, Services};

    fn parsed(text: &str) -> Result<Config> {
        parse(text, Path::new("/home/me/.config/mycli/config.toml"))
    }

    /// Line, column and message of the error.
    fn rejection(text: &str) -> (usize, usize, String) {
        match parsed(text) {
            Err(Error::Configuration { position: Some((line, column)), message, .. }) => (line, column, message),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn empty_file_is_a_valid_configuration() {
        for text in ["", "\n# only a comment\n", "\u{feff}", "[providers]\n"] {
            assert_eq!(parsed(text).expect(text), Config::default());
        }
    }

    #[test]
    fn every_key_is_parsed() {
        let text = r##"
default = "work"
store = "file"
home = "https://app.example"
keyring_encryption = "always"
timeouts = { http = "1m", store = "20s", unlock = "0s", lock = "1h30m" }

[providers.work]
use = "microsoft-entra-id"
tenant = "contoso.example"
client_id = "id"
client_auth = "client_secret_post"
scopes = ["openid", "User.Read"]
flow = "device"
port = 7000
allow = ["@contoso.example", "me"]
account = "me@contoso.example"
env = "AZURE_TOKEN"
hosts = ["dev.example", "git.example:8443"]
ca_file = "ca.pem"
resource = "https://api.example/x"
home = "http://intranet.example/base/"

[providers.acme]
issuer = "https://id.acme.example/"
authorization_endpoint = "https://id.acme.example/authorize"
token_endpoint = "https://id.acme.example/token"
device_authorization_endpoint = "https://id.acme.example/device"
userinfo_endpoint = "https://id.acme.example/me"
revocation_endpoint = "https://id.acme.example/revoke"
end_session_endpoint = "https://id.acme.example/logout"
jwks_uri = "http://localhost:9/keys"
callback = "https://localhost:8443/cb"
callback_certificate = "/etc/c.pem"
callback_key = "k.pem"
params = { audience = "x", "b.c" = "y" }

[providers."https://ID.other.example/"]
client_id = "other"
"##;
        let config = parsed(text).expect("a configuration");
        assert!(config.providers.entries[0].1.is_configured("tenant"));
        assert_eq!(config.default.as_deref(), Some("work"));
        assert_eq!(config.store, Some(StoreChoice::File));
        assert_eq!(config.providers.home.as_deref(), Some("https://app.example"));
        assert!(config.require_keyring_encryption);
        let limits = [60, 20, 0, 5400].map(|seconds| Some(std::time::Duration::from_secs(seconds)));
        let Timeouts { http, store, unlock, lock } = config.timeouts;
        assert_eq!([http, store, unlock, lock], limits);
        assert_eq!(super::super::provider_names(&config), ["work", "acme", "https://id.other.example"]);
        let some = |text: &str| Some(text.to_owned());
        let entry = |name: &str| Provider { configured: vec![], ..config.providers.entry(name).expect(name).clone() };
        let work = Provider {
            uses: some("microsoft-entra-id"),
            settings: [("tenant".to_owned(), "contoso.example".to_owned())].into(),
            client_id: some("id"),
            client_auth: Some(ClientAuth::ClientSecretPost),
            scopes: vec!["openid".to_owned(), "User.Read".to_owned()],
            flow: Some(Flow::Device),
            port: Some(7000),
            allow: vec!["@contoso.example".to_owned(), "me".to_owned()],
            account: some("me@contoso.example"),
            env: some("AZURE_TOKEN"),
            services: Services {
                hosts: vec!["dev.example".to_owned(), "git.example:8443".to_owned()],
                ..Services::default()
            },
            ca_file: Some("/home/me/.config/mycli/ca.pem".into()),
            resource: some("https://api.example/x"),
            home: some("http://intranet.example/base/"),
            ..Provider::default()
        };
        assert_eq!(entry("work"), work);
        let acme = Provider {
            issuer: some("https://id.acme.example/"),
            endpoints: KnownEndpoints {
                authorization: some("https://id.acme.example/authorize"),
                token: some("https://id.acme.example/token"),
                device_authorization: some("https://id.acme.example/device"),
                userinfo: some("https://id.acme.example/me"),
                revocation: some("https://id.acme.example/revoke"),
                end_session: some("https://id.acme.example/logout"),
                jwks: some("http://localhost:9/keys"),
            },
            callback: some("https://localhost:8443/cb"),
            callback_certificate: Some("/etc/c.pem".into()),
            callback_key: Some("/home/me/.config/mycli/k.pem".into()),
            params: [("audience".to_owned(), "x".to_owned()), ("b.c".to_owned(), "y".to_owned())].into(),
            ..Provider::default()
        };
        assert_eq!(entry("acme"), acme);
    }

    #[test]
    fn every_listed_key_is_handled() {
        let values = [
            "\"https://localhost/a\"",
            "7",
            "[]",
            "{}",
            "\"none\"",
            "\"device\"",
            "\"github\"",
            "\"A\"",
            "\"get\"",
            "\"yes\"",
            "\"a.pem\"",
            "\"github-app\"",
        ];
        for (key, _) in KEYS {
            let accepted = values.iter().any(|value| {
                let text = format!("[providers.x]\nflow = \"paste\"\n{key} = {value}\n");
                match parsed(&text.replacen(
                    "flow = \"paste\"\n",
                    if *key == "flow" { "" } else { "flow = \"paste\"\n" },
                    1,
                )) {
                    Ok(_) => true,
                    Err(error) => error.to_string().contains("requires"),
                }
            });
            assert!(accepted, "{key}");
        }
    }

    #[test]
    fn every_error_names_line_column_and_key() {
        for (text, line, column, words) in [
            // Syntax errors.
            ("default = github\n", 1, 11, &["string"][..]),
            ("a = \"x\"\n[providers.x\n", 2, 13, &["]"]),
            ("store = \"file\"\nstore = \"auto\"\n", 2, 1, &["duplicate"]),
            ("[providers.a]\n[providers.b]\n[providers.a]\n", 3, 12, &["duplicate"]),
            // Unknown keys.
            ("defualt = \"x\"\n", 1, 1, &["`defualt`", "`default`"]),
            ("\n  stoer = \"x\"\n", 2, 3, &["`stoer`", "`store`"]),
            ("[providers.x]\nclientid = \"x\"\n", 2, 1, &["`providers.x.clientid`", "`client_id`"]),
            ("[providers.okta]\ndoamin = \"x\"\n", 2, 1, &["`domain`"]),
            ("[providers.github]\ntenant = \"x\"\n", 2, 1, &["unknown key `providers.github.tenant`"]),
            ("[providers.x]\nuse = \"github\"\ntenant = \"x\"\n", 3, 1, &["unknown key"]),
            ("[provider.x]\n", 1, 2, &["`provider`", "`providers`"]),
            // Wrong types.
            ("default = 1\n", 1, 11, &["`default` must be a string, not a number"]),
            ("providers = 1\n", 1, 13, &["`providers` must be a table, not a number"]),
            ("[providers]\nx = \"y\"\n", 2, 5, &["`providers.x` must be a table, not a string"]),
            ("[[providers.x]]\n", 1, 1, &["must be a table, not an array"]),
            ("[providers.x]\nscopes = \"a b\"\n", 2, 10, &["must be an array, not a string"]),
            ("[providers.x]\nscopes = [\"a\", 1]\n", 2, 16, &["must be a string"]),
            ("[providers.x]\nparams = { a = true }\n", 2, 16, &["`providers.x.params.a`"]),
            ("[providers.x]\nport = \"80\"\n", 2, 8, &["`providers.x.port`", "65535"]),
            // Values out of range.
            ("[providers.x]\nport = 0\n", 2, 8, &["65535"]),
            ("[providers.x]\nport = 65536\n", 2, 8, &["65535"]),
            ("[providers.x]\nport = -1\n", 2, 8, &["65535"]),
            ("store = \"keychain\"\n", 1, 9, &["`auto`, `keyring`, `file`", "`keychain`"]),
            ("[providers.x]\nflow = \"browser\"\n", 2, 8, &["`loopback`"]),
            ("[providers.x]\nclient_auth = \"basic\"\n", 2, 15, &["`client_secret_basic`"]),
            ("[providers.x]\nuse = \"githbu\"\n", 2, 7, &["`githbu`", "did you mean `github`?"]),
            (
                "[providers.x]\nuse = \"linear-mcp\"\n",
                2,
                7,
                &["https://mcp.linear.app/mcp", "`[providers.linear-mcp]`"],
            ),
            ("[providers.x]\nenv = \"A-B\"\n", 2, 7, &["environment variable"]),
            ("[providers.x]\nenv = \"1A\"\n", 2, 7, &["environment variable"]),
            ("[providers.x]\nhosts = [\"a b\"]\n", 2, 10, &["host name"]),
            ("[providers.x]\nscopes = [\"a b\"]\n", 2, 11, &["not a single scope"]),
            ("[providers.x]\nscopes = [\"+a\"]\n", 2, 11, &["--scope"]),
            ("[providers.x]\nscope_sets = { git = \"a\" }\n", 2, 22, &["`providers.x.scope_sets.git`", "array"]),
            ("[providers.x]\nscope_sets = { git = [\"@b\"] }\n", 2, 23, &["not sets"]),
            ("[providers.x]\nscope_sets = { \"a b\" = [] }\n", 2, 16, &["lowercase"]),
            ("[providers.x]\nclient_id = \"\"\n", 2, 13, &["empty"]),
            ("[providers.x]\nclient_id = \" x\"\n", 2, 13, &["white space"]),
            ("[providers.x]\nclient_id = \"a\\u0007\"\n", 2, 13, &["control"]),
            ("[providers.x]\nparams = { state = \"x\" }\n", 2, 12, &["`providers.x.params.state`"]),
            ("[providers.microsoft-entra-id]\ntenant = \"a/b\"\n", 2, 10, &["tenant"]),
            ("[providers.gitlab]\nbase_url = \"http://git.example\"\n", 2, 12, &["base_url", "loopback"]),
            // URLs.
            ("[providers.x]\nissuer = \"http://id.example\"\n", 2, 10, &["`providers.x.issuer`", "loopback"]),
            ("[providers.x]\ntoken_endpoint = \"http://id.example\"\n", 2, 18, &["loopback"]),
            ("[providers.x]\n\njwks_uri = \"ftp://id.example\"\n", 3, 12, &["`ftp`"]),
            ("[providers.x]\ncallback = \"http://127.0.0.1/#a\"\n", 2, 12, &["fragment"]),
            ("[providers.x]\ncallback = \"http://me@127.0.0.1/\"\n", 2, 12, &["user name"]),
            ("[providers.x]\ncallback_key = \"k\"\n", 2, 1, &["callback_certificate"]),
            ("[providers.x]\nresource = \"api\"\n", 2, 12, &["absolute"]),
            ("home = \"/app\"\n", 1, 8, &["`home`"]),
            ("home = \"javascript:alert(1)\"\n", 1, 8, &["`home`"]),
            ("home = \"https://me:pw@app.example\"\n", 1, 8, &["user name"]),
            // Names.
            ("[providers.\"a b\"]\n", 1, 12, &["`a b`"]),
            ("[providers.\"\"]\n", 1, 12, &["not a provider name"]),
            ("[providers.\"http://id.example\"]\n", 1, 12, &["loopback"]),
            ("[providers.\"https://a.example\"]\n[providers.\"https://A.example/\"]\n", 2, 12, &["twice"]),
        ] {
            let (at_line, at_column, message) = rejection(text);
            assert_eq!((at_line, at_column), (line, column), "{text}: {message}");
            for word in words {
                assert!(message.contains(word), "{text}: {message}");
            }
        }
    }

    #[test]
    fn secret_is_rejected_and_never_repeated() {
        for (text, line) in [
            ("[providers.github]\nclient_secret = \"hunter2\"\n", 2),
            ("[providers.github]\nclient_id = \"x\"\nclientSecret = \"hunter2\"\n", 3),
            ("[providers.github]\nclient-secret = \"hunter2\"\n", 2),
            ("[providers.github]\npassword = \"hunter2\"\n", 2),
        ] {
            let (at, column, message) = rejection(text);
            assert_eq!((at, column), (line, 1));
            assert!(message.contains("providers add github --client-secret-stdin"), "{message}");
            assert!(message.contains("AUTH_GITHUB_SECRET"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert_eq!(rejection("client_secret = \"hunter2\"\n").0, 1);
    }

    #[test]
    fn column_counts_characters() {
        assert_eq!(rejection("[providers.x]\nparams = { \"äöü\" = \"\", b = 1 }\n").1, 20);
        assert_eq!(
            rejection("store = \"file\"\r\nhome = 1\r\n"),
            (2, 8, "`home` must be a string, not a number".into())
        );
    }

    #[test]
    fn control_characters_of_keys_are_stripped() {
        let (_, _, message) = rejection("\"a\\u001b[31mb\" = 1\n");
        assert_eq!(message, "unknown key `a[31mb`");
    }
}
