//! stdout carries results, stderr carries conversation; a write that failed is never exit 0.

use std::io::Write;

use serde_json::{Value, json};

use super::table::Table;
use super::{Color, Globals};
use crate::app::environment::Environment;
use crate::error::{Error, Result};
use crate::prompt::style::{self, MessageLabel};
use crate::sanitize::strip_control;

/// How far what follows the first line of a check stands in: below the first letter behind `ok`.
const VERDICT_INDENT: &str = "   ";

/// How results and errors are written.
#[derive(Debug)]
pub struct Output {
    /// One JSON document on stdout, JSON lines on stderr.
    pub json: bool,
    program: String,
    /// Whether what is said on stderr is coloured.
    colored: bool,
    /// Whether results on stdout are.
    colored_results: bool,
    /// How wide the terminal is that stdout goes to, where it goes to one.
    columns: Option<usize>,
}

impl Output {
    /// As the flags and the surroundings say.
    pub fn new(program: &str, globals: &Globals, environment: &Environment) -> Self {
        let stdout = console::Term::stdout();
        let columns = stdout.size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            json: globals.json,
            program: program.to_owned(),
            colored: colored(globals.color, environment, environment.stderr_is_terminal),
            colored_results: colored(globals.color, environment, stdout.is_term()),
            columns,
        }
    }

    /// Writes `text` and a newline to stdout.
    ///
    /// # Errors
    /// [`Error::Output`] where not all of it could be written.
    pub fn line(&self, text: &str) -> Result<()> {
        self.raw(format!("{text}\n").as_bytes())
    }

    /// Writes `bytes` to stdout as they are.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn raw(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Error::Output)
    }

    /// Writes a table, as it fits where it goes.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub(super) fn table(&self, table: &Table) -> Result<()> {
        self.raw(table.render(self.columns).as_bytes())
    }

    /// What a check found, behind the word for it: where a person looks it is coloured, and broken between words.
    pub(super) fn verdict(&self, ok: bool, text: &str) -> String {
        let broken = style::wrap(&format!("{} {text}", style::check_result(ok, false)), self.columns, VERDICT_INDENT);
        let rest = &broken[style::check_result(ok, false).len()..];
        format!("{}{rest}\n", style::check_result(ok, self.colored_results))
    }

    /// Writes the one JSON document.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn document(&self, value: &Value) -> Result<()> {
        self.line(&value.to_string())
    }

    /// Says on stderr why the command failed: what happened, then the next command to type.
    pub fn fail(&self, error: &Error) {
        if self.json {
            return write_json_error(&self.program, error);
        }
        let mut words = MessageLabel::Error.format(&strip_control(&error.to_string()), self.colored);
        if let Some(hint) = error.hint(&self.program) {
            words.push('\n');
            words.push_str(&MessageLabel::Hint.format(&strip_control(&hint), self.colored));
        }
        // Where stderr is gone too there is nobody left to tell; the exit code still says it.
        let _ = writeln!(std::io::stderr(), "{words}");
    }
}

/// Writes the error as the one JSON line that ends the conversation.
pub fn write_json_error(program: &str, error: &Error) {
    let (message, hint) =
        (strip_control(&error.to_string()), error.hint(program).map(|hint| strip_control(&hint).replace('\n', " ")));
    let document = json!({"error": {"kind": error.kind(), "message": message, "hint": hint}});
    let _ = writeln!(std::io::stderr(), "{document}");
}

/// A time as JSON carries it: RFC 3339, UTC, whole seconds.
pub fn rfc3339(time: Option<chrono::DateTime<chrono::Utc>>) -> Value {
    time.map_or(Value::Null, |time| Value::from(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
}

/// Whether words on stderr may be coloured or bold.
pub(super) fn colored(color: Color, environment: &Environment, is_terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if environment.variable("NO_COLOR").is_some() => false,
        Color::Auto if environment.variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => is_terminal && environment.variable("TERM") != Some("dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment { variables, ..Environment::default() }
    }

    #[test]
    fn colour_follows_the_usual_variables() {
        type Case = (Color, &'static [(&'static str, &'static str)], bool, bool);
        let table: &[Case] = &[
            (Color::Auto, &[("TERM", "xterm")], true, true),
            (Color::Auto, &[("TERM", "xterm")], false, false),
            (Color::Auto, &[("TERM", "dumb")], true, false),
            (Color::Auto, &[("TERM", "xterm"), ("NO_COLOR", "1")], true, false),
            (Color::Auto, &[("NO_COLOR", "")], true, true),
            (Color::Auto, &[("CLICOLOR_FORCE", "1")], false, true),
            (Color::Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Color::Always, &[("NO_COLOR", "1")], false, true),
            (Color::Never, &[("CLICOLOR_FORCE", "1")], true, false),
        ];
        for (color, pairs, terminal, expected) in table {
            assert_eq!(colored(*color, &environment(pairs), *terminal), *expected, "{color:?} {pairs:?} {terminal}");
        }
    }

    #[test]
    fn times_are_rfc_3339_utc() {
        let time = chrono::DateTime::from_timestamp(1_800_000_000, 5).expect("in range");
        assert_eq!(rfc3339(Some(time)), "2027-01-15T08:00:00Z");
        assert_eq!(rfc3339(None), Value::Null);
    }
}
