//! Pending device codes (RFC 8628): their state, the polls for them, and the user codes.

use chrono::{DateTime, Utc};

use super::metadata::ACR_VALUES;
use super::responses::ProtocolError;
use super::signing;
use super::state::Grant;

/// Lifetime of both codes.
pub(super) const CODE_LIFETIME: chrono::Duration = chrono::Duration::minutes(10);

/// Interval between polls, and the increase after `slow_down` (RFC 8628 3.2, 3.5).
pub(super) const POLL_INTERVAL: chrono::Duration = chrono::Duration::seconds(5);

/// Tolerance for early polls, because the clocks of client and provider differ.
const POLL_TOLERANCE: chrono::Duration = chrono::Duration::milliseconds(500);

/// Letters of a user code: no vowels, so no words, and no similar letters (RFC 8628 6.1).
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Device that waits for approval.
pub(super) struct PendingDevice {
    /// Eight letters, without the dash.
    pub(super) user_code: String,
    pub(super) client: String,
    pub(super) scope: String,
    /// Expiry of the codes.
    pub(super) expires_at: DateTime<Utc>,
    pub(super) interval: chrono::Duration,
    pub(super) last_poll: Option<DateTime<Utc>>,
    pub(super) state: DeviceState,
}

#[derive(Clone, Copy)]
pub(super) enum DeviceState {
    Pending,
    Approved { account: &'static str, at: DateTime<Utc> },
    Denied,
    Redeemed,
}

impl PendingDevice {
    pub(super) fn is_pending(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state, DeviceState::Pending) && now < self.expires_at
    }

    /// Returns the grant, once, or the error for the current state.
    pub(super) fn poll(&mut self, now: DateTime<Utc>) -> Result<Grant, ProtocolError> {
        if now >= self.expires_at {
            return Err(ProtocolError::new("expired_token", "the device code expired"));
        }
        let early = self.last_poll.is_some_and(|last| now - last < self.interval - POLL_TOLERANCE);
        self.last_poll = Some(now);
        match std::mem::replace(&mut self.state, DeviceState::Redeemed) {
            DeviceState::Approved { account, at } if !early => Ok(Grant {
                client: self.client.clone(),
                account: account.to_owned(),
                scope: self.scope.clone(),
                auth_time: at,
                acr: ACR_VALUES[0].to_owned(),
            }),
            DeviceState::Redeemed => Err(ProtocolError::invalid_grant("the device code was already used")),
            unfinished => {
                self.state = unfinished;
                Err(self.pending_error(early))
            }
        }
    }

    fn pending_error(&mut self, early: bool) -> ProtocolError {
        match self.state {
            DeviceState::Denied => ProtocolError::new("access_denied", "the user denied the request"),
            _ if early => {
                self.interval += POLL_INTERVAL;
                ProtocolError::new("slow_down", "polled too early; wait 5 seconds longer between polls")
            }
            _ => ProtocolError::new("authorization_pending", "the user has not responded yet"),
        }
    }
}

/// Returns eight random letters, about 34 bits, which is enough for a code that is valid for ten minutes.
pub(super) fn new_user_code() -> String {
    // 240 is a multiple of 20, so all letters are equally likely.
    let mut letters = std::iter::repeat_with(|| *signing::random_bytes::<16>())
        .flatten()
        .filter(|byte| *byte < 240)
        .map(|byte| char::from(USER_CODE_LETTERS[usize::from(byte) % USER_CODE_LETTERS.len()]));
    letters.by_ref().take(8).collect()
}

pub(super) fn with_dash(user_code: &str) -> String {
    match user_code.split_at_checked(4) {
        Some((first, second)) => format!("{first}-{second}"),
        None => user_code.to_owned(),
    }
}

/// Normalizes a typed code: any case, with or without the dash.
pub(super) fn normalize_user_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect()
}
