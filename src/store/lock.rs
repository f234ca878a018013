//! Locks between processes: advisory file locks that end with their holder.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::session::SessionId;

use super::lock_holder;
use super::private_file;

/// Wait before a message appears; most holders need less.
const SILENT_WAIT: Duration = Duration::from_secs(2);

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

/// Shows a wait for something of at most this time, until the result is dropped.
pub type WaitDisplay = Box<dyn Fn(&str, Duration) -> Box<dyn Send> + Send + Sync>;

/// What a wait for a lock does besides waiting. By default it is silent, and no signal ends it.
#[derive(Clone, Default)]
pub struct LockWaits {
    display: Arc<OnceLock<WaitDisplay>>,
    interrupted: Option<fn() -> Option<u8>>,
}

impl LockWaits {
    /// Waits that end when `interrupted` returns the number of a signal.
    pub fn interruptible(interrupted: fn() -> Option<u8>) -> Self {
        Self { interrupted: Some(interrupted), ..Self::default() }
    }

    /// The same display, but no signal ends the wait: for a file that is the only place left for a secret.
    #[must_use]
    pub fn uninterrupted(&self) -> Self {
        Self { display: Arc::clone(&self.display), interrupted: None }
    }

    /// Shows long waits, here and in all clones; the first display stays.
    pub fn set_display(&self, display: WaitDisplay) {
        let _ = self.display.set(display);
    }

    fn signal(&self) -> Option<u8> {
        self.interrupted.and_then(|interrupted| interrupted())
    }

    fn show(&self, what: &str, left: Duration) -> Option<Box<dyn Send>> {
        self.display.get().map(|display| display(what, left))
    }
}

impl std::fmt::Debug for LockWaits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LockWaits")
    }
}

/// Lock of the configuration files, held from reading a file to replacing it: a writer would undo the changes of another
/// one in between. One for all files, in the state directory `state`, because their own directories are the user's.
#[derive(Debug)]
#[must_use = "a lock that is dropped is released"]
pub struct ConfigLock {
    _guard: LockGuard,
}

impl ConfigLock {
    /// # Errors
    /// [`Error::Network`] if another process holds the lock for all of `timeout`; [`Error::Store`] if the lock cannot
    /// be created; [`Error::Interrupted`].
    pub fn acquire(state: &Path, waits: &LockWaits, timeout: Duration) -> Result<Self> {
        private_file::create_directory(state)?;
        let (path, purpose) = (state.join("config.lock"), || Some("the configuration".to_owned()));
        let guard = LockFile { path: &path, waits, purpose: &purpose }.acquire(timeout, Error::network)?;
        Ok(Self { _guard: guard })
    }
}

/// File to lock.
pub(super) struct LockFile<'a> {
    pub path: &'a Path,
    pub waits: &'a LockWaits,
    /// What the holder uses the lock for, such as "the session for `ada` at `acme`".
    pub purpose: &'a dyn Fn() -> Option<String>,
}

impl<'a> LockFile<'a> {
    pub(super) fn new(path: &'a Path, waits: &'a LockWaits) -> Self {
        Self { path, waits, purpose: &|| None }
    }

    /// Locks the file and creates a missing one; `timed_out` makes the error if another process holds the lock for all
    /// of `timeout`.
    ///
    /// # Errors
    /// That error, and [`Error::Interrupted`] if a signal ends the wait.
    pub(super) fn acquire(&self, timeout: Duration, timed_out: impl FnOnce(String) -> Error) -> Result<LockGuard> {
        let file = private_file::open_lock(self.path)?;
        let start = Instant::now();
        let (mut backoff, mut shown) = (MIN_BACKOFF, None);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(LockGuard { _file: file }),
                Err(TryLockError::Error(error)) => return Err(private_file::io_error("lock", self.path, &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let remaining = timeout.saturating_sub(start.elapsed());
            if remaining.is_zero() {
                let (holder, path, seconds) = (lock_holder::describe(&file), self.path.display(), timeout.as_secs());
                return Err(timed_out(format!("{holder} held the lock `{path}` for {seconds}s")));
            }
            if let Some(signal) = self.waits.signal() {
                return Err(Error::Interrupted { signal });
            }
            if shown.is_none() && start.elapsed() >= SILENT_WAIT {
                shown = Some(self.waits.show(&self.holder(&file), timeout - SILENT_WAIT));
            }
            std::thread::sleep(backoff.min(remaining));
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    /// Process that holds the lock, and why: "process 4711 (mycli) that uses the session for `ada` at `acme`".
    fn holder(&self, file: &File) -> String {
        let holder = lock_holder::describe(file);
        match (self.purpose)() {
            Some(purpose) => format!("{holder} that uses {purpose}"),
            None => format!("{holder} that holds the lock `{}`", self.path.display()),
        }
    }

    /// Like [`LockFile::holder`], for a wait elsewhere.
    pub(super) fn describe_holder(&self) -> Result<String> {
        Ok(self.holder(&private_file::open_lock(self.path)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_lock_is_not_acquired_again_until_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO).unwrap();
        let error = acquire(&path, Duration::ZERO).unwrap_err();
        assert!(matches!(error, Error::Network { .. }), "{error}");
        if cfg!(target_os = "linux") {
            let holder = format!("process {} (", std::process::id());
            assert!(error.to_string().starts_with(&holder), "{error}");
        }
        drop(held);
        acquire(&path, Duration::ZERO).map(drop).unwrap();
    }

    #[test]
    fn long_wait_is_shown_and_ends_at_a_signal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let _held = acquire(&path, Duration::ZERO).unwrap();
        let waits = LockWaits::interruptible(|| None);
        let (shown, said) = std::sync::mpsc::channel();
        waits.set_display(Box::new(move |what, _| {
            shown.send(what.to_owned()).unwrap();
            Box::new(())
        }));
        let file = LockFile { path: &path, waits: &waits, purpose: &|| Some("this test".to_owned()) };
        let limit = SILENT_WAIT + Duration::from_millis(500);
        assert!(matches!(file.acquire(limit, Error::network), Err(Error::Network { .. })));
        assert!(said.recv().unwrap().ends_with(" that uses this test"));
        let waits = LockWaits::interruptible(|| Some(15));
        let error = LockFile::new(&path, &waits).acquire(Duration::from_secs(60), Error::network).unwrap_err();
        assert!(matches!(error, Error::Interrupted { signal: 15 }), "{error}");
    }

    fn acquire(path: &Path, timeout: Duration) -> Result<LockGuard> {
        LockFile::new(path, &LockWaits::default()).acquire(timeout, Error::network)
    }

    #[test]
    fn wait_for_a_lock_ends_at_release() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = acquire(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| acquire(&path, Duration::from_secs(60)).is_ok());
            drop(held);
            assert!(waiting.join().unwrap());
        });
    }
}
