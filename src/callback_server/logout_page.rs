//! Page with the button that signs out at the provider (OpenID Connect RP-Initiated Logout 1.0 2): a form keeps the ID
//! token out of URLs, and with that out of argument lists and histories.

use std::sync::Arc;

use tokio::sync::watch;

use super::html::{Page, inline_html, page_response};
use super::page_keys::PageKeys;
use super::picker_html::document;
use super::rejections::RejectionLog;
use super::routes::{is_speculative, not_found, prefetch_rejected, rejected_link};
use crate::error::Result;
use crate::secret::Secret;
use crate::server::html::{HtmlDocument, escape};
use crate::server::{LoopbackHosts, Rejection, Request, RequestHandler, Response, RunningServer, Server};

const PATH: &str = "/signout";

/// Request that the button sends.
pub struct LogoutForm {
    /// Name of the provider for the user.
    pub title: String,
    /// Logout endpoint of the provider.
    pub endpoint: String,
    /// Parameters, the ID token among them.
    pub params: Vec<(&'static str, Secret)>,
}

/// Server of the page, until dropped.
pub struct LogoutPage {
    launch_url: Secret,
    printed_url: Secret,
    routes: Arc<LogoutRoutes>,
    _server: RunningServer,
}

struct LogoutRoutes {
    keys: PageKeys,
    page: Response,
    rejections: RejectionLog,
    state: watch::Sender<PageState>,
}

#[derive(Default)]
struct PageState {
    is_requested: bool,
    is_sent: bool,
    /// Set once a second browser has been turned away.
    is_repeated: bool,
}

impl LogoutPage {
    /// Serves the page on a free port.
    pub fn serve(form: &LogoutForm) -> Result<Self> {
        let server = Server::bind(LoopbackHosts::Ipv4, None)?;
        let keys = PageKeys::draw()?;
        let url = format!("http://127.0.0.1:{}{PATH}", server.port());
        let (launch_url, printed_url) = (keys.launch_url(&url), keys.printed_url(&url));
        let (page, state) = (form_page(form).response(200), watch::Sender::default());
        let routes = Arc::new(LogoutRoutes { keys, page, rejections: RejectionLog::default(), state });
        Ok(Self { launch_url, printed_url, _server: server.serve(0, Arc::clone(&routes)), routes })
    }

    /// URL to open in the browser. This one and the printed one work for one `GET`.
    pub fn launch_url(&self) -> &Secret {
        &self.launch_url
    }

    /// URL to print.
    pub fn printed_url(&self) -> &Secret {
        &self.printed_url
    }

    /// Waits until a browser has the page, which needs this program no longer.
    pub async fn opened(&self) {
        let _ = self.routes.state.subscribe().wait_for(|state| state.is_sent).await;
    }

    /// Waits until a second browser asks for the page: one of the two is not the user's.
    pub async fn opened_again(&self) {
        let _ = self.routes.state.subscribe().wait_for(|state| state.is_repeated).await;
    }
}

impl RequestHandler for LogoutRoutes {
    async fn respond(&self, request: &Request) -> Response {
        if is_speculative(request) {
            return prefetch_rejected();
        }
        if request.path != PATH {
            return not_found(request, &self.rejections);
        }
        if let Err(kind) = self.keys.link(request) {
            return rejected_link(kind, &self.rejections);
        }
        if self.state.send_if_modified(|state| !std::mem::replace(&mut state.is_requested, true)) {
            return self.page.clone();
        }
        let line = "It shows the button only once, in the browser that the terminal opened.";
        page_response(410, &Page::failure("", "This link was already used", vec![line.to_owned()]))
    }

    fn on_rejected(&self, rejection: Rejection) {
        self.rejections.record(rejection);
    }

    fn on_sent(&self, request: &Request, status: u16) {
        match (request.path.as_str(), status) {
            (PATH, 200) => self.state.send_modify(|state| state.is_sent = true),
            (PATH, 410) => self.state.send_modify(|state| state.is_repeated = true),
            _ => {}
        }
    }
}

fn form_page(form: &LogoutForm) -> HtmlDocument {
    let title = format!("Sign out of {}", form.title);
    let hidden = |(name, value): &(&str, Secret)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value.expose()))
    };
    let body = format!(
        r#"<main class="choice signout">
<h1>{heading}</h1>
<p>{line}</p>
<form method="post" action="{action}">
{hidden}<ul role="list">
<li><button autofocus><span>{heading}</span></button></li>
</ul>
</form>
</main>"#,
        heading = inline_html(&title),
        line = "The provider ends your session in this browser.",
        action = escape(&form.endpoint),
        hidden = form.params.iter().map(hidden).collect::<String>(),
    );
    // The provider may redirect to another of its hosts, which the policy of a form covers, too.
    let schemes = if form.endpoint.starts_with("https:") { "https:" } else { "http: https:" };
    HtmlDocument { form_action: schemes.to_owned(), ..document(&title, body) }
}
