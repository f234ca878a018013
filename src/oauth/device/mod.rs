//! Device authorization: RFC 8628, and its variants that a catalog entry describes (`catalog::DeviceQuirks`).

mod polling;
mod verification_uri;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::DateTime;
use oauth2::{
    DeviceAuthorizationUrl, EmptyExtraDeviceAuthorizationFields, PkceCodeChallenge, PkceCodeVerifier, Scope,
    StandardDeviceAuthorizationResponse, TokenUrl,
};
use serde_json::{Map, Value, json};

pub use polling::PollInterval;
pub use verification_uri::VerificationUri;

use super::error_response::{
    ErrorResponse, is_transient, parse_error, parse_fields, unexpected_response, with_description,
};
use super::request::{Endpoint, fill_template, matches_any, percent_encode, rename_fields, scalar_text};
use super::token::{self, is_vschar};
use super::{HttpRequest, HttpResponse, error_from_code, host_of};
use crate::catalog::{PollSignals, Provider, RequestFormat};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote, truncate_visible};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth, ClientOrigin};

/// Longest user code displayed, in characters: a code fit for typing has eight (RFC 8628 6.1), and a longer one could
/// be text to mislead the user.
const MAX_USER_CODE_LEN: usize = 64;

/// Lifetime of the codes if the provider omits `expires_in`, which RFC 8628 3.2 requires.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Longest lifetime accepted: no user types a code a day later.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Parameters of a device request besides the client.
#[derive(Debug, Clone, Default)]
pub struct DeviceRequest {
    pub scope: String,
    /// Additional parameters: those of the user, and those of OpenID Connect that an authorization request would carry.
    pub params: Vec<(String, String)>,
    pub resource: Option<String>,
    /// PKCE verifier, if the catalog entry enables PKCE here.
    pub verifier: Option<Secret>,
}

impl DeviceRequest {
    /// Creates the request, with a verifier of these random bytes if the catalog entry enables PKCE.
    pub fn new(provider: &Provider, scopes: &[String], params: Vec<(String, String)>, random: &[u8; 32]) -> Self {
        let verifier = provider.quirks.device.pkce.then(|| Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random)));
        Self { scope: scopes.join(&provider.scope_separator), params, resource: provider.resource.clone(), verifier }
    }
}

/// Builds the device authorization request (RFC 8628 3.1).
pub fn request(provider: &Provider, client: &Client, endpoint: &str, options: &DeviceRequest) -> Result<HttpRequest> {
    let (format, values) = (&provider.quirks.device.request, vec![("scope", options.scope.as_str())]);
    let endpoint = Endpoint::new("device authorization endpoint", endpoint, format, client, values)?;
    endpoint.request(|oauth2_client, url, recorder| {
        let oauth2_client = oauth2_client.set_device_authorization_url(DeviceAuthorizationUrl::from_url(url));
        // The id goes along with Basic authentication too: the RFC lists it, and no server objects.
        let mut request = oauth2_client.exchange_device_code().add_extra_param("client_id", &client.id);
        if !options.scope.is_empty() {
            request = request.add_scope(Scope::new(options.scope.clone()));
        }
        if let Some(resource) = &options.resource {
            request = request.add_extra_param("resource", resource);
        }
        if let Some(verifier) = &options.verifier {
            let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
            let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
            request = request
                .add_extra_param("code_challenge", challenge.as_str().to_owned())
                .add_extra_param("code_challenge_method", challenge.method().as_str().to_owned());
        }
        for (name, value) in &options.params {
            request = request.add_extra_param(name, value);
        }
        let _ = request.request::<_, EmptyExtraDeviceAuthorizationFields>(recorder);
    })
}

/// Device authorization response (RFC 8628 3.2).
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    device_code: Option<Secret>,
    user_code: Secret,
    raw_verification_uri: String,
    pub verification_uri: VerificationUri,
    /// Same page with the user code filled in, if the provider sends one and the browser may open it.
    pub verification_uri_complete: Option<VerificationUri>,
    pub expires_in: Duration,
    pub interval: Option<Duration>,
}

impl DeviceAuthorization {
    /// User code, sanitized for display.
    pub fn user_code(&self) -> String {
        truncate_visible(self.user_code.expose(), MAX_USER_CODE_LEN)
    }

    /// URL to open, link or draw: the complete one if there is one.
    pub fn link(&self) -> Option<&str> {
        self.verification_uri_complete.as_ref().and_then(VerificationUri::link).or(self.verification_uri.link())
    }
}

/// Parses the response to [`request`].
///
/// # Errors
/// [`Error::Network`] if the provider fails or returns something else; [`Error::Usage`] if it denies this client the
/// device flow; for any other `error` see [`error_from_code`]; [`Error::Check`] if the verification URI is not a web
/// page.
pub fn parse_response(response: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<DeviceAuthorization> {
    let unexpected_response = || unexpected_response(response, endpoint, "a device code");
    if is_transient(response.status()) {
        return Err(unexpected_response());
    }
    // Renaming comes first: the provider may name `error` differently too.
    let fields =
        rename_fields(parse_fields(response).ok_or_else(unexpected_response)?, &provider.quirks.device.response_paths);
    if let Some(error) = parse_error(&fields) {
        return Err(device_flow_rejected(provider, with_known_description(error, provider)));
    }
    let found = if response.status().is_success() { parse_codes(&fields, provider)? } else { None };
    found.ok_or_else(|| error_from_message(&fields, endpoint).unwrap_or_else(unexpected_response))
}

/// Error from a response that has no `error` but a human-readable `message`.
fn error_from_message(fields: &Map<String, Value>, endpoint: &str) -> Option<Error> {
    let message = fields.get("message")?.as_str().filter(|text| !text.is_empty())?;
    Some(Error::other_with(
        Remedy::Provider,
        format!("`{}` returned: {}", host_of(endpoint), sanitize_untrusted(message)),
    ))
}

/// Adds the catalog entry's explanation of a provider-specific code.
fn with_known_description(error: ErrorResponse, provider: &Provider) -> ErrorResponse {
    let known = provider.quirks.device.errors.get(&error.code).cloned();
    ErrorResponse { description: known.or(error.description), ..error }
}

fn parse_codes(fields: &Map<String, Value>, provider: &Provider) -> Result<Option<DeviceAuthorization>> {
    let device = &provider.quirks.device;
    let member = |name: &str| fields.get(name).and_then(scalar_text);
    // `verification_url` is Google's name and that of early drafts: common enough to need no catalog entry.
    let url = member("verification_uri").or_else(|| member("verification_url"));
    let (Some(user_code), Some(raw_verification_uri)) = (member("user_code"), url) else { return Ok(None) };
    let device_code = member("device_code").map(Secret::new);
    let polls_by_user_code = device.poll.endpoint.as_deref().is_some_and(|url| url.contains("{user_code}"));
    if device_code.is_none() && !polls_by_user_code {
        return Ok(None);
    }
    // Rejects an empty user code, and a device code with characters that tokens may not have (RFC 6749 A.12).
    let is_usable = device_code.as_ref().is_none_or(|code| is_vschar(code.expose()));
    if !is_usable || truncate_visible(&user_code, MAX_USER_CODE_LEN).is_empty() {
        return Ok(None);
    }
    let values = [("user_code", user_code.as_str()), ("verification_uri", raw_verification_uri.as_str())];
    // The verification URI starts the template, so it is not percent-encoded.
    let fill = |template: &String| {
        fill_template(template, &values, |value| match value == raw_verification_uri {
            true => value.to_owned(),
            false => percent_encode(value),
        })
    };
    let verification_uri = device.verification_uri.as_ref().map_or_else(|| raw_verification_uri.clone(), fill);
    let verification_uri_complete =
        member("verification_uri_complete").or_else(|| device.verification_uri_complete.as_ref().map(fill));
    // The complete URI is optional; the plain one is not.
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

/// Error for a rejected device request: often the flow must be enabled first, or a policy forbids it and allows the
/// browser flow.
fn device_flow_rejected(provider: &Provider, response: ErrorResponse) -> Error {
    let name = &provider.name;
    let error = error_from_code(name, None, &response.code, response.description.as_deref());
    let is_about_type = || response.description.as_ref().is_some_and(|text| text.to_ascii_lowercase().contains("type"));
    let is_about_flow = match response.code.as_str() {
        "unauthorized_client" | "unsupported_grant_type" | "access_denied" => true,
        // Google: "Invalid client type." Otherwise no flow can do with this client.
        "invalid_client" => is_about_type(),
        // GitHub uses `device_flow_disabled`; others have custom codes.
        _ => matches!(error.cause(), Error::Other { .. }),
    };
    if !is_about_flow {
        return error;
    }
    let message = match &provider.quirks.device.hint {
        Some(hint) => format!("{error}; enable this at the provider: {hint}"),
        None => format!("{error}; the device flow may not be allowed for this client"),
    };
    let instead = format!("{{program}} signin {} --browser", shell_quote(name));
    let cause = match error {
        Error::Denied { remedy, .. } => Error::denied(remedy, message),
        _ => Error::usage(message),
    };
    Error::Blocked { cause: Box::new(cause), alternative: instead }
}

/// Builds a poll request (RFC 8628 3.4).
pub fn poll_request(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
) -> Result<HttpRequest> {
    token_request(&provider.quirks.device.poll, client, endpoint, codes, options)
}

/// Builds the token request for the client that a poll returned ([`PollResult::Client`]).
pub fn exchange_request(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
) -> Result<HttpRequest> {
    let format = provider.quirks.device.exchange.as_ref().unwrap_or(&provider.quirks.device.poll);
    token_request(format, client, endpoint, codes, options)
}

fn token_request(
    format: &RequestFormat,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    options: &DeviceRequest,
) -> Result<HttpRequest> {
    let device_code = codes.device_code.as_ref().map_or("", Secret::expose);
    let values = vec![
        ("scope", options.scope.as_str()),
        ("device_code", device_code),
        ("user_code", codes.user_code.expose()),
        ("verification_uri", codes.raw_verification_uri.as_str()),
    ];
    let endpoint = Endpoint::new(token::NAME, endpoint, format, client, values)?;
    // The request needs only the code of this response, and the crate makes one only from JSON.
    let response = json!({ "device_code": device_code, "user_code": "", "verification_uri": "https://localhost", "expires_in": 0 });
    let response: StandardDeviceAuthorizationResponse =
        serde_json::from_value(response).expect("a device authorization response");
    endpoint.request(|client, url, recorder| {
        let client = client.set_token_uri(TokenUrl::from_url(url));
        // Without a clock, the crate polls once.
        let mut request = client.exchange_device_access_token(&response).set_time_fn(|| DateTime::UNIX_EPOCH);
        if let Some(resource) = &options.resource {
            request = request.add_extra_param("resource", resource);
        }
        if let Some(verifier) = &options.verifier {
            request = request.add_extra_param("code_verifier", verifier.expose());
        }
        let _ = request.request(recorder, |_| {}, None);
    })
}

#[derive(Debug)]
pub enum PollResult {
    Pending,
    /// The user has not decided yet, and polls are too frequent; the provider's new interval, if it sends one.
    SlowDown(Option<Duration>),
    Expired,
    /// The provider failed or returned something else than a response of a token endpoint.
    Unavailable(Error),
    /// No response arrived.
    Unreachable(Error),
    /// An error that does not say that polling is over. GitHub has returned `incorrect_device_code` for a valid code
    /// (modelcontextprotocol/registry#1543).
    Odd(Error),
    Tokens(Box<token::TokenResponse>),
    /// The user signed in, and the provider issued a client to request tokens with.
    Client(Client),
}

/// Parses the response to a [`poll_request`]. The status counts only if the catalog entry says so or the body tells
/// nothing: providers use 200, 400, 403 and 428 for a pending code.
///
/// # Errors
/// [`Error::Denied`] if the user declined, [`Error::Rejected`] if the client may not use the flow, [`Error::Check`] if the
/// tokens are not usable.
pub fn parse_poll_response(response: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<PollResult> {
    let found = parse_fields(response).unwrap_or_default();
    let code_rejected = |description: Option<&str>| {
        let message = format!("`{}` rejected the device code: it was already used, or never valid", provider.name);
        let cause = Box::new(Error::other(with_description(message, description)));
        let alternative = format!("{{program}} signin {} --device", shell_quote(&provider.name));
        PollResult::Odd(Error::Blocked { cause, alternative })
    };
    if let Some(poll_status) = poll_status(response, &found, &provider.quirks.device.signals) {
        return poll_result(poll_status, &found, provider);
    }
    if is_transient(response.status()) {
        return Ok(PollResult::Unavailable(unexpected_response(response, endpoint, "tokens")));
    }
    if matches_any(&provider.quirks.device.signals.invalid_grant, response.status(), &found) {
        return Ok(code_rejected(None));
    }
    if let Some(error) = parse_error(&found).map(|error| with_known_description(error, provider)) {
        return match error.code.as_str() {
            "invalid_grant" | "incorrect_device_code" | "device_not_found" => {
                Ok(code_rejected(error.description.as_deref()))
            }
            code => match error_from_code(&provider.name, None, code, error.description.as_deref()) {
                // Also `temporarily_unavailable`, whatever the status.
                unavailable @ Error::Network { .. } => Ok(PollResult::Unavailable(unavailable)),
                odd if matches!(odd.cause(), Error::Other { .. }) => Ok(PollResult::Odd(odd)),
                error => Err(error),
            },
        };
    }
    let found = rename_fields(found, &provider.quirks.response_paths);
    let granted = if response.status().is_success() { granted(&found, provider)? } else { None };
    Ok(granted.unwrap_or_else(|| match error_from_message(&found, endpoint) {
        Some(odd) => PollResult::Odd(odd),
        None => PollResult::Unavailable(unexpected_response(response, endpoint, "tokens")),
    }))
}

#[derive(Clone, Copy)]
enum PollStatus {
    Pending,
    SlowDown,
    Denied,
    Expired,
}

/// Reads the status from the catalog entry's signals, then from the RFC's codes and common variants.
fn poll_status(response: &HttpResponse, fields: &Map<String, Value>, signals: &PollSignals) -> Option<PollStatus> {
    // Specific signals first: a catalog entry may recognize a pending code by its status alone.
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
    if let Some(response) = token::ResponseFormat::of_provider(provider).read(fields)? {
        return Ok(Some(PollResult::Tokens(Box::new(response))));
    }
    let member = |name: &str| fields.get(name).and_then(scalar_text);
    let client = provider.quirks.device.exchange.as_ref().and(member("client_id").zip(member("client_secret")));
    Ok(client.map(|(id, secret)| {
        PollResult::Client(Client {
            id,
            secret: Some(Secret::new(secret)),
            auth: ClientAuth::ClientSecretPost,
            origin: ClientOrigin::Configured,
        })
    }))
}
