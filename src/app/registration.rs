//! Dynamically registered clients, one for each issuer. Stored in the credential store, because they include secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use super::App;
use crate::error::{Error, Result};
use crate::oauth::registration::{self, ClientRegistration};
use crate::session::{Client, ClientOrigin, Session, SessionId, SessionInfo, StoreKind};
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

    /// Deletes the local record of the clients at `issuer`; the issuer keeps them.
    pub fn delete_registration(&self, issuer: &str) -> Result<()> {
        self.delete_named_secret(&self.registration_id(issuer))
    }

    /// Finds a session of a client.
    pub fn session_of_client(&self, issuer: &str, client_id: &str) -> Result<Option<SessionInfo>> {
        let uses_it = |info: &SessionInfo| info.issuer.as_deref() == Some(issuer) && info.client_id == client_id;
        Ok(self.sessions.list()?.sessions.into_iter().map(|listed| listed.info).find(uses_it))
    }

    /// Deletes the clients that the issuer registered for this program (RFC 7592 2.3), and their local record in any
    /// case: the client of the session, and those for the next sign-ins. Keeps the clients that other sessions use.
    pub fn forget_clients(&self, info: &SessionInfo, session: Option<&Session>) -> Result<()> {
        let Some(issuer) = &info.issuer else { return Ok(()) };
        let _lock = self.lock_registration(issuer)?;
        let record = self.registration(issuer)?;
        let registered = record.iter().flat_map(ClientRegistration::all).map(ClientRegistration::session_client);
        let clients = session.map(|session| session.client.clone()).into_iter().chain(registered);
        let clients: BTreeMap<String, Client> = clients
            .filter(|client| matches!(client.origin, ClientOrigin::Registered { .. }))
            .map(|client| (client.id.clone(), client))
            .collect();
        if !clients.contains_key(&info.client_id) {
            self.prompt.warn(&format!("`{}` registered no client for this session", info.provider));
            return Ok(());
        }
        let mut unused = Vec::new();
        for (id, client) in clients {
            match self.session_of_client(issuer, &id)? {
                None => unused.push(client),
                Some(other) if id == info.client_id => {
                    let (provider, account) = (&other.provider, &other.account.name);
                    self.prompt.warn(&format!("kept the client: the session for `{account}` at `{provider}` uses it"));
                }
                Some(_) => {}
            }
        }
        self.delete_registration(issuer)?;
        let is_used = |one: &ClientRegistration| unused.iter().all(|client| client.id != one.client.id);
        if let Some(kept) = record.and_then(|record| record.retain(is_used)) {
            self.save_registration(&kept, info.store)?;
        }
        unused.iter().try_for_each(|client| self.delete_client(info, session, client))
    }

    fn delete_client(&self, info: &SessionInfo, session: Option<&Session>, client: &Client) -> Result<()> {
        let ClientOrigin::Registered { management: Some(management) } = &client.origin else {
            self.prompt.warn(&format!("`{}` does not support deleting the client `{}`", info.provider, client.id));
            return Ok(());
        };
        let http = self.http_with_ca(session.and_then(|session| session.ca_file.as_deref()));
        registration::parse_delete_response(&http.send(registration::delete_request(management)?)?, management)?;
        self.prompt.note(&format!("`{}` deleted the client `{}`", info.provider, client.id));
        Ok(())
    }

    fn registration_id(&self, issuer: &str) -> SessionId {
        SessionId::for_secret(&self.name, "registration", issuer)
    }
}
