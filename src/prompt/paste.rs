//! Where to sign in and what to bring back, in words and in JSON.

use serde_json::{Value, json};

use super::style::linked;
use super::terminal::TerminalCapabilities;
use super::{PastePrompt, PasteSource};
use crate::sanitize::single_line;

/// The page as one event.
pub(super) fn event(page: &PastePrompt<'_>) -> Value {
    json!({
        "event": "paste",
        "address": page.address.expose(),
        "callback": page.callback,
        "expires_in": page.limit.as_secs(),
    })
}

/// The page as text, made harmless, its address linked because a terminal breaks it. The address holds `state` and is shown all the same, even in a log: nothing goes on without it, and
/// what `state` keeps out, PKCE keeps out too.
pub(super) fn text(page: &PastePrompt<'_>, manner: &TerminalCapabilities) -> String {
    let (title, address) = (single_line(page.title), single_line(page.address.expose()));
    let address = linked(&address, Some(&address), manner.can_style);
    let end = match page.ends {
        PasteSource::Unloadable => {
            "at the end it shows a page that it cannot load, as nothing listens there".to_owned()
        }
        PasteSource::Elsewhere => format!("at the end it is at {}", single_line(page.callback)),
        PasteSource::Code => "at the end the page shows a code".to_owned(),
    };
    let wanted = if page.ends == PasteSource::Code { "that code" } else { "the whole address of that page" };
    match manner.has_keyboard {
        true => format!(
            "to sign in to {title}, go with any browser to\n\n  {address}\n\n{end}:\npaste {wanted} here (it is not shown) \
             and press Enter\n"
        ),
        false => format!("to sign in to {title}, go with any browser to {address}\n{end}; {wanted} is read from stdin"),
    }
}

/// The marks that a terminal sets around what is pasted (`ESC [ 200 ~`, `ESC [ 201 ~`) while it is asked to. They tell a
/// line end from Enter: an address that was copied over several lines is whole, and its second half no command.
#[cfg(unix)]
pub(super) struct BracketedPaste {
    screen: super::select::TerminalOutput,
    is_asked: bool,
}

#[cfg(unix)]
impl BracketedPaste {
    /// Of the terminal behind `screen`; nothing is asked yet.
    pub(super) fn on(screen: super::select::TerminalOutput) -> Self {
        Self { screen, is_asked: false }
    }

    /// Asks for them, until this is dropped.
    pub(super) fn ask(&mut self) {
        self.is_asked = true;
        self.write("\u{1b}[?2004h");
    }

    /// A terminal that is gone needs no marks.
    fn write(&self, sequence: &str) {
        let mut screen = self.screen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = screen.write_all(sequence.as_bytes()).and_then(|()| screen.flush());
    }
}

#[cfg(unix)]
impl Drop for BracketedPaste {
    fn drop(&mut self) {
        if self.is_asked {
            self.write("\u{1b}[?2004l");
        }
    }
}
