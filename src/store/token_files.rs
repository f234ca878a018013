//! Files from which a command reads a token while it runs: in a directory for that command, removed with it.
//!
//! ```text
//! exec/lock               held while a directory is made or removed
//! exec/RANDOM/.lock       held while the command runs
//! exec/RANDOM/VARIABLE    the token, mode 0600, replaced atomically
//! ```
//!
//! The lock of a process that was killed is free: the next process removes its directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::owner_only;
use crate::secret::Secret;

use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file;
use super::random_id;

/// Name of the lock in the directory of one command; no variable has a dot.
const LOCK: &str = ".lock";

/// Directory with the files of one command; removed when this is dropped.
#[derive(Debug)]
pub struct TokenFiles {
    directory: PathBuf,
    base: PathBuf,
    lock: Option<LockGuard>,
}

impl TokenFiles {
    /// Creates the directory in the first of `places` that belongs to this user, and removes those of killed processes
    /// there.
    ///
    /// # Errors
    /// [`Error::Store`] if none of them can be used.
    pub fn create(places: &[PathBuf]) -> Result<Self> {
        let mut outcome = Err(Error::other("no directory for the token"));
        for place in places {
            outcome = Self::create_in(&place.join("exec"));
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn create_in(base: &Path) -> Result<Self> {
        private_file::create_directory(base)?;
        let _base_lock = lock(&base.join("lock"), WRITE_TIMEOUT)?;
        remove_abandoned(base);
        let directory = base.join(random_id::new()?);
        private_file::create_directory(&directory)?;
        // From here on a failure removes the directory.
        let mut files = Self { directory, base: base.to_owned(), lock: None };
        files.lock = Some(lock(&files.directory.join(LOCK), Duration::ZERO)?);
        Ok(files)
    }

    /// Path of the file called `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Writes or replaces the file called `name`. Without a line end: the readers of such files take every byte.
    ///
    /// # Errors
    /// [`Error::Store`]; the old content stays.
    pub fn write(&self, name: &str, token: &Secret) -> Result<()> {
        private_file::replace(&self.path(name), token.expose().as_bytes())
    }
}

/// Writes or replaces a file that the user named: mode 0600, replaced atomically, without a line end. One process writes it.
///
/// # Errors
/// [`Error::Store`]; the old content stays.
pub fn write_token_file(path: &Path, token: &Secret) -> Result<()> {
    private_file::replace(&owner_only::follow_links(path), token.expose().as_bytes())
}

impl Drop for TokenFiles {
    fn drop(&mut self) {
        // The other processes look for abandoned directories under this lock. If one hangs, the token goes all the same.
        let _base_lock = lock(&self.base.join("lock"), WRITE_TIMEOUT);
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn lock(path: &Path, timeout: Duration) -> Result<LockGuard> {
    LockFile::new(path, &LockWaits::default()).acquire(timeout, Error::locked)
}

/// Removes the directories of killed processes. Callers hold the lock of `base`.
fn remove_abandoned(base: &Path) {
    let entries = private_file::read_directory(base).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    for name in names.filter(|name| random_id::is_valid(name)) {
        let directory = base.join(name);
        if let Ok(_lock) = lock(&directory.join(LOCK), Duration::ZERO) {
            let _ = fs::remove_dir_all(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_with_their_owner_or_with_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let places = [folder.path().join("a"), folder.path().join("b")];
        fs::write(&places[0], "no directory").unwrap();
        let base = places[1].join("exec");
        let abandoned = base.join("0".repeat(32));
        fs::create_dir_all(&abandoned).unwrap();
        fs::write(abandoned.join("TOKEN"), "old").unwrap();
        let (first, second) = (TokenFiles::create(&places).unwrap(), TokenFiles::create(&places).unwrap());
        assert!(!abandoned.exists() && first.directory.starts_with(&base));
        for text in ["one", "two"] {
            first.write("TOKEN", &Secret::new(text)).unwrap();
            assert_eq!(fs::read_to_string(first.path("TOKEN")).unwrap(), text);
        }
        assert_eq!(fs::read_dir(&first.directory).unwrap().count(), 2, "the lock and the token");
        drop(first);
        let left: Vec<_> = fs::read_dir(&base).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.len() == 2 && left.contains(&second.directory) && left.contains(&base.join("lock")), "{left:?}");
    }
}
