//! Settings of a row, such as tenant or domain, and the texts they complete.

use std::collections::{BTreeMap, BTreeSet};

use super::provider::{Provider, Setting, SettingKind};
use super::urls;
use crate::error::Error;
use crate::sanitize::shell_quote;

/// Values for the settings of a row. Collects the missing ones while it fills texts, to report them together.
pub(super) struct RowSettings<'a> {
    declared: &'a [Setting],
    given: &'a BTreeMap<String, String>,
    missing: BTreeSet<&'a str>,
}

impl<'a> RowSettings<'a> {
    pub(super) fn new(declared: &'a [Setting], given: &'a BTreeMap<String, String>) -> Self {
        Self { declared, given, missing: BTreeSet::new() }
    }

    /// Fills every text of the row.
    pub(super) fn fill_row(&mut self, row: &mut Provider) {
        row.templates_mut().for_each(|text| *text = self.fill(text));
    }

    /// Returns the template with every setting filled; other placeholders stay.
    pub(super) fn fill(&mut self, template: &str) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let name = after.split_once('}').map(|(name, _)| name);
            match self.declared.iter().find(|setting| Some(setting.name.as_str()) == name) {
                Some(setting) => {
                    filled.push_str(&self.value(setting));
                    rest = &after[setting.name.len() + 1..];
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled + rest
    }

    /// The configuration has checked its values; an invalid one counts as missing.
    fn value(&mut self, setting: &'a Setting) -> String {
        let given = self.given.get(&setting.name).map(|given| setting.validate(given));
        match (given, &setting.default) {
            (Some(Ok(given)), _) => given.to_owned(),
            (None, Some(default)) => self.fill(default),
            _ => {
                self.missing.insert(&setting.name);
                String::new()
            }
        }
    }

    /// Returns the missing settings, in the row's order.
    pub(super) fn missing(&self) -> Vec<&'a Setting> {
        self.declared.iter().filter(|setting| self.missing.contains(setting.name.as_str())).collect()
    }
}

/// Completes the row that `special` uses with its settings, and replaces what the row says about itself.
pub(super) fn specialize(mut row: Provider, special: Provider) -> Provider {
    let declared = std::mem::take(&mut row.declared_settings);
    let is_given = |setting: &Setting| special.settings.contains_key(&setting.name);
    let (given, open): (Vec<Setting>, Vec<Setting>) = declared.into_iter().partition(is_given);
    row.services.drop_fixed_hosts();
    RowSettings::new(&given, &special.settings).fill_row(&mut row);
    row.services.hosts = special.services.hosts;
    Provider { title: special.title, aliases: special.aliases, declared_settings: open, ..row }
}

impl Setting {
    /// Value that shows where the setting goes, such as `TENANT`.
    pub(super) fn placeholder(&self) -> String {
        let name = self.name.to_uppercase().replace('_', "-");
        match self.kind {
            SettingKind::Url => format!("https://{name}"),
            SettingKind::Host | SettingKind::Segment => name,
        }
    }

    /// Validates a value and returns it in the form that URLs use.
    ///
    /// # Errors
    /// The reason, as the end of a sentence that starts with "`tenant` …".
    pub fn validate<'v>(&self, value: &'v str) -> Result<&'v str, String> {
        match self.kind {
            SettingKind::Url => urls::validate_issuer(value).map(|()| value.trim_end_matches('/')),
            SettingKind::Host if is_host(value) => Ok(value),
            SettingKind::Host => Err("is not a host name such as `id.example` or `localhost:8080`".to_owned()),
            SettingKind::Segment if is_segment(value) => Ok(value),
            SettingKind::Segment => Err("may contain only letters, digits and `-._~%`".to_owned()),
        }
    }
}

fn is_segment(value: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
    !matches!(value, "" | "." | "..") && value.bytes().all(allowed)
}

fn is_host(value: &str) -> bool {
    let (host, port) = value.split_once(':').unwrap_or((value, "1"));
    is_segment(host) && !host.contains('%') && port.parse::<u16>().is_ok()
}

/// Fills page and fields of the form for registering, with a sample value for each missing setting: `DOMAIN`.
pub(super) fn fill_registration(row: &mut Provider, declared: &[Setting], given: &BTreeMap<String, String>) {
    let mut values = given.clone();
    for setting in declared.iter().filter(|setting| setting.default.is_none()) {
        let name = setting.name.to_uppercase();
        let sample = if setting.kind == SettingKind::Url { format!("https://{name}") } else { name };
        values.entry(setting.name.clone()).or_insert(sample);
    }
    let mut settings = RowSettings::new(declared, &values);
    row.register_at.iter_mut().chain(row.register.texts_mut()).for_each(|text| *text = settings.fill(text));
}

pub(super) fn missing_settings_error(provider: &str, missing: &[&Setting]) -> Error {
    let describe = |setting: &&Setting| match &setting.note {
        Some(note) => format!("`{}` ({note})", setting.name),
        None => format!("`{}`", setting.name),
    };
    let flags: String =
        missing.iter().map(|setting| format!(" --set {}={}", setting.name, setting.name.to_uppercase())).collect();
    Error::Usage {
        message: format!("`{provider}` needs {}", missing.iter().map(describe).collect::<Vec<_>>().join(" and ")),
        hint: Some(format!("{{program}} providers add {}{flags}", shell_quote(provider))),
    }
}
