//! What a sign-in needs before a person is asked: endpoints, client, store, and whether a person may be asked at all.

use crate::app::App;
use crate::catalog::{Flow, Provider};
use crate::demo::{Approval, FIXED_ISSUER};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata};
use crate::session::{Client, Endpoints, StoreKind};

use super::discovery::ProviderDiscovery;
use super::flow::{self, FlowChoice};
use super::options::SigninOptions;

/// The scope of a session that outlives the browser's (OpenID Connect Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Everything but the person.
#[derive(Clone)]
pub struct Plan<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// Its metadata, where it was discovered.
    pub metadata: Option<Metadata>,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Where the tokens may be sent from now on.
    pub endpoints: Endpoints,
    /// The client.
    pub client: Client,
    /// The network, with the provider's own certificate authorities where it has some.
    pub http: HttpClient,
    /// Where the session will be kept.
    pub store: StoreKind,
    /// Which way it goes.
    pub flow: FlowChoice,
    /// Nobody has to be asked: the embedded provider approves by itself.
    pub unattended: bool,
}

/// Collects it; nothing has been bound, opened or asked yet.
pub fn prepare<'a>(app: &App, provider: &'a Provider, options: &SigninOptions) -> Result<Plan<'a>> {
    let is_demo = is_demo(provider);
    let unattended = is_unattended(app, provider, options);
    // One that is known by its issuer may register this program by itself, and lacks nothing but the person.
    let needs_user = app.environment.no_input && !unattended;
    if needs_user && (provider.generic || provider.client_id.is_some()) {
        return Err(Error::InteractionRequired {
            action: format!("signing in to `{}` needs a person", provider.name),
            alternative: format!("run {{program}} signin {} in a terminal without --no-input or CI", provider.name),
        });
    }
    let client_id = provider.require_client_id()?.to_owned();
    if provider.flow != Some(Flow::Device) {
        provider.check_callback()?;
    }
    let secret = match &provider.client_secret {
        Some(secret) => Some(secret.clone()),
        None => app.load_named_secret(&app.client_secret_id(&provider.name, &client_id))?,
    };
    flow::check_secret(provider, secret.is_some())?;
    let demo_store = is_demo.then(|| app.new_session_store()).transpose()?;
    if let Some(store) = demo_store {
        app.start_demo(if unattended { Approval::Automatic } else { Approval::Page }, store)?;
    }
    let http = app.http_with_ca(provider.ca_file.as_deref());
    let mut found = ProviderDiscovery::new(app, &http, provider)?;
    found.find_endpoints()?;
    let located = discovery::resolve_endpoints(provider, found.metadata())?;
    let flow = match (unattended, provider.flow) {
        // Nothing has to be opened.
        (true, None) => FlowChoice::Loopback,
        _ => flow::choose(app, provider, options, secret.is_some(), || match located.device_authorization {
            None => found.device_endpoint(),
            known => Ok(known),
        })?,
    };
    let metadata = found.metadata().cloned();
    let auth = discovery::client_auth(provider, secret.is_some(), metadata.as_ref());
    let client = Client { id: client_id, secret, auth };
    let scopes = scopes(provider, metadata.as_ref());
    let endpoints = discovery::resolve_endpoints(provider, metadata.as_ref())?.session;
    // Last of all, so that a warning about it stands only above a sign-in that begins.
    let store = demo_store.map_or_else(|| app.new_session_store(), Ok)?;
    Ok(Plan { provider, metadata, scopes, endpoints, client, http, store, flow, unattended })
}

/// What is asked for. Where nobody chose, a session that can be refreshed is what a person at a terminal expects, and
/// most providers give a refresh token for `offline_access` only; one that does not name the scope is not asked for it,
/// because an unknown scope may be an error (RFC 6749 3.3).
fn scopes(provider: &Provider, metadata: Option<&Metadata>) -> Vec<String> {
    let is_offered =
        metadata.is_some_and(|metadata| metadata.scopes_supported.iter().any(|scope| scope == OFFLINE_ACCESS));
    let mut scopes = provider.scopes.clone();
    if provider.generic && !provider.scopes_chosen && is_offered {
        scopes.push(OFFLINE_ACCESS.to_owned());
    }
    scopes
}

/// Whether nobody has to be asked: the embedded provider approves by itself where nobody is here.
pub fn is_unattended(app: &App, provider: &Provider, options: &SigninOptions) -> bool {
    // Whoever has said that the answer is pasted is here.
    let user_expected = options.no_open || provider.flow == Some(Flow::Paste);
    is_demo(provider) && is_headless(app) && (app.environment.no_input || !user_expected)
}

fn is_demo(provider: &Provider) -> bool {
    provider.issuer.as_deref() == Some(FIXED_ISSUER)
}

/// Whether neither a browser nor a terminal can reach a person.
fn is_headless(app: &App) -> bool {
    app.environment.no_input || (!app.environment.stderr_is_terminal && app.browser.unavailable_reason().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_session_is_asked_for_where_nobody_chose_and_the_issuer_offers_one() {
        // generic, chosen, offered → asked for
        for (generic, chosen, offered, expected) in [
            (true, false, true, true),
            (true, true, true, false),
            (true, false, false, false),
            (false, false, true, false),
        ] {
            let mut provider = Provider::from_name("acme");
            (provider.generic, provider.scopes_chosen) = (generic, chosen);
            let supported = if offered { vec!["openid".to_owned(), OFFLINE_ACCESS.to_owned()] } else { Vec::new() };
            let metadata = Metadata { scopes_supported: supported, ..Metadata::default() };
            let scopes = scopes(&provider, Some(&metadata));
            assert_eq!(scopes == [OFFLINE_ACCESS], expected, "{generic} {chosen} {offered}");
        }
    }
}
