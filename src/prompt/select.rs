//! Terminal menu with arrow keys and a filter.
//!
//! Written here because existing crates do not restore the terminal: `dialoguer` leaves the cursor hidden after Ctrl-C
//! and echo off after SIGTERM; `inquire` does the latter too and adds 26 crates. Neither can be cancelled.

use std::ops::ControlFlow;
use std::sync::PoisonError;

use console::{Term, truncate_str};

use super::capabilities::{TerminalCapabilities, TerminalOutput};
use super::input::key_decoder::{Key, KeyDecoder};
use super::input::{InputReader, InputResult, TerminalInput};
use super::style::bold;
use crate::error::Result;
use crate::sanitize::single_line;

/// Rows left for earlier output, so that the question of a short menu is not the first line of the screen.
const RESERVED_ROWS: usize = 1;

/// Minimum number of rows for a footer with the keys.
const MIN_ROWS_WITH_FOOTER: usize = 6;

/// Columns of the first line that are reserved for the filter.
const FILTER_COLUMNS: usize = 7;

/// Returns whether the question fits in the first line of the menu; a longer one is printed above.
pub(super) fn fits(question: &str) -> bool {
    console::measure_text_width(question) + FILTER_COLUMNS <= terminal_size().0
}

/// Shows the menu and returns the index of the selected option, `None` if the user cancels. The question and the
/// selected option stay on the screen.
pub(super) fn start(
    question: &str,
    options: &[String],
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
) -> Result<InputReader<usize>> {
    let mut menu = MenuScreen {
        menu: Menu::new(question, options),
        capabilities,
        output,
        size: (0, 0),
        cursor: 0,
        is_drawn: false,
    };
    let mut keys = KeyDecoder::default();
    InputReader::start(move |input| menu.handle(input, &mut keys))
}

/// Menu on the screen. The cursor stays in the first line, so that everything from there on can be redrawn after the
/// window is resized.
struct MenuScreen {
    menu: Menu,
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
    size: (usize, usize),
    /// Column of the cursor in the first line, while the menu is drawn.
    cursor: usize,
    is_drawn: bool,
}

impl MenuScreen {
    fn handle(&mut self, input: TerminalInput<'_>, keys: &mut KeyDecoder) -> InputResult<usize> {
        match input {
            TerminalInput::Acquired => self.is_drawn = false,
            TerminalInput::Idle => {
                if let Some(key) = keys.timeout() {
                    self.press(key)?;
                } else if self.is_drawn && self.size == terminal_size() {
                    return ControlFlow::Continue(());
                }
            }
            TerminalInput::Bytes(mut bytes) => {
                while let Some(key) = keys.next(&mut bytes) {
                    self.press(key)?;
                }
            }
        }
        self.draw();
        ControlFlow::Continue(())
    }

    fn press(&mut self, key: Key) -> InputResult<usize> {
        match self.menu.press(key, self.page_size()) {
            KeyResult::Continue => ControlFlow::Continue(()),
            KeyResult::Cancelled => ControlFlow::Break(Ok(None)),
            KeyResult::Selected(index) => {
                let (question, option) = (&self.menu.question, &self.menu.options[index]);
                self.write(&format!("\r\x1b[J{question} {option}\r\n"));
                self.is_drawn = false;
                ControlFlow::Break(Ok(Some(index)))
            }
        }
    }

    /// Number of options on the screen.
    fn page_size(&self) -> usize {
        let (columns, rows) = self.size;
        self.menu.frame(columns, rows, &self.capabilities).options
    }

    fn draw(&mut self) {
        self.size = terminal_size();
        let frame = self.menu.frame(self.size.0, self.size.1, &self.capabilities);
        // Wrapping off (DECAWM), because the window may become narrower at this moment.
        let mut text = String::from("\r\x1b[?7l");
        // A terminal that became narrower wrapped the first line, and the cursor moved down with its end.
        let wrapped_rows = if self.is_drawn { self.cursor / self.size.0.max(1) } else { 0 };
        if wrapped_rows > 0 {
            text.push_str(&format!("\x1b[{wrapped_rows}A"));
        }
        text.push_str(&frame.lines.join("\x1b[K\r\n"));
        text.push_str("\x1b[J\x1b[?7h");
        if frame.lines.len() > 1 {
            text.push_str(&format!("\x1b[{}A", frame.lines.len() - 1));
        }
        text.push_str(&format!("\x1b[{}G", frame.cursor + 1));
        self.write(&text);
        self.cursor = frame.cursor;
        self.is_drawn = true;
    }

    /// Writes in one piece to avoid flicker. Errors are ignored, because the reader ends if the terminal is gone.
    fn write(&self, text: &str) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

impl Drop for MenuScreen {
    fn drop(&mut self) {
        if self.is_drawn {
            self.write("\r\x1b[J");
        }
    }
}

/// Returns the columns and rows of the terminal.
fn terminal_size() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (columns.into(), rows.into())
}

/// Effect of a key.
#[derive(Debug, PartialEq, Eq)]
enum KeyResult {
    Continue,
    Cancelled,
    Selected(usize),
}

/// State of the menu.
struct Menu {
    question: String,
    options: Vec<String>,
    /// Text typed so far.
    filter: String,
    /// Indices of the options that match the filter, and the position of the highlighted one.
    matches: Vec<usize>,
    highlighted: usize,
}

/// Rendered menu; each line is narrower than the terminal, so that none wraps.
#[derive(Debug)]
struct Frame {
    lines: Vec<String>,
    /// Column of the cursor in the first line.
    cursor: usize,
    /// Number of lines that are options.
    options: usize,
}

impl Menu {
    fn new(question: &str, options: &[String]) -> Self {
        let options: Vec<String> = options.iter().map(|option| single_line(option)).collect();
        let matches = (0..options.len()).collect();
        Self { question: single_line(question), options, filter: String::new(), matches, highlighted: 0 }
    }

    /// Applies a key; `page_size` is the number of options on the screen.
    fn press(&mut self, key: Key, page_size: usize) -> KeyResult {
        let last = self.matches.len().saturating_sub(1);
        match key {
            Key::Cancel => return KeyResult::Cancelled,
            Key::Enter => {
                return self
                    .matches
                    .get(self.highlighted)
                    .map_or(KeyResult::Continue, |index| KeyResult::Selected(*index));
            }
            // The selection wraps around, so the last option is one key away.
            Key::Up => self.highlighted = self.highlighted.checked_sub(1).unwrap_or(last),
            Key::Down => self.highlighted = if self.highlighted < last { self.highlighted + 1 } else { 0 },
            Key::PageUp => self.highlighted = self.highlighted.saturating_sub(page_size),
            Key::PageDown => self.highlighted = (self.highlighted + page_size).min(last),
            Key::Home => self.highlighted = 0,
            Key::End => self.highlighted = last,
            Key::Backspace => {
                self.filter.pop();
                self.apply_filter();
            }
            Key::Clear => {
                self.filter.clear();
                self.apply_filter();
            }
            Key::Char(letter) => {
                self.filter.push(letter);
                self.apply_filter();
            }
        }
        KeyResult::Continue
    }

    /// Keeps the options that contain every typed word; the highlight stays on its option if that matches.
    fn apply_filter(&mut self) {
        let highlighted = self.matches.get(self.highlighted).copied();
        let typed = self.filter.to_lowercase();
        let fits = |option: &String| typed.split_whitespace().all(|word| option.to_lowercase().contains(word));
        let options = self.options.iter().enumerate().filter(|(_, option)| fits(option));
        self.matches = options.map(|(index, _)| index).collect();
        self.highlighted = self.matches.iter().position(|index| Some(*index) == highlighted).unwrap_or(0);
    }

    fn frame(&self, columns: usize, rows: usize, capabilities: &TerminalCapabilities) -> Frame {
        let width = columns.saturating_sub(1).max(1);
        let ellipsis = if capabilities.is_utf8 { "…" } else { "" };
        let truncate = |text: &str| truncate_str(text, width, ellipsis).into_owned();
        let rows = rows.saturating_sub(RESERVED_ROWS).max(2);
        let footer_rows = usize::from(rows >= MIN_ROWS_WITH_FOOTER);
        let options = self.matches.len().min(rows - 1 - footer_rows);
        let first = (self.highlighted + 1).saturating_sub(options);
        let mut lines = vec![self.header(width)];
        let cursor = console::measure_text_width(&lines[0]).min(width);
        for (at, index) in self.matches.iter().enumerate().skip(first).take(options) {
            lines.push(option_line(
                &truncate(&format!("  {}", self.options[*index])),
                at == self.highlighted,
                capabilities,
            ));
        }
        if footer_rows > 0 {
            lines.push(truncate(&self.footer(capabilities)));
        }
        Frame { lines, cursor, options }
    }

    /// Returns the question and the filter; a long line loses its start, because the user types at the end.
    fn header(&self, width: usize) -> String {
        let line = format!("{} {}", self.question, single_line(&self.filter));
        let mut rest = line.as_str();
        while console::measure_text_width(rest) > width {
            let mut letters = rest.chars();
            letters.next();
            rest = letters.as_str();
        }
        rest.to_owned()
    }

    fn footer(&self, capabilities: &TerminalCapabilities) -> String {
        let count = match (self.matches.len(), self.options.len()) {
            (0, _) => "no match".to_owned(),
            (matching, all) if matching == all => format!("{all}"),
            (matching, all) => format!("{matching} of {all}"),
        };
        let arrows = if capabilities.is_utf8 { "↑↓" } else { "arrows" };
        format!("  {count}: type to filter, {arrows}, Enter, Esc")
    }
}

/// Formats the line of an option; the highlight is visible without color and without UTF-8.
fn option_line(line: &str, is_highlighted: bool, capabilities: &TerminalCapabilities) -> String {
    let rest = line.strip_prefix("  ").unwrap_or_default();
    let mark = if capabilities.is_utf8 { "❯" } else { ">" };
    if is_highlighted { bold(&format!("{mark} {rest}"), capabilities.can_style) } else { line.to_owned() }
}
