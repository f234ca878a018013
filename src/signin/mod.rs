//! `signin`: a person signs in to a provider through the browser, with a device code or by pasting, and the session is stored
//! (RFC 8252, 7636, 8628, 9207, OpenID Connect Core 3.1).
//!
//! Straight down: bind, ask, visit, wait, exchange, check, store, and only then is the browser answered.

mod allow_list;
mod browser_flow;
mod build_session;
mod client_registration;
mod code_exchange;
mod device_flow;
mod discovery;
mod fallback_hint;
mod flow;
mod mix_up;
mod paste_flow;
mod picker;
mod plan;
mod protected_resource;
mod rate_limit;

pub use plan::OFFLINE;

use std::future::Future;
use std::time::Duration;

use client_registration::RegisteredProvider;
use flow::FlowChoice;
use rate_limit::SigninAttempt;

use crate::app::App;
use crate::app::runtime::PATIENCE;
use crate::callback_server::ProviderPicker;
use crate::catalog::{AcceptedRedirect, Flow, Provider};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{Session, SessionInfo, StoreKind};

pub use picker::{PickerEntry, PickerOptions, signin_to_one_of};

/// What is asked of a sign-in beside the provider.
#[derive(Debug, Clone, Default)]
pub struct SigninOptions {
    /// The account expected.
    pub account: Option<String>,
    /// `prompt` of OpenID Connect Core 3.1.2.1.
    pub prompt: Option<String>,
    /// `max_age`.
    pub max_age: Option<Duration>,
    /// `acr_values`.
    pub acr: Option<String>,
    /// Further parameters of the authorization request, each already checked.
    pub params: Vec<(String, String)>,
    /// Where the browser goes after the sign-in is stored; already checked and whole.
    pub redirect_to: Option<String>,
    /// Sign in although a valid session exists.
    pub force: bool,
    /// Open no browser.
    pub no_open: bool,
    /// How long the person may take.
    pub limit: Option<Duration>,
    /// Whether the address of the device flow is drawn as a QR code; `None`: where it fits.
    pub qr: Option<bool>,
    /// Whether the code of the device flow is put on the clipboard.
    pub copy: bool,
}

/// How the session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletedFlow {
    /// Through the browser and the loopback redirect.
    Loopback,
    /// With a code typed at another address (RFC 8628).
    Device,
    /// Through a browser, and the person brought its answer.
    Paste,
    /// It was there and is kept.
    Existing,
}

/// What a sign-in gave.
#[derive(Debug, Clone)]
pub struct SigninResult {
    /// The session, without secrets.
    pub session: SessionInfo,
    /// How it came to be.
    pub way: CompletedFlow,
}

/// The command that comes next for a `provider` that was configured just now: its sign-in, or what that would fail without;
/// with `{program}` where the program's own command belongs.
pub fn next_command(provider: &Provider, has_secret: bool) -> String {
    let name = shell_quote(&provider.name);
    if let Err(Error::Usage { hint: Some(hint), .. }) = flow::check_secret(provider, has_secret) {
        return hint;
    }
    let lacks_callback = provider.flow != Some(Flow::Device) && provider.check_callback().is_err();
    match provider.accepted_redirect {
        AcceptedRedirect::Https if lacks_callback => format!("{{program}} signin {name} --paste"),
        AcceptedRedirect::Domain if lacks_callback => format!("{{program}} providers add {name} --set callback=URI"),
        _ => format!("{{program}} signin {name}"),
    }
}

/// Signs in to `provider`.
///
/// # Errors
/// [`crate::error::Error::NoClientId`], [`crate::error::Error::Denied`], [`crate::error::Error::WrongAccount`],
/// [`crate::error::Error::TimedOut`], [`crate::error::Error::Check`], [`crate::error::Error::Network`],
/// [`crate::error::Error::Store`], [`crate::error::Error::Interrupted`]; nothing is stored then.
pub fn signin(app: &App, provider: &Provider, asked: &SigninOptions) -> Result<SigninResult> {
    let done = through(app, provider, asked, None)?;
    Ok(done.expect("without a page nobody chooses again"))
}

/// Signs in to `provider`, which was chosen on `page` if there is one; `None` where the person went back there and chose
/// again.
fn through(
    app: &App,
    provider: &Provider,
    asked: &SigninOptions,
    page: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    if let Some(session) = kept(app, provider, asked)? {
        if page.is_none() {
            show(app, asked);
        }
        rate_limit::signed_in(app, &provider.name, false);
        return Ok(Some(SigninResult { session, way: CompletedFlow::Existing }));
    }
    check_callback(app, provider)?;
    if page.is_none() && !plan::is_unattended(app, provider, asked) {
        rate_limit::check(app, SigninAttempt::At(&provider.name))?;
    }
    if app.environment.no_input {
        return sign_in(app, provider, asked, page, None);
    }
    let behind = protected_resource::behind(app, provider)?;
    let provider = behind.as_ref().unwrap_or(provider);
    let Some(client) = client_registration::registered(app, provider, asked, None)? else {
        return sign_in(app, provider, asked, page, None);
    };
    match sign_in_as(app, &client, asked, page) {
        Err(error) if client.is_old && client_registration::is_unknown_client(&error) => {
            app.prompt.warn(&format!("{error}; registering this program anew"));
            let refused = client.provider.client_id.as_deref();
            let anew = client_registration::registered(app, provider, asked, refused)?.unwrap_or(client);
            sign_in_as(app, &anew, asked, page)
        }
        outcome => outcome,
    }
}

/// With a client that was registered for this program.
fn sign_in_as(
    app: &App,
    client: &RegisteredProvider,
    asked: &SigninOptions,
    page: Option<&ProviderPicker>,
) -> Result<Option<SigninResult>> {
    let done = sign_in(app, &client.provider, asked, page, Some(client))?;
    if let (Some(done), Some(replaced)) = (&done, &client.replaces) {
        client_registration::supersede(app, &done.session, replaced)?;
    }
    Ok(done)
}

/// With a provider that is known as far as it will be, and the client where one was registered for this program.
fn sign_in(
    app: &App,
    provider: &Provider,
    asked: &SigninOptions,
    page: Option<&ProviderPicker>,
    client: Option<&RegisteredProvider>,
) -> Result<Option<SigninResult>> {
    let prepared = plan::prepare(app, provider, asked)?;
    if let (Some(client), Some(metadata)) = (client, &prepared.metadata) {
        mix_up::check(metadata, client.page.as_deref())?;
    }
    let otherwise = |error| fallback_hint::named(app, &prepared, error);
    let done = match &prepared.choice {
        FlowChoice::Loopback => browser_flow::run(app, &prepared, asked, page).map_err(otherwise)?,
        FlowChoice::Paste { reason } => {
            if let Some(reason) = reason {
                app.prompt.note(&format!("signing in by pasting: {reason}"));
            }
            paste_flow::run(app, &prepared, asked, page)
                .map_err(otherwise)?
                .map(|session| (session, CompletedFlow::Paste))
        }
        FlowChoice::Device { endpoint, reason } => {
            if let Some(reason) = reason {
                app.prompt.note(&format!("signing in with a device code: {reason}"));
            }
            device_flow::run(app, &prepared, asked, endpoint, page)
                .map_err(otherwise)?
                .map(|session| (session, CompletedFlow::Device))
        }
    };
    let Some((session, way)) = done else { return Ok(None) };
    if way != CompletedFlow::Loopback {
        // No browser of this machine waits to be sent there.
        show(app, asked);
    }
    rate_limit::signed_in(app, &provider.name, true);
    Ok(Some(SigninResult { session: session.info(prepared.place), way }))
}

/// Refuses a callback that no answer could come from, before the network is asked anything.
fn check_callback(app: &App, provider: &Provider) -> Result<()> {
    match provider.flow {
        Some(Flow::Device) => Ok(()),
        Some(Flow::Paste) => paste_flow::check(provider),
        None if paste_flow::is_only_way(provider) && app.prompt.can_prompt() => paste_flow::check(provider),
        None | Some(Flow::Loopback) => browser_flow::wanted(app, provider).map(drop),
    }
}

/// Keeps a session. One client and one account are one session, whatever its provider is called: the name that goes is
/// told, because scripts may use it.
fn keep(app: &App, session: &Session, place: StoreKind) -> Result<()> {
    let summary = session.info(place);
    app.await_turn(&summary)?;
    let before = app.sessions.labels(&summary.id)?;
    app.sessions.save(session, place)?;
    for old in before.iter().filter(|old| **old != session.provider) {
        let (new, account) = (&session.provider, &session.account.name);
        app.prompt.warn(&format!(
            "`{old}` and `{new}` are one client of one issuer: the session of `{account}` is called `{new}` from now on; give \
             each name a client id of its own for a session of its own"
        ));
    }
    Ok(())
}

/// What `work` gives, unless the person chooses again meanwhile.
async fn unless_chosen_again<T>(
    page: Option<&ProviderPicker>,
    work: impl Future<Output = Result<T>>,
) -> Result<Option<T>> {
    let Some(page) = page else { return work.await.map(Some) };
    tokio::select! {
        biased;
        outcome = work => outcome.map(Some),
        () = page.wait_for_choice() => Ok(None),
    }
}

/// The valid session that makes a new sign-in needless: same issuer, client and resource, and the scopes asked for last
/// time.
fn kept(app: &App, provider: &Provider, asked: &SigninOptions) -> Result<Option<SessionInfo>> {
    // Who asks for a fresh or stronger proof of who is there did not get it from a session that is there.
    if asked.force || asked.prompt.is_some() || asked.max_age.is_some() || asked.acr.is_some() {
        return Ok(None);
    }
    let expected = asked.account.as_deref().or(provider.account.as_deref());
    let Some(session) = app.sessions.find(&provider.name, expected)? else { return Ok(None) };
    let set = |scopes: &[String]| scopes.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    // What a protected resource says about itself is not known before it is asked.
    let is_protected = provider.resource.is_none() && session.resource.as_ref() == Some(&provider.name);
    let same_scopes = set(&provider.scopes) == set(&session.scopes_requested);
    let same = session.is_usable(app.now())
        && provider.client_id.as_ref().is_none_or(|id| *id == session.client_id)
        && (is_of(provider, &session) || (is_protected && !protected_resource::is_pinned(provider)))
        && (is_protected || provider.resource == session.resource)
        && (same_scopes || (is_protected && !provider.scopes_chosen));
    Ok(same.then_some(session))
}

/// Whether a sign-in would lead to the session's issuer, where both are known. One issuer for many tenants is written
/// with a placeholder that a session has filled in.
fn is_of(provider: &Provider, session: &SessionInfo) -> bool {
    match (&provider.issuer, &session.issuer) {
        (Some(wanted), Some(issuer)) if !provider.tenant_issuer => wanted == issuer,
        _ => true,
    }
}

/// Opens where the person wants to go, or says where that is.
fn show(app: &App, asked: &SigninOptions) {
    let Some(address) = &asked.redirect_to else { return };
    let may_open = !asked.no_open && !app.environment.no_input && app.browser.unavailable_reason().is_none();
    if !may_open || app.browser.open(&Secret::new(address.clone())).is_err() {
        app.prompt.note(&format!("go on at {address}"));
    }
}
