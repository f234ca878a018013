//! Plan of a sign-in: flow, client, endpoints, redirect URI, scopes and store, settled before the user is involved.

use crate::app::App;
use crate::callback_server::RedirectUri;
use crate::catalog::{self, CodePageContent, Flow, Provider};
use crate::demo::{Approval, FIXED_ISSUER};
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata};
use crate::prompt::PasteSource;
use crate::session::{Client, ClientAuth, ClientOrigin, Endpoints, StoreKind};

use super::demo_approval::UNATTENDED;
use super::flow::{self, FlowChoice};
use super::options::SigninOptions;
use super::redirect::Redirect;
use super::requirements;
use super::scopes;
use super::target::{self, Target};

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
    /// ID tokens may be signed by HMAC with the client secret.
    pub id_token_hmac: bool,
    /// HTTP client with the provider's own certificate authorities, if any.
    pub http: HttpClient,
    /// Store of the new session.
    pub store: StoreKind,
    pub flow: PlannedFlow,
    /// Note for a user who did not select the flow, or did not answer.
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
    /// No browser takes part: the embedded demo provider has its answer.
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
        let Target { provider, redirect, discovery, registered, approval, .. } = target;
        let (mut client, ports) = match registered {
            Some(registered) => (registered.client.clone(), registered.ports.clone()),
            None => (configured_client(app, provider)?, document_ports(provider, redirect)),
        };
        let has_secret = client.secret.is_some();
        provider.require_secret(has_secret)?;
        let demo_store = start_demo(app, provider, *approval)?;
        let unattended = *approval != Approval::Page;
        discovery.find_endpoints()?;
        target::adopt_issuer(provider, discovery.metadata());
        let provider: &Provider = provider;
        let known = discovery::resolve_endpoints(provider, discovery.metadata())?.device_authorization;
        let choice = match (unattended, provider.flow) {
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
        if !matches!(choice, FlowChoice::Device { .. }) {
            requirements::check_request(provider, metadata, has_device_flow)?;
        }
        let fallback = choice.fallback(app, redirect.source, has_device_flow);
        let (flow, note) = plan_flow(choice, redirect, &ports)?;
        let note = note.or_else(|| (*approval == Approval::Automatic).then(|| UNATTENDED.to_owned()));
        if registered.is_none() {
            client.auth = discovery::client_auth(provider, has_secret, metadata);
        }
        let is_configured = registered.is_none() && has_secret;
        let scopes = scopes::to_request(provider, metadata);
        Ok(Self {
            provider,
            metadata,
            endpoints: located.session,
            client,
            id_token_hmac: provider.id_token_hmac || (is_configured && lists_hs256(metadata)),
            http: discovery.http().clone(),
            // Last, so that a warning about the store is printed only if the sign-in starts.
            store: demo_store.map_or_else(|| app.new_session_store(), Ok)?,
            flow,
            note,
            fallback,
            paste_source: redirect.source,
            code_page: redirect.shows,
            account: options.account.clone().or_else(|| provider.account.clone()),
            prompt: options.prompt.clone().or_else(|| scopes::consent_prompt(provider, &scopes)),
            scopes,
            unattended,
        })
    }

    /// Returns true if an ID token signed by HMAC is accepted, or would be with the client secret.
    pub fn accepts_hmac(&self) -> bool {
        let lacks_secret = self.client.secret.is_none() && lists_hs256(self.metadata);
        self.provider.id_token_hmac || self.id_token_hmac || lacks_secret
    }
}

/// Returns true if the provider may sign ID tokens with the client secret (OpenID Connect Core 10.1).
fn lists_hs256(metadata: Option<&Metadata>) -> bool {
    metadata.is_some_and(|metadata| metadata.id_token_signing_alg_values_supported.iter().any(|alg| alg == "HS256"))
}

/// Ports in the client's metadata document, if the client ID is the URL of one: many servers compare ports.
fn document_ports(provider: &Provider, redirect: &Redirect) -> Vec<u16> {
    let document = provider.client_id.as_deref().filter(|id| catalog::validate_client_document(id).is_ok());
    document.and_then(|url| redirect.usable_ports(&catalog::document_redirect_uris(url))).unwrap_or_default()
}

/// Client from the configuration; its authentication depends on the metadata.
pub(super) fn configured_client(app: &App, provider: &Provider) -> Result<Client> {
    let id = provider.require_client_id()?.to_owned();
    if provider.flow != Some(Flow::Device) {
        provider.check_callback()?;
    }
    let secret = match &provider.client_secret {
        Some(secret) => Some(secret.clone()),
        None => app.load_named_secret(&app.client_secret_id(&provider.name, &id))?,
    };
    Ok(Client { id, secret, auth: ClientAuth::None, origin: ClientOrigin::Configured })
}

/// Starts the embedded demo provider if the sign-in is to it. Returns the store of the demo and of the session.
fn start_demo(app: &App, provider: &Provider, approval: Approval) -> Result<Option<StoreKind>> {
    if provider.issuer.as_deref() != Some(FIXED_ISSUER) {
        return Ok(None);
    }
    let store = app.new_session_store()?;
    app.start_demo(approval, store)?;
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
