//! `status`: which sessions there are and whether they can be used, from the state files alone.

use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::{Error, Result};
use crate::oauth::{HttpResponse, protected_resource, userinfo};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::session::{Session, SessionInfo};

/// A session as `status` shows it.
#[derive(Debug, Clone)]
pub struct SessionStatus {
    /// The session, without secrets.
    pub session: SessionInfo,
    /// Whether it is its provider's default.
    pub default: bool,
    /// Whether its access token is valid, or can be refreshed and is not marked dead.
    pub usable: bool,
}

/// What `status` found.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// The sessions asked about.
    pub rows: Vec<SessionStatus>,
    /// Whether the session a command would use, or any where none was named, is usable.
    pub usable: bool,
}

/// The sessions that `wanted` speaks of: those of PROVIDER and `--account`, else all.
///
/// # Errors
/// Those of the state files, and [`Error::UnknownProvider`]. A damaged file is told to the person, and the others are
/// still shown.
pub fn status(app: &App, query: &SessionQuery) -> Result<StatusReport> {
    // Before the listing, so that a damaged file that was asked for is said once, as the error it is.
    let provider = query.provider.as_deref().map(|named| canonical_provider(app, named)).transpose()?;
    let listing = app.sessions.list()?;
    for damaged in &listing.damaged {
        app.prompt.warn(&format!("{}: {}", damaged.file.display(), damaged.reason));
    }
    let now = app.now();
    let shown = |summary: &SessionInfo| {
        provider.as_ref().is_none_or(|provider| *provider == summary.provider)
            && query.account.as_ref().is_none_or(|account| summary.account.matches_name(account))
    };
    let rows: Vec<SessionStatus> = listing
        .sessions
        .into_iter()
        .filter(|listed| shown(&listed.summary))
        .map(|listed| SessionStatus {
            usable: listed.summary.is_usable(now),
            default: listed.default,
            session: listed.summary,
        })
        .collect();
    // With a provider, the exit code speaks of the session that `token PROVIDER` would use.
    let usable = match (&provider, &query.account) {
        (Some(provider), None) => {
            let account = app.selected_account(query, provider)?;
            app.sessions.find(provider, account.as_deref())?.is_some_and(|summary| summary.is_usable(now))
        }
        _ => rows.iter().any(|row| row.usable),
    };
    Ok(StatusReport { rows, usable })
}

/// Asks whether the access token of one session is accepted: the provider (OpenID Connect Core 5.3), or the protected
/// resource it is for, because a token for one is shown to nobody else.
///
/// # Errors
/// [`Error::ReauthenticationRequired`] on 401, and with the command that helps where scopes are missing (RFC 6750 3.1),
/// [`Error::Network`] where it cannot be asked, [`Error::Usage`] where there is nothing to ask.
pub fn check(app: &App, session: &Session) -> Result<()> {
    app.ensure_reachable(session)?;
    let http = app.http_with_ca(session.ca_file.as_deref());
    let token = &session.tokens.access_token;
    if session.key.resource.as_ref() == Some(&session.provider) {
        let scheme = session.tokens.authorization_scheme();
        return check_resource_response(
            session,
            &http.send(protected_resource::request_with_token(&session.provider, scheme, token)?)?,
        );
    }
    let Some(endpoint) = &session.endpoints.userinfo else {
        return Err(Error::usage(format!("`{}` has no endpoint to check a token at", session.provider)));
    };
    let response = http.send(userinfo::request(endpoint, &session.quirks.userinfo, &session.client, token)?)?;
    match response.status().as_u16() {
        200..=299 => Ok(()),
        401 => Err(reauthentication_required(session, "the provider does not accept the access token")),
        status => Err(Error::network(format!("`{}` answered the check with status {status}", session.provider))),
    }
}

/// A resource that wants another method or another body has taken the token.
fn check_resource_response(session: &Session, response: &HttpResponse) -> Result<()> {
    let address = &session.provider;
    if let Some(missing) = protected_resource::missing_scopes(response, &session.scopes) {
        let (why, scopes) = match missing.as_slice() {
            [] => ("the resource wants scopes that it does not name".to_owned(), "+SCOPE".to_owned()),
            missing => (
                format!("the resource wants {} beside the scopes granted", quoted_list(missing)),
                shell_quote(&missing.iter().map(|scope| format!("+{scope}")).collect::<Vec<_>>().join(",")),
            ),
        };
        let instead = format!("{{program}} signin {} --scope {scopes}", shell_quote(address));
        return Err(Error::Blocked { cause: Box::new(reauthentication_required(session, &why)), alternative: instead });
    }
    match response.status().as_u16() {
        401 => Err(reauthentication_required(session, "the resource does not accept the access token")),
        status @ (300..=399 | 403 | 408 | 429 | 500..) => {
            Err(Error::network(format!("`{address}` answered the check with status {status}")))
        }
        _ => Ok(()),
    }
}

fn reauthentication_required(session: &Session, why: &str) -> Error {
    Error::ReauthenticationRequired {
        provider: session.provider.clone(),
        account: Some(session.account.name.clone()),
        reason: why.to_owned(),
    }
}

fn quoted_list(scopes: &[String]) -> String {
    scopes.iter().map(|scope| format!("`{}`", sanitize_untrusted(scope))).collect::<Vec<_>>().join(", ")
}

/// The label that sessions of the provider `named` carry.
fn canonical_provider(app: &App, named: &str) -> Result<String> {
    match app.find_session(named, None)? {
        Some(summary) => Ok(summary.provider),
        None => app.require_known(named).map(|()| named.to_owned()),
    }
}
