//! TLS certificate of the server. The user supplies the certificate; the program never makes one.

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

/// Certificate chain and private key, checked for one host and the current date.
///
/// The PEM and DER copies of the key are wiped; `rustls` keeps its own form of the key as long as this value lives.
#[derive(Clone)]
pub struct TlsCertificate {
    config: Arc<ServerConfig>,
    not_after: DateTime<Utc>,
}

/// Problem with the chain or the key, worded to follow the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateError {
    /// Problem with the chain.
    Chain(String),
    /// Problem with the key.
    Key(String),
}

impl TlsCertificate {
    /// Reads the chain (the host's own certificate first) and its key, both PEM (RFC 7468), for `host`: a name, or an
    /// IP address as written in a URI. The check cannot tell if a browser trusts the chain.
    ///
    /// # Errors
    /// Names the chain or the key and gives the reason; never shows any part of the key.
    pub fn new(chain: &[u8], key: &[u8], host: &str, now: DateTime<Utc>) -> Result<Self, CertificateError> {
        let provider = Arc::new(ring::default_provider());
        let chain = read_chain(chain).map_err(CertificateError::Chain)?;
        let not_after = validate(&chain[0], host, now, &provider).map_err(CertificateError::Chain)?;
        let mut der = read_key(key).map_err(CertificateError::Key)?;
        let signing_key = ring::sign::any_supported_type(&der);
        der.zeroize();
        let signing_key = signing_key.map_err(|_| CertificateError::Key(UNSUPPORTED_KEY.to_owned()))?;
        let certified = CertifiedKey::new(chain, signing_key);
        certified.keys_match().map_err(|_| CertificateError::Key("does not match the certificate".to_owned()))?;
        Ok(Self { config: Arc::new(server_config(certified, provider)), not_after })
    }

    /// Time when the certificate expires.
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

const UNSUPPORTED_KEY: &str = "is damaged or of an unsupported type (supported: RSA, ECDSA on P-256 or P-384, Ed25519)";

/// TLS 1.2 and 1.3. The server stores no sessions and sends no tickets: connections are few, and a ticket is one more
/// secret.
fn server_config(certified: CertifiedKey, provider: Arc<CryptoProvider>) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring supports both versions")
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
        Ok(_) => Err("contains no PEM certificate".to_owned()),
        Err(_) => Err("is damaged or truncated PEM".to_owned()),
    }
}

fn read_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    // PKCS #8 marks encryption in the PEM label, older formats in a header line (RFC 1421 4.6.1.1).
    let is_encrypted = pem.split(|byte| *byte == b'\n').any(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED") || (line.starts_with(b"Proc-Type:") && contains(line, b"ENCRYPTED"))
    });
    if is_encrypted {
        return Err("is encrypted; use an unencrypted key".to_owned());
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => Err("contains no PEM private key".to_owned()),
        Err(_) => Err("is damaged or truncated PEM".to_owned()),
    }
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|part| part == word)
}

/// Returns the expiry date if the certificate is valid for `host` at `now`.
fn validate(
    certificate: &CertificateDer<'_>,
    host: &str,
    now: DateTime<Utc>,
    provider: &CryptoProvider,
) -> Result<DateTime<Utc>, String> {
    let damaged = |_| "is damaged: cannot parse its first certificate".to_owned();
    let parsed = ParsedCertificate::try_from(certificate).map_err(damaged)?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']))
        .map_err(|_| format!("cannot match `{host}`: not a valid server name"))?;
    verify_server_name(&parsed, &name).map_err(|error| wrong_host(&error, host))?;
    match error_at(&parsed, now, provider) {
        Some(RustlsError::ExpiredContext { not_after, .. }) => Err(format!("expired on {}", format_date(not_after))),
        Some(RustlsError::NotValidYetContext { not_before, .. }) => {
            Err(format!("is not valid before {}", format_date(not_before)))
        }
        Some(RustlsError::InvalidPurpose | RustlsError::InvalidPurposeContext { .. }) => {
            Err("is not a server certificate (extended key usage)".to_owned())
        }
        // Any other error, such as an unknown issuer, means that the checks before passed. Which roots the browser
        // trusts is unknown.
        _ => expiry(&parsed, provider).ok_or_else(|| "has an expiry date before its start date".to_owned()),
    }
}

/// Returns the verification error at a given time; the dates are checked first. Without roots, verification always
/// fails.
fn error_at(parsed: &ParsedCertificate<'_>, at: DateTime<Utc>, provider: &CryptoProvider) -> Option<RustlsError> {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let algorithms = provider.signature_verification_algorithms.all;
    match verify_server_cert_signed_by_trust_anchor(parsed, &RootCertStore::empty(), &[], at, algorithms) {
        Err(rustls::Error::InvalidCertificate(error)) => Some(error),
        _ => None,
    }
}

/// Returns the last valid moment, which the error for a far-future date contains; `None` if the dates are in the wrong
/// order.
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
        _ => return format!("is not valid for `{host}`"),
    };
    // Browsers read no other field (RFC 9525 2).
    if names.is_empty() {
        return format!("has no subject alternative name; it needs `{host}`");
    }
    // The library formats a name as `DnsName("app.example")` or `IpAddress(192.0.2.1)`.
    let name_only =
        |name: &String| name.split(['"', '(', ')']).rfind(|part| !part.is_empty()).unwrap_or(name).to_owned();
    let shown: Vec<String> =
        names.iter().map(name_only).map(|name| format!("`{}`", crate::sanitize::sanitize_untrusted(&name))).collect();
    format!("is valid for {}, not for `{host}`", shown.join(", "))
}
