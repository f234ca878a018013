//! Responses of the token endpoint (RFC 6749 5) to a code and to a refresh token.

use std::time::Duration;

use mycli::internals::catalog::Provider;
use mycli::internals::error::Error;
use mycli::internals::oauth::HttpResponse;
use mycli::internals::oauth::token::{TokenResponse, parse_refresh_response, parse_response, rotated_refresh_token};
use mycli::internals::secret::Secret;
use mycli::internals::session::Session;

use super::{SECRET, answer, assert_fit, field_texts, is_hidden, is_passing, quotable_texts};

/// Fields with text for users, or that end the session.
const TEXT_FIELDS: &[&str] = &["error", "error_description", "message", "status", "errors", "error_code"];

/// Granted tokens are usable; errors show only the provider's text for users; a temporary failure never ends a session.
pub fn check(input: &[u8]) {
    let answer = answer(input);
    let words = field_texts(&answer, TEXT_FIELDS);
    let quotable = quotable_texts(&answer, &words);
    let granted = parse_response(&answer, "https://id.example/token", &Provider::from_name("acme"));
    match &granted {
        Ok(granted) => assert_usable(granted, &answer),
        Err(error) => {
            assert_fit(error, &quotable);
            assert!(!is_passing(&answer) || matches!(error, Error::Network { .. }), "{error:?}");
        }
    }
    let session = session();
    let new = rotated_refresh_token(&answer, &session);
    if let Some(token) = &new {
        assert!(answer.status().is_success() && is_token(token));
    }
    match parse_refresh_response(&answer, &session) {
        Ok(refreshed) => {
            assert_usable(&refreshed, &answer);
            let exposed = |token: &Option<Secret>| token.as_ref().map(|token| token.expose().to_owned());
            assert!(
                refreshed.refresh_token.is_none()
                    || exposed(&refreshed.refresh_token) == exposed(&new)
                    || slack(&answer)
            );
        }
        Err(error) => {
            assert_fit(&error, &quotable);
            assert!(granted.is_err(), "one judgement for both");
            let is_over = matches!(error, Error::ReauthenticationRequired { .. });
            assert!(!is_over || (!is_passing(&answer) && !words.is_empty()), "not in the response: {error:?}");
        }
    }
}

/// Slack nests the user's tokens, which do not rotate there.
fn slack(answer: &HttpResponse) -> bool {
    String::from_utf8_lossy(answer.body()).contains("authed_user")
}

fn assert_usable(granted: &TokenResponse, answer: &HttpResponse) {
    assert!(answer.status().is_success());
    assert!(is_token(&granted.access_token) && !granted.access_token.expose().is_empty());
    assert!(granted.refresh_token.as_ref().is_none_or(is_token));
    assert!(granted.id_token.as_ref().is_none_or(is_token));
    assert!(granted.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")), "{granted:?}");
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    assert!(granted.expires_in.is_none_or(|life| !life.is_zero() && life <= century), "{:?}", granted.expires_in);
    for scope in granted.scopes.iter().flatten() {
        assert!(!scope.is_empty() && !scope.chars().any(|c| is_hidden(c) || c == '\n' || c == ','), "{scope:?}");
    }
    let words: Vec<&str> = granted.scopes.iter().flatten().chain(&granted.token_type).map(String::as_str).collect();
    assert!(words.concat().contains(SECRET) || !format!("{granted:?}").contains(SECRET), "{granted:?}");
}

/// True for visible ASCII and spaces (RFC 6749 A.12), short enough for a header line.
fn is_token(token: &Secret) -> bool {
    token.expose().len() <= 64 * 1024 && token.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Session with a refresh token.
pub fn session() -> Session {
    Session::from_stored(&Secret::new(include_str!("../../../../src/oauth/fixtures/session.json"))).expect("a session")
}
