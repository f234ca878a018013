//! Test data of the protocol modules: a provider, a session, responses.

use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::discovery::Metadata;
use super::{HttpRequest, HttpResponse};
use crate::catalog::{KnownEndpoints, Provider};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth, ClientOrigin, Session};

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
    Client { id: "cli ent:ü".into(), secret: secret.map(Secret::new), auth, origin: ClientOrigin::Configured }
}

pub(super) fn session() -> Session {
    Session::from_stored(&Secret::new(include_str!("fixtures/session.json"))).unwrap()
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
