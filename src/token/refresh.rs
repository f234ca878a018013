//! `token`: returns the access token of a session and refreshes it if needed (RFC 6749 6).
//!
//! A valid token costs the state file and one read of the credential store: no runtime, no TLS, no catalog. A refresh
//! holds the session's lock. A process that waited for the lock reads the session again first, so that the provider
//! sees one refresh for any number of callers.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::forgotten_client::{is_forgotten_client, with_signin_hint};
use super::locked_session::LockedSession;
use super::lost_scopes::warn_of_lost_scopes;
use crate::app::select_session::SessionQuery;
use crate::app::{App, runtime};
use crate::duration;
use crate::error::{Error, Result};
use crate::http_client::{self, HttpClient};
use crate::oauth::{self, HttpRequest, HttpResponse, id_token, token as request};
use crate::secret::Secret;
use crate::session::{DerivedTokens, Endpoints, EventKind, RefreshFailure, Session, SessionInfo, Tokens};
use crate::store::{Lock, TokenOutcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshMode {
    WhenDue,
    Always,
    Never,
}

/// Remaining lifetime that a token has at least, unless the user asks for more.
pub const MIN_TTL: Duration = Duration::from_secs(60);

/// Time to wait for a refresh response after a signal: the response may contain the only copy of the next refresh
/// token. Most arrive within a second.
const SIGNAL_GRACE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
pub struct TokenOptions {
    pub min_ttl: Duration,
    pub refresh: RefreshMode,
    /// Return the ID token; its own expiry counts too.
    pub id_token: bool,
    /// The user asked for `min_ttl`, and is told if the tokens do not live as long.
    pub is_min_ttl_typed: bool,
    /// A failed refresh is an error even if the current token is still valid.
    pub fails_if_stale: bool,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            min_ttl: MIN_TTL,
            refresh: RefreshMode::WhenDue,
            id_token: false,
            is_min_ttl_typed: false,
            fails_if_stale: false,
        }
    }
}

/// Selects a session and refreshes it if needed.
///
/// # Errors
/// [`Error::NotSignedIn`], [`Error::ReauthenticationRequired`] if the session can no longer be refreshed,
/// [`Error::Network`] if the provider or the lock is unavailable and the token has expired, [`Error::Store`].
pub fn token(app: &App, query: &SessionQuery, options: &TokenOptions) -> Result<Session> {
    fresh_session(app, &app.select_session(query, "token")?, options)
}

/// Loads the session of `info` and refreshes it if needed.
pub fn fresh_session(app: &App, info: &SessionInfo, options: &TokenOptions) -> Result<Session> {
    let outcome = load_fresh(app, info, options).map_err(|error| app.with_session_hint(info, error));
    log_use(app, info, &outcome);
    outcome
}

/// Records the use of the session's token, or the attempt.
pub(super) fn log_use(app: &App, info: &SessionInfo, outcome: &Result<Session>) {
    let is_refreshed = app.has_event(EventKind::Refreshed, &info.id);
    app.log_use(
        info,
        match outcome {
            Ok(_) if is_refreshed => TokenOutcome::Refreshed,
            Ok(_) => TokenOutcome::Stored,
            Err(_) => TokenOutcome::Failed,
        },
    );
}

fn load_fresh(app: &App, info: &SessionInfo, options: &TokenOptions) -> Result<Session> {
    let session = app.sessions.load(info)?;
    app.repair_session(info, &session);
    match options.refresh {
        RefreshMode::Never => Ok(session),
        RefreshMode::WhenDue if has_min_ttl(&session, options, app.now()) => Ok(session),
        RefreshMode::WhenDue => refresh_if_due(app, info, session, options),
        RefreshMode::Always => refresh(app, info, &session, options.refresh, |_| false),
    }
}

/// Refreshes a session that is due. If that fails, returns a token that is still valid instead of an error.
fn refresh_if_due(app: &App, info: &SessionInfo, session: Session, options: &TokenOptions) -> Result<Session> {
    // Tokens that arrived while this process waited for the lock are as fresh as a refresh would make them.
    let renewed = |other: &Session| other.tokens.received_at != session.tokens.received_at;
    let is_good_enough = |other: &Session| {
        has_min_ttl(other, options, app.now()) || (renewed(other) && is_valid(other, options, app.now()))
    };
    match refresh(app, info, &session, options.refresh, is_good_enough) {
        Ok(new) => {
            if options.is_min_ttl_typed && !has_min_ttl(&new, options, app.now()) && is_valid(&new, options, app.now())
            {
                app.prompt.warn(&format!(
                    "the tokens of `{}` expire sooner than the requested {}",
                    new.provider,
                    duration::show(options.min_ttl)
                ));
            }
            Ok(new)
        }
        Err(error @ (Error::Interrupted { .. } | Error::Check { .. })) => Err(error),
        Err(error) if !options.fails_if_stale && is_valid(&session, options, app.now()) => {
            warn_of_failed_refresh(app, &error);
            Ok(session)
        }
        Err(error) => Err(error),
    }
}

/// Says why the token is the one that was stored before.
pub(super) fn warn_of_failed_refresh(app: &App, error: &Error) {
    let why = match error {
        Error::ReauthenticationRequired { reason, .. } => reason.clone(),
        error => error.to_string(),
    };
    app.prompt.warn(&format!("could not refresh ({why}); using the current token, which is still valid"));
}

/// Refreshes once, under the lock, unless the tokens found there pass `is_good_enough`.
fn refresh(
    app: &App,
    info: &SessionInfo,
    before: &Session,
    mode: RefreshMode,
    is_good_enough: impl Fn(&Session) -> bool,
) -> Result<Session> {
    let locked = LockedSession::take(app, info, before)?;
    if is_good_enough(&locked.session) {
        return Ok(locked.session);
    }
    locked.check_known_failure(app, mode == RefreshMode::Always)?;
    refresh_locked(app, &locked.info, &locked.session, &locked.lock)
}

/// Refreshes once, and records that the provider rejects the refresh token or the client.
pub(super) fn refresh_locked(app: &App, info: &SessionInfo, session: &Session, lock: &Lock) -> Result<Session> {
    match send_refresh(app, info, session, lock) {
        Err(error @ Error::ReauthenticationRequired { .. }) => on_invalid_grant(app, info, session, lock, error),
        Err(error) if is_forgotten_client(session, &error) => mark_rejected(app, info, lock, error),
        outcome => outcome,
    }
}

/// Use of a refresh token: the request, and what becomes of the response.
pub(super) trait RefreshGrant {
    fn request(&self, session: &Session) -> Result<HttpRequest>;

    /// Stores the tokens of the response and returns them in a session. Nothing may be awaited until a new refresh token
    /// is saved, so that no signal can lose the session.
    async fn store(&self, app: &App, session: &Session, response: &HttpResponse, lock: &Lock) -> Result<Session>;
}

struct OwnTokens;

impl RefreshGrant for OwnTokens {
    fn request(&self, session: &Session) -> Result<HttpRequest> {
        request::refresh_request(session)
    }

    async fn store(&self, app: &App, session: &Session, response: &HttpResponse, lock: &Lock) -> Result<Session> {
        store_response(app, session, response, lock).await
    }
}

/// Sends the refresh request once the store is ready. Returns the session of a later sign-in instead, if there is one.
fn send_refresh(app: &App, info: &SessionInfo, session: &Session, lock: &Lock) -> Result<Session> {
    if let Some(later) = app.sessions.prepare_update(session, lock)? {
        return Ok(later);
    }
    app.prompt.detail(&format!("refreshing the session at `{}`", session.provider));
    send_grant(app, info, session, lock, &OwnTokens)
}

/// Sends a request with the refresh token and stores the response immediately; the store must be ready. Ctrl-C counts
/// until the response has arrived.
pub(super) fn send_grant(
    app: &App,
    info: &SessionInfo,
    session: &Session,
    lock: &Lock,
    grant: &impl RefreshGrant,
) -> Result<Session> {
    app.ensure_reachable(session)?;
    let http = app.http_with_ca(session.ca_file.as_deref());
    runtime::run_with_grace(SIGNAL_GRACE, async {
        let mut response = http.send_async(grant.request(session)?).await;
        let moved = moved_session(app, &http, session, &response).await;
        let session = moved.as_ref().unwrap_or(session);
        if moved.is_some() {
            response = http.send_async(grant.request(session)?).await;
        }
        let pause = response.as_ref().ok().and_then(|response| oauth::retry_after(response, app.now()));
        let outcome = match response {
            Ok(response) => grant.store(app, session, &response, lock).await,
            Err(error) => Err(error),
        };
        if let Err(Error::Network { message, .. }) = &outcome {
            let at = app.now();
            let failure = RefreshFailure { at, retry_at: pause.map(|pause| at + pause), reason: message.clone() };
            // The record only spares the provider a request; if it cannot be written, the next process asks again.
            let _ = app.sessions.record_refresh_failure(info, failure, lock);
        }
        if let Ok(new) = &outcome {
            let (scopes, expires_at) = (new.scopes.clone(), new.tokens.expires_at);
            app.record_event(EventKind::Refreshed, &SessionInfo { scopes, expires_at, ..info.clone() });
        }
        outcome.map_err(|error| with_signin_hint(error, session))
    })
}

/// The session with the endpoints of its issuer's current metadata, if the token endpoint is gone and another one is
/// named there. Endpoints of the catalog or the configuration are not looked up. A request that may have arrived is not
/// repeated: its refresh token may be spent.
async fn moved_session(
    app: &App,
    http: &HttpClient,
    session: &Session,
    outcome: &Result<HttpResponse>,
) -> Option<Session> {
    let is_gone = outcome.as_ref().map_or_else(http_client::was_not_sent, oauth::is_gone);
    let old = &session.endpoints;
    let may_move = |name: &str| old.from_metadata.iter().any(|known| known == name);
    if !is_gone || !may_move("token_endpoint") || session.quirks.refresh.endpoint.is_some() {
        return None;
    }
    let found = app.fresh_metadata_async(http, session.issuer.as_deref()?).await?;
    let token = found.token_endpoint.filter(|endpoint| *endpoint != old.token)?;
    app.prompt.detail(&format!("the token endpoint moved to {}", oauth::host_of(&token)));
    let current = |name: &str, known: &Option<String>, found: Option<String>| {
        known.clone().map(|old| found.filter(|_| may_move(name)).unwrap_or(old))
    };
    let endpoints = Endpoints {
        token,
        revocation: current("revocation_endpoint", &old.revocation, found.revocation_endpoint),
        userinfo: current("userinfo_endpoint", &old.userinfo, found.userinfo_endpoint),
        end_session: current("end_session_endpoint", &old.end_session, found.end_session_endpoint),
        jwks: current("jwks_uri", &old.jwks, found.jwks_uri),
        from_metadata: old.from_metadata.clone(),
    };
    Some(Session { endpoints, ..session.clone() })
}

/// Stores the tokens of the response and returns the updated session.
async fn store_response(app: &App, session: &Session, response: &HttpResponse, lock: &Lock) -> Result<Session> {
    let mut new = session.clone();
    let response = match request::parse_refresh_response(response, session) {
        Ok(response) => response,
        Err(error) => {
            if let Some(rotated) = request::rotated_refresh_token(response, session) {
                new.tokens.refresh_token = Some(rotated);
                app.save_refreshed(&new, lock)?;
            }
            return Err(error);
        }
    };
    let now = app.now();
    let expires_at = |life| now.checked_add_signed(chrono::Duration::from_std(life).ok()?);
    // The expiry of a replaced refresh token says nothing about the new one.
    let kept_expiry = session.tokens.refresh_expires_at.filter(|_| response.refresh_token.is_none());
    if let Some(refresh_token) = &response.refresh_token {
        new.tokens.refresh_token = Some(refresh_token.clone());
    }
    if let Some(id_token) = &response.id_token {
        // This response invalidated the old refresh token, and the check may have to fetch keys. Store the new refresh
        // token first, so that neither a failed check nor a crash loses the session.
        if response.refresh_token.is_some() {
            app.save_refreshed(&new, lock)?;
        }
        let moved = check_new_id_token(app, session, id_token, &response.access_token).await?;
        new.endpoints.jwks = moved.or(new.endpoints.jwks);
    }
    new.tokens = Tokens {
        access_token: response.access_token,
        token_type: response.token_type.or(new.tokens.token_type),
        refresh_token: new.tokens.refresh_token,
        id_token: response.id_token.or(new.tokens.id_token),
        expires_at: response.expires_in.and_then(expires_at),
        refresh_expires_at: response.refresh_expires_in.and_then(expires_at).or(kept_expiry),
        received_at: session.tokens.next_received_at(now),
    };
    if let Some(scopes) = response.scopes {
        new.scopes = scopes;
    }
    let is_rotated = new.tokens.refresh_token_differs(&session.tokens);
    if is_rotated && session.quirks.derived_tokens != Some(DerivedTokens::Independent) {
        new.derived.clear();
    }
    app.save_refreshed(&new, lock)?;
    warn_of_lost_scopes(app, session, &new);
    Ok(new)
}

/// Checks a new ID token (OpenID Connect Core 12.2): optional, with the same issuer, subject and audience. Returns the new
/// URL of the keys if they have moved.
async fn check_new_id_token(
    app: &App,
    session: &Session,
    new: &Secret,
    access_token: &Secret,
) -> Result<Option<String>> {
    let Some(issuer) = &session.issuer else { return Ok(None) };
    let expected = id_token::ExpectedClaims {
        issuer,
        tenant_issuer: false,
        client_id: &session.client.id,
        nonce: None,
        access_token: Some(access_token),
        max_age: None,
        acr: None,
        algorithms: &[],
        hmac_secret: session.client.secret.as_ref().filter(|_| session.id_token_hmac),
        now: app.now(),
    };
    let http = app.http_with_ca(session.ca_file.as_deref());
    let (claims, moved) = app.check_id_token(&http, new, session.endpoints.jwks.as_deref(), &expected).await?;
    id_token::validate_refreshed(session, &claims)?;
    Ok(moved)
}

/// Handles `invalid_grant`. Another machine or a restored backup may have updated the session, so it is read once more
/// before the session counts as expired.
fn on_invalid_grant(app: &App, info: &SessionInfo, tried: &Session, lock: &Lock, rejection: Error) -> Result<Session> {
    let again = app.sessions.load(info)?;
    if again.tokens.refresh_token_differs(&tried.tokens) {
        return match send_refresh(app, info, &again, lock) {
            Err(rejection @ Error::ReauthenticationRequired { .. }) => mark_rejected(app, info, lock, rejection),
            outcome => outcome,
        };
    }
    mark_rejected(app, info, lock, rejection)
}

pub(super) fn mark_rejected(app: &App, info: &SessionInfo, lock: &Lock, rejection: Error) -> Result<Session> {
    app.sessions.mark_refresh_rejected(info, lock)?;
    app.record_event(EventKind::Expired, info);
    Err(rejection)
}

/// Returns true if the requested token has the minimum lifetime.
fn has_min_ttl(session: &Session, options: &TokenOptions, now: DateTime<Utc>) -> bool {
    valid_for(session, options, now, options.min_ttl)
}

/// Returns true if the requested token is valid now.
fn is_valid(session: &Session, options: &TokenOptions, now: DateTime<Utc>) -> bool {
    valid_for(session, options, now, Duration::ZERO)
}

fn valid_for(session: &Session, options: &TokenOptions, now: DateTime<Utc>, least: Duration) -> bool {
    if !options.id_token {
        return session.tokens.has_min_ttl(now, least);
    }
    let least = chrono::Duration::from_std(least).unwrap_or(chrono::Duration::MAX);
    let end =
        session.tokens.id_token.as_ref().and_then(id_token::claims_of_stored).and_then(|claims| claims.expires_at());
    // The caller reports a missing ID token; a refresh would not add one.
    end.is_none_or(|end| end.signed_duration_since(now) > least)
}
