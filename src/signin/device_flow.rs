//! Device flow (RFC 8628): shows a code, then polls the token endpoint until the user approves or the code expires.

use std::cell::OnceCell;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::build_session::{self, RequestBinding};
use super::flow_context::FlowContext;
use super::mix_up;
use super::moved::{self, Moved};
use super::options::{CompletedFlow, SigninOptions};
use super::plan::Plan;
use crate::app::App;
use crate::callback_server::UserCodePage;
use crate::error::{Error, Result};
use crate::oauth::HttpResponse;
use crate::oauth::device::{self, DeviceAuthorization, PollInterval, PollResult};
use crate::oauth::discovery::ProviderEndpoints;
use crate::oauth::token::TokenResponse;
use crate::prompt::DevicePrompt;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{Client, Session};

/// Oversleep that means the machine was suspended or its clock was set.
const SUSPEND_THRESHOLD: Duration = Duration::from_secs(10);

/// Failures of the provider in a row, in half a minute to three, after which the sign-in ends: a broken server that
/// nobody mends. A network that is away may come back until the code expires.
const MAX_PROVIDER_FAILURES: u32 = 5;

/// Odd errors in a row that end the sign-in.
const MAX_ODD_ERRORS: u32 = 3;

/// Time limit for the question about a new code.
const NEW_CODE_TIMEOUT: Duration = Duration::from_secs(300);

/// Runs the flow. Returns `None` if the user picked another provider.
pub fn run(context: &FlowContext<'_>, endpoint: &str) -> Result<Option<(Session, CompletedFlow)>> {
    let FlowContext { plan, options, .. } = context;
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(Error::no_random_numbers)?;
    let request = device::DeviceRequest::new(plan.provider, &plan.scopes, authorization_params(options), &random);
    let session = context.run(finish(context, endpoint, &request))?;
    Ok(session.map(|session| (session, CompletedFlow::Device)))
}

/// Requests codes until the session is stored or the user stops asking for new ones.
async fn finish(context: &FlowContext<'_>, endpoint: &str, request: &device::DeviceRequest) -> Result<Session> {
    let FlowContext { app, plan, options, .. } = *context;
    loop {
        let (codes, moved) = request_codes(context, endpoint, request).await?;
        let moved_plan = moved.as_ref().map(|moved| moved.plan(plan));
        let plan = moved_plan.as_ref().unwrap_or(plan);
        mix_up::check_device(app, options, plan.provider, &codes).await?;
        // A response that hands out the tokens is awaited.
        app.http.set_deadline(None);
        let left = options.timeout.map(|timeout| timeout.left());
        let timeout = left.map_or(codes.expires_in, |left| left.min(codes.expires_in));
        context.count_attempt()?;
        show_codes(context, &codes, timeout);
        let context = &FlowContext { plan, ..*context };
        let polling = Poll { context, request, codes: &codes, moved: OnceCell::new() };
        let outcome = polling.run(timeout).await;
        if matches!(outcome, Ok(Some(_)) | Err(Error::Denied { .. })) {
            context.count_answer();
        }
        if let Some((response, client)) = outcome? {
            let plan = Plan { client, ..polling.plan() };
            let sent = RequestBinding { nonce: None, redirect_uri: None };
            return build_session::build_and_save(&FlowContext { plan: &plan, ..*context }, &sent, response).await;
        }
        let is_over = left.is_some_and(|left| left <= timeout);
        if is_over || !wants_new_code(app).await {
            let error = Error::TimedOut { action: "device sign-in".to_owned(), after: timeout, meanwhile: None };
            return Err(if is_over { error } else { code_expired(plan, error) });
        }
    }
}

/// Requests codes, from the endpoint in the current metadata if the known one is gone.
async fn request_codes(
    context: &FlowContext<'_>,
    endpoint: &str,
    request: &device::DeviceRequest,
) -> Result<(DeviceAuthorization, Option<Moved>)> {
    let plan = context.plan;
    let send = async |endpoint: &str| {
        plan.http.send_async(device::request(plan.provider, &plan.client, endpoint, request)?).await
    };
    let outcome = send(endpoint).await;
    let is_moved =
        |found: &ProviderEndpoints| found.device_authorization.as_deref().is_some_and(|found| found != endpoint);
    let Some(moved) = moved::find(context, &outcome, is_moved).await else {
        return Ok((device::parse_response(&outcome?, endpoint, plan.provider)?, None));
    };
    moved.announce(context.app);
    let endpoint = moved.endpoints.device_authorization.clone().unwrap_or_default();
    let codes = device::parse_response(&send(&endpoint).await?, &endpoint, plan.provider)?;
    Ok((codes, Some(moved)))
}

/// Shows the code, and opens the verification page if a browser is available.
fn show_codes(context: &FlowContext<'_>, codes: &DeviceAuthorization, timeout: Duration) {
    let FlowContext { app, plan, options, picker } = context;
    if plan.unattended {
        return;
    }
    if let Some(picker) = picker {
        picker.show_user_code(&UserCodePage {
            title: &plan.provider.label(),
            logo: plan.provider.logo,
            code: &codes.user_code(),
            verification_uri: codes.verification_uri.text(),
            link: codes.link(),
        });
    }
    let may_open = picker.is_none() && !options.no_open && app.browser.unavailable_reason().is_none();
    let opened = codes.link().filter(|_| may_open).map(|link| app.browser.open(&Secret::new(link)));
    app.prompt.show_device_prompt(&DevicePrompt {
        title: &plan.provider.label(),
        verification_uri: codes.verification_uri.text(),
        host: codes.verification_uri.host(),
        is_local: codes.verification_uri.is_loopback_host(),
        link: codes.link(),
        verification_uri_complete: codes.verification_uri_complete.as_ref().and_then(|place| place.link()),
        user_code: &codes.user_code(),
        expires_in: timeout,
        opened: matches!(opened, Some(Ok(()))),
        open_error: opened.and_then(Result::err).map(|error| error.to_string()),
        qr: options.qr,
        copy_code: options.copy,
    });
}

/// Adds the command for a new code to the error: the provider limits the time, and no flag extends it.
fn code_expired(plan: &Plan<'_>, error: Error) -> Error {
    let alternative = format!("for a new code:\n{{program}} signin {}", shell_quote(&plan.provider.name));
    Error::Blocked { cause: Box::new(error), alternative }
}

/// Returns true if the user is present and asks for a new code.
async fn wants_new_code(app: &App) -> bool {
    if !app.prompt.can_prompt() {
        return false;
    }
    tokio::select! {
        biased;
        confirmed = app.prompt.confirm("The code expired. Press Enter for a new one, or Ctrl-C to quit.") => confirmed,
        () = app.clock.sleep(NEW_CODE_TIMEOUT) => false,
    }
}

/// Remaining time. Follows the wall clock, because codes expire while the machine sleeps; a clock set back adds no
/// time.
struct RemainingTime {
    duration: Duration,
    checked_at: DateTime<Utc>,
}

impl RemainingTime {
    /// Subtracts the time since the last call, at least `delay`. Returns the excess over `delay`.
    fn advance(&mut self, delay: Duration, now: DateTime<Utc>) -> Duration {
        let passed = (now - self.checked_at).to_std().unwrap_or_default().max(delay);
        self.duration = self.duration.saturating_sub(passed);
        self.checked_at = now;
        passed - delay
    }
}

/// Polling state.
struct Poll<'a> {
    context: &'a FlowContext<'a>,
    request: &'a device::DeviceRequest,
    codes: &'a DeviceAuthorization,
    /// Result of the search for another token endpoint, made when this one is gone.
    moved: OnceCell<Option<Moved>>,
}

impl Poll<'_> {
    /// Polls until the user approves. Returns the tokens and the client they were issued to, or `None` if the codes or
    /// `timeout` expire. Retries network errors.
    async fn run(&self, timeout: Duration) -> Result<Option<(TokenResponse, Client)>> {
        let FlowContext { app, plan, .. } = self.context;
        let prompt = &app.prompt;
        let mut left = RemainingTime { duration: timeout, checked_at: app.now() };
        let mut interval = PollInterval::new(self.codes.interval);
        let (mut issued_client, mut trouble) = (None, Trouble::default());
        // The demo provider approves by itself, so the first poll needs no pause.
        let mut pause = if plan.unattended { Duration::ZERO } else { interval.wait_time() };
        let waiting = |left| prompt.start_waiting("you to enter the code", left);
        let mut shown = waiting(timeout);
        loop {
            let (delay, is_last) = (pause.min(left.duration), pause >= left.duration);
            app.clock.sleep(delay).await;
            let was_suspended = left.advance(delay, app.now()) > SUSPEND_THRESHOLD;
            // After a suspend ask the provider once more, even if the local clock says that the code expired: the user
            // may have approved, or the clock was wrong before.
            if is_last && !was_suspended {
                return trouble.last.map_or(Ok(None), Err);
            }
            if was_suspended {
                drop(shown);
                shown = waiting(left.duration);
            }
            let warning = match self.poll_once(issued_client.as_ref()).await? {
                PollResult::Tokens(response) => {
                    let client = issued_client.unwrap_or_else(|| plan.client.clone());
                    return Ok(Some((*response, client)));
                }
                PollResult::Expired => return Ok(None),
                PollResult::Client(client) => {
                    issued_client = Some(client);
                    pause = Duration::ZERO;
                    continue;
                }
                result => trouble.record(&mut interval, result)?,
            };
            left.advance(Duration::ZERO, app.now());
            pause = interval.wait_time();
            if let Some(warning) = warning {
                // Clear the spinner before printing the warning.
                drop(shown);
                prompt.warn(&warning);
                shown = waiting(left.duration);
            }
        }
    }

    /// Plan with the endpoints that are in use.
    fn plan(&self) -> Plan<'_> {
        let moved = self.moved.get().and_then(Option::as_ref);
        moved.map_or_else(|| self.context.plan.clone(), |moved| moved.plan(self.context.plan))
    }

    /// Polls once; at the endpoint in the current metadata if the known one is gone.
    async fn poll_once(&self, issued_client: Option<&Client>) -> Result<PollResult> {
        let mut endpoint = self.plan().endpoints.token;
        let mut outcome = self.send(&endpoint, issued_client).await;
        if self.moved.get().is_none() && moved::is_gone(&outcome) {
            let found = moved::find(self.context, &outcome, |found| found.session.token != endpoint).await;
            let has_moved = found.is_some();
            let _ = self.moved.set(found);
            if has_moved {
                endpoint = self.plan().endpoints.token;
                outcome = self.send(&endpoint, issued_client).await;
            }
        }
        match outcome {
            Ok(response) => device::parse_poll_response(&response, &endpoint, self.context.plan.provider),
            Err(error @ Error::Network { .. }) => Ok(PollResult::Unreachable(error)),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, endpoint: &str, issued_client: Option<&Client>) -> Result<HttpResponse> {
        let Plan { provider, client, http, .. } = self.context.plan;
        let request = match issued_client {
            Some(client) => device::exchange_request(provider, client, endpoint, self.codes, self.request)?,
            None => device::poll_request(provider, client, endpoint, self.codes, self.request)?,
        };
        http.send_async(request).await
    }
}

/// Polls in a row that failed.
#[derive(Default)]
struct Trouble {
    provider_failures: u32,
    odd_errors: u32,
    /// Cause of the last poll, if it failed.
    last: Option<Error>,
}

impl Trouble {
    /// Adjusts the interval to the result. Returns a warning for the user, if any.
    ///
    /// # Errors
    /// The cause, once the failures are no longer a passing trouble.
    fn record(&mut self, interval: &mut PollInterval, result: PollResult) -> Result<Option<String>> {
        let (provider_failures, odd_errors) = match &result {
            PollResult::Unavailable(_) => (self.provider_failures + 1, 0),
            PollResult::Unreachable(_) => (self.provider_failures, 0),
            PollResult::Odd(_) => (0, self.odd_errors + 1),
            _ => (0, 0),
        };
        let is_over = provider_failures >= MAX_PROVIDER_FAILURES || odd_errors >= MAX_ODD_ERRORS;
        let is_new = self.last.is_none();
        *self = Self { provider_failures, odd_errors, last: None };
        match result {
            PollResult::Unavailable(error) | PollResult::Unreachable(error) | PollResult::Odd(error) if is_over => {
                Err(error)
            }
            PollResult::Unavailable(error) | PollResult::Unreachable(error) => {
                interval.record_failure();
                let warning = is_new.then(|| format!("{error}; retrying"));
                self.last = Some(error);
                Ok(warning)
            }
            PollResult::Odd(error) => {
                interval.record_response();
                let warning = is_new.then(|| format!("{error}; retrying"));
                self.last = Some(error);
                Ok(warning)
            }
            PollResult::SlowDown(seconds) => {
                interval.record_response();
                interval.slow_down(seconds);
                Ok(interval.clock_drifts().then(|| {
                    "the provider keeps asking for slower polling: the clock of this machine may run fast, as in some \
                     virtual machines; polling less often"
                        .to_owned()
                }))
            }
            _ => {
                interval.record_response();
                Ok(None)
            }
        }
    }
}

/// Authorization request parameters that the device request carries too.
fn authorization_params(options: &SigninOptions) -> Vec<(String, String)> {
    let mut params = options.params.clone();
    let named = [
        ("prompt", options.prompt.clone()),
        ("max_age", options.max_age.map(|age| age.as_secs().to_string())),
        ("acr_values", options.acr.clone()),
    ];
    params.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    params
}
