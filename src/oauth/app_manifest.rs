//! GitHub App manifests: a page of this program posts the manifest, GitHub shows one button, and the code that comes back
//! is exchanged for the client id and secret of the new app.

use std::collections::BTreeMap;

use http::Request;
use http::header::ACCEPT;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error_response::unexpected_response;
use super::request::percent_encode;
use super::{HttpRequest, HttpResponse, host_of, parse_endpoint};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Longest name of an app, in characters.
const MAX_NAME_LENGTH: usize = 34;

/// Longest code accepted, in bytes; GitHub's has 40.
const MAX_CODE_LENGTH: usize = 200;

/// App to create.
#[derive(Debug)]
pub struct AppManifest<'a> {
    pub name: &'a str,
    /// Home page, which GitHub requires.
    pub home: &'a str,
    /// Where GitHub sends the browser with the code.
    pub redirect_url: &'a str,
    /// Redirect URI of later sign-ins.
    pub callback: &'a str,
    /// Permissions on repositories, organization and account: `contents` → `write`.
    pub permissions: &'a BTreeMap<String, String>,
}

impl AppManifest<'_> {
    /// The document that the page posts. Webhooks are off, and the app is for its owner alone.
    pub fn document(&self) -> Value {
        json!({
            "name": self.name.chars().take(MAX_NAME_LENGTH).collect::<String>(),
            "url": self.home,
            "redirect_url": self.redirect_url,
            "callback_urls": [self.callback],
            "hook_attributes": {"url": self.home, "active": false},
            "public": false,
            "default_permissions": self.permissions,
            "request_oauth_on_install": false,
        })
    }
}

/// Created app. Name and owner are text of the provider, made safe to show.
#[derive(Debug)]
pub struct CreatedApp {
    pub client_id: String,
    pub client_secret: Secret,
    /// Name that the user chose on the page.
    pub name: String,
    /// Page of the app.
    pub page: String,
    pub owner: Option<String>,
}

/// The app in the response. Its private key and webhook secret, which nothing here needs, are not read.
#[derive(Deserialize)]
struct AppResponse {
    client_id: String,
    client_secret: Secret,
    name: String,
    html_url: String,
    owner: Option<AppOwner>,
}

#[derive(Deserialize)]
struct AppOwner {
    login: String,
}

/// Builds the request that exchanges the code; it needs no authentication.
///
/// # Errors
/// [`Error::Check`] if the code cannot be one.
pub fn conversion_request(api: &str, code: &Secret) -> Result<HttpRequest> {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let text = code.expose();
    if text.is_empty() || text.len() > MAX_CODE_LENGTH || !text.bytes().all(is_code) {
        return Err(Error::check("the code for the new app has invalid characters"));
    }
    let url = parse_endpoint("API", &format!("{api}/app-manifests/{}/conversions", percent_encode(text)))?;
    let request = Request::post(url.as_str()).header(ACCEPT, "application/vnd.github+json");
    request.body(Vec::new()).map_err(|_| Error::check("the API is not a URL"))
}

/// Parses the response to [`conversion_request`].
///
/// # Errors
/// [`Error::Network`] if it describes no app, [`Error::Check`] if the app is unusable.
pub fn parse_conversion(response: &HttpResponse, api: &str, web: &str) -> Result<CreatedApp> {
    let unexpected = || unexpected_response(response, api, "the new app");
    if !response.status().is_success() {
        return Err(unexpected());
    }
    let app: AppResponse = serde_json::from_slice(response.body()).map_err(|_| unexpected())?;
    let printable = |text: &str| !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    if !printable(&app.client_id) || !printable(app.client_secret.expose()) {
        return Err(Error::check(format!("`{}` created an app without a usable client", host_of(web))));
    }
    let page = parse_endpoint("page", &app.html_url).ok();
    let page = page.filter(|page| parse_endpoint("page", web).is_ok_and(|web| web.origin() == page.origin()));
    let page = page.filter(|page| page.query().is_none() && page.fragment().is_none());
    let page = page
        .ok_or_else(|| Error::check(format!("`{}` created an app with a page elsewhere", host_of(web))))?
        .to_string();
    let owner = app.owner.map(|owner| sanitize_untrusted(&owner.login));
    let AppResponse { client_id, client_secret, name, .. } = app;
    Ok(CreatedApp { client_id, client_secret, name: sanitize_untrusted(&name), page, owner })
}

#[cfg(test)]
mod tests {
    use super::super::test_data::json_response;
    use super::*;

    const API: &str = "https://api.github.com";
    const WEB: &str = "https://github.com";

    #[test]
    fn manifest_switches_webhooks_off() {
        let permissions = BTreeMap::from([("contents".to_owned(), "write".to_owned())]);
        let manifest = AppManifest {
            name: "a name that is longer than GitHub allows it to be",
            home: "http://127.0.0.1",
            redirect_url: "http://127.0.0.1:4000/registered",
            callback: "http://127.0.0.1/callback",
            permissions: &permissions,
        };
        let document = manifest.document();
        assert_eq!(document["name"].as_str().map(|name| name.chars().count()), Some(34));
        assert_eq!(document["hook_attributes"]["active"], false);
        assert_eq!(
            (&document["public"], &document["default_permissions"]["contents"]),
            (&json!(false), &json!("write"))
        );
    }

    #[test]
    fn code_is_part_of_one_path() {
        let path =
            |code: &str| conversion_request(API, &Secret::new(code)).map(|request| request.uri().path().to_owned());
        assert_eq!(path("a180b1a3").expect("a path"), "/app-manifests/a180b1a3/conversions");
        for code in ["", "../user", "a?b", "a%2fb", "a\nb", &"a".repeat(201)] {
            assert!(path(code).is_err(), "{code}");
        }
    }

    #[test]
    fn private_key_and_webhook_secret_are_not_read() {
        // Members as in the documentation of the REST API.
        let reply = |change: &dyn Fn(&mut Value)| {
            let mut document = json!({
                "id": 1, "slug": "octoapp", "node_id": "x", "owner": {"login": "ada", "id": 1}, "name": "Octocat App",
                "external_url": "https://example.com", "html_url": "https://github.com/apps/octoapp",
                "created_at": "2017-07-08T16:18:44-04:00", "permissions": {"metadata": "read"}, "events": [],
                "client_id": "Iv1.8a61f9b3a7aba766", "client_secret": "1726be1638095a19edd134c77bde3aa2ece1e5d8",
                "webhook_secret": "e340154128314309424b7c8e90325147d99fdafa", "pem": "-----BEGIN RSA PRIVATE KEY-----",
            });
            change(&mut document);
            parse_conversion(&json_response(201, &document), API, WEB)
        };
        let app = reply(&|_| {}).expect("an app");
        assert_eq!(
            (app.client_id.as_str(), app.owner.as_deref(), app.page.as_str()),
            ("Iv1.8a61f9b3a7aba766", Some("ada"), "https://github.com/apps/octoapp")
        );
        let shown = format!("{app:?}");
        assert!(!shown.contains("1726be") && !shown.contains("BEGIN") && !shown.contains("e34015"), "{shown}");
        for (name, value) in [
            ("client_secret", json!("")),
            ("client_id", json!("a b")),
            ("client_secret", Value::Null),
            ("html_url", json!("https://evil.example/apps/octoapp")),
            ("html_url", json!("javascript:alert(1)")),
            ("html_url", json!("https://github.com/apps/octoapp?next=https://evil.example")),
            ("html_url", json!("https://github.com/apps/octo\nnext: run this")),
        ] {
            assert!(reply(&|document| document[name] = value.clone()).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn texts_of_the_server_stay_on_one_line() {
        let document = json!({
            "client_id": "a", "client_secret": "b", "name": "app\n\u{1b}[2Jnext: run this", "owner": {"login": "a\nb"},
            "html_url": "https://github.com/apps/octoapp",
        });
        let app = parse_conversion(&json_response(201, &document), API, WEB).expect("an app");
        for text in [&app.name, app.owner.as_ref().expect("an owner")] {
            assert!(!text.contains(['\n', '\u{1b}']), "{text:?}");
        }
    }
}
