//! Clients of AWS IAM Identity Center: any program may register one (`RegisterClient`); its secret lasts 90 days.

use std::collections::BTreeMap;

use serde_json::json;

use super::registered_client::{self, MemberNames};
use super::registration::{ClientMetadata, ClientRegistration};
use super::request::{JSON, post};
use super::{HttpRequest, HttpResponse};
use crate::error::Result;

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
    post("registration endpoint", endpoint, JSON, document.to_string().into_bytes())
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
