//! Client registration: registers a client with the issuer once and reuses it (RFC 7591, or an API of its own).

use super::api_registration;
use super::discovery::ProviderDiscovery;
use super::mix_up;
use super::options::SigninOptions;
use super::redirect::Redirect;
use super::scopes;
use crate::app::{App, runtime};
use crate::catalog::{Provider, document_redirect_uris};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::client_rejection::ClientStanding;
use crate::oauth::discovery::Metadata;
use crate::oauth::registration::{self, ClientMetadata, ClientRegistration, Extent, GrantType};
use crate::oauth::{HttpRequest, HttpResponse, host_of};
use crate::sanitize::shell_quote;
use crate::session::{Client, ClientAuth, ClientOrigin, StoreKind};

/// Needed client.
pub struct ClientQuery<'a> {
    pub provider: &'a Provider,
    /// Issuer, or token endpoint of a provider without one.
    pub server: &'a str,
    pub redirect: &'a Redirect,
    pub prefers_device: bool,
    pub options: &'a SigninOptions,
    /// Scopes that the sign-in will request.
    pub scopes: &'a [String],
    /// Ids of the clients that this sign-in proved unusable.
    pub rejected: &'a [String],
    /// Why the last of them is.
    pub reason: Option<ReplacementReason>,
}

/// Why a client is unusable, which tells what the next one needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub fn describe(self) -> &'static str {
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
    /// The client takes the place of an earlier one once the sign-in succeeds.
    pub is_successor: bool,
}

/// Returns true if a sign-in may get a client by itself, as far as known without a request: from a provider that is known
/// by its issuer alone, through an API that the catalog names, or by the user's metadata document. The registration
/// endpoints of other catalog entries serve other purposes.
pub fn can_register(provider: &Provider) -> bool {
    let rules = &provider.register;
    let has_document = rules.documents && provider.client_metadata.is_some();
    let is_generic = provider.generic && provider.issuer.is_some();
    provider.client_id.is_none() && (is_generic || has_document || rules.api_for(&provider.scopes).is_some())
}

/// Server that may register a client, as far as known without a request.
pub fn registering_server(provider: &Provider) -> Option<&str> {
    provider.registration_server().filter(|_| can_register(provider))
}

/// Returns true if a sign-in gets a client by itself, as far as known without a request.
pub fn gets_client(app: &App, provider: &Provider) -> Result<bool> {
    let Some(server) = registering_server(provider) else { return Ok(false) };
    Ok(!provider.register.needs_token || app.registration(server)?.is_some())
}

/// Tells that a client was registered, and how to undo that.
pub fn tell(app: &App, query: &ClientQuery<'_>, endpoint: &str) {
    let (host, name, program) = (host_of(endpoint), shell_quote(&query.provider.name), &app.invocation);
    app.prompt.note(&format!("registered a client at `{host}`; undo: {program} signout {name} --forget-client"));
}

/// Returns the stored client or a new one; `None` if the issuer supports no registration.
pub fn resolve_client(
    app: &App,
    query: &ClientQuery<'_>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<Option<RegisteredClient>> {
    let stored = app.registration(query.server)?;
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
    if let Some(reused) = stored.as_ref().and_then(|stored| reuse(app, query, &http, stored)) {
        if !is_confirmed {
            update(app, query.server, &reused.client.id, |stored| stored.page.clone_from(&page))?;
        }
        return Ok(Some(reused));
    }
    let doubtful = stored.as_ref().and_then(|stored| reuse_doubtful(query, stored));
    let Some(endpoint) = registration_endpoint(query, discovery)? else { return Ok(doubtful) };
    // Fail on an unusable store before the issuer creates a client that would be lost.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(query.server)?;
    // Another process may have registered a client in the meantime.
    let before = app.registration(query.server)?;
    let changed = before.as_ref().filter(|_| client_ids(before.as_ref()) != client_ids(stored.as_ref()));
    if let Some(reused) = changed.and_then(|changed| reuse(app, query, &http, changed)) {
        return Ok(Some(reused));
    }
    let wanted = wanted_client(query, before.as_ref(), discovery)?;
    let none = Metadata { issuer: query.server.to_owned(), ..Metadata::default() };
    let metadata = discovery.metadata().unwrap_or(&none);
    app.prompt.detail(&format!("registering a client at {endpoint}"));
    let rejects_checks = before.as_ref().is_some_and(|before| before.rejects_checks);
    let registration = match (register_anywhere(app, query, &http, (wanted, &endpoint), metadata), doubtful) {
        (Ok(registration), _) => ClientRegistration { page, rejects_checks, ..registration },
        (Err(error), Some(doubtful)) => {
            app.prompt.detail(&format!("{error}; using the earlier client"));
            return Ok(Some(doubtful));
        }
        (Err(error), None) => return Err(error),
    };
    let is_successor = save_new(app, before, &registration, store)?;
    tell(app, query, &endpoint);
    let ports = query.redirect.usable_ports(&registration.redirect_uris).unwrap_or_default();
    Ok(Some(RegisteredClient { is_reused: false, is_successor, ..of_registration(&registration, ports, true) }))
}

/// Stores a new client, beside the one `before` if a session uses that: then returns true.
fn save_new(
    app: &App,
    before: Option<ClientRegistration>,
    registration: &ClientRegistration,
    store: StoreKind,
) -> Result<bool> {
    let known: Vec<Client> =
        before.iter().flat_map(ClientRegistration::all).map(ClientRegistration::session_client).collect();
    let earlier = before.map(|before| keep_if_used(app, before, &registration.client.id)).transpose()?.flatten();
    let is_successor = earlier.is_some();
    let record = match earlier {
        Some(earlier) => ClientRegistration { successor: Some(Box::new(registration.clone())), ..earlier },
        None => registration.clone(),
    };
    // Not deleted at the issuer: another sign-in may be about to end with one of them.
    let dropped = known.into_iter().filter(|client| record.all().all(|one| one.client.id != client.id)).collect();
    let kept = app.keep_dropped_clients(&registration.issuer, dropped, store);
    app.save_registration(&record, store).and(kept)?;
    Ok(is_successor)
}

/// Endpoint that registers a client: in the metadata, else in the catalog. `None` without the token that it demands.
fn registration_endpoint(query: &ClientQuery<'_>, discovery: &mut ProviderDiscovery<'_>) -> Result<Option<String>> {
    let rules = &query.provider.register;
    if api_registration::own_api(rules).is_some() {
        return Ok(rules.endpoint.clone());
    }
    let found = discovery.find(|metadata| &metadata.registration_endpoint)?.or_else(|| rules.endpoint.clone());
    let may_register = !rules.needs_token || query.options.registration_token.is_some();
    Ok(found.filter(|_| may_register))
}

fn client_ids(registration: Option<&ClientRegistration>) -> Vec<String> {
    registration.into_iter().flat_map(ClientRegistration::all).map(|one| one.client.id.clone()).collect()
}

/// The client `before`, if a session shows that it was good: then the client `new` must prove itself first.
fn keep_if_used(app: &App, before: ClientRegistration, new: &str) -> Result<Option<ClientRegistration>> {
    // A server may give the same client again.
    let is_used = before.client.id != new && app.session_of_client(&before.issuer, &before.client.id)?.is_some();
    Ok(Some(before).filter(|_| is_used))
}

/// The client whose id is the URL of the user's metadata document, if the issuer takes such documents and has not just
/// rejected this one.
fn described_client(query: &ClientQuery<'_>, metadata: Option<&Metadata>) -> Option<RegisteredClient> {
    let url = query.provider.client_metadata.as_ref().filter(|_| query.reason.is_none())?;
    let is_listed = metadata.is_some_and(|metadata| metadata.client_id_metadata_document_supported);
    (is_listed || query.provider.register.documents).then(|| RegisteredClient {
        client: Client { id: url.clone(), secret: None, auth: ClientAuth::None, origin: ClientOrigin::Document },
        // All of them may be taken; then any other port is tried.
        ports: query.redirect.usable_ports(&document_redirect_uris(url)).unwrap_or_default(),
        scopes: scopes::to_request(query.provider, metadata),
        is_reused: false,
        is_confirmed: true,
        rejects_checks: false,
        is_successor: false,
    })
}

/// Returns the stored client, or its successor, if it is good for this sign-in.
fn reuse(
    app: &App,
    query: &ClientQuery<'_>,
    http: &HttpClient,
    stored: &ClientRegistration,
) -> Option<RegisteredClient> {
    stored.all().enumerate().find_map(|(index, one)| {
        let is_wanted = !query.rejected.contains(&one.client.id) && mends(query, one);
        if !is_wanted || one.is_doubtful || !one.is_valid(app.now()) {
            return None;
        }
        let ports = query.redirect.usable_ports(&one.redirect_uris)?;
        match read_standing(http, one) {
            ClientStanding::Unknown => {
                app.prompt.detail("the issuer no longer knows the registered client");
                None
            }
            standing => {
                let reused = of_registration(one, ports, standing == ClientStanding::Known);
                Some(RegisteredClient { is_successor: index > 0, ..reused })
            }
        }
    })
}

/// Returns true if the client lacks what made the rejected one unusable.
fn mends(query: &ClientQuery<'_>, stored: &ClientRegistration) -> bool {
    let has_scopes = || query.scopes.iter().all(|scope| stored.scopes.contains(scope));
    match query.reason {
        Some(ReplacementReason::Authentication) => stored.client.auth == ClientAuth::ClientSecretPost,
        Some(ReplacementReason::Scopes) => has_scopes(),
        // An application gets no scopes but its own.
        _ if api_registration::own_api(&query.provider.register).is_some() => has_scopes(),
        Some(ReplacementReason::Unknown | ReplacementReason::Document) | None => true,
    }
}

/// A doubtful client, for an issuer that registers no other one.
fn reuse_doubtful(query: &ClientQuery<'_>, stored: &ClientRegistration) -> Option<RegisteredClient> {
    let stored = Some(stored).filter(|stored| stored.is_doubtful && query.reason.is_none())?;
    Some(of_registration(stored, query.redirect.usable_ports(&stored.redirect_uris)?, false))
}

/// A client that was registered before.
pub fn of_registration(stored: &ClientRegistration, ports: Vec<u16>, is_confirmed: bool) -> RegisteredClient {
    RegisteredClient {
        client: stored.session_client(),
        ports,
        scopes: stored.scopes.clone(),
        is_reused: true,
        is_confirmed,
        rejects_checks: stored.rejects_checks,
        is_successor: false,
    }
}

/// Client to register: for the scopes of the sign-in and those of the client `before`, with the authentication that the
/// issuer took `before`.
fn wanted_client(
    query: &ClientQuery<'_>,
    before: Option<&ClientRegistration>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<ClientMetadata> {
    let redirect_uris = query.redirect.uris_to_register(&query.provider.register)?;
    let scopes = scopes::union(before.map_or(&[], |before| &before.scopes), query.scopes);
    if api_registration::own_api(&query.provider.register).is_some() {
        return Ok(api_registration::wanted_client(query.provider, redirect_uris, scopes));
    }
    let grant = match query.prefers_device {
        true if discovery.find(|metadata| &metadata.device_authorization_endpoint)?.is_some() => GrantType::Device,
        _ => GrantType::Code,
    };
    let auth = match query.reason {
        Some(ReplacementReason::Authentication) => ClientAuth::ClientSecretPost,
        _ => before.map_or(ClientAuth::None, |before| before.requested_auth),
    };
    Ok(ClientMetadata { redirect_uris, grant, scopes, auth, extent: Extent::All })
}

/// Registers a client at `endpoint`, or at the endpoint in the current metadata if that one is gone.
fn register_anywhere(
    app: &App,
    query: &ClientQuery<'_>,
    http: &HttpClient,
    (wanted, endpoint): (ClientMetadata, &str),
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let (rules, token) = (&query.provider.register, query.options.registration_token.as_ref());
    if let Some(api) = api_registration::own_api(rules) {
        return api_registration::register(http, &app.name, query.provider, (api, endpoint), &wanted);
    }
    let send = |wanted, endpoint: &str, metadata: &Metadata| {
        let request = |client: &ClientMetadata| {
            registration::request(endpoint, &app.name, &rules.params, client, metadata)
                .and_then(|request| registration::authorized(request, token))
        };
        register(http, wanted, request, endpoint, metadata)
    };
    let error = match send(wanted.clone(), endpoint, metadata) {
        Err(error @ Error::Network { .. }) => error,
        outcome => return outcome,
    };
    let fresh = app.fresh_metadata(http, &metadata.issuer);
    let moved = fresh.and_then(|fresh| Some((fresh.registration_endpoint.clone()?, fresh)));
    match moved.filter(|(moved, _)| moved != endpoint) {
        // The token is for the server that the user named.
        Some((moved, fresh)) if token.is_none() => send(wanted, &moved, &fresh),
        _ => Err(error),
    }
}

/// Registers a client; if the issuer rejects it, one that asks for less.
fn register(
    http: &HttpClient,
    wanted: ClientMetadata,
    request: impl Fn(&ClientMetadata) -> Result<HttpRequest>,
    endpoint: &str,
    metadata: &Metadata,
) -> Result<ClientRegistration> {
    let mut rejected: Option<(HttpResponse, ClientMetadata)> = None;
    let mut first_error = None;
    for client in wanted.attempts(metadata) {
        if rejected.as_ref().is_some_and(|(response, sent)| !registration::may_help(response, sent, &client)) {
            continue;
        }
        let response = http.send(request(&client)?)?;
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

/// Puts a client that a sign-in has proved in the place of the earlier one. Sessions keep the client that they were made
/// with.
pub fn adopt(app: &App, issuer: &str, client_id: &str) -> Result<()> {
    let _lock = app.lock_registration(issuer)?;
    let successor = app.registration(issuer)?.and_then(|stored| stored.successor);
    match successor.filter(|successor| successor.client.id == client_id) {
        Some(successor) => app.save_registration(&successor, app.new_session_store()?),
        None => Ok(()),
    }
}

/// Changes the stored client, unless another process has replaced it in the meantime.
fn update(app: &App, issuer: &str, client_id: &str, change: impl Fn(&mut ClientRegistration)) -> Result<()> {
    let _lock = app.lock_registration(issuer)?;
    let Some(mut stored) = app.registration(issuer)? else { return Ok(()) };
    let Some(found) = stored.find_mut(client_id) else { return Ok(()) };
    change(found);
    app.save_registration(&stored, app.new_session_store()?)
}
