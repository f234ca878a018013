//! A test certificate authority, and one certificate for all hosts in the rows.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use mycli::internals::catalog::Provider;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::certificates::Authority;
use crate::support::tls_server;

pub struct CertificateAuthority {
    authority: Authority,
    pub server: Arc<ServerConfig>,
}

impl CertificateAuthority {
    pub fn new(providers: &[Provider]) -> Self {
        let hosts = hosts(providers);
        Self::for_hosts(&hosts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn for_hosts(hosts: &[&str]) -> Self {
        let authority = Authority::new();
        let issued = authority.issue(hosts);
        let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes()).collect::<Result<_, _>>();
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("valid PEM");
        Self { authority, server: tls_server::of_chain(chain.expect("valid PEM"), key) }
    }

    /// Returns the file for `SSL_CERT_FILE`.
    pub fn file(&self) -> PathBuf {
        self.authority.file()
    }
}

/// Returns every host in the URLs of the providers.
fn hosts(providers: &[Provider]) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for provider in providers {
        let text = format!("{provider:?}");
        for rest in text.split("https://").skip(1) {
            let host = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)).next().unwrap_or_default();
            if host.contains('.') {
                hosts.insert(host.to_lowercase());
            }
        }
    }
    hosts
}
