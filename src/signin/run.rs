//! The steps of a sign-in: reuse a valid session, or resolve the client, run one flow and report the result.

use std::time::{Duration, Instant};

use super::fallback_hint::{with_fallback_hint, with_more_time};
use super::flow_context::FlowContext;
use super::options::{CompletedFlow, SigninOptions, SigninResult};
use super::plan::{Plan, PlannedFlow};
use super::target::{self, Target};
use super::{account, browser_flow, client_check, demo_approval, device_flow, mix_up, paste_flow};
use crate::app::App;
use crate::callback_server::ProviderPicker;
use crate::catalog::{self, Evidence, Provider, is_same_issuer};
use crate::demo::Approval;
use crate::error::{Error, Remedy, Result, StoreErrorKind};
use crate::oauth::client_rejection::ClientStanding;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{EventKind, SessionInfo};
use crate::store::SigninSubject;

/// Signs in to `provider`.
///
/// # Errors
/// [`crate::error::Error::NoClientId`], [`crate::error::Error::Denied`], [`crate::error::Error::WrongAccount`],
/// [`crate::error::Error::TimedOut`], [`crate::error::Error::Check`], [`crate::error::Error::Network`],
/// [`crate::error::Error::Store`], [`crate::error::Error::Interrupted`]. Nothing is stored on error.
pub fn signin(app: &App, provider: &Provider, options: &SigninOptions) -> Result<SigninResult> {
    let result = signin_from(app, provider, options, None)?;
    Ok(result.expect("without a picker the provider cannot change"))
}

/// Signs in to `provider`, which the user may have picked in `picker`. Returns `None` if the user went back and picked
/// another provider.
pub fn signin_from(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    app.http.set_deadline(options.timeout.and_then(|timeout| timeout.end()));
    let outcome = try_signin(app, provider, options, picker);
    let is_limited = app.http.set_deadline(None).is_some();
    let command = format!("{{program}} signin {}", shell_quote(&provider.name));
    let limit = options.timeout.map(|timeout| timeout.limit());
    outcome.map_err(|error| with_more_time(with_time_limit(error, options, is_limited), &command, limit))
}

/// Names the limit of the whole sign-in in the error, if it ended a request or a wait for the user.
fn with_time_limit(error: Error, options: &SigninOptions, is_limited: bool) -> Error {
    let Some(limit) = options.timeout.filter(|timeout| timeout.left() <= Duration::from_secs(1)) else { return error };
    let is_over = limit.end().is_some_and(|end| end <= Instant::now());
    match error {
        Error::TimedOut { action, meanwhile, .. } => Error::TimedOut { action, after: limit.limit(), meanwhile },
        Error::Network { message, .. } if is_limited && is_over => {
            Error::TimedOut { action: "sign-in".to_owned(), after: limit.limit(), meanwhile: Some(message) }
        }
        Error::Blocked { cause, alternative } => {
            let cause = Box::new(with_time_limit(*cause, options, is_limited));
            Error::Blocked { cause, alternative }
        }
        error => error,
    }
}

fn try_signin(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    account::check_label(app, provider, options)?;
    if let Some(session) = existing_session(app, provider, options)? {
        if picker.is_none() {
            open_redirect_to(app, options);
        }
        if app.signin_limit().is_none() {
            // A user at a terminal has seen the valid session.
            app.sessions.signin_limit().reset(&provider.name);
        }
        return Ok(Some(SigninResult { session, flow: CompletedFlow::Existing }));
    }
    let approval = demo_approval::resolve(app, provider, options)?;
    if let (Some(limit), None, Approval::Page, false) = (app.signin_limit(), picker, approval, options.no_open) {
        limit.check(SigninSubject::new(provider))?;
    }
    let mut target = Target::resolve(app, provider, options, approval)
        .map_err(|error| with_plaintext_hint(&provider.name, error))?;
    let standing = client_check::standing(app, &mut target, options)?;
    if standing == ClientStanding::Unknown {
        client_check::replace(app, &mut target, options)?;
    }
    note_unverified(app, provider)?;
    let error = match run_flow(app, &mut target, options, picker) {
        Err(error) => error,
        outcome => return outcome,
    };
    if let (Error::TimedOut { .. }, ClientStanding::Unclear) = (error.cause(), standing) {
        target.doubt_client(app);
    }
    // Once: a user follows a second browser page, not a third.
    let Some(reason) = target.replacement(&error) else { return Err(error) };
    app.prompt.warn(&format!("{error}; {}", reason.describe()));
    target.replace_client(app, options, reason)?;
    run_flow(app, &mut target, options, picker)
}

/// Tells before the first sign-in to a provider that its catalog entry rests on one source, which may be wrong.
fn note_unverified(app: &App, provider: &Provider) -> Result<()> {
    if provider.evidence != Some(Evidence::Unverified) || app.sessions.find(&provider.name, None)?.is_some() {
        return Ok(());
    }
    let (name, sources) = (&provider.name, provider.sources.join(" and "));
    app.prompt.note(&format!("the catalog entry for `{name}` is unverified: its endpoints come from {sources} alone"));
    Ok(())
}

/// Converts the error of a typed URL whose server does not speak TLS. Only a server on this machine may do without.
fn with_plaintext_hint(typed: &str, error: Error) -> Error {
    let (message, plain) = match (error, typed.strip_prefix("https://")) {
        (Error::Network { message, remedy: Remedy::Plaintext, .. }, Some(rest)) => (message, format!("http://{rest}")),
        (error, _) => return error,
    };
    let hint = match catalog::validate_issuer(&plain) {
        Ok(()) => format!("{{program}} signin {}", shell_quote(&plain)),
        Err(_) => "check the host and the port: https usually has port 443".to_owned(),
    };
    Error::Usage { message, hint: Some(hint) }
}

/// Plans and runs one flow.
fn run_flow(
    app: &App,
    target: &mut Target<'_>,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    // The registration has asked already.
    let has_registered = target.registered.is_some();
    let plan = Plan::new(app, target, options)?;
    if let Some(note) = &plan.note {
        app.prompt.note(note);
    }
    if !has_registered && !matches!(plan.flow, PlannedFlow::Device(_)) {
        mix_up::check_page(app, options, plan.provider, plan.metadata)?;
    }
    let context = FlowContext { app, plan: &plan, options, picker };
    let completed = match &plan.flow {
        PlannedFlow::Loopback(uri) => browser_flow::run(&context, uri),
        PlannedFlow::Device(endpoint) => device_flow::run(&context, endpoint),
        PlannedFlow::Paste(redirect_uri) => paste_flow::run(&context, redirect_uri),
    };
    let Some((session, flow)) = completed.map_err(|error| with_fallback_hint(&plan, error))? else {
        return Ok(None);
    };
    let session = session.info(plan.store);
    target.adopt_client(app);
    if flow != CompletedFlow::Loopback {
        // Only the loopback flow has a local browser that waits for a redirect.
        open_redirect_to(app, options);
    }
    app.sessions.signin_limit().reset(&session.provider);
    app.accepted_servers().forget(&session.provider);
    app.record_event(EventKind::SignedIn, &session);
    Ok(Some(SigninResult { session, flow }))
}

/// Returns a valid session that makes a new sign-in unnecessary: same issuer, client, resource and requested scopes.
fn existing_session(app: &App, provider: &Provider, options: &SigninOptions) -> Result<Option<SessionInfo>> {
    // The user wants fresh or stronger authentication, which an existing session cannot prove.
    if options.force || options.prompt.is_some() || options.max_age.is_some() || options.acr.is_some() {
        return Ok(None);
    }
    let expected = options.label.as_deref().or(options.account.as_deref()).or(provider.account.as_deref());
    let Some(session) = find_signin(app, &provider.name, expected)? else { return Ok(None) };
    let set = |scopes: &[String]| scopes.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    // The metadata of a protected resource is unknown until it is requested.
    let is_protected = provider.resource.is_none() && session.resource.as_ref() == Some(&provider.name);
    let same_scopes = set(&provider.scopes) == set(&session.scopes_requested);
    let has_added = set(&provider.scopes_added).is_subset(&set(&session.scopes_requested));
    // A session that can no longer be refreshed is about to end.
    let same = session.is_usable(app.now())
        && !session.refresh_rejected
        && provider.client_id.as_ref().is_none_or(|id| *id == session.client_id)
        && (same_issuer(provider, &session) || (is_protected && !target::is_pinned(provider)))
        && (is_protected || provider.resource == session.resource)
        && (same_scopes || (is_protected && !provider.scopes_chosen && has_added));
    Ok(if same && has_tokens(app, &session)? { Some(session) } else { None })
}

/// Finds a session that a sign-in made: a token that the user brought is none, and may be the default.
fn find_signin(app: &App, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
    let found = app.sessions.find(provider, account)?;
    if !found.as_ref().is_some_and(SessionInfo::is_brought) {
        return Ok(found);
    }
    let mut all = app.sessions.list()?.sessions.into_iter().map(|listed| listed.info);
    Ok(all.find(|info| {
        let matches = account.is_none_or(|account| info.account.matches_name(account));
        info.provider == provider && !info.is_brought() && matches
    }))
}

/// Returns true if the store has the tokens of the session. A new keyring, another home or another program may have lost
/// them, and the state files would claim a session for ever.
///
/// # Errors
/// [`Error::Store`] if the store is locked, out of reach or does not respond: it may have the tokens. A store out of reach
/// is no error if new sessions go to another one.
fn has_tokens(app: &App, session: &SessionInfo) -> Result<bool> {
    let Err(error) = app.sessions.load(session) else { return Ok(true) };
    let is_away = match &error {
        Error::NotSignedIn { .. } => false,
        // Of a store that works, the tokens are damaged.
        Error::Store { kind: StoreErrorKind::Failed, .. } => app.check_writable(session.store).is_err(),
        Error::Store { kind: StoreErrorKind::NotFound, .. } => true,
        _ => return Err(error),
    };
    if is_away && app.check_new_session_store().is_err() {
        let alternative = format!("{{program}} signin {} --store file", shell_quote(&session.provider));
        return Err(Error::Blocked { cause: Box::new(error), alternative });
    }
    let of = format!("tokens of `{}` at `{}`", session.account.name, session.provider);
    app.prompt.note(&match is_away {
        true => format!("the store with the {of} is out of reach ({error}); signing in again"),
        false => format!("the store has no usable {of}; signing in again"),
    });
    Ok(false)
}

/// Returns true if provider and session have the same issuer, or one of the issuers is unknown. A multi-tenant issuer
/// contains a placeholder that the session has replaced.
fn same_issuer(provider: &Provider, session: &SessionInfo) -> bool {
    match (&provider.issuer, &session.issuer) {
        (Some(expected), Some(issuer)) if !provider.tenant_issuer => is_same_issuer(expected, issuer),
        _ => true,
    }
}

/// Opens the `--redirect-to` URL, or prints it.
fn open_redirect_to(app: &App, options: &SigninOptions) {
    let Some(url) = &options.redirect_to else { return };
    let may_open = !options.no_open && !app.environment.no_input && app.browser.unavailable_reason().is_none();
    if !may_open || app.browser.open(&Secret::new(url.clone())).is_err() {
        app.prompt.note(&format!("continue at {url}"));
    }
}
