//! Plan of a sign-in: endpoints, client, store and flow, settled before the user is involved.

use crate::app::App;
use crate::catalog::{Flow, Provider};
use crate::demo::{Approval, FIXED_ISSUER};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata};
use crate::sanitize::shell_quote;
use crate::session::{Client, Endpoints, StoreKind};

use super::discovery::ProviderDiscovery;
use super::flow::{self, FlowChoice};
use super::options::SigninOptions;

/// Scope for a session that outlives the browser session (OpenID Connect Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Everything a flow needs except the user.
#[derive(Clone)]
pub struct Plan<'a> {
    pub provider: &'a Provider,
    /// Discovered metadata, if any.
    pub metadata: Option<Metadata>,
    /// Requested scopes.
    pub scopes: Vec<String>,
    /// Endpoints that may receive the tokens.
    pub endpoints: Endpoints,
    pub client: Client,
    /// HTTP client with the provider's own certificate authorities, if any.
    pub http: HttpClient,
    /// Store of the new session.
    pub store: StoreKind,
    /// Flow to run.
    pub flow: FlowChoice,
    /// The embedded demo provider approves without a user.
    pub unattended: bool,
}

/// Builds the plan. Binds nothing and opens nothing.
pub fn prepare<'a>(app: &App, provider: &'a Provider, options: &SigninOptions) -> Result<Plan<'a>> {
    let is_demo = is_demo(provider);
    let unattended = is_unattended(app, provider, options);
    // A provider known only by its issuer may register a client by itself, so a missing client id is no obstacle.
    let needs_user = app.environment.no_input && !unattended;
    if needs_user && (provider.generic || provider.client_id.is_some()) {
        return Err(Error::InteractionRequired {
            action: format!("signing in to `{}` needs a user", provider.name),
            alternative: format!(
                "remove --no-input and unset CI, then\n{{program}} signin {}",
                shell_quote(&provider.name)
            ),
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
    // Last, so that a warning about the store is printed only if the sign-in starts.
    let store = demo_store.map_or_else(|| app.new_session_store(), Ok)?;
    Ok(Plan { provider, metadata, scopes, endpoints, client, http, store, flow, unattended })
}

/// Scopes to request. Without configured scopes, users expect a session that can be refreshed, and most providers issue
/// a refresh token only for `offline_access`. The scope is left out if the provider does not advertise it, because an
/// unknown scope may be an error (RFC 6749 3.3).
fn scopes(provider: &Provider, metadata: Option<&Metadata>) -> Vec<String> {
    let is_offered =
        metadata.is_some_and(|metadata| metadata.scopes_supported.iter().any(|scope| scope == OFFLINE_ACCESS));
    let mut scopes = provider.scopes.clone();
    if provider.generic && !provider.scopes_chosen && is_offered {
        scopes.push(OFFLINE_ACCESS.to_owned());
    }
    scopes
}

/// Returns true if no user is needed: the demo provider approves by itself on a headless machine.
pub fn is_unattended(app: &App, provider: &Provider, options: &SigninOptions) -> bool {
    // Pasting needs a user.
    let user_expected = options.no_open || provider.flow == Some(Flow::Paste);
    is_demo(provider) && is_headless(app) && (app.environment.no_input || !user_expected)
}

fn is_demo(provider: &Provider) -> bool {
    provider.issuer.as_deref() == Some(FIXED_ISSUER)
}

/// Returns true if neither a browser nor a terminal can reach a user.
fn is_headless(app: &App) -> bool {
    app.environment.no_input || (!app.environment.stderr_is_terminal && app.browser.unavailable_reason().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offline_access_is_requested_by_default_if_offered() {
        // generic, configured, advertised → requested
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
