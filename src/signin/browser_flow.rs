//! Loopback flow (RFC 8252 7.3): binds a loopback port, opens the browser, receives the code, stores the session, then
//! answers the browser. On a terminal the user may paste the redirect URL instead; the first response wins.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::code_exchange;
use super::failure_page::failure_page;
use super::fallback_hint;
use super::flow_context::FlowContext;
use super::options::CompletedFlow;
use super::paste_flow::{self, PasteInput};
use super::plan::Plan;
use super::rejection_report;
use crate::app::App;
use crate::callback_server::{
    Callback, CallbackListener, CallbackOutcome, CallbackServer, Page, RedirectUri, RejectionLog,
};
use crate::catalog;
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationRequest, Code};
use crate::prompt::BrowserPrompt;
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::secret::Secret;
use crate::session::Session;

/// Redirects followed by the unattended demo sign-in: start page to provider, provider to callback.
const MAX_REDIRECTS: usize = 4;

const PASTE_HINT: &str = "Browser on another machine? Paste the URL it ends up at (input hidden) and press Enter.";

/// Lead of the URL, and the words after it, if a browser was opened and does not come.
const LATE_LEAD: &str = "Browser on another machine? Visit this URL there:";
const LATE_HINT: &str = "Then paste the URL it ends up at (input hidden) and press Enter.";

/// Time for the browser that was opened to come to the listener; a cold start of a large one takes some seconds.
const BROWSER_START: Duration = Duration::from_secs(10);

/// Runs the flow. Returns the session and the flow that completed, or `None` if the user picked another provider.
pub fn run(context: &FlowContext<'_>, uri: &RedirectUri) -> Result<Option<(Session, CompletedFlow)>> {
    let bound = match context.picker {
        Some(picker) => picker.bind_callback(uri)?,
        None => CallbackServer::bind(uri)?,
    };
    let request = Arc::new(code_exchange::request(context, bound.redirect_uri())?);
    let owned = Arc::clone(&request);
    let bound = bound.with_restart_command(command(context, " --no-open"));
    let listener = bound.serve(request.url().clone(), move |query| owned.matches_state(query));
    context.run(finish(context, &request, listener))
}

/// Waits for the callback, answers it and closes the listener.
async fn finish(
    context: &FlowContext<'_>,
    request: &AuthorizationRequest,
    mut listener: CallbackListener,
) -> Result<(Session, CompletedFlow)> {
    let FlowContext { app, plan, picker, .. } = context;
    let can_paste = app.prompt.can_prompt() && !plan.unattended;
    // From the start, even if the words for it come later.
    let pasting = can_paste.then(|| PasteInput::start(context, request));
    context.count_attempt()?;
    let opened = match picker {
        Some(picker) => {
            // No argument list has this link.
            picker.redirect_to(&plan.provider.label(), plan.provider.logo, &listener.printed_url());
            true
        }
        None => open_browser(context, request, &listener),
    };
    let timeout = context.user_timeout();
    let is_unfit = pasting.as_ref().map(PasteInput::unfit);
    if pasting.is_some() && !opened {
        app.prompt.note(PASTE_HINT);
    }
    let (visited, rejections) = (listener.visited(), listener.rejections());
    let source = {
        let _shown = app.prompt.start_waiting("the browser", timeout);
        tokio::select! {
            biased;
            callback = listener.wait_for_callback() => CallbackSource::Browser(callback),
            code = paste_flow::pasted_code(pasting) => CallbackSource::Paste(code?),
            never = offer_paste(context, request, visited, is_unfit.filter(|_| opened)) => match never {},
            never = rejection_report::report(app, &rejections) => match never {},
            () = app.clock.sleep(timeout) => return Err(timed_out(context, request, timeout, &rejections)),
        }
    };
    context.count_answer();
    if let Some(summary) = rejections.summary().filter(|_| rejections.has_repeated()) {
        app.prompt.note(&summary);
    }
    match source {
        CallbackSource::Paste(code) => {
            Ok((code_exchange::complete(context, request, &code).await?, CompletedFlow::Paste))
        }
        CallbackSource::Browser(callback) => {
            let outcome = match request.validate_callback(callback.query().expose()) {
                Ok(code) => code_exchange::complete(context, request, &code).await,
                Err(error) => Err(error),
            };
            callback.respond(callback_outcome(context, &outcome));
            listener.close().await;
            Ok((outcome?, CompletedFlow::Loopback))
        }
    }
}

/// Shows the long URL and the words for pasting once no browser comes in time, or `unfit` tells that the user pasted
/// something else; most users never need them. Never completes.
async fn offer_paste(
    context: &FlowContext<'_>,
    request: &AuthorizationRequest,
    visited: impl Future<Output = ()>,
    unfit: Option<Arc<Notify>>,
) -> Infallible {
    let Some(unfit) = unfit else { return pending().await };
    let app = context.app;
    // A browser that opens here may be unable to return here.
    let patience = if app.browser.callback_warning().is_some() { Duration::ZERO } else { BROWSER_START };
    let late = async {
        tokio::select! {
            biased;
            () = visited => pending().await,
            () = app.clock.sleep(patience) => {}
        }
    };
    tokio::select! {
        () = late => {}
        () = unfit.notified() => {}
    }
    app.prompt.show_url(LATE_LEAD, request.url());
    app.prompt.note(LATE_HINT);
    pending().await
}

/// Error of a wait without an accepted callback. If the browser came back in vain, the user can paste its URL; if it never
/// did, the provider may have shown an error of its own.
fn timed_out(
    context: &FlowContext<'_>,
    request: &AuthorizationRequest,
    after: Duration,
    rejections: &RejectionLog,
) -> Error {
    let cause = Error::TimedOut { action: "browser sign-in".to_owned(), after, meanwhile: rejections.summary() };
    let command = format!("{{program}} signin {}", shell_quote(&context.plan.provider.name));
    let alternative = match rejections.kinds().iter().any(|kind| kind.leaves_url()) {
        true => format!("{command} {}", context.plan.fallback.unwrap_or("--paste")),
        false => {
            let advice = registration_advice(context.plan, request.redirect_uri());
            let limit = context.options.timeout.map_or(after, |timeout| timeout.limit());
            format!("{advice}{}", fallback_hint::longer(&command, limit))
        }
    };
    Error::Blocked { cause: Box::new(cause), alternative }
}

/// What to compare at the provider, which shows its own page for an unknown client ID or redirect URI and does not return.
/// Nothing for a client that this program registered.
fn registration_advice(plan: &Plan<'_>, redirect_uri: &str) -> String {
    let Some(id) = plan.provider.client_id.as_deref().filter(|id| *id == plan.client.id && !plan.unattended) else {
        return String::new();
    };
    let any_port = catalog::redirect_uri_to_register(plan.provider) != redirect_uri;
    format!(
        "if the browser shows an error of the provider, compare with your registration there:\n  \
         client ID     {}\n  redirect URI  {}{}\notherwise take more time:\n",
        sanitize_untrusted(id),
        sanitize_untrusted(redirect_uri),
        if any_port { " (on any port)" } else { "" }
    )
}

/// Source of the response.
enum CallbackSource {
    /// Browser; waits for its final page.
    Browser(Callback),
    /// Pasted by the user.
    Paste(Code),
}

/// Opens the browser, or prints the URL; returns whether one was opened. Follows the redirects itself if the
/// demo provider has its answer.
fn open_browser(context: &FlowContext<'_>, request: &AuthorizationRequest, listener: &CallbackListener) -> bool {
    let FlowContext { app, plan, options, .. } = context;
    if plan.unattended {
        follow_redirects(app, listener.launch_url());
        return true;
    }
    let opened = match (options.no_open, app.browser.unavailable_reason()) {
        (true, _) => None,
        // The system opener is not called: over SSH it may start a text browser in this terminal.
        (false, Some(absence)) => Some(Err(format!("cannot open a browser: {absence}"))),
        (false, None) => Some(app.browser.open(&listener.launch_url()).map_err(|error| open_failed(context, &error))),
    };
    let is_open = matches!(opened, Some(Ok(())));
    app.prompt.show_browser_prompt(&BrowserPrompt {
        title: &plan.provider.label(),
        url: request.url(),
        start_url: &listener.printed_url(),
        opened: is_open,
        open_error: opened.and_then(Result::err),
    });
    is_open
}

/// Message for a browser that did not open. The URL stays valid for a manual visit or a forwarded port; the device flow
/// is the alternative.
fn open_failed(context: &FlowContext<'_>, error: &Error) -> String {
    match context.plan.fallback {
        Some(flag) => format!("{error}; to use a device code: {}", command(context, &format!(" {flag}"))),
        None => error.to_string(),
    }
}

/// Command that signs in to this provider: as typed, with `flags`.
fn command(context: &FlowContext<'_>, flags: &str) -> String {
    let FlowContext { app, plan, options, .. } = context;
    let typed = options.typed_flags.before(flags);
    format!("{} signin {}{typed}{flags}", app.invocation, shell_quote(&plan.provider.name))
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

/// Final page or redirect for the browser.
fn callback_outcome(context: &FlowContext<'_>, outcome: &Result<Session>) -> CallbackOutcome {
    let FlowContext { app, plan, options, .. } = context;
    let title = &plan.provider.label();
    match (outcome, &options.redirect_to) {
        (Ok(_), Some(url)) => CallbackOutcome::Redirect(url.clone()),
        (Ok(session), None) => CallbackOutcome::Page(Page::signed_in(&app.program, title, account_name(session))),
        (Err(error), _) => {
            let alternative = fallback_hint::alternative(plan, error);
            CallbackOutcome::Page(failure_page(app, plan.provider, options, error, alternative))
        }
    }
}

/// Account name, if the provider identified the account.
fn account_name(session: &Session) -> Option<&str> {
    let known = session.account.subject.is_some() || session.account.email.is_some();
    known.then_some(session.account.name.as_str())
}
