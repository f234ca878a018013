//! Protected resources: their metadata (RFC 9728), and the challenge that leads to it (RFC 6750 3, RFC 9728 5.1).
//!
//! A resource decides which server the user signs in to, so little of its metadata is trusted: the metadata must describe
//! the requested URL, the user is asked about metadata at another origin, and a remote resource cannot name a local
//! server.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::error_response::{is_transient, unexpected_response};
use super::request::token_header;
use super::{HttpRequest, HttpResponse, discovery, host_of, json, parse_endpoint};
use crate::catalog::{self, NetworkScope, is_scope};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Metadata path below the origin of a resource (RFC 9728 3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Most authorization servers offered to the user, who would not read more.
const MAX_SERVERS: usize = 16;

/// Longest authorization server URL, in bytes, for the same reason.
const MAX_SERVER_URL_LEN: usize = 512;

const MAX_MISSING_SCOPES: usize = 16;

/// Answer of a resource to a request without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    pub protection: Protection,
    /// URL of the metadata; a relative one is resolved, an unusable one left out.
    pub metadata: Option<String>,
    /// Required scopes; `None` if the challenge names none.
    pub scopes: Option<Vec<String>>,
}

/// Kind of token that a resource asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protection {
    /// The response is no 401, or asks for no OAuth token.
    #[default]
    None,
    /// 401 that names no scheme at all.
    Unnamed,
    Bearer,
    /// DPoP-bound tokens only (RFC 9449 7.1).
    DpopOnly,
}

/// Metadata of a resource (RFC 9728 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceMetadata {
    pub resource: String,
    /// Issuers of tokens for the resource; empty if the metadata leaves them out.
    pub authorization_servers: Vec<String>,
    /// Supported scopes; `None` if not listed.
    pub scopes_supported: Option<Vec<String>>,
    /// The resource accepts DPoP-bound tokens only (RFC 9449 5).
    pub dpop_required: bool,
}

/// Builds a request to the resource without a token.
pub fn request(url: &str) -> Result<HttpRequest> {
    discovery::request("URL", url)
}

/// Builds an MCP `ping` without a token, for a resource that has its challenge for POST only.
pub fn ping_request(url: &str) -> Result<HttpRequest> {
    const PING: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let endpoint = parse_endpoint("URL", url)?;
    let built = Request::post(endpoint.as_str())
        .header(ACCEPT, "application/json, text/event-stream")
        .header(CONTENT_TYPE, "application/json")
        .body(PING.to_vec());
    built.map_err(|_| Error::check(format!("the URL `{}` is not a URL", sanitize_untrusted(url))))
}

/// Returns true if a response to GET leaves open that POST has a challenge.
pub fn may_challenge_post(response: &HttpResponse) -> bool {
    response.status().is_success() || matches!(response.status().as_u16(), 400 | 404 | 405 | 406)
}

/// Parses the challenge of a 401; returns an empty one for any other status.
///
/// # Errors
/// [`Error::Network`] if the resource fails, [`Error::Check`] if the challenge names two metadata URLs, or a local or
/// private one of a resource that is not.
pub fn parse_challenge(response: &HttpResponse, url: &str) -> Result<Challenge> {
    if is_transient(response.status()) {
        return Err(unexpected_response(response, url, "a challenge"));
    }
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(Challenge::default());
    }
    read_challenges(&challenges(response), url)
}

/// Parses the value of a `WWW-Authenticate` header that another program got from the resource at `url`.
///
/// # Errors
/// As [`parse_challenge`].
pub fn parse_challenge_text(header: &str, url: &str) -> Result<Challenge> {
    read_challenges(&header_challenges(header), url)
}

/// What a challenge asks of the next sign-in (RFC 6750 3, RFC 9470 3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepUp {
    pub scopes: Vec<String>,
    pub acr_values: Option<String>,
    pub max_age: Option<Duration>,
    /// The resource rejected a token, so a session that looks valid does not help.
    pub is_rejection: bool,
}

/// Reads the Bearer challenge in the value of a `WWW-Authenticate` header.
///
/// # Errors
/// The reason, if there is none or a parameter is invalid.
pub fn parse_step_up(header: &str) -> Result<StepUp, String> {
    let challenges = header_challenges(header);
    if !challenges.iter().any(|one| one.scheme.eq_ignore_ascii_case("bearer")) {
        return Err("it is no Bearer challenge (RFC 6750 3)".to_owned());
    }
    let params = bearer_params(&challenges);
    let param = |required: &str| params.iter().find(|(name, _)| name == required).map(|(_, value)| value.as_str());
    let seconds =
        param("max_age").map(|text| text.parse().map_err(|_| "its `max_age` is no number of seconds".to_owned()));
    let scopes = param("scope").unwrap_or_default().split_whitespace().filter(|scope| is_named_scope(scope));
    Ok(StepUp {
        scopes: scopes.map(str::to_owned).collect(),
        acr_values: param("acr_values").filter(|values| !values.is_empty()).map(str::to_owned),
        max_age: seconds.transpose()?.map(Duration::from_secs),
        is_rejection: param("error").is_some(),
    })
}

/// Returns true for a scope that a server may name. `@NAME` and `+SCOPE` are words of the user's: a server must not choose
/// among the user's own scope sets.
fn is_named_scope(scope: &str) -> bool {
    is_scope(scope) && !scope.starts_with(['@', '+'])
}

fn read_challenges(challenges: &[SchemeChallenge], url: &str) -> Result<Challenge> {
    let has = |scheme: &str| challenges.iter().any(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
    let protection = match (has("bearer"), has("dpop")) {
        (true, _) => Protection::Bearer,
        (false, true) => Protection::DpopOnly,
        (false, false) if challenges.is_empty() => Protection::Unnamed,
        (false, false) => Protection::None,
    };
    let params = bearer_params(challenges);
    let mut named = params.iter().filter(|(name, _)| name == "resource_metadata").map(|(_, value)| value);
    let first = named.next();
    if named.any(|other| Some(other) != first) {
        return Err(Error::check(format!("the challenge of `{}` names two metadata URLs", host_of(url))));
    }
    let metadata = first.map(|named| usable_metadata_url(named, url)).transpose()?.flatten();
    let scope = params.iter().find(|(name, _)| name == "scope").map(|(_, value)| value);
    let scopes = scope.map(|scope| scope.split_whitespace().filter(|one| is_scope(one)).map(str::to_owned).collect());
    Ok(Challenge { protection, metadata, scopes })
}

/// Returns the URL to fetch for a `resource_metadata` of the resource at `url`; `None` if it is unusable, because the
/// metadata may still be at the well-known URLs. A resource behind a TLS proxy names `http` on its own host: that is the
/// resource's origin.
fn usable_metadata_url(named: &str, url: &str) -> Result<Option<String>> {
    let from = parse_endpoint("URL", url)?;
    if named.is_empty() {
        return Ok(None);
    }
    let Ok(mut target) = from.join(named) else { return Ok(None) };
    adopt_scheme(&mut target, &from);
    if catalog::validate_endpoint(target.as_str()).is_err() {
        return Ok(None);
    }
    match NetworkScope::denied_because(&from, &target) {
        None => Ok(Some(target.to_string())),
        Some(location) => Err(Error::check(format!(
            "the challenge of `{}` names the metadata URL `{}`, which {location}, but the resource is not",
            host_of(url),
            sanitize_untrusted(target.as_str())
        ))),
    }
}

/// Replaces `http` by `https` on the resource's own host: a server behind a TLS proxy does not know its own scheme.
pub fn adopt_scheme(target: &mut Url, own: &Url) {
    if target.scheme() == "http" && own.scheme() == "https" && target.host() == own.host() {
        // Both calls succeed for URLs with a host.
        let _ = target.set_scheme("https").and_then(|()| target.set_port(own.port()));
    }
}

/// Returns the target of a redirect if it is `url` with another slash at its end: web frameworks serve one of the two
/// and redirect the other. No other redirect is followed, because a token is for one resource.
pub fn slash_redirect(response: &HttpResponse, url: &str) -> Option<String> {
    let from = Url::parse(url).ok()?;
    let mut target = from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    adopt_scheme(&mut target, &from);
    let without_slash = |url: &Url| {
        let mut url = url.clone();
        url.set_path(url.path().trim_end_matches('/').to_owned().as_str());
        url
    };
    let is_other_slash = target != from && without_slash(&target) == without_slash(&from);
    (response.status().is_redirection() && is_other_slash).then(|| target.to_string())
}

/// Adds the token to a request, to check that the resource accepts it.
pub fn with_token(mut request: HttpRequest, token: &Secret) -> Result<HttpRequest> {
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
        let required = param("scope").unwrap_or_default().split_whitespace().filter(|one| is_named_scope(one));
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
/// names a forbidden authorization server.
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
        let (host, found, expected) = (host_of(url), sanitize_untrusted(resource), sanitize_untrusted(url));
        return Err(Error::check_with(
            Remedy::Url,
            format!("the resource metadata of `{host}` is for resource `{found}`, expected `{expected}`"),
        ));
    }
    let listed = |name: &str| {
        string_list(&fields, name).map_err(|()| error(format!("has a `{name}` that is not a list of strings")))
    };
    let servers = listed("authorization_servers")?.unwrap_or_default();
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
    let dpop_required = fields.get("dpop_bound_access_tokens_required").and_then(Value::as_bool);
    Ok(Some(ResourceMetadata {
        resource: resource.to_owned(),
        authorization_servers: servers,
        scopes_supported: scopes_supported(&fields),
        dpop_required: dpop_required.unwrap_or(false),
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

/// Scopes that the metadata lists; an odd value costs only itself, because the field is optional.
fn scopes_supported(fields: &Map<String, Value>) -> Option<Vec<String>> {
    let scopes = fields.get("scopes_supported")?.as_array()?.iter().filter_map(Value::as_str);
    Some(scopes.filter(|scope| is_scope(scope)).map(str::to_owned).collect())
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

/// Returns true if both URLs have the same origin.
pub fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    origin(one).is_some() && origin(one) == origin(other)
}

/// One challenge of a response (RFC 9110 11.6.1).
#[derive(Debug, PartialEq, Eq)]
struct SchemeChallenge {
    scheme: String,
    /// Parameters with lower-case names.
    params: Vec<(String, String)>,
}

fn challenges(response: &HttpResponse) -> Vec<SchemeChallenge> {
    let headers = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(header_challenges).collect()
}

fn bearer_challenge_params(response: &HttpResponse) -> Vec<(String, String)> {
    bearer_params(&challenges(response))
}

fn bearer_params(challenges: &[SchemeChallenge]) -> Vec<(String, String)> {
    let bearer = challenges.iter().filter(|one| one.scheme.eq_ignore_ascii_case("bearer"));
    bearer.flat_map(|one| one.params.clone()).collect()
}

/// Challenges in one header. A header may hold several, each a scheme and comma-separated parameters.
fn header_challenges(header: &str) -> Vec<SchemeChallenge> {
    let (mut found, mut rest): (Vec<SchemeChallenge>, &str) = (Vec::new(), header);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '=' | '"')).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        if token.is_empty() {
            return found;
        }
        match after.trim_start().strip_prefix('=') {
            None => {
                found.push(SchemeChallenge { scheme: token.to_owned(), params: Vec::new() });
                rest = after;
            }
            Some(after) => {
                let (value, after) = split_value(after.trim_start());
                if let Some(challenge) = found.last_mut() {
                    challenge.params.push((token.to_ascii_lowercase(), value));
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

    /// modelcontextprotocol/python-sdk#732, sparfenyuk/mcp-proxy#88 (to http)
    #[test]
    fn redirect_is_followed_to_the_other_slash_only() {
        let url = "https://mcp.example/a/mcp";
        let target = |status, location: &str| {
            let mut response = response(status, "", "");
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
            slash_redirect(&response, url)
        };
        let with_slash = Some("https://mcp.example/a/mcp/".to_owned());
        for location in ["/a/mcp/", "https://mcp.example/a/mcp/", "http://mcp.example/a/mcp/", "mcp/"] {
            assert_eq!(target(307, location), with_slash, "{location}");
        }
        assert_eq!(target(200, "/a/mcp/"), None);
        for location in [
            "/a/mcp",
            "/a/mcp/b",
            "/a/",
            "/login",
            "/a/mcp/?x",
            "https://other.example/a/mcp/",
            "https://mcp.example:444/a/mcp/",
            "https://me@mcp.example/a/mcp/",
            "http://mcp.example.other/a/mcp/",
            "",
        ] {
            assert_eq!(target(307, location), None, "{location}");
        }
    }

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
    fn step_up_names_no_scope_sets() {
        let asked = parse_step_up(r#"Bearer error="insufficient_scope", scope="@git read +@mail +write @""#);
        assert_eq!(asked.map(|asked| asked.scopes), Ok(vec!["read".to_owned()]));
    }

    #[test]
    fn challenge_parses_in_any_notation() {
        let metadata_url = Some(METADATA_URL.to_owned());
        let scopes = |list: &[&str]| Some(list.iter().map(|one| (*one).to_owned()).collect());
        for (headers, protection) in [
            (&[][..], Protection::Unnamed),
            (&["Basic realm=\"x\""], Protection::None),
            (&["Bearer =, ,\"\",,=\"x"], Protection::Unnamed),
            (&["DPoP algs=\"ES256\""], Protection::DpopOnly),
            (&["DPoP algs=\"ES256\"", "bearer"], Protection::Bearer),
        ] {
            assert_eq!(challenge_of(headers).unwrap(), Challenge { protection, ..Challenge::default() }, "{headers:?}");
        }
        for (headers, metadata, required) in [
            (&["Bearer"][..], None, None),
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
            (
                &[&*format!(
                    "Bearer resource_metadata=\"{METADATA_URL}\", Bearer resource_metadata=\"{METADATA_URL}\""
                )],
                metadata_url,
                None,
            ),
        ] {
            let read = challenge_of(headers).unwrap();
            let protection = Protection::Bearer;
            assert_eq!(read, Challenge { protection, metadata, scopes: required }, "{headers:?}");
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

    fn metadata_url_of(named: &str) -> Result<Option<String>> {
        challenge_of(&[&*format!("Bearer resource_metadata=\"{named}\"")]).map(|challenge| challenge.metadata)
    }

    /// ganhammar/hass-mcp-server#71: relative; servers behind TLS proxies name `http`.
    #[test]
    fn metadata_url_is_resolved_or_left_out() {
        for (named, usable) in [
            ("/.well-known/oauth-protected-resource/mcp", Some(METADATA_URL)),
            ("x", Some("https://mcp.example/x")),
            ("http://mcp.example/.well-known/oauth-protected-resource/mcp", Some(METADATA_URL)),
            ("http://mcp.example:8080/x", Some("https://mcp.example/x")),
            ("https://other.example/x", Some("https://other.example/x")),
            ("https://mcp.example:8443/x", Some("https://mcp.example:8443/x")),
            ("http://other.example/x", None),
            ("https://mcp.example@evil.example/x", None),
            ("https://mcp.example/x#y", None),
            ("file:///etc/passwd", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(metadata_url_of(named).unwrap().as_deref(), usable, "{named}");
        }
    }

    #[test]
    fn challenge_to_this_machine_or_its_network_is_rejected() {
        for (named, words) in [
            ("http://127.0.0.1:8500/v1", "is on this machine"),
            ("https://localhost/x", "is on this machine"),
            ("https://169.254.169.254/latest", "is in a private network"),
            ("https://10.0.0.7/x", "is in a private network"),
        ] {
            let error = metadata_url_of(named).unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(words), "{named}: {error}");
        }
        let two = format!("Bearer resource_metadata=\"{METADATA_URL}\", resource_metadata=\"{METADATA_URL}2\"");
        assert!(challenge_of(&[&*two]).unwrap_err().to_string().contains("two metadata URLs"));
    }

    #[test]
    fn post_is_tried_only_if_get_leaves_the_challenge_open() {
        for status in [200, 204, 400, 404, 405, 406] {
            assert!(may_challenge_post(&response(status, "", "")), "{status}");
        }
        for status in [302, 307, 401, 403, 410, 415, 429, 500, 501, 503] {
            assert!(!may_challenge_post(&response(status, "", "")), "{status}");
        }
        let ping = ping_request(RESOURCE_URL).unwrap();
        assert_eq!(
            (ping.method().as_str(), ping.headers()[ACCEPT].to_str().unwrap()),
            ("POST", "application/json, text/event-stream")
        );
        assert!(ping.headers().get(AUTHORIZATION).is_none());
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
            (with("authorization_servers", json!("https://as.example")), "not a list of strings"),
            (with("authorization_servers", json!([7])), "not a list of strings"),
            (with("authorization_servers", json!(["http://as.example"])), "only loopback hosts may use http"),
            (with("authorization_servers", json!(["https://as.example?x=1"])), "has a query"),
            (with("authorization_servers", json!(["https://a@as.example"])), "user name"),
            (with("authorization_servers", json!(["https://as.example", "http://127.0.0.1"])), "is on this machine"),
            (with("authorization_servers", json!(["https://169.254.169.254/latest"])), "is in a private network"),
            (with("authorization_servers", json!(vec!["https://as.example"; 17])), "17 authorization servers"),
            (with("authorization_servers", json!([format!("https://as.example/{}", "x".repeat(600))])), "too long"),
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
    fn odd_optional_fields_cost_only_themselves() {
        let good = json!({"resource": RESOURCE_URL, "authorization_servers": ["https://as.example"]});
        let read = |name: &str, value: Value| {
            let mut document = good.clone();
            document[name] = value;
            parse_metadata(RESOURCE_URL, METADATA_URL, &json_response(200, &document)).unwrap().unwrap()
        };
        for (odd, scopes) in [
            (json!(["a", "b c", "d\"", "", 7]), Some(vec!["a".to_owned()])),
            (json!("a b"), None),
            (Value::Null, None),
            (json!({}), None),
        ] {
            assert_eq!(read("scopes_supported", odd.clone()).scopes_supported, scopes, "{odd}");
        }
        for odd in [json!("yes"), json!(1), Value::Null, json!(false)] {
            assert!(!read("dpop_bound_access_tokens_required", odd).dpop_required);
        }
        assert!(read("dpop_bound_access_tokens_required", json!(true)).dpop_required);
        for none in [Value::Null, json!([])] {
            assert!(read("authorization_servers", none).authorization_servers.is_empty());
        }
    }
}
