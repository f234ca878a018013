//! Test certificates, created with `openssl`.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::{TimeDelta, Utc};
use tempfile::TempDir;

/// ECDSA on P-256, as `mkcert` creates it.
pub const ECDSA: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
/// RSA with the usual key size.
pub const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// Configuration of `openssl ca`, the only command of old versions that accepts both dates.
const SETTINGS: &str = "\
[ca]
default_ca = ca_test
[ca_test]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
";

/// Certificate authority trusted by one test only.
pub struct Authority {
    directory: TempDir,
    /// Root authority that signed this one; its certificate is part of each chain.
    root: Option<Box<Self>>,
}

/// Certificate and key, as a user would configure them.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Certificates, PEM, the host's own first.
    pub chain: String,
    /// Key, PEM.
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let authority = Self::empty(None);
        authority.make_key("ca.key", ECDSA);
        let name = ["-subj", "/CN=Authority of the tests", "-addext", "keyUsage=critical,keyCertSign"];
        authority.openssl(&[&["req", "-x509", "-new", "-key", "ca.key", "-out", "ca.pem", "-days", "30"][..], &name]);
        authority
    }

    /// Creates an authority signed by another one.
    pub fn intermediate() -> Self {
        let root = Self::new();
        let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
        let issued = root.issue_with(extensions, 0..30, ECDSA);
        let authority = Self::empty(Some(Box::new(root)));
        authority.write("ca.pem", &issued.chain);
        authority.write("ca.key", &issued.key);
        authority
    }

    fn empty(root: Option<Box<Self>>) -> Self {
        let authority = Self { directory: tempfile::tempdir().expect("a temporary directory"), root };
        authority.write("settings", SETTINGS);
        authority.write("index", "");
        authority.write("serial", "01\n");
        authority
    }

    /// File of the certificate to trust.
    pub fn file(&self) -> PathBuf {
        self.root.as_ref().map_or_else(|| self.directory.path().join("ca.pem"), |root| root.file())
    }

    /// Issues a certificate for names such as `DNS:localhost,IP:127.0.0.1`.
    pub fn issue(&self, names: &str) -> Issued {
        self.issue_with(&format!("subjectAltName={names}\n"), 0..30, ECDSA)
    }

    /// Issues a certificate with these extensions, valid on these days relative to today.
    pub fn issue_with(&self, extensions: &str, days: Range<i64>, kind: &[&str]) -> Issued {
        self.write("extensions", extensions);
        self.make_key("key", kind);
        self.openssl(&[&["req", "-new", "-key", "key", "-subj", "/CN=localhost", "-out", "request"][..]]);
        let date = |day| (Utc::now() + TimeDelta::days(day)).format("%Y%m%d%H%M%SZ").to_string();
        let (start, end) = (date(days.start), date(days.end));
        let sign = ["ca", "-config", "settings", "-batch", "-notext", "-cert", "ca.pem"];
        let input = ["-keyfile", "ca.key", "-in", "request", "-extfile", "extensions", "-out", "certificate"];
        self.openssl(&[&sign[..], &input, &["-startdate", &start, "-enddate", &end]]);
        let issuer_chain = if self.root.is_some() { self.read("ca.pem") } else { String::new() };
        Issued { chain: self.read("certificate") + &issuer_chain, key: self.read("key") }
    }

    /// Converts a key with `openssl`, for example with `-aes128` and a passphrase.
    pub fn convert_key(&self, key: &str, arguments: &[&str]) -> String {
        self.write("old", key);
        self.openssl(&[&["pkey", "-in", "old", "-out", "new"][..], arguments]);
        self.read("new")
    }

    fn make_key(&self, file: &str, kind: &[&str]) {
        self.openssl(&[&["genpkey", "-out", file][..], kind]);
    }

    fn openssl(&self, arguments: &[&[&str]]) {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.concat()).current_dir(self.directory.path()).stdin(Stdio::null());
        let output = openssl.output().expect("openssl is installed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.directory.path().join(file)).expect("written by openssl")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.directory.path().join(file), text).expect("writable");
    }
}
