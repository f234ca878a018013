//! Signs that an authorization endpoint does not know a client. RFC 6749 4.1.2.1 forbids a redirect then, and names no
//! format, so the server shows a page or a document of its own.

use http::header::{ACCEPT, LOCATION};
use http::{Request, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::{HttpRequest, HttpResponse, json};
use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;

/// OAuth errors that may be about the client.
const CLIENT_CODES: [&str; 3] = ["invalid_client", "unauthorized_client", "invalid_request"];

/// OAuth errors that are about another part of the request.
const OTHER_CODES: [&str; 3] = ["invalid_scope", "invalid_target", "unsupported_response_type"];

/// Knowledge of a client, as far as the response to an authorization request shows it without a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientStanding {
    Known,
    Unknown,
    Unclear,
}

/// Builds the request that a browser would send, for a machine-readable error.
pub fn request(authorization_url: &Secret) -> Result<HttpRequest> {
    let request = Request::get(authorization_url.expose()).header(ACCEPT, "application/json, text/html;q=0.9");
    request.body(Vec::new()).map_err(|_| Error::check_with(Remedy::Endpoint, "the authorization endpoint is not a URL"))
}

/// Reads the response to [`request`] with `redirect_uri`.
pub fn parse_response(response: &HttpResponse, redirect_uri: &str) -> ClientStanding {
    if response.status().is_redirection() {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return parse_redirect(location, redirect_uri);
    }
    match is_about_client(response) {
        true => ClientStanding::Unknown,
        false => ClientStanding::Unclear,
    }
}

/// Returns true if the server cannot redirect: only an unusable client id or redirect URI prevents that (RFC 6749
/// 4.1.2.1). Pages of proxies and bot protection have other statuses or texts of their own, so no page is searched for
/// words.
fn is_about_client(response: &HttpResponse) -> bool {
    let fields = match json::parse(response.body()) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match response.status() {
        // Some servers report the scopes or the resource here, which only the redirect URI should get.
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => !OTHER_CODES.contains(&text("error")),
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
            // The second is Supabase's (supabase/mcp#355).
            CLIENT_CODES.contains(&text("error")) || text("message") == "Unrecognized client_id"
        }
        _ => false,
    }
}

/// A redirect to the redirect URI proves that the client is known. Some servers redirect to an error page of their own
/// (Ory Hydra).
fn parse_redirect(location: &str, redirect_uri: &str) -> ClientStanding {
    let parsed = Url::parse(location).ok();
    let error =
        parsed.and_then(|url| url.query_pairs().find(|(name, _)| name == "error").map(|(_, code)| code.into_owned()));
    match error.as_deref() {
        Some("invalid_client" | "unauthorized_client") => ClientStanding::Unknown,
        _ if location.strip_prefix(redirect_uri).is_some_and(|rest| rest.starts_with(['?', '#', '&'])) => {
            ClientStanding::Known
        }
        _ => ClientStanding::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::response;
    use super::*;

    const REDIRECT: &str = "http://127.0.0.1:25519/callback";

    fn standing(status: u16, body: &str) -> ClientStanding {
        parse_response(&response(status, "application/json", body), REDIRECT)
    }

    /// supabase/mcp#355, anthropics/claude-code#84614.
    #[test]
    fn unknown_client_is_recognized_by_the_status() {
        for (status, body) in [
            (400, r#"{"error":"invalid_client","error_description":"Invalid client_id"}"#),
            (401, r#"{"error":"invalid_client"}"#),
            // The MCP Python SDK and FastMCP.
            (400, r#"{"error":"invalid_request","error_description":"Client ID 'dcr-1' not found"}"#),
            // Supabase, Keycloak, oidc-provider, and words that nobody lists.
            (422, r#"{"message":"Unrecognized client_id"}"#),
            (400, "<html><p class=\"message\">Client not found.</p></html>"),
            (400, "<pre><strong>error</strong>: invalid_client</pre>"),
            (400, "<h1>Anwendung nicht gefunden</h1>"),
            (401, ""),
            (404, r#"{"error":"invalid_client"}"#),
            (422, r#"{"error":"invalid_request"}"#),
        ] {
            assert_eq!(standing(status, body), ClientStanding::Unknown, "{status} {body}");
        }
    }

    /// A page between the user and the server says nothing about the client, whatever its scripts contain.
    #[test]
    fn other_pages_do_not_show_the_standing() {
        for (status, body) in [
            (400, r#"{"error":"invalid_scope"}"#),
            (403, r#"{"error":"invalid_client"}"#),
            (403, "<script>codes = ['invalid_client']</script><h1>Checking your browser</h1>"),
            (404, "<script>codes = ['invalid_client']</script><h1>Page not found</h1>"),
            (404, r#"{"error":"not_found"}"#),
            (422, "<p>Unrecognized client_id</p>"),
            (422, r#"{"message":"unknown client certificate"}"#),
            (200, r#"{"error":"invalid_client"}"#),
            (429, r#"{"error":"invalid_client"}"#),
            (503, r#"{"error":"invalid_client"}"#),
        ] {
            assert_eq!(standing(status, body), ClientStanding::Unclear, "{status} {body}");
        }
    }

    #[test]
    fn redirect_shows_the_standing() {
        for (location, expected) in [
            (format!("{REDIRECT}?code=x&state=y"), ClientStanding::Known),
            (format!("{REDIRECT}?error=login_required"), ClientStanding::Known),
            (format!("{REDIRECT}?error=unauthorized_client"), ClientStanding::Unknown),
            ("https://id.example/error?error=invalid_client".to_owned(), ClientStanding::Unknown),
            ("https://id.example/login?client_id=dcr-1".to_owned(), ClientStanding::Unclear),
            (format!("{REDIRECT}.evil.example/"), ClientStanding::Unclear),
            ("/login".to_owned(), ClientStanding::Unclear),
            (String::new(), ClientStanding::Unclear),
        ] {
            let mut response = response(302, "", "");
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
            assert_eq!(parse_response(&response, REDIRECT), expected, "{location}");
        }
    }
}
