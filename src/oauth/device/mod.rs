//! Device authorization: RFC 8628, and the dialects of it that a row describes ([`catalogue::Device`]).
//!
//! Written by hand and not by the `oauth2` crate, whose device request has one form only: rows rename parameters, ask by
//! JSON or in the address, and answer by status or with words of their own.
//!
//! [`catalogue::Device`]: crate::catalogue::Device

mod polling;
mod verification_uri;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Map, Value};

pub use polling::PollInterval;
pub use verification_uri::VerificationUri;

use super::error_response::{ErrorResponse, is_transient, parse_error, parse_fields, unexpected_response};
use super::request::{
    RequestAuth, RequestBuilder, fill_template, matches_any, percent_encode, rename_fields, scalar_text,
};
use super::token::{self, is_vschar, with_description};
use super::{HttpRequest, HttpResponse, error_from_code, host_of};
use crate::catalog::{PollSignals, Provider};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote, truncate_visible};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth};

/// RFC 8628 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The longest user code that is shown, in characters: what a person can type has eight (RFC 8628 6.1), and a long one
/// could be a text of the provider's own.
const MAX_USER_CODE_LEN: usize = 64;

/// How long codes live where the provider does not say, which it must (RFC 8628 3.2).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The longest life that is taken at its word: nobody types a code a day later.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What a device request carries beside client and scopes.
#[derive(Debug, Clone, Default)]
pub struct DeviceRequest {
    /// The scopes, joined as the provider wants them.
    pub scope: String,
    /// Further parameters: those of the person, and those of OpenID Connect that an authorization request would carry.
    pub params: Vec<(String, String)>,
    /// The PKCE verifier, where the row has PKCE here.
    pub verifier: Option<Secret>,
}

impl DeviceRequest {
    /// With a verifier of these random bytes, where the row says that the provider expects PKCE.
    pub fn new(provider: &Provider, scopes: &[String], params: Vec<(String, String)>, random: &[u8; 32]) -> Self {
        let verifier = provider.quirks.device.pkce.then(|| Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random)));
        Self { scope: scopes.join(&provider.scope_separator), params, verifier }
    }
}

/// Writes the device authorization request (RFC 8628 3.1).
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked.
pub fn request(provider: &Provider, client: &Client, endpoint: &str, options: &DeviceRequest) -> Result<HttpRequest> {
    let scope = &options.scope;
    let challenge = options.verifier.as_ref().map(|verifier| {
        let digest = ring::digest::digest(&ring::digest::SHA256, verifier.expose().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(digest)
    });
    let format = &provider.quirks.device.request;
    // Also where Basic proves the client: the RFC lists it, and no server minds.
    let mut params = vec![("client_id", client.id.as_str())];
    params.extend((!scope.is_empty()).then_some(("scope", scope.as_str())));
    params.extend(provider.resource.as_deref().map(|resource| ("resource", resource)));
    if let Some(challenge) = &challenge {
        params.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
    }
    params.extend(options.params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let values = vec![("scope", scope.as_str())];
    let (name, method, auth) = ("device authorization endpoint", Method::POST, RequestAuth::Client);
    RequestBuilder { name, endpoint, method, format, client, auth, params, values }.build()
}

/// What the provider gave to the device and to the person (RFC 8628 3.2).
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    device_code: Option<Secret>,
    user_code: Secret,
    raw_verification_uri: String,
    /// Where the person goes.
    pub verification_uri: VerificationUri,
    /// The same with the code in it, where the provider has that and it may be opened.
    pub verification_uri_complete: Option<VerificationUri>,
    /// How long they live, from now.
    pub expires_in: Duration,
    /// How long to wait between polls, as far as the provider says.
    pub interval: Option<Duration>,
}

impl DeviceAuthorization {
    /// What the person types, fit to be shown.
    pub fn user_code(&self) -> String {
        truncate_visible(self.user_code.expose(), MAX_USER_CODE_LEN)
    }

    /// The address to open, link or draw: the complete one where there is one.
    pub fn link(&self) -> Option<&str> {
        self.verification_uri_complete.as_ref().and_then(VerificationUri::link).or(self.verification_uri.link())
    }
}

/// Reads the answer to [`request`].
///
/// # Errors
/// [`Error::Network`] where the provider fails or answers something else; [`Error::Usage`] where it does not allow this
/// client the device flow; for any other `error` see [`refused`]; [`Error::Check`] where the address is none of the web.
pub fn parse_response(response: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<DeviceAuthorization> {
    let unexpected_response = || unexpected_response(response, endpoint, "a device code");
    if is_transient(response.status()) {
        return Err(unexpected_response());
    }
    // Renamed first: the `error` may have a name of the provider's own too.
    let fields =
        rename_fields(parse_fields(response).ok_or_else(unexpected_response)?, &provider.quirks.device.response_paths);
    if let Some(error) = parse_error(&fields) {
        return Err(device_flow_rejected(provider, with_known_description(error, provider)));
    }
    let found = if response.status().is_success() { parse_codes(&fields, provider)? } else { None };
    found.ok_or_else(|| error_from_message(&fields, endpoint).unwrap_or_else(unexpected_response))
}

/// What a provider says that has no `error`, and a `message` for people in its place.
fn error_from_message(fields: &Map<String, Value>, endpoint: &str) -> Option<Error> {
    let message = fields.get("message")?.as_str().filter(|text| !text.is_empty())?;
    Some(Error::other(format!("`{}` answered: {}", host_of(endpoint), sanitize_untrusted(message))))
}

/// A code of the provider's own with what the row says of it, where the provider does not say more.
fn with_known_description(error: ErrorResponse, provider: &Provider) -> ErrorResponse {
    let known = provider.quirks.device.errors.get(&error.code).cloned();
    ErrorResponse { description: known.or(error.description), ..error }
}

fn parse_codes(fields: &Map<String, Value>, provider: &Provider) -> Result<Option<DeviceAuthorization>> {
    let device = &provider.quirks.device;
    let member = |name: &str| fields.get(name).and_then(scalar_text);
    // Google's word, and that of the first drafts: common enough to be known without a row.
    let url = member("verification_uri").or_else(|| member("verification_url"));
    let (Some(user_code), Some(raw_verification_uri)) = (member("user_code"), url) else { return Ok(None) };
    let device_code = member("device_code").map(Secret::new);
    let polls_by_user_code = device.poll.endpoint.as_deref().is_some_and(|url| url.contains("{user_code}"));
    if device_code.is_none() && !polls_by_user_code {
        return Ok(None);
    }
    // Nothing to type is no code; and what goes back has no more characters than a token may have (RFC 6749 A.12).
    let is_usable = device_code.as_ref().is_none_or(|code| is_vschar(code.expose()));
    if !is_usable || truncate_visible(&user_code, MAX_USER_CODE_LEN).is_empty() {
        return Ok(None);
    }
    let values = [("user_code", user_code.as_str()), ("verification_uri", raw_verification_uri.as_str())];
    // The address stands at the beginning of a template, and is no part of another.
    let fill = |template: &String| {
        fill_template(template, &values, |value| match value == raw_verification_uri {
            true => value.to_owned(),
            false => percent_encode(value),
        })
    };
    let verification_uri = device.verification_uri.as_ref().map_or_else(|| raw_verification_uri.clone(), fill);
    let verification_uri_complete =
        member("verification_uri_complete").or_else(|| device.verification_uri_complete.as_ref().map(fill));
    // The convenience may be left out; the address itself may not.
    let verification_uri_complete =
        verification_uri_complete.and_then(|url| VerificationUri::parse(&url).ok()).filter(|uri| uri.link().is_some());
    let expires_in = fields.get("expires_in").and_then(token::parse_lifetime).unwrap_or(DEFAULT_LIFETIME);
    Ok(Some(DeviceAuthorization {
        verification_uri: VerificationUri::parse(&verification_uri)?,
        verification_uri_complete,
        expires_in: expires_in.min(MAX_LIFETIME),
        interval: fields.get("interval").and_then(token::parse_lifetime),
        device_code,
        user_code: Secret::new(user_code),
        raw_verification_uri,
    }))
}

/// The device request was refused: often because something must be switched on first, or because a policy forbids this
/// flow and allows the other.
fn device_flow_rejected(provider: &Provider, response: ErrorResponse) -> Error {
    let name = &provider.name;
    let error = error_from_code(name, None, &response.code, response.description.as_deref());
    let is_about_flow = match response.code.as_str() {
        "unauthorized_client" | "unsupported_grant_type" | "invalid_client" | "access_denied" => true,
        // GitHub says `device_flow_disabled`; others have words of their own.
        _ => matches!(error, Error::Other { .. }),
    };
    if !is_about_flow {
        return error;
    }
    let message = match &provider.quirks.device.hint {
        Some(hint) => format!("{error}; the device flow needs {hint}"),
        None => format!("{error}; the device flow may not be allowed for this client"),
    };
    let instead = format!("{{program}} signin {} --browser", shell_quote(name));
    let cause = match error {
        Error::Denied { .. } => Error::Denied { message },
        _ => Error::usage(message),
    };
    Error::Blocked { cause: Box::new(cause), alternative: instead }
}

/// Writes a poll (RFC 8628 3.4).
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked.
pub fn poll_request(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
) -> Result<HttpRequest> {
    let format = &provider.quirks.device.poll;
    token_request(provider, client, endpoint, codes, options, format)
}

/// Writes the request for tokens with the client that a poll gave ([`Polled::Client`]).
///
/// # Errors
/// As [`poll`].
pub fn exchange_request(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
) -> Result<HttpRequest> {
    let format = provider.quirks.device.exchange.as_ref().unwrap_or(&provider.quirks.device.poll);
    token_request(provider, client, endpoint, codes, options, format)
}

fn token_request(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
    format: &crate::catalog::RequestFormat,
) -> Result<HttpRequest> {
    let scope = &options.scope;
    let device_code = codes.device_code.as_ref().map(|code| code.expose());
    let mut params = vec![("grant_type", GRANT_TYPE)];
    params.extend(device_code.map(|code| ("device_code", code)));
    params.extend(provider.resource.as_deref().map(|resource| ("resource", resource)));
    params.extend(options.verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
    let values = vec![
        ("scope", scope.as_str()),
        ("device_code", device_code.unwrap_or_default()),
        ("user_code", codes.user_code.expose()),
        ("verification_uri", codes.raw_verification_uri.as_str()),
    ];
    let (name, method, auth) = ("token endpoint", Method::POST, RequestAuth::Client);
    RequestBuilder { name, endpoint, method, format, client, auth, params, values }.build()
}

/// How things stand (RFC 8628 3.5).
#[derive(Debug)]
pub enum PollResult {
    /// Nobody has answered yet.
    Pending,
    /// Nobody has answered yet, and the polls come too fast; the provider's new interval, where it says one.
    SlowDown(Option<Duration>),
    /// The codes are over.
    Expired,
    /// The provider is not well; another moment may do better. What it answered.
    Unavailable(Error),
    /// The person has signed in.
    Tokens(Box<token::TokenResponse>),
    /// The person has signed in, and the provider made a client of their own, to ask for tokens with.
    Client(Client),
}

/// Judges the answer to a [`poll`]. The status counts only where the row says so or nothing else is there to go by:
/// 200, 400, 403 and 428 are all in use for a code that nobody has answered yet.
///
/// # Errors
/// [`Error::Denied`] where the person refused; [`Error::Network`] where the provider answers something else;
/// [`Error::Other`] where it does not take the code; for any other `error` see [`refused`].
pub fn parse_poll_response(response: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<PollResult> {
    let found = parse_fields(response).unwrap_or_default();
    let code_rejected = |description: &Option<String>| {
        Error::other(with_description(format!("`{}` did not take the device code", provider.name), description))
    };
    if let Some(poll_status) = poll_status(response, &found, &provider.quirks.device.signals) {
        return poll_result(poll_status, &found, provider);
    }
    if is_transient(response.status()) {
        return Ok(PollResult::Unavailable(unexpected_response(response, endpoint, "tokens")));
    }
    if matches_any(&provider.quirks.device.signals.invalid_grant, response.status(), &found) {
        return Err(code_rejected(&None));
    }
    if let Some(error) = parse_error(&found).map(|error| with_known_description(error, provider)) {
        return match error.code.as_str() {
            "invalid_grant" | "incorrect_device_code" | "device_not_found" => Err(code_rejected(&error.description)),
            code => match error_from_code(&provider.name, None, code, error.description.as_deref()) {
                // `temporarily_unavailable` and its like, whatever the status.
                unavailable @ Error::Network { .. } => Ok(PollResult::Unavailable(unavailable)),
                error => Err(error),
            },
        };
    }
    let found = rename_fields(found, &provider.quirks.response_paths);
    let granted = if response.status().is_success() { granted(&found, provider)? } else { None };
    granted.ok_or_else(|| {
        error_from_message(&found, endpoint).unwrap_or_else(|| unexpected_response(response, endpoint, "tokens"))
    })
}

#[derive(Clone, Copy)]
enum PollStatus {
    Pending,
    SlowDown,
    Denied,
    Expired,
}

/// What is known by the signs of the row, then by the RFC's codes and the ones that some providers have in their place.
fn poll_status(response: &HttpResponse, fields: &Map<String, Value>, signals: &PollSignals) -> Option<PollStatus> {
    // The special before the general: a row may know a pending code by its status alone.
    let signals = [
        (&signals.access_denied, PollStatus::Denied),
        (&signals.expired_token, PollStatus::Expired),
        (&signals.slow_down, PollStatus::SlowDown),
        (&signals.authorization_pending, PollStatus::Pending),
    ];
    let status = response.status();
    if let Some((_, poll_status)) = signals.into_iter().find(|(signals, _)| matches_any(signals, status, fields)) {
        return Some(poll_status);
    }
    match fields.get("error").and_then(Value::as_str)? {
        "authorization_pending" => Some(PollStatus::Pending),
        "slow_down" => Some(PollStatus::SlowDown),
        "access_denied" | "authorization_declined" => Some(PollStatus::Denied),
        "expired_token" | "token_expired" | "code_expired" => Some(PollStatus::Expired),
        _ => None,
    }
}

fn poll_result(poll_status: PollStatus, fields: &Map<String, Value>, provider: &Provider) -> Result<PollResult> {
    match poll_status {
        PollStatus::Pending => Ok(PollResult::Pending),
        PollStatus::SlowDown => Ok(PollResult::SlowDown(fields.get("interval").and_then(token::parse_lifetime))),
        PollStatus::Expired => Ok(PollResult::Expired),
        PollStatus::Denied => {
            let description = parse_error(fields).and_then(|error| error.description);
            Err(error_from_code(&provider.name, None, "access_denied", description.as_deref()))
        }
    }
}

fn granted(fields: &Map<String, Value>, provider: &Provider) -> Result<Option<PollResult>> {
    if let Some(response) = token::from_fields(fields, &provider.scope_separator) {
        return Ok(Some(PollResult::Tokens(Box::new(token::check_characters(response)?))));
    }
    let member = |name: &str| fields.get(name).and_then(scalar_text);
    let client = provider.quirks.device.exchange.as_ref().and(member("client_id").zip(member("client_secret")));
    Ok(client.map(|(id, secret)| {
        PollResult::Client(Client { id, secret: Some(Secret::new(secret)), auth: ClientAuth::ClientSecretPost })
    }))
}
