//! Parses and edits the text of `config.toml` and `.mycli.toml`, without reading files.
//!
//! Every error names file, line, column and key. The `.mycli.toml` of a directory may only name a provider and an
//! account: a checkout must not change where credentials are sent.

mod edit;
mod keys;
mod one_key;
mod project_file;
mod read;
mod redirect_to;
mod store_choice;

use std::time::Duration;

use crate::catalog::ConfiguredProviders;
use crate::session::EventKind;

pub use edit::{add as add_provider, remove as remove_provider};
pub use one_key::{KeyPath, get as get_key, key_names, provider_value, set as set_key, unset as unset_key};
pub use project_file::{ProjectFile, parse_project_file};
pub use read::parse;
pub use redirect_to::redirect_to;
pub use store_choice::StoreChoice;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Provider of commands that name none.
    pub default: Option<String>,
    pub store: Option<StoreChoice>,
    /// Time limits.
    pub timeouts: Timeouts,
    /// Refuse a keyring that does not encrypt secrets on the session bus.
    pub require_keyring_encryption: bool,
    /// Keep a log of the uses of tokens; on by default.
    pub log: Option<bool>,
    /// Programs to run after an event, with their arguments.
    pub hooks: Vec<(EventKind, Vec<String>)>,
    /// The providers, in the order of the file, and `home`.
    pub providers: ConfiguredProviders,
}

/// Configured time limits; `None` is the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// One HTTP request.
    pub http: Option<Duration>,
    /// One call of the keyring.
    pub store: Option<Duration>,
    /// A prompt of the keyring; zero shows none.
    pub unlock: Option<Duration>,
    /// A lock that another process holds.
    pub lock: Option<Duration>,
}

/// Returns the configured providers, in the order of the file: the buttons of the sign-in page.
pub fn provider_names(config: &Config) -> Vec<String> {
    config.providers.names().map(str::to_owned).collect()
}
