//! Plan of a sign-in: flow, client, endpoints, redirect URI, scopes and store, settled before the user is involved.

use crate::app::App;
use crate::callback_server::RedirectUri;
use crate::catalog::{CodePageContent, Flow, Provider};
use crate::demo::{Approval, FIXED_ISSUER};
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata};
use crate::prompt::PasteSource;
use crate::session::{Client, ClientAuth, Endpoints, StoreKind};

use super::flow::{self, FlowChoice};
use super::options::SigninOptions;
use super::redirect::Redirect;
use super::target::Target;

/// Scope for a session that outlives the browser session (OpenID Connect Core 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Everything a flow needs except the user.
#[derive(Clone)]
pub struct Plan<'a> {
    /// For the messages of the protocol and the checks of the session.
    pub provider: &'a Provider,
    /// Discovered metadata, if any.
    pub metadata: Option<&'a Metadata>,
    /// Requested scopes.
    pub scopes: Vec<String>,
    /// Endpoints that may receive the tokens.
    pub endpoints: Endpoints,
    pub client: Client,
    /// HTTP client with the provider's own certificate authorities, if any.
    pub http: HttpClient,
    /// Store of the new session.
    pub store: StoreKind,
    pub flow: PlannedFlow,
    /// Note for a user who did not select the flow.
    pub note: Option<String>,
    /// Flag that selects another flow, if that may succeed.
    pub fallback: Option<&'static str>,
    /// Page with the text to paste.
    pub paste_source: PasteSource,
    /// Content of the provider's page that shows the code, if the redirect URI is that page.
    pub code_page: Option<CodePageContent>,
    /// Expected account.
    pub account: Option<String>,
    /// `prompt` of an authorization request.
    pub prompt: Option<String>,
    /// No user takes part: the embedded demo provider approves by itself.
    pub unattended: bool,
}

/// Flow to run, with its redirect URI or its endpoint.
#[derive(Clone)]
pub enum PlannedFlow {
    /// Browser with loopback redirect.
    Loopback(RedirectUri),
    /// Device code, with the device authorization endpoint.
    Device(String),
    /// Any browser, with the redirect URI whose response the user pastes.
    Paste(String),
}

impl<'a> Plan<'a> {
    /// Settles everything; binds nothing and opens nothing.
    pub fn new(app: &App, target: &'a mut Target<'_>, options: &SigninOptions) -> Result<Self> {
        let Target { provider, redirect, discovery, registered, unattended } = target;
        let provider: &Provider = provider;
        let (mut client, ports) = match registered {
            Some(registered) => (registered.client.clone(), registered.ports.as_slice()),
            None => (configured_client(app, provider)?, &[][..]),
        };
        let has_secret = client.secret.is_some();
        flow::check_secret(provider, has_secret)?;
        let demo_store = start_demo(app, provider, *unattended)?;
        discovery.find_endpoints()?;
        let known = discovery::resolve_endpoints(provider, discovery.metadata())?.device_authorization;
        let choice = match (*unattended, provider.flow) {
            // Nothing has to be opened.
            (true, None) => FlowChoice::Loopback,
            _ => flow::choose(app, provider, options, has_secret, || match known {
                None => discovery.find(|metadata| &metadata.device_authorization_endpoint),
                known => Ok(known),
            })?,
        };
        let metadata = discovery.metadata();
        let located = discovery::resolve_endpoints(provider, metadata)?;
        let has_device_flow =
            located.device_authorization.is_some() && !flow::device_lacks_secret(provider, has_secret);
        let fallback = choice.fallback(app, redirect.source, has_device_flow);
        let (flow, note) = plan_flow(choice, redirect, ports)?;
        if registered.is_none() {
            client.auth = discovery::client_auth(provider, has_secret, metadata);
        }
        let scopes = scopes(provider, metadata);
        Ok(Self {
            provider,
            metadata,
            endpoints: located.session,
            client,
            http: discovery.http().clone(),
            // Last, so that a warning about the store is printed only if the sign-in starts.
            store: demo_store.map_or_else(|| app.new_session_store(), Ok)?,
            flow,
            note,
            fallback,
            paste_source: redirect.source,
            code_page: redirect.shows,
            account: options.account.clone().or_else(|| provider.account.clone()),
            prompt: options.prompt.clone().or_else(|| consent_prompt(provider, &scopes)),
            scopes,
            unattended: *unattended,
        })
    }
}

/// Client from the configuration; its authentication depends on the metadata.
fn configured_client(app: &App, provider: &Provider) -> Result<Client> {
    let id = provider.require_client_id()?.to_owned();
    if provider.flow != Some(Flow::Device) {
        provider.check_callback()?;
    }
    let secret = match &provider.client_secret {
        Some(secret) => Some(secret.clone()),
        None => app.load_named_secret(&app.client_secret_id(&provider.name, &id))?,
    };
    Ok(Client { id, secret, auth: ClientAuth::None })
}

/// Starts the embedded demo provider if the sign-in is to it. Returns the store of the demo and of the session.
fn start_demo(app: &App, provider: &Provider, unattended: bool) -> Result<Option<StoreKind>> {
    if provider.issuer.as_deref() != Some(FIXED_ISSUER) {
        return Ok(None);
    }
    let store = app.new_session_store()?;
    app.start_demo(if unattended { Approval::Automatic } else { Approval::Page }, store)?;
    Ok(Some(store))
}

/// Adds the redirect URI to the flow, and the note for a user who did not select the flow.
fn plan_flow(choice: FlowChoice, redirect: &Redirect, ports: &[u16]) -> Result<(PlannedFlow, Option<String>)> {
    Ok(match choice {
        FlowChoice::Loopback => (PlannedFlow::Loopback(redirect.listener(ports)?), None),
        FlowChoice::Paste { reason } => {
            let note = reason.map(|reason| format!("using the paste flow: {reason}"));
            (PlannedFlow::Paste(redirect.pasted(ports)), note)
        }
        FlowChoice::Device { endpoint, reason } => {
            (PlannedFlow::Device(endpoint), reason.map(|reason| format!("using a device code: {reason}")))
        }
    })
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

/// Returns `consent` if needed: a provider may ignore `offline_access` without a consent prompt (OpenID Connect Core
/// 11). Catalog entries set their own `prompt`.
fn consent_prompt(provider: &Provider, scopes: &[String]) -> Option<String> {
    let has_scope = |scope: &str| scopes.iter().any(|requested| requested == scope);
    let is_needed =
        provider.generic && has_scope("openid") && has_scope(OFFLINE_ACCESS) && !provider.params.contains_key("prompt");
    is_needed.then(|| "consent".to_owned())
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
