//! A client registered at run time: OAuth 2.0 Dynamic Client Registration (RFC 7591), read and deleted by RFC 7592.

use chrono::{DateTime, Utc};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::discovery::Metadata;
use super::error_response::{ErrorResponse, is_transient, parse_error, unexpected_response};
use super::{HttpRequest, HttpResponse, endpoint, host_of, json as strict_json};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{Client, ClientAuth};

/// RFC 8628 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How much of its life a client secret must have left to begin a sign-in with: longer than a person takes.
const MIN_SECRET_TTL_SECS: i64 = 15 * 60;

/// The client that one issuer registered for this program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientRegistration {
    /// Who registered it.
    pub issuer: String,
    /// The client.
    pub client: Client,
    /// The redirect URIs it was registered with, one at least.
    pub redirect_uris: Vec<String>,
    /// The sign-in page elsewhere that the person agreed to, by its host.
    pub page: Option<String>,
    /// When the client secret ends; `None` where it does not, or there is none.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Where it is read and deleted, where the issuer offers that.
    pub management: Option<RegistrationAccess>,
}

/// RFC 7592 3.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegistrationAccess {
    /// `registration_client_uri`.
    pub uri: String,
    /// `registration_access_token`.
    pub token: Secret,
}

/// The version of the stored form.
const VERSION: u32 = 2;

/// The longest client id taken, in bytes: it stands in every authorization address, and those of browsers end at some
/// ten thousand.
const MAX_CLIENT_ID_LEN: usize = 2048;

/// What a client is registered for.
#[derive(Debug, Clone)]
pub struct ClientMetadata {
    /// The redirect URIs, one at least.
    pub redirect_uris: Vec<String>,
    /// The grant without which the client is of no use.
    pub grant: GrantType,
    /// Not even what would be useful beside that: some issuers give a client one grant (django-oauth-toolkit), or one
    /// address, and refuse those that ask for more.
    pub minimal: bool,
}

/// How the sign-in goes that needs a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 4.1.
    Code,
    /// RFC 8628 3.4.
    Device,
}

#[derive(Serialize, Deserialize)]
struct StoredRegistration {
    version: u32,
    #[serde(flatten)]
    registration: ClientRegistration,
}

impl ClientRegistration {
    /// Whether a sign-in may begin with it now.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.secret_expires_at.is_none_or(|end| (end - now).num_seconds() > MIN_SECRET_TTL_SECS)
    }

    /// The stored form, for the credential store.
    pub fn to_stored(&self) -> Secret {
        let stored = StoredRegistration { version: VERSION, registration: self.clone() };
        Secret::new(serde_json::to_string(&stored).expect("texts and times only"))
    }

    /// Reads the stored form back; one that cannot be read is none, and is registered anew.
    pub fn from_stored(stored: &Secret) -> Option<Self> {
        let stored: StoredRegistration = serde_json::from_str(stored.expose()).ok()?;
        (stored.version == VERSION).then_some(stored.registration)
    }
}

/// Writes the registration of a native client, public where the issuer takes such (RFC 8252 8.4), with the grants that
/// are used here and offered there.
///
/// No scope is asked for: a client registered for some would be refused when more are needed later.
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked.
pub fn request(
    registration_endpoint: &str,
    name: &str,
    client_metadata: &ClientMetadata,
    metadata: &Metadata,
) -> Result<HttpRequest> {
    let redirect_uris =
        if client_metadata.minimal { &client_metadata.redirect_uris[..1] } else { &client_metadata.redirect_uris };
    let document = json!({
        "client_name": name,
        "application_type": "native",
        "redirect_uris": redirect_uris,
        "grant_types": grant_types(client_metadata, metadata),
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_method(metadata),
    });
    let url = endpoint("registration_endpoint", registration_endpoint)?;
    let built = Request::post(url.as_str())
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json")
        .body(document.to_string().into_bytes());
    built.map_err(|_| Error::check("the registration_endpoint is not an address"))
}

/// Whether a smaller wish may be granted where this answer refused the whole one (RFC 7591 3.2.2).
pub fn should_retry_minimal(response: &HttpResponse) -> bool {
    let Some(Value::Object(fields)) = strict_json::parse(response.body()) else { return false };
    let code = parse_error(&fields).map(|error| error.code);
    matches!(code.as_deref(), Some("invalid_client_metadata" | "invalid_redirect_uri"))
}

/// Where nothing is said, a code is taken (RFC 8414 2), and a refresh token is harmless to ask for.
fn grant_types(client_metadata: &ClientMetadata, metadata: &Metadata) -> Vec<&'static str> {
    let offered = &metadata.grant_types_supported;
    let offers = |grant: &str| offered.iter().any(|known| known == grant);
    let offers_device =
        offers(DEVICE_CODE_GRANT) || (offered.is_empty() && metadata.device_authorization_endpoint.is_some());
    let mut grants = match (client_metadata.minimal, client_metadata.grant) {
        (true, GrantType::Device) => vec![DEVICE_CODE_GRANT],
        _ => vec!["authorization_code"],
    };
    if offered.is_empty() || offers("refresh_token") {
        grants.push("refresh_token");
    }
    if offers_device && !client_metadata.minimal {
        grants.push(DEVICE_CODE_GRANT);
    }
    grants
}

/// `none`, unless the issuer lists its methods and this is not among them.
fn auth_method(metadata: &Metadata) -> &'static str {
    let listed = &metadata.token_endpoint_auth_methods_supported;
    let known = ["none", "client_secret_basic", "client_secret_post"];
    known.into_iter().find(|method| listed.iter().any(|listed| listed == method)).unwrap_or("none")
}

/// Reads the answer to [`request`] (RFC 7591 3.2).
///
/// # Errors
/// [`Error::Usage`] where the issuer refuses, with the way to do without; [`Error::Network`] where it fails,
/// [`Error::Check`] where the client it made is of no use here.
pub fn parse_response(
    response: &HttpResponse,
    registration_endpoint: &str,
    issuer: &str,
    client_metadata: &ClientMetadata,
) -> Result<ClientRegistration> {
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
        true => parse_registration(&fields, registration_endpoint, issuer, client_metadata),
        false => Err(unexpected_response()),
    }
}

fn registration_rejected(issuer: &str, error: Option<&ErrorResponse>) -> Error {
    let why = match error {
        Some(ErrorResponse { code, description: Some(text) }) => {
            format!(": `{}`: {}", sanitize_untrusted(code), sanitize_untrusted(text))
        }
        Some(ErrorResponse { code, description: None }) => format!(": `{}`", sanitize_untrusted(code)),
        None => ": it registers only those it knows".to_owned(),
    };
    Error::Usage {
        message: format!("`{}` does not register this program by itself{why}", host_of(issuer)),
        hint: Some("register a client there by hand, then run the command again with --client-id ID".to_owned()),
    }
}

fn parse_registration(
    fields: &Map<String, Value>,
    from: &str,
    issuer: &str,
    client_metadata: &ClientMetadata,
) -> Result<ClientRegistration> {
    let bad = |what: &str| Error::check(format!("the client that `{}` registered {what}", host_of(from)));
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let printable = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let id = text("client_id").ok_or_else(|| bad("has no `client_id`"))?;
    if !printable(id) || id.len() > MAX_CLIENT_ID_LEN {
        return Err(bad("has a `client_id` that is too long or has characters that it may not have (RFC 6749 A.1)"));
    }
    let secret = text("client_secret");
    if secret.is_some_and(|secret| !printable(secret)) {
        return Err(bad("has a secret with characters that it may not have (RFC 6749 A.2)"));
    }
    let auth = match (text("token_endpoint_auth_method"), secret) {
        (Some("none"), _) | (None, None) => ClientAuth::None,
        // What is not said is Basic (RFC 7591 2).
        (None | Some("client_secret_basic"), Some(_)) => ClientAuth::ClientSecretBasic,
        (Some("client_secret_post"), Some(_)) => ClientAuth::ClientSecretPost,
        (Some("client_secret_basic" | "client_secret_post"), None) => return Err(bad("has no `client_secret`")),
        (Some(other), _) => {
            return Err(bad(&format!("proves itself by `{}`, which is not known here", sanitize_untrusted(other))));
        }
    };
    // What is registered is what the answer says; an answer that does not say took all as it was (RFC 7591 3.2.1).
    let asked =
        if client_metadata.minimal { &client_metadata.redirect_uris[..1] } else { &client_metadata.redirect_uris };
    let is_registered = |one: &&String| match fields.get("redirect_uris") {
        None | Some(Value::Null) => true,
        Some(Value::Array(all)) => all.iter().any(|registered| registered == *one),
        Some(_) => false,
    };
    let redirect_uris: Vec<String> = asked.iter().filter(is_registered).cloned().collect();
    if redirect_uris.is_empty() {
        return Err(bad("has another redirect URI than the one it was asked for"));
    }
    let secret = secret.filter(|_| auth != ClientAuth::None);
    let end = fields.get("client_secret_expires_at").and_then(Value::as_i64).filter(|end| *end > 0);
    Ok(ClientRegistration {
        issuer: issuer.to_owned(),
        client: Client { id: id.to_owned(), secret: secret.map(Secret::new), auth },
        redirect_uris,
        page: None,
        secret_expires_at: end.filter(|_| secret.is_some()).and_then(|end| DateTime::from_timestamp(end, 0)),
        management: parse_management(text("registration_client_uri"), text("registration_access_token"), from),
    })
}

/// Where it is managed; an address that may not be asked is none.
fn parse_management(uri: Option<&str>, token: Option<&str>, from: &str) -> Option<RegistrationAccess> {
    let (uri, token) = (uri?, token?);
    let origin = |address: &str| endpoint("registration_client_uri", address).ok().map(|url| url.origin());
    let same = origin(uri).is_some() && origin(uri) == origin(from);
    same.then(|| RegistrationAccess { uri: uri.to_owned(), token: Secret::new(token) })
}

/// Asks whether the issuer still knows the client (RFC 7592 2.1).
///
/// # Errors
/// [`Error::Check`] where the address may not be asked.
pub fn read_request(management: &RegistrationAccess) -> Result<HttpRequest> {
    management_request(Method::GET, management)
}

/// Whether the answer to [`read_request`] says that it does not (RFC 7592 2.1: 401). Anything else is no news.
pub fn is_deleted(response: &HttpResponse) -> bool {
    matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND | StatusCode::GONE)
}

/// Deletes the client (RFC 7592 2.3).
///
/// # Errors
/// [`Error::Check`] where the address may not be asked.
pub fn delete_request(management: &RegistrationAccess) -> Result<HttpRequest> {
    management_request(Method::DELETE, management)
}

/// Judges the answer to [`delete_request`]; one that was gone already is gone.
///
/// # Errors
/// [`Error::Network`] where it is not.
pub fn parse_delete_response(response: &HttpResponse, management: &RegistrationAccess) -> Result<()> {
    match response.status().is_success() || is_deleted(response) {
        true => Ok(()),
        false => Err(unexpected_response(response, &management.uri, "that the client is deleted")),
    }
}

fn management_request(method: Method, management: &RegistrationAccess) -> Result<HttpRequest> {
    let url = endpoint("registration_client_uri", &management.uri)?;
    let mut bearer = http::HeaderValue::from_str(&format!("Bearer {}", management.token.expose()))
        .map_err(|_| Error::check("the registration access token cannot stand in a header"))?;
    bearer.set_sensitive(true);
    let request = Request::builder().method(method).uri(url.as_str());
    let built = request.header(ACCEPT, "application/json").header(AUTHORIZATION, bearer).body(Vec::new());
    built.map_err(|_| Error::check("the registration_client_uri is not an address"))
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{json_response, metadata, response};
    use super::*;

    const ENDPOINT: &str = "https://id.example/register";
    const ISSUER: &str = "https://id.example";
    const REDIRECT: &str = "http://127.0.0.1:25519/callback";
    const SPARE: &str = "http://127.0.0.1:25520/callback";

    fn client_metadata(grant: GrantType, minimal: bool) -> ClientMetadata {
        ClientMetadata { redirect_uris: vec![REDIRECT.to_owned(), SPARE.to_owned()], grant, minimal }
    }

    fn request_body(client_metadata: &ClientMetadata, metadata: &Metadata) -> Value {
        serde_json::from_slice(request(ENDPOINT, "mycli", client_metadata, metadata).unwrap().body()).unwrap()
    }

    fn default_request_body(metadata: &Metadata) -> Value {
        request_body(&client_metadata(GrantType::Code, false), metadata)
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
        parse_response(&json_response(201, &document), ENDPOINT, ISSUER, &client_metadata(GrantType::Code, false))
    }

    #[test]
    fn a_native_public_client_is_asked_for() {
        assert_eq!(
            default_request_body(&metadata()),
            json!({
                "client_name": "mycli", "application_type": "native", "redirect_uris": [REDIRECT, SPARE],
                "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
                "token_endpoint_auth_method": "none",
            })
        );
    }

    #[test]
    fn grants_and_proof_are_those_that_are_offered() {
        let code = "authorization_code";
        for (grants, device, expected) in [
            (&[][..], true, &[code, "refresh_token", DEVICE_CODE_GRANT][..]),
            (&[code], true, &[code]),
            (&[code, "refresh_token"], false, &[code, "refresh_token"]),
            (&[code, DEVICE_CODE_GRANT, "implicit"], true, &[code, DEVICE_CODE_GRANT]),
        ] {
            assert_eq!(default_request_body(&with(grants, &[], device))["grant_types"], json!(expected), "{grants:?}");
        }
        for (methods, expected) in [
            (&[][..], "none"),
            (&["client_secret_post", "none"], "none"),
            (&["client_secret_post", "client_secret_basic"], "client_secret_basic"),
            (&["client_secret_post"], "client_secret_post"),
            (&["private_key_jwt"], "none"),
        ] {
            assert_eq!(
                default_request_body(&with(&[], methods, false))["token_endpoint_auth_method"],
                expected,
                "{methods:?}"
            );
        }
    }

    #[test]
    fn the_least_is_one_address_and_the_grant_of_the_flow() {
        let metadata = with(&["authorization_code", "refresh_token", DEVICE_CODE_GRANT], &[], true);
        for (grant, grants) in [
            (GrantType::Code, ["authorization_code", "refresh_token"]),
            (GrantType::Device, [DEVICE_CODE_GRANT, "refresh_token"]),
        ] {
            let minimal = request_body(&client_metadata(grant, true), &metadata);
            assert_eq!((&minimal["grant_types"], &minimal["redirect_uris"]), (&json!(grants), &json!([REDIRECT])));
        }
        for (status, body, less) in [
            (400, r#"{"error":"invalid_client_metadata"}"#, true),
            (400, r#"{"error":"invalid_redirect_uri"}"#, true),
            (400, r#"{"error":"invalid_software_statement"}"#, false),
            (401, "", false),
        ] {
            assert_eq!(should_retry_minimal(&response(status, "application/json", body)), less, "{body}");
        }
    }

    #[test]
    fn the_addresses_are_those_that_were_taken() {
        for (registered, kept) in [
            (Value::Null, &[REDIRECT, SPARE][..]),
            (json!([SPARE, REDIRECT]), &[REDIRECT, SPARE]),
            (json!([SPARE, "https://evil.example/"]), &[SPARE]),
        ] {
            let read = parse_document(json!({"client_id": "a", "redirect_uris": registered})).unwrap();
            assert_eq!(read.redirect_uris, kept, "{registered}");
        }
    }

    #[test]
    fn the_client_is_the_one_that_the_answer_describes() {
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
        ] {
            let read = parse_document(document.clone()).unwrap();
            assert_eq!((read.client.auth, read.client.secret.is_some()), (auth, has_secret), "{document}");
            assert_eq!(read.secret_expires_at.map(|end| end.timestamp()), end, "{document}");
        }
    }

    #[test]
    fn a_registration_of_no_use_is_refused_with_a_reason() {
        for (document, words) in [
            (json!({}), "has no `client_id`"),
            (json!({"client_id": ""}), "has no `client_id`"),
            (json!({"client_id": 7}), "has no `client_id`"),
            (json!({"client_id": "a\nb"}), "characters that it may not have"),
            (json!({"client_id": "a\u{1b}[2J"}), "characters that it may not have"),
            (json!({"client_id": "x".repeat(3000)}), "too long"),
            (json!({"client_id": "a", "redirect_uris": "http://127.0.0.1:25519/callback"}), "another redirect URI"),
            (json!({"client_id": "a", "redirect_uris": []}), "another redirect URI"),
            (json!({"client_id": "a", "client_secret": "a\r\nX: y"}), "characters"),
            (json!({"client_id": "a", "token_endpoint_auth_method": "private_key_jwt"}), "`private_key_jwt`"),
            (json!({"client_id": "a", "token_endpoint_auth_method": "client_secret_post"}), "no `client_secret`"),
            (json!({"client_id": "a", "redirect_uris": ["https://evil.example/"]}), "another redirect URI"),
        ] {
            let error = parse_document(document.clone()).unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(words), "{document}: {error}");
        }
    }

    #[test]
    fn a_refusal_tells_why_and_what_to_do() {
        for (status, body, code, words) in [
            (
                400,
                r#"{"error":"invalid_redirect_uri","error_description":"no \u001b[2Jlocalhost"}"#,
                2,
                "invalid_redirect_uri`: no",
            ),
            (400, r#"{"error":"invalid_client_metadata"}"#, 2, "invalid_client_metadata"),
            (401, r#"{"error":"invalid_token"}"#, 2, "registers only those it knows"),
            (401, "", 2, "registers only those it knows"),
            (403, "<html>", 2, "registers only those it knows"),
            (403, "{}", 2, "registers only those it knows"),
            (404, "<html>", 6, "404"),
            (200, "<html>", 6, "200"),
            (302, "", 6, "redirect"),
            (503, r#"{"error":"invalid_client_metadata"}"#, 6, "503"),
        ] {
            let error = parse_response(
                &response(status, "application/json", body),
                ENDPOINT,
                ISSUER,
                &client_metadata(GrantType::Code, false),
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
    fn it_is_managed_only_where_it_was_made_and_the_token_is_not_shown() {
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
    fn a_secret_near_its_end_begins_no_sign_in() {
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
    fn the_stored_form_reads_back_and_a_later_one_does_not() {
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
