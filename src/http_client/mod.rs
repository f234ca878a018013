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
use self::error::{FailureCause, cause, message};
pub use self::proxy::{Proxy, certificates, connects, proxy};
use self::resolver::Resolver;
use crate::catalog::is_loopback;
use crate::error::{Error, Result};
use crate::oauth::{self, HttpRequest, HttpResponse, RequestSecrets, discovery, host_of};

/// The largest body taken: metadata, keys and tokens are a hundredth of it.
const LARGEST_BODY: u64 = 1024 * 1024;

/// How long an idle connection is used again: long enough for tokens, keys and profile in a row, shorter than the idle
/// time-out of any server, so that no code is spent on a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(2);

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
    pub cache: Option<PathBuf>,
    /// `User-Agent`; some providers refuse requests without.
    pub user_agent: String,
    /// Origins served inside this program.
    pub routes: Vec<OriginRoute>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            ca_file: None,
            cache: None,
            user_agent: concat!("mycli/", env!("CARGO_PKG_VERSION")).to_owned(),
            routes: Vec::new(),
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
    system: OnceLock<Agent>,
    /// Trusts the `ca_file` alone.
    company: OnceLock<Agent>,
    told: Arc<OnceLock<TraceCallback>>,
}

/// Who is told of every exchange.
struct TraceCallback(Box<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for TraceCallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told")
    }
}

impl HttpClient {
    /// Takes the settings; nothing is opened yet.
    pub fn new(settings: HttpSettings) -> Self {
        let resolver = Resolver::new(&settings.routes);
        let (system, company, told) = (OnceLock::new(), OnceLock::new(), Arc::default());
        Self(Arc::new(Inner { settings, resolver, system, company, told }))
    }

    /// The same way with the certificate authorities of one provider; the rest stays shared.
    pub fn trusting(&self, ca_file: Option<PathBuf>) -> Self {
        self.with(HttpSettings { ca_file, ..self.0.settings.clone() })
    }

    /// The same way with another time-out; connections are its own.
    pub fn within(&self, timeout: Duration) -> Self {
        self.with(HttpSettings { timeout, ..self.0.settings.clone() })
    }

    fn with(&self, settings: HttpSettings) -> Self {
        let (resolver, told) = (self.0.resolver.clone(), Arc::clone(&self.0.told));
        let (system, company) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { settings, resolver, system, company, told }))
    }

    /// Sends requests to an origin to a port of this machine from now on.
    pub fn add_route(&self, route: OriginRoute) {
        self.0.resolver.add(&route);
    }

    /// Tells `told` of every exchange from now on: method and host, status and size, nothing that may be secret.
    pub fn tell(&self, told: impl Fn(&str) + Send + Sync + 'static) {
        // Whoever listens first goes on listening.
        let _ = self.0.told.set(TraceCallback(Box::new(told)));
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
        let Some(file) = &self.0.settings.ca_file else {
            return self.attempt(&self.system(), request, &url).map_err(|cause| message(&cause, &host, None));
        };
        // The certificate is looked at before anything is sent, so that nothing is sent twice.
        match self.attempt(&self.company(file)?, request.clone(), &url) {
            Err(FailureCause::Untrusted(_)) => {
                self.attempt(&self.system(), request, &url).map_err(|cause| message(&cause, &host, Some(file)))
            }
            other => other.map_err(|cause| message(&cause, &host, Some(file))),
        }
    }

    /// As [`Http::send`], on a thread of its own: dropping the future ends the wait, not the request.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn sent(&self, request: HttpRequest) -> Result<HttpResponse> {
        let http = self.clone();
        on_a_thread(move || http.send(request)).await
    }

    /// Fetches metadata or keys, from the cache while they live: as long as `Cache-Control` says, an hour where it says
    /// nothing, a day at most. `anew` asks the provider all the same, and keeps what it answers.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub fn document(&self, url: &str, now: DateTime<Utc>, anew: bool) -> Result<HttpResponse> {
        let cache = self.0.settings.cache.as_deref();
        let cached = cache
            .filter(|_| !anew)
            .and_then(|directory| cache::load(directory, &self.kept_as(url), now, CacheFreshness::Living));
        if let Some(answer) = cached {
            return Ok(answer);
        }
        let answer = self.send(discovery::request("address", url)?)?;
        if let Some(directory) = cache {
            cache::store(directory, &self.kept_as(url), now, &answer);
        }
        Ok(answer)
    }

    /// As [`Http::document`], and where the provider is away (no answer, or one that says to try again later) what it said
    /// last, though its life is over, with the trouble there is.
    ///
    /// # Errors
    /// As [`Http::send`], where nothing was kept.
    pub fn document_or_last(&self, url: &str, now: DateTime<Utc>) -> Result<(HttpResponse, Option<Error>)> {
        let fresh = self.document(url, now, false);
        let trouble = match &fresh {
            Ok(answer) => discovery::away(answer, url),
            Err(Error::Network { message }) => Some(Error::network(message.clone())),
            Err(_) => None,
        };
        let directory = self.0.settings.cache.as_deref().filter(|_| trouble.is_some());
        match directory.and_then(|directory| cache::load(directory, &self.kept_as(url), now, CacheFreshness::Past)) {
            Some(last) => Ok((last, trouble)),
            None => fresh.map(|answer| (answer, None)),
        }
    }

    /// Keeps a document no longer: whoever mends what was wrong with it is heard at once.
    pub fn forget(&self, url: &str) {
        if let Some(directory) = self.0.settings.cache.as_deref() {
            cache::remove(directory, &self.kept_as(url));
        }
    }

    /// What a document is kept as: one that a company's authority vouches for is only for those who trust it.
    fn kept_as(&self, url: &str) -> String {
        match &self.0.settings.ca_file {
            None => url.to_owned(),
            Some(file) => format!("{url} {}", file.display()),
        }
    }

    fn attempt(&self, agent: &Agent, request: HttpRequest, url: &Url) -> Result<HttpResponse, FailureCause> {
        let (method, begun, said) = (request.method().clone(), Instant::now(), RequestSecrets::by(&request));
        let by_proxy = |proxy: &ureq::Proxy| !is_loopback(url) && !proxy.is_no_proxy(request.uri());
        let has_proxy = agent.config().proxy().is_some_and(by_proxy);
        let request = match is_loopback(url) {
            true => agent.configure_request(request).proxy(None).build(),
            false => request,
        };
        // Whoever is asked first is who refuses.
        let who = |cause| if has_proxy && matches!(cause, FailureCause::Refused) { FailureCause::Proxy } else { cause };
        let answer = agent.run(request).map_err(|error| who(cause(error))).and_then(|answer| {
            let (parts, mut body) = answer.into_parts();
            let body = body.with_config().limit(LARGEST_BODY).read_to_vec().map_err(cause)?;
            Ok(said.taken_from(web::Response::from_parts(parts, body)))
        });
        if let Some(TraceCallback(told)) = self.0.told.get() {
            let outcome = match &answer {
                Ok(answer) => format!("{}, {} bytes", answer.status().as_u16(), answer.body().len()),
                Err(_) => "no answer".to_owned(),
            };
            // Never the path or the query: either may hold a code.
            told(&format!("{method} {}: {outcome} in {} ms", host_of(url.as_str()), begun.elapsed().as_millis()));
        }
        answer
    }

    fn system(&self) -> Agent {
        self.0.system.get_or_init(|| self.agent(RootCerts::PlatformVerifier)).clone()
    }

    fn company(&self, file: &std::path::Path) -> Result<Agent> {
        if let Some(agent) = self.0.company.get() {
            return Ok(agent.clone());
        }
        let unreadable = |why: String| Error::usage(format!("the `ca_file` {} {why}", file.display()));
        let agent = self.agent(RootCerts::Specific(Arc::new(certificates(file).map_err(unreadable)?)));
        Ok(self.0.company.get_or_init(|| agent).clone())
    }

    fn agent(&self, roots: RootCerts) -> Agent {
        let settings = &self.0.settings;
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(ring).build();
        let config = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(settings.user_agent.as_str())
            .accept("application/json")
            .max_idle_age(IDLE)
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

async fn on_a_thread(work: impl FnOnce() -> Result<HttpResponse> + Send + 'static) -> Result<HttpResponse> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("http".to_owned()).spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(work());
    });
    spawned.map_err(|source| Error::other(format!("no thread for the request: {source}")))?;
    wait.await.unwrap_or_else(|_| Err(Error::other("the request ended without an answer")))
}
