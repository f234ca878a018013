//! Sign-in in the browser for git, whose user waits at the terminal: one for any number of processes.

use std::time::{Duration, Instant};

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::cli::{process, signin};
use crate::error::{Error, Result};
use crate::session::SessionId;

/// Pause between two looks at the sign-in of another process.
const POLL: Duration = Duration::from_millis(50);

/// Signs in if `error` says that a session is missing or ended, and the user is there. Returns true if the session may be
/// there now; of another process that just signs in, the end is awaited.
///
/// # Errors
/// Those of the sign-in.
pub fn replaces_session(app: &App, error: &Error) -> Result<bool> {
    // Not with an own hint: then a plain sign-in would not help.
    let (provider, account) = match error {
        Error::NotSignedIn { provider: Some(provider), account } => (provider, account),
        Error::ReauthenticationRequired { provider, account, .. } => (provider, account),
        _ => return Ok(false),
    };
    if !is_user_there(app) || app.browser.unavailable_reason().is_some() {
        return Ok(false);
    }
    let id = SessionId::for_secret(&app.name, "sign-in", provider);
    match app.sessions.lock(&id, Duration::ZERO) {
        Ok(_lock) => signin::sign_in_for_program(app, provider, account.as_deref())?,
        // Also if the other sign-in fails, no second browser: the user has seen one.
        Err(Error::Network { .. }) => {
            app.prompt.detail(&format!("waiting for another sign-in to `{provider}`"));
            await_release(app, &id)?;
        }
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Waits in silence, because the other process most likely writes to the same terminal.
fn await_release(app: &App, id: &SessionId) -> Result<()> {
    let end = Instant::now() + USER_TIMEOUT;
    loop {
        match app.sessions.lock(id, Duration::ZERO) {
            Err(Error::Network { .. }) if Instant::now() < end => std::thread::sleep(POLL),
            outcome => return outcome.map(drop),
        }
    }
}

/// Returns true if the user sees what this process writes to stderr, and no setting forbids to disturb them.
fn is_user_there(app: &App) -> bool {
    // git's own words for false.
    let forbids = |value: &str| ["0", "false", "no", "off", ""].contains(&value.to_ascii_lowercase().as_str());
    let environment = &app.environment;
    let is_forbidden = environment.no_input || environment.variable("GIT_TERMINAL_PROMPT").is_some_and(forbids);
    environment.stderr_is_terminal && !is_forbidden && process::is_in_foreground()
}
