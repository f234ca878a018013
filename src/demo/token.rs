//! Token endpoint: exchanges codes, refresh tokens and device codes for tokens (RFC 6749 4.1.3, 6; RFC 8628 3.4).
//!
//! Every sign-in gets a refresh token, with or without `offline_access`, because a demonstration without refresh would
//! end after an hour. A refresh token is valid once, without a grace period: a second use revokes the sign-in.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::device::DEVICE_GRANT;
use super::pending::CodeState;
use super::provider::DemoProvider;
use super::responses::{self, ProtocolError, RequestParams};
use super::signing::{at_hash, sha256};
use super::state::{Grant, Grants, RefreshTokenError, TokenPair};
use super::users::{DemoUser, has_scope};
use crate::secret::Secret;
use crate::server::{Request, Response};

/// Lifetime of an ID token; the client checks the token at once.
const ID_TOKEN_LIFETIME: chrono::Duration = chrono::Duration::hours(1);

/// Error for any code that is rejected, independent of the reason.
const INVALID_CODE: ProtocolError =
    ProtocolError { status: 400, error: "invalid_grant", description: "the code is unknown, expired or already used" };

/// Result of a redeemed code.
struct TokenGrant {
    grant: Grant,
    nonce: Option<String>,
}

impl DemoProvider {
    /// `POST` on `/token`.
    pub(super) fn token(&self, request: &Request) -> Response {
        self.exchange(request).map_or_else(ProtocolError::response, |tokens| responses::json(&tokens))
    }

    fn exchange(&self, request: &Request) -> Result<Value, ProtocolError> {
        let params = RequestParams::from_body(request)?.reject_repeated()?;
        let client = self.client_id(request, &params)?;
        match params.get("grant_type") {
            Some("authorization_code") => self.redeem_code(&params, client),
            Some("refresh_token") => self.refresh(&params, client),
            Some(DEVICE_GRANT) => self.redeem_device_code(&params, client),
            Some(_) => Err(ProtocolError::new("unsupported_grant_type", "unsupported grant type")),
            None => Err(ProtocolError::invalid_request("grant_type is missing")),
        }
    }

    /// Returns the client id. All clients are public: a client that authenticates was configured for another provider.
    pub(super) fn client_id<'p>(&self, request: &Request, params: &'p RequestParams) -> Result<&'p str, ProtocolError> {
        if request.header("authorization").is_some() || params.get("client_secret").is_some() {
            return Err(ProtocolError::invalid_client("clients of the demo provider are public and have no secret"));
        }
        let client = params.get("client_id").ok_or(ProtocolError::invalid_client("client_id is missing"))?;
        match self.is_known_client(client) {
            true => Ok(client),
            false => Err(ProtocolError::invalid_client("unknown client")),
        }
    }

    fn redeem_code(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let code = params.get("code").ok_or(ProtocolError::invalid_request("code is missing"))?;
        let redeemed = self.consume_code(code, params, client)?;
        let pair = self.issue_tokens(redeemed.grant)?;
        if let Some(code) = self.pending().codes.find(code, self.now()) {
            match code.state {
                CodeState::Reused => return Err(self.revoke_reused(Some(pair.family), INVALID_CODE)),
                _ => code.state = CodeState::Used(Some(pair.family.clone())),
            }
        }
        self.token_response(pair, redeemed.nonce)
    }

    /// Marks the code as used, even if a later check fails, and returns its grant.
    fn consume_code(&self, code: &str, params: &RequestParams, client: &str) -> Result<TokenGrant, ProtocolError> {
        let mut pending = self.pending();
        let code =
            pending.codes.find(code, self.now()).filter(|code| code.request.client == client).ok_or(INVALID_CODE)?;
        match std::mem::replace(&mut code.state, CodeState::Reused) {
            CodeState::Unused => code.state = CodeState::Used(None),
            CodeState::Used(family) => {
                drop(pending);
                return Err(self.revoke_reused(family, INVALID_CODE));
            }
            CodeState::Reused => return Err(INVALID_CODE),
        }
        if params.get("redirect_uri") != Some(code.redirect_uri().uri()) {
            return Err(ProtocolError::invalid_grant("redirect_uri does not match the authorization request"));
        }
        let verifier = params.get("code_verifier").ok_or(ProtocolError::invalid_grant("code_verifier is missing"))?;
        if !is_code_verifier(verifier) || !Secret::new(sha256(verifier)).matches(&code.request.code_challenge) {
            return Err(ProtocolError::invalid_grant("code_verifier does not match code_challenge"));
        }
        let grant = Grant {
            client: client.to_owned(),
            account: code.account.to_owned(),
            scope: code.request.scope.clone(),
            auth_time: code.auth_time,
            acr: code.request.acr.to_owned(),
        };
        Ok(TokenGrant { grant, nonce: code.request.nonce.clone() })
    }

    /// Revokes the tokens of a code that was used twice, because one of the two may be stolen (RFC 6749 4.1.2).
    fn revoke_reused(&self, family: Option<Secret>, error: ProtocolError) -> ProtocolError {
        match family.map(|family| self.grants.update(self.now(), |grants| grants.revoke_family(&family))) {
            Some(Err(_)) => ProtocolError::unavailable(),
            _ => error,
        }
    }

    fn refresh(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let token = params.get("refresh_token").ok_or(ProtocolError::invalid_request("refresh_token is missing"))?;
        let (now, expires_at) = self.access_token_validity();
        let rotated =
            self.update_grants(|grants| grants.rotate(token, client, params.get("scope"), now, expires_at))?;
        match rotated {
            Ok(pair) => self.token_response(pair, None),
            Err(RefreshTokenError::Unknown) => {
                Err(ProtocolError::invalid_grant("the refresh token is unknown or expired"))
            }
            Err(RefreshTokenError::Reused) => Err(ProtocolError::invalid_grant(
                "the refresh token was already used; all tokens of its sign-in are revoked",
            )),
            Err(RefreshTokenError::ScopeExceeded) => {
                Err(ProtocolError::new("invalid_scope", "the requested scope exceeds the granted scope"))
            }
        }
    }

    /// Starts a token family.
    pub(super) fn issue_tokens(&self, grant: Grant) -> Result<TokenPair, ProtocolError> {
        let (now, expires_at) = self.access_token_validity();
        self.update_grants(|grants| grants.start_family(grant, now, expires_at))
    }

    /// Returns the response of RFC 6749 5.1, with an ID token if `openid` was granted.
    pub(super) fn token_response(&self, pair: TokenPair, nonce: Option<String>) -> Result<Value, ProtocolError> {
        let mut response = json!({
            "access_token": pair.access.expose(),
            "token_type": "Bearer",
            "expires_in": self.access_token_lifetime.as_secs(),
            "refresh_token": pair.refresh.expose(),
            "scope": pair.scope,
        });
        if has_scope(&pair.scope, "openid") {
            let claims = self.id_token_claims(&pair, nonce)?;
            let token = self.update_grants(|grants| grants.signer().sign(&claims))?;
            response["id_token"] = json!(token.expose());
        }
        Ok(response)
    }

    /// Returns the claims of an ID token (OpenID Core 2, 3.1.3.6, 12.2).
    fn id_token_claims(&self, pair: &TokenPair, nonce: Option<String>) -> Result<Value, ProtocolError> {
        let account = DemoUser::from_name(&pair.grant.account)
            .ok_or(ProtocolError::invalid_grant("the account no longer exists"))?;
        let now = self.now();
        let mut claims = Value::Object(account.claims(&pair.scope));
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
        Ok(claims)
    }

    fn update_grants<T>(&self, step: impl FnOnce(&mut Grants) -> T) -> Result<T, ProtocolError> {
        self.grants.update(self.now(), step).map_err(|_| ProtocolError::unavailable())
    }

    /// Returns the current time and the expiry of an access token that is issued now.
    fn access_token_validity(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let now = self.now();
        let life = chrono::Duration::from_std(self.access_token_lifetime).unwrap_or(chrono::Duration::MAX);
        (now, now.checked_add_signed(life).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// Returns whether a code verifier is valid by RFC 7636 4.1: 43 to 128 unreserved characters.
fn is_code_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}
