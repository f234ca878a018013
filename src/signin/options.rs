//! Options and result of a sign-in.

use std::time::{Duration, Instant};

use super::typed_flags::TypedFlags;
use crate::app::runtime::USER_TIMEOUT;
use crate::secret::Secret;
use crate::session::SessionInfo;

/// Options of a sign-in besides the provider.
#[derive(Debug, Clone, Default)]
pub struct SigninOptions {
    /// Expected account.
    pub account: Option<String>,
    /// Name that the user gives to the session.
    pub label: Option<String>,
    /// Servers that the user accepts in advance: issuers or hosts.
    pub trust: Vec<String>,
    /// Initial access token for a registration (RFC 7591 3).
    pub registration_token: Option<Secret>,
    /// `prompt` (OpenID Connect Core 3.1.2.1).
    pub prompt: Option<String>,
    /// `max_age`.
    pub max_age: Option<Duration>,
    /// `acr_values`.
    pub acr: Option<String>,
    /// Challenge of the resource, as another program got it; then the resource is not asked for one.
    pub challenge: Option<String>,
    /// Extra authorization request parameters, already validated.
    pub params: Vec<(String, String)>,
    /// URL that the browser goes to after the session is stored; absolute and already validated.
    pub redirect_to: Option<String>,
    /// Sign in even if a valid session exists.
    pub force: bool,
    /// Do not open a browser.
    pub no_open: bool,
    /// The caller is told one place to go to and nothing else.
    pub in_background: bool,
    /// Flags of the command line, for commands in messages.
    pub typed_flags: TypedFlags,
    /// Time limit of the sign-in, from its start until the user has approved.
    pub timeout: Option<TimeLimit>,
    /// Draw the verification URI as a QR code; `None` draws it if it fits.
    pub qr: Option<bool>,
    /// Copy the user code to the clipboard.
    pub copy: bool,
}

/// Time limit that has begun.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimit {
    limit: Duration,
    started: Instant,
}

impl TimeLimit {
    pub fn start(limit: Duration) -> Self {
        Self { limit, started: Instant::now() }
    }

    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// End of the limit; `None` if it overflows the clock and so never ends.
    pub fn end(&self) -> Option<Instant> {
        self.started.checked_add(self.limit)
    }

    /// Remaining time, in whole seconds as it is shown.
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(Duration::from_secs(self.started.elapsed().as_secs()))
    }
}

impl SigninOptions {
    /// Time limit for the user.
    pub fn user_timeout(&self) -> Duration {
        self.timeout.map_or(USER_TIMEOUT, |timeout| timeout.left())
    }
}

/// Flow that produced the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletedFlow {
    /// Browser with loopback redirect.
    Loopback,
    /// Device code (RFC 8628).
    Device,
    /// Browser with a pasted redirect URL or code.
    Paste,
    /// No flow ran: the user had the token.
    Token,
    /// No flow ran: a valid session existed.
    Existing,
}

impl CompletedFlow {
    const ALL: [Self; 5] = [Self::Loopback, Self::Device, Self::Paste, Self::Token, Self::Existing];

    /// Name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Device => "device",
            Self::Paste => "paste",
            Self::Token => "token",
            Self::Existing => "existing",
        }
    }

    /// Returns the flow with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.name() == name)
    }
}

/// Result of a sign-in.
#[derive(Debug, Clone)]
pub struct SigninResult {
    /// Session without its secrets.
    pub session: SessionInfo,
    /// Flow that produced the session.
    pub flow: CompletedFlow,
}
