//! Where a session goes that was refreshed and then could not be kept: the provider has spent the old refresh token, so
//! the new one must be somewhere.
//!
//! This is the one exception to "never a downgrade". The file is its owner's alone, encrypted where a key or a passphrase
//! is set, and the next command that uses the session moves it home. Until then it counts, as long as it is newer than
//! what is at home.

use crate::error::Result;
use crate::session::SessionId;

use super::backend::Store;
use super::file::FileStore;

/// The places for such sessions.
#[derive(Debug, Default)]
pub struct Recovery {
    /// One that lasts.
    pub persistent: Option<FileStore>,
    /// One in memory, which goes with the person's last session on this machine.
    pub in_memory: Option<FileStore>,
}

impl Recovery {
    pub(super) fn all(&self) -> impl Iterator<Item = &FileStore> {
        [&self.persistent, &self.in_memory].into_iter().flatten()
    }

    /// Whether there is a session of this id.
    pub(super) fn contains(&self, id: &SessionId) -> bool {
        self.all().any(|store| store.contains(id))
    }

    pub(super) fn forget(&self, app: &str, id: &SessionId) -> Result<()> {
        self.all().filter(|store| store.contains(id)).try_for_each(|store| store.remove(app, id))
    }
}
