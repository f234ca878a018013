//! The features of the terminal that decide what the prompts may print, and the stream that they write to.

use std::io::Write;
use std::sync::{Arc, Mutex};

/// Output format and terminal features for [`Terminal`](super::terminal::Terminal).
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalCapabilities {
    /// Print JSON lines.
    pub json: bool,
    /// Print only warnings and what the user must know to continue.
    pub quiet: bool,
    /// Print progress details too.
    pub verbose: bool,
    /// stderr is a terminal.
    pub is_terminal: bool,
    /// stdin is a terminal.
    pub has_keyboard: bool,
    /// The user may be prompted.
    pub can_prompt: bool,
    /// The terminal can move its cursor, so spinners and menus work.
    pub can_animate: bool,
    /// Text may be bold or colored, and URLs may be links.
    pub can_style: bool,
    /// The locale is UTF-8, so box-drawing characters can be shown.
    pub is_utf8: bool,
    /// Columns and rows of the terminal, if known.
    pub size: Option<(u16, u16)>,
}

/// The stream that prompts, menus and escape sequences are written to.
pub(super) type TerminalOutput = Arc<Mutex<Box<dyn Write + Send>>>;
