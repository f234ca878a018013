//! Keeping what a refresh brought: before it is shown, and somewhere in any case.

use std::time::Duration;

use super::{App, StoreChoice};
use crate::error::{Error, Result};
use crate::session::{Session, SessionInfo};
use crate::store::Lock;

impl App {
    /// Keeps what a refresh brought. Where its store fails now, after the provider has answered, the session is set aside
    /// until the next command that uses it, and that is said.
    ///
    /// # Errors
    /// As [`crate::store::Sessions::update`], where the session cannot be set aside either.
    pub fn save_refreshed(&self, session: &Session, lock: &Lock) -> Result<()> {
        let failed = match self.sessions.update(session, lock) {
            Err(error @ Error::Store { .. }) => error,
            outcome => return outcome,
        };
        let was_announced = self.sessions.is_in_recovery(&session.key.id());
        let keyring_only = self.store_preference().is_ok_and(|choice| choice == StoreChoice::Keyring);
        if self.sessions.save_to_recovery(session, lock, keyring_only).is_err() {
            return Err(failed);
        }
        // An answer is kept in two steps where its ID token has to be checked.
        if was_announced {
            return Ok(());
        }
        self.prompt.warn(&format!(
            "the session of `{}` was refreshed and is set aside in a file until its store works again: {failed}",
            session.provider
        ));
        Ok(())
    }

    /// Moves a session home that was set aside, and mends a state file that is older than its session. What cannot be
    /// done now is left for the next time.
    pub fn repair_session(&self, summary: &SessionInfo, session: &Session) {
        let is_aside = self.sessions.is_in_recovery(&summary.id);
        if !is_aside && self.sessions.info_from_session(summary, session) == *summary {
            return;
        }
        // Whoever holds the lock is about to do the same.
        let Ok(lock) = self.sessions.lock(&summary.id, Duration::ZERO) else { return };
        if let Err(error) = self.sessions.restore_from_recovery(summary, &lock) {
            self.prompt.warn(&format!("the session of `{}` is still set aside: {error}", summary.provider));
        }
        let _ = self.sessions.repair_info(summary, &lock);
    }
}
