//! The certificate that the gate answers with where it speaks TLS: the person's own, never one that was made here.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError as RustlsError, RootCertStore, ServerConfig};
use zeroize::Zeroize;

/// A chain and its key, fit to answer for one host today.
///
/// What was read of the key is wiped; the cryptography library's own form of it lives as long as this does.
#[derive(Clone)]
pub struct TlsCertificate {
    config: Arc<ServerConfig>,
    not_after: DateTime<Utc>,
}

/// What is wrong, as the end of a sentence that begins with the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateError {
    /// With the chain.
    Chain(String),
    /// With the key.
    Key(String),
}

impl TlsCertificate {
    /// Takes the chain, the host's own certificate first, and its key, both PEM (RFC 7468), to answer for `host`: a name,
    /// or an address as it stands in a URI. Whether a browser trusts them cannot be told from here.
    ///
    /// # Errors
    /// Which of the two is at fault, and why; nothing of the key is said.
    pub fn new(chain: &[u8], key: &[u8], host: &str, now: DateTime<Utc>) -> Result<Self, CertificateError> {
        let provider = Arc::new(ring::default_provider());
        let chain = read_chain(chain).map_err(CertificateError::Chain)?;
        let not_after = validate(&chain[0], host, now, &provider).map_err(CertificateError::Chain)?;
        let mut der = read_key(key).map_err(CertificateError::Key)?;
        let signing_key = ring::sign::any_supported_type(&der);
        der.zeroize();
        let signing_key = signing_key.map_err(|_| CertificateError::Key(UNSUPPORTED_KEY.to_owned()))?;
        let certified = CertifiedKey::new(chain, signing_key);
        certified.keys_match().map_err(|_| CertificateError::Key("is not the key of this certificate".to_owned()))?;
        Ok(Self { config: Arc::new(server_config(certified, provider)), not_after })
    }

    /// When it expires.
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl fmt::Debug for TlsCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsCertificate(until {})", self.not_after)
    }
}

const UNSUPPORTED_KEY: &str = "is damaged, or of a kind that is not spoken here: RSA, ECDSA on P-256 or P-384, Ed25519";

/// TLS 1.2 and 1.3. Nothing is kept of one connection for the next: there are few, and a ticket is one secret more.
fn server_config(certified: CertifiedKey, provider: Arc<CryptoProvider>) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks both versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn read_chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err("has no certificate in PEM".to_owned()),
        Err(_) => Err("is damaged: it is not PEM to its end".to_owned()),
    }
}

fn read_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    // PKCS #8 says it in the label, older forms in a line of their own (RFC 1421 4.6.1.1).
    let is_encrypted = pem.split(|byte| *byte == b'\n').any(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED") || (line.starts_with(b"Proc-Type:") && contains(line, b"ENCRYPTED"))
    });
    if is_encrypted {
        return Err("is encrypted, and no passphrase is asked for it: name a key that is not".to_owned());
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => Err("has no private key in PEM".to_owned()),
        Err(_) => Err("is damaged: it is not PEM to its end".to_owned()),
    }
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|part| part == word)
}

/// When it ends, of one that is good for `host` now.
fn validate(
    certificate: &CertificateDer<'_>,
    host: &str,
    now: DateTime<Utc>,
    provider: &CryptoProvider,
) -> Result<DateTime<Utc>, String> {
    let damaged = |_| "is damaged: its first certificate cannot be read".to_owned();
    let parsed = ParsedCertificate::try_from(certificate).map_err(damaged)?;
    let name = ServerName::try_from(host.trim_matches(['[', ']'])).map_err(|_| format!("cannot be for `{host}`"))?;
    verify_server_name(&parsed, &name).map_err(|error| wrong_host(&error, host))?;
    match error_at(&parsed, now, provider) {
        Some(RustlsError::ExpiredContext { not_after, .. }) => Err(format!("expired on {}", format_date(not_after))),
        Some(RustlsError::NotValidYetContext { not_before, .. }) => {
            Err(format!("is not valid before {}", format_date(not_before)))
        }
        Some(RustlsError::InvalidPurpose | RustlsError::InvalidPurposeContext { .. }) => {
            Err("is not for servers, by its extended key usage".to_owned())
        }
        // Whom the browser trusts is not known here; that nobody vouches for it says that all before was in order.
        _ => expiry(&parsed, provider).ok_or_else(|| "ends before it begins".to_owned()),
    }
}

/// What is wrong with it at a time, the dates first of all. There are no roots, so something always is.
fn error_at(parsed: &ParsedCertificate<'_>, at: DateTime<Utc>, provider: &CryptoProvider) -> Option<RustlsError> {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let algorithms = provider.signature_verification_algorithms.all;
    match verify_server_cert_signed_by_trust_anchor(parsed, &RootCertStore::empty(), &[], at, algorithms) {
        Err(rustls::Error::InvalidCertificate(error)) => Some(error),
        _ => None,
    }
}

/// Its last moment, which the check of a far future names, unless the dates are no span.
fn expiry(parsed: &ParsedCertificate<'_>, provider: &CryptoProvider) -> Option<DateTime<Utc>> {
    match error_at(parsed, DateTime::<Utc>::MAX_UTC, provider) {
        Some(RustlsError::ExpiredContext { not_after, .. }) => Some(date_time(not_after)),
        _ => None,
    }
}

fn date_time(time: UnixTime) -> DateTime<Utc> {
    let seconds = i64::try_from(time.as_secs()).ok();
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn format_date(time: UnixTime) -> String {
    date_time(time).format("%Y-%m-%d").to_string()
}

fn wrong_host(error: &rustls::Error, host: &str) -> String {
    let names = match error {
        rustls::Error::InvalidCertificate(RustlsError::NotValidForNameContext { presented, .. }) => presented,
        _ => return format!("is not for `{host}`"),
    };
    // Browsers read no other field (RFC 9525 2).
    if names.is_empty() {
        return format!("is for no host: it needs `{host}` among its subject alternative names");
    }
    // `DnsName("app.example")` or `IpAddress(192.0.2.1)`, as the library shows one.
    let name_only =
        |name: &String| name.split(['"', '(', ')']).rfind(|part| !part.is_empty()).unwrap_or(name).to_owned();
    let shown: Vec<String> =
        names.iter().map(name_only).map(|name| format!("`{}`", crate::sanitize::sanitize_untrusted(&name))).collect();
    format!("is not for `{host}`, but for {}", shown.join(", "))
}
