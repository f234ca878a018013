//! `providers test`: sends what a sign-in sends before the user takes part, and a code that nobody issued. The answers tell
//! if the provider knows the client, its secret and the redirect URI. Nothing is registered and nothing stored.

use ring::rand::SystemRandom;

use super::client_registration::can_register;
use super::discovery::ProviderDiscovery;
use super::options::SigninOptions;
use super::redirect::Redirect;
use super::target::{ResolvedServer, resolve_server};
use super::{plan, scopes};
use crate::app::App;
use crate::catalog::Provider;
use crate::demo::{Approval, FIXED_ISSUER};
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationParams, AuthorizationRequest, AuthorizationSecrets};
use crate::oauth::client_rejection::{self, ClientStanding};
use crate::oauth::discovery::{self, ProviderEndpoints};
use crate::oauth::{host_of, token};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::session::Client;

/// Result of one check.
#[derive(Debug, Clone)]
pub struct ProviderCheck {
    /// `resource`, `endpoints`, `client`, `redirect URI` or `client authentication`.
    pub name: &'static str,
    /// `None` if only a sign-in can tell.
    pub ok: Option<bool>,
    pub detail: String,
    pub hint: Option<String>,
}

impl ProviderCheck {
    fn new(name: &'static str, ok: impl Into<Option<bool>>, detail: impl Into<String>) -> Self {
        Self { name, ok: ok.into(), detail: detail.into(), hint: None }
    }

    fn failed(app: &App, name: &'static str, error: &Error) -> Self {
        let hint = error.hint(&app.program);
        Self { hint, ..Self::new(name, false, error.to_string()) }
    }
}

/// Checks discovery, redirect URI and client of `provider`; ends at the first check that the next ones need.
pub fn check_provider(app: &App, provider: &Provider) -> Vec<ProviderCheck> {
    let mut checks = Vec::new();
    let failed = |mut checks: Vec<ProviderCheck>, name, error: &Error| {
        checks.push(ProviderCheck::failed(app, name, error));
        checks
    };
    let resolved = match start(app, provider) {
        Ok(resolved) => resolved,
        Err(error) => return failed(checks, "endpoints", &error),
    };
    let ResolvedServer { provider, mut discovery, is_accepted } = resolved;
    let provider = provider.as_ref();
    let issuer = sanitize_untrusted(provider.issuer.as_deref().unwrap_or_default());
    if is_accepted.is_some() {
        checks.push(ProviderCheck::new("resource", true, format!("{} uses {issuer} to sign in", provider.name)));
    }
    let found = discovery.find_endpoints();
    let endpoints = match found.and_then(|()| discovery::resolve_endpoints(provider, discovery.metadata())) {
        Ok(endpoints) => endpoints,
        Err(error) => return failed(checks, "endpoints", &error),
    };
    let source = if discovery.metadata().is_some() { "from the provider's metadata" } else { "known without metadata" };
    let host = host_of(&endpoints.session.token);
    checks.push(ProviderCheck::new("endpoints", true, format!("{source}; tokens come from {host}")));
    if is_accepted == Some(false) {
        // Nothing of the user goes to a server that only the resource names.
        checks.push(ProviderCheck::new("client", None, format!("the first sign-in asks if you accept {issuer}")));
        return checks;
    }
    if can_register(provider) {
        checks.push(ProviderCheck::new("client", None, "none is configured; the first sign-in registers one"));
        return checks;
    }
    let client = match client(app, provider, &discovery) {
        Ok(client) => client,
        Err(error) => return failed(checks, "client", &error),
    };
    match request(app, provider, &discovery, (&endpoints, &client)) {
        Ok(None) => checks.push(ProviderCheck::new("client", None, "the provider has only the device flow")),
        Ok(Some((request, redirect_uri))) => {
            checks.push(redirect_check(provider, &discovery, &request, &redirect_uri));
            checks.push(client_check(app, provider, &discovery, (&endpoints, &client), &request));
        }
        Err(error) => return failed(checks, "redirect URI", &error),
    }
    checks
}

fn start<'a>(app: &'a App, provider: &'a Provider) -> Result<ResolvedServer<'a>> {
    if provider.issuer.as_deref() == Some(FIXED_ISSUER) {
        app.start_demo(Approval::Page, app.new_session_store()?)?;
    }
    resolve_server(app, provider, &SigninOptions::default(), false)
}

fn client(app: &App, provider: &Provider, discovery: &ProviderDiscovery<'_>) -> Result<Client> {
    let mut client = plan::configured_client(app, provider)?;
    provider.require_secret(client.secret.is_some())?;
    client.auth = discovery::client_auth(provider, client.secret.is_some(), discovery.metadata());
    Ok(client)
}

/// The authorization request of a sign-in with its redirect URI; `None` if there is only the device flow.
fn request(
    app: &App,
    provider: &Provider,
    discovery: &ProviderDiscovery<'_>,
    (endpoints, client): (&ProviderEndpoints, &Client),
) -> Result<Option<(AuthorizationRequest, String)>> {
    if endpoints.authorization.is_none() {
        return Ok(None);
    }
    let redirect_uri = Redirect::new(app, provider)?.pasted(&[]);
    let requested = AuthorizationParams {
        client_id: client.id.clone(),
        scopes: scopes::to_request(provider, discovery.metadata()),
        redirect_uri: redirect_uri.clone(),
        ..AuthorizationParams::default()
    };
    let secrets = AuthorizationSecrets::generate(&SystemRandom::new())?;
    let request = AuthorizationRequest::new(provider, discovery.metadata(), &requested, &secrets)?;
    Ok(Some((request, redirect_uri)))
}

/// Sends the authorization request as a browser does, without following redirects.
fn redirect_check(
    provider: &Provider,
    discovery: &ProviderDiscovery<'_>,
    request: &AuthorizationRequest,
    redirect_uri: &str,
) -> ProviderCheck {
    const NAME: &str = "redirect URI";
    let shown = sanitize_untrusted(redirect_uri);
    let response = client_rejection::request(request.url()).and_then(|request| discovery.http().send(request));
    match response.map(|response| client_rejection::parse_response(&response, redirect_uri)) {
        Ok(ClientStanding::Known) => ProviderCheck::new(NAME, true, format!("{shown} is accepted")),
        Ok(ClientStanding::Unknown) => ProviderCheck {
            hint: Some(match &provider.register_at {
                Some(url) => format!("register {} at {}", shell_quote(redirect_uri), shell_quote(url)),
                None => format!("register {} at the provider", shell_quote(redirect_uri)),
            }),
            ..ProviderCheck::new(NAME, false, format!("the provider rejects the client ID or {shown}"))
        },
        Ok(ClientStanding::Unclear) => {
            let detail = format!("no error for {shown}, but some providers check it only after the sign-in");
            ProviderCheck::new(NAME, None, detail)
        }
        Err(error) => ProviderCheck::new(NAME, false, error.to_string()),
    }
}

/// Sends a code that nobody issued: a provider that complains about the code has accepted the client.
fn client_check(
    app: &App,
    provider: &Provider,
    discovery: &ProviderDiscovery<'_>,
    (endpoints, client): (&ProviderEndpoints, &Client),
    request: &AuthorizationRequest,
) -> ProviderCheck {
    const NAME: &str = "client authentication";
    let what = if client.secret.is_some() { "client ID and secret" } else { "client ID" };
    let endpoint = &endpoints.session.token;
    let response = request
        .unissued_code(&SystemRandom::new())
        .and_then(|code| token::exchange_request(provider, endpoint, client, &code))
        .and_then(|request| discovery.http().send(request));
    let response = match response {
        Ok(response) => response,
        Err(error) => return ProviderCheck::new(NAME, false, error.to_string()),
    };
    // A sandbox that takes any code has taken the client too.
    let Err(error) = token::parse_response(&response, endpoint, provider) else {
        return ProviderCheck::new(NAME, true, format!("the {what} is accepted"));
    };
    match error.cause() {
        // `invalid_grant`: the code is the mistake.
        Error::Other { .. } => ProviderCheck::new(NAME, true, format!("the {what} is accepted")),
        Error::Rejected { code, .. } if ["invalid_client", "unauthorized_client"].contains(&code.as_str()) => {
            let secret = if client.secret.is_some() { " --client-secret-stdin" } else { "" };
            let name = shell_quote(&provider.name);
            ProviderCheck {
                hint: Some(format!("{} providers add {name} --client-id ID{secret}", app.program)),
                ..ProviderCheck::new(NAME, false, format!("the provider rejects the {what} (`{code}`)"))
            }
        }
        Error::Network { .. } => ProviderCheck::new(NAME, false, error.to_string()),
        _ => ProviderCheck::new(NAME, None, format!("the answer is not about the {what}: {error}")),
    }
}
