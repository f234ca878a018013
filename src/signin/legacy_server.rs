//! Authorization server of a protected resource without metadata that names one (Model Context Protocol of 2025-03-26):
//! the server's own metadata at the root of the resource's origin, else endpoints with default paths.

use url::Url;

use super::discovery::ProviderDiscovery;
use super::resource_probe::ResourceProbe;
use crate::app::App;
use crate::catalog::{NetworkScope, Provider};
use crate::error::Result;
use crate::oauth::protected_resource::Protection;

/// Authorization server that no metadata of the resource names.
pub struct LegacyServer {
    pub issuer: String,
    /// It has no metadata.
    pub has_default_endpoints: bool,
}

/// Finds the server of a resource that answers with 401; `None` if it does not, or if there is no such server. The
/// address itself comes first: `discovery` has looked for its metadata, and found it if `is_issuer`.
pub fn find(
    app: &App,
    probe: &ResourceProbe<'_>,
    discovery: &ProviderDiscovery<'_>,
    is_issuer: bool,
) -> Result<Option<LegacyServer>> {
    let found = |issuer: &str| Ok(Some(LegacyServer { issuer: issuer.to_owned(), has_default_endpoints: false }));
    if probe.metadata.is_none() && !probe.is_protected() {
        return Ok(None);
    }
    if let Some(metadata) = discovery.metadata().filter(|_| is_issuer) {
        return found(&metadata.issuer);
    }
    let Ok(url) = Url::parse(probe.url) else { return Ok(None) };
    let origin = url.origin().ascii_serialization();
    let provider = Provider {
        issuer: Some(origin.clone()),
        discover: true,
        protected_resource: Some(probe.url.to_owned()),
        ..Provider::from_name(probe.url)
    };
    let mut root = ProviderDiscovery::new(app, &provider)?.with_http(discovery.http());
    match root.find_endpoints() {
        Ok(()) => return found(root.metadata().map_or(&origin, |metadata| &metadata.issuer)),
        Err(error) => app.prompt.detail(&format!("ignored: {error}")),
    }
    // The document at the root may be the copy of another server's (atlassian/atlassian-mcp-server#148): the user is asked
    // about that server, whose own metadata counts.
    if let Some(claimed) = root.claimed_issuer() {
        let is_reachable = Url::parse(claimed).is_ok_and(|to| NetworkScope::denied_because(&url, &to).is_none());
        return if is_reachable { found(claimed) } else { Ok(None) };
    }
    let has_defaults = probe.challenge.protection == Protection::Bearer && !root.is_unreachable();
    Ok(has_defaults.then_some(LegacyServer { issuer: origin, has_default_endpoints: true }))
}
