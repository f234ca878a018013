//! OAuth 2.0 and OpenID Connect protocol: builds requests and validates responses as values, without I/O, clock or
//! randomness.
//!
//! The `oauth2` crate builds the requests of RFC 6749, 7009 and 8628; `request` changes them for the providers that
//! deviate. Responses are parsed here, because the crate accepts only status 200 and clean JSON, while providers return
//! errors with 200, forms, numbers as strings and scopes with commas, and its `Parse` error carries the raw body.

pub mod app_manifest;
pub mod authorization;
pub mod aws_client;
pub mod client_document;
pub mod client_rejection;
pub mod device;
pub mod discovery;
pub mod id_token;
mod id_token_error;
pub mod jwks;
pub mod mastodon_app;
pub mod not_metadata;
pub mod protected_resource;
pub mod registration;
pub mod revocation;
pub mod token;
pub mod userinfo;

mod error_codes;
mod error_response;
mod json;
mod redact;
mod registered_client;
mod request;
#[cfg(test)]
mod test_data;

pub use error_response::{MAX_RETRY_AFTER, error_from_code, is_gone, is_transient, retry_after, retry_words};
pub use oauth2::{HttpRequest, HttpResponse};
pub use redact::RequestSecrets;
use url::Url;

use crate::catalog;
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;

/// Parses an endpoint URL: absolute, `https`, or `http` on a loopback host (RFC 8252 7.3), without userinfo or
/// fragment (RFC 6749 3.1).
pub fn parse_endpoint(name: &str, url: &str) -> Result<Url> {
    let error =
        |why: String| Error::check_with(Remedy::Endpoint, format!("the {name} `{}` {why}", sanitize_untrusted(url)));
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
}
