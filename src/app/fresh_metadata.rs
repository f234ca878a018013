//! Metadata read once more when an endpoint or a key stopped working: cached metadata, or a session, may name an old one.

use chrono::{DateTime, Utc};

use super::App;
use crate::catalog::Provider;
use crate::http_client::{self, HttpClient};
use crate::oauth::discovery::{self, Metadata, UrlOrder};

/// Issuer and the URLs of its metadata.
struct Source {
    issuer: String,
    tenant_issuer: bool,
    urls: Vec<String>,
}

impl App {
    /// Reads the metadata of `issuer` past the cache; `None` if there is none.
    pub fn fresh_metadata(&self, http: &HttpClient, issuer: &str) -> Option<Metadata> {
        self.prompt.detail("fetching the metadata once more");
        Source::of_issuer(issuer)?.read(http, self.now())
    }

    /// Like [`App::fresh_metadata`], without blocking.
    pub async fn fresh_metadata_async(&self, http: &HttpClient, issuer: &str) -> Option<Metadata> {
        self.read_async(http, Source::of_issuer(issuer)?).await
    }

    /// Reads the metadata of a provider past the cache; `None` if it has none.
    pub async fn fresh_metadata_of(&self, http: &HttpClient, provider: &Provider) -> Option<Metadata> {
        let source = Source::of_issuer(provider.issuer.as_deref()?)?;
        let urls = provider.metadata.clone().map_or(source.urls, |url| vec![url]);
        self.read_async(http, Source { urls, tenant_issuer: provider.tenant_issuer, ..source }).await
    }

    async fn read_async(&self, http: &HttpClient, source: Source) -> Option<Metadata> {
        self.prompt.detail("fetching the metadata once more");
        let (http, now) = (http.clone(), self.now());
        http_client::run_on_thread(move || Ok(source.read(&http, now))).await.ok().flatten()
    }
}

impl Source {
    fn of_issuer(issuer: &str) -> Option<Self> {
        let urls = discovery::metadata_urls(issuer, UrlOrder::OpenIdFirst).ok()?;
        Some(Self { issuer: issuer.to_owned(), tenant_issuer: false, urls })
    }

    fn read(&self, http: &HttpClient, now: DateTime<Utc>) -> Option<Metadata> {
        self.read_all(http, now, &self.urls).or_else(|| self.read_all(http, now, &discovery::slash_urls(&self.urls)))
    }

    /// Reads and merges the documents of all `urls`: each endpoint may be in any of them.
    fn read_all(&self, http: &HttpClient, now: DateTime<Utc>, urls: &[String]) -> Option<Metadata> {
        let mut metadata: Option<Metadata> = None;
        for url in urls {
            let Ok(response) = http.refetch_metadata(url, now) else { continue };
            match (discovery::parse_response(&self.issuer, self.tenant_issuer, url, &response), &mut metadata) {
                (Ok(Some(found)), Some(known)) => known.merge_missing(found),
                (Ok(Some(found)), None) => metadata = Some(found),
                (Ok(None) | Err(_), _) => {}
            }
        }
        metadata
    }
}
