//! Sessions as they are listed, with the files that could not be read.

use std::path::PathBuf;

use crate::session::SessionInfo;

/// All sessions, and the unreadable state files.
#[derive(Debug, Default)]
pub struct SessionListing {
    /// Sessions sorted by provider, default first, then by time of sign-in.
    pub sessions: Vec<ListedSession>,
    /// Unreadable state files; they stay unchanged.
    pub damaged: Vec<DamagedFile>,
}

/// Session in a [`SessionListing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// Session without its secrets.
    pub info: SessionInfo,
    /// True for the default session of the provider.
    pub default: bool,
}

/// State file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFile {
    pub file: PathBuf,
    pub reason: String,
}
