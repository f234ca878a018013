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
use super::style::{bold, wrap_text};
use crate::error::Result;
use crate::sanitize::single_line;

/// Rows left for earlier output, so that the question of a short menu is not the first line of the screen.
const RESERVED_ROWS: usize = 1;

/// Minimum number of rows for a footer with the keys.
const MIN_ROWS_WITH_FOOTER: usize = 6;

/// Columns of the first line that are reserved for the filter.
const FILTER_COLUMNS: usize = 7;

/// Selected option, or other text if the menu accepts any.
pub(super) enum MenuAnswer {
    Option(usize),
    Other(String),
}

/// What a menu shows and accepts.
pub(super) struct MenuContent {
    pub(super) question: String,
    pub(super) options: Vec<MenuOption>,
    /// Option that is marked at first.
    pub(super) highlighted: usize,
    /// Enter returns typed text that matches no option.
    pub(super) accepts_other: bool,
}

/// Line of a menu, and the words that find it.
pub(super) struct MenuOption {
    label: String,
    /// In lower case; the label is one of them.
    words: Vec<String>,
}

/// Shows the menu and returns the selected option, `None` if the user cancels. The question and the selected option stay
/// on the screen.
pub(super) fn start(
    content: MenuContent,
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
) -> Result<impl Future<Output = Result<Option<MenuAnswer>>> + Send + use<>> {
    let MenuContent { question, options, highlighted, accepts_other } = content;
    let mut question = single_line(&question);
    if measure_text_width(&question) + FILTER_COLUMNS > terminal_size().0 {
        output.write(&format!("{}\n", wrap_text(&question, Some(terminal_size().0))));
        "Your choice:".clone_into(&mut question);
    }
    read_keys(Menu {
        filter: LineBuffer::default(),
        matches: (0..options.len()).collect(),
        is_placed: highlighted > 0,
        question,
        options,
        highlighted,
        accepts_other,
        capabilities,
        output,
        size: (0, 0),
        cursor: None,
        is_changed: false,
    })
}

impl MenuOption {
    /// Option that its label and `others` find.
    pub(super) fn new(label: &str, others: &[&str]) -> Self {
        let label = single_line(label);
        let words = std::iter::once(label.as_str()).chain(others.iter().copied()).map(str::to_lowercase).collect();
        Self { label, words }
    }

    /// Returns how well the option fits, best first: a whole word, the start of one, the start inside, any part; `None`
    /// if one of the typed words is nowhere.
    fn rank(&self, typed: &str) -> Option<u8> {
        let starts_inside =
            |text: &String| text.split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(typed));
        let is_anywhere = |word: &str| self.words.iter().any(|text| text.contains(word));
        let any = |test: &dyn Fn(&String) -> bool| self.words.iter().any(test);
        match () {
            () if !typed.split_whitespace().all(is_anywhere) => None,
            () if any(&|text| text == typed) => Some(0),
            () if any(&|text| text.starts_with(typed)) => Some(1),
            () if any(&starts_inside) => Some(2),
            () => Some(3),
        }
    }

    /// Returns the label, with the word that was found if the label does not have it.
    fn shown(&self, typed: &str) -> String {
        let has = |text: &String| typed.split_whitespace().all(|word| text.contains(word));
        match self.words.iter().find(|text| has(text)) {
            Some(word) if *word != self.words[0] => match self.label.strip_suffix(')') {
                Some(label) if !label.to_lowercase().ends_with(word) => format!("{label}, {word})"),
                Some(_) => self.label.clone(),
                None => format!("{} ({word})", self.label),
            },
            _ => self.label.clone(),
        }
    }
}

/// Menu on the screen. The cursor stays in the first line, so that everything from there on can be redrawn after the
/// window is resized.
struct Menu {
    question: String,
    options: Vec<MenuOption>,
    filter: LineBuffer,
    /// Indices of the options that match the filter, best first.
    matches: Vec<usize>,
    /// Position in `matches`.
    highlighted: usize,
    /// The user or the program chose the highlighted option, so that it stays highlighted if it matches.
    is_placed: bool,
    accepts_other: bool,
    capabilities: TerminalCapabilities,
    output: TerminalOutput,
    size: (usize, usize),
    /// Column of the cursor in the first line, while the menu is drawn.
    cursor: Option<usize>,
    is_changed: bool,
}

impl KeyHandler for Menu {
    type Output = MenuAnswer;

    fn on_acquired(&mut self) {
        self.cursor = None;
        self.draw();
    }

    fn on_key(&mut self, key: Key) -> InputResult<MenuAnswer> {
        let last = self.matches.len().saturating_sub(1);
        self.is_placed |= matches!(key, Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End);
        match key {
            Key::Escape | Key::EndOfInput => return ControlFlow::Break(Ok(None)),
            Key::Enter => {
                let typed = single_line(self.filter.text().trim());
                let (text, answer) = match self.matches.get(self.highlighted) {
                    Some(index) => (self.options[*index].label.clone(), MenuAnswer::Option(*index)),
                    None if self.accepts_other && !typed.is_empty() => (typed.clone(), MenuAnswer::Other(typed)),
                    None => return ControlFlow::Continue(()),
                };
                let chosen = wrap_text(&format!("{} {text}", self.question), Some(terminal_size().0));
                self.output.write(&format!("\r\x1b[J{}\r\n", chosen.replace('\n', "\r\n")));
                self.cursor = None;
                return ControlFlow::Break(Ok(Some(answer)));
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
    /// Keeps the options that contain every typed word, the best first. A highlight that the user moved stays on its
    /// option if that matches.
    fn apply_filter(&mut self) {
        let highlighted = self.matches.get(self.highlighted).copied().filter(|_| self.is_placed);
        let typed = self.filter.text().trim().to_lowercase();
        let ranked = self.options.iter().enumerate().filter_map(|(index, option)| Some((option.rank(&typed)?, index)));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_unstable();
        self.matches = ranked.into_iter().map(|(_, index)| index).collect();
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
        let typed = self.filter.text().to_lowercase();
        for (at, index) in self.matches.iter().enumerate().skip(first).take(options) {
            let is_highlighted = at == self.highlighted;
            let line = format!("{} {}", if is_highlighted { mark } else { " " }, self.options[*index].shown(&typed));
            let line = truncate_str(&line, width, ellipsis);
            lines.push(bold(&line, is_highlighted && self.capabilities.can_style));
        }
        if footers > 0 {
            let count = match (self.matches.len(), self.options.len()) {
                (0, _) => "no match".to_owned(),
                (matching, all) if matching == all => format!("{all}"),
                (matching, all) => format!("{matching} of {all}"),
            };
            let footer = match self.matches.is_empty() && self.accepts_other {
                true => format!("  {count}: Enter for a URL or host, Esc"),
                false => format!("  {count}: type to filter, {arrows}, Enter, Esc"),
            };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_matches_come_first() {
        let option =
            MenuOption::new("Microsoft Entra ID (microsoft-entra-id)", &["microsoft-entra-id", "azure", "azure-ad"]);
        for (typed, rank) in [
            ("azure", Some(0)),
            ("micro", Some(1)),
            ("entra", Some(2)),
            ("soft", Some(3)),
            ("id azure", Some(3)),
            ("", Some(1)),
            ("azure x", None),
        ] {
            assert_eq!(option.rank(typed), rank, "{typed}");
        }
    }

    #[test]
    fn alias_that_was_found_is_shown() {
        let names = ["microsoft-entra-id", "azure"];
        let long = MenuOption::new("Microsoft Entra ID (microsoft-entra-id)", &names);
        let short = MenuOption::new("GitHub", &["github", "gh"]);
        for (option, typed, shown) in [
            (&long, "azu", "Microsoft Entra ID (microsoft-entra-id, azure)"),
            (&long, "entra", "Microsoft Entra ID (microsoft-entra-id)"),
            (&long, "", "Microsoft Entra ID (microsoft-entra-id)"),
            (&short, "gh", "GitHub (gh)"),
            (&short, "hub", "GitHub"),
        ] {
            assert_eq!(option.shown(typed), shown, "{typed}");
        }
    }
}
