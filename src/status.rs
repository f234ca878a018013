//! `status`: lists sessions and tells if they are usable, from the state files alone.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::{Error, Result};
use crate::oauth::{HttpResponse, protected_resource, userinfo};
use crate::sanitize::sanitize_untrusted;
use crate::session::{Session, SessionInfo};

/// Session as listed by `status`.
#[derive(Debug, Clone)]
pub struct SessionStatus {
    /// Session without its secrets.
    pub session: SessionInfo,
    /// Default session of its provider.
    pub default: bool,
    /// Session that other commands use without further arguments.
    pub selected: bool,
    /// The access token is valid, or can be refreshed and its refresh token was not rejected.
    pub usable: bool,
    /// Result of `--check`; `None` if the provider was not asked.
    pub check: Option<CheckResult>,
}

/// What the provider said about an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckResult {
    Ok,
    Rejected,
    Unreachable,
}

/// Most checks at the same time.
const MAX_CHECKS: usize = 16;

/// Result of `status`.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// Listed sessions.
    pub rows: Vec<SessionStatus>,
    /// The session that a command would use is usable; without a provider, any session is.
    pub usable: bool,
}

/// Lists the sessions of PROVIDER and `--account`, else all.
///
/// # Errors
/// Errors of the state files, and [`Error::UnknownProvider`]. A damaged file is a warning, and the other sessions are
/// still listed.
pub fn status(app: &App, query: &SessionQuery) -> Result<StatusReport> {
    // Before the listing, so that a damaged file of this provider is reported once, as an error.
    let provider = query.provider.as_deref().map(|named| canonical_provider(app, named)).transpose()?;
    let listing = app.sessions.list()?;
    for damaged in &listing.damaged {
        app.prompt.warn(&format!("{}: {}", damaged.file.display(), damaged.reason));
    }
    let now = app.now();
    let unfiltered = SessionQuery { account: None, ..query.clone() };
    let selected = selected_session(app, &unfiltered).map(|info| info.id);
    let shown = |info: &SessionInfo| {
        provider.as_ref().is_none_or(|provider| *provider == info.provider)
            && query.account.as_ref().is_none_or(|account| info.account.matches_name(account))
    };
    let rows: Vec<SessionStatus> = listing
        .sessions
        .into_iter()
        .filter(|listed| shown(&listed.info))
        .map(|listed| SessionStatus {
            usable: listed.info.is_usable(now),
            default: listed.default,
            selected: selected.as_ref() == Some(&listed.info.id),
            check: None,
            session: listed.info,
        })
        .collect();
    // With a provider, the exit code reflects the session that `token PROVIDER` would use.
    let usable = match (&provider, &query.account) {
        (Some(provider), None) => {
            let account = app.selected_account(query, provider)?;
            app.sessions.find(provider, account.as_deref())?.is_some_and(|info| info.is_usable(now))
        }
        _ => rows.iter().any(|row| row.usable),
    };
    Ok(StatusReport { rows, usable })
}

/// Session that other commands use if they are called with `query`; `None` if they would have to ask. The list must not
/// fail because of a setting that it does not need.
pub fn selected_session(app: &App, query: &SessionQuery) -> Option<SessionInfo> {
    let provider = app.signed_in_provider(query, "status").ok()?;
    let account = app.selected_account(query, &provider).ok()?;
    app.find_session(&provider, account.as_deref()).ok()?
}

/// Checks the sessions of a list side by side, and returns the failures in the order of the list. A session without an
/// endpoint to check with is left out.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn check_all(
    app: &App,
    rows: &mut [SessionStatus],
    check: impl Fn(&SessionInfo) -> Result<()> + Sync,
) -> Result<Vec<Error>> {
    let next = AtomicUsize::new(0);
    let results: Vec<OnceLock<Result<()>>> = rows.iter().map(|_| OnceLock::new()).collect();
    let check_some = || {
        while let Some((row, slot)) = {
            let index = next.fetch_add(1, Ordering::SeqCst);
            rows.get(index).zip(results.get(index))
        } {
            let result = slot.get_or_init(|| check(&row.session));
            if matches!(result, Err(Error::Interrupted { .. })) {
                next.store(rows.len(), Ordering::SeqCst);
            }
        }
    };
    std::thread::scope(|scope| (0..rows.len().min(MAX_CHECKS)).for_each(|_| drop(scope.spawn(check_some))));
    let mut failures = Vec::new();
    for (row, result) in rows.iter_mut().zip(results) {
        row.check = match result.into_inner() {
            Some(Ok(())) => Some(CheckResult::Ok),
            Some(Err(error @ Error::Interrupted { .. })) => return Err(error),
            Some(Err(Error::Usage { .. })) | None => None,
            Some(Err(error)) => {
                let result = CheckResult::of_failure(&error);
                failures.push(error);
                Some(result)
            }
        };
        // The check may have refreshed the session.
        if let Ok(Some(current)) = app.sessions.current(&row.session) {
            row.usable = current.is_usable(app.now());
            row.session = current;
        }
    }
    Ok(failures)
}

impl CheckResult {
    /// Result that stands for a failed check: a rejection needs another sign-in, everything else may pass.
    pub fn of_failure(error: &Error) -> Self {
        match error.cause() {
            Error::Rejected { .. } | Error::ReauthenticationRequired { .. } | Error::NotSignedIn { .. } => {
                Self::Rejected
            }
            _ => Self::Unreachable,
        }
    }
}

/// Checks if the access token is accepted by the provider (OpenID Connect Core 5.3), or by the protected resource it
/// was issued for: such a token is sent to no other host.
///
/// # Errors
/// [`Error::ReauthenticationRequired`] on 401, with a command if scopes are missing (RFC 6750 3.1), [`Error::Network`]
/// if the check fails, [`Error::Usage`] if there is no endpoint to check with.
pub fn check(app: &App, session: &Session) -> Result<()> {
    app.ensure_reachable(session)?;
    let http = app.http_with_ca(session.ca_file.as_deref());
    let token = &session.tokens.access_token;
    if let Some(resource) = session.protected_resource() {
        let send = |url: &str| {
            // A resource that speaks MCP may check tokens for POST only.
            let request = match session.speaks_mcp {
                true => protected_resource::ping_request(url)?,
                false => protected_resource::request(url)?,
            };
            http.send(protected_resource::with_token(request, token)?)
        };
        let mut response = send(resource)?;
        if let Some(target) = protected_resource::slash_redirect(&response, resource) {
            response = send(&target)?;
        }
        return check_resource_response(session, &response);
    }
    let Some(endpoint) = &session.endpoints.userinfo else {
        return Err(Error::usage(format!("`{}` has no endpoint to check a token with", session.provider)));
    };
    let response = http.send(userinfo::request(endpoint, &session.quirks.userinfo, &session.client, token)?)?;
    match response.status().as_u16() {
        200..=299 => Ok(()),
        401 => Err(session.reauthentication_required("the provider rejected the access token")),
        status => Err(Error::network(format!("`{}` returned status {status} for the check", session.provider))),
    }
}

/// Interprets the response of a resource. A resource that asks for another method or body has accepted the token.
fn check_resource_response(session: &Session, response: &HttpResponse) -> Result<()> {
    let address = &session.provider;
    if let Some(missing) = protected_resource::missing_scopes(response, &session.scopes) {
        let why = match missing.as_slice() {
            [] => "the resource requires more scopes but does not name them".to_owned(),
            missing => format!("the resource also requires {}", quoted_list(missing)),
        };
        let instead = session.signin_with_scopes(&missing);
        // The session has not expired, so the account is in the reason.
        let reason = format!("the session for `{}` at `{address}` does not suffice: {why}", session.account.name);
        let cause = Error::ReauthenticationRequired { provider: address.clone(), account: None, reason };
        return Err(Error::Blocked { cause: Box::new(cause), alternative: instead });
    }
    match response.status().as_u16() {
        401 => Err(session.reauthentication_required("the resource rejected the access token")),
        status @ (300..=399 | 403 | 408 | 429 | 500..) => {
            Err(Error::network(format!("`{address}` returned status {status} for the check")))
        }
        _ => Ok(()),
    }
}

fn quoted_list(scopes: &[String]) -> String {
    scopes.iter().map(|scope| format!("`{}`", sanitize_untrusted(scope))).collect::<Vec<_>>().join(", ")
}

/// Provider name that the sessions of `named` carry.
fn canonical_provider(app: &App, named: &str) -> Result<String> {
    match app.find_session(named, None)? {
        Some(info) => Ok(info.provider),
        None => app.require_known(named).map(|()| named.to_owned()),
    }
}
