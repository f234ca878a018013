//! Token endpoint (RFC 6749 4.1.3, 6; RFC 8628 3.4), and the endpoints that take a token: userinfo (OpenID Core 5.3,
//! RFC 6750) and revocation (RFC 7009).
//!
//! Every sign-in gets a refresh token, with or without `offline_access`, because a demonstration without refresh would
//! end after an hour. A refresh token is valid once, without a grace period: a second use revokes the sign-in.

use serde_json::json;

use super::device::DEVICE_GRANT;
use super::pending::CodeState;
use super::protocol::{RequestParams, bearer_error, error, invalid_grant, invalid_request, json_response};
use super::provider::DemoProvider;
use super::signing::{at_hash, sha256};
use super::state::{ACCESS_TOKEN_LIFETIME, Grant, TokenPair};
use super::users::{DemoUser, has_scope};
use crate::secret::Secret;
use crate::server::{Request, Response};

/// Lifetime of an ID token; the client checks the token at once.
const ID_TOKEN_LIFETIME: chrono::Duration = chrono::Duration::hours(1);

impl DemoProvider {
    /// `POST` on `/token`.
    pub(super) fn token(&self, request: &Request) -> Result<Response, Response> {
        let params = RequestParams::parse_unique(request)?;
        let client = self.client_id(request, &params)?;
        match params.get("grant_type") {
            Some("authorization_code") => self.redeem_code(&params, client),
            Some("refresh_token") => self.refresh(&params, client),
            Some(DEVICE_GRANT) => self.redeem_device_code(&params, client),
            Some(_) => Err(error("unsupported_grant_type", "unsupported grant type")),
            None => Err(invalid_request("grant_type is missing")),
        }
    }

    fn redeem_code(&self, params: &RequestParams, client: &str) -> Result<Response, Response> {
        let code = params.get("code").ok_or_else(|| invalid_request("code is missing"))?;
        let (grant, nonce) = self.consume_code(code, params, client)?;
        let pair = self.issue_tokens(grant)?;
        if let Some(code) = self.pending().codes.find(code, self.now()) {
            match code.state {
                CodeState::Reused => return Err(self.revoke_reused(Some(pair.family))),
                _ => code.state = CodeState::Used(Some(pair.family.clone())),
            }
        }
        self.token_response(pair, nonce)
    }

    /// Marks the code as used, even if a later check fails, and returns its grant and its nonce.
    fn consume_code(
        &self,
        code: &str,
        params: &RequestParams,
        client: &str,
    ) -> Result<(Grant, Option<String>), Response> {
        let mut pending = self.pending();
        let code = pending.codes.find(code, self.now()).filter(|code| code.request.client == client);
        let code = code.ok_or_else(invalid_code)?;
        match std::mem::replace(&mut code.state, CodeState::Reused) {
            CodeState::Unused => code.state = CodeState::Used(None),
            CodeState::Used(family) => {
                drop(pending);
                return Err(self.revoke_reused(family));
            }
            CodeState::Reused => return Err(invalid_code()),
        }
        let request = &code.request;
        if params.get("redirect_uri") != Some(request.target.uri.uri()) {
            return Err(invalid_grant("redirect_uri does not match the authorization request"));
        }
        let verifier = params.get("code_verifier").ok_or_else(|| invalid_grant("code_verifier is missing"))?;
        if !is_code_verifier(verifier) || !Secret::new(sha256(verifier)).matches(&request.code_challenge) {
            return Err(invalid_grant("code_verifier does not match code_challenge"));
        }
        let grant = Grant {
            client: client.to_owned(),
            account: code.account.to_owned(),
            scope: request.scope.clone(),
            auth_time: code.auth_time,
            acr: request.acr.to_owned(),
        };
        Ok((grant, request.nonce.clone()))
    }

    /// Revokes the tokens of a code that was used twice, because one of the two may be stolen (RFC 6749 4.1.2).
    fn revoke_reused(&self, family: Option<Secret>) -> Response {
        let revoked = family.map(|family| self.grants(|grants| grants.revoke_family(&family)));
        revoked.transpose().map_or_else(|error| error, |_| invalid_code())
    }

    fn refresh(&self, params: &RequestParams, client: &str) -> Result<Response, Response> {
        let token = params.get("refresh_token").ok_or_else(|| invalid_request("refresh_token is missing"))?;
        let now = self.now();
        self.token_response(self.grants(|grants| grants.rotate(token, client, params.get("scope"), now))??, None)
    }

    /// Starts a token family.
    pub(super) fn issue_tokens(&self, grant: Grant) -> Result<TokenPair, Response> {
        let now = self.now();
        self.grants(|grants| grants.start_family(grant, now))
    }

    /// Returns the response of RFC 6749 5.1, with an ID token if `openid` was granted.
    pub(super) fn token_response(&self, pair: TokenPair, nonce: Option<String>) -> Result<Response, Response> {
        let mut response = json!({
            "access_token": pair.access.expose(),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_LIFETIME.num_seconds(),
            "refresh_token": pair.refresh.expose(),
            "scope": pair.scope,
        });
        if has_scope(&pair.scope, "openid") {
            response["id_token"] = json!(self.id_token(&pair, nonce)?.expose());
        }
        Ok(json_response(200, &response))
    }

    /// Returns an ID token (OpenID Core 2, 3.1.3.6, 12.2).
    fn id_token(&self, pair: &TokenPair, nonce: Option<String>) -> Result<Secret, Response> {
        let user =
            DemoUser::from_name(&pair.grant.account).ok_or_else(|| invalid_grant("the account no longer exists"))?;
        let now = self.now();
        let mut claims = user.claims(&pair.scope);
        claims["iss"] = json!(self.issuer());
        claims["aud"] = json!(pair.grant.client);
        claims["iat"] = json!(now.timestamp());
        claims["exp"] = json!((now + ID_TOKEN_LIFETIME).timestamp());
        claims["auth_time"] = json!(pair.grant.auth_time.timestamp());
        claims["acr"] = json!(pair.grant.acr);
        claims["at_hash"] = json!(at_hash(&pair.access));
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.grants(|grants| grants.signer().sign(&claims))
    }

    /// `GET` or `POST` on `/userinfo`. The only supported transport of the token is the header (RFC 6750 2.1).
    pub(super) fn userinfo(&self, request: &Request) -> Result<Response, Response> {
        let header = request.header("authorization").and_then(|header| header.split_once(' '));
        let (_, token) =
            header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or_else(|| bearer_error(401, ""))?;
        let now = self.now();
        let (account, scope) = self
            .grants(|grants| grants.find_access(token.trim(), now))?
            .ok_or_else(|| bearer_error(401, ", error=\"invalid_token\", error_description=\"unknown or expired\""))?;
        match DemoUser::from_name(&account) {
            Some(user) if has_scope(&scope, "openid") => Ok(json_response(200, &user.claims(&scope))),
            _ => Err(bearer_error(403, ", error=\"insufficient_scope\", scope=\"openid\"")),
        }
    }

    /// `POST` on `/revoke`.
    pub(super) fn revoke(&self, request: &Request) -> Result<Response, Response> {
        let params = RequestParams::parse_unique(request)?;
        let client = self.client_id(request, &params)?;
        let token = params.get("token").ok_or_else(|| invalid_request("token is missing"))?;
        self.grants(|grants| grants.revoke(token, client))??;
        Ok(Response::new(200, &[("Cache-Control", "no-store")], ""))
    }
}

/// Error for a code that is rejected, independent of the reason.
fn invalid_code() -> Response {
    invalid_grant("the code is unknown, expired or already used")
}

/// Returns whether a code verifier is valid by RFC 7636 4.1: 43 to 128 unreserved characters.
fn is_code_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}
