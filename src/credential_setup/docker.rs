//! docker, podman and skopeo: `credHelpers` in docker's `config.json`, and the link that they start.

use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::change::Change;
use super::link;
use super::places::directory;
use super::settings_file::SettingsFile;
use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

const KEY: &str = "credHelpers";

/// # Errors
/// [`Error::Other`] if the file is malformed, or a host has another helper.
pub(super) fn install(app: &App, program: &Path, hosts: &[String]) -> Result<Vec<Change>> {
    let (file, mut config) = read(app)?;
    let mut helpers = helpers(&file, &config)?;
    let mut settings = Vec::new();
    for host in hosts {
        match helpers.entries.iter().find(|(name, _)| name == host) {
            Some((_, helper)) if helper.get() == raw(&app.name)?.get() => continue,
            Some(_) => {
                return Err(Error::other(format!("docker has another helper for `{}`", sanitize_untrusted(host))));
            }
            None => helpers.entries.push((host.clone(), raw(&app.name)?)),
        }
        settings.push(format!("set {KEY} of {} to {}", sanitize_untrusted(host), app.name));
    }
    let mut changes = link::install(app, program, &format!("docker-credential-{}", app.name))?;
    if !settings.is_empty() {
        config.set(raw_of(&helpers, 1)?);
        changes.push(Change::write(file, config.text()?, settings));
    }
    Ok(changes)
}

/// Plans the removal from the named hosts, else from all; the link goes with the last one.
pub(super) fn uninstall(app: &App, program: &Path, hosts: &[String]) -> Result<Vec<Change>> {
    let (file, mut config) = read(app)?;
    let mut helpers = helpers(&file, &config)?;
    let own = raw(&app.name)?;
    let mut settings = Vec::new();
    helpers.entries.retain(|(host, helper)| {
        let is_removed = helper.get() == own.get() && (hosts.is_empty() || hosts.contains(host));
        if is_removed {
            settings.push(format!("remove {KEY} of {}", sanitize_untrusted(host)));
        }
        !is_removed
    });
    let mut changes = Vec::new();
    let is_used = helpers.entries.iter().any(|(_, helper)| helper.get() == own.get());
    if !settings.is_empty() {
        match helpers.entries.is_empty() {
            true => config.entries.retain(|(key, _)| key != KEY),
            false => config.set(raw_of(&helpers, 1)?),
        }
        changes.push(Change::write(file, config.text()?, settings));
    }
    if !is_used {
        changes.extend(link::uninstall(app, program, &format!("docker-credential-{}", app.name))?);
    }
    Ok(changes)
}

fn read(app: &App) -> Result<(SettingsFile, Object)> {
    let file = SettingsFile::read(directory(app, "DOCKER_CONFIG", ".docker")?.join("config.json"))?;
    // docker takes an empty file too.
    let text = file.text.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("{}");
    let config = serde_json::from_str(text).map_err(|error| malformed(&file, &error))?;
    Ok((file, config))
}

fn helpers(file: &SettingsFile, config: &Object) -> Result<Object> {
    let found = config.entries.iter().find(|(key, _)| key == KEY).map_or("{}", |(_, value)| value.get());
    serde_json::from_str(found).map_err(|error| malformed(file, &error))
}

fn malformed(file: &SettingsFile, error: &serde_json::Error) -> Error {
    // The error's own text may quote a value.
    let place = format!("line {}, column {}", error.line(), error.column());
    Error::other(format!("{} is no JSON object of docker ({place})", file.path.display()))
}

/// Object in the order of its keys, with each value as it was written.
#[derive(Debug)]
struct Object {
    entries: Vec<(String, Box<RawValue>)>,
}

impl Object {
    fn set(&mut self, value: Box<RawValue>) {
        match self.entries.iter_mut().find(|(key, _)| key == KEY) {
            Some((_, place)) => *place = value,
            None => self.entries.push((KEY.to_owned(), value)),
        }
    }

    fn text(&self) -> Result<String> {
        Ok(format!("{}\n", raw_of(self, 0)?.get()))
    }
}

fn raw(text: &str) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(text).map_err(|error| Error::other(error.to_string()))
}

/// Writes an object as docker does, with tabs, at a depth.
fn raw_of(object: &Object, depth: usize) -> Result<Box<RawValue>> {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let written = object.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter));
    let text = written.map(|()| String::from_utf8_lossy(&text).into_owned());
    // Values keep their lines: only those that this function wrote are indented, which are one level deep.
    let indented = text.map(|text| if depth == 0 { text } else { text.replace('\n', "\n\t") });
    indented.and_then(RawValue::from_string).map_err(|error| Error::other(error.to_string()))
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        self.entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object { entries })
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
