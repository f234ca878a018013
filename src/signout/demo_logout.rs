//! Logout at the demo provider, which serves its page only while this program runs.

use std::time::Duration;

use crate::app::App;
use crate::app::runtime;
use crate::demo::FIXED_ISSUER;
use crate::error::Result;
use crate::secret::Secret;
use crate::session::{Session, SessionInfo};

/// Time limit for a user to find the page with the button.
pub(super) const LOGOUT_TIMEOUT: Duration = Duration::from_secs(120);

/// Time for the browser to load the last page.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) fn is_demo(session: &Session) -> bool {
    session.issuer.as_deref() == Some(FIXED_ISSUER)
}

/// Serves the logout page until the user has pressed its button. Without a browser nobody can: the session ends at once.
pub(super) fn end_demo_session(app: &App, info: &SessionInfo) -> Result<()> {
    let (logout, provider) = (app.demo_logout(info.store)?, &info.provider);
    if app.environment.no_input {
        app.prompt.note(&format!("signed out of `{provider}`: the demo provider asks nobody without a browser"));
        return logout.end();
    }
    match app.browser.open(&Secret::new(logout.url.as_str())) {
        Ok(()) => app.prompt.note(&format!("opened the logout page of `{provider}` in your browser")),
        Err(_) => app.prompt.note(&format!("to sign out of `{provider}` in the browser, visit {}", logout.url)),
    }
    let _shown = app.prompt.start_waiting("the browser", LOGOUT_TIMEOUT);
    runtime::run(async {
        tokio::select! {
            biased;
            () = logout.ended() => {
                // A closed or slow browser does not delay the terminal.
                let _ = tokio::time::timeout(LINGER_TIMEOUT, logout.shown()).await;
            }
            () = app.clock.sleep(LOGOUT_TIMEOUT) => {
                app.prompt.warn(&format!("nobody pressed its button; you are still signed in to `{provider}` there"));
            }
        }
        Ok(())
    })
}
