//! Provider-specific error codes and their RFC 6749 5.2 equivalents, wherever the response carries them. All data: a
//! new spelling is a new entry.

use serde_json::{Map, Value};

/// Provider code (compared without regard to case) and RFC code.
const CODES: &[(&str, &str)] = &[
    // GitHub
    ("bad_verification_code", "invalid_grant"),
    ("bad_refresh_token", "invalid_grant"),
    ("incorrect_client_credentials", "invalid_client"),
    ("redirect_uri_mismatch", "invalid_request"),
    // Slack
    ("code_already_used", "invalid_grant"),
    ("token_revoked", "invalid_grant"),
    ("bad_client_secret", "invalid_client"),
    ("invalid_client_id", "invalid_client"),
    ("bad_redirect_uri", "invalid_request"),
    // Slack, Yahoo, and servers with custom codes
    ("invalid_refresh_token", "invalid_grant"),
    ("refresh_token_expired", "invalid_grant"),
    ("refresh_token_not_found", "invalid_grant"),
    // Slack, Yahoo, LinkedIn
    ("token_expired", "invalid_grant"),
    ("expired_token", "invalid_grant"),
    // Slack, Zoho
    ("invalid_code", "invalid_grant"),
    ("code_expired", "invalid_grant"),
    // Cloud Foundry UAA and Spring Security: the RFC 6750 code, used for a refresh token
    ("invalid_token", "invalid_grant"),
];

/// Values at JSON pointers (RFC 6901) of a response, and the RFC code they stand for: for providers that report an
/// error outside `error`, or under another code.
const BODY_PATTERNS: &[(&[(&str, &str)], &str)] = &[
    // Atlassian sends this besides the documented code
    // (https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens).
    (&[("/error", "unauthorized_client"), ("/error_description", "refresh_token is invalid")], "invalid_grant"),
    // HubSpot
    (&[("/status", "BAD_REFRESH_TOKEN")], "invalid_grant"),
    // Strava
    (&[("/errors/0/resource", "RefreshToken"), ("/errors/0/code", "invalid")], "invalid_grant"),
    (&[("/errors/0/resource", "AuthorizationCode"), ("/errors/0/code", "invalid")], "invalid_grant"),
    // Fitbit
    (&[("/errors/0/errorType", "invalid_grant")], "invalid_grant"),
    (&[("/errors/0/errorType", "invalid_client")], "invalid_client"),
    // Twitch sends no code (https://dev.twitch.tv/docs/authentication/refresh-tokens).
    (&[("/message", "Invalid refresh token")], "invalid_grant"),
    // Supabase
    (&[("/error_code", "refresh_token_not_found")], "invalid_grant"),
    (&[("/error_code", "refresh_token_already_used")], "invalid_grant"),
];

/// Returns the RFC code for a provider's code; an unknown code stays as it is.
pub(super) fn standard_code(code: &str) -> &str {
    let known = CODES.iter().find(|(provider_code, _)| provider_code.eq_ignore_ascii_case(code));
    known.map_or(code, |(_, standard)| standard)
}

/// Returns the RFC code for a response that reports its error outside `error`, or under another code.
pub(super) fn code_from_body(response: &Map<String, Value>) -> Option<&'static str> {
    let matches = |(pointer, text): &(&str, &str)| value_at(response, pointer).is_some_and(|found| found == text);
    BODY_PATTERNS.iter().find(|(pattern, _)| pattern.iter().all(matches)).map(|(_, standard)| *standard)
}

fn value_at<'a>(response: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = pointer.strip_prefix('/')?.split_once('/').map_or((&pointer[1..], None), |(a, b)| (a, Some(b)));
    let found = response.get(first)?;
    rest.map_or(Some(found), |rest| found.pointer(&format!("/{rest}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_match_in_any_case_and_unknown_codes_stay() {
        for (provider_code, standard) in [
            ("bad_refresh_token", "invalid_grant"),
            ("INVALID_REFRESH_TOKEN", "invalid_grant"),
            ("invalid_client", "invalid_client"),
            ("something_new", "something_new"),
        ] {
            assert_eq!(super::standard_code(provider_code), standard);
        }
    }

    #[test]
    fn body_pattern_matches_only_as_a_whole() {
        for (response, code) in [
            (
                json!({"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}),
                Some("invalid_grant"),
            ),
            (json!({"status": 400, "message": "Invalid refresh token"}), Some("invalid_grant")),
            (json!({"errors": [{"resource": "RefreshToken", "code": "invalid"}]}), Some("invalid_grant")),
            (json!({"errors": [{"resource": "RefreshToken", "code": "missing"}]}), None),
            (json!({"errors": [{"resource": "Application", "code": "invalid"}]}), None),
            (json!({"errors": "RefreshToken"}), None),
            (json!({"error": "unauthorized_client"}), None),
            (json!({}), None),
        ] {
            assert_eq!(code_from_body(response.as_object().expect("an object")), code, "{response}");
        }
    }
}
