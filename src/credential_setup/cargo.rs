//! cargo: `registries.NAME.credential-provider` in its `config.toml`. cargo starts this program itself, without a link.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::change::{Change, Direction};
use super::places::{directory, is_this_program, text_of};
use super::settings_file::SettingsFile;
use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

const KEY: &str = "credential-provider";

/// # Errors
/// [`Error::Other`] if the file is malformed, or a registry has another credential provider.
pub(super) fn plan(app: &App, program: &Path, direction: Direction, registries: &[String]) -> Result<Vec<Change>> {
    let folder = directory(app, "CARGO_HOME", ".cargo")?;
    // cargo reads the file without an extension first.
    let earlier = folder.join("config");
    let file = SettingsFile::read(if earlier.exists() { earlier } else { folder.join("config.toml") })?;
    let document = file.text.as_deref().unwrap_or_default().parse::<DocumentMut>();
    let mut document = document.map_err(|error| {
        Error::other(format!("{} is malformed: {}", file.path.display(), sanitize_untrusted(error.message())))
    })?;
    let malformed = || Error::other(format!("{} is malformed: `registries` is no table", file.path.display()));
    let settings = match direction {
        Direction::Install => {
            let tables = document.entry("registries").or_insert_with(implicit).as_table_like_mut();
            set(tables.ok_or_else(malformed)?, text_of(program)?, registries)?
        }
        Direction::Uninstall => match document.get_mut("registries").and_then(Item::as_table_like_mut) {
            Some(tables) => unset(tables, program, registries),
            None => Vec::new(),
        },
    };
    let changes = (!settings.is_empty()).then(|| Change::write(file, document.to_string(), settings));
    Ok(changes.into_iter().collect())
}

/// Table without a line of its own.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn set(tables: &mut dyn TableLike, program: &str, registries: &[String]) -> Result<Vec<String>> {
    let mut settings = Vec::new();
    for name in registries {
        let shown = sanitize_untrusted(name);
        let registry = tables.entry(name).or_insert_with(|| Item::Table(Table::new())).as_table_like_mut();
        let registry = registry.ok_or_else(|| Error::other(format!("registry `{shown}` is no table")))?;
        let is_current = |found: &Array| found.len() == 1 && found.get(0).and_then(Value::as_str) == Some(program);
        match registry.get(KEY).map(Item::as_array) {
            Some(Some(found)) if is_current(found) => continue,
            // The program may have moved.
            Some(Some(found)) if is_program(found, Path::new(program)) => {}
            Some(_) => return Err(Error::other(format!("registry `{shown}` has another {KEY}"))),
            None => {}
        }
        registry.insert(KEY, Item::Value(Value::Array(Array::from_iter([program]))));
        settings.push(format!("set registries.{shown}.{KEY} to [\"{program}\"]"));
    }
    Ok(settings)
}

/// Removes the setting from the named registries, else from all; tables that are empty then too.
fn unset(tables: &mut dyn TableLike, program: &Path, registries: &[String]) -> Vec<String> {
    let names: Vec<String> = tables.iter().map(|(name, _)| name.to_owned()).collect();
    let mut settings = Vec::new();
    for name in names.iter().filter(|name| registries.is_empty() || registries.contains(name)) {
        let Some(registry) = tables.get_mut(name).and_then(Item::as_table_like_mut) else { continue };
        if registry.get(KEY).and_then(Item::as_array).is_some_and(|found| is_program(found, program)) {
            registry.remove(KEY);
            if registry.is_empty() {
                tables.remove(name);
            }
            settings.push(format!("remove registries.{}.{KEY}", sanitize_untrusted(name)));
        }
    }
    settings
}

/// Returns true for this program alone, also at an earlier place.
fn is_program(found: &Array, program: &Path) -> bool {
    let path = found.get(0).and_then(Value::as_str).filter(|_| found.len() == 1);
    path.is_some_and(|path| is_this_program(path, program))
}
