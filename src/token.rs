//! `token`: the access token of a session, refreshed when that is due (RFC 6749 6).
//!
//! A valid token costs the state file and one read of the credential store: no runtime, no TLS, no catalogue. A refresh
//! happens under the session's lock between processes; whoever waited for the lock reads the session again first, so
//! that the provider sees one refresh however many ask.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::select_session::SessionQuery;
use crate::app::{App, LOCK_TIMEOUT, runtime};
use crate::duration;
use crate::error::{Error, Result};
use crate::oauth::{self, HttpResponse, id_token, token as request};
use crate::secret::Secret;
use crate::session::{RefreshFailure, Session, SessionInfo, Tokens};
use crate::store::Lock;

/// When to refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshMode {
    /// Where less than the life asked for is left.
    WhenDue,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// How long the answer to a refresh is waited for after a signal: it may be the only one that has the session's next
/// refresh token. Most come within a second.
const SIGNAL_GRACE: Duration = Duration::from_secs(2);

/// What is asked of the token.
#[derive(Debug, Clone, Copy)]
pub struct TokenOptions {
    /// The life it should have left.
    pub min_ttl: Duration,
    /// Whether to refresh.
    pub refresh: RefreshMode,
    /// The ID token is wanted; its own end counts too.
    pub id_token: bool,
}

/// The session that `wanted` means, its tokens as fresh as `asked`.
///
/// # Errors
/// [`Error::NotSignedIn`], [`Error::ReauthenticationRequired`] where it cannot be refreshed any more, [`Error::Network`] where the
/// provider or the lock cannot be had and the token is no longer valid, [`Error::Store`].
pub fn token(app: &App, query: &SessionQuery, options: &TokenOptions) -> Result<Session> {
    fresh_session(app, &app.select_session(query, "token")?, options)
}

/// The session that `summary` is of, its tokens as fresh as `asked`.
///
/// # Errors
/// As [`token`].
pub fn fresh_session(app: &App, summary: &SessionInfo, options: &TokenOptions) -> Result<Session> {
    let session = app.sessions.load(summary)?;
    app.repair_session(summary, &session);
    match options.refresh {
        RefreshMode::Never => Ok(session),
        RefreshMode::WhenDue if has_min_ttl(&session, options, app.now()) => Ok(session),
        RefreshMode::WhenDue => refresh_if_due(app, summary, session, options),
        RefreshMode::Always => refresh(app, summary, &session, options.refresh, |_| false),
    }
}

/// Refreshes a session that is due; a token that is still valid is better than an error.
fn refresh_if_due(app: &App, summary: &SessionInfo, session: Session, options: &TokenOptions) -> Result<Session> {
    // Tokens that came while this process waited for the lock are as fresh as a refresh would make them.
    let renewed = |other: &Session| other.tokens.received_at != session.tokens.received_at;
    let is_good_enough = |other: &Session| {
        has_min_ttl(other, options, app.now()) || (renewed(other) && is_valid(other, options, app.now()))
    };
    match refresh(app, summary, &session, options.refresh, is_good_enough) {
        Ok(new) => {
            if !has_min_ttl(&new, options, app.now()) && is_valid(&new, options, app.now()) {
                app.prompt.warn(&format!(
                    "the tokens of `{}` do not live as long as the {} asked for",
                    new.provider,
                    duration::show(options.min_ttl)
                ));
            }
            Ok(new)
        }
        Err(error @ (Error::Interrupted { .. } | Error::Check { .. })) => Err(error),
        Err(error) if is_valid(&session, options, app.now()) => {
            app.prompt.warn(&format!("the token is still valid, but could not be refreshed: {error}"));
            Ok(session)
        }
        Err(error) => Err(error),
    }
}

/// One refresh, under the lock; none where the tokens found there `will_do`.
fn refresh(
    app: &App,
    summary: &SessionInfo,
    before: &Session,
    mode: RefreshMode,
    is_good_enough: impl Fn(&Session) -> bool,
) -> Result<Session> {
    if before.tokens.refresh_token.is_none() {
        return Err(session_expired(before, "there is no refresh token"));
    }
    let since = app.now();
    let lock = app.lock(summary, lock_timeout(before, since))?;
    // It may have been moved to the other store meanwhile, and what stayed behind there is spent.
    let summary = &app.sessions.current(summary)?.unwrap_or_else(|| summary.clone());
    let session = app.sessions.load(summary)?;
    if is_good_enough(&session) {
        return Ok(session);
    }
    if let Some(known) = known_failure(app, summary, &session, mode, since)? {
        return Err(known);
    }
    match send_refresh(app, summary, &session, &lock) {
        Err(error @ Error::ReauthenticationRequired { .. }) => on_invalid_grant(app, summary, &session, &lock, error),
        outcome => outcome,
    }
}

/// What another refresh has found out, so that two hundred processes do not find it out one after the other: that one of
/// them failed while this one waited for it; that the provider wants to be left alone; that the session is dead. Whoever
/// forces a refresh is not held to the last two.
fn known_failure(
    app: &App,
    summary: &SessionInfo,
    session: &Session,
    mode: RefreshMode,
    since: DateTime<Utc>,
) -> Result<Option<Error>> {
    let Some(SessionInfo { refresh_rejected, refresh_failure: failure, .. }) = app.sessions.current(summary)? else {
        return Ok(None);
    };
    let is_forced = mode == RefreshMode::Always;
    if refresh_rejected && !is_forced {
        return Ok(Some(session_expired(session, "the refresh token is no longer taken")));
    }
    let Some(failure) = failure else { return Ok(None) };
    if failure.at >= since {
        return Ok(Some(Error::network(failure.reason)));
    }
    let left = failure.retry_at.and_then(|until| (until - app.now()).to_std().ok()).filter(|left| !left.is_zero());
    // An end further off than any that is noted is a clock that was set back.
    let left = left.filter(|left| *left <= oauth::MAX_RETRY_AFTER && !is_forced);
    Ok(left.map(|left| {
        let wait = duration::show(Duration::from_secs(left.as_secs() + 1));
        Error::network(format!("{}; it wants to be left alone for another {wait}", failure.reason))
    }))
}

/// How long to wait for the lock: a token that is still valid is not waited to death.
fn lock_timeout(session: &Session, now: DateTime<Utc>) -> Duration {
    let left = session.tokens.expires_at.and_then(|end| (end - now).to_std().ok()).filter(|left| !left.is_zero());
    left.map_or(LOCK_TIMEOUT, |left| LOCK_TIMEOUT.min(left / 2))
}

/// Sends the refresh, where what comes back can be stored, and stores it before anything else happens; Ctrl-C counts
/// until the answer is there.
fn send_refresh(app: &App, summary: &SessionInfo, session: &Session, lock: &Lock) -> Result<Session> {
    app.sessions.prepare_update(session, lock)?;
    app.ensure_reachable(session)?;
    let request = request::refresh_request(session)?;
    app.prompt.detail(&format!("refreshing the session of `{}`", session.provider));
    let http = app.http_with_ca(session.ca_file.as_deref());
    runtime::run_with_grace(SIGNAL_GRACE, async {
        let response = http.send_async(request).await;
        // From here to the save nothing is awaited, so no signal comes between.
        let pause = response.as_ref().ok().and_then(|response| oauth::retry_after(response, app.now()));
        let outcome = response.and_then(|response| store_response(app, session, &response, lock));
        if let Err(Error::Network { message }) = &outcome {
            let at = app.now();
            let failure = RefreshFailure { at, retry_at: pause.map(|pause| at + pause), reason: message.clone() };
            // It spares the provider a request; where it cannot be noted, the next process asks.
            let _ = app.sessions.record_refresh_failure(summary, failure, lock);
        }
        outcome
    })
}

/// The session with the answer's tokens, stored.
fn store_response(app: &App, session: &Session, response: &HttpResponse, lock: &Lock) -> Result<Session> {
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
    if let Some(refresh_token) = &response.refresh_token {
        new.tokens.refresh_token = Some(refresh_token.clone());
    }
    if let Some(id_token) = &response.id_token {
        // The provider has spent the old refresh token with this answer, and the check may have to fetch keys: the new
        // one is kept first, so that neither a failed check nor the end of this process loses the session.
        if response.refresh_token.is_some() {
            app.save_refreshed(&new, lock)?;
        }
        check_new_id_token(app, session, id_token, &response.access_token)?;
    }
    new.tokens = Tokens {
        access_token: response.access_token,
        token_type: response.token_type.or(new.tokens.token_type),
        refresh_token: new.tokens.refresh_token,
        id_token: response.id_token.or(new.tokens.id_token),
        expires_at: response.expires_in.and_then(|life| now.checked_add_signed(chrono::Duration::from_std(life).ok()?)),
        received_at: session.tokens.next_received_at(now),
    };
    if let Some(scopes) = response.scopes {
        new.scopes = scopes;
    }
    app.save_refreshed(&new, lock)?;
    Ok(new)
}

/// OpenID Connect Core 12.2: a new ID token is optional, and of the same issuer, subject and audience.
fn check_new_id_token(app: &App, session: &Session, new: &Secret, access_token: &Secret) -> Result<()> {
    let Some(issuer) = &session.issuer else { return Ok(()) };
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
    let claims = app.check_id_token(
        &app.http_with_ca(session.ca_file.as_deref()),
        new,
        session.endpoints.jwks.as_deref(),
        &expected,
    )?;
    id_token::validate_refreshed(session, &claims)
}

/// `invalid_grant`: another machine or a restored backup may have moved the session on, so it is read once more before
/// it is called dead.
fn on_invalid_grant(
    app: &App,
    summary: &SessionInfo,
    tried: &Session,
    lock: &Lock,
    rejection: Error,
) -> Result<Session> {
    let again = app.sessions.load(summary)?;
    let refresh_token =
        |session: &Session| session.tokens.refresh_token.as_ref().map(|token| token.expose().to_owned());
    if refresh_token(&again) != refresh_token(tried) {
        return match send_refresh(app, summary, &again, lock) {
            Err(rejection @ Error::ReauthenticationRequired { .. }) => mark_rejected(app, summary, lock, rejection),
            outcome => outcome,
        };
    }
    mark_rejected(app, summary, lock, rejection)
}

fn mark_rejected(app: &App, summary: &SessionInfo, lock: &Lock, rejection: Error) -> Result<Session> {
    app.sessions.mark_refresh_rejected(summary, lock)?;
    Err(rejection)
}

fn session_expired(session: &Session, why: &str) -> Error {
    Error::ReauthenticationRequired {
        provider: session.provider.clone(),
        account: Some(session.account.name.clone()),
        reason: why.to_owned(),
    }
}

/// Whether what is asked for has the life asked for.
fn has_min_ttl(session: &Session, options: &TokenOptions, now: DateTime<Utc>) -> bool {
    valid_for(session, options, now, options.min_ttl)
}

/// Whether what is asked for is valid now.
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
    // No ID token at all is for the caller to say; a refresh would not bring what the sign-in did not.
    end.is_none_or(|end| end.signed_duration_since(now) > least)
}
