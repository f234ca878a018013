//! The token endpoint: codes, refresh tokens and device codes into tokens (RFC 6749 4.1.3, 6; RFC 8628 3.4).
//!
//! Every sign-in gets a refresh token, with `offline_access` or without: a demonstration that ends after an hour would
//! not show the point. Each is good for one use, at once: a second use of the same one ends the sign-in, however soon.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::DemoProvider;
use super::device::DEVICE_GRANT;
use super::pending::CodeState;
use super::responses::{self, ProtocolError, RequestParams};
use super::signing::{at_hash, sha256};
use super::state::{Grant, Grants, RefreshTokenError, TokenPair};
use super::users::{granted, named};
use crate::secret::Secret;
use crate::server::{Request, Response};

/// How long an ID token may be shown after it was made: the client checks it at once.
const ID_TOKEN_LIFE: chrono::Duration = chrono::Duration::hours(1);

/// What is said of any code that is not taken, whatever the reason.
const UNKNOWN_CODE: ProtocolError = ProtocolError {
    status: 400,
    error: "invalid_grant",
    description: "the code is not known, has expired or was used",
};

/// A code that was redeemed well.
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
        let params = RequestParams::of_form(request)?.once_each()?;
        let client = self.client(request, &params)?;
        match params.get("grant_type") {
            Some("authorization_code") => self.redeem(&params, client),
            Some("refresh_token") => self.refresh(&params, client),
            Some(DEVICE_GRANT) => self.poll(&params, client),
            Some(_) => Err(ProtocolError::new("unsupported_grant_type", "this grant type is not served")),
            None => Err(ProtocolError::invalid_request("grant_type is missing")),
        }
    }

    /// The client that speaks. All are public: one that proves itself was set up for another provider.
    pub(super) fn client<'p>(&self, request: &Request, params: &'p RequestParams) -> Result<&'p str, ProtocolError> {
        if request.header("authorization").is_some() || params.get("client_secret").is_some() {
            return Err(ProtocolError::invalid_client("clients of the demo provider are public and have no secret"));
        }
        let client = params.get("client_id").ok_or(ProtocolError::invalid_client("client_id is missing"))?;
        match self.knows(client) {
            true => Ok(client),
            false => Err(ProtocolError::invalid_client("this client is not known")),
        }
    }

    fn redeem(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let code = params.get("code").ok_or(ProtocolError::invalid_request("code is missing"))?;
        let redeemed = self.check_code(code, params, client)?;
        let pair = self.begin(redeemed.grant)?;
        if let Some(code) = self.desk().codes.find(code, self.now()) {
            match code.state {
                CodeState::Reused => return Err(self.end_reused(Some(pair.family), UNKNOWN_CODE)),
                _ => code.state = CodeState::Spent(Some(pair.family.clone())),
            }
        }
        self.answer_with(pair, redeemed.nonce)
    }

    /// Takes the code; whatever happens next, it was presented and is worth nothing any more.
    fn check_code(&self, name: &str, params: &RequestParams, client: &str) -> Result<TokenGrant, ProtocolError> {
        let mut desk = self.desk();
        let code = desk.codes.find(name, self.now()).filter(|code| code.ask.client == client).ok_or(UNKNOWN_CODE)?;
        match std::mem::replace(&mut code.state, CodeState::Reused) {
            CodeState::Fresh => code.state = CodeState::Spent(None),
            CodeState::Spent(family) => {
                drop(desk);
                return Err(self.end_reused(family, UNKNOWN_CODE));
            }
            CodeState::Reused => return Err(UNKNOWN_CODE),
        }
        if params.get("redirect_uri") != Some(code.redirect().uri()) {
            return Err(ProtocolError::invalid_grant("redirect_uri is not the one of the authorization request"));
        }
        let verifier = params.get("code_verifier").ok_or(ProtocolError::invalid_grant("code_verifier is missing"))?;
        if !well_formed(verifier) || !Secret::new(sha256(verifier)).matches(&code.ask.challenge) {
            return Err(ProtocolError::invalid_grant("code_verifier does not fit the code_challenge"));
        }
        let grant = Grant {
            client: client.to_owned(),
            account: code.account.to_owned(),
            scope: code.ask.scope.clone(),
            auth_time: code.auth_time,
            acr: code.ask.acr.to_owned(),
        };
        Ok(TokenGrant { grant, nonce: code.ask.nonce.clone() })
    }

    /// A code came twice, so one of the two was stolen: what came of it ends (RFC 6749 4.1.2).
    fn end_reused(&self, family: Option<Secret>, refusal: ProtocolError) -> ProtocolError {
        match family.map(|family| self.book.with(self.now(), |grants| grants.end(&family))) {
            Some(Err(_)) => ProtocolError::unavailable(),
            _ => refusal,
        }
    }

    fn refresh(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let token = params.get("refresh_token").ok_or(ProtocolError::invalid_request("refresh_token is missing"))?;
        let (now, end) = self.span();
        let rotated = self.keep(|grants| grants.rotate(token, client, params.get("scope"), now, end))?;
        match rotated {
            Ok(pair) => self.answer_with(pair, None),
            Err(RefreshTokenError::Unknown) => {
                Err(ProtocolError::invalid_grant("the refresh token is not known or has expired"))
            }
            Err(RefreshTokenError::Reused) => Err(ProtocolError::invalid_grant(
                "the refresh token was used before; the sign-in it belongs to has ended",
            )),
            Err(RefreshTokenError::TooWide) => {
                Err(ProtocolError::new("invalid_scope", "more was asked for than was granted"))
            }
        }
    }

    /// Begins a family of tokens.
    pub(super) fn begin(&self, grant: Grant) -> Result<TokenPair, ProtocolError> {
        let (now, end) = self.span();
        self.keep(|grants| grants.begin(grant, now, end))
    }

    /// The answer of RFC 6749 5.1, with an ID token where `openid` was granted.
    pub(super) fn answer_with(&self, pair: TokenPair, nonce: Option<String>) -> Result<Value, ProtocolError> {
        let mut answer = json!({
            "access_token": pair.access.expose(),
            "token_type": "Bearer",
            "expires_in": self.access_token_lifetime.as_secs(),
            "refresh_token": pair.refresh.expose(),
            "scope": pair.scope,
        });
        if granted(&pair.scope, "openid") {
            let claims = self.id_claims(&pair, nonce)?;
            let token = self.keep(|grants| grants.signer().sign(&claims))?;
            answer["id_token"] = json!(token.expose());
        }
        Ok(answer)
    }

    /// The claims of an ID token (OpenID Core 2, 3.1.3.6, 12.2).
    fn id_claims(&self, pair: &TokenPair, nonce: Option<String>) -> Result<Value, ProtocolError> {
        let account = named(&pair.grant.account).ok_or(ProtocolError::invalid_grant("the account is gone"))?;
        let now = self.now();
        let mut claims = Value::Object(account.claims(&pair.scope));
        claims["iss"] = json!(self.issuer());
        claims["aud"] = json!(pair.grant.client);
        claims["iat"] = json!(now.timestamp());
        claims["exp"] = json!((now + ID_TOKEN_LIFE).timestamp());
        claims["auth_time"] = json!(pair.grant.auth_time.timestamp());
        claims["acr"] = json!(pair.grant.acr);
        claims["at_hash"] = json!(at_hash(&pair.access));
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        Ok(claims)
    }

    fn keep<T>(&self, step: impl FnOnce(&mut Grants) -> T) -> Result<T, ProtocolError> {
        self.book.with(self.now(), step).map_err(|_| ProtocolError::unavailable())
    }

    /// From now to the end of an access token made now.
    fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let now = self.now();
        let life = chrono::Duration::from_std(self.access_token_lifetime).unwrap_or(chrono::Duration::MAX);
        (now, now.checked_add_signed(life).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// Whether a verifier is one of RFC 7636 4.1: 43 to 128 unreserved characters.
fn well_formed(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}
