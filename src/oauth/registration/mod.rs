//! OAuth 2.0 Dynamic Client Registration (RFC 7591), and reading and deleting the client (RFC 7592).

mod record;

use std::collections::BTreeMap;

use chrono::DateTime;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use url::Url;

use super::discovery::Metadata;
use super::error_response::{ErrorResponse, is_transient, parse_error, unexpected_response};
use super::request::{JSON, post, token_header};
use super::{HttpRequest, HttpResponse, host_of, json as strict_json, parse_endpoint};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{Client, ClientAuth, ClientOrigin, RegistrationAccess};

pub use record::ClientRegistration;

/// RFC 8628 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Longest client id accepted, in bytes: every authorization URL contains it, and browsers limit URLs to some ten
/// thousand bytes.
pub(super) const MAX_CLIENT_ID_LEN: usize = 2048;

/// Hint after a rejected registration.
pub(super) const OWN_CLIENT_HINT: &str = "register a client there yourself, then\n{program} signin --client-id ID";

#[derive(Debug, Clone)]
pub struct ClientMetadata {
    /// Redirect URIs; at least one.
    pub redirect_uris: Vec<String>,
    pub grant: GrantType,
    /// Scopes that the client will request: many issuers grant no others (modelcontextprotocol/go-sdk#1102).
    pub scopes: Vec<String>,
    /// Client authentication to register for.
    pub auth: ClientAuth,
    pub extent: Extent,
}

/// Part of the metadata that a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    All,
    /// Some issuers let no client choose its scopes (Keycloak).
    WithoutScopes,
    /// Some issuers allow a client one grant (django-oauth-toolkit) or one redirect URI, and reject requests for more.
    Minimal,
}

impl ClientMetadata {
    fn requested_uris(&self) -> &[String] {
        if self.extent == Extent::Minimal { &self.redirect_uris[..1] } else { &self.redirect_uris }
    }

    /// Requests in the order to try them, each for an issuer that rejects the one before.
    ///
    /// A native program keeps no secret (RFC 8252 8.4), so the client is public first, even if the issuer does not list
    /// `none`: the authorization server of the MCP Python SDK takes it unlisted. Then the secret goes in the form, which
    /// more servers read than Basic (modelcontextprotocol/python-sdk#3545).
    pub fn attempts(self, metadata: &Metadata) -> Vec<Self> {
        const ORDER: [ClientAuth; 3] = [ClientAuth::None, ClientAuth::ClientSecretPost, ClientAuth::ClientSecretBasic];
        let listed = &metadata.token_endpoint_auth_methods_supported;
        let may_be_taken = |auth: &ClientAuth| listed.is_empty() || listed.iter().any(|name| name == auth.name());
        let others = ORDER.into_iter().filter(|auth| *auth != self.auth && may_be_taken(auth));
        let methods = std::iter::once(self.auth).chain(others);
        let extents = [Extent::All, Extent::WithoutScopes, Extent::Minimal];
        methods.flat_map(|auth| extents.map(|extent| Self { auth, extent, ..self.clone() })).collect()
    }
}

/// Grant of the sign-in that needs a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    Code,
    Device,
}

/// Builds the registration of a native client, with the grants that this program uses and the issuer offers;
/// `params` are further members.
pub fn request(
    registration_endpoint: &str,
    name: &str,
    params: &BTreeMap<String, String>,
    client_metadata: &ClientMetadata,
    metadata: &Metadata,
) -> Result<HttpRequest> {
    let mut document = json!({
        "client_name": name,
        "application_type": "native",
        "redirect_uris": client_metadata.requested_uris(),
        "grant_types": grant_types(client_metadata, metadata),
        "response_types": ["code"],
        "token_endpoint_auth_method": client_metadata.auth.name(),
    });
    if client_metadata.extent == Extent::All && !client_metadata.scopes.is_empty() {
        document["scope"] = client_metadata.scopes.join(" ").into();
    }
    for (name, value) in params {
        document[name] = value.as_str().into();
    }
    post("registration_endpoint", registration_endpoint, JSON, document.to_string().into_bytes())
}

/// Adds the initial access token that the server demands (RFC 7591 3).
pub fn authorized(mut request: HttpRequest, token: Option<&Secret>) -> Result<HttpRequest> {
    if let Some(token) = token {
        request.headers_mut().insert(AUTHORIZATION, token_header("initial access token", token)?);
    }
    Ok(request)
}

/// Returns true if the request for `next` may succeed after this rejection of `sent` (RFC 7591 3.2.2).
pub fn may_help(response: &HttpResponse, sent: &ClientMetadata, next: &ClientMetadata) -> bool {
    let Some(Value::Object(fields)) = strict_json::parse(response.body()) else { return false };
    let Some(error) = parse_error(&fields).filter(|_| !is_transient(response.status())) else { return false };
    let names_scope = error.description.is_some_and(|text| text.to_ascii_lowercase().contains("scope"));
    let is_same_method = next.auth == sent.auth;
    match (error.code.as_str(), next.extent) {
        ("invalid_client_metadata", Extent::WithoutScopes) => names_scope && is_same_method,
        ("invalid_client_metadata", _) => true,
        ("invalid_redirect_uri", Extent::Minimal) => is_same_method,
        // The second is Keycloak's.
        ("invalid_scope" | "insufficient_scope", Extent::WithoutScopes) => is_same_method,
        _ => false,
    }
}

/// Grants to request. If the metadata lists none, a code is supported (RFC 8414 2), and a refresh token is harmless.
fn grant_types(client_metadata: &ClientMetadata, metadata: &Metadata) -> Vec<&'static str> {
    let offered = &metadata.grant_types_supported;
    let offers = |grant: &str| offered.iter().any(|known| known == grant);
    let offers_device =
        offers(DEVICE_CODE_GRANT) || (offered.is_empty() && metadata.device_authorization_endpoint.is_some());
    let mut grants = match (client_metadata.extent, client_metadata.grant) {
        (Extent::Minimal, GrantType::Device) => vec![DEVICE_CODE_GRANT],
        _ => vec!["authorization_code"],
    };
    if offered.is_empty() || offers("refresh_token") {
        grants.push("refresh_token");
    }
    if offers_device && client_metadata.extent != Extent::Minimal {
        grants.push(DEVICE_CODE_GRANT);
    }
    grants
}

/// Parses the response to [`request`] (RFC 7591 3.2).
///
/// # Errors
/// [`Error::Usage`] if the issuer rejects the registration, with a hint to do without; [`Error::Network`] if it fails,
/// [`Error::Check`] if the registered client is unusable.
pub fn parse_response(
    response: &HttpResponse,
    registration_endpoint: &str,
    metadata: &Metadata,
    client_metadata: &ClientMetadata,
) -> Result<ClientRegistration> {
    let issuer = metadata.issuer.as_str();
    let unexpected_response = || unexpected_response(response, registration_endpoint, "a client registration");
    if is_transient(response.status()) {
        return Err(unexpected_response());
    }
    if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(registration_rejected(issuer, None));
    }
    let fields = match strict_json::parse(response.body()) {
        Some(Value::Object(fields)) => fields,
        _ => return Err(unexpected_response()),
    };
    if let Some(error) = parse_error(&fields) {
        return Err(registration_rejected(issuer, Some(&error)));
    }
    match response.status().is_success() {
        true => parse_registration(&fields, registration_endpoint, metadata, client_metadata),
        false => Err(unexpected_response()),
    }
}

fn registration_rejected(issuer: &str, error: Option<&ErrorResponse>) -> Error {
    let why = match error {
        Some(ErrorResponse { code, description: Some(text) }) => {
            format!(": `{}`: {}", sanitize_untrusted(code), sanitize_untrusted(text))
        }
        Some(ErrorResponse { code, description: None }) => format!(": `{}`", sanitize_untrusted(code)),
        None => ": it registers only known clients".to_owned(),
    };
    Error::Usage {
        message: format!("`{}` rejected the client registration{why}", host_of(issuer)),
        hint: Some(OWN_CLIENT_HINT.to_owned()),
    }
}

fn parse_registration(
    fields: &Map<String, Value>,
    from: &str,
    metadata: &Metadata,
    client_metadata: &ClientMetadata,
) -> Result<ClientRegistration> {
    let bad = |what: &str| {
        Error::check_with(Remedy::OwnClient, format!("the client registered by `{}` {what}", host_of(from)))
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let printable = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let id = text("client_id").ok_or_else(|| bad("has no `client_id`"))?;
    if !printable(id) || id.len() > MAX_CLIENT_ID_LEN {
        return Err(bad("has a `client_id` that is too long or has invalid characters (RFC 6749 A.1)"));
    }
    let secret = text("client_secret");
    if secret.is_some_and(|secret| !printable(secret)) {
        return Err(bad("has a `client_secret` with invalid characters (RFC 6749 A.2)"));
    }
    let stated = text("token_endpoint_auth_method");
    let auth = registered_auth(stated, secret.is_some(), metadata, client_metadata.auth).map_err(|what| bad(&what))?;
    // The response states what is registered; if it states nothing, all is as requested (RFC 7591 3.2.1).
    let is_registered = |one: &&String| match fields.get("redirect_uris") {
        None | Some(Value::Null) => true,
        Some(Value::String(registered)) => is_same_redirect(registered, one),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(|known| is_same_redirect(known, one)),
        Some(_) => false,
    };
    let redirect_uris: Vec<String> = client_metadata.requested_uris().iter().filter(is_registered).cloned().collect();
    if redirect_uris.is_empty() {
        return Err(bad("has another redirect URI than requested"));
    }
    let secret = secret.filter(|_| auth != ClientAuth::None);
    let end = fields.get("client_secret_expires_at").and_then(Value::as_i64).filter(|end| *end > 0);
    Ok(ClientRegistration {
        issuer: metadata.issuer.clone(),
        client: Client { id: id.to_owned(), secret: secret.map(Secret::new), auth, origin: ClientOrigin::Configured },
        redirect_uris,
        page: None,
        scopes: client_metadata.scopes.clone(),
        requested_auth: client_metadata.auth,
        is_doubtful: false,
        rejects_checks: false,
        secret_expires_at: end.filter(|_| secret.is_some()).and_then(|end| DateTime::from_timestamp(end, 0)),
        management: parse_management(text("registration_client_uri"), text("registration_access_token"), from),
        successor: None,
    })
}

/// Authentication of the registered client: as the response states, whatever was requested (RFC 7591 3.2.1). The error
/// completes "the client ...".
fn registered_auth(
    stated: Option<&str>,
    has_secret: bool,
    metadata: &Metadata,
    requested: ClientAuth,
) -> Result<ClientAuth, String> {
    let lists = |method: &str| metadata.token_endpoint_auth_methods_supported.iter().any(|known| known == method);
    match (stated, has_secret) {
        (Some("none"), _) | (None, false) => Ok(ClientAuth::None),
        (Some("client_secret_basic"), true) => Ok(ClientAuth::ClientSecretBasic),
        (Some("client_secret_post"), true) => Ok(ClientAuth::ClientSecretPost),
        // Nothing is stated: as requested, else the only listed method, else the default (RFC 7591 2).
        (None, true) if requested == ClientAuth::ClientSecretPost => Ok(requested),
        (None, true) if lists("client_secret_post") && !lists("client_secret_basic") => {
            Ok(ClientAuth::ClientSecretPost)
        }
        (None, true) => Ok(ClientAuth::ClientSecretBasic),
        // A server that states its default for every client: without a secret the requested public client is meant.
        (Some("client_secret_basic" | "client_secret_post"), false) if requested == ClientAuth::None => {
            Ok(ClientAuth::None)
        }
        (Some("client_secret_basic" | "client_secret_post"), false) => Err("has no `client_secret`".to_owned()),
        (Some(other), _) => Err(format!("authenticates with `{}`, which is not supported", sanitize_untrusted(other))),
    }
}

/// Returns true if two redirect URIs differ in spelling only: case of the host, default port, a slash at the end, or a
/// loopback port, which any server must ignore (RFC 8252 7.3). The sign-in sends the requested URI in any case, so nothing
/// hangs on the spelling.
fn is_same_redirect(registered: &str, requested: &str) -> bool {
    let (Ok(registered), Ok(requested)) = (Url::parse(registered), Url::parse(requested)) else {
        return registered == requested;
    };
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let without_port = registered.port().is_none() && registered.scheme() == "http";
    registered.scheme() == requested.scheme()
        && registered.host() == requested.host()
        && (without_port || registered.port_or_known_default() == requested.port_or_known_default())
        && path(&registered) == path(&requested)
        && registered.query() == requested.query()
}

/// Reads the configuration endpoint; `None` if its URL is not allowed.
fn parse_management(uri: Option<&str>, token: Option<&str>, from: &str) -> Option<RegistrationAccess> {
    let (uri, token) = (uri?, token?);
    let origin = |url: &str| parse_endpoint("registration_client_uri", url).ok().map(|url| url.origin());
    let same = origin(uri).is_some() && origin(uri) == origin(from);
    same.then(|| RegistrationAccess { uri: uri.to_owned(), token: Secret::new(token) })
}

/// Builds the request to read the client (RFC 7592 2.1).
pub fn read_request(management: &RegistrationAccess) -> Result<HttpRequest> {
    management_request(Method::GET, management)
}

/// Returns true if the issuer no longer knows the client (RFC 7592 2.1: 401). Any other response proves nothing.
pub fn is_deleted(response: &HttpResponse) -> bool {
    matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// Builds the request to delete the client (RFC 7592 2.3).
pub fn delete_request(management: &RegistrationAccess) -> Result<HttpRequest> {
    management_request(Method::DELETE, management)
}

/// Parses the response to [`delete_request`]; a client already gone counts as deleted.
pub fn parse_delete_response(response: &HttpResponse, management: &RegistrationAccess) -> Result<()> {
    match response.status().is_success() || is_deleted(response) {
        true => Ok(()),
        false => Err(unexpected_response(response, &management.uri, "confirmation that the client is deleted")),
    }
}

fn management_request(method: Method, management: &RegistrationAccess) -> Result<HttpRequest> {
    let url = parse_endpoint("registration_client_uri", &management.uri)?;
    let bearer = token_header("registration access token", &management.token)?;
    let request = Request::builder().method(method).uri(url.as_str());
    let built = request.header(ACCEPT, "application/json").header(AUTHORIZATION, bearer).body(Vec::new());
    built.map_err(|_| Error::check("the registration_client_uri is not a URL"))
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{json_response, metadata, response};
    use super::*;

    const ENDPOINT: &str = "https://id.example/register";
    const REDIRECT: &str = "http://127.0.0.1:25519/callback";
    const SPARE: &str = "http://127.0.0.1:25520/callback";

    fn client_metadata(grant: GrantType, extent: Extent) -> ClientMetadata {
        ClientMetadata {
            redirect_uris: vec![REDIRECT.to_owned(), SPARE.to_owned()],
            grant,
            scopes: vec!["a".to_owned(), "b".to_owned()],
            auth: ClientAuth::None,
            extent,
        }
    }

    fn request_body(client_metadata: &ClientMetadata, metadata: &Metadata) -> Value {
        serde_json::from_slice(request(ENDPOINT, "mycli", &BTreeMap::new(), client_metadata, metadata).unwrap().body())
            .unwrap()
    }

    fn default_request_body(metadata: &Metadata) -> Value {
        request_body(&client_metadata(GrantType::Code, Extent::All), metadata)
    }

    fn with(grants: &[&str], methods: &[&str], device: bool) -> Metadata {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        Metadata {
            grant_types_supported: owned(grants),
            token_endpoint_auth_methods_supported: owned(methods),
            device_authorization_endpoint: device.then(|| "https://id.example/device".to_owned()),
            ..metadata()
        }
    }

    fn parse_document(document: Value) -> Result<ClientRegistration> {
        parse_response(
            &json_response(201, &document),
            ENDPOINT,
            &metadata(),
            &client_metadata(GrantType::Code, Extent::All),
        )
    }

    #[test]
    fn request_is_for_a_native_public_client() {
        assert_eq!(
            default_request_body(&metadata()),
            json!({
                "client_name": "mycli", "application_type": "native", "redirect_uris": [REDIRECT, SPARE],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none", "scope": "a b",
            })
        );
    }

    #[test]
    fn grants_follow_the_metadata() {
        let code = "authorization_code";
        for (grants, device, expected) in [
            (&[][..], true, &[code, "refresh_token", DEVICE_CODE_GRANT][..]),
            (&[code], true, &[code]),
            (&[code, "refresh_token"], false, &[code, "refresh_token"]),
            (&[code, DEVICE_CODE_GRANT, "implicit"], true, &[code, DEVICE_CODE_GRANT]),
        ] {
            assert_eq!(default_request_body(&with(grants, &[], device))["grant_types"], json!(expected), "{grants:?}");
        }
    }

    /// modelcontextprotocol/python-sdk#1315, modelcontextprotocol/python-sdk#3545: the server takes `none` unlisted.
    #[test]
    fn attempts_are_public_then_post_then_basic() {
        use ClientAuth::{ClientSecretBasic as Basic, ClientSecretPost as Post, None as Public};
        for (methods, first, expected) in [
            (&[][..], Public, &[Public, Post, Basic][..]),
            (&["client_secret_basic", "client_secret_post"], Public, &[Public, Post, Basic]),
            (&["client_secret_basic"], Public, &[Public, Basic]),
            (&["none"], Public, &[Public]),
            (&["private_key_jwt"], Public, &[Public]),
            (&["client_secret_basic", "none"], Post, &[Post, Public, Basic]),
        ] {
            let wanted = ClientMetadata { auth: first, ..client_metadata(GrantType::Code, Extent::All) };
            let attempts = wanted.attempts(&with(&[], methods, false));
            let found: Vec<_> = attempts.iter().map(|attempt| attempt.auth).collect();
            let expected: Vec<_> = expected.iter().flat_map(|auth| [*auth; 3]).collect();
            assert_eq!(found, expected, "{methods:?}");
        }
    }

    #[test]
    fn minimal_request_has_one_redirect_uri_and_grant() {
        let metadata = with(&["authorization_code", "refresh_token", DEVICE_CODE_GRANT], &[], true);
        for (grant, grants) in [
            (GrantType::Code, ["authorization_code", "refresh_token"]),
            (GrantType::Device, [DEVICE_CODE_GRANT, "refresh_token"]),
        ] {
            let minimal = request_body(&client_metadata(grant, Extent::Minimal), &metadata);
            assert_eq!((&minimal["grant_types"], &minimal["redirect_uris"]), (&json!(grants), &json!([REDIRECT])));
            assert_eq!(minimal.get("scope"), None);
        }
    }

    #[test]
    fn next_attempt_fits_the_rejection() {
        let (public, post) = (ClientAuth::None, ClientAuth::ClientSecretPost);
        let client = |(auth, extent)| ClientMetadata { auth, ..client_metadata(GrantType::Code, extent) };
        let metadata = r#"{"error":"invalid_client_metadata"}"#;
        let scope = r#"{"error":"invalid_client_metadata","error_description":"Requested scopes are not valid: x"}"#;
        let keycloak = r#"{"error":"insufficient_scope","error_description":"Policy rejected"}"#;
        let redirect = r#"{"error":"invalid_redirect_uri"}"#;
        let (all, unscoped, minimal) = (Extent::All, Extent::WithoutScopes, Extent::Minimal);
        for (status, body, sent, next, helps) in [
            (400, metadata, (public, all), (public, unscoped), false),
            (400, metadata, (public, all), (public, minimal), true),
            (400, metadata, (public, minimal), (post, all), true),
            (400, metadata, (public, minimal), (post, unscoped), false),
            (400, scope, (public, all), (public, unscoped), true),
            (403, keycloak, (public, all), (public, unscoped), true),
            (403, keycloak, (public, unscoped), (public, minimal), false),
            (400, redirect, (public, all), (public, minimal), true),
            (400, redirect, (public, minimal), (post, all), false),
            (400, r#"{"error":"invalid_software_statement"}"#, (public, all), (public, minimal), false),
            (503, metadata, (public, all), (public, minimal), false),
            (401, "", (public, all), (public, minimal), false),
        ] {
            let response = response(status, "application/json", body);
            assert_eq!(may_help(&response, &client(sent), &client(next)), helps, "{body} {sent:?} {next:?}");
        }
    }

    #[test]
    fn redirect_uris_are_those_in_the_response() {
        for (registered, kept) in [
            (Value::Null, &[REDIRECT, SPARE][..]),
            (json!([SPARE, REDIRECT]), &[REDIRECT, SPARE]),
            (json!([SPARE, "https://evil.example/"]), &[SPARE]),
            (json!(["HTTP://127.0.0.1:25520/callback/"]), &[SPARE]),
            (json!(["http://127.0.0.1/callback"]), &[REDIRECT, SPARE]),
            (json!(REDIRECT), &[REDIRECT]),
        ] {
            let read = parse_document(json!({"client_id": "a", "redirect_uris": registered})).unwrap();
            assert_eq!(read.redirect_uris, kept, "{registered}");
        }
    }

    #[test]
    fn client_is_as_the_response_describes() {
        use ClientAuth::{ClientSecretBasic as Basic, ClientSecretPost as Post, None as Public};
        for (document, auth, has_secret, end) in [
            (json!({"client_id": "a"}), Public, false, None),
            (
                json!({"client_id": "a", "token_endpoint_auth_method": "none", "client_secret": "s"}),
                Public,
                false,
                None,
            ),
            (json!({"client_id": "a", "client_secret": "s", "client_secret_expires_at": 0}), Basic, true, None),
            (
                json!({"client_id": "a", "client_secret": "s", "client_secret_expires_at": 1_900_000_000,
                       "token_endpoint_auth_method": "client_secret_post"}),
                Post,
                true,
                Some(1_900_000_000),
            ),
            (json!({"client_id": "a", "client_secret_expires_at": 5}), Public, false, None),
            (json!({"client_id": "a", "token_endpoint_auth_method": "client_secret_basic"}), Public, false, None),
        ] {
            let read = parse_document(document.clone()).unwrap();
            assert_eq!((read.client.auth, read.client.secret.is_some()), (auth, has_secret), "{document}");
            assert_eq!(read.secret_expires_at.map(|end| end.timestamp()), end, "{document}");
        }
    }

    #[test]
    fn unusable_registration_is_rejected_with_the_reason() {
        for (document, words) in [
            (json!({}), "has no `client_id`"),
            (json!({"client_id": ""}), "has no `client_id`"),
            (json!({"client_id": 7}), "has no `client_id`"),
            (json!({"client_id": "a\nb"}), "invalid characters"),
            (json!({"client_id": "a\u{1b}[2J"}), "invalid characters"),
            (json!({"client_id": "x".repeat(3000)}), "too long"),
            (json!({"client_id": "a", "redirect_uris": ["http://127.0.0.1:1/callback"]}), "another redirect URI"),
            (json!({"client_id": "a", "redirect_uris": ["https://127.0.0.1:25519/callback"]}), "another redirect URI"),
            (json!({"client_id": "a", "redirect_uris": ["http://127.0.0.2/callback"]}), "another redirect URI"),
            (json!({"client_id": "a", "redirect_uris": ["http://127.0.0.1/callback?x"]}), "another redirect URI"),
            (json!({"client_id": "a", "redirect_uris": []}), "another redirect URI"),
            (json!({"client_id": "a", "client_secret": "a\r\nX: y"}), "characters"),
            (json!({"client_id": "a", "token_endpoint_auth_method": "private_key_jwt"}), "`private_key_jwt`"),
            (json!({"client_id": "a", "redirect_uris": ["https://evil.example/"]}), "another redirect URI"),
        ] {
            let error = parse_document(document.clone()).unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(words), "{document}: {error}");
        }
    }

    #[test]
    fn rejection_names_reason_and_hint() {
        for (status, body, code, words) in [
            (
                400,
                r#"{"error":"invalid_redirect_uri","error_description":"no \u001b[2Jlocalhost"}"#,
                2,
                "invalid_redirect_uri`: no",
            ),
            (400, r#"{"error":"invalid_client_metadata"}"#, 2, "invalid_client_metadata"),
            (401, r#"{"error":"invalid_token"}"#, 2, "registers only known clients"),
            (401, "", 2, "registers only known clients"),
            (403, "<html>", 2, "registers only known clients"),
            (403, "{}", 2, "registers only known clients"),
            (404, "<html>", 6, "404"),
            (200, "<html>", 6, "200"),
            (302, "", 6, "redirect"),
            (503, r#"{"error":"invalid_client_metadata"}"#, 6, "503"),
        ] {
            let error = parse_response(
                &response(status, "application/json", body),
                ENDPOINT,
                &metadata(),
                &client_metadata(GrantType::Code, Extent::All),
            )
            .unwrap_err();
            let shown = error.to_string();
            assert!(
                error.exit_code() == code && shown.contains(words) && !shown.contains('\u{1b}'),
                "{status}: {shown}"
            );
        }
    }

    #[test]
    fn management_is_same_origin_and_token_is_hidden() {
        let managed = |uri: &str| {
            let document =
                json!({"client_id": "a", "registration_client_uri": uri, "registration_access_token": "hush"});
            parse_document(document).unwrap().management
        };
        let management = managed("https://id.example/register/a").expect("the same origin");
        for request in [read_request(&management).unwrap(), delete_request(&management).unwrap()] {
            assert_eq!(request.headers()[AUTHORIZATION].to_str().unwrap(), "Bearer hush");
            assert!(!format!("{request:?} {management:?}").contains("hush"));
        }
        for elsewhere in ["https://evil.example/a", "http://id.example/a", "http://127.0.0.1/a", "/a", ""] {
            assert!(managed(elsewhere).is_none(), "{elsewhere}");
        }
    }

    #[test]
    fn expiring_secret_starts_no_sign_in() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let ending = |at: i64| ClientRegistration {
            secret_expires_at: DateTime::from_timestamp(at, 0),
            ..parse_document(json!({"client_id": "a"})).unwrap()
        };
        for (at, is_valid) in [(1_000_900, false), (1_000_901, true), (999_999, false)] {
            assert_eq!(ending(at).is_valid(now), is_valid, "{at}");
        }
        assert!(parse_document(json!({"client_id": "a"})).unwrap().is_valid(now));
    }

    #[test]
    fn stored_format_round_trips_and_later_versions_do_not() {
        let registration = parse_document(json!({"client_id": "a", "client_secret": "s"})).unwrap();
        let stored = registration.to_stored();
        assert_eq!(ClientRegistration::from_stored(&stored).unwrap().client.id, "a");
        let later = Secret::new(stored.expose().replace("\"version\":2", "\"version\":3"));
        assert!(
            ClientRegistration::from_stored(&later).is_none()
                && ClientRegistration::from_stored(&Secret::new("{")).is_none()
        );
    }
}
