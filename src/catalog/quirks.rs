//! How a provider's messages differ from the RFCs, as data: nothing here is needed by one that keeps to them.
//!
//! Values may hold what is only known at run time: `{client_id}`, `{client_secret}`, `{access_token}`, `{token}`,
//! `{device_code}`, `{user_code}`, `{verification_uri}`, `{scope}`, and `{reply.NAME}`, a member of the token
//! reply.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::session::{RequestFormat, TokenKind};

/// What the name of a member of the token reply begins with, as a placeholder.
pub(crate) const RESPONSE_PREFIX: &str = "reply.";

/// Every message whose form a row may change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderQuirks {
    /// The authorization request (RFC 6749 4.1.1); only `names` and `params` mean anything there.
    pub authorize: RequestFormat,
    /// The exchange of the code (RFC 6749 4.1.3).
    pub token: RequestFormat,
    /// The refresh (RFC 6749 6).
    pub refresh: RequestFormat,
    /// The profile request. With `{access_token}` somewhere in it, the token goes there and nowhere else.
    pub userinfo: RequestFormat,
    /// The revocation (RFC 7009).
    pub revoke: RequestFormat,
    /// The one token that can be revoked, where not each of them can.
    pub revocable: Option<TokenKind>,
    /// Where the token reply keeps its members: the RFC's name → a dotted path.
    pub response_paths: BTreeMap<String, String>,
    /// The device flow.
    pub device: DeviceQuirks,
}

impl ProviderQuirks {
    /// Every message.
    pub(super) fn requests_mut(&mut self) -> impl Iterator<Item = &mut RequestFormat> {
        let device = &mut self.device;
        let code = [&mut self.authorize, &mut self.token, &mut self.refresh, &mut self.userinfo, &mut self.revoke];
        code.into_iter().chain([&mut device.request, &mut device.poll]).chain(&mut device.exchange)
    }
}

/// How the device flow (RFC 8628) differs. Whether there is one is told by the device authorization endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceQuirks {
    /// Whether it needs a client secret; the code flow's need is another question.
    pub secret_needed: bool,
    /// What must be switched on at the provider first, in a few words.
    pub hint: Option<String>,
    /// Whether request and poll carry PKCE (RFC 7636), which RFC 8628 does not speak of: most do not expect it.
    pub pkce: bool,
    /// The device authorization request (RFC 8628 3.1).
    pub request: RequestFormat,
    /// Where its reply keeps its members, `error` among them: the RFC's name → a dotted path (`verification_uri` →
    /// `verification_url`).
    #[serde(rename = "reply")]
    pub response_paths: BTreeMap<String, String>,
    /// What the person visits in place of the reply's `verification_uri`, where that leads nowhere by itself.
    pub verification_uri: Option<String>,
    /// What `verification_uri_complete` is made of where the reply has none.
    pub verification_uri_complete: Option<String>,
    /// The poll (RFC 8628 3.4); its `endpoint` is the provider's own poll address.
    pub poll: RequestFormat,
    /// The request for tokens, where the poll gives a client of the person's own (`client_id`, `client_secret`) first.
    pub exchange: Option<RequestFormat>,
    /// How the poll's answers are told apart where they are not RFC 8628's error codes.
    #[serde(rename = "answers")]
    pub signals: PollSignals,
    /// Error codes of the provider's own → what they mean to a person, in a few words.
    pub errors: BTreeMap<String, String>,
}

/// Signs by which an answer to the poll is known, each `http=428` (the status) or `path=value` (a member of the reply).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PollSignals {
    /// Go on waiting.
    pub authorization_pending: Vec<String>,
    /// Go on, five seconds slower.
    pub slow_down: Vec<String>,
    /// The person refused.
    pub access_denied: Vec<String>,
    /// The code is over.
    pub expired_token: Vec<String>,
    /// The code is not known, or was spent already.
    pub invalid_grant: Vec<String>,
}
