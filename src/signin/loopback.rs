//! The loopback flow (RFC 8252 7.3): our own address is bound, the browser visits the provider and comes back with a
//! code, and is answered once the session is stored.

use std::sync::Arc;

use ring::rand::SystemRandom;

use super::prepare::{OFFLINE, Prepared};
use super::unattended::{self, Attempt};
use super::{Asked, PATIENCE, identify, keep, otherwise, unless_chosen_again};
use crate::app::{App, wait};
use crate::catalogue::Provider;
use crate::error::{Error, Result, word};
use crate::loopback::{Choosing, Loopback, Outcome, Page, Waiting, Wanted};
use crate::oauth::authorize::{self, Randomness};
use crate::oauth::token;
use crate::prompt::Visit;
use crate::secret::Secret;
use crate::session::Session;

/// Redirects the unattended demo sign-in follows: ours to the provider, the provider's to us.
const HOPS: usize = 4;

/// The request that is under way.
pub struct Sent<'a> {
    /// The request.
    pub request: &'a authorize::Request,
    /// Its redirect URI.
    pub redirect_uri: &'a str,
}

/// Runs the flow to its end; `None` where the person chose another provider on the page.
pub fn run(app: &App, prepared: &Prepared<'_>, asked: &Asked, page: Option<&Choosing>) -> Result<Option<Session>> {
    let wanted = wanted(app, prepared.provider)?;
    let listener = match page {
        Some(page) => page.bind(&wanted)?,
        None => Loopback::bind(&wanted)?,
    };
    let request = authorize::Request::new(
        prepared.provider,
        prepared.metadata.as_ref(),
        &prepared.client.id,
        &prepared.scopes,
        listener.redirect_uri(),
        &authorize::Asked {
            login_hint: asked.account.clone().or_else(|| prepared.provider.account.clone()),
            prompt: asked.prompt.clone().or_else(|| consent(prepared)),
            max_age: asked.max_age,
            acr: asked.acr.clone(),
            resource: None,
            params: asked.params.clone(),
        },
        &Randomness::draw(&SystemRandom::new())?,
    )?;
    let redirect_uri = listener.redirect_uri().to_owned();
    let request = Arc::new(request);
    let owner = Arc::clone(&request);
    let waiting = listener.open(request.url().clone(), move |query| owner.owns(query));
    let sent = Sent { request: &request, redirect_uri: &redirect_uri };
    wait::wait(unless_chosen_again(page, finish(app, prepared, asked, &sent, waiting, page)))
}

/// A provider may pass over `offline_access` unless the person is asked for consent (OpenID Connect Core 11). What the
/// catalogue's providers want is in their rows.
fn consent(prepared: &Prepared<'_>) -> Option<String> {
    let asks = |scope: &str| prepared.scopes.iter().any(|asked| asked == scope);
    let provider = prepared.provider;
    let is_needed = provider.generic && asks("openid") && asks(OFFLINE) && !provider.params.contains_key("prompt");
    is_needed.then(|| "consent".to_owned())
}

/// Waits for the callback and answers it; the listener ends with this.
async fn finish(
    app: &App,
    prepared: &Prepared<'_>,
    asked: &Asked,
    sent: &Sent<'_>,
    mut waiting: Waiting,
    page: Option<&Choosing>,
) -> Result<Session> {
    if page.is_none() && !prepared.unattended {
        unattended::begin(app, Attempt::At(&prepared.provider.name))?;
    }
    match page {
        Some(page) => page.lead(&prepared.provider.title, &waiting.start_url()),
        None => visit(app, prepared, asked, sent.request, &waiting),
    }
    let limit = asked.limit.unwrap_or(PATIENCE);
    let callback = {
        let _shown = app.prompt.waiting("the browser", limit);
        tokio::select! {
            callback = waiting.callback() => callback,
            () = app.clock.sleep(limit) => {
                return Err(Error::TimedOut { what: "the sign-in in the browser".to_owned(), after: limit });
            }
        }
    };
    let outcome = complete(app, prepared, asked, sent, callback.query()).await;
    callback.answer(told(app, prepared, asked, &outcome));
    waiting.close().await;
    outcome
}

/// From the callback to the stored session.
async fn complete(
    app: &App,
    prepared: &Prepared<'_>,
    asked: &Asked,
    sent: &Sent<'_>,
    query: &Secret,
) -> Result<Session> {
    let code = sent.request.judge(query.expose())?;
    let endpoint = &prepared.endpoints.token;
    let answer = prepared.http.sent(token::exchange(prepared.provider, endpoint, &prepared.client, &code)?).await?;
    let answer = token::read(&answer, endpoint, prepared.provider)?;
    let bound = identify::Sent { nonce: sent.request.nonce(), redirect_uri: Some(sent.redirect_uri) };
    let session = identify::session(app, prepared, asked, &bound, answer).await?;
    keep(app, &session, prepared.place)?;
    Ok(session)
}

/// Sends the browser, or tells the person, or (the embedded provider without anyone here) goes there itself.
fn visit(app: &App, prepared: &Prepared<'_>, asked: &Asked, request: &authorize::Request, waiting: &Waiting) {
    let start = waiting.start_url();
    if prepared.unattended {
        app.prompt.say("nobody is here to approve: the demo provider approves by itself");
        return walk(app, start);
    }
    let opened = match (asked.no_open, app.browser.absence()) {
        (true, _) => None,
        // The system's opener is not even asked: over SSH it may start a browser of the terminal, in this terminal.
        (false, Some(absence)) => Some(Err(Error::other(format!("no browser can be opened here: {absence}")))),
        (false, None) => Some(app.browser.open(&start).map_err(|error| unopened(app, prepared, &error))),
    };
    app.prompt.visit(&Visit {
        title: &prepared.provider.title,
        address: request.url(),
        start: &start,
        opened: matches!(opened, Some(Ok(()))),
        trouble: opened.and_then(Result::err).map(|error| error.to_string()),
    });
}

/// A browser that should have opened and did not: the address goes on to be good, for it may be opened by hand or by a
/// forwarded port, and who cannot do that is told the other way.
fn unopened(app: &App, prepared: &Prepared<'_>, error: &Error) -> Error {
    let name = word(&prepared.provider.name);
    match otherwise::has_device_flow(prepared) {
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
pub fn wanted(app: &App, provider: &Provider) -> Result<Wanted> {
    match &provider.callback {
        Some(callback) => Wanted::callback(callback, app.callback_certificate(provider)?),
        None => Wanted::new(&provider.redirect_host, provider.port, &provider.redirect_path)
            .map(|wanted| wanted.or(&provider.spare_ports)),
    }
}

/// What the browser is told: the truth, after it is known.
fn told(app: &App, prepared: &Prepared<'_>, asked: &Asked, outcome: &Result<Session>) -> Outcome {
    let title = &prepared.provider.title;
    match (outcome, &asked.redirect_to) {
        (Ok(_), Some(address)) => Outcome::Redirect(address.clone()),
        (Ok(session), None) => Outcome::Page(Page::signed_in(&app.program, title, account_name(session))),
        (Err(error), _) => Outcome::Page(failure(app, title, error)),
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
