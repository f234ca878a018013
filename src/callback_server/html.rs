//! The pages a person sees: one card, one self-contained document, nothing that runs.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use url::Url;

use crate::sanitize::single_line;
use crate::server::Response;

/// The look of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTone {
    /// It worked.
    Success,
    /// It did not.
    Failure,
    /// Neither: the person is in the wrong place.
    Notice,
}

/// What a page says. All of it may hold text of strangers: it is escaped and cleaned when the page is written. Words
/// between backticks are set as code.
#[derive(Debug, Clone)]
pub struct Page {
    /// The program's own name, shown small; empty shows none.
    pub program: String,
    /// The name of the tab.
    pub title: String,
    /// What happened, in a few words.
    pub heading: String,
    /// More about it, a paragraph each.
    pub lines: Vec<String>,
    /// What to do now.
    pub closing: String,
    /// How it looks.
    pub tone: PageTone,
}

impl Page {
    /// Somebody is signed in, and what they signed in for is stored.
    pub fn signed_in(program: &str, provider: &str, account: Option<&str>) -> Self {
        let heading = format!("Signed in to {provider}");
        let lines = account.map(|account| format!("You are signed in as `{account}`")).into_iter().collect();
        let closing = "Go back to the terminal. You can close this window.".to_owned();
        Self { program: program.into(), title: heading.clone(), heading, lines, closing, tone: PageTone::Success }
    }

    /// The sign-in failed, or was refused.
    pub fn failure(program: &str, heading: &str, lines: Vec<String>) -> Self {
        let closing = "Go back to the terminal to see what to do next. You can close this window.".to_owned();
        let (title, heading) = (heading.to_owned(), heading.to_owned());
        Self { program: program.into(), title, heading, lines, closing, tone: PageTone::Failure }
    }

    /// A visitor who is in the wrong place.
    pub(super) fn notice(heading: &str, line: &str) -> Self {
        let closing = "Go back to the terminal: it shows the address to use.".to_owned();
        let (title, heading, lines) = (heading.to_owned(), heading.to_owned(), vec![line.to_owned()]);
        Self { program: String::new(), title, heading, lines, closing, tone: PageTone::Notice }
    }

    /// The document.
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

/// A whole document: `style` and `body` as they stand, `head` what else its head has.
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

/// The page as an answer.
pub(super) fn page_response(status: u16, page: &Page) -> Response {
    html_response(status, page.html(), &PAGE_POLICY, ReferrerPolicy::NoReferrer)
}

/// A document as an answer, with the policy it is shown under.
pub(super) fn html_response(status: u16, document: String, policy: &str, referrer: ReferrerPolicy) -> Response {
    let headers =
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Language", "en"), ("X-Frame-Options", "DENY")];
    build_response(status, &headers, policy, referrer, document.into_bytes())
}

/// Who is told the address that asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReferrerPolicy {
    /// Nobody: the address may hold the code, and the next site must not read it.
    NoReferrer,
    /// We ourselves: a form whose page forbids it all is sent with `Origin: null` (Fetch 3.2), as a stranger's could be.
    SameOrigin,
}

/// Leads on to another address, with `GET` (RFC 9110 15.4.4); an address that is none leads nowhere.
pub(super) fn see_other(target: &str) -> Response {
    match location_header(target) {
        Some(target) => {
            build_response(303, &[("Location", &target)], &PAGE_POLICY, ReferrerPolicy::NoReferrer, Vec::new())
        }
        None => page_response(500, &Page::notice("This leads nowhere", "The address to go to next is not valid.")),
    }
}

/// The address as a header line can carry it; `None` where it is none.
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

/// What nearly every page is shown under.
static PAGE_POLICY: LazyLock<String> = LazyLock::new(|| content_security_policy(PAGE_STYLE, "'none'"));

/// Nothing is loaded and nothing runs; the one style sheet is known by its hash. Forms go to `form_action` alone.
pub(super) fn content_security_policy(style: &str, form_action: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action {form_action}; \
         frame-ancestors 'none'"
    )
}

/// The program's name, shown small; nothing for none.
pub(super) fn footer(program: &str) -> String {
    match escape(program) {
        name if name.is_empty() => name,
        name => format!("<footer>{name}</footer>\n"),
    }
}

/// Escaped text, with what stands between backticks as code.
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
