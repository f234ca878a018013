//! Deadline of a step on the bus.

use std::time::{Duration, Instant};

use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// Time by which a step must end.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    /// Deadline after `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self { end: Instant::now() + limit, limit }
    }

    /// Remaining time, never zero.
    pub fn remaining(self) -> Result<Duration> {
        match self.end.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(self.timed_out()),
            remaining => Ok(remaining),
        }
    }

    /// Error of a step that missed the deadline.
    pub fn timed_out(self) -> KeyringError {
        KeyringError::new(StoreErrorKind::TimedOut, format!("keyring did not respond within {:?}", self.limit))
    }
}
