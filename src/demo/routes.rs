//! The listener of the demo provider, and the routes from paths to endpoints.

use std::sync::Arc;

use super::metadata::path;
use super::pages;
use super::provider::DemoProvider;
use super::responses::{self, ProtocolError};
use super::settings::{DemoSettings, Issuer};
use crate::error::Result;
use crate::server::{LoopbackHosts, Request, Response, RunningServer, Server, ServerLimits};

/// `Host` of a request to [`super::FIXED_ISSUER`].
const FIXED_AUTHORITY: &str = "demo.localhost";

/// Maximum size of a request body in bytes; enough for the three tokens of a few kilobytes each in a logout.
const MAX_BODY_BYTES: usize = 32 * 1024;

/// Maximum number of connections of an ordinary issuer; test suites send requests from hundreds of processes at once.
const MAX_CONNECTIONS: usize = 512;

/// Provider that serves requests on 127.0.0.1 until this is dropped.
pub struct RunningDemo {
    demo: Arc<DemoProvider>,
    server: RunningServer,
}

impl RunningDemo {
    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Returns the issuer, as in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        self.demo.issuer()
    }
}

impl DemoProvider {
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
        let provider = Arc::clone(&demo);
        let server = listener.serve(MAX_BODY_BYTES, move |request| provider.respond(request));
        Ok(RunningDemo { demo, server })
    }

    /// Responds to one request.
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
}
