//! A menu at the terminal: arrows, letters that narrow it down, Enter.
//!
//! Our own, because what there is does not end well: `dialoguer` leaves the cursor hidden after Ctrl-C, and a terminal that
//! no longer echoes after SIGTERM; `inquire` does the latter too, and brings 26 crates. Neither can be called off.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use console::{Term, truncate_str};

use super::input::key_decoder::{Key, KeyDecoder};
use super::input::{InputReader, InputResult, TerminalInput};
use super::style::bold;
use super::terminal::TerminalCapabilities;
use crate::error::Result;
use crate::sanitize::single_line;

/// Where it is drawn.
pub(super) type TerminalOutput = Arc<Mutex<Box<dyn Write + Send>>>;

/// Rows that are left to what stood there before, so that a short menu's question is not the first line of all.
const SPARE: usize = 1;

/// From how many rows on the last one says which keys there are.
const ROOMY: usize = 6;

/// Columns that the first line has for what is typed.
const TYPED: usize = 7;

/// Whether the question can stand in the menu's first line; a longer one is asked above, where it is whole.
pub(super) fn fits(question: &str) -> bool {
    console::measure_text_width(question) + TYPED <= size().0
}

/// Shows the menu; the answer is the index of what was chosen, `None` where the person left. What stays on the screen is
/// the question with its answer.
pub(super) fn start(
    question: &str,
    options: &[String],
    manner: TerminalCapabilities,
    screen: TerminalOutput,
) -> Result<InputReader<usize>> {
    let mut shown =
        Shown { menu: Menu::new(question, options), manner, screen, size: (0, 0), cursor: 0, is_drawn: false };
    let mut keys = KeyDecoder::default();
    InputReader::start(move |typed| shown.take(typed, &mut keys))
}

/// The menu on the screen. The cursor stands in its first line, so whatever happens to the size of the window, all from
/// there on is ours.
struct Shown {
    menu: Menu,
    manner: TerminalCapabilities,
    screen: TerminalOutput,
    size: (usize, usize),
    /// Where the cursor stands in the first line, while it is drawn.
    cursor: usize,
    is_drawn: bool,
}

impl Shown {
    fn take(&mut self, typed: TerminalInput<'_>, keys: &mut KeyDecoder) -> InputResult<usize> {
        match typed {
            TerminalInput::Ours => self.is_drawn = false,
            TerminalInput::Pause => {
                if let Some(key) = keys.pause() {
                    self.press(key)?;
                } else if self.is_drawn && self.size == size() {
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
        match self.menu.press(key, self.page()) {
            Pressed::On => ControlFlow::Continue(()),
            Pressed::Left => ControlFlow::Break(Ok(None)),
            Pressed::Chosen(index) => {
                let (question, option) = (&self.menu.question, &self.menu.options[index]);
                self.write(&format!("\r\x1b[J{question} {option}\r\n"));
                self.is_drawn = false;
                ControlFlow::Break(Ok(Some(index)))
            }
        }
    }

    /// How many options are on the screen.
    fn page(&self) -> usize {
        let (columns, rows) = self.size;
        self.menu.view(columns, rows, &self.manner).options
    }

    fn draw(&mut self) {
        self.size = size();
        let view = self.menu.view(self.size.0, self.size.1, &self.manner);
        // Without wrapping (DECAWM), because the window may grow narrower in this moment.
        let mut text = String::from("\r\x1b[?7l");
        // A terminal that became narrower has broken the first line, and the cursor is further down with its end.
        let broken = if self.is_drawn { self.cursor / self.size.0.max(1) } else { 0 };
        if broken > 0 {
            text.push_str(&format!("\x1b[{broken}A"));
        }
        text.push_str(&view.lines.join("\x1b[K\r\n"));
        text.push_str("\x1b[J\x1b[?7h");
        if view.lines.len() > 1 {
            text.push_str(&format!("\x1b[{}A", view.lines.len() - 1));
        }
        text.push_str(&format!("\x1b[{}G", view.cursor + 1));
        self.write(&text);
        self.cursor = view.cursor;
        self.is_drawn = true;
    }

    /// All at once, so that nothing flickers. A terminal that is gone ends the reading.
    fn write(&self, text: &str) {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = screen.write_all(text.as_bytes()).and_then(|()| screen.flush());
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if self.is_drawn {
            self.write("\r\x1b[J");
        }
    }
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (columns.into(), rows.into())
}

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
enum Pressed {
    On,
    Left,
    Chosen(usize),
}

/// The menu itself.
struct Menu {
    question: String,
    options: Vec<String>,
    /// What was typed.
    filter: String,
    /// The options that fit, and which of them is marked.
    fitting: Vec<usize>,
    marked: usize,
}

/// What is on the screen: no line is as wide as the terminal, so that none is wrapped.
#[derive(Debug)]
struct View {
    lines: Vec<String>,
    /// The column of the cursor in the first line.
    cursor: usize,
    /// How many of the lines are options.
    options: usize,
}

impl Menu {
    fn new(question: &str, options: &[String]) -> Self {
        let options: Vec<String> = options.iter().map(|option| single_line(option)).collect();
        let fitting = (0..options.len()).collect();
        Self { question: single_line(question), options, filter: String::new(), fitting, marked: 0 }
    }

    /// `page` is how many options are on the screen.
    fn press(&mut self, key: Key, page: usize) -> Pressed {
        let last = self.fitting.len().saturating_sub(1);
        match key {
            Key::Leave => return Pressed::Left,
            Key::Enter => {
                return self.fitting.get(self.marked).map_or(Pressed::On, |index| Pressed::Chosen(*index));
            }
            // Round and round: the last one is one key away.
            Key::Up => self.marked = self.marked.checked_sub(1).unwrap_or(last),
            Key::Down => self.marked = if self.marked < last { self.marked + 1 } else { 0 },
            Key::PageUp => self.marked = self.marked.saturating_sub(page),
            Key::PageDown => self.marked = (self.marked + page).min(last),
            Key::First => self.marked = 0,
            Key::Last => self.marked = last,
            Key::Erase => {
                self.filter.pop();
                self.narrow();
            }
            Key::Clear => {
                self.filter.clear();
                self.narrow();
            }
            Key::Letter(letter) => {
                self.filter.push(letter);
                self.narrow();
            }
        }
        Pressed::On
    }

    /// An option fits where it has every word that was typed; the mark stays on the option it is on, if that fits.
    fn narrow(&mut self) {
        let marked = self.fitting.get(self.marked).copied();
        let typed = self.filter.to_lowercase();
        let fits = |option: &String| typed.split_whitespace().all(|word| option.to_lowercase().contains(word));
        let options = self.options.iter().enumerate().filter(|(_, option)| fits(option));
        self.fitting = options.map(|(index, _)| index).collect();
        self.marked = self.fitting.iter().position(|index| Some(*index) == marked).unwrap_or(0);
    }

    fn view(&self, columns: usize, rows: usize, manner: &TerminalCapabilities) -> View {
        let width = columns.saturating_sub(1).max(1);
        let ellipsis = if manner.is_utf8 { "…" } else { "" };
        let cut = |text: &str| truncate_str(text, width, ellipsis).into_owned();
        let rows = rows.saturating_sub(SPARE).max(2);
        let foot = usize::from(rows >= ROOMY);
        let options = self.fitting.len().min(rows - 1 - foot);
        let top = (self.marked + 1).saturating_sub(options);
        let mut lines = vec![self.head(width)];
        let cursor = console::measure_text_width(&lines[0]).min(width);
        for (at, index) in self.fitting.iter().enumerate().skip(top).take(options) {
            lines.push(marked(&cut(&format!("  {}", self.options[*index])), at == self.marked, manner));
        }
        if foot > 0 {
            lines.push(cut(&self.foot(manner)));
        }
        View { lines, cursor, options }
    }

    /// The question and what was typed, of which the end is what matters.
    fn head(&self, width: usize) -> String {
        let line = format!("{} {}", self.question, single_line(&self.filter));
        let mut rest = line.as_str();
        while console::measure_text_width(rest) > width {
            let mut letters = rest.chars();
            letters.next();
            rest = letters.as_str();
        }
        rest.to_owned()
    }

    fn foot(&self, manner: &TerminalCapabilities) -> String {
        let count = match (self.fitting.len(), self.options.len()) {
            (0, _) => "nothing fits".to_owned(),
            (fitting, all) if fitting == all => format!("{all}"),
            (fitting, all) => format!("{fitting} of {all}"),
        };
        let arrows = if manner.is_utf8 { "↑↓" } else { "arrows" };
        format!("  {count}: type to narrow down, {arrows}, Enter; Esc leaves")
    }
}

/// A line of an option; the mark can be seen without colour and without letters beyond ASCII.
fn marked(line: &str, is_marked: bool, manner: &TerminalCapabilities) -> String {
    let rest = line.strip_prefix("  ").unwrap_or_default();
    let mark = if manner.is_utf8 { "❯" } else { ">" };
    if is_marked { bold(&format!("{mark} {rest}"), manner.can_style) } else { line.to_owned() }
}
