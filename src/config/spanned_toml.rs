//! TOML text with the place of every key and value, so that each reason can name its own.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalog::nearest;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// A file's text, and what is needed to say where something is wrong in it.
#[derive(Clone, Copy)]
pub(super) struct TomlSource<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a Path,
}

/// A value under its key.
#[derive(Clone, Copy)]
pub(super) struct TomlField<'a> {
    pub(super) source: TomlSource<'a>,
    /// The key with those above it: `providers.github.port`.
    pub(super) path: &'a str,
    pub(super) key: &'a str,
    span: (usize, usize),
    value: &'a Spanned<DeValue<'a>>,
}

/// A table's keys and values in the order of the file, each key with its place.
type Fields<'a> = Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'a>>)>;

impl<'a> TomlSource<'a> {
    /// # Errors
    /// [`Error::Configuration`] with the place where the text stops being TOML.
    pub(super) fn parse(self) -> Result<DeTable<'a>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            self.error(span, sanitize_untrusted(error.message()))
        })
    }

    /// An error at a place of the text.
    pub(super) fn error(self, span: Range<usize>, message: impl Into<String>) -> Error {
        Error::Configuration {
            file: self.file.to_owned(),
            position: Some(position(self.text, span.start)),
            message: message.into(),
        }
    }

    /// An error at a key that nobody knows, with the nearest of those known.
    pub(super) fn unknown_key(self, span: Range<usize>, path: &str, key: &str, known: &[&str]) -> Error {
        let suggestion = match nearest(key, known.iter().copied()).first() {
            Some(near) => format!(", did you mean `{near}`?"),
            None => String::new(),
        };
        self.error(span, format!("unknown key `{}`{suggestion}", sanitize_untrusted(path)))
    }
}

/// Line and column, both from 1, the column in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// A table's fields, in the order of the file.
pub(super) fn fields<'a>(table: &'a DeTable<'a>) -> Fields<'a> {
    let mut fields: Fields<'a> = table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).collect();
    fields.sort_by_key(|(_, span, _)| span.start);
    fields
}

impl<'a> TomlField<'a> {
    pub(super) fn new(source: TomlSource<'a>, path: &'a str, key: &'a str, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { source, path, key, span: (value.span().start, value.span().end), value }
    }

    /// An error at the value: "`port` " and what is wrong with it.
    pub(super) fn error(&self, reason: &str) -> Error {
        self.source.error(self.span.0..self.span.1, format!("`{}` {reason}", sanitize_untrusted(self.path)))
    }

    fn type_error(&self, expected: &str) -> Error {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(&format!("is {expected}, not {found}"))
    }

    /// Text that is not empty and has nothing in it that cannot be seen.
    pub(super) fn text(&self) -> Result<&'a str> {
        let text = self.value.get_ref().as_str().ok_or_else(|| self.type_error("text in quotes"))?;
        if text.trim() != text {
            return Err(self.error("has white space around it"));
        }
        match text.is_empty() || text.chars().any(char::is_control) {
            true => Err(self.error("is empty or has control characters in it")),
            false => Ok(text),
        }
    }

    /// Text that passes `check`.
    pub(super) fn validated(&self, check: impl Fn(&str) -> Result<(), String>) -> Result<String> {
        let text = self.text()?;
        check(text).map(|()| text.to_owned()).map_err(|reason| self.error(&reason))
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.error(&format!("is one of {}, not `{}`", words.join(", "), sanitize_untrusted(text)))
        })
    }

    /// A list of texts, each passing `check`; an error stands at the element.
    pub(super) fn list(&self, check: impl Fn(&str) -> Result<(), String>) -> Result<Vec<String>> {
        let elements = self.value.get_ref().as_array().ok_or_else(|| self.type_error("a list in brackets"))?;
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
        port.ok_or_else(|| self.error("is a number from 1 to 65535"))
    }
}
