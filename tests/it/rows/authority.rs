//! A test certificate authority, and one certificate for all hosts in the rows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mycli::internals::catalog::Provider;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

pub struct CertificateAuthority {
    folder: TempDir,
    pub server: Arc<ServerConfig>,
}

impl CertificateAuthority {
    /// Creates the certificates with `openssl`, which Debian installs together with `ca-certificates`.
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
        let chain = CertificateDer::pem_file_iter(folder.path().join("hosts.pem")).expect("openssl wrote the file");
        let chain: Vec<_> = chain.collect::<Result<_, _>>().expect("valid PEM");
        let key = PrivateKeyDer::from_pem_file(folder.path().join("hosts.key")).expect("openssl wrote the file");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let server =
            builder.expect("ring supports the default versions").with_no_client_auth().with_single_cert(chain, key);
        Self { folder, server: Arc::new(server.expect("the key matches the certificate")) }
    }

    /// Returns the file for `SSL_CERT_FILE`.
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
