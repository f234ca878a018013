//! What is done with a token: userinfo (OpenID Core 5.3, RFC 6750) and revocation (RFC 7009).

use serde_json::Value;

use super::DemoProvider;
use super::responses::{self, ProtocolError, RequestParams};
use super::state::Revocation;
use super::users::{granted, named};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/userinfo`.
    pub(super) fn userinfo(&self, request: &Request) -> Response {
        let Some(token) = bearer(request) else { return challenge(401, "") };
        let now = self.now();
        let found = self
            .book
            .with(now, |grants| grants.access(token, now).map(|(grant, scope)| (grant.account.clone(), scope)));
        let (account, scope) = match found {
            Err(_) => return ProtocolError::unavailable().response(),
            Ok(None) => return challenge(401, ", error=\"invalid_token\", error_description=\"unknown or expired\""),
            Ok(Some(found)) => found,
        };
        match named(&account) {
            Some(account) if granted(&scope, "openid") => responses::json(&Value::Object(account.claims(&scope))),
            _ => challenge(403, ", error=\"insufficient_scope\", scope=\"openid\""),
        }
    }

    /// `POST` on `/revoke`.
    pub(super) fn revoke(&self, request: &Request) -> Response {
        match self.take_back(request) {
            Ok(()) => responses::empty(200, None),
            Err(refusal) => refusal.response(),
        }
    }

    fn take_back(&self, request: &Request) -> Result<(), ProtocolError> {
        let params = RequestParams::of_form(request)?.once_each()?;
        let client = self.client(request, &params)?;
        let token = params.get("token").ok_or(ProtocolError::invalid_request("token is missing"))?;
        match self.book.with(self.now(), |grants| grants.revoke(token, client)) {
            Ok(Revocation::Done) => Ok(()),
            Ok(Revocation::NotYours) => Err(ProtocolError::new("unauthorized_client", "the token is another client's")),
            Err(_) => Err(ProtocolError::unavailable()),
        }
    }
}

/// The token of the `Authorization` header (RFC 6750 2.1), the one place it is looked for.
fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// RFC 6750 3.
fn challenge(status: u16, error: &str) -> Response {
    responses::empty(status, Some(responses::header("WWW-Authenticate", &format!("Bearer realm=\"demo\"{error}"))))
}
