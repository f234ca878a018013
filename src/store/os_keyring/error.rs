//! What went wrong in a conversation, as `keyring-core` carries it and [`crate::store::keyring`] reads it back.

use std::fmt;

use crate::error::StoreErrorKind;

/// What the conversation's functions return.
#[cfg(all(unix, not(target_os = "macos")))]
pub type Result<T, E = KeyringError> = std::result::Result<T, E>;

/// A trouble and what was tried.
#[derive(Debug)]
pub struct KeyringError {
    /// Its class.
    pub kind: StoreErrorKind,
    /// What was tried and what came back; never holds a secret.
    pub message: String,
}

impl KeyringError {
    /// A fault.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for KeyringError {}

impl From<KeyringError> for keyring_core::Error {
    fn from(error: KeyringError) -> Self {
        match error.kind {
            StoreErrorKind::Locked | StoreErrorKind::CannotDecrypt => Self::NoStorageAccess(Box::new(error)),
            StoreErrorKind::NotFound | StoreErrorKind::TimedOut | StoreErrorKind::Failed => {
                Self::PlatformFailure(Box::new(error))
            }
        }
    }
}
