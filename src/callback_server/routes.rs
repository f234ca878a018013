//! Who gets what: the callback, the two pages of our own, and everybody else.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};

use super::cookie::BrowserCookie;
use super::html::{self, Page};
use crate::secret::Secret;
use crate::server::{Request, Response};

/// How many requests may wait with the same callback: a person who reloads while the exchange takes long leaves one
/// behind each time, and only the newest still has a browser at its other end.
const MAX_WAITING_REQUESTS: u64 = 8;

type Accept = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// What all connections of one sign-in share.
pub(super) struct CallbackRoutes {
    callback_path: String,
    start_path: String,
    done_path: String,
    key: Secret,
    authorization_url: Secret,
    accept: Accept,
    /// Where only the browser that began may finish: what it is told apart by.
    cookie: Option<BrowserCookie>,
    fetched: watch::Sender<bool>,
    state: Mutex<CallbackState>,
    reply_ready: Condvar,
}

struct CallbackState {
    is_started: bool,
    /// Taken by the first callback.
    callback_sender: Option<mpsc::Sender<Secret>>,
    /// Accepted callbacks so far.
    accepted_count: u64,
    /// Accepted callbacks that have not been sent their answer.
    pending_count: u64,
    reply: Option<CallbackReply>,
}

/// What accepted callbacks are told.
#[derive(Debug)]
pub(super) enum CallbackReply {
    /// To go to this address.
    Redirect(String),
    /// To go to `/done`, which shows this.
    Page(Page),
    /// That nobody waits for them any more.
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

    /// Settles what callbacks are told; only the first answer counts.
    pub(super) fn set_reply(&self, reply: CallbackReply) {
        self.lock().reply.get_or_insert(reply);
        self.reply_ready.notify_all();
    }

    pub(super) fn has_reply(&self) -> bool {
        self.lock().reply.is_some()
    }

    /// The answer to a request; an accepted callback waits here until there is one.
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

    /// Whether this address is one of those it answers.
    pub(super) fn has_path(&self, path: &str) -> bool {
        [&self.callback_path, &self.start_path, &self.done_path].iter().any(|known| *known == path)
    }

    /// Notes what the browser has been handed, so that the listener can close.
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
            // Where nobody waits any more, the answer is there already.
            let _ = sender.try_send(Secret::new(request.query.as_str()));
        }
        self.reply_ready.notify_all();
        let must_wait =
            |state: &mut CallbackState| state.reply.is_none() && state.accepted_count - number < MAX_WAITING_REQUESTS;
        let mut state = self.reply_ready.wait_while(state, must_wait).unwrap_or_else(PoisonError::into_inner);
        match &state.reply {
            Some(CallbackReply::Redirect(target)) => html::see_other(target),
            Some(CallbackReply::Page(_)) => html::see_other(&self.done_path),
            Some(CallbackReply::Closed) => html::page_response(503, &signin_ended()),
            None => {
                state.pending_count -= 1;
                Response::plain(503, "a newer request has taken the place of this one")
            }
        }
    }

    fn start(&self, query: &str) -> Response {
        if !query.strip_prefix("k=").is_some_and(|key| self.key.matches(key)) {
            return html::page_response(404, &unrecognized());
        }
        match std::mem::replace(&mut self.lock().is_started, true) {
            false => {
                let mut response = html::see_other(self.authorization_url.expose());
                response.headers.extend(self.cookie.as_ref().map(BrowserCookie::header));
                response
            }
            true => html::page_response(410, &already_used()),
        }
    }

    fn done(&self) -> Response {
        match &self.lock().reply {
            Some(CallbackReply::Page(page)) => html::page_response(200, page),
            _ => html::page_response(404, &Page::notice("Not yet", "The sign-in has not been finished.")),
        }
    }

    /// A panic elsewhere leaves the desk whole: no step under this lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, CallbackState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CallbackRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRoutes").field("callback_path", &self.callback_path).finish_non_exhaustive()
    }
}

/// Whether a browser only thinks that the person may want this page. A request of this kind must spend neither the key
/// of `/start` nor the code, and a refusal makes the browser ask again when the person really goes there.
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
    Response::plain(503, "this address is not fetched ahead of need")
}

pub(super) fn not_found() -> Response {
    html::page_response(404, &Page::notice("There is nothing here", "A sign-in is under way in a terminal."))
}

pub(super) fn unrecognized() -> Page {
    Page::notice("This is not the sign-in that is waiting", "The page may belong to an earlier attempt.")
}

fn other_browser() -> Page {
    Page::notice("This sign-in began in another browser", "It can only be finished there.")
}

fn already_used() -> Page {
    Page::notice("This address was used already", "It leads to the sign-in page once.")
}

pub(super) fn signin_ended() -> Page {
    Page::failure("", "The sign-in is over", vec!["Nobody waits for it any more.".to_owned()])
}
