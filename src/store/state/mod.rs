//! The state files: which sessions exist, without their secrets, and which of them is meant.
//!
//! ```text
//! lock                 held by whoever changes what is below
//! keyring.json         some session was once kept in a keyring; stays until all were moved to files
//! sessions/…           see `shelf`
//! locks/0f3a…          the lock of one session; stays, empty
//! ```
//!
//! Reading takes no lock: every file is replaced whole.

pub(super) mod file;
pub(super) mod file_name;
mod provider_dir;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::session::{SessionId, SessionInfo, StoreKind, VERSION};

use self::file::StateFileError;
use self::provider_dir::{DirScan, ProviderDir};
use super::lock::{self, Lock, LockGuard};
use super::private_file;

/// How long a change waits for others to finish theirs, which take some milliseconds.
const WAIT: Duration = Duration::from_secs(10);

/// All sessions, and what could not be read.
#[derive(Debug, Default)]
pub struct SessionListing {
    /// Ordered by provider, the default first, then by the time of sign-in.
    pub sessions: Vec<ListedSession>,
    /// State files that could not be read; they are left as they are.
    pub damaged: Vec<DamagedFile>,
}

/// One session of a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// The session without its secrets.
    pub summary: SessionInfo,
    /// Whether it is the default of its provider.
    pub default: bool,
}

/// A state file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFile {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// The state directory.
#[derive(Debug)]
pub(super) struct StateDir {
    root: PathBuf,
}

impl StateDir {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Every session of every provider.
    pub(super) fn list(&self) -> Result<SessionListing> {
        let mut listing = SessionListing::default();
        for shelf in ProviderDir::all(&self.sessions())? {
            listing.add(&shelf);
        }
        listing.sessions.sort_by_key(|one| {
            let SessionInfo { provider, signed_in_at, id, .. } = &one.summary;
            (provider.clone(), !one.default, *signed_in_at, id.clone())
        });
        Ok(listing)
    }

    /// Labels of providers with sessions, at most `limit`, in order.
    pub(super) fn providers(&self, limit: usize) -> Result<Vec<String>> {
        let shelves = ProviderDir::all(&self.sessions())?;
        Ok(shelves.iter().filter_map(ProviderDir::provider).take(limit).collect())
    }

    /// The session meant by provider and account. Two or three small files are opened, however many sessions there are;
    /// only where these lead nowhere is every session of this one provider looked at, and what led nowhere mended.
    pub(super) fn find(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        let shelf = self.shelf(provider);
        if let Some(found) = shelf.follow(account)? {
            return Ok(Some(found));
        }
        let DirScan { summaries, flaws } = shelf.scan()?;
        let fits = |one: &SessionInfo| account.is_none_or(|account| one.account.answers_to(account));
        let fitting: Vec<SessionInfo> = summaries.into_iter().filter(fits).collect();
        if fitting.is_empty() {
            // Without a readable session a damaged one is what was asked for, and that is not "not signed in".
            return flaws.into_iter().next().filter(|_| account.is_none()).map_or(Ok(None), |flaw| Err(flaw.into()));
        }
        // Whether it could be mended does not matter to who only reads.
        let _ = self.mend(&shelf, account, &fitting);
        shelf.foremost(fitting)
    }

    /// One session as it is now; `None` where it is gone.
    pub(super) fn summary(&self, provider: &str, id: &SessionId) -> Result<Option<SessionInfo>> {
        Ok(self.shelf(provider).summary(id)?)
    }

    /// Fails where [`State::put`] would overwrite a later program's file.
    pub(super) fn check_writable(&self, summary: &SessionInfo) -> Result<()> {
        self.shelf(&summary.provider).check_writable(summary)
    }

    /// Writes a session, new or not; the same session under another label goes.
    pub(super) fn put(&self, summary: &SessionInfo) -> Result<()> {
        let _lock = self.lock(WAIT)?;
        let shelf = self.shelf(&summary.provider);
        let known = shelf.holds(&summary.id);
        shelf.put(summary)?;
        if known {
            return Ok(());
        }
        private_file::sweep(shelf.directory());
        let others =
            ProviderDir::all(&self.sessions())?.into_iter().filter(|other| other.directory() != shelf.directory());
        for other in others.filter(|other| other.holds(&summary.id)) {
            other.withdraw(&summary.id)?;
        }
        Ok(())
    }

    /// Removes a session.
    pub(super) fn withdraw(&self, provider: &str, id: &SessionId) -> Result<()> {
        let _lock = self.lock(WAIT)?;
        self.shelf(provider).withdraw(id)
    }

    /// Makes a session the default of its provider; whether it was still there.
    pub(super) fn set_default(&self, summary: &SessionInfo) -> Result<bool> {
        let _lock = self.lock(WAIT)?;
        let shelf = self.shelf(&summary.provider);
        if !shelf.holds(&summary.id) {
            return Ok(false);
        }
        shelf.set_default(&summary.id).map(|()| true)
    }

    /// The sessions with this id, under whatever label.
    pub(super) fn everywhere(&self, id: &SessionId) -> Result<Vec<SessionInfo>> {
        let shelves = ProviderDir::all(&self.sessions())?.into_iter().filter(|shelf| shelf.holds(id));
        Ok(shelves.filter_map(|shelf| shelf.summary(id).ok().flatten()).collect())
    }

    /// Whether there ever was a session.
    pub(super) fn exists(&self) -> bool {
        self.sessions().exists()
    }

    /// The sessions of `provider`, else of all, whose files are damaged, or missing although something leads to them.
    pub(super) fn broken(&self, provider: Option<&str>) -> Result<Vec<SessionId>> {
        let shelves = match provider {
            Some(provider) => vec![self.shelf(provider)],
            None => ProviderDir::all(&self.sessions())?,
        };
        let mut broken = Vec::new();
        for shelf in shelves {
            broken.extend(shelf.broken()?);
        }
        Ok(broken)
    }

    /// Removes the damaged files of a session, and what leads to it; whether there was one.
    pub(super) fn discard(&self, id: &SessionId) -> Result<bool> {
        let _lock = self.lock(WAIT)?;
        let mut discarded = false;
        for shelf in ProviderDir::all(&self.sessions())? {
            discarded |= shelf.discard(id)?;
        }
        Ok(discarded)
    }

    /// Notes that a session is kept in a keyring.
    pub(super) fn note_keyring(&self) -> Result<()> {
        #[derive(Serialize)]
        struct Noted {
            version: u32,
        }
        if self.keyring_noted()? {
            return Ok(());
        }
        let _lock = self.lock(WAIT)?;
        file::write(&self.keyring_path(), &Noted { version: VERSION })
    }

    /// Takes that note back where no session is in a keyring.
    pub(super) fn forget_keyring(&self) -> Result<()> {
        if !self.keyring_noted()? {
            return Ok(());
        }
        let _lock = self.lock(WAIT)?;
        match self.list()?.sessions.iter().any(|one| one.summary.store == StoreKind::Keyring) {
            true => Ok(()),
            false => private_file::remove(&self.keyring_path()).map(drop),
        }
    }

    /// Whether a session was ever kept in a keyring.
    pub(super) fn keyring_noted(&self) -> Result<bool> {
        let path = self.keyring_path();
        path.try_exists().map_err(|error| private_file::failed("read", &path, &error))
    }

    /// Locks one session.
    pub(super) fn lock_session(&self, id: &SessionId, within: Duration) -> Result<Lock> {
        let directory = self.root.join("locks");
        private_file::make_directory(&directory)?;
        let held = obtain(&directory.join(id.as_str()), within)?;
        Ok(Lock::new(id.clone(), held))
    }

    fn mend(&self, shelf: &ProviderDir, account: Option<&str>, fitting: &[SessionInfo]) -> Result<()> {
        let _lock = self.lock(Duration::ZERO)?;
        let Some(account) = account else { return shelf.mend_default() };
        fitting.iter().filter(|one| shelf.holds(&one.id)).try_for_each(|one| shelf.add_name(account, &one.id))
    }

    fn lock(&self, within: Duration) -> Result<LockGuard> {
        private_file::make_directory(&self.root)?;
        obtain(&self.root.join("lock"), within)
    }

    fn shelf(&self, provider: &str) -> ProviderDir {
        ProviderDir::new(&self.sessions(), provider)
    }

    fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    fn keyring_path(&self) -> PathBuf {
        self.root.join("keyring.json")
    }
}

impl SessionListing {
    fn add(&mut self, shelf: &ProviderDir) {
        let DirScan { summaries, flaws } = match shelf.scan() {
            Ok(scan) => scan,
            Err(error) => {
                let unreadable = DamagedFile { file: shelf.directory().to_owned(), why: error.to_string() };
                return self.damaged.push(unreadable);
            }
        };
        self.damaged.extend(flaws.into_iter().map(DamagedFile::from));
        let chosen = shelf.default_id().unwrap_or_else(|flaw| {
            self.damaged.push(flaw.into());
            None
        });
        let default = chosen.filter(|id| shelf.holds(id)).or_else(|| Some(summaries.first()?.id.clone()));
        let listed = |summary: SessionInfo| ListedSession { default: default.as_ref() == Some(&summary.id), summary };
        self.sessions.extend(summaries.into_iter().map(listed));
    }
}

impl From<StateFileError> for DamagedFile {
    fn from(flaw: StateFileError) -> Self {
        Self { why: flaw.why(), file: flaw.file }
    }
}

/// A lock not obtained is worth retrying: exit 6.
fn obtain(path: &Path, within: Duration) -> Result<LockGuard> {
    lock::acquire(path, within)?.ok_or_else(|| {
        let seconds = within.as_secs();
        Error::network(format!("the lock `{}` was held by another process for {seconds} s", path.display()))
    })
}
