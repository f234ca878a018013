//! Recovery of sessions whose store failed after a refresh, and repair of state files from the sessions themselves.

use crate::error::{Error, Result};
use crate::session::{Session, SessionId, SessionInfo, StoreKind};

use super::backend::Store;
use super::lock::Lock;
use super::recovery::Recovery;
use super::session_store::{SessionStore, not_signed_in};

impl SessionStore {
    /// With places for sessions that cannot be kept where they belong.
    pub fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    /// Keeps what a refresh brought aside, because [`Sessions::update`] could not keep it. With `keyring_only`, a session
    /// that belongs in the keyring goes nowhere but into memory.
    ///
    /// # Errors
    /// [`Error::Store`] where there is no such place either.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn save_to_recovery(&self, session: &Session, lock: &Lock, keyring_only: bool) -> Result<()> {
        let id = session.key.id();
        assert_eq!(*lock.id(), id, "a session is changed under its own lock");
        let before = self.state.summary(&session.provider, &id).ok().flatten();
        let kind = before.as_ref().map_or(StoreKind::Keyring, |summary| summary.store);
        let summary = SessionInfo { also_in: before.and_then(|summary| summary.also_in), ..session.info(kind) };
        let persistent = self.recovery.persistent.as_ref().filter(|_| !(keyring_only && kind == StoreKind::Keyring));
        let mut outcome = Err(Error::other("there is no place to set it aside"));
        for store in [persistent, self.recovery.in_memory.as_ref()].into_iter().flatten() {
            outcome = store.save(&self.item(&summary), &session.to_stored());
            if outcome.is_ok() {
                break;
            }
        }
        outcome?;
        // It is mended from the session when that is next used.
        let _ = self.state.put(&summary);
        Ok(())
    }

    /// Whether the session was set aside.
    pub fn is_in_recovery(&self, id: &SessionId) -> bool {
        self.recovery.contains(id)
    }

    /// Moves a session that was set aside to where it belongs.
    ///
    /// # Errors
    /// As [`Sessions::load`] and [`Sessions::update`]; it stays aside then.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn restore_from_recovery(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        match self.is_in_recovery(&summary.id) {
            true => self.update(&self.load(summary)?, lock),
            false => Ok(()),
        }
    }

    /// The session as it was set aside.
    pub(super) fn load_from_recovery(&self, summary: &SessionInfo) -> Result<Option<Session>> {
        let mut newest: Option<Session> = None;
        for store in self.recovery.all().filter(|store| store.contains(&summary.id)) {
            let Some(stored) = store.load(&self.app, &summary.id)? else { continue };
            let session = self.parse_stored(summary, &stored)?;
            if newest.as_ref().is_none_or(|other| other.tokens.received_at < session.tokens.received_at) {
                newest = Some(session);
            }
        }
        Ok(newest)
    }

    /// Fails where what a refresh of the session would bring could not be kept: asked before the refresh token is spent.
    ///
    /// # Errors
    /// [`Error::Store`] where its store cannot be written, [`Error::Configuration`] where a later program wrote its state,
    /// [`Error::NotSignedIn`] where it was signed out of meanwhile.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn prepare_update(&self, session: &Session, lock: &Lock) -> Result<()> {
        let current = self.state.summary(&session.provider, &session.key.id())?;
        let current = current.ok_or_else(|| not_signed_in(&session.info(StoreKind::File)))?;
        self.restore_from_recovery(&current, lock)?;
        self.state.check_writable(&current)?;
        self.store(current.store).prepare_save(session.to_stored().expose().len())
    }

    /// The state as the session has it; the same where nothing has to be mended. The session is the truth: it is written
    /// first, and the process may have ended before the state was.
    pub fn info_from_session(&self, summary: &SessionInfo, session: &Session) -> SessionInfo {
        let unchanged = summary.expires_at == session.tokens.expires_at && summary.signed_in_at == session.signed_in_at;
        // What was found out about tokens holds for those only.
        let refresh_failure = summary.refresh_failure.clone().filter(|_| unchanged);
        let refresh_rejected = summary.refresh_rejected && unchanged;
        SessionInfo { refresh_rejected, refresh_failure, also_in: summary.also_in, ..session.info(summary.store) }
    }

    /// Mends the state of a session from the session itself.
    ///
    /// # Errors
    /// As [`Sessions::load`], and where the state cannot be written.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn repair_info(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        assert_eq!(*lock.id(), summary.id, "a session is changed under its own lock");
        let Some(current) = self.state.summary(&summary.provider, &summary.id)? else { return Ok(()) };
        let updated = self.info_from_session(&current, &self.load(&current)?);
        match updated == current {
            true => Ok(()),
            false => self.state.put(&updated),
        }
    }
}
