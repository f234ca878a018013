//! Deadline of a step on the bus.

use std::time::{Duration, Instant};

use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// Time by which a step must end.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    /// Deadline after `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// Remaining time, never zero.
    pub fn remaining(self) -> Result<Duration> {
        match self.limit.saturating_sub(self.start.elapsed()) {
            Duration::ZERO => Err(self.timed_out()),
            remaining => Ok(remaining),
        }
    }

    /// Time since the step began.
    pub fn elapsed(self) -> Duration {
        self.start.elapsed()
    }

    /// Error of a step that missed the deadline.
    pub fn timed_out(self) -> KeyringError {
        KeyringError::new(StoreErrorKind::TimedOut, format!("keyring did not respond within {:?}", self.limit))
    }
}
