//! Test data of the protocol modules: a provider, a session, responses.

use chrono::DateTime;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::discovery::Metadata;
use super::{HttpRequest, HttpResponse};
use crate::catalog::{KnownEndpoints, Provider};
use crate::secret::Secret;
use crate::session::{Account, Client, ClientAuth, Endpoints, Session, SessionKey, SessionQuirks, Tokens};

pub(super) const ISSUER: &str = "https://id.example";

pub(super) fn provider() -> Provider {
    Provider {
        title: "Acme".into(),
        issuer: Some(ISSUER.into()),
        endpoints: KnownEndpoints {
            authorization: Some("https://id.example/authorize".into()),
            token: Some("https://id.example/token".into()),
            ..KnownEndpoints::default()
        },
        client_id: Some("client".into()),
        ..Provider::from_name("acme")
    }
}

pub(super) fn metadata() -> Metadata {
    Metadata { issuer: ISSUER.into(), ..Metadata::default() }
}

pub(super) fn client(auth: ClientAuth, secret: Option<&str>) -> Client {
    Client { id: "cli ent:ü".into(), secret: secret.map(Secret::new), auth }
}

pub(super) fn session() -> Session {
    let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    Session {
        key: SessionKey {
            app: "mycli".into(),
            authority: ISSUER.into(),
            client_id: "client".into(),
            resource: None,
            subject: Some("alice".into()),
        },
        provider: "acme".into(),
        account: Account { subject: Some("alice".into()), name: "alice@id.example".into(), email: None },
        issuer: Some(ISSUER.into()),
        endpoints: Endpoints {
            token: "https://id.example/token".into(),
            revocation: None,
            userinfo: None,
            end_session: None,
            jwks: None,
        },
        client: Client { id: "client".into(), secret: None, auth: ClientAuth::None },
        scopes: Vec::new(),
        scopes_requested: Vec::new(),
        scope_separator: " ".into(),
        refresh_params: Vec::new(),
        ca_file: None,
        id_token_hmac: false,
        quirks: SessionQuirks::default(),
        tokens: Tokens {
            access_token: Secret::new("old-access"),
            token_type: None,
            refresh_token: Some(Secret::new("old-refresh")),
            id_token: None,
            expires_at: None,
            received_at: at,
        },
        signed_in_at: at,
    }
}

pub(super) fn response(status: u16, kind: &str, body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(body.as_bytes().to_vec());
    *response.status_mut() = status.try_into().unwrap();
    if !kind.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
    }
    response
}

pub(super) fn json_response(status: u16, body: &Value) -> HttpResponse {
    response(status, "application/json", &body.to_string())
}

/// Fields of a request's form, in order.
pub(super) fn form(request: &HttpRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = form.iter().filter(|(known, _)| known == name);
    let first = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "`{name}` is there twice");
    first
}
