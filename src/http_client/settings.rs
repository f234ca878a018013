//! Settings and limits of the HTTP client.

use std::path::PathBuf;
use std::time::Duration;

use super::proxy_variables::ProxyVariables;
use crate::trusted_file::TrustedOwners;

/// Maximum size of a response body; metadata, keys and tokens need a hundredth of it.
pub(super) const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// Route that sends requests for an origin to a local port instead of its resolved address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRoute {
    /// Scheme and host, such as `http://demo.localhost`.
    pub origin: String,
    pub port: u16,
}

#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Time limit of a request, from the first byte sent to the last byte received.
    pub timeout: Duration,
    /// Additional certificate authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// Users who may own the `ca_file`.
    pub trusted_owners: TrustedOwners,
    /// Directory of cached metadata and keys; `None` disables the cache.
    pub cache_dir: Option<PathBuf>,
    /// `User-Agent` header; some providers reject requests without one.
    pub user_agent: String,
    pub routes: Vec<OriginRoute>,
    pub proxies: ProxyVariables,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            ca_file: None,
            trusted_owners: TrustedOwners::of_this_process(None),
            cache_dir: None,
            user_agent: concat!("mycli/", env!("CARGO_PKG_VERSION")).to_owned(),
            routes: Vec::new(),
            proxies: ProxyVariables::default(),
        }
    }
}
