//! A client where nobody has one: registered by the issuer itself, once, and used again (RFC 7591).

use std::net::TcpListener;

use ring::rand::{SecureRandom, SystemRandom};

use super::discovery::ProviderDiscovery;
use super::{SigninOptions, flow, mix_up};
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
const PORTS_MANY: u16 = PORTS.end - PORTS.start;

/// How many are tried.
const DRAWS: usize = 16;

/// How many are registered: one for each sign-in that may go on at once.
const ADDRESSES: usize = 3;

/// A provider with the client that its issuer registered for this program.
pub struct RegisteredProvider {
    /// The provider.
    pub provider: Provider,
    /// Whether that was done before.
    pub is_old: bool,
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
pub fn registered(
    app: &App,
    provider: &Provider,
    asked: &SigninOptions,
    refused: Option<&str>,
) -> Result<Option<RegisteredProvider>> {
    let Some(issuer) = provider.issuer.as_ref().filter(|_| may_be(provider)) else { return Ok(None) };
    let http = app.http_trusting(provider.ca_file.as_deref());
    let kept = app.registration(issuer)?;
    let mut found = ProviderDiscovery::new(app, &http, provider)?;
    found.begin()?;
    let page = found.metadata().and_then(mix_up::page);
    let is_agreed = page.is_none() || kept.as_ref().is_some_and(|kept| kept.page == page);
    if let (Some(page), false) = (&page, is_agreed) {
        mix_up::agree(app, provider, issuer, page)?;
    }
    let known = |kept: &ClientRegistration| {
        let is_good = kept.lives(app.now()) && refused != Some(kept.client.id.as_str());
        let fitting = fitting(provider, kept).filter(|_| is_good && !is_forgotten(app, &http, kept));
        fitting.map(|provider| RegisteredProvider {
            provider: with_client(provider, kept),
            is_old: true,
            replaces: None,
            page: page.clone(),
        })
    };
    if let Some((kept, known)) = kept.as_ref().and_then(|kept| Some((kept, known(kept)?))) {
        if !is_agreed {
            app.keep_registration(&ClientRegistration { page: page.clone(), ..kept.clone() }, app.place()?)?;
        }
        return Ok(Some(known));
    }
    let Some(endpoint) = found.registration_endpoint()? else { return Ok(None) };
    // A place that cannot be had is told before the issuer has made a client that nobody would find again.
    let place = app.place()?;
    let _turn = app.registering(issuer)?;
    // Somebody else may have had the turn meanwhile.
    let before = kept.map(|kept| kept.client.id);
    let now = app.registration(issuer)?.filter(|now| before.as_ref() != Some(&now.client.id));
    if let Some(known) = now.as_ref().and_then(known) {
        return Ok(Some(known));
    }
    let by_device = flow::prefers_device(app, provider, asked) && found.device_endpoint()?.is_some();
    let grant = if by_device { GrantType::Device } else { GrantType::Code };
    let metadata = found.metadata().expect("the endpoint came from it");
    app.prompt.detail(&format!("registering at {endpoint}"));
    let answered = register(app, &http, (provider, grant), &endpoint, metadata)?;
    let registration = ClientRegistration { page: page.clone(), ..answered };
    app.keep_registration(&registration, place)?;
    let provider = fitting(provider, &registration).unwrap_or_else(|| provider.clone());
    let provider = with_client(provider, &registration);
    Ok(Some(RegisteredProvider { provider, is_old: false, replaces: now.map(|now| now.client.id).or(before), page }))
}

/// The client that the issuer makes: for all that may be needed later, else for what is needed now.
fn register(
    app: &App,
    http: &HttpClient,
    (provider, grant): (&Provider, GrantType),
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let mut wish = ClientMetadata { redirect_uris: addresses(provider)?, grant, least: false };
    let ask = |wish: &ClientMetadata| http.send(registration::request(endpoint, &app.name, wish, metadata)?);
    let mut answer = ask(&wish)?;
    if registration::is_too_much(&answer) {
        wish.least = true;
        answer = ask(&wish)?;
    }
    registration::read(&answer, endpoint, &metadata.issuer, &wish)
}

/// Whether the issuer may have a client to give, as far as can be told without asking it.
pub fn may_be(provider: &Provider) -> bool {
    provider.client_id.is_none() && provider.generic && provider.issuer.is_some()
}

/// Takes away the session that `session` stands in for: of the same account, by the client that its own has replaced. Two
/// of one account would both be listed, and the old one would go before.
///
/// # Errors
/// [`Error::Store`] where it cannot be removed.
pub fn supersede(app: &App, session: &SessionInfo, replaced: &str) -> Result<()> {
    let is_old = |listed: &ListedSession| {
        let old = &listed.summary;
        (&old.provider, &old.issuer, &old.resource, &old.account.subject)
            == (&session.provider, &session.issuer, &session.resource, &session.account.subject)
            && old.client_id == replaced
    };
    let Some(old) = app.sessions.list()?.sessions.into_iter().find(is_old) else { return Ok(()) };
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
fn fitting(provider: &Provider, kept: &ClientRegistration) -> Option<Provider> {
    if provider.callback.is_some() || provider.port.is_some() {
        return kept.redirect_uris.contains(&redirect_uri_to_register(provider)).then(|| provider.clone());
    }
    let port = |uri: &String| match catalog::parse_callback(uri) {
        Ok(CallbackUri::Loopback { host, port, path })
            if host == provider.redirect_host && path == provider.redirect_path =>
        {
            port
        }
        _ => None,
    };
    let mut ports: Vec<u16> = kept.redirect_uris.iter().filter_map(port).collect();
    if provider.flow != Some(Flow::Device) {
        ports.retain(|port| is_free(*port));
    }
    // Between this look and the listener another sign-in may take one.
    let (first, spare) = ports.split_first()?;
    Some(Provider { port: Some(*first), fallback_ports: spare.to_vec(), ..provider.clone() })
}

/// The redirect URIs to register: the one that was chosen, else some with ports of their own, so that two sign-ins at once
/// need one client. Many servers compare them to the last digit, though they should not (RFC 8252 7.3).
fn addresses(provider: &Provider) -> Result<Vec<String>> {
    if provider.callback.is_some() || provider.port.is_some() {
        return Ok(vec![redirect_uri_to_register(provider)]);
    }
    let mut drawn = [0; 2 * DRAWS];
    SystemRandom::new().fill(&mut drawn).map_err(|_| Error::other("the system gives no random numbers"))?;
    let ports = drawn.chunks_exact(2).map(|two| PORTS.start + u16::from_be_bytes([two[0], two[1]]) % PORTS_MANY);
    let with_port = |port| redirect_uri_to_register(&Provider { port: Some(port), ..provider.clone() });
    let addresses: Vec<String> = ports.filter(|port| is_free(*port)).take(ADDRESSES).map(with_port).collect();
    match addresses.is_empty() {
        true => Err(Error::other("no port is free for a redirect URI")),
        false => Ok(addresses),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Whether the issuer says that it no longer knows the client: a person would be led to an error page of its own. One
/// that cannot be asked, or has no word on it, is believed to know it.
fn is_forgotten(app: &App, http: &HttpClient, kept: &ClientRegistration) -> bool {
    let Some(management) = &kept.management else { return false };
    let answer = registration::read_request(management).and_then(|request| http.send(request));
    let forgotten = answer.is_ok_and(|answer| registration::is_forgotten(&answer));
    if forgotten {
        app.prompt.detail("the registration of this program is no longer known there");
    }
    forgotten
}
