//! Test certificates, signed by an authority that only one test trusts.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;

/// Days for which a certificate is valid, relative to today.
pub const MONTH: Range<i64> = 0..30;

/// Certificate authority trusted by one test only.
pub struct Authority {
    directory: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// Certificate of an authority that a root signed; it is part of each chain.
    intermediate: String,
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
        let params = authority_params("Authority of the tests");
        let issuer = CertifiedIssuer::self_signed(params, ecdsa()).expect("a certificate");
        Self::at(issuer.pem(), issuer, String::new())
    }

    /// Creates an authority signed by another one.
    pub fn intermediate() -> Self {
        let root = Self::new();
        let params = authority_params("Intermediate authority of the tests");
        let issuer = CertifiedIssuer::signed_by(params, ecdsa(), &root.issuer).expect("a certificate");
        let intermediate = issuer.pem();
        Self::at(root.issuer.pem(), issuer, intermediate)
    }

    fn at(root: String, issuer: CertifiedIssuer<'static, KeyPair>, intermediate: String) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("ca.pem"), root).expect("writable");
        Self { directory, issuer, intermediate }
    }

    /// File of the certificate to trust.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Issues a certificate for host names and IP addresses.
    pub fn issue(&self, hosts: &[&str]) -> Issued {
        self.issue_with(hosts, MONTH, &ecdsa(), |_| {})
    }

    /// Issues a certificate for `key` with parameters that `change` has the last word on.
    pub fn issue_with(
        &self,
        hosts: &[&str],
        days: Range<i64>,
        key: &KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("names and addresses");
        params.distinguished_name = name("localhost");
        (params.not_before, params.not_after) = (day(days.start).into(), day(days.end).into());
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let certificate = params.signed_by(key, &self.issuer).expect("a certificate");
        Issued { chain: certificate.pem() + &self.intermediate, key: key.serialize_pem() }
    }
}

/// File with a certificate or key that does not expire.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// Key on P-256, as `mkcert` creates it.
pub fn ecdsa() -> KeyPair {
    KeyPair::generate().expect("a key")
}

pub fn is_authority(params: &mut CertificateParams) {
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
}

fn authority_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(common_name);
    is_authority(&mut params);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn day(number: i64) -> SystemTime {
    let distance = Duration::from_secs(86_400 * number.unsigned_abs());
    let now = SystemTime::now();
    if number < 0 { now - distance } else { now + distance }
}
