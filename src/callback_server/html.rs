//! HTML pages shown in the browser: self-contained, without scripts.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use url::Url;

use crate::sanitize::single_line;
use crate::server::Response;

/// Style of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTone {
    /// The sign-in succeeded.
    Success,
    /// The sign-in failed.
    Failure,
    /// Neutral: the user opened the wrong page.
    Notice,
}

/// Content of a page. Any field may hold untrusted text: the text is sanitized and escaped on output. Words between
/// backticks are rendered as code.
#[derive(Debug, Clone)]
pub struct Page {
    /// Program name in the footer; empty for no footer.
    pub program: String,
    /// Title of the tab.
    pub title: String,
    /// Short statement of what happened.
    pub heading: String,
    /// Details, one paragraph each.
    pub lines: Vec<String>,
    /// What the user can do now.
    pub closing: String,
    /// Style.
    pub tone: PageTone,
}

impl Page {
    /// Page for a sign-in that succeeded and is stored.
    pub fn signed_in(program: &str, provider: &str, account: Option<&str>) -> Self {
        let heading = format!("Signed in to {provider}");
        let lines = account.map(|account| format!("You are signed in as `{account}`.")).into_iter().collect();
        let closing = "You can close this tab and return to the terminal.".to_owned();
        Self { program: program.into(), title: heading.clone(), heading, lines, closing, tone: PageTone::Success }
    }

    /// Page for a sign-in that failed or was declined.
    pub fn failure(program: &str, heading: &str, lines: Vec<String>) -> Self {
        let closing = "Return to the terminal to see what to do next. You can close this tab.".to_owned();
        let (title, heading) = (heading.to_owned(), heading.to_owned());
        Self { program: program.into(), title, heading, lines, closing, tone: PageTone::Failure }
    }

    /// Page for a request that does not belong to the sign-in.
    pub(super) fn notice(heading: &str, line: &str) -> Self {
        let closing = "Return to the terminal: it shows the URL to open.".to_owned();
        let (title, heading, lines) = (heading.to_owned(), heading.to_owned(), vec![line.to_owned()]);
        Self { program: String::new(), title, heading, lines, closing, tone: PageTone::Notice }
    }

    /// Renders the page as an HTML document.
    pub fn html(&self) -> String {
        let (class, icon) = match self.tone {
            PageTone::Success => ("success", r#"<path d="M7 12.5l3.5 3.5L17.5 8.5"/>"#),
            PageTone::Failure => ("failure", r#"<path d="M8 8l8 8M16 8l-8 8"/>"#),
            PageTone::Notice => ("notice", r#"<path d="M12 7v6M12 16.5v.5"/>"#),
        };
        let lines: String = self.lines.iter().map(|line| format!("<p>{}</p>\n", inline_html(line))).collect();
        let program = footer(&self.program);
        let (heading, closing) = (inline_html(&self.heading), inline_html(&self.closing));
        let body = format!(
            r#"<main class="{class}">
<svg viewBox="0 0 24 24" aria-hidden="true">{icon}</svg>
<h1>{heading}</h1>
{lines}<p class="closing">{closing}</p>
{program}</main>"#
        );
        document(&self.title, PAGE_STYLE, "", &body)
    }
}

/// Wraps `body` in an HTML document; `style`, `head` and `body` are not escaped.
pub(super) fn document(title: &str, style: &str, head: &str, body: &str) -> String {
    let title = escape(title);
    format!(
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
"#
    )
}

/// Response with a page.
pub(super) fn page_response(status: u16, page: &Page) -> Response {
    html_response(status, page.html(), &PAGE_POLICY, ReferrerPolicy::NoReferrer)
}

/// Response with an HTML document and its content security policy.
pub(super) fn html_response(status: u16, document: String, policy: &str, referrer: ReferrerPolicy) -> Response {
    let headers =
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Language", "en"), ("X-Frame-Options", "DENY")];
    build_response(status, &headers, policy, referrer, document.into_bytes())
}

/// `Referrer-Policy` of a response.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReferrerPolicy {
    /// Sends no referrer: the URL may hold the code, and the next site must not read it.
    NoReferrer,
    /// Sends the referrer to the same origin: with `no-referrer`, browsers send a form with `Origin: null` (Fetch 3.2),
    /// which a foreign page could send too.
    SameOrigin,
}

/// Redirects to `target` with `GET` (RFC 9110 15.4.4); shows an error page if `target` is not a URL.
pub(super) fn see_other(target: &str) -> Response {
    match location_header(target) {
        Some(target) => {
            build_response(303, &[("Location", &target)], &PAGE_POLICY, ReferrerPolicy::NoReferrer, Vec::new())
        }
        None => page_response(500, &Page::notice("Invalid redirect", "The URL to open next is not valid.")),
    }
}

/// Returns the value of the `Location` header; `None` if `target` is not a URL.
fn location_header(target: &str) -> Option<String> {
    let is_valid = target.bytes().all(|byte| byte.is_ascii_graphic());
    if is_valid { Some(target.to_owned()) } else { Url::parse(target).ok().map(String::from) }
}

fn build_response(
    status: u16,
    headers: &[(&str, &str)],
    policy: &str,
    referrer: ReferrerPolicy,
    body: Vec<u8>,
) -> Response {
    let referrer = match referrer {
        ReferrerPolicy::NoReferrer => "no-referrer",
        ReferrerPolicy::SameOrigin => "same-origin",
    };
    let common = [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", referrer),
        ("Content-Security-Policy", policy),
    ];
    let headers =
        headers.iter().chain(&common).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Response { status, headers, body }
}

/// Content security policy of all pages without a form.
static PAGE_POLICY: LazyLock<String> = LazyLock::new(|| content_security_policy(PAGE_STYLE, "'none'"));

/// Forbids scripts and loading; allows the one style sheet by its hash, and forms to `form_action` only.
pub(super) fn content_security_policy(style: &str, form_action: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action {form_action}; \
         frame-ancestors 'none'"
    )
}

/// Footer with the program name; empty without a name.
pub(super) fn footer(program: &str) -> String {
    match escape(program) {
        name if name.is_empty() => name,
        name => format!("<footer>{name}</footer>\n"),
    }
}

/// Escapes text and renders text between backticks as code.
pub(super) fn inline_html(text: &str) -> String {
    let text = escape(text);
    if !text.matches('`').count().is_multiple_of(2) {
        return text;
    }
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

pub(super) fn escape(text: &str) -> String {
    single_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

pub(super) const PAGE_STYLE: &str = include_str!("page.css");
