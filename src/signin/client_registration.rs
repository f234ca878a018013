//! Dynamic client registration (RFC 7591): registers a client with the issuer once and reuses it.

use std::net::TcpListener;

use ring::rand::{SecureRandom, SystemRandom};

use super::discovery::ProviderDiscovery;
use super::options::SigninOptions;
use super::{flow, mix_up};
use crate::app::App;
use crate::catalog::{self, CallbackUri, Flow, Provider, redirect_uri_to_register};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::Metadata;
use crate::oauth::registration::{self, ClientMetadata, ClientRegistration, GrantType};
use crate::session::SessionInfo;
use crate::store::ListedSession;

/// Ports to register: below the ephemeral ranges of Linux (from 32768) and Windows (from 49152), so that one is still
/// free at the next sign-in, and random, so that no other program can squat on them.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

const PORT_COUNT: u16 = PORTS.end - PORTS.start;

/// Random draws for free ports.
const PORT_DRAWS: usize = 16;

/// Redirect URIs to register, one for each concurrent sign-in.
const REDIRECT_URI_COUNT: usize = 3;

/// Provider with its dynamically registered client.
pub struct RegisteredProvider {
    pub provider: Provider,
    /// The registration existed before.
    pub is_reused: bool,
    /// Id of the previous client, which is no longer used.
    pub replaces: Option<String>,
    /// Foreign sign-in page host that the user or the configuration has accepted.
    pub page: Option<String>,
}

/// Returns the provider with a dynamically registered client, or `None` if a client id is known or the issuer supports
/// no registration.
///
/// The client `rejected` is replaced. Applies only to a provider that is known by its issuer alone: catalog entries
/// name a page to register at, and their registration endpoints serve other purposes.
///
/// # Errors
/// [`Error::Usage`] if the issuer rejects the registration, [`Error::Network`], [`Error::Check`], [`Error::Store`].
pub fn resolve_client(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    rejected: Option<&str>,
) -> Result<Option<RegisteredProvider>> {
    let Some(issuer) = provider.issuer.as_ref().filter(|_| can_register(provider)) else { return Ok(None) };
    let http = app.http_with_ca(provider.ca_file.as_deref());
    let stored = app.registration(issuer)?;
    let mut discovery = ProviderDiscovery::new(app, &http, provider)?;
    discovery.find_endpoints()?;
    let page = discovery.metadata().and_then(mix_up::foreign_page_host);
    let is_confirmed = page.is_none() || stored.as_ref().is_some_and(|stored| stored.page == page);
    if let (Some(page), false) = (&page, is_confirmed) {
        mix_up::confirm_page(app, provider, issuer, page)?;
    }
    let reusable = |stored: &ClientRegistration| {
        let is_good = stored.is_valid(app.now()) && rejected != Some(stored.client.id.as_str());
        let fitting =
            with_registered_port(provider, stored).filter(|_| is_good && !is_unregistered(app, &http, stored));
        fitting.map(|provider| RegisteredProvider {
            provider: with_client(provider, stored),
            is_reused: true,
            replaces: None,
            page: page.clone(),
        })
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
    let Some(endpoint) = discovery.registration_endpoint()? else { return Ok(None) };
    // Fail on an unusable store before the issuer creates a client that would be lost.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(issuer)?;
    // Another process may have registered a client in the meantime.
    let before = stored.map(|stored| stored.client.id);
    let now = app.registration(issuer)?.filter(|now| before.as_ref() != Some(&now.client.id));
    if let Some(reused) = now.as_ref().and_then(reusable) {
        return Ok(Some(reused));
    }
    let by_device = flow::prefers_device(app, provider, options) && discovery.device_endpoint()?.is_some();
    let grant = if by_device { GrantType::Device } else { GrantType::Code };
    let metadata = discovery.metadata().expect("the registration endpoint came from the metadata");
    app.prompt.detail(&format!("registering a client at {endpoint}"));
    let registered = register(app, &http, (provider, grant), &endpoint, metadata)?;
    let registration = ClientRegistration { page: page.clone(), ..registered };
    app.save_registration(&registration, store)?;
    let provider = with_registered_port(provider, &registration).unwrap_or_else(|| provider.clone());
    let provider = with_client(provider, &registration);
    Ok(Some(RegisteredProvider { provider, is_reused: false, replaces: now.map(|now| now.client.id).or(before), page }))
}

/// Registers a client with all useful grants; if the issuer rejects that, with the required one only.
fn register(
    app: &App,
    http: &HttpClient,
    (provider, grant): (&Provider, GrantType),
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let mut client = ClientMetadata { redirect_uris: redirect_uris(provider)?, grant, minimal: false };
    let send = |client: &ClientMetadata| http.send(registration::request(endpoint, &app.name, client, metadata)?);
    let mut response = send(&client)?;
    if registration::should_retry_minimal(&response) {
        client.minimal = true;
        response = send(&client)?;
    }
    registration::parse_response(&response, endpoint, &metadata.issuer, &client)
}

/// Returns true if the issuer may support registration, as far as known without a request.
pub fn can_register(provider: &Provider) -> bool {
    provider.client_id.is_none() && provider.generic && provider.issuer.is_some()
}

/// Removes the session that `session` replaces: the same account with the previous client. Otherwise both would be
/// listed and the old one would be the default.
///
/// # Errors
/// [`Error::Store`] if the session cannot be removed.
pub fn remove_replaced(app: &App, session: &SessionInfo, replaced: &str) -> Result<()> {
    let is_replaced = |listed: &ListedSession| {
        let old = &listed.summary;
        (&old.provider, &old.issuer, &old.resource, &old.account.subject)
            == (&session.provider, &session.issuer, &session.resource, &session.account.subject)
            && old.client_id == replaced
    };
    let Some(old) = app.sessions.list()?.sessions.into_iter().find(is_replaced) else { return Ok(()) };
    app.sessions.remove(&old.summary)?;
    if old.default {
        app.sessions.set_default(&session.provider, &session.account.name)?;
    }
    Ok(())
}

/// Returns true if the error means that the provider does not know the client.
pub fn is_unknown_client(error: &Error) -> bool {
    const UNKNOWN: [&str; 2] = ["invalid_client", "unauthorized_client"];
    matches!(error.cause(), Error::Rejected { code, .. } if UNKNOWN.contains(&code.as_str()))
}

fn with_client(provider: Provider, registration: &ClientRegistration) -> Provider {
    let client = registration.client.clone();
    Provider { client_id: Some(client.id), client_secret: client.secret, client_auth: Some(client.auth), ..provider }
}

/// Returns the provider with a registered redirect URI, or `None` if none fits: the user may have configured another
/// one, or all ports are taken.
fn with_registered_port(provider: &Provider, stored: &ClientRegistration) -> Option<Provider> {
    if provider.callback.is_some() || provider.port.is_some() {
        return stored.redirect_uris.contains(&redirect_uri_to_register(provider)).then(|| provider.clone());
    }
    let port = |uri: &String| match catalog::parse_callback(uri) {
        Ok(CallbackUri::Loopback { host, port, path })
            if host == provider.redirect.host && path == provider.redirect.path =>
        {
            port
        }
        _ => None,
    };
    let mut ports: Vec<u16> = stored.redirect_uris.iter().filter_map(port).collect();
    if provider.flow != Some(Flow::Device) {
        ports.retain(|port| is_free(*port));
    }
    // Another sign-in may take a port between this check and the bind.
    let (first, spare) = ports.split_first()?;
    Some(Provider { port: Some(*first), fallback_ports: spare.to_vec(), ..provider.clone() })
}

/// Redirect URIs to register: the configured one, else several with different ports, so that concurrent sign-ins can
/// share one client. Many servers compare ports although RFC 8252 7.3 forbids that.
fn redirect_uris(provider: &Provider) -> Result<Vec<String>> {
    if provider.callback.is_some() || provider.port.is_some() {
        return Ok(vec![redirect_uri_to_register(provider)]);
    }
    let mut drawn = [0; 2 * PORT_DRAWS];
    SystemRandom::new().fill(&mut drawn).map_err(|_| Error::other("the system random number generator failed"))?;
    let ports = drawn.chunks_exact(2).map(|two| PORTS.start + u16::from_be_bytes([two[0], two[1]]) % PORT_COUNT);
    let with_port = |port| redirect_uri_to_register(&Provider { port: Some(port), ..provider.clone() });
    let redirect_uris: Vec<String> =
        ports.filter(|port| is_free(*port)).take(REDIRECT_URI_COUNT).map(with_port).collect();
    match redirect_uris.is_empty() {
        true => Err(Error::other("no free port for a redirect URI")),
        false => Ok(redirect_uris),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
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
