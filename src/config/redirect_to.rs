//! `--redirect-to`: where the browser may be sent after a sign-in.

use url::Url;

use crate::catalog;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// The address to send the browser to: an absolute http or https one, or a path joined to `home`. Nothing is appended.
///
/// # Errors
/// [`Error::Usage`] for anything a browser could be led astray with: `//host`, `/\host`, `javascript:`, userinfo,
/// control characters, a path that leaves the origin of `home`, or a path where there is no `home`.
pub fn redirect_to(value: &str, home: Option<&str>) -> Result<String> {
    if !value.starts_with('/') {
        return catalog::validate_home(value).map(|()| value.to_owned()).map_err(|reason| rejected(value, &reason));
    }
    if value.chars().any(|c| c.is_control() || c == '\\') || value.starts_with("//") {
        return Err(rejected(value, "is not a path: one `/`, no `\\`, no control characters"));
    }
    match home {
        Some(home) => join_home(value, home),
        None => Err(Error::Usage {
            message: format!(
                "`--redirect-to`: `{}` is a path, and there is no `home` to join it to",
                sanitize_untrusted(value)
            ),
            hint: Some("set `home` in the configuration, or give a whole https:// address".to_owned()),
        }),
    }
}

/// Browsers and this parser share one standard (WHATWG URL), so what stays on the origin here stays on it there.
fn join_home(path: &str, home: &str) -> Result<String> {
    catalog::validate_home(home)
        .map_err(|reason| Error::usage(format!("`home`: `{}` {reason}", sanitize_untrusted(home))))?;
    let base = Url::parse(home).map_err(|_| rejected(path, "cannot be joined to `home`"))?;
    let url = base.join(path).map_err(|_| rejected(path, "cannot be joined to `home`"))?;
    match url.origin() == base.origin() {
        true => Ok(url.into()),
        false => Err(rejected(path, "leaves the origin of `home`")),
    }
}

fn rejected(value: &str, reason: &str) -> Error {
    Error::usage(format!("`--redirect-to`: `{}` {reason}", catalog::redact_userinfo(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<&str> = Some("https://app.example/base/page?x=1");

    #[test]
    fn addresses_and_paths_are_taken_as_they_are() {
        for (value, home, expected) in [
            ("https://other.example/a?b=c#d", None, "https://other.example/a?b=c#d"),
            ("http://other.example", HOME, "http://other.example"),
            ("/dashboard", HOME, "https://app.example/dashboard"),
            ("/", HOME, "https://app.example/"),
            ("/a?b=c&d#e", HOME, "https://app.example/a?b=c&d#e"),
            ("/a//b/https://x.example", HOME, "https://app.example/a//b/https://x.example"),
            // Dot segments are resolved before anything is sent, and what is left is a path all the same.
            ("/..//evil.example", HOME, "https://app.example//evil.example"),
            ("/a", Some("http://localhost:3000"), "http://localhost:3000/a"),
        ] {
            assert_eq!(redirect_to(value, home).expect(value), expected);
        }
    }

    #[test]
    fn what_could_lead_astray_is_refused() {
        for value in [
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\u{0}",
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://a.example",
            "https:evil.example",
            "https:/evil.example",
            "https:\\\\evil.example",
            "https://me@evil.example/",
            "https://a.example/\r\nx",
            " https://a.example/",
            "dashboard",
            "",
        ] {
            assert_eq!(redirect_to(value, HOME).expect_err(value).exit_code(), 2, "{value:?}");
        }
    }

    #[test]
    fn a_path_needs_a_home() {
        let error = redirect_to("/dashboard", None).expect_err("no home");
        assert!(error.to_string().contains("`home`"), "{error}");
        assert!(redirect_to("/dashboard", Some("javascript:alert(1)")).is_err());
    }
}
