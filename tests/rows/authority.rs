//! A certificate authority of the test's own, and one certificate for every host that a row names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mycli::catalog::Provider;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

pub struct Authority {
    folder: TempDir,
    pub server: Arc<ServerConfig>,
}

impl Authority {
    /// Made with Debian's `openssl`, which is there wherever `ca-certificates` is.
    pub fn new(providers: &[Provider]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let names: Vec<String> = hosts(providers).iter().map(|host| format!("DNS:{host}")).collect();
        make(folder.path(), "ca", &["-addext", "basicConstraints=critical,CA:TRUE"]);
        let names = format!("subjectAltName={}", names.join(","));
        make(
            folder.path(),
            "hosts",
            &["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE", "-addext", &names],
        );
        let chain = CertificateDer::pem_file_iter(folder.path().join("hosts.pem")).expect("it was made");
        let chain: Vec<_> = chain.collect::<Result<_, _>>().expect("it is PEM");
        let key = PrivateKeyDer::from_pem_file(folder.path().join("hosts.key")).expect("it was made");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let server = builder.expect("ring has them").with_no_client_auth().with_single_cert(chain, key);
        Self { folder, server: Arc::new(server.expect("the key is that of the certificate")) }
    }

    /// What `SSL_CERT_FILE` names.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

fn make(folder: &Path, name: &str, more: &[&str]) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-nodes", "-days", "2", "-subj", &format!("/CN=rows {name}")]);
    command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]).args(more);
    let output = command.output().expect("`openssl` is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Every host that stands in what is known of a provider.
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
