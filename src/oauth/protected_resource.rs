//! Protected resources: their metadata (RFC 9728), and the challenge that leads to it (RFC 6750 3, RFC 9728 5.1).
//!
//! A resource decides which server the user signs in to, so little of its metadata is trusted: the metadata must be at
//! the resource's own origin and describe the requested URL, and a remote resource cannot name a local server.

use http::StatusCode;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::{Map, Value};
use url::Url;

use super::error_response::{is_transient, unexpected_response};
use super::request::token_header;
use super::{HttpRequest, HttpResponse, discovery, host_of, json, parse_endpoint};
use crate::catalog::{self, NetworkScope, is_scope};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Metadata path below the origin of a resource (RFC 9728 3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Most authorization servers offered to the user, who would not read more.
const MAX_SERVERS: usize = 16;

/// Longest authorization server URL, in bytes, for the same reason.
const MAX_SERVER_URL_LEN: usize = 512;

const MAX_MISSING_SCOPES: usize = 16;

/// Challenge of a resource to a request without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    pub metadata: Option<String>,
    /// Required scopes; `None` if the challenge names none.
    pub scopes: Option<Vec<String>>,
}

/// Metadata of a resource (RFC 9728 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceMetadata {
    pub resource: String,
    /// Issuers of tokens for the resource; at least one.
    pub authorization_servers: Vec<String>,
    /// Supported scopes; `None` if not listed.
    pub scopes_supported: Option<Vec<String>>,
}

/// Builds a request to the resource without a token.
pub fn request(url: &str) -> Result<HttpRequest> {
    discovery::request("URL", url)
}

/// Parses the challenge of a 401; returns an empty one for any other status.
///
/// # Errors
/// [`Error::Network`] if the resource fails, [`Error::Check`] if the challenge names a metadata URL at another origin.
pub fn parse_challenge(response: &HttpResponse, url: &str) -> Result<Challenge> {
    if is_transient(response.status()) {
        return Err(unexpected_response(response, url, "a challenge"));
    }
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(Challenge::default());
    }
    let params = bearer_challenge_params(response);
    let mut named = params.iter().filter(|(name, _)| name == "resource_metadata").map(|(_, value)| value);
    let metadata = named.next();
    let error = |why: String| Error::check(format!("the challenge of `{}` {why}", host_of(url)));
    if named.any(|other| Some(other) != metadata) {
        return Err(error("names two metadata URLs".to_owned()));
    }
    if let Some(metadata_url) = metadata {
        let shown = sanitize_untrusted(metadata_url);
        catalog::validate_endpoint(metadata_url)
            .map_err(|reason| error(format!("names the metadata URL `{shown}`, which {reason}")))?;
        if origin(metadata_url).is_none() || origin(metadata_url) != origin(url) {
            return Err(error(format!("names the metadata URL `{shown}`, which is not at its own origin")));
        }
    }
    let scope = params.iter().find(|(name, _)| name == "scope").map(|(_, value)| value);
    let scopes = scope.map(|scope| scope.split_whitespace().filter(|one| is_scope(one)).map(str::to_owned).collect());
    Ok(Challenge { metadata: metadata.cloned(), scopes })
}

/// Builds a request with the token, to check that the resource accepts it.
pub fn request_with_token(url: &str, token: &Secret) -> Result<HttpRequest> {
    let mut request = request(url)?;
    request.headers_mut().insert(AUTHORIZATION, token_header("access token", token)?);
    Ok(request)
}

/// Missing scopes, if the response reports `insufficient_scope` (RFC 6750 3.1): empty if it names none.
pub fn missing_scopes(response: &HttpResponse, granted: &[String]) -> Option<Vec<String>> {
    if response.status() != StatusCode::FORBIDDEN {
        return None;
    }
    let params = bearer_challenge_params(response);
    let param = |required: &str| params.iter().find(|(name, _)| name == required).map(|(_, value)| value.as_str());
    (param("error") == Some("insufficient_scope")).then(|| {
        let required = param("scope").unwrap_or_default().split_whitespace().filter(|one| is_scope(one));
        let missing = required.filter(|one| !granted.iter().any(|scope| scope == one));
        missing.take(MAX_MISSING_SCOPES).map(str::to_owned).collect()
    })
}

/// Metadata URLs to try if no challenge names one: for the URL with its path, then for the whole origin.
pub fn metadata_urls(url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    let mut found = vec![format!("{origin}{WELL_KNOWN}{path}")];
    if !path.is_empty() {
        found.push(format!("{origin}{WELL_KNOWN}"));
    }
    found
}

/// Parses the metadata of the resource at `url`, fetched from `metadata_url`; `None` if the response has none.
///
/// # Errors
/// [`Error::Network`] if the resource fails, [`Error::Check`] if the document is damaged, is for another resource, or
/// names no allowed authorization server.
pub fn parse_metadata(url: &str, metadata_url: &str, response: &HttpResponse) -> Result<Option<ResourceMetadata>> {
    if is_transient(response.status()) {
        return Err(unexpected_response(response, metadata_url, "resource metadata"));
    }
    let fields = match json::parse(response.body()) {
        Some(Value::Object(fields)) if response.status().is_success() => fields,
        _ => return Ok(None),
    };
    let error = |why: String| Error::check(format!("the resource metadata of `{}` {why}", host_of(url)));
    let resource = fields.get("resource").and_then(Value::as_str);
    let resource = resource.ok_or_else(|| error("has no `resource`".to_owned()))?;
    if !covers(resource, url) {
        return Err(error(format!(
            "is for resource `{}`, expected `{}`",
            sanitize_untrusted(resource),
            sanitize_untrusted(url)
        )));
    }
    let listed = |name: &str| {
        string_list(&fields, name).map_err(|()| error(format!("has a `{name}` that is not a list of strings")))
    };
    let servers = listed("authorization_servers")?.unwrap_or_default();
    if servers.is_empty() {
        return Err(error("names no authorization server".to_owned()));
    }
    if servers.len() > MAX_SERVERS {
        return Err(error(format!("names {} authorization servers, more than {MAX_SERVERS}", servers.len())));
    }
    let from = parse_endpoint("URL", url)?;
    for server in &servers {
        let bad =
            |why: &str| error(format!("names the authorization server `{}`, which {why}", sanitize_untrusted(server)));
        catalog::validate_issuer(server).map_err(|refusal| bad(&refusal))?;
        if server.len() > MAX_SERVER_URL_LEN {
            return Err(bad("is too long"));
        }
        if let Some(location) = NetworkScope::denied_because(&from, &parse_endpoint("authorization server", server)?) {
            return Err(bad(&format!("{location}, but the resource is not")));
        }
    }
    let scopes = listed("scopes_supported")?;
    Ok(Some(ResourceMetadata {
        resource: resource.to_owned(),
        authorization_servers: servers,
        scopes_supported: scopes.map(|scopes| scopes.into_iter().filter(|one| is_scope(one)).collect()),
    }))
}

/// Returns true if a token for `resource` is valid at `url`: same origin, and the path of `resource` is a prefix of
/// whole segments. Nothing is decoded: two spellings are two resources.
pub fn covers(resource: &str, url: &str) -> bool {
    let parsed = |text: &str| catalog::validate_endpoint(text).ok().and_then(|()| Url::parse(text).ok());
    let (Some(resource), Some(url)) = (parsed(resource), parsed(url)) else { return false };
    let (above, below) = (resource.path().trim_end_matches('/'), url.path().trim_end_matches('/'));
    let within = below.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    resource.origin() == url.origin() && resource.query().is_none() && within
}

/// List of strings; `None` if the field is absent.
fn string_list(fields: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, ()> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or(())).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(()),
    }
}

fn origin(url: &str) -> Option<url::Origin> {
    Url::parse(url).ok().map(|url| url.origin())
}

fn bearer_challenge_params(response: &HttpResponse) -> Vec<(String, String)> {
    let headers = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(bearer_params).collect()
}

/// Parameters of the `Bearer` challenges in one header, with lower-case names. A header may hold several challenges,
/// each a scheme and comma-separated parameters (RFC 9110 11.6.1).
fn bearer_params(header: &str) -> Vec<(String, String)> {
    let (mut params, mut is_bearer, mut rest) = (Vec::new(), false, header);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '=' | '"')).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        if token.is_empty() {
            return params;
        }
        match after.trim_start().strip_prefix('=') {
            None => (is_bearer, rest) = (token.eq_ignore_ascii_case("bearer"), after),
            Some(after) => {
                let (value, after) = split_value(after.trim_start());
                if is_bearer {
                    params.push((token.to_ascii_lowercase(), value));
                }
                rest = after;
            }
        }
    }
}

/// Splits off a token or a quoted string.
fn split_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut chars) = (String::new(), quoted.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    // An unterminated string counts as empty.
    (String::new(), "")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_data::{json_response, response};
    use super::*;

    const RESOURCE_URL: &str = "https://mcp.example/mcp";
    const METADATA_URL: &str = "https://mcp.example/.well-known/oauth-protected-resource/mcp";

    fn challenge_of(headers: &[&str]) -> Result<Challenge> {
        let mut unauthorized = response(401, "application/json", "{}");
        for header in headers {
            unauthorized.headers_mut().append(WWW_AUTHENTICATE, header.parse().unwrap());
        }
        parse_challenge(&unauthorized, RESOURCE_URL)
    }

    #[test]
    fn challenge_parses_in_any_notation() {
        let metadata_url = Some(METADATA_URL.to_owned());
        let scopes = |list: &[&str]| Some(list.iter().map(|one| (*one).to_owned()).collect());
        for (headers, metadata, required) in [
            (&[][..], None, None),
            (&["Basic realm=\"x\""], None, None),
            (&["Bearer"], None, None),
            (&["Bearer realm=\"a, b\", scope=\"mcp:read mcp:write\""], None, scopes(&["mcp:read", "mcp:write"])),
            (&[&*format!("Bearer resource_metadata=\"{METADATA_URL}\"")], metadata_url.clone(), None),
            (
                &[&*format!("bEARER   Resource_Metadata = \"{METADATA_URL}\" ,scope=one")],
                metadata_url.clone(),
                scopes(&["one"]),
            ),
            (
                &[&*format!("Basic realm=\"x\", Bearer resource_metadata=\"{METADATA_URL}\"")],
                metadata_url.clone(),
                None,
            ),
            (&["Negotiate abc==", &*format!("Bearer resource_metadata={METADATA_URL}")], metadata_url.clone(), None),
            (&[&*format!("Bearer realm=\"\\\"\", resource_metadata=\"{METADATA_URL}\"")], metadata_url.clone(), None),
            (&[&*format!("DPoP resource_metadata=\"{METADATA_URL}\", Bearer scope=\"\"")], None, scopes(&[])),
            (&["Bearer realm=\"never ends"], None, None),
            (&["Bearer =, ,\"\",,=\"x"], None, None),
            (
                &[&*format!(
                    "Bearer resource_metadata=\"{METADATA_URL}\", Bearer resource_metadata=\"{METADATA_URL}\""
                )],
                metadata_url,
                None,
            ),
        ] {
            let read = challenge_of(headers).unwrap();
            assert_eq!(read, Challenge { metadata, scopes: required }, "{headers:?}");
        }
        assert_eq!(parse_challenge(&response(200, "text/html", ""), RESOURCE_URL).unwrap(), Challenge::default());
        assert_eq!(parse_challenge(&response(503, "", ""), RESOURCE_URL).unwrap_err().exit_code(), 6);
    }

    #[test]
    fn missing_scopes_follow_the_challenge() {
        let granted = ["mcp:read".to_owned()];
        for (status, header, missing) in [
            (403, "Bearer error=\"insufficient_scope\", scope=\"mcp:read mcp:write\"", Some(&["mcp:write"][..])),
            (403, "Bearer error=insufficient_scope", Some(&[])),
            (403, "Bearer error=\"insufficient_scope\", scope=\"a\u{22}", Some(&["a"])),
            (403, "Bearer error=\"invalid_token\"", None),
            (403, "Basic error=\"insufficient_scope\"", None),
            (401, "Bearer error=\"insufficient_scope\", scope=\"mcp:write\"", None),
        ] {
            let mut refused = response(status, "", "");
            refused.headers_mut().append(WWW_AUTHENTICATE, header.parse().unwrap());
            let found = missing_scopes(&refused, &granted);
            assert_eq!(
                found,
                missing.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
                "{status} {header}"
            );
        }
    }

    #[test]
    fn challenge_to_another_origin_is_rejected() {
        for (metadata_url, words) in [
            ("http://mcp.example/x", "only loopback hosts may use http"),
            ("https://evil.example/x", "not at its own origin"),
            ("https://mcp.example.evil/x", "not at its own origin"),
            ("https://mcp.example:8443/x", "not at its own origin"),
            ("https://mcp.example@evil.example/x", "user name"),
            ("http://127.0.0.1:8500/v1", "not at its own origin"),
            ("/.well-known/oauth-protected-resource", "is not a URL"),
            ("file:///etc/passwd", "is not a URL with a host"),
            ("", "is not a URL"),
        ] {
            let error = challenge_of(&[&*format!("Bearer resource_metadata=\"{metadata_url}\"")]).unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(words), "{metadata_url}: {error}");
        }
        let two = format!("Bearer resource_metadata=\"{METADATA_URL}\", resource_metadata=\"{METADATA_URL}2\"");
        assert!(challenge_of(&[&*two]).unwrap_err().to_string().contains("two metadata URLs"));
    }

    #[test]
    fn metadata_urls_have_the_path_then_only_the_origin() {
        let root = "https://mcp.example/.well-known/oauth-protected-resource";
        assert_eq!(metadata_urls(RESOURCE_URL), [METADATA_URL, root]);
        assert_eq!(metadata_urls("https://mcp.example"), [root]);
        assert_eq!(
            metadata_urls("https://mcp.example:8443/a/b/")[0],
            "https://mcp.example:8443/.well-known/oauth-protected-resource/a/b"
        );
    }

    #[test]
    fn resource_covers_its_url_and_paths_below() {
        for (resource, url, covered) in [
            ("https://mcp.example/mcp", "https://mcp.example/mcp", true),
            ("https://mcp.example/mcp/", "https://mcp.example/mcp", true),
            ("https://mcp.example/mcp", "https://mcp.example/mcp/a", true),
            ("https://mcp.example", "https://mcp.example/mcp", true),
            ("https://MCP.example:443/", "https://mcp.example/mcp", true),
            ("https://mcp.example/mcp", "https://mcp.example/mcp2", false),
            ("https://mcp.example/mcp/a", "https://mcp.example/mcp", false),
            ("https://mcp.example/MCP", "https://mcp.example/mcp", false),
            ("https://mcp.example/%6Dcp", "https://mcp.example/mcp", false),
            ("https://mcp.example/mcp", "https://mcp.example/mcp%2Fa", false),
            ("https://mcp.example/mcp/../other", "https://mcp.example/mcp", false),
            ("https://mcp.example", "https://mcp.example.evil/mcp", false),
            ("https://mcp.example.evil", "https://mcp.example/mcp", false),
            ("https://mcp.example@evil.example", "https://evil.example/mcp", false),
            ("https://mcp.example:8443/mcp", "https://mcp.example/mcp", false),
            ("http://mcp.example/mcp", "https://mcp.example/mcp", false),
            ("https://mcp.example/mcp?a=b", "https://mcp.example/mcp", false),
            ("https://mcp.example/mcp#x", "https://mcp.example/mcp", false),
            ("https://evil.example", "https://mcp.example/mcp", false),
            ("mcp", "https://mcp.example/mcp", false),
            ("", "https://mcp.example/mcp", false),
        ] {
            assert_eq!(covers(resource, url), covered, "{resource} {url}");
        }
    }

    #[test]
    fn invalid_documents_are_rejected_with_the_reason() {
        let good = json!({"resource": RESOURCE_URL, "authorization_servers": ["https://as.example"]});
        let with = |name: &str, field: Value| {
            let mut document = good.clone();
            document[name] = field;
            document
        };
        for (document, words) in [
            (json!({}), "has no `resource`"),
            (with("resource", json!(7)), "has no `resource`"),
            (
                with("resource", json!("https://evil.example/mcp")),
                "is for resource `https://evil.example/mcp`, expected",
            ),
            (with("resource", json!("https://mcp.example/mcp2")), "is for resource"),
            (with("authorization_servers", Value::Null), "names no authorization server"),
            (with("authorization_servers", json!([])), "names no authorization server"),
            (with("authorization_servers", json!("https://as.example")), "not a list of strings"),
            (with("authorization_servers", json!([7])), "not a list of strings"),
            (with("authorization_servers", json!(["http://as.example"])), "only loopback hosts may use http"),
            (with("authorization_servers", json!(["https://as.example?x=1"])), "has a query"),
            (with("authorization_servers", json!(["https://a@as.example"])), "user name"),
            (with("authorization_servers", json!(["https://as.example", "http://127.0.0.1"])), "is on this machine"),
            (with("authorization_servers", json!(["https://169.254.169.254/latest"])), "is in a private network"),
            (with("authorization_servers", json!(vec!["https://as.example"; 17])), "17 authorization servers"),
            (with("authorization_servers", json!([format!("https://as.example/{}", "x".repeat(600))])), "too long"),
            (with("scopes_supported", json!("a b")), "not a list of strings"),
        ] {
            let error = parse_metadata(RESOURCE_URL, METADATA_URL, &json_response(200, &document)).unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(words), "{document}: {error}");
        }
        assert!(
            parse_metadata(
                "http://127.0.0.1:1/mcp",
                METADATA_URL,
                &json_response(
                    200,
                    &json!({
                        "resource": "http://127.0.0.1:1", "authorization_servers": ["http://127.0.0.1:2"],
                    })
                )
            )
            .unwrap()
            .is_some()
        );
    }

    #[test]
    fn missing_metadata_is_none_and_failures_are_errors() {
        for (status, body) in
            [(404, "{}"), (401, "{}"), (302, ""), (200, "<html>"), (200, "[]"), (200, r#"{"a":1,"a":2}"#)]
        {
            assert_eq!(
                parse_metadata(RESOURCE_URL, METADATA_URL, &response(status, "application/json", body)).unwrap(),
                None,
                "{status} {body}"
            );
        }
        assert_eq!(parse_metadata(RESOURCE_URL, METADATA_URL, &response(502, "", "")).unwrap_err().exit_code(), 6);
    }

    #[test]
    fn invalid_scopes_are_dropped() {
        let document = json!({
            "resource": RESOURCE_URL, "authorization_servers": ["https://as.example"], "scopes_supported": ["a", "b c", "d\"", ""],
        });
        let read = parse_metadata(RESOURCE_URL, METADATA_URL, &json_response(200, &document)).unwrap().unwrap();
        assert_eq!(read.scopes_supported, Some(vec!["a".to_owned()]));
    }
}
