//! Dynamic client registration (RFC 7591): registers a client with the issuer once and reuses it.

use super::discovery::ProviderDiscovery;
use super::mix_up;
use super::options::SigninOptions;
use super::redirect::Redirect;
use super::scopes;
use crate::app::{App, runtime};
use crate::catalog::{Provider, document_redirect_uris};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::HttpResponse;
use crate::oauth::client_rejection::ClientStanding;
use crate::oauth::discovery::Metadata;
use crate::oauth::registration::{self, ClientMetadata, ClientRegistration, Extent, GrantType};
use crate::session::{Client, ClientAuth};

/// Needed client.
pub struct ClientQuery<'a> {
    pub provider: &'a Provider,
    pub issuer: &'a str,
    pub redirect: &'a Redirect,
    pub prefers_device: bool,
    pub options: &'a SigninOptions,
    /// Client to replace.
    pub replaced: Option<&'a Replacement>,
}

/// Registered client that a sign-in proved unusable, and what the next one needs.
pub struct Replacement {
    pub client_id: String,
    pub reason: ReplacementReason,
}

pub enum ReplacementReason {
    /// The issuer does not know the client any more.
    Unknown,
    /// The issuer does not accept its metadata document.
    Document,
    /// The issuer does not accept its authentication.
    Authentication,
    /// It was not registered for all requested scopes.
    Scopes,
}

impl ReplacementReason {
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Unknown => "registering a new client",
            Self::Document => "registering a client, because the metadata document was not accepted",
            Self::Authentication => "registering a client with a secret, because the one without was not accepted",
            Self::Scopes => "registering a client for these scopes",
        }
    }
}

/// Dynamically registered client.
pub struct RegisteredClient {
    pub client: Client,
    /// Registered ports to listen on; empty if the redirect URI is configured.
    pub ports: Vec<u16>,
    /// Scopes that the registration was for.
    pub scopes: Vec<String>,
    /// The registration existed before.
    pub is_reused: bool,
    /// The issuer has just confirmed that it knows the client.
    pub is_confirmed: bool,
    /// The authorization endpoint does not tell if it knows a client.
    pub rejects_checks: bool,
    /// Ids of previous clients, which are no longer used.
    pub replaces: Vec<String>,
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
    let stored = app.registration(query.issuer)?;
    discovery.find_endpoints()?;
    let page = discovery.metadata().and_then(mix_up::foreign_page_host);
    let is_confirmed = page.is_none() || stored.as_ref().is_some_and(|stored| stored.page == page);
    if let (Some(page), false) = (&page, is_confirmed) {
        runtime::run(mix_up::confirm(app, query.options, query.provider, std::slice::from_ref(page)))?;
    }
    if let Some(described) = described_client(query, discovery.metadata()) {
        return Ok(Some(described));
    }
    let http = discovery.http().clone();
    let reusable = |stored: &ClientRegistration| reuse(app, query, &http, stored);
    if let Some((stored, reused)) = stored.as_ref().and_then(|stored| Some((stored, reusable(stored)?))) {
        if !is_confirmed {
            update(app, query.issuer, &stored.client.id, |stored| stored.page.clone_from(&page))?;
        }
        return Ok(Some(reused));
    }
    let doubtful = stored.as_ref().and_then(|stored| reuse_doubtful(query, stored));
    let Some(endpoint) = discovery.find(|metadata| &metadata.registration_endpoint)? else { return Ok(doubtful) };
    // Fail on an unusable store before the issuer creates a client that would be lost.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(query.issuer)?;
    // Another process may have registered a client in the meantime.
    let before = stored.as_ref().map(|stored| stored.client.id.clone());
    let now = app.registration(query.issuer)?.filter(|now| before.as_ref() != Some(&now.client.id));
    if let Some(reused) = now.as_ref().and_then(reusable) {
        return Ok(Some(reused));
    }
    let wanted = wanted_client(query, now.as_ref().or(stored.as_ref()), discovery)?;
    let metadata = discovery.metadata().expect("the registration endpoint came from the metadata");
    app.prompt.detail(&format!("registering a client at {endpoint}"));
    let rejects_checks = now.as_ref().or(stored.as_ref()).is_some_and(|before| before.rejects_checks);
    let registration = match (register_anywhere(app, &http, wanted, &endpoint, metadata), doubtful) {
        (Ok(registration), _) => ClientRegistration { page, rejects_checks, ..registration },
        (Err(error), Some(doubtful)) => {
            app.prompt.detail(&format!("{error}; using the earlier client"));
            return Ok(Some(doubtful));
        }
        (Err(error), None) => return Err(error),
    };
    app.save_registration(&registration, store)?;
    let ports = query.redirect.usable_ports(&registration.redirect_uris).unwrap_or_default();
    let ClientRegistration { client, scopes, .. } = registration;
    let replaces = now.map(|now| now.client.id).or(before).into_iter().collect();
    let is_reused = false;
    Ok(Some(RegisteredClient { client, ports, scopes, is_reused, is_confirmed: true, rejects_checks, replaces }))
}

/// The client whose id is the URL of the user's metadata document, if the issuer takes such documents and has not just
/// rejected this one.
fn described_client(query: &ClientQuery<'_>, metadata: Option<&Metadata>) -> Option<RegisteredClient> {
    let url = query.provider.client_metadata.as_ref().filter(|_| query.replaced.is_none())?;
    let metadata = metadata.filter(|metadata| metadata.client_id_metadata_document_supported)?;
    Some(RegisteredClient {
        client: Client { id: url.clone(), secret: None, auth: ClientAuth::None },
        // All of them may be taken; then any other port is tried.
        ports: query.redirect.usable_ports(&document_redirect_uris(url)).unwrap_or_default(),
        scopes: scopes::to_request(query.provider, Some(metadata)),
        is_reused: false,
        is_confirmed: true,
        rejects_checks: false,
        replaces: Vec::new(),
    })
}

/// Returns the stored client if it is good for this sign-in.
fn reuse(
    app: &App,
    query: &ClientQuery<'_>,
    http: &HttpClient,
    stored: &ClientRegistration,
) -> Option<RegisteredClient> {
    let is_replaced = query.replaced.is_some_and(|replaced| replaced.client_id == stored.client.id);
    if is_replaced || stored.is_doubtful || !stored.is_valid(app.now()) {
        return None;
    }
    let ports = query.redirect.usable_ports(&stored.redirect_uris)?;
    match read_standing(http, stored) {
        ClientStanding::Unknown => {
            app.prompt.detail("the issuer no longer knows the registered client");
            None
        }
        standing => Some(reused_client(stored, ports, standing == ClientStanding::Known)),
    }
}

/// A doubtful client, for an issuer that registers no other one.
fn reuse_doubtful(query: &ClientQuery<'_>, stored: &ClientRegistration) -> Option<RegisteredClient> {
    let stored = Some(stored).filter(|stored| stored.is_doubtful && query.replaced.is_none())?;
    Some(reused_client(stored, query.redirect.usable_ports(&stored.redirect_uris)?, false))
}

fn reused_client(stored: &ClientRegistration, ports: Vec<u16>, is_confirmed: bool) -> RegisteredClient {
    let (client, scopes) = (stored.client.clone(), stored.scopes.clone());
    let rejects_checks = stored.rejects_checks;
    RegisteredClient { client, ports, scopes, is_reused: true, is_confirmed, rejects_checks, replaces: Vec::new() }
}

/// Client to register: for the scopes that the sign-in will request and those of the client `before`, with the
/// authentication that the issuer took `before`.
fn wanted_client(
    query: &ClientQuery<'_>,
    before: Option<&ClientRegistration>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<ClientMetadata> {
    let grant = match query.prefers_device {
        true if discovery.find(|metadata| &metadata.device_authorization_endpoint)?.is_some() => GrantType::Device,
        _ => GrantType::Code,
    };
    let requested = scopes::to_request(query.provider, discovery.metadata());
    let auth = match query.replaced.map(|replaced| &replaced.reason) {
        Some(ReplacementReason::Authentication) => ClientAuth::ClientSecretPost,
        _ => before.map_or(ClientAuth::None, |before| before.requested_auth),
    };
    Ok(ClientMetadata {
        redirect_uris: query.redirect.uris_to_register()?,
        grant,
        scopes: scopes::union(before.map_or(&[], |before| &before.scopes), &requested),
        auth,
        extent: Extent::All,
    })
}

/// Registers a client at `endpoint`, or at the endpoint in the current metadata if that one is gone.
fn register_anywhere(
    app: &App,
    http: &HttpClient,
    wanted: ClientMetadata,
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let error = match register(app, http, wanted.clone(), endpoint, metadata) {
        Err(error @ Error::Network { .. }) => error,
        outcome => return outcome,
    };
    let fresh = app.fresh_metadata(http, &metadata.issuer);
    let moved = fresh.and_then(|fresh| Some((fresh.registration_endpoint.clone()?, fresh)));
    match moved.filter(|(moved, _)| moved != endpoint) {
        Some((moved, fresh)) => register(app, http, wanted, &moved, &fresh),
        None => Err(error),
    }
}

/// Registers a client; if the issuer rejects it, one that asks for less.
fn register(
    app: &App,
    http: &HttpClient,
    wanted: ClientMetadata,
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let mut rejected: Option<(HttpResponse, ClientMetadata)> = None;
    let mut first_error = None;
    for client in wanted.attempts(metadata) {
        if rejected.as_ref().is_some_and(|(response, sent)| !registration::may_help(response, sent, &client)) {
            continue;
        }
        let response = http.send(registration::request(endpoint, &app.name, &client, metadata)?)?;
        match registration::parse_response(&response, endpoint, metadata, &client) {
            Ok(registration) => return Ok(registration),
            // The first error is about the client that this program wants.
            Err(error) => first_error = first_error.or(Some(error)),
        }
        rejected = Some((response, client));
    }
    Err(first_error.expect("there is at least one attempt"))
}

/// Asks the issuer if it still knows the client; otherwise the user would end up on an error page.
fn read_standing(http: &HttpClient, stored: &ClientRegistration) -> ClientStanding {
    let Some(management) = &stored.management else { return ClientStanding::Unclear };
    match registration::read_request(management).and_then(|request| http.send(request)) {
        Ok(response) if registration::is_deleted(&response) => ClientStanding::Unknown,
        Ok(response) if response.status().is_success() => ClientStanding::Known,
        _ => ClientStanding::Unclear,
    }
}

/// Marks the stored client after a sign-in that timed out: the page in the browser may have said that the client is not
/// known, which nobody else sees. The next sign-in registers a new one.
pub fn doubt(app: &App, issuer: &str, client_id: &str) -> Result<()> {
    update(app, issuer, client_id, |stored| stored.is_doubtful = true)
}

/// Keeps that the authorization endpoint rejects the checks of a client that it knows.
pub fn ignore_checks(app: &App, issuer: &str, client_id: &str) -> Result<()> {
    update(app, issuer, client_id, |stored| stored.rejects_checks = true)
}

/// Changes the stored client, unless another process has replaced it in the meantime.
fn update(app: &App, issuer: &str, client_id: &str, change: impl Fn(&mut ClientRegistration)) -> Result<()> {
    let _lock = app.lock_registration(issuer)?;
    let stored = app.registration(issuer)?.filter(|stored| stored.client.id == client_id);
    let Some(mut stored) = stored else { return Ok(()) };
    change(&mut stored);
    app.save_registration(&stored, app.new_session_store()?)
}
