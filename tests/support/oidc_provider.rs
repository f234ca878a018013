//! npm `oidc-provider`, an independent OpenID provider.

use serde::Deserialize;
use serde_json::{Value, json};

use super::servers::Server;
use super::visitor;

/// Running provider; see `tests/servers/oidc-provider.mjs` for its settings.
pub struct OidcProvider {
    server: Server,
}

/// Logged request.
#[derive(Debug, Clone, Deserialize)]
pub struct LoggedRequest {
    pub method: String,
    pub path: String,
    pub status: u16,
    pub grant_type: Option<String>,
    pub error: Option<String>,
}

impl OidcProvider {
    pub fn start(settings: &Value) -> Self {
        Self { server: Server::start("oidc-provider.mjs", settings) }
    }

    pub fn issuer(&self) -> &str {
        self.greeting("issuer")
    }

    pub fn client_id(&self) -> &str {
        self.greeting("clientId")
    }

    /// Requests so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let log = visitor::get(&format!("{}/log", self.greeting("control")));
        serde_json::from_str(&log.body).expect("the log is JSON")
    }

    /// Number of refresh requests, successful or not.
    pub fn refreshes(&self) -> usize {
        self.requests().iter().filter(|request| request.grant_type.as_deref() == Some("refresh_token")).count()
    }

    /// Sets the lifetime of access tokens in seconds.
    pub fn set_access_token_life(&self, seconds: u32) {
        let settings = json!({ "accessTokenTtl": seconds });
        let response = visitor::post(&format!("{}/settings", self.greeting("control")), &settings.to_string());
        assert_eq!(response.status, 200, "{}", response.body);
    }

    /// Waits until every earlier request is processed, including those of clients that have disconnected.
    pub fn wait_until_idle(&self) {
        visitor::get(&format!("{}/rest", self.greeting("control")));
    }

    fn greeting(&self, name: &str) -> &str {
        self.server.greeting[name].as_str().expect("the greeting names it")
    }
}
