//! The profile of who signed in: OpenID Connect Core 5.3, or the provider's own address (RFC 6750 2.1).

use http::header::{ACCEPT, AUTHORIZATION};
use http::{Request, StatusCode};
use serde_json::Value;

use super::answer::{content_type, is_passing, unusable};
use super::{HttpRequest, HttpResponse, endpoint, json};
use crate::error::{Error, Result, foreign};
use crate::secret::Secret;

/// Writes the request. The token goes in the header, as `Bearer`, and never in the address.
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked or the token cannot stand in a header.
pub fn request(userinfo_endpoint: &str, access_token: &Secret) -> Result<HttpRequest> {
    let url = endpoint("userinfo endpoint", userinfo_endpoint)?;
    let mut bearer = http::HeaderValue::from_str(&format!("Bearer {}", access_token.expose()))
        .map_err(|_| Error::check("the access token cannot stand in a header"))?;
    bearer.set_sensitive(true);
    let built =
        Request::get(url.as_str()).header(ACCEPT, "application/json").header(AUTHORIZATION, bearer).body(Vec::new());
    built.map_err(|_| Error::check("the userinfo endpoint is not an address"))
}

/// Reads the answer; `expected_subject` is the ID token's `sub`, which a `sub` here must equal (OpenID Connect Core
/// 5.3.2).
///
/// # Errors
/// [`Error::SignInAgain`] where the token is no longer taken (401), [`Error::Check`] for another subject or a signed
/// answer, which is not supported, [`Error::Network`] for anything else that is not a profile.
pub fn read(
    answer: &HttpResponse,
    userinfo_endpoint: &str,
    provider: &str,
    expected_subject: Option<&str>,
) -> Result<Value> {
    if is_passing(answer.status()) {
        return Err(unusable(answer, userinfo_endpoint, "a profile"));
    }
    match answer.status() {
        StatusCode::UNAUTHORIZED => {
            return Err(Error::SignInAgain {
                provider: provider.to_owned(),
                account: None,
                why: "the provider no longer takes the access token".to_owned(),
            });
        }
        StatusCode::FORBIDDEN => {
            return Err(Error::other(format!("`{provider}` does not show the profile for the scopes granted")));
        }
        _ => {}
    }
    if content_type(answer).starts_with("application/jwt") {
        return Err(Error::check(format!("`{provider}` signs its userinfo, which is not supported")));
    }
    let profile = answer.status().is_success().then(|| json::strict(answer.body())).flatten();
    let profile = profile.filter(|profile| profile.is_object() || profile.is_array());
    let profile = profile.ok_or_else(|| unusable(answer, userinfo_endpoint, "a profile"))?;
    // Whatever is not text is compared as it is written, so that a `sub` of another kind is never passed over.
    let subject = profile.get("sub").map(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned));
    match (subject, expected_subject) {
        (Some(found), Some(expected)) if found != expected => Err(Error::check(format!(
            "userinfo is about `{}`, the ID token about `{}`",
            foreign(&found),
            foreign(expected)
        ))),
        _ => Ok(profile),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::super::samples::{answer, json};
    use super::*;

    const AT: &str = "https://id.example/userinfo";

    #[test]
    fn the_token_travels_in_the_header_and_does_not_show() {
        let request = request(AT, &Secret::new("hush")).unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer hush");
        assert_eq!(request.uri(), AT);
        assert!(!format!("{request:?}").contains("hush"));
        assert!(super::request(AT, &Secret::new("a\r\nX: y")).is_err());
        assert!(super::request("http://id.example/u", &Secret::new("a")).is_err());
    }

    #[test]
    fn the_subject_must_be_the_id_tokens() {
        let profile = json(200, &value!({"sub": "alice", "email": "a@x"}));
        assert_eq!(read(&profile, AT, "acme", Some("alice")).unwrap()["email"], "a@x");
        assert!(read(&profile, AT, "acme", None).is_ok());
        assert_eq!(read(&profile, AT, "acme", Some("bob")).unwrap_err().exit_code(), 1);
        assert!(read(&json(200, &value!({"id": 7})), AT, "acme", Some("bob")).is_ok());
        for odd in [value!({"sub": 7}), value!({"sub": null}), value!({"sub": ["bob"]})] {
            assert_eq!(read(&json(200, &odd), AT, "acme", Some("bob")).unwrap_err().exit_code(), 1, "{odd}");
        }
        assert!(read(&json(200, &value!({"sub": 7})), AT, "acme", Some("7")).is_ok());
    }

    #[test]
    fn what_is_no_profile_is_an_error_without_its_body() {
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
            let error = read(&answer(status, kind, body), AT, "acme", Some("alice")).unwrap_err();
            assert_eq!(error.exit_code(), exit, "{status} {body}");
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }
}
