//! Verification URI, which the user visits: RFC 8628 3.3 and 5.4.

use url::{Host, Url};

use crate::catalog::is_loopback;
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, truncate_visible};

const MAX_LEN: usize = 2000;

/// Verification URI, sanitized for display, and its URL if the browser may open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationUri {
    text: String,
    url: Option<Url>,
}

impl VerificationUri {
    /// Parses a verification URI. The browser may open `https`, and `http` on this machine; other web URLs, and text
    /// without a scheme (`example.com/device`), are only displayed.
    ///
    /// # Errors
    /// [`Error::Check`] if the scheme belongs to a program other than a browser (`file:`, `javascript:`).
    pub fn parse(input: &str) -> Result<Self> {
        let text_only = || Self { text: with_ascii_host(&truncate_visible(input, MAX_LEN)), url: None };
        let Ok(url) = Url::parse(input.trim()) else { return Ok(text_only()) };
        let is_openable = url.username().is_empty() && url.password().is_none() && url.as_str().len() <= MAX_LEN;
        match url.scheme() {
            "https" if is_openable => Ok(Self { text: url.as_str().to_owned(), url: Some(url) }),
            "http" if is_openable && is_loopback(&url) => Ok(Self { text: url.as_str().to_owned(), url: Some(url) }),
            "https" | "http" => Ok(text_only()),
            // `example.com:8443/device` parses as a URL of the scheme `example.com`.
            scheme if scheme.contains('.') => Ok(text_only()),
            scheme => Err(Error::check(format!("the verification URI starts with `{}:`", sanitize_untrusted(scheme)))),
        }
    }

    /// URI for display: host names in ASCII, so that none can imitate another.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn link(&self) -> Option<&str> {
        self.url.as_ref().map(Url::as_str)
    }

    pub fn is_loopback_host(&self) -> bool {
        self.url.as_ref().is_some_and(is_loopback)
    }

    pub fn host(&self) -> Option<&str> {
        self.url.as_ref().and_then(Url::host_str)
    }
}

/// Writes the host of `example.com/device` in ASCII; a URL with its scheme already is.
fn with_ascii_host(text: &str) -> String {
    let (host, rest) = text.split_at(text.find(['/', ':', '?', '#', ' ']).unwrap_or(text.len()));
    let ascii = Host::parse(host).map_or_else(|_| host.to_owned(), |host| host.to_string());
    if text.is_ascii() { text.to_owned() } else { ascii + rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_urls_open() {
        for (input, text, link) in [
            ("https://id.example/device", "https://id.example/device", true),
            ("https://id.example/#/device?x=1", "https://id.example/#/device?x=1", true),
            ("http://127.0.0.1:5000/device", "http://127.0.0.1:5000/device", true),
            ("http://id.example/device", "http://id.example/device", false),
            ("https://id.example@evil.example/device", "https://id.example@evil.example/device", false),
            ("id.example/device", "id.example/device", false),
            ("id.example:8443/device", "id.example:8443/device", false),
            ("\u{456}d.example/device", "xn--d-evb.example/device", false),
            ("https://\u{456}d.example/\u{1b}[31m", "https://xn--d-evb.example/%1B[31m", true),
            ("go to\u{202e} id.example\r\n\u{1b}[2J", "go to id.example [2J", false),
        ] {
            let uri = VerificationUri::parse(input).expect(input);
            assert_eq!((uri.text(), uri.link().is_some()), (text, link), "{input}");
        }
    }

    #[test]
    fn schemes_of_other_programs_are_rejected() {
        for input in ["javascript:alert(1)", "file:///etc/passwd", "ssh://host", "vscode://x/y", "data:text/html,x"] {
            assert_eq!(VerificationUri::parse(input).expect_err(input).exit_code(), 1);
        }
    }
}
