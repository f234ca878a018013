//! ID tokens against the provider's keys, which are fetched with their lifetime and once more for an unknown `kid` or a wrong signature.

use super::App;
use crate::error::Error;
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::id_token::{self, Claims, ExpectedClaims, IdTokenError};
use crate::oauth::jwks::JwkSet;
use crate::secret::Secret;

impl App {
    /// The claims of `token`, after every check of OpenID Connect Core 3.1.3.7 that `expected` asks for; `jwks` is where
    /// the issuer publishes its keys.
    ///
    /// # Errors
    /// [`Error::Check`] where one fails, [`Error::Network`] where the keys cannot be had.
    pub fn check_id_token(
        &self,
        http: &HttpClient,
        token: &Secret,
        jwks: Option<&str>,
        expected: &ExpectedClaims<'_>,
    ) -> Result<Claims> {
        match id_token::validate(token, &self.keys(http, jwks, false)?, expected) {
            Ok(claims) => Ok(claims),
            Err(IdTokenError::Invalid(error)) => Err(error),
            Err(IdTokenError::UnknownKey { .. } | IdTokenError::WrongSignature) => {
                // A provider that changed its keys a moment ago: asked once more, and only once.
                id_token::validate(token, &self.keys(http, jwks, true)?, expected).map_err(Error::from)
            }
        }
    }

    fn keys(&self, http: &HttpClient, jwks: Option<&str>, refetch: bool) -> Result<JwkSet> {
        let Some(url) = jwks else { return Ok(JwkSet::default()) };
        if refetch {
            return JwkSet::parse_response(&http.fetch_document(url, self.now(), true)?, url);
        }
        // A provider that gave a token a moment ago is not away as a whole, and the token is lost without its keys.
        let (response, error) = http.fetch_document_or_stale(url, self.now())?;
        if let Some(error) = error {
            self.prompt.detail(&format!("{error}; going on with the keys it had before"));
        }
        JwkSet::parse_response(&response, url)
    }
}
