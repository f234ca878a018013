//! Questions about servers that the user has not chosen: answered by `--trust`, in the terminal, or on a page in the
//! browser. Nobody answers them by an Enter typed too early: waiting input is discarded, and `no` is marked.

use url::Url;

use super::options::SigninOptions;
use super::rejection_report;
use crate::app::App;
use crate::callback_server::{PageAnswer, QuestionPage};
use crate::catalog::{Provider, is_same_issuer};
use crate::error::{Error, Remedy, Result};
use crate::oauth::host_of;
use crate::sanitize::shell_quote;
use crate::store::SigninSubject;

/// Question about one or more servers.
pub struct ServerQuestion<'a> {
    pub provider: &'a Provider,
    /// Text up to the server: "`x` sends you to".
    pub text: &'a str,
    /// What the user must accept, for the error without a user.
    pub action: String,
    /// What `servers` holds.
    pub subject: Subject,
    pub servers: &'a [String],
}

/// What a question is about. Each needs its own `--trust`: a user who accepts a server has not accepted it as the page
/// of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Authorization servers: URLs.
    Server,
    /// Sign-in page of a server: a host, or the text that names the page.
    Page,
}

/// Asks the user to accept one of the servers, and returns its number.
///
/// # Errors
/// [`Error::Denied`] if the user declines, [`Error::Cancelled`] if the user leaves the menu,
/// [`Error::InteractionRequired`] if there is nobody to ask, [`Error::TimedOut`].
pub async fn ask(app: &App, options: &SigninOptions, question: &ServerQuestion<'_>) -> Result<usize> {
    let is_trusted =
        |server: &String| options.trust.iter().any(|trusted| question.subject.is_named_by(trusted, server));
    if let Some(trusted) = question.servers.iter().position(is_trusted) {
        return Ok(trusted);
    }
    if let Some(accepted) = accepted_before(app, question) {
        return Ok(accepted);
    }
    let labels: Vec<String> = question.servers.iter().map(|server| question.subject.label(server)).collect();
    let may_show_page = options.no_open || app.browser.unavailable_reason().is_none();
    let may_show_page = may_show_page && !options.in_background;
    if !app.prompt.can_prompt() && (app.environment.no_input || !may_show_page) {
        return Err(nobody_to_ask(options, question));
    }
    app.check_new_session_store()?;
    let (answer, is_private) = match app.prompt.can_prompt() {
        true => (ask_in_terminal(app, options, question.text, &labels).await?, true),
        false => {
            let answer = ask_on_page_once(app, options, question, &labels).await?;
            (answer.accepted, !answer.by_launch_url)
        }
    };
    let declined = || match labels.as_slice() {
        [only] => format!("you declined {only}; nothing was sent there"),
        _ => "you declined every server; nothing was sent there".to_owned(),
    };
    let accepted = answer.ok_or_else(|| Error::denied(Remedy::InMessage, declined()))?;
    let (name, server) = (&question.provider.name, &question.servers[accepted]);
    // An answer that another user may have given counts for this sign-in only: its browser shows that the link was used.
    if is_private {
        // Without the record, the retry asks again.
        let _ = app.accepted_servers().remember(name, question.text, server, app.now());
    }
    Ok(accepted)
}

/// Returns the server that the user accepted in a sign-in that then failed.
fn accepted_before(app: &App, question: &ServerQuestion<'_>) -> Option<usize> {
    let records = app.accepted_servers();
    let is_accepted = |server: &String| records.contains(&question.provider.name, question.text, server, app.now());
    let accepted = question.servers.iter().position(is_accepted)?;
    app.prompt.note(&format!("you accepted {} in the last hour", question.subject.host(&question.servers[accepted])));
    Some(accepted)
}

async fn ask_in_terminal(app: &App, options: &SigninOptions, text: &str, labels: &[String]) -> Result<Option<usize>> {
    let (question, choices) = match labels {
        [only] => (format!("{text} {only} to sign in. Continue?"), vec!["yes".to_owned(), "no".to_owned()]),
        _ => (text.to_owned(), labels.iter().cloned().chain(["none of these".to_owned()]).collect()),
    };
    let (no, timeout) = (choices.len() - 1, options.user_timeout());
    let chosen = tokio::select! {
        biased;
        chosen = app.prompt.select_marked(&question, &choices, no) => chosen?,
        () = app.clock.sleep(timeout) => {
            return Err(Error::TimedOut { action: "question".to_owned(), after: timeout, meanwhile: None });
        }
    };
    Ok(Some(chosen).filter(|chosen| *chosen != no))
}

/// Asks on a page as an attempt of its own until the user accepts: the sign-in then counts itself.
async fn ask_on_page_once(
    app: &App,
    options: &SigninOptions,
    question: &ServerQuestion<'_>,
    labels: &[String],
) -> Result<PageAnswer> {
    let Some(limit) = app.signin_limit().filter(|_| !options.no_open) else {
        return ask_on_page(app, options, question, labels).await;
    };
    let subject = SigninSubject::new(question.provider);
    limit.record(subject, app.now())?;
    let answer = ask_on_page(app, options, question, labels).await?;
    match answer.accepted {
        Some(_) => limit.take_back(subject)?,
        None => limit.answer(subject)?,
    }
    Ok(answer)
}

async fn ask_on_page(
    app: &App,
    options: &SigninOptions,
    question: &ServerQuestion<'_>,
    labels: &[String],
) -> Result<PageAnswer> {
    let page = QuestionPage::serve(&app.program, question.text, labels)?;
    let opened = (!options.no_open).then(|| app.browser.open(page.launch_url()));
    app.show_page(&question.provider.name, page.printed_url(), opened);
    let timeout = options.user_timeout();
    let rejections = page.rejections();
    let shown = app.prompt.start_waiting("an answer in the browser", timeout);
    let answer = tokio::select! {
        biased;
        answer = page.answer() => answer,
        never = rejection_report::report(app, &rejections) => match never {},
        () = app.clock.sleep(timeout) => {
            let action = "question in the browser".to_owned();
            return Err(Error::TimedOut { action, after: timeout, meanwhile: rejections.summary() });
        }
    };
    drop(shown);
    if let Some(index) = answer.accepted {
        app.prompt.note(&format!("accepted in the browser: {}", question.subject.host(&question.servers[index])));
    }
    Ok(answer)
}

fn nobody_to_ask(options: &SigninOptions, question: &ServerQuestion<'_>) -> Error {
    let server = question.subject.shown(&question.servers[0]);
    // The server that has such a page needed its own.
    let given = options.trust.iter().filter(|_| question.subject == Subject::Page);
    let flags: String = given.chain([&server]).map(|value| format!(" --trust {}", shell_quote(value))).collect();
    Error::InteractionRequired {
        action: format!("{}, which you must accept first", question.action),
        alternative: format!("{{program}} signin {}{flags}", shell_quote(&question.provider.name)),
    }
}

impl Subject {
    /// Returns true if `trusted`, a value of `--trust`, names the server: the whole URL, or its host if nothing follows
    /// the host. A page is named by its host only.
    fn is_named_by(self, trusted: &str, server: &str) -> bool {
        match (self, Url::parse(server)) {
            (Self::Server, Ok(url)) => {
                let is_host = host_of(server) == trusted && url.path() == "/" && url.query().is_none();
                is_same_issuer(trusted, server) || is_same_issuer(trusted, &display_url(server)) || is_host
            }
            _ => trusted == server,
        }
    }

    fn label(self, server: &str) -> String {
        match self {
            Self::Server => format!("{} ({})", host_of(server), display_url(server)),
            Self::Page => server.to_owned(),
        }
    }

    fn host(self, server: &str) -> String {
        match self {
            Self::Server => host_of(server),
            Self::Page => server.to_owned(),
        }
    }

    /// Server as the user types it.
    fn shown(self, server: &str) -> String {
        match self {
            Self::Server => display_url(server),
            Self::Page => server.to_owned(),
        }
    }
}

/// URL with its host in ASCII (Punycode), so that look-alike letters are visible.
pub fn display_url(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) if parsed.has_host() => parsed.as_str().trim_end_matches('/').to_owned(),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_compares_the_whole_issuer() {
        for (trusted, server, is_named) in [
            ("https://as.example", "https://as.example", true),
            ("https://as.example/", "https://as.example", true),
            ("as.example", "https://as.example/", true),
            ("as.example:8443", "https://as.example:8443", true),
            ("as.example", "https://as.example:8443", false),
            ("as.example", "https://as.example/tenant", false),
            ("https://as.example", "https://as.example/tenant", false),
            ("https://as.example/tenant", "https://as.example/tenant", true),
            ("example", "https://as.example", false),
            ("http://as.example", "https://as.example", false),
            ("as.example", "https://as.example?x", false),
            ("", "https://as.example", false),
        ] {
            assert_eq!(Subject::Server.is_named_by(trusted, server), is_named, "{trusted} {server}");
        }
    }

    #[test]
    fn trust_names_a_page_by_its_host_only() {
        for (trusted, page, is_named) in [
            ("page.example", "page.example", true),
            ("page.example:8443", "page.example:8443", true),
            ("page.example", "page.example:8443", false),
            ("https://page.example", "page.example", false),
            ("https://page.example/", "page.example", false),
            ("as.example", "page.example", false),
            ("Go to page.example", "Go to page.example", true),
        ] {
            assert_eq!(Subject::Page.is_named_by(trusted, page), is_named, "{trusted} {page}");
        }
    }
}
