//! The way out: proxy, certificate authorities, and what each provider answers.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Check;
use crate::app::App;
use crate::catalog::Provider;
use crate::clock::Clock;
use crate::demo::FIXED_ISSUER;
use crate::error::{Error, Result};
use crate::http_client::{self, ChosenProxy, HttpClient};
use crate::oauth::discovery::NotMetadata;
use crate::oauth::id_token::LEEWAY;
use crate::oauth::{self, HttpResponse, discovery, host_of};
use crate::sanitize::sanitize_untrusted;

/// How long a provider or a proxy may take: a third of what a sign-in allows, because whoever asks a doctor waits.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// The proxy for https, and if it answers; then the way to each provider, which `NO_PROXY` may make another one.
pub fn proxies(app: &App, providers: &[Provider]) -> Vec<Check> {
    let proxies = app.http.proxies();
    if proxies.is_empty() {
        return vec![Check::pass("proxy", "none")];
    }
    let mut checks = vec![match proxy_for(app, "https://example.com/") {
        Ok(None) => Check::pass("proxy", "none for https"),
        Ok(Some(proxy)) => reachable(&proxy),
        Err(error) => return vec![Check::from_error(app, "proxy", &error)],
    }];
    for provider in providers {
        let Some(url) = server_url(provider) else { continue };
        let name = format!("proxy {}", provider.name);
        checks.push(match proxy_for(app, url) {
            Ok(None) => Check::pass(name, "none: requests go directly to the provider"),
            Ok(Some(proxy)) => Check::pass(name, shown(&proxy)),
            Err(error) => Check::from_error(app, &name, &error),
        });
    }
    checks
}

fn proxy_for(app: &App, url: &str) -> Result<Option<ChosenProxy>> {
    app.http.proxies().choose(&oauth::endpoint("address", url)?)
}

fn shown(proxy: &ChosenProxy) -> String {
    format!("{}:{} ({})", proxy.host(), proxy.port(), proxy.variable)
}

fn reachable(proxy: &ChosenProxy) -> Check {
    match http_client::check_connection(proxy.host(), proxy.port(), TIMEOUT) {
        Ok(()) => Check::pass("proxy", shown(proxy)),
        Err(why) => Check::fail(
            "proxy",
            format!("{}: {why}", shown(proxy)),
            format!("correct or unset {}, or add hosts that need no proxy to NO_PROXY", proxy.variable),
        ),
    }
}

/// A URL of the provider's server: the issuer, else an endpoint.
fn server_url(provider: &Provider) -> Option<&str> {
    let known = &provider.endpoints;
    let url = provider.issuer.as_ref().or(known.token.as_ref()).or(known.authorization.as_ref())?;
    (url != FIXED_ISSUER).then_some(url.as_str())
}

/// The files of certificate authorities that are named: one that cannot be read lets no provider be trusted.
pub fn certificates(app: &App, providers: &[Provider]) -> Vec<Check> {
    let named = app.environment.variable("SSL_CERT_FILE").map(|file| ("certificates".to_owned(), Path::new(file)));
    let own = providers
        .iter()
        .filter_map(|provider| Some((format!("certificates {}", provider.name), provider.ca_file.as_deref()?)));
    let files: Vec<_> = named.into_iter().chain(own).collect();
    let read = |(name, file): (String, &Path)| match http_client::read_certificates(file) {
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
    };
    match files.first().is_some_and(|(name, _)| name == "certificates") {
        true => files.into_iter().map(read).collect(),
        false => {
            let system = Check::pass("certificates", "those that the system trusts");
            std::iter::once(system).chain(files.into_iter().map(read)).collect()
        }
    }
}

/// The providers that are being asked, each on a thread of its own so that one that is away costs no other its time.
pub fn start(app: &App, providers: &[Provider]) -> Vec<(Provider, JoinHandle<ProviderChecks>)> {
    let start = |provider: &Provider| {
        let http = app.http_with_ca(provider.ca_file.as_deref()).with_timeout(TIMEOUT);
        let (asked, clock) = (provider.clone(), std::sync::Arc::clone(&app.clock));
        (provider.clone(), std::thread::spawn(move || check_provider(&http, &*clock, &asked)))
    };
    let outside = providers.iter().filter(|provider| provider.issuer.as_deref() != Some(FIXED_ISSUER));
    outside.map(start).collect()
}

/// Two checks a provider: what it says of itself, and its clock beside ours.
pub fn checks(app: &App, asked: Vec<(Provider, JoinHandle<ProviderChecks>)>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (provider, asked) in asked {
        let asked = asked.join().unwrap_or_else(|_| ProviderChecks {
            discovery: Err(Error::other("the check ended without a result")),
            clock_offset: None,
        });
        let clock = clock_check(&provider, &asked);
        checks.push(Check::from_result(app, &format!("discovery {}", provider.name), asked.discovery));
        checks.push(clock);
    }
    checks
}

/// What a provider answered.
pub struct ProviderChecks {
    /// What its metadata is, in words.
    discovery: Result<String>,
    /// How far this machine's clock is ahead of the provider's; `None` where it does not tell the time.
    clock_offset: Option<TimeDelta>,
}

fn check_provider(http: &HttpClient, clock: &dyn Clock, provider: &Provider) -> ProviderChecks {
    let mut clock_offset = None;
    let mut send = |address: &str| -> Result<HttpResponse> {
        let before = clock.now();
        let response = http.send(discovery::request("address", address)?)?;
        clock_offset = offset_from_date(before + (clock.now() - before) / 2, &response);
        Ok(response)
    };
    let discovery = match (&provider.issuer, provider.discover) {
        (Some(issuer), true) => check_metadata(provider, issuer, &mut send),
        _ => check_endpoint(provider, &mut send),
    };
    ProviderChecks { discovery, clock_offset }
}

fn check_metadata(
    provider: &Provider,
    issuer: &str,
    send: &mut dyn FnMut(&str) -> Result<HttpResponse>,
) -> Result<String> {
    let mut instead = None;
    for location in discovery::metadata_urls(issuer)? {
        let response = send(&location)?;
        if let Some(metadata) = discovery::parse_response(issuer, provider.tenant_issuer, &location, &response)? {
            let located = discovery::resolve_endpoints(provider, Some(&metadata))?;
            let device = if located.device_authorization.is_some() { ", with the device flow" } else { "" };
            return Ok(format!("`{}` describes itself{device}", sanitize_untrusted(issuer)));
        }
        instead = instead.or(NotMetadata::detect(&response));
    }
    Err(discovery::not_found(issuer, instead))
}

/// A provider whose endpoints are known is asked for nothing but an answer of any kind.
fn check_endpoint(provider: &Provider, send: &mut dyn FnMut(&str) -> Result<HttpResponse>) -> Result<String> {
    let known = &provider.endpoints;
    let Some(address) = known.token.as_ref().or(known.authorization.as_ref()) else {
        return Err(Error::usage(format!("`{}` has neither an issuer nor endpoints", provider.name)));
    };
    send(address)?;
    Ok(format!("`{}` answers; its endpoints are known without asking", host_of(address)))
}

/// `Date` is in whole seconds (RFC 9110 6.6.1).
fn offset_from_date(ours: DateTime<Utc>, response: &HttpResponse) -> Option<TimeDelta> {
    let date = response.headers().get(::http::header::DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?;
    Some(ours - theirs.to_utc())
}

/// ID tokens are held against this machine's clock.
fn clock_check(provider: &Provider, asked: &ProviderChecks) -> Check {
    let name = format!("clock {}", provider.name);
    let Some(clock_offset) = asked.clock_offset else {
        return match &asked.discovery {
            Ok(_) => Check::pass(name, "the provider does not tell the time"),
            Err(_) => Check { ok: false, ..Check::pass(name, "not compared: there was no answer") },
        };
    };
    let seconds = clock_offset.num_seconds();
    let apart = crate::duration::show(Duration::from_secs(seconds.unsigned_abs()));
    match seconds {
        -1..=1 => Check::pass(name, "as the provider's"),
        _ if seconds.abs() <= LEEWAY => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            Check::pass(name, format!("{apart} {side} the provider's, which does no harm"))
        }
        _ => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            let hint = "set the clock of this machine, by network time if it can be";
            Check::fail(name, format!("{apart} {side} the provider's: ID tokens will be refused"), hint)
        }
    }
}
