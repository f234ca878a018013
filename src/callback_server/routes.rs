//! Request routing of one sign-in: the callback, `/start`, `/done`, and rejections.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::cookie::BrowserCookie;
use super::html::{self, Page};
use super::page_keys::{PageKeys, PageLink};
use super::rejections::{RejectionKind, RejectionLog};
use crate::secret::Secret;
use crate::server::html::see_other;
use crate::server::{Rejection, Request, RequestHandler, Response};

/// Maximum number of requests that wait with the same callback. Each reload during a slow token request leaves a
/// request behind, and only the newest still has a browser waiting.
const MAX_WAITING_REQUESTS: u64 = 8;

type Accept = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// State shared by all connections of one sign-in.
pub(super) struct CallbackRoutes {
    callback_path: String,
    start_path: String,
    done_path: String,
    /// Keys of `/start`.
    keys: PageKeys,
    authorization_url: Secret,
    accept: Accept,
    /// Cookie that the callback requires, if only the browser that started may finish.
    cookie: Option<BrowserCookie>,
    /// Command that starts the sign-in in another browser, for pages.
    restart_command: String,
    rejections: RejectionLog,
    state: watch::Sender<CallbackState>,
}

#[derive(Default)]
struct CallbackState {
    /// Set once the URL of the browser that this program started was opened.
    is_launched: bool,
    /// Set once a browser of the user came here.
    is_visited: bool,
    /// Query of the first callback, until it is taken.
    callback: Option<Secret>,
    /// Number of accepted callbacks.
    accepted_count: u64,
    /// Number of accepted callbacks without a response.
    pending_count: u64,
    reply: Option<CallbackReply>,
    /// Set once the browser has the outcome, so that the listener can close.
    is_loaded: bool,
}

/// Reply to accepted callbacks.
#[derive(Debug)]
pub(super) enum CallbackReply {
    /// Redirect to this URL.
    Redirect(String),
    /// Redirect to `/done`, which shows this page.
    Page(Page),
    /// The program no longer waits for the callback.
    Closed,
}

impl CallbackRoutes {
    pub(super) fn new(callback_path: String, keys: PageKeys, authorization_url: Secret, accept: Accept) -> Self {
        let unless_callback = |path: &str| if path == callback_path { format!("/-{path}") } else { path.to_owned() };
        let (start_path, done_path) = (unless_callback("/start"), unless_callback("/done"));
        let state = watch::Sender::default();
        let (cookie, restart_command, rejections) = (None, String::new(), RejectionLog::default());
        Self {
            callback_path,
            start_path,
            done_path,
            keys,
            authorization_url,
            accept,
            cookie,
            restart_command,
            rejections,
            state,
        }
    }

    /// Requires a cookie of the browser that started.
    pub(super) fn with_cookie(self, cookie: Option<BrowserCookie>) -> Self {
        Self { cookie, ..self }
    }

    /// Names the command on pages in a wrong browser.
    pub(super) fn with_restart_command(self, restart_command: String) -> Self {
        Self { restart_command, ..self }
    }

    pub(super) fn with_rejections(self, rejections: RejectionLog) -> Self {
        Self { rejections, ..self }
    }

    /// URL that works once.
    pub(super) fn launch_url(&self, origin: &str) -> Secret {
        self.keys.launch_url(&format!("{origin}{}", self.start_path))
    }

    /// URL that works until the sign-in ends.
    pub(super) fn printed_url(&self, origin: &str) -> Secret {
        self.keys.printed_url(&format!("{origin}{}", self.start_path))
    }

    /// Sets the reply to callbacks; only the first reply counts.
    pub(super) fn set_reply(&self, reply: CallbackReply) {
        self.state.send_modify(|state| _ = state.reply.get_or_insert(reply));
    }

    pub(super) fn has_reply(&self) -> bool {
        self.state.borrow().reply.is_some()
    }

    /// Waits for the query of the first callback; the next call waits forever. Dropping the future loses nothing.
    pub(super) async fn next_callback(&self) -> Secret {
        let mut changes = self.state.subscribe();
        loop {
            let mut callback = None;
            self.state.send_if_modified(|state| {
                callback = state.callback.take();
                false
            });
            match callback {
                Some(callback) => return callback,
                None => _ = changes.changed().await,
            }
        }
    }

    /// Waits until a browser opens a start URL or returns from the provider.
    pub(super) async fn visited(&self) {
        let _ = self.state.subscribe().wait_for(|state| state.is_visited).await;
    }

    pub(super) async fn outcome_loaded(&self) {
        let _ = self.state.subscribe().wait_for(|state| state.is_loaded).await;
    }

    /// Returns true if this sign-in serves `path`.
    pub(super) fn has_path(&self, path: &str) -> bool {
        [&self.callback_path, &self.start_path, &self.done_path].iter().any(|known| *known == path)
    }

    async fn callback(&self, request: &Request) -> Response {
        if !(self.accept)(&request.query) {
            self.rejections.record(RejectionKind::from_query(&request.query));
            return html::page_response(400, &unrecognized());
        }
        if self.cookie.as_ref().is_some_and(|cookie| !cookie.is_sent_by(request)) {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(403, &other_browser(&self.restart_command));
        }
        let mut changes = self.state.subscribe();
        let mut number = 0;
        self.state.send_modify(|state| {
            if state.accepted_count == 0 {
                state.callback = Some(Secret::new(request.query.as_str()));
            }
            state.is_visited = true;
            state.accepted_count += 1;
            state.pending_count += 1;
            number = state.accepted_count;
        });
        let is_settled =
            |state: &CallbackState| state.reply.is_some() || state.accepted_count - number >= MAX_WAITING_REQUESTS;
        let _ = changes.wait_for(is_settled).await;
        match &self.state.borrow().reply {
            Some(CallbackReply::Redirect(target)) => return see_other(target),
            Some(CallbackReply::Page(_)) => return see_other(&self.done_path),
            Some(CallbackReply::Closed) => return html::page_response(503, &signin_ended(&self.restart_command)),
            None => {}
        }
        self.state.send_modify(|state| state.pending_count -= 1);
        Response::plain(503, "A newer request replaced this one.")
    }

    fn start(&self, request: &Request) -> Response {
        let is_launched = match self.keys.link(request) {
            Ok(link) => link == PageLink::Launched,
            Err(kind) => return rejected_link(kind, &self.rejections),
        };
        let is_first =
            self.state.send_if_modified(|state| is_launched && !std::mem::replace(&mut state.is_launched, true));
        if is_launched && !is_first {
            self.rejections.record(RejectionKind::OtherBrowser);
            return html::page_response(410, &already_used(&self.restart_command));
        }
        self.state.send_modify(|state| state.is_visited = true);
        let mut response = see_other(self.authorization_url.expose());
        response.headers.extend(self.cookie.as_ref().map(BrowserCookie::header));
        response
    }

    fn done(&self) -> Response {
        match &self.state.borrow().reply {
            Some(CallbackReply::Page(page)) => html::page_response(200, page),
            _ => html::page_response(404, &Page::notice("Not signed in yet", "The sign-in is still in progress.")),
        }
    }
}

impl RequestHandler for CallbackRoutes {
    /// Responds to a request; an accepted callback waits here until there is a reply.
    async fn respond(&self, request: &Request) -> Response {
        if is_speculative(request) {
            return prefetch_rejected();
        }
        match request.path.as_str() {
            path if path == self.callback_path => self.callback(request).await,
            path if path == self.start_path => self.start(request),
            path if path == self.done_path => self.done(),
            _ => not_found(request, &self.rejections),
        }
    }

    fn on_rejected(&self, rejection: Rejection) {
        self.rejections.record(rejection);
    }

    /// Records what the browser has received, so that the listener can close.
    fn on_sent(&self, request: &Request, status: u16) {
        let is_callback = request.path == self.callback_path && status == 303;
        let is_done = request.path == self.done_path && status == 200;
        self.state.send_if_modified(|state| {
            state.pending_count = state.pending_count.saturating_sub(is_callback.into());
            let is_redirected = state.pending_count == 0 && matches!(state.reply, Some(CallbackReply::Redirect(_)));
            state.is_loaded |= is_done || (is_callback && is_redirected);
            state.is_loaded
        });
    }
}

/// Routes of the sign-in that shares the port of the sign-in page.
#[derive(Debug, Default)]
pub(super) struct SharedRoutes {
    routes: Mutex<Option<Arc<CallbackRoutes>>>,
    /// Rejected requests of the port.
    pub(super) rejections: RejectionLog,
}

impl SharedRoutes {
    /// Serves a sign-in; replaces the one before.
    pub(super) fn set(&self, routes: &Arc<CallbackRoutes>) {
        *self.routes.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(routes));
    }

    /// Returns the routes of the sign-in, if it serves `path`.
    pub(super) fn serving(&self, path: &str) -> Option<Arc<CallbackRoutes>> {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.clone().filter(|routes| routes.has_path(path))
    }
}

impl fmt::Debug for CallbackRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRoutes").field("callback_path", &self.callback_path).finish_non_exhaustive()
    }
}

/// Returns true for a prefetch. A prefetch must use up neither the key of `/start` nor the code; after the rejection,
/// the browser requests the URL again when the user really opens it.
pub(super) fn is_speculative(request: &Request) -> bool {
    let has_word = |name: &str, word: &str| {
        request
            .header(name)
            .is_some_and(|value| value.to_ascii_lowercase().split([';', ',', ' ']).any(|part| part == word))
    };
    has_word("sec-purpose", "prefetch")
        || has_word("purpose", "prefetch")
        || has_word("x-purpose", "preview")
        || has_word("x-moz", "prefetch")
}

pub(super) fn prefetch_rejected() -> Response {
    Response::plain(503, "This URL cannot be prefetched.")
}

pub(super) fn not_found(request: &Request, rejections: &RejectionLog) -> Response {
    RejectionKind::from_unknown_path(request).into_iter().for_each(|kind| rejections.record(kind));
    html::page_response(404, &Page::notice("Page not found", "A sign-in is in progress in the terminal."))
}

/// Response to a request whose link is not this page's, or not its user's.
pub(super) fn rejected_link(kind: RejectionKind, rejections: &RejectionLog) -> Response {
    rejections.record(kind);
    html::page_response(404, &unrecognized())
}

pub(super) fn unrecognized() -> Page {
    Page::notice("This page belongs to another sign-in", "It may be left over from an earlier attempt.")
}

fn other_browser(restart_command: &str) -> Page {
    let page = Page::notice("You started this sign-in in another browser", "Finish it there.");
    in_this_browser(page, restart_command)
}

fn already_used(restart_command: &str) -> Page {
    let line = "It opens the sign-in page only once, in the browser that the terminal opened.";
    in_this_browser(Page::notice("This link was already used", line), restart_command)
}

/// Adds the way to a sign-in in this browser.
pub(super) fn in_this_browser(page: Page, restart_command: &str) -> Page {
    page.with_command(
        "To sign in with this browser, press Ctrl-C in the terminal, run this command and open the URL that it shows:",
        restart_command,
    )
}

pub(super) fn signin_ended(restart_command: &str) -> Page {
    Page::failure("", "This sign-in has ended", vec!["The terminal no longer waits for it.".to_owned()])
        .with_command("To sign in, run this command in the terminal:", restart_command)
}
