//! Checks with network: proxy, certificate authorities, discovery and clock.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::check::Check;
use crate::app::App;
use crate::catalog::{Provider, is_same_issuer};
use crate::clock::Clock;
use crate::demo::FIXED_ISSUER;
use crate::error::{Error, Remedy, Result};
use crate::http_client::{self, ChosenProxy, HttpClient};
use crate::oauth::discovery::{Metadata, UrlOrder};
use crate::oauth::id_token::LEEWAY;
use crate::oauth::not_metadata::{self, NotMetadata};
use crate::oauth::protected_resource::{self, ResourceMetadata};
use crate::oauth::{self, HttpResponse, discovery, host_of};
use crate::sanitize::sanitize_untrusted;
use crate::session::SessionInfo;

/// Time limit for a provider or a proxy: a third of the limit of a sign-in, because the user is waiting.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// Checks the proxy for https, then the proxy for each provider, which `NO_PROXY` may exclude.
pub fn proxies(app: &App, providers: &[Provider]) -> Vec<Check> {
    let proxies = app.http.proxies();
    if proxies.is_empty() {
        return vec![Check::pass("proxy", "none")];
    }
    let mut checks = vec![match proxy_for(app, "https://example.com/") {
        Ok(None) => Check::pass("proxy", "none for https"),
        Ok(Some(proxy)) => check_proxy(&proxy),
        Err(error) => return vec![Check::from_error(app, "proxy", &error)],
    }];
    for provider in providers {
        let Some(url) = server_url(provider) else { continue };
        let name = format!("proxy {}", provider.name);
        checks.push(match proxy_for(app, url) {
            Ok(None) => Check::pass(name, "none: requests go directly to the provider"),
            Ok(Some(proxy)) => Check::pass(name, describe(&proxy)),
            Err(error) => Check::from_error(app, &name, &error),
        });
    }
    checks
}

fn proxy_for(app: &App, url: &str) -> Result<Option<ChosenProxy>> {
    app.http.proxies().choose(&oauth::parse_endpoint("URL", url)?)
}

fn describe(proxy: &ChosenProxy) -> String {
    format!("{}:{} ({})", proxy.host(), proxy.port(), proxy.variable)
}

fn check_proxy(proxy: &ChosenProxy) -> Check {
    match http_client::check_connection(proxy.host(), proxy.port(), TIMEOUT) {
        Ok(()) => Check::pass("proxy", describe(proxy)),
        Err(why) => Check::fail(
            "proxy",
            format!("{}: {why}", describe(proxy)),
            format!("correct or unset {}, or add hosts that need no proxy to NO_PROXY", proxy.variable),
        ),
    }
}

/// Returns a URL of the provider's server: the issuer, or an endpoint.
fn server_url(provider: &Provider) -> Option<&str> {
    let known = &provider.endpoints;
    let url = provider.issuer.as_ref().or(known.token.as_ref()).or(known.authorization.as_ref())?;
    (url != FIXED_ISSUER).then_some(url.as_str())
}

/// Checks the configured files of certificate authorities. If one cannot be read, no provider is trusted.
pub fn certificates(app: &App, providers: &[Provider]) -> Vec<Check> {
    let named = app.environment.variable("SSL_CERT_FILE").map(|file| ("certificates".to_owned(), Path::new(file)));
    let own = providers
        .iter()
        .filter_map(|provider| Some((format!("certificates {}", provider.name), provider.ca_file.as_deref()?)));
    let files: Vec<_> = named.into_iter().chain(own).collect();
    let read = |(name, file): (String, &Path)| match app.check_ca_file(file) {
        Err(error @ Error::Usage { .. }) if name.contains(' ') => Check::from_error(app, &name, &error),
        _ => read_certificates(name, file),
    };
    match files.first().is_some_and(|(name, _)| name == "certificates") {
        true => files.into_iter().map(read).collect(),
        false => {
            let system = Check::pass("certificates", "trust store of the system");
            std::iter::once(system).chain(files.into_iter().map(read)).collect()
        }
    }
}

fn read_certificates(name: String, file: &Path) -> Check {
    match http_client::read_certificates(file) {
        Ok(found) => {
            let ending = if found.len() == 1 { "" } else { "s" };
            Check::pass(name, format!("{}: {} certificate{ending}", file.display(), found.len()))
        }
        Err(why) => {
            let hint = match name.contains(' ') {
                true => "correct `ca_file` in the configuration",
                false => "correct or unset SSL_CERT_FILE",
            };
            Check::fail(name, format!("{} {why}", file.display()), hint)
        }
    }
}

/// Starts the checks of the providers, each on its own thread, so that an unreachable one does not delay the others.
pub fn start(app: &App, providers: &[Provider]) -> Vec<(Provider, JoinHandle<ProviderChecks>)> {
    let start = |provider: &Provider| {
        let http = app.http_with_ca(provider.ca_file.as_deref()).with_timeout(TIMEOUT);
        let (target, clock) = (provider.clone(), std::sync::Arc::clone(&app.clock));
        let session = app.find_session(&provider.name, None).ok().flatten();
        (provider.clone(), std::thread::spawn(move || check_provider(&http, &*clock, &target, session.as_ref())))
    };
    let outside = providers.iter().filter(|provider| provider.issuer.as_deref() != Some(FIXED_ISSUER));
    outside.map(start).collect()
}

/// Returns two checks for each provider: discovery, and its clock against this machine's. No discovery that failed for
/// the reason of one of the `earlier` checks.
pub fn checks(app: &App, pending: Vec<(Provider, JoinHandle<ProviderChecks>)>, earlier: &[Check]) -> Vec<Check> {
    let mut checks = Vec::new();
    for (provider, handle) in pending {
        let found = handle.join().unwrap_or_else(|_| ProviderChecks {
            discovery: Err(Error::other_with(Remedy::Retry, "the check failed unexpectedly")),
            clock_offset: None,
        });
        // Without a response the discovery says why.
        let clock = (found.discovery.is_ok() || found.clock_offset.is_some()).then(|| clock_check(&provider, &found));
        if !found.discovery.as_ref().is_err_and(|error| is_told(&provider, error, earlier)) {
            checks.push(Check::from_result(app, &format!("discovery {}", provider.name), found.discovery));
        }
        checks.extend(clock);
    }
    checks
}

/// Returns true if one of the failed checks is the reason of the error.
fn is_told(provider: &Provider, error: &Error, failed: &[Check]) -> bool {
    let has = |name: &str| failed.iter().any(|check| !check.ok && check.name == name);
    match error {
        Error::Network { remedy: Remedy::Proxy(_) | Remedy::ProxyPassword(_), .. } => has("proxy"),
        // A file that cannot be read is no network error.
        Error::Network { .. } => false,
        _ => has("certificates") || has(&format!("certificates {}", provider.name)),
    }
}

pub struct ProviderChecks {
    discovery: Result<String>,
    /// Lead of this machine's clock over the provider's; `None` without a `Date` header.
    clock_offset: Option<TimeDelta>,
}

fn check_provider(
    http: &HttpClient,
    clock: &dyn Clock,
    provider: &Provider,
    session: Option<&SessionInfo>,
) -> ProviderChecks {
    let mut clock_offset = None;
    let mut send = |url: &str| -> Result<HttpResponse> {
        let before = clock.now();
        let response = http.fetch_uncached_metadata(url)?.response;
        clock_offset = offset_from_date(before + (clock.now() - before) / 2, &response);
        Ok(response)
    };
    let discovery = match (&provider.issuer, provider.discover) {
        (Some(issuer), true) => check_discovery(provider, issuer, session, &mut send),
        _ => check_endpoint(provider, &mut send),
    };
    ProviderChecks { discovery, clock_offset }
}

/// Sends one request for a document.
type Send<'a> = &'a mut dyn FnMut(&str) -> Result<HttpResponse>;

/// Checks the metadata of the issuer, and if a client can be had. A URL may name a protected resource (RFC 9728); then
/// its authorization server counts, and that of the session before any other.
fn check_discovery(provider: &Provider, issuer: &str, session: Option<&SessionInfo>, send: Send) -> Result<String> {
    let url = Some(provider.name.as_str()).filter(|name| provider.generic && name.contains("://"));
    let server = match url {
        Some(url) if is_same_issuer(url, issuer) => authorization_server(url, session, send)?,
        // The configuration names the server.
        url => url.map(|_| issuer.to_owned()),
    };
    let metadata = find_metadata(provider, server.as_deref().unwrap_or(issuer), send)?;
    let registers = metadata.registration_endpoint.is_some() || provider.client_metadata.is_some();
    if session.is_none() && !registers {
        provider.require_client_id()?;
    }
    let located = discovery::resolve_endpoints(provider, Some(&metadata))?;
    let device = if located.device_authorization.is_some() { "; device flow supported" } else { "" };
    let user = server.map(|_| format!(", the authorization server of `{}`", sanitize_untrusted(&provider.name)));
    Ok(format!("found metadata of `{}`{}{device}", sanitize_untrusted(&metadata.issuer), user.unwrap_or_default()))
}

/// Returns the authorization server of a protected resource; `None` if `url` is none.
fn authorization_server(url: &str, session: Option<&SessionInfo>, send: Send) -> Result<Option<String>> {
    let named = find_resource(url, send)?.map(|found| found.authorization_servers).unwrap_or_default();
    let of_session =
        session.filter(|session| session.resource.as_deref() == Some(url)).and_then(|one| one.issuer.as_ref());
    let is_of_session = |server: &&String| of_session.is_some_and(|issuer| is_same_issuer(issuer, server));
    Ok(named.iter().find(is_of_session).or(named.first()).or(of_session).cloned())
}

/// Returns the metadata of a protected resource at `url`, from its well-known URLs or the one in its challenge.
fn find_resource(url: &str, send: Send) -> Result<Option<ResourceMetadata>> {
    let mut locations = protected_resource::metadata_urls(url);
    if let Some(found) = first_resource(url, &locations, send)? {
        return Ok(Some(found));
    }
    let challenge = protected_resource::parse_challenge(&send(url)?, url).unwrap_or_default();
    locations = challenge.metadata.into_iter().collect();
    first_resource(url, &locations, send)
}

/// Returns the first metadata at these URLs; a document of another resource is an error.
fn first_resource(url: &str, locations: &[String], send: Send) -> Result<Option<ResourceMetadata>> {
    for location in locations {
        match protected_resource::parse_metadata(url, location, &send(location)?) {
            Ok(Some(found)) => return Ok(Some(found)),
            Err(error @ Error::Check { .. }) => return Err(error),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(None)
}

fn find_metadata(provider: &Provider, issuer: &str, send: Send) -> Result<Metadata> {
    let mut instead = None;
    let urls = discovery::metadata_urls(issuer, UrlOrder::OpenIdFirst)?;
    for location in urls.iter().cloned().chain(discovery::slash_urls(&urls)) {
        let response = send(&location)?;
        if let Some(metadata) = discovery::parse_response(issuer, provider.tenant_issuer, &location, &response)? {
            return Ok(metadata);
        }
        instead = instead.or(NotMetadata::detect(&response));
    }
    Err(not_metadata::not_found(issuer, instead.as_ref(), Some(&provider.name)))
}

/// Checks that a provider with known endpoints responds at all.
fn check_endpoint(provider: &Provider, send: &mut dyn FnMut(&str) -> Result<HttpResponse>) -> Result<String> {
    let known = &provider.endpoints;
    let Some(url) = known.token.as_ref().or(known.authorization.as_ref()) else {
        return Err(Error::usage(format!("`{}` has no issuer and no endpoints", provider.name)));
    };
    send(url)?;
    Ok(format!("`{}` responds; its endpoints need no discovery", host_of(url)))
}

/// Returns the lead of this machine's clock over `Date`, which is in whole seconds (RFC 9110 6.6.1).
fn offset_from_date(ours: DateTime<Utc>, response: &HttpResponse) -> Option<TimeDelta> {
    let date = response.headers().get(::http::header::DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?;
    Some(ours - theirs.to_utc())
}

/// Compares the clocks: this machine's clock decides about the validity of ID tokens.
fn clock_check(provider: &Provider, found: &ProviderChecks) -> Check {
    let name = format!("clock {}", provider.name);
    let Some(clock_offset) = found.clock_offset else {
        return Check::pass(name, "the provider sends no `Date` header");
    };
    let seconds = clock_offset.num_seconds();
    let apart = crate::duration::show(Duration::from_secs(seconds.unsigned_abs()));
    match seconds {
        -1..=1 => Check::pass(name, "matches the provider's clock"),
        _ if seconds.abs() <= LEEWAY => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            Check::pass(name, format!("{apart} {side} the provider's clock, which is harmless"))
        }
        _ => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            let hint = "correct the clock of this machine, for example by enabling NTP";
            Check::fail(name, format!("{apart} {side} the provider's clock: ID tokens will be rejected"), hint)
        }
    }
}
