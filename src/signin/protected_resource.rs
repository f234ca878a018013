//! Protected resources (RFC 9728): finds the authorization server of a URL and asks the user to accept it, as the Model
//! Context Protocol requires.

use url::Url;

use super::discovery::ProviderDiscovery;
use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::NotMetadata;
use crate::oauth::host_of;
use crate::oauth::protected_resource::{self, Challenge, ResourceMetadata};

/// Returns the provider for `provider` if that names a protected resource; `None` if it names an issuer or is not a
/// URL.
///
/// A URL is tried as an issuer first. If the configuration sets another issuer for the URL, it is a resource of that
/// issuer.
///
/// # Errors
/// [`Error::Check`] if the metadata is invalid, [`Error::Network`], [`Error::InteractionRequired`] if the user cannot
/// be asked about the authorization server, [`Error::Denied`] if the user declines.
pub fn resolve_resource(app: &App, provider: &Provider) -> Result<Option<Provider>> {
    let (true, Some(issuer)) = (provider.generic && provider.name.contains("://"), &provider.issuer) else {
        return Ok(None);
    };
    let http = app.http_with_ca(provider.ca_file.as_deref());
    let pinned = is_pinned(provider).then_some(issuer.as_str());
    if pinned.is_some() && provider.resource.is_some() {
        return Ok(None);
    }
    let mut discovery = ProviderDiscovery::new(app, &http, provider)?;
    let no_issuer = match pinned {
        Some(_) => None,
        None => match discovery.find_endpoints() {
            Ok(()) => return Ok(None),
            Err(error) => Some(error),
        },
    };
    let url = &provider.name;
    let (challenge, metadata) = match (fetch_metadata(app, &http, url), no_issuer) {
        (Ok(Some(found)), _) => found,
        (Ok(None), Some(error @ Error::Check { .. })) => return Err(error),
        (Ok(None) | Err(Error::Network { .. }), Some(error)) if discovery.is_unreachable() => return Err(error),
        (Ok(None), _) => return Err(not_issuer_nor_resource(url, discovery.other_document())),
        (Err(error), _) => return Err(error),
    };
    if provider.resource.as_ref().is_some_and(|configured| *configured != metadata.resource) {
        let says = display_url(&metadata.resource);
        return Err(Error::usage(format!("`{url}` is the resource `{says}`; no other resource can be requested")));
    }
    let issuer = choose_authorization_server(app, url, pinned, &metadata)?;
    app.prompt.note(&format!("{url} uses {issuer} to sign in"));
    let resolved = resource_provider(provider, issuer, &challenge, &metadata);
    let mut discovery = ProviderDiscovery::new(app, &http, &resolved)?;
    discovery.find_endpoints()?;
    check_pkce(url, &mut discovery)?;
    Ok(Some(resolved))
}

/// Returns true if the configuration sets the issuer for a URL.
pub fn is_pinned(provider: &Provider) -> bool {
    provider.issuer.as_ref().is_some_and(|issuer| issuer.trim_end_matches('/') != provider.name)
}

/// Fetches the challenge of the resource, and its metadata from the URL in the challenge or from the well-known URLs.
fn fetch_metadata(app: &App, http: &HttpClient, url: &str) -> Result<Option<(Challenge, ResourceMetadata)>> {
    app.prompt.detail(&format!("fetching {url}"));
    let challenge = protected_resource::parse_challenge(&http.send(protected_resource::request(url)?)?, url)?;
    let read = |location: &str| {
        app.prompt.detail(&format!("fetching {location}"));
        protected_resource::parse_metadata(url, location, &http.fetch_document(location, app.now(), false)?)
            .inspect_err(|_| http.remove_cached_document(location))
    };
    if let Some(location) = &challenge.metadata {
        let missing = || Error::check(format!("`{}` names metadata at `{location}`, but there is none", host_of(url)));
        return read(location)?.ok_or_else(missing).map(|metadata| Some((challenge.clone(), metadata)));
    }
    for location in protected_resource::metadata_urls(url) {
        if let Some(metadata) = read(&location)? {
            return Ok(Some((challenge, metadata)));
        }
    }
    Ok(None)
}

/// Returns the authorization server: the configured one, the one of an existing session, or one that the user accepts.
/// A resource can name any server, and a user who signs in there out of habit gives the resource a session.
fn choose_authorization_server(
    app: &App,
    url: &str,
    pinned: Option<&str>,
    metadata: &ResourceMetadata,
) -> Result<String> {
    let servers = &metadata.authorization_servers;
    if let Some(pinned) = pinned {
        return match servers.iter().any(|server| server == pinned) {
            true => Ok(pinned.to_owned()),
            false => Err(Error::check(format!(
                "`{url}` is configured for the issuer `{pinned}`, but names {}",
                quoted_list(servers)
            ))),
        };
    }
    let existing = app.find_session(url, None)?.filter(|session| session.resource.as_deref() == Some(url));
    if let Some(issuer) = existing.and_then(|session| session.issuer).filter(|issuer| servers.contains(issuer)) {
        return Ok(issuer);
    }
    if !app.prompt.can_prompt() {
        return Err(Error::InteractionRequired {
            action: format!("`{url}` uses {} to sign in, which you must accept first", quoted_list(servers)),
            alternative: format!(
                "{{program}} signin {url} in a terminal, or add to {}:\n[providers.\"{url}\"]\nissuer = \"{}\"",
                app.config_path().display(),
                display_url(&servers[0])
            ),
        });
    }
    app.check_new_session_store()?;
    let labels: Vec<String> =
        servers.iter().map(|server| format!("{} ({})", host_of(server), display_url(server))).collect();
    if let ([server], [label]) = (servers.as_slice(), labels.as_slice()) {
        confirm(app, &format!("`{url}` sends you to {label} to sign in. Continue?"), label)?;
        return Ok(server.clone());
    }
    let question = format!("Sign in to `{url}` at");
    Ok(servers[app.choose(&question, &labels, USER_TIMEOUT)?].clone())
}

/// Asks the user to accept `server`.
///
/// # Errors
/// [`Error::Denied`] if the user declines; as [`App::choose`].
pub fn confirm(app: &App, question: &str, server: &str) -> Result<()> {
    match app.choose(question, &["yes".to_owned(), "no".to_owned()], USER_TIMEOUT)? {
        0 => Ok(()),
        _ => Err(Error::Denied { message: format!("you declined {server}; nothing was sent there") }),
    }
}

/// URL with its host in ASCII (Punycode), so that look-alike letters are visible.
pub fn display_url(url: &str) -> String {
    Url::parse(url).map_or_else(|_| host_of(url), |url| url.as_str().trim_end_matches('/').to_owned())
}

fn quoted_list(servers: &[String]) -> String {
    servers.iter().map(|server| format!("`{}`", display_url(server))).collect::<Vec<_>>().join(", ")
}

/// Provider for the resource. Scopes: the configured ones, else those of the challenge, else those of the metadata.
fn resource_provider(
    provider: &Provider,
    issuer: String,
    challenge: &Challenge,
    metadata: &ResourceMetadata,
) -> Provider {
    let scopes = match provider.scopes_chosen {
        true => Some(&provider.scopes),
        false => challenge.scopes.as_ref().or(metadata.scopes_supported.as_ref()),
    };
    Provider {
        scopes: scopes.cloned().unwrap_or_default(),
        issuer: Some(issuer),
        discover: true,
        resource: Some(metadata.resource.clone()),
        protected_resource: Some(provider.name.clone()),
        ..provider.clone()
    }
}

/// Without PKCE an intercepted code is enough to get the token, and other resources may use the same server.
fn check_pkce(url: &str, discovery: &mut ProviderDiscovery<'_>) -> Result<()> {
    if discovery.supports_pkce_s256()? {
        return Ok(());
    }
    let server = discovery.metadata().map(|metadata| host_of(&metadata.issuer)).unwrap_or_default();
    Err(Error::check(format!("`{server}` does not advertise PKCE with S256, which `{url}` requires")))
}

fn not_issuer_nor_resource(url: &str, document: Option<NotMetadata>) -> Error {
    let why = document.map_or("no metadata found", NotMetadata::describe);
    Error::network(format!("`{url}` is neither an issuer nor a protected resource: {why}"))
}
