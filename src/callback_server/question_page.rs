//! Question about a server, on a page for a user without a terminal. The link has a key, and the form needs the cookie
//! of a browser that opened a link, and its own origin. The link that a browser was started with works once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::cookie::BrowserCookie;
use super::html::{self, Page};
use super::page_keys::{PageKeys, PageLink};
use super::picker_html;
use super::provider_picker::{is_same_origin, opened_elsewhere};
use super::rejections::{RejectionKind, RejectionLog};
use super::routes;
use crate::error::Result;
use crate::secret::Secret;
use crate::server::html::{HtmlDocument, escape};
use crate::server::{LoopbackHosts, Rejection, Request, RequestHandler, Response, RunningServer, Server, ServerLimits};

const QUESTION_PATH: &str = "/question";

/// Maximum length of the form in bytes; it holds one short answer.
const POST_LIMIT: usize = 256;

/// Name of the only form field.
const ANSWER_FIELD: &str = "answer";

/// Value of the answer that accepts nothing; the others are numbers of servers.
const ANSWER_NO: &str = "no";

/// Answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageAnswer {
    /// Number of the accepted server, if any.
    pub accepted: Option<usize>,
    /// The link of the browser that this program started: other users can read it in the argument list of the browser
    /// and may have been faster.
    pub by_launch_url: bool,
}

/// Running page with a question. On drop the port is free at once.
pub struct QuestionPage {
    launch_url: Secret,
    printed_url: Secret,
    state: Arc<QuestionState>,
    _server: RunningServer,
}

impl QuestionPage {
    /// Serves a question with a button for each of `servers`, and one that accepts none.
    ///
    /// # Errors
    /// See [`Server::bind`].
    pub fn serve(program: &str, question: &str, servers: &[String]) -> Result<Self> {
        let server = Server::bind(LoopbackHosts::Ipv4, None)?;
        let keys = PageKeys::draw()?;
        let cookie = BrowserCookie::new("question", server.port())?;
        let url = format!("http://127.0.0.1:{}{QUESTION_PATH}", server.port());
        let (launch_url, printed_url) = (keys.launch_url(&url), keys.printed_url(&url));
        let state = Arc::new(QuestionState {
            program: program.to_owned(),
            servers: servers.to_vec(),
            page: question_page(program, question, servers).response(200),
            keys,
            cookie,
            progress: watch::Sender::default(),
            rejections: RejectionLog::default(),
        });
        let server = server.serve(POST_LIMIT, Arc::clone(&state));
        Ok(Self { launch_url, printed_url, state, _server: server })
    }

    /// URL to open in the browser; works for one browser.
    pub fn launch_url(&self) -> &Secret {
        &self.launch_url
    }

    /// URL to print; works until the question is answered.
    pub fn printed_url(&self) -> &Secret {
        &self.printed_url
    }

    /// Requests that the page rejected.
    pub fn rejections(&self) -> RejectionLog {
        self.state.rejections.clone()
    }

    /// Waits for the answer. Dropping the future loses nothing.
    pub async fn answer(&self) -> PageAnswer {
        let mut changes = self.state.progress.subscribe();
        let answered = changes.wait_for(|progress| progress.answer.is_some()).await.map(|progress| progress.answer);
        let answer = answered.ok().flatten().expect("the page keeps the sender");
        // A closed or slow browser does not delay the sign-in.
        let linger: Duration = ServerLimits::default().linger_timeout;
        let _ = tokio::time::timeout(linger, changes.wait_for(|progress| progress.is_sent)).await;
        answer
    }
}

/// State shared by all connections of the page.
struct QuestionState {
    program: String,
    servers: Vec<String>,
    page: Response,
    keys: PageKeys,
    cookie: BrowserCookie,
    progress: watch::Sender<QuestionProgress>,
    rejections: RejectionLog,
}

#[derive(Default)]
struct QuestionProgress {
    /// Set once the URL of the browser that this program started was opened.
    is_launched: bool,
    /// First answer.
    answer: Option<PageAnswer>,
    /// Set once the browser has the response to its answer.
    is_sent: bool,
}

impl RequestHandler for QuestionState {
    async fn respond(&self, request: &Request) -> Response {
        if routes::is_speculative(request) {
            return routes::prefetch_rejected();
        }
        if request.path != QUESTION_PATH {
            return routes::not_found(request, &self.rejections);
        }
        match (self.keys.link(request), request.method.as_str()) {
            (Err(kind), _) => routes::rejected_link(kind, &self.rejections),
            (Ok(link), "POST") => self.submit(request, link),
            (Ok(link), _) => self.show(request, link),
        }
    }

    fn on_rejected(&self, rejection: Rejection) {
        self.rejections.record(rejection);
    }

    fn on_sent(&self, request: &Request, status: u16) {
        if request.method == "POST" && status == 200 {
            self.progress.send_modify(|progress| progress.is_sent = true);
        }
    }
}

impl QuestionState {
    fn show(&self, request: &Request, link: PageLink) -> Response {
        let mut response = self.page.clone();
        if self.cookie.is_sent_by(request) {
            return response;
        }
        let launch = |progress: &mut QuestionProgress| !std::mem::replace(&mut progress.is_launched, true);
        if link == PageLink::Launched && !self.progress.send_if_modified(launch) {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(410, &opened_elsewhere(&self.program));
        }
        response.headers.push(self.cookie.header());
        response
    }

    fn submit(&self, request: &Request, link: PageLink) -> Response {
        if !self.cookie.is_sent_by(request) || !is_same_origin(request) {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(403, &routes::unrecognized());
        }
        let Some(accepted) = self.read_answer(request) else {
            return html::page_response(400, &Page::notice("No answer", "Go back and press one of the buttons."));
        };
        let answer = PageAnswer { accepted, by_launch_url: link == PageLink::Launched };
        self.progress.send_modify(|progress| _ = progress.answer.get_or_insert(answer));
        let first = self.progress.borrow().answer.unwrap_or(answer);
        html::page_response(200, &self.outcome(first.accepted))
    }

    fn read_answer(&self, request: &Request) -> Option<Option<usize>> {
        let mut pairs = url::form_urlencoded::parse(&request.body);
        let (Some((field, value)), None) = (pairs.next(), pairs.next()) else { return None };
        let number = || value.parse().ok().filter(|number: &usize| *number < self.servers.len()).map(Some);
        match field == ANSWER_FIELD {
            true if value == ANSWER_NO => Some(None),
            true => number(),
            false => None,
        }
    }

    fn outcome(&self, answer: Option<usize>) -> Page {
        match answer {
            Some(index) => {
                let line = format!("The sign-in continues at `{}`.", self.servers[index]);
                let mut page = Page::notice("You accepted the server", &line);
                "Your browser opens the next page in a new tab. You can close this one.".clone_into(&mut page.closing);
                page
            }
            None => Page::failure(&self.program, "You declined", vec!["Nothing was sent there.".to_owned()]),
        }
    }
}

impl fmt::Debug for QuestionPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuestionPage").finish_non_exhaustive()
    }
}

/// Page with a question about servers, each a host in Punycode; `no` has the focus. The form posts to the link that the
/// page was opened by.
fn question_page(program: &str, question: &str, servers: &[String]) -> HtmlDocument {
    let accept = |(index, server): (usize, &String)| {
        format!(
            "<li><button name=\"{ANSWER_FIELD}\" value=\"{index}\"><span>Yes, sign in at <b>{}</b></span></button></li>\n",
            escape(server)
        )
    };
    let body = format!(
        r#"<main class="choice question">
<h1>Sign in at another server?</h1>
<p>{question} {names}</p>
<p>If you do not expect this, choose No.</p>
<form method="post">
<ul role="list">
<li><button name="{ANSWER_FIELD}" value="{ANSWER_NO}" class="no" autofocus><span><b>No</b></span></button></li>
{accept}</ul>
</form>
{footer}</main>"#,
        question = html::inline_html(question),
        names = servers.iter().map(|server| format!("<code>{}</code>", escape(server))).collect::<Vec<_>>().join(", "),
        accept = servers.iter().enumerate().map(accept).collect::<String>(),
        footer = html::footer(program),
    );
    let (form_action, has_referrer) = ("'self'".to_owned(), true);
    HtmlDocument { form_action, has_referrer, ..picker_html::document("Sign in at another server?", body) }
}
