//! Options of the OS keyring: timeouts, and the location of the session bus.

use std::path::PathBuf;
use std::time::Duration;

/// Time limits of the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringTimeouts {
    /// Limit of each call that a program answers.
    pub step: Duration,
    /// Limit of each prompt that the user answers, such as the password prompt that unlocks the keyring. Zero disables
    /// prompts; a locked keyring is then an error at once.
    pub prompt: Duration,
}

impl Default for KeyringTimeouts {
    /// Ten seconds and two minutes: a keyring responds in milliseconds, or in seconds while a desktop starts; a user
    /// must notice the window first.
    fn default() -> Self {
        Self { step: Duration::from_secs(10), prompt: Duration::from_secs(120) }
    }
}

/// Settings of the OS keyring.
#[derive(Debug, Clone, Copy)]
pub struct KeyringSettings {
    pub timeouts: KeyringTimeouts,
    /// Refuse a service that cannot encrypt secrets on the session bus; used on Linux and the BSDs only.
    pub require_encryption: bool,
    /// Returns true if a signal asked this process to end; a wait for the keyring then ends too.
    pub interrupted: fn() -> bool,
}

impl From<KeyringTimeouts> for KeyringSettings {
    fn from(timeouts: KeyringTimeouts) -> Self {
        Self { timeouts, require_encryption: false, interrupted: || false }
    }
}

/// Location of the session bus from the environment; used on Linux and the BSDs only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionBus {
    /// `DBUS_SESSION_BUS_ADDRESS`.
    pub address: Option<String>,
    /// `XDG_RUNTIME_DIR`; without an address the socket is `bus` in this directory.
    pub runtime_dir: Option<PathBuf>,
}

/// Way to the keyring, for one call; `connection` is kept between calls.
#[derive(Debug, Clone)]
#[cfg_attr(any(target_os = "macos", windows), allow(dead_code, reason = "these systems have no session bus"))]
pub struct KeyringAccess<C> {
    pub settings: KeyringSettings,
    pub bus: SessionBus,
    pub connection: C,
}
