//! Session whose token a server may receive.

use super::App;
use super::select_session::SessionQuery;
use crate::credential::{ServiceHost, ServiceUrl};
use crate::error::{Error, Result};
use crate::oauth::protected_resource::covers;
use crate::session::SessionInfo;

/// Result of the search for a host.
#[derive(Debug)]
pub enum HostSession {
    Found(Box<SessionInfo>),
    /// No session may be sent to this host.
    Unknown,
}

impl App {
    /// Finds the session whose hosts contain `host`: those that the sign-in recorded, and `hosts` of the configuration.
    /// Reads neither the catalog nor a secret. The cost grows with the number of providers, not of sessions: the accounts
    /// of one provider have the same hosts.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] if the configuration gives the host to a provider that is not signed in,
    /// [`Error::UnknownAccount`] if the selected account is not.
    pub fn session_of_host(&self, host: &ServiceHost, account: Option<&str>) -> Result<HostSession> {
        self.session_where(host, account, |info| self.may_receive(host, info))
    }

    /// Like [`App::session_of_host`]; the protected resource of a session, or the host of its resource, counts too.
    ///
    /// # Errors
    /// As [`App::session_of_host`].
    pub fn session_of_url(&self, url: &ServiceUrl, account: Option<&str>) -> Result<HostSession> {
        self.session_where(url.host(), account, |info| self.may_receive_at(url, info))
    }

    /// Returns true if the token of a session may be sent to `url`.
    pub fn may_receive_at(&self, url: &ServiceUrl, info: &SessionInfo) -> bool {
        let is_of_resource = match (info.protected_resource(), &info.resource) {
            // Servers of several tenants may share a host.
            (Some(resource), _) => covers(resource, url.url().as_str()),
            (None, Some(resource)) => {
                resource.contains("://") && ServiceHost::from_url(resource).as_ref() == Some(url.host())
            }
            (None, None) => false,
        };
        is_of_resource || self.may_receive(url.host(), info)
    }

    fn session_where(
        &self,
        host: &ServiceHost,
        account: Option<&str>,
        may_receive: impl Fn(&SessionInfo) -> bool,
    ) -> Result<HostSession> {
        let query = SessionQuery { provider: None, account: account.map(str::to_owned) };
        let mut missing = None;
        let mut expired = None;
        for provider in self.providers_in_order(&query)? {
            // A damaged file must not disturb a program that asks for another provider's host.
            let found = self.sessions.find(&provider, None).ok().flatten();
            if !found.as_ref().is_some_and(&may_receive) {
                continue;
            }
            let account = self.selected_account(&query, &provider)?;
            match self.sessions.find(&provider, account.as_deref())? {
                Some(info) if info.is_usable(self.now()) => return Ok(HostSession::Found(Box::new(info))),
                Some(info) => expired = expired.or(Some(info)),
                None => missing = missing.or(Some((provider, account))),
            }
        }
        match (expired, missing) {
            (Some(info), _) => Ok(HostSession::Found(Box::new(info))),
            (None, Some((provider, account))) => Err(self.no_session_error(provider, account)),
            (None, None) => match self.configured_provider_of(host) {
                Some(provider) => Err(Error::NotSignedIn { provider: Some(provider), account: None }),
                None => Ok(HostSession::Unknown),
            },
        }
    }

    /// Providers with sessions, the one that the user selected first.
    fn providers_in_order(&self, query: &SessionQuery) -> Result<Vec<String>> {
        let mut providers = self.sessions.listed_providers(usize::MAX)?;
        let selected = self.explicit_provider(query).ok().flatten();
        providers.sort_by_key(|provider| selected.as_ref() != Some(provider));
        Ok(providers)
    }

    fn may_receive(&self, host: &ServiceHost, info: &SessionInfo) -> bool {
        host.is_one_of(&info.services.hosts) || host.is_one_of(self.configured_hosts(info))
    }

    /// Hosts that the configuration adds to those of a session.
    pub fn configured_hosts(&self, info: &SessionInfo) -> &[String] {
        let entry = self.config().ok().and_then(|config| config.providers.entry(&info.provider));
        entry.map(|entry| entry.services.hosts.as_slice()).unwrap_or_default()
    }

    /// Provider to which the configuration gives `host`.
    fn configured_provider_of(&self, host: &ServiceHost) -> Option<String> {
        let entries = &self.config().ok()?.providers.entries;
        let (name, _) = entries.iter().find(|(_, entry)| host.is_one_of(&entry.services.hosts))?;
        Some(name.clone())
    }
}
