//! Dynamic client registration (RFC 7591): registers a client with the issuer once and reuses it.

use super::discovery::ProviderDiscovery;
use super::mix_up;
use super::redirect::Redirect;
use crate::app::App;
use crate::catalog::Provider;
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::discovery::Metadata;
use crate::oauth::registration::{self, ClientMetadata, ClientRegistration, GrantType};
use crate::session::{Client, SessionInfo};
use crate::store::ListedSession;

/// Needed client.
pub struct ClientQuery<'a> {
    pub issuer: &'a str,
    pub name: &'a str,
    pub redirect: &'a Redirect,
    pub prefers_device: bool,
    /// Registered client that the issuer rejected.
    pub rejected: Option<&'a str>,
}

/// Dynamically registered client.
pub struct RegisteredClient {
    pub client: Client,
    /// Registered ports to listen on; empty if the redirect URI is configured.
    pub ports: Vec<u16>,
    /// The registration existed before.
    pub is_reused: bool,
    /// Id of the previous client, which is no longer used.
    pub replaces: Option<String>,
}

/// Returns true if the issuer may support registration, as far as known without a request. Only for a provider that is
/// known by its issuer alone: catalog entries name a page to register at, and their registration endpoints serve other
/// purposes.
pub fn can_register(provider: &Provider) -> bool {
    provider.client_id.is_none() && provider.generic && provider.issuer.is_some()
}

/// Returns the stored client or a new one; `None` if the issuer supports no registration.
pub fn resolve_client(
    app: &App,
    query: &ClientQuery<'_>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<Option<RegisteredClient>> {
    let issuer = query.issuer;
    let stored = app.registration(issuer)?;
    discovery.find_endpoints()?;
    let page = discovery.metadata().and_then(mix_up::foreign_page_host);
    let is_confirmed = page.is_none() || stored.as_ref().is_some_and(|stored| stored.page == page);
    if let (Some(page), false) = (&page, is_confirmed) {
        mix_up::confirm_page(app, query.name, issuer, page)?;
    }
    let http = discovery.http().clone();
    let reusable = |stored: &ClientRegistration| {
        let is_good = stored.is_valid(app.now()) && query.rejected != Some(stored.client.id.as_str());
        let ports = query.redirect.usable_ports(&stored.redirect_uris);
        let ports = ports.filter(|_| is_good && !is_unregistered(app, &http, stored))?;
        Some(RegisteredClient { client: stored.client.clone(), ports, is_reused: true, replaces: None })
    };
    if let Some((stored, reused)) = stored.as_ref().and_then(|stored| Some((stored, reusable(stored)?))) {
        if !is_confirmed {
            app.save_registration(
                &ClientRegistration { page: page.clone(), ..stored.clone() },
                app.new_session_store()?,
            )?;
        }
        return Ok(Some(reused));
    }
    let Some(endpoint) = discovery.find(|metadata| &metadata.registration_endpoint)? else { return Ok(None) };
    // Fail on an unusable store before the issuer creates a client that would be lost.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(issuer)?;
    // Another process may have registered a client in the meantime.
    let before = stored.map(|stored| stored.client.id);
    let now = app.registration(issuer)?.filter(|now| before.as_ref() != Some(&now.client.id));
    if let Some(reused) = now.as_ref().and_then(reusable) {
        return Ok(Some(reused));
    }
    let grant = match query.prefers_device {
        true if discovery.find(|metadata| &metadata.device_authorization_endpoint)?.is_some() => GrantType::Device,
        _ => GrantType::Code,
    };
    let client = ClientMetadata { redirect_uris: query.redirect.uris_to_register()?, grant, minimal: false };
    let metadata = discovery.metadata().expect("the registration endpoint came from the metadata");
    app.prompt.detail(&format!("registering a client at {endpoint}"));
    let registration = ClientRegistration { page, ..register(app, &http, client, &endpoint, metadata)? };
    app.save_registration(&registration, store)?;
    let ports = query.redirect.usable_ports(&registration.redirect_uris).unwrap_or_default();
    let replaces = now.map(|now| now.client.id).or(before);
    Ok(Some(RegisteredClient { client: registration.client, ports, is_reused: false, replaces }))
}

/// Registers a client with all useful grants; if the issuer rejects that, with the required one only.
fn register(
    app: &App,
    http: &HttpClient,
    mut client: ClientMetadata,
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let send = |client: &ClientMetadata| http.send(registration::request(endpoint, &app.name, client, metadata)?);
    let mut response = send(&client)?;
    if registration::should_retry_minimal(&response) {
        client.minimal = true;
        response = send(&client)?;
    }
    registration::parse_response(&response, endpoint, &metadata.issuer, &client)
}

/// Removes the session that `session` replaces: the same account with the previous client. Otherwise both would be
/// listed and the old one would be the default.
pub fn remove_replaced(app: &App, session: &SessionInfo, replaced: &str) -> Result<()> {
    let is_replaced = |listed: &ListedSession| {
        let old = &listed.info;
        (&old.provider, &old.issuer, &old.resource, &old.account.subject)
            == (&session.provider, &session.issuer, &session.resource, &session.account.subject)
            && old.client_id == replaced
    };
    let Some(old) = app.sessions.list()?.sessions.into_iter().find(is_replaced) else { return Ok(()) };
    app.sessions.remove(&old.info)?;
    if old.default {
        app.sessions.set_default(&session.provider, &session.account.name)?;
    }
    Ok(())
}

/// Returns true if the issuer no longer knows the client; the user would end up on an error page. If the issuer cannot
/// tell, the client counts as known.
fn is_unregistered(app: &App, http: &HttpClient, stored: &ClientRegistration) -> bool {
    let Some(management) = &stored.management else { return false };
    let response = registration::read_request(management).and_then(|request| http.send(request));
    let forgotten = response.is_ok_and(|response| registration::is_deleted(&response));
    if forgotten {
        app.prompt.detail("the issuer no longer knows the registered client");
    }
    forgotten
}
