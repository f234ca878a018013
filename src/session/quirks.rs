//! Deviations of a session's provider from the RFCs. Copied from the row at sign-in and stored with the session, so
//! that a later refresh or revocation does not depend on the catalog.
//!
//! Values may contain placeholders that are filled at run time: `{client_id}`, `{client_secret}`, `{access_token}`,
//! `{token}` (the one to revoke).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Deviations of the requests after sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionQuirks {
    #[serde(skip_serializing_if = "is_default")]
    pub refresh: RequestFormat,
    #[serde(skip_serializing_if = "is_default")]
    pub userinfo: RequestFormat,
    #[serde(skip_serializing_if = "is_default")]
    pub revoke: RequestFormat,
    /// The only token that can be revoked, which ends the grant; `None`: both.
    #[serde(rename = "revokes", skip_serializing_if = "Option::is_none")]
    pub revocable: Option<TokenKind>,
    /// Effect of a refresh for other scopes on the session; `None`: a new refresh token ends the earlier access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_tokens: Option<DerivedTokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logout: Option<LogoutMethod>,
    /// Header for the access token in requests to the API; `None`: `Authorization: Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_header: Option<TokenHeader>,
    /// Paths to the members of the token response: the RFC's name → a dotted path.
    #[serde(rename = "reply", skip_serializing_if = "BTreeMap::is_empty")]
    pub response_paths: BTreeMap<String, String>,
}

impl SessionQuirks {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Client authentication at the token endpoint (RFC 6749 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// A public client: the client id in the form, no secret.
    None,
    ClientSecretBasic,
    /// Id and secret in the form.
    ClientSecretPost,
    /// HTTP Basic with the id and, if there is no secret, an empty password, which strict servers reject.
    ClientIdBasic,
}

impl ClientAuth {
    /// Returns the name in the configuration; the first three are those of OpenID Connect Core 9.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientIdBasic => "client_id_basic",
        }
    }
}

/// A token that can be revoked (RFC 7009 2.1, `token_type_hint`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    AccessToken,
    RefreshToken,
}

/// Effect of a refresh for other scopes or another resource (RFC 6749 6) on the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DerivedTokens {
    /// Earlier access tokens stay valid although the refresh token changes.
    Independent,
    /// The next refresh token has the narrower scopes, and no later refresh gets the others back.
    Narrowing,
}

/// Request to the provider's logout page (OpenID Connect RP-Initiated Logout 1.0 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogoutMethod {
    /// The browser opens the page; nothing but the client and the account is sent.
    Get,
    /// A page of the program posts the ID token, which the provider requires.
    Post,
}

/// Header that presents an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenHeader {
    pub name: String,
    /// Text with `{access_token}`.
    pub value: String,
}

impl Default for TokenHeader {
    /// RFC 6750 2.1.
    fn default() -> Self {
        Self { name: "Authorization".to_owned(), value: "Bearer {access_token}".to_owned() }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFormat {
    /// URL, if it is not the standard endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// HTTP method, if it is not the default (`GET` for a profile, `POST` for the rest).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Location of the parameters; with `GET` always the query.
    pub body: ParameterLocation,
    /// Renamed parameters: the RFC's name → the provider's. An empty name: not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Parameters that are added or replace the RFC's value (`grant_type`), under the name that is sent. An empty value
    /// is not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuth>,
}

impl RequestFormat {
    /// Returns every text that may contain placeholders.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let values = self.params.values().chain(self.headers.values());
        self.endpoint.iter().chain(values).map(String::as_str)
    }

    /// Returns the same texts, to be filled.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let values = self.params.values_mut().chain(self.headers.values_mut());
        self.endpoint.iter_mut().chain(values)
    }
}

/// Location of a request's parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterLocation {
    #[default]
    Form,
    Json,
    /// The query string; no body.
    Query,
}

fn is_default(format: &RequestFormat) -> bool {
    *format == RequestFormat::default()
}
