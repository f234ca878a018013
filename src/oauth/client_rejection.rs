//! Signs that an authorization endpoint does not know a client. RFC 6749 4.1.2.1 forbids a redirect then, and names no
//! format, so the server shows a page or a document of its own.

use http::header::{ACCEPT, LOCATION};
use http::{Request, StatusCode};
use url::Url;

use super::{HttpRequest, HttpResponse};
use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;

/// Beginning of a page in which the message must be.
const MAX_TEXT_LEN: usize = 64 * 1024;

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

/// Reads the response to [`request`] for the client `client_id` with `redirect_uri`.
pub fn parse_response(response: &HttpResponse, client_id: &str, redirect_uri: &str) -> ClientStanding {
    if response.status().is_redirection() {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        return parse_redirect(location, redirect_uri);
    }
    let statuses = [
        StatusCode::BAD_REQUEST,
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    match statuses.contains(&response.status()) && is_about_unknown_client(response.body(), client_id) {
        true => ClientStanding::Unknown,
        false => ClientStanding::Unclear,
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

/// Returns true if the text says `invalid_client`, "client not found" and the like, with or without the id in between:
/// the MCP Python SDK says "Client ID 'x' not found", Supabase "Unrecognized client_id", Keycloak "Client not found".
fn is_about_unknown_client(body: &[u8], client_id: &str) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TEXT_LEN)]).replace(client_id, " ").to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let text = format!(" {} ", words.join(" ").replace("client id", "client").replace("client is", "client"));
    let before = ["invalid", "unknown", "unrecognized", "unregistered", "no such"];
    let after = ["not found", "unknown", "invalid", "unrecognized", "not registered", "does not exist"];
    before.iter().any(|words| text.contains(&format!(" {words} client ")))
        || after.iter().any(|words| text.contains(&format!(" client {words} ")))
}

#[cfg(test)]
mod tests {
    use super::super::test_data::response;
    use super::*;

    const REDIRECT: &str = "http://127.0.0.1:25519/callback";

    fn standing(status: u16, body: &str) -> ClientStanding {
        parse_response(&response(status, "application/json", body), "dcr-1", REDIRECT)
    }

    /// supabase/mcp#355, anthropics/claude-code#84614.
    #[test]
    fn unknown_client_is_recognized_in_many_words() {
        for (status, body) in [
            (400, r#"{"error":"invalid_client","error_description":"Invalid client_id"}"#),
            (401, r#"{"error":"invalid_client"}"#),
            // The MCP Python SDK and FastMCP.
            (400, r#"{"error":"invalid_request","error_description":"Client ID 'dcr-1' not found"}"#),
            (400, r#"{"error":"invalid_request","error_description":"Client ID 'dcr-1' is not registered here"}"#),
            // Supabase, Keycloak, oidc-provider.
            (422, r#"{"message":"Unrecognized client_id"}"#),
            (400, "<html><p class=\"message\">Client not found.</p></html>"),
            (400, "<pre><strong>error</strong>: invalid_client</pre>"),
        ] {
            assert_eq!(standing(status, body), ClientStanding::Unknown, "{body}");
        }
        for (status, body) in [
            (400, r#"{"error":"invalid_request","error_description":"client_id dcr-1: scope not found"}"#),
            (400, r#"{"error":"invalid_scope"}"#),
            (404, "<script src=\"client.js\"></script><h1>Page not found</h1>"),
            (200, r#"{"error":"invalid_client"}"#),
            (503, r#"{"error":"invalid_client"}"#),
            (400, ""),
        ] {
            assert_eq!(standing(status, body), ClientStanding::Unclear, "{body}");
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
            assert_eq!(parse_response(&response, "dcr-1", REDIRECT), expected, "{location}");
        }
    }
}
