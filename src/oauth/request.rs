//! Requests to a provider's endpoints. The `oauth2` crate builds each request as the RFCs say, then
//! [`Endpoint::apply_format`] renames, moves and adds what the catalog entry says ([`RequestFormat`]): one entry in nine
//! deviates.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use oauth2::basic::BasicClient;
use oauth2::{AuthType, ClientId, ClientSecret, SyncHttpClient};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::{HttpRequest, HttpResponse, parse_endpoint};
use crate::catalog::{ParameterLocation, RequestFormat};
use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth};

/// Every character except the unreserved ones of RFC 3986 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Endpoint of a provider, and how its requests deviate from the RFCs.
pub(super) struct Endpoint<'a> {
    name: &'a str,
    url: Url,
    format: &'a RequestFormat,
    client: &'a Client,
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> Endpoint<'a> {
    /// `values` are those of placeholders besides the client's.
    pub fn new(
        name: &'a str,
        url: &str,
        format: &'a RequestFormat,
        client: &'a Client,
        mut values: Vec<(&'a str, &'a str)>,
    ) -> Result<Self> {
        let secret = client.secret.as_ref().map_or("", Secret::expose);
        values.extend([("client_id", client.id.as_str()), ("client_secret", secret)]);
        let url = fill_template(format.endpoint.as_deref().unwrap_or(url), &values, percent_encode);
        Ok(Self { name, url: parse_endpoint(name, &url)?, format, client, values })
    }

    /// Builds the request that `send` gives to the recorder, in the format of the provider.
    pub fn request(&self, send: impl FnOnce(BasicClient, Url, &RequestRecorder)) -> Result<HttpRequest> {
        let recorder = RequestRecorder::default();
        send(self.oauth2_client(), self.url.clone(), &recorder);
        self.apply_format(recorder.0.take().ok_or_else(|| self.build_error())?)
    }

    /// Client with its authentication (RFC 6749 2.3.1).
    ///
    /// A public client sends its id in the form and no secret, not even an empty one: strict providers reject Basic
    /// with an empty password. Reddit requires exactly that, and its catalog entry says so.
    fn oauth2_client(&self) -> BasicClient {
        let auth = self.format.client_auth.unwrap_or(self.client.auth);
        let secret = self.client.secret.as_ref().map_or("", Secret::expose);
        let auth_type = match auth {
            ClientAuth::ClientSecretBasic | ClientAuth::ClientIdBasic => AuthType::BasicAuth,
            ClientAuth::ClientSecretPost | ClientAuth::None => AuthType::RequestBody,
        };
        let client = BasicClient::new(ClientId::new(self.client.id.clone())).set_auth_type(auth_type);
        let has_secret = auth == ClientAuth::ClientIdBasic || (auth != ClientAuth::None && !secret.is_empty());
        if has_secret { client.set_client_secret(ClientSecret::new(secret.to_owned())) } else { client }
    }

    /// Applies the deviations: URL, method, names, values and location of the parameters, headers.
    pub fn apply_format(&self, mut request: HttpRequest) -> Result<HttpRequest> {
        let params: Vec<_> = form_urlencoded::parse(request.body()).collect();
        let params = params.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
        let pairs = apply_format(params, self.format, &self.values);
        if let Some(method) = &self.format.method {
            *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| self.build_error())?;
        }
        request.body_mut().clear();
        request.headers_mut().remove(CONTENT_TYPE);
        let mut url = self.url.clone();
        match (self.format.body, request.method()) {
            // Dropbox rejects an empty form.
            _ if pairs.is_empty() => {}
            (ParameterLocation::Query, _) | (_, &Method::GET) => {
                url.query_pairs_mut().extend_pairs(&pairs);
            }
            // No charset: the media type has none, and django-oauth-toolkit rejects one.
            (ParameterLocation::Form, _) => {
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
                set_body(&mut request, "application/x-www-form-urlencoded", form);
            }
            (ParameterLocation::Json, _) => {
                let object: Map<String, Value> = pairs.into_iter().map(|(name, value)| (name, value.into())).collect();
                set_body(&mut request, "application/json", Value::Object(object).to_string());
            }
        }
        *request.uri_mut() = url.as_str().parse().map_err(|_| self.build_error())?;
        if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        for (name, value) in &self.format.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| self.build_error())?;
            let value = sensitive_header(&fill_template(value, &self.values, str::to_owned));
            request.headers_mut().insert(name, value.ok_or_else(|| self.build_error())?);
        }
        Ok(request)
    }

    fn build_error(&self) -> Error {
        Error::check(format!("could not build a request to the {}", self.name))
    }
}

/// HTTP client that keeps the request instead of sending it: `oauth2` gives a request only to a client, and this module
/// does no I/O. The empty response becomes an error of the crate, which the callers ignore.
#[derive(Default)]
pub(super) struct RequestRecorder(Cell<Option<HttpRequest>>);

impl SyncHttpClient for RequestRecorder {
    type Error = Infallible;

    fn call(&self, request: HttpRequest) -> std::result::Result<HttpResponse, Infallible> {
        self.0.set(Some(request));
        Ok(HttpResponse::default())
    }
}

/// `Authorization` header with an access token (RFC 6750 2.1); `name` is the token's in the error.
pub(super) fn token_header(name: &str, token: &Secret) -> Result<HeaderValue> {
    let value = sensitive_header(&format!("Bearer {}", token.expose()));
    value.ok_or_else(|| Error::check(format!("the {name} has characters that are not allowed in a header")))
}

/// Renames the parameters as `format` says and adds its own, which override. A parameter without a value is not sent,
/// because it counts as omitted (RFC 6749 3.1).
pub(super) fn apply_format<'p>(
    params: impl Iterator<Item = (&'p str, &'p str)>,
    format: &RequestFormat,
    values: &[(&str, &str)],
) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in params {
        let name = format.names.get(name).map_or(name, String::as_str);
        let is_new = pairs.iter().all(|(known, _)| known != name);
        if !name.is_empty() && is_new {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    for (name, value) in &format.params {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name.clone(), fill_template(value, values, str::to_owned)));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// Replaces each placeholder by its value, passed through `encode`. Values are not searched again; unknown
/// placeholders stay as they are.
pub(super) fn fill_template(template: &str, values: &[(&str, &str)], encode: impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
        });
        match known {
            Some((value, after)) => {
                filled.push_str(&encode(value));
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

pub(super) fn percent_encode(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// Adds RFC names for fields that the provider names differently.
pub(super) fn rename_fields(mut fields: Map<String, Value>, names: &BTreeMap<String, String>) -> Map<String, Value> {
    let found: Vec<_> =
        names.iter().filter_map(|(name, path)| Some((name.clone(), value_at(&fields, path)?.clone()))).collect();
    fields.extend(found);
    fields
}

/// Checks a response for any of a catalog entry's signals: `http=428`, or `path=value` with a dotted path.
pub(super) fn matches_any(signals: &[String], status: StatusCode, fields: &Map<String, Value>) -> bool {
    let matches = |sign: &String| match sign.split_once('=') {
        Some(("http", expected)) => status.as_str() == expected,
        Some((path, expected)) => value_at(fields, path).and_then(scalar_text).is_some_and(|value| value == expected),
        None => false,
    };
    signals.iter().any(matches)
}

/// Text of a string, number or boolean; `None` for an empty string.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Text at a dotted path of a document.
pub(super) fn text_at(document: &Value, path: &str) -> Option<String> {
    value_at(document.as_object()?, path).and_then(scalar_text)
}

fn value_at<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => fields.get(path),
        Some((first, rest)) => value_at(fields.get(first)?.as_object()?, rest),
    }
}

/// Builds a POST to an endpoint without a format of its own; accepts JSON.
///
/// # Errors
/// Those of [`parse_endpoint`]; `name` names the endpoint.
pub(super) fn post(name: &str, endpoint: &str, kind: &'static str, body: Vec<u8>) -> Result<HttpRequest> {
    let url = parse_endpoint(name, endpoint)?;
    let request = http::Request::post(url.as_str()).header(ACCEPT, JSON).header(CONTENT_TYPE, kind);
    request.body(body).map_err(|_| Error::check_with(Remedy::OwnClient, format!("the {name} is not a URL")))
}

fn set_body(request: &mut HttpRequest, kind: &'static str, text: String) {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    *request.body_mut() = text.into_bytes();
}

fn sensitive_header(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
