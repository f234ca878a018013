//! Page whose button posts the manifest of a new app to the provider, which sends the browser back with a code. As the
//! sign-in page, it works for one browser: the link has a key, and the callback needs the cookie of that browser and the
//! `state` that its form has sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::cookie::{BrowserCookie, random_key};
use super::html::{self, Page};
use super::picker_html::document;
use super::provider_picker::opened_elsewhere;
use super::rejections::{RejectionKind, RejectionLog};
use super::routes;
use crate::error::Result;
use crate::secret::Secret;
use crate::server::html::{HtmlDocument, escape};
use crate::server::{LoopbackHosts, Rejection, Request, RequestHandler, Response, RunningServer, Server, ServerLimits};

const PAGE_PATH: &str = "/register";
const CALLBACK_PATH: &str = "/registered";

/// What the button sends where.
pub struct ManifestForm<'a> {
    /// Name of the program for the user.
    pub program: &'a str,
    /// Name of the provider for the user.
    pub title: &'a str,
    /// Page of the provider, without `state`.
    pub action: &'a str,
    /// The manifest.
    pub manifest: &'a str,
}

/// Bound page that does not respond yet.
pub struct ManifestServer {
    server: Server,
    key: Secret,
    state: Secret,
    cookie: BrowserCookie,
}

impl ManifestServer {
    /// Binds any free port.
    ///
    /// # Errors
    /// See [`Server::bind`].
    pub fn bind() -> Result<Self> {
        let server = Server::bind(LoopbackHosts::Ipv4, None)?;
        let (key, state) = (random_key()?, random_key()?);
        let cookie = BrowserCookie::new("register", server.port())?;
        Ok(Self { server, key, state, cookie })
    }

    /// URL for the manifest: where the browser comes back to.
    pub fn redirect_url(&self) -> String {
        format!("http://127.0.0.1:{}{CALLBACK_PATH}", self.server.port())
    }

    pub fn serve(self, form: &ManifestForm<'_>) -> ManifestPage {
        let Self { server, key, state, cookie } = self;
        let url = Secret::new(format!("http://127.0.0.1:{}{PAGE_PATH}?k={}", server.port(), key.expose()));
        let routes = Arc::new(ManifestRoutes {
            program: form.program.to_owned(),
            page: form_page(form, &state).response(200),
            key,
            state,
            cookie,
            progress: watch::Sender::default(),
            rejections: RejectionLog::default(),
        });
        ManifestPage { url, _server: server.serve(0, Arc::clone(&routes)), routes }
    }
}

/// Running page. On drop the port is free at once.
pub struct ManifestPage {
    url: Secret,
    routes: Arc<ManifestRoutes>,
    _server: RunningServer,
}

impl ManifestPage {
    /// URL to open in the browser; works for one browser.
    pub fn url(&self) -> &Secret {
        &self.url
    }

    /// Requests that the port of this page rejected.
    pub fn rejections(&self) -> RejectionLog {
        self.routes.rejections.clone()
    }

    /// Waits for the code. Dropping the future loses nothing.
    pub async fn code(&self) -> Secret {
        let mut changes = self.routes.progress.subscribe();
        let found = changes.wait_for(|progress| progress.code.is_some()).await;
        found.ok().and_then(|progress| progress.code.clone()).expect("the routes keep the sender")
    }

    /// Shows that the app exists, with a link to the page that installs it, or why it does not.
    pub async fn finish(&self, outcome: Result<&str, Page>) {
        let response = match outcome {
            Ok(install_url) => created_page(&self.routes.program, install_url).response(200),
            Err(page) => html::page_response(200, &page),
        };
        self.routes.progress.send_modify(|progress| progress.reply = Some(response));
        let mut changes = self.routes.progress.subscribe();
        // A closed or slow browser does not delay the terminal.
        let linger: Duration = ServerLimits::default().linger_timeout;
        let _ = tokio::time::timeout(linger, changes.wait_for(|progress| progress.is_sent)).await;
    }
}

impl Drop for ManifestPage {
    fn drop(&mut self) {
        self.routes.progress.send_modify(|progress| progress.is_closed = true);
    }
}

/// State shared by all connections of the page.
struct ManifestRoutes {
    program: String,
    page: Response,
    key: Secret,
    state: Secret,
    cookie: BrowserCookie,
    progress: watch::Sender<ManifestProgress>,
    rejections: RejectionLog,
}

#[derive(Default)]
struct ManifestProgress {
    /// Set once a browser has opened the page.
    is_opened: bool,
    /// First code.
    code: Option<Secret>,
    /// Response to the browser that brought the code.
    reply: Option<Response>,
    /// Set once that browser has the response.
    is_sent: bool,
    is_closed: bool,
}

impl RequestHandler for ManifestRoutes {
    async fn respond(&self, request: &Request) -> Response {
        if routes::is_speculative(request) {
            return routes::prefetch_rejected();
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", PAGE_PATH) => self.show(request),
            ("GET", CALLBACK_PATH) => self.accept(request).await,
            _ => routes::not_found(request, &self.rejections),
        }
    }

    fn on_rejected(&self, rejection: Rejection) {
        self.rejections.record(rejection);
    }

    fn on_sent(&self, request: &Request, status: u16) {
        if request.path == CALLBACK_PATH && status == 200 {
            self.progress.send_modify(|progress| progress.is_sent = true);
        }
    }
}

impl ManifestRoutes {
    fn show(&self, request: &Request) -> Response {
        if !request.query.strip_prefix("k=").is_some_and(|key| self.key.matches(key)) {
            self.rejections.record(RejectionKind::OtherLink);
            return html::page_response(404, &routes::unrecognized());
        }
        let mut response = self.page.clone();
        if self.cookie.is_sent_by(request) {
            return response;
        }
        if !self.progress.send_if_modified(|progress| !std::mem::replace(&mut progress.is_opened, true)) {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(410, &opened_elsewhere(&self.program));
        }
        response.headers.push(self.cookie.header());
        response
    }

    /// Accepts the first code that comes with the `state`, and responds once the app is known.
    async fn accept(&self, request: &Request) -> Response {
        let (mut codes, mut states) = (Vec::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(request.query.as_bytes()) {
            match name.as_ref() {
                "code" => codes.push(Secret::new(value.as_ref())),
                "state" => states.push(value.into_owned()),
                _ => {}
            }
        }
        let ([code], [state]) = (codes.as_slice(), states.as_slice()) else { return self.reject() };
        if !self.state.matches(state) || !self.cookie.is_sent_by(request) {
            return self.reject();
        }
        let mut changes = self.progress.subscribe();
        self.progress.send_modify(|progress| {
            progress.code.get_or_insert_with(|| code.clone());
        });
        let settled = changes.wait_for(|progress| progress.reply.is_some() || progress.is_closed).await;
        let reply = settled.ok().and_then(|progress| progress.reply.clone());
        reply.unwrap_or_else(|| {
            let line = "The terminal no longer waits for it.".to_owned();
            html::page_response(503, &Page::failure("", "This registration has ended", vec![line]))
        })
    }

    fn reject(&self) -> Response {
        self.rejections.record(RejectionKind::OtherBrowser);
        html::page_response(403, &routes::unrecognized())
    }
}

impl fmt::Debug for ManifestPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManifestPage").finish_non_exhaustive()
    }
}

fn form_page(form: &ManifestForm<'_>, state: &Secret) -> HtmlDocument {
    let heading = format!("Create an app at {}", form.title);
    let body = format!(
        r#"<main class="choice">
<h1>{heading}</h1>
<p>The app is yours. {program} signs in with it, and nobody else can use it.</p>
<form method="post" action="{action}?state={state}">
<input type="hidden" name="manifest" value="{manifest}">
<ul role="list">
<li><button autofocus><span>Continue to <b>{title}</b></span></button></li>
</ul>
</form>
{footer}</main>"#,
        heading = escape(&heading),
        program = escape(form.program),
        action = escape(form.action),
        state = escape(state.expose()),
        manifest = escape(form.manifest),
        title = escape(form.title),
        footer = html::footer(form.program),
    );
    // The provider may redirect to its sign-in page, which the policy of a form covers, too.
    HtmlDocument { form_action: "https:".to_owned(), ..document(&heading, body) }
}

fn created_page(program: &str, install_url: &str) -> HtmlDocument {
    let body = format!(
        r#"<main class="success">
<h1>The app is ready</h1>
<p>It reaches the repositories on which you install it.</p>
<p><a class="go" href="{url}" target="_blank" rel="noreferrer">Install it on your repositories</a></p>
<p class="closing">Then return to the terminal.</p>
{footer}</main>"#,
        url = escape(install_url),
        footer = html::footer(program),
    );
    document("The app is ready", body)
}
