//! Dynamically registered clients, one for each issuer. Stored in the credential store, because they include secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::App;
use crate::error::{Error, Result};
use crate::oauth::registration::{self, ClientRegistration};
use crate::secret::Secret;
use crate::session::{Client, ClientOrigin, RegistrationAccess, Session, SessionId, SessionInfo, StoreKind};
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
        let uses_it = |info: &SessionInfo| server_of(info) == Some(issuer) && info.client_id == client_id;
        Ok(self.sessions.list()?.sessions.into_iter().map(|listed| listed.info).find(uses_it))
    }

    /// Keeps the access to clients that no record names any more, so that [`App::forget_clients`] can delete them.
    pub fn keep_dropped_clients(&self, issuer: &str, dropped: Vec<Client>, store: StoreKind) -> Result<()> {
        if dropped.is_empty() {
            return Ok(());
        }
        let mut all = self.dropped_clients(issuer)?;
        for client in dropped.into_iter().filter(|client| management(client).is_some()) {
            all.retain(|known| known.id != client.id);
            all.push(client);
        }
        self.save_dropped_clients(issuer, &all, store)
    }

    /// Deletes the clients that the issuer registered for this program (RFC 7592 2.3), and their local record: the client
    /// of the session, those for the next sign-ins, and those that others took the place of. Keeps the clients that other
    /// sessions use, and the access to those that the issuer did not delete.
    pub fn forget_clients(&self, info: &SessionInfo, session: Option<&Session>) -> Result<()> {
        let Some(issuer) = server_of(info) else { return Ok(()) };
        let _lock = self.lock_registration(issuer)?;
        let record = self.registration(issuer)?;
        let registered = record.iter().flat_map(ClientRegistration::all).map(ClientRegistration::session_client);
        let of_session = session.map(|session| session.client.clone());
        let clients: BTreeMap<String, Client> = (self.dropped_clients(issuer)?.into_iter())
            .chain(of_session)
            .chain(registered)
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
        let (mut deleted, mut failed, mut first_error) = (BTreeSet::new(), Vec::new(), None);
        for client in unused {
            match self.delete_client(info, session, &client) {
                Ok(()) => drop(deleted.insert(client.id)),
                Err(error) => {
                    first_error = first_error.or(Some(error));
                    failed.push(client);
                }
            }
        }
        self.forget_records(issuer, record, (&deleted, failed), info.store)?;
        first_error.map_or(Ok(()), Err)
    }

    /// Removes the records of the deleted clients, and moves those of the others to the clients that the next sign-in
    /// does not use.
    fn forget_records(
        &self,
        issuer: &str,
        record: Option<ClientRegistration>,
        (deleted, failed): (&BTreeSet<String>, Vec<Client>),
        store: StoreKind,
    ) -> Result<()> {
        let failed_ids: BTreeSet<String> = failed.iter().map(|client| client.id.clone()).collect();
        self.keep_dropped_clients(issuer, failed, store)?;
        let mut dropped = self.dropped_clients(issuer)?;
        dropped.retain(|client| !deleted.contains(&client.id));
        self.save_dropped_clients(issuer, &dropped, store)?;
        let is_used =
            |one: &ClientRegistration| !deleted.contains(&one.client.id) && !failed_ids.contains(&one.client.id);
        let kept = record.and_then(|record| record.retain(is_used));
        self.delete_registration(issuer)?;
        kept.map_or(Ok(()), |kept| self.save_registration(&kept, store))
    }

    fn delete_client(&self, info: &SessionInfo, session: Option<&Session>, client: &Client) -> Result<()> {
        let Some(management) = management(client) else {
            self.prompt.warn(&format!("`{}` does not support deleting the client `{}`", info.provider, client.id));
            return Ok(());
        };
        let http = self.http_with_ca(session.and_then(|session| session.ca_file.as_deref()));
        registration::parse_delete_response(&http.send(registration::delete_request(management)?)?, management)?;
        self.prompt.note(&format!("`{}` deleted the client `{}`", info.provider, client.id));
        Ok(())
    }

    /// Clients that no record names any more; none if the stored list is unreadable.
    fn dropped_clients(&self, issuer: &str) -> Result<Vec<Client>> {
        let stored = self.load_named_secret(&self.dropped_clients_id(issuer))?;
        Ok(stored.and_then(|stored| serde_json::from_str(stored.expose()).ok()).unwrap_or_default())
    }

    fn save_dropped_clients(&self, issuer: &str, clients: &[Client], store: StoreKind) -> Result<()> {
        let id = self.dropped_clients_id(issuer);
        if clients.is_empty() {
            return self.delete_named_secret(&id);
        }
        let text = Secret::new(serde_json::to_string(clients).expect("serializable"));
        let account = "earlier registrations of this program".to_owned();
        let item = Item { app: self.name.clone(), id, provider: issuer.to_owned(), account };
        self.sessions.store(store).save(&item, &text)
    }

    fn dropped_clients_id(&self, issuer: &str) -> SessionId {
        SessionId::for_secret(&self.name, "dropped registrations", issuer)
    }

    fn registration_id(&self, issuer: &str) -> SessionId {
        SessionId::for_secret(&self.name, "registration", issuer)
    }
}

/// Access that the issuer gave to delete the client.
fn management(client: &Client) -> Option<&RegistrationAccess> {
    match &client.origin {
        ClientOrigin::Registered { management } => management.as_ref(),
        _ => None,
    }
}

/// The issuer of a session, or its token endpoint: the name under which a registered client is stored.
fn server_of(info: &SessionInfo) -> Option<&str> {
    info.issuer.as_deref().or(info.token_endpoint.as_deref())
}
