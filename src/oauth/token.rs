//! Token endpoint: code exchange (RFC 6749 4.1.3), refresh (6), their responses (5.1 and 5.2), RFC 8707 2.2.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use oauth2::{AuthorizationCode, PkceCodeVerifier, RefreshToken, TokenUrl};
use serde_json::{Map, Value};

use super::authorization::Code;
use super::error_response::{
    ErrorResponse, is_transient, parse_error, parse_fields, unexpected_response, with_description,
};
use super::request::{Endpoint, rename_fields};
use super::{HttpRequest, HttpResponse, error_from_code};
use crate::catalog::Provider;
use crate::error::{Error, Remedy, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote, single_line};
use crate::secret::Secret;
use crate::session::{Client, Session, Tokens};

pub(super) const NAME: &str = "token endpoint";

/// Longest token accepted, in bytes: no server accepts more in a header line, and three tokens with every character
/// escaped stay below the size limit of a state file.
const MAX_TOKEN_LEN: usize = 64 * 1024;

/// Longest token type accepted: the registered ones have about six letters.
const MAX_TOKEN_TYPE_LEN: usize = 64;

/// Most scopes stored: displayed and stored data is bounded, as tokens are.
const MAX_SCOPES: usize = 1000;

/// Longest lifetime, in seconds: a hundred years, so that adding it to a date never overflows.
const MAX_LIFETIME_SECS: u64 = 100 * 365 * 24 * 3600;

pub fn exchange_request(provider: &Provider, endpoint: &str, client: &Client, code: &Code) -> Result<HttpRequest> {
    let (format, scope) = (&provider.quirks.token, provider.scopes.join(&provider.scope_separator));
    Endpoint::new(NAME, endpoint, format, client, vec![("scope", scope.as_str())])?.request(|client, url, recorder| {
        let client = client.set_token_uri(TokenUrl::from_url(url));
        let authorization_code = AuthorizationCode::new(code.code.expose().to_owned());
        let mut request = client.exchange_code(authorization_code).set_redirect_uri(Cow::Borrowed(&code.redirect_uri));
        if let Some(verifier) = &code.verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()));
        }
        if let Some(resource) = &code.resource {
            request = request.add_extra_param("resource", resource);
        }
        let _ = request.request(recorder);
    })
}

/// Builds the refresh of a session, to the endpoint and as the client recorded in the session.
///
/// # Errors
/// [`Error::ReauthenticationRequired`] if the session has no refresh token, [`Error::Check`] if the endpoint URL is
/// not allowed.
pub fn refresh_request(session: &Session) -> Result<HttpRequest> {
    refresh_request_with(session, &session.refresh_params)
}

/// Builds a refresh that asks for other scopes (RFC 6749 6), or for a token for another resource (RFC 8707 2.2).
///
/// # Errors
/// As [`refresh_request`].
pub fn derived_request(session: &Session, scopes: &[String], resource: Option<&str>) -> Result<HttpRequest> {
    let mut params = session.refresh_params.clone();
    let mut set = |name: &str, value: String| {
        params.retain(|(known, _)| known != name);
        params.push((name.to_owned(), value));
    };
    if !scopes.is_empty() {
        set("scope", scopes.join(&session.scope_separator));
    }
    if let Some(resource) = resource {
        set("resource", resource.to_owned());
    }
    refresh_request_with(session, &params)
}

fn refresh_request_with(session: &Session, params: &[(String, String)]) -> Result<HttpRequest> {
    let Some(token) = &session.tokens.refresh_token else {
        return Err(session.reauthentication_required("no refresh token is stored"));
    };
    let (endpoint, format) = (&session.endpoints.token, &session.quirks.refresh);
    Endpoint::new(NAME, endpoint, format, &session.client, Vec::new())?.request(|client, url, recorder| {
        let client = client.set_token_uri(TokenUrl::from_url(url));
        let token = RefreshToken::new(token.expose().to_owned());
        let mut request = client.exchange_refresh_token(&token);
        for (name, value) in params {
            request = request.add_extra_param(name, value);
        }
        // A resource among the parameters comes first and counts.
        if let Some(resource) = &session.key.resource {
            request = request.add_extra_param("resource", resource);
        }
        let _ = request.request(recorder);
    })
}

#[derive(Debug, Clone)]
pub struct TokenResponse {
    /// RFC 6749 1.4; never empty.
    pub access_token: Secret,
    /// RFC 6749 7.1, as the provider spells the type; required there, yet some providers omit it.
    pub token_type: Option<String>,
    /// Lifetime of the access token; `None` if the provider sends none, zero or less.
    pub expires_in: Option<Duration>,
    pub refresh_token: Option<Secret>,
    /// Lifetime of the refresh token, if the provider names one: no RFC has a field for it.
    pub refresh_expires_in: Option<Duration>,
    pub id_token: Option<Secret>,
    /// Scopes granted; `None` means the requested ones.
    pub scopes: Option<Vec<String>>,
    /// Whole response, in which some providers identify the user.
    pub raw: RawTokenResponse,
}

/// Fields for the lifetime of the refresh token: GitHub Apps and Google, Keycloak, Intuit.
const REFRESH_LIFETIMES: [&str; 3] = ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"];

impl TokenResponse {
    /// Tokens of a session, received at `now`.
    pub fn into_tokens(self, now: DateTime<Utc>) -> Tokens {
        let expires_at = |life| now.checked_add_signed(chrono::Duration::from_std(life).ok()?);
        Tokens {
            access_token: self.access_token,
            token_type: self.token_type,
            refresh_token: self.refresh_token,
            id_token: self.id_token,
            expires_at: self.expires_in.and_then(expires_at),
            refresh_expires_at: self.refresh_expires_in.and_then(expires_at),
            received_at: now,
        }
    }
}

/// Whole token response. Contains the tokens: never display it.
#[derive(Clone)]
pub struct RawTokenResponse(Value);

impl RawTokenResponse {
    pub fn members(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for RawTokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawTokenResponse(..)")
    }
}

/// Parses the response to [`exchange_request`].
///
/// # Errors
/// [`Error::Network`] if the provider fails or returns anything but tokens; for an `error` see [`error_from_code`];
/// `invalid_grant` is [`Error::Other`]: the code was used, expired, or issued to another client.
pub fn parse_response(response: &HttpResponse, token_endpoint: &str, provider: &Provider) -> Result<TokenResponse> {
    let name = &provider.name;
    parse(response, token_endpoint, ResponseFormat::of_provider(provider), |error| match error.code.as_str() {
        "invalid_grant" => {
            let message = format!("`{name}` rejected the authorization code");
            let cause = Box::new(Error::other(with_description(message, error.description.as_deref())));
            // A code is good for one attempt, another sign-in gets another code.
            Error::Blocked { cause, alternative: format!("{{program}} signin {}", shell_quote(name)) }
        }
        code => error_from_code(name, None, code, error.description.as_deref()),
    })
}

/// Parses the response to [`refresh_request`].
///
/// # Errors
/// As [`parse_response`], but `invalid_grant` is [`Error::ReauthenticationRequired`]: another process may have used the
/// refresh token, so read the store once more before the session counts as expired. A failing provider (5xx, 429) is
/// always [`Error::Network`], whatever the body says: a temporary failure never ends a session.
pub fn parse_refresh_response(response: &HttpResponse, session: &Session) -> Result<TokenResponse> {
    let format = ResponseFormat {
        provider: &session.provider,
        response_paths: &session.quirks.response_paths,
        scope_separator: &session.scope_separator,
        // The type was accepted at sign-in.
        token_types: session.tokens.token_type.as_slice(),
    };
    parse(response, &session.endpoints.token, format, |error| match error.code.as_str() {
        "invalid_grant" => session.reauthentication_required(with_description(
            "the provider rejected the refresh token".to_owned(),
            error.description.as_deref(),
        )),
        code => error_from_code(&session.provider, Some(&session.account.name), code, error.description.as_deref()),
    })
}

/// Returns the new refresh token of a response that [`parse_refresh_response`] rejects, if valid: the provider may
/// have revoked the old one with this response, and no other defect of the response may lose the session.
pub fn rotated_refresh_token(response: &HttpResponse, session: &Session) -> Option<Secret> {
    if !response.status().is_success() {
        return None;
    }
    let fields = rename_fields(parse_fields(response)?, &session.quirks.response_paths);
    let token = text_field(&fields, "refresh_token").filter(|token| is_vschar(token));
    token.filter(|_| parse_error(&fields).is_none()).map(Secret::new)
}

/// Deviations of the provider's token responses from RFC 6749 5.1.
#[derive(Clone, Copy)]
pub(super) struct ResponseFormat<'a> {
    /// Name of the provider, for errors.
    provider: &'a str,
    response_paths: &'a BTreeMap<String, String>,
    /// Joins scopes in requests; some providers join granted scopes likewise.
    scope_separator: &'a str,
    /// Values of `token_type` that mean a bearer token there.
    token_types: &'a [String],
}

impl<'a> ResponseFormat<'a> {
    pub(super) fn of_provider(provider: &'a Provider) -> Self {
        Self {
            provider: &provider.name,
            response_paths: &provider.quirks.response_paths,
            scope_separator: &provider.scope_separator,
            token_types: &provider.quirks.token_types,
        }
    }

    /// Reads the tokens among the fields; `None` if there is no access token.
    pub(super) fn read(self, fields: &Map<String, Value>) -> Result<Option<TokenResponse>> {
        let Some(response) = from_fields(fields, self.scope_separator) else { return Ok(None) };
        check_characters(&response)?;
        self.check_type(response.token_type.as_deref())?;
        Ok(Some(response))
    }

    /// Rejects a token that is not used as a bearer token (RFC 6749 7.1). Some providers omit the required type, which
    /// says nothing then.
    fn check_type(self, token_type: Option<&str>) -> Result<()> {
        let Some(found) = token_type else { return Ok(()) };
        if found.eq_ignore_ascii_case("DPoP") {
            return Err(Error::check_with(
                Remedy::InMessage,
                format!(
                    "`{}` issued a token that is bound to a key (`DPoP`, RFC 9449), which is not supported; use a client \
                 that the provider issues bearer tokens to",
                    self.provider
                ),
            ));
        }
        let is_known = |known: &String| known.eq_ignore_ascii_case(found);
        if found.eq_ignore_ascii_case("bearer") || self.token_types.iter().any(is_known) {
            return Ok(());
        }
        // RFC 6749 A.13. Text of another form could be a part of a token, and is not shown.
        if found.len() > MAX_TOKEN_TYPE_LEN || !found.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::check("the token type is too long or has invalid characters (RFC 6749 A.13)"));
        }
        Err(Error::check(format!(
            "`{}` issued a token of type `{}`, which is not supported: only bearer tokens are (RFC 6749 7.1)",
            self.provider,
            sanitize_untrusted(found)
        )))
    }
}

fn parse(
    response: &HttpResponse,
    token_endpoint: &str,
    format: ResponseFormat<'_>,
    to_error: impl FnOnce(ErrorResponse) -> Error,
) -> Result<TokenResponse> {
    let unexpected = || unexpected_response(response, token_endpoint, "tokens");
    if is_transient(response.status()) {
        return Err(unexpected());
    }
    let fields = rename_fields(parse_fields(response).ok_or_else(unexpected)?, format.response_paths);
    if let Some(error) = parse_error(&fields) {
        return Err(to_error(error));
    }
    if !response.status().is_success() {
        return Err(unexpected());
    }
    format.read(&fields)?.ok_or_else(unexpected)
}

/// Rejects tokens that cannot go into header lines, variables and terminals: a line end would inject a header.
fn check_characters(response: &TokenResponse) -> Result<()> {
    let tokens = [Some(&response.access_token), response.refresh_token.as_ref(), response.id_token.as_ref()];
    match tokens.into_iter().flatten().all(|token| is_vschar(token.expose())) {
        true => Ok(()),
        false => Err(Error::check("a token is too long or has invalid characters (RFC 6749 A.12)")),
    }
}

/// Returns true for visible ASCII and spaces (`VSCHAR`, RFC 6749 A) up to the maximum length.
pub(super) fn is_vschar(token: &str) -> bool {
    token.len() <= MAX_TOKEN_LEN && token.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Checks a token that the user typed: no space, unlike one from a provider, because that is a mistake of the hand.
pub fn check_typed_token(token: &Secret) -> Result<()> {
    let token = token.expose();
    match !token.is_empty() && is_vschar(token) && !token.contains(' ') {
        true => Ok(()),
        false => Err(Error::usage("the token has spaces or other invalid characters, or is too long (RFC 6749 A.12)")),
    }
}

fn from_fields(fields: &Map<String, Value>, separator: &str) -> Option<TokenResponse> {
    let raw = RawTokenResponse(Value::Object(fields.clone()));
    // Slack nests the user's token, beside the bot's or instead of it.
    let inner = fields.get("authed_user").and_then(Value::as_object);
    let fields = match (text_field(fields, "access_token"), inner) {
        (None, Some(inner)) => inner,
        _ => fields,
    };
    Some(TokenResponse {
        access_token: Secret::new(text_field(fields, "access_token")?),
        token_type: text_field(fields, "token_type").map(str::to_owned),
        expires_in: fields.get("expires_in").and_then(parse_lifetime),
        refresh_token: text_field(fields, "refresh_token").map(Secret::new),
        refresh_expires_in: REFRESH_LIFETIMES.iter().find_map(|name| fields.get(*name).and_then(parse_lifetime)),
        id_token: text_field(fields, "id_token").map(Secret::new),
        scopes: fields.get("scope").and_then(|scope| parse_scopes(scope, separator)),
        raw,
    })
}

fn text_field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Seconds as a number or as text, whole or not; `None` for zero and less.
pub(super) fn parse_lifetime(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    (seconds >= 1.0).then(|| Duration::from_secs((seconds as u64).min(MAX_LIFETIME_SECS)))
}

/// Scopes separated by spaces (RFC 6749 3.3), by commas (GitHub, Slack), by the catalog entry's separator, or in an
/// array; sanitized, because they are displayed.
fn parse_scopes(value: &Value, separator: &str) -> Option<Vec<String>> {
    let split = |text: &str| -> Vec<String> {
        let items = text.split(|c: char| c == ',' || c.is_whitespace() || separator.contains(c));
        items.map(single_line).filter(|word| !word.is_empty()).collect()
    };
    let mut scopes: Vec<String> = match value {
        Value::String(text) => split(text),
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(split).collect(),
        _ => return None,
    };
    scopes.truncate(MAX_SCOPES);
    Some(scopes)
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use serde_json::json;

    use super::super::test_data::{client, field, form, json_response, provider, response, session};
    use super::*;
    use crate::catalog::{ParameterLocation, RequestFormat};
    use crate::session::ClientAuth;

    const ENDPOINT: &str = "https://id.example/token";

    fn code() -> Code {
        Code {
            code: Secret::new("c/o+d e"),
            verifier: Some(Secret::new("v".repeat(43))),
            redirect_uri: oauth2::RedirectUrl::new("http://127.0.0.1:1/callback/".into()).unwrap(),
            resource: Some("https://api.example".into()),
        }
    }

    fn tokens(body: Value) -> TokenResponse {
        parse_response(&json_response(200, &body), ENDPOINT, &provider()).unwrap()
    }

    #[test]
    fn public_client_sends_id_and_no_secret() {
        for (auth, secret) in
            [(ClientAuth::None, None), (ClientAuth::None, Some("s")), (ClientAuth::ClientSecretBasic, Some(""))]
        {
            let request = exchange_request(&provider(), ENDPOINT, &client(auth, secret), &code()).unwrap();
            let form = form(&request);
            assert!(request.headers().get(AUTHORIZATION).is_none());
            assert_eq!(request.uri(), ENDPOINT);
            for (name, value) in [
                ("grant_type", Some("authorization_code")),
                ("code", Some("c/o+d e")),
                ("redirect_uri", Some("http://127.0.0.1:1/callback/")),
                ("code_verifier", Some("v".repeat(43).as_str())),
                ("client_id", Some("cli ent:ü")),
                ("client_secret", None),
                ("resource", Some("https://api.example")),
            ] {
                assert_eq!(field(&form, name), value, "{name}");
            }
        }
    }

    #[test]
    fn secret_goes_in_basic_or_form_never_both() {
        use base64::Engine;
        let request =
            exchange_request(&provider(), ENDPOINT, &client(ClientAuth::ClientSecretBasic, Some("p:w d%")), &code())
                .unwrap();
        let header = request.headers()[AUTHORIZATION].to_str().unwrap();
        let sent = base64::prelude::BASE64_STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(sent).unwrap(), "cli+ent%3A%C3%BC:p%3Aw+d%25");
        assert!(!format!("{:?}", request.headers()).contains(header));
        assert_eq!(field(&form(&request), "client_secret"), None);

        let request =
            exchange_request(&provider(), ENDPOINT, &client(ClientAuth::ClientSecretPost, Some("p:w d%")), &code())
                .unwrap();
        assert!(request.headers().get(AUTHORIZATION).is_none());
        assert_eq!(field(&form(&request), "client_secret"), Some("p:w d%"));
    }

    #[test]
    fn refresh_uses_endpoint_and_client_of_the_session() {
        let mut session = session();
        session.endpoints.token = "http://127.0.0.1:9/token".into();
        session.key.resource = Some("https://api.example".into());
        session.refresh_params =
            vec![("scope".into(), "a,b".into()), ("redirect_uri".into(), "http://localhost".into())];
        let request = refresh_request(&session).unwrap();
        let form = form(&request);
        assert_eq!(request.uri(), "http://127.0.0.1:9/token");
        for (name, value) in [
            ("grant_type", "refresh_token"),
            ("refresh_token", "hunter2-refresh"),
            ("client_id", "client"),
            ("scope", "a,b"),
            ("redirect_uri", "http://localhost"),
            ("resource", "https://api.example"),
        ] {
            assert_eq!(field(&form, name), Some(value), "{name}");
        }
        session.endpoints.token = "http://id.example/token".into();
        assert_eq!(refresh_request(&session).unwrap_err().exit_code(), 1);
        session.tokens.refresh_token = None;
        assert_eq!(refresh_request(&session).unwrap_err().exit_code(), 3);
    }

    #[test]
    fn catalog_entry_formats_the_exchange() {
        let mut row = provider();
        row.quirks.token.body = ParameterLocation::Json;
        row.quirks.token.names =
            [("client_id", "clientId"), ("code", "code"), ("grant_type", "grantType"), ("resource", "")]
                .map(|(ours, theirs)| (ours.into(), theirs.into()))
                .into();
        row.quirks.token.params =
            [("action", "go"), ("empty", "")].map(|(name, value)| (name.into(), value.into())).into();
        row.quirks.token.headers = [("X-Client".into(), "{client_id}".into())].into();
        let request =
            exchange_request(&row, ENDPOINT, &client(ClientAuth::ClientSecretPost, Some("s")), &code()).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let sent = json!({
            "clientId": "cli ent:ü", "client_secret": "s", "grantType": "authorization_code", "code": "c/o+d e",
            "redirect_uri": "http://127.0.0.1:1/callback/", "code_verifier": "v".repeat(43), "action": "go",
        });
        assert_eq!(body, sent);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.headers()["x-client"].as_bytes(), "cli ent:ü".as_bytes());

        row.quirks.token = RequestFormat { body: ParameterLocation::Query, ..RequestFormat::default() };
        let request = exchange_request(&row, ENDPOINT, &client(ClientAuth::None, None), &code()).unwrap();
        assert!(request.uri().query().unwrap().contains("grant_type=authorization_code"));
        assert!(request.body().is_empty() && !request.headers().contains_key("content-type"));
    }

    #[test]
    fn session_quirks_format_the_refresh() {
        let mut session = session();
        session.quirks.refresh.endpoint = Some("https://id.example/renew".into());
        session.quirks.refresh.names = [("client_id".into(), "client_key".into())].into();
        session.client.auth = ClientAuth::ClientIdBasic;
        let request = refresh_request(&session).unwrap();
        assert_eq!(request.uri(), "https://id.example/renew");
        // `client:` with an empty password.
        assert_eq!(request.headers()[AUTHORIZATION], "Basic Y2xpZW50Og==");
        session.client.auth = ClientAuth::None;
        assert_eq!(field(&form(&refresh_request(&session).unwrap()), "client_key"), Some("client"));
        session.quirks.response_paths = [("access_token".into(), "body.token".into())].into();
        let response = json_response(200, &json!({"status": 0, "body": {"token": "new"}}));
        assert_eq!(parse_refresh_response(&response, &session).unwrap().access_token.expose(), "new");
    }

    #[test]
    fn catalog_entry_maps_response_fields() {
        let mut row = provider();
        row.quirks.response_paths = [("access_token", "data.token"), ("expires_in", "expireIn"), ("error", "errcode")]
            .map(|(ours, theirs)| (ours.into(), theirs.into()))
            .into();
        let read = |body: Value| parse_response(&json_response(200, &body), ENDPOINT, &row);
        let response = read(json!({"errcode": 0, "expireIn": 60, "data": {"token": "t"}, "openid": "o"})).unwrap();
        assert_eq!(response.access_token.expose(), "t");
        assert_eq!(response.expires_in, Some(Duration::from_secs(60)));
        assert_eq!(response.raw.members()["openid"], "o");
        assert_eq!(read(json!({"errcode": 40029})).unwrap_err().exit_code(), 1);
    }

    #[test]
    fn lifetime_parses_numbers_and_text() {
        for (sent, read) in [
            (json!(3600), Some(3600)),
            (json!("3600"), Some(3600)),
            (json!(" 3600.9 "), Some(3600)),
            (json!(3599.5), Some(3599)),
            (json!(null), None),
            (json!(0), None),
            (json!("0"), None),
            (json!(-1), None),
            (json!(1e300), Some(MAX_LIFETIME_SECS)),
            (json!("inf"), Some(MAX_LIFETIME_SECS)),
            (json!("NaN"), None),
            (json!("soon"), None),
            (json!([1]), None),
        ] {
            let response = tokens(json!({"access_token": "a", "expires_in": sent}));
            assert_eq!(response.expires_in, read.map(Duration::from_secs), "{sent}");
        }
        assert_eq!(tokens(json!({"access_token": "a"})).expires_in, None);
    }

    #[test]
    fn refresh_token_lifetime_has_several_names() {
        for (fields, read) in [
            (json!({"access_token": "a", "refresh_token_expires_in": 15_897_600}), Some(15_897_600)),
            (json!({"access_token": "a", "refresh_expires_in": "1800"}), Some(1800)),
            (json!({"access_token": "a", "x_refresh_token_expires_in": 8_726_400}), Some(8_726_400)),
            // Keycloak: an offline session has no end.
            (json!({"access_token": "a", "refresh_expires_in": 0}), None),
            (json!({"access_token": "a"}), None),
        ] {
            assert_eq!(tokens(fields).refresh_expires_in, read.map(Duration::from_secs));
        }
    }

    #[test]
    fn scopes_parse_from_text_and_arrays() {
        for (sent, read) in [
            (json!("a b"), Some(vec!["a", "b"])),
            (json!("a,b, c"), Some(vec!["a", "b", "c"])),
            (json!(["a", "b c"]), Some(vec!["a", "b", "c"])),
            (json!(""), Some(vec![])),
            (json!(null), None),
            (json!(7), None),
            // Not this entry's separator: a scope name may contain it.
            (json!("a;b"), Some(vec!["a;b"])),
        ] {
            let response = tokens(json!({"access_token": "a", "scope": sent}));
            assert_eq!(response.scopes, read.map(|all| all.into_iter().map(str::to_owned).collect()), "{sent}");
        }
    }

    #[test]
    fn granted_scopes_split_at_the_entry_separator() {
        for separator in [";", "+", ",", " "] {
            let (mut row, mut session) = (provider(), session());
            row.scope_separator = separator.into();
            session.scope_separator = separator.into();
            let response = json_response(200, &json!({"access_token": "a", "scope": format!("a{separator}b c,d")}));
            for read in [parse_response(&response, ENDPOINT, &row), parse_refresh_response(&response, &session)] {
                assert_eq!(read.unwrap().scopes.unwrap(), ["a", "b", "c", "d"], "{separator:?}");
            }
        }
    }

    #[test]
    fn access_token_alone_is_a_valid_response() {
        let response = tokens(json!({"access_token": "a", "refresh_token": "", "id_token": null, "error": ""}));
        assert_eq!(response.access_token.expose(), "a");
        assert!(response.token_type.is_none() && response.refresh_token.is_none() && response.id_token.is_none());
        let response = tokens(json!({"ok": true, "authed_user": {"access_token": "xoxp", "scope": "a,b"}}));
        assert_eq!(response.access_token.expose(), "xoxp");
        assert_eq!(
            parse_response(&json_response(201, &json!({"access_token": "a"})), ENDPOINT, &provider())
                .unwrap()
                .access_token
                .expose(),
            "a"
        );
    }

    #[test]
    fn only_bearer_tokens_are_accepted() {
        let with = |body: &Value, row: &Provider| parse_response(&json_response(200, body), ENDPOINT, row);
        let body = |token_type: Value| json!({"access_token": "hush", "token_type": token_type});
        let (plain, mut row) = (provider(), provider());
        row.quirks.token_types = vec!["User Access Token".into()];
        for token_type in [json!("Bearer"), json!("bearer"), json!("BEARER"), json!(""), json!(null)] {
            assert!(with(&body(token_type.clone()), &plain).is_ok(), "{token_type}");
        }
        assert!(with(&body(json!("user access token")), &row).is_ok());
        for token_type in ["DPoP", "dpop", "mac", "N_A", "bot", "User Access Token", "bearer ", "Bearer,DPoP"] {
            let error = with(&body(json!(token_type)), &plain).unwrap_err();
            assert_eq!(error.exit_code(), 1, "{token_type}");
            assert!(!error.to_string().contains("hush"), "{error}");
            let named =
                token_type.contains(' ') || error.to_string().to_lowercase().contains(&token_type.to_lowercase());
            assert!(named, "{error}");
        }
        assert!(with(&body(json!("DPoP")), &plain).unwrap_err().to_string().contains("RFC 9449"));
    }

    #[test]
    fn refresh_keeps_the_type_accepted_at_sign_in() {
        let mut session = session();
        session.tokens.token_type = Some("User Access Token".into());
        for (token_type, accepted) in
            [(json!("User Access Token"), true), (json!("Bearer"), true), (json!(null), true), (json!("DPoP"), false)]
        {
            let response = json_response(200, &json!({"access_token": "a", "token_type": token_type}));
            assert_eq!(parse_refresh_response(&response, &session).is_ok(), accepted, "{token_type}");
        }
    }

    #[test]
    fn form_responses_are_parsed() {
        for kind in ["application/x-www-form-urlencoded; charset=utf-8", "text/plain", ""] {
            let body = "access_token=gho_x&expires_in=60&scope=repo%2Cgist&token_type=bearer";
            let response = parse_response(&response(200, kind, body), ENDPOINT, &provider()).unwrap();
            assert_eq!(response.access_token.expose(), "gho_x");
            assert_eq!(response.expires_in, Some(Duration::from_secs(60)));
            assert_eq!(response.scopes.unwrap(), ["repo", "gist"]);
        }
        let refused = response(200, "application/x-www-form-urlencoded", "error=incorrect_client_credentials");
        assert_eq!(parse_response(&refused, ENDPOINT, &provider()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn errors_are_errors_with_any_status() {
        for status in [200, 400, 401] {
            for (code, exchange_exit, refresh_exit) in [
                ("invalid_grant", 1, 3),
                ("bad_verification_code", 1, 3),
                ("bad_refresh_token", 1, 3),
                ("invalid_client", 2, 2),
                ("invalid_scope", 2, 2),
                ("interaction_required", 3, 3),
                ("access_denied", 4, 4),
                ("temporarily_unavailable", 6, 6),
                ("novelty", 1, 1),
            ] {
                let response = json_response(status, &json!({"error": code, "error_description": "because"}));
                let error = parse_response(&response, ENDPOINT, &provider()).unwrap_err();
                assert_eq!(error.exit_code(), exchange_exit, "{status} {code}");
                assert!(error.to_string().contains("because"), "{error}");
                assert_eq!(
                    parse_refresh_response(&response, &session()).unwrap_err().exit_code(),
                    refresh_exit,
                    "{status} {code}"
                );
            }
        }
        let response =
            json_response(400, &json!({"error": {"code": 190, "type": "invalid_request", "message": "bad"}}));
        assert_eq!(parse_response(&response, ENDPOINT, &provider()).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn unexpected_response_shows_host_and_status_not_body() {
        let secret = "hush-hush";
        for (status, kind, body) in [
            (200, "text/html", format!("<p>access_token={secret}</p>")),
            (200, "application/json", format!("{{\"access_token\":\"{secret}\"")),
            (200, "application/json", format!("{{\"access_token\":\"{secret}\",\"access_token\":\"x\"}}")),
            (200, "application/json", format!("[\"{secret}\"]")),
            (200, "application/json", format!("{{\"access_token\":[\"{secret}\"]}}")),
            (200, "application/json", "{\"access_token\":\"\"}".into()),
            (200, "application/json", String::new()),
            (404, "text/html", format!("<p>{secret}</p>")),
            (400, "application/json", format!("{{\"access_token\":\"{secret}\"}}")),
            (302, "", secret.to_owned()),
            (200, "application/octet-stream", "\0".repeat(1000)),
        ] {
            let response = response(status, kind, &body);
            let error = parse_response(&response, ENDPOINT, &provider()).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert_eq!(error.exit_code(), 6, "{shown}");
            assert!(shown.contains("id.example") && shown.contains(&status.to_string()), "{shown}");
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let response = tokens(json!({"access_token": "aaa", "refresh_token": "rrr", "id_token": "iii"}));
        let shown = format!("{response:?}");
        assert!(["aaa", "rrr", "iii"].iter().all(|secret| !shown.contains(secret)), "{shown}");
    }

    #[test]
    fn token_with_control_characters_is_rejected_and_not_shown() {
        for (name, text) in [
            ("access_token", "hush\r\nX-Admin: 1"),
            ("access_token", "hush\u{1b}[2J"),
            ("access_token", "hush\u{9b}2J"),
            ("access_token", "hüsh"),
            ("refresh_token", "hush\n"),
            ("id_token", "hush\0"),
            ("token_type", "Bearer hush\r\nX-Admin: 1\r\nX:"),
        ] {
            let mut body = json!({"access_token": "a", "token_type": "Bearer"});
            body[name] = json!(text);
            let error = parse_response(&json_response(200, &body), ENDPOINT, &provider()).unwrap_err();
            assert_eq!(error.exit_code(), 1, "{text:?}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
        assert_eq!(tokens(json!({"access_token": "a b~!"})).access_token.expose(), "a b~!");
    }

    #[test]
    fn scopes_are_sanitized() {
        let response = tokens(json!({"access_token": "a", "scope": "re\u{1b}[2Jad \u{202e}x\u{9b} \u{200b}"}));
        assert_eq!(response.scopes, Some(vec!["re[2Jad".to_owned(), "x".to_owned()]));
    }

    #[test]
    fn only_a_definite_error_ends_a_session() {
        let session = session();
        let code = |status, kind, body: &str| {
            parse_refresh_response(&response(status, kind, body), &session).unwrap_err().exit_code()
        };
        let grant = r#"{"error":"invalid_grant"}"#;
        for status in 100..=599 {
            // A response that is not from a token endpoint does not end the session, whatever its status.
            for (kind, body) in [("text/html", "<p>sign in to the network"), ("", ""), ("application/json", "{}")] {
                assert_eq!(code(status, kind, body), 6, "{status} {body}");
            }
            // With an error in the body, the status matters only if it means a temporary failure or a response from
            // another server.
            let is_passing = status >= 500 || [407, 408, 425, 429].contains(&status);
            assert_eq!(code(status, "application/json", grant), if is_passing { 6 } else { 3 }, "{status}");
        }
        for (body, exit) in [
            (r#"{"ok":false,"error":"invalid_refresh_token"}"#, 3),
            (r#"{"ok":false,"error":"token_revoked"}"#, 3),
            (r#"{"error":"bad_refresh_token","error_description":"x"}"#, 3),
            (r#"{"error":"invalid_token","error_description":"expired"}"#, 3),
            (r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#, 3),
            (r#"{"status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token"}"#, 3),
            (r#"{"error":"unauthorized_client"}"#, 2),
            (r#"{"error":"invalid_client"}"#, 2),
            (r#"{"error":"temporarily_unavailable"}"#, 6),
            (r#"{"error":"server_error"}"#, 6),
            (r#"{"error":"slow_down"}"#, 6),
        ] {
            for status in [200, 400, 401, 403] {
                assert_eq!(code(status, "application/json", body), exit, "{status} {body}");
            }
        }
        assert_eq!(code(400, "application/x-www-form-urlencoded", "error=invalid_grant"), 3);
    }

    #[test]
    fn rotated_refresh_token_survives_an_invalid_response() {
        let kept = |body: Value| {
            rotated_refresh_token(&json_response(200, &body), &session()).map(|token| token.expose().to_owned())
        };
        assert_eq!(kept(json!({"access_token": "a\n", "refresh_token": "r"})).as_deref(), Some("r"));
        assert_eq!(kept(json!({"refresh_token": "r"})).as_deref(), Some("r"));
        assert_eq!(kept(json!({"access_token": "a", "refresh_token": "r\n"})), None);
        assert_eq!(kept(json!({"error": "invalid_grant", "refresh_token": "r"})), None);
        assert!(rotated_refresh_token(&json_response(400, &json!({"refresh_token": "r"})), &session()).is_none());
    }

    #[test]
    fn long_tokens_are_rejected_and_scopes_truncated() {
        for (length, exit) in [(MAX_TOKEN_LEN, None), (MAX_TOKEN_LEN + 1, Some(1))] {
            for name in ["access_token", "refresh_token", "id_token"] {
                let mut body = json!({"access_token": "a"});
                body[name] = json!("x".repeat(length));
                let refused = parse_response(&json_response(200, &body), ENDPOINT, &provider())
                    .err()
                    .map(|error| error.exit_code());
                assert_eq!(refused, exit, "{name} {length}");
            }
        }
        let response = tokens(json!({"access_token": "a", "scope": "s ".repeat(400_000)}));
        assert_eq!(response.scopes.map(|scopes| scopes.len()), Some(MAX_SCOPES));
    }

    #[test]
    fn retry_after_parses_seconds_and_dates() {
        let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for (said, pause) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("999999999999", Some(300)),
            ("0", None),
            ("-1", None),
            ("soon", None),
            ("Tue, 14 Nov 2023 22:14:20 GMT", Some(60)),
            ("Tue, 14 Nov 2023 22:13:19 GMT", None),
        ] {
            let mut response = response(429, "", "");
            response.headers_mut().insert("retry-after", said.parse().unwrap());
            assert_eq!(super::super::retry_after(&response, now), pause.map(Duration::from_secs), "{said}");
        }
    }
}
