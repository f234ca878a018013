//! What went wrong in a conversation, as `keyring-core` carries it and [`crate::store::keyring`] reads it back.

use std::fmt;

use crate::error::Trouble;

/// What the conversation's functions return.
#[cfg(all(unix, not(target_os = "macos")))]
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// A trouble and what was tried.
#[derive(Debug)]
pub struct Fault {
    /// Its class.
    pub trouble: Trouble,
    /// What was tried and what came back; never holds a secret.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(trouble: Trouble, message: impl Into<String>) -> Self {
        Self { trouble, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for keyring_core::Error {
    fn from(fault: Fault) -> Self {
        match fault.trouble {
            Trouble::Locked | Trouble::Sealed => Self::NoStorageAccess(Box::new(fault)),
            Trouble::Absent | Trouble::Hung | Trouble::Failed => Self::PlatformFailure(Box::new(fault)),
        }
    }
}
