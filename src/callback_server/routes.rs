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
const WAITING: u64 = 8;

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
    mark: Option<BrowserCookie>,
    fetched: watch::Sender<bool>,
    desk: Mutex<CallbackState>,
    answered: Condvar,
}

struct CallbackState {
    is_started: bool,
    /// Taken by the first callback.
    first: Option<mpsc::Sender<Secret>>,
    /// Accepted callbacks so far.
    arrivals: u64,
    /// Accepted callbacks that have not been sent their answer.
    pending: u64,
    answer: Option<CallbackReply>,
}

/// What accepted callbacks are told.
#[derive(Debug)]
pub(super) enum CallbackReply {
    /// To go to this address.
    Redirect(String),
    /// To go to `/done`, which shows this.
    Page(Page),
    /// That nobody waits for them any more.
    Over,
}

impl CallbackRoutes {
    pub(super) fn new(
        callback_path: String,
        key: Secret,
        authorization_url: Secret,
        accept: Accept,
        mark: Option<BrowserCookie>,
        first: mpsc::Sender<Secret>,
        fetched: watch::Sender<bool>,
    ) -> Self {
        let own = |path: &str| if path == callback_path { format!("/-{path}") } else { path.to_owned() };
        let (start_path, done_path) = (own("/start"), own("/done"));
        let desk = CallbackState { is_started: false, first: Some(first), arrivals: 0, pending: 0, answer: None };
        let (desk, answered) = (Mutex::new(desk), Condvar::new());
        Self { callback_path, start_path, done_path, key, authorization_url, accept, mark, fetched, desk, answered }
    }

    pub(super) fn start_url(&self, origin: &str) -> Secret {
        Secret::new(format!("{origin}{}?k={}", self.start_path, self.key.expose()))
    }

    /// Settles what callbacks are told; only the first answer counts.
    pub(super) fn answer(&self, answer: CallbackReply) {
        self.lock().answer.get_or_insert(answer);
        self.answered.notify_all();
    }

    pub(super) fn is_answered(&self) -> bool {
        self.lock().answer.is_some()
    }

    /// The answer to a request; an accepted callback waits here until there is one.
    pub(super) fn respond(&self, request: &Request) -> Response {
        if is_speculative(request) {
            return not_yet_wanted();
        }
        match request.path.as_str() {
            path if path == self.callback_path => self.callback(request),
            path if path == self.start_path => self.start(&request.query),
            path if path == self.done_path => self.done(),
            _ => nothing_here(),
        }
    }

    /// Whether this address is one of those it answers.
    pub(super) fn has(&self, path: &str) -> bool {
        [&self.callback_path, &self.start_path, &self.done_path].iter().any(|known| *known == path)
    }

    /// Notes what the browser has been handed, so that the listener can close.
    pub(super) fn told(&self, request: &Request, status: u16) {
        let mut desk = self.lock();
        let is_fetched = if request.path == self.callback_path && status == 303 {
            desk.pending = desk.pending.saturating_sub(1);
            desk.pending == 0 && matches!(desk.answer, Some(CallbackReply::Redirect(_)))
        } else {
            request.path == self.done_path && status == 200
        };
        if is_fetched {
            self.fetched.send_replace(true);
        }
    }

    fn callback(&self, request: &Request) -> Response {
        if !(self.accept)(&request.query) {
            return html::respond(400, &stranger());
        }
        if self.mark.as_ref().is_some_and(|mark| !mark.is_on(request)) {
            return html::respond(403, &elsewhere());
        }
        let mut desk = self.lock();
        desk.arrivals += 1;
        desk.pending += 1;
        let mine = desk.arrivals;
        if let Some(first) = desk.first.take() {
            // Where nobody waits any more, the answer is there already.
            let _ = first.try_send(Secret::new(request.query.as_str()));
        }
        self.answered.notify_all();
        let unanswered = |desk: &mut CallbackState| desk.answer.is_none() && desk.arrivals - mine < WAITING;
        let mut desk = self.answered.wait_while(desk, unanswered).unwrap_or_else(PoisonError::into_inner);
        match &desk.answer {
            Some(CallbackReply::Redirect(target)) => html::see_other(target),
            Some(CallbackReply::Page(_)) => html::see_other(&self.done_path),
            Some(CallbackReply::Over) => html::respond(503, &over()),
            None => {
                desk.pending -= 1;
                Response::plain(503, "a newer request has taken the place of this one")
            }
        }
    }

    fn start(&self, query: &str) -> Response {
        if !query.strip_prefix("k=").is_some_and(|key| self.key.matches(key)) {
            return html::respond(404, &stranger());
        }
        match std::mem::replace(&mut self.lock().is_started, true) {
            false => {
                let mut response = html::see_other(self.authorization_url.expose());
                response.headers.extend(self.mark.as_ref().map(BrowserCookie::header));
                response
            }
            true => html::respond(410, &used()),
        }
    }

    fn done(&self) -> Response {
        match &self.lock().answer {
            Some(CallbackReply::Page(page)) => html::respond(200, page),
            _ => html::respond(404, &Page::notice("Not yet", "The sign-in has not been finished.")),
        }
    }

    /// A panic elsewhere leaves the desk whole: no step under this lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, CallbackState> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CallbackRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lobby").field("callback_path", &self.callback_path).finish_non_exhaustive()
    }
}

/// Whether a browser only thinks that the person may want this page. A request of this kind must spend neither the key
/// of `/start` nor the code, and a refusal makes the browser ask again when the person really goes there.
pub(super) fn is_speculative(request: &Request) -> bool {
    let says = |name: &str, word: &str| {
        request.header(name).is_some_and(|value| value.to_ascii_lowercase().split([';', ',', ' ']).any(|it| it == word))
    };
    says("sec-purpose", "prefetch")
        || says("purpose", "prefetch")
        || says("x-purpose", "preview")
        || says("x-moz", "prefetch")
}

pub(super) fn not_yet_wanted() -> Response {
    Response::plain(503, "this address is not fetched ahead of need")
}

pub(super) fn nothing_here() -> Response {
    html::respond(404, &Page::notice("There is nothing here", "A sign-in is under way in a terminal."))
}

pub(super) fn stranger() -> Page {
    Page::notice("This is not the sign-in that is waiting", "The page may belong to an earlier attempt.")
}

fn elsewhere() -> Page {
    Page::notice("This sign-in began in another browser", "It can only be finished there.")
}

fn used() -> Page {
    Page::notice("This address was used already", "It leads to the sign-in page once.")
}

pub(super) fn over() -> Page {
    Page::failure("", "The sign-in is over", vec!["Nobody waits for it any more.".to_owned()])
}
