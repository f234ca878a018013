//! Reads an authorization request and judges it (RFC 6749 4.1.1, RFC 7636 4.3, OpenID Core 3.1.2.1).

use super::metadata::ACR;
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::RequestParams;
use super::{CLIENT_ID, DemoProvider, Issuer};

/// The longest value of one parameter that is taken, in bytes; the gate bounds the whole.
const LONGEST_VALUE: usize = 2048;

/// The scopes of a request that names none.
const DEFAULT_SCOPE: &str = "profile email";

/// An authorization request that may be granted.
#[derive(Clone)]
pub(super) struct DemoAuthorizationRequest {
    pub(super) client: String,
    pub(super) redirect: LoopbackRedirectUri,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// RFC 7636 4.2, S256.
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) acr: &'static str,
    /// The account expected: `login_hint`, else the subject of the `id_token_hint`.
    pub(super) hint: Option<String>,
    pub(super) prompt_none: bool,
    pub(super) max_age: Option<chrono::Duration>,
}

/// Why a request is not granted.
pub(super) enum AuthorizationRefusal {
    /// Where to lead back to is not known, so a page says it (RFC 6749 4.1.2.1).
    Here(&'static str),
    /// Back to the client, with an error code.
    There { redirect: LoopbackRedirectUri, state: Option<String>, error: &'static str, description: &'static str },
}

impl DemoProvider {
    /// The request, if it may be granted.
    pub(super) fn judge(&self, params: &RequestParams) -> Result<DemoAuthorizationRequest, AuthorizationRefusal> {
        let once = |name| if params.repeats(name) { None } else { params.get(name) };
        let client = once("client_id").ok_or(AuthorizationRefusal::Here("The request names no client (client_id)."))?;
        if !self.knows(client) {
            return Err(AuthorizationRefusal::Here(
                "The program that sent you here is not known: its client_id is not `demo`.",
            ));
        }
        let redirect = once("redirect_uri").ok_or(AuthorizationRefusal::Here("The request has no redirect_uri."))?;
        let redirect = LoopbackRedirectUri::read(redirect).ok_or(AuthorizationRefusal::Here(
            "The redirect_uri does not lead to a program on this computer (127.0.0.1, [::1] or localhost).",
        ))?;
        let state = once("state").map(str::to_owned);
        let details = Details::read(params, &self.signed_by_us(params));
        details
            .map(|details| details.ask(client, &redirect, state.clone()))
            .map_err(|(error, description)| AuthorizationRefusal::There { redirect, state, error, description })
    }

    /// Whether a client of this id is served.
    pub(super) fn knows(&self, client: &str) -> bool {
        match self.issuer {
            Issuer::Fixed => client == CLIENT_ID,
            Issuer::Loopback => client.len() <= 255 && client.bytes().all(|b| (0x20..0x7f).contains(&b)),
        }
    }

    /// The subject of an `id_token_hint`, if it came from here.
    pub(super) fn signed_by_us(&self, params: &RequestParams) -> Option<String> {
        let token = params.get("id_token_hint")?;
        let claims = self.book.with(self.now(), |grants| grants.signer().claims(token)).ok()??;
        claims["sub"].as_str().map(str::to_owned)
    }
}

/// The part of a request whose faults are told to the client.
struct Details {
    nonce: Option<String>,
    challenge: String,
    scope: String,
    acr: &'static str,
    hint: Option<String>,
    prompt_none: bool,
    max_age: Option<chrono::Duration>,
}

/// An error code and what it means here.
type Fault = (&'static str, &'static str);

impl Details {
    fn read(params: &RequestParams, subject: &Option<String>) -> Result<Self, Fault> {
        sendable(params)?;
        let hint = params.get("login_hint").map(str::to_owned).or_else(|| subject.clone());
        let asked = |acr: &&&str| ACR.contains(*acr);
        let acr_values: Vec<&str> = params.get("acr_values").unwrap_or_default().split(' ').collect();
        let acr = acr_values.iter().find(asked).and_then(|asked| ACR.iter().find(|acr| *acr == asked));
        Ok(Self {
            nonce: params.get("nonce").map(str::to_owned),
            challenge: challenge(params)?,
            scope: scope(params.get("scope")).ok_or(("invalid_scope", "a scope has characters it may not have"))?,
            acr: acr.unwrap_or(&ACR[0]),
            hint,
            prompt_none: prompt_none(params.get("prompt"))?,
            max_age: max_age(params.get("max_age"))?,
        })
    }

    fn ask(self, client: &str, redirect: &LoopbackRedirectUri, state: Option<String>) -> DemoAuthorizationRequest {
        let Self { nonce, challenge, scope, acr, hint, prompt_none, max_age } = self;
        let (client, redirect) = (client.to_owned(), redirect.clone());
        DemoAuthorizationRequest { client, redirect, state, nonce, challenge, scope, acr, hint, prompt_none, max_age }
    }
}

/// The request is of a kind that is served at all.
fn sendable(params: &RequestParams) -> Result<(), Fault> {
    let names = [
        "state",
        "response_type",
        "response_mode",
        "scope",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "login_hint",
        "acr_values",
        "id_token_hint",
    ];
    if names.iter().any(|name| params.repeats(name)) {
        return Err(("invalid_request", "a parameter came more than once"));
    }
    if names.iter().any(|name| params.get(name).is_some_and(|value| value.len() > LONGEST_VALUE)) {
        return Err(("invalid_request", "a parameter is too long"));
    }
    match params.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(("unsupported_response_type", "only response_type=code is served")),
        None => Err(("invalid_request", "response_type is missing")),
    }?;
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "only response_mode=query is served"));
    }
    match (params.get("request"), params.get("request_uri")) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(("request_not_supported", "request objects are not served")),
        _ => Err(("request_uri_not_supported", "request objects are not served")),
    }
}

/// The S256 challenge; without a method it would be `plain` (RFC 7636 4.3), which is refused (4.4.1).
fn challenge(params: &RequestParams) -> Result<String, Fault> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, _) => Err(("invalid_request", "code_challenge is missing: PKCE is required")),
        (Some(_), None | Some("plain")) => Err(("invalid_request", "code_challenge_method must be S256")),
        (Some(challenge), Some("S256")) if is_sha256(challenge) => Ok(challenge.to_owned()),
        (Some(_), Some("S256")) => Err(("invalid_request", "code_challenge is not a base64url SHA-256")),
        (Some(_), Some(_)) => Err(("invalid_request", "code_challenge_method is not known")),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The scopes asked for, each once; any name is granted as asked, because the tests of other programs need theirs.
/// `None` where a character is not one of RFC 6749 3.3.
pub(super) fn scope(asked: Option<&str>) -> Option<String> {
    let asked = asked.unwrap_or(DEFAULT_SCOPE);
    let allowed = |b: u8| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~');
    let mut scopes: Vec<&str> = Vec::new();
    for one in asked.split(' ').filter(|one| !one.is_empty()) {
        if !one.bytes().all(allowed) {
            return None;
        }
        if !scopes.contains(&one) {
            scopes.push(one);
        }
    }
    Some(scopes.join(" "))
}

fn prompt_none(prompt: Option<&str>) -> Result<bool, Fault> {
    let values: Vec<&str> = prompt.map(|prompt| prompt.split(' ').collect()).unwrap_or_default();
    if !values.iter().all(|one| matches!(*one, "none" | "login" | "consent" | "select_account")) {
        return Err(("invalid_request", "a value of prompt is not known"));
    }
    match values.contains(&"none") {
        true if values.len() > 1 => Err(("invalid_request", "prompt=none goes with nothing else")),
        none => Ok(none),
    }
}

fn max_age(max_age: Option<&str>) -> Result<Option<chrono::Duration>, Fault> {
    let seconds = max_age.map(|age| age.parse::<u32>().map(|age| chrono::Duration::seconds(age.into())));
    seconds.transpose().map_err(|_| ("invalid_request", "max_age is not a number of seconds"))
}
