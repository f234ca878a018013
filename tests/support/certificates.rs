//! Certificates made for one test, by `openssl`.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::{TimeDelta, Utc};
use tempfile::TempDir;

/// ECDSA on P-256, as `mkcert` makes them.
pub const ECDSA: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
/// RSA of the usual size.
pub const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// What `openssl ca` has to be told, the only command of old versions that takes both dates.
const SETTINGS: &str = "\
[ca]
default_ca = it
[it]
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

/// An authority that only the test trusts.
pub struct Authority {
    folder: TempDir,
    /// Vouched for by another one, whose certificate goes with each chain.
    root: Option<Box<Self>>,
}

/// What a person would name in the configuration.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificates, PEM, the host's own first.
    pub chain: String,
    /// The key, PEM.
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

    /// One that another one vouches for.
    pub fn below_another() -> Self {
        let root = Self::new();
        let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";
        let issued = root.issue_with(extensions, 0..30, ECDSA);
        let authority = Self::empty(Some(Box::new(root)));
        authority.write("ca.pem", &issued.chain);
        authority.write("ca.key", &issued.key);
        authority
    }

    fn empty(root: Option<Box<Self>>) -> Self {
        let authority = Self { folder: tempfile::tempdir().expect("a temporary folder can be made"), root };
        authority.write("settings", SETTINGS);
        authority.write("index", "");
        authority.write("serial", "01\n");
        authority
    }

    /// The file of the certificate that is to be trusted.
    pub fn file(&self) -> PathBuf {
        self.root.as_ref().map_or_else(|| self.folder.path().join("ca.pem"), |root| root.file())
    }

    /// A certificate for these names, such as `DNS:localhost,IP:127.0.0.1`.
    pub fn issue(&self, names: &str) -> Issued {
        self.issue_with(&format!("subjectAltName={names}\n"), 0..30, ECDSA)
    }

    /// A certificate with these extensions that is good on these days, counted from now.
    pub fn issue_with(&self, extensions: &str, days: Range<i64>, kind: &[&str]) -> Issued {
        self.write("extensions", extensions);
        self.make_key("key", kind);
        self.openssl(&[&["req", "-new", "-key", "key", "-subj", "/CN=localhost", "-out", "request"][..]]);
        let date = |day| (Utc::now() + TimeDelta::days(day)).format("%Y%m%d%H%M%SZ").to_string();
        let (start, end) = (date(days.start), date(days.end));
        let sign = ["ca", "-config", "settings", "-batch", "-notext", "-cert", "ca.pem"];
        let what = ["-keyfile", "ca.key", "-in", "request", "-extfile", "extensions", "-out", "certificate"];
        self.openssl(&[&sign[..], &what, &["-startdate", &start, "-enddate", &end]]);
        let above = if self.root.is_some() { self.read("ca.pem") } else { String::new() };
        Issued { chain: self.read("certificate") + &above, key: self.read("key") }
    }

    /// The key as `openssl` rewrites it with these arguments, such as `-aes128` and a passphrase.
    pub fn rewritten(&self, key: &str, arguments: &[&str]) -> String {
        self.write("old", key);
        self.openssl(&[&["pkey", "-in", "old", "-out", "new"][..], arguments]);
        self.read("new")
    }

    fn make_key(&self, file: &str, kind: &[&str]) {
        self.openssl(&[&["genpkey", "-out", file][..], kind]);
    }

    fn openssl(&self, arguments: &[&[&str]]) {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.concat()).current_dir(self.folder.path()).stdin(Stdio::null());
        let output = openssl.output().expect("openssl is installed");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("openssl wrote it")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).expect("ours to write");
    }
}
