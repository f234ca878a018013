//! Provider metadata (OpenID Connect Discovery 4, RFC 8414). Reads one URL after the other, only until the needed
//! values are found; for most providers the first suffices.

use crate::app::App;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata, NotMetadata};

/// Metadata found so far, and the remaining URLs.
pub struct ProviderDiscovery<'a> {
    app: &'a App,
    http: HttpClient,
    provider: &'a Provider,
    urls: std::vec::IntoIter<String>,
    metadata: Option<Metadata>,
    other_document: Option<NotMetadata>,
    is_unreachable: bool,
}

impl<'a> ProviderDiscovery<'a> {
    /// Sends no request yet. A provider with known endpoints needs none at all.
    ///
    /// # Errors
    /// [`Error::Usage`] if the issuer is not a URL.
    pub fn new(app: &'a App, http: &HttpClient, provider: &'a Provider) -> Result<Self> {
        let urls = match (provider.discover, &provider.metadata, &provider.issuer) {
            (true, Some(url), _) => vec![url.clone()],
            (true, None, Some(issuer)) => discovery::metadata_urls(issuer)?,
            _ => Vec::new(),
        };
        Ok(Self {
            app,
            http: http.clone(),
            provider,
            urls: urls.into_iter(),
            metadata: None,
            other_document: None,
            is_unreachable: false,
        })
    }

    /// Finds the endpoints for a sign-in and for revocation. Catalog entries know their revocation endpoint.
    ///
    /// # Errors
    /// As [`ProviderDiscovery::read_until`].
    pub fn find_endpoints(&mut self) -> Result<()> {
        let (known, generic) = (self.provider.endpoints.clone(), self.provider.generic);
        self.read_until(|metadata| {
            (known.authorization.is_some() || metadata.authorization_endpoint.is_some())
                && (known.token.is_some() || metadata.token_endpoint.is_some())
                && (!generic || known.revocation.is_some() || metadata.revocation_endpoint.is_some())
        })
    }

    /// Returns the device authorization endpoint.
    ///
    /// # Errors
    /// As [`ProviderDiscovery::read_until`].
    pub fn device_endpoint(&mut self) -> Result<Option<String>> {
        self.read_until(|metadata| metadata.device_authorization_endpoint.is_some())?;
        Ok(self.metadata().and_then(|metadata| metadata.device_authorization_endpoint.clone()))
    }

    /// Returns the registration endpoint.
    ///
    /// # Errors
    /// As [`ProviderDiscovery::read_until`].
    pub fn registration_endpoint(&mut self) -> Result<Option<String>> {
        self.read_until(|metadata| metadata.registration_endpoint.is_some())?;
        Ok(self.metadata().and_then(|metadata| metadata.registration_endpoint.clone()))
    }

    /// Returns true if the metadata lists PKCE with S256 (RFC 7636).
    ///
    /// # Errors
    /// As [`ProviderDiscovery::read_until`].
    pub fn supports_pkce_s256(&mut self) -> Result<bool> {
        self.read_until(|metadata| !metadata.code_challenge_methods_supported.is_empty())?;
        let methods = self.metadata().map(|metadata| metadata.code_challenge_methods_supported.as_slice());
        Ok(methods.is_some_and(|methods| methods.iter().any(|method| method == "S256")))
    }

    /// Metadata found so far.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
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
    ///
    /// # Errors
    /// [`Error::Network`] if the provider is unreachable or has no metadata, [`Error::Check`] if the metadata is
    /// invalid.
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
        match (&self.metadata, &self.provider.issuer) {
            (None, Some(issuer)) if self.provider.discover => {
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
        let issuer = self.provider.issuer.as_deref().unwrap_or_default();
        let read = discovery::parse_response(issuer, self.provider.tenant_issuer, url, &response);
        if matches!(read, Ok(None)) {
            self.other_document = self.other_document.or(NotMetadata::detect(&response));
        }
        read.inspect_err(|_| self.http.remove_cached_document(url))
    }
}
