//! Limit on sign-in attempts without a terminal: a background tool that signs in whenever it has no token would open
//! tabs all night (int128/kubelogin#904, gravitational/teleport#26102).

use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::store::AttemptLimit;

/// Counter of an attempt: one for each provider, one for the provider picker.
#[derive(Debug, Clone, Copy)]
pub enum SigninAttempt<'a> {
    /// Sign-in to the provider of this name.
    Provider(&'a str),
    /// Provider picker.
    Picker,
}

/// Fails before any request if no further attempt is allowed.
pub fn check(app: &App, attempt: SigninAttempt<'_>) -> Result<()> {
    match is_limited(app) {
        true => ensure_allowed(app.sessions.attempts().limit(attempt.label())?, attempt),
        false => Ok(()),
    }
}

/// Counts an attempt that is about to involve the user.
pub fn record(app: &App, attempt: SigninAttempt<'_>) -> Result<()> {
    match is_limited(app) {
        true => ensure_allowed(app.sessions.attempts().record(attempt.label(), app.now())?, attempt),
        false => Ok(()),
    }
}

/// Resets the counters after a sign-in, or after a user at a terminal has seen a valid session. Ignores errors: the
/// sign-in has succeeded, and the next attempt reports them.
pub fn reset(app: &App, provider: &str, is_new: bool) {
    if is_new || !is_limited(app) {
        let attempts = [SigninAttempt::Provider(provider), SigninAttempt::Picker];
        attempts.iter().for_each(|attempt| _ = app.sessions.attempts().clear(attempt.label()));
    }
}

/// A terminal on either stream means that a user can see what opens and stop it. With `--no-input` nothing opens
/// anyway.
fn is_limited(app: &App) -> bool {
    let environment = &app.environment;
    !environment.stdin_is_terminal && !environment.stderr_is_terminal && !environment.no_input
}

fn ensure_allowed(limit: AttemptLimit, attempt: SigninAttempt<'_>) -> Result<()> {
    let AttemptLimit::Reached(since) = limit else { return Ok(()) };
    let since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let (target, provider) = match attempt {
        SigninAttempt::Provider(provider) => (format!(" to `{provider}`"), format!(" {}", shell_quote(provider))),
        SigninAttempt::Picker => (String::new(), String::new()),
    };
    Err(Error::Usage {
        message: format!(
            "too many sign-ins{target} without a terminal: three unfinished since {since}; run this in a terminal"
        ),
        hint: Some(format!("{{program}} signin{provider}")),
    })
}

impl<'a> SigninAttempt<'a> {
    /// Provider names are never empty.
    fn label(self) -> &'a str {
        match self {
            Self::Provider(provider) => provider,
            Self::Picker => "",
        }
    }
}
