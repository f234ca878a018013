//! Settings of a row, such as tenant or domain, and the URL templates they fill.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{Overrides, ProviderEntry};
use super::row::{CatalogRow, Setting, SettingKind};
use super::urls;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Values for the settings of a row. Collects missing and invalid ones while it fills templates, to report them
/// together.
pub(super) struct RowSettings<'a> {
    declared: &'a [Setting],
    given: BTreeMap<&'a str, &'a str>,
    missing: BTreeSet<&'a str>,
    invalid: Option<String>,
}

impl<'a> RowSettings<'a> {
    pub(super) fn new(row: Option<&'a CatalogRow>, entry: &'a ProviderEntry, flags: &'a Overrides) -> Self {
        let given = entry.settings.iter().chain(&flags.settings);
        Self {
            declared: row.map_or(&[], |row| &row.settings),
            given: given.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            missing: BTreeSet::new(),
            invalid: None,
        }
    }

    /// Returns `true` if the row's issuer, with its settings filled, equals `issuer`.
    pub(super) fn matches_issuer(&self, row: &'a CatalogRow, issuer: &str) -> bool {
        let mut probe =
            Self { declared: self.declared, given: self.given.clone(), missing: BTreeSet::new(), invalid: None };
        let row_issuer = row.issuer.as_deref().map(|template| probe.fill(template));
        probe.missing.is_empty() && row_issuer.as_deref() == Some(issuer)
    }

    /// Returns the template with every setting filled; other placeholders stay.
    pub(super) fn fill(&mut self, template: &str) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let declared =
                after.split_once('}').filter(|(name, _)| self.declared.iter().any(|setting| setting.name == *name));
            match declared {
                Some((name, after)) => {
                    filled.push_str(&self.value(name));
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&mut self, name: &str) -> String {
        let Some(setting) = self.declared.iter().find(|setting| setting.name == name) else {
            return String::new();
        };
        match (self.given.get(name).copied(), &setting.default) {
            (Some(given), _) => self.validated(setting, given),
            (None, Some(default)) => self.fill(default),
            (None, None) => {
                self.missing.insert(&setting.name);
                String::new()
            }
        }
    }

    fn validated(&mut self, setting: &Setting, value: &str) -> String {
        match setting.validate(value) {
            Ok(value) => value.to_owned(),
            Err(reason) => {
                self.invalid = Some(format!("`{}`: `{}` {reason}", setting.name, sanitize_untrusted(value)));
                String::new()
            }
        }
    }

    /// Returns the missing settings, in the row's order.
    pub(super) fn missing(&self) -> Vec<&'a Setting> {
        self.declared.iter().filter(|setting| self.missing.contains(setting.name.as_str())).collect()
    }

    pub(super) fn check(&self, provider: &str) -> Result<()> {
        if let Some(unknown) =
            self.given.keys().find(|name| !self.declared.iter().any(|declared| declared.name == **name))
        {
            return Err(Error::usage(format!("`{provider}` has no setting `{}`", sanitize_untrusted(unknown))));
        }
        if let Some(invalid) = &self.invalid {
            return Err(Error::usage(invalid.clone()));
        }
        match self.missing().as_slice() {
            [] => Ok(()),
            missing => Err(missing_settings_error(provider, missing)),
        }
    }
}

impl Setting {
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

fn missing_settings_error(provider: &str, missing: &[&Setting]) -> Error {
    let describe = |setting: &&Setting| match &setting.note {
        Some(note) => format!("`{}` ({note})", setting.name),
        None => format!("`{}`", setting.name),
    };
    let flags: String =
        missing.iter().map(|setting| format!(" --set {}={}", setting.name, setting.name.to_uppercase())).collect();
    Error::Usage {
        message: format!("`{provider}` needs {}", missing.iter().map(describe).collect::<Vec<_>>().join(" and ")),
        hint: Some(format!("{{program}} providers add {provider}{flags}")),
    }
}
