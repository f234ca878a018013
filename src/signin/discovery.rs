//! Provider metadata (OpenID Connect Discovery 4, RFC 8414). Reads one URL after the other, only until the needed
//! values are found; for most providers the first suffices. A sign-in reads the metadata once.

use crate::app::App;
use crate::catalog::{KnownEndpoints, Provider};
use crate::error::{Error, Remedy, Result};
use crate::http_client::HttpClient;
use crate::oauth::discovery::{self, Metadata, UrlOrder};
use crate::oauth::host_of;
use crate::oauth::not_metadata::{self, NotMetadata};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Metadata found so far, and the remaining URLs.
pub struct ProviderDiscovery<'a> {
    app: &'a App,
    http: HttpClient,
    /// Issuer whose metadata must be found, if any.
    required_issuer: Option<String>,
    /// Name of the provider.
    name: String,
    /// The name is the issuer, as typed.
    is_typed: bool,
    /// The configuration names the issuer.
    is_configured: bool,
    tenant_issuer: bool,
    known: KnownEndpoints,
    /// The catalog has no entry, so that even the revocation endpoint must be found.
    generic: bool,
    /// The authorization server of a protected resource.
    for_resource: bool,
    urls: std::vec::IntoIter<String>,
    metadata: Option<Metadata>,
    other_document: Option<NotMetadata>,
    claimed_issuer: Option<String>,
    has_rejected_openid: bool,
    is_unreachable: bool,
}

impl<'a> ProviderDiscovery<'a> {
    /// Sends no request yet. A provider with known endpoints needs none at all.
    pub fn new(app: &'a App, provider: &Provider) -> Result<Self> {
        let for_resource = provider.protected_resource.is_some();
        let order = if for_resource { UrlOrder::OAuthFirst } else { UrlOrder::OpenIdFirst };
        let urls = match (provider.discover, &provider.metadata, &provider.issuer) {
            (true, Some(url), _) => vec![url.clone()],
            (true, None, Some(issuer)) => {
                let urls = discovery::metadata_urls(issuer, order)?;
                let with_slash = discovery::slash_urls(&urls);
                urls.into_iter().chain(with_slash).collect()
            }
            _ => Vec::new(),
        };
        let is_typed = provider.generic && !for_resource && provider.name.contains("://");
        let is_typed = is_typed && !provider.is_configured("issuer");
        Ok(Self {
            app,
            http: app.http_with_ca(provider.ca_file.as_deref()),
            required_issuer: provider.issuer.clone().filter(|_| provider.discover),
            name: provider.name.clone(),
            is_typed,
            is_configured: provider.is_configured("issuer"),
            tenant_issuer: provider.tenant_issuer,
            known: provider.endpoints.clone(),
            generic: provider.generic,
            for_resource,
            urls: urls.into_iter(),
            metadata: None,
            other_document: None,
            claimed_issuer: None,
            has_rejected_openid: false,
            is_unreachable: false,
        })
    }

    /// Sends the requests with another client.
    pub fn with_http(self, http: &HttpClient) -> Self {
        Self { http: http.clone(), ..self }
    }

    /// Uses `metadata` and reads none.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), urls: Vec::new().into_iter(), ..self }
    }

    /// Finds the endpoints for a sign-in and for revocation. Catalog entries know their revocation endpoint.
    pub fn find_endpoints(&mut self) -> Result<()> {
        let (known, for_resource) = (self.known.clone(), self.for_resource);
        let needs_revocation = self.generic && !for_resource && known.revocation.is_none();
        self.read_until(|metadata| {
            let has_openid = metadata.scopes_supported.iter().any(|scope| scope == "openid");
            (known.authorization.is_some() || metadata.authorization_endpoint.is_some())
                && (known.token.is_some() || metadata.token_endpoint.is_some())
                && (!needs_revocation || metadata.revocation_endpoint.is_some())
                // The RFC 8414 document comes first for a resource, and may omit what only OpenID Connect needs.
                && (!for_resource || !has_openid || known.jwks.is_some() || metadata.jwks_uri.is_some())
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
    pub fn other_document(&self) -> Option<&NotMetadata> {
        self.other_document.as_ref()
    }

    /// Issuer that the first rejected document claims.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claimed_issuer.as_deref()
    }

    /// Returns true if OpenID metadata was found, but is that of another issuer or unusable.
    pub fn has_rejected_openid(&self) -> bool {
        self.has_rejected_openid
    }

    /// Returns true if the provider was unreachable or failed.
    pub fn is_unreachable(&self) -> bool {
        self.is_unreachable
    }

    /// Reads the remaining URLs until `is_complete` returns true. Looks below a trailing slash only if nothing else is
    /// found.
    ///
    /// A document of another issuer is never used. It fails the sign-in only if no other document is found, because a
    /// site with several issuers may serve the metadata of one at the URL of another.
    fn read_until(&mut self, is_complete: impl Fn(&Metadata) -> bool) -> Result<()> {
        let mut check_error = None;
        while !self.metadata.as_ref().is_some_and(&is_complete) {
            let Some(url) = self.urls.next() else { break };
            if url.ends_with('/') && (self.metadata.is_some() || check_error.is_some()) {
                continue;
            }
            match (self.read(&url), &mut self.metadata) {
                (Ok(None), _) => {}
                (Ok(Some(found)), None) => self.metadata = Some(found),
                (Ok(Some(found)), Some(known)) => known.merge_missing(found),
                (Err(error), Some(_)) => self.app.prompt.detail(&format!("ignored: {error}")),
                (Err(error), None) if matches!(error.cause(), Error::Check { .. }) => {
                    check_error = check_error.or(Some(error));
                }
                (Err(error), None) => {
                    self.is_unreachable = true;
                    return Err(error);
                }
            }
        }
        match (&self.metadata, &self.required_issuer) {
            (None, Some(issuer)) => {
                let not_found =
                    || not_metadata::not_found(issuer, self.other_document.as_ref(), self.name_to_configure());
                Err(check_error.map_or_else(not_found, |error| self.with_claimed_issuer(error)))
            }
            _ => Ok(()),
        }
    }

    fn read(&mut self, url: &str) -> Result<Option<Metadata>> {
        let app = self.app;
        app.prompt.detail(&format!("fetching {url}"));
        let fetched = self.http.fetch_metadata(url, app.now())?;
        if let Some(error) = fetched.stale_because {
            app.prompt.detail(&format!("{error}; using the cached metadata"));
        }
        if let Some(target) = fetched.redirected_to {
            app.prompt.note(&format!(
                "`{}` redirects to {} for its metadata",
                host_of(url),
                sanitize_untrusted(&target)
            ));
        }
        let (issuer, response) = (self.required_issuer.as_deref().unwrap_or_default(), fetched.response);
        let read = discovery::parse_response(issuer, self.tenant_issuer, url, &response);
        match &read {
            Ok(Some(_)) => {}
            Ok(None) => self.other_document = self.other_document.take().or(NotMetadata::detect(&response)),
            Err(_) => {
                let claimed = discovery::claimed_issuer(&response);
                self.has_rejected_openid |= claimed.is_some() && discovery::is_openid_url(url);
                self.claimed_issuer = self.claimed_issuer.take().or(claimed);
                self.http.remove_cached_document(url);
            }
        }
        read
    }

    /// Name for the settings of the provider; `None` if a protected resource names the issuer.
    fn name_to_configure(&self) -> Option<&str> {
        match self.is_typed {
            true => Some("NAME"),
            false => Some(self.name.as_str()).filter(|_| !self.for_resource),
        }
    }

    /// Adds the command for the issuer that the metadata claims: a URL below it, or above, is a common mistake.
    fn with_claimed_issuer(&self, error: Error) -> Error {
        let Error::Check { message, remedy: Remedy::Url } = error else { return error };
        // Another host would have to be trusted anew.
        let host = self.required_issuer.as_deref().map(host_of);
        let claimed = self.claimed_issuer.as_deref().filter(|claimed| Some(host_of(claimed)) == host);
        let alternative = match (claimed, self.is_configured) {
            (Some(issuer), true) => {
                format!("{{program}} providers add {} --issuer {}", shell_quote(&self.name), shell_quote(issuer))
            }
            (Some(issuer), false) if self.is_typed => format!("{{program}} signin {}", shell_quote(issuer)),
            // The user cannot correct what a resource or the catalog names.
            _ if !self.is_typed && !self.is_configured => return Error::check(message),
            _ => return Error::check_with(Remedy::Url, message),
        };
        Error::Blocked { cause: Box::new(Error::check_with(Remedy::Url, message)), alternative }
    }
}
