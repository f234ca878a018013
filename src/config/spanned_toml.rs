//! TOML with the position of every key and value, so that each error can name its position.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::nearest;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// A file's text and path, for errors with a position.
#[derive(Clone, Copy)]
pub(super) struct TomlSource<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a Path,
}

/// A key and its value.
#[derive(Clone, Copy)]
pub(super) struct TomlField<'a> {
    pub(super) source: TomlSource<'a>,
    /// The full key: `providers.github.port`.
    pub(super) path: &'a str,
    pub(super) key: &'a str,
    span: (usize, usize),
    value: &'a Spanned<DeValue<'a>>,
}

/// Keys, their spans and values of a table, in the order of the file.
type Fields<'a> = Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'a>>)>;

impl<'a> TomlSource<'a> {
    /// Parses the text.
    ///
    /// # Errors
    /// [`Error::Configuration`] with the position of the syntax error.
    pub(super) fn parse(self) -> Result<DeTable<'a>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.error(span, sanitize_untrusted(error.message()))
        })
    }

    /// Returns an error at a position of the text.
    pub(super) fn error(self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::Configuration {
            file: self.file.to_owned(),
            position: Some(position(self.text, span.start)),
            message: message.into(),
        }
    }

    /// Returns an error at an unknown key, with the nearest known key.
    pub(super) fn unknown_key(self, span: Range<usize>, path: &str, key: &str, known: &[&str]) -> Error {
        let suggestion = match nearest(key, known.iter().copied()).first() {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        self.error(span, format!("unknown key `{}`{suggestion}", sanitize_untrusted(path)))
    }
}

/// Returns line and column, both from 1, the column in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Returns the fields of a table, in the order of the file.
pub(super) fn fields<'a>(table: &'a DeTable<'a>) -> Fields<'a> {
    let mut fields: Fields<'a> = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    fields.sort_by_key(|(_, span, _)| span.start);
    fields
}

impl<'a> TomlField<'a> {
    pub(super) fn new(source: TomlSource<'a>, path: &'a str, key: &'a str, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { source, path, key, span: (value.span().start, value.span().end), value }
    }

    /// Returns an error at the value: the full key and `reason`.
    pub(super) fn error(&self, reason: &str) -> Error {
        self.source.error(self.span.0..self.span.1, format!("`{}` {reason}", sanitize_untrusted(self.path)))
    }

    fn type_error(&self, expected: &str) -> Error {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.error(&format!("must be {expected}, not {found}"))
    }

    /// Returns a string that is not empty and contains no control characters.
    pub(super) fn text(&self) -> Result<&'a str> {
        let text = self.value.get_ref().as_str().ok_or_else(|| self.type_error("a string"))?;
        if text.trim() != text {
            return Err(self.error("has leading or trailing white space"));
        }
        match text.is_empty() || text.chars().any(char::is_control) {
            true => Err(self.error("is empty or contains control characters")),
            false => Ok(text),
        }
    }

    /// Returns a string that passes `check`.
    pub(super) fn validated(&self, check: impl Fn(&str) -> Result<(), String>) -> Result<String> {
        let text = self.text()?;
        check(text).map(|()| text.to_owned()).map_err(|reason| self.error(&reason))
    }

    /// Returns the value for one of `words`.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.error(&format!("must be one of {}, not `{}`", words.join(", "), sanitize_untrusted(text)))
        })
    }

    /// Returns an array of strings that each pass `check`; an error has the position of the element.
    pub(super) fn list(&self, check: impl Fn(&str) -> Result<(), String>) -> Result<Vec<String>> {
        let elements = self.value.get_ref().as_array().ok_or_else(|| self.type_error("an array"))?;
        elements
            .iter()
            .map(|element| TomlField::new(self.source, self.path, self.key, element).validated(&check))
            .collect()
    }

    pub(super) fn table(&self) -> Result<&'a DeTable<'a>> {
        self.value.get_ref().as_table().ok_or_else(|| self.type_error("a table"))
    }

    pub(super) fn port(&self) -> Result<u16> {
        let number = self.value.get_ref().as_integer().ok_or_else(|| self.type_error("a number from 1 to 65535"))?;
        let port = u16::from_str_radix(number.as_str(), number.radix()).ok().filter(|port| *port != 0);
        port.ok_or_else(|| self.error("must be a number from 1 to 65535"))
    }
}
