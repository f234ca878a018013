//! Client in the response of a provider's own registration API: the members have other names than those of RFC 7591.

use chrono::DateTime;
use serde_json::{Map, Value};

use super::error_response::{is_transient, parse_error, unexpected_response};
use super::registration::{ClientMetadata, ClientRegistration, MAX_CLIENT_ID_LEN, OWN_CLIENT_HINT};
use super::request::scalar_text;
use super::{HttpResponse, host_of, json};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{Client, ClientAuth, ClientOrigin};

/// Names of the members of a response.
pub(super) struct MemberNames {
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    /// End of the secret, in seconds since 1970.
    pub(super) secret_expires_at: &'static str,
}

/// Parses the response to a registration at `endpoint`. The client is confidential; `server` is the issuer, or the token
/// endpoint of a provider without one.
///
/// # Errors
/// [`Error::Usage`] if the provider rejects the registration, [`Error::Network`] if it fails, [`Error::Check`] if the
/// registered client is unusable.
pub(super) fn parse(
    response: &HttpResponse,
    endpoint: &str,
    server: &str,
    names: &MemberNames,
    wanted: &ClientMetadata,
) -> Result<ClientRegistration> {
    let unexpected = || unexpected_response(response, endpoint, "a client registration");
    let fields = match json::parse(response.body()) {
        Some(Value::Object(fields)) if !is_transient(response.status()) => fields,
        _ => return Err(unexpected()),
    };
    if !response.status().is_success() {
        return match parse_error(&fields) {
            Some(error) => Err(rejected(endpoint, error.description.as_ref().unwrap_or(&error.code))),
            None => Err(unexpected()),
        };
    }
    let id = text(&fields, names.id).filter(|id| id.len() <= MAX_CLIENT_ID_LEN);
    let id = id.ok_or_else(|| bad(endpoint, names.id))?;
    let secret = text(&fields, names.secret).ok_or_else(|| bad(endpoint, names.secret))?;
    let end = fields.get(names.secret_expires_at).and_then(Value::as_i64).filter(|end| *end > 0);
    Ok(ClientRegistration {
        issuer: server.to_owned(),
        client: Client {
            id,
            secret: Some(Secret::new(secret)),
            auth: ClientAuth::ClientSecretPost,
            origin: ClientOrigin::default(),
        },
        redirect_uris: wanted.redirect_uris.clone(),
        page: None,
        scopes: wanted.scopes.clone(),
        requested_auth: ClientAuth::ClientSecretPost,
        is_doubtful: false,
        rejects_checks: false,
        secret_expires_at: end.and_then(|end| DateTime::from_timestamp(end, 0)),
        management: None,
        successor: None,
    })
}

/// A member that may be a number, as the ids of some servers are; printable ASCII only (RFC 6749 A.1, A.2).
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name).and_then(scalar_text)?;
    (!text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))).then_some(text)
}

fn bad(endpoint: &str, member: &str) -> Error {
    let host = host_of(endpoint);
    Error::check_with(Remedy::OwnClient, format!("the client registered by `{host}` has no usable `{member}`"))
}

fn rejected(endpoint: &str, why: &str) -> Error {
    Error::Usage {
        message: format!("`{}` rejected the client registration: {}", host_of(endpoint), sanitize_untrusted(why)),
        hint: Some(OWN_CLIENT_HINT.to_owned()),
    }
}
