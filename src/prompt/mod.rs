//! User interaction: the [`Prompt`] trait, the prompts of each sign-in flow, and the terminal that shows them.

mod capabilities;
mod device;
#[cfg(unix)]
mod input;
#[cfg(unix)]
mod key_decoder;
mod line_buffer;
mod paste;
#[cfg(unix)]
mod select;
mod spinner;
pub mod style;
pub mod terminal;

pub use self::capabilities::TerminalCapabilities;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::error::Result;
use crate::secret::Secret;

/// Prompt of the browser flow: a URL for the user to visit.
#[derive(Debug)]
pub struct BrowserPrompt<'a> {
    /// Display name of the provider.
    pub title: &'a str,
    /// Authorization URL at the provider; contains `state`, so only a terminal shows it.
    pub url: &'a Secret,
    /// Short URL at our own listener; works once.
    pub start_url: &'a Secret,
    /// A browser was opened at the URL.
    pub opened: bool,
    /// Message of the error if a browser could not be opened.
    pub open_error: Option<String>,
}

/// Prompt of the device flow: a code to enter at a URL, on any device (RFC 8628 3.3).
#[derive(Debug)]
pub struct DevicePrompt<'a> {
    /// Display name of the provider.
    pub title: &'a str,
    /// Verification URI, sanitized for display.
    pub verification_uri: &'a str,
    /// Host of the URI, if the URI may be opened.
    pub host: Option<&'a str>,
    /// The URI is on this machine, so other devices cannot reach it.
    pub is_local: bool,
    /// Link target: the complete URI if there is one; `None` if neither may be opened.
    pub link: Option<&'a str>,
    /// URI that contains the code, if there is one that may be opened.
    pub verification_uri_complete: Option<&'a str>,
    /// User code, sanitized for display.
    pub user_code: &'a str,
    /// Lifetime of the code.
    pub expires_in: Duration,
    /// A browser was opened at the URL.
    pub opened: bool,
    /// Message of the error if a browser could not be opened.
    pub open_error: Option<String>,
    /// Draw a QR code; `None` draws one if it fits.
    pub qr: Option<bool>,
    /// Copy the code to the clipboard.
    pub copy_code: bool,
}

/// Prompt of the paste flow: a URL to sign in at, and what the user pastes afterwards.
#[derive(Debug)]
pub struct PastePrompt<'a> {
    /// Display name of the provider.
    pub title: &'a str,
    /// Authorization URL at the provider; contains `state`.
    pub url: &'a Secret,
    /// Redirect URI.
    pub redirect_uri: &'a str,
    /// Page with the text to paste.
    pub source: PasteSource,
    /// Time limit.
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

/// Guard of a wait; the indicator disappears when this is dropped.
pub trait WaitIndicator: Send {}

/// Future of the index that the user selects.
pub type Selection<'a> = Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>>;

/// Interface to the user: a terminal, or a fake in tests.
pub trait Prompt: Send + Sync {
    /// Shows the URL to visit.
    fn show_browser_prompt(&self, page: &BrowserPrompt<'_>);

    /// Shows the code and the URL to enter it at, even if quiet: the user cannot continue without them.
    fn show_device_prompt(&self, _page: &DevicePrompt<'_>) {}

    /// Shows the URL to visit and what to paste, even if quiet.
    fn show_paste_prompt(&self, _page: &PastePrompt<'_>) {}

    /// Reads one line without echo, or the next line of stdin if stdin is not a terminal; `None` at the end of input.
    /// Dropping the future ends the wait and restores the terminal.
    fn read_pasted(&self) -> Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Prints `question` and reads one line with echo; `None` at the end of input.
    fn read_line<'a>(&'a self, _question: &str) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Asks the user to confirm `question`; `false` if the user cannot be prompted. Dropping the future ends the wait.
    fn confirm(&self, _question: &str) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(false))
    }

    /// Shows a wait for `what` of at most `limit`, until the result is dropped.
    fn start_waiting(&self, what: &str, limit: Duration) -> Box<dyn WaitIndicator>;

    /// Prints a note; omitted if quiet.
    fn note(&self, text: &str);

    /// Prints a warning; the command continues.
    fn warn(&self, text: &str);

    /// Prints a detail for `-v`; never a secret.
    fn detail(&self, text: &str);

    /// Returns whether the user can be prompted.
    fn can_prompt(&self) -> bool;

    /// Lets the user select one of `options` and returns its index; [`Error::Cancelled`](crate::error::Error) if the
    /// user cancels. Dropping the future ends the wait and restores the terminal.
    fn select<'a>(&'a self, question: &str, options: &'a [String]) -> Selection<'a>;
}
