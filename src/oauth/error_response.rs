//! Parts common to all responses: status, content type, and the `error` that any of them may carry.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::{HttpResponse, error_codes, host_of, json};
use crate::duration;
use crate::error::{Error, Remedy};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// `error` and its description (RFC 6749 5.2).
pub(super) struct ErrorResponse {
    pub(super) code: String,
    pub(super) description: Option<String>,
}

/// Fields of a response: a JSON object, or a form, which some providers send whatever the request accepts.
pub(super) fn parse_fields(response: &HttpResponse) -> Option<Map<String, Value>> {
    match json::parse(response.body()) {
        Some(Value::Object(fields)) => Some(fields),
        Some(_) => None,
        None => parse_form(response),
    }
}

fn parse_form(response: &HttpResponse) -> Option<Map<String, Value>> {
    let content_type = content_type(response);
    if !(content_type.contains("x-www-form-urlencoded")
        || content_type.starts_with("text/plain")
        || content_type.is_empty())
    {
        return None;
    }
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(response.body().trim_ascii()) {
        if fields.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return None;
        }
    }
    let known = ["access_token", "error", "device_code"].iter().any(|name| fields.contains_key(*name));
    known.then_some(fields)
}

/// Error among the fields, whatever the status: GitHub sends errors with 200. Facebook's and Google's own APIs send an
/// object in place of the code.
pub(super) fn parse_error(fields: &Map<String, Value>) -> Option<ErrorResponse> {
    let text = |fields: &Map<String, Value>, name: &str| {
        fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if let Some(code) = error_codes::code_from_body(fields) {
        let description = text(fields, "error_description").or_else(|| text(fields, "message"));
        return Some(ErrorResponse { code: code.to_owned(), description });
    }
    let (code, description) = match fields.get("error")? {
        Value::String(code) if !code.is_empty() => (code.clone(), text(fields, "error_description")),
        Value::Object(inner) => {
            let code = ["code", "status", "type"].iter().find_map(|name| text(inner, name));
            (code.unwrap_or_else(|| "error".to_owned()), text(inner, "message"))
        }
        // Baidu, Huawei and WeChat number their errors; 0 means success.
        Value::Number(number) if number.as_i64() == Some(0) => return None,
        Value::Number(number) => (number.to_string(), text(fields, "error_description")),
        _ => return None,
    };
    Some(ErrorResponse { code: error_codes::standard_code(&code).to_owned(), description })
}

pub(super) fn with_description(message: String, description: Option<&str>) -> String {
    match description.map(sanitize_untrusted).filter(|text| !text.is_empty()) {
        Some(text) => format!("{message}: {text}"),
        None => message,
    }
}

/// Converts an `error` code from a redirect or a response (RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6).
///
/// `invalid_grant` is not handled here: its meaning depends on the grant, see [`super::token`].
pub fn error_from_code(provider: &str, account: Option<&str>, code: &str, description: Option<&str>) -> Error {
    let code = sanitize_untrusted(error_codes::standard_code(code));
    let described = |message: String| with_description(message, description);
    let rejected = || Error::Rejected {
        provider: provider.to_owned(),
        code: code.clone(),
        description: description.map(sanitize_untrusted).filter(|text| !text.is_empty()),
    };
    match code.as_str() {
        "access_denied" => Error::denied(Remedy::ApproveAccess, described(format!("`{provider}` denied access"))),
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
        _ => Error::Blocked {
            cause: Box::new(Error::other(described(format!("`{provider}` returned `{code}`")))),
            alternative: format!("look up {} in the documentation of the provider", shell_quote(&code)),
        },
    }
}

/// Returns true if a later attempt may succeed: such a response never ends a session. A proxy that demands
/// authentication (407) is not the provider.
pub fn is_transient(status: StatusCode) -> bool {
    let transient = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::PROXY_AUTHENTICATION_REQUIRED,
    ];
    status.is_server_error() || transient.contains(&status)
}

/// Returns true if the endpoint no longer exists or has moved. Frameworks describe a missing page in an `error` too, but
/// not with a code of OAuth.
pub fn is_gone(response: &HttpResponse) -> bool {
    let gone = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::GONE];
    let is_oauth = |error: ErrorResponse| {
        ["invalid_", "unauthorized_", "unsupported_", "access_"].iter().any(|start| error.code.starts_with(start))
    };
    (response.status().is_redirection() || gone.contains(&response.status()))
        && !parse_fields(response).and_then(|fields| parse_error(&fields)).is_some_and(is_oauth)
}

/// Longest `Retry-After` honored: the provider can send another, and a typo must not block a session for days.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// Wait that the provider requests: seconds or a date (RFC 9110 10.2.3).
pub fn retry_after(response: &HttpResponse, now: DateTime<Utc>) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().ok()?,
    };
    (!wait.is_zero()).then(|| wait.min(MAX_RETRY_AFTER))
}

/// Error for a response other than the expected one: host, status and content type, never the body, which may contain
/// tokens.
pub(super) fn unexpected_response(response: &HttpResponse, url: &str, expected: &str) -> Error {
    let (host, status) = (host_of(url), response.status().as_u16());
    if response.status().is_redirection() {
        return Error::network_with(
            Remedy::Portal,
            format!("`{host}` returned a redirect ({status}), which is not followed; expected {expected}"),
        );
    }
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        let message = format!("`{host}` rate limited the request (429){}", retry_words(response.headers()));
        return Error::network_with(Remedy::RetryLater, message);
    }
    let content_type = content_type(response);
    let is_page = response.status().is_success() && content_type.contains("html");
    let (portal, remedy) = match is_page {
        true => (" (the page of a captive portal or a proxy?)", Remedy::Portal),
        false => ("", Remedy::Retry),
    };
    let content_type = match (response.body().is_empty(), content_type.split(';').next().unwrap_or_default().trim()) {
        (true, _) => " with an empty body".to_owned(),
        (false, "") => String::new(),
        (false, content_type) => format!(" with `{}`", sanitize_untrusted(content_type)),
    };

    Error::network_with(remedy, format!("`{host}` returned {status}{content_type}, expected {expected}{portal}"))
}

/// When to retry, as the response says (RFC 9110 10.2.3).
pub fn retry_words(headers: &HeaderMap) -> String {
    let value = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    match value.parse::<u64>() {
        Ok(seconds) => format!("; retry in {}", duration::show(Duration::from_secs(seconds))),
        Err(_) if DateTime::parse_from_rfc2822(value).is_ok() => format!("; retry after {}", sanitize_untrusted(value)),
        Err(_) => "; retry later".to_owned(),
    }
}

pub(super) fn content_type(response: &HttpResponse) -> String {
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_limit_and_captive_portal_are_named() {
        let message = |status: u16, header: (&str, &str)| {
            let response = http::Response::builder().status(status).header(header.0, header.1).body(b"<".to_vec());
            unexpected_response(&response.expect("valid"), "https://id.example/t", "tokens").to_string()
        };
        let date = "Wed, 21 Oct 2026 07:28:00 GMT";
        for (header, words) in [
            (("retry-after", "90"), "rate limited the request (429); retry in 1m30s"),
            (("retry-after", date), "(429); retry after Wed, 21 Oct 2026 07:28:00 GMT"),
            (("retry-after", "soon"), "(429); retry later"),
            (("x", "y"), "(429); retry later"),
        ] {
            assert!(message(429, header).contains(words), "{}", message(429, header));
        }
        assert!(message(200, ("content-type", "text/html; charset=utf-8")).contains("captive portal"));
        assert!(!message(404, ("content-type", "text/html")).contains("captive portal"));
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
    fn missing_page_is_gone_and_an_oauth_error_is_not() {
        for (status, body, expected) in [
            (404, "<html>", true),
            (404, r#"{"statusCode":404,"message":"Cannot POST /token","error":"Not Found"}"#, true),
            (404, r#"{"error":"invalid_client"}"#, false),
            (410, "", true),
            (405, "", true),
            (308, "", true),
            (400, r#"{"error":"invalid_grant"}"#, false),
            (401, "", false),
            (503, "", false),
            (200, "<html>", false),
        ] {
            let response = super::super::test_data::response(status, "application/json", body);
            assert_eq!(is_gone(&response), expected, "{status} {body}");
        }
    }

    #[test]
    fn provider_text_is_sanitized() {
        let error = error_from_code("p", None, "ev\u{1b}il", Some("<script>\u{202e}\u{7}x"));
        assert_eq!(error.to_string(), "`p` returned `evil`: <script>x");
    }
}
