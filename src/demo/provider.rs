//! The demo provider: its state, its routes, and the helpers that all endpoints share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::metadata::{DemoEndpoints, path};
use super::pending::PendingState;
use super::protocol::{RequestParams, invalid_client, json_response, unavailable};
use super::settings::{Approval, CLIENT_ID, DemoSettings, Issuer};
use super::state::{GrantStore, Grants};
use crate::clock::Clock;
use crate::error::Result;
use crate::server::{LoopbackHosts, Request, RequestHandler, Response, RunningServer, Server, ServerLimits};

/// `Host` of a request to [`super::FIXED_ISSUER`].
const FIXED_AUTHORITY: &str = "demo.localhost";

/// Maximum size of a request body in bytes; enough for the three tokens of a few kilobytes each in a logout.
const MAX_BODY_BYTES: usize = 32 * 1024;

/// Maximum number of connections of an ordinary issuer; test suites send requests from hundreds of processes at once.
const MAX_CONNECTIONS: usize = 512;

type Endpoint = fn(&DemoProvider, &Request) -> std::result::Result<Response, Response>;

/// Path, methods as in `Allow` (RFC 9110 10.2.1), and endpoint.
const ROUTES: &[(&str, &str, Endpoint)] = &[
    ("/", "GET", |demo, _| Ok(demo.home())),
    (path::OPENID_METADATA, "GET", |demo, _| Ok(json_response(200, &demo.endpoints.metadata()))),
    (path::OAUTH_METADATA, "GET", |demo, _| Ok(json_response(200, &demo.endpoints.metadata()))),
    (path::JWKS, "GET", DemoProvider::jwks),
    (path::AUTHORIZE, "GET, POST", DemoProvider::authorize),
    (path::DECISION, "POST", DemoProvider::decide),
    (path::TOKEN, "POST", DemoProvider::token),
    (path::DEVICE_CODE, "POST", DemoProvider::device_code),
    (path::DEVICE, "GET", DemoProvider::device_page),
    (path::USERINFO, "GET, POST", DemoProvider::userinfo),
    (path::REVOKE, "POST", DemoProvider::revoke),
    (path::LOGOUT, "GET, POST", DemoProvider::logout),
];

/// OpenID provider that maps requests to responses.
pub struct DemoProvider {
    issuer: Issuer,
    pub(super) approval: Approval,
    clock: Arc<dyn Clock>,
    pub(super) program: String,
    pub(super) endpoints: DemoEndpoints,
    grants: GrantStore,
    pending: Mutex<PendingState>,
    pub(super) logout: watch::Sender<LogoutProgress>,
}

/// Progress of a logout in the browser.
#[derive(Default)]
pub(super) struct LogoutProgress {
    /// Set once a user has ended the session at the provider.
    pub(super) is_ended: bool,
    /// Set once the browser has the page that says so.
    is_shown: bool,
}

/// Logout page of a running provider.
pub struct DemoLogout {
    demo: Arc<DemoProvider>,
    /// URL to open in the browser.
    pub url: String,
}

/// Provider that serves requests on 127.0.0.1 until this is dropped.
pub struct RunningDemo {
    demo: Arc<DemoProvider>,
    server: RunningServer,
}

struct DemoHandler(Arc<DemoProvider>);

impl RequestHandler for DemoHandler {
    /// Responds on a thread of its own: the storage may wait for the keyring.
    async fn respond(&self, request: &Request) -> Response {
        let (demo, request) = (Arc::clone(&self.0), request.clone());
        let response = tokio::task::spawn_blocking(move || demo.respond(&request)).await;
        response.unwrap_or_else(|_| unavailable())
    }

    fn on_sent(&self, request: &Request, _: u16) {
        if matches!(request.path.as_str(), path::DECISION | path::LOGOUT) {
            self.0.logout.send_modify(|logout| logout.is_shown = logout.is_ended);
        }
    }
}

impl DemoLogout {
    /// Ends the session without a browser.
    ///
    /// # Errors
    /// Errors of the storage.
    pub fn end(&self) -> Result<()> {
        self.demo.grants.update(self.demo.now(), |grants| grants.signed_in = None)
    }

    /// Waits until a user has ended the session.
    pub async fn ended(&self) {
        let _ = self.demo.logout.subscribe().wait_for(|logout| logout.is_ended).await;
    }

    /// Waits until the browser has the page that says so.
    pub async fn shown(&self) {
        let _ = self.demo.logout.subscribe().wait_for(|logout| logout.is_shown).await;
    }
}

impl RunningDemo {
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Returns the issuer, as in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        self.demo.issuer()
    }

    /// Returns the logout page. The stored URL of a session has the port of another process.
    pub fn logout(&self) -> DemoLogout {
        let url = format!("{}{}", self.demo.endpoints.browser_origin, path::LOGOUT);
        DemoLogout { demo: Arc::clone(&self.demo), url }
    }
}

impl DemoProvider {
    /// Returns a provider whose pages are on `port` of 127.0.0.1.
    ///
    /// # Errors
    /// Errors of the storage; [`crate::error::Error::Store`] if a newer version wrote the state.
    pub fn new(settings: DemoSettings, port: u16) -> Result<Self> {
        let DemoSettings { issuer, approval, clock, storage, program } = settings;
        let grants = GrantStore::open(storage, issuer, clock.now())?;
        let (endpoints, pending) = (DemoEndpoints::new(issuer, port), Mutex::default());
        let logout = watch::Sender::default();
        Ok(Self { issuer, approval, clock, program, endpoints, grants, pending, logout })
    }

    /// Binds `port` of 127.0.0.1, or any free port, and serves requests there.
    ///
    /// # Errors
    /// [`crate::error::Error::PortTaken`], and the errors of [`DemoProvider::new`].
    pub fn start(settings: DemoSettings, port: Option<u16>) -> Result<RunningDemo> {
        let listener = Server::bind(LoopbackHosts::Ipv4, port)?;
        let listener = match settings.issuer {
            Issuer::Fixed => listener.with_authority(FIXED_AUTHORITY),
            Issuer::Loopback => {
                listener.with_limits(ServerLimits { max_connections: MAX_CONNECTIONS, ..ServerLimits::default() })
            }
        };
        let demo = Arc::new(Self::new(settings, listener.port())?);
        let server = listener.serve(MAX_BODY_BYTES, Arc::new(DemoHandler(Arc::clone(&demo))));
        Ok(RunningDemo { demo, server })
    }

    pub fn respond(&self, request: &Request) -> Response {
        match ROUTES.iter().find(|(path, ..)| *path == request.path) {
            None => self.not_found(),
            Some((_, methods, endpoint)) if methods.split(", ").any(|method| method == request.method) => {
                endpoint(self, request).unwrap_or_else(|error| error)
            }
            Some((_, methods, _)) => Response::new(405, &[("Allow", methods), ("Cache-Control", "no-store")], ""),
        }
    }

    fn jwks(&self, _: &Request) -> std::result::Result<Response, Response> {
        let key = self.grants(|grants| grants.signer().jwk())?;
        Ok(json_response(200, &serde_json::json!({ "keys": [key] })))
    }

    /// Returns the issuer, as in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        &self.endpoints.issuer
    }

    /// Returns whether the provider accepts a client id.
    pub(super) fn is_known_client(&self, client: &str) -> bool {
        match self.issuer {
            Issuer::Fixed => client == CLIENT_ID,
            Issuer::Loopback => client.len() <= 255 && client.bytes().all(|b| (0x20..0x7f).contains(&b)),
        }
    }

    /// Returns the client id. All clients are public: a client that authenticates was configured for another provider.
    pub(super) fn client_id<'p>(
        &self,
        request: &Request,
        params: &'p RequestParams,
    ) -> std::result::Result<&'p str, Response> {
        if request.header("authorization").is_some() || params.get("client_secret").is_some() {
            return Err(invalid_client("clients of the demo provider are public and have no secret"));
        }
        let client = params.get("client_id").ok_or_else(|| invalid_client("client_id is missing"))?;
        if self.is_known_client(client) { Ok(client) } else { Err(invalid_client("unknown client")) }
    }

    /// Returns the subject of the `id_token_hint`, if this provider signed it.
    pub(super) fn hinted_subject(&self, params: &RequestParams) -> Option<String> {
        let token = params.get("id_token_hint")?;
        let claims = self.grants(|grants| grants.signer().verify(token)).ok()??;
        claims["sub"].as_str().map(str::to_owned)
    }

    /// Reads or changes the grants in one step that excludes other processes.
    pub(super) fn grants<T>(&self, step: impl FnOnce(&mut Grants) -> T) -> std::result::Result<T, Response> {
        self.grants.update(self.now(), step).map_err(|_| unavailable())
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, PendingState> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
