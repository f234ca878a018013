//! Deadline of one step.

use std::time::{Duration, Instant};

use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// The moment a step has to be over.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// The moment after this long.
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// What is left of the time, never nothing.
    ///
    /// # Errors
    /// Hung once it is over.
    pub fn remaining(self) -> Result<Duration> {
        match self.0.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(timed_out()),
            remaining => Ok(remaining),
        }
    }
}

/// What a step ends with that was not over in time.
pub fn timed_out() -> KeyringError {
    KeyringError::new(StoreErrorKind::TimedOut, "no answer in time")
}
