//! Applications of the Mastodon API, which Pleroma, Akkoma, GoToSocial, Pixelfed and Friendica offer too: any program may
//! create one (`POST /api/v1/apps`).

use super::registered_client::{self, MemberNames};
use super::registration::{ClientMetadata, ClientRegistration};
use super::request::{FORM, post};
use super::{HttpRequest, HttpResponse};
use crate::error::Result;

const NAMES: MemberNames =
    MemberNames { id: "client_id", secret: "client_secret", secret_expires_at: "client_secret_expires_at" };

/// Builds the request. The redirect URIs are one string with line breaks, which old servers take, too.
pub fn request(endpoint: &str, name: &str, wanted: &ClientMetadata) -> Result<HttpRequest> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_name", name)
        .append_pair("redirect_uris", &wanted.redirect_uris.join("\n"))
        .append_pair("scopes", &wanted.scopes.join(" "))
        .finish();
    post("registration endpoint", endpoint, FORM, body.into_bytes())
}

/// Parses the response to [`request`]. The scopes of later sign-ins must be among those of the application.
pub fn parse_response(
    response: &HttpResponse,
    endpoint: &str,
    server: &str,
    wanted: &ClientMetadata,
) -> Result<ClientRegistration> {
    registered_client::parse(response, endpoint, server, &NAMES, wanted)
}

#[cfg(test)]
mod tests {
    use super::super::test_data::json_response;
    use super::*;
    use crate::oauth::registration::{Extent, GrantType};
    use crate::session::ClientAuth;

    const ENDPOINT: &str = "https://social.example/api/v1/apps";

    fn wanted() -> ClientMetadata {
        ClientMetadata {
            redirect_uris: vec!["http://127.0.0.1/callback".to_owned(), "urn:ietf:wg:oauth:2.0:oob".to_owned()],
            grant: GrantType::Code,
            scopes: vec!["read".to_owned(), "write:statuses".to_owned()],
            auth: ClientAuth::ClientSecretPost,
            extent: Extent::All,
        }
    }

    #[test]
    fn request_names_redirect_uris_and_scopes() {
        let request = request(ENDPOINT, "mycli", &wanted()).expect("a request");
        let body = String::from_utf8(request.body().clone()).expect("text");
        assert_eq!(
            body,
            "client_name=mycli&redirect_uris=http%3A%2F%2F127.0.0.1%2Fcallback%0Aurn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob\
             &scopes=read+write%3Astatuses"
        );
    }

    #[test]
    fn application_has_id_and_secret() {
        // Members as in the documentation of Mastodon 4.4.
        let document = serde_json::json!({
            "id": "563419", "name": "mycli", "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
            "client_id": "TWhM-tNSuncnqN7DBJmoyeLnk6K3iJJ71KKXxgL1hPM",
            "client_secret": "ZEaFUFmF0umgBX1qKJDjaU99Q31lDkOU8NutzTOoliw", "client_secret_expires_at": 0,
        });
        let parse = |status, document: &serde_json::Value| {
            parse_response(&json_response(status, document), ENDPOINT, "https://social.example/oauth/token", &wanted())
        };
        let app = parse(200, &document).expect("an application");
        assert_eq!((app.client.id.len(), app.secret_expires_at, app.scopes.len()), (43, None, 2));
        assert!(!format!("{app:?}").contains("ZEaFUF"));
        for (status, document, expected) in [
            (422, serde_json::json!({"error": "Scopes doesn't match configured on the server."}), 2),
            (200, serde_json::json!({"client_id": "x"}), 1),
            (200, serde_json::json!({"client_id": "x\n", "client_secret": "y"}), 1),
            (200, serde_json::json!({"client_id": "x".repeat(3000), "client_secret": "y"}), 1),
            (503, serde_json::json!({"error": "away"}), 6),
            (200, serde_json::json!([]), 6),
        ] {
            assert_eq!(parse(status, &document).expect_err("unusable").exit_code(), expected, "{document}");
        }
    }
}
