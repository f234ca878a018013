//! Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): the client id is the URL of a document that
//! describes the client, so that a server needs no registration.

use serde_json::{Value, json};

/// RFC 8628 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Document of this native, public client for the user to serve at `url`.
pub fn document(url: &str, name: &str, redirect_uris: &[String]) -> Value {
    json!({
        "client_id": url,
        "client_name": name,
        "application_type": "native",
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code", "refresh_token", DEVICE_CODE_GRANT],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}
