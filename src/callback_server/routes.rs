//! Request routing of one sign-in: the callback, `/start`, `/done`, and rejections.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::cookie::BrowserCookie;
use super::html::{self, Page};
use crate::secret::Secret;
use crate::server::html::see_other;
use crate::server::{Request, Response};

/// Maximum number of requests that wait with the same callback. Each reload during a slow token request leaves a
/// request behind, and only the newest still has a browser waiting.
const MAX_WAITING_REQUESTS: u64 = 8;

type Accept = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// State shared by all connections of one sign-in.
pub(super) struct CallbackRoutes {
    callback_path: String,
    start_path: String,
    done_path: String,
    key: Secret,
    authorization_url: Secret,
    accept: Accept,
    /// Cookie that the callback requires, if only the browser that started may finish.
    cookie: Option<BrowserCookie>,
    fetched: watch::Sender<bool>,
    state: Mutex<CallbackState>,
    reply_ready: Condvar,
}

struct CallbackState {
    is_started: bool,
    /// Taken by the first callback.
    callback_sender: Option<mpsc::Sender<Secret>>,
    /// Number of accepted callbacks.
    accepted_count: u64,
    /// Number of accepted callbacks without a response.
    pending_count: u64,
    reply: Option<CallbackReply>,
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
    pub(super) fn new(
        callback_path: String,
        key: Secret,
        authorization_url: Secret,
        accept: Accept,
        cookie: Option<BrowserCookie>,
        callback_sender: mpsc::Sender<Secret>,
        fetched: watch::Sender<bool>,
    ) -> Self {
        let unless_callback = |path: &str| if path == callback_path { format!("/-{path}") } else { path.to_owned() };
        let (start_path, done_path) = (unless_callback("/start"), unless_callback("/done"));
        let state = CallbackState {
            is_started: false,
            callback_sender: Some(callback_sender),
            accepted_count: 0,
            pending_count: 0,
            reply: None,
        };
        let (state, reply_ready) = (Mutex::new(state), Condvar::new());
        Self {
            callback_path,
            start_path,
            done_path,
            key,
            authorization_url,
            accept,
            cookie,
            fetched,
            state,
            reply_ready,
        }
    }

    pub(super) fn start_url(&self, origin: &str) -> Secret {
        Secret::new(format!("{origin}{}?k={}", self.start_path, self.key.expose()))
    }

    /// Sets the reply to callbacks; only the first reply counts.
    pub(super) fn set_reply(&self, reply: CallbackReply) {
        self.lock().reply.get_or_insert(reply);
        self.reply_ready.notify_all();
    }

    pub(super) fn has_reply(&self) -> bool {
        self.lock().reply.is_some()
    }

    /// Responds to a request; an accepted callback waits here until there is a reply.
    pub(super) fn respond(&self, request: &Request) -> Response {
        if is_speculative(request) {
            return prefetch_rejected();
        }
        match request.path.as_str() {
            path if path == self.callback_path => self.callback(request),
            path if path == self.start_path => self.start(&request.query),
            path if path == self.done_path => self.done(),
            _ => not_found(),
        }
    }

    /// Returns true if this sign-in serves `path`.
    pub(super) fn has_path(&self, path: &str) -> bool {
        [&self.callback_path, &self.start_path, &self.done_path].iter().any(|known| *known == path)
    }

    /// Records what the browser has received, so that the listener can close.
    pub(super) fn on_sent(&self, request: &Request, status: u16) {
        let mut state = self.lock();
        let is_fetched = if request.path == self.callback_path && status == 303 {
            state.pending_count = state.pending_count.saturating_sub(1);
            state.pending_count == 0 && matches!(state.reply, Some(CallbackReply::Redirect(_)))
        } else {
            request.path == self.done_path && status == 200
        };
        if is_fetched {
            self.fetched.send_replace(true);
        }
    }

    fn callback(&self, request: &Request) -> Response {
        if !(self.accept)(&request.query) {
            return html::page_response(400, &unrecognized());
        }
        if self.cookie.as_ref().is_some_and(|cookie| !cookie.is_sent_by(request)) {
            return html::page_response(403, &other_browser());
        }
        let mut state = self.lock();
        state.accepted_count += 1;
        state.pending_count += 1;
        let number = state.accepted_count;
        if let Some(sender) = state.callback_sender.take() {
            // If the receiver is gone, the reply is already set.
            let _ = sender.try_send(Secret::new(request.query.as_str()));
        }
        self.reply_ready.notify_all();
        let must_wait =
            |state: &mut CallbackState| state.reply.is_none() && state.accepted_count - number < MAX_WAITING_REQUESTS;
        let mut state = self.reply_ready.wait_while(state, must_wait).unwrap_or_else(PoisonError::into_inner);
        match &state.reply {
            Some(CallbackReply::Redirect(target)) => see_other(target),
            Some(CallbackReply::Page(_)) => see_other(&self.done_path),
            Some(CallbackReply::Closed) => html::page_response(503, &signin_ended()),
            None => {
                state.pending_count -= 1;
                Response::plain(503, "A newer request replaced this one.")
            }
        }
    }

    fn start(&self, query: &str) -> Response {
        if !query.strip_prefix("k=").is_some_and(|key| self.key.matches(key)) {
            return html::page_response(404, &unrecognized());
        }
        match std::mem::replace(&mut self.lock().is_started, true) {
            false => {
                let mut response = see_other(self.authorization_url.expose());
                response.headers.extend(self.cookie.as_ref().map(BrowserCookie::header));
                response
            }
            true => html::page_response(410, &already_used()),
        }
    }

    fn done(&self) -> Response {
        match &self.lock().reply {
            Some(CallbackReply::Page(page)) => html::page_response(200, page),
            _ => html::page_response(404, &Page::notice("Not signed in yet", "The sign-in is still in progress.")),
        }
    }

    /// A poisoned lock is safe to use: no code that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, CallbackState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

pub(super) fn not_found() -> Response {
    html::page_response(404, &Page::notice("Page not found", "A sign-in is in progress in the terminal."))
}

pub(super) fn unrecognized() -> Page {
    Page::notice("This page belongs to another sign-in", "It may be left over from an earlier attempt.")
}

fn other_browser() -> Page {
    Page::notice("This sign-in started in another browser", "Finish it there.")
}

fn already_used() -> Page {
    Page::notice("This link was already used", "It opens the sign-in page only once.")
}

pub(super) fn signin_ended() -> Page {
    Page::failure("", "This sign-in has ended", vec!["The terminal no longer waits for it.".to_owned()])
}
