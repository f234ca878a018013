//! Errors of the signature of an ID token.

use super::jwks::Algorithm;
use crate::error::{Error, Remedy};
use crate::sanitize::sanitize_untrusted;

pub(super) const INVALID_SIGNATURE: &str = "the signature of the ID token is invalid";

#[derive(Debug)]
pub enum IdTokenError {
    /// No known key made the signature: fetch the keys again, once, and validate again.
    UnknownKey {
        kid: Option<String>,
    },
    /// The key with the token's `kid` did not make the signature: fetch the keys again, once, and validate again. A
    /// provider that restarts may use another key with the same id (zitadel/oidc#480).
    InvalidSignature,
    Invalid(Error),
}

impl From<IdTokenError> for Error {
    fn from(failure: IdTokenError) -> Self {
        match failure {
            IdTokenError::UnknownKey { kid: Some(kid) } => Self::check_with(
                Remedy::SignInAgain,
                format!(
                    "the ID token is signed with key `{}`, which the provider does not list",
                    sanitize_untrusted(&kid)
                ),
            ),
            IdTokenError::UnknownKey { kid: None } => {
                Self::check_with(Remedy::SignInAgain, "the ID token is not signed with any of the provider's keys")
            }
            IdTokenError::InvalidSignature => Self::check(INVALID_SIGNATURE),
            IdTokenError::Invalid(error) => error,
        }
    }
}

/// Error for a signature that the client secret did not make.
pub(super) fn wrong_secret() -> Error {
    Error::check_with(Remedy::ClientSecret, INVALID_SIGNATURE)
}

/// Error for a signature algorithm that this program does not verify, or not without the client secret.
pub(super) fn not_accepted(alg: &str) -> Error {
    let is_hmac = Algorithm::from_name(alg).is_some_and(Algorithm::is_hmac);
    let remedy = if is_hmac { Remedy::ClientSecret } else { Remedy::IdTokenFormat };
    Error::check_with(
        remedy,
        format!("the ID token is signed with `{}`, which is not accepted", sanitize_untrusted(alg)),
    )
}
