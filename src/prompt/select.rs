//! Terminal menu with arrow keys and a filter.
//!
//! Written here because no crate's menu ends when the program needs it to, with the terminal as it was: `dialoguer` and
//! `inquire` (14 more crates) wait for a key until one arrives, whatever else ends the wait.

use std::future::Future;
use std::ops::ControlFlow;

use console::{Term, measure_text_width, truncate_str};

use super::capabilities::{TerminalCapabilities, TerminalOutput};
use super::input::{InputResult, KeyHandler, read_keys};
use super::key_decoder::Key;
use super::line_buffer::LineBuffer;
use super::style::bold;
use crate::error::Result;
use crate::sanitize::single_line;

/// Rows left for earlier output, so that the question of a short menu is not the first line of the screen.
const RESERVED_ROWS: usize = 1;

/// Minimum number of rows for a footer with the keys.
const MIN_ROWS_WITH_FOOTER: usize = 6;

/// Columns of the first line that are reserved for the filter.
const FILTER_COLUMNS: usize = 7;

/// Shows the menu and returns the index of the selected option, `None` if the user cancels. The question and the
/// selected option stay on the screen. The option `highlighted` is marked at first.
pub(super) fn start(
    (question, options): (&str, &[String]),
    highlighted: usize,
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
) -> Result<impl Future<Output = Result<Option<usize>>> + Send + use<>> {
    let mut question = single_line(question);
    if measure_text_width(&question) + FILTER_COLUMNS > terminal_size().0 {
        output.write(&format!("{question}\n"));
        "Your choice:".clone_into(&mut question);
    }
    let options: Vec<String> = options.iter().map(|option| single_line(option)).collect();
    let (filter, matches) = (LineBuffer::default(), (0..options.len()).collect());
    let (size, cursor, is_changed) = ((0, 0), None, false);
    read_keys(Menu { question, options, filter, matches, highlighted, capabilities, output, size, cursor, is_changed })
}

/// Menu on the screen. The cursor stays in the first line, so that everything from there on can be redrawn after the
/// window is resized.
struct Menu {
    question: String,
    options: Vec<String>,
    filter: LineBuffer,
    /// Indices of the options that match the filter.
    matches: Vec<usize>,
    /// Position in `matches`.
    highlighted: usize,
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
    size: (usize, usize),
    /// Column of the cursor in the first line, while the menu is drawn.
    cursor: Option<usize>,
    is_changed: bool,
}

impl KeyHandler for Menu {
    type Output = usize;

    fn on_acquired(&mut self) {
        self.cursor = None;
        self.draw();
    }

    fn on_key(&mut self, key: Key) -> InputResult<usize> {
        let last = self.matches.len().saturating_sub(1);
        match key {
            Key::Escape | Key::EndOfInput => return ControlFlow::Break(Ok(None)),
            Key::Enter => {
                if let Some(index) = self.matches.get(self.highlighted).copied() {
                    self.output.write(&format!("\r\x1b[J{} {}\r\n", self.question, self.options[index]));
                    self.cursor = None;
                    return ControlFlow::Break(Ok(Some(index)));
                }
            }
            // The selection wraps around, so the last option is one key away.
            Key::Up => self.highlighted = self.highlighted.checked_sub(1).unwrap_or(last),
            Key::Down | Key::Text(b'\t') => {
                self.highlighted = if self.highlighted < last { self.highlighted + 1 } else { 0 };
            }
            Key::PageUp => self.highlighted = self.highlighted.saturating_sub(self.page().0),
            Key::PageDown => self.highlighted = (self.highlighted + self.page().0).min(last),
            Key::Home => self.highlighted = 0,
            Key::End => self.highlighted = last,
            edit => {
                self.filter.press(edit);
                self.apply_filter();
            }
        }
        self.is_changed = true;
        ControlFlow::Continue(())
    }

    fn on_settled(&mut self) {
        if self.is_changed || self.size != terminal_size() {
            self.draw();
        }
    }
}

impl Menu {
    /// Keeps the options that contain every typed word; the highlight stays on its option if that matches.
    fn apply_filter(&mut self) {
        let highlighted = self.matches.get(self.highlighted).copied();
        let typed = self.filter.text().to_lowercase();
        let fits = |option: &String| typed.split_whitespace().all(|word| option.to_lowercase().contains(word));
        let options = self.options.iter().enumerate().filter(|(_, option)| fits(option));
        self.matches = options.map(|(index, _)| index).collect();
        self.highlighted = self.matches.iter().position(|index| Some(*index) == highlighted).unwrap_or(0);
    }

    /// Number of options on the screen, and of footers below.
    fn page(&self) -> (usize, usize) {
        let rows = self.size.1.saturating_sub(RESERVED_ROWS).max(2);
        let footers = usize::from(rows >= MIN_ROWS_WITH_FOOTER);
        (self.matches.len().min(rows - 1 - footers), footers)
    }

    fn draw(&mut self) {
        self.size = terminal_size();
        let lines = self.lines();
        // Wrapping off (DECAWM), because the window may become narrower at this moment.
        let mut text = String::from("\r\x1b[?7l");
        // A terminal that became narrower wrapped the first line, and the cursor moved down with its end.
        let wrapped_rows = self.cursor.unwrap_or(0) / self.size.0.max(1);
        if wrapped_rows > 0 {
            text.push_str(&format!("\x1b[{wrapped_rows}A"));
        }
        text.push_str(&lines.join("\x1b[K\r\n"));
        text.push_str("\x1b[J\x1b[?7h");
        if lines.len() > 1 {
            text.push_str(&format!("\x1b[{}A", lines.len() - 1));
        }
        let cursor = measure_text_width(&lines[0]);
        text.push_str(&format!("\x1b[{}G", cursor + 1));
        self.output.write(&text);
        (self.cursor, self.is_changed) = (Some(cursor), false);
    }

    /// Returns the question, the options and the footer, each narrower than the terminal, so that none wraps.
    fn lines(&self) -> Vec<String> {
        let width = self.size.0.saturating_sub(1).max(1);
        let (mark, arrows, ellipsis) =
            if self.capabilities.is_utf8 { ("❯", "↑↓", "…") } else { (">", "arrows", "") };
        let (options, footers) = self.page();
        // A long line loses its start, because the user types at the end.
        let mut header = format!("{} {}", self.question, single_line(&self.filter.text()));
        while measure_text_width(&header) > width {
            header.remove(0);
        }
        let mut lines = vec![header];
        let first = (self.highlighted + 1).saturating_sub(options);
        for (at, index) in self.matches.iter().enumerate().skip(first).take(options) {
            let is_highlighted = at == self.highlighted;
            let line = format!("{} {}", if is_highlighted { mark } else { " " }, self.options[*index]);
            let line = truncate_str(&line, width, ellipsis);
            lines.push(bold(&line, is_highlighted && self.capabilities.can_style));
        }
        if footers > 0 {
            let count = match (self.matches.len(), self.options.len()) {
                (0, _) => "no match".to_owned(),
                (matching, all) if matching == all => format!("{all}"),
                (matching, all) => format!("{matching} of {all}"),
            };
            let footer = format!("  {count}: type to filter, {arrows}, Enter, Esc");
            lines.push(truncate_str(&footer, width, ellipsis).into_owned());
        }
        lines
    }
}

impl Drop for Menu {
    fn drop(&mut self) {
        if self.cursor.is_some() {
            self.output.write("\r\x1b[J");
        }
    }
}

/// Returns the columns and rows of the terminal.
fn terminal_size() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (columns.into(), rows.into())
}
