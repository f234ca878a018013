//! Session storage: OS keyring, encrypted files, state files without secrets, and locks between processes.

mod age_format;
mod backend;
mod encryption;
mod file;
mod lock;
mod migrate;
pub mod os_keyring;
mod private_file;
mod recovery;
mod repair;
mod session_recovery;
mod session_store;
mod signin_limit;
mod state;

pub use backend::{Item, Store};
pub use encryption::{EncryptionKeys, KeyFileVariable, PassphrasePrompt};
pub use file::FileStore;
pub use lock::Lock;
pub use migrate::MigrationOutcome;
pub use private_file::read_secret_file;
pub use recovery::Recovery;
pub use session_store::{SessionStore, StoreDirectories};
pub use signin_limit::SigninLimit;
pub use state::{DamagedFile, ListedSession, SessionListing};
