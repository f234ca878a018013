//! The sign-in page: a person chooses the provider in the browser.
//!
//! Its address is in an argument list, where every user of the machine can read it, and whoever came through here could
//! sign *their* account into *this* person's credential store. So it is good for one browser: the first that comes is
//! given a cookie, without which neither the form nor the callback counts. The form is taken from our own page only. What
//! this leaves is a stranger who is quicker than the person's own browser: that one is told so, and the terminal names the
//! account.
//!
//! The page answers on 127.0.0.1 and ::1, so that every redirect URI without a port of its own has room on the same
//! port; a provider with a fixed port gets a listener of its own.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::cookie::BrowserCookie;
use super::html::{self, Page, ReferrerPolicy};
use super::picker_html::{self, ProviderButton, UserCodePage};
use super::routes::{self, CallbackRoutes};
use super::{CallbackBinding, CallbackServer, RedirectUri, random_key};
use crate::error::Result;
use crate::secret::Secret;
use crate::server::{LoopbackHosts, Request, Response, RunningServer, Server, ServerLimits};

/// Where the page is, and where its form goes.
const PATH: &str = "/signin";

/// The longest form that is read, in bytes: it holds the name of one provider, which may be an address.
const POST_LIMIT: usize = 4096;

/// The port is taken; whoever connects waits.
#[derive(Debug)]
pub struct PickerBuilder {
    gate: Server,
    key: Secret,
    mark: BrowserCookie,
    fetch: Duration,
}

impl PickerBuilder {
    /// Takes `port`, or any free one, and keeps it.
    ///
    /// # Errors
    /// As [`Gate::bind`].
    pub fn bind(port: Option<u16>) -> Result<Self> {
        let gate = Server::bind(LoopbackHosts::Localhost, port)?;
        let (key, mark) = (random_key()?, BrowserCookie::new("choice", gate.port())?);
        Ok(Self { gate, key, mark, fetch: ServerLimits::default().linger })
    }

    /// Starts to answer, with a page of these buttons. `program` is what a person calls us.
    pub fn open(self, program: &str, buttons: Vec<ProviderButton>) -> ProviderPicker {
        let Self { gate, key, mark, fetch } = self;
        let address = Secret::new(format!("http://127.0.0.1:{}{PATH}?k={}", gate.port(), key.expose()));
        let (fetched, _) = watch::channel(true);
        let action = format!("{PATH}?k={}", key.expose());
        let (document, policy) = picker_html::choice(program, &action, &buttons);
        let foyer = Arc::new(PickerState {
            program: program.to_owned(),
            buttons,
            document,
            policy,
            key,
            mark,
            desk: Mutex::default(),
            answered: Condvar::new(),
            chosen: Notify::new(),
            fetched,
            lobby: Mutex::default(),
        });
        let (here, there) = (Arc::clone(&foyer), Arc::clone(&foyer));
        let respond = move |request: &_| here.respond(request);
        let serving = gate.serve_and_tell(POST_LIMIT, respond, move |request, status| there.told(request, status));
        ProviderPicker { address, foyer, serving: Arc::new(serving), fetch }
    }
}

/// Shows the page. Dropped, it frees the port at once.
#[derive(Debug)]
pub struct ProviderPicker {
    address: Secret,
    foyer: Arc<PickerState>,
    serving: Arc<RunningServer>,
    fetch: Duration,
}

impl ProviderPicker {
    /// The address to open: `http://127.0.0.1:PORT/signin?k=…`, good for one browser.
    pub fn address(&self) -> &Secret {
        &self.address
    }

    /// The port it answers on.
    pub fn port(&self) -> u16 {
        self.serving.port()
    }

    /// Which button was pressed, as an index; called again, the next press of another one, or of the same one after the
    /// browser was led on. Dropping the future loses nothing.
    pub async fn choice(&self) -> usize {
        loop {
            self.pressed().await;
            if let Some(index) = self.foyer.desk().untaken.take() {
                return index;
            }
        }
    }

    /// Waits until there is a [`Choosing::choice`] to take.
    pub async fn pressed(&self) {
        while self.foyer.desk().untaken.is_none() {
            self.foyer.chosen.notified().await;
        }
    }

    /// A listener for the callback of what was chosen, which only the browser that chose may come back to.
    ///
    /// # Errors
    /// As [`Loopback::bind`].
    pub fn bind(&self, wanted: &RedirectUri) -> Result<CallbackServer> {
        let place = match wanted.port() {
            Some(port) if port != self.port() || wanted.certificate().is_some() => CallbackBinding::Own(wanted.take()?),
            _ => CallbackBinding::Shared(Arc::clone(&self.foyer), Arc::clone(&self.serving)),
        };
        let mark = BrowserCookie::new("signin", place.port())?.secured(wanted.certificate().is_some());
        CallbackServer::at(place, wanted, Some(mark))
    }

    /// Leads the browser on to `address`, which is `title`'s.
    pub fn lead(&self, title: &str, address: &Secret) {
        let document = picker_html::leave(&self.foyer.program, title, address.expose());
        self.foyer.answer(picker_html::respond(document));
    }

    /// Shows a code that is entered elsewhere.
    pub fn show_code(&self, code: &UserCodePage<'_>) {
        self.foyer.answer(picker_html::respond(picker_html::code(&self.foyer.program, code)));
    }

    /// Shows what came of it, where the browser that chose still waits for that.
    pub fn tell(&self, page: &Page) {
        self.foyer.answer(html::respond(200, page));
    }

    /// Waits until the browser has fetched what it is told, at most a second, and frees the port.
    pub async fn close(self) {
        let mut fetched = self.foyer.fetched.subscribe();
        // Neither a browser that was closed nor one that is slow holds up the terminal.
        let _ = tokio::time::timeout(self.fetch, fetched.wait_for(|fetched| *fetched)).await;
    }
}

impl Drop for ProviderPicker {
    fn drop(&mut self) {
        self.foyer.desk().is_over = true;
        self.foyer.answered.notify_all();
    }
}

/// What all connections of one page share.
pub(super) struct PickerState {
    program: String,
    buttons: Vec<ProviderButton>,
    document: String,
    policy: String,
    key: Secret,
    mark: BrowserCookie,
    desk: Mutex<PickerChoice>,
    answered: Condvar,
    chosen: Notify,
    fetched: watch::Sender<bool>,
    /// The sign-in that shares the port.
    lobby: Mutex<Option<Arc<CallbackRoutes>>>,
}

#[derive(Default)]
struct PickerChoice {
    /// A browser has come.
    is_claimed: bool,
    /// The choice that counts, and how many there have been.
    choice: Option<usize>,
    choices: u64,
    /// The choice that nobody has taken up yet.
    untaken: Option<usize>,
    /// What the browser that made it is told.
    answer: Option<Response>,
    is_over: bool,
}

impl PickerState {
    /// Lets a sign-in answer on the page's port; the one before answers no more.
    pub(super) fn admit(&self, lobby: &Arc<CallbackRoutes>) {
        *self.lobby.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(lobby));
    }

    fn respond(&self, request: &Request) -> Response {
        if routes::is_speculative(request) {
            return routes::not_yet_wanted();
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", PATH) => self.choose(request),
            ("POST", _) => Response::plain(405, "this address takes no form"),
            (_, path) => match (self.lobby().filter(|lobby| lobby.has(path)), path) {
                (Some(lobby), _) => lobby.respond(request),
                (None, PATH) => self.show(request),
                (None, _) => routes::nothing_here(),
            },
        }
    }

    fn told(&self, request: &Request, status: u16) {
        if request.method == "POST" && status == 200 {
            self.fetched.send_replace(true);
        } else if let Some(lobby) = self.lobby().filter(|lobby| lobby.has(&request.path)) {
            lobby.told(request, status);
        }
    }

    /// The page, for the first browser and for nobody else.
    fn show(&self, request: &Request) -> Response {
        if !self.has_key(request) {
            return html::respond(404, &routes::stranger());
        }
        let mut response = html::html(200, self.document.clone(), &self.policy, ReferrerPolicy::Ourselves);
        if self.mark.is_on(request) {
            return response;
        }
        if std::mem::replace(&mut self.desk().is_claimed, true) {
            return html::respond(410, &taken());
        }
        response.headers.push(self.mark.header());
        response
    }

    /// Takes the form, and answers it when the way on is known.
    fn choose(&self, request: &Request) -> Response {
        if !self.has_key(request) {
            return html::respond(404, &routes::stranger());
        }
        if !self.mark.is_on(request) || !is_from_ourselves(request) {
            return html::respond(403, &routes::stranger());
        }
        let Some(index) = self.pressed(request) else {
            return html::respond(400, &no_choice());
        };
        let mut desk = self.desk();
        // A button that is pressed twice is one choice, and the second request is the one whose answer is shown.
        if desk.choice != Some(index) || desk.answer.is_some() {
            desk.choice = Some(index);
            desk.choices += 1;
            desk.untaken = Some(index);
            desk.answer = None;
            self.fetched.send_replace(false);
            self.chosen.notify_one();
            self.answered.notify_all();
        }
        let mine = desk.choices;
        let unanswered = |desk: &mut PickerChoice| desk.answer.is_none() && desk.choices == mine && !desk.is_over;
        let desk = self.answered.wait_while(desk, unanswered).unwrap_or_else(PoisonError::into_inner);
        match &desk.answer {
            Some(answer) if desk.choices == mine => answer.clone(),
            None if desk.is_over => html::respond(503, &routes::over()),
            _ => Response::plain(503, "a newer choice has taken the place of this one"),
        }
    }

    /// The button that the form says was pressed: one that there is, and that can be.
    fn pressed(&self, request: &Request) -> Option<usize> {
        let kind = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        let mut pairs = url::form_urlencoded::parse(&request.body);
        let (Some((field, name)), None) = (pairs.next(), pairs.next()) else { return None };
        let is_it = |button: &ProviderButton| button.name == name && button.obstacle.is_none();
        self.buttons.iter().position(is_it).filter(|_| field == picker_html::FIELD)
    }

    /// Settles what the browser is told of the choice that counts; only the first answer to it does.
    fn answer(&self, response: Response) {
        let mut desk = self.desk();
        if desk.choice.is_some() && desk.untaken.is_none() {
            desk.answer.get_or_insert(response);
        }
        self.answered.notify_all();
    }

    fn has_key(&self, request: &Request) -> bool {
        request.query.strip_prefix("k=").is_some_and(|key| self.key.matches(key))
    }

    fn lobby(&self) -> Option<Arc<CallbackRoutes>> {
        self.lobby.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A panic elsewhere leaves the desk whole: no step under this lock can panic half-way.
    fn desk(&self) -> MutexGuard<'_, PickerChoice> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PickerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foyer").field("buttons", &self.buttons).finish_non_exhaustive()
    }
}

/// Whether the form stood on a page of ours: browsers say where one comes from (RFC 6454 7), and the gate has seen that
/// `Host` is us.
fn is_from_ourselves(request: &Request) -> bool {
    let ours = request.header("host").map(|host| format!("http://{host}")).unwrap_or_default();
    let origin = request.header("origin").is_some_and(|origin| origin.eq_ignore_ascii_case(&ours));
    origin && request.header("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

fn taken() -> Page {
    Page::notice(
        "This page is open in another browser",
        "It opens once. If it was not you who opened it, press Ctrl-C in the terminal and begin again.",
    )
}

fn no_choice() -> Page {
    Page::notice("Nothing was chosen", "Go back to the page before and press one of its buttons.")
}
