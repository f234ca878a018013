//! Changes to `config.toml` that leave the rest of the file as its person wrote it.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::DeTable;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::parse;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Puts `settings` into `[providers.NAME]`, which is made where it is not there; keys that are there are replaced where
/// they stand.
///
/// # Errors
/// [`Error::Configuration`] where the text was already wrong, [`Error::Usage`] where a setting is.
pub fn add(text: &str, file: &Path, name: &str, settings: &[(String, Value)]) -> Result<String> {
    parse(text, file)?;
    let mut document = document(text)?;
    // Comments alone belong to no key, and would end below what is added.
    let above = if document.is_empty() { text.trim_end() } else { "" };
    if document.is_empty() {
        document = DocumentMut::new();
    }
    let provider = provider(&mut document, name)?;
    for (key, value) in settings {
        set_value(provider, key, value);
    }
    let edited = match above {
        "" => document.to_string(),
        above => format!("{above}\n\n{document}"),
    };
    // What is wrong now came from the caller; a place in a text that no disk has would help nobody.
    match parse(&edited, file) {
        Err(Error::Configuration { message, .. }) => Err(Error::usage(message)),
        Err(other) => Err(other),
        Ok(_) => Ok(edited),
    }
}

/// Takes `[providers.NAME]` out, with the comment that stands on it, and `default` where it names it.
///
/// # Errors
/// [`Error::Configuration`] where the text was already wrong, [`Error::UnknownProvider`] with the nearest names where
/// there is no such table, [`Error::Usage`] where nothing is near it either.
pub fn remove(text: &str, file: &Path, name: &str) -> Result<String> {
    let config = parse(text, file)?;
    let mut document = document(text)?;
    let removed = document.get_mut("providers").and_then(Item::as_table_like_mut).and_then(|table| table.remove(name));
    let Some(removed) = removed else {
        let near = crate::catalog::nearest(name, config.providers.names());
        return Err(match near.is_empty() {
            // The catalogue, which the hint of the other would show, has nothing that could be removed.
            true => Error::Usage {
                message: format!("`{}` is not in the configuration", sanitize_untrusted(name)),
                hint: Some("{program} providers list".to_owned()),
            },
            false => Error::UnknownProvider { name: sanitize_untrusted(name), suggestions: near },
        });
    };
    move_comment_above(&mut document, &removed);
    match config.default.as_deref() == Some(name) {
        true => Ok(remove_default(&document.to_string())),
        false => Ok(document.to_string()),
    }
}

/// Without the line of `default`. What stands above it stays: it may be about the whole file.
fn remove_default(text: &str) -> String {
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    let Some((key, value)) = table.get_key_value("default") else { return text.to_owned() };
    let start = text[..key.span().start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[value.span().end..].find('\n').map_or(text.len(), |at| value.span().end + at + 1);
    [&text[..start], &text[end..]].concat()
}

fn document(text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| Error::other(sanitize_untrusted(error.message())))
}

/// The provider's table, in whatever form the person wrote `providers`.
fn provider<'d>(document: &'d mut DocumentMut, name: &str) -> Result<&'d mut dyn TableLike> {
    let providers = document.entry("providers").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let inline = providers.is_inline_table();
    let providers = providers.as_table_like_mut().ok_or_else(not_a_table)?;
    let fresh = if inline { Item::Value(Value::InlineTable(Default::default())) } else { Item::Table(Table::new()) };
    providers.entry(name).or_insert(fresh).as_table_like_mut().ok_or_else(not_a_table)
}

/// [`read()`] has passed the text before, and it takes tables only.
fn not_a_table() -> Error {
    Error::other("`providers` is not a table")
}

/// Sets a key; one that is there keeps its place, its spacing and the comment behind it.
fn set_value(table: &mut dyn TableLike, key: &str, value: &Value) {
    let mut value = value.clone();
    if let Some(old) = table.get_mut(key) {
        if let Some(known) = old.as_value() {
            *value.decor_mut() = known.decor().clone();
        }
        *old = Item::Value(value);
        return;
    }
    table.insert(key, Item::Value(value));
}

/// The lines above a table belong to it up to the nearest empty line; what stands above that belongs to the file, and
/// goes to whatever follows now.
fn move_comment_above(document: &mut DocumentMut, removed: &Item) {
    let Some(table) = removed.as_table() else { return };
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let above = prefix.rfind("\n\n").map_or("", |end| &prefix[..end]);
    if above.trim().is_empty() {
        return;
    }
    let position = table.position();
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    match next_table(document.as_table_mut(), position) {
        Some(next) => {
            let own = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let joined = format!("{above}\n{own}");
            next.decor_mut().set_prefix(joined);
        }
        None => document.set_trailing(format!("{above}\n{trailing}")),
    }
}

/// The table that comes first after `position` in the file.
fn next_table(table: &mut Table, position: Option<isize>) -> Option<&mut Table> {
    let tables = table.iter_mut().filter_map(|(_, item)| item.as_table_mut());
    let nested = tables.flat_map(|table| {
        let own = table.position().filter(|_| !table.is_implicit());
        match own > position && own.is_some() {
            true => Some(table),
            false => next_table(table, position),
        }
    });
    nested.min_by_key(|table| table.position())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, name: &str, settings: &[(&str, &str)]) -> Result<String> {
        let settings: Vec<(String, Value)> =
            settings.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        add(text, Path::new("config.toml"), name, &settings)
    }

    fn removed(text: &str, name: &str) -> Result<String> {
        remove(text, Path::new("config.toml"), name)
    }

    #[test]
    fn a_new_provider_goes_to_the_end() {
        for (text, expected) in [
            ("", "[providers.github]\nclient_id = \"x\"\n"),
            (
                "# mine\nstore = \"file\" # why\n",
                "# mine\nstore = \"file\" # why\n\n[providers.github]\nclient_id = \"x\"\n",
            ),
            (
                "[providers.a]\nclient_id = \"a\"\n\n# end\n",
                "[providers.a]\nclient_id = \"a\"\n\n[providers.github]\nclient_id = \"x\"\n\n# end\n",
            ),
            ("providers = {}\n", "providers = { github = { client_id = \"x\" } }\n"),
        ] {
            assert_eq!(added(text, "github", &[("client_id", "x")]).expect(text), expected);
        }
    }

    #[test]
    fn a_known_provider_is_changed_where_it_stands() {
        let text = "# top\n[providers.b] # b\nclient_id = \"old\" # the old one\nport = 7000\n\n[providers.a]\n";
        let edited = added(text, "b", &[("client_id", "new"), ("issuer", "https://b.example")]).expect("edited");
        assert_eq!(
            edited,
            "# top\n[providers.b] # b\nclient_id = \"new\" # the old one\nport = 7000\nissuer = \"https://b.example\"\n\n[providers.a]\n"
        );
    }

    #[test]
    fn an_address_can_be_a_provider() {
        let edited = added("", "https://id.example", &[("client_id", "x")]).expect("edited");
        assert_eq!(edited, "[providers.\"https://id.example\"]\nclient_id = \"x\"\n");
    }

    #[test]
    fn a_wrong_setting_is_the_callers_and_a_wrong_file_is_the_files() {
        for settings in [&[("issuer", "http://id.example")][..], &[("client_secret", "hunter2")], &[("tenant", "x")]] {
            let error = added("", "x", settings).expect_err("refused");
            assert!(matches!(error, Error::Usage { .. }), "{error:?}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let error = added("stoer = 1\n", "x", &[("client_id", "x")]).expect_err("refused");
        assert!(matches!(error, Error::Configuration { .. }), "{error:?}");
    }

    #[test]
    fn what_is_removed_takes_only_its_own_comment_along() {
        for (text, expected) in [
            ("[providers.x]\nclient_id = \"x\"\n", ""),
            (
                "# file\n\n# about x\n[providers.x]\n\n# about b\n[providers.b]\n",
                "# file\n\n# about b\n[providers.b]\n",
            ),
            ("store = \"file\"\n\n# part two\n\n# about x\n[providers.x]\n", "store = \"file\"\n\n# part two\n"),
            (
                "default = \"x\"\nstore = \"file\"\n\n[providers.x]\n[providers.x.params]\na = \"b\"\n",
                "store = \"file\"\n",
            ),
            (
                "# file\n\n# mine\ndefault = \"x\" # for now\n\n[providers.x]\n[providers.y]\n",
                "# file\n\n# mine\n[providers.y]\n",
            ),
            ("[providers.a]\n\n[providers.x]\nport = 1 # in x\n\n[providers.b]\n", "[providers.a]\n\n[providers.b]\n"),
            ("providers.x.client_id = \"x\"\nproviders.y.client_id = \"y\"\n", "providers.y.client_id = \"y\"\n"),
            ("[providers]\nx = { port = 1 }\ny = { port = 2 } # y\n", "[providers]\ny = { port = 2 } # y\n"),
        ] {
            assert_eq!(removed(text, "x").expect(text), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_provider_cannot_be_removed() {
        match removed("[providers.github]\n", "githbu") {
            Err(Error::UnknownProvider { suggestions: nearest, .. }) => assert_eq!(nearest, ["github"]),
            other => panic!("{other:?}"),
        }
        // It is in the catalogue, which is not what can be changed.
        let error = removed("", "github").expect_err("nothing is there");
        assert_eq!(error.to_string(), "`github` is not in the configuration");
        assert_eq!(error.hint("mycli").as_deref(), Some("mycli providers list"));
    }
}
