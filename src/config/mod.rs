//! The configuration file, as text: read, edited, and never fetched from anywhere by itself.
//!
//! Whoever reaches the disk hands the text in; every error names the file, the line, the column and the key. Beside
//! `config.toml` there is the `.mycli.toml` of a directory, which may only name a provider and an account: a checkout
//! must not be able to change where credentials go.

mod edit;
mod project_file;
mod read;
mod redirect_to;
mod spanned_toml;

use crate::catalog::ConfiguredProviders;
use crate::session::StoreKind;

pub use edit::{add as add_provider, remove as remove_provider};
pub use project_file::{ProjectFile, parse_project_file};
pub use read::parse;
pub use redirect_to::redirect_to;

/// A configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The provider of commands that name none.
    pub default: Option<String>,
    /// Where new sessions go; `None` is `auto`: the keyring, and where there is none at all a file.
    pub store: Option<StoreKind>,
    /// The providers, in the order of the file, and `home`.
    pub providers: ConfiguredProviders,
}

/// The configured providers, in the order of the file: the buttons of the sign-in page.
pub fn provider_names(config: &Config) -> Vec<String> {
    config.providers.names().map(str::to_owned).collect()
}
