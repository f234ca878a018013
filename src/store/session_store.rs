//! What deeds do with sessions: find, load, save, update, remove, choose.
//!
//! A session has its secret part in a credential store and its summary in the state files. The secret is written first
//! and removed first, so that a listed session is one that can be signed out of. Whoever changes a session holds its
//! lock: a refresh cannot bring back what a sign-out removed, nor undo a new sign-in.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{RefreshFailure, Session, SessionId, SessionInfo, SessionReadError, StoreKind};

use super::attempt_log::AttemptLog;
use super::backend::{Item, Store};
use super::lock::Lock;
use super::recovery::Recovery;
use super::state::{SessionListing, StateDir};

/// How long a change waits for another process that changes the same session: longer than a refresh takes.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// The directories of one program, made (for the owner alone) when something is first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDirectories {
    /// For the state files, which hold no secrets.
    pub state: PathBuf,
    /// For the file store, given to [`super::FileStore::new`].
    pub data: PathBuf,
}

/// Every session of one program.
pub struct SessionStore {
    pub(super) app: String,
    pub(super) state: StateDir,
    attempts: AttemptLog,
    keyring: Box<dyn Store>,
    file: Box<dyn Store>,
    pub(super) recovery: Recovery,
}

impl SessionStore {
    /// The sessions of `app` in `places`; nothing is read or made yet.
    pub fn new(app: String, kinds: StoreDirectories, keyring: Box<dyn Store>, file: Box<dyn Store>) -> Self {
        Self {
            app,
            attempts: AttemptLog::new(&kinds.state),
            state: StateDir::new(kinds.state),
            keyring,
            file,
            recovery: Recovery::default(),
        }
    }

    /// Every session without its secrets, and what could not be read.
    ///
    /// # Errors
    /// [`Error::Store`] where the state directory cannot be read.
    pub fn list(&self) -> Result<SessionListing> {
        let listing = self.state.list()?;
        let is_intact = listing.damaged.is_empty() && !listing.sessions.is_empty();
        // What cannot be mended now is told as it is.
        match !is_intact && self.repair_state(None).unwrap_or(false) {
            true => self.state.list(),
            false => Ok(listing),
        }
    }

    /// The session of `provider` that `account` means, else the default one. It costs the same with one session and
    /// with ten thousand.
    ///
    /// # Errors
    /// [`Error::Store`] where its state file is damaged, [`Error::Configuration`] where a later program wrote it.
    pub fn find(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        let found = self.state.find(provider, account);
        match found {
            Ok(Some(_)) | Err(Error::Configuration { .. }) => found,
            _ if self.repair_state(Some(provider))? => self.state.find(provider, account),
            _ => found,
        }
    }

    /// The providers that have sessions, at most `limit` of them, in the order of their names.
    ///
    /// # Errors
    /// [`Error::Store`] where the state directory cannot be read.
    pub fn providers(&self, limit: usize) -> Result<Vec<String>> {
        let found = self.state.providers(limit)?;
        match found.is_empty() && self.repair_state(None).unwrap_or(false) {
            true => self.state.providers(limit),
            false => Ok(found),
        }
    }

    /// The session whole, from the store it is kept in, or from where it was set aside.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where the secret is no longer there, [`Error::Store`] where the store fails or what it
    /// keeps is damaged, [`Error::Usage`] where a later program wrote it.
    pub fn load(&self, summary: &SessionInfo) -> Result<Session> {
        let Some(recovered) = self.load_from_recovery(summary)? else { return self.load_from_store(summary) };
        match self.load_from_store(summary) {
            // Of the same age the one aside may have a refresh token that came without other tokens.
            Ok(stored) if stored.tokens.received_at > recovered.tokens.received_at => Ok(stored),
            Ok(_) | Err(Error::Store { .. } | Error::NotSignedIn { .. }) => Ok(recovered),
            Err(error) => Err(error),
        }
    }

    fn load_from_store(&self, summary: &SessionInfo) -> Result<Session> {
        let stored = match self.store(summary.store).load(&self.app, &summary.id)? {
            Some(stored) => Some(stored),
            None => self.load_moved(summary)?,
        };
        self.parse_stored(summary, &stored.ok_or_else(|| not_signed_in(summary))?)
    }

    /// The session in its stored form.
    pub(super) fn parse_stored(&self, summary: &SessionInfo, stored: &Secret) -> Result<Session> {
        match Session::from_stored(stored) {
            Ok(session) if session.key.id() == summary.id => Ok(session),
            Ok(_) | Err(SessionReadError::Damaged) => Err(damaged(summary)),
            Err(SessionReadError::Newer(version)) => Err(newer(summary, version)),
        }
    }

    /// Keeps a session that was just signed in. The first one of a provider becomes its default, a further one does
    /// not. What another store kept for the same session is removed where that store can be reached.
    ///
    /// Takes the session's lock: a caller that holds it would wait for itself.
    ///
    /// # Errors
    /// [`Error::Store`] where the secret or the state cannot be written, [`Error::Configuration`] where a later program
    /// wrote the state, [`Error::Network`] where the lock is not obtained. Nothing new is kept then.
    pub fn save(&self, session: &Session, kind: StoreKind) -> Result<()> {
        let summary = session.info(kind);
        let _lock = self.lock(&summary.id, LOCK_TIMEOUT)?;
        self.state.check_writable(&summary)?;
        let before = self.state.find_all(&summary.id)?;
        self.store(kind).save(&self.item(&summary), &session.to_stored())?;
        if let Err(error) = self.record_info(&summary) {
            // A secret that is not listed could not be signed out of.
            if before.is_empty() {
                let _ = self.store(kind).remove(&self.app, &summary.id);
            }
            return Err(error);
        }
        let mut other_kinds = before.iter().flat_map(kinds).filter(|old| *old != kind);
        if let Some(left) = other_kinds.find(|old| self.store(*old).remove(&self.app, &summary.id).is_err()) {
            // So that the next sign-in, move or sign-out finds it.
            let _ = self.state.put(&SessionInfo { also_in: Some(left), ..summary.clone() });
        }
        let _ = self.recovery.forget(&self.app, &summary.id);
        Ok(())
    }

    /// Keeps what a refresh brought, where the session is kept already; it is alive again.
    ///
    /// # Errors
    /// As [`Sessions::save`]; [`Error::NotSignedIn`] where the session was signed out of meanwhile.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn update(&self, session: &Session, lock: &Lock) -> Result<()> {
        let id = session.key.id();
        assert_eq!(*lock.id(), id, "a session is changed under its own lock");
        let Some(before) = self.state.summary(&session.provider, &id)? else {
            return Err(not_signed_in(&session.info(StoreKind::File)));
        };
        let summary = SessionInfo { also_in: before.also_in, ..session.info(before.store) };
        self.state.check_writable(&summary)?;
        self.store(summary.store).save(&self.item(&summary), &session.to_stored())?;
        // The session is kept; what is stale beside it is passed over, and mended when the session is next used.
        let _ = self.recovery.forget(&self.app, &id);
        let _ = self.state.put(&summary);
        Ok(())
    }

    /// The labels under which this session is kept, one where all is well.
    ///
    /// # Errors
    /// [`Error::Store`] where the state directory cannot be read.
    pub fn labels(&self, id: &SessionId) -> Result<Vec<String>> {
        Ok(self.state.find_all(id)?.into_iter().map(|summary| summary.provider).collect())
    }

    /// Notes that the provider takes the session's refresh token no longer.
    ///
    /// # Errors
    /// [`Error::Store`] where the state cannot be written, [`Error::Configuration`] where a later program wrote it.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn mark_refresh_rejected(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        assert_eq!(*lock.id(), summary.id, "a session is changed under its own lock");
        match self.current(summary)? {
            Some(current) if !current.refresh_rejected => {
                self.state.put(&SessionInfo { refresh_rejected: true, ..current })
            }
            _ => Ok(()),
        }
    }

    /// Notes that a refresh failed for a reason that may pass; the next one that succeeds clears it.
    ///
    /// # Errors
    /// As [`Sessions::mark_dead`].
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn record_refresh_failure(&self, summary: &SessionInfo, setback: RefreshFailure, lock: &Lock) -> Result<()> {
        assert_eq!(*lock.id(), summary.id, "a session is changed under its own lock");
        match self.current(summary)? {
            Some(current) => self.state.put(&SessionInfo { refresh_failure: Some(setback), ..current }),
            None => Ok(()),
        }
    }

    /// The summary as it is now; `None` where the session is gone.
    ///
    /// # Errors
    /// As [`Sessions::find`].
    pub fn current(&self, summary: &SessionInfo) -> Result<Option<SessionInfo>> {
        self.state.summary(&summary.provider, &summary.id)
    }

    /// Forgets a session, its secret first: where the store cannot be reached it stays listed. A default that went
    /// moves to the oldest session left.
    ///
    /// Takes the session's lock: a caller that holds it would wait for itself.
    ///
    /// # Errors
    /// [`Error::Store`] where the secret or the state cannot be removed, [`Error::Network`] where the lock is not
    /// obtained.
    pub fn remove(&self, summary: &SessionInfo) -> Result<()> {
        self.remove_locked(summary, &self.lock(&summary.id, LOCK_TIMEOUT)?)
    }

    /// As [`Sessions::remove`], for a caller that holds the lock.
    ///
    /// # Errors
    /// As there, but for the lock.
    ///
    /// # Panics
    /// Where `lock` is another session's.
    pub fn remove_locked(&self, summary: &SessionInfo, lock: &Lock) -> Result<()> {
        assert_eq!(*lock.id(), summary.id, "a session is changed under its own lock");
        let current = self.state.summary(&summary.provider, &summary.id)?;
        let current = current.as_ref().unwrap_or(summary);
        for kind in kinds(current) {
            match self.store(kind).remove(&self.app, &summary.id) {
                // What was left in a keyring that is gone went with it.
                Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) if kind != current.store => {}
                removed => removed?,
            }
        }
        self.recovery.forget(&self.app, &summary.id)?;
        self.state.remove(&summary.provider, &summary.id)
    }

    /// Makes the session that `account` means the default of `provider`.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where there is none; else as [`Sessions::find`] and [`Sessions::mark_dead`].
    pub fn set_default(&self, provider: &str, account: &str) -> Result<SessionInfo> {
        let none = || Error::NotSignedIn { provider: Some(provider.to_owned()), account: Some(account.to_owned()) };
        let found = self.find(provider, Some(account))?.ok_or_else(none)?;
        match self.state.set_default(&found)? {
            true => Ok(found),
            false => Err(none()),
        }
    }

    /// Locks a session against other processes, and other callers in this one, until the lock is dropped or its holder
    /// ends. What was read before is read again under it.
    ///
    /// # Errors
    /// [`Error::Network`] where others hold it for all of `within`; [`Error::Store`] where it cannot be made.
    pub fn lock(&self, id: &SessionId, within: Duration) -> Result<Lock> {
        self.state.lock_session(id, within)
    }

    /// Whether any session was ever kept in a keyring: then an absent one is trouble, not a reason for a file.
    ///
    /// # Errors
    /// [`Error::Store`] where the state directory cannot be read, which is not the same as no.
    pub fn has_used_keyring(&self) -> Result<bool> {
        self.state.keyring_used()
    }

    /// The count of sign-ins that came to nothing.
    pub fn attempts(&self) -> &AttemptLog {
        &self.attempts
    }

    /// The store of this kind, for secrets that are no sessions.
    pub fn store(&self, kind: StoreKind) -> &dyn Store {
        match kind {
            StoreKind::Keyring => &*self.keyring,
            StoreKind::File => &*self.file,
        }
    }

    /// Another process may have moved the session since its summary was read.
    fn load_moved(&self, summary: &SessionInfo) -> Result<Option<Secret>> {
        match self.state.summary(&summary.provider, &summary.id)? {
            Some(current) if current.store != summary.store => self.store(current.store).load(&self.app, &summary.id),
            _ => Ok(None),
        }
    }

    pub(super) fn record_info(&self, summary: &SessionInfo) -> Result<()> {
        if summary.store == StoreKind::Keyring {
            self.state.mark_keyring_used()?;
        }
        self.state.put(summary)
    }

    pub(super) fn item(&self, summary: &SessionInfo) -> Item {
        Item {
            app: self.app.clone(),
            id: summary.id.clone(),
            provider: summary.provider.clone(),
            account: summary.account.name.clone(),
        }
    }
}

/// The stores that a copy of the session may be in.
fn kinds(summary: &SessionInfo) -> impl Iterator<Item = StoreKind> + use<> {
    [Some(summary.store), summary.also_in].into_iter().flatten()
}

pub(super) fn not_signed_in(summary: &SessionInfo) -> Error {
    Error::NotSignedIn { provider: Some(summary.provider.clone()), account: Some(summary.account.name.clone()) }
}

fn damaged(summary: &SessionInfo) -> Error {
    Error::store(
        StoreErrorKind::Failed,
        format!("what the credential store keeps for {} is damaged", session_name(summary)),
    )
}

fn newer(summary: &SessionInfo, version: u32) -> Error {
    let by = format!("was written by a newer version of this program (form {version})");
    Error::usage(format!("what the credential store keeps for {} {by}", session_name(summary)))
}

fn session_name(summary: &SessionInfo) -> String {
    format!("`{}` at `{}`", sanitize_untrusted(&summary.account.name), sanitize_untrusted(&summary.provider))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use chrono::{DateTime, Utc};

    use crate::session::{Account, Client, ClientAuth, Endpoints, SessionKey, SessionQuirks, Tokens};
    use crate::store::FileStore;
    use crate::store::private_file::tests::count_opens;

    use super::*;

    #[test]
    fn finding_opens_as_few_files_with_ten_thousand_sessions_as_with_one() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = sessions(folder.path());
        sessions.save(&session("github", "octocat"), StoreKind::File).unwrap();
        let ways = || {
            let find = |account| count_opens(|| sessions.find("github", account).unwrap().unwrap().account.name);
            [find(None), find(Some("octocat")), find(Some("OCTOCAT@x.example"))]
        };
        let alone = ways();
        for number in 0..10_000 {
            // The content does not matter: whoever opens one of them has lost.
            let provider = ["github", "gitlab"][number % 2];
            let directory = folder.path().join("state/sessions").join(provider);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(format!("{number:032x}.json")), "damaged").unwrap();
        }
        assert_eq!(ways(), alone);
        assert_eq!(alone.map(|(_, opened)| opened), [2, 2, 2]);
        let (providers, opened) = count_opens(|| sessions.providers(2).unwrap());
        assert_eq!((providers, opened), (vec!["github".to_owned(), "gitlab".to_owned()], 0));
    }

    #[test]
    #[should_panic(expected = "under its own lock")]
    fn a_session_is_not_changed_under_the_lock_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = sessions(folder.path());
        let lock = sessions.lock(&SessionId::for_secret("mycli", "other", "x"), LOCK_TIMEOUT).unwrap();
        let _ = sessions.update(&session("github", "octocat"), &lock);
    }

    fn sessions(folder: &Path) -> SessionStore {
        let kinds = StoreDirectories { state: folder.join("state"), data: folder.join("data") };
        let store = || Box::new(FileStore::new(kinds.data.clone()));
        SessionStore::new("mycli".to_owned(), kinds.clone(), store(), store())
    }

    fn session(provider: &str, account: &str) -> Session {
        let authority = format!("https://{provider}.example");
        let token = format!("{authority}/token");
        Session {
            key: SessionKey {
                app: "mycli".to_owned(),
                authority,
                client_id: "client".to_owned(),
                resource: None,
                subject: Some(account.to_owned()),
            },
            provider: provider.to_owned(),
            account: Account {
                subject: Some(account.to_owned()),
                name: account.to_owned(),
                email: Some(format!("{account}@x.example")),
            },
            issuer: None,
            endpoints: Endpoints { token, revocation: None, userinfo: None, end_session: None, jwks: None },
            client: Client { id: "client".to_owned(), secret: None, auth: ClientAuth::None },
            scopes: Vec::new(),
            scopes_requested: Vec::new(),
            scope_separator: " ".to_owned(),
            refresh_params: Vec::new(),
            ca_file: None,
            id_token_hmac: false,
            quirks: SessionQuirks::default(),
            tokens: Tokens {
                access_token: Secret::new("access"),
                token_type: None,
                refresh_token: None,
                id_token: None,
                expires_at: None,
                received_at: DateTime::<Utc>::UNIX_EPOCH,
            },
            signed_in_at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }
}
