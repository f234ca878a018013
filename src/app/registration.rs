//! The clients that issuers registered for this program at run time, one for each issuer, in the credential store: what
//! comes with them are secrets.

use std::time::Duration;

use super::{App, LOCK_TIMEOUT};
use crate::error::{Error, Result};
use crate::oauth::registration::ClientRegistration;
use crate::session::{SessionId, StoreKind};
use crate::store::{Item, Lock};

impl App {
    /// The client that `issuer` registered for us, if one is kept.
    ///
    /// # Errors
    /// As [`App::load_named_secret`].
    pub fn registration(&self, issuer: &str) -> Result<Option<ClientRegistration>> {
        let stored = self.load_named_secret(&self.registration_id(issuer))?;
        Ok(stored.as_ref().and_then(ClientRegistration::from_stored).filter(|kept| kept.issuer == issuer))
    }

    /// Keeps other processes from registering at `issuer` until the lock is dropped: two first sign-ins at once need one
    /// client.
    ///
    /// # Errors
    /// As [`crate::store::Sessions::lock`].
    pub fn lock_registration(&self, issuer: &str) -> Result<Lock> {
        let id = self.registration_id(issuer);
        match self.sessions.lock(&id, Duration::ZERO) {
            Err(Error::Network { .. }) => {}
            outcome => return outcome,
        }
        self.prompt.detail("waiting for another sign-in to register this program");
        let _shown = self.prompt.start_waiting("another sign-in that registers this program", LOCK_TIMEOUT);
        self.sessions.lock(&id, LOCK_TIMEOUT)
    }

    /// Keeps a client in `place`.
    ///
    /// # Errors
    /// [`Error::Store`] where the store fails.
    pub fn save_registration(&self, registration: &ClientRegistration, store: StoreKind) -> Result<()> {
        let item = Item {
            app: self.name.clone(),
            id: self.registration_id(&registration.issuer),
            provider: registration.issuer.clone(),
            account: "registration of this program".to_owned(),
        };
        self.sessions.store(store).save(&item, &registration.to_stored())
    }

    /// Forgets the client that `issuer` registered, here and not there.
    ///
    /// # Errors
    /// As [`App::load_named_secret`].
    pub fn delete_registration(&self, issuer: &str) -> Result<()> {
        self.delete_named_secret(&self.registration_id(issuer))
    }

    fn registration_id(&self, issuer: &str) -> SessionId {
        SessionId::for_secret(&self.name, "registration", issuer)
    }
}
