//! HTTP client that follows redirects, in place of a browser. [`super::browser`] drives a real browser.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::{self, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::Url;

use super::PATIENCE;

/// Maximum number of redirects; no sign-in has more.
const MAX_REDIRECTS: usize = 10;

/// Response as received.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// Returns the first header with this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the URL of the first external link.
    pub fn link(&self) -> String {
        let (_, rest) = self.body.split_once("href=\"http").unwrap_or_else(|| panic!("no link: {}", self.body));
        format!("http{}", rest.split('"').next().expect("split returns at least one part").replace("&amp;", "&"))
    }
}

/// Result of a visit.
#[derive(Debug)]
pub struct Visit {
    /// Requested URLs, in order.
    pub hops: Vec<String>,
    /// Last response.
    pub response: Response,
}

/// Opens `url` and follows redirects.
pub fn visit(url: &str) -> Visit {
    visit_by(&agent(), url)
}

/// Like [`visit`], but trusts only the certificate authority in `file`.
pub fn visit_trusting(file: &Path, url: &str) -> Visit {
    visit_by(&agent_trusting(file), url)
}

fn visit_by(agent: &Agent, url: &str) -> Visit {
    let mut hops = vec![url.to_owned()];
    loop {
        let current = hops.last().expect("never empty");
        let response = read_response(agent.get(current).call());
        let Some(location) = response.header("location").filter(|_| (300..400).contains(&response.status)) else {
            return Visit { hops, response };
        };
        assert!(hops.len() < MAX_REDIRECTS, "redirect loop: {hops:?}");
        let next = Url::parse(current).and_then(|base| base.join(location)).expect("a redirect has a URL");
        hops.push(next.into());
    }
}

/// Browser that stores cookies by host (RFC 6265), for the sign-in page.
#[derive(Default)]
pub struct CookieBrowser {
    cookies: Vec<(String, String)>,
}

impl CookieBrowser {
    /// Sends one `GET`.
    pub fn get(&mut self, url: &str) -> Response {
        let response = get_with(url, &[("cookie", &self.cookies_for(url))]);
        self.store_cookie(url, &response);
        response
    }

    /// Submits the button of `provider` on the page at `url`.
    pub fn press(&mut self, url: &str, provider: &str) -> Response {
        self.submit(url, &format!("provider={provider}"))
    }

    /// Submits a form to `url`, as its page does.
    pub fn submit(&self, url: &str, form: &str) -> Response {
        self.submit_from(url, form, &Url::parse(url).expect("a URL").origin().ascii_serialization())
    }

    /// Submits a form to `url` from a page of `origin`.
    pub fn submit_from(&self, url: &str, form: &str, origin: &str) -> Response {
        let request = agent().post(url).content_type("application/x-www-form-urlencoded");
        let request = request.header("origin", origin).header("cookie", self.cookies_for(url));
        read_response(request.send(form))
    }

    /// Opens `url` and follows redirects.
    pub fn visit(&mut self, url: &str) -> Response {
        let mut next = url.to_owned();
        for _ in 0..MAX_REDIRECTS {
            let response = self.get(&next);
            let Some(location) = response.header("location").filter(|_| (300..400).contains(&response.status)) else {
                return response;
            };
            next = Url::parse(&next).and_then(|base| base.join(location)).expect("a redirect has a URL").into();
        }
        panic!("redirect loop, last at {next}");
    }

    fn cookies_for(&self, url: &str) -> String {
        let host = host(url);
        let of_host = self.cookies.iter().filter(|(of, _)| *of == host).map(|(_, cookie)| cookie.as_str());
        of_host.collect::<Vec<_>>().join("; ")
    }

    fn store_cookie(&mut self, url: &str, response: &Response) {
        if let Some(cookie) = response.header("set-cookie") {
            let (host, pair) = (host(url), cookie.split(';').next().expect("split returns at least one part"));
            let name = |pair: &str| pair.split('=').next().map(str::to_owned);
            self.cookies.retain(|(of, stored)| *of != host || name(stored) != name(pair));
            self.cookies.push((host, pair.to_owned()));
        }
    }
}

fn host(url: &str) -> String {
    Url::parse(url).expect("a URL").host_str().expect("a host").to_owned()
}

/// Sends one `GET` without following redirects.
pub fn get(url: &str) -> Response {
    read_response(agent().get(url).call())
}

/// Sends one `GET` that trusts only the certificate authority in `file`, without following redirects.
pub fn get_trusting(file: &Path, url: &str) -> Response {
    read_response(agent_trusting(file).get(url).call())
}

/// Sends one `GET` with extra headers.
pub fn get_with(url: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(agent().get(url), |request, (name, value)| request.header(*name, *value));
    read_response(request.call())
}

/// Sends one `POST` with a form.
pub fn post(url: &str, form: &str) -> Response {
    post_with(url, form, &[])
}

/// Sends one `POST` with a form and extra headers.
pub fn post_with(url: &str, form: &str, headers: &[(&str, &str)]) -> Response {
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let has_type = headers.iter().any(|(name, _)| *name == form_type.0);
    let default = (!has_type).then_some(&form_type);
    let all = headers.iter().chain(default);
    let request = all.fold(agent().post(url), |request, (name, value)| request.header(*name, *value));
    read_response(request.send(form))
}

/// Sends one `POST` with JSON and extra headers.
pub fn post_json(url: &str, headers: &[(&str, &str)], body: &serde_json::Value) -> Response {
    let request = agent().post(url).content_type("application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    read_response(request.send(body.to_string()))
}

fn agent() -> Agent {
    agent_with(TlsConfig::default())
}

fn agent_trusting(file: &Path) -> Agent {
    let text = std::fs::read(file).expect("the authority file exists");
    let authority = Certificate::from_pem(&text).expect("a certificate");
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCerts::Specific(Arc::new(vec![authority]));
    agent_with(TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(ring).build())
}

fn agent_with(tls: TlsConfig) -> Agent {
    let config = Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .tls_config(tls)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), LoopbackResolver)
}

/// Resolver of `localhost` and its subdomains, which not every system knows. Nothing else is visited.
#[derive(Debug)]
struct LoopbackResolver;

impl Resolver for LoopbackResolver {
    fn resolve(&self, uri: &http::Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = uri.port_u16().expect("servers of the tests have a port");
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(host.parse().unwrap_or(Ipv4Addr::LOCALHOST.into()), port));
        Ok(addresses)
    }
}

fn read_response(outcome: Result<http::Response<ureq::Body>, ureq::Error>) -> Response {
    let mut received = outcome.expect("a response");
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Response {
        status: received.status().as_u16(),
        headers: received.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: received.body_mut().read_to_string().expect("a text body"),
    }
}
