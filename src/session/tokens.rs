//! Tokens of a session.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: Secret,
    /// RFC 6749 7.1; `None` if the provider sent none, then `Bearer` applies.
    pub token_type: Option<String>,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    /// Expiry of the access token; `None` if unknown, then the token counts as valid.
    pub expires_at: Option<DateTime<Utc>>,
    /// Expiry of the refresh token, if the provider named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
}

impl Tokens {
    /// Returns the `received_at` for tokens that replace these at `now`. Always later than that of these tokens, even
    /// if the clock was set back, because the later of two copies of a session is the valid one.
    pub fn next_received_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.received_at + chrono::Duration::milliseconds(1))
    }

    /// Counts the access token as expired at `now`, if it did not expire before.
    pub fn expire_access_token(&mut self, now: DateTime<Utc>) {
        self.expires_at = Some(self.expires_at.map_or(now, |end| end.min(now)));
    }

    /// Returns `true` if the refresh token is another one than that of `earlier`.
    pub fn refresh_token_differs(&self, earlier: &Self) -> bool {
        let text = |tokens: &Self| tokens.refresh_token.as_ref().map(|token| token.expose().to_owned());
        text(self) != text(earlier)
    }

    /// Returns `true` if the access token is valid for more than `min_ttl` from `now`; without an expiry it always is.
    pub fn has_min_ttl(&self, now: DateTime<Utc>, min_ttl: Duration) -> bool {
        has_min_ttl(self.expires_at, now, min_ttl)
    }
}

/// Returns `true` if `expires_at` is more than `min_ttl` after `now`, or unknown.
pub(super) fn has_min_ttl(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>, min_ttl: Duration) -> bool {
    let min_ttl = chrono::Duration::from_std(min_ttl).unwrap_or(chrono::Duration::MAX);
    expires_at.is_none_or(|end| end.signed_duration_since(now) > min_ttl)
}

/// A token for other scopes than the session's, or for another API; its refresh token is the session's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DerivedToken {
    #[serde(rename = "scopes_asked")]
    pub scopes_requested: Vec<String>,
    pub resource: Option<String>,
    pub scopes: Vec<String>,
    pub tokens: Tokens,
}
