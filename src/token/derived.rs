//! `token --scope` and `--resource`: a token for other scopes or another API, from the refresh token of the session (RFC
//! 6749 6, RFC 8707 2.2). It is kept beside the session's own tokens, which stay as they are.

use std::time::Duration;

use super::refresh::{RefreshMode, SIGNAL_GRACE, TokenOptions, lock_timeout};
use crate::app::select_session::SessionQuery;
use crate::app::{App, runtime};
use crate::catalog::{is_scope, validate_resource};
use crate::error::{Error, Remedy, Result};
use crate::oauth::token as request;
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{DerivedToken, Session, SessionInfo, Tokens};
use crate::store::Lock;

/// Tokens kept beside the session's own; the one that was not asked for the longest goes first.
const MAX_KEPT: usize = 8;

/// Scopes that give no access to an API; providers add them to what was asked.
const IDENTITY_SCOPES: [&str; 2] = ["openid", "offline_access"];

/// Token to ask for.
#[derive(Debug, Clone, Default)]
pub struct DerivedQuery {
    /// Scopes, each one element; empty: those that the provider grants by itself.
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
            if scope.starts_with(['+', '@']) || !is_scope(scope) {
                let scope = sanitize_untrusted(scope);
                return Err(Error::usage(format!(
                    "`--scope`: `{scope}` is not a scope; `+` and `@` are for a sign-in"
                )));
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

    fn is_of(&self, kept: &DerivedToken) -> bool {
        self.scopes == kept.scopes_requested && self.resource == kept.resource
    }
}

/// Returns a copy of the session whose tokens and scopes are the ones asked for. The copy is for output: it must not be
/// stored.
///
/// # Errors
/// As [`super::refresh::token`]; [`Error::Check`] if the provider grants more than was asked.
pub fn derived_token(app: &App, query: &SessionQuery, options: &TokenOptions, asked: &DerivedQuery) -> Result<Session> {
    let info = app.select_session(query, "token")?;
    let session = app.sessions.load(&info)?;
    app.repair_session(&info, &session);
    let kept = session.derived.iter().find(|kept| asked.is_of(kept)).cloned();
    let is_valid = |kept: &DerivedToken, least| kept.tokens.has_min_ttl(app.now(), least);
    let is_enough = |kept: &DerivedToken| options.refresh == RefreshMode::Never || is_valid(kept, options.min_ttl);
    if let Some(kept) = kept.as_ref().filter(|kept| options.refresh != RefreshMode::Always && is_enough(kept)) {
        return Ok(with_tokens(session, kept));
    }
    if options.refresh == RefreshMode::Never {
        return Err(Error::other("no token for these scopes is stored, and `--no-refresh` forbids to ask for one"));
    }
    match fetch(app, &info, &session, options, asked) {
        Ok(session) => Ok(session),
        Err(error @ (Error::Interrupted { .. } | Error::Check { .. })) => Err(error),
        Err(error) => match kept.filter(|kept| is_valid(kept, Duration::ZERO)) {
            Some(kept) if options.refresh == RefreshMode::WhenDue => {
                app.prompt.warn(&format!("using the current token, which is still valid: {error}"));
                Ok(with_tokens(session, &kept))
            }
            _ => Err(app.with_session_hint(&info, error)),
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
    if before.tokens.refresh_token.is_none() {
        return Err(before.reauthentication_required("no refresh token"));
    }
    let lock = app.sessions.lock(&info.id, lock_timeout(app, before, app.now()))?;
    let info = &app.sessions.current(info)?.unwrap_or_else(|| info.clone());
    let mut session = app.sessions.load(info)?;
    // Another process may have asked for the same while this one waited.
    let is_new =
        |kept: &&DerivedToken| !before.derived.iter().any(|old| old.tokens.received_at == kept.tokens.received_at);
    let found = session.derived.iter().find(|kept| asked.is_of(kept)).filter(is_new).cloned();
    if let Some(found) = found.filter(|found| found.tokens.has_min_ttl(app.now(), options.min_ttl)) {
        return Ok(with_tokens(session, &found));
    }
    if let Some(later) = app.sessions.prepare_update(&session, &lock)? {
        session = later;
    }
    app.ensure_reachable(&session)?;
    let refresh = request::derived_request(&session, &asked.scopes, asked.resource.as_deref())?;
    app.prompt.detail(&format!("asking `{}` for a token with other scopes", session.provider));
    let http = app.http_with_ca(session.ca_file.as_deref());
    runtime::run_with_grace(SIGNAL_GRACE, async {
        let response = http.send_async(refresh).await?;
        let rotated = request::rotated_refresh_token(&response, &session);
        let parsed = request::parse_refresh_response(&response, &session);
        let kept = parsed.and_then(|response| {
            let now = app.now();
            let granted = response.scopes.clone().unwrap_or_else(|| asked.scopes.clone());
            check_granted(&session, asked, &granted)?;
            // The refresh token is the session's, and an ID token would have to be checked.
            let tokens = Tokens { refresh_token: None, id_token: None, ..response.into_tokens(now) };
            let (scopes_requested, resource) = (asked.scopes.clone(), asked.resource.clone());
            Ok(DerivedToken { scopes_requested, resource, scopes: granted, tokens })
        });
        save(app, &mut session, rotated, kept.as_ref().ok(), &lock)?;
        Ok(with_tokens(session, &kept?))
    })
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
        session.tokens.refresh_token = Some(rotated);
        // The later of two copies of a session is the valid one.
        session.tokens.received_at = session.tokens.next_received_at(now);
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
