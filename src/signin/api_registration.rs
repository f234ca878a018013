//! Registration through a provider's own API, which the catalog names: the user has nothing to do.

use super::client_registration::{ClientQuery, RegisteredClient, of_registration};
use super::scopes;
use crate::app::App;
use crate::catalog::RegistrationApi;
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::registration::{ClientMetadata, ClientRegistration, Extent, GrantType};
use crate::oauth::{aws_client, mastodon_app};
use crate::session::ClientAuth;

/// Returns the stored client or a new one.
pub fn resolve_client(
    app: &App,
    query: &ClientQuery<'_>,
    api: RegistrationApi,
    http: &HttpClient,
) -> Result<Option<RegisteredClient>> {
    let Some(endpoint) = &query.provider.register.endpoint else { return Ok(None) };
    if let Some(reused) = app.registration(query.server)?.and_then(|stored| reuse(app, query, &stored)) {
        return Ok(Some(reused));
    }
    // Fail on an unusable store before the provider creates a client that would be lost.
    let store = app.new_session_store()?;
    let _lock = app.lock_registration(query.server)?;
    // Another process may have registered a client in the meantime.
    let now = app.registration(query.server)?;
    if let Some(reused) = now.as_ref().and_then(|now| reuse(app, query, now)) {
        return Ok(Some(reused));
    }
    let wanted = wanted_client(query, now.as_ref())?;
    let registration = register(app, http, query, (api, endpoint), &wanted)?;
    app.save_registration(&registration, store)?;
    super::client_registration::tell(app, query, endpoint);
    let ports = query.redirect.usable_ports(&registration.redirect_uris).unwrap_or_default();
    Ok(Some(RegisteredClient { is_reused: false, ..of_registration(&registration, ports, true) }))
}

fn register(
    app: &App,
    http: &HttpClient,
    query: &ClientQuery<'_>,
    (api, endpoint): (RegistrationApi, &str),
    wanted: &ClientMetadata,
) -> Result<ClientRegistration> {
    let params = &query.provider.register.params;
    match api {
        RegistrationApi::Aws => {
            let response = http.send(aws_client::request(endpoint, &app.name, params, wanted)?)?;
            aws_client::parse_response(&response, endpoint, query.server, wanted)
        }
        _ => {
            let response = http.send(mastodon_app::request(endpoint, &app.name, wanted)?)?;
            mastodon_app::parse_response(&response, endpoint, query.server, wanted)
        }
    }
}

/// Returns the stored client if it is good for this sign-in: neither expired nor replaced, and registered for a usable
/// redirect URI and all requested scopes.
fn reuse(app: &App, query: &ClientQuery<'_>, stored: &ClientRegistration) -> Option<RegisteredClient> {
    let is_replaced = query.rejected.contains(&stored.client.id);
    let lacks = |scope: &String| !stored.scopes.contains(scope);
    if is_replaced || stored.is_doubtful || !stored.is_valid(app.now()) || query.scopes.iter().any(lacks) {
        return None;
    }
    Some(of_registration(stored, query.redirect.usable_ports(&stored.redirect_uris)?, false))
}

/// Client to register: for the requested scopes and those of the client `before`.
fn wanted_client(query: &ClientQuery<'_>, before: Option<&ClientRegistration>) -> Result<ClientMetadata> {
    let mut redirect_uris = query.redirect.uris_to_register(&query.provider.register)?;
    // The page that shows the code to paste.
    redirect_uris.extend(query.provider.redirect.page.iter().map(|page| page.uri.clone()));
    redirect_uris.dedup();
    Ok(ClientMetadata {
        redirect_uris,
        grant: GrantType::Code,
        scopes: scopes::union(before.map_or(&[], |before| &before.scopes), query.scopes),
        auth: ClientAuth::ClientSecretPost,
        extent: Extent::All,
    })
}
