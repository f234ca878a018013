//! The lock between processes: advisory, on a file, gone with its holder.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::session::SessionId;

use super::private_file;

/// The first wait between two tries; it doubles up to [`LONGEST_WAIT`].
const MIN_BACKOFF: Duration = Duration::from_millis(1);

/// Long enough that twenty waiting processes cost nothing, short enough that nobody notices.
const MAX_BACKOFF: Duration = Duration::from_millis(32);

/// The lock of one session, held until this is dropped or the process ends, however it ends.
///
/// Two of them for one session exclude each other within one process too.
#[derive(Debug)]
#[must_use = "a lock that is dropped is released"]
pub struct Lock {
    id: SessionId,
    _guard: LockGuard,
}

impl Lock {
    pub(super) fn new(id: SessionId, guard: LockGuard) -> Self {
        Self { id, _guard: guard }
    }

    /// The session it locks.
    pub fn id(&self) -> &SessionId {
        &self.id
    }
}

/// A locked file; closing it releases the lock. The file itself stays: removing one that another process has just
/// opened would give each of them a lock of its own.
#[derive(Debug)]
#[must_use = "a lock that is dropped is released"]
pub(super) struct LockGuard {
    _file: File,
}

/// Locks the file at `path`, made where it is missing; `None` where others held it for all of `within`.
///
/// # Errors
/// [`crate::error::Error::Store`] where the file cannot be made or its file system has no locks.
pub(super) fn acquire(path: &Path, timeout: Duration) -> Result<Option<LockGuard>> {
    let file = private_file::open_lock(path)?;
    let start = Instant::now();
    let mut backoff = MIN_BACKOFF;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(LockGuard { _file: file })),
            Err(TryLockError::Error(error)) => return Err(private_file::io_error("lock", path, &error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let remaining = timeout.saturating_sub(start.elapsed());
        if remaining.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(backoff.min(remaining));
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_not_obtained_again_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO).unwrap().expect("nobody holds it");
        assert!(acquire(&path, Duration::ZERO).unwrap().is_none());
        drop(held);
        assert!(acquire(&path, Duration::ZERO).unwrap().is_some());
    }

    #[test]
    fn waiting_for_a_lock_ends_when_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| acquire(&path, Duration::from_secs(60)).unwrap().is_some());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }
}
