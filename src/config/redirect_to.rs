//! Validates `--redirect-to`, the URL that the browser opens after a sign-in.

use url::Url;

use crate::catalog;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Returns the URL for the browser: an absolute http or https URL, or a path joined to `home`. Nothing is appended.
///
/// # Errors
/// [`Error::Usage`] for values that could lead the browser to another site: `//host`, `/\host`, `javascript:`,
/// userinfo, control characters, a path that leaves the origin of `home`; and for a path without a `home`.
pub fn redirect_to(value: &str, home: Option<&str>) -> Result<String> {
    if !value.starts_with('/') {
        let is_url = value.contains("://");
        return catalog::validate_home(value).map(|()| value.to_owned()).map_err(|reason| match is_url {
            true => rejected(value, &reason),
            false => rejected(value, "is neither an https:// URL nor a path that starts with `/`"),
        });
    }
    if value.chars().any(|c| c.is_control() || c == '\\') || value.starts_with("//") {
        return Err(rejected(
            value,
            "is not a valid path: it must start with a single `/` and contain no `\\` or control characters",
        ));
    }
    match home {
        Some(home) => join_home(value, home),
        None => Err(Error::Usage {
            message: format!("`--redirect-to`: `{}` is a path, but `home` is not set", sanitize_untrusted(value)),
            hint: Some("set `home` in the configuration, or use an absolute https:// URL".to_owned()),
        }),
    }
}

/// Joins a path to `home`. Browsers and this parser follow the same standard (WHATWG URL), so a URL that stays on the
/// origin here stays on it in the browser.
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
    fn urls_and_paths_are_used_unchanged() {
        for (value, home, expected) in [
            ("https://other.example/a?b=c#d", None, "https://other.example/a?b=c#d"),
            ("http://other.example", HOME, "http://other.example"),
            ("/dashboard", HOME, "https://app.example/dashboard"),
            ("/", HOME, "https://app.example/"),
            ("/a?b=c&d#e", HOME, "https://app.example/a?b=c&d#e"),
            ("/a//b/https://x.example", HOME, "https://app.example/a//b/https://x.example"),
            // Dot segments are resolved first; the result is still a path.
            ("/..//evil.example", HOME, "https://app.example//evil.example"),
            ("/a", Some("http://localhost:3000"), "http://localhost:3000/a"),
        ] {
            assert_eq!(redirect_to(value, home).expect(value), expected);
        }
    }

    #[test]
    fn values_that_could_leave_the_site_are_rejected() {
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
    fn path_needs_a_home() {
        let error = redirect_to("/dashboard", None).expect_err("no home");
        assert!(error.to_string().contains("`home`"), "{error}");
        assert!(redirect_to("/dashboard", Some("javascript:alert(1)")).is_err());
    }
}
