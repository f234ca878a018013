//! What is under way and ends with the process: pages waiting for an answer, codes waiting to be redeemed.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::authorization_request::DemoAuthorizationRequest;
use super::device::PendingDevice;
use super::logout::LogoutRequest;
use super::redirect_uri::LoopbackRedirectUri;
use super::signing::random;
use crate::secret::Secret;
use crate::server::Response;

/// How many of one kind may be under way; more push out the oldest, so that no client fills the memory.
const MOST: usize = 1024;

/// How long a page waits for an answer: time enough to be called away and come back.
const PAGE_LIFE: chrono::Duration = chrono::Duration::minutes(15);

/// How long a code may be redeemed, and its reuse is known as such (RFC 6749 4.1.2 asks for ten minutes at most).
const CODE_LIFE: chrono::Duration = chrono::Duration::minutes(5);

/// How long an expired device code is still known as expired rather than unknown (RFC 8628 3.5).
const EXPIRED_LIFE: chrono::Duration = chrono::Duration::minutes(15);

/// What is under way.
#[derive(Default)]
pub(super) struct PendingState {
    pub(super) tickets: ExpiringMap<PageToken>,
    pub(super) codes: ExpiringMap<IssuedCode>,
    pub(super) devices: ExpiringMap<PendingDevice>,
}

impl PendingState {
    /// A ticket for a page about `matter`.
    pub(super) fn ticket(&mut self, matter: PendingPage, now: DateTime<Utc>) -> Secret {
        self.tickets.put(PageToken { matter, answer: None }, now, now + PAGE_LIFE)
    }

    /// An authorization code.
    pub(super) fn code(&mut self, code: IssuedCode, now: DateTime<Utc>) -> Secret {
        self.codes.put(code, now, now + CODE_LIFE)
    }

    /// A device code.
    pub(super) fn device(&mut self, device: PendingDevice, now: DateTime<Utc>) -> Secret {
        let until = device.end + EXPIRED_LIFE;
        self.devices.put(device, now, until)
    }
}

/// The right to answer one page, once; whoever does not have the page does not have it (CSRF).
pub(super) struct PageToken {
    pub(super) matter: PendingPage,
    /// What the first answer led to; a second click gets the same.
    pub(super) answer: Option<Response>,
}

/// What a page is about.
#[derive(Clone)]
pub(super) enum PendingPage {
    Authorization(DemoAuthorizationRequest),
    Device(Secret),
    Logout(LogoutRequest),
}

/// An authorization code's side of the bargain.
pub(super) struct IssuedCode {
    pub(super) ask: DemoAuthorizationRequest,
    pub(super) account: &'static str,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) state: CodeState,
}

impl IssuedCode {
    pub(super) fn redirect(&self) -> &LoopbackRedirectUri {
        &self.ask.redirect
    }
}

/// How far a code has come.
pub(super) enum CodeState {
    Fresh,
    /// Presented once, in vain or not; with the family that came of it, as soon as it has.
    Spent(Option<Secret>),
    /// Presented again.
    Reused,
}

/// A few things, each under a name that cannot be guessed, each with an end.
pub(super) struct ExpiringMap<T>(VecDeque<Entry<T>>);

struct Entry<T> {
    name: Secret,
    until: DateTime<Utc>,
    thing: T,
}

impl<T> Default for ExpiringMap<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> ExpiringMap<T> {
    fn put(&mut self, thing: T, now: DateTime<Utc>, until: DateTime<Utc>) -> Secret {
        self.0.retain(|entry| entry.until > now);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        let name = random();
        self.0.push_back(Entry { name: name.clone(), until, thing });
        name
    }

    /// The thing of this name. Every name is compared, each in constant time.
    pub(super) fn find(&mut self, name: &str, now: DateTime<Utc>) -> Option<&mut T> {
        let mut found = None;
        for entry in &mut self.0 {
            if entry.name.matches(name) && entry.until > now {
                found = Some(&mut entry.thing);
            }
        }
        found
    }

    /// The things that are there, with their names.
    pub(super) fn each(&mut self, now: DateTime<Utc>) -> impl Iterator<Item = (&Secret, &mut T)> {
        self.0.iter_mut().filter(move |entry| entry.until > now).map(|entry| (&entry.name, &mut entry.thing))
    }
}
