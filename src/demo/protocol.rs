//! Parameters of requests, JSON responses, and the errors of RFC 6749 5.2. An error is the response that reports it, so
//! every endpoint returns `Result<Response, Response>`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::server::{Request, Response};

/// Parameters of a query or a form. An empty value counts as absent (RFC 6749 3.1), and so does a repeated parameter.
pub(super) struct RequestParams {
    values: BTreeMap<String, String>,
    pub(super) has_repeated: bool,
}

/// Parameters that may be repeated: `resource` (RFC 8707 2) and its predecessor `audience`.
const REPEATABLE: &[&str] = &["resource", "audience"];

impl RequestParams {
    /// Parses the form of a `POST` request, the query otherwise.
    pub(super) fn parse(request: &Request) -> Result<Self, Response> {
        let encoded = if request.method == "POST" { &request.body } else { request.query.as_bytes() };
        let media_type = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        if request.method == "POST" && !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid_request("the body is not application/x-www-form-urlencoded"));
        }
        let (mut values, mut repeated) = (BTreeMap::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(encoded).into_owned() {
            if values.insert(name.clone(), value).is_some() && !REPEATABLE.contains(&name.as_str()) {
                repeated.push(name);
            }
        }
        values.retain(|name, value| !value.is_empty() && !repeated.contains(name));
        Ok(Self { values, has_repeated: !repeated.is_empty() })
    }

    /// Like [`RequestParams::parse`]; rejects repeated parameters (RFC 6749 3.1, 3.2).
    pub(super) fn parse_unique(request: &Request) -> Result<Self, Response> {
        let params = Self::parse(request)?;
        if params.has_repeated { Err(invalid_request("a parameter is repeated")) } else { Ok(params) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// Returns the requested scopes without duplicates. Any scope is granted, because the tests of other programs need
/// theirs. `None` if a character is not allowed by RFC 6749 3.3.
pub(super) fn parse_scope(requested: Option<&str>) -> Option<String> {
    let mut scopes: Vec<&str> = Vec::new();
    for one in requested.unwrap_or("profile email").split(' ').filter(|one| !one.is_empty()) {
        if !one.bytes().all(|b| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~')) {
            return None;
        }
        if !scopes.contains(&one) {
            scopes.push(one);
        }
    }
    Some(scopes.join(" "))
}

/// JSON that must not be cached (RFC 6749 5.1).
pub(super) fn json_response(status: u16, value: &Value) -> Response {
    let headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    Response::new(status, &headers, value.to_string())
}

pub(super) fn error(code: &str, description: &str) -> Response {
    json_response(400, &json!({ "error": code, "error_description": description }))
}

pub(super) fn invalid_request(description: &str) -> Response {
    error("invalid_request", description)
}

pub(super) fn invalid_grant(description: &str) -> Response {
    error("invalid_grant", description)
}

pub(super) fn invalid_client(description: &str) -> Response {
    let mut response = Response { status: 401, ..error("invalid_client", description) };
    response.headers.push(("WWW-Authenticate".to_owned(), "Basic realm=\"demo\"".to_owned()));
    response
}

/// Error of a storage that fails.
pub(super) fn unavailable() -> Response {
    Response { status: 503, ..error("temporarily_unavailable", "the demo provider cannot reach its storage") }
}

/// Error of a protected resource, with a challenge (RFC 6750 3).
pub(super) fn bearer_error(status: u16, challenge: &str) -> Response {
    let challenge = format!("Bearer realm=\"demo\"{challenge}");
    Response::new(status, &[("WWW-Authenticate", &challenge), ("Cache-Control", "no-store")], "")
}
