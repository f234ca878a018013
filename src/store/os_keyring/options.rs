//! Options of the OS keyring: timeouts, and the location of the session bus.

use std::path::PathBuf;
use std::time::Duration;

/// How long the keyring may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringTimeouts {
    /// For each question that a program answers.
    pub step: Duration,
    /// For each question that a person answers, such as the password that unlocks the keyring. Zero: nobody is asked,
    /// and a locked keyring is an error at once.
    pub prompt: Duration,
}

impl Default for KeyringTimeouts {
    /// Ten seconds and two minutes: a keyring answers in milliseconds, or within seconds while a desktop starts; a
    /// person has to notice the window first.
    fn default() -> Self {
        Self { step: Duration::from_secs(10), prompt: Duration::from_secs(120) }
    }
}

/// Where the session bus is, as the environment says. Only Linux and the BSDs look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionBus {
    /// `DBUS_SESSION_BUS_ADDRESS`.
    pub address: Option<String>,
    /// `XDG_RUNTIME_DIR`; its `bus` is where the session bus is where there is no address.
    pub runtime_dir: Option<PathBuf>,
}
