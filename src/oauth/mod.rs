//! OAuth 2.0 and OpenID Connect protocol: builds requests and validates responses as values, without I/O, clock or
//! randomness.
//!
//! The `oauth2` crate builds the requests of RFC 6749, 7009 and 8628; `request` changes them for the providers that
//! deviate. Responses are parsed here, because the crate accepts only status 200 and clean JSON, while providers return
//! errors with 200, forms, numbers as strings and scopes with commas, and its `Parse` error carries the raw body.

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

use self::error_response::with_description;
use crate::catalog;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Parses an endpoint URL: absolute, `https`, or `http` on a loopback host (RFC 8252 7.3), without userinfo or
/// fragment (RFC 6749 3.1).
pub fn parse_endpoint(name: &str, url: &str) -> Result<Url> {
    let error = |why: String| Error::check(format!("the {name} `{}` {why}", sanitize_untrusted(url)));
    catalog::validate_endpoint(url).map_err(error)?;
    Url::parse(url).map_err(|_| error("is not a URL".to_owned()))
}

/// Returns the host of a URL, with its port if one is given: the only part of a URL that errors show.
pub fn host_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.unwrap_or_else(|| "the provider".to_owned())
}

/// Converts an `error` code from a redirect or a response (RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6).
///
/// `invalid_grant` is not handled here: its meaning depends on the grant, see [`token`].
pub fn error_from_code(provider: &str, account: Option<&str>, code: &str, description: Option<&str>) -> Error {
    let code = sanitize_untrusted(error_codes::standard_code(code));
    let described = |message: String| with_description(message, description);
    let rejected = || Error::Rejected {
        provider: provider.to_owned(),
        code: code.clone(),
        description: description.map(sanitize_untrusted).filter(|text| !text.is_empty()),
    };
    match code.as_str() {
        "access_denied" => Error::Denied { message: described(format!("`{provider}` denied access")) },
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Error::ReauthenticationRequired {
                provider: provider.to_owned(),
                account: account.map(str::to_owned),
                reason: described(match account {
                    Some(_) => format!("the provider requires a new sign-in (`{code}`)"),
                    None => format!("`{provider}` requires a new sign-in (`{code}`)"),
                }),
            }
        }
        // `rate_limit_exceeded` is Google's.
        "server_error" | "temporarily_unavailable" | "slow_down" | "rate_limit_exceeded" => {
            Error::network(described(format!("`{provider}` returned `{code}`")))
        }
        "unauthorized_client" | "unsupported_response_type" | "unsupported_grant_type" => rejected(),
        _ if code.starts_with("invalid_") => rejected(),
        _ => Error::other(described(format!("`{provider}` returned `{code}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_or_loopback() {
        for good in ["https://a.example/t", "http://127.0.0.1:8/t", "http://[::1]/t", "http://demo.localhost/t"] {
            assert!(parse_endpoint("token endpoint", good).is_ok(), "{good}");
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
            assert!(parse_endpoint("token endpoint", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn error_codes_map_to_exit_codes() {
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
    fn provider_text_is_sanitized() {
        let error = error_from_code("p", None, "ev\u{1b}il", Some("<script>\u{202e}\u{7}x"));
        assert_eq!(error.to_string(), "`p` returned `evil`: <script>x");
    }
}
