//! Edits `config.toml` and leaves the rest of the file unchanged.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::DeTable;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::parse;
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;

/// Adds `settings` to `[providers.NAME]`, which is created if it is missing; existing keys are replaced in place.
///
/// # Errors
/// [`Error::Configuration`] if the text was invalid before, [`Error::Usage`] if a setting is invalid.
pub fn add(text: &str, file: &Path, name: &str, settings: &[(String, Value)]) -> Result<String> {
    parse(text, file)?;
    edit(text, file, |document| {
        let provider = provider(document, name)?;
        settings.iter().for_each(|(key, value)| set_value(provider, key, value));
        Ok(())
    })
}

/// Applies a change that comes from the caller, and checks the result.
///
/// # Errors
/// [`Error::Usage`] if a setting is invalid.
pub(super) fn edit(text: &str, file: &Path, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<String> {
    let mut document = document(text)?;
    // A file with only comments has no key that keeps them; they would end up below the new table.
    let above = if document.is_empty() { text.trim_end() } else { "" };
    if document.is_empty() {
        document = DocumentMut::new();
    }
    change(&mut document)?;
    let edited = match above {
        "" => document.to_string(),
        above => format!("{above}\n\n{document}"),
    };
    // The caller's setting is invalid. A position would refer to a text that is not on disk.
    match parse(&edited, file) {
        Err(Error::Configuration { message, .. }) => Err(Error::usage(message)),
        Err(other) => Err(other),
        Ok(_) => Ok(edited),
    }
}

/// Removes `[providers.NAME]` with the comment directly above it, and `default` if it names this provider.
///
/// # Errors
/// [`Error::Configuration`] if the text is invalid, [`Error::UnknownProvider`] with the nearest names if there is no
/// such table, [`Error::Usage`] if there is no near name either.
pub fn remove(text: &str, file: &Path, name: &str) -> Result<String> {
    let config = parse(text, file)?;
    let mut document = document(text)?;
    let removed = document.get_mut("providers").and_then(Item::as_table_like_mut).and_then(|table| table.remove(name));
    let Some(removed) = removed else {
        let near = crate::catalog::nearest(name, config.providers.names());
        return Err(match near.is_empty() {
            // The hint of `UnknownProvider` lists the catalog, from which nothing can be removed.
            true => Error::Usage {
                message: format!("`{}` is not in the configuration", sanitize_untrusted(name)),
                hint: Some("{program} providers list".to_owned()),
            },
            false => Error::UnknownProvider { name: sanitize_untrusted(name), suggestions: near },
        });
    };
    move_comment_above(&mut document, &removed);
    match config.default.as_deref() == Some(name) {
        true => Ok(remove_line(&document.to_string(), &["default"])),
        false => Ok(document.to_string()),
    }
}

/// Removes the lines of a key. Comments above it stay, because they may describe the whole file.
pub(super) fn remove_line(text: &str, parts: &[&str]) -> String {
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    let Some((key, tables)) = parts.split_last() else { return text.to_owned() };
    let mut below = Some(&table);
    for name in tables {
        below = below.and_then(|table| table.get(*name)).and_then(|value| value.get_ref().as_table());
    }
    let Some((key, value)) = below.and_then(|table| table.get_key_value(*key)) else { return text.to_owned() };
    let start = text[..key.span().start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[value.span().end..].find('\n').map_or(text.len(), |at| value.span().end + at + 1);
    [&text[..start], &text[end..]].concat()
}

pub(super) fn document(text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Error::other_with(Remedy::ConfigKeys, sanitize_untrusted(error.message()))
    })
}

/// Returns the provider's table, in the form (header or inline) that the user chose for `providers`.
pub(super) fn provider<'d>(document: &'d mut DocumentMut, name: &str) -> Result<&'d mut dyn TableLike> {
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

/// Unreachable after [`parse()`], which accepts only tables.
fn not_a_table() -> Error {
    Error::other_with(Remedy::ConfigKeys, "`providers` is not a table")
}

/// Sets a key. An existing key keeps its position, spacing and trailing comment.
pub(super) fn set_value(table: &mut dyn TableLike, key: &str, value: &Value) {
    let mut value = value.clone();
    if let Some(old) = table.get_mut(key) {
        if let Some(known) = old.as_value() {
            *value.decor_mut() = known.decor().clone();
        }
        *old = Item::Value(value);
        return;
    }
    // The space before a closing brace belongs to the last value.
    if let Some(last) = table.iter_mut().last().and_then(|(_, item)| item.as_value_mut()) {
        let space = last.decor().suffix().and_then(|suffix| suffix.as_str()).filter(|suffix| suffix.trim().is_empty());
        if let Some(space) = space.filter(|space| !space.is_empty()).map(str::to_owned) {
            last.decor_mut().set_suffix("");
            value.decor_mut().set_suffix(space);
        }
    }
    table.insert(key, Item::Value(value));
}

/// Moves comments above the removed table to the next table. Comments directly above a table belong to the table, those
/// above an empty line belong to the file.
pub(super) fn move_comment_above(document: &mut DocumentMut, removed: &Item) {
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

/// Returns the first table after `position` in the file.
pub(super) fn next_table(table: &mut Table, position: Option<isize>) -> Option<&mut Table> {
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
    fn new_provider_is_appended() {
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
    fn existing_provider_is_changed_in_place() {
        let text = "# top\n[providers.b] # b\nclient_id = \"old\" # the old one\nport = 7000\n\n[providers.a]\n";
        let edited = added(text, "b", &[("client_id", "new"), ("issuer", "https://b.example")]).expect("edited");
        assert_eq!(
            edited,
            "# top\n[providers.b] # b\nclient_id = \"new\" # the old one\nport = 7000\nissuer = \"https://b.example\"\n\n[providers.a]\n"
        );
    }

    #[test]
    fn url_can_be_a_provider() {
        let edited = added("", "https://id.example", &[("client_id", "x")]).expect("edited");
        assert_eq!(edited, "[providers.\"https://id.example\"]\nclient_id = \"x\"\n");
    }

    #[test]
    fn invalid_setting_is_usage_and_invalid_file_configuration() {
        for settings in [&[("issuer", "http://id.example")][..], &[("client_secret", "hunter2")], &[("tenant", "x")]] {
            let error = added("", "x", settings).expect_err("rejected");
            assert!(matches!(error, Error::Usage { .. }), "{error:?}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let error = added("stoer = 1\n", "x", &[("client_id", "x")]).expect_err("rejected");
        assert!(matches!(error, Error::Configuration { .. }), "{error:?}");
    }

    #[test]
    fn removal_keeps_comments_of_other_tables() {
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
    fn unknown_provider_cannot_be_removed() {
        match removed("[providers.github]\n", "githbu") {
            Err(Error::UnknownProvider { suggestions: nearest, .. }) => assert_eq!(nearest, ["github"]),
            other => panic!("{other:?}"),
        }
        // `github` is in the catalog, but only the configuration can change.
        let error = removed("", "github").expect_err("not configured");
        assert_eq!(error.to_string(), "`github` is not in the configuration");
        assert_eq!(error.hint("mycli").as_deref(), Some("mycli providers list"));
    }
}
