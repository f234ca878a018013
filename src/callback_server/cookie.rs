//! Cookie that ties a sign-in to one browser (RFC 6265).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::server::Request;

/// Returns 128 random bits: other users of the machine can see the URL of `/start` once it is used, but must not guess
/// it before.
pub(super) fn random_key() -> Result<Secret> {
    let mut bits = [0; 16];
    SystemRandom::new().fill(&mut bits).map_err(Error::no_random_numbers)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bits)))
}

/// Lifetime of the cookie in seconds: longer than any sign-in takes, but not unlimited.
const MAX_AGE_SECS: u32 = 24 * 60 * 60;

/// Secret cookie of one browser.
pub(super) struct BrowserCookie {
    name: String,
    value: Secret,
    secure: bool,
}

impl BrowserCookie {
    /// Creates a cookie for `purpose`. Cookies ignore the port (RFC 6265 8.5), so the name contains the port: two
    /// sign-ins at the same time keep separate cookies.
    pub(super) fn new(purpose: &str, port: u16) -> Result<Self> {
        Ok(Self { name: format!("{purpose}-{port}"), value: random_key()?, secure: false })
    }

    /// Sets the `Secure` attribute, which keeps the cookie off `http` pages.
    pub(super) fn with_secure(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// Returns the `Set-Cookie` header. `HttpOnly` hides the cookie from scripts; `Lax`, not `Strict`, because the
    /// redirect back comes from the provider's site.
    pub(super) fn header(&self) -> (String, String) {
        let (name, value) = (&self.name, self.value.expose());
        let secure = if self.secure { "; Secure" } else { "" };
        (
            "Set-Cookie".to_owned(),
            format!("{name}={value}; Path=/; Max-Age={MAX_AGE_SECS}; HttpOnly; SameSite=Lax{secure}"),
        )
    }

    /// Returns true if the request carries this cookie.
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
