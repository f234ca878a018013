//! HTTP client: time limit, body size limit, `https` or loopback only, proxies, CA files. No redirects, except for
//! metadata: [`HttpClient::fetch_metadata`] follows them within the origin.
//!
//! Any status counts as a response; only a missing response is an error. Errors name the host, never the path or the
//! query, which may hold secrets. Proxies come from the environment (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`,
//! `NO_PROXY`); loopback never uses a proxy. `localhost` and names below it resolve to this machine without a lookup
//! (RFC 6761 6.3).

mod cache;
mod connect;
mod diagnostics;
mod error;
mod exchange;
mod metadata;
mod proxy_variables;
mod resolver;
mod run_state;
mod settings;

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
use self::diagnostics::parse_certificates;
pub use self::diagnostics::{check_connection, read_certificates};
pub use self::error::was_not_sent;
use self::error::{FailureCause, classify, prefer_untrusted, to_error};
pub use self::exchange::{StreamedResponse, Upload};
pub use self::metadata::FetchedMetadata;
pub use self::proxy_variables::{ChosenProxy, ProxyVariables};
use self::resolver::Resolver;
use self::run_state::{RunState, SlowRequest};
use self::settings::MAX_BODY_BYTES;
pub use self::settings::{HttpSettings, OriginRoute};
use crate::error::{Error, Remedy, Result};
use crate::oauth::{self, HttpRequest, HttpResponse, RequestSecrets, discovery, host_of};
use crate::trusted_file::{self, UntrustedFile};

/// Maximum idle time of a reusable connection: long enough for tokens, keys and profile in a row, shorter than the idle
/// timeout of any server, so that no code is sent over a connection that the server is closing.
const MAX_IDLE_AGE: Duration = Duration::from_secs(2);

/// HTTP client. Cheap to create and to clone: the first request loads certificates and opens connections.
#[derive(Debug, Clone)]
pub struct HttpClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: HttpSettings,
    resolver: Resolver,
    system_agent: OnceLock<Agent>,
    /// Trusts only the `ca_file`.
    ca_file_agent: OnceLock<Agent>,
    run: Arc<RunState>,
    connector: RacingConnector,
}

impl HttpClient {
    pub fn new(settings: HttpSettings) -> Self {
        let resolver = Resolver::new(&settings.routes);
        let (system_agent, ca_file_agent) = (OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner {
            settings,
            resolver,
            system_agent,
            ca_file_agent,
            run: Arc::default(),
            connector: RacingConnector::default(),
        }))
    }

    /// Returns a client with another `ca_file`; routes and tracing are shared.
    pub fn with_ca_file(&self, ca_file: Option<PathBuf>) -> Self {
        self.with_settings(HttpSettings { ca_file, ..self.0.settings.clone() })
    }

    /// Returns a client with another time limit; connections are not shared.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with_settings(HttpSettings { timeout, ..self.0.settings.clone() })
    }

    fn with_settings(&self, settings: HttpSettings) -> Self {
        let (resolver, run) = (self.0.resolver.clone(), Arc::clone(&self.0.run));
        let (system_agent, ca_file_agent) = (OnceLock::new(), OnceLock::new());
        let connector = self.0.connector.clone();
        Self(Arc::new(Inner { settings, resolver, system_agent, ca_file_agent, run, connector }))
    }

    /// Routes an origin to a local port from now on.
    pub fn add_route(&self, route: OriginRoute) {
        self.0.resolver.add(&route);
    }

    /// Calls `trace` after each request with method, host, status and size; never with anything secret.
    pub fn set_trace(&self, trace: impl Fn(&str) + Send + Sync + 'static) {
        // The first callback stays.
        let _ = self.0.run.trace.set(Box::new(trace));
    }

    /// Shows each request that takes longer than two seconds, until its response arrives.
    pub fn show_waits(&self, display: impl Fn(&str, Duration) -> Box<dyn Send> + Send + Sync + 'static) {
        // The first display stays.
        let _ = self.0.run.wait_display.set(Box::new(display));
    }

    /// Sets the time by which all requests must end, besides their own time limit. Returns the one before.
    pub fn set_deadline(&self, deadline: Option<Instant>) -> Option<Instant> {
        self.0.run.set_deadline(deadline)
    }

    /// Sends a request and waits for the response, whatever its status. Redirects are not followed.
    ///
    /// # Errors
    /// [`Error::Network`] if no response arrives, [`Error::Check`] if the URL is neither `https` nor on a loopback
    /// host, [`Error::Usage`] if the `ca_file` cannot be read.
    pub fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let address = request.uri().to_string();
        let url = oauth::parse_endpoint("URL", &address)?;
        let host = host_of(&address);
        let proxy = self.0.settings.proxies.choose(&url)?;
        let send = |agent: &Agent, request| self.send_with(agent, request, &url, proxy.as_ref());
        let Some(file) = &self.0.settings.ca_file else {
            return send(&self.system_agent(), request).map_err(|cause| to_error(&cause, &host, None));
        };
        // The certificate is checked before the request is sent, so a retry cannot send the request twice.
        let outcome = match send(&self.ca_file_agent(file)?, request.clone()) {
            Err(untrusted @ FailureCause::UntrustedCertificate(_)) => {
                send(&self.system_agent(), request).map_err(|cause| prefer_untrusted(untrusted, cause))
            }
            other => other,
        };
        outcome.map_err(|cause| to_error(&cause, &host, Some(file)))
    }

    /// Like [`HttpClient::send`], on its own thread: dropping the future ends the wait, not the request.
    pub async fn send_async(&self, request: HttpRequest) -> Result<HttpResponse> {
        let http = self.clone();
        run_on_thread(move || http.send(request)).await
    }

    /// Fetches keys; uses the cache while they are fresh: as long as `Cache-Control` allows, an hour by
    /// default, a day at most. `bypass_cache` always sends a request and caches the response.
    pub fn fetch_document(&self, url: &str, now: DateTime<Utc>, bypass_cache: bool) -> Result<HttpResponse> {
        let cache = self.0.settings.cache_dir.as_deref();
        let cached = cache
            .filter(|_| !bypass_cache)
            .and_then(|directory| cache::load(directory, &self.cache_key(url), now, CacheFreshness::Fresh));
        if let Some(response) = cached {
            return Ok(response);
        }
        let response = self.send(discovery::request("URL", url)?)?;
        if let Some(directory) = cache {
            cache::store(directory, &self.cache_key(url), now, &response);
        }
        Ok(response)
    }

    /// Like [`HttpClient::fetch_document`]. If the provider is unavailable (no response, or one that asks to retry
    /// later), returns the stale document together with the error.
    ///
    /// # Errors
    /// See [`HttpClient::send`], if no document is cached.
    pub fn fetch_document_or_stale(&self, url: &str, now: DateTime<Utc>) -> Result<(HttpResponse, Option<Error>)> {
        let fresh = self.fetch_document(url, now, false);
        let error = match &fresh {
            Ok(response) => discovery::unavailable(response, url),
            Err(Error::Network { message, cause, remedy }) => Some(Error::network_because(*cause, *remedy, message)),
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

    /// Fetches metadata. Uses the cache while it is fresh, and a stale document while the provider is unavailable (no
    /// response, or one that asks to retry later).
    ///
    /// # Errors
    /// See [`HttpClient::send`], if no document is cached.
    pub fn fetch_metadata(&self, url: &str, now: DateTime<Utc>) -> Result<FetchedMetadata> {
        let (cache, key) = (self.0.settings.cache_dir.as_deref(), self.cache_key(url));
        let load = |freshness| cache.and_then(|directory| cache::load(directory, &key, now, freshness));
        if let Some(known) = self.0.run.metadata.get(&key).or_else(|| load(CacheFreshness::Fresh)) {
            return Ok(known.into());
        }
        let fetched = self.fetch_uncached_metadata(url);
        let failure = match &fetched {
            Ok(fetched) => discovery::unavailable(&fetched.response, url),
            Err(Error::Network { message, cause, remedy }) => Some(Error::network_because(*cause, *remedy, message)),
            Err(_) => None,
        };
        if let Some(stale) = failure.as_ref().and_then(|_| load(CacheFreshness::AllowStale)) {
            return Ok(FetchedMetadata { stale_because: failure, ..stale.into() });
        }
        if let (Some(directory), Ok(fetched)) = (cache, &fetched) {
            cache::store(directory, &key, now, &fetched.response);
        }
        fetched
    }

    /// Like [`HttpClient::fetch_metadata`], but never from the cache of an earlier run.
    pub fn fetch_uncached_metadata(&self, url: &str) -> Result<FetchedMetadata> {
        let key = self.cache_key(url);
        if let Some(known) = self.0.run.metadata.get(&key) {
            return Ok(known.into());
        }
        let (response, redirected_to) = self.follow_within_origin(url)?;
        if discovery::unavailable(&response, url).is_none() {
            self.0.run.metadata.insert(key, response.clone());
        }
        Ok(FetchedMetadata { response, redirected_to, stale_because: None })
    }

    /// Like [`HttpClient::fetch_metadata`], but always sends a request, for a document that may be outdated.
    pub fn refetch_metadata(&self, url: &str, now: DateTime<Utc>) -> Result<HttpResponse> {
        let (response, _) = self.follow_within_origin(url)?;
        if discovery::unavailable(&response, url).is_none() {
            self.0.run.metadata.insert(self.cache_key(url), response.clone());
        }
        if let Some(directory) = self.0.settings.cache_dir.as_deref() {
            cache::store(directory, &self.cache_key(url), now, &response);
        }
        Ok(response)
    }

    /// Follows redirects whose target has the same origin: whoever answers there could have answered at once. A redirect
    /// to another origin is the response. A server that has let one request time out is not asked for another document.
    fn follow_within_origin(&self, url: &str) -> Result<(HttpResponse, Option<String>)> {
        let host = host_of(url);
        if let Some(message) = self.0.run.metadata.silence_of(&host) {
            return Err(Error::network(message));
        }
        let outcome = self.request_within_origin(url);
        if let Err(error) = &outcome
            && error::is_silence(error)
        {
            self.0.run.metadata.insert_silence(host, error.to_string());
        }
        outcome
    }

    fn request_within_origin(&self, url: &str) -> Result<(HttpResponse, Option<String>)> {
        let mut target = None;
        for _ in 0..metadata::MAX_REDIRECTS {
            let from = target.as_deref().unwrap_or(url);
            let response = self.send(discovery::request("URL", from)?)?;
            match metadata::redirect_within_origin(from, &response) {
                Some(next) => target = Some(next),
                None => return Ok((response, target)),
            }
        }
        let from = target.as_deref().unwrap_or(url);
        Ok((self.send(discovery::request("URL", from)?)?, target))
    }

    /// Like [`HttpClient::fetch_document`], on its own thread.
    pub async fn fetch_document_async(&self, url: &str, now: DateTime<Utc>, bypass: bool) -> Result<HttpResponse> {
        let (http, url) = (self.clone(), url.to_owned());
        run_on_thread(move || http.fetch_document(&url, now, bypass)).await
    }

    /// Like [`HttpClient::fetch_document_or_stale`], on its own thread.
    pub async fn fetch_document_or_stale_async(
        &self,
        url: &str,
        now: DateTime<Utc>,
    ) -> Result<(HttpResponse, Option<Error>)> {
        let (http, url) = (self.clone(), url.to_owned());
        run_on_thread(move || http.fetch_document_or_stale(&url, now)).await
    }

    /// Removes a document from the cache, so that a fix at the provider takes effect at once.
    pub fn remove_cached_document(&self, url: &str) {
        if let Some(directory) = self.0.settings.cache_dir.as_deref() {
            cache::remove(directory, &self.cache_key(url));
        }
    }

    /// Cache key of a document: one fetched with a `ca_file` is only valid for clients that trust this file.
    fn cache_key(&self, url: &str) -> String {
        match &self.0.settings.ca_file {
            None => url.to_owned(),
            Some(file) => format!("{url} {}", file.display()),
        }
    }

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
        let (method, started, secrets) =
            (request.method().clone(), Instant::now(), RequestSecrets::from_request(&request));
        let limit = self.0.run.limit(self.0.settings.timeout).ok_or(FailureCause::TimedOut)?;
        let proxied = proxy.map(|chosen| chosen.proxy.clone());
        let request = agent.configure_request(request).proxy(proxied).timeout_global(Some(limit)).build();
        let _shown = SlowRequest::watch(&self.0.run, &host_of(url.as_str()), limit);
        let failure = |error| classify(error, proxy);
        let response = agent.run(request).map_err(failure).and_then(|response| {
            let (parts, mut body) = response.into_parts();
            if is_event_stream(&parts.headers) {
                return Ok(web::Response::from_parts(parts, Vec::new()));
            }
            let body = body.with_config().limit(MAX_BODY_BYTES).read_to_vec().map_err(failure)?;
            Ok(secrets.redact(web::Response::from_parts(parts, body)))
        });
        if let Some(trace) = self.0.run.trace.get() {
            let outcome = match &response {
                Ok(response) => format!("{}, {} bytes", response.status().as_u16(), response.body().len()),
                Err(_) => "no response".to_owned(),
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
        let read = trusted_file::read(file, &self.0.settings.trusted_owners).map_err(|untrusted| match untrusted {
            UntrustedFile::Io(source) => invalid(format!("cannot be read: {source}")),
            refused @ UntrustedFile::Refused { .. } => refused.into_error("the `ca_file`", file),
        })?;
        let certificates = parse_certificates(&read.bytes).map_err(invalid)?;
        let agent = self.build_agent(RootCerts::Specific(Arc::new(certificates)));
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
        // Same order as in `ureq`: SOCKS proxy, HTTP proxy, else a direct connection by [`RacingConnector`]; TLS on
        // top.
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(self.0.connector.clone())
                .chain(RustlsConnector::default());
        Agent::with_parts(config, connector, self.0.resolver.clone())
    }
}

/// Returns true for server-sent events: they never end, and no caller reads them.
fn is_event_stream(headers: &web::HeaderMap) -> bool {
    let kind = headers.get(web::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
}

pub async fn run_on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("http".to_owned()).spawn(move || {
        // The receiver may be gone.
        let _ = done.send(work());
    });
    spawned.map_err(|source| {
        Error::other_with(Remedy::Resources, format!("could not start a thread for the request: {source}"))
    })?;
    wait.await.unwrap_or_else(|_| Err(Error::other_with(Remedy::Retry, "the request ended without a response")))
}
