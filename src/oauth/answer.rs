//! What all answers have in common: status, kind of body, and the `error` a provider may have put in any of them.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::{HttpResponse, host_of, json, standard_code};
use crate::error::{Error, foreign};

/// An `error` with its description (RFC 6749 5.2).
pub(super) struct Complaint {
    pub(super) code: String,
    pub(super) description: Option<String>,
}

/// The fields of an answer: a JSON object, or a form, which some providers send whatever is asked for.
pub(super) fn fields(answer: &HttpResponse) -> Option<Map<String, Value>> {
    match json::strict(answer.body()) {
        Some(Value::Object(fields)) => Some(fields),
        Some(_) => None,
        None => form(answer),
    }
}

fn form(answer: &HttpResponse) -> Option<Map<String, Value>> {
    let kind = content_type(answer);
    if !(kind.contains("x-www-form-urlencoded") || kind.starts_with("text/plain") || kind.is_empty()) {
        return None;
    }
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(answer.body().trim_ascii()) {
        if fields.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return None;
        }
    }
    let known = ["access_token", "error", "device_code"].iter().any(|name| fields.contains_key(*name));
    known.then_some(fields)
}

/// The complaint among the fields, whatever the status was: GitHub sends errors with 200. An object in place of the
/// code is how Facebook's and Google's own interfaces complain.
pub(super) fn complaint(fields: &Map<String, Value>) -> Option<Complaint> {
    let text = |fields: &Map<String, Value>, name: &str| {
        fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (code, description) = match fields.get("error")? {
        Value::String(code) if !code.is_empty() => (code.clone(), text(fields, "error_description")),
        Value::Object(inner) => {
            let code = ["code", "status", "type"].iter().find_map(|name| text(inner, name));
            (code.unwrap_or_else(|| "error".to_owned()), text(inner, "message"))
        }
        // Baidu and Huawei count their errors.
        Value::Number(number) => (number.to_string(), text(fields, "error_description")),
        _ => return None,
    };
    Some(Complaint { code: standard_code(&code).to_owned(), description })
}

/// Whether the status says that another moment may do better: nothing that came with it is held against a session.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// An answer that is not what was asked for, told by host, status and kind; the body is never shown, it may hold
/// tokens.
pub(super) fn unusable(answer: &HttpResponse, address: &str, wanted: &str) -> Error {
    let (host, status) = (host_of(address), answer.status().as_u16());
    if answer.status().is_redirection() {
        return Error::network(format!("`{host}` answered {status}, a redirect, which is not followed, not {wanted}"));
    }
    let kind = content_type(answer);
    let kind = match (answer.body().is_empty(), kind.split(';').next().unwrap_or_default().trim()) {
        (true, _) => " and nothing more".to_owned(),
        (false, "") => String::new(),
        (false, kind) => format!(" with `{}`", foreign(kind)),
    };
    Error::network(format!("`{host}` answered {status}{kind}, not {wanted}"))
}

pub(super) fn content_type(answer: &HttpResponse) -> String {
    let header = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.unwrap_or_default().to_ascii_lowercase()
}
