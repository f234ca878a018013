//! State that ends with the process: open pages, authorization codes and device codes.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::authorization_request::DemoAuthorizationRequest;
use super::device_code::PendingDevice;
use super::redirect_uri::LoopbackRedirectUri;
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

/// Open pages and codes.
#[derive(Default)]
pub(super) struct PendingState {
    pub(super) pages: ExpiringMap<PageToken>,
    pub(super) codes: ExpiringMap<IssuedCode>,
    pub(super) devices: ExpiringMap<PendingDevice>,
}

impl PendingState {
    /// Adds an open page and returns its token.
    pub(super) fn add_page(&mut self, page: PendingPage, now: DateTime<Utc>) -> Secret {
        self.pages.insert(PageToken { page, response: None }, now, now + PAGE_LIFETIME)
    }

    /// Adds an authorization code.
    pub(super) fn add_code(&mut self, code: IssuedCode, now: DateTime<Utc>) -> Secret {
        self.codes.insert(code, now, now + CODE_LIFETIME)
    }

    /// Adds a device code.
    pub(super) fn add_device(&mut self, device: PendingDevice, now: DateTime<Utc>) -> Secret {
        let expires_at = device.expires_at + EXPIRED_RETENTION;
        self.devices.insert(device, now, expires_at)
    }
}

/// State of an open page. Its token is valid once and known only to that page, which prevents CSRF.
pub(super) struct PageToken {
    pub(super) page: PendingPage,
    /// Response to the first decision; a second click gets the same response.
    pub(super) response: Option<Response>,
}

/// Request that a page is open for.
#[derive(Clone)]
pub(super) enum PendingPage {
    Authorization(DemoAuthorizationRequest),
    Device(Secret),
    Logout(LogoutRequest),
}

/// Request of a logout.
#[derive(Clone)]
pub(super) struct LogoutRequest {
    pub(super) redirect_uri: Option<LoopbackRedirectUri>,
    pub(super) state: Option<String>,
}

/// Issued authorization code and its request.
pub(super) struct IssuedCode {
    pub(super) request: DemoAuthorizationRequest,
    pub(super) account: &'static str,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) state: CodeState,
}

impl IssuedCode {
    pub(super) fn redirect_uri(&self) -> &LoopbackRedirectUri {
        &self.request.redirect_uri
    }
}

/// Use of a code.
pub(super) enum CodeState {
    Unused,
    /// Presented once, with or without success; holds the token family once there is one.
    Used(Option<Secret>),
    /// Presented again.
    Reused,
}

/// Values with an expiry, each under an unguessable token.
pub(super) struct ExpiringMap<T>(VecDeque<Entry<T>>);

struct Entry<T> {
    token: Secret,
    expires_at: DateTime<Utc>,
    value: T,
}

impl<T> Default for ExpiringMap<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> ExpiringMap<T> {
    fn insert(&mut self, value: T, now: DateTime<Utc>, expires_at: DateTime<Utc>) -> Secret {
        self.0.retain(|entry| entry.expires_at > now);
        if self.0.len() >= MAX_ENTRIES {
            self.0.pop_front();
        }
        let token = random_token();
        self.0.push_back(Entry { token: token.clone(), expires_at, value });
        token
    }

    /// Returns the value of a token. Compares all tokens, each in constant time.
    pub(super) fn find(&mut self, token: &str, now: DateTime<Utc>) -> Option<&mut T> {
        let mut found = None;
        for entry in &mut self.0 {
            if entry.token.matches(token) && entry.expires_at > now {
                found = Some(&mut entry.value);
            }
        }
        found
    }

    /// Iterates over the values and their tokens.
    pub(super) fn iter(&mut self, now: DateTime<Utc>) -> impl Iterator<Item = (&Secret, &mut T)> {
        self.0.iter_mut().filter(move |entry| entry.expires_at > now).map(|entry| (&entry.token, &mut entry.value))
    }
}
