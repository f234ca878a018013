//! Locks between processes: advisory file locks that end with their holder.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::session::SessionId;

use super::private_file;

/// Wait for other writers of a directory: some milliseconds each, or one key derivation.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// First wait between two attempts; doubles up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(1);

/// Longest wait: twenty waiting processes cost nothing, and users do not notice the delay.
const MAX_BACKOFF: Duration = Duration::from_millis(32);

/// Lock of one session, held until dropped or until the process ends for any reason.
///
/// Two locks of one session also exclude each other within one process.
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

    /// Panics if this is the lock of another session, under which a sign-out could be undone.
    pub(super) fn assert_holds(&self, id: &SessionId) {
        assert_eq!(self.id, *id, "the lock must belong to the session");
    }
}

/// Locked file; closing the file releases the lock. The file itself stays: if one process removed a file that another
/// had just opened, both would hold a lock.
#[derive(Debug)]
#[must_use = "a lock that is dropped is released"]
pub(super) struct LockGuard {
    _file: File,
}

/// Locks the file at `path` and creates a missing one; `timed_out` makes the error if another process holds the lock for
/// all of `timeout`.
pub(super) fn acquire(path: &Path, timeout: Duration, timed_out: impl FnOnce(String) -> Error) -> Result<LockGuard> {
    let file = private_file::open_lock(path)?;
    let start = Instant::now();
    let mut backoff = MIN_BACKOFF;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(LockGuard { _file: file }),
            Err(TryLockError::Error(error)) => return Err(private_file::io_error("lock", path, &error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let remaining = timeout.saturating_sub(start.elapsed());
        if remaining.is_zero() {
            let (path, seconds) = (path.display(), timeout.as_secs());
            return Err(timed_out(format!("another process held the lock `{path}` for {seconds}s")));
        }
        std::thread::sleep(backoff.min(remaining));
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_lock_is_not_acquired_again_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO, Error::network).unwrap();
        let error = acquire(&path, Duration::ZERO, Error::network).unwrap_err();
        assert!(matches!(error, Error::Network { .. }), "{error}");
        drop(held);
        acquire(&path, Duration::ZERO, Error::network).map(drop).unwrap();
    }

    #[test]
    fn wait_for_a_lock_ends_at_release() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO, Error::network).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| acquire(&path, Duration::from_secs(60), Error::network).is_ok());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }
}
