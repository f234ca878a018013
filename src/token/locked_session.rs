//! Session under its lock, so that the provider sees one refresh for any number of processes.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::duration;
use crate::error::{Error, Result};
use crate::oauth;
use crate::sanitize::shell_quote;
use crate::session::{Session, SessionInfo};
use crate::store::Lock;

/// A session as it is stored now, and the lock that keeps it so.
#[derive(Debug)]
pub(super) struct LockedSession {
    pub lock: Lock,
    pub info: SessionInfo,
    pub session: Session,
    /// Time at which this process began to wait for the lock.
    since: DateTime<Utc>,
}

impl LockedSession {
    /// Takes the lock and reads the session again.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`] if `before` has no refresh token, else errors of lock and store.
    pub fn take(app: &App, info: &SessionInfo, before: &Session) -> Result<Self> {
        if before.tokens.refresh_token.is_none() {
            return Err(before.reauthentication_required("no refresh token"));
        }
        let since = app.now();
        let lock = app.sessions.lock(&info.id, lock_timeout(app, before, since))?;
        // Another process may have moved the session to the other store; the old copy holds a used refresh token.
        let info = app.sessions.current(info)?.unwrap_or_else(|| info.clone());
        let session = app.sessions.load(&info)?;
        Ok(Self { lock, info, session, since })
    }

    /// Reports a failure that another process already found, so that two hundred processes do not repeat the same
    /// request: a refresh that failed while this process waited for the lock, a rate limit, or a rejected refresh token.
    /// A forced refresh ignores the last two.
    ///
    /// # Errors
    /// That failure.
    pub fn check_known_failure(&self, app: &App, is_forced: bool) -> Result<()> {
        let Some(SessionInfo { refresh_rejected, refresh_failure: failure, .. }) = app.sessions.current(&self.info)?
        else {
            return Ok(());
        };
        if refresh_rejected && !is_forced {
            return Err(self.session.reauthentication_required("the provider rejected the refresh token"));
        }
        let Some(failure) = failure else { return Ok(()) };
        if failure.at >= self.since {
            return Err(Error::network(failure.reason));
        }
        let left = failure.retry_at.and_then(|until| (until - app.now()).to_std().ok()).filter(|left| !left.is_zero());
        // A longer pause than any that is recorded means that the clock was set back.
        let Some(left) = left.filter(|left| *left <= oauth::MAX_RETRY_AFTER && !is_forced) else { return Ok(()) };
        let wait = duration::show(Duration::from_secs(left.as_secs() + 1));
        // The wait was longer when the failure was recorded.
        let reason = failure.reason.split("; retry ").next().unwrap_or_default();
        let limited = if reason.contains("rate limited") { "" } else { ": rate limited" };
        let cause = Error::network(format!("{reason}{limited}; retry in {wait}"));
        let alternative = format!("{{program}} token {} --force-refresh", shell_quote(&self.info.provider));
        Err(Error::Blocked { cause: Box::new(cause), alternative })
    }
}

/// Timeout for the lock: at most half of the remaining lifetime, so that a valid token does not expire in the wait.
fn lock_timeout(app: &App, session: &Session, now: DateTime<Utc>) -> Duration {
    let left = session.tokens.expires_at.and_then(|end| (end - now).to_std().ok()).filter(|left| !left.is_zero());
    left.map_or(app.lock_timeout, |left| app.lock_timeout.min(left / 2))
}
