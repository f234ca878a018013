//! `token --scope` and `--resource`: a token for other scopes or another API, from the refresh token of the session (RFC
//! 6749 6, RFC 8707 2.2). It is kept beside the session's own tokens. If the provider replaces the refresh token, the
//! earlier access tokens count as expired, because many providers revoke them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::forgotten_client::is_forgotten_client;
use super::locked_session::LockedSession;
use super::refresh::{
    RefreshGrant, RefreshMode, TokenOptions, log_use, mark_rejected, refresh_locked, send_grant, warn_of_failed_refresh,
};
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::catalog::{self, is_scope, validate_resource};
use crate::error::{Error, Remedy, Result};
use crate::oauth::{HttpRequest, HttpResponse, token as request};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::secret::Secret;
use crate::session::{DerivedToken, DerivedTokens, Session, SessionInfo, Tokens};
use crate::store::Lock;

/// Tokens kept beside the session's own; the one that was not asked for the longest goes first.
const MAX_KEPT: usize = 8;

/// Scopes that give no access to an API; providers add them to what was asked.
const IDENTITY_SCOPES: [&str; 2] = ["openid", "offline_access"];

/// Token to ask for.
#[derive(Debug, Clone, Default)]
pub struct DerivedQuery {
    /// Scopes and `@SET`s, each one element; empty: those that the provider grants by itself.
    pub scopes: Vec<String>,
    pub resource: Option<String>,
}

impl DerivedQuery {
    /// Query for `--scope` as typed, separated by commas or spaces, and `--resource`.
    ///
    /// # Errors
    /// [`Error::Usage`] for an element that is no scope, or a resource that is no URL.
    pub fn parse(typed: &[String], resource: Option<&str>) -> Result<Self> {
        let mut scopes: Vec<String> = Vec::new();
        let elements = typed.iter().flat_map(|text| text.split([',', ' '])).filter(|scope| !scope.is_empty());
        for scope in elements {
            if scope.starts_with('+') || !is_scope(scope) {
                let scope = sanitize_untrusted(scope);
                return Err(Error::usage(format!("`--scope`: `{scope}` is not a scope; `+` is for a sign-in")));
            }
            scopes.push(scope.to_owned());
        }
        scopes.sort_unstable();
        scopes.dedup();
        if let Some(resource) = resource {
            let invalid = |reason| Error::usage(format!("`--resource`: `{}` {reason}", sanitize_untrusted(resource)));
            validate_resource(resource).map_err(invalid)?;
        }
        Ok(Self { scopes, resource: resource.map(str::to_owned) })
    }

    /// Returns true if the session's own token is meant.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.resource.is_none()
    }

    /// Replaces each `@SET` by the scopes that a sign-in would ask for. Only a set needs the catalog.
    fn expand_sets(&self, app: &App, info: &SessionInfo) -> Result<Self> {
        if !self.scopes.iter().any(|scope| scope.starts_with('@')) {
            return Ok(self.clone());
        }
        let name = info.earlier_of.as_ref().unwrap_or(&info.provider);
        let expanded = catalog::expand_scopes(name, &app.config()?.providers, &self.scopes)?;
        // Without any scope the provider would grant those of the session.
        match expanded.iter().all(String::is_empty) {
            true => Err(Error::usage(format!("`--scope`: {} has no scopes", self.scopes.join(" ")))),
            false => Self::parse(&expanded, self.resource.as_deref()),
        }
    }

    fn is_of(&self, kept: &DerivedToken) -> bool {
        self.scopes == kept.scopes_requested && self.resource == kept.resource
    }
}

/// Returns a copy of the session whose tokens and scopes are the ones asked for. The copy is for output: it must not be
/// stored.
///
/// # Errors
/// As [`super::refresh::token`]; [`Error::Usage`] if the session would lose its other scopes; [`Error::Check`] if the provider grants more than was asked.
pub fn derived_token(app: &App, query: &SessionQuery, options: &TokenOptions, asked: &DerivedQuery) -> Result<Session> {
    let info = app.select_session(query, "token")?;
    let outcome = load_derived(app, &info, options, asked);
    log_use(app, &info, &outcome);
    outcome
}

fn load_derived(app: &App, info: &SessionInfo, options: &TokenOptions, asked: &DerivedQuery) -> Result<Session> {
    let asked = &asked.expand_sets(app, info)?;
    let session = app.sessions.load(info)?;
    app.repair_session(info, &session);
    check_narrowing(&session, asked)?;
    let kept = session.derived.iter().find(|kept| asked.is_of(kept)).cloned();
    let is_valid = |kept: &DerivedToken, least| kept.tokens.has_min_ttl(app.now(), least);
    let is_enough = |kept: &DerivedToken| options.refresh == RefreshMode::Never || is_valid(kept, options.min_ttl);
    if let Some(kept) = kept.as_ref().filter(|kept| options.refresh != RefreshMode::Always && is_enough(kept)) {
        return Ok(with_tokens(session, kept));
    }
    if options.refresh == RefreshMode::Never {
        return Err(Error::other("no token for these scopes is stored, and `--no-refresh` forbids to ask for one"));
    }
    match fetch(app, info, &session, options, asked) {
        Ok(session) => Ok(session),
        Err(error @ (Error::Interrupted { .. } | Error::Check { .. })) => Err(error),
        Err(error) => match kept.filter(|kept| is_valid(kept, Duration::ZERO)) {
            Some(kept) if options.refresh == RefreshMode::WhenDue => {
                warn_of_failed_refresh(app, &error);
                Ok(with_tokens(session, &kept))
            }
            _ => Err(app.with_session_hint(info, error)),
        },
    }
}

/// Asks the provider, under the lock of the session: the response may have the only copy of the next refresh token.
fn fetch(
    app: &App,
    info: &SessionInfo,
    before: &Session,
    options: &TokenOptions,
    asked: &DerivedQuery,
) -> Result<Session> {
    let locked = LockedSession::take(app, info, before)?;
    // Another process may have asked for the same while this one waited.
    let is_new =
        |kept: &&DerivedToken| !before.derived.iter().any(|old| old.tokens.received_at == kept.tokens.received_at);
    let found = locked.session.derived.iter().find(|kept| asked.is_of(kept)).filter(is_new).cloned();
    if let Some(found) = found.filter(|found| found.tokens.has_min_ttl(app.now(), options.min_ttl)) {
        return Ok(with_tokens(locked.session, &found));
    }
    locked.check_known_failure(app, options.refresh == RefreshMode::Always)?;
    let LockedSession { lock, info, session, .. } = locked;
    let session = app.sessions.prepare_update(&session, &lock)?.unwrap_or(session);
    app.prompt.detail(&format!("asking `{}` for a token with other scopes", session.provider));
    match send_grant(app, &info, &session, &lock, asked) {
        Err(Error::ReauthenticationRequired { .. }) => ask_again(app, &info, &session, &lock, asked),
        Err(error) if is_forgotten_client(&session, &error) => mark_rejected(app, &info, &lock, error),
        outcome => outcome,
    }
}

/// Handles `invalid_grant`: the provider rejects the refresh token, or what was asked (Microsoft Entra ID, without the
/// user's consent). An ordinary refresh tells: it records a rejected refresh token, and a later one may be stored.
fn ask_again(app: &App, info: &SessionInfo, tried: &Session, lock: &Lock, asked: &DerivedQuery) -> Result<Session> {
    let session = refresh_locked(app, info, tried, lock)?;
    send_grant(app, info, &session, lock, asked).map_err(|error| match error {
        Error::ReauthenticationRequired { reason, .. } => Error::Rejected {
            provider: session.provider.clone(),
            code: "invalid_grant".to_owned(),
            description: Some(format!("no token for these scopes, and the session is still valid ({reason})")),
        },
        error => error,
    })
}

impl RefreshGrant for DerivedQuery {
    fn request(&self, session: &Session) -> Result<HttpRequest> {
        request::derived_request(session, &self.scopes, self.resource.as_deref())
    }

    async fn store(&self, app: &App, session: &Session, response: &HttpResponse, lock: &Lock) -> Result<Session> {
        let rotated = request::rotated_refresh_token(response, session);
        let parsed = request::parse_refresh_response(response, session);
        let kept = parsed.and_then(|response| {
            // RFC 6749 5.1: without `scope` they are the ones asked for.
            let granted = response.scopes.clone().unwrap_or_else(|| self.scopes.clone());
            check_granted(session, self, &granted)?;
            // The refresh token is the session's, and an ID token would have to be checked.
            let tokens = Tokens { refresh_token: None, id_token: None, ..response.into_tokens(app.now()) };
            let (scopes_requested, resource) = (self.scopes.clone(), self.resource.clone());
            Ok(DerivedToken { scopes_requested, resource, scopes: granted, tokens })
        });
        let mut session = session.clone();
        save(app, &mut session, rotated, kept.as_ref().ok(), lock)?;
        Ok(with_tokens(session, &kept?))
    }
}

/// Stores the next refresh token and the new token, before anything is reported.
fn save(
    app: &App,
    session: &mut Session,
    rotated: Option<Secret>,
    kept: Option<&DerivedToken>,
    lock: &Lock,
) -> Result<()> {
    if rotated.is_none() && kept.is_none() {
        return Ok(());
    }
    let now = app.now();
    if let Some(rotated) = rotated {
        let before = session.tokens.clone();
        session.tokens.refresh_token = Some(rotated);
        // The later of two copies of a session is the valid one.
        session.tokens.received_at = before.next_received_at(now);
        if session.tokens.refresh_token_differs(&before) {
            session.tokens.refresh_expires_at = kept.and_then(|kept| kept.tokens.refresh_expires_at);
            end_earlier_tokens(session, now);
        }
    }
    if let Some(kept) = kept {
        let is_same =
            |old: &DerivedToken| (&old.scopes_requested, &old.resource) == (&kept.scopes_requested, &kept.resource);
        session.derived.retain(|old| !is_same(old) && old.tokens.has_min_ttl(now, Duration::ZERO));
        session.derived.truncate(MAX_KEPT - 1);
        session.derived.insert(0, kept.clone());
    }
    app.save_refreshed(session, lock)
}

/// Counts the earlier access tokens as expired: a provider that replaces the refresh token may revoke them with it
/// (Doorkeeper, Ory Fosite), and none says so.
fn end_earlier_tokens(session: &mut Session, now: DateTime<Utc>) {
    if session.quirks.derived_tokens != Some(DerivedTokens::Independent) {
        session.tokens.expire_access_token(now);
        session.derived.clear();
    }
}

/// Refuses scopes for a provider that would take the others from the session for good.
fn check_narrowing(session: &Session, asked: &DerivedQuery) -> Result<()> {
    if asked.scopes.is_empty() || session.quirks.derived_tokens != Some(DerivedTokens::Narrowing) {
        return Ok(());
    }
    let provider = &session.provider;
    let cause = Error::usage(format!(
        "`{provider}` would take every other scope from the session for good; nothing was sent; store a personal access \
         token with these scopes beside it instead"
    ));
    let alternative = format!("{{program}} signin {} --with-token --label pat", shell_quote(provider));
    Err(Error::Blocked { cause: Box::new(cause), alternative })
}

/// Refuses a token with more scopes than were asked for: it would go where only the narrow one should.
fn check_granted(session: &Session, asked: &DerivedQuery, granted: &[String]) -> Result<()> {
    // `RESOURCE/.default` asks for whatever the user has approved for that resource (Microsoft Entra ID).
    let is_default = |scope: &String| scope.ends_with("/.default");
    if asked.scopes.is_empty() || asked.scopes.iter().any(is_default) {
        return Ok(());
    }
    let is_asked = |scope: &&String| {
        let covers = |asked: &String| *asked == **scope || scope.ends_with(&format!("/{asked}"));
        IDENTITY_SCOPES.contains(&scope.as_str()) || asked.scopes.iter().any(covers)
    };
    let broader: Vec<String> =
        granted.iter().filter(|scope| !is_asked(scope)).map(|scope| sanitize_untrusted(scope)).collect();
    match broader.is_empty() {
        true => Ok(()),
        false => Err(Error::check_with(
            Remedy::InMessage,
            format!(
                "`{}` granted more than was asked, {}, and gives no narrower token: it was dropped",
                session.provider,
                broader.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ")
            ),
        )),
    }
}

fn with_tokens(mut session: Session, kept: &DerivedToken) -> Session {
    session.tokens = kept.tokens.clone();
    session.scopes.clone_from(&kept.scopes);
    session
}
