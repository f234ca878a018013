//! `signout`: deletes local credentials. Revocation (RFC 7009) and the provider's logout page (OpenID Connect
//! RP-Initiated Logout 1.0) are optional.

mod demo_logout;
mod revoke;

use std::time::Duration;

use self::demo_logout::LOGOUT_TIMEOUT;
use self::revoke::{no_revocation_endpoint, revocation_failed, revoke_tokens};
use crate::app::App;
use crate::app::runtime::{self, USER_TIMEOUT};
use crate::app::select_session::SessionQuery;
use crate::callback_server::{LogoutForm, LogoutPage};
use crate::error::{Error, Remedy, Result, StoreErrorKind};
use crate::oauth::id_token;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{Account, EventKind, LogoutMethod, Session, SessionInfo, prefer_exact_name};

/// Time to keep the page after a browser has it: the user's own may be the second.
const SECOND_BROWSER_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, Default)]
pub struct SignoutOptions {
    pub all: bool,
    pub revoke: bool,
    pub end_session: bool,
    /// Delete the dynamically registered clients that no other session uses.
    pub forget_client: bool,
}

#[derive(Debug, Clone)]
pub struct ClearedSession {
    pub session: SessionInfo,
    pub revoked: bool,
}

#[derive(Debug, Default)]
pub struct SignoutReport {
    pub cleared: Vec<ClearedSession>,
    /// Those about sessions that stay come first. A failed revocation still clears the credentials.
    pub errors: Vec<Error>,
}

/// Signs out of the sessions that match `query`.
///
/// # Errors
/// [`Error::InteractionRequired`] if several match and the user cannot choose, [`Error::UnknownProvider`],
/// [`Error::UnknownAccount`], [`Error::Usage`] if a provider has no revocation endpoint (its sessions stay).
pub fn signout(app: &App, query: &SessionQuery, options: &SignoutOptions) -> Result<SignoutReport> {
    let mut sessions = Vec::new();
    for info in select_sessions(app, query, options)? {
        let is_read = options.revoke || options.end_session || options.forget_client;
        let tokens = if is_read { load_tokens(app, &info)? } else { StoredTokens::Unread };
        sessions.push((info, tokens));
    }
    let mut report = SignoutReport::default();
    if options.revoke {
        let irrevocable = |(_, tokens): &(_, StoredTokens)| {
            tokens.session().is_some_and(|session| session.endpoints.revocation.is_none())
        };
        let (kept, rest): (Vec<_>, Vec<_>) = sessions.into_iter().partition(irrevocable);
        report.errors.extend(kept.iter().map(|(info, _)| no_revocation_endpoint(info, rest.is_empty())));
        sessions = rest;
    }
    for (info, tokens) in sessions {
        let session = tokens.session();
        let mut was_revoked = false;
        let cleared = app.sessions.lock(&info.id, app.lock_timeout).and_then(|lock| {
            // Load again under the lock: a concurrent refresh may have stored a token that would not be revoked.
            let current = session.map(|known| app.sessions.load(&info).unwrap_or_else(|_| known.clone()));
            was_revoked = options.revoke && revoke(app, &info, &tokens, current.as_ref(), &mut report);
            app.sessions.remove_locked(&info, &lock)
        });
        // A session in an unavailable store stays listed, and the others are still cleared.
        if !report.record(cleared) {
            continue;
        }
        if let (Some(session), true) = (session, options.end_session) {
            report.record(match demo_logout::is_demo(session) {
                true => demo_logout::end_demo_session(app, &info),
                false => end_session(app, session),
            });
        }
        if options.forget_client {
            report.record(app.forget_clients(&info, session));
        }
        app.record_event(EventKind::SignedOut, &info);
        report.cleared.push(ClearedSession { session: info, revoked: was_revoked });
    }
    report.errors.sort_by_key(|error| match error {
        Error::Store { .. } => 0,
        Error::Usage { .. } => 1,
        _ => 2,
    });
    Ok(report)
}

impl SignoutReport {
    /// Records an error and returns true on success.
    fn record(&mut self, outcome: Result<()>) -> bool {
        outcome.map_err(|error| self.errors.push(error)).is_ok()
    }
}

/// Returns the sessions to clear: all that match, the only one, or the one the user selects.
fn select_sessions(app: &App, query: &SessionQuery, options: &SignoutOptions) -> Result<Vec<SessionInfo>> {
    let provider = match options.all {
        true => query.provider.clone(),
        false => query_provider(app, query)?,
    };
    let provider = match provider {
        Some(named) => match app.find_session(&named, None)? {
            Some(info) => Some(info.provider),
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
    let of_provider = |info: &SessionInfo| provider.as_ref().is_none_or(|provider| *provider == info.provider);
    let of_account = |info: &SessionInfo| account.as_ref().is_none_or(|account| info.account.matches_name(account));
    let candidates: Vec<SessionInfo> =
        listing.sessions.into_iter().map(|listed| listed.info).filter(of_provider).collect();
    let mut fitting: Vec<SessionInfo> = candidates.iter().filter(|info| of_account(info)).cloned().collect();
    if let (Some(account), [], [other, ..]) = (&account, fitting.as_slice(), candidates.as_slice()) {
        return Err(unknown_account(provider, account, other, &candidates));
    }
    if provider.is_some() && !options.all {
        prefer_exact_name(&mut fitting, account.as_deref());
    }
    if options.all || fitting.len() <= 1 {
        return Ok(fitting);
    }
    let names: Vec<String> = fitting.iter().map(|info| format!("{} ({})", info.provider, info.account.name)).collect();
    if !app.prompt.can_prompt() {
        return Err(Error::InteractionRequired {
            action: format!("several sessions match: {}", names.join(", ")),
            alternative: one_or_all(&fitting, provider.as_deref()),
        });
    }
    let index = app.choose("Sign out of", &names, USER_TIMEOUT)?;
    Ok(vec![fitting.swap_remove(index)])
}

/// Error for an account that no session has, although there are some; probably a typo.
fn unknown_account(provider: Option<String>, account: &str, other: &SessionInfo, known: &[SessionInfo]) -> Error {
    let accounts = known.iter().map(|info| info.account.name.clone()).collect();
    let (of, name) = (shell_quote(&other.provider), shell_quote(&other.account.name));
    Error::Blocked {
        cause: Box::new(Error::UnknownAccount { provider, account: account.to_owned(), known: accounts }),
        alternative: format!("{{program}} signout {of} --account {name}"),
    }
}

/// Commands that need no prompt: for the first session that an account name tells from the others, and for all.
fn one_or_all(fitting: &[SessionInfo], provider: Option<&str>) -> String {
    let is_unique = |one: &SessionInfo, name: &str| {
        let mut same_provider = fitting.iter().filter(|info| info.provider == one.provider);
        same_provider.all(|info| info.id == one.id || !info.account.matches_name(name))
    };
    let command = |info: &SessionInfo| {
        let Account { name, email, subject, .. } = &info.account;
        let names = [Some(name), email.as_ref(), subject.as_ref()].into_iter().flatten();
        let unique = names.into_iter().find(|name| is_unique(info, name))?;
        Some(format!("{{program}} signout {} --account {}, or ", shell_quote(&info.provider), shell_quote(unique)))
    };
    let one = fitting.iter().find_map(command).unwrap_or_default();
    let all = provider.map_or("--all".to_owned(), |provider| format!("{} --all", shell_quote(provider)));
    format!("{one}{{program}} signout {all}")
}

/// Provider from the command line or the environment. The configured `default` counts only if it is signed in, so that
/// a single session of another provider wins. `--account` alone matches every provider.
fn query_provider(app: &App, query: &SessionQuery) -> Result<Option<String>> {
    if query.provider.is_none() && query.account.is_some() {
        return Ok(None);
    }
    if let Some(provider) = app.explicit_provider(query)? {
        return Ok(Some(provider));
    }
    match &app.config()?.default {
        Some(default) => Ok(app.find_session(default, None)?.map(|info| info.provider)),
        None => Ok(None),
    }
}

/// Tokens of a session in its store.
enum StoredTokens {
    Readable(Box<Session>),
    /// The store has none.
    Lost,
    Damaged,
    /// The sign-out does not need them.
    Unread,
}

impl StoredTokens {
    fn session(&self) -> Option<&Session> {
        match self {
            Self::Readable(session) => Some(session),
            Self::Lost | Self::Damaged | Self::Unread => None,
        }
    }
}

/// Loads the session. Damaged or missing credentials must not prevent the sign-out.
fn load_tokens(app: &App, info: &SessionInfo) -> Result<StoredTokens> {
    match app.sessions.load(info) {
        Ok(session) => Ok(StoredTokens::Readable(Box::new(session))),
        Err(Error::NotSignedIn { .. }) => Ok(StoredTokens::Lost),
        Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => Ok(StoredTokens::Damaged),
        Err(error) => Err(error),
    }
}

/// Revokes the tokens of a session; returns true if they are revoked. Damaged tokens cannot be revoked, and of lost ones
/// nothing is left to lose.
fn revoke(
    app: &App,
    info: &SessionInfo,
    tokens: &StoredTokens,
    current: Option<&Session>,
    report: &mut SignoutReport,
) -> bool {
    match (current, tokens) {
        (Some(session), _) => {
            report.record(revoke_tokens(app, session).map_err(|error| revocation_failed(session, error)))
        }
        (None, StoredTokens::Lost) => {
            let lost =
                "revoked nothing: the store has no tokens of this session; issued tokens stay valid until they expire";
            app.prompt.warn(&format!("`{}`: {lost}", info.provider));
            false
        }
        (None, _) => report.record(Err(Error::network(format!(
            "could not revoke the tokens of `{}`: the stored credentials are unreadable",
            info.provider
        )))),
    }
}

/// Opens the provider's logout page, or prints its URL.
fn end_session(app: &App, session: &Session) -> Result<()> {
    let Some(endpoint) = &session.endpoints.end_session else {
        app.prompt.warn(&format!("`{}` has no logout page", session.provider));
        return Ok(());
    };
    let mut params = vec![("client_id", Secret::new(session.client.id.as_str()))];
    params.extend(logout_hint(session).map(|hint| ("logout_hint", Secret::new(hint))));
    let is_posted = session.quirks.logout == Some(LogoutMethod::Post) && !app.environment.no_input;
    if let Some(id_token) = session.tokens.id_token.as_ref().filter(|_| is_posted) {
        params.insert(0, ("id_token_hint", id_token.clone()));
        return post_logout(
            app,
            session,
            &LogoutForm { title: session.provider.clone(), endpoint: endpoint.clone(), params },
        );
    }
    // No `id_token_hint`: the URL ends up in the browser history and in `ps`, and the hint is an ID token.
    let mut url =
        url::Url::parse(endpoint).map_err(|_| Error::other_with(Remedy::Provider, "the logout URL is malformed"))?;
    url.query_pairs_mut().extend_pairs(params.iter().map(|(name, value)| (name, value.expose())));
    if !app.environment.no_input && app.browser.open(&Secret::new(url.as_str())).is_ok() {
        app.prompt.note(&format!("opened the logout page of `{}` in your browser", session.provider));
        return Ok(());
    }
    app.prompt.note(&format!("to sign out of `{}` in the browser, visit {url}", session.provider));
    Ok(())
}

/// Value that names the account to the provider: its own `login_hint` (Entra ID), else the address or the label.
fn logout_hint(session: &Session) -> Option<String> {
    let claims = session.tokens.id_token.as_ref().and_then(id_token::claims_of_stored);
    let hint = claims.and_then(|claims| claims.all().get("login_hint")?.as_str().map(str::to_owned));
    let Account { subject, name, email } = &session.account;
    hint.or_else(|| email.clone()).or_else(|| subject.as_ref().map(|_| name.clone()))
}

/// Serves the page whose button posts the ID token, until a browser has it. Its URL is in the argument list of the
/// browser, so another user of this machine can be faster.
fn post_logout(app: &App, session: &Session, form: &LogoutForm) -> Result<()> {
    let (page, provider) = (LogoutPage::serve(form)?, &session.provider);
    match app.browser.open(page.launch_url()) {
        Ok(()) => app.prompt.note(&format!("opening a page in your browser: its button signs you out of `{provider}`")),
        Err(_) => app.prompt.note(&format!(
            "to sign out of `{provider}` in the browser, visit {} and press the button",
            page.printed_url().expose()
        )),
    }
    let _shown = app.prompt.start_waiting("the browser", LOGOUT_TIMEOUT);
    let opened_once = async {
        tokio::select! {
            biased;
            () = page.opened() => app.clock.sleep(SECOND_BROWSER_TIMEOUT).await,
            () = app.clock.sleep(LOGOUT_TIMEOUT) => {
                app.prompt.warn(&format!("no browser opened the page; you are still signed in to `{provider}` there"));
            }
        }
    };
    runtime::run(async {
        tokio::select! {
            biased;
            () = page.opened_again() => app.prompt.warn(
                "a second browser asked for the page; if yours shows no button, another user of this machine may have \
                 your ID token",
            ),
            () = opened_once => {}
        }
        Ok(())
    })
}
