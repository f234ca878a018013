//! Session storage: OS keyring, encrypted files, state files without secrets, and locks between processes.

mod accepted_servers;
mod age_format;
mod backend;
mod background_signins;
mod encryption;
mod file;
mod lock;
mod lock_holder;
mod migrate;
pub mod os_keyring;
mod private_file;
mod random_id;
mod recovery;
mod repair;
mod session_recovery;
mod session_store;
mod signin_limit;
mod state;
mod token_files;
mod usage_log;

pub use accepted_servers::AcceptedServers;
pub use backend::Item;
#[cfg(feature = "internals")]
pub use backend::Store;
pub use background_signins::{BackgroundOutcome, BackgroundSignins, RunningSignin};
#[cfg(feature = "internals")]
pub use encryption::PassphrasePrompt;
pub use encryption::{EncryptionKeys, KeyFileVariable};
pub use file::FileStore;
pub use lock::{ConfigLock, Lock, LockWaits};
pub use migrate::MigrationOutcome;
pub use private_file::read_secret_file;
pub use recovery::Recovery;
pub use session_store::{SessionStore, StoreDirectories};
pub use signin_limit::{SigninLimit, SigninSubject};
pub use state::ListedSession;
#[cfg(feature = "internals")]
pub use state::{DamagedFile, SessionListing};
pub use token_files::{TokenFiles, write_token_file};
pub use usage_log::{LogEntry, TokenOutcome, UsageLog};
