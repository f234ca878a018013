//! `Store` trait of credential stores, and `Item`, the name of one secret.

use std::path::Path;

use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;
use crate::session::SessionId;

/// Name of a stored secret: its key, and the readable attributes that users find it by.
///
/// A secret other than a session takes its id from [`SessionId::for_secret`].
#[derive(Debug, Clone)]
pub struct Item {
    /// Program; attribute `service`.
    pub app: String,
    /// Key of the session; attribute `username`.
    pub id: SessionId,
    /// Label of the provider; attribute `provider`.
    pub provider: String,
    /// Label of the account; attribute `account`.
    pub account: String,
}

impl Item {
    /// Item with a known key and unknown labels.
    pub(super) fn unknown(app: &str, id: SessionId) -> Self {
        Self { app: app.to_owned(), id, provider: "unknown".to_owned(), account: "unknown".to_owned() }
    }
}

/// Credential store.
///
/// Every call has a time limit. A locked, unresponsive or failing store is [`crate::error::Error::Store`]; `Ok(None)`
/// means "no such secret" and nothing else.
pub trait Store: Send + Sync {
    /// Returns the secret stored for `id`, if any.
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>>;

    /// Same as [`Store::load`], but fails for a secret that was stored encrypted and is not any more: another program
    /// has replaced it.
    fn load_encrypted(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.load(app, id)
    }

    /// Returns true if a later [`Store::load_encrypted`] may insist on what is saved now.
    fn encrypts(&self) -> bool {
        false
    }

    /// Fails if [`Store::save`] of `length` bytes would fail, as far as this can be determined without saving. Callers
    /// use this before a step that cannot be undone, such as spending a refresh token.
    fn prepare_save(&self, length: usize) -> Result<()>;

    /// Stores `secret`, replacing any earlier value. The secret is durable when this returns.
    fn save(&self, item: &Item, secret: &Secret) -> Result<()>;

    /// Lists the items of `app` in no particular order, unreadable items included.
    fn list(&self, app: &str) -> Result<Vec<Item>>;

    /// Removes the secret; a missing secret is not an error.
    fn remove(&self, app: &str, id: &SessionId) -> Result<()>;
}

/// Error for a file that a newer version wrote; the file stays unchanged.
pub(super) fn newer_version(file: &Path, version: u32, known: u32) -> Error {
    let message =
        format!("written by a newer version of this program (format {version}, this version supports {known})");
    Error::Configuration { file: file.to_owned(), position: None, message, remedy: Remedy::Update }
}
