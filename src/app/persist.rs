//! Storage of refreshed sessions: saved before use, with a fallback if the store fails.

use std::time::Duration;

use super::App;
use crate::config::StoreChoice;
use crate::error::{Error, Result};
use crate::session::{Session, SessionInfo};
use crate::store::Lock;

impl App {
    /// Saves a refreshed session. If its store fails after the provider has responded, saves the session to recovery
    /// files until the next command that uses it, and prints a warning.
    ///
    /// # Errors
    /// As [`crate::store::SessionStore::update`], if the recovery files cannot be written either.
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
        // A response with an ID token is saved twice; warn once.
        if was_announced {
            return Ok(());
        }
        self.prompt.warn(&format!(
            "the session at `{}` was refreshed and saved to a recovery file until its store works again: {failed}",
            session.provider
        ));
        Ok(())
    }

    /// Restores a session from the recovery files, and repairs a state file that is older than its session. Leaves
    /// failures to the next command.
    pub fn repair_session(&self, info: &SessionInfo, session: &Session) {
        let is_aside = self.sessions.is_in_recovery(&info.id);
        if !is_aside && self.sessions.info_from_session(info, session) == *info {
            return;
        }
        // The process that holds the lock is about to do the same.
        let Ok(lock) = self.sessions.lock(&info.id, Duration::ZERO) else { return };
        if let Err(error) = self.sessions.restore_from_recovery(info, &lock) {
            self.prompt.warn(&format!("the session at `{}` is still in a recovery file: {error}", info.provider));
        }
        let _ = self.sessions.repair_info(info, &lock);
    }
}
