//! Recovery stores for sessions that were refreshed but could not be saved: the provider has invalidated the old
//! refresh token, so the new one must be stored somewhere.
//!
//! This is the one exception to "never a downgrade". The file is readable by its owner only, encrypted if a key or a
//! passphrase is set, and the next command that uses the session moves the session back to its own store. Until then
//! the copy is used as long as it is newer than the one in the session's own store.

use crate::error::Result;
use crate::session::SessionId;

use super::backend::Store;
use super::file::FileStore;

/// Recovery stores.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Recovery store on disk.
    pub persistent: Option<FileStore>,
    /// Recovery store in memory, which the system clears when the user's last login session on this machine ends.
    pub in_memory: Option<FileStore>,
}

impl Recovery {
    pub(super) fn all(&self) -> impl Iterator<Item = &FileStore> {
        [&self.persistent, &self.in_memory].into_iter().flatten()
    }

    /// Returns true if a recovery store holds the session.
    pub(super) fn contains(&self, id: &SessionId) -> bool {
        self.all().any(|store| store.contains(id))
    }

    pub(super) fn forget(&self, app: &str, id: &SessionId) -> Result<()> {
        self.all().filter(|store| store.contains(id)).try_for_each(|store| store.remove(app, id))
    }
}
