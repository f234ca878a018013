//! The profile of a session's user (OpenID Connect Core 5.3, or the provider's own endpoint).

use serde_json::Value;

use super::{App, runtime};
use crate::error::{Error, Result};
use crate::oauth::id_token::{self, ExpectedClaims};
use crate::oauth::userinfo;
use crate::session::Session;

impl App {
    /// Fetches the profile with the access token of `session`. A signed one must be signed by the session's issuer, and
    /// its subject must be that of the ID token.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`] if the provider rejects the token, [`Error::Usage`] if it has no profile,
    /// [`Error::Check`], [`Error::Network`].
    pub fn fetch_profile(&self, session: &Session) -> Result<Value> {
        self.ensure_reachable(session)?;
        // A token for a protected resource is sent only to that resource.
        let endpoint = session.endpoints.userinfo.as_ref().filter(|_| session.protected_resource().is_none());
        let Some(endpoint) = endpoint else {
            return Err(Error::usage(format!("`{}` has no userinfo endpoint", session.provider)));
        };
        let request =
            userinfo::request(endpoint, &session.quirks.userinfo, &session.client, &session.tokens.access_token)?;
        let http = self.http_with_ca(session.ca_file.as_deref());
        let claims = session.tokens.id_token.as_ref().and_then(id_token::claims_of_stored);
        let subject = claims.as_ref().map(|claims| claims.subject());
        runtime::run(async {
            let response = http.send_async(request).await?;
            let Some((issuer, signed)) = session.issuer.as_deref().zip(userinfo::signed_profile(&response)) else {
                return userinfo::parse_response(&response, endpoint, &session.provider, subject);
            };
            let expected = ExpectedClaims {
                issuer,
                client_id: &session.client.id,
                nonce: None,
                access_token: None,
                max_age: None,
                acr: None,
                algorithms: &[],
                hmac_secret: session.client.secret.as_ref().filter(|_| session.id_token_hmac),
                tenant_issuer: session.tenant_template.is_some(),
                now: self.now(),
            };
            let profile =
                self.check_signed_profile(&http, &signed, session.endpoints.jwks.as_deref(), &expected).await?;
            userinfo::check_subject(&profile, subject)?;
            Ok(profile)
        })
    }
}
