//! Sends one request and returns the answer: time-outs, size cap, no redirects, https or loopback, proxy, CA.
//!
//! Any status is an answer; only what kept an answer from coming is an error, and it names the host, never the path or
//! the query of the address, which may hold secrets. Proxies come from the environment (`ALL_PROXY`, `HTTPS_PROXY`,
//! `HTTP_PROXY`, `NO_PROXY`); loopback never goes through one, and `localhost` and the names below it are this machine
//! without asking anyone (RFC 6761 6.3).

mod cache;
mod connect;
mod error;
mod proxy;
mod proxy_variables;
mod resolver;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, RustlsConnector, SocksConnector};
use ureq::{Agent, http as web};
use url::Url;

use self::cache::CacheFreshness;
use self::connect::RacingConnector;
use self::error::{FailureCause, classify, to_error};
pub use self::proxy::{check_connection, read_certificates};
pub use self::proxy_variables::{ChosenProxy, ProxyVariables};
use self::resolver::Resolver;
use crate::error::{Error, Result};
use crate::oauth::{self, HttpRequest, HttpResponse, RequestSecrets, discovery, host_of};

/// The largest body taken: metadata, keys and tokens are a hundredth of it.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// How long an idle connection is used again: long enough for tokens, keys and profile in a row, shorter than the idle
/// time-out of any server, so that no code is spent on a connection that is just being closed.
const MAX_IDLE_AGE: Duration = Duration::from_secs(2);

/// Where requests to an origin go instead of where its name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRoute {
    /// Scheme and host, such as `http://demo.localhost`.
    pub origin: String,
    /// The port on 127.0.0.1.
    pub port: u16,
}

/// How requests are sent.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// From the first byte out to the last byte in.
    pub timeout: Duration,
    /// Extra certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// The directory of cached metadata and keys; `None`: nothing is cached.
    pub cache_dir: Option<PathBuf>,
    /// `User-Agent`; some providers refuse requests without.
    pub user_agent: String,
    /// Origins served inside this program.
    pub routes: Vec<OriginRoute>,
    /// The proxies that requests go through.
    pub proxies: ProxyVariables,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            ca_file: None,
            cache_dir: None,
            user_agent: concat!("mycli/", env!("CARGO_PKG_VERSION")).to_owned(),
            routes: Vec::new(),
            proxies: ProxyVariables::default(),
        }
    }
}

/// The way to the network. Cheap to make and to clone: connections and certificates are set up by the first request.
#[derive(Debug, Clone)]
pub struct HttpClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: HttpSettings,
    resolver: Resolver,
    /// Trusts what the system trusts.
    system_agent: OnceLock<Agent>,
    /// Trusts the `ca_file` alone.
    ca_file_agent: OnceLock<Agent>,
    trace: Arc<OnceLock<TraceCallback>>,
}

/// Who is told of every exchange.
struct TraceCallback(Box<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for TraceCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TraceCallback")
    }
}

impl HttpClient {
    /// Takes the settings; nothing is opened yet.
    pub fn new(settings: HttpSettings) -> Self {
        let resolver = Resolver::new(&settings.routes);
        let (system_agent, ca_file_agent, trace) = (OnceLock::new(), OnceLock::new(), Arc::default());
        Self(Arc::new(Inner { settings, resolver, system_agent, ca_file_agent, trace }))
    }

    /// The same way with the certificate authorities of one provider; the rest stays shared.
    pub fn with_ca_file(&self, ca_file: Option<PathBuf>) -> Self {
        self.with_settings(HttpSettings { ca_file, ..self.0.settings.clone() })
    }

    /// The same way with another time-out; connections are its own.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_settings(HttpSettings { timeout, ..self.0.settings.clone() })
    }

    fn with_settings(&self, settings: HttpSettings) -> Self {
        let (resolver, trace) = (self.0.resolver.clone(), Arc::clone(&self.0.trace));
        let (system_agent, ca_file_agent) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { settings, resolver, system_agent, ca_file_agent, trace }))
    }

    /// Sends requests to an origin to a port of this machine from now on.
    pub fn add_route(&self, route: OriginRoute) {
        self.0.resolver.add(&route);
    }

    /// Tells `told` of every exchange from now on: method and host, status and size, nothing that may be secret.
    pub fn set_trace(&self, trace: impl Fn(&str) + Send + Sync + 'static) {
        // Whoever listens first goes on listening.
        let _ = self.0.trace.set(TraceCallback(Box::new(trace)));
    }

    /// Sends a request and waits for the answer, whatever its status. Redirects are answers.
    ///
    /// # Errors
    /// [`Error::Network`] where no answer came, [`Error::Check`] where the address is neither https nor on a loopback
    /// host, [`Error::Usage`] where the `ca_file` cannot be read.
    pub fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let address = request.uri().to_string();
        let url = oauth::endpoint("address", &address)?;
        let host = host_of(&address);
        let proxy = self.0.settings.proxies.choose(&url)?;
        let send = |agent: &Agent, request| self.send_with(agent, request, &url, proxy.as_ref());
        let Some(file) = &self.0.settings.ca_file else {
            return send(&self.system_agent(), request).map_err(|cause| to_error(&cause, &host, None));
        };
        // The certificate is checked before the request is sent, so nothing is sent twice.
        match send(&self.ca_file_agent(file)?, request.clone()) {
            Err(FailureCause::UntrustedCertificate(_)) => {
                send(&self.system_agent(), request).map_err(|cause| to_error(&cause, &host, Some(file)))
            }
            other => other.map_err(|cause| to_error(&cause, &host, Some(file))),
        }
    }

    /// As [`HttpClient::send`], on a thread of its own: dropping the future ends the wait, not the request.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn send_async(&self, request: HttpRequest) -> Result<HttpResponse> {
        let http = self.clone();
        run_on_thread(move || http.send(request)).await
    }

    /// Fetches metadata or keys, from the cache while they live: as long as `Cache-Control` says, an hour where it says
    /// nothing, a day at most. `anew` asks the provider all the same, and keeps what it answers.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub fn fetch_document(&self, url: &str, now: DateTime<Utc>, bypass_cache: bool) -> Result<HttpResponse> {
        let cache = self.0.settings.cache_dir.as_deref();
        let cached = cache
            .filter(|_| !bypass_cache)
            .and_then(|directory| cache::load(directory, &self.cache_key(url), now, CacheFreshness::Fresh));
        if let Some(response) = cached {
            return Ok(response);
        }
        let response = self.send(discovery::request("address", url)?)?;
        if let Some(directory) = cache {
            cache::store(directory, &self.cache_key(url), now, &response);
        }
        Ok(response)
    }

    /// As [`HttpClient::document`], and where the provider is away (no answer, or one that says to try again later) what it said
    /// last, though its life is over, with the trouble there is.
    ///
    /// # Errors
    /// As [`HttpClient::send`], where nothing was kept.
    pub fn fetch_document_or_stale(&self, url: &str, now: DateTime<Utc>) -> Result<(HttpResponse, Option<Error>)> {
        let fresh = self.fetch_document(url, now, false);
        let error = match &fresh {
            Ok(response) => discovery::away(response, url),
            Err(Error::Network { message }) => Some(Error::network(message.clone())),
            Err(_) => None,
        };
        let directory = self.0.settings.cache_dir.as_deref().filter(|_| error.is_some());
        match directory
            .and_then(|directory| cache::load(directory, &self.cache_key(url), now, CacheFreshness::AllowStale))
        {
            Some(stale) => Ok((stale, error)),
            None => fresh.map(|response| (response, None)),
        }
    }

    /// Keeps a document no longer: whoever mends what was wrong with it is heard at once.
    pub fn remove_cached_document(&self, url: &str) {
        if let Some(directory) = self.0.settings.cache_dir.as_deref() {
            cache::remove(directory, &self.cache_key(url));
        }
    }

    /// What a document is kept as: one that a company's authority vouches for is only for those who trust it.
    fn cache_key(&self, url: &str) -> String {
        match &self.0.settings.ca_file {
            None => url.to_owned(),
            Some(file) => format!("{url} {}", file.display()),
        }
    }

    /// The proxies that requests go through.
    pub fn proxies(&self) -> &ProxyVariables {
        &self.0.settings.proxies
    }

    fn send_with(
        &self,
        agent: &Agent,
        request: HttpRequest,
        url: &Url,
        proxy: Option<&ChosenProxy>,
    ) -> Result<HttpResponse, FailureCause> {
        let (method, started, secrets) = (request.method().clone(), Instant::now(), RequestSecrets::by(&request));
        let request = agent.configure_request(request).proxy(proxy.map(|chosen| chosen.proxy.clone())).build();
        let failure = |error| classify(error, proxy);
        let response = agent.run(request).map_err(failure).and_then(|response| {
            let (parts, mut body) = response.into_parts();
            let body = body.with_config().limit(MAX_BODY_BYTES).read_to_vec().map_err(failure)?;
            Ok(secrets.taken_from(web::Response::from_parts(parts, body)))
        });
        if let Some(TraceCallback(trace)) = self.0.trace.get() {
            let outcome = match &response {
                Ok(response) => format!("{}, {} bytes", response.status().as_u16(), response.body().len()),
                Err(_) => "no answer".to_owned(),
            };
            // Never the path or the query: either may hold a code.
            trace(&format!("{method} {}: {outcome} in {} ms", host_of(url.as_str()), started.elapsed().as_millis()));
        }
        response
    }

    fn system_agent(&self) -> Agent {
        self.0.system_agent.get_or_init(|| self.build_agent(RootCerts::PlatformVerifier)).clone()
    }

    fn ca_file_agent(&self, file: &std::path::Path) -> Result<Agent> {
        if let Some(agent) = self.0.ca_file_agent.get() {
            return Ok(agent.clone());
        }
        let invalid = |why: String| Error::usage(format!("the `ca_file` {} {why}", file.display()));
        let agent = self.build_agent(RootCerts::Specific(Arc::new(read_certificates(file).map_err(invalid)?)));
        Ok(self.0.ca_file_agent.get_or_init(|| agent).clone())
    }

    fn build_agent(&self, roots: RootCerts) -> Agent {
        let settings = &self.0.settings;
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(ring).build();
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(settings.user_agent.as_str())
            .accept("application/json")
            .max_idle_age(MAX_IDLE_AGE)
            .tls_config(tls)
            .build();
        // The order of ureq's own chain: a SOCKS proxy, an HTTP proxy, else a connection of ours; TLS on top.
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(RacingConnector)
                .chain(RustlsConnector::default());
        Agent::with_parts(config, connector, self.0.resolver.clone())
    }
}

async fn run_on_thread(work: impl FnOnce() -> Result<HttpResponse> + Send + 'static) -> Result<HttpResponse> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("http".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(work());
    });
    spawned.map_err(|source| Error::other(format!("no thread for the request: {source}")))?;
    wait.await.unwrap_or_else(|_| Err(Error::other("the request ended without an answer")))
}
