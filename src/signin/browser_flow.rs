//! Loopback flow (RFC 8252 7.3): binds a loopback port, opens the browser, receives the code, stores the session, then
//! answers the browser. On a terminal the user may paste the redirect URL instead; the first response wins.

use std::sync::Arc;

use super::code_exchange::{self, SentRequest};
use super::fallback_hint;
use super::options::{CompletedFlow, SigninOptions};
use super::paste_flow::{self, PasteInput};
use super::plan::Plan;
use super::provider_change::unless_provider_changed;
use crate::app::runtime::USER_TIMEOUT;
use crate::app::{App, runtime};
use crate::callback_server::{
    Callback, CallbackListener, CallbackOutcome, CallbackServer, Page, ProviderPicker, RedirectUri,
};
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationRequest, Code};
use crate::prompt::BrowserPrompt;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::Session;

/// Redirects followed by the unattended demo sign-in: start page to provider, provider to callback.
const MAX_REDIRECTS: usize = 4;

const PASTE_HINT: &str = "Browser on another machine? Paste the URL it ends up at (input hidden) and press Enter.";

/// Runs the flow. Returns the session and the flow that completed, or `None` if the user picked another provider.
pub fn run(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<(Session, CompletedFlow)>> {
    let uri = redirect_uri(app, plan.provider)?;
    let bound = match picker {
        Some(picker) => picker.bind_callback(&uri)?,
        None => CallbackServer::bind(&uri)?,
    };
    let request = code_exchange::request(plan, options, bound.redirect_uri())?;
    let redirect_uri = bound.redirect_uri().to_owned();
    let request = Arc::new(request);
    let owned = Arc::clone(&request);
    let listener = bound.serve(request.url().clone(), move |query| owned.matches_state(query));
    let sent = SentRequest { request: &request, redirect_uri: &redirect_uri };
    runtime::run(unless_provider_changed(picker, finish(app, plan, options, &sent, listener, picker)))
}

/// Waits for the callback, answers it and closes the listener.
async fn finish(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    sent: &SentRequest<'_>,
    mut listener: CallbackListener,
    picker: Option<&ProviderPicker>,
) -> Result<(Session, CompletedFlow)> {
    let can_paste = app.prompt.can_prompt() && !plan.unattended;
    let pasting = can_paste.then(|| PasteInput::start(app, plan.provider, sent.request));
    if let (Some(limit), None, false) = (app.signin_limit(), picker, plan.unattended) {
        limit.record(Some(&plan.provider.name), app.now())?;
    }
    match picker {
        Some(picker) => picker.redirect_to(&plan.provider.title, &listener.start_url()),
        None => open_browser(app, plan, options, sent.request, &listener),
    }
    let timeout = options.timeout.unwrap_or(USER_TIMEOUT);
    if pasting.is_some() {
        app.prompt.note(PASTE_HINT);
    }
    let source = {
        let _shown = app.prompt.start_waiting("the browser", timeout);
        tokio::select! {
            biased;
            callback = listener.wait_for_callback() => CallbackSource::Browser(callback),
            code = paste_flow::pasted_code(pasting) => CallbackSource::Paste(code?),
            () = app.clock.sleep(timeout) => {
                return Err(Error::TimedOut { action: "browser sign-in".to_owned(), after: timeout });
            }
        }
    };
    match source {
        CallbackSource::Paste(code) => {
            Ok((code_exchange::complete(app, plan, options, sent, &code).await?, CompletedFlow::Paste))
        }
        CallbackSource::Browser(callback) => {
            let outcome = match sent.request.validate_callback(callback.query().expose()) {
                Ok(code) => code_exchange::complete(app, plan, options, sent, &code).await,
                Err(error) => Err(error),
            };
            callback.respond(callback_outcome(app, plan, options, &outcome));
            listener.close().await;
            Ok((outcome?, CompletedFlow::Loopback))
        }
    }
}

/// Source of the response.
enum CallbackSource {
    /// Browser; waits for its final page.
    Browser(Callback),
    /// Pasted by the user.
    Paste(Code),
}

/// Opens the browser, or prints the URL. Without a user, follows the demo provider's redirects itself.
fn open_browser(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    request: &AuthorizationRequest,
    listener: &CallbackListener,
) {
    let start = listener.start_url();
    if plan.unattended {
        app.prompt.note("no browser and no terminal: the demo provider approves automatically");
        return follow_redirects(app, start);
    }
    let opened = match (options.no_open, app.browser.unavailable_reason()) {
        (true, _) => None,
        // The system opener is not called: over SSH it may start a text browser in this terminal.
        (false, Some(absence)) => Some(Err(Error::other(format!("cannot open a browser: {absence}")))),
        (false, None) => Some(app.browser.open(&start).map_err(|error| open_failed(app, plan, &error))),
    };
    app.prompt.show_browser_prompt(&BrowserPrompt {
        title: &plan.provider.title,
        url: request.url(),
        start_url: &start,
        opened: matches!(opened, Some(Ok(()))),
        open_error: opened.and_then(Result::err).map(|error| error.to_string()),
    });
}

/// Error for a browser that did not open. The URL stays valid for a manual visit or a forwarded port; the device flow
/// is the alternative.
fn open_failed(app: &App, plan: &Plan<'_>, error: &Error) -> Error {
    let name = shell_quote(&plan.provider.name);
    match fallback_hint::has_device_flow(plan) {
        true => Error::other(format!("{error}; to use a device code: {} signin {name} --device", app.program)),
        false => Error::other(error.to_string()),
    }
}

/// Follows the redirects from the start page to the callback. Runs on its own thread, because the callback is answered
/// only after the session is stored.
fn follow_redirects(app: &App, start: Secret) {
    let http = app.http.clone();
    std::thread::spawn(move || {
        let mut next = start;
        for _ in 0..MAX_REDIRECTS {
            let Ok(request) = http::Request::get(next.expose()).body(Vec::new()) else { return };
            // A failure shows up as a sign-in that times out.
            let Ok(response) = http.send(request) else { return };
            let location = response.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location else { return };
            next = Secret::new(location);
        }
    });
}

/// Redirect URI of a provider; its port may still be undecided.
///
/// # Errors
/// [`Error::Usage`] if this machine cannot listen on the URI, or the certificate is unusable.
pub fn redirect_uri(app: &App, provider: &Provider) -> Result<RedirectUri> {
    match &provider.callback {
        Some(callback) => RedirectUri::parse(callback, app.callback_certificate(provider)?),
        None => RedirectUri::new(&provider.redirect.host, provider.port, &provider.redirect.path)
            .map(|uri| uri.with_fallback_ports(&provider.fallback_ports)),
    }
}

/// Final page or redirect for the browser.
fn callback_outcome(app: &App, plan: &Plan<'_>, options: &SigninOptions, outcome: &Result<Session>) -> CallbackOutcome {
    let title = &plan.provider.title;
    match (outcome, &options.redirect_to) {
        (Ok(_), Some(url)) => CallbackOutcome::Redirect(url.clone()),
        (Ok(session), None) => CallbackOutcome::Page(Page::signed_in(&app.program, title, account_name(session))),
        (Err(error), _) => CallbackOutcome::Page(failure_page(app, title, error)),
    }
}

/// Page that explains a failed sign-in.
pub fn failure_page(app: &App, title: &str, error: &Error) -> Page {
    let heading = match error.cause() {
        Error::Denied { .. } => format!("Sign-in to {title} was denied"),
        _ => format!("Sign-in to {title} failed"),
    };
    Page::failure(&app.program, &heading, vec![error.to_string(), "Nothing was saved.".to_owned()])
}

/// Account name, if the provider identified the account.
fn account_name(session: &Session) -> Option<&str> {
    let known = session.account.subject.is_some() || session.account.email.is_some();
    known.then_some(session.account.name.as_str())
}
