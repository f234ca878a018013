//! A client where nobody has one: registered by the issuer itself, once, and used again (RFC 7591).

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

/// The ports that are registered: below those that Linux (32768) and Windows (49152) hand out for outgoing connections, so
/// that one is still free at the next sign-in, and drawn, so that no other program can lie in wait there.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How many that is.
const PORT_COUNT: u16 = PORTS.end - PORTS.start;

/// How many are tried.
const PORT_DRAWS: usize = 16;

/// How many are registered: one for each sign-in that may go on at once.
const REDIRECT_URI_COUNT: usize = 3;

/// A provider with the client that its issuer registered for this program.
pub struct RegisteredProvider {
    /// The provider.
    pub provider: Provider,
    /// Whether that was done before.
    pub is_reused: bool,
    /// The client before this one, which is used no longer.
    pub replaces: Option<String>,
    /// The sign-in page elsewhere that the person, or the configuration, has agreed to.
    pub page: Option<String>,
}

/// The provider with the client that its issuer registered; `None` where a client is known, or the issuer registers none.
///
/// The client `refused` was just not taken, and is replaced. Only for a provider that is known by its issuer alone: those
/// of the catalogue say where a person registers, and what they register by themselves is for others.
///
/// # Errors
/// [`Error::Usage`] where the issuer refuses, [`Error::Network`], [`Error::Check`], [`Error::Store`].
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
    // A place that cannot be had is told before the issuer has made a client that nobody would find again.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(issuer)?;
    // Somebody else may have had the turn meanwhile.
    let before = stored.map(|stored| stored.client.id);
    let now = app.registration(issuer)?.filter(|now| before.as_ref() != Some(&now.client.id));
    if let Some(reused) = now.as_ref().and_then(reusable) {
        return Ok(Some(reused));
    }
    let by_device = flow::prefers_device(app, provider, options) && discovery.device_endpoint()?.is_some();
    let grant = if by_device { GrantType::Device } else { GrantType::Code };
    let metadata = discovery.metadata().expect("the endpoint came from it");
    app.prompt.detail(&format!("registering at {endpoint}"));
    let registered = register(app, &http, (provider, grant), &endpoint, metadata)?;
    let registration = ClientRegistration { page: page.clone(), ..registered };
    app.save_registration(&registration, store)?;
    let provider = with_registered_port(provider, &registration).unwrap_or_else(|| provider.clone());
    let provider = with_client(provider, &registration);
    Ok(Some(RegisteredProvider { provider, is_reused: false, replaces: now.map(|now| now.client.id).or(before), page }))
}

/// The client that the issuer makes: for all that may be needed later, else for what is needed now.
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

/// Whether the issuer may have a client to give, as far as can be told without asking it.
pub fn can_register(provider: &Provider) -> bool {
    provider.client_id.is_none() && provider.generic && provider.issuer.is_some()
}

/// Takes away the session that `session` stands in for: of the same account, by the client that its own has replaced. Two
/// of one account would both be listed, and the old one would go before.
///
/// # Errors
/// [`Error::Store`] where it cannot be removed.
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

/// Whether the provider's refusal means that it does not know the client (any more).
pub fn is_unknown_client(error: &Error) -> bool {
    matches!(error.cause(), Error::Rejected { code, .. } if matches!(code.as_str(), "invalid_client" | "unauthorized_client"))
}

fn with_client(provider: Provider, registration: &ClientRegistration) -> Provider {
    let client = registration.client.clone();
    Provider { client_id: Some(client.id), client_secret: client.secret, client_auth: Some(client.auth), ..provider }
}

/// The provider with the redirect URIs of a registration, if they will do: a person may have chosen another one, and all
/// its ports may be taken.
fn with_registered_port(provider: &Provider, stored: &ClientRegistration) -> Option<Provider> {
    if provider.callback.is_some() || provider.port.is_some() {
        return stored.redirect_uris.contains(&redirect_uri_to_register(provider)).then(|| provider.clone());
    }
    let port = |uri: &String| match catalog::parse_callback(uri) {
        Ok(CallbackUri::Loopback { host, port, path })
            if host == provider.redirect_host && path == provider.redirect_path =>
        {
            port
        }
        _ => None,
    };
    let mut ports: Vec<u16> = stored.redirect_uris.iter().filter_map(port).collect();
    if provider.flow != Some(Flow::Device) {
        ports.retain(|port| is_free(*port));
    }
    // Between this look and the listener another sign-in may take one.
    let (first, spare) = ports.split_first()?;
    Some(Provider { port: Some(*first), fallback_ports: spare.to_vec(), ..provider.clone() })
}

/// The redirect URIs to register: the one that was chosen, else some with ports of their own, so that two sign-ins at once
/// need one client. Many servers compare them to the last digit, though they should not (RFC 8252 7.3).
fn redirect_uris(provider: &Provider) -> Result<Vec<String>> {
    if provider.callback.is_some() || provider.port.is_some() {
        return Ok(vec![redirect_uri_to_register(provider)]);
    }
    let mut drawn = [0; 2 * PORT_DRAWS];
    SystemRandom::new().fill(&mut drawn).map_err(|_| Error::other("the system gives no random numbers"))?;
    let ports = drawn.chunks_exact(2).map(|two| PORTS.start + u16::from_be_bytes([two[0], two[1]]) % PORT_COUNT);
    let with_port = |port| redirect_uri_to_register(&Provider { port: Some(port), ..provider.clone() });
    let redirect_uris: Vec<String> =
        ports.filter(|port| is_free(*port)).take(REDIRECT_URI_COUNT).map(with_port).collect();
    match redirect_uris.is_empty() {
        true => Err(Error::other("no port is free for a redirect URI")),
        false => Ok(redirect_uris),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Whether the issuer says that it no longer knows the client: a person would be led to an error page of its own. One
/// that cannot be asked, or has no word on it, is believed to know it.
fn is_unregistered(app: &App, http: &HttpClient, stored: &ClientRegistration) -> bool {
    let Some(management) = &stored.management else { return false };
    let response = registration::read_request(management).and_then(|request| http.send(request));
    let forgotten = response.is_ok_and(|response| registration::is_deleted(&response));
    if forgotten {
        app.prompt.detail("the registration of this program is no longer known there");
    }
    forgotten
}
