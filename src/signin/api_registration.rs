//! Registration through a provider's own API, which the catalog names: the user has nothing to do.

use crate::catalog::{Provider, RegistrationApi, RegistrationRules};
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::registration::{ClientMetadata, ClientRegistration, Extent, GrantType};
use crate::oauth::{aws_client, mastodon_app};
use crate::session::ClientAuth;

/// The provider's own API, if that and not RFC 7591 registers clients.
pub fn own_api(rules: &RegistrationRules) -> Option<RegistrationApi> {
    rules.api.filter(|api| *api != RegistrationApi::Rfc7591)
}

/// Client to register there.
pub fn wanted_client(provider: &Provider, mut redirect_uris: Vec<String>, scopes: Vec<String>) -> ClientMetadata {
    // The page that shows the code to paste.
    redirect_uris.extend(provider.redirect.page.iter().map(|page| page.uri.clone()));
    redirect_uris.dedup();
    let (grant, auth) = (GrantType::Code, ClientAuth::ClientSecretPost);
    ClientMetadata { redirect_uris, grant, scopes, auth, extent: Extent::All }
}

/// Registers a client of `program` at the endpoint of the API.
pub fn register(
    http: &HttpClient,
    program: &str,
    provider: &Provider,
    (api, endpoint): (RegistrationApi, &str),
    wanted: &ClientMetadata,
) -> Result<ClientRegistration> {
    let server = provider.registration_server().unwrap_or(endpoint);
    match api {
        RegistrationApi::Aws => {
            let params = &provider.register.params;
            let response = http.send(aws_client::request(endpoint, program, params, wanted)?)?;
            aws_client::parse_response(&response, endpoint, server, wanted)
        }
        _ => {
            let response = http.send(mastodon_app::request(endpoint, program, wanted)?)?;
            mastodon_app::parse_response(&response, endpoint, server, wanted)
        }
    }
}
