//! State that ends with the process: open pages, authorization codes and device codes.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::redirect_uri::ReturnTarget;
use super::signing::random_token;
use crate::secret::Secret;
use crate::server::Response;

/// Maximum number of entries of one kind; evicts the oldest entry, so that no client can exhaust memory.
const MAX_ENTRIES: usize = 1024;

/// Lifetime of an open page; long enough for an interrupted user.
const PAGE_LIFETIME: chrono::Duration = chrono::Duration::minutes(15);

/// Lifetime of an authorization code, during which reuse is detected (RFC 6749 4.1.2 allows ten minutes at most).
const CODE_LIFETIME: chrono::Duration = chrono::Duration::minutes(5);

/// Time during which an expired device code is reported as expired and not as unknown (RFC 8628 3.5).
const EXPIRED_RETENTION: chrono::Duration = chrono::Duration::minutes(15);

#[derive(Default)]
pub(super) struct PendingState {
    pub(super) pages: ExpiringMap<OpenPage>,
    pub(super) codes: ExpiringMap<IssuedCode>,
    pub(super) devices: ExpiringMap<PendingDevice>,
}

impl PendingState {
    /// Adds an open page and returns its token.
    pub(super) fn add_page(&mut self, page: PendingPage, now: DateTime<Utc>) -> Secret {
        self.pages.insert(OpenPage { page, response: None }, now, now + PAGE_LIFETIME)
    }

    pub(super) fn add_code(&mut self, code: IssuedCode, now: DateTime<Utc>) -> Secret {
        self.codes.insert(code, now, now + CODE_LIFETIME)
    }

    pub(super) fn add_device(&mut self, device: PendingDevice, now: DateTime<Utc>) -> Secret {
        let expires_at = device.expires_at + EXPIRED_RETENTION;
        self.devices.insert(device, now, expires_at)
    }
}

/// Open page. Its token is valid once and known only to that page, which prevents CSRF.
pub(super) struct OpenPage {
    pub(super) page: PendingPage,
    /// Response to the first decision; a second click gets the same response.
    pub(super) response: Option<Response>,
}

/// Request that a page is open for.
#[derive(Clone)]
pub(super) enum PendingPage {
    Authorization(DemoAuthorizationRequest),
    /// Device code.
    Device(Secret),
    Logout(Option<ReturnTarget>),
}

/// Valid authorization request.
#[derive(Clone)]
pub(super) struct DemoAuthorizationRequest {
    pub(super) client: String,
    pub(super) target: ReturnTarget,
    pub(super) nonce: Option<String>,
    /// S256 challenge (RFC 7636 4.2).
    pub(super) code_challenge: String,
    pub(super) scope: String,
    pub(super) acr: &'static str,
    /// Expected account: `login_hint`, else the subject of the `id_token_hint`.
    pub(super) login_hint: Option<String>,
    pub(super) prompt_none: bool,
    pub(super) max_age: Option<chrono::Duration>,
}

/// Issued authorization code and its request.
pub(super) struct IssuedCode {
    pub(super) request: DemoAuthorizationRequest,
    pub(super) account: &'static str,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) state: CodeState,
}

pub(super) enum CodeState {
    Unused,
    /// Presented once, with or without success; holds the token family once there is one.
    Used(Option<Secret>),
    /// Presented again.
    Reused,
}

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
}

/// Values with an expiry, each under an unguessable token.
pub(super) struct ExpiringMap<T>(VecDeque<(Secret, DateTime<Utc>, T)>);

impl<T> Default for ExpiringMap<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> ExpiringMap<T> {
    fn insert(&mut self, value: T, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Secret {
        self.0.retain(|(_, expires_at, _)| *expires_at > now);
        if self.0.len() >= MAX_ENTRIES {
            self.0.pop_front();
        }
        let token = random_token();
        self.0.push_back((token.clone(), expires_at, value));
        token
    }

    /// Returns the value of a token. Compares all tokens, each in constant time.
    pub(super) fn find(&mut self, token: &str, now: DateTime<Utc>) -> Option<&mut T> {
        self.iter(now).fold(None, |found, (known, value)| if known.matches(token) { Some(value) } else { found })
    }

    /// Iterates over the values and their tokens.
    pub(super) fn iter(&mut self, now: DateTime<Utc>) -> impl Iterator<Item = (&Secret, &mut T)> {
        let valid = self.0.iter_mut().filter(move |(_, expires_at, _)| *expires_at > now);
        valid.map(|(token, _, value)| (&*token, value))
    }
}
