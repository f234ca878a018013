//! Page whose button posts the manifest of a new app to the provider, which sends the browser back with a code. As the
//! sign-in page, it works for one browser: the link has a key, and the callback needs the cookie of that browser and the
//! `state` that its form has sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::cookie::{BrowserCookie, random_key};
use super::html::{self, Page};
use super::page_keys::{PageKeys, PageLink};
use super::picker_html::document;
use super::rejections::{RejectionKind, RejectionLog};
use super::routes;
use crate::error::Result;
use crate::secret::Secret;
use crate::server::html::{HtmlDocument, escape};
use crate::server::{
    LoopbackHosts, PeerUser, Rejection, Request, RequestHandler, Response, RunningServer, Server, ServerLimits,
};

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
    keys: PageKeys,
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
        let (keys, state) = (PageKeys::draw()?, random_key()?);
        let cookie = BrowserCookie::new("register", server.port())?;
        Ok(Self { server, keys, state, cookie })
    }

    /// URL for the manifest: where the browser comes back to.
    pub fn redirect_url(&self) -> String {
        format!("http://127.0.0.1:{}{CALLBACK_PATH}", self.server.port())
    }

    pub fn serve(self, form: &ManifestForm<'_>) -> ManifestPage {
        let Self { server, keys, state, cookie } = self;
        let url = format!("http://127.0.0.1:{}{PAGE_PATH}", server.port());
        let (launch_url, printed_url) = (keys.launch_url(&url), keys.printed_url(&url));
        let routes = Arc::new(ManifestRoutes {
            program: form.program.to_owned(),
            page: form_page(form, &state).response(200),
            keys,
            state,
            cookie,
            progress: watch::Sender::default(),
            rejections: RejectionLog::default(),
        });
        ManifestPage { launch_url, printed_url, _server: server.serve(0, Arc::clone(&routes)), routes }
    }
}

/// Running page. On drop the port is free at once.
pub struct ManifestPage {
    launch_url: Secret,
    printed_url: Secret,
    routes: Arc<ManifestRoutes>,
    _server: RunningServer,
}

impl ManifestPage {
    /// URL to open in the browser; works for one browser.
    pub fn launch_url(&self) -> &Secret {
        &self.launch_url
    }

    /// URL to print; works until the registration ends.
    pub fn printed_url(&self) -> &Secret {
        &self.printed_url
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

    /// Waits until two browsers have opened the link that other users can read, and the system does not tell whose the
    /// first one was: an app of another user would reach what this user installs it on.
    pub async fn contested(&self) {
        let _ = self.routes.progress.subscribe().wait_for(|progress| progress.is_contested).await;
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
    keys: PageKeys,
    state: Secret,
    cookie: BrowserCookie,
    progress: watch::Sender<ManifestProgress>,
    rejections: RejectionLog,
}

#[derive(Default)]
struct ManifestProgress {
    /// User who opened the link that a browser was started with.
    launched_by: Option<PeerUser>,
    /// Set once a second browser opens that link.
    is_contested: bool,
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
        let link = match self.keys.link(request) {
            Ok(link) => link,
            Err(kind) => return routes::rejected_link(kind, &self.rejections),
        };
        let mut response = self.page.clone();
        if self.cookie.is_sent_by(request) {
            return response;
        }
        if link == PageLink::Launched && !self.launch(request.peer.user()) {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(410, &opened_elsewhere());
        }
        response.headers.push(self.cookie.header());
        response
    }

    /// Returns true if the browser is the first one with the link that a browser was started with.
    fn launch(&self, user: PeerUser) -> bool {
        let mut is_first = false;
        self.progress.send_modify(|progress| match progress.launched_by {
            None => (is_first, progress.launched_by) = (true, Some(user)),
            Some(first) => progress.is_contested |= first != PeerUser::Own,
        });
        is_first
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

fn opened_elsewhere() -> Page {
    let line = "It works in the first browser only. If you did not open it there, another user of this machine may have. \
                To use this browser, open the URL that the terminal shows.";
    Page::notice("This page is open in another browser", line)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Peer;

    fn page() -> ManifestPage {
        let form = ManifestForm {
            program: "acme",
            title: "Forge",
            action: "https://forge.example/settings/apps/new",
            manifest: "{\"name\":\"<a>\"}",
        };
        ManifestServer::bind().expect("a free port").serve(&form)
    }

    fn get(url: &str, cookie: &str) -> Request {
        let url = url::Url::parse(url).expect("a URL");
        Request {
            method: "GET".to_owned(),
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            headers: vec![("cookie".to_owned(), cookie.to_owned())],
            body: Vec::new(),
            peer: Peer::default(),
        }
    }

    #[test]
    fn launched_link_works_once_and_a_second_time_is_told() {
        let page = page();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let open = |url: &Secret, cookie: &str| runtime.block_on(page.routes.respond(&get(url.expose(), cookie)));
        let first = open(page.launch_url(), "");
        let (_, cookie) = first.headers.iter().find(|(name, _)| name == "Set-Cookie").expect("a cookie");
        let cookie = cookie.split(';').next().expect("a value");
        // A reload is no second browser.
        assert_eq!(open(page.launch_url(), cookie).status, 200);
        assert!(!page.routes.progress.borrow().is_contested);
        assert_eq!(open(page.launch_url(), "").status, 410);
        runtime.block_on(page.contested());
        for _ in 0..2 {
            assert_eq!(open(page.printed_url(), "").status, 200);
        }
    }

    #[test]
    fn second_browser_of_the_same_user_is_no_contest() {
        let page = page();
        assert!(page.routes.launch(PeerUser::Own));
        assert!(!page.routes.launch(PeerUser::Own));
        assert!(!page.routes.progress.borrow().is_contested);
    }

    #[test]
    fn form_escapes_the_manifest() {
        let body = String::from_utf8(page().routes.page.body.clone()).expect("text");
        assert!(body.contains("value=\"{&quot;name&quot;:&quot;&lt;a&gt;&quot;}\""), "{body}");
    }
}
