//! Protected resources (RFC 9728): finds the authorization server of a URL and asks the user to accept it, as the Model
//! Context Protocol requires.

use url::Url;

use super::discovery::ProviderDiscovery;
use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::catalog::is_same_issuer;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::NotMetadata;
use crate::oauth::host_of;
use crate::oauth::protected_resource::{self, Challenge, ResourceMetadata};

/// URL that may be an issuer or a protected resource.
pub struct ResourceQuery<'a> {
    pub url: &'a str,
    /// Issuer that the configuration sets for the URL.
    pub pinned_issuer: Option<&'a str>,
    /// Resource indicator from the configuration or the command line.
    pub resource: Option<&'a str>,
}

/// Protected resource and the authorization server that the user signs in to.
pub struct ResourceServer {
    pub issuer: String,
    /// Identifier, sent as the resource indicator.
    pub resource: String,
    /// Scopes of the challenge, else those of the metadata.
    pub scopes: Option<Vec<String>>,
}

/// Resolves a URL; `None` if it is an issuer. It is tried as one first, with `discovery`, unless the configuration sets
/// another issuer: then the URL is a resource of that issuer.
pub fn resolve_resource(
    app: &App,
    query: &ResourceQuery<'_>,
    discovery: &mut ProviderDiscovery<'_>,
) -> Result<Option<ResourceServer>> {
    let ResourceQuery { url, pinned_issuer, resource } = *query;
    let no_issuer = match (pinned_issuer, resource) {
        (Some(_), Some(_)) => return Ok(None),
        (Some(_), None) => None,
        (None, _) => match discovery.find_endpoints() {
            Ok(()) => return Ok(None),
            Err(error) => Some(error),
        },
    };
    let (challenge, metadata) = match (fetch_metadata(app, discovery.http(), url), no_issuer) {
        (Ok(Some(found)), _) => found,
        (Ok(None), Some(error)) if matches!(error.cause(), Error::Check { .. }) => return Err(error),
        (Ok(None) | Err(Error::Network { .. }), Some(error)) if discovery.is_unreachable() => return Err(error),
        (Ok(None), _) => return Err(not_issuer_nor_resource(url, discovery.other_document())),
        (Err(error), _) => return Err(error),
    };
    if resource.is_some_and(|configured| configured != metadata.resource) {
        let says = display_url(&metadata.resource);
        return Err(Error::usage(format!("`{url}` is the resource `{says}`; no other resource can be requested")));
    }
    let issuer = choose_authorization_server(app, url, pinned_issuer, &metadata)?;
    app.prompt.note(&format!("{url} uses {issuer} to sign in"));
    let scopes = challenge.scopes.or(metadata.scopes_supported);
    Ok(Some(ResourceServer { issuer, resource: metadata.resource, scopes }))
}

/// Fetches the challenge of the resource, and its metadata from the URL in the challenge or from the well-known URLs.
fn fetch_metadata(app: &App, http: &HttpClient, url: &str) -> Result<Option<(Challenge, ResourceMetadata)>> {
    app.prompt.detail(&format!("fetching {url}"));
    let challenge = protected_resource::parse_challenge(&http.send(protected_resource::request(url)?)?, url)?;
    let read = |location: &str| {
        app.prompt.detail(&format!("fetching {location}"));
        protected_resource::parse_metadata(url, location, &http.fetch_uncached_metadata(location)?.response)
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
        return match servers.iter().any(|server| is_same_issuer(server, pinned)) {
            true => Ok(pinned.to_owned()),
            false => Err(Error::check(format!(
                "`{url}` is configured for the issuer `{pinned}`, but names {}",
                quoted_list(servers)
            ))),
        };
    }
    let existing = app.find_session(url, None)?.filter(|session| session.resource.as_deref() == Some(url));
    let accepted = existing.and_then(|session| session.issuer);
    let is_accepted = |issuer: &String| servers.iter().any(|server| is_same_issuer(server, issuer));
    if let Some(issuer) = accepted.filter(is_accepted) {
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

/// Without PKCE an intercepted code is enough to get the token, and other resources may use the same server.
pub fn check_pkce(url: &str, discovery: &mut ProviderDiscovery<'_>) -> Result<()> {
    discovery.find_endpoints()?;
    if discovery.supports_pkce_s256()? {
        return Ok(());
    }
    let server = discovery.metadata().map(|metadata| host_of(&metadata.issuer)).unwrap_or_default();
    Err(Error::check(format!("`{server}` does not advertise PKCE with S256, which `{url}` requires")))
}

fn not_issuer_nor_resource(url: &str, document: Option<&NotMetadata>) -> Error {
    let why = document.map_or_else(|| "no metadata found".to_owned(), NotMetadata::describe);
    Error::network(format!("`{url}` is neither an issuer nor a protected resource: {why}"))
}
