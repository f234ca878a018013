//! Named secrets: secrets in the credential store that belong to no session, such as client secrets.

use super::App;
use crate::config::StoreChoice;
use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};
use crate::store::Item;

impl App {
    /// Id of the stored client secret for one provider and client id.
    pub fn client_secret_id(&self, provider: &str, client_id: &str) -> SessionId {
        SessionId::for_secret(&self.name, "client-secret", &format!("{provider} {client_id}"))
    }

    /// Loads a named secret, such as the client secret of a provider.
    ///
    /// # Errors
    /// [`Error::Store`] if the store fails. A missing keyring counts as empty; a failing keyring is ignored if the user
    /// selected files.
    pub fn load_named_secret(&self, id: &SessionId) -> Result<Option<Secret>> {
        if let Some(secret) = self.sessions.store(StoreKind::File).load(&self.name, id)? {
            return Ok(Some(secret));
        }
        match self.sessions.store(StoreKind::Keyring).load(&self.name, id) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(None),
            Err(Error::Store { .. }) if self.store_preference()? == StoreChoice::File => Ok(None),
            found => found,
        }
    }

    /// Saves a named secret in the store for new sessions.
    pub fn save_named_secret(&self, item: &Item, secret: &Secret) -> Result<()> {
        let store = self.new_session_store()?;
        self.sessions.store(store).save(item, secret)?;
        match store {
            // An older copy in a file would take precedence.
            StoreKind::Keyring => self.sessions.store(StoreKind::File).remove(&item.app, &item.id),
            StoreKind::File => Ok(()),
        }
    }

    /// Deletes a named secret from both stores.
    pub fn delete_named_secret(&self, id: &SessionId) -> Result<()> {
        self.sessions.store(StoreKind::File).remove(&self.name, id)?;
        match self.sessions.store(StoreKind::Keyring).remove(&self.name, id) {
            Err(Error::Store { kind: StoreErrorKind::NotFound, .. }) => Ok(()),
            outcome => outcome,
        }
    }
}
