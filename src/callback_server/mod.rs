//! Where the browser comes back to: the loopback redirect of RFC 8252 7.3.
//!
//! Binds before a browser opens, keeps strangers out, yields the one callback that its caller accepts, and answers the
//! browser when told what happened. One path takes the callback; `/start` leads the browser to the provider, so that
//! its address with the `state` is in no argument list; `/done` shows the outcome, so that the code is in neither the
//! address bar nor the list of pages to go back to. Nothing else that arrives ends the wait or holds it up. Where no
//! provider was named, [`ProviderPicker`] shows the page on which the person chooses one.

mod cookie;
mod html;
mod picker_html;
mod probe;
mod provider_picker;
mod redirect_uri;
mod routes;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::{mpsc, watch};

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::server::{LoopbackHosts, RunningServer, Server, ServerLimits};
use cookie::BrowserCookie;
pub use html::{Page, PageTone};
pub use picker_html::{ProviderButton, UserCodePage};
pub use probe::check_loopback;
use provider_picker::PickerState;
pub use provider_picker::{PickerBuilder, ProviderPicker};
pub use redirect_uri::RedirectUri;
use routes::{CallbackReply, CallbackRoutes};

/// The port is taken; whoever connects waits.
#[derive(Debug)]
pub struct CallbackServer {
    binding: CallbackBinding,
    redirect_uri: String,
    /// Of our own pages, such as `http://127.0.0.1:8080`.
    origin: String,
    path: String,
    key: Secret,
    cookie: Option<BrowserCookie>,
    linger_timeout: Duration,
}

/// Where it listens.
#[derive(Debug)]
enum CallbackBinding {
    /// On a port of its own.
    Dedicated(Server),
    /// On the port of the sign-in page, which is answering already.
    Shared(Arc<PickerState>, Arc<RunningServer>),
}

impl CallbackBinding {
    fn port(&self) -> u16 {
        match self {
            Self::Dedicated(server) => server.port(),
            Self::Shared(_, server) => server.port(),
        }
    }
}

impl CallbackServer {
    /// Takes the port and keeps it.
    ///
    /// # Errors
    /// [`Error::PortTaken`] where a port was asked for and is held; [`Error::Other`] where the system refuses.
    pub fn bind(redirect_uri: &RedirectUri) -> Result<Self> {
        Self::with_binding(CallbackBinding::Dedicated(redirect_uri.bind()?), redirect_uri, None)
    }

    fn with_binding(
        binding: CallbackBinding,
        redirect_uri: &RedirectUri,
        cookie: Option<BrowserCookie>,
    ) -> Result<Self> {
        let uri = redirect_uri.with_port(binding.port());
        let origin = match (redirect_uri.certificate(), &cookie, redirect_uri.hosts()) {
            // A certificate is for a name; and a person sees a browser's distrust before signing in, not after.
            (Some(_), _, _) => format!("https://{}", redirect_uri.host()),
            // Cookies know the host by its name, and the browser comes back to this one.
            (None, Some(_), _) => format!("http://{}", redirect_uri.host()),
            (None, None, LoopbackHosts::Ipv6) => "http://[::1]".to_owned(),
            // Works where `localhost` leads elsewhere.
            (None, None, LoopbackHosts::Ipv4 | LoopbackHosts::Localhost) => "http://127.0.0.1".to_owned(),
        };
        let origin = format!("{origin}:{}", binding.port());
        let (path, key) = (redirect_uri.path().to_owned(), random_key()?);
        Ok(Self {
            binding,
            redirect_uri: uri,
            origin,
            path,
            key,
            cookie,
            linger_timeout: ServerLimits::default().linger_timeout,
        })
    }

    /// The redirect URI to send to the provider, byte for byte.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Other limits than the usual ones. [`ServerLimits::linger_timeout`] is also how long [`CallbackListener::close`] waits.
    pub fn with_limits(self, limits: ServerLimits) -> Self {
        let binding = match self.binding {
            CallbackBinding::Dedicated(server) => CallbackBinding::Dedicated(server.with_limits(limits)),
            shared @ CallbackBinding::Shared(..) => shared,
        };
        Self { binding, linger_timeout: limits.linger_timeout, ..self }
    }

    /// Starts to answer. `/start` will lead to `authorization_url`; `accept` is given the raw query of each callback
    /// and says whether it belongs to this sign-in, which it does if it carries our `state` (RFC 6749 10.12).
    pub fn serve(
        self,
        authorization_url: Secret,
        accept: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> CallbackListener {
        // Room for the one callback that is handed on.
        let (sender, callbacks) = mpsc::channel(1);
        let (fetched_sender, fetched) = watch::channel(false);
        let accept = Box::new(accept);
        let routes =
            CallbackRoutes::new(self.path, self.key, authorization_url, accept, self.cookie, sender, fetched_sender);
        let routes = Arc::new(routes);
        let start_url = routes.start_url(&self.origin);
        let server = match self.binding {
            CallbackBinding::Dedicated(server) => Arc::new(start(server, &routes)),
            CallbackBinding::Shared(picker, server) => {
                picker.attach(&routes);
                server
            }
        };
        CallbackListener { start_url, callbacks, fetched, linger_timeout: self.linger_timeout, routes, server }
    }
}

fn start(server: Server, routes: &Arc<CallbackRoutes>) -> RunningServer {
    let (respond_routes, on_sent_routes) = (Arc::clone(routes), Arc::clone(routes));
    let respond = move |request: &_| respond_routes.respond(request);
    server.serve_with_on_sent(0, respond, move |request, status| on_sent_routes.on_sent(request, status))
}

/// 128 random bits, as the address of `/start` is seen by every user of the machine and must not be guessed before.
fn random_key() -> Result<Secret> {
    let mut bits = [0; 16];
    SystemRandom::new().fill(&mut bits).map_err(|_| Error::other("the system has no random numbers"))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bits)))
}

/// Answers, and waits for the callback. Dropped, it frees the port at once, unless the sign-in page has it.
#[derive(Debug)]
pub struct CallbackListener {
    start_url: Secret,
    callbacks: mpsc::Receiver<Secret>,
    fetched: watch::Receiver<bool>,
    linger_timeout: Duration,
    routes: Arc<CallbackRoutes>,
    server: Arc<RunningServer>,
}

impl CallbackListener {
    /// The address to open in the browser: `http://127.0.0.1:PORT/start?k=…`, or with `https` where that is answered;
    /// good for one `GET`.
    pub fn start_url(&self) -> Secret {
        self.start_url.clone()
    }

    /// The port it answers on.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The first callback that was accepted. There is one; a second call waits for ever. Dropping the future loses
    /// nothing.
    pub async fn wait_for_callback(&mut self) -> Callback {
        match self.callbacks.recv().await {
            Some(query) => Callback { query, routes: Arc::clone(&self.routes) },
            None => std::future::pending().await,
        }
    }

    /// Waits until the browser has fetched what it was sent to, at most a second, and frees the port. Returns at once
    /// where no callback was answered.
    pub async fn close(mut self) {
        if self.routes.has_reply() {
            let fetched = self.fetched.wait_for(|fetched| *fetched);
            // Neither a browser that was closed nor one that is slow holds up the terminal.
            let _ = tokio::time::timeout(self.linger_timeout, fetched).await;
        }
    }
}

impl Drop for CallbackListener {
    fn drop(&mut self) {
        self.routes.set_reply(CallbackReply::Closed);
    }
}

/// The callback that was accepted. Its browser waits until it is answered; dropped unanswered, it shows a failure.
pub struct Callback {
    query: Secret,
    routes: Arc<CallbackRoutes>,
}

impl Callback {
    /// The raw query: what followed `?`.
    pub fn query(&self) -> &Secret {
        &self.query
    }

    /// Tells the browser what happened.
    pub fn respond(self, outcome: CallbackOutcome) {
        self.routes.set_reply(match outcome {
            CallbackOutcome::Redirect(target) => CallbackReply::Redirect(target),
            CallbackOutcome::Page(page) => CallbackReply::Page(page),
        });
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        // Only the first answer counts, so this one does where `answer` was not called.
        self.routes.set_reply(CallbackReply::Page(Page::failure("", "The sign-in was not finished", Vec::new())));
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

/// What the browser is told after a callback.
#[derive(Debug, Clone)]
pub enum CallbackOutcome {
    /// To go to this address.
    Redirect(String),
    /// To show this page, at `/done`.
    Page(Page),
}
