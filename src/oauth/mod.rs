//! Writes OAuth 2.0 and OpenID Connect requests and judges answers, as values: no I/O, no clock, no randomness of its
//! own.
//!
//! The `oauth2` crate writes the authorization request and its PKCE challenge. What goes to the other endpoints is written
//! by `dialect`: one provider in nine has names, places or proofs of its own there, which the crate's requests have no
//! words for. Nor is its judgement of answers used: it takes status 200 and clean JSON only, while providers answer errors
//! with 200, forms, numbers as strings and scopes with commas; and its `Parse` error carries the raw body.

pub mod authorization;
pub mod device;
pub mod discovery;
pub mod id_token;
pub mod jwks;
pub mod protected_resource;
pub mod registration;
pub mod revocation;
pub mod token;
pub mod userinfo;

mod error_codes;
mod error_response;
mod json;
mod redact;
mod request;
#[cfg(test)]
mod test_data;

pub use error_response::{MAX_RETRY_AFTER, retry_after};
pub use oauth2::{HttpRequest, HttpResponse};
pub use redact::RequestSecrets;
use url::Url;

use crate::catalog;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Checks an endpoint's address: absolute, `https`, or `http` on a loopback host (RFC 8252 7.3), without userinfo or
/// fragment (RFC 6749 3.1).
///
/// # Errors
/// [`Error::Check`] that names the address and what is wrong with it.
pub fn endpoint(name: &str, url: &str) -> Result<Url> {
    let error = |why: String| Error::check(format!("the {name} `{}` {why}", sanitize_untrusted(url)));
    catalog::validate_endpoint(url).map_err(error)?;
    Url::parse(url).map_err(|_| error("is not an address".to_owned()))
}

/// The host of an address, with its port where it has one: what an error message may show of an address.
pub fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.unwrap_or_else(|| "the provider".to_owned())
}

/// The error of an `error` code, sent in a redirect or in an answer (RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core
/// 3.1.2.6).
///
/// `invalid_grant` has no class here: what it means depends on the grant, see [`token`].
pub fn error_from_code(provider: &str, account: Option<&str>, code: &str, description: Option<&str>) -> Error {
    let code = sanitize_untrusted(error_codes::standard_code(code));
    let description = description.map(sanitize_untrusted).filter(|text| !text.is_empty());
    let with_description = |message: &str| match &description {
        Some(text) => format!("{message}: {text}"),
        None => message.to_owned(),
    };
    match code.as_str() {
        "access_denied" => {
            Error::Denied { message: with_description(&format!("`{provider}` says that access was denied")) }
        }
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Error::ReauthenticationRequired {
                provider: provider.to_owned(),
                account: account.map(str::to_owned),
                reason: with_description(&format!("the provider wants the person (`{code}`)")),
            }
        }
        // The last is Google's.
        "server_error" | "temporarily_unavailable" | "slow_down" | "rate_limit_exceeded" => {
            Error::network(with_description(&format!("`{provider}` answered `{code}`")))
        }
        "unauthorized_client" | "unsupported_response_type" | "unsupported_grant_type" => {
            Error::Rejected { provider: provider.to_owned(), code, description }
        }
        _ if code.starts_with("invalid_") => Error::Rejected { provider: provider.to_owned(), code, description },
        _ => Error::other(with_description(&format!("`{provider}` answered `{code}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_or_loopback() {
        for good in ["https://a.example/t", "http://127.0.0.1:8/t", "http://[::1]/t", "http://demo.localhost/t"] {
            assert!(endpoint("token endpoint", good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/t",
            "http://localhost.example/t",
            "http://128.0.0.1/",
            "ftp://a.example/",
            "javascript:alert(1)",
            "/token",
            "",
            "https://user@a.example/t",
            "https://a.example/t#f",
        ] {
            assert!(endpoint("token endpoint", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn error_codes_have_their_exit_codes() {
        for (code, exit) in [
            ("access_denied", 4),
            ("login_required", 3),
            ("interaction_required", 3),
            ("consent_required", 3),
            ("invalid_client", 2),
            ("invalid_scope", 2),
            ("invalid_request", 2),
            ("invalid_target", 2),
            ("unauthorized_client", 2),
            ("unsupported_response_type", 2),
            ("incorrect_client_credentials", 2),
            ("server_error", 6),
            ("temporarily_unavailable", 6),
            ("rate_limit_exceeded", 6),
            ("something_new", 1),
        ] {
            assert_eq!(error_from_code("p", None, code, None).exit_code(), exit, "{code}");
        }
    }

    #[test]
    fn a_providers_words_are_made_safe() {
        let error = error_from_code("p", None, "ev\u{1b}il", Some("<script>\u{202e}\u{7}x"));
        assert_eq!(error.to_string(), "`p` answered `evil`: <script>x");
    }
}
