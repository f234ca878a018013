//! Checks of ID tokens and signed profiles with the provider's keys. Keys are cached for their lifetime and fetched once
//! more for an unknown `kid` or a wrong signature; if that does not help, from the URL in the current metadata.

use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::id_token::{self, Claims, ExpectedClaims, IdTokenError};
use crate::oauth::jwks::JwkSet;
use crate::secret::Secret;

/// Issuer's keys: where they were last seen.
#[derive(Clone, Copy)]
struct KeySource<'a> {
    issuer: &'a str,
    jwks: Option<&'a str>,
}

impl App {
    /// Returns the claims of `token` after the checks of OpenID Connect Core 3.1.3.7 that `expected` asks for. `jwks`
    /// is the issuer's JWKS URL; its new one is returned too, if the keys have moved.
    pub async fn check_id_token(
        &self,
        http: &HttpClient,
        token: &Secret,
        jwks: Option<&str>,
        expected: &ExpectedClaims<'_>,
    ) -> Result<(Claims, Option<String>)> {
        let source = KeySource { issuer: expected.issuer, jwks };
        self.with_keys(http, source, |keys| id_token::validate(token, keys, expected)).await
    }

    /// Returns the claims of a signed profile after the checks of OpenID Connect Core 5.3.4.
    pub async fn check_signed_profile(
        &self,
        http: &HttpClient,
        profile: &Secret,
        jwks: Option<&str>,
        expected: &ExpectedClaims<'_>,
    ) -> Result<Value> {
        let source = KeySource { issuer: expected.issuer, jwks };
        let validated = self.with_keys(http, source, |keys| id_token::validate_profile(profile, keys, expected));
        validated.await.map(|(profile, _)| profile)
    }

    async fn with_keys<T>(
        &self,
        http: &HttpClient,
        source: KeySource<'_>,
        validate: impl Fn(&JwkSet) -> Result<T, IdTokenError>,
    ) -> Result<(T, Option<String>)> {
        let KeySource { issuer, jwks } = source;
        // First without keys: a provider that signs with the client secret may publish none (goauthentik/authentik#9250).
        match validate(&JwkSet::default()) {
            Err(IdTokenError::UnknownKey { .. }) => {}
            outcome => return outcome.map(|validated| (validated, None)).map_err(Error::from),
        }
        let failure = match self.keys(http, jwks, false).await.map(|keys| validate(&keys)) {
            Ok(Ok(validated)) => return Ok((validated, None)),
            Ok(Err(IdTokenError::Invalid(error))) => return Err(error),
            // The provider may have just rotated its keys: fetch them once more, and only once.
            Ok(Err(IdTokenError::UnknownKey { .. } | IdTokenError::InvalidSignature)) => {
                match self.keys(http, jwks, true).await.map(|keys| validate(&keys)) {
                    Ok(Ok(validated)) => return Ok((validated, None)),
                    Ok(Err(IdTokenError::Invalid(error))) => return Err(error),
                    Ok(Err(error)) => Error::from(error),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        // The keys may have moved, and cached metadata or the session names the old URL.
        let Some(old) = jwks else { return Err(failure) };
        let Some(moved) = self.moved_jwks(http, issuer, old).await else { return Err(failure) };
        let validated = validate(&self.keys(http, Some(&moved), true).await?)?;
        Ok((validated, Some(moved)))
    }

    /// JWKS URL in the current metadata of `issuer`, if it is not `old`.
    async fn moved_jwks(&self, http: &HttpClient, issuer: &str, old: &str) -> Option<String> {
        self.fresh_metadata_async(http, issuer).await?.jwks_uri.filter(|found| found != old)
    }

    async fn keys(&self, http: &HttpClient, jwks: Option<&str>, refetch: bool) -> Result<JwkSet> {
        let Some(url) = jwks else { return Ok(JwkSet::default()) };
        if refetch {
            return JwkSet::parse_response(&http.fetch_document_async(url, self.now(), true).await?, url);
        }
        // The provider has just issued a token, so its outage is partial; without keys the token would be lost. Use
        // stale keys.
        let (response, error) = http.fetch_document_or_stale_async(url, self.now()).await?;
        if let Some(error) = error {
            self.prompt.detail(&format!("{error}; using the cached keys"));
        }
        JwkSet::parse_response(&response, url)
    }
}
