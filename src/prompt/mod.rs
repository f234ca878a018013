//! User interaction: the [`Prompt`] trait, the prompts of each sign-in flow, and the terminal that shows them.

mod capabilities;
mod clipboard;
mod device;
#[cfg(unix)]
mod input;
#[cfg_attr(not(unix), allow(dead_code, reason = "no terminal input"))]
mod key_decoder;
#[cfg_attr(not(unix), allow(dead_code, reason = "no terminal input"))]
mod line_buffer;
mod paste;
#[cfg(unix)]
mod select;
mod spinner;
pub mod style;
pub mod terminal;

pub use self::capabilities::TerminalCapabilities;
pub use self::clipboard::Multiplexer;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;

/// Prompt of the browser flow: a URL for the user to visit.
#[derive(Debug)]
pub struct BrowserPrompt<'a> {
    pub title: &'a str,
    /// Authorization URL at the provider, for a browser on any machine. Contains `state`, so only a terminal shows it.
    pub url: &'a Secret,
    /// Short URL at our own listener, for a browser on this machine.
    pub start_url: &'a Secret,
    pub opened: bool,
    /// Message of the error if a browser could not be opened.
    pub open_error: Option<String>,
}

/// Prompt of the device flow: a code to enter at a URL, on any device (RFC 8628 3.3). URI and code are sanitized.
#[derive(Debug)]
pub struct DevicePrompt<'a> {
    pub title: &'a str,
    pub verification_uri: &'a str,
    /// Host of the URI, if the URI may be opened.
    pub host: Option<&'a str>,
    /// The URI is on this machine, so other devices cannot reach it.
    pub is_local: bool,
    /// Link target: the complete URI if there is one; `None` if neither may be opened.
    pub link: Option<&'a str>,
    /// URI that contains the code, if there is one that may be opened.
    pub verification_uri_complete: Option<&'a str>,
    pub user_code: &'a str,
    pub expires_in: Duration,
    pub opened: bool,
    /// Message of the error if a browser could not be opened.
    pub open_error: Option<String>,
    /// Draw a QR code; `None` draws one if it fits.
    pub qr: Option<bool>,
    pub copy_code: bool,
}

/// Prompt of the paste flow: a URL to sign in at, and what the user pastes afterwards.
#[derive(Debug)]
pub struct PastePrompt<'a> {
    pub title: &'a str,
    /// Authorization URL at the provider; contains `state`.
    pub url: &'a Secret,
    pub redirect_uri: &'a str,
    pub source: PasteSource,
    pub timeout: Duration,
}

/// Last page of a sign-in in the paste flow, from which the user copies the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasteSource {
    /// A loopback URL that the browser cannot load.
    Unloadable,
    /// The page at the redirect URI.
    Elsewhere,
    /// A page of the provider that shows a code.
    Code,
}

/// Option of a long menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchOption {
    pub name: String,
    pub title: String,
    /// Other names that find it.
    pub aliases: Vec<String>,
}

impl SearchOption {
    /// Line of the menu: the title, and the name unless it is the title in lower case.
    #[cfg(unix)]
    fn menu_option(&self) -> select::MenuOption {
        let Self { name, title, aliases } = self;
        let label = if title.to_lowercase() == *name { title.clone() } else { format!("{title} ({name})") };
        let others: Vec<&str> = std::iter::once(name).chain(aliases).map(String::as_str).collect();
        select::MenuOption::new(&label, &others)
    }
}

/// Guard of a wait; the indicator disappears when this is dropped.
pub trait WaitIndicator: Send {}

/// No indicator.
impl WaitIndicator for () {}

/// Future of the user's input.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Interface to the user: a terminal, or a fake in tests. By default nothing is shown and nobody answers.
pub trait Prompt: Send + Sync {
    fn show_browser_prompt(&self, _page: &BrowserPrompt<'_>) {}

    /// Shows a URL for a browser on another machine. Contains `state`, so only a terminal shows it.
    fn show_url(&self, _lead: &str, _url: &Secret) {}

    /// Shows the code and the URL to enter it at, even if quiet: the user cannot continue without them.
    fn show_device_prompt(&self, _page: &DevicePrompt<'_>) {}

    /// Shows the URL to visit and what to paste, even if quiet.
    fn show_paste_prompt(&self, _page: &PastePrompt<'_>) {}

    /// Reads one line without echo, or the next line of stdin if stdin is not a terminal; `None` at the end of input.
    /// Dropping the future ends the wait and restores the terminal.
    fn read_pasted(&self) -> Answer<'_, Result<Option<Secret>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Prints `question` and reads one line with echo; `None` at the end of input.
    fn read_line<'a>(&'a self, _question: &str) -> Answer<'a, Result<Option<String>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Asks the user to confirm `question`; `false` if the user cannot be prompted. Dropping the future ends the wait.
    fn confirm(&self, _question: &str) -> Answer<'_, bool> {
        Box::pin(std::future::ready(false))
    }

    /// Shows a wait for `what` of at most `limit`, until the result is dropped.
    fn start_waiting(&self, _what: &str, _limit: Duration) -> Box<dyn WaitIndicator> {
        Box::new(())
    }

    /// Shows no wait until the result is dropped: the terminal belongs to another program.
    fn hide_waits(&self) -> Box<dyn WaitIndicator> {
        Box::new(())
    }

    /// Prints a note; omitted if quiet.
    fn note(&self, _text: &str) {}

    /// Prints fields and what to enter in each; omitted if quiet.
    fn note_fields(&self, _fields: &[(String, String)]) {}

    fn warn(&self, _text: &str) {}

    /// Copies a secret to the clipboard of the machine with the terminal; `false` without a terminal. No terminal answers.
    fn copy(&self, _secret: &Secret) -> bool {
        false
    }

    /// Prints a detail for `-v`; never a secret.
    fn detail(&self, _text: &str) {}

    fn can_prompt(&self) -> bool {
        false
    }

    /// Lets the user select one of `options` and returns its index; [`Error::Cancelled`] if the user cancels. Dropping
    /// the future ends the wait and restores the terminal.
    fn select<'a>(&'a self, question: &str, _options: &'a [String]) -> Answer<'a, Result<usize>> {
        Box::pin(std::future::ready(Err(Error::other_with(
            Remedy::Terminal,
            format!("cannot prompt for a choice: {question}"),
        ))))
    }

    /// Lets the user find one of many `options` by typing, and returns its name, or other text that the user typed;
    /// [`Error::Cancelled`] if the user cancels. Without a menu, asks for the name.
    fn search<'a>(&'a self, _question: &str, _options: &'a [SearchOption]) -> Answer<'a, Result<String>> {
        Box::pin(std::future::ready(Err(Error::Cancelled)))
    }

    /// Same as [`Prompt::select`], for a question about security: discards input that was typed before the question,
    /// and marks one option at first.
    fn select_marked<'a>(&'a self, question: &str, options: &'a [String], _marked: usize) -> Answer<'a, Result<usize>> {
        self.select(question, options)
    }
}

/// Prompt that shows nothing and asks nothing, for programs that embed the library.
#[derive(Debug, Default)]
pub struct NoPrompt;

impl Prompt for NoPrompt {}
