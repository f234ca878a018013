//! HTML responses: self-contained documents without scripts, and the headers that keep them so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use url::Url;

use super::message::Response;
use crate::sanitize::single_line;

/// HTML document. The title is escaped; `style`, `head` and `body` are not.
#[derive(Clone, Default)]
pub(crate) struct HtmlDocument {
    pub(crate) title: String,
    /// The only style sheet that the content security policy allows.
    pub(crate) style: String,
    /// Elements beside the title and the style.
    pub(crate) head: String,
    pub(crate) body: String,
    /// Targets of forms, as in the content security policy; empty for none.
    pub(crate) form_action: String,
    /// Sends the URL to pages of the same origin as referrer, not to nobody. The URL may hold a code, but with
    /// `no-referrer` browsers send a form with `Origin: null` (Fetch 3.2), which a foreign page could send too.
    pub(crate) has_referrer: bool,
}

impl HtmlDocument {
    /// Returns the response with this document.
    pub(crate) fn response(&self, status: u16) -> Response {
        let Self { style, head, body, .. } = self;
        let html = format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"#,
            title = escape(&self.title)
        );
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action {targets}; \
             frame-ancestors 'none'",
            hash = STANDARD.encode(digest(&SHA256, style.as_bytes())),
            targets = if self.form_action.is_empty() { "'none'" } else { &self.form_action },
        );
        let headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Language", "en"),
            ("X-Frame-Options", "DENY"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", if self.has_referrer { "same-origin" } else { "no-referrer" }),
            ("Content-Security-Policy", &policy),
        ];
        Response::new(status, &headers, html)
    }
}

/// Redirects to `target` with `GET` (RFC 9110 15.4.4). Writes characters that a header cannot hold as a browser would.
pub(crate) fn see_other(target: &str) -> Response {
    let is_valid = target.bytes().all(|byte| byte.is_ascii_graphic());
    let parsed = if is_valid { None } else { Url::parse(target).ok() };
    let location = parsed.as_ref().map_or(target, Url::as_str);
    let headers = [("Location", location), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")];
    Response::new(303, &headers, "")
}

/// Escapes text for HTML, between tags and in quoted attributes; removes invisible characters.
pub(crate) fn escape(text: &str) -> String {
    single_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
