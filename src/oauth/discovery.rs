//! Provider metadata: OpenID Connect Discovery 1.0 and RFC 8414.
//!
//! The issuer inside the document must equal the requested issuer (RFC 8414 3.3), with two exceptions. One trailing
//! slash more or less is the same issuer, because both lead to the same document (RFC 8414 3.1); from then on only the
//! document's spelling counts. For catalog entries that allow it, Microsoft Entra ID returns `{tenantid}` or the tenant
//! id as the first segment of the path for `common` or a domain.

use http::Request;
use http::header::ACCEPT;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{HttpRequest, HttpResponse, error_response, host_of, json, parse_endpoint};
use crate::catalog::{self, NetworkScope, Provider};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::session::{ClientAuth, Endpoints};

const OPENID: &str = "openid-configuration";
const OAUTH: &str = "oauth-authorization-server";

/// Provider metadata (RFC 8414 2, OpenID Connect Discovery 3, RFC 8628 4, RFC 9207 3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Issuer; may contain `{tenantid}` if the catalog entry allows it.
    pub issuer: String,
    pub authorization_endpoint: Option<String>,
    pub token_endpoint: Option<String>,
    pub device_authorization_endpoint: Option<String>,
    pub userinfo_endpoint: Option<String>,
    pub revocation_endpoint: Option<String>,
    pub introspection_endpoint: Option<String>,
    pub end_session_endpoint: Option<String>,
    pub jwks_uri: Option<String>,
    pub authorization_response_iss_parameter_supported: bool,
    /// RFC 9126 5.
    pub require_pushed_authorization_requests: bool,
    /// RFC 9101 10.5.
    pub require_signed_request_object: bool,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms that sign ID tokens; empty if not listed.
    pub id_token_signing_alg_values_supported: Vec<String>,
    pub code_challenge_methods_supported: Vec<String>,
    pub grant_types_supported: Vec<String>,
    pub scopes_supported: Vec<String>,
    pub registration_endpoint: Option<String>,
    /// A client id may be the URL of a metadata document (draft-ietf-oauth-client-id-metadata-document).
    pub client_id_metadata_document_supported: bool,
    /// The document is at the location of OpenID Connect, not only at that of RFC 8414.
    #[serde(skip)]
    pub is_openid: bool,
}

impl Metadata {
    /// Endpoints of a server without metadata (Model Context Protocol of 2025-03-26).
    pub fn with_default_endpoints(origin: &str) -> Self {
        let endpoint = |path: &str| Some(format!("{origin}{path}"));
        Self {
            issuer: origin.to_owned(),
            authorization_endpoint: endpoint("/authorize"),
            token_endpoint: endpoint("/token"),
            registration_endpoint: endpoint("/register"),
            ..Self::default()
        }
    }

    pub fn lists_scope(&self, scope: &str) -> bool {
        self.scopes_supported.iter().any(|listed| listed == scope)
    }

    /// Returns true if the server knows OpenID Connect. A server that speaks only OAuth may have a document at the OpenID
    /// location too, without keys and with scopes of its own.
    pub fn supports_openid(&self) -> bool {
        let has_keys = self.jwks_uri.is_some() || !self.id_token_signing_alg_values_supported.is_empty();
        self.lists_scope("openid") || (self.is_openid && (has_keys || self.scopes_supported.is_empty()))
    }

    fn endpoints(&mut self) -> [(&'static str, &mut Option<String>); 9] {
        [
            ("authorization_endpoint", &mut self.authorization_endpoint),
            ("token_endpoint", &mut self.token_endpoint),
            ("device_authorization_endpoint", &mut self.device_authorization_endpoint),
            ("userinfo_endpoint", &mut self.userinfo_endpoint),
            ("revocation_endpoint", &mut self.revocation_endpoint),
            ("introspection_endpoint", &mut self.introspection_endpoint),
            ("end_session_endpoint", &mut self.end_session_endpoint),
            ("jwks_uri", &mut self.jwks_uri),
            ("registration_endpoint", &mut self.registration_endpoint),
        ]
    }

    /// Adds fields that this document lacks from another one of the same issuer: the OpenID document of some providers
    /// omits endpoints outside OpenID Connect (django-oauth-toolkit: device authorization and revocation).
    pub fn merge_missing(&mut self, mut other: Self) {
        for ((_, known), (_, found)) in self.endpoints().into_iter().zip(other.endpoints()) {
            *known = known.take().or(found.take());
        }
        for (known, found) in [
            (&mut self.token_endpoint_auth_methods_supported, other.token_endpoint_auth_methods_supported),
            (&mut self.id_token_signing_alg_values_supported, other.id_token_signing_alg_values_supported),
            (&mut self.code_challenge_methods_supported, other.code_challenge_methods_supported),
            (&mut self.grant_types_supported, other.grant_types_supported),
            (&mut self.scopes_supported, other.scopes_supported),
        ] {
            if known.is_empty() {
                *known = found;
            }
        }
        self.authorization_response_iss_parameter_supported |= other.authorization_response_iss_parameter_supported;
        self.client_id_metadata_document_supported |= other.client_id_metadata_document_supported;
        self.is_openid |= other.is_openid;
        self.require_pushed_authorization_requests |= other.require_pushed_authorization_requests;
        self.require_signed_request_object |= other.require_signed_request_object;
    }
}

/// Order of the [`metadata_urls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlOrder {
    /// For an issuer that the user names.
    OpenIdFirst,
    /// For the authorization server of a protected resource, as the Model Context Protocol has it.
    OAuthFirst,
}

/// Candidate metadata URLs of `issuer`, in the order to try them: the OpenID and RFC 8414 locations, the OpenID name at
/// the RFC 8414 location (RFC 8414 5), and the RFC 8414 name at the OpenID location, where Django OAuth Toolkit and
/// Azure Databricks have it.
///
/// # Errors
/// [`Error::Usage`] if the issuer is not `https` (nor `http` on a loopback host) or has a query, a fragment or
/// userinfo.
pub fn metadata_urls(issuer: &str, order: UrlOrder) -> Result<Vec<String>> {
    let invalid = |why: String| Error::usage(format!("the issuer `{}` {why}", sanitize_untrusted(issuer)));
    catalog::validate_issuer(issuer).map_err(invalid)?;
    let url = Url::parse(issuer).map_err(|_| invalid("is not a URL".to_owned()))?;
    let origin = url.origin().ascii_serialization();
    let path = url.path().trim_end_matches('/');
    let before_path = |name: &str| format!("{origin}/.well-known/{name}{path}");
    let after_path = |name: &str| format!("{origin}{path}/.well-known/{name}");
    let mut found = match order {
        UrlOrder::OpenIdFirst => vec![after_path(OPENID), before_path(OAUTH), before_path(OPENID)],
        UrlOrder::OAuthFirst => vec![before_path(OAUTH), before_path(OPENID), after_path(OPENID)],
    };
    found.push(after_path(OAUTH));
    let mut seen = Vec::new();
    // Without a path, before and after are one place.
    found.retain(|url| {
        !seen.contains(url) && {
            seen.push(url.clone());
            true
        }
    });
    Ok(found)
}

/// The same URLs with a trailing slash: FortiAuthenticator has its metadata only there.
pub fn slash_urls(urls: &[String]) -> Vec<String> {
    urls.iter().map(|url| format!("{url}/")).collect()
}

/// Builds the request for a JSON document: metadata or keys.
pub fn request(name: &str, url: &str) -> Result<HttpRequest> {
    let endpoint = parse_endpoint(name, url)?;
    let built = Request::get(endpoint.as_str()).header(ACCEPT, "application/json").body(Vec::new());
    built.map_err(|_| Error::check(format!("the {name} `{}` is not a URL", sanitize_untrusted(url))))
}

/// Parses the response of one of the [`metadata_urls`]; `None` if that URL has no metadata, so that the caller tries
/// the next one. An HTML page with status 200 is not metadata: many sites return one for every URL.
///
/// # Errors
/// [`Error::Network`] if the provider fails, [`Error::Check`] if the document is for another issuer, is damaged, or
/// names an endpoint that is not `https`; only an issuer on a loopback host may name loopback endpoints.
pub fn parse_response(
    issuer: &str,
    tenant_issuer: bool,
    url: &str,
    response: &HttpResponse,
) -> Result<Option<Metadata>> {
    if let Some(error) = unavailable(response, url) {
        return Err(error);
    }
    if !response.status().is_success() {
        return Ok(None);
    }
    let document = match json::parse(response.body()) {
        Some(Value::Object(fields)) => valid_fields(fields),
        _ => return Ok(None),
    };
    let damaged =
        || Error::check_with(Remedy::Url, format!("the metadata at `{}` has no valid `issuer`", host_of(url)));
    let metadata: Option<Metadata> = serde_json::from_value(document).ok();
    let mut metadata = metadata.filter(|metadata| !metadata.issuer.is_empty()).ok_or_else(damaged)?;
    let matches = catalog::is_same_issuer(&metadata.issuer, issuer)
        || (tenant_issuer && tenant_issuer_matches(issuer, &metadata.issuer));
    if !matches {
        return Err(Error::check_with(
            Remedy::Url,
            format!(
                "the metadata is for issuer `{}`, expected `{}`",
                sanitize_untrusted(&metadata.issuer),
                sanitize_untrusted(issuer)
            ),
        ));
    }
    check_endpoints(issuer, &mut metadata)?;
    metadata.is_openid = is_openid_url(url);
    Ok(Some(metadata))
}

/// Returns an error if the response means a temporary failure.
pub fn unavailable(response: &HttpResponse, url: &str) -> Option<Error> {
    error_response::is_transient(response.status())
        .then(|| error_response::unexpected_response(response, url, "metadata"))
}

/// Returns true if the URL is the place of OpenID metadata.
pub fn is_openid_url(url: &str) -> bool {
    url.contains("/.well-known/openid-configuration")
}

/// Issuer that a document claims, whatever it is. Only a reason to look at that issuer's own metadata.
pub fn claimed_issuer(response: &HttpResponse) -> Option<String> {
    let Some(Value::Object(fields)) = json::parse(response.body()) else { return None };
    let issuer = fields.get("issuer").and_then(Value::as_str).filter(|_| response.status().is_success())?;
    catalog::validate_issuer(issuer).is_ok().then(|| issuer.to_owned())
}

/// Endpoints of a sign-in; tokens may be sent only there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEndpoints {
    /// RFC 6749 3.1; `None` if the provider has only the device flow.
    pub authorization: Option<String>,
    pub device_authorization: Option<String>,
    pub session: Endpoints,
}

/// Combines the endpoints: those of the catalog entry or configuration override the metadata.
///
/// # Errors
/// [`Error::Check`] if the token endpoint is unknown, or an endpoint is neither `https` nor on a loopback host.
pub fn resolve_endpoints(provider: &Provider, metadata: Option<&Metadata>) -> Result<ProviderEndpoints> {
    let known = &provider.endpoints;
    let pick =
        |name: &str, known: &Option<String>, found: fn(&Metadata) -> &Option<String>| -> Result<Option<String>> {
            let url = known.clone().or_else(|| metadata.and_then(|metadata| found(metadata).clone()));
            url.map(|url| parse_endpoint(name, &url).map(|_| url)).transpose()
        };
    let missing = |name: &str| Error::check_with(Remedy::Endpoint, format!("`{}` has no {name}", provider.name));
    let authorization = pick("authorization endpoint", &known.authorization, |m| &m.authorization_endpoint)?;
    let token = pick("token endpoint", &known.token, |m| &m.token_endpoint)?;
    Ok(ProviderEndpoints {
        authorization,
        device_authorization: pick("device authorization endpoint", &known.device_authorization, |m| {
            &m.device_authorization_endpoint
        })?,
        session: Endpoints {
            token: token.ok_or_else(|| missing("token endpoint"))?,
            revocation: pick("revocation endpoint", &known.revocation, |m| &m.revocation_endpoint)?,
            userinfo: pick("userinfo endpoint", &known.userinfo, |m| &m.userinfo_endpoint)?,
            end_session: pick("end session endpoint", &known.end_session, |m| &m.end_session_endpoint)?,
            jwks: pick("jwks_uri", &known.jwks, |m| &m.jwks_uri)?,
            from_metadata: metadata.map_or_else(Vec::new, |metadata| discovered(provider, metadata)),
        },
    })
}

/// Names of the session's endpoints that neither the catalog entry nor the configuration sets.
fn discovered(provider: &Provider, metadata: &Metadata) -> Vec<String> {
    let known = &provider.endpoints;
    let rows = [
        ("token_endpoint", &known.token, &metadata.token_endpoint),
        ("revocation_endpoint", &known.revocation, &metadata.revocation_endpoint),
        ("userinfo_endpoint", &known.userinfo, &metadata.userinfo_endpoint),
        ("end_session_endpoint", &known.end_session, &metadata.end_session_endpoint),
        ("jwks_uri", &known.jwks, &metadata.jwks_uri),
    ];
    rows.iter().filter(|(_, known, found)| known.is_none() && found.is_some()).map(|row| row.0.to_owned()).collect()
}

/// Client authentication for a new client: as configured; none without a secret; otherwise Basic, which every server
/// must support (RFC 6749 2.3.1), unless the metadata lists only the form.
pub fn client_auth(provider: &Provider, has_secret: bool, metadata: Option<&Metadata>) -> ClientAuth {
    if !has_secret {
        return match provider.client_auth {
            Some(ClientAuth::ClientIdBasic) => ClientAuth::ClientIdBasic,
            _ => ClientAuth::None,
        };
    }
    let lists = |method: &str| {
        metadata.is_some_and(|m| m.token_endpoint_auth_methods_supported.iter().any(|known| known == method))
    };
    match provider.client_auth {
        Some(auth) => auth,
        None if lists("client_secret_post") && !lists("client_secret_basic") => ClientAuth::ClientSecretPost,
        None => ClientAuth::ClientSecretBasic,
    }
}

/// Returns true if `found` equals `expected`, in which `{tenantid}` stands for any tenant.
pub(super) fn issuer_matches(expected: &str, found: &str) -> bool {
    match expected.split_once(TENANT_PLACEHOLDER) {
        None => expected == found,
        Some((before, after)) => {
            found.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(is_tenant_id)
        }
    }
}

pub(crate) const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// Returns true for a tenant id: characters of a GUID, none that could change a URL.
pub(super) fn is_tenant_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Returns true if `found` is `requested` with the placeholder or a tenant id as the first path segment.
fn tenant_issuer_matches(requested: &str, found: &str) -> bool {
    // The rest of the path is `None` without a second slash.
    let split = |issuer: &str| -> Option<(String, String, Option<String>)> {
        let (scheme, rest) = issuer.split_once("://")?;
        let mut parts = rest.splitn(3, '/');
        let (host, tenant) = (parts.next()?, parts.next()?);
        Some((format!("{scheme}://{host}"), tenant.to_owned(), parts.next().map(str::to_owned)))
    };
    let is_guid = |text: &str| text.len() == 36 && is_tenant_id(text);
    match (split(requested), split(found)) {
        (Some(requested), Some(found)) => {
            // A requested tenant id matches only itself.
            let tenants = !is_guid(&requested.1) && (found.1 == TENANT_PLACEHOLDER || is_guid(&found.1));
            requested.0 == found.0 && requested.2 == found.2 && tenants
        }
        _ => false,
    }
}

/// Keeps the fields whose values have the type that RFC 8414 2 requires. An invalid optional field (`null`, an empty
/// string, a string in place of a list, a relative URL) disables the feature it describes, not the sign-in
/// (modelcontextprotocol/python-sdk PR 2076).
fn valid_fields(fields: serde_json::Map<String, Value>) -> Value {
    let is_valid = |name: &str, value: &Value| match name {
        _ if FLAGS.contains(&name) => value.is_boolean(),
        _ if name.ends_with("_endpoint") || name == "jwks_uri" => {
            value.as_str().is_some_and(|url| Url::parse(url).is_ok_and(|url| url.has_host()))
        }
        _ if name.ends_with("_supported") => value.is_array(),
        _ => true,
    };
    let repaired = fields.into_iter().map(|(name, value)| match value {
        Value::String(text) if FLAGS.contains(&name.as_str()) => (name, Value::Bool(text.eq_ignore_ascii_case("true"))),
        Value::Array(items) => (name, items.into_iter().filter(Value::is_string).collect()),
        value => (name, value),
    });
    Value::Object(repaired.filter(|(name, value)| is_valid(name, value)).collect())
}

/// Boolean fields of the metadata.
const FLAGS: [&str; 4] = [
    "authorization_response_iss_parameter_supported",
    "client_id_metadata_document_supported",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
];

/// Rejects endpoints on this machine or its network unless the issuer is there too: a remote provider's metadata could
/// send requests to servers behind the firewall (RFC 9728 7.7).
fn check_endpoints(issuer: &str, metadata: &mut Metadata) -> Result<()> {
    let from = parse_endpoint("issuer", issuer)?;
    for (name, url) in metadata.endpoints() {
        let Some(url) = url else { continue };
        if let Some(location) = NetworkScope::denied_because(&from, &parse_endpoint(name, url)?) {
            return Err(Error::check(format!(
                "the {name} `{}` {location}, but the issuer `{}` is not",
                sanitize_untrusted(url),
                sanitize_untrusted(issuer)
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::test_data::{json_response, metadata, provider, response};
    use super::*;

    const URL: &str = "https://id.example/.well-known/openid-configuration";

    fn parse(issuer: &str, document: &Value) -> Result<Option<Metadata>> {
        parse_response(issuer, false, URL, &json_response(200, document))
    }

    #[test]
    fn invalid_optional_fields_are_ignored() {
        // modelcontextprotocol/python-sdk PR 2076 and #1665.
        let sound = || {
            json!({
                "issuer": "https://id.example",
                "authorization_endpoint": "https://id.example/authorize",
                "token_endpoint": "https://id.example/token",
            })
        };
        for (name, odd) in [
            ("registration_endpoint", json!("")),
            ("registration_endpoint", json!("/register")),
            ("registration_endpoint", json!(false)),
            ("jwks_uri", json!(null)),
            ("userinfo_endpoint", json!({})),
            ("scopes_supported", json!("openid email")),
            ("scopes_supported", json!(["openid", 7, null])),
            ("grant_types_supported", json!({})),
            ("token_endpoint_auth_methods_supported", json!(null)),
            ("code_challenge_methods_supported", json!(true)),
            ("authorization_response_iss_parameter_supported", json!("no")),
            ("authorization_response_iss_parameter_supported", json!([])),
            ("require_pushed_authorization_requests", json!("no")),
            ("require_signed_request_object", json!(null)),
            ("ui_locales_supported", json!("")),
        ] {
            let mut document = sound();
            document[name] = odd.clone();
            let found = parse("https://id.example", &document).unwrap_or_else(|error| panic!("{name} {odd}: {error}"));
            let found = found.expect("metadata");
            assert_eq!(found.token_endpoint.as_deref(), Some("https://id.example/token"), "{name} {odd}");
            assert_eq!(found.registration_endpoint, None, "{name} {odd}");
            assert!(!found.authorization_response_iss_parameter_supported, "{name} {odd}");
            assert!(!found.require_pushed_authorization_requests && !found.require_signed_request_object);
        }
        let mut document = sound();
        document["authorization_response_iss_parameter_supported"] = json!("true");
        document["scopes_supported"] = json!(["openid", 7]);
        let found = parse("https://id.example", &document).unwrap().unwrap();
        assert!(found.authorization_response_iss_parameter_supported, "a string counts as well");
        assert_eq!(found.scopes_supported, ["openid"]);
    }

    #[test]
    fn metadata_urls_cover_each_location_in_order() {
        use UrlOrder::{OAuthFirst, OpenIdFirst};
        for (issuer, order, urls) in [
            ("https://id.example", OpenIdFirst, &["/openid-configuration", "/oauth-authorization-server"][..]),
            ("https://id.example/", OAuthFirst, &["/oauth-authorization-server", "/openid-configuration"]),
        ] {
            let expected: Vec<String> =
                urls.iter().map(|place| format!("https://id.example/.well-known{place}")).collect();
            assert_eq!(metadata_urls(issuer, order).unwrap(), expected);
        }
        let [oauth, openid, openid_after, oauth_after] = [
            "https://id.example:8443/.well-known/oauth-authorization-server/realms/a",
            "https://id.example:8443/.well-known/openid-configuration/realms/a",
            "https://id.example:8443/realms/a/.well-known/openid-configuration",
            "https://id.example:8443/realms/a/.well-known/oauth-authorization-server",
        ];
        for issuer in ["https://id.example:8443/realms/a/", "https://id.example:8443/realms/a"] {
            let urls = |order| metadata_urls(issuer, order).unwrap();
            assert_eq!(urls(OpenIdFirst), [openid_after, oauth, openid, oauth_after]);
            assert_eq!(urls(OAuthFirst), [oauth, openid, openid_after, oauth_after]);
        }
        assert!(metadata_urls("http://127.0.0.1:8080", OpenIdFirst).is_ok());
        assert!(metadata_urls("http://demo.localhost", OAuthFirst).is_ok());
    }

    #[test]
    fn invalid_issuers_are_usage_errors() {
        for issuer in [
            "http://id.example",
            "http://10.0.0.1",
            "id.example",
            "ftp://id.example",
            "https://id.example?x=1",
            "https://id.example#x",
            "https://me:pw@id.example",
            "",
        ] {
            assert_eq!(metadata_urls(issuer, UrlOrder::OpenIdFirst).unwrap_err().exit_code(), 2, "{issuer}");
        }
    }

    /// github/copilot-cli#4606, anomalyco/opencode#50036, openai/codex#37373.
    #[test]
    fn issuer_must_match_except_for_one_trailing_slash() {
        let document = |issuer: &str| json!({"issuer": issuer, "token_endpoint": "https://id.example/t"});
        for (requested, found) in [
            ("https://id.example", "https://id.example"),
            ("https://id.example", "https://id.example/"),
            ("https://id.example/", "https://id.example"),
            ("https://id.example/a", "https://id.example/a/"),
        ] {
            let metadata = parse(requested, &document(found)).unwrap().expect("metadata");
            assert_eq!(metadata.issuer, found, "the document's own spelling");
        }
        for (requested, found) in [
            ("https://id.example", "https://ID.example"),
            ("https://id.example", "https://id.example//"),
            ("https://id.example", "https://id.example/."),
            ("https://id.example", "https://id.example:443"),
            ("https://id.example", "http://id.example/"),
            ("https://id.example", "https://id.example/a"),
            ("https://id.example", "https://evil.example"),
            ("https://id.example", "/"),
            ("https://id.example", ""),
        ] {
            assert_eq!(parse(requested, &document(found)).unwrap_err().exit_code(), 1, "{requested} {found}");
        }
        assert_eq!(parse("https://id.example", &json!({})).unwrap_err().exit_code(), 1);
    }

    #[test]
    fn tenant_issuer_matches_if_the_entry_allows_it() {
        let id = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let at = |tenant: &str| format!("https://ms.example/{tenant}/v2.0");
        let with = |requested: &str, found: &str, tenants: bool| {
            parse_response(requested, tenants, URL, &json_response(200, &json!({"issuer": found}))).is_ok()
        };
        for found in ["{tenantid}", id] {
            assert!(with(&at("common"), &at(found), true), "{found}");
            assert!(with(&at("contoso.example"), &at(found), true), "{found}");
            assert!(!with(&at("common"), &at(found), false), "{found}");
        }
        assert!(with(&at(id), &at(id), true));
        assert!(!with(&at(id), &at("{tenantid}"), true));
        assert!(!with(&at(id), &at("00000000-6c67-4c5b-b112-36a304b66dad"), true));
        assert!(!with(&at("common"), "https://evil.example/{tenantid}/v2.0", true));
        assert!(!with(&at("common"), &at("other"), true));
        assert!(!with(&at("common"), "https://ms.example/{tenantid}/v1.0", true));
        assert!(with("https://ms.example/common", "https://ms.example/{tenantid}", true));
        assert!(!with("https://ms.example/common", "https://ms.example/{tenantid}/", true));
    }

    #[test]
    fn http_endpoints_are_rejected() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "device_authorization_endpoint",
            "userinfo_endpoint",
            "revocation_endpoint",
            "introspection_endpoint",
            "end_session_endpoint",
            "jwks_uri",
            "registration_endpoint",
        ] {
            let error =
                parse("https://id.example", &json!({"issuer": "https://id.example", name: "http://a.example/"}));
            let error = error.unwrap_err();
            assert!(error.exit_code() == 1 && error.to_string().contains(name), "{error}");
            let loopback = json!({"issuer": "http://localhost:1", name: "http://127.0.0.1/"});
            assert!(parse("http://localhost:1", &loopback).is_ok());
        }
    }

    #[test]
    fn missing_metadata_is_none_and_failures_are_errors() {
        for (status, kind, body) in [
            (404, "application/json", "{}"),
            (403, "", ""),
            (302, "", ""),
            (200, "text/html", "<!doctype html>"),
            (200, "application/json", ""),
            (200, "application/json", "[]"),
            (200, "application/json", r#"{"issuer":"https://id.example","issuer":"x"}"#),
        ] {
            let found = parse_response("https://id.example", false, URL, &response(status, kind, body));
            assert_eq!(found.unwrap(), None, "{status} {body}");
        }
        for status in [500, 503, 429] {
            let error = parse_response("https://id.example", false, URL, &response(status, "", "")).unwrap_err();
            assert_eq!(error.exit_code(), 6);
        }
    }

    #[test]
    fn all_fields_parse_and_null_is_absent() {
        let document = json!({
            "issuer": "https://id.example", "authorization_endpoint": "https://id.example/a",
            "device_authorization_endpoint": null, "scopes_supported": null,
            "authorization_response_iss_parameter_supported": true,
            "token_endpoint_auth_methods_supported": ["none"], "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"], "grant_types_supported": ["refresh_token"], "more": {"x": 1},
        });
        let read = parse("https://id.example", &document).unwrap().unwrap();
        assert_eq!(read.authorization_endpoint.as_deref(), Some("https://id.example/a"));
        assert!(read.authorization_response_iss_parameter_supported);
        assert_eq!(read.id_token_signing_alg_values_supported, ["ES256"]);
        assert_eq!((read.device_authorization_endpoint, read.scopes_supported), (None, vec![]));
        let error = parse("https://id.example", &json!({"issuer": 7})).unwrap_err();
        assert!(error.exit_code() == 1 && error.to_string().contains("`issuer`"), "{error}");
    }

    #[test]
    fn second_document_adds_only_missing_fields() {
        let document = |fields: Value| {
            let mut whole = json!({"issuer": "https://id.example"});
            whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            parse("https://id.example", &whole).unwrap().unwrap()
        };
        let mut first = document(json!({"token_endpoint": "https://id.example/1", "scopes_supported": ["openid"]}));
        first.merge_missing(document(json!({
            "token_endpoint": "https://id.example/2", "revocation_endpoint": "https://id.example/r",
            "scopes_supported": ["x"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })));
        let whole = document(json!({
            "token_endpoint": "https://id.example/1", "revocation_endpoint": "https://id.example/r",
            "scopes_supported": ["openid"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        }));
        assert_eq!(first, whole);
    }

    #[test]
    fn catalog_endpoints_override_metadata() {
        let mut row = provider();
        let metadata = Metadata {
            token_endpoint: Some("https://meta.example/t".into()),
            userinfo_endpoint: Some("https://meta.example/u".into()),
            ..metadata()
        };
        let endpoints = resolve_endpoints(&row, Some(&metadata)).unwrap();
        assert_eq!(endpoints.session.token, "https://id.example/token");
        assert_eq!(endpoints.session.userinfo.as_deref(), Some("https://meta.example/u"));
        row.endpoints.token = None;
        assert_eq!(resolve_endpoints(&row, Some(&metadata)).unwrap().session.token, "https://meta.example/t");
        assert_eq!(resolve_endpoints(&row, None).unwrap_err().exit_code(), 1);
        row.endpoints.token = Some("http://id.example/token".into());
        assert_eq!(resolve_endpoints(&row, None).unwrap_err().exit_code(), 1);
    }

    #[test]
    fn client_auth_follows_entry_and_metadata() {
        use ClientAuth::{ClientSecretBasic as Basic, ClientSecretPost as Post, None as Public};
        let listing = |methods: &[&str]| Metadata {
            token_endpoint_auth_methods_supported: methods.iter().map(|method| (*method).to_owned()).collect(),
            ..metadata()
        };
        for (row, secret, methods, auth) in [
            (None, false, &["client_secret_post"][..], Public),
            (Some(Basic), false, &[], Public),
            (None, true, &[], Basic),
            (None, true, &["client_secret_post"], Post),
            (None, true, &["client_secret_post", "client_secret_basic"], Basic),
            (None, true, &["private_key_jwt"], Basic),
            (Some(Post), true, &["client_secret_basic"], Post),
        ] {
            let provider = Provider { client_auth: row, ..provider() };
            assert_eq!(client_auth(&provider, secret, Some(&listing(methods))), auth, "{row:?} {secret} {methods:?}");
        }
    }

    #[test]
    fn remote_issuer_cannot_name_local_endpoints() {
        for url in ["http://127.0.0.1:8500/v1", "http://localhost/t", "http://[::1]/t", "https://x.localhost/t"] {
            for name in ["token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint"] {
                let document = json!({"issuer": "https://id.example", name: url});
                let error = parse("https://id.example", &document).unwrap_err();
                assert!(error.to_string().contains("on this machine"), "{name} {url}: {error}");
                let document = json!({"issuer": "https://id.example", name: "https://192.168.1.1/t"});
                let error = parse("https://id.example", &document).unwrap_err();
                assert!(error.to_string().contains("in a private network"), "{name} {url}: {error}");
                let document = json!({"issuer": "http://127.0.0.1:8080", name: url});
                assert!(parse("http://127.0.0.1:8080", &document).is_ok(), "{name} {url}");
            }
        }
    }
}
