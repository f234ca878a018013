//! Reaches the person: go to this address, choose one, this is being done.

mod capabilities;
mod device;
#[cfg(unix)]
mod input;
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

/// An address the person has to visit for a sign-in.
#[derive(Debug)]
pub struct BrowserPrompt<'a> {
    /// The provider, as a person reads it.
    pub title: &'a str,
    /// The whole address at the provider; it carries `state`, so it is shown on a terminal only.
    pub url: &'a Secret,
    /// The short address at our own listener, good for one visit.
    pub start_url: &'a Secret,
    /// Whether a browser was sent there already.
    pub opened: bool,
    /// Why none was, where one was wanted, as it is shown.
    pub open_error: Option<String>,
}

/// A code the person has to enter at an address, on any device (RFC 8628 3.3).
#[derive(Debug)]
pub struct DevicePrompt<'a> {
    /// The provider, as a person reads it.
    pub title: &'a str,
    /// The address, fit to be shown.
    pub verification_uri: &'a str,
    /// Its host, where the address may be opened.
    pub host: Option<&'a str>,
    /// Whether only this machine has the address: then no other device is of use.
    pub is_local: bool,
    /// The address to link: the complete one where there is one; `None` where none may be opened.
    pub link: Option<&'a str>,
    /// The address with the code in it, where there is one that may be opened.
    pub verification_uri_complete: Option<&'a str>,
    /// The code, fit to be shown.
    pub user_code: &'a str,
    /// How long it is good.
    pub expires_in: Duration,
    /// Whether a browser was sent there already.
    pub opened: bool,
    /// Why none was, where one was wanted.
    pub open_error: Option<String>,
    /// Whether the address is drawn as a QR code; `None`: where it fits.
    pub qr: Option<bool>,
    /// Whether the code goes to the clipboard.
    pub copy_code: bool,
}

/// An address to sign in at, and what the person has to bring back from there.
#[derive(Debug)]
pub struct PastePrompt<'a> {
    /// The provider, as a person reads it.
    pub title: &'a str,
    /// The whole address at the provider; it carries `state`.
    pub url: &'a Secret,
    /// The redirect URI.
    pub redirect_uri: &'a str,
    /// What the person finds there.
    pub source: PasteSource,
    /// How long there is time.
    pub timeout: Duration,
}

/// What a person finds at the end of a sign-in whose answer they have to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasteSource {
    /// A page that cannot be loaded, on the browser's own machine.
    Unloadable,
    /// Whatever is at the redirect URI.
    Elsewhere,
    /// A page of the provider's that shows a code.
    Code,
}

/// Something that goes on until it is dropped, shown with the time left.
pub trait WaitIndicator: Send {}

/// The index of what a person chose, when they did.
pub type Selection<'a> = Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>>;

/// The seam between the program and the person: a terminal, or a fake in tests.
pub trait Prompt: Send + Sync {
    /// Tells the person where to go.
    fn show_browser_prompt(&self, visit: &BrowserPrompt<'_>);

    /// Tells the person which code to enter where. It is shown even to one who wants quiet: nothing goes on without.
    fn show_device_prompt(&self, _page: &DevicePrompt<'_>) {}

    /// Tells the person where to go and what to bring back. It is shown even to one who wants quiet.
    fn show_paste_prompt(&self, _page: &PastePrompt<'_>) {}

    /// What the person pastes, one line, which is not shown; `None` where they end it without. Where there is no terminal
    /// it is the next line of stdin. Dropping the future ends the wait and leaves the terminal as it was.
    fn read_pasted(&self) -> Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// What the person types after `question`, one line, which is shown; `None` where they end it without.
    fn read_line<'a>(&'a self, _question: &str) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Lets the person agree to `question`; whoever cannot be asked does not. Dropping the future ends the wait.
    fn confirm(&self, _question: &str) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(false))
    }

    /// Shows that `what` is being waited for, at most for `limit`, until the result is dropped.
    fn start_waiting(&self, what: &str, limit: Duration) -> Box<dyn WaitIndicator>;

    /// Says a thing the person should know.
    fn note(&self, text: &str);

    /// Says that something is not as it should be, though the command goes on.
    fn warn(&self, text: &str);

    /// Says what is being done, to a person who asked for it with `-v`; never a secret.
    fn detail(&self, text: &str);

    /// Whether there is a person to answer a question.
    fn can_prompt(&self) -> bool;

    /// Lets the person choose one of `options`; the answer is its index, [`Error::Cancelled`](crate::error::Error) where
    /// they leave without. Dropping the future ends the wait and leaves the terminal as it was.
    fn select<'a>(&'a self, question: &str, options: &'a [String]) -> Selection<'a>;
}
