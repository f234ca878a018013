//! The cookie that tells the one browser of a sign-in from all others (RFC 6265).

use std::fmt;

use super::random_key;
use crate::error::Result;
use crate::secret::Secret;
use crate::server::Request;

/// How long the browser keeps it, in seconds: a day is longer than anybody waits for a sign-in, and not for ever.
const MAX_AGE_SECS: u32 = 24 * 60 * 60;

/// What one browser is given and has to show from then on.
pub(super) struct BrowserCookie {
    name: String,
    value: Secret,
    secure: bool,
}

impl BrowserCookie {
    /// A new one, for the `purpose` that it serves on this port. Cookies know hosts and no ports (RFC 6265 8.5), so the
    /// port is in the name: two sign-ins at one time leave each other's alone.
    pub(super) fn new(purpose: &str, port: u16) -> Result<Self> {
        Ok(Self { name: format!("{purpose}-{port}"), value: random_key()?, secure: false })
    }

    /// The same, for a page of `https`: no page of `http` is shown it.
    pub(super) fn with_secure(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// The header line that gives it. No script reads it; and `Lax`, not `Strict`, because a provider of another site
    /// sends the browser back with it.
    pub(super) fn header(&self) -> (String, String) {
        let (name, value) = (&self.name, self.value.expose());
        let secure = if self.secure { "; Secure" } else { "" };
        (
            "Set-Cookie".to_owned(),
            format!("{name}={value}; Path=/; Max-Age={MAX_AGE_SECS}; HttpOnly; SameSite=Lax{secure}"),
        )
    }

    /// Whether the request shows it.
    pub(super) fn is_sent_by(&self, request: &Request) -> bool {
        let pairs = request.header("cookie").unwrap_or_default().split(';');
        let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == self.name);
        values.any(|(_, value)| self.value.matches(value))
    }
}

impl fmt::Debug for BrowserCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrowserCookie({})", self.name)
    }
}
