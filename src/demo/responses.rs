//! Request parameters and HTTP responses.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use serde_json::{Value, json};

use super::pages;
use super::redirect_uri::LoopbackRedirectUri;
use crate::server::{Request, Response};

/// Parameters of a query or a form; an empty value counts as absent (RFC 6749 3.1).
#[derive(Default)]
pub(super) struct RequestParams {
    values: BTreeMap<String, String>,
    repeated: Vec<String>,
}

/// Parameters that may be repeated: `resource` (RFC 8707 2) and its predecessor `audience`.
const REPEATABLE: &[&str] = &["resource", "audience"];

impl RequestParams {
    /// Parses the query.
    pub(super) fn from_query(request: &Request) -> Self {
        Self::parse(request.query.as_bytes())
    }

    /// Parses the form in the body.
    pub(super) fn from_body(request: &Request) -> Result<Self, ProtocolError> {
        let media_type = request.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        match media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            true => Ok(Self::parse(&request.body)),
            false => Err(ProtocolError::invalid_request("the body is not application/x-www-form-urlencoded")),
        }
    }

    /// Parses the body of a `POST` request, the query otherwise.
    pub(super) fn from_request(request: &Request) -> Result<Self, ProtocolError> {
        match request.method.as_str() {
            "POST" => Self::from_body(request),
            _ => Ok(Self::from_query(request)),
        }
    }

    fn parse(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            let repeated = params.values.insert(name.to_string(), value.into_owned()).is_some();
            if repeated && !REPEATABLE.contains(&name.as_ref()) {
                params.repeated.push(name.into_owned());
            }
        }
        params
    }

    /// Returns the value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns whether a parameter is repeated.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|one| one == name)
    }

    /// Rejects repeated parameters (RFC 6749 3.1, 3.2).
    pub(super) fn reject_repeated(self) -> Result<Self, ProtocolError> {
        match self.repeated.is_empty() {
            true => Ok(self),
            false => Err(ProtocolError::invalid_request("a parameter is repeated")),
        }
    }
}

/// Error response to a client (RFC 6749 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProtocolError {
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

impl ProtocolError {
    pub(super) fn new(error: &'static str, description: &'static str) -> Self {
        Self { status: 400, error, description }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn invalid_client(description: &'static str) -> Self {
        Self { status: 401, ..Self::new("invalid_client", description) }
    }

    /// Returns the error of an unavailable storage.
    pub(super) fn unavailable() -> Self {
        Self { status: 503, ..Self::new("temporarily_unavailable", "the demo provider cannot reach its storage") }
    }

    pub(super) fn response(self) -> Response {
        let mut response =
            json_with(self.status, &json!({ "error": self.error, "error_description": self.description }));
        if self.status == 401 {
            response.headers.push(header("WWW-Authenticate", "Basic realm=\"demo\""));
        }
        response
    }
}

/// Returns a JSON response that must not be cached (RFC 6749 5.1).
pub(super) fn json(value: &Value) -> Response {
    json_with(200, value)
}

fn json_with(status: u16, value: &Value) -> Response {
    let headers = vec![
        header("Content-Type", "application/json"),
        header("Cache-Control", "no-store"),
        header("Pragma", "no-cache"),
        header("X-Content-Type-Options", "nosniff"),
    ];
    Response { status, headers, body: value.to_string().into_bytes() }
}

/// Returns a JSON response with the given `Cache-Control`.
pub(super) fn cached_json(value: &Value, cache_control: &str) -> Response {
    let headers = vec![
        header("Content-Type", "application/json"),
        header("Cache-Control", cache_control),
        header("X-Content-Type-Options", "nosniff"),
    ];
    Response { status: 200, headers, body: value.to_string().into_bytes() }
}

/// Returns a response without a body.
pub(super) fn empty(status: u16, extra: Option<(String, String)>) -> Response {
    let headers = extra.into_iter().chain([header("Cache-Control", "no-store")]).collect();
    Response { status, headers, body: Vec::new() }
}

/// Returns the response to a method that the path does not support.
pub(super) fn method_not_allowed(methods: &str) -> Response {
    empty(405, Some(header("Allow", methods)))
}

/// Redirects the browser with 303, so that the `POST` of a form becomes a `GET` (RFC 9110 15.4.4).
pub(super) fn see_other(location: &str) -> Response {
    let mut response = empty(303, Some(header("Location", location)));
    response.headers.push(header("Referrer-Policy", "no-referrer"));
    response
}

/// Returns a page. `form_target` is a further target of its form, because browsers apply `form-action` to redirects of
/// a form too.
pub(super) fn html(status: u16, page: String, form_target: Option<&LoopbackRedirectUri>) -> Response {
    let style = STANDARD.encode(digest::digest(&digest::SHA256, pages::STYLE.as_bytes()));
    let form_target = form_target.map(|redirect| format!(" {}", redirect.policy_source())).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'self'{form_target}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = vec![
        header("Content-Type", "text/html; charset=utf-8"),
        header("Content-Security-Policy", &policy),
        header("Cache-Control", "no-store"),
        header("Referrer-Policy", "no-referrer"),
        header("X-Content-Type-Options", "nosniff"),
        header("X-Frame-Options", "DENY"),
    ];
    Response { status, headers, body: page.into_bytes() }
}

pub(super) fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Returns whether the browser reports that a page of this provider sent the form.
///
/// The pages forbid the referrer, so browsers send `Origin: null` (Fetch 3.2), which a foreign page can cause too. Then
/// `Sec-Fetch-Site` decides, if present. The one-time token of the page protects in any case.
pub(super) fn is_same_origin(request: &Request, browser_origin: &str) -> bool {
    let origin_matches = request.header("origin").is_none_or(|origin| origin == "null" || origin == browser_origin);
    let site_matches = request.header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    origin_matches && site_matches
}
