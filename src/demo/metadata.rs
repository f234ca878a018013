//! Paths, endpoint URLs for clients and browsers, and the metadata document (OpenID Connect Discovery 1.0 section 3,
//! RFC 8414 section 2).

use serde_json::{Value, json};

use super::settings::{FIXED_ISSUER, Issuer};

/// Paths of the endpoints that other files name.
pub(super) mod path {
    pub(in crate::demo) const OPENID_METADATA: &str = "/.well-known/openid-configuration";
    pub(in crate::demo) const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
    pub(in crate::demo) const JWKS: &str = "/jwks";
    pub(in crate::demo) const AUTHORIZE: &str = "/authorize";
    pub(in crate::demo) const DECISION: &str = "/decision";
    pub(in crate::demo) const TOKEN: &str = "/token";
    pub(in crate::demo) const DEVICE_CODE: &str = "/device/code";
    pub(in crate::demo) const DEVICE: &str = "/device";
    pub(in crate::demo) const USERINFO: &str = "/userinfo";
    pub(in crate::demo) const REVOKE: &str = "/revoke";
    pub(in crate::demo) const LOGOUT: &str = "/logout";
}

/// Supported `acr_values` (OpenID Core 2); the first is the default and means that the user was not authenticated.
pub(super) const ACR_VALUES: &[&str] = &["0", "1"];

/// URLs of the provider: those that clients call and those that browsers open.
pub(super) struct DemoEndpoints {
    /// Issuer, and prefix of the URLs that a client stores.
    pub(super) issuer: String,
    /// Origin of the URLs that a browser opens.
    pub(super) browser_origin: String,
}

impl DemoEndpoints {
    pub(super) fn new(issuer: Issuer, port: u16) -> Self {
        let browser_origin = format!("http://127.0.0.1:{port}");
        let issuer = match issuer {
            Issuer::Fixed => FIXED_ISSUER.to_owned(),
            Issuer::Loopback => browser_origin.clone(),
        };
        Self { issuer, browser_origin }
    }

    pub(super) fn metadata(&self) -> Value {
        let browser_url = |path: &str| format!("{}{path}", self.browser_origin);
        let client_url = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": browser_url(path::AUTHORIZE),
            "end_session_endpoint": browser_url(path::LOGOUT),
            "token_endpoint": client_url(path::TOKEN),
            "device_authorization_endpoint": client_url(path::DEVICE_CODE),
            "userinfo_endpoint": client_url(path::USERINFO),
            "revocation_endpoint": client_url(path::REVOKE),
            "jwks_uri": client_url(path::JWKS),
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported":
                ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "authorization_response_iss_parameter_supported": true,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "acr_values_supported": ACR_VALUES,
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "at_hash",
                "name", "preferred_username", "email", "email_verified"
            ],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false
        })
    }
}
