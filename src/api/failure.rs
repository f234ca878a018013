//! What a response with an error status means.

use http::{Response, StatusCode, header};
use serde_json::Value;

use crate::error::{Error, Remedy};
use crate::http_client::StreamedResponse;
use crate::oauth::protected_resource::missing_scopes;
use crate::oauth::{RequestSecrets, is_transient, retry_words};
use crate::sanitize::sanitize_untrusted;
use crate::session::Session;

/// Part of a body that an error message may come from, in bytes.
pub const MAX_ERROR_BODY: usize = 16 << 10;

/// Error for a response with a status of 400 or more; `None` for any other. `body` is its beginning, if it was read.
pub fn failure(session: &Session, response: &StreamedResponse, body: &[u8]) -> Option<Error> {
    let (status, headers, host) = (response.head.status, &response.head.headers, response.host());
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let mut head = Response::new(Vec::new());
    (*head.status_mut(), *head.headers_mut()) = (status, headers.clone());
    if let Some(missing) = missing_scopes(&head, &session.scopes) {
        let names: Vec<String> = missing.iter().map(|scope| format!("`{}`", sanitize_untrusted(scope))).collect();
        let reason = match names.as_slice() {
            [] => format!("`{host}` requires more scopes but does not name them"),
            names => format!("`{host}` also requires {}", names.join(", ")),
        };
        let cause = Error::ReauthenticationRequired { provider: session.provider.clone(), account: None, reason };
        return Some(Error::Blocked { cause: Box::new(cause), alternative: session.signin_with_scopes(&missing) });
    }
    let retry = if headers.contains_key(header::RETRY_AFTER) { retry_words(headers) } else { String::new() };
    let described = describe(session, body).map(|text| format!(": {text}")).unwrap_or_default();
    let message = format!("`{host}` returned {}{described}{retry}", status_words(status));
    Some(match status {
        StatusCode::UNAUTHORIZED => session.reauthentication_required(format!("`{host}` rejected the access token")),
        StatusCode::TOO_MANY_REQUESTS => Error::network_with(
            Remedy::RetryLater,
            format!("`{host}` rate limited the request (429){}", retry_words(headers)),
        ),
        _ if is_transient(status) => Error::network(message),
        _ => Error::other_with(Remedy::InMessage, message),
    })
}

/// Status with the phrase of the RFCs, not the server's own.
fn status_words(status: StatusCode) -> String {
    let phrase = status.canonical_reason().map(|phrase| format!(" {phrase}")).unwrap_or_default();
    format!("{}{phrase}", status.as_u16())
}

/// The server's own words, if it sent JSON that has some.
fn describe(session: &Session, body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let of = |object: &Value| {
        ["error_description", "message", "detail", "title", "error"].iter().find_map(|name| text(object.get(name)?))
    };
    let found =
        of(&document).or_else(|| of(document.get("error")?)).or_else(|| of(document.get("errors")?.get(0)?))?;
    let secrets = RequestSecrets::of_token(&session.tokens.access_token);
    Some(sanitize_untrusted(&secrets.redact_text(&found)))
}
