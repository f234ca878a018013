//! Endpoints that take a token: userinfo (OpenID Core 5.3, RFC 6750) and revocation (RFC 7009).

use serde_json::Value;

use super::provider::DemoProvider;
use super::responses::{self, ProtocolError, RequestParams};
use super::state::Revocation;
use super::users::{DemoUser, has_scope};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/userinfo`.
    pub(super) fn userinfo(&self, request: &Request) -> Response {
        let Some(token) = bearer_token(request) else { return bearer_error(401, "") };
        let now = self.now();
        let found = self
            .grants
            .update(now, |grants| grants.find_access(token, now).map(|(grant, scope)| (grant.account.clone(), scope)));
        let (account, scope) = match found {
            Err(_) => return ProtocolError::unavailable().response(),
            Ok(None) => {
                return bearer_error(401, ", error=\"invalid_token\", error_description=\"unknown or expired\"");
            }
            Ok(Some(found)) => found,
        };
        match DemoUser::from_name(&account) {
            Some(account) if has_scope(&scope, "openid") => responses::json(&Value::Object(account.claims(&scope))),
            _ => bearer_error(403, ", error=\"insufficient_scope\", scope=\"openid\""),
        }
    }

    /// `POST` on `/revoke`.
    pub(super) fn revoke(&self, request: &Request) -> Response {
        match self.revoke_token(request) {
            Ok(()) => responses::empty(200, None),
            Err(error) => error.response(),
        }
    }

    fn revoke_token(&self, request: &Request) -> Result<(), ProtocolError> {
        let params = RequestParams::from_body(request)?.reject_repeated()?;
        let client = self.client_id(request, &params)?;
        let token = params.get("token").ok_or(ProtocolError::invalid_request("token is missing"))?;
        match self.grants.update(self.now(), |grants| grants.revoke(token, client)) {
            Ok(Revocation::Done) => Ok(()),
            Ok(Revocation::OtherClient) => {
                Err(ProtocolError::new("unauthorized_client", "the token belongs to another client"))
            }
            Err(_) => Err(ProtocolError::unavailable()),
        }
    }
}

/// Returns the token of the `Authorization` header (RFC 6750 2.1), the only supported transport.
fn bearer_token(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns an error response with a bearer challenge (RFC 6750 3).
fn bearer_error(status: u16, error: &str) -> Response {
    responses::empty(status, Some(responses::header("WWW-Authenticate", &format!("Bearer realm=\"demo\"{error}"))))
}
