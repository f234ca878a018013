//! Redaction of responses that quote the request ("refresh token X is unknown"): its secrets must not appear in
//! error messages.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;

use super::{HttpRequest, HttpResponse};
use crate::secret::Secret;

/// Shorter values may be part of any word, and no provider issues such short secrets.
const MIN_SECRET_LEN: usize = 8;

/// Request parameters that are not secret, under any format; every other value is.
const PUBLIC_PARAMS: [&str; 8] =
    ["grant_type", "client_id", "redirect_uri", "scope", "resource", "token_type_hint", "response_type", "audience"];

pub struct RequestSecrets(Vec<Secret>);

impl RequestSecrets {
    /// Collects all form or JSON values of the body except the public ones, and the credentials of the header.
    pub fn from_request(request: &HttpRequest) -> Self {
        let form = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let mut params = form(request.uri().query().unwrap_or_default().as_bytes());
        match serde_json::from_slice::<serde_json::Map<_, _>>(request.body()) {
            Ok(fields) => params.extend(fields.into_iter().filter_map(|(name, value): (_, serde_json::Value)| {
                value.as_str().map(|text| (name, text.to_owned()))
            })),
            Err(_) => params.extend(form(request.body())),
        }
        params.retain(|(name, _)| !PUBLIC_PARAMS.contains(&name.as_str()));
        let mut secrets: Vec<String> = params.into_iter().map(|(_, value)| value).collect();
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some((_, credentials)) = header.split_once(' ') {
            secrets.push(credentials.to_owned());
            let decoded = BASE64_STANDARD.decode(credentials).ok().and_then(|text| String::from_utf8(text).ok());
            let password = decoded.as_deref().and_then(|text| text.split_once(':')).map(|(_, password)| password);
            secrets.extend(
                form(format!("p={}", password.unwrap_or_default()).as_bytes()).into_iter().map(|(_, value)| value),
            );
        }
        Self(secrets.into_iter().filter(|value| value.len() >= MIN_SECRET_LEN).map(Secret::new).collect())
    }

    pub fn of_token(token: &Secret) -> Self {
        Self(vec![token.clone()])
    }

    /// Removes the secrets from a text.
    pub fn redact_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), replace_secret)
    }

    /// Removes the secrets from an error response. A token response may carry the same refresh token again.
    pub fn redact(&self, response: HttpResponse) -> HttpResponse {
        let (parts, body) = response.into_parts();
        // GitHub sends errors with 200.
        let is_error = |text: &str| text.contains("err") && !text.contains("access_token");
        let body = match std::str::from_utf8(&body) {
            Ok(text) if !parts.status.is_success() || is_error(text) => self.redact_text(text).into_bytes(),
            _ => body,
        };
        http::Response::from_parts(parts, body)
    }
}

/// Replaces the secret as plain text, as escaped JSON and URL-encoded.
fn replace_secret(text: String, secret: &Secret) -> String {
    let secret = secret.expose();
    let json = serde_json::Value::from(secret).to_string();
    let url_encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let forms = [secret, &json[1..json.len() - 1], &url_encoded];
    forms.iter().fold(text, |text, form| text.replace(form, "…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str, authorization: Option<&str>) -> HttpRequest {
        let mut request = http::Request::post("https://id.example/token");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.body(body.as_bytes().to_vec()).unwrap()
    }

    fn redacted(request: &HttpRequest, status: u16, body: &str) -> String {
        let mut response = http::Response::new(body.as_bytes().to_vec());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        String::from_utf8(RequestSecrets::from_request(request).redact(response).into_body()).unwrap()
    }

    #[test]
    fn secrets_of_the_request_are_redacted_from_errors() {
        // `id:pass word/1` encoded as in RFC 6749 2.3.1.
        let basic = format!("Basic {}", BASE64_STANDARD.encode("id:pass+word%2F1"));
        let form =
            request("grant_type=refresh_token&client_id=long-client-id&refresh_token=old%2Ftoken%22", Some(&basic));
        for (quoted, shown) in [
            (
                r#"{"error":"x","error_description":"old/token\" is unknown"}"#,
                r#"{"error":"x","error_description":"… is unknown"}"#,
            ),
            ("old%2Ftoken%22 and long-client-id", "… and long-client-id"),
            ("refresh_token pass word/1 for refresh_token", "refresh_token … for refresh_token"),
            (basic.as_str(), "Basic …"),
        ] {
            assert_eq!(redacted(&form, 400, quoted), shown);
        }
        let json = request(r#"{"code":"a-long-code","grant_type":"authorization_code"}"#, None);
        assert_eq!(redacted(&json, 500, "authorization_code a-long-code"), "authorization_code …");
    }

    #[test]
    fn repeated_refresh_token_is_kept_in_a_token_response() {
        let body = r#"{"access_token":"a","refresh_token":"the-same-token"}"#;
        let form = request("refresh_token=the-same-token", None);
        assert_eq!(redacted(&form, 200, body), body);
        let complaint = r#"{"error":"invalid_grant","error_description":"the-same-token"}"#;
        assert!(!redacted(&form, 200, complaint).contains("the-same-token"));
    }
}
