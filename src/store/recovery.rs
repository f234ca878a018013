//! Where a session goes that was refreshed and then could not be kept: the provider has spent the old refresh token, so
//! the new one must be somewhere.
//!
//! This is the one exception to "never a downgrade". The file is its owner's alone, encrypted where a key or a passphrase
//! is set, and the next command that uses the session moves it home. Until then it counts, as long as it is newer than
//! what is at home.

use crate::error::{Error, Result};
use crate::session::{Session, SessionId, SessionInfo, StoreKind};

use super::session_store::{SessionStore, gone};
use super::{FileStore, Lock, Store};

/// The places for such sessions.
#[derive(Debug, Default)]
pub struct Recovery {
    /// One that lasts.
    pub lasting: Option<FileStore>,
    /// One in memory, which goes with the person's last session on this machine.
    pub fleeting: Option<FileStore>,
}

impl Recovery {
    fn all(&self) -> impl Iterator<Item = &FileStore> {
        [&self.lasting, &self.fleeting].into_iter().flatten()
    }

    /// Whether there is a session of this id.
    pub(super) fn holds(&self, id: &SessionId) -> bool {
        self.all().any(|place| place.holds(id))
    }

    pub(super) fn forget(&self, app: &str, id: &SessionId) -> Result<()> {
        self.all().filter(|place| place.holds(id)).try_for_each(|place| place.remove(app, id))
    }
}

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
    pub fn set_aside(&self, session: &Session, lock: &Lock, keyring_only: bool) -> Result<()> {
        let id = session.key.id();
        assert_eq!(*lock.id(), id, "a session is changed under its own lock");
        let before = self.state.summary(&session.provider, &id).ok().flatten();
        let home = before.as_ref().map_or(StoreKind::Keyring, |summary| summary.store);
        let summary = SessionInfo { also_in: before.and_then(|summary| summary.also_in), ..session.summary(home) };
        let lasting = self.recovery.lasting.as_ref().filter(|_| !(keyring_only && home == StoreKind::Keyring));
        let mut outcome = Err(Error::other("there is no place to set it aside"));
        for place in [lasting, self.recovery.fleeting.as_ref()].into_iter().flatten() {
            outcome = place.save(&self.item(&summary), &session.to_stored());
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
    pub fn is_aside(&self, id: &SessionId) -> bool {
        self.recovery.holds(id)
    }

    /// Moves a session that was set aside to where it belongs.
    ///
    /// # Errors
    /// As [`Sessions::load`] and [`Sessions::update`]; it stays aside then.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn bring_home(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        match self.is_aside(&summary.id) {
            true => self.update(&self.load(summary)?, lock),
            false => Ok(()),
        }
    }

    /// The session as it was set aside.
    pub(super) fn aside(&self, summary: &SessionInfo) -> Result<Option<Session>> {
        let mut newest: Option<Session> = None;
        for place in self.recovery.all().filter(|place| place.holds(&summary.id)) {
            let Some(stored) = place.load(&self.app, &summary.id)? else { continue };
            let session = self.read(summary, &stored)?;
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
    pub fn ready(&self, session: &Session, lock: &Lock) -> Result<()> {
        let current = self.state.summary(&session.provider, &session.key.id())?;
        let current = current.ok_or_else(|| gone(&session.summary(StoreKind::File)))?;
        self.bring_home(&current, lock)?;
        self.state.check_writable(&current)?;
        self.store(current.store).ready(session.to_stored().expose().len())
    }

    /// The state as the session has it; the same where nothing has to be mended. The session is the truth: it is written
    /// first, and the process may have ended before the state was.
    pub fn mended(&self, summary: &SessionInfo, session: &Session) -> SessionInfo {
        let unchanged = summary.expires_at == session.tokens.expires_at && summary.signed_in_at == session.signed_in_at;
        // What was found out about tokens holds for those only.
        let setback = summary.setback.clone().filter(|_| unchanged);
        let dead = summary.dead && unchanged;
        SessionInfo { dead, setback, also_in: summary.also_in, ..session.summary(summary.store) }
    }

    /// Mends the state of a session from the session itself.
    ///
    /// # Errors
    /// As [`Sessions::load`], and where the state cannot be written.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn mend(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        assert_eq!(*lock.id(), summary.id, "a session is changed under its own lock");
        let Some(current) = self.state.summary(&summary.provider, &summary.id)? else { return Ok(()) };
        let mended = self.mended(&current, &self.load(&current)?);
        match mended == current {
            true => Ok(()),
            false => self.state.put(&mended),
        }
    }
}
