//! Sign-in page: the user chooses a provider in the browser.
//!
//! Every user of the machine can read the page's URL in the argument list of the browser. Another user who opened it
//! first could sign *their* account into *this* user's credential store. So the page works for one browser: the first
//! browser gets a cookie that the form and the callback require. The form is accepted from this page only. If another
//! user is faster than the user's own browser, that browser shows a warning, and the terminal names the account.
//!
//! The page is served on 127.0.0.1 and ::1, so that every redirect URI without a fixed port can share the port; a
//! provider with a fixed port gets a listener of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::callback::{CallbackBinding, CallbackServer};
use super::cookie::BrowserCookie;
use super::html::{self, Page};
use super::page_keys::PageKeys;
use super::picker_html::{self, ProviderButton, UserCodePage};
use super::redirect_uri::RedirectUri;
use super::rejections::{RejectionKind, RejectionLog};
use super::routes::{self, SharedRoutes};
use crate::error::Result;
use crate::secret::Secret;
use crate::server::{LoopbackHosts, Rejection, Request, RequestHandler, Response, RunningServer, Server, ServerLimits};

/// Path of the page and of its form.
const PICKER_PATH: &str = "/signin";

/// Maximum length of the form in bytes; it holds one provider name, which may be a URL.
const POST_LIMIT: usize = 4096;

/// Bound sign-in page that does not respond yet; clients that connect wait.
#[derive(Debug)]
pub struct PickerBuilder {
    server: Server,
    keys: PageKeys,
    cookie: BrowserCookie,
    linger_timeout: Duration,
}

impl PickerBuilder {
    /// Binds `port`, or any free one.
    ///
    /// # Errors
    /// See [`Server::bind`].
    pub fn bind(port: Option<u16>) -> Result<Self> {
        let server = Server::bind(LoopbackHosts::Localhost, port)?;
        let (keys, cookie) = (PageKeys::draw()?, BrowserCookie::new("choice", server.port())?);
        Ok(Self { server, keys, cookie, linger_timeout: ServerLimits::default().linger_timeout })
    }

    /// Starts to serve a page with these buttons. `program` is the name of the program shown to the user.
    pub fn serve(self, program: &str, buttons: Vec<ProviderButton>) -> ProviderPicker {
        let Self { server, keys, cookie, linger_timeout } = self;
        let url = format!("http://127.0.0.1:{}{PICKER_PATH}", server.port());
        let (launch_url, printed_url) = (keys.launch_url(&url), keys.printed_url(&url));
        let action = keys.printed_url(PICKER_PATH);
        let page = picker_html::picker_page(program, action.expose(), &buttons).response(200);
        let callback_routes = Arc::new(SharedRoutes::default());
        let picker = Arc::new(PickerState {
            program: program.to_owned(),
            buttons,
            page,
            keys,
            cookie,
            choice: watch::Sender::default(),
            callback_routes,
        });
        let server = server.serve(POST_LIMIT, Arc::clone(&picker));
        ProviderPicker { launch_url, printed_url, picker, server: Arc::new(server), linger_timeout }
    }
}

/// Running sign-in page. On drop the port is free at once.
#[derive(Debug)]
pub struct ProviderPicker {
    launch_url: Secret,
    printed_url: Secret,
    picker: Arc<PickerState>,
    server: Arc<RunningServer>,
    linger_timeout: Duration,
}

impl ProviderPicker {
    /// URL to open in the browser: `http://127.0.0.1:PORT/signin?k=…`. This one and the printed one work for one browser.
    pub fn launch_url(&self) -> &Secret {
        &self.launch_url
    }

    /// URL to print.
    pub fn printed_url(&self) -> &Secret {
        &self.printed_url
    }

    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Requests that the port of this page rejected.
    pub fn rejections(&self) -> RejectionLog {
        self.picker.callback_routes.rejections.clone()
    }

    /// Waits for a choice and returns the index of the button. A second call waits for another button, or for the same
    /// one after the browser got its response. Dropping the future loses nothing.
    pub async fn next_choice(&self) -> usize {
        loop {
            self.wait_for_choice().await;
            let mut pending = None;
            self.picker.choice.send_modify(|choice| pending = choice.pending.take());
            if let Some(index) = pending {
                return index;
            }
        }
    }

    /// Waits until [`ProviderPicker::next_choice`] can return.
    pub async fn wait_for_choice(&self) {
        let _ = self.picker.choice.subscribe().wait_for(|choice| choice.pending.is_some()).await;
    }

    /// Binds a callback server for the chosen provider; only the browser that chose can finish the sign-in.
    ///
    /// # Errors
    /// See [`CallbackServer::bind`].
    pub fn bind_callback(&self, redirect_uri: &RedirectUri) -> Result<CallbackServer> {
        let binding = match redirect_uri.port() {
            Some(port) if port != self.port() || redirect_uri.certificate().is_some() => {
                CallbackBinding::Dedicated(redirect_uri.bind()?)
            }
            _ => CallbackBinding::Shared(Arc::clone(&self.picker.callback_routes), Arc::clone(&self.server)),
        };
        let cookie = BrowserCookie::new("signin", binding.port())?.with_secure(redirect_uri.certificate().is_some());
        CallbackServer::with_binding(binding, redirect_uri, Some(cookie))
    }

    /// Redirects the browser to `url` of the provider `title`, with its logo if there is one.
    pub fn redirect_to(&self, title: &str, logo: Option<&str>, url: &Secret) {
        let page = picker_html::redirect_page(&self.picker.program, title, logo, url.expose());
        self.picker.set_response(page.response(200));
    }

    /// Shows a user code in the browser.
    pub fn show_user_code(&self, code: &UserCodePage<'_>) {
        self.picker.set_response(picker_html::user_code_page(&self.picker.program, code).response(200));
    }

    /// Shows the outcome if the browser that chose still waits.
    pub fn show_page(&self, page: &Page) {
        self.picker.set_response(html::page_response(200, page));
    }

    /// Waits at most a second until the browser has loaded its response, then frees the port.
    pub async fn close(self) {
        let mut changes = self.picker.choice.subscribe();
        // A closed or slow browser does not delay the terminal.
        let _ = tokio::time::timeout(self.linger_timeout, changes.wait_for(|choice| !choice.is_loading)).await;
    }
}

impl Drop for ProviderPicker {
    fn drop(&mut self) {
        self.picker.choice.send_modify(|choice| choice.is_closed = true);
    }
}

/// State shared by all connections of one page.
struct PickerState {
    program: String,
    buttons: Vec<ProviderButton>,
    page: Response,
    keys: PageKeys,
    cookie: BrowserCookie,
    choice: watch::Sender<PickerChoice>,
    callback_routes: Arc<SharedRoutes>,
}

#[derive(Default)]
struct PickerChoice {
    /// Set once a browser has opened the page.
    is_opened: bool,
    /// Latest choice, and the number of choices so far.
    selected: Option<usize>,
    selection_count: u64,
    /// Choice that `next_choice` has not returned yet.
    pending: Option<usize>,
    /// Response to the browser that made the latest choice.
    response: Option<Response>,
    /// Set while a browser waits for its response or loads it.
    is_loading: bool,
    is_closed: bool,
}

impl RequestHandler for PickerState {
    async fn respond(&self, request: &Request) -> Response {
        if routes::is_speculative(request) {
            return routes::prefetch_rejected();
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", PICKER_PATH) => self.submit(request).await,
            ("POST", _) => {
                self.callback_routes.rejections.record(RejectionKind::Form);
                Response::plain(405, "Method not allowed.")
            }
            (_, path) => match (self.callback_routes.serving(path), path) {
                (Some(routes), _) => routes.respond(request).await,
                (None, PICKER_PATH) => self.show_picker(request),
                (None, _) => routes::not_found(request, &self.callback_routes.rejections),
            },
        }
    }

    fn on_rejected(&self, rejection: Rejection) {
        self.callback_routes.rejections.record(rejection);
    }

    fn on_sent(&self, request: &Request, status: u16) {
        if request.method == "POST" && status == 200 {
            self.choice.send_modify(|choice| choice.is_loading = false);
        } else if let Some(routes) = self.callback_routes.serving(&request.path) {
            routes.on_sent(request, status);
        }
    }
}

impl PickerState {
    /// Serves the page to the first browser only.
    fn show_picker(&self, request: &Request) -> Response {
        if let Err(kind) = self.keys.link(request) {
            return routes::rejected_link(kind, &self.callback_routes.rejections);
        }
        let mut response = self.page.clone();
        if self.cookie.is_sent_by(request) {
            return response;
        }
        if !self.choice.send_if_modified(|choice| !std::mem::replace(&mut choice.is_opened, true)) {
            self.callback_routes.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(410, &opened_elsewhere(&self.program));
        }
        response.headers.push(self.cookie.header());
        response
    }

    /// Accepts the form; responds once the next step is known.
    async fn submit(&self, request: &Request) -> Response {
        if self.keys.link(request).is_err() {
            return html::page_response(404, &routes::unrecognized());
        }
        if !self.cookie.is_sent_by(request) || !is_same_origin(request) {
            self.callback_routes.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(403, &routes::unrecognized());
        }
        let Some(index) = self.selected_button(request) else {
            return html::page_response(400, &no_choice());
        };
        let (mut changes, mut number) = (self.choice.subscribe(), 0);
        self.choice.send_modify(|choice| {
            // A double click is one choice; the browser shows the response to the second request.
            if choice.selected != Some(index) || choice.response.is_some() {
                choice.selected = Some(index);
                choice.selection_count += 1;
                choice.pending = Some(index);
                choice.response = None;
                choice.is_loading = true;
            }
            number = choice.selection_count;
        });
        let is_settled =
            |choice: &PickerChoice| choice.response.is_some() || choice.selection_count != number || choice.is_closed;
        let _ = changes.wait_for(is_settled).await;
        let choice = self.choice.borrow();
        match &choice.response {
            Some(response) if choice.selection_count == number => response.clone(),
            None if choice.is_closed => {
                html::page_response(503, &routes::signin_ended(&restart_command(&self.program)))
            }
            _ => Response::plain(503, "A newer choice replaced this one."),
        }
    }

    /// Returns the selected button; `None` if the button does not exist or is unavailable.
    fn selected_button(&self, request: &Request) -> Option<usize> {
        let kind = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let mut pairs = url::form_urlencoded::parse(&request.body);
        let (Some((field, name)), None) = (pairs.next(), pairs.next()) else { return None };
        let is_selected = |button: &ProviderButton| button.name == name && button.unavailable_reason.is_none();
        self.buttons.iter().position(is_selected).filter(|_| field == picker_html::FIELD_NAME)
    }

    /// Sets the response to the latest choice; only the first response counts.
    fn set_response(&self, response: Response) {
        self.choice.send_modify(|choice| {
            if choice.selected.is_some() && choice.pending.is_none() {
                choice.response.get_or_insert(response);
            }
        });
    }
}

impl fmt::Debug for PickerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PickerState").field("buttons", &self.buttons).finish_non_exhaustive()
    }
}

/// Returns true if the form was sent by this page: browsers send the origin (RFC 6454 7), and the server has checked
/// `Host`.
pub(super) fn is_same_origin(request: &Request) -> bool {
    let own_origin = request.header("host").map(|host| format!("http://{host}")).unwrap_or_default();
    let origin = request.header("origin").is_some_and(|origin| origin.eq_ignore_ascii_case(&own_origin));
    origin && request.header("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

pub(super) fn opened_elsewhere(program: &str) -> Page {
    let line =
        "It works in the first browser only. If you did not open it there, another user of this machine may have.";
    routes::in_this_browser(Page::notice("This page is open in another browser", line), &restart_command(program))
}

fn restart_command(program: &str) -> String {
    format!("{program} signin --no-open")
}

fn no_choice() -> Page {
    Page::notice("No provider selected", "Go back to the previous page and press one of its buttons.")
}
