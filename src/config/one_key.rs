//! Reads, sets and removes one key of `config.toml`, named by a path such as `providers.github.scopes`.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use toml_edit::{DocumentMut, Item, Key, Value};

use super::edit::{document, edit, move_comment_above, next_table, provider, remove_line, set_value};
use super::keys::{Form, fields};
use super::parse;
use super::read::{find_key, key_paths};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Keys of a provider that hold a table.
const TABLES: [&str; 2] = ["params", "scope_sets"];

/// Path of a key: `default`, `timeouts.http`, `providers.NAME.KEY`, `providers.NAME.params.PARAM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath(Vec<String>);

impl KeyPath {
    /// Parses a path as TOML writes it. A provider's name, which may be a URL, needs no quotes.
    pub fn parse(text: &str) -> Self {
        let mut parts: Vec<String> = match Key::parse(text) {
            Ok(keys) => keys.iter().map(|key| key.get().to_owned()).collect(),
            Err(_) => text.split('.').map(str::to_owned).collect(),
        };
        if parts[0] == "providers" && parts.len() > 3 {
            let params = parts.iter().skip(2).position(|part| TABLES.contains(&part.as_str())).map(|at| at + 2);
            let key = params.filter(|at| at + 1 < parts.len()).unwrap_or(parts.len() - 1);
            let mut rest = parts.split_off(key);
            let name = parts.split_off(1).join(".");
            parts.push(name);
            if rest.len() > 2 {
                let param = rest.split_off(1).join(".");
                rest.push(param);
            }
            parts.append(&mut rest);
        }
        Self(parts)
    }

    fn parts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

/// Writes the path as TOML does.
impl std::fmt::Display for KeyPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|part| Key::new(part).display_repr().into_owned()).collect();
        f.write_str(&parts.join("."))
    }
}

/// Returns the paths of the keys that [`set`] takes, those of a provider for each of `providers`.
pub fn key_names(providers: &[String]) -> Vec<String> {
    let path = |parts: Vec<&str>| KeyPath(parts.into_iter().map(str::to_owned).collect()).to_string();
    key_paths(providers).into_iter().map(path).collect()
}

/// Returns the keys that are set, below `path` or in the whole file, in its order.
///
/// # Errors
/// [`Error::Configuration`] if the text is invalid, [`Error::Usage`] if the key is unknown.
pub fn get(text: &str, file: &Path, path: Option<&KeyPath>) -> Result<Vec<(KeyPath, serde_json::Value)>> {
    parse(text, file)?;
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    let parts = path.map(KeyPath::parts).unwrap_or_default();
    let root = DeValue::Table(table);
    let mut found = Some(&root);
    for part in &parts {
        found = found.and_then(DeValue::as_table).and_then(|table| table.get(*part)).map(Spanned::get_ref);
    }
    if let Some(path) = path.filter(|_| found.is_none()) {
        find_form(text, path)?;
    }
    let mut values = Vec::new();
    if let Some(found) = found {
        collect(&KeyPath(parts.iter().map(|part| (*part).to_owned()).collect()), found, &mut values);
    }
    Ok(values)
}

fn collect(path: &KeyPath, value: &DeValue<'_>, values: &mut Vec<(KeyPath, serde_json::Value)>) {
    let Some(table) = value.as_table() else { return values.push((path.clone(), to_json(value))) };
    for (key, _, value) in fields(table) {
        let below = KeyPath(path.0.iter().cloned().chain([key.to_owned()]).collect());
        collect(&below, value.get_ref(), values);
    }
}

/// A checked file has no other types than these.
fn to_json(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().into(),
        DeValue::Array(elements) => elements.iter().map(|element| to_json(element.get_ref())).collect(),
        _ => serde_json::Value::Null,
    }
}

/// Sets a key to a typed value: words of a list are separated by commas or spaces.
///
/// # Errors
/// [`Error::Configuration`] if the text was invalid before, [`Error::Usage`] if the key or its value is.
pub fn set(text: &str, file: &Path, path: &KeyPath, value: &str) -> Result<String> {
    parse(text, file)?;
    let value = to_toml(find_form(text, path)?, path, value)?;
    edit(text, file, |document| match path.parts().as_slice() {
        ["providers", name, table, key] => {
            let provider = provider(document, name)?;
            let table = provider.entry(table).or_insert(Item::Value(Value::InlineTable(Default::default())));
            set_value(table.as_table_like_mut().ok_or_else(|| not_settable(path))?, key, &value);
            Ok(())
        }
        ["providers", name, key] => {
            set_value(provider(document, name)?, key, &value);
            Ok(())
        }
        [table, key] => {
            let is_new = !document.contains_key(table);
            let table_item = document.entry(table).or_insert(Item::Value(Value::InlineTable(Default::default())));
            set_value(table_item.as_table_like_mut().ok_or_else(|| not_settable(path))?, key, &value);
            if is_new {
                keep_comment_on_top(document, table);
            }
            Ok(())
        }
        [key] => {
            let is_new = !document.contains_key(key);
            set_value(document.as_table_mut(), key, &value);
            if is_new {
                keep_comment_on_top(document, key);
            }
            Ok(())
        }
        _ => Err(not_settable(path)),
    })
}

/// Removes a key with its line; comments above it stay. `None` if it is not set.
///
/// # Errors
/// As [`set`].
pub fn unset(text: &str, file: &Path, path: &KeyPath) -> Result<Option<String>> {
    parse(text, file)?;
    find_form(text, path)?;
    let parts = path.parts();
    if parts[0] == "providers" && parts.len() < 3 {
        return Err(not_settable(path));
    }
    let mut document = document(text)?;
    let Some(item) = find_item(&document, &parts) else { return Ok(None) };
    let without = match item {
        // A table with a header: the comments above it may belong to the file.
        Item::Table(_) => {
            let removed = remove_item(&mut document, &parts).expect("found above");
            move_comment_above(&mut document, &removed);
            document.to_string()
        }
        _ if is_inline(&document, &parts) => {
            remove_item(&mut document, &parts);
            document.to_string()
        }
        _ => remove_line(text, &parts),
    };
    // Certificate and key need each other, for example.
    match parse(&without, file) {
        Err(Error::Configuration { message, .. }) => Err(Error::usage(message)),
        Err(other) => Err(other),
        Ok(_) => Ok(Some(without)),
    }
}

/// Form of the key's value.
fn find_form(text: &str, path: &KeyPath) -> Result<ValueForm> {
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    find_key(&table, &path.parts(), ValueForm::of).map_err(|message| {
        let parts = path.parts();
        let hint = match parts.as_slice() {
            ["providers", name, ..] if message.contains("--client-secret-stdin") => {
                Some(format!("{{program}} providers add {} --client-secret-stdin", shell_quote(name)))
            }
            _ => None,
        };
        Error::Usage { message, hint }
    })
}

/// Type of a value as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueForm {
    Text,
    Number,
    Flag,
    List,
    Table,
}

impl ValueForm {
    fn of(form: Form<'_>) -> Self {
        match form {
            Form::List(_) => Self::List,
            Form::Port => Self::Number,
            Form::Flag => Self::Flag,
            Form::Table | Form::Params | Form::Lists(..) => Self::Table,
            Form::Text(_) | Form::OptionalText(_) | Form::Setting(_) => Self::Text,
        }
    }
}

fn to_toml(form: ValueForm, path: &KeyPath, value: &str) -> Result<Value> {
    match form {
        ValueForm::Table => Err(not_settable(path)),
        ValueForm::List => Ok(list(value)),
        ValueForm::Number => Ok(number(value)),
        ValueForm::Flag => Ok(value.parse::<bool>().map_or_else(|_| value.into(), Value::from)),
        ValueForm::Text => Ok(value.into()),
    }
}

/// Value of a key of `[providers.NAME]` as typed. Parsing the file checks it.
pub fn provider_value(key: &str, value: &str) -> Value {
    match find_key(&DeTable::new(), &["providers", "name", key], ValueForm::of) {
        Ok(ValueForm::List) => list(value),
        Ok(ValueForm::Number) => number(value),
        _ => value.into(),
    }
}

fn list(value: &str) -> Value {
    Value::Array(value.split([',', ' ']).filter(|word| !word.is_empty()).collect())
}

/// Anything but a number stays as typed, so that the check can name it.
fn number(value: &str) -> Value {
    value.parse::<i64>().map_or_else(|_| value.into(), Value::from)
}

/// Error for a key that holds other keys.
fn not_settable(path: &KeyPath) -> Error {
    let message = format!("`{}` is a table; name one of its keys", sanitize_untrusted(&path.to_string()));
    let hint = match path.parts().as_slice() {
        ["providers", name] => Some(format!("{{program}} providers remove {}", shell_quote(name))),
        _ => None,
    };
    Error::Usage { message, hint }
}

fn find_item<'d>(document: &'d DocumentMut, parts: &[&str]) -> Option<&'d Item> {
    let mut item = document.as_item();
    for part in parts {
        item = item.as_table_like()?.get(part)?;
    }
    Some(item)
}

/// Returns true if the key is between braces.
fn is_inline(document: &DocumentMut, parts: &[&str]) -> bool {
    (1..parts.len()).any(|length| find_item(document, &parts[..length]).is_some_and(Item::is_inline_table))
}

fn remove_item(document: &mut DocumentMut, parts: &[&str]) -> Option<Item> {
    let (key, tables) = parts.split_last()?;
    let mut item = document.as_item_mut();
    for table in tables {
        item = item.as_table_like_mut()?.get_mut(table)?;
    }
    item.as_table_like_mut()?.remove(key)
}

/// Moves a new first key of the file below the comment on top, which would become a comment of the first table.
fn keep_comment_on_top(document: &mut DocumentMut, key: &str) {
    let root = document.as_table_mut();
    let is_first = root.iter().filter(|(_, item)| item.is_value()).count() == 1;
    let Some(first) = next_table(root, None).filter(|_| is_first) else { return };
    let prefix = first.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
    let (above, own) = match prefix.rfind("\n\n") {
        Some(end) => prefix.split_at(end + 2),
        None => ("", prefix.as_str()),
    };
    first.decor_mut().set_prefix(format!("\n{}", own.trim_start_matches('\n')));
    if let Some(mut key) = root.key_mut(key) {
        key.leaf_decor_mut().set_prefix(above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# mine\n\n# about x\n[providers.x] # x\nclient_id = \"a\" # old\nscopes = [\n  \"a\", # first\n]\nport = 7\n";

    fn file() -> &'static Path {
        Path::new("config.toml")
    }

    fn set_to(text: &str, key: &str, value: &str) -> Result<String> {
        set(text, file(), &KeyPath::parse(key), value)
    }

    fn unset_from(text: &str, key: &str) -> Result<Option<String>> {
        unset(text, file(), &KeyPath::parse(key))
    }

    #[test]
    fn provider_names_in_key_paths_need_no_quotes() {
        for (text, parts) in [
            ("default", &["default"][..]),
            ("timeouts.http", &["timeouts", "http"]),
            ("providers.github", &["providers", "github"]),
            ("providers.github.client_id", &["providers", "github", "client_id"]),
            ("providers.id.example.client_id", &["providers", "id.example", "client_id"]),
            ("providers.https://id.example/a.b.client_id", &["providers", "https://id.example/a.b", "client_id"]),
            ("providers.\"https://id.example\".client_id", &["providers", "https://id.example", "client_id"]),
            ("providers.x.params.audience", &["providers", "x", "params", "audience"]),
            ("providers.x.params.\"b.c\"", &["providers", "x", "params", "b.c"]),
            ("providers.x.params.b.c", &["providers", "x", "params", "b.c"]),
            ("providers.x.params", &["providers", "x", "params"]),
            ("", &[""]),
        ] {
            assert_eq!(KeyPath::parse(text).parts(), parts, "{text}");
        }
    }

    #[test]
    fn set_keeps_comments_and_order() {
        for (text, key, value, expected) in [
            ("", "default", "x", "default = \"x\"\n"),
            ("# mine\n", "default", "x", "# mine\n\ndefault = \"x\"\n"),
            ("default = \"x\" # now\n", "default", "y", "default = \"y\" # now\n"),
            (
                "store = \"file\"\n# z\n",
                "home",
                "https://a.example",
                "store = \"file\"\nhome = \"https://a.example\"\n# z\n",
            ),
            (
                "# mine\n\n# of x\n[providers.x]\n",
                "default",
                "x",
                "# mine\n\ndefault = \"x\"\n\n# of x\n[providers.x]\n",
            ),
            (
                "# of x\n[providers.x]\n",
                "timeouts.http",
                "5s",
                "timeouts = { http = \"5s\" }\n\n# of x\n[providers.x]\n",
            ),
            ("[timeouts]\nhttp = \"5s\" # slow\n", "timeouts.http", "9s", "[timeouts]\nhttp = \"9s\" # slow\n"),
            ("timeouts = { http = \"5s\" }\n", "timeouts.lock", "9s", "timeouts = { http = \"5s\", lock = \"9s\" }\n"),
            ("", "providers.x.scopes", "a,b c", "[providers.x]\nscopes = [\"a\", \"b\", \"c\"]\n"),
            ("", "providers.x.port", "7", "[providers.x]\nport = 7\n"),
            ("", "providers.x.params.audience", "api", "[providers.x]\nparams = { audience = \"api\" }\n"),
            ("", "providers.x.scope_sets.git", "repo,b", "[providers.x]\nscope_sets = { git = [\"repo\", \"b\"] }\n"),
            ("", "providers.okta.domain", "a.okta.com", "[providers.okta]\ndomain = \"a.okta.com\"\n"),
            (FILE, "providers.x.client_id", "b", &FILE.replace("\"a\" # old", "\"b\" # old")),
        ] {
            assert_eq!(set_to(text, key, value).expect(text), expected, "{text}{key}");
        }
    }

    #[test]
    fn set_reports_what_reading_would_report() {
        for (key, value, words) in [
            ("defualt", "x", "did you mean `default`?"),
            ("timeouts.htpt", "5s", "did you mean `http`?"),
            ("providers.x.clientid", "x", "did you mean `client_id`?"),
            ("providers.github.tenant", "x", "unknown key"),
            ("providers.a b.client_id", "x", "not a provider name"),
            ("timeouts.http", "5", "`timeouts.http`"),
            ("store", "keychain", "`keyring`"),
            ("home", "/app", "`home`"),
            ("providers.x.port", "x", "65535"),
            ("providers.x.issuer", "http://id.example", "loopback"),
            ("providers.x.params.state", "x", "set by the program"),
            ("providers.x.callback_key", "k.pem", "requires `callback_certificate`"),
            ("providers.x", "y", "is a table"),
            ("providers", "y", "is a table"),
            ("timeouts", "y", "is a table"),
            ("default.x", "y", "unknown key"),
            ("", "y", "unknown key"),
        ] {
            let error = set_to("", key, value).expect_err(key);
            assert!(matches!(error, Error::Usage { .. }) && error.to_string().contains(words), "{key}: {error}");
        }
        let error = set_to("stoer = 1\n", "default", "x").expect_err("invalid before");
        assert!(matches!(error, Error::Configuration { position: Some((1, 1)), .. }), "{error:?}");
    }

    #[test]
    fn secret_is_refused_with_the_way_by_stdin() {
        for key in ["providers.github.client_secret", "providers.github.clientSecret", "providers.github.password"] {
            let error = set_to("", key, "hunter2").expect_err(key);
            assert!(!format!("{error:?}").contains("hunter2"));
            assert_eq!(error.hint("mycli").as_deref(), Some("mycli providers add github --client-secret-stdin"));
        }
        assert!(
            set_to("", "client_secret", "hunter2")
                .expect_err("secret")
                .to_string()
                .contains("must not be in this file")
        );
    }

    #[test]
    fn unset_removes_a_key_and_keeps_comments() {
        for (text, key, expected) in [
            ("# a\ndefault = \"x\" # b\nstore = \"file\"\n", "default", Some("# a\nstore = \"file\"\n")),
            ("store = \"file\"\n", "default", None),
            ("timeouts = { http = \"5s\", lock = \"9s\" }\n", "timeouts.http", Some("timeouts = { lock = \"9s\" }\n")),
            ("# a\n\n# b\n[timeouts]\nhttp = \"5s\"\n\n[providers.x]\n", "timeouts", Some("# a\n\n[providers.x]\n")),
            ("[timeouts]\nhttp = \"5s\"\n", "timeouts.http", Some("[timeouts]\n")),
            (
                "[providers.x.params]\na = \"b\"\nc = \"d\"\n",
                "providers.x.params.a",
                Some("[providers.x.params]\nc = \"d\"\n"),
            ),
            ("providers.x.port = 7\nstore = \"file\"\n", "providers.x.port", Some("store = \"file\"\n")),
            (FILE, "providers.x.scopes", Some(&FILE.replace("scopes = [\n  \"a\", # first\n]\n", ""))),
        ] {
            assert_eq!(unset_from(text, key).expect(text).as_deref(), expected, "{text}{key}");
        }
        for (key, words) in [("defualt", "did you mean"), ("providers.x", "is a table"), ("providers", "is a table")] {
            assert!(unset_from(FILE, key).expect_err(key).to_string().contains(words), "{key}");
        }
    }

    #[test]
    fn typed_values_have_the_type_of_their_key() {
        for (key, value, toml) in [
            ("scopes", "a,b c", "[\"a\", \"b\", \"c\"]"),
            ("port", "7", "7"),
            ("port", "x", "\"x\""),
            ("client_id", "7", "\"7\""),
            ("tenant", "a,b", "\"a,b\""),
        ] {
            assert_eq!(provider_value(key, value).to_string().trim(), toml, "{key}");
        }
    }

    #[test]
    fn get_returns_one_key_or_all_below() {
        let got = |key: Option<&str>| {
            let path = key.map(KeyPath::parse);
            let values = get(FILE, file(), path.as_ref()).expect("valid");
            values.into_iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>()
        };
        let all = ["providers.x.client_id=\"a\"", "providers.x.scopes=[\"a\"]", "providers.x.port=7"];
        assert_eq!(got(None), all);
        assert_eq!(got(Some("providers.x")), all);
        assert_eq!(got(Some("providers.x.port")), all[2..]);
        assert_eq!(got(Some("default")), [""; 0]);
        assert_eq!(got(Some("providers.y.client_id")), [""; 0]);
        assert!(get(FILE, file(), Some(&KeyPath::parse("defualt"))).is_err());
    }
}
