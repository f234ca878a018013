//! What is under way and ends with the process: pages waiting for an answer, codes waiting to be redeemed.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::authorization_request::DemoAuthorizationRequest;
use super::device_code::PendingDevice;
use super::redirect_uri::LoopbackRedirectUri;
use super::signing::random_token;
use crate::secret::Secret;
use crate::server::Response;

/// How many of one kind may be under way; more push out the oldest, so that no client fills the memory.
const MAX_ENTRIES: usize = 1024;

/// How long a page waits for an answer: time enough to be called away and come back.
const PAGE_LIFETIME: chrono::Duration = chrono::Duration::minutes(15);

/// How long a code may be redeemed, and its reuse is known as such (RFC 6749 4.1.2 asks for ten minutes at most).
const CODE_LIFETIME: chrono::Duration = chrono::Duration::minutes(5);

/// How long an expired device code is still known as expired rather than unknown (RFC 8628 3.5).
const EXPIRED_RETENTION: chrono::Duration = chrono::Duration::minutes(15);

/// What is under way.
#[derive(Default)]
pub(super) struct PendingState {
    pub(super) pages: ExpiringMap<PageToken>,
    pub(super) codes: ExpiringMap<IssuedCode>,
    pub(super) devices: ExpiringMap<PendingDevice>,
}

impl PendingState {
    /// A ticket for a page about `page`.
    pub(super) fn add_page(&mut self, page: PendingPage, now: DateTime<Utc>) -> Secret {
        self.pages.insert(PageToken { page, response: None }, now, now + PAGE_LIFETIME)
    }

    /// An authorization code.
    pub(super) fn add_code(&mut self, code: IssuedCode, now: DateTime<Utc>) -> Secret {
        self.codes.insert(code, now, now + CODE_LIFETIME)
    }

    /// A device code.
    pub(super) fn add_device(&mut self, device: PendingDevice, now: DateTime<Utc>) -> Secret {
        let expires_at = device.expires_at + EXPIRED_RETENTION;
        self.devices.insert(device, now, expires_at)
    }
}

/// The right to answer one page, once; whoever does not have the page does not have it (CSRF).
pub(super) struct PageToken {
    pub(super) page: PendingPage,
    /// What the first answer led to; a second click gets the same.
    pub(super) response: Option<Response>,
}

/// What a page is about.
#[derive(Clone)]
pub(super) enum PendingPage {
    Authorization(DemoAuthorizationRequest),
    Device(Secret),
    Logout(LogoutRequest),
}

/// A wish to leave.
#[derive(Clone)]
pub(super) struct LogoutRequest {
    pub(super) redirect_uri: Option<LoopbackRedirectUri>,
    pub(super) state: Option<String>,
}

/// An authorization code's side of the bargain.
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

/// How far a code has come.
pub(super) enum CodeState {
    Unused,
    /// Presented once, in vain or not; with the family that came of it, as soon as it has.
    Used(Option<Secret>),
    /// Presented again.
    Reused,
}

/// A few things, each under a name that cannot be guessed, each with an end.
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

    /// The thing of this name. Every name is compared, each in constant time.
    pub(super) fn find(&mut self, token: &str, now: DateTime<Utc>) -> Option<&mut T> {
        let mut found = None;
        for entry in &mut self.0 {
            if entry.token.matches(token) && entry.expires_at > now {
                found = Some(&mut entry.value);
            }
        }
        found
    }

    /// The things that are there, with their names.
    pub(super) fn iter(&mut self, now: DateTime<Utc>) -> impl Iterator<Item = (&Secret, &mut T)> {
        self.0.iter_mut().filter(move |entry| entry.expires_at > now).map(|entry| (&entry.token, &mut entry.value))
    }
}
