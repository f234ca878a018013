//! Parameters of an authorization request and their validation (RFC 6749 4.1.1, RFC 7636 4.3, OpenID Core 3.1.2.1).

use super::metadata::ACR_VALUES;
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::RequestParams;

/// Maximum length of a parameter value in bytes; the server limits the whole request.
const MAX_VALUE_LENGTH: usize = 2048;

/// Scopes of a request without `scope`.
const DEFAULT_SCOPE: &str = "profile email";

/// Valid authorization request.
#[derive(Clone)]
pub(super) struct DemoAuthorizationRequest {
    pub(super) client: String,
    pub(super) redirect_uri: LoopbackRedirectUri,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// S256 challenge (RFC 7636 4.2).
    pub(super) code_challenge: String,
    pub(super) scope: String,
    pub(super) acr: &'static str,
    /// Expected account: `login_hint`, else the subject of the `id_token_hint`.
    pub(super) login_hint: Option<String>,
    pub(super) prompt_none: bool,
    pub(super) max_age: Option<chrono::Duration>,
}

/// Error of an authorization request.
pub(super) enum AuthorizationError {
    /// Shown on a page, because the client or the redirect URI is not valid (RFC 6749 4.1.2.1).
    Page(&'static str),
    /// Returned to the client with an error code.
    Redirect {
        redirect_uri: LoopbackRedirectUri,
        state: Option<String>,
        error: &'static str,
        description: &'static str,
    },
}

/// Parameters whose errors are returned to the client.
pub(super) struct ValidatedParams {
    nonce: Option<String>,
    code_challenge: String,
    scope: String,
    acr: &'static str,
    login_hint: Option<String>,
    prompt_none: bool,
    max_age: Option<chrono::Duration>,
}

/// Error code and description.
pub(super) type OAuthError = (&'static str, &'static str);

impl ValidatedParams {
    pub(super) fn new(params: &RequestParams, subject: &Option<String>) -> Result<Self, OAuthError> {
        check_supported(params)?;
        let login_hint = params.get("login_hint").map(str::to_owned).or_else(|| subject.clone());
        let is_supported = |acr: &&&str| ACR_VALUES.contains(*acr);
        let acr_values: Vec<&str> = params.get("acr_values").unwrap_or_default().split(' ').collect();
        let acr =
            acr_values.iter().find(is_supported).and_then(|requested| ACR_VALUES.iter().find(|acr| *acr == requested));
        Ok(Self {
            nonce: params.get("nonce").map(str::to_owned),
            code_challenge: code_challenge(params)?,
            scope: parse_scope(params.get("scope")).ok_or(("invalid_scope", "scope contains an invalid character"))?,
            acr: acr.unwrap_or(&ACR_VALUES[0]),
            login_hint,
            prompt_none: is_prompt_none(params.get("prompt"))?,
            max_age: parse_max_age(params.get("max_age"))?,
        })
    }

    pub(super) fn into_request(
        self,
        client: &str,
        redirect_uri: &LoopbackRedirectUri,
        state: Option<String>,
    ) -> DemoAuthorizationRequest {
        let Self { nonce, code_challenge, scope, acr, login_hint, prompt_none, max_age } = self;
        let (client, redirect_uri) = (client.to_owned(), redirect_uri.clone());
        DemoAuthorizationRequest {
            client,
            redirect_uri,
            state,
            nonce,
            code_challenge,
            scope,
            acr,
            login_hint,
            prompt_none,
            max_age,
        }
    }
}

/// Checks that the provider supports the kind of request.
fn check_supported(params: &RequestParams) -> Result<(), OAuthError> {
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
    if names.iter().any(|name| params.is_repeated(name)) {
        return Err(("invalid_request", "a parameter is repeated"));
    }
    if names.iter().any(|name| params.get(name).is_some_and(|value| value.len() > MAX_VALUE_LENGTH)) {
        return Err(("invalid_request", "a parameter is too long"));
    }
    match params.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(("unsupported_response_type", "only response_type=code is supported")),
        None => Err(("invalid_request", "response_type is missing")),
    }?;
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "only response_mode=query is supported"));
    }
    match (params.get("request"), params.get("request_uri")) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(("request_not_supported", "request objects are not supported")),
        _ => Err(("request_uri_not_supported", "request objects are not supported")),
    }
}

/// Returns the S256 challenge. A missing method means `plain` (RFC 7636 4.3), which is rejected (4.4.1).
fn code_challenge(params: &RequestParams) -> Result<String, OAuthError> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, _) => Err(("invalid_request", "code_challenge is missing: PKCE is required")),
        (Some(_), None | Some("plain")) => Err(("invalid_request", "code_challenge_method must be S256")),
        (Some(challenge), Some("S256")) if is_sha256(challenge) => Ok(challenge.to_owned()),
        (Some(_), Some("S256")) => Err(("invalid_request", "code_challenge is not a base64url SHA-256")),
        (Some(_), Some(_)) => Err(("invalid_request", "unknown code_challenge_method")),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Returns the requested scopes without duplicates. Any scope is granted, because the tests of other programs need
/// theirs. `None` if a character is not allowed by RFC 6749 3.3.
pub(super) fn parse_scope(requested: Option<&str>) -> Option<String> {
    let requested = requested.unwrap_or(DEFAULT_SCOPE);
    let allowed = |b: u8| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~');
    let mut scopes: Vec<&str> = Vec::new();
    for one in requested.split(' ').filter(|one| !one.is_empty()) {
        if !one.bytes().all(allowed) {
            return None;
        }
        if !scopes.contains(&one) {
            scopes.push(one);
        }
    }
    Some(scopes.join(" "))
}

fn is_prompt_none(prompt: Option<&str>) -> Result<bool, OAuthError> {
    let values: Vec<&str> = prompt.map(|prompt| prompt.split(' ').collect()).unwrap_or_default();
    if !values.iter().all(|one| matches!(*one, "none" | "login" | "consent" | "select_account")) {
        return Err(("invalid_request", "unknown value of prompt"));
    }
    match values.contains(&"none") {
        true if values.len() > 1 => Err(("invalid_request", "prompt=none cannot be combined with other values")),
        none => Ok(none),
    }
}

fn parse_max_age(max_age: Option<&str>) -> Result<Option<chrono::Duration>, OAuthError> {
    let seconds = max_age.map(|age| age.parse::<u32>().map(|age| chrono::Duration::seconds(age.into())));
    seconds.transpose().map_err(|_| ("invalid_request", "max_age is not a number of seconds"))
}
