//! Request building and response reading by [`RequestFormat`]: parameter names, locations and authentication of
//! providers that deviate from the RFCs. An empty format means plain RFC behavior.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{HttpRequest, parse_endpoint};
use crate::catalog::{ParameterLocation, RequestFormat};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::{Client, ClientAuth};

/// Every character except the unreserved ones of RFC 3986 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Placeholder for the access token in a catalog entry.
const TOKEN_PLACEHOLDER: &str = "{access_token}";

/// RFC request before the catalog entry's [`RequestFormat`] is applied.
pub(super) struct RequestBuilder<'a> {
    /// Endpoint name for errors, such as `token endpoint`.
    pub name: &'a str,
    /// Endpoint URL, unless the format sets another.
    pub endpoint: &'a str,
    /// HTTP method, unless the format sets another.
    pub method: Method,
    /// Deviations from the RFC.
    pub format: &'a RequestFormat,
    /// Client that sends the request.
    pub client: &'a Client,
    /// Authentication of the request.
    pub auth: RequestAuth<'a>,
    /// RFC parameters, without client authentication.
    pub params: Vec<(&'a str, &'a str)>,
    /// Placeholder values, besides those of client and token.
    pub values: Vec<(&'a str, &'a str)>,
}

/// Authentication that a request carries.
#[derive(Clone, Copy)]
pub(super) enum RequestAuth<'a> {
    /// Client authentication (RFC 6749 2.3.1).
    Client,
    /// Access token: in the header (RFC 6750 2.1), or only at `{access_token}` if the format has that placeholder.
    AccessToken(&'a Secret),
}

impl RequestBuilder<'_> {
    /// Builds the request.
    ///
    /// # Errors
    /// [`Error::Check`] if the endpoint URL is not allowed.
    pub fn build(mut self) -> Result<HttpRequest> {
        let secret = self.client.secret.as_ref().map_or("", |secret| secret.expose());
        self.values.extend([("client_id", self.client.id.as_str()), ("client_secret", secret)]);
        let authorization = match self.auth {
            RequestAuth::Client => self.client_authentication(secret),
            RequestAuth::AccessToken(token) => {
                self.values.push(("access_token", token.expose()));
                self.bearer_header(token.expose())
            }
        };
        let filled =
            fill_template(self.format.endpoint.as_deref().unwrap_or(self.endpoint), &self.values, percent_encode);
        let mut url = parse_endpoint(self.name, &filled)?;
        let pairs = self.pairs();
        let method = self.format.method.as_deref().and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        let mut request = http::Request::new(Vec::new());
        *request.method_mut() = method.unwrap_or(self.method);
        match (self.format.body, request.method()) {
            // Dropbox rejects an empty form.
            _ if pairs.is_empty() => {}
            (ParameterLocation::Query, _) | (_, &Method::GET) => {
                url.query_pairs_mut().extend_pairs(&pairs);
            }
            // No charset: the media type has none, and django-oauth-toolkit rejects one.
            (ParameterLocation::Form, _) => {
                set_body(&mut request, "application/x-www-form-urlencoded", &form_encode(&pairs))
            }
            (ParameterLocation::Json, _) => {
                let object: Map<String, Value> = pairs.into_iter().map(|(name, value)| (name, value.into())).collect();
                set_body(&mut request, "application/json", &Value::Object(object).to_string());
            }
        }
        let build_error = || Error::check(format!("could not build a request to the {}", self.name));
        *request.uri_mut() = url.as_str().parse().map_err(|_| build_error())?;
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, sensitive_header(&value).ok_or_else(build_error)?);
        }
        for (name, value) in &self.format.headers {
            let value = fill_template(value, &self.values, str::to_owned);
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| build_error())?;
            request.headers_mut().insert(name, sensitive_header(&value).ok_or_else(build_error)?);
        }
        Ok(request)
    }

    /// Adds the client to the parameters, or returns its `Authorization` header (RFC 6749 2.3.1).
    ///
    /// A public client sends its id in the form and no secret, not even an empty one: strict providers reject Basic
    /// with an empty password. Reddit requires exactly that, and its catalog entry says so.
    fn client_authentication(&mut self, secret: &str) -> Option<String> {
        let client = self.client;
        match (self.format.client_auth.unwrap_or(client.auth), secret) {
            (ClientAuth::ClientSecretBasic, "") | (ClientAuth::ClientSecretPost, "") | (ClientAuth::None, _) => {
                self.params.push(("client_id", &client.id));
            }
            (ClientAuth::ClientSecretBasic | ClientAuth::ClientIdBasic, secret) => {
                let form_encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", form_encoded(&client.id), form_encoded(secret));
                return Some(format!("Basic {}", BASE64_STANDARD.encode(pair)));
            }
            (ClientAuth::ClientSecretPost, _) => {
                self.params.push(("client_id", &client.id));
                self.params.extend(client.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
            }
        }
        None
    }

    /// Returns the bearer header, unless the format places the token elsewhere.
    fn bearer_header(&self, token: &str) -> Option<String> {
        let has_placeholder = self.format.endpoint.as_deref().unwrap_or(self.endpoint).contains(TOKEN_PLACEHOLDER)
            || self.format.texts().any(|text| text.contains(TOKEN_PLACEHOLDER));
        (!has_placeholder).then(|| format!("Bearer {token}"))
    }

    /// Parameters as sent: names and values of the format override those of the RFC.
    fn pairs(&self) -> Vec<(String, String)> {
        apply_format(self.params.iter().copied(), self.format, &self.values)
    }
}

/// Renames the parameters as `format` says and adds its own, which override.
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
    pairs.retain(|(name, value)| !(value.is_empty() && format.params.contains_key(name)));
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

/// Percent-encodes a value for use in a URL.
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

fn form_encode(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn set_body(request: &mut HttpRequest, kind: &'static str, text: &str) {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    *request.body_mut() = text.as_bytes().to_vec();
}

fn sensitive_header(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
