//! The loopback flow (RFC 8252 7.3): our own address is bound, the browser visits the provider and comes back with a
//! code, and is answered once the session is stored. Whoever can type may bring the answer instead: the first one counts.

use std::sync::Arc;

use super::code_exchange::{self, SentRequest};
use super::paste_flow::{self, PasteInput};
use super::plan::Plan;
use super::rate_limit::{self, SigninAttempt};
use super::{CompletedFlow, PATIENCE, SigninOptions, fallback_hint, unless_chosen_again};
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
const HOPS: usize = 4;

/// What a person is told who may type while the browser is waited for.
const BESIDE: &str = "if the browser ends at a page that it cannot load, paste the whole address of that page here (it is \
                      not shown) and press Enter";

/// Runs the flow to its end, and by whom it was ended; `None` where the person chose another provider on the page.
pub fn run(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    page: Option<&ProviderPicker>,
) -> Result<Option<(Session, CompletedFlow)>> {
    let wanted = wanted(app, prepared.provider)?;
    let listener = match page {
        Some(page) => page.bind_callback(&wanted)?,
        None => CallbackServer::bind(&wanted)?,
    };
    let request = code_exchange::request(prepared, asked, listener.redirect_uri())?;
    let redirect_uri = listener.redirect_uri().to_owned();
    let request = Arc::new(request);
    let owner = Arc::clone(&request);
    let waiting = listener.serve(request.url().clone(), move |query| owner.owns(query));
    let sent = SentRequest { request: &request, redirect_uri: &redirect_uri };
    runtime::wait(unless_chosen_again(page, finish(app, prepared, asked, &sent, waiting, page)))
}

/// Waits for the callback and answers it; the listener ends with this.
async fn finish(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    sent: &SentRequest<'_>,
    mut waiting: CallbackListener,
    page: Option<&ProviderPicker>,
) -> Result<(Session, CompletedFlow)> {
    let can_paste = app.prompt.can_prompt() && !prepared.unattended;
    let pasting = can_paste.then(|| PasteInput::start(app, prepared.provider, sent.request));
    if page.is_none() && !prepared.unattended {
        rate_limit::begin(app, SigninAttempt::At(&prepared.provider.name))?;
    }
    match page {
        Some(page) => page.redirect_to(&prepared.provider.title, &waiting.start_url()),
        None => visit(app, prepared, asked, sent.request, &waiting),
    }
    let limit = asked.limit.unwrap_or(PATIENCE);
    if pasting.is_some() {
        app.prompt.note(BESIDE);
    }
    let answered = {
        let _shown = app.prompt.start_waiting("the browser", limit);
        tokio::select! {
            biased;
            callback = waiting.wait_for_callback() => CallbackSource::Called(callback),
            code = paste_flow::beside(pasting) => CallbackSource::Pasted(code?),
            () = app.clock.sleep(limit) => {
                return Err(Error::TimedOut { action: "the sign-in in the browser".to_owned(), after: limit });
            }
        }
    };
    match answered {
        CallbackSource::Pasted(code) => {
            Ok((code_exchange::complete(app, prepared, asked, sent, &code).await?, CompletedFlow::Paste))
        }
        CallbackSource::Called(callback) => {
            let outcome = match sent.request.judge(callback.query().expose()) {
                Ok(code) => code_exchange::complete(app, prepared, asked, sent, &code).await,
                Err(error) => Err(error),
            };
            callback.respond(told(app, prepared, asked, &outcome));
            waiting.close().await;
            Ok((outcome?, CompletedFlow::Loopback))
        }
    }
}

/// Who was first.
enum CallbackSource {
    /// The browser, which waits to be told.
    Called(Callback),
    /// The person.
    Pasted(Code),
}

/// Sends the browser, or tells the person, or (the embedded provider without anyone here) goes there itself.
fn visit(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    request: &AuthorizationRequest,
    waiting: &CallbackListener,
) {
    let start = waiting.start_url();
    if prepared.unattended {
        app.prompt.note("nobody is here to approve: the demo provider approves by itself");
        return walk(app, start);
    }
    let opened = match (asked.no_open, app.browser.unavailable_reason()) {
        (true, _) => None,
        // The system's opener is not even asked: over SSH it may start a browser of the terminal, in this terminal.
        (false, Some(absence)) => Some(Err(Error::other(format!("no browser can be opened here: {absence}")))),
        (false, None) => Some(app.browser.open(&start).map_err(|error| unopened(app, prepared, &error))),
    };
    app.prompt.show_browser_prompt(&BrowserPrompt {
        title: &prepared.provider.title,
        url: request.url(),
        start_url: &start,
        opened: matches!(opened, Some(Ok(()))),
        open_error: opened.and_then(Result::err).map(|error| error.to_string()),
    });
}

/// A browser that should have opened and did not: the address goes on to be good, for it may be opened by hand or by a
/// forwarded port, and who cannot do that is told the other way.
fn unopened(app: &App, prepared: &Plan<'_>, error: &Error) -> Error {
    let name = shell_quote(&prepared.provider.name);
    match fallback_hint::has_device_flow(prepared) {
        true => Error::other(format!("{error}; with a device code: {} signin {name} --device", app.program)),
        false => Error::other(error.to_string()),
    }
}

/// Follows the redirects from our start page to our callback, on a thread of its own because the callback is answered
/// only when all is done.
fn walk(app: &App, start: Secret) {
    let http = app.http.clone();
    std::thread::spawn(move || {
        let mut next = start;
        for _ in 0..HOPS {
            let Ok(request) = http::Request::get(next.expose()).body(Vec::new()) else { return };
            // What fails here shows as a sign-in that nobody finished.
            let Ok(answer) = http.send(request) else { return };
            let location = answer.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location else { return };
            next = Secret::new(location);
        }
    });
}

/// The redirect URI of a provider, its port perhaps still open.
///
/// # Errors
/// [`Error::Usage`] where it cannot be listened on here, or not with the certificate that is configured.
pub fn wanted(app: &App, provider: &Provider) -> Result<RedirectUri> {
    match &provider.callback {
        Some(callback) => RedirectUri::parse(callback, app.callback_certificate(provider)?),
        None => RedirectUri::new(&provider.redirect_host, provider.port, &provider.redirect_path)
            .map(|wanted| wanted.with_fallback_ports(&provider.fallback_ports)),
    }
}

/// What the browser is told: the truth, after it is known.
fn told(app: &App, prepared: &Plan<'_>, asked: &SigninOptions, outcome: &Result<Session>) -> CallbackOutcome {
    let title = &prepared.provider.title;
    match (outcome, &asked.redirect_to) {
        (Ok(_), Some(address)) => CallbackOutcome::Redirect(address.clone()),
        (Ok(session), None) => CallbackOutcome::Page(Page::signed_in(&app.program, title, account_name(session))),
        (Err(error), _) => CallbackOutcome::Page(failure(app, title, error)),
    }
}

/// Tells the browser why there is no session.
pub fn failure(app: &App, title: &str, error: &Error) -> Page {
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
