//! The steps of a sign-in: reuse a valid session, or resolve the client, run one flow and report the result.

use super::client_registration::{self, RegisteredProvider};
use super::flow::FlowChoice;
use super::options::{CompletedFlow, SigninOptions, SigninResult};
use super::{browser_flow, device_flow, fallback_hint, mix_up, paste_callback, paste_flow, plan, protected_resource};
use crate::app::App;
use crate::callback_server::ProviderPicker;
use crate::catalog::{Flow, Provider};
use crate::error::Result;
use crate::secret::Secret;
use crate::session::SessionInfo;

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
    check_callback(app, provider)?;
    if let (Some(limit), None, false) = (app.signin_limit(), picker, plan::is_unattended(app, provider, options)) {
        limit.check(Some(&provider.name))?;
    }
    if app.environment.no_input {
        return run_flow(app, provider, options, picker, None);
    }
    let resource_provider = protected_resource::resolve_resource(app, provider)?;
    let provider = resource_provider.as_ref().unwrap_or(provider);
    let Some(client) = client_registration::resolve_client(app, provider, options, None)? else {
        return run_flow(app, provider, options, picker, None);
    };
    match run_registered(app, &client, options, picker) {
        Err(error) if client.is_reused && client_registration::is_unknown_client(&error) => {
            app.prompt.warn(&format!("{error}; registering a new client"));
            let rejected = client.provider.client_id.as_deref();
            let new_client = client_registration::resolve_client(app, provider, options, rejected)?.unwrap_or(client);
            run_registered(app, &new_client, options, picker)
        }
        outcome => outcome,
    }
}

/// Runs the flow with a dynamically registered client.
fn run_registered(
    app: &App,
    client: &RegisteredProvider,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    let result = run_flow(app, &client.provider, options, picker, Some(client))?;
    if let (Some(result), Some(replaced)) = (&result, &client.replaces) {
        client_registration::remove_replaced(app, &result.session, replaced)?;
    }
    Ok(result)
}

/// Plans and runs one flow. `client` is set if the client was registered dynamically.
fn run_flow(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
    client: Option<&RegisteredProvider>,
) -> Result<Option<SigninResult>> {
    let plan = plan::prepare(app, provider, options)?;
    if let (Some(client), Some(metadata)) = (client, &plan.metadata) {
        mix_up::check(metadata, client.page.as_deref())?;
    }
    let with_hint = |error| fallback_hint::with_fallback_hint(app, &plan, error);
    let result = match &plan.flow {
        FlowChoice::Loopback => browser_flow::run(app, &plan, options, picker).map_err(with_hint)?,
        FlowChoice::Paste { reason } => {
            if let Some(reason) = reason {
                app.prompt.note(&format!("using the paste flow: {reason}"));
            }
            paste_flow::run(app, &plan, options, picker)
                .map_err(with_hint)?
                .map(|session| (session, CompletedFlow::Paste))
        }
        FlowChoice::Device { endpoint, reason } => {
            if let Some(reason) = reason {
                app.prompt.note(&format!("using a device code: {reason}"));
            }
            device_flow::run(app, &plan, options, endpoint, picker)
                .map_err(with_hint)?
                .map(|session| (session, CompletedFlow::Device))
        }
    };
    let Some((session, flow)) = result else { return Ok(None) };
    if flow != CompletedFlow::Loopback {
        // Only the loopback flow has a local browser that waits for a redirect.
        open_redirect_to(app, options);
    }
    app.sessions.signin_limit().reset(&provider.name);
    Ok(Some(SigninResult { session: session.info(plan.store), flow }))
}

/// Rejects a redirect URI that cannot receive a response, before any request is sent.
pub fn check_callback(app: &App, provider: &Provider) -> Result<()> {
    match provider.flow {
        Some(Flow::Device) => Ok(()),
        Some(Flow::Paste) => paste_callback::check(provider),
        None if paste_callback::is_paste_only(provider) && app.prompt.can_prompt() => paste_callback::check(provider),
        None | Some(Flow::Loopback) => browser_flow::redirect_uri(app, provider).map(drop),
    }
}

/// Returns a valid session that makes a new sign-in unnecessary: same issuer, client, resource and requested scopes.
fn existing_session(app: &App, provider: &Provider, options: &SigninOptions) -> Result<Option<SessionInfo>> {
    // The user wants fresh or stronger authentication, which an existing session cannot prove.
    if options.force || options.prompt.is_some() || options.max_age.is_some() || options.acr.is_some() {
        return Ok(None);
    }
    let expected = options.account.as_deref().or(provider.account.as_deref());
    let Some(session) = app.sessions.find(&provider.name, expected)? else { return Ok(None) };
    let set = |scopes: &[String]| scopes.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    // The metadata of a protected resource is unknown until it is requested.
    let is_protected = provider.resource.is_none() && session.resource.as_ref() == Some(&provider.name);
    let same_scopes = set(&provider.scopes) == set(&session.scopes_requested);
    let same = session.is_usable(app.now())
        && provider.client_id.as_ref().is_none_or(|id| *id == session.client_id)
        && (same_issuer(provider, &session) || (is_protected && !protected_resource::is_pinned(provider)))
        && (is_protected || provider.resource == session.resource)
        && (same_scopes || (is_protected && !provider.scopes_chosen));
    Ok(same.then_some(session))
}

/// Returns true if provider and session have the same issuer, or one of the issuers is unknown. A multi-tenant issuer
/// contains a placeholder that the session has replaced.
fn same_issuer(provider: &Provider, session: &SessionInfo) -> bool {
    match (&provider.issuer, &session.issuer) {
        (Some(expected), Some(issuer)) if !provider.tenant_issuer => expected == issuer,
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
