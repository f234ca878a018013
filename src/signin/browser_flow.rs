//! The loopback flow (RFC 8252 7.3): our own address is bound, the browser visits the provider and comes back with a
//! code, and is answered once the session is stored. Whoever can type may bring the answer instead: the first one counts.

use std::sync::Arc;

use super::code_exchange::{self, SentRequest};
use super::fallback_hint;
use super::options::{CompletedFlow, SigninOptions};
use super::paste_flow::{self, PasteInput};
use super::plan::Plan;
use super::provider_change::unless_provider_changed;
use super::rate_limit::{self, SigninAttempt};
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

/// Redirects the unattended demo sign-in follows: ours to the provider, the provider's to us.
const MAX_REDIRECTS: usize = 4;

/// What a person is told who may type while the browser is waited for.
const PASTE_HINT: &str = "if the browser ends at a page that it cannot load, paste the whole address of that page here (it is \
                      not shown) and press Enter";

/// Runs the flow to its end, and by whom it was ended; `None` where the person chose another provider on the page.
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

/// Waits for the callback and answers it; the listener ends with this.
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
    if picker.is_none() && !plan.unattended {
        rate_limit::record(app, SigninAttempt::Provider(&plan.provider.name))?;
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
                return Err(Error::TimedOut { action: "the sign-in in the browser".to_owned(), after: timeout });
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

/// Who was first.
enum CallbackSource {
    /// The browser, which waits to be told.
    Browser(Callback),
    /// The person.
    Paste(Code),
}

/// Sends the browser, or tells the person, or (the embedded provider without anyone here) goes there itself.
fn open_browser(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    request: &AuthorizationRequest,
    listener: &CallbackListener,
) {
    let start = listener.start_url();
    if plan.unattended {
        app.prompt.note("nobody is here to approve: the demo provider approves by itself");
        return follow_redirects(app, start);
    }
    let opened = match (options.no_open, app.browser.unavailable_reason()) {
        (true, _) => None,
        // The system's opener is not even asked: over SSH it may start a browser of the terminal, in this terminal.
        (false, Some(absence)) => Some(Err(Error::other(format!("no browser can be opened here: {absence}")))),
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

/// A browser that should have opened and did not: the address goes on to be good, for it may be opened by hand or by a
/// forwarded port, and who cannot do that is told the other way.
fn open_failed(app: &App, plan: &Plan<'_>, error: &Error) -> Error {
    let name = shell_quote(&plan.provider.name);
    match fallback_hint::has_device_flow(plan) {
        true => Error::other(format!("{error}; with a device code: {} signin {name} --device", app.program)),
        false => Error::other(error.to_string()),
    }
}

/// Follows the redirects from our start page to our callback, on a thread of its own because the callback is answered
/// only when all is done.
fn follow_redirects(app: &App, start: Secret) {
    let http = app.http.clone();
    std::thread::spawn(move || {
        let mut next = start;
        for _ in 0..MAX_REDIRECTS {
            let Ok(request) = http::Request::get(next.expose()).body(Vec::new()) else { return };
            // What fails here shows as a sign-in that nobody finished.
            let Ok(response) = http.send(request) else { return };
            let location = response.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location else { return };
            next = Secret::new(location);
        }
    });
}

/// The redirect URI of a provider, its port perhaps still open.
///
/// # Errors
/// [`Error::Usage`] where it cannot be listened on here, or not with the certificate that is configured.
pub fn redirect_uri(app: &App, provider: &Provider) -> Result<RedirectUri> {
    match &provider.callback {
        Some(callback) => RedirectUri::parse(callback, app.callback_certificate(provider)?),
        None => RedirectUri::new(&provider.redirect_host, provider.port, &provider.redirect_path)
            .map(|uri| uri.with_fallback_ports(&provider.fallback_ports)),
    }
}

/// What the browser is told: the truth, after it is known.
fn callback_outcome(app: &App, plan: &Plan<'_>, options: &SigninOptions, outcome: &Result<Session>) -> CallbackOutcome {
    let title = &plan.provider.title;
    match (outcome, &options.redirect_to) {
        (Ok(_), Some(url)) => CallbackOutcome::Redirect(url.clone()),
        (Ok(session), None) => CallbackOutcome::Page(Page::signed_in(&app.program, title, account_name(session))),
        (Err(error), _) => CallbackOutcome::Page(failure_page(app, title, error)),
    }
}

/// Tells the browser why there is no session.
pub fn failure_page(app: &App, title: &str, error: &Error) -> Page {
    let heading = match error.cause() {
        Error::Denied { .. } => format!("Sign-in to {title} was refused"),
        _ => format!("Sign-in to {title} did not work"),
    };
    Page::failure(&app.program, &heading, vec![error.to_string(), "Not signed in: nothing was stored.".to_owned()])
}

/// The account's label, where the provider said anything about who signed in.
fn account_name(session: &Session) -> Option<&str> {
    let known = session.account.subject.is_some() || session.account.email.is_some();
    known.then_some(session.account.name.as_str())
}
