//! `signout`: local credentials gone; revocation (RFC 7009) and the provider's logout (OpenID Connect RP-Initiated
//! Logout 1.0) are separate choices.

use crate::app::runtime::USER_TIMEOUT;
use crate::app::select_session::SessionQuery;
use crate::app::{App, LOCK_TIMEOUT};
use crate::error::{Error, Result, StoreErrorKind};
use crate::oauth::registration;
use crate::oauth::revocation::{self, RevocationResult};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{Session, SessionInfo, TokenKind};

/// How much is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignoutOptions {
    /// Every session that fits, not one.
    pub all: bool,
    /// Revoke the tokens first.
    pub revoke: bool,
    /// Open the provider's logout page afterwards.
    pub end_session: bool,
    /// Delete the client that was registered at run time, where no other session uses it.
    pub forget_client: bool,
}

/// A session that is gone.
#[derive(Debug, Clone)]
pub struct ClearedSession {
    /// What it was.
    pub session: SessionInfo,
    /// Whether the provider revoked its tokens.
    pub revoked: bool,
}

/// What was done.
#[derive(Debug, Default)]
pub struct SignoutReport {
    /// The sessions cleared.
    pub cleared: Vec<ClearedSession>,
    /// What went wrong on the way: a revocation that failed, although the credentials are cleared; a store that could
    /// not be reached, whose session stays listed.
    pub error: Option<Error>,
}

/// Clears the sessions `wanted` means.
///
/// # Errors
/// [`Error::InteractionRequired`] where several fit and none was chosen, [`Error::UnknownProvider`], [`Error::Usage`] where a
/// revocation was asked for and a provider has no such endpoint (nothing is cleared then).
pub fn signout(app: &App, query: &SessionQuery, options: &SignoutOptions) -> Result<SignoutReport> {
    let mut sessions = Vec::new();
    for summary in select_sessions(app, query, options)? {
        let is_read = options.revoke || options.end_session || options.forget_client;
        let session = if is_read { load_if_readable(app, &summary)? } else { None };
        sessions.push((summary, session));
    }
    if options.revoke {
        sessions
            .iter()
            .filter_map(|(_, session)| session.as_ref())
            .try_for_each(|one| revocation_endpoint(one).map(drop))?;
    }
    let mut report = SignoutReport::default();
    for (summary, session) in sessions {
        let mut was_revoked = false;
        let cleared = app.lock(&summary, LOCK_TIMEOUT).and_then(|lock| {
            // A refresh while this one waited, or before the session is gone, would bring a token that nobody revokes.
            let session = session.as_ref().map(|known| app.sessions.load(&summary).unwrap_or_else(|_| known.clone()));
            was_revoked = options.revoke && report.record(revoke_session(app, &summary, session.as_ref()));
            app.sessions.remove_locked(&summary, &lock)
        });
        // A store that is away keeps its session listed, and does not keep the others from being cleared.
        if !report.record(cleared) {
            continue;
        }
        if let (Some(session), true) = (&session, options.end_session) {
            report.record(end_session(app, session));
        }
        if options.forget_client {
            report.record(forget_client(app, &summary, session.as_ref()));
        }
        report.cleared.push(ClearedSession { session: summary, revoked: was_revoked });
    }
    Ok(report)
}

impl SignoutReport {
    /// Whether it went well; what did not is kept, a store that failed before anything else, because its session is
    /// still there.
    fn record(&mut self, outcome: Result<()>) -> bool {
        let Err(error) = outcome else { return true };
        let is_worse = matches!(error, Error::Store { .. }) && !matches!(self.error, Some(Error::Store { .. }));
        if self.error.is_none() || is_worse {
            self.error = Some(error);
        }
        false
    }
}

/// The sessions to clear: all that fit, the only one, or the one the person chooses.
fn select_sessions(app: &App, query: &SessionQuery, options: &SignoutOptions) -> Result<Vec<SessionInfo>> {
    let provider = match options.all {
        true => query.provider.clone(),
        false => query_provider(app, query)?,
    };
    let provider = match provider {
        Some(named) => match app.find_session(&named, None)? {
            Some(summary) => Some(summary.provider),
            None => app.require_known(&named).map(|()| Some(named))?,
        },
        None => None,
    };
    let listing = app.sessions.list()?;
    for damaged in &listing.damaged {
        app.prompt.warn(&format!("{}: {}", damaged.file.display(), damaged.reason));
    }
    let account = match &provider {
        Some(provider) if !options.all => app.selected_account(query, provider)?,
        _ => query.account.clone(),
    };
    let fits = |summary: &SessionInfo| {
        provider.as_ref().is_none_or(|provider| *provider == summary.provider)
            && account.as_ref().is_none_or(|account| summary.account.matches_name(account))
    };
    let mut fitting: Vec<SessionInfo> =
        listing.sessions.into_iter().map(|listed| listed.summary).filter(|summary| fits(summary)).collect();
    if options.all || fitting.len() <= 1 {
        return Ok(fitting);
    }
    let names: Vec<String> =
        fitting.iter().map(|summary| format!("{} ({})", summary.provider, summary.account.name)).collect();
    if !app.prompt.can_prompt() {
        return Err(Error::InteractionRequired {
            action: format!("several sessions fit: {}", names.join(", ")),
            alternative: one_or_all(&fitting[0], provider.as_deref()),
        });
    }
    let index = app.choose("Sign out of", &names, USER_TIMEOUT)?;
    Ok(vec![fitting.swap_remove(index)])
}

/// The commands that need no answer.
fn one_or_all(first: &SessionInfo, provider: Option<&str>) -> String {
    let one = format!("{} --account {}", shell_quote(&first.provider), shell_quote(&first.account.name));
    let all = provider.map_or("--all".to_owned(), |provider| format!("{} --all", shell_quote(provider)));
    format!("{{program}} signout {one}, or {{program}} signout {all}")
}

/// The provider that was named here and now; the configuration's `default` only where it is signed in, because the only
/// session there is goes before it. With `--account` alone every provider counts.
fn query_provider(app: &App, query: &SessionQuery) -> Result<Option<String>> {
    if query.provider.is_none() && query.account.is_some() {
        return Ok(None);
    }
    if let Some(provider) = app.explicit_provider(query)? {
        return Ok(Some(provider));
    }
    match &app.config()?.default {
        Some(default) => Ok(app.find_session(default, None)?.map(|summary| summary.provider)),
        None => Ok(None),
    }
}

/// The session whole; `None` where its credentials are damaged or gone, which must not keep it from being cleared.
fn load_if_readable(app: &App, summary: &SessionInfo) -> Result<Option<Session>> {
    match app.sessions.load(summary) {
        Ok(session) => Ok(Some(session)),
        Err(Error::NotSignedIn { .. } | Error::Store { kind: StoreErrorKind::Failed, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The session's own revocation endpoint.
fn revocation_endpoint(session: &Session) -> Result<&str> {
    session.endpoints.revocation.as_deref().ok_or_else(|| Error::Usage {
        message: format!("`{}` has no revocation endpoint; nothing was cleared", session.provider),
        hint: Some(format!("{{program}} signout {}", shell_quote(&session.provider))),
    })
}

/// Revokes the tokens of a session; those that cannot be read any more cannot be revoked either.
fn revoke_session(app: &App, summary: &SessionInfo, session: Option<&Session>) -> Result<()> {
    match session {
        Some(session) => revoke_tokens(app, session).map_err(revocation_failed),
        None => Err(Error::network(format!(
            "the tokens of `{}` could not be revoked: what the credential store keeps of them cannot be read",
            summary.provider
        ))),
    }
}

/// A revocation that was refused is one that failed, whatever else the refusal would mean.
fn revocation_failed(error: Error) -> Error {
    match error {
        error @ (Error::Interrupted { .. } | Error::Network { .. }) => error,
        error => Error::network(format!("the tokens were not revoked: {error}")),
    }
}

/// Revokes the refresh token, then the access token, at the session's own endpoint. Without its refresh token a grant
/// brings no new access token; one that cannot be revoked itself ends by its time.
fn revoke_tokens(app: &App, session: &Session) -> Result<()> {
    let endpoint = revocation_endpoint(session)?;
    app.ensure_reachable(session)?;
    let refresh = session.tokens.refresh_token.as_ref().map(|token| (token, TokenKind::RefreshToken));
    let access = Some((&session.tokens.access_token, TokenKind::AccessToken));
    let http = app.http_with_ca(session.ca_file.as_deref());
    let only = session.quirks.revocable;
    let mut ended = false;
    for (token, kind) in
        [refresh, access].into_iter().flatten().filter(|(_, kind)| only.is_none_or(|only| only == *kind))
    {
        let response = http.send(revocation::request(endpoint, session, kind, token)?)?;
        match revocation::parse_response(&response, endpoint, &session.provider)? {
            RevocationResult::Revoked => ended = true,
            RevocationResult::UnsupportedTokenType if ended => app.prompt.warn(&format!(
                "`{}` revokes no access tokens: the last one {}",
                session.provider,
                session.tokens.expires_at.map_or_else(
                    || "stays valid".to_owned(),
                    |end| format!("stays valid until {}", end.format("%Y-%m-%d %H:%M UTC"))
                )
            )),
            RevocationResult::UnsupportedTokenType => {
                return Err(Error::network(format!("`{}` revokes no tokens of this kind", session.provider)));
            }
        }
    }
    Ok(())
}

/// Deletes the client that the session's issuer registered for this program (RFC 7592 2.3), and forgets it here whatever
/// comes of that. A client that other sessions are refreshed with stays.
fn forget_client(app: &App, summary: &SessionInfo, session: Option<&Session>) -> Result<()> {
    let Some(issuer) = &summary.issuer else { return Ok(()) };
    let Some(registration) = app.registration(issuer)?.filter(|known| known.client.id == summary.client_id) else {
        app.prompt.warn(&format!("`{}` registered no client for this session", summary.provider));
        return Ok(());
    };
    let uses_it = |other: &SessionInfo| other.issuer == summary.issuer && other.client_id == summary.client_id;
    if let Some(other) = app.sessions.list()?.sessions.iter().find(|listed| uses_it(&listed.summary)) {
        let (provider, account) = (&other.summary.provider, &other.summary.account.name);
        app.prompt.warn(&format!("the client stays: the session of `{account}` at `{provider}` uses it"));
        return Ok(());
    }
    app.delete_registration(issuer)?;
    let Some(management) = &registration.management else {
        app.prompt.warn(&format!("`{}` offers no way to delete the client `{}`", summary.provider, summary.client_id));
        return Ok(());
    };
    let http = app.http_with_ca(session.and_then(|session| session.ca_file.as_deref()));
    registration::parse_delete_response(&http.send(registration::delete_request(management)?)?, management)?;
    app.prompt.note(&format!("`{}` has deleted the client `{}`", summary.provider, summary.client_id));
    Ok(())
}

/// Opens the provider's logout page, or says where it is.
fn end_session(app: &App, session: &Session) -> Result<()> {
    let Some(endpoint) = &session.endpoints.end_session else {
        app.prompt.warn(&format!("`{}` has no logout page", session.provider));
        return Ok(());
    };
    // No `id_token_hint`: the address ends in the browser's history and in `ps`, and the hint is an ID token.
    let mut url = url::Url::parse(endpoint).map_err(|_| Error::other("the logout address is malformed"))?;
    url.query_pairs_mut().append_pair("client_id", &session.client.id);
    if !app.environment.no_input && app.browser.open(&Secret::new(url.as_str())).is_ok() {
        return Ok(());
    }
    app.prompt.note(&format!("to end the session at `{}`, go to {url}", session.provider));
    Ok(())
}
