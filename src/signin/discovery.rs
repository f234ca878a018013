//! Provider metadata (OpenID Connect Discovery 4, RFC 8414). Reads one URL after the other, only until the needed
//! values are found; for most providers the first suffices. A sign-in reads the metadata once.

use crate::app::App;
use crate::catalog::{KnownEndpoints, Provider};
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata, NotMetadata};

/// Metadata found so far, and the remaining URLs.
pub struct ProviderDiscovery<'a> {
    app: &'a App,
    http: HttpClient,
    /// Issuer whose metadata must be found, if any.
    required_issuer: Option<String>,
    tenant_issuer: bool,
    known: KnownEndpoints,
    /// The catalog has no entry, so that even the revocation endpoint must be found.
    generic: bool,
    urls: std::vec::IntoIter<String>,
    metadata: Option<Metadata>,
    other_document: Option<NotMetadata>,
    is_unreachable: bool,
}

impl<'a> ProviderDiscovery<'a> {
    /// Sends no request yet. A provider with known endpoints needs none at all.
    pub fn new(app: &'a App, provider: &Provider) -> Result<Self> {
        let urls = match (provider.discover, &provider.metadata, &provider.issuer) {
            (true, Some(url), _) => vec![url.clone()],
            (true, None, Some(issuer)) => discovery::metadata_urls(issuer)?,
            _ => Vec::new(),
        };
        Ok(Self {
            app,
            http: app.http_with_ca(provider.ca_file.as_deref()),
            required_issuer: provider.issuer.clone().filter(|_| provider.discover),
            tenant_issuer: provider.tenant_issuer,
            known: provider.endpoints.clone(),
            generic: provider.generic,
            urls: urls.into_iter(),
            metadata: None,
            other_document: None,
            is_unreachable: false,
        })
    }

    /// Finds the endpoints for a sign-in and for revocation. Catalog entries know their revocation endpoint.
    pub fn find_endpoints(&mut self) -> Result<()> {
        let (known, generic) = (self.known.clone(), self.generic);
        self.read_until(|metadata| {
            (known.authorization.is_some() || metadata.authorization_endpoint.is_some())
                && (known.token.is_some() || metadata.token_endpoint.is_some())
                && (!generic || known.revocation.is_some() || metadata.revocation_endpoint.is_some())
        })
    }

    pub fn find(&mut self, endpoint: fn(&Metadata) -> &Option<String>) -> Result<Option<String>> {
        self.read_until(|metadata| endpoint(metadata).is_some())?;
        Ok(self.metadata.as_ref().and_then(|metadata| endpoint(metadata).clone()))
    }

    /// Returns true if the metadata lists PKCE with S256 (RFC 7636).
    pub fn supports_pkce_s256(&mut self) -> Result<bool> {
        self.read_until(|metadata| !metadata.code_challenge_methods_supported.is_empty())?;
        let methods = self.metadata().map(|metadata| metadata.code_challenge_methods_supported.as_slice());
        Ok(methods.is_some_and(|methods| methods.iter().any(|method| method == "S256")))
    }

    /// Metadata found so far.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// HTTP client with the provider's own certificate authorities, if any.
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Kind of the first response that was not metadata.
    pub fn other_document(&self) -> Option<NotMetadata> {
        self.other_document
    }

    /// Returns true if the provider was unreachable or failed.
    pub fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }

    /// Reads the remaining URLs until `is_complete` returns true.
    ///
    /// A document of another issuer is never used. It fails the sign-in only if no other document is found, because a
    /// site with several issuers may serve the metadata of one at the URL of another.
    fn read_until(&mut self, is_complete: impl Fn(&Metadata) -> bool) -> Result<()> {
        let mut check_error = None;
        while !self.metadata.as_ref().is_some_and(&is_complete) {
            let Some(url) = self.urls.next() else { break };
            match (self.read(&url), &mut self.metadata) {
                (Ok(None), _) => {}
                (Ok(Some(found)), None) => self.metadata = Some(found),
                (Ok(Some(found)), Some(known)) => known.merge_missing(found),
                (Err(error), Some(_)) => self.app.prompt.detail(&format!("ignored: {error}")),
                (Err(error @ Error::Check { .. }), None) => check_error = check_error.or(Some(error)),
                (Err(error), None) => {
                    self.is_unreachable = true;
                    return Err(error);
                }
            }
        }
        match (&self.metadata, &self.required_issuer) {
            (None, Some(issuer)) => {
                Err(check_error.unwrap_or_else(|| discovery::not_found(issuer, self.other_document)))
            }
            _ => Ok(()),
        }
    }

    fn read(&mut self, url: &str) -> Result<Option<Metadata>> {
        let app = self.app;
        app.prompt.detail(&format!("fetching {url}"));
        let (response, error) = self.http.fetch_document_or_stale(url, app.now())?;
        if let Some(error) = error {
            app.prompt.detail(&format!("{error}; using the cached metadata"));
        }
        let issuer = self.required_issuer.as_deref().unwrap_or_default();
        let read = discovery::parse_response(issuer, self.tenant_issuer, url, &response);
        if matches!(read, Ok(None)) {
            self.other_document = self.other_document.or(NotMetadata::detect(&response));
        }
        read.inspect_err(|_| self.http.remove_cached_document(url))
    }
}
