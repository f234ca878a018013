//! The features of the terminal that decide what the prompts may print, and the stream that they write to.

use std::io::Write;
use std::sync::{Arc, Mutex};

/// How the conversation is held.
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalCapabilities {
    /// Each line is a JSON document.
    pub json: bool,
    /// Only warnings and what the person must know to go on.
    pub quiet: bool,
    /// What is being done is told too.
    pub verbose: bool,
    /// Where the words go is a terminal.
    pub is_terminal: bool,
    /// What is typed comes from a terminal.
    pub has_keyboard: bool,
    /// Questions may be asked.
    pub can_prompt: bool,
    /// A spinner may move: a terminal that can move its cursor.
    pub can_animate: bool,
    /// Words may be bold, and addresses links.
    pub can_style: bool,
    /// Lines and blocks can be drawn: the locale is one of UTF-8.
    pub is_utf8: bool,
    /// Columns and rows of the terminal, where they are known.
    pub size: Option<(u16, u16)>,
}

/// The stream that prompts, menus and escape sequences are written to.
pub(super) type TerminalOutput = Arc<Mutex<Box<dyn Write + Send>>>;
