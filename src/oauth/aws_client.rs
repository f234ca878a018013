//! Clients of AWS IAM Identity Center: any program may register one (`RegisterClient`); its secret lasts 90 days.

use std::collections::BTreeMap;

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;

use super::registered_client::{self, MemberNames};
use super::registration::{ClientMetadata, ClientRegistration};
use super::{HttpRequest, HttpResponse, parse_endpoint};
use crate::error::{Error, Result};

const NAMES: MemberNames =
    MemberNames { id: "clientId", secret: "clientSecret", secret_expires_at: "clientSecretExpiresAt" };

/// Grants that this program uses.
const GRANTS: [&str; 3] = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

/// Builds the request; `params` are further members.
pub fn request(
    endpoint: &str,
    name: &str,
    params: &BTreeMap<String, String>,
    wanted: &ClientMetadata,
) -> Result<HttpRequest> {
    let url = parse_endpoint("registration endpoint", endpoint)?;
    let mut document = json!({
        "clientName": name,
        "clientType": "public",
        "grantTypes": GRANTS,
        "redirectUris": wanted.redirect_uris,
        "scopes": wanted.scopes,
    });
    for (name, value) in params {
        document[name] = value.as_str().into();
    }
    let request =
        Request::post(url.as_str()).header(ACCEPT, "application/json").header(CONTENT_TYPE, "application/json");
    let built = request.body(document.to_string().into_bytes());
    built.map_err(|_| Error::check("the registration endpoint is not a URL"))
}

/// Parses the response to [`request`].
pub fn parse_response(
    response: &HttpResponse,
    endpoint: &str,
    server: &str,
    wanted: &ClientMetadata,
) -> Result<ClientRegistration> {
    registered_client::parse(response, endpoint, server, &NAMES, wanted)
}
