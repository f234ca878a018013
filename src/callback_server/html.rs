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
    /// Command after `closing`; empty for none.
    pub command: String,
    pub tone: PageTone,
}

impl Page {
    /// Page for a sign-in that succeeded and is stored.
    pub fn signed_in(program: &str, provider: &str, account: Option<&str>) -> Self {
        let heading = format!("Signed in to {provider}");
        let lines = account.map(|account| format!("You are signed in as `{account}`.")).into_iter().collect();
        let closing = "You can close this tab and return to the terminal.".to_owned();
        Self { closing, ..Self::new(PageTone::Success, program, &heading, lines) }
    }

    /// Page for a sign-in that failed or was declined; [`Page::with_command`] names the way out.
    pub fn failure(program: &str, heading: &str, lines: Vec<String>) -> Self {
        let closing = "Return to the terminal to see what to do next. You can close this tab.".to_owned();
        Self { closing, ..Self::new(PageTone::Failure, program, heading, lines) }
    }

    /// Page for a request that does not belong to the sign-in.
    pub(super) fn notice(heading: &str, line: &str) -> Self {
        let closing = "Return to the terminal: it shows the URL to open.".to_owned();
        Self { closing, ..Self::new(PageTone::Notice, "", heading, vec![line.to_owned()]) }
    }

    fn new(tone: PageTone, program: &str, heading: &str, lines: Vec<String>) -> Self {
        let (program, title, heading) = (program.to_owned(), heading.to_owned(), heading.to_owned());
        Self { program, title, heading, lines, closing: String::new(), command: String::new(), tone }
    }

    /// Replaces what the user can do now by a command to type, and the words before it.
    pub fn with_command(self, words: &str, command: &str) -> Self {
        if command.is_empty() {
            return self;
        }
        Self { closing: words.to_owned(), command: command.to_owned(), ..self }
    }

    fn document(&self) -> HtmlDocument {
        let (class, icon) = match self.tone {
            PageTone::Success => ("success", r#"<path d="M7 12.5l3.5 3.5L17.5 8.5"/>"#),
            PageTone::Failure => ("failure", r#"<path d="M8 8l8 8M16 8l-8 8"/>"#),
            PageTone::Notice => ("notice", r#"<path d="M12 7v6M12 16.5v.5"/>"#),
        };
        let lines: String =
            self.lines.iter().map(|line| format!("<p>{}</p>\n", unbroken(&inline_html(line)))).collect();
        let (command, program) = (command_line(&self.command), footer(&self.program));
        let (heading, closing) = (unbroken(&inline_html(&self.heading)), unbroken(&inline_html(&self.closing)));
        let body = format!(
            r#"<main class="{class}">
<svg viewBox="0 0 24 24" aria-hidden="true">{icon}</svg>
<h1>{heading}</h1>
{lines}<p class="closing">{closing}</p>
{command}{program}</main>"#
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

/// Command on a line of its own, which a click selects as a whole; empty without a command. A narrow window breaks it
/// between words, not after the dashes of a flag.
fn command_line(command: &str) -> String {
    let words: Vec<_> = escape(command).split(' ').map(|word| format!("<span>{word}</span>")).collect();
    match command {
        "" => String::new(),
        _ => format!("<p class=\"command\"><code>{}</code></p>\n", words.join(" ")),
    }
}

/// Keeps words with a hyphen on one line; browsers break after it.
fn unbroken(html: &str) -> String {
    let keep = |html: String, word: &str| html.replace(word, &format!("<span class=\"word\">{word}</span>"));
    ["sign-in", "Sign-in", "Ctrl-C"].into_iter().fold(html.to_owned(), keep)
}

/// Sentence of a page: an error message with a capital letter and a full stop.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Escaped URL that a narrow window breaks after slashes, but not after those of the scheme.
pub(super) fn breakable(url: &str) -> String {
    let scheme_end = url.find("://").map_or(0, |at| at + "://".len());
    let (scheme, rest) = url.split_at(scheme_end);
    format!("{scheme}{}", rest.replace('/', "/<wbr>"))
}

/// Link to a page in another tab.
fn link(url: &str) -> String {
    let url = escape(url);
    format!("<a href=\"{url}\" target=\"_blank\" rel=\"noreferrer\">{}</a>", breakable(&url))
}

/// Like [`inline_html`] for text of this program: `https` URLs are links; others, and those of an example host, are code.
pub(super) fn linked_html(text: &str) -> String {
    let word = |(index, word): (usize, &str)| {
        let url = word.trim_end_matches([',', ';', ':', '.', ')']);
        let space = if index == 0 { "" } else { " " };
        let rest = escape(&word[url.len()..]);
        let shown = match url.split_once("://") {
            Some(("https", place)) if place.split('/').next().is_some_and(|host| host.contains('.')) => {
                link(url) + &rest
            }
            Some(("https" | "http", _)) => format!("<code>{}</code>{rest}", escape(url)),
            _ => escape(word),
        };
        format!("{space}{shown}")
    };
    if !text.matches('`').count().is_multiple_of(2) {
        return escape(text);
    }
    let part = |(index, part): (usize, &str)| match index % 2 {
        1 => format!("<code>{}</code>", escape(part)),
        _ => part.split(' ').enumerate().map(word).collect(),
    };
    text.split('`').enumerate().map(part).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_urls_in_own_text_are_links() {
        let link = "<a href=\"https://a.example/new?x=1&amp;y=2\" target=\"_blank\" rel=\"noreferrer\">";
        for (text, shown) in [
            ("at https://a.example/new?x=1&y=2, then", "at LINKhttps://a.example/<wbr>new?x=1&amp;y=2</a>, then"),
            (
                "the URI http://127.0.0.1/callback: `a b`",
                "the URI <code>http://127.0.0.1/callback</code>: <code>a b</code>",
            ),
            ("https://DOMAIN/admin", "<code>https://DOMAIN/admin</code>"),
            ("`curl https://a.example` <b>", "<code>curl https://a.example</code> &lt;b&gt;"),
            ("https://a.example`", "https://a.example`"),
        ] {
            assert_eq!(linked_html(text), shown.replace("LINK", link), "{text}");
        }
    }

    #[test]
    fn text_of_a_provider_is_no_link() {
        let page = Page::failure("mycli", "Failed", vec!["https://evil.example says: sign in there".to_owned()]);
        assert!(!page.document().body.contains("<a "));
    }

    #[test]
    fn error_message_becomes_a_sentence() {
        for (message, shown) in [("port 1 is used", "Port 1 is used."), ("`a` failed!", "`a` failed!"), ("", ".")] {
            assert_eq!(sentence(message), shown);
        }
    }

    #[test]
    fn command_stands_on_its_own_line() {
        let page = Page::notice("Stop", "Wrong browser.").with_command("Run:", "mycli signin 'a<b'");
        let body = page.document().body;
        assert!(body.contains("Run:</p>\n<p class=\"command\"><code><span>mycli</span> <span>signin</span>"), "{body}");
        assert!(body.contains("<span>&#39;a&lt;b&#39;</span></code></p>"), "{body}");
        let unnamed = Page::notice("Stop", "Wrong browser.").with_command("Run:", "").document().body;
        assert!(unnamed.contains("Return to the terminal") && !unnamed.contains("Run:"), "{unnamed}");
    }
}
