//! The embedded OpenID provider: a small, strict one, loopback only, with invented people.
//!
//! It has two uses. Inside a sign-in to `demo` it answers as [`FIXED_ISSUER`], whatever port it got: what a client
//! keeps (issuer, token, userinfo, revocation, device and key addresses) never changes, and only what a browser opens
//! names the port of this run. In the foreground it is an ordinary issuer for other people's tests, all of it under
//! `http://127.0.0.1:PORT`.
//!
//! | path | what | RFC |
//! | --- | --- | --- |
//! | `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` | metadata | OpenID Discovery, 8414 |
//! | `/jwks` | the public key, ES256 | 7517 |
//! | `/authorize` | code with PKCE S256; `iss` in every answer | 6749 4.1, 7636, 9207, 8252 7.3 |
//! | `/token` | code, refresh with rotation, device code | 6749, 8628 |
//! | `/device/code`, `/device` | device authorization and its page | 8628 |
//! | `/userinfo` | the profile | OpenID Core 5.3, 6750 |
//! | `/revoke` | revocation | 7009 |
//! | `/logout` | the end of the provider's own session | OpenID RP-Initiated Logout |
//!
//! Left out on purpose: client secrets and registration (every client is public), `plain` PKCE, the implicit and
//! hybrid flows, request objects, introspection, cookies (those of 127.0.0.1 would reach every local server: who is
//! signed in is stored in [`Memory`], for there is one person at this machine).

mod authorization;
mod authorization_request;
mod decision;
mod device;
mod device_code;
mod logout;
mod metadata;
mod pages;
mod pending;
mod redirect_uri;
mod responses;
mod signing;
mod state;
mod token;
mod userinfo;
mod users;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use self::metadata::{DemoEndpoints, path};
use self::pending::PendingState;
use self::responses::ProtocolError;
use self::state::GrantStore;
use crate::clock::{self, Clock};
use crate::error::Result;
use crate::secret::Secret;
use crate::server::{LoopbackHosts, Request, Response, RunningServer, Server, ServerLimits};

/// The issuer of the provider inside a sign-in: a loopback name by RFC 6761 6.3, resolved by no one.
///
/// Whoever speaks to it sends requests for this origin to [`Running::port`] on 127.0.0.1.
pub const FIXED_ISSUER: &str = "http://demo.localhost";

/// `Host` of a request to [`FIXED_ISSUER`].
const FIXED_AUTHORITY: &str = "demo.localhost";

/// The client id that both uses know; a public client.
pub const CLIENT_ID: &str = "demo";

/// The largest form that is read, in bytes: three tokens of a few kilobytes each, as in a logout, fit.
const MAX_BODY_BYTES: usize = 32 * 1024;

/// How many connections an ordinary issuer serves at one time: test suites ask from hundreds of processes at once.
const MAX_CONNECTIONS: usize = 512;

/// How long an access token lives where nobody says otherwise.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// Under which name the provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// [`FIXED_ISSUER`], with the one client [`CLIENT_ID`].
    Fixed,
    /// `http://127.0.0.1:PORT`, with any public client that redirects to loopback.
    Loopback,
}

/// Who approves a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// The person, on a page with a choice of account.
    Page,
    /// Nobody: the account hinted at, else the first. For machines without browser and terminal.
    Automatic,
}

/// Reads and replaces what the provider keeps, in one step that no other process can enter at the same time.
///
/// The function is called once, with what is stored; what it returns is stored from then on, and `None` leaves things as
/// they are. What is stored holds the signing key, so it belongs into the credential store.
pub type StateStorage = Box<dyn Fn(&mut dyn FnMut(Option<Secret>) -> Option<Secret>) -> Result<()> + Send + Sync>;

/// A memory that lasts as long as the process.
pub fn in_memory_storage() -> StateStorage {
    let stored: Mutex<Option<Secret>> = Mutex::new(None);
    Box::new(move |step| {
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(new) = step(stored.clone()) {
            *stored = Some(new);
        }
        Ok(())
    })
}

/// What a provider is made of.
pub struct DemoSettings {
    /// Under which name it answers.
    pub issuer: Issuer,
    /// Who approves.
    pub approval: Approval,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the signing key and the grants are stored.
    pub storage: StateStorage,
    /// The program's name, as the pages say it.
    pub program: String,
    /// How long an access token lives.
    pub access_token_lifetime: Duration,
}

impl DemoSettings {
    /// The usual: approval on a page, the machine's clock, tokens of [`ACCESS_TOKEN_LIFETIME`], and a memory that ends
    /// with the process.
    pub fn new(issuer: Issuer, program: impl Into<String>) -> Self {
        Self {
            issuer,
            approval: Approval::Page,
            clock: Arc::new(clock::SystemClock),
            storage: in_memory_storage(),
            program: program.into(),
            access_token_lifetime: ACCESS_TOKEN_LIFETIME,
        }
    }
}

/// The provider: a function from requests to answers.
pub struct DemoProvider {
    issuer: Issuer,
    approval: Approval,
    clock: Arc<dyn Clock>,
    program: String,
    access_token_lifetime: Duration,
    endpoints: DemoEndpoints,
    grants: GrantStore,
    pending: Mutex<PendingState>,
}

/// A provider that answers on 127.0.0.1 until this is dropped.
pub struct RunningDemo {
    demo: Arc<DemoProvider>,
    server: RunningServer,
}

impl RunningDemo {
    /// The port it answers on.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The issuer, as it stands in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        self.demo.issuer()
    }
}

impl DemoProvider {
    /// Takes `port` of 127.0.0.1, or any free one, and answers there.
    ///
    /// # Errors
    /// [`crate::error::Error::PortTaken`], and those of [`Demo::new`].
    pub fn start(settings: DemoSettings, port: Option<u16>) -> Result<RunningDemo> {
        let listener = Server::bind(LoopbackHosts::Ipv4, port)?;
        let listener = match settings.issuer {
            Issuer::Fixed => listener.with_authority(FIXED_AUTHORITY),
            Issuer::Loopback => {
                listener.with_limits(ServerLimits { max_connections: MAX_CONNECTIONS, ..ServerLimits::default() })
            }
        };
        let demo = Arc::new(Self::new(settings, listener.port())?);
        let provider = Arc::clone(&demo);
        let server = listener.serve(MAX_BODY_BYTES, move |request| provider.respond(request));
        Ok(RunningDemo { demo, server })
    }

    /// A provider whose pages are reached on `port` of 127.0.0.1.
    ///
    /// # Errors
    /// What the memory fails with; [`crate::error::Error::Store`] where a later version wrote it.
    pub fn new(settings: DemoSettings, port: u16) -> Result<Self> {
        let DemoSettings { issuer, approval, clock, storage, program, access_token_lifetime } = settings;
        let grants = GrantStore::open(storage, issuer, clock.now())?;
        let endpoints = DemoEndpoints::new(issuer, port);
        let pending = Mutex::default();
        Ok(Self { issuer, approval, clock, program, access_token_lifetime, endpoints, grants, pending })
    }

    /// The issuer, as it stands in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        &self.endpoints.issuer
    }

    /// Answers one request.
    pub fn respond(&self, request: &Request) -> Response {
        let get = request.method == "GET";
        let post = request.method == "POST";
        match request.path.as_str() {
            path::OPENID_METADATA | path::OAUTH_METADATA if get => self.metadata(),
            path::JWKS if get => self.jwks(),
            path::AUTHORIZE if get || post => self.authorize(request),
            path::AUTHORIZE_DECISION if post => self.authorize_decision(request),
            path::TOKEN if post => self.token(request),
            path::DEVICE_CODE if post => self.device_code(request),
            path::DEVICE if get => self.device_page(request),
            path::DEVICE_DECISION if post => self.device_decision(request),
            path::USERINFO if get || post => self.userinfo(request),
            path::REVOKE if post => self.revoke(request),
            path::LOGOUT if get || post => self.logout(request),
            path::LOGOUT_DECISION if post => self.logout_decision(request),
            path::HOME if get => self.home(),
            known => match path::methods(known) {
                Some(methods) => responses::method_not_allowed(methods),
                None => self.page(404, pages::MessagePage::not_found()),
            },
        }
    }

    fn metadata(&self) -> Response {
        responses::cached_json(&self.endpoints.metadata(), self.endpoints.cache_control())
    }

    fn jwks(&self) -> Response {
        match self.grants.update(self.now(), |grants| grants.signer().jwk()) {
            Ok(key) => responses::cached_json(&serde_json::json!({ "keys": [key] }), self.endpoints.cache_control()),
            Err(_) => ProtocolError::unavailable().response(),
        }
    }

    fn home(&self) -> Response {
        responses::html(200, pages::home(&self.program, &self.endpoints), None)
    }

    fn page(&self, status: u16, message: pages::MessagePage<'_>) -> Response {
        responses::html(status, pages::message(&self.program, message), None)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn pending(&self) -> MutexGuard<'_, PendingState> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
