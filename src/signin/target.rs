//! Target of a sign-in: the provider after its protected resource and its client are resolved.

use std::borrow::Cow;

use super::client_registration::{self, ClientQuery, RegisteredClient, ReplacementReason};
use super::discovery::ProviderDiscovery;
use super::flow;
use super::options::SigninOptions;
use super::protected_resource::{ResourceQuery, resolve_resource};
use super::redirect::Redirect;
use super::requirements;
use super::scopes;
use crate::app::App;
use crate::catalog::{Probe, Provider, is_same_issuer};
use crate::demo::Approval;
use crate::error::{Error, Result};
use crate::oauth::discovery::{Metadata, resolve_endpoints};
use crate::sanitize::shell_quote;
use crate::session::ClientAuth;

/// Provider to sign in to, and what is known about it.
pub struct Target<'a> {
    pub provider: Cow<'a, Provider>,
    pub redirect: Redirect,
    pub discovery: ProviderDiscovery<'a>,
    /// Dynamically registered client, if any.
    pub registered: Option<RegisteredClient>,
    /// Ids of the clients that this sign-in proved unusable.
    rejected: Vec<String>,
    /// How the embedded demo provider gets its answer.
    pub approval: Approval,
}

impl<'a> Target<'a> {
    /// Checks the redirect URI, then sends the requests that tell who issues the tokens and to which client.
    pub fn resolve(app: &'a App, provider: &'a Provider, options: &SigninOptions, approval: Approval) -> Result<Self> {
        let redirect = Redirect::new(app, provider)?;
        if app.environment.no_input && approval == Approval::Page {
            return Err(needs_user(provider));
        }
        let ResolvedServer { provider, discovery, .. } = resolve_server(app, provider, options, true)?;
        let mut target = Self { provider, redirect, discovery, registered: None, rejected: Vec::new(), approval };
        target.register_client(app, options, None)?;
        Ok(target)
    }

    /// Returns how another client may help against the error.
    pub fn replacement(&self, error: &Error) -> Option<ReplacementReason> {
        let registered = self.registered.as_ref()?;
        let Error::Rejected { code, .. } = error.cause() else { return None };
        let lacks = |scope: &String| !registered.scopes.contains(scope);
        match code.as_str() {
            "invalid_client" | "unauthorized_client" if registered.is_reused => Some(ReplacementReason::Unknown),
            // Some servers register a public client and accept none, some do not decode Basic (LemonLDAP::NG).
            "invalid_client" | "unauthorized_client"
                if self.provider.client_metadata.as_ref() == Some(&registered.client.id) =>
            {
                Some(ReplacementReason::Document)
            }
            "invalid_client" if registered.client.auth != ClientAuth::ClientSecretPost => {
                Some(ReplacementReason::Authentication)
            }
            "invalid_scope" if self.requested_scopes().iter().any(lacks) => Some(ReplacementReason::Scopes),
            _ => None,
        }
    }

    /// Marks the client as doubtful and tells the user.
    pub fn doubt_client(&self, app: &App) {
        let (Some(registered), Some(issuer)) = (&self.registered, self.provider.registration_server()) else { return };
        if client_registration::doubt(app, issuer, &registered.client.id).is_ok() {
            app.prompt
                .warn("the provider may have forgotten the registered client; the next sign-in registers a new one");
        }
    }

    /// Keeps that the authorization endpoint does not tell if it knows a client.
    pub fn ignore_client_checks(&self, app: &App) {
        let (Some(registered), Some(issuer)) = (&self.registered, self.provider.registration_server()) else { return };
        app.prompt.detail("the provider rejects the check of a new client too; such a check says nothing");
        // Without the record, the next sign-in registers once more.
        let _ = client_registration::ignore_checks(app, issuer, &registered.client.id);
    }

    /// Keeps the client for the next sign-ins, after a success.
    pub fn adopt_client(&self, app: &App) {
        let (Some(registered), Some(issuer)) = (&self.registered, self.provider.registration_server()) else { return };
        if registered.is_successor {
            // Without the record, the next sign-in tries the earlier client first.
            let _ = client_registration::adopt(app, issuer, &registered.client.id);
        }
    }

    fn requested_scopes(&self) -> Vec<String> {
        scopes::to_request(&self.provider, self.discovery.metadata())
    }

    /// Registers a client in place of the one that proved unusable.
    pub fn replace_client(&mut self, app: &App, options: &SigninOptions, reason: ReplacementReason) -> Result<()> {
        self.rejected.extend(self.registered.as_ref().map(|registered| registered.client.id.clone()));
        self.register_client(app, options, Some(reason))
    }

    /// Registers a client if no usable one is known.
    fn register_client(&mut self, app: &App, options: &SigninOptions, reason: Option<ReplacementReason>) -> Result<()> {
        if client_registration::can_register(&self.provider) {
            self.discovery.find_endpoints()?;
            adopt_issuer(&mut self.provider, self.discovery.metadata());
            if !flow::prefers_device(app, self.provider.flow, options) {
                let metadata = self.discovery.metadata();
                let has_device_flow = resolve_endpoints(&self.provider, metadata)
                    .is_ok_and(|endpoints| endpoints.device_authorization.is_some());
                requirements::check_request(&self.provider, metadata, has_device_flow)?;
            }
        }
        let provider = &self.provider;
        let Some(server) = client_registration::registering_server(provider) else { return Ok(()) };
        let query = ClientQuery {
            provider,
            server,
            redirect: &self.redirect,
            prefers_device: flow::prefers_device(app, provider.flow, options),
            options,
            scopes: &scopes::to_request(provider, self.discovery.metadata()),
            rejected: &self.rejected,
            reason,
        };
        let client = client_registration::resolve_client(app, &query, &mut self.discovery)?;
        if client.is_some() {
            self.registered = client;
        }
        Ok(())
    }
}

/// Provider whose authorization server is known.
pub struct ResolvedServer<'a> {
    pub provider: Cow<'a, Provider>,
    pub discovery: ProviderDiscovery<'a>,
    /// For a protected resource: the user or the configuration accepted the server.
    pub is_accepted: Option<bool>,
}

/// Finds the authorization server of a provider that is named by the URL of a protected resource. Without `may_ask` a
/// server that nobody accepted is the first that the resource names.
pub fn resolve_server<'a>(
    app: &'a App,
    provider: &'a Provider,
    options: &SigninOptions,
    may_ask: bool,
) -> Result<ResolvedServer<'a>> {
    let mut discovery = ProviderDiscovery::new(app, provider)?;
    let mut provider = Cow::Borrowed(provider);
    let query = resource_query(&provider, options, may_ask);
    let server = query.map(|query| resolve_resource(app, &query, &mut discovery)).transpose()?.flatten();
    let standing = server.as_ref().map(|server| server.is_accepted);
    if let Some(server) = server {
        let url = provider.name.clone();
        let scopes = scopes::of_resource(&provider, server.scopes.as_deref().unwrap_or_default());
        provider = Cow::Owned(Provider {
            scopes,
            issuer: Some(server.issuer.clone()),
            discover: !server.has_default_endpoints,
            resource: server.resource.clone().filter(|_| !provider.omit_resource),
            protected_resource: Some(url),
            speaks_mcp: server.speaks_mcp,
            ..provider.into_owned()
        });
        discovery = ProviderDiscovery::new(app, &provider)?;
        if let Some(origin) = provider.issuer.as_deref().filter(|_| server.has_default_endpoints) {
            discovery = discovery.with_metadata(Metadata::with_default_endpoints(origin));
        }
        if server.resource.is_some() {
            requirements::check_pkce(app, &provider, &server, &mut discovery)?;
        }
    }
    Ok(ResolvedServer { provider, discovery, is_accepted: standing })
}

/// Query for a provider that is named by a URL.
fn resource_query<'a>(provider: &'a Provider, options: &'a SigninOptions, may_ask: bool) -> Option<ResourceQuery<'a>> {
    let url = Some(provider.name.as_str()).filter(|name| provider.generic && name.contains("://"))?;
    let (issuer, resource) = (provider.issuer.as_deref()?, provider.resource.as_deref());
    let pinned_issuer = is_pinned(provider).then_some(issuer);
    Some(ResourceQuery {
        provider,
        url,
        pinned_issuer,
        resource,
        may_ping: provider.probe != Some(Probe::Get),
        may_ask,
        options,
    })
}

/// Replaces an issuer that has another trailing slash than the one in the metadata: responses, ID tokens and the session
/// have the provider's own spelling.
pub fn adopt_issuer(provider: &mut Cow<'_, Provider>, metadata: Option<&Metadata>) {
    let (Some(named), Some(found)) = (&provider.issuer, metadata.map(|metadata| &metadata.issuer)) else { return };
    if named != found && is_same_issuer(named, found) {
        provider.to_mut().issuer = Some(found.clone());
    }
}

/// Returns true if the configuration sets the issuer for a URL.
pub fn is_pinned(provider: &Provider) -> bool {
    provider.issuer.as_ref().is_some_and(|issuer| issuer.trim_end_matches('/') != provider.name)
}

/// Error for a sign-in without a user. A missing client ID is reported first, because no user can sign in without one;
/// a provider known only by its issuer may register a client by itself.
fn needs_user(provider: &Provider) -> Error {
    match provider.require_client_id() {
        Err(error) if !provider.generic => error,
        _ => Error::InteractionRequired {
            action: format!("signing in to `{}` needs a user", provider.name),
            alternative: format!(
                "remove --no-input and unset CI, then\n{{program}} signin {}",
                shell_quote(&provider.name)
            ),
        },
    }
}
