//! ID tokens against the provider's keys, which are fetched with their lifetime and once more for an unknown `kid`.

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
        match id_token::check(token, &self.keys(http, jwks, false)?, expected) {
            Ok(claims) => Ok(claims),
            Err(IdTokenError::Refused(error)) => Err(error),
            Err(IdTokenError::UnknownKey { .. }) => {
                // A provider that changed its keys a moment ago: asked once more, and only once.
                id_token::check(token, &self.keys(http, jwks, true)?, expected).map_err(Error::from)
            }
        }
    }

    fn keys(&self, http: &HttpClient, jwks: Option<&str>, anew: bool) -> Result<JwkSet> {
        let Some(address) = jwks else { return Ok(JwkSet::default()) };
        if anew {
            return JwkSet::read(&http.fetch_document(address, self.now(), true)?, address);
        }
        // A provider that gave a token a moment ago is not away as a whole, and the token is lost without its keys.
        let (answer, trouble) = http.fetch_document_or_stale(address, self.now())?;
        if let Some(trouble) = trouble {
            self.prompt.detail(&format!("{trouble}; going on with the keys it had before"));
        }
        JwkSet::read(&answer, address)
    }
}
