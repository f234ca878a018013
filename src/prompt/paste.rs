//! Where to sign in and what to bring back, in words and in JSON.

use serde_json::{Value, json};

use super::capabilities::TerminalCapabilities;
use super::style::hyperlink;
use super::{PastePrompt, PasteSource};
use crate::sanitize::single_line;

/// The page as one event.
pub(super) fn event(page: &PastePrompt<'_>) -> Value {
    json!({
        "event": "paste",
        "address": page.url.expose(),
        "callback": page.redirect_uri,
        "expires_in": page.timeout.as_secs(),
    })
}

/// The page as text, made harmless, its address linked because a terminal breaks it. The address holds `state` and is shown all the same, even in a log: nothing goes on without it, and
/// what `state` keeps out, PKCE keeps out too.
pub(super) fn text(page: &PastePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    let (title, url) = (single_line(page.title), single_line(page.url.expose()));
    let url = hyperlink(&url, Some(&url), capabilities.can_style);
    let ending = match page.source {
        PasteSource::Unloadable => {
            "at the end it shows a page that it cannot load, as nothing listens there".to_owned()
        }
        PasteSource::Elsewhere => format!("at the end it is at {}", single_line(page.redirect_uri)),
        PasteSource::Code => "at the end the page shows a code".to_owned(),
    };
    let expected = if page.source == PasteSource::Code { "that code" } else { "the whole address of that page" };
    match capabilities.has_keyboard {
        true => format!(
            "to sign in to {title}, go with any browser to\n\n  {url}\n\n{ending}:\npaste {expected} here (it is not shown) \
             and press Enter\n"
        ),
        false => {
            format!("to sign in to {title}, go with any browser to {url}\n{ending}; {expected} is read from stdin")
        }
    }
}

/// The marks that a terminal sets around what is pasted (`ESC [ 200 ~`, `ESC [ 201 ~`) while it is asked to. They tell a
/// line end from Enter: an address that was copied over several lines is whole, and its second half no command.
#[cfg(unix)]
pub(super) struct BracketedPaste {
    output: super::capabilities::TerminalOutput,
    is_enabled: bool,
}

#[cfg(unix)]
impl BracketedPaste {
    /// Of the terminal behind `output`; nothing is asked yet.
    pub(super) fn new(output: super::capabilities::TerminalOutput) -> Self {
        Self { output, is_enabled: false }
    }

    /// Asks for them, until this is dropped.
    pub(super) fn enable(&mut self) {
        self.is_enabled = true;
        self.write("\u{1b}[?2004h");
    }

    /// A terminal that is gone needs no marks.
    fn write(&self, sequence: &str) {
        let mut output = self.output.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = output.write_all(sequence.as_bytes()).and_then(|()| output.flush());
    }
}

#[cfg(unix)]
impl Drop for BracketedPaste {
    fn drop(&mut self) {
        if self.is_enabled {
            self.write("\u{1b}[?2004l");
        }
    }
}
