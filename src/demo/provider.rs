//! The demo provider: its state, and the helpers that all endpoints share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::metadata::DemoEndpoints;
use super::pages;
use super::pending::PendingState;
use super::responses::{self, RequestParams};
use super::settings::{Approval, CLIENT_ID, DemoSettings, Issuer};
use super::state::GrantStore;
use crate::clock::Clock;
use crate::error::Result;
use crate::server::Response;

/// OpenID provider that maps requests to responses.
pub struct DemoProvider {
    pub(super) issuer: Issuer,
    pub(super) approval: Approval,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) program: String,
    pub(super) access_token_lifetime: Duration,
    pub(super) endpoints: DemoEndpoints,
    pub(super) grants: GrantStore,
    pub(super) pending: Mutex<PendingState>,
}

impl DemoProvider {
    /// Returns a provider whose pages are on `port` of 127.0.0.1.
    ///
    /// # Errors
    /// Errors of the storage; [`crate::error::Error::Store`] if a newer version wrote the state.
    pub fn new(settings: DemoSettings, port: u16) -> Result<Self> {
        let DemoSettings { issuer, approval, clock, storage, program, access_token_lifetime } = settings;
        let grants = GrantStore::open(storage, issuer, clock.now())?;
        let endpoints = DemoEndpoints::new(issuer, port);
        let pending = Mutex::default();
        Ok(Self { issuer, approval, clock, program, access_token_lifetime, endpoints, grants, pending })
    }

    /// Returns the issuer, as in metadata, `iss` and ID tokens.
    pub fn issuer(&self) -> &str {
        &self.endpoints.issuer
    }

    /// Returns whether the provider accepts a client id.
    pub(super) fn is_known_client(&self, client: &str) -> bool {
        match self.issuer {
            Issuer::Fixed => client == CLIENT_ID,
            Issuer::Loopback => client.len() <= 255 && client.bytes().all(|b| (0x20..0x7f).contains(&b)),
        }
    }

    /// Returns the subject of the `id_token_hint`, if this provider signed it.
    pub(super) fn hinted_subject(&self, params: &RequestParams) -> Option<String> {
        let token = params.get("id_token_hint")?;
        let claims = self.grants.update(self.now(), |grants| grants.signer().verify(token)).ok()??;
        claims["sub"].as_str().map(str::to_owned)
    }

    pub(super) fn page(&self, status: u16, message: pages::MessagePage<'_>) -> Response {
        responses::html(status, pages::message(&self.program, message), None)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, PendingState> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
