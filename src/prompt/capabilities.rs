//! The features of the terminal that decide what the prompts may print, and the stream that they write to.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::clipboard::Multiplexer;

/// Output format and terminal features for [`Terminal`](super::terminal::Terminal).
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalCapabilities {
    pub json: bool,
    /// Print only warnings and what the user must know to continue.
    pub quiet: bool,
    pub verbose: bool,
    /// stderr is a terminal.
    pub is_terminal: bool,
    /// stdin is a terminal.
    pub has_keyboard: bool,
    pub can_prompt: bool,
    /// The terminal can move its cursor, so spinners and menus work.
    pub can_animate: bool,
    /// Text may be bold or colored, and URLs may be links.
    pub can_style: bool,
    /// The locale is UTF-8, so box-drawing characters can be shown.
    pub is_utf8: bool,
    /// Columns and rows of the terminal, if known.
    pub size: Option<(u16, u16)>,
    /// The program that passes sequences on to the terminal.
    pub multiplexer: Multiplexer,
}

impl TerminalCapabilities {
    /// Columns to wrap text at; text for a log is not wrapped.
    pub(super) fn columns(&self) -> Option<usize> {
        self.size.filter(|_| self.is_terminal).map(|(columns, _)| columns.into())
    }
}

/// The stream that prompts, menus and escape sequences are written to; clones share it.
#[derive(Clone)]
pub(super) struct TerminalOutput(Arc<Mutex<Box<dyn Write + Send>>>);

impl TerminalOutput {
    pub(super) fn new(stream: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// Writes in one piece to avoid flicker. Errors are ignored, because a closed terminal must not end a sign-in.
    pub(super) fn write(&self, text: &str) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }
}
