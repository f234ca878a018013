//! Checks of ID tokens and signed profiles with the provider's keys. Keys are cached for their lifetime and fetched once more for an unknown
//! `kid` or a wrong signature.

use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::id_token::{self, Claims, ExpectedClaims, IdTokenError};
use crate::oauth::jwks::JwkSet;
use crate::secret::Secret;

impl App {
    /// Returns the claims of `token` after the checks of OpenID Connect Core 3.1.3.7 that `expected` asks for. `jwks`
    /// is the issuer's JWKS URL.
    pub fn check_id_token(
        &self,
        http: &HttpClient,
        token: &Secret,
        jwks: Option<&str>,
        expected: &ExpectedClaims<'_>,
    ) -> Result<Claims> {
        self.with_keys(http, jwks, |keys| id_token::validate(token, keys, expected))
    }

    /// Returns the claims of a signed profile after the checks of OpenID Connect Core 5.3.4.
    pub fn check_signed_profile(
        &self,
        http: &HttpClient,
        profile: &Secret,
        jwks: Option<&str>,
        expected: &ExpectedClaims<'_>,
    ) -> Result<Value> {
        self.with_keys(http, jwks, |keys| id_token::validate_profile(profile, keys, expected))
    }

    fn with_keys<T>(
        &self,
        http: &HttpClient,
        jwks: Option<&str>,
        validate: impl Fn(&JwkSet) -> Result<T, IdTokenError>,
    ) -> Result<T> {
        // First without keys: a provider that signs with the client secret may publish none (goauthentik/authentik#9250).
        match validate(&JwkSet::default()) {
            Err(IdTokenError::UnknownKey { .. }) => {}
            outcome => return outcome.map_err(Error::from),
        }
        match validate(&self.keys(http, jwks, false)?) {
            Ok(validated) => Ok(validated),
            Err(IdTokenError::Invalid(error)) => Err(error),
            Err(IdTokenError::UnknownKey { .. } | IdTokenError::InvalidSignature) => {
                // The provider may have just rotated its keys: fetch them once more, and only once.
                validate(&self.keys(http, jwks, true)?).map_err(Error::from)
            }
        }
    }

    fn keys(&self, http: &HttpClient, jwks: Option<&str>, refetch: bool) -> Result<JwkSet> {
        let Some(url) = jwks else { return Ok(JwkSet::default()) };
        if refetch {
            return JwkSet::parse_response(&http.fetch_document(url, self.now(), true)?, url);
        }
        // The provider has just issued a token, so its outage is partial; without keys the token would be lost. Use
        // stale keys.
        let (response, error) = http.fetch_document_or_stale(url, self.now())?;
        if let Some(error) = error {
            self.prompt.detail(&format!("{error}; using the cached keys"));
        }
        JwkSet::parse_response(&response, url)
    }
}
