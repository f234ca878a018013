//! How a session's provider wants to be asked, where that differs from the RFCs: taken from its row at sign-in and kept,
//! so that a refresh or a revocation years later looks nothing up.
//!
//! Values may hold what is only known when the message is written: `{client_id}`, `{client_secret}`, `{access_token}`,
//! `{token}` (the one to revoke).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClientAuth;

/// The messages after sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionQuirks {
    /// The refresh (RFC 6749 6).
    #[serde(skip_serializing_if = "is_default")]
    pub refresh: RequestFormat,
    /// The profile request.
    #[serde(skip_serializing_if = "is_default")]
    pub userinfo: RequestFormat,
    /// The revocation (RFC 7009).
    #[serde(skip_serializing_if = "is_default")]
    pub revoke: RequestFormat,
    /// The one token that can be revoked, and whose end is the end of the grant; `None`: each of them.
    #[serde(rename = "revokes", skip_serializing_if = "Option::is_none")]
    pub revocable: Option<TokenKind>,
    /// Where the token reply keeps its members: the RFC's name → a dotted path.
    #[serde(rename = "reply", skip_serializing_if = "BTreeMap::is_empty")]
    pub response_paths: BTreeMap<String, String>,
}

impl SessionQuirks {
    /// Whether it is that of the RFCs.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A token that can be revoked (RFC 7009 2.1, `token_type_hint`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// RFC 6749 1.4.
    AccessToken,
    /// RFC 6749 1.5.
    RefreshToken,
}

/// How one request is written, where it differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestFormat {
    /// Its own address, where it is not the usual endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The HTTP method, where it is not the usual one (`GET` for a profile, `POST` for the rest).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where the parameters go; with `GET` always into the query.
    pub body: ParameterLocation,
    /// Parameters under another name: the RFC's → the provider's. Empty: not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Parameters added, or set in place of the RFC's value (`grant_type`), under the name that is sent. One that comes
    /// out empty is not sent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// Header lines added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How the client proves itself in this one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuth>,
}

impl RequestFormat {
    /// Every text that placeholders may stand in.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let values = self.params.values().chain(self.headers.values());
        self.endpoint.iter().chain(values).map(String::as_str)
    }

    /// Replaces each of [`Message::texts`].
    pub fn rewrite(&mut self, mut text: impl FnMut(&str) -> String) {
        let values = self.params.values_mut().chain(self.headers.values_mut());
        self.endpoint.iter_mut().chain(values).for_each(|value| *value = text(value));
    }
}

/// Where a request's parameters go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterLocation {
    /// `application/x-www-form-urlencoded`, as the RFCs have it.
    #[default]
    Form,
    /// One JSON object.
    Json,
    /// The query string; no body.
    Query,
}

fn is_default(message: &RequestFormat) -> bool {
    *message == RequestFormat::default()
}
