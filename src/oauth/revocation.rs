//! Token revocation: RFC 7009.

use oauth2::{AccessToken, RefreshToken, RevocationUrl, StandardRevocableToken};

use super::error_response::{is_transient, parse_error, parse_fields, unexpected_response};
use super::request::Endpoint;
use super::{HttpRequest, HttpResponse, error_from_code};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::{ParameterLocation, Session, TokenKind};

/// Builds the request, as the client recorded in the session and in the format of its provider.
pub fn request(endpoint: &str, session: &Session, kind: TokenKind, token: &Secret) -> Result<HttpRequest> {
    let (format, values) = (&session.quirks.revoke, vec![("token", token.expose())]);
    let token = token.expose().to_owned();
    let token: StandardRevocableToken = match kind {
        TokenKind::AccessToken => AccessToken::new(token).into(),
        TokenKind::RefreshToken => RefreshToken::new(token).into(),
    };
    let endpoint = Endpoint::new("revocation endpoint", endpoint, format, &session.client, values)?;
    endpoint.request(|client, mut url, recorder| {
        // The crate rejects `http`, which is allowed on loopback. The endpoint sets its own URL afterwards.
        let _ = url.set_scheme("https");
        if let Ok(request) = client.set_revocation_url(RevocationUrl::from_url(url)).revoke_token(token) {
            let _ = request.request(recorder);
        }
    })
}

/// Returns true if the endpoint may have rejected a public client because the request has no client secret.
pub fn may_miss_secret(session: &Session, outcome: &Result<RevocationResult>) -> bool {
    let is_public = session.client.secret.is_none() && session.quirks.revoke.body == ParameterLocation::Form;
    is_public && matches!(outcome, Err(Error::Rejected { code, .. }) if code == "invalid_request")
}

/// Adds an empty client secret, which means the same as none (RFC 6749 2.3.1): PyPI `mcp` rejects a request without the
/// parameter (python-sdk#3508).
pub fn with_empty_secret(mut request: HttpRequest) -> HttpRequest {
    request.body_mut().extend_from_slice(b"&client_secret=");
    request
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationResult {
    Revoked,
    /// The provider does not revoke this kind of token (RFC 7009 2.2.1): access tokens that are validated offline.
    UnsupportedTokenType,
}

/// Parses the response. A token unknown to the provider counts as revoked: the response should be 200 (RFC 7009 2.2),
/// and some providers return `invalid_token` instead.
pub fn parse_response(response: &HttpResponse, revocation_endpoint: &str, provider: &str) -> Result<RevocationResult> {
    if is_transient(response.status()) {
        return Err(unexpected_response(response, revocation_endpoint, "a revocation"));
    }
    match parse_fields(response).as_ref().and_then(parse_error) {
        Some(error) if matches!(error.code.as_str(), "invalid_token" | "invalid_grant") => {
            Ok(RevocationResult::Revoked)
        }
        Some(error) if error.code == "unsupported_token_type" => Ok(RevocationResult::UnsupportedTokenType),
        Some(error) => Err(error_from_code(provider, None, &error.code, error.description.as_deref())),
        None if response.status().is_success() => Ok(RevocationResult::Revoked),
        None => Err(unexpected_response(response, revocation_endpoint, "a revocation")),
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use serde_json::json;

    use super::super::test_data::{client, field, form, json_response, response, session};
    use super::*;
    use crate::session::{ClientAuth, RequestFormat};

    fn session_with(auth: ClientAuth, secret: Option<&str>) -> Session {
        Session { client: client(auth, secret), ..session() }
    }

    #[test]
    fn request_carries_token_and_type_hint() {
        for address in ["https://id.example/revoke?a=b", "http://127.0.0.1:9/revoke"] {
            let request =
                request(address, &session_with(ClientAuth::None, None), TokenKind::RefreshToken, &Secret::new("r t"))
                    .unwrap();
            assert_eq!(request.uri(), address);
            assert!(request.headers().get(AUTHORIZATION).is_none());
            let form = form(&request);
            assert_eq!(field(&form, "token"), Some("r t"));
            assert_eq!(field(&form, "token_type_hint"), Some("refresh_token"));
            assert_eq!(field(&form, "client_id"), Some("cli ent:ü"));
        }
        let session = session_with(ClientAuth::ClientSecretBasic, Some("s"));
        let request = request("https://id.example/r", &session, TokenKind::AccessToken, &Secret::new("a")).unwrap();
        assert!(request.headers().contains_key(AUTHORIZATION));
        assert_eq!(field(&form(&request), "token_type_hint"), Some("access_token"));
        assert!(super::request("http://id.example/r", &session, TokenKind::AccessToken, &Secret::new("a")).is_err());
    }

    #[test]
    fn catalog_entry_formats_the_request() {
        let mut session = session_with(ClientAuth::ClientSecretPost, Some("s"));
        let hush = Secret::new("hush");
        let write =
            |session: &Session| request("https://id.example/r", session, TokenKind::AccessToken, &hush).unwrap();
        let left_out = ["token", "token_type_hint", "client_id", "client_secret"];
        session.quirks.revoke.names = left_out.map(|name| (name.to_owned(), String::new())).into();
        session.quirks.revoke.headers = [("Authorization".into(), "Bearer {token}".into())].into();
        let bare = write(&session);
        assert_eq!(bare.headers()[AUTHORIZATION], "Bearer hush");
        assert!(bare.body().is_empty() && !format!("{bare:?}").contains("hush"));
        session.quirks.revoke = RequestFormat {
            endpoint: Some("https://id.example/apps/{client_id}/token".into()),
            method: Some("DELETE".into()),
            body: ParameterLocation::Json,
            names: [("token".into(), "access_token".into()), ("token_type_hint".into(), String::new())].into(),
            client_auth: Some(ClientAuth::ClientSecretBasic),
            ..RequestFormat::default()
        };
        let request = write(&session);
        assert_eq!(request.uri(), "https://id.example/apps/cli%20ent%3A%C3%BC/token");
        assert_eq!(request.method(), http::Method::DELETE);
        assert_eq!(request.body(), b"{\"access_token\":\"hush\"}");
    }

    #[test]
    fn responses_map_to_results() {
        let parsed =
            |response| parse_response(&response, "https://id.example/r", "acme").map_err(|error| error.exit_code());
        assert_eq!(parsed(response(200, "", "")), Ok(RevocationResult::Revoked));
        assert_eq!(parsed(response(204, "", "")), Ok(RevocationResult::Revoked));
        assert_eq!(parsed(response(200, "text/html", "<p>bye")), Ok(RevocationResult::Revoked));
        assert_eq!(parsed(json_response(400, &json!({"error": "invalid_token"}))), Ok(RevocationResult::Revoked));
        assert_eq!(
            parsed(json_response(400, &json!({"error": "unsupported_token_type"}))),
            Ok(RevocationResult::UnsupportedTokenType)
        );
        assert_eq!(parsed(json_response(401, &json!({"error": "invalid_client"}))), Err(2));
        assert_eq!(parsed(response(503, "", "")), Err(6));
        assert_eq!(parsed(response(404, "text/html", "<p>no")), Err(6));
        assert_eq!(parsed(response(302, "", "")), Err(6));
    }
}
