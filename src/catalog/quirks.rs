//! Deviations of a provider from the RFCs, as data. A provider that follows the RFCs needs none.
//!
//! Values may contain placeholders that are filled at run time: `{client_id}`, `{client_secret}`, `{access_token}`,
//! `{token}`, `{device_code}`, `{user_code}`, `{verification_uri}`, `{scope}`, and `{reply.NAME}`, a member of the
//! token response.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::session::{DerivedTokens, LogoutMethod, RequestFormat, TokenHeader, TokenKind};

/// Prefix of a placeholder that names a member of the token response.
pub(crate) const RESPONSE_PREFIX: &str = "reply.";

/// The requests and responses that a row may change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProviderQuirks {
    /// The authorization request (RFC 6749 4.1.1); only `names` and `params` apply.
    pub authorize: RequestFormat,
    /// The exchange of the code (RFC 6749 4.1.3).
    pub token: RequestFormat,
    /// The refresh (RFC 6749 6); resolved to the deviations of the code exchange by default.
    pub refresh: RequestFormat,
    /// The profile request. If it contains `{access_token}`, the token is sent there only.
    pub userinfo: RequestFormat,
    /// The revocation (RFC 7009).
    pub revoke: RequestFormat,
    /// The only token that can be revoked; `None`: both.
    #[serde(rename = "revokes")]
    pub revocable: Option<TokenKind>,
    /// Effect of a refresh for other scopes on the session; `None`: a new refresh token ends the earlier access tokens.
    pub derived_tokens: Option<DerivedTokens>,
    /// Request to the logout page; `GET` by default.
    pub logout: Option<LogoutMethod>,
    /// Paths to the members of the token response: the RFC's name → a dotted path.
    #[serde(rename = "reply")]
    pub response_paths: BTreeMap<String, String>,
    /// Header for a token that the user made at the provider; `None`: `Authorization: Bearer`, as for tokens of a sign-in.
    pub token_header: Option<TokenHeader>,
    /// Values of `token_type` that mean a bearer token, besides `bearer` itself.
    pub token_types: Vec<String>,
    /// The device flow.
    pub device: DeviceQuirks,
}

impl ProviderQuirks {
    /// Returns every request.
    pub fn requests_mut(&mut self) -> impl Iterator<Item = &mut RequestFormat> {
        let device = &mut self.device;
        let code = [&mut self.authorize, &mut self.token, &mut self.refresh, &mut self.userinfo, &mut self.revoke];
        code.into_iter().chain([&mut device.request, &mut device.poll]).chain(&mut device.exchange)
    }

    /// Returns every text that may contain the placeholder of a setting.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { authorize, token, refresh, userinfo, revoke, device, .. } = self;
        let DeviceQuirks { request, poll, exchange, verification_uri, verification_uri_complete, .. } = device;
        let requests = [authorize, token, refresh, userinfo, revoke, request, poll].into_iter().chain(exchange);
        let urls = [verification_uri, verification_uri_complete].into_iter().flatten();
        requests.flat_map(RequestFormat::texts_mut).chain(urls)
    }
}

/// Deviations of the device flow (RFC 8628). A provider has the flow if it has a device authorization endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceQuirks {
    /// `true` if the device flow needs a client secret, independent of the code flow.
    pub secret_needed: bool,
    /// Setting to enable at the provider first, in a few words.
    pub hint: Option<String>,
    /// `true` if request and poll use PKCE (RFC 7636). RFC 8628 does not mention PKCE and most providers do not expect
    /// it.
    pub pkce: bool,
    /// The device authorization request (RFC 8628 3.1).
    pub request: RequestFormat,
    /// Paths to the members of its responses, `error` included: the RFC's name → a dotted path (`verification_uri` →
    /// `verification_url`).
    #[serde(rename = "reply")]
    pub response_paths: BTreeMap<String, String>,
    /// URL to visit instead of the response's `verification_uri`, if that page does not work on its own.
    pub verification_uri: Option<String>,
    /// Template for `verification_uri_complete` if the response has none.
    pub verification_uri_complete: Option<String>,
    /// The poll (RFC 8628 3.4); `endpoint` is the provider's poll URL.
    pub poll: RequestFormat,
    /// The token request, if the poll first returns a client of the user's (`client_id`, `client_secret`).
    pub exchange: Option<RequestFormat>,
    /// Signals in poll responses that do not use RFC 8628's error codes.
    #[serde(rename = "answers")]
    pub signals: PollSignals,
    /// Error codes of the provider → an explanation in a few words.
    pub errors: BTreeMap<String, String>,
}

/// Signals in a poll response, each `http=428` (the status) or `path=value` (a member of the response).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PollSignals {
    /// The user has not decided yet.
    pub authorization_pending: Vec<String>,
    /// Poll five seconds slower.
    pub slow_down: Vec<String>,
    /// The user declined.
    pub access_denied: Vec<String>,
    /// The code expired.
    pub expired_token: Vec<String>,
    /// The code is unknown or already used.
    pub invalid_grant: Vec<String>,
}
