//! Error of a keyring call; `keyring-core` carries it to [`super::OsKeyring`].

use std::fmt;

use crate::error::StoreErrorKind;

/// Result of a keyring call.
#[cfg(all(unix, not(target_os = "macos")))]
pub type Result<T, E = KeyringError> = std::result::Result<T, E>;

/// Error of a keyring call.
#[derive(Debug)]
pub struct KeyringError {
    pub kind: StoreErrorKind,
    /// Failed step and the response; never contains a secret.
    pub message: String,
}

impl KeyringError {
    /// Error of the given kind.
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
