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

use super::error_response::{ErrorResponse, complaint, fields, is_passing, unusable};
use super::request::{ClientAuthentication, RequestBuilder, encoded, fill, renamed, shows, text};
use super::token::{self, is_printable, told};
use super::{HttpRequest, HttpResponse, host_of, refused};
use crate::catalog::{PollSignals, Provider};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote, truncate_visible};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth};

/// RFC 8628 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The longest user code that is shown, in characters: what a person can type has eight (RFC 8628 6.1), and a long one
/// could be a text of the provider's own.
const LONGEST_CODE: usize = 64;

/// How long codes live where the provider does not say, which it must (RFC 8628 3.2).
const LIFE: Duration = Duration::from_secs(15 * 60);

/// The longest life that is taken at its word: nobody types a code a day later.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

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
pub fn request(provider: &Provider, client: &Client, endpoint: &str, asked: &DeviceRequest) -> Result<HttpRequest> {
    let scope = &asked.scope;
    let challenge = asked.verifier.as_ref().map(|verifier| {
        let digest = ring::digest::digest(&ring::digest::SHA256, verifier.expose().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(digest)
    });
    let message = &provider.quirks.device.request;
    // Also where Basic proves the client: the RFC lists it, and no server minds.
    let mut params = vec![("client_id", client.id.as_str())];
    params.extend((!scope.is_empty()).then_some(("scope", scope.as_str())));
    params.extend(provider.resource.as_deref().map(|resource| ("resource", resource)));
    if let Some(challenge) = &challenge {
        params.extend([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
    }
    params.extend(asked.params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let values = vec![("scope", scope.as_str())];
    let (name, method, proof) = ("device authorization endpoint", Method::POST, ClientAuthentication::Client);
    RequestBuilder { name, endpoint, method, message, client, proof, params, values }.write()
}

/// What the provider gave to the device and to the person (RFC 8628 3.2).
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    device_code: Option<Secret>,
    user_code: Secret,
    verification_uri: String,
    /// Where the person goes.
    pub place: VerificationUri,
    /// The same with the code in it, where the provider has that and it may be opened.
    pub complete: Option<VerificationUri>,
    /// How long they live, from now.
    pub expires_in: Duration,
    /// How long to wait between polls, as far as the provider says.
    pub interval: Option<Duration>,
}

impl DeviceAuthorization {
    /// What the person types, fit to be shown.
    pub fn shown(&self) -> String {
        truncate_visible(self.user_code.expose(), LONGEST_CODE)
    }

    /// The address to open, link or draw: the complete one where there is one.
    pub fn link(&self) -> Option<&str> {
        self.complete.as_ref().and_then(VerificationUri::link).or(self.place.link())
    }
}

/// Reads the answer to [`request`].
///
/// # Errors
/// [`Error::Network`] where the provider fails or answers something else; [`Error::Usage`] where it does not allow this
/// client the device flow; for any other `error` see [`refused`]; [`Error::Check`] where the address is none of the web.
pub fn read(answer: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<DeviceAuthorization> {
    let unusable = || unusable(answer, endpoint, "a device code");
    if is_passing(answer.status()) {
        return Err(unusable());
    }
    // Renamed first: the `error` may have a name of the provider's own too.
    let fields = renamed(fields(answer).ok_or_else(unusable)?, &provider.quirks.device.response_paths);
    if let Some(complaint) = complaint(&fields) {
        return Err(turned_away(provider, explained(complaint, provider)));
    }
    let found = if answer.status().is_success() { codes(&fields, provider)? } else { None };
    found.ok_or_else(|| in_words(&fields, endpoint).unwrap_or_else(unusable))
}

/// What a provider says that has no `error`, and a `message` for people in its place.
fn in_words(fields: &Map<String, Value>, endpoint: &str) -> Option<Error> {
    let message = fields.get("message")?.as_str().filter(|text| !text.is_empty())?;
    Some(Error::other(format!("`{}` answered: {}", host_of(endpoint), sanitize_untrusted(message))))
}

/// A code of the provider's own with what the row says of it, where the provider does not say more.
fn explained(complaint: ErrorResponse, provider: &Provider) -> ErrorResponse {
    let known = provider.quirks.device.errors.get(&complaint.code).cloned();
    ErrorResponse { description: known.or(complaint.description), ..complaint }
}

fn codes(fields: &Map<String, Value>, provider: &Provider) -> Result<Option<DeviceAuthorization>> {
    let device = &provider.quirks.device;
    let member = |name: &str| fields.get(name).and_then(text);
    // Google's word, and that of the first drafts: common enough to be known without a row.
    let address = member("verification_uri").or_else(|| member("verification_url"));
    let (Some(user_code), Some(verification_uri)) = (member("user_code"), address) else { return Ok(None) };
    let device_code = member("device_code").map(Secret::new);
    let polls_without = device.poll.endpoint.as_deref().is_some_and(|address| address.contains("{user_code}"));
    if device_code.is_none() && !polls_without {
        return Ok(None);
    }
    // Nothing to type is no code; and what goes back has no more characters than a token may have (RFC 6749 A.12).
    let is_usable = device_code.as_ref().is_none_or(|code| is_printable(code.expose()));
    if !is_usable || truncate_visible(&user_code, LONGEST_CODE).is_empty() {
        return Ok(None);
    }
    let values = [("user_code", user_code.as_str()), ("verification_uri", verification_uri.as_str())];
    // The address stands at the beginning of a template, and is no part of another.
    let filled = |template: &String| {
        fill(template, &values, |value| match value == verification_uri {
            true => value.to_owned(),
            false => encoded(value),
        })
    };
    let place = device.verification_uri.as_ref().map_or_else(|| verification_uri.clone(), filled);
    let complete =
        member("verification_uri_complete").or_else(|| device.verification_uri_complete.as_ref().map(filled));
    // The convenience may be left out; the address itself may not.
    let complete =
        complete.and_then(|address| VerificationUri::read(&address).ok()).filter(|place| place.link().is_some());
    let expires_in = fields.get("expires_in").and_then(token::lifetime).unwrap_or(LIFE);
    Ok(Some(DeviceAuthorization {
        place: VerificationUri::read(&place)?,
        complete,
        expires_in: expires_in.min(LONGEST_LIFE),
        interval: fields.get("interval").and_then(token::lifetime),
        device_code,
        user_code: Secret::new(user_code),
        verification_uri,
    }))
}

/// The device request was refused: often because something must be switched on first, or because a policy forbids this
/// flow and allows the other.
fn turned_away(provider: &Provider, complaint: ErrorResponse) -> Error {
    let name = &provider.name;
    let refusal = refused(name, None, &complaint.code, complaint.description.as_deref());
    let is_about_the_flow = match complaint.code.as_str() {
        "unauthorized_client" | "unsupported_grant_type" | "invalid_client" | "access_denied" => true,
        // GitHub says `device_flow_disabled`; others have words of their own.
        _ => matches!(refusal, Error::Other { .. }),
    };
    if !is_about_the_flow {
        return refusal;
    }
    let message = match &provider.quirks.device.hint {
        Some(hint) => format!("{refusal}; the device flow needs {hint}"),
        None => format!("{refusal}; the device flow may not be allowed for this client"),
    };
    let instead = format!("{{program}} signin {} --browser", shell_quote(name));
    let cause = match refusal {
        Error::Denied { .. } => Error::Denied { message },
        _ => Error::usage(message),
    };
    Error::Blocked { cause: Box::new(cause), alternative: instead }
}

/// Writes a poll (RFC 8628 3.4).
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked.
pub fn poll(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    asked: &DeviceRequest,
) -> Result<HttpRequest> {
    let message = &provider.quirks.device.poll;
    draft(provider, client, endpoint, codes, asked, message)
}

/// Writes the request for tokens with the client that a poll gave ([`Polled::Client`]).
///
/// # Errors
/// As [`poll`].
pub fn exchange(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    asked: &DeviceRequest,
) -> Result<HttpRequest> {
    let message = provider.quirks.device.exchange.as_ref().unwrap_or(&provider.quirks.device.poll);
    draft(provider, client, endpoint, codes, asked, message)
}

fn draft(
    provider: &Provider,
    client: &Client,
    endpoint: &str,
    codes: &DeviceAuthorization,
    asked: &DeviceRequest,
    message: &crate::catalog::RequestFormat,
) -> Result<HttpRequest> {
    let scope = &asked.scope;
    let device_code = codes.device_code.as_ref().map(|code| code.expose());
    let mut params = vec![("grant_type", GRANT_TYPE)];
    params.extend(device_code.map(|code| ("device_code", code)));
    params.extend(provider.resource.as_deref().map(|resource| ("resource", resource)));
    params.extend(asked.verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose())));
    let values = vec![
        ("scope", scope.as_str()),
        ("device_code", device_code.unwrap_or_default()),
        ("user_code", codes.user_code.expose()),
        ("verification_uri", codes.verification_uri.as_str()),
    ];
    let (name, method, proof) = ("token endpoint", Method::POST, ClientAuthentication::Client);
    RequestBuilder { name, endpoint, method, message, client, proof, params, values }.write()
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
    Failing(Error),
    /// The person has signed in.
    Tokens(Box<token::TokenGrantResponse>),
    /// The person has signed in, and the provider made a client of their own, to ask for tokens with.
    Client(Client),
}

/// Judges the answer to a [`poll`]. The status counts only where the row says so or nothing else is there to go by:
/// 200, 400, 403 and 428 are all in use for a code that nobody has answered yet.
///
/// # Errors
/// [`Error::Denied`] where the person refused; [`Error::Network`] where the provider answers something else;
/// [`Error::Other`] where it does not take the code; for any other `error` see [`refused`].
pub fn judge(answer: &HttpResponse, endpoint: &str, provider: &Provider) -> Result<PollResult> {
    let found = fields(answer).unwrap_or_default();
    let not_taken = |description: &Option<String>| {
        Error::other(told(format!("`{}` did not take the device code", provider.name), description))
    };
    if let Some(stand) = stand(answer, &found, &provider.quirks.device.signals) {
        return told_apart(stand, &found, provider);
    }
    if is_passing(answer.status()) {
        return Ok(PollResult::Failing(unusable(answer, endpoint, "tokens")));
    }
    if shows(&provider.quirks.device.signals.invalid_grant, answer.status(), &found) {
        return Err(not_taken(&None));
    }
    if let Some(complaint) = complaint(&found).map(|complaint| explained(complaint, provider)) {
        return match complaint.code.as_str() {
            "invalid_grant" | "incorrect_device_code" | "device_not_found" => Err(not_taken(&complaint.description)),
            code => match refused(&provider.name, None, code, complaint.description.as_deref()) {
                // `temporarily_unavailable` and its like, whatever the status.
                passing @ Error::Network { .. } => Ok(PollResult::Failing(passing)),
                refusal => Err(refusal),
            },
        };
    }
    let found = renamed(found, &provider.quirks.response_paths);
    let granted = if answer.status().is_success() { granted(&found, provider)? } else { None };
    granted.ok_or_else(|| in_words(&found, endpoint).unwrap_or_else(|| unusable(answer, endpoint, "tokens")))
}

#[derive(Clone, Copy)]
enum PollStatus {
    Pending,
    SlowDown,
    Denied,
    Expired,
}

/// What is known by the signs of the row, then by the RFC's codes and the ones that some providers have in their place.
fn stand(answer: &HttpResponse, fields: &Map<String, Value>, answers: &PollSignals) -> Option<PollStatus> {
    // The special before the general: a row may know a pending code by its status alone.
    let signs = [
        (&answers.access_denied, PollStatus::Denied),
        (&answers.expired_token, PollStatus::Expired),
        (&answers.slow_down, PollStatus::SlowDown),
        (&answers.authorization_pending, PollStatus::Pending),
    ];
    let status = answer.status();
    if let Some((_, stand)) = signs.into_iter().find(|(signs, _)| shows(signs, status, fields)) {
        return Some(stand);
    }
    match fields.get("error").and_then(Value::as_str)? {
        "authorization_pending" => Some(PollStatus::Pending),
        "slow_down" => Some(PollStatus::SlowDown),
        "access_denied" | "authorization_declined" => Some(PollStatus::Denied),
        "expired_token" | "token_expired" | "code_expired" => Some(PollStatus::Expired),
        _ => None,
    }
}

fn told_apart(stand: PollStatus, fields: &Map<String, Value>, provider: &Provider) -> Result<PollResult> {
    match stand {
        PollStatus::Pending => Ok(PollResult::Pending),
        PollStatus::SlowDown => Ok(PollResult::SlowDown(fields.get("interval").and_then(token::lifetime))),
        PollStatus::Expired => Ok(PollResult::Expired),
        PollStatus::Denied => {
            let description = complaint(fields).and_then(|complaint| complaint.description);
            Err(refused(&provider.name, None, "access_denied", description.as_deref()))
        }
    }
}

fn granted(fields: &Map<String, Value>, provider: &Provider) -> Result<Option<PollResult>> {
    if let Some(answer) = token::granted(fields, &provider.scope_separator) {
        return Ok(Some(PollResult::Tokens(Box::new(token::printable(answer)?))));
    }
    let member = |name: &str| fields.get(name).and_then(text);
    let own = provider.quirks.device.exchange.as_ref().and(member("client_id").zip(member("client_secret")));
    Ok(own.map(|(id, secret)| {
        PollResult::Client(Client { id, secret: Some(Secret::new(secret)), auth: ClientAuth::ClientSecretPost })
    }))
}
