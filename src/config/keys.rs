//! Checks keys and values of a file on the positions that `toml` keeps, before serde fills the structs: serde's messages
//! name neither the key nor the nearest name, and show the value, which may be a secret in the wrong place.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::{AuthEnvironment, Setting, is_reserved_param, nearest};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;

#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// A string that passes a check; an error is the end of a sentence that starts with the key.
    Text(fn(&str) -> Result<(), String>),
    /// The same, or an empty string.
    OptionalText(fn(&str) -> Result<(), String>),
    /// A setting of the provider's row.
    Setting(&'a Setting),
    /// An array of such strings.
    List(fn(&str) -> Result<(), String>),
    /// A table of such arrays, whose keys pass the first check.
    Lists(fn(&str) -> Result<(), String>, fn(&str) -> Result<(), String>),
    Port,
    /// `true` or `false`.
    Flag,
    /// A table of parameters for requests.
    Params,
    /// A table whose keys are checked elsewhere.
    Table,
}

/// A file's text and path, for errors with a position.
#[derive(Clone, Copy)]
pub(super) struct TomlSource<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a Path,
}

impl<'a> TomlSource<'a> {
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>> {
        DeTable::parse(self.text).map_err(|error| self.syntax_error(&error))
    }

    pub(super) fn syntax_error(self, error: &toml::de::Error) -> Error {
        self.error(error.span().unwrap_or(0..0), sanitize_untrusted(error.message()))
    }

    /// Returns an error with line and column of `span`, both from 1, the column in characters.
    pub(super) fn error(self, span: Range<usize>, message: impl Into<String>) -> Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let (file, message) = (self.file.to_owned(), message.into());
        Error::Configuration { file, position: Some((line, column)), message, remedy: Remedy::ConfigKeys }
    }

    /// Checks each key of a table and its value. `path` is empty or ends in a dot: `providers.github.`.
    pub(super) fn check_table(self, path: &str, table: &DeTable<'_>, keys: &[(&str, Form<'_>)]) -> Result<()> {
        for (key, span, value) in fields(table) {
            match keys.iter().find(|(known, _)| *known == key) {
                Some((_, form)) => self.check(&format!("{path}{key}"), value, *form)?,
                None => return Err(self.error(span, unknown_key(path, key, keys))),
            }
        }
        Ok(())
    }

    pub(super) fn check(self, path: &str, value: &Spanned<DeValue<'_>>, form: Form<'_>) -> Result<()> {
        let error = |reason: String| self.error(value.span(), format!("`{}` {reason}", sanitize_untrusted(path)));
        match (form, value.get_ref()) {
            (Form::Text(check), DeValue::String(text)) => plain(text).and_then(|()| check(text)).map_err(error),
            (Form::OptionalText(_), DeValue::String(text)) if text.is_empty() => Ok(()),
            (Form::OptionalText(check), DeValue::String(_)) => self.check(path, value, Form::Text(check)),
            (Form::Setting(setting), DeValue::String(text)) => {
                plain(text).and_then(|()| setting.validate(text).map(drop)).map_err(error)
            }
            (Form::List(check), DeValue::Array(elements)) => {
                elements.iter().try_for_each(|element| self.check(path, element, Form::Text(check)))
            }
            (Form::Lists(check_name, check), DeValue::Table(lists)) => {
                fields(lists).into_iter().try_for_each(|(name, span, list)| {
                    let path = format!("{path}.{name}");
                    let invalid = |reason| self.error(span, format!("`{}` {reason}", sanitize_untrusted(&path)));
                    check_name(name).map_err(invalid)?;
                    self.check(&path, list, Form::List(check))
                })
            }
            (Form::Port, DeValue::Integer(number)) => {
                let port = u16::from_str_radix(number.as_str(), number.radix()).ok().filter(|port| *port != 0);
                port.map(drop).ok_or_else(|| error(format!("must be {PORT}")))
            }
            (Form::Params, DeValue::Table(params)) => fields(params).into_iter().try_for_each(|(name, span, value)| {
                let path = format!("{path}.{name}");
                if name.is_empty() || is_reserved_param(name) {
                    let path = sanitize_untrusted(&path);
                    return Err(self.error(span, format!("`{path}` is set by the program itself")));
                }
                self.check(&path, value, ANY_TEXT)
            }),
            (Form::Table, DeValue::Table(_)) | (Form::Flag, DeValue::Boolean(_)) => Ok(()),
            (form, found) => Err(error(type_error(form, found))),
        }
    }
}

/// Any string that is not empty, has no space around it and no control characters.
pub(super) const ANY_TEXT: Form<'static> = Form::Text(|_| Ok(()));

const PORT: &str = "a number from 1 to 65535";

/// Keys, their positions and values, in the order of the file.
pub(super) fn fields<'t, 'a>(table: &'t DeTable<'a>) -> Vec<(&'t str, Range<usize>, &'t Spanned<DeValue<'a>>)> {
    let mut fields: Vec<_> = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    fields.sort_by_key(|(_, span, _)| span.start);
    fields
}

/// Returns the text of a key that was checked.
pub(super) fn text(table: &DeTable<'_>, key: &str) -> Option<String> {
    table.get(key).and_then(|value| value.get_ref().as_str()).map(str::to_owned)
}

fn plain(text: &str) -> Result<(), String> {
    if text.trim() != text {
        return Err("has leading or trailing white space".to_owned());
    }
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("is empty or contains control characters".to_owned()),
        false => Ok(()),
    }
}

/// Accepts one of `words`.
pub(super) fn one_of(text: &str, words: &[&str]) -> Result<(), String> {
    match words.contains(&text) {
        true => Ok(()),
        false => Err(format!("must be one of `{}`, not `{}`", words.join("`, `"), sanitize_untrusted(text))),
    }
}

fn type_error(form: Form<'_>, found: &DeValue<'_>) -> String {
    let expected = match form {
        Form::Text(_) | Form::OptionalText(_) | Form::Setting(_) => "a string",
        Form::List(_) => "an array",
        Form::Port => PORT,
        Form::Flag => "true or false",
        Form::Params | Form::Table | Form::Lists(..) => "a table",
    };
    let found = match found {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    format!("must be {expected}, not {found}")
}

/// Returns the message for an unknown key: the nearest known key, or where a secret belongs.
pub(super) fn unknown_key(path: &str, key: &str, keys: &[(&str, Form<'_>)]) -> String {
    let lower = key.to_ascii_lowercase();
    if ["secret", "password", "passphrase"].iter().any(|word| lower.contains(word)) {
        let name = path.strip_prefix("providers.").map_or("NAME", |name| name.strip_suffix('.').unwrap_or(name));
        return format!(
            "`{}` must not be in this file: store the secret with `providers add {name} --client-secret-stdin`, or set {}",
            sanitize_untrusted(key),
            AuthEnvironment::variable_name(name, "SECRET")
        );
    }
    let near = nearest(key, keys.iter().map(|(known, _)| *known));
    let suggestion = near.first().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("unknown key `{}`{suggestion}", sanitize_untrusted(&format!("{path}{key}")))
}
