//! Metadata of a provider (RFC 8414, OpenID Connect Discovery).

use mycli::internals::catalog::Provider;
use mycli::internals::oauth::discovery::{Metadata, parse_response, resolve_endpoints};

use super::{answer, assert_fit, field_texts, is_far_and_safe, is_passing, quotable_texts};

/// Requested issuer.
pub const ISSUER: &str = "https://id.example/t";

const PLACE: &str = "https://id.example/t/.well-known/openid-configuration";

/// Fields whose value an error may show.
const TEXT_FIELDS: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "jwks_uri",
    "registration_endpoint",
];

/// Metadata is the requested issuer's own, and names neither http nor local endpoints.
pub fn check(input: &[u8]) {
    let answer = answer(input);
    let quotable = quotable_texts(&answer, &field_texts(&answer, TEXT_FIELDS));
    for tenants in [false, true] {
        match parse_response(ISSUER, tenants, PLACE, &answer) {
            Ok(None) => assert!(!is_passing(&answer)),
            Ok(Some(metadata)) => {
                assert!(answer.status().is_success());
                assert_safe(&metadata, tenants);
            }
            Err(error) => assert_fit(&error, &quotable),
        }
    }
}

fn assert_safe(metadata: &Metadata, tenants: bool) {
    let of_a_tenant = |found: &str| {
        let tenant = found.strip_prefix("https://id.example/").unwrap_or_default();
        tenant == "{tenantid}" || (tenant.len() == 36 && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    let issuer = metadata.issuer.as_str();
    let of_one_provider = issuer.trim_end_matches('/') == ISSUER.trim_end_matches('/');
    assert!(of_one_provider || (tenants && of_a_tenant(issuer)), "{issuer}");
    let endpoints = [
        &metadata.authorization_endpoint,
        &metadata.token_endpoint,
        &metadata.device_authorization_endpoint,
        &metadata.userinfo_endpoint,
        &metadata.revocation_endpoint,
        &metadata.introspection_endpoint,
        &metadata.end_session_endpoint,
        &metadata.jwks_uri,
        &metadata.registration_endpoint,
    ];
    for endpoint in endpoints.into_iter().flatten() {
        assert!(is_far_and_safe(endpoint), "{endpoint}");
    }
    match resolve_endpoints(&Provider::from_name("acme"), Some(metadata)) {
        Ok(located) => assert_eq!(Some(located.session.token), metadata.token_endpoint),
        Err(error) => assert!(metadata.token_endpoint.is_none(), "{error}"),
    }
}
