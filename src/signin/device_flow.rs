//! The device flow (RFC 8628): a code is fetched and shown, the person types it anywhere, and the provider is asked how
//! things stand until they have, or the code is over.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::build_session::{self, RequestBinding};
use super::plan::Plan;
use super::rate_limit::{self, SigninAttempt};
use super::{SigninOptions, keep, unless_chosen_again};
use crate::app::{App, runtime};
use crate::callback_server::{ProviderPicker, UserCodePage};
use crate::error::{Error, Result};
use crate::oauth::device::{self, DeviceAuthorization, PollInterval, PollResult};
use crate::oauth::token;
use crate::prompt::DevicePrompt;
use crate::secret::Secret;
use crate::session::{Client, Session};

/// How much later than asked for a nap may end before the machine must have slept itself, or its clock been set.
const OVERSLEPT: Duration = Duration::from_secs(10);

/// How long the person may think about a new code.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the flow to its end; `None` where the person chose another provider on the page.
pub fn run(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    endpoint: &str,
    page: Option<&ProviderPicker>,
) -> Result<Option<Session>> {
    let mut random = [0; 32];
    let drawn = SystemRandom::new().fill(&mut random);
    drawn.map_err(|_| Error::other("the system gives no random numbers"))?;
    let request = device::DeviceRequest::new(prepared.provider, &prepared.scopes, params(asked), &random);
    runtime::wait(unless_chosen_again(page, finish(app, prepared, asked, endpoint, &request, page)))
}

/// Codes, one after the other while the person wants a new one, until the session is stored.
async fn finish(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    endpoint: &str,
    request: &device::DeviceRequest,
    page: Option<&ProviderPicker>,
) -> Result<Session> {
    loop {
        let codes = begin(prepared, endpoint, request).await?;
        let limit = asked.limit.map_or(codes.expires_in, |limit| limit.min(codes.expires_in));
        if page.is_none() && !prepared.unattended {
            rate_limit::begin(app, SigninAttempt::At(&prepared.provider.name))?;
        }
        show(app, prepared, asked, &codes, limit, page);
        let waiting = Poll { app, prepared, request, codes: &codes };
        if let Some(DeviceApproval { answer, client }) = waiting.until(limit).await? {
            let prepared = Plan { client, ..prepared.clone() };
            let sent = RequestBinding { nonce: None, redirect_uri: None };
            let session = build_session::session(app, &prepared, asked, &sent, answer).await?;
            keep(app, &session, prepared.place)?;
            return Ok(session);
        }
        if asked.limit.is_some_and(|asked| asked <= limit) || !another(app).await {
            return Err(Error::TimedOut { action: "the sign-in with the device code".to_owned(), after: limit });
        }
    }
}

/// Fetches the codes.
async fn begin(prepared: &Plan<'_>, endpoint: &str, request: &device::DeviceRequest) -> Result<DeviceAuthorization> {
    let provider = prepared.provider;
    let answer = prepared.http.send_async(device::request(provider, &prepared.client, endpoint, request)?).await?;
    device::read(&answer, endpoint, provider)
}

/// Shows the code, and opens the page where that can be done here.
fn show(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    codes: &DeviceAuthorization,
    limit: Duration,
    page: Option<&ProviderPicker>,
) {
    if prepared.unattended {
        return app.prompt.note("nobody is here to approve: the demo provider approves by itself");
    }
    if let Some(page) = page {
        let (title, address, link) = (&prepared.provider.title, codes.place.text(), codes.link());
        page.show_user_code(&UserCodePage { title, code: &codes.shown(), verification_uri: address, link });
    }
    let may_open = page.is_none() && !asked.no_open && app.browser.unavailable_reason().is_none();
    let opened = codes.link().filter(|_| may_open).map(|link| app.browser.open(&Secret::new(link)));
    app.prompt.show_device_prompt(&DevicePrompt {
        title: &prepared.provider.title,
        verification_uri: codes.place.text(),
        host: codes.place.host(),
        is_local: codes.place.is_local(),
        link: codes.link(),
        verification_uri_complete: codes.complete.as_ref().and_then(|place| place.link()),
        user_code: &codes.shown(),
        expires_in: limit,
        opened: matches!(opened, Some(Ok(()))),
        open_error: opened.and_then(Result::err).map(|error| error.to_string()),
        qr: asked.qr,
        copy_code: asked.copy,
    });
}

/// Whether the person is there and wants a new code.
async fn another(app: &App) -> bool {
    if !app.prompt.can_prompt() {
        return false;
    }
    tokio::select! {
        biased;
        wanted = app.prompt.confirm("the code has expired; press Enter for a new one, or Ctrl-C to leave") => wanted,
        () = app.clock.sleep(PATIENCE) => false,
    }
}

/// What is left of the wait. By the time of day, because the codes grow old while the machine sleeps; but a clock that is
/// set back gives nobody more time.
struct RemainingTime {
    time: Duration,
    seen: DateTime<Utc>,
}

impl RemainingTime {
    /// Counts what has passed since the last look, `nap` at least; how much more than that it was.
    fn pass(&mut self, nap: Duration, now: DateTime<Utc>) -> Duration {
        let passed = (now - self.seen).to_std().unwrap_or_default().max(nap);
        self.time = self.time.saturating_sub(passed);
        self.seen = now;
        passed - nap
    }
}

/// The person has signed in: the tokens, and the client they were given to.
struct DeviceApproval {
    answer: token::TokenGrantResponse,
    client: Client,
}

/// Asking again and again.
struct Poll<'a> {
    app: &'a App,
    prepared: &'a Plan<'a>,
    request: &'a device::DeviceRequest,
    codes: &'a DeviceAuthorization,
}

impl Poll<'_> {
    /// Asks until the person has signed in; `None` where the codes are over, or `limit` is. A network that is away is
    /// waited for.
    async fn until(&self, limit: Duration) -> Result<Option<DeviceApproval>> {
        let (app, prompt) = (self.app, &self.app.prompt);
        let mut left = RemainingTime { time: limit, seen: app.now() };
        let mut pace = PollInterval::new(self.codes.interval);
        let mut own_client = None;
        // Where the provider approves by itself, nobody has to be waited for.
        let mut pause = if self.prepared.unattended { Duration::ZERO } else { pace.wait() };
        let waiting = |left| prompt.start_waiting("the code to be entered", left);
        let mut shown = waiting(limit);
        loop {
            let (nap, is_last) = (pause.min(left.time), pause >= left.time);
            app.clock.sleep(nap).await;
            let overslept = left.pass(nap, app.now()) > OVERSLEPT;
            // After a sleep of the machine the provider knows best, even where this clock says that all is over: the
            // person may have approved meanwhile, or the clock been wrong before.
            if is_last && !overslept {
                return Ok(None);
            }
            if overslept {
                drop(shown);
                shown = waiting(left.time);
            }
            let warning = match self.ask(own_client.as_ref()).await? {
                PollResult::Tokens(answer) => {
                    let client = own_client.unwrap_or_else(|| self.prepared.client.clone());
                    return Ok(Some(DeviceApproval { answer: *answer, client }));
                }
                PollResult::Expired => return Ok(None),
                PollResult::Client(client) => {
                    own_client = Some(client);
                    pause = Duration::ZERO;
                    continue;
                }
                polled => pace_of(&mut pace, polled),
            };
            left.pass(Duration::ZERO, app.now());
            pause = pace.wait();
            if let Some(warning) = warning {
                // The spinner leaves its line to the words.
                drop(shown);
                prompt.warn(&warning);
                shown = waiting(left.time);
            }
        }
    }

    /// One request and what came of it.
    async fn ask(&self, own_client: Option<&Client>) -> Result<PollResult> {
        let (provider, endpoint) = (self.prepared.provider, &self.prepared.endpoints.token);
        let request = match own_client {
            Some(client) => device::exchange(provider, client, endpoint, self.codes, self.request)?,
            None => device::poll(provider, &self.prepared.client, endpoint, self.codes, self.request)?,
        };
        match self.prepared.http.send_async(request).await {
            Ok(answer) => device::judge(&answer, endpoint, provider),
            Err(error @ Error::Network { .. }) => Ok(PollResult::Failing(error)),
            Err(error) => Err(error),
        }
    }
}

/// Slows down as the answer demands; what the person should know of it.
fn pace_of(pace: &mut PollInterval, polled: PollResult) -> Option<String> {
    match polled {
        PollResult::Failing(error) => {
            let is_new = !pace.is_failing();
            pace.failed();
            is_new.then(|| format!("{error}; trying again until the code expires"))
        }
        PollResult::SlowDown(interval) => {
            pace.answered();
            pace.slow_down(interval);
            pace.drifts().then(|| {
                "the provider keeps saying that it is asked too early: the clock of this machine seems to run fast, as \
                 that of a virtual machine may; waiting longer from now on"
                    .to_owned()
            })
        }
        _ => {
            pace.answered();
            None
        }
    }
}

/// What an authorization request would carry of the person's wishes.
fn params(asked: &SigninOptions) -> Vec<(String, String)> {
    let mut params = asked.params.clone();
    let named = [
        ("prompt", asked.prompt.clone()),
        ("max_age", asked.max_age.map(|age| age.as_secs().to_string())),
        ("acr_values", asked.acr.clone()),
    ];
    params.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    params
}
