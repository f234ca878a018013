//! Responses of a protected resource: its challenge (RFC 6750 3) and its metadata (RFC 9728).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use mycli::internals::oauth::protected_resource::{covers, parse_challenge, parse_metadata};
use url::Url;

use super::{answer, assert_fit, field_texts, is_far_and_safe, is_passing, quotable_texts};

/// Requested URL.
pub const ADDRESS: &str = "https://mcp.example/a/mcp";

const PLACE: &str = "https://mcp.example/.well-known/oauth-protected-resource/a/mcp";

/// A challenge leads to a safe place; metadata is for the requested URL, and names allowed servers, if any. The
/// body is parsed as metadata, and as the challenge of a 401.
pub fn check(input: &[u8]) {
    let mut answer = answer(input);
    let quotable = quotable_texts(&answer, &field_texts(&answer, &["resource", "authorization_servers"]));
    match parse_metadata(ADDRESS, PLACE, &answer) {
        Ok(None) => assert!(!is_passing(&answer)),
        Ok(Some(metadata)) => {
            assert!(answer.status().is_success());
            assert!(is_of(&metadata.resource) && covers(&metadata.resource, ADDRESS), "{}", metadata.resource);
            for server in &metadata.authorization_servers {
                assert!(is_far_and_safe(server) && !server.contains('?'), "{server}");
            }
            assert_scopes(metadata.scopes_supported.as_deref());
        }
        Err(error) => assert_fit(&error, &quotable),
    }
    let Ok(header) = HeaderValue::from_bytes(answer.body()) else { return };
    let words = [String::from_utf8_lossy(answer.body()).into_owned()];
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    answer.headers_mut().insert(WWW_AUTHENTICATE, header);
    match parse_challenge(&answer, ADDRESS) {
        Ok(challenge) => {
            if let Some(place) = &challenge.metadata {
                assert!(is_far_and_safe(place), "{place}");
            }
            assert_scopes(challenge.scopes.as_deref());
        }
        Err(error) => assert_fit(&error, &words),
    }
}

/// True for the same origin and the same path or a parent of it.
fn is_of(resource: &str) -> bool {
    let Ok(url) = Url::parse(resource) else { return false };
    let path = url.path().trim_end_matches('/');
    url.origin() == Url::parse(ADDRESS).expect("an address").origin() && ["", "/a", "/a/mcp"].contains(&path)
}

/// RFC 6749 3.3.
fn assert_scopes(scopes: Option<&[String]>) {
    for scope in scopes.into_iter().flatten() {
        let is_scope = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        assert!(!scope.is_empty() && scope.bytes().all(is_scope), "{scope:?}");
    }
}
