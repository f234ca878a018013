//! Callback server of one sign-in.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::cookie::BrowserCookie;
use super::html::Page;
use super::page_keys::PageKeys;
use super::redirect_uri::RedirectUri;
use super::rejections::RejectionLog;
use super::routes::{CallbackReply, CallbackRoutes, SharedRoutes};
use crate::error::Result;
use crate::secret::Secret;
use crate::server::{LoopbackHosts, RunningServer, Server, ServerLimits};

/// Bound callback server that does not respond yet; clients that connect wait.
pub struct CallbackServer {
    binding: CallbackBinding,
    redirect_uri: String,
    /// Origin of the server's pages, such as `http://127.0.0.1:8080`.
    origin: String,
    path: String,
    keys: PageKeys,
    cookie: Option<BrowserCookie>,
    restart_command: String,
    linger_timeout: Duration,
}

/// Listener of a callback server.
#[derive(Debug)]
pub(super) enum CallbackBinding {
    /// Port used by this callback server only.
    Dedicated(Server),
    /// Port shared with the sign-in page, whose server is already running.
    Shared(Arc<SharedRoutes>, Arc<RunningServer>),
}

impl CallbackBinding {
    pub(super) fn port(&self) -> u16 {
        match self {
            Self::Dedicated(server) => server.port(),
            Self::Shared(_, server) => server.port(),
        }
    }
}

impl CallbackServer {
    /// Binds the port.
    ///
    /// # Errors
    /// [`crate::error::Error::PortTaken`] if a fixed port is in use; [`crate::error::Error::Other`] if the system refuses.
    pub fn bind(redirect_uri: &RedirectUri) -> Result<Self> {
        Self::with_binding(CallbackBinding::Dedicated(redirect_uri.bind()?), redirect_uri, None)
    }

    pub(super) fn with_binding(
        binding: CallbackBinding,
        redirect_uri: &RedirectUri,
        cookie: Option<BrowserCookie>,
    ) -> Result<Self> {
        let uri = redirect_uri.with_port(binding.port());
        let origin = match (redirect_uri.certificate(), &cookie, redirect_uri.hosts()) {
            // A certificate is valid for a name. With the start page on `https`, too, a browser that distrusts the
            // certificate warns before the sign-in, not after.
            (Some(_), _, _) => format!("https://{}", redirect_uri.host()),
            // A cookie belongs to one host name, and the provider redirects the browser to this one.
            (None, Some(_), _) => format!("http://{}", redirect_uri.host()),
            (None, None, LoopbackHosts::Ipv6) => "http://[::1]".to_owned(),
            // Works even if `localhost` resolves to another address.
            (None, None, LoopbackHosts::Ipv4 | LoopbackHosts::Localhost) => "http://127.0.0.1".to_owned(),
        };
        let origin = format!("{origin}:{}", binding.port());
        let keys = PageKeys::draw()?;
        Ok(Self {
            binding,
            redirect_uri: uri,
            origin,
            path: redirect_uri.path().to_owned(),
            keys,
            cookie,
            restart_command: String::new(),
            linger_timeout: ServerLimits::default().linger_timeout,
        })
    }

    /// Redirect URI to send to the provider, byte for byte.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Names the command that starts the sign-in in another browser, on pages in a wrong one.
    pub fn with_restart_command(self, restart_command: String) -> Self {
        Self { restart_command, ..self }
    }

    /// Replaces the default limits. [`CallbackListener::close`] waits for [`ServerLimits::linger_timeout`], too.
    #[cfg(feature = "internals")]
    pub fn with_limits(self, limits: ServerLimits) -> Self {
        let binding = match self.binding {
            CallbackBinding::Dedicated(server) => CallbackBinding::Dedicated(server.with_limits(limits)),
            shared @ CallbackBinding::Shared(..) => shared,
        };
        Self { binding, linger_timeout: limits.linger_timeout, ..self }
    }

    /// Starts to respond. `/start` redirects to `authorization_url`. `accept` receives the raw query of each callback
    /// and returns true if the callback belongs to this sign-in, that is, if it carries the `state` (RFC 6749 10.12).
    pub fn serve(
        self,
        authorization_url: Secret,
        accept: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> CallbackListener {
        let rejections = match &self.binding {
            CallbackBinding::Dedicated(_) => RejectionLog::default(),
            CallbackBinding::Shared(shared, _) => shared.rejections.clone(),
        };
        let routes = CallbackRoutes::new(self.path, self.keys, authorization_url, Box::new(accept))
            .with_cookie(self.cookie)
            .with_restart_command(self.restart_command)
            .with_rejections(rejections.clone());
        let routes = Arc::new(routes);
        let (launch_url, printed_url) = (routes.launch_url(&self.origin), routes.printed_url(&self.origin));
        let server = match self.binding {
            CallbackBinding::Dedicated(server) => Arc::new(server.serve(0, Arc::clone(&routes))),
            CallbackBinding::Shared(shared, server) => {
                shared.set(&routes);
                server
            }
        };
        CallbackListener { launch_url, printed_url, rejections, linger_timeout: self.linger_timeout, routes, server }
    }
}

impl fmt::Debug for CallbackServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackServer").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// Running callback server. On drop the port is free at once, unless the sign-in page shares it.
#[derive(Debug)]
pub struct CallbackListener {
    launch_url: Secret,
    printed_url: Secret,
    rejections: RejectionLog,
    linger_timeout: Duration,
    routes: Arc<CallbackRoutes>,
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "serves until it is dropped"))]
    server: Arc<RunningServer>,
}

impl CallbackListener {
    /// URL for the browser that this program starts: `http://127.0.0.1:PORT/start?k=…`, or `https` with a certificate.
    /// Works for one `GET`, because other users can read it in the argument list of the browser.
    pub fn launch_url(&self) -> Secret {
        self.launch_url.clone()
    }

    /// URL to show to the user; works until the sign-in ends.
    pub fn printed_url(&self) -> Secret {
        self.printed_url.clone()
    }

    /// Requests that the port of this listener rejected.
    pub fn rejections(&self) -> RejectionLog {
        self.rejections.clone()
    }

    #[cfg(feature = "internals")]
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Waits for the first accepted callback. There is only one; a second call waits forever. Dropping the future loses
    /// nothing.
    pub async fn wait_for_callback(&mut self) -> Callback {
        let query = self.routes.next_callback().await;
        Callback { query, routes: Arc::clone(&self.routes) }
    }

    /// Waits until a browser opens one of the URLs or returns from the provider, which proves that it reaches this machine.
    pub fn visited(&self) -> impl Future<Output = ()> + Send + use<> {
        let routes = Arc::clone(&self.routes);
        async move { routes.visited().await }
    }

    /// Waits at most a second until the browser has loaded the outcome, then frees the port. Returns at once if no
    /// callback got a response.
    pub async fn close(self) {
        if self.routes.has_reply() {
            // A closed or slow browser does not delay the terminal.
            let _ = tokio::time::timeout(self.linger_timeout, self.routes.outcome_loaded()).await;
        }
    }
}

impl Drop for CallbackListener {
    fn drop(&mut self) {
        self.routes.set_reply(CallbackReply::Closed);
    }
}

/// Accepted callback. The browser waits for [`Callback::respond`]; if this value is dropped before, the browser shows a
/// failure.
pub struct Callback {
    query: Secret,
    routes: Arc<CallbackRoutes>,
}

impl Callback {
    /// Raw query, without the `?`.
    pub fn query(&self) -> &Secret {
        &self.query
    }

    /// Shows the outcome in the browser.
    pub fn respond(self, outcome: CallbackOutcome) {
        self.routes.set_reply(match outcome {
            CallbackOutcome::Redirect(target) => CallbackReply::Redirect(target),
            CallbackOutcome::Page(page) => CallbackReply::Page(page),
        });
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        // Only the first reply counts, so this has no effect after `respond`.
        self.routes.set_reply(CallbackReply::Page(Page::failure("", "Sign-in not completed", Vec::new())));
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

/// Outcome shown in the browser after the callback.
#[derive(Debug, Clone)]
pub enum CallbackOutcome {
    Redirect(String),
    Page(Page),
}
