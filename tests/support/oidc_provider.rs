//! npm `oidc-provider`, a real OpenID provider that others wrote.

use serde::Deserialize;
use serde_json::{Value, json};

use super::servers::Server;
use super::visitor;

/// The provider, running; see `tests/servers/oidc-provider.mjs` for its settings.
pub struct OidcProvider {
    server: Server,
}

/// A request that reached one of its endpoints.
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

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let log = visitor::get(&format!("{}/log", self.greeting("control")));
        serde_json::from_str(&log.body).expect("the log is JSON")
    }

    /// How often tokens were refreshed, in vain or not.
    pub fn refreshes(&self) -> usize {
        self.requests().iter().filter(|asked| asked.grant_type.as_deref() == Some("refresh_token")).count()
    }

    /// The life of access tokens from now on, in seconds.
    pub fn set_access_token_life(&self, seconds: u32) {
        let settings = json!({ "accessTokenTtl": seconds });
        let answer = visitor::post(&format!("{}/settings", self.greeting("control")), &settings.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Waits until every request that was sent before is done with, those of clients that have left included.
    pub fn wait_until_idle(&self) {
        visitor::get(&format!("{}/rest", self.greeting("control")));
    }

    fn greeting(&self, name: &str) -> &str {
        self.server.greeting[name].as_str().expect("the greeting names it")
    }
}
