//! Page with the outcome of a sign-in.

use crate::server::Response;
use crate::server::html::{HtmlDocument, escape};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTone {
    Success,
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
    pub title: String,
    /// Short statement of what happened.
    pub heading: String,
    /// Details, one paragraph each.
    pub lines: Vec<String>,
    /// What the user can do now.
    pub closing: String,
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

    /// Replaces what the user can do now.
    pub(super) fn with_closing(self, closing: &str) -> Self {
        Self { closing: closing.to_owned(), ..self }
    }

    fn document(&self) -> HtmlDocument {
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
        HtmlDocument { title: self.title.clone(), style: PAGE_STYLE.to_owned(), body, ..HtmlDocument::default() }
    }
}

pub(super) fn page_response(status: u16, page: &Page) -> Response {
    page.document().response(status)
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

pub(super) const PAGE_STYLE: &str = include_str!("page.css");
