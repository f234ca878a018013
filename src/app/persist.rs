//! Storage of refreshed sessions: saved before use, with a fallback if the store fails.

use std::time::Duration;

use super::App;
use crate::config::StoreChoice;
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{Session, SessionInfo, StoreKind};
use crate::store::Lock;

impl App {
    /// Saves a refreshed session. If its store fails after the provider has responded, saves the session to recovery
    /// files until the next command that uses it, and prints a warning.
    ///
    /// # Errors
    /// As [`crate::store::SessionStore::update`], if the recovery files cannot be written either.
    pub fn save_refreshed(&self, session: &Session, lock: &Lock) -> Result<()> {
        let failed = match self.sessions.update(session, lock) {
            Err(error @ (Error::Store { .. } | Error::Interrupted { .. })) => error,
            outcome => return outcome,
        };
        let was_announced = self.sessions.is_in_recovery(&session.key.id());
        if self.sessions.save_to_recovery(session, lock, self.is_keyring_only()).is_err() {
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

    /// Saves a new sign-in. If another process holds the lock, the tokens go to recovery files first, so that neither a
    /// signal nor the end of the wait loses them; the next command that uses the session finds them there.
    ///
    /// # Errors
    /// As [`crate::store::SessionStore::save_locked`].
    pub async fn save_signin(&self, session: &Session, store: StoreKind) -> Result<Vec<SessionInfo>> {
        let info = session.info(store);
        let held = match self.sessions.lock(&info.id, Duration::ZERO) {
            Err(held @ Error::Network { .. }) => held,
            free => return self.save_signin_locked(session, store, &free?),
        };
        let Ok(mut renamed) = self.sessions.save_signin_to_recovery(session, store, self.is_keyring_only()) else {
            // A locked keyring is all that may keep the tokens.
            let lock = self.wait_for_lock(&info, self.lock_timeout).await.map_err(|_| held)?;
            return self.sessions.save_locked(session, store, &lock);
        };
        self.prompt.detail("the new tokens are saved");
        match self.wait_for_lock(&info, self.lock_timeout).await {
            Ok(lock) => renamed.extend(self.sessions.save_locked(session, store, &lock)?),
            Err(Error::Network { message, .. }) => {
                self.prompt.warn(&format!("{message}; the new tokens stay in a recovery file until the next command"));
            }
            Err(error) => return Err(error),
        }
        Ok(renamed)
    }

    /// Saves a new sign-in under its lock; to recovery files if another process keeps the file store busy, or if a signal
    /// ends the wait for it.
    fn save_signin_locked(&self, session: &Session, store: StoreKind, lock: &Lock) -> Result<Vec<SessionInfo>> {
        let failed = match self.sessions.save_locked(session, store, lock) {
            Err(error @ (Error::Interrupted { .. } | Error::Store { kind: StoreErrorKind::TimedOut, .. }))
                if store == StoreKind::File =>
            {
                error
            }
            outcome => return outcome,
        };
        let Ok(renamed) = self.sessions.save_signin_to_recovery(session, store, false) else { return Err(failed) };
        self.prompt.warn(&format!("the new tokens stay in a recovery file until the next command: {failed}"));
        Ok(renamed)
    }

    fn is_keyring_only(&self) -> bool {
        self.store_preference().is_ok_and(|choice| choice == StoreChoice::Keyring)
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
