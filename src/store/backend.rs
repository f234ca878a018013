//! The `Store` trait of credential stores, and the `Item` that names one secret.

use std::path::Path;

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};

/// What a secret is stored as: its key and the readable attributes a person finds it by.
///
/// A small secret that is no session gets its id from [`Id::named`]: the client secret of a provider is
///
/// ```
/// # use mycli::{session::Id, store::Item};
/// # let (app, provider) = ("mycli", "acme");
/// Item {
///     app: app.to_owned(),
///     id: Id::named(app, "client-secret", provider),
///     provider: provider.to_owned(),
///     account: "client secret".to_owned(),
/// };
/// ```
#[derive(Debug, Clone)]
pub struct Item {
    /// The program, attribute `service`.
    pub app: String,
    /// The session's key, attribute `username`.
    pub id: SessionId,
    /// The provider's label, attribute `provider`.
    pub provider: String,
    /// The account's label, attribute `account`.
    pub account: String,
}

impl Item {
    /// An item of which only the key is known.
    pub(super) fn unknown(app: &str, id: SessionId) -> Self {
        Self { app: app.to_owned(), id, provider: "unknown".to_owned(), account: "unknown".to_owned() }
    }
}

/// A credential store: the seam between the program and where secrets are kept.
///
/// Every call has a limit in time. Locked, hung and failing are errors of [`crate::error::Error::Store`]; "there is no
/// such secret" is `Ok(None)` and nothing else is.
pub trait Store: Send + Sync {
    /// Which one it is.
    fn kind(&self) -> StoreKind;

    /// The secret stored for `id`, if any.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`] where the store is locked, absent, hung or failing.
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>>;

    /// Fails where [`Store::save`] of `length` bytes would, as far as that can be told without saving: asked before
    /// something is done that cannot be undone, such as spending a refresh token.
    ///
    /// # Errors
    /// As [`Store::load`].
    fn prepare_save(&self, length: usize) -> Result<()>;

    /// Stores `secret`, replacing what was there; once this returns it is kept.
    ///
    /// # Errors
    /// As [`Store::load`].
    fn save(&self, item: &Item, secret: &Secret) -> Result<()>;

    /// What is stored for `app`, in no order; an item that cannot be read is among them.
    ///
    /// # Errors
    /// As [`Store::load`].
    fn list(&self, app: &str) -> Result<Vec<Item>>;

    /// Removes the secret; its absence is no error.
    ///
    /// # Errors
    /// As [`Store::load`].
    fn remove(&self, app: &str, id: &SessionId) -> Result<()>;
}

/// What is said of a file that a later program wrote; it is left as it is.
pub(super) fn newer_version(file: &Path, version: u32, known: u32) -> Error {
    let message = format!("written by a newer version of this program (form {version}, this one knows {known})");
    Error::Configuration { file: file.to_owned(), position: None, message }
}
