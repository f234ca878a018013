//! Exchange of an ID token for credentials of an AWS role (AssumeRoleWithWebIdentity of AWS STS), and the answer to
//! `credential_process` of the AWS SDKs.

use chrono::{DateTime, Utc};
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::rfc3339;
use crate::error::{Error, Result};
use crate::oauth::{HttpRequest, HttpResponse, parse_endpoint};
use crate::sanitize::{escape_json, sanitize_untrusted};
use crate::secret::Secret;

/// Role to assume.
#[derive(Debug)]
pub struct RoleRequest<'a> {
    pub role_arn: &'a str,
    pub session_name: &'a str,
    /// Seconds; STS decides without.
    pub duration: Option<u64>,
}

/// Returns the endpoint of STS in a region, or the global one.
///
/// # Errors
/// The reason, as the end of a sentence that starts with "the region …".
pub fn endpoint(region: Option<&str>) -> Result<String, &'static str> {
    let Some(region) = region else { return Ok("https://sts.amazonaws.com/".to_owned()) };
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if region.is_empty() || region.starts_with('-') || !region.chars().all(is_label) {
        return Err("is not a name such as `eu-central-1`");
    }
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    Ok(format!("https://sts.{region}.amazonaws.com{suffix}/"))
}

/// Makes a session name of an account: 2 to 64 letters, digits and `_+=,.@-`.
pub fn session_name(account: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' };
    let name: String = account.chars().map(allowed).take(64).collect();
    if name.len() < 2 { format!("{name:-<2}") } else { name }
}

/// Builds the request. STS wants no signature for it.
///
/// # Errors
/// As [`parse_endpoint`].
pub fn request(endpoint: &str, role: &RoleRequest<'_>, id_token: &Secret) -> Result<HttpRequest> {
    let url = parse_endpoint("endpoint of AWS STS", endpoint)?;
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", "AssumeRoleWithWebIdentity").append_pair("Version", "2011-06-15");
    form.append_pair("RoleArn", role.role_arn).append_pair("RoleSessionName", role.session_name);
    form.append_pair("WebIdentityToken", id_token.expose());
    if let Some(duration) = role.duration {
        form.append_pair("DurationSeconds", &duration.to_string());
    }
    let request = http::Request::post(url.as_str()).header("content-type", "application/x-www-form-urlencoded");
    request.body(form.finish().into_bytes()).map_err(|_| Error::other("could not build the request to AWS STS"))
}

/// Reads the response and writes the answer to the SDK.
///
/// # Errors
/// [`Error::Network`] if STS is unavailable, [`Error::Other`] if it rejects the request. STS may quote the token: it is
/// removed from the message.
pub fn answer(response: &HttpResponse, id_token: &Secret) -> Result<Secret> {
    let status = response.status();
    let text = std::str::from_utf8(response.body()).unwrap_or_default();
    let document = roxmltree::Document::parse(text).ok();
    let field = |name: &str| {
        let document = document.as_ref()?;
        let node = document.descendants().find(|node| node.tag_name().name() == name)?;
        node.text().map(str::trim).filter(|text| !text.is_empty())
    };
    if !status.is_success() {
        let without_token = |text: &str| {
            let token = id_token.expose();
            let parts = token.split('.').filter(|part| part.len() > 8);
            let text = parts.fold(text.replace(token, "…"), |text, part| text.replace(part, "…"));
            sanitize_untrusted(&text)
        };
        let code = field("Code").map_or_else(|| status.as_u16().to_string(), without_token);
        let message = field("Message").map(|text| format!(": {}", without_token(text))).unwrap_or_default();
        let is_temporary =
            status.is_server_error() || matches!(code.as_str(), "IDPCommunicationError" | "Throttling" | "429");
        return Err(match is_temporary {
            true => Error::network(format!("AWS STS is unavailable: {code}{message}")),
            false => Error::other_with(
                crate::error::Remedy::Provider,
                format!("AWS STS rejected the request: {code}{message}"),
            ),
        });
    }
    let credentials = (|| {
        let expiration: DateTime<Utc> = field("Expiration")?.parse().ok()?;
        let [key, secret, token] = [field("AccessKeyId")?, field("SecretAccessKey")?, field("SessionToken")?];
        Some(json!({
            "Version": 1,
            "AccessKeyId": key,
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": rfc3339(expiration),
        }))
    })();
    let credentials = credentials.ok_or_else(|| Error::check("AWS STS answered without credentials"))?;
    Ok(Secret::new(escape_json(&credentials.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> HttpResponse {
        http::Response::builder().status(status).body(body.as_bytes().to_vec()).expect("a response")
    }

    #[test]
    fn endpoint_follows_the_region() {
        for (region, url) in [
            (None, "https://sts.amazonaws.com/"),
            (Some("eu-central-1"), "https://sts.eu-central-1.amazonaws.com/"),
            (Some("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/"),
        ] {
            assert_eq!(endpoint(region).as_deref(), Ok(url));
        }
        for region in ["", "evil.example/", "a.b", "EU", "-x", "a@b"] {
            assert!(endpoint(Some(region)).is_err(), "{region}");
        }
    }

    #[test]
    fn session_name_has_the_allowed_characters() {
        for (account, name) in [
            ("ada@example.test", "ada@example.test"),
            ("Ada Lovelace/x", "Ada-Lovelace-x"),
            ("ä", "--"),
            ("a", "a-"),
            ("", "--"),
        ] {
            assert_eq!(session_name(account), name);
        }
        assert_eq!(session_name(&"a".repeat(100)).len(), 64);
    }

    #[test]
    fn answer_has_the_credentials_and_their_end() {
        let credentials = "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s/&amp;+=</SecretAccessKey>\
            <SessionToken>t</SessionToken><Expiration>2026-11-29T10:24:51.932433Z</Expiration></Credentials>";
        let body = format!("<R xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><X>{credentials}</X></R>");
        let id_token = Secret::new("header.payload.signature");
        let answer = super::answer(&response(200, &body), &id_token).expect("credentials");
        let expected = json!({"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "s/&+=", "SessionToken": "t", "Expiration": "2026-11-29T10:24:51Z"});
        assert_eq!(serde_json::from_str::<serde_json::Value>(answer.expose()).expect("JSON"), expected);
        let bomb = "<!DOCTYPE r [<!ENTITY a 'a'>]><r>&a;</r>";
        for body in ["", "{}", "<r/>", bomb, &body[..200], &body.replace("2026", "x"), &body.replace("ASIA", "")] {
            assert!(matches!(super::answer(&response(200, body), &id_token), Err(Error::Check { .. })), "{body}");
        }
    }

    #[test]
    fn errors_do_not_quote_the_token() {
        let id_token = Secret::new("aGVhZGVyX29mX2E.cGF5bG9hZF9vZl9h.c2lnbmF0dXJl_XYZ");
        for quoted in ["aGVhZGVyX29mX2E.cGF5bG9hZF9vZl9h.c2lnbmF0dXJl_XYZ", "cGF5bG9hZF9vZl9h", "c2lnbmF0dXJl_XYZ"] {
            let body = format!(
                "<E><Error><Code>InvalidIdentityToken</Code><Message>bad {quoted}\u{1b}[31m</Message></Error></E>"
            );
            let text = super::answer(&response(400, &body.replace('\u{1b}', "")), &id_token)
                .expect_err("rejected")
                .to_string();
            assert!(text.contains("InvalidIdentityToken: bad ") && !text.contains(quoted), "{text}");
        }
        for (status, body, code) in [(503, "", 6), (400, "<Code>IDPCommunicationError</Code>", 6), (403, "", 1)] {
            assert_eq!(
                super::answer(&response(status, body), &id_token).expect_err("failed").exit_code(),
                code,
                "{status}"
            );
        }
    }
}
