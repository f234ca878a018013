//! Dynamically registered clients, one for each issuer. Stored in the credential store, because they include secrets.

use std::time::Duration;

use super::App;
use crate::error::{Error, Result};
use crate::oauth::registration::ClientRegistration;
use crate::session::{SessionId, StoreKind};
use crate::store::{Item, Lock};

impl App {
    /// Returns the stored client for `issuer`, if any.
    pub fn registration(&self, issuer: &str) -> Result<Option<ClientRegistration>> {
        let stored = self.load_named_secret(&self.registration_id(issuer))?;
        Ok(stored.as_ref().and_then(ClientRegistration::from_stored).filter(|kept| kept.issuer == issuer))
    }

    /// Locks the registration at `issuer`, so that two first sign-ins create only one client.
    pub fn lock_registration(&self, issuer: &str) -> Result<Lock> {
        let id = self.registration_id(issuer);
        match self.sessions.lock(&id, Duration::ZERO) {
            Err(Error::Network { .. }) => {}
            outcome => return outcome,
        }
        self.prompt.detail("waiting for another sign-in to register a client");
        let _shown = self.prompt.start_waiting("another sign-in to register a client", self.lock_timeout);
        self.sessions.lock(&id, self.lock_timeout)
    }

    /// Stores a registered client in `store`.
    pub fn save_registration(&self, registration: &ClientRegistration, store: StoreKind) -> Result<()> {
        let item = Item {
            app: self.name.clone(),
            id: self.registration_id(&registration.issuer),
            provider: registration.issuer.clone(),
            account: "registration of this program".to_owned(),
        };
        self.sessions.store(store).save(&item, &registration.to_stored())
    }

    /// Deletes the local record of the client; the issuer keeps the client.
    pub fn delete_registration(&self, issuer: &str) -> Result<()> {
        self.delete_named_secret(&self.registration_id(issuer))
    }

    fn registration_id(&self, issuer: &str) -> SessionId {
        SessionId::for_secret(&self.name, "registration", issuer)
    }
}
