//! `token`: the access token of a session, refreshed when that is due (RFC 6749 6).
//!
//! A valid token costs the state file and one read of the credential store: no runtime, no TLS, no catalogue. A refresh
//! happens under the session's lock between processes; whoever waited for the lock reads the session again first, so
//! that the provider sees one refresh however many ask.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::select_session::SessionQuery;
use crate::app::{App, LOCK_LIMIT, runtime};
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
const GRACE: Duration = Duration::from_secs(2);

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
pub fn token(app: &App, wanted: &SessionQuery, asked: &TokenOptions) -> Result<Session> {
    fresh(app, &app.pick(wanted, "token")?, asked)
}

/// The session that `summary` is of, its tokens as fresh as `asked`.
///
/// # Errors
/// As [`token`].
pub fn fresh(app: &App, summary: &SessionInfo, asked: &TokenOptions) -> Result<Session> {
    let session = app.sessions.load(summary)?;
    app.settle(summary, &session);
    match asked.refresh {
        RefreshMode::Never => Ok(session),
        RefreshMode::WhenDue if enough(&session, asked, app.now()) => Ok(session),
        RefreshMode::WhenDue => due(app, summary, session, asked),
        RefreshMode::Always => refreshed(app, summary, &session, asked.refresh, |_| false),
    }
}

/// Refreshes a session that is due; a token that is still valid is better than an error.
fn due(app: &App, summary: &SessionInfo, session: Session, asked: &TokenOptions) -> Result<Session> {
    // Tokens that came while this process waited for the lock are as fresh as a refresh would make them.
    let renewed = |other: &Session| other.tokens.received_at != session.tokens.received_at;
    let will_do =
        |other: &Session| enough(other, asked, app.now()) || (renewed(other) && usable(other, asked, app.now()));
    match refreshed(app, summary, &session, asked.refresh, will_do) {
        Ok(new) => {
            if !enough(&new, asked, app.now()) && usable(&new, asked, app.now()) {
                app.prompt.warn(&format!(
                    "the tokens of `{}` do not live as long as the {} asked for",
                    new.provider,
                    duration::show(asked.min_ttl)
                ));
            }
            Ok(new)
        }
        Err(error @ (Error::Interrupted { .. } | Error::Check { .. })) => Err(error),
        Err(error) if usable(&session, asked, app.now()) => {
            app.prompt.warn(&format!("the token is still valid, but could not be refreshed: {error}"));
            Ok(session)
        }
        Err(error) => Err(error),
    }
}

/// One refresh, under the lock; none where the tokens found there `will_do`.
fn refreshed(
    app: &App,
    summary: &SessionInfo,
    before: &Session,
    wish: RefreshMode,
    will_do: impl Fn(&Session) -> bool,
) -> Result<Session> {
    if before.tokens.refresh_token.is_none() {
        return Err(over(before, "there is no refresh token"));
    }
    let since = app.now();
    let lock = app.lock(summary, patience(before, since))?;
    // It may have been moved to the other store meanwhile, and what stayed behind there is spent.
    let summary = &app.sessions.current(summary)?.unwrap_or_else(|| summary.clone());
    let session = app.sessions.load(summary)?;
    if will_do(&session) {
        return Ok(session);
    }
    if let Some(known) = known_to_fail(app, summary, &session, wish, since)? {
        return Err(known);
    }
    match exchange(app, summary, &session, &lock) {
        Err(error @ Error::ReauthenticationRequired { .. }) => spent(app, summary, &session, &lock, error),
        outcome => outcome,
    }
}

/// What another refresh has found out, so that two hundred processes do not find it out one after the other: that one of
/// them failed while this one waited for it; that the provider wants to be left alone; that the session is dead. Whoever
/// forces a refresh is not held to the last two.
fn known_to_fail(
    app: &App,
    summary: &SessionInfo,
    session: &Session,
    wish: RefreshMode,
    since: DateTime<Utc>,
) -> Result<Option<Error>> {
    let Some(SessionInfo { refresh_rejected: dead, refresh_failure: setback, .. }) = app.sessions.current(summary)?
    else {
        return Ok(None);
    };
    let is_forced = wish == RefreshMode::Always;
    if dead && !is_forced {
        return Ok(Some(over(session, "the refresh token is no longer taken")));
    }
    let Some(setback) = setback else { return Ok(None) };
    if setback.at >= since {
        return Ok(Some(Error::network(setback.reason)));
    }
    let left = setback.retry_at.and_then(|until| (until - app.now()).to_std().ok()).filter(|left| !left.is_zero());
    // An end further off than any that is noted is a clock that was set back.
    let left = left.filter(|left| *left <= oauth::LONGEST_PAUSE && !is_forced);
    Ok(left.map(|left| {
        let wait = duration::show(Duration::from_secs(left.as_secs() + 1));
        Error::network(format!("{}; it wants to be left alone for another {wait}", setback.reason))
    }))
}

/// How long to wait for the lock: a token that is still valid is not waited to death.
fn patience(session: &Session, now: DateTime<Utc>) -> Duration {
    let left = session.tokens.expires_at.and_then(|end| (end - now).to_std().ok()).filter(|left| !left.is_zero());
    left.map_or(LOCK_LIMIT, |left| LOCK_LIMIT.min(left / 2))
}

/// Sends the refresh, where what comes back can be stored, and stores it before anything else happens; Ctrl-C counts
/// until the answer is there.
fn exchange(app: &App, summary: &SessionInfo, session: &Session, lock: &Lock) -> Result<Session> {
    app.sessions.prepare_update(session, lock)?;
    app.reach(session)?;
    let request = request::refresh(session)?;
    app.prompt.detail(&format!("refreshing the session of `{}`", session.provider));
    let http = app.http_trusting(session.ca_file.as_deref());
    runtime::wait_out(GRACE, async {
        let answer = http.send_async(request).await;
        // From here to the save nothing is awaited, so no signal comes between.
        let pause = answer.as_ref().ok().and_then(|answer| oauth::retry_after(answer, app.now()));
        let outcome = answer.and_then(|answer| absorb(app, session, &answer, lock));
        if let Err(Error::Network { message }) = &outcome {
            let at = app.now();
            let setback = RefreshFailure { at, retry_at: pause.map(|pause| at + pause), reason: message.clone() };
            // It spares the provider a request; where it cannot be noted, the next process asks.
            let _ = app.sessions.record_refresh_failure(summary, setback, lock);
        }
        outcome
    })
}

/// The session with the answer's tokens, stored.
fn absorb(app: &App, session: &Session, answer: &HttpResponse, lock: &Lock) -> Result<Session> {
    let mut new = session.clone();
    let answer = match request::read_refreshed(answer, session) {
        Ok(answer) => answer,
        Err(error) => {
            if let Some(rotated) = request::rotated(answer, session) {
                new.tokens.refresh_token = Some(rotated);
                app.keep(&new, lock)?;
            }
            return Err(error);
        }
    };
    let now = app.now();
    if let Some(refresh_token) = &answer.refresh_token {
        new.tokens.refresh_token = Some(refresh_token.clone());
    }
    if let Some(id_token) = &answer.id_token {
        // The provider has spent the old refresh token with this answer, and the check may have to fetch keys: the new
        // one is kept first, so that neither a failed check nor the end of this process loses the session.
        if answer.refresh_token.is_some() {
            app.keep(&new, lock)?;
        }
        refreshed_id_token(app, session, id_token, &answer.access_token)?;
    }
    new.tokens = Tokens {
        access_token: answer.access_token,
        token_type: answer.token_type.or(new.tokens.token_type),
        refresh_token: new.tokens.refresh_token,
        id_token: answer.id_token.or(new.tokens.id_token),
        expires_at: answer.expires_in.and_then(|life| now.checked_add_signed(chrono::Duration::from_std(life).ok()?)),
        received_at: session.tokens.next_received_at(now),
    };
    if let Some(scopes) = answer.scopes {
        new.scopes = scopes;
    }
    app.keep(&new, lock)?;
    Ok(new)
}

/// OpenID Connect Core 12.2: a new ID token is optional, and of the same issuer, subject and audience.
fn refreshed_id_token(app: &App, session: &Session, new: &Secret, access_token: &Secret) -> Result<()> {
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
        &app.http_trusting(session.ca_file.as_deref()),
        new,
        session.endpoints.jwks.as_deref(),
        &expected,
    )?;
    id_token::check_refreshed(session, &claims)
}

/// `invalid_grant`: another machine or a restored backup may have moved the session on, so it is read once more before
/// it is called dead.
fn spent(app: &App, summary: &SessionInfo, tried: &Session, lock: &Lock, refusal: Error) -> Result<Session> {
    let again = app.sessions.load(summary)?;
    let refresh_token =
        |session: &Session| session.tokens.refresh_token.as_ref().map(|token| token.expose().to_owned());
    if refresh_token(&again) != refresh_token(tried) {
        return match exchange(app, summary, &again, lock) {
            Err(refusal @ Error::ReauthenticationRequired { .. }) => dead(app, summary, lock, refusal),
            outcome => outcome,
        };
    }
    dead(app, summary, lock, refusal)
}

fn dead(app: &App, summary: &SessionInfo, lock: &Lock, refusal: Error) -> Result<Session> {
    app.sessions.mark_refresh_rejected(summary, lock)?;
    Err(refusal)
}

fn over(session: &Session, why: &str) -> Error {
    Error::ReauthenticationRequired {
        provider: session.provider.clone(),
        account: Some(session.account.name.clone()),
        reason: why.to_owned(),
    }
}

/// Whether what is asked for has the life asked for.
fn enough(session: &Session, asked: &TokenOptions, now: DateTime<Utc>) -> bool {
    lives(session, asked, now, asked.min_ttl)
}

/// Whether what is asked for is valid now.
fn usable(session: &Session, asked: &TokenOptions, now: DateTime<Utc>) -> bool {
    lives(session, asked, now, Duration::ZERO)
}

fn lives(session: &Session, asked: &TokenOptions, now: DateTime<Utc>, least: Duration) -> bool {
    if !asked.id_token {
        return session.tokens.has_min_ttl(now, least);
    }
    let least = chrono::Duration::from_std(least).unwrap_or(chrono::Duration::MAX);
    let end = session.tokens.id_token.as_ref().and_then(id_token::kept).and_then(|claims| claims.expires_at());
    // No ID token at all is for the caller to say; a refresh would not bring what the sign-in did not.
    end.is_none_or(|end| end.signed_duration_since(now) > least)
}
