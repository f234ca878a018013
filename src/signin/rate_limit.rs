//! Callers without a terminal are limited: a background tool that signs in whenever it has no token would open tabs all
//! night (int128/kubelogin#904, gravitational/teleport#26102).

use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::store::AttemptLimit;

/// What an attempt asks the person for: a sign-in to this provider, or on the page where one is chosen.
#[derive(Debug, Clone, Copy)]
pub enum SigninAttempt<'a> {
    /// To the provider of this name.
    Provider(&'a str),
    /// On the page.
    Picker,
}

/// Fails at once, before the network is asked, where no further attempt may begin.
pub fn check(app: &App, attempt: SigninAttempt<'_>) -> Result<()> {
    match is_limited(app) {
        true => ensure_allowed(app.sessions.attempts().limit(attempt.label())?, attempt),
        false => Ok(()),
    }
}

/// Counts the attempt that is about to ask a person.
pub fn record(app: &App, attempt: SigninAttempt<'_>) -> Result<()> {
    match is_limited(app) {
        true => ensure_allowed(app.sessions.attempts().record(attempt.label(), app.now())?, attempt),
        false => Ok(()),
    }
}

/// Notes that a person has signed in to a provider, or that one at a terminal has seen a session that is there. Where
/// that cannot be noted the next attempt says so; this one has succeeded.
pub fn reset(app: &App, provider: &str, is_new: bool) {
    if is_new || !is_limited(app) {
        let attempts = [SigninAttempt::Provider(provider), SigninAttempt::Picker];
        attempts.iter().for_each(|attempt| _ = app.sessions.attempts().clear(attempt.label()));
    }
}

/// With either stream a person is there to see what is opened, and to stop it. Where no person may be asked nothing is
/// opened anyway.
fn is_limited(app: &App) -> bool {
    let environment = &app.environment;
    !environment.stdin_is_terminal && !environment.stderr_is_terminal && !environment.no_input
}

fn ensure_allowed(limit: AttemptLimit, attempt: SigninAttempt<'_>) -> Result<()> {
    let AttemptLimit::Reached(since) = limit else { return Ok(()) };
    let since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (where_to, provider) = match attempt {
        SigninAttempt::Provider(provider) => (format!(" to `{provider}`"), format!(" {}", shell_quote(provider))),
        SigninAttempt::Picker => (String::new(), String::new()),
    };
    Err(Error::Usage {
        message: format!(
            "three sign-ins{where_to} without a terminal came to nothing, the first at {since}, so none is begun"
        ),
        hint: Some(format!("in a terminal: {{program}} signin{provider}")),
    })
}

impl<'a> SigninAttempt<'a> {
    /// No provider has an empty name.
    fn label(self) -> &'a str {
        match self {
            Self::Provider(provider) => provider,
            Self::Picker => "",
        }
    }
}
