//! An address that is no issuer but a protected resource (RFC 9728): who gives tokens for it, and whether a person agrees
//! to sign in there. As the Model Context Protocol's authorization asks.

use url::Url;

use super::discovery::ProviderDiscovery;
use crate::app::App;
use crate::app::runtime::PATIENCE;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::NotMetadata;
use crate::oauth::host_of;
use crate::oauth::protected_resource::{self, Challenge, ResourceMetadata};

/// The provider that gives tokens for `provider`, where that is the address of a protected resource; `None` where it is an
/// issuer, or no address.
///
/// The address is an issuer first. Where the configuration names another issuer for it, it is the resource of that one.
///
/// # Errors
/// [`Error::Check`] where what the resource says does not hold, [`Error::Network`], [`Error::InteractionRequired`] where nobody can
/// agree to its authorization server, [`Error::Denied`] where the person does not.
pub fn behind(app: &App, provider: &Provider) -> Result<Option<Provider>> {
    let (true, Some(issuer)) = (provider.generic && provider.name.contains("://"), &provider.issuer) else {
        return Ok(None);
    };
    let http = app.http_trusting(provider.ca_file.as_deref());
    let pinned = is_pinned(provider).then_some(issuer.as_str());
    if pinned.is_some() && provider.resource.is_some() {
        return Ok(None);
    }
    let mut found = ProviderDiscovery::new(app, &http, provider)?;
    let no_issuer = match pinned {
        Some(_) => None,
        None => match found.begin() {
            Ok(()) => return Ok(None),
            Err(error) => Some(error),
        },
    };
    let address = &provider.name;
    let (challenge, metadata) = match (described(app, &http, address), no_issuer) {
        (Ok(Some(described)), _) => described,
        (Ok(None), Some(error @ Error::Check { .. })) => return Err(error),
        (Ok(None) | Err(Error::Network { .. }), Some(error)) if found.is_away() => return Err(error),
        (Ok(None), _) => return Err(neither(address, found.instead())),
        (Err(error), _) => return Err(error),
    };
    if provider.resource.as_ref().is_some_and(|wanted| *wanted != metadata.resource) {
        let says = shown(&metadata.resource);
        return Err(Error::usage(format!(
            "`{address}` is the resource `{says}`, and no other can be asked for with it"
        )));
    }
    let issuer = chosen(app, address, pinned, &metadata)?;
    app.prompt.note(&format!("`{address}` is protected: signing in at {issuer}"));
    let led = protected(provider, issuer, &challenge, &metadata);
    let mut found = ProviderDiscovery::new(app, &http, &led)?;
    found.begin()?;
    check_pkce(address, &mut found)?;
    Ok(Some(led))
}

/// Whether the configuration names the issuer for an address.
pub fn is_pinned(provider: &Provider) -> bool {
    provider.issuer.as_ref().is_some_and(|issuer| issuer.trim_end_matches('/') != provider.name)
}

/// What the resource says: its challenge, and the metadata that leads to, or that lies in the usual places.
fn described(app: &App, http: &HttpClient, address: &str) -> Result<Option<(Challenge, ResourceMetadata)>> {
    app.prompt.detail(&format!("asking {address} who protects it"));
    let challenge = protected_resource::challenge(&http.send(protected_resource::request(address)?)?, address)?;
    let read = |place: &str| {
        app.prompt.detail(&format!("reading {place}"));
        protected_resource::read(address, place, &http.fetch_document(place, app.now(), false)?)
            .inspect_err(|_| http.remove_cached_document(place))
    };
    if let Some(place) = &challenge.metadata {
        let missing = || Error::check(format!("`{}` names metadata at `{place}`, and none is there", host_of(address)));
        return read(place)?.ok_or_else(missing).map(|metadata| Some((challenge.clone(), metadata)));
    }
    for place in protected_resource::locations(address) {
        if let Some(metadata) = read(&place)? {
            return Ok(Some((challenge, metadata)));
        }
    }
    Ok(None)
}

/// The authorization server: the configured one, the one of the session that is there, or the one that the person agrees
/// to. A resource could name any, and whoever signs in there by habit has given it a session.
fn chosen(app: &App, address: &str, pinned: Option<&str>, metadata: &ResourceMetadata) -> Result<String> {
    let servers = &metadata.authorization_servers;
    if let Some(pinned) = pinned {
        return match servers.iter().any(|server| server == pinned) {
            true => Ok(pinned.to_owned()),
            false => Err(Error::check(format!(
                "`{address}` is configured for the issuer `{pinned}`, and names {}",
                listed(servers)
            ))),
        };
    }
    let known = app.session_of(address, None)?.filter(|session| session.resource.as_deref() == Some(address));
    if let Some(issuer) = known.and_then(|session| session.issuer).filter(|issuer| servers.contains(issuer)) {
        return Ok(issuer);
    }
    if !app.prompt.can_prompt() {
        return Err(Error::InteractionRequired {
            action: format!("`{address}` is protected by {}, which must be agreed to first", listed(servers)),
            alternative: format!(
                "run {{program}} signin {address} in a terminal, or write into {}:\n[providers.\"{address}\"]\nissuer = \"{}\"",
                app.config_path().display(),
                shown(&servers[0])
            ),
        });
    }
    app.check_new_place()?;
    let named: Vec<String> = servers.iter().map(|server| format!("{} ({})", host_of(server), shown(server))).collect();
    if let ([server], [named]) = (servers.as_slice(), named.as_slice()) {
        agreed(app, &format!("`{address}` wants you to sign in at {named}. Is that right?"), named)?;
        return Ok(server.clone());
    }
    let question = format!("`{address}` wants you to sign in at the server you choose here:");
    Ok(servers[app.choose(&question, &named, PATIENCE)?].clone())
}

/// Lets the person say yes or no to the `server` that the question is about.
///
/// # Errors
/// [`Error::Denied`] where they say no; as [`App::choose`].
pub fn agreed(app: &App, question: &str, server: &str) -> Result<()> {
    match app.choose(question, &["yes".to_owned(), "no".to_owned()], PATIENCE)? {
        0 => Ok(()),
        _ => Err(Error::Denied { message: format!("you did not agree to {server}; nothing was sent there") }),
    }
}

/// An address as its parts are read, not as they look: a host in foreign letters in its plain form.
pub fn shown(address: &str) -> String {
    Url::parse(address).map_or_else(|_| host_of(address), |url| url.as_str().trim_end_matches('/').to_owned())
}

fn listed(servers: &[String]) -> String {
    servers.iter().map(|server| format!("`{}`", shown(server))).collect::<Vec<_>>().join(", ")
}

/// The provider for it: the scopes are those the person chose, else those of the challenge, else those of the metadata.
fn protected(provider: &Provider, issuer: String, challenge: &Challenge, metadata: &ResourceMetadata) -> Provider {
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

/// Without PKCE whoever sees the code has the token, and the resource may not be the only one who sends people there.
fn check_pkce(address: &str, found: &mut ProviderDiscovery<'_>) -> Result<()> {
    if found.knows_pkce()? {
        return Ok(());
    }
    let server = found.metadata().map(|metadata| host_of(&metadata.issuer)).unwrap_or_default();
    Err(Error::check(format!(
        "`{server}` does not say that it knows PKCE with S256, and `{address}` may not be reached without"
    )))
}

fn neither(address: &str, instead: Option<NotMetadata>) -> Error {
    let why = instead.map_or("it has no metadata of either kind", NotMetadata::words);
    Error::network(format!("`{address}` is neither an issuer nor a protected resource: {why}"))
}
