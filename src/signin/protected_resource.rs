//! Protected resources (RFC 9728): finds the authorization server of a URL and asks the user to accept it, as the Model
//! Context Protocol requires.

use super::discovery::ProviderDiscovery;
use super::legacy_server;
use super::options::SigninOptions;
use super::question::{self, ServerQuestion, Subject, display_url};
use super::resource_probe::ResourceProbe;
use crate::app::{App, runtime};
use crate::catalog::{Provider, is_same_issuer};
use crate::error::{Error, Remedy, Result};
use crate::oauth::host_of;
use crate::oauth::protected_resource::Protection;

/// URL that may be an issuer or a protected resource.
pub struct ResourceQuery<'a> {
    /// Provider named by the URL.
    pub provider: &'a Provider,
    pub url: &'a str,
    /// Issuer that the configuration sets for the URL.
    pub pinned_issuer: Option<&'a str>,
    /// Resource indicator from the configuration or the command line.
    pub resource: Option<&'a str>,
    /// The configuration allows a POST without a token.
    pub may_ping: bool,
    /// The user may be asked to accept a server.
    pub may_ask: bool,
    pub options: &'a SigninOptions,
}

/// Protected resource and the authorization server that the user signs in to.
pub struct ResourceServer {
    pub issuer: String,
    /// Identifier, sent as the resource indicator; `None` if the resource has no metadata, which is older than resource
    /// indicators.
    pub resource: Option<String>,
    /// Scopes of the challenge, else those of the metadata.
    pub scopes: Option<Vec<String>>,
    /// The authorization server has no metadata.
    pub has_default_endpoints: bool,
    pub speaks_mcp: bool,
    /// The configuration, a session or the user accepted the server.
    pub is_accepted: bool,
}

/// Resolves a URL; `None` if it is an issuer. A URL that answers as a protected resource is one, even if it is an issuer
/// too. If the resource is named beside the URL, the URL is tried as an issuer first. If the configuration sets another
/// issuer, the URL is a resource of that issuer.
pub fn resolve_resource(
    app: &App,
    query: &ResourceQuery<'_>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<Option<ResourceServer>> {
    let ResourceQuery { url, pinned_issuer, resource, may_ping, .. } = *query;
    if pinned_issuer.is_some() && resource.is_some() {
        return Ok(None);
    }
    let mut no_issuer = resource.map(|_| discovery.find_endpoints());
    if let Some(Ok(())) = no_issuer {
        return Ok(None);
    }
    let mut probe = match &query.options.challenge {
        Some(header) => ResourceProbe::from_challenge(app, discovery.http(), url, header)?,
        None => ResourceProbe::start(app, discovery.http(), url)?,
    };
    if !probe.is_resource() && pinned_issuer.is_none() {
        let found = no_issuer.take().unwrap_or_else(|| discovery.find_endpoints());
        if found.is_ok() && discovery.metadata().is_some_and(|metadata| metadata.is_openid) {
            return Ok(None);
        }
        no_issuer = Some(found);
    }
    let is_issuer = matches!(no_issuer, Some(Ok(())));
    if may_ping && !discovery.is_unreachable() && !discovery.has_rejected_openid() {
        probe.ping()?;
    }
    if is_issuer && !probe.is_resource() && probe.challenge.protection != Protection::Bearer {
        return Ok(None);
    }
    probe.read_named_or_last()?;
    let has_metadata = probe.metadata.is_some();
    let is_final = |failure: &mut Error| has_metadata || matches!(failure, Error::Check { .. });
    if let Some(failure) = probe.failure.take_if(is_final) {
        return Err(failure);
    }
    check_resource(url, resource, &probe)?;
    let named = probe.metadata.as_ref().map(|metadata| metadata.authorization_servers.clone()).unwrap_or_default();
    let (servers, has_default_endpoints) = match (named.is_empty(), pinned_issuer) {
        (false, _) => (named, false),
        (true, Some(pinned)) if has_metadata || probe.is_protected() => (vec![pinned.to_owned()], false),
        (true, _) => match legacy_server::find(app, &probe, discovery, is_issuer)? {
            Some(legacy) => (vec![legacy.issuer], legacy.has_default_endpoints),
            None => return Err(not_found(url, &mut probe, no_issuer, discovery)),
        },
    };
    let (issuer, is_accepted) = choose_authorization_server(app, query, &servers, probe.foreign_host.as_deref())?;
    let found = probe.metadata.take();
    app.prompt.note(&format!("{url} uses {issuer} to sign in"));
    let (identifier, supported) = found.map(|found| (found.resource, found.scopes_supported)).unzip();
    Ok(Some(ResourceServer {
        issuer,
        resource: identifier,
        scopes: probe.challenge.scopes.or(supported.flatten()),
        has_default_endpoints,
        speaks_mcp: probe.speaks_mcp,
        is_accepted,
    }))
}

/// Fails if another resource is configured, or if the resource takes no bearer tokens.
fn check_resource(url: &str, configured: Option<&str>, probe: &ResourceProbe<'_>) -> Result<()> {
    let found = probe.metadata.as_ref();
    if let (Some(configured), Some(found)) = (configured, found)
        && configured != found.resource
    {
        let says = display_url(&found.resource);
        return Err(Error::usage(format!("`{url}` is the resource `{says}`; no other resource can be requested")));
    }
    let requires_dpop = found.is_some_and(|found| found.dpop_required);
    match requires_dpop || probe.challenge.protection == Protection::DpopOnly {
        true => Err(Error::check_with(
            Remedy::InMessage,
            format!(
                "`{url}` accepts only DPoP-bound tokens (RFC 9449), which this program cannot get; there is no other way"
            ),
        )),
        false => Ok(()),
    }
}

/// Error for a URL that is neither an issuer nor a protected resource.
fn not_found(
    url: &str,
    probe: &mut ResourceProbe<'_>,
    no_issuer: Option<Result<()>>,
    discovery: &ProviderDiscovery<'_>,
) -> Error {
    if probe.metadata.is_some() {
        return Error::check(format!("the resource metadata of `{}` names no authorization server", host_of(url)));
    }
    match (no_issuer, probe.failure.take()) {
        (Some(Err(error)), _) if matches!(error.cause(), Error::Check { .. }) => error,
        (Some(Err(error)), _) if discovery.is_unreachable() => error,
        (_, Some(failure)) => failure,
        _ => {
            let document = discovery.other_document().or(probe.other_document.as_ref());
            let what = format!("`{url}` is neither an issuer nor a protected resource");
            match document {
                Some(document) => Error::network_with(Remedy::Portal, format!("{what}: {}", document.describe())),
                None => Error::Usage {
                    message: format!("{what}: no metadata found"),
                    hint: Some(
                        "check the URL, or name the provider's endpoints:\n\
                         {program} providers add NAME --set authorization_endpoint=URL --set token_endpoint=URL"
                            .to_owned(),
                    ),
                },
            }
        }
    }
}

/// Returns the authorization server: the configured one, the one of an existing session, or one that the user accepts.
/// A resource can name any server, and a user who signs in there out of habit gives the resource a session. The first
/// server, not accepted, if the user may not be asked.
fn choose_authorization_server(
    app: &App,
    query: &ResourceQuery<'_>,
    servers: &[String],
    foreign_host: Option<&str>,
) -> Result<(String, bool)> {
    let ResourceQuery { provider, url, pinned_issuer, .. } = *query;
    let named = |issuer: &str| servers.iter().find(|server| is_same_issuer(server, issuer)).cloned();
    if let Some(pinned) = pinned_issuer {
        return named(pinned).map(|issuer| (issuer, true)).ok_or_else(|| {
            let servers = quoted_list(servers);
            Error::check_with(
                Remedy::Url,
                format!("`{url}` is configured for the issuer `{pinned}`, but names {servers}"),
            )
        });
    }
    let session = app.find_session(url, None)?.filter(|session| session.resource.as_deref() == Some(url));
    if let Some(accepted) = session.and_then(|session| session.issuer).and_then(|issuer| named(&issuer)) {
        return Ok((accepted, true));
    }
    // The user named this server.
    if let (Some(own), 1, None) = (named(url), servers.len(), foreign_host) {
        return Ok((own, true));
    }
    if let (false, Some(first)) = (query.may_ask, servers.first()) {
        return Ok((first.clone(), false));
    }
    let metadata_at = foreign_host.map(|host| format!("has its metadata at {host} and ")).unwrap_or_default();
    let text = match (servers.len(), foreign_host) {
        (1, _) => format!("`{url}` {metadata_at}sends you to"),
        (_, Some(host)) => format!("`{url}` has its metadata at {host}. Sign in at"),
        (_, None) => format!("Sign in to `{url}` at"),
    };
    let action = format!("`{url}` {metadata_at}uses {} to sign in", quoted_list(servers));
    let question = ServerQuestion { provider, text: &text, action, subject: Subject::Server, servers };
    let chosen = runtime::run(question::ask(app, query.options, &question))?;
    Ok((servers[chosen].clone(), true))
}

fn quoted_list(servers: &[String]) -> String {
    servers.iter().map(|server| format!("`{}`", display_url(server))).collect::<Vec<_>>().join(", ")
}
