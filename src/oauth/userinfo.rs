//! Profile of the user: OpenID Connect Core 5.3, or the provider's own endpoint (RFC 6750 2.1).

use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::Value;

use super::error_response::{content_type, is_transient, unexpected_response};
use super::request::{Endpoint, fill_template, percent_encode, text_at, token_header};
use super::token::RawTokenResponse;
use super::{HttpRequest, HttpResponse, json};
use crate::catalog::{RESPONSE_PREFIX, RequestFormat};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::Client;

/// Builds the request. The token goes into the `Authorization` header, never into the URL, unless the catalog entry
/// places it elsewhere.
pub fn request(endpoint: &str, format: &RequestFormat, client: &Client, access_token: &Secret) -> Result<HttpRequest> {
    let mut request = HttpRequest::default();
    if !format.texts().chain([endpoint]).any(|text| text.contains("{access_token}")) {
        let header = token_header("access token", access_token)?;
        request.headers_mut().insert(AUTHORIZATION, header);
    }
    let values = vec![("access_token", access_token.expose())];
    Endpoint::new("userinfo endpoint", endpoint, format, client, values)?.apply_format(request)
}

/// Fills endpoint and format with fields of the token response, such as `{reply.openid}`; `None` if the response lacks
/// one.
pub fn fill_from_reply(
    endpoint: &str,
    format: &RequestFormat,
    raw: &RawTokenResponse,
) -> Option<(String, RequestFormat)> {
    let names: Vec<&str> = format.texts().chain([endpoint]).flat_map(reply_placeholders).collect();
    // A value with braces could become a placeholder.
    let found = |name: &&str| text_at(raw.members(), &name[RESPONSE_PREFIX.len()..]).filter(|text| !text.contains('{'));
    let values = names.iter().map(found).collect::<Option<Vec<String>>>()?;
    let values: Vec<(&str, &str)> = names.iter().copied().zip(values.iter().map(String::as_str)).collect();
    let mut filled = RequestFormat { endpoint: None, ..format.clone() };
    filled.texts_mut().for_each(|text| *text = fill_template(text, &values, str::to_owned));
    filled.endpoint = format.endpoint.as_deref().map(|url| fill_template(url, &values, percent_encode));
    Some((fill_template(endpoint, &values, percent_encode), filled))
}

/// Names of the token response fields used in a text.
fn reply_placeholders(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.filter(|name| name.starts_with(RESPONSE_PREFIX))
}

/// Parses the response; `expected_subject` is the ID token's `sub`, which a `sub` here must equal (OpenID Connect Core
/// 5.3.2).
///
/// # Errors
/// [`Error::ReauthenticationRequired`] if the provider rejects the token (401), [`Error::Check`] for another subject,
/// [`Error::Network`] for anything else that is not a profile, [`Error::Other`] for a signed profile.
pub fn parse_response(
    response: &HttpResponse,
    userinfo_endpoint: &str,
    provider: &str,
    expected_subject: Option<&str>,
) -> Result<Value> {
    if is_transient(response.status()) {
        return Err(unexpected_response(response, userinfo_endpoint, "a profile"));
    }
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            return Err(Error::ReauthenticationRequired {
                provider: provider.to_owned(),
                account: None,
                reason: format!("`{provider}` rejected the access token"),
            });
        }
        StatusCode::FORBIDDEN => {
            return Err(Error::other(format!("`{provider}` denied the profile: the granted scopes do not include it")));
        }
        _ => {}
    }
    if content_type(response).starts_with("application/jwt") {
        return Err(Error::other(format!(
            "`{provider}` returned a signed profile, but has no issuer to check it with"
        )));
    }
    let profile = response.status().is_success().then(|| json::parse(response.body())).flatten();
    let profile = profile.filter(|profile| profile.is_object() || profile.is_array());
    let profile = profile.ok_or_else(|| unexpected_response(response, userinfo_endpoint, "a profile"))?;
    check_subject(&profile, expected_subject)?;
    Ok(profile)
}

/// Returns the signed profile of a response (OpenID Connect Core 5.3.2).
pub fn signed_profile(response: &HttpResponse) -> Option<Secret> {
    let is_signed = response.status().is_success() && content_type(response).starts_with("application/jwt");
    let text = is_signed.then(|| std::str::from_utf8(response.body().trim_ascii()).ok()).flatten();
    text.map(Secret::new)
}

/// Compares the subject of a profile with that of the ID token (OpenID Connect Core 5.3.2).
///
/// # Errors
/// [`Error::Check`] if they differ.
pub fn check_subject(profile: &Value, expected_subject: Option<&str>) -> Result<()> {
    // Compares values other than text as JSON, so that a `sub` of another type is never ignored.
    let subject = profile.get("sub").map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
    match (subject, expected_subject) {
        (Some(found), Some(expected)) if found != expected => Err(Error::check(format!(
            "the userinfo response is for subject `{}`, the ID token for `{}`",
            sanitize_untrusted(&found),
            sanitize_untrusted(expected)
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use http::header::AUTHORIZATION;

    use super::super::test_data::{client, json_response, provider, response};
    use super::super::token;
    use super::*;
    use crate::session::ClientAuth;

    const URL: &str = "https://id.example/userinfo";

    #[test]
    fn token_goes_in_the_header_and_is_hidden_in_debug() {
        let build = |url: &str, token: &str| {
            let client = client(ClientAuth::None, None);
            super::request(url, &RequestFormat::default(), &client, &Secret::new(token))
        };
        let request = build(URL, "hush").unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer hush");
        assert_eq!(request.uri(), URL);
        assert!(!format!("{request:?}").contains("hush"));
        assert!(build(URL, "a\r\nX: y").is_err());
        assert!(build("http://id.example/u", "a").is_err());
    }

    #[test]
    fn catalog_entry_places_the_token_elsewhere() {
        let with = |url: &str, format: &RequestFormat| {
            request(url, format, &client(ClientAuth::None, None), &Secret::new("hu sh")).unwrap()
        };
        let token = || [("access_token".to_owned(), "{access_token}".to_owned())].into();
        for (url, format, expected) in [
            (
                URL,
                RequestFormat { params: token(), ..RequestFormat::default() },
                "https://id.example/userinfo?access_token=hu+sh",
            ),
            ("https://id.example/u/{access_token}", RequestFormat::default(), "https://id.example/u/hu%20sh"),
        ] {
            let request = with(url, &format);
            assert_eq!(request.uri(), expected);
            assert!(request.headers().get(AUTHORIZATION).is_none());
        }
        let endpoint_override = RequestFormat {
            headers: [("Authorization".into(), "OAuth {access_token}".into())].into(),
            ..RequestFormat::default()
        };
        assert_eq!(with(URL, &endpoint_override).headers()[AUTHORIZATION], "OAuth hu sh");
        let post = RequestFormat { method: Some("POST".into()), ..RequestFormat::default() };
        let request = with(URL, &post);
        assert_eq!(request.method(), http::Method::POST);
        assert!(request.body().is_empty() && !request.headers().contains_key("content-type"));
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer hu sh");
    }

    #[test]
    fn token_response_fills_the_url() {
        let raw = |body: Value| token::parse_response(&json_response(200, &body), URL, &provider()).unwrap().raw;
        let format =
            RequestFormat { params: [("uid".into(), "{reply.uid}".into())].into(), ..RequestFormat::default() };
        let url = "https://id.example/{reply.user.id}/profile";
        let complete = raw(json!({"access_token": "a", "uid": 7, "user": {"id": "a/b"}}));
        let (endpoint, format) = fill_from_reply(url, &format, &complete).unwrap();
        assert_eq!(endpoint, "https://id.example/a%2Fb/profile");
        assert_eq!(format.params["uid"], "7");
        for incomplete in
            [json!({"access_token": "a", "uid": 7}), json!({"access_token": "a", "user": {"id": "{access_token}"}})]
        {
            assert!(fill_from_reply(url, &RequestFormat::default(), &raw(incomplete)).is_none());
        }
    }

    #[test]
    fn subject_must_equal_the_id_token() {
        let profile = json_response(200, &json!({"sub": "alice", "email": "a@x"}));
        assert_eq!(parse_response(&profile, URL, "acme", Some("alice")).unwrap()["email"], "a@x");
        assert!(parse_response(&profile, URL, "acme", None).is_ok());
        assert_eq!(parse_response(&profile, URL, "acme", Some("bob")).unwrap_err().exit_code(), 1);
        assert!(parse_response(&json_response(200, &json!({"id": 7})), URL, "acme", Some("bob")).is_ok());
        for odd in [json!({"sub": 7}), json!({"sub": null}), json!({"sub": ["bob"]})] {
            assert_eq!(
                parse_response(&json_response(200, &odd), URL, "acme", Some("bob")).unwrap_err().exit_code(),
                1,
                "{odd}"
            );
        }
        assert!(parse_response(&json_response(200, &json!({"sub": 7})), URL, "acme", Some("7")).is_ok());
    }

    #[test]
    fn unexpected_response_is_an_error_without_its_body() {
        for (status, kind, body, exit) in [
            (401, "application/json", "{\"hush\":1}", 3),
            (403, "", "hush", 1),
            (500, "", "hush", 6),
            (302, "", "hush", 6),
            (404, "text/html", "<p>hush", 6),
            (200, "text/html", "<p>hush", 6),
            (200, "application/json", "\"hush\"", 6),
            (200, "application/json", "{\"sub\":\"hush\",\"sub\":\"x\"}", 6),
            (200, "application/jwt", "hush.hush.hush", 1),
        ] {
            let error = parse_response(&response(status, kind, body), URL, "acme", Some("alice")).unwrap_err();
            assert_eq!(error.exit_code(), exit, "{status} {body}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }
}
