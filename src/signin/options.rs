//! Options of a sign-in, and its result.

use std::time::Duration;

use crate::session::SessionInfo;

/// What is asked of a sign-in beside the provider.
#[derive(Debug, Clone, Default)]
pub struct SigninOptions {
    /// The account expected.
    pub account: Option<String>,
    /// `prompt` of OpenID Connect Core 3.1.2.1.
    pub prompt: Option<String>,
    /// `max_age`.
    pub max_age: Option<Duration>,
    /// `acr_values`.
    pub acr: Option<String>,
    /// Further parameters of the authorization request, each already checked.
    pub params: Vec<(String, String)>,
    /// Where the browser goes after the sign-in is stored; already checked and whole.
    pub redirect_to: Option<String>,
    /// Sign in although a valid session exists.
    pub force: bool,
    /// Open no browser.
    pub no_open: bool,
    /// How long the person may take.
    pub timeout: Option<Duration>,
    /// Whether the address of the device flow is drawn as a QR code; `None`: where it fits.
    pub qr: Option<bool>,
    /// Whether the code of the device flow is put on the clipboard.
    pub copy: bool,
}

/// How the session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletedFlow {
    /// Through the browser and the loopback redirect.
    Loopback,
    /// With a code typed at another address (RFC 8628).
    Device,
    /// Through a browser, and the person brought its answer.
    Paste,
    /// It was there and is kept.
    Existing,
}

/// What a sign-in gave.
#[derive(Debug, Clone)]
pub struct SigninResult {
    /// The session, without secrets.
    pub session: SessionInfo,
    /// How it came to be.
    pub flow: CompletedFlow,
}
