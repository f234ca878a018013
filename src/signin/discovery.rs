//! The provider's metadata (OpenID Connect Discovery 4, RFC 8414), read place by place and only as far as something is
//! missing: most providers say everything at the first.

use crate::app::App;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata, NotMetadata};

/// What is known of one provider so far, and where there may be more.
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
    /// Nothing is asked yet; of a provider whose endpoints are all known nothing ever will be.
    ///
    /// # Errors
    /// [`Error::Usage`] where the issuer is no address.
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

    /// What a sign-in begins with: where to go, and where to revoke, which the catalogue knows of its own providers.
    ///
    /// # Errors
    /// As [`Discovery::until`].
    pub fn find_endpoints(&mut self) -> Result<()> {
        let (known, generic) = (self.provider.endpoints.clone(), self.provider.generic);
        self.read_until(|metadata| {
            (known.authorization.is_some() || metadata.authorization_endpoint.is_some())
                && (known.token.is_some() || metadata.token_endpoint.is_some())
                && (!generic || known.revocation.is_some() || metadata.revocation_endpoint.is_some())
        })
    }

    /// The device authorization endpoint, wherever it stands.
    ///
    /// # Errors
    /// As [`Discovery::until`].
    pub fn device_endpoint(&mut self) -> Result<Option<String>> {
        self.read_until(|metadata| metadata.device_authorization_endpoint.is_some())?;
        Ok(self.metadata().and_then(|metadata| metadata.device_authorization_endpoint.clone()))
    }

    /// The registration endpoint, wherever it stands.
    ///
    /// # Errors
    /// As [`Discovery::until`].
    pub fn registration_endpoint(&mut self) -> Result<Option<String>> {
        self.read_until(|metadata| metadata.registration_endpoint.is_some())?;
        Ok(self.metadata().and_then(|metadata| metadata.registration_endpoint.clone()))
    }

    /// Whether the provider says, wherever that stands, that it knows PKCE by S256 (RFC 7636).
    ///
    /// # Errors
    /// As [`Discovery::until`].
    pub fn supports_pkce_s256(&mut self) -> Result<bool> {
        self.read_until(|metadata| !metadata.code_challenge_methods_supported.is_empty())?;
        let methods = self.metadata().map(|metadata| metadata.code_challenge_methods_supported.as_slice());
        Ok(methods.is_some_and(|methods| methods.iter().any(|method| method == "S256")))
    }

    /// What was found so far.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// What answered where no metadata was.
    pub fn other_document(&self) -> Option<NotMetadata> {
        self.other_document
    }

    /// Whether the provider could not be asked, or failed.
    pub fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }

    /// Reads on until there is `enough`, or no place is left.
    ///
    /// A document that is not the issuer's is never used; it ends the sign-in only where no other is found, because sites
    /// with several issuers answer the places of one with the metadata of another.
    ///
    /// # Errors
    /// [`Error::Network`] where the provider is away or has no metadata, [`Error::Check`] where what it has is wrong.
    fn read_until(&mut self, is_complete: impl Fn(&Metadata) -> bool) -> Result<()> {
        let mut check_error = None;
        while !self.metadata.as_ref().is_some_and(&is_complete) {
            let Some(url) = self.urls.next() else { break };
            match (self.read(&url), &mut self.metadata) {
                (Ok(None), _) => {}
                (Ok(Some(found)), None) => self.metadata = Some(found),
                (Ok(Some(found)), Some(known)) => known.merge_missing(found),
                (Err(error), Some(_)) => self.app.prompt.detail(&format!("passed over: {error}")),
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
        app.prompt.detail(&format!("reading {url}"));
        let (response, error) = self.http.fetch_document_or_stale(url, app.now())?;
        if let Some(error) = error {
            app.prompt.detail(&format!("{error}; going on with what it said before"));
        }
        let issuer = self.provider.issuer.as_deref().unwrap_or_default();
        let read = discovery::parse_response(issuer, self.provider.tenant_issuer, url, &response);
        if matches!(read, Ok(None)) {
            self.other_document = self.other_document.or(NotMetadata::detect(&response));
        }
        read.inspect_err(|_| self.http.remove_cached_document(url))
    }
}
