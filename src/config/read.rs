//! The keys of `config.toml` and the validation of their values.

use std::path::{Path, PathBuf};

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::Config;
use super::spanned_toml::{TomlField, TomlSource, fields};
use crate::catalog::{
    AllowRule, AuthEnvironment, Flow, KnownEndpoints, ProviderEntry, Setting, canonical, is_reserved_param, nearest,
    parse_callback, rows, validate_endpoint, validate_home, validate_issuer, validate_resource,
};
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;
use crate::session::{ClientAuth, StoreKind};

/// Parses a configuration; `file` is its path, for messages and for relative paths in it.
///
/// # Errors
/// [`Error::Configuration`](crate::error::Error::Configuration) with line, column and key of the first mistake.
pub fn parse(text: &str, file: &Path) -> Result<Config> {
    let source = TomlSource { text, file };
    let table = source.parse()?;
    let mut config = Config::default();
    for (key, span, value) in fields(&table) {
        let field = TomlField::new(source, key, key, value);
        match key {
            "default" => config.default = Some(field.text()?.to_owned()),
            "store" => config.store = field.one_of(STORES)?,
            "home" => config.providers.home = Some(field.validated(validate_home)?),
            "providers" => config.providers.entries = parse_providers(source, field.table()?)?,
            _ if is_secret(key) => return Err(source.error(span, secret_error("NAME", key))),
            _ => return Err(source.unknown_key(span, key, key, TOP)),
        }
    }
    Ok(config)
}

const TOP: &[&str] = &["default", "store", "home", "providers"];

const STORES: &[(&str, Option<StoreKind>)] =
    &[("auto", None), ("keyring", Some(StoreKind::Keyring)), ("file", Some(StoreKind::File))];

const FLOWS: &[(&str, Flow)] = &[("loopback", Flow::Loopback), ("device", Flow::Device), ("paste", Flow::Paste)];

const CLIENT_AUTHS: &[(&str, ClientAuth)] = &[
    ("none", ClientAuth::None),
    ("client_secret_basic", ClientAuth::ClientSecretBasic),
    ("client_secret_post", ClientAuth::ClientSecretPost),
];

/// The keys of `[providers.NAME]`; the settings of the row are allowed too.
const KEYS: &[&str] = &[
    "use",
    "issuer",
    "client_id",
    "client_auth",
    "scopes",
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
    "jwks_uri",
    "home",
    "flow",
    "callback",
    "callback_certificate",
    "callback_key",
    "port",
    "params",
    "resource",
    "env",
    "hosts",
    "allow",
    "account",
    "ca_file",
];

fn parse_providers<'a>(source: TomlSource<'a>, providers: &'a DeTable<'a>) -> Result<Vec<(String, ProviderEntry)>> {
    let mut entries: Vec<(String, ProviderEntry)> = Vec::new();
    for (name, span, value) in fields(providers) {
        let label = provider_label(name).map_err(|reason| source.error(span.clone(), reason))?;
        if entries.iter().any(|(known, _)| *known == label) {
            return Err(source.error(span, format!("`{label}` is defined twice")));
        }
        let path = format!("providers.{name}");
        let entry = parse_provider(source, &label, TomlField::new(source, &path, name, value).table()?)?;
        entries.push((label, entry));
    }
    Ok(entries)
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

fn parse_provider<'a>(source: TomlSource<'a>, name: &str, table: &'a DeTable<'a>) -> Result<ProviderEntry> {
    let mut entry = ProviderEntry::default();
    let settings = settings_of(name, table);
    for (key, span, value) in fields(table) {
        let path = format!("providers.{name}.{key}");
        let field = TomlField::new(source, &path, key, value);
        if let Some(setting) = settings.iter().find(|setting| setting.name == key) {
            entry.settings.insert(key.to_owned(), field.validated(|text| setting.validate(text).map(drop))?);
        } else if is_secret(key) {
            return Err(source.error(span, secret_error(name, key)));
        } else if KEYS.contains(&key) {
            set_key(&mut entry, &field)?;
        } else {
            let known: Vec<&str> =
                KEYS.iter().copied().chain(settings.iter().map(|setting| setting.name.as_str())).collect();
            return Err(source.unknown_key(span, &path, key, &known));
        }
    }
    require_certificate_pair(source, name, table, &entry)?;
    Ok(entry)
}

/// Returns the settings of the table's row. Parses the row only if a key needs it.
fn settings_of(name: &str, table: &DeTable<'_>) -> Vec<Setting> {
    let has_no_settings = table.keys().all(|key| KEYS.contains(&key.get_ref().as_ref()));
    let uses = table.get("use").and_then(|value: &Spanned<DeValue<'_>>| value.get_ref().as_str());
    match has_no_settings {
        true => Vec::new(),
        false => rows().row(uses.unwrap_or(name)).map(|row| row.settings).unwrap_or_default(),
    }
}

fn set_key(entry: &mut ProviderEntry, field: &TomlField<'_>) -> Result<()> {
    match field.key {
        "use" => entry.uses = Some(field.validated(check_catalog_name)?),
        "issuer" => entry.issuer = Some(field.validated(validate_issuer)?),
        "client_id" => entry.client_id = Some(field.text()?.to_owned()),
        "client_auth" => entry.client_auth = Some(field.one_of(CLIENT_AUTHS)?),
        "scopes" => entry.scopes = Some(field.list(check_scope)?),
        "home" => entry.home = Some(field.validated(validate_home)?),
        "flow" => entry.flow = Some(field.one_of(FLOWS)?),
        "callback" => entry.callback = Some(field.validated(|text| parse_callback(text).map(drop))?),
        "callback_certificate" => entry.callback_certificate = Some(parse_path(field)?),
        "callback_key" => entry.callback_key = Some(parse_path(field)?),
        "ca_file" => entry.ca_file = Some(parse_path(field)?),
        "port" => entry.port = Some(field.port()?),
        "params" => parse_params(entry, field)?,
        "resource" => entry.resource = Some(field.validated(validate_resource)?),
        "env" => entry.env = Some(field.validated(check_variable_name)?),
        "hosts" => entry.hosts = field.list(check_host)?,
        "allow" => entry.allow = field.list(|text| AllowRule::parse(text).map(drop))?,
        "account" => entry.account = Some(field.text()?.to_owned()),
        _ => *endpoint_mut(&mut entry.endpoints, field.key) = Some(field.validated(validate_endpoint)?),
    }
    Ok(())
}

/// Returns the endpoint for a key; all other keys in [`KEYS`] are handled before.
fn endpoint_mut<'e>(endpoints: &'e mut KnownEndpoints, key: &str) -> &'e mut Option<String> {
    match key {
        "authorization_endpoint" => &mut endpoints.authorization,
        "token_endpoint" => &mut endpoints.token,
        "device_authorization_endpoint" => &mut endpoints.device_authorization,
        "userinfo_endpoint" => &mut endpoints.userinfo,
        "revocation_endpoint" => &mut endpoints.revocation,
        "end_session_endpoint" => &mut endpoints.end_session,
        "jwks_uri" => &mut endpoints.jwks,
        other => unreachable!("`{other}` is handled by `set_key`"),
    }
}

fn parse_params(entry: &mut ProviderEntry, field: &TomlField<'_>) -> Result<()> {
    for (name, span, value) in fields(field.table()?) {
        let path = format!("{}.{name}", field.path);
        if name.is_empty() || is_reserved_param(name) {
            let message = format!("`{}` is set by the program itself", sanitize_untrusted(&path));
            return Err(field.source.error(span, message));
        }
        let value = TomlField::new(field.source, &path, name, value).text()?;
        entry.params.insert(name.to_owned(), value.to_owned());
    }
    Ok(())
}

/// Returns a path; a relative path is relative to the directory of the configuration file.
fn parse_path(field: &TomlField<'_>) -> Result<PathBuf> {
    let text = field.text()?;
    let directory = field.source.file.parent().unwrap_or(Path::new(""));
    Ok(directory.join(text))
}

/// Requires a certificate and its key together.
fn require_certificate_pair(
    source: TomlSource<'_>,
    name: &str,
    table: &DeTable<'_>,
    entry: &ProviderEntry,
) -> Result<()> {
    let (present, absent) = match (&entry.callback_certificate, &entry.callback_key) {
        (Some(_), None) => ("callback_certificate", "callback_key"),
        (None, Some(_)) => ("callback_key", "callback_certificate"),
        _ => return Ok(()),
    };
    let span = table.get_key_value(present).map_or(0..0, |(key, _)| key.span());
    Err(source.error(span, format!("`providers.{name}.{present}` requires `{absent}`")))
}

fn check_catalog_name(name: &str) -> Result<(), String> {
    let catalog = rows();
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
        false if crate::catalog::is_scope(text) => Ok(()),
        false => Err(format!("has `{}`, which is not a single scope", sanitize_untrusted(text))),
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

/// Returns `true` if the key looks like one for a secret, in any spelling.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["secret", "password", "passphrase"].iter().any(|word| key.contains(word))
}

fn secret_error(name: &str, key: &str) -> String {
    format!(
        "`{}` must not be in this file: store the secret with `providers add {name} --client-secret-stdin`, or set {}",
        sanitize_untrusted(key),
        AuthEnvironment::variable_name(name, "SECRET")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

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
        assert_eq!(config.default.as_deref(), Some("work"));
        assert_eq!(config.store, Some(StoreKind::File));
        assert_eq!(config.providers.home.as_deref(), Some("https://app.example"));
        assert_eq!(super::super::provider_names(&config), ["work", "acme", "https://id.other.example"]);
        let some = |text: &str| Some(text.to_owned());
        let work = ProviderEntry {
            uses: some("microsoft-entra-id"),
            settings: [("tenant".to_owned(), "contoso.example".to_owned())].into(),
            client_id: some("id"),
            client_auth: Some(ClientAuth::ClientSecretPost),
            scopes: Some(vec!["openid".to_owned(), "User.Read".to_owned()]),
            flow: Some(Flow::Device),
            port: Some(7000),
            allow: vec!["@contoso.example".to_owned(), "me".to_owned()],
            account: some("me@contoso.example"),
            env: some("AZURE_TOKEN"),
            hosts: vec!["dev.example".to_owned(), "git.example:8443".to_owned()],
            ca_file: Some("/home/me/.config/mycli/ca.pem".into()),
            resource: some("https://api.example/x"),
            home: some("http://intranet.example/base/"),
            ..ProviderEntry::default()
        };
        assert_eq!(config.providers.entry("work"), Some(&work));
        let acme = ProviderEntry {
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
            ..ProviderEntry::default()
        };
        assert_eq!(config.providers.entry("acme"), Some(&acme));
    }

    #[test]
    fn every_listed_key_is_handled() {
        let values =
            ["\"https://localhost/a\"", "7", "[]", "{}", "\"none\"", "\"device\"", "\"github\"", "\"A\"", "\"a.pem\""];
        for key in KEYS {
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
            ("[providers.x]\nenv = \"A-B\"\n", 2, 7, &["environment variable"]),
            ("[providers.x]\nenv = \"1A\"\n", 2, 7, &["environment variable"]),
            ("[providers.x]\nhosts = [\"a b\"]\n", 2, 10, &["host name"]),
            ("[providers.x]\nscopes = [\"a b\"]\n", 2, 11, &["not a single scope"]),
            ("[providers.x]\nscopes = [\"+a\"]\n", 2, 11, &["--scope"]),
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
