//! Output of commands: results on stdout, errors on stderr. A failed write is an error.

use std::io::Write;

use serde_json::{Value, json};

use super::globals::Globals;
use super::table::Table;
use crate::app::environment::Environment;
use crate::error::{Error, Result};
use crate::prompt::style::{self, MessageLabel};
use crate::sanitize::{escape_json, strip_control};

/// Indentation of the further lines of a check: below the text after `ok`.
const CHECK_INDENT: &str = "   ";

#[derive(Debug)]
pub struct Output {
    /// One JSON document on stdout, JSON lines on stderr.
    pub json: bool,
    /// Command in hints.
    invocation: String,
    /// Messages on stderr are colored.
    colored: bool,
    /// Results on stdout are colored.
    colored_results: bool,
    /// Width of the terminal, if stdout is one.
    columns: Option<usize>,
    /// Width of the terminal, if stderr is one.
    message_columns: Option<usize>,
}

impl Output {
    /// Output that follows the flags and the environment.
    pub fn new(program: &str, globals: &Globals, environment: &Environment) -> Self {
        let stdout = console::Term::stdout();
        let columns = stdout.size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            json: globals.json,
            invocation: globals.invocation(program),
            colored: globals.color.is_on(environment, environment.stderr_is_terminal),
            colored_results: globals.color.is_on(environment, stdout.is_term()),
            columns,
            message_columns: console::Term::stderr().size_checked().map(|(_, columns)| usize::from(columns)),
        }
    }

    pub fn line(&self, text: &str) -> Result<()> {
        self.raw(format!("{text}\n").as_bytes())
    }

    pub fn raw(&self, bytes: &[u8]) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(Error::Output)
    }

    /// Writes a table, fitted to the terminal if stdout is one.
    pub(super) fn table(&self, table: &Table) -> Result<()> {
        self.raw(table.render(self.columns).as_bytes())
    }

    /// Line of a check, then its hint. Readable without colors.
    pub(super) fn check_lines(&self, ok: Option<bool>, text: &str, hint: Option<&str>) -> String {
        let mut lines = self.check_line(ok, text);
        if let Some(hint) = hint {
            let columns = self.columns.map(|columns| columns.saturating_sub(CHECK_INDENT.len()));
            let hint = self.labeled(MessageLabel::Hint, hint, columns, false);
            for line in hint.lines() {
                lines.push_str(&format!("{CHECK_INDENT}{line}\n"));
            }
        }
        lines
    }

    /// `ok` or `FAILED`, then `text`; on a terminal colored and wrapped.
    fn check_line(&self, ok: Option<bool>, text: &str) -> String {
        let wrapped = style::wrap(&format!("{} {text}", style::check_result(ok, false)), self.columns, CHECK_INDENT);
        let rest = &wrapped[style::check_result(ok, false).len()..];
        format!("{}{rest}\n", style::check_result(ok, self.colored_results))
    }

    pub fn document(&self, value: &Value) -> Result<()> {
        self.line(&escape_json(&value.to_string()))
    }

    /// Text of a result that is JSON even without `--json`: indented for a reader, one line for a program.
    pub(super) fn json_text(&self, value: &Value) -> String {
        escape_json(&if self.json { value.to_string() } else { format!("{value:#}") })
    }

    /// Writes the JSON document of a command that prints nothing else.
    pub fn document_if_json(&self, value: &Value) -> Result<()> {
        if self.json { self.document(value) } else { Ok(()) }
    }

    /// Writes an error to stderr: the message, then the hint.
    pub fn fail(&self, error: &Error) {
        if self.json {
            return write_json_error(&self.invocation, error);
        }
        self.write_with_hint(MessageLabel::Error, error);
    }
}

impl Output {
    /// Writes an error that does not end the command, with its hint, to stderr.
    pub fn warn(&self, error: &Error) {
        if self.json {
            let hint = error.hint(&self.invocation);
            let document =
                json!({"warning": strip_control(&error.to_string()), "hint": hint.as_deref().map(strip_control)});
            let _ = writeln!(std::io::stderr(), "{}", escape_json(&document.to_string()));
            return;
        }
        self.write_with_hint(MessageLabel::Warning, error);
    }

    fn write_with_hint(&self, label: MessageLabel, error: &Error) {
        let labeled = |label, text: &str| self.labeled(label, text, self.message_columns, self.colored);
        let mut text = labeled(label, &error.to_string());
        if let Some(hint) = error.hint(&self.invocation) {
            text.push('\n');
            text.push_str(&labeled(MessageLabel::Hint, &hint));
        }
        // If stderr is closed too, the exit code is all that is left.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Text after its label, wrapped between words to the columns of a terminal; a command stays one command.
    fn labeled(&self, label: MessageLabel, text: &str, columns: Option<usize>, colored: bool) -> String {
        let columns = columns.map(|columns| columns.saturating_sub(label.width()));
        let is_command = |line: &str| {
            let rest = line.strip_prefix(&self.invocation);
            line.starts_with("export ") || rest.is_some_and(|rest| rest.starts_with(' '))
        };
        let wrapped = |line: &str| match is_command(line) {
            true => style::wrap_command(line, columns),
            false => style::wrap_text(line, columns),
        };
        let lines: Vec<String> = strip_control(text).lines().map(wrapped).collect();
        label.format(&lines.join("\n"), colored)
    }
}

/// Writes an error to stderr as a JSON line, the last one.
pub fn write_json_error(invocation: &str, error: &Error) {
    let (message, hint) = (strip_control(&error.to_string()), error.hint(invocation).map(|hint| strip_control(&hint)));
    let document = json!({"error": {"kind": error.kind(), "message": message, "hint": hint}});
    let _ = writeln!(std::io::stderr(), "{}", escape_json(&document.to_string()));
}

pub fn rfc3339(time: Option<chrono::DateTime<chrono::Utc>>) -> Value {
    time.map_or(Value::Null, |time| Value::from(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_utc() {
        let time = chrono::DateTime::from_timestamp(1_800_000_000, 5).expect("in range");
        assert_eq!(rfc3339(Some(time)), "2027-01-15T08:00:00Z");
        assert_eq!(rfc3339(None), Value::Null);
    }
}
