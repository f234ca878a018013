//! Validation of certificates and keys.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use mycli::internals::server::{CertificateError, TlsCertificate};

use crate::support::certificates::{Authority, ECDSA, Issued, RSA};

fn read(issued: &Issued, host: &str) -> Result<TlsCertificate, CertificateError> {
    read_at(issued, host, Utc::now())
}

fn read_at(issued: &Issued, host: &str, now: DateTime<Utc>) -> Result<TlsCertificate, CertificateError> {
    TlsCertificate::new(issued.chain.as_bytes(), issued.key.as_bytes(), host, now)
}

fn chain(why: &str) -> Option<CertificateError> {
    Some(CertificateError::Chain(why.to_owned()))
}

fn key(why: &str) -> Option<CertificateError> {
    Some(CertificateError::Key(why.to_owned()))
}

#[test]
fn certificates_of_common_tools_are_accepted() {
    let authority = Authority::new();
    let localhost = "subjectAltName=DNS:localhost\n";
    let ecdsa = authority.issue_with(localhost, 0..30, ECDSA);
    let rsa = authority.issue_with(localhost, 0..30, RSA);
    let ed25519 = authority.issue_with(localhost, 0..30, &["-algorithm", "ED25519"]);
    let with_key = |issued: &Issued, key: String| Issued { key, ..issued.clone() };
    for (name, issued) in [
        ("RSA, PKCS #1", with_key(&rsa, authority.convert_key(&rsa.key, &["-traditional"]))),
        ("EC, SEC 1", with_key(&ecdsa, authority.convert_key(&ecdsa.key, &["-traditional"]))),
        ("the chain and the key in one file", Issued { chain: ecdsa.key.clone() + &ecdsa.chain, ..ecdsa.clone() }),
        (
            "text around the certificate",
            Issued { chain: format!("subject=localhost\r\n{}\n", ecdsa.chain), ..ecdsa.clone() },
        ),
        ("Windows line breaks", with_key(&ecdsa, ecdsa.key.replace('\n', "\r\n"))),
        ("a chain of two", Authority::intermediate().issue("DNS:localhost")),
        ("self-signed", self_signed()),
        ("EC, PKCS #8", ecdsa),
        ("RSA, PKCS #8", rsa),
        ("Ed25519", ed25519),
    ] {
        let certificate = read(&issued, "localhost").unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let days = (certificate.not_after() - Utc::now()).num_days();
        assert!((28..=30).contains(&days), "{name}: {days}");
        assert!(!format!("{certificate:?}").contains("PRIVATE"), "{certificate:?}");
    }
}

/// `openssl req -x509` creates a certificate authority's own certificate with a host name.
fn self_signed() -> Issued {
    Authority::new().issue_with("basicConstraints=critical,CA:TRUE\nsubjectAltName=DNS:localhost\n", 0..30, ECDSA)
}

#[test]
fn certificate_must_match_the_callback_host() {
    let authority = Authority::new();
    let localhost = authority.issue("DNS:localhost");
    let all = authority.issue("DNS:localhost,IP:127.0.0.1,IP:::1");
    for host in ["localhost", "LocalHost"] {
        read(&localhost, host).expect(host);
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        read(&all, host).expect(host);
    }
    assert_eq!(read(&localhost, "127.0.0.1").err(), chain("is valid for `localhost`, not for `127.0.0.1`"));
    let other = authority.issue("DNS:app.example,DNS:*.app.example,IP:192.0.2.1");
    let names = "`app.example`, `*.app.example`, `192.0.2.1`";
    assert_eq!(read(&other, "localhost").err(), chain(&format!("is valid for {names}, not for `localhost`")));
    // The subject name is `localhost` in all of these; browsers ignore it.
    let nameless = authority.issue_with("basicConstraints=CA:FALSE\n", 0..30, ECDSA);
    let why = "has no subject alternative name; it needs `localhost`";
    assert_eq!(read(&nameless, "localhost").err(), chain(why));
}

#[test]
fn invalid_certificates_and_keys_are_rejected() {
    let authority = Authority::new();
    let good = authority.issue("DNS:localhost");
    let other = authority.issue("DNS:localhost");
    let encrypted = authority.convert_key(&good.key, &["-aes128", "-passout", "pass:hush"]);
    let older = authority.convert_key(&good.key, &["-traditional", "-aes128", "-passout", "pass:hush"]);
    let clients = "subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth\n";
    let curve: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let p521 = authority.issue_with("subjectAltName=DNS:localhost\n", 0..30, curve);
    let with_key = |key: &str| Issued { key: key.to_owned(), ..good.clone() };
    let with_chain = |chain: &str| Issued { chain: chain.to_owned(), ..good.clone() };
    let unsupported = "is damaged or of an unsupported type (supported: RSA, ECDSA on P-256 or P-384, Ed25519)";
    let cut = |text: &str| text[..text.len() / 2].to_owned();
    let is_encrypted = "is encrypted; use an unencrypted key";
    for (name, issued, expected) in [
        ("another key", with_key(&other.key), key("does not match the certificate")),
        ("an encrypted key", with_key(&encrypted), key(is_encrypted)),
        ("an encrypted key in the older format", with_key(&older), key(is_encrypted)),
        ("no key", with_key(""), key("contains no PEM private key")),
        ("the certificate again", with_key(&good.chain), key("contains no PEM private key")),
        ("half a key", with_key(&cut(&good.key)), key("is damaged or truncated PEM")),
        (
            "invalid bytes in a key",
            with_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            key(unsupported),
        ),
        ("an unsupported curve", p521, key(unsupported)),
        ("no certificate", with_chain(""), chain("contains no PEM certificate")),
        ("the key again", with_chain(&good.key), chain("contains no PEM certificate")),
        ("DER", with_chain("0\u{82}\u{1}\u{a}"), chain("contains no PEM certificate")),
        ("half a certificate", with_chain(&cut(&good.chain)), chain("is damaged or truncated PEM")),
        (
            "invalid bytes in a certificate",
            with_chain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            chain("is damaged: cannot parse its first certificate"),
        ),
        (
            "a client certificate",
            authority.issue_with(clients, 0..30, ECDSA),
            chain("is not a server certificate (extended key usage)"),
        ),
    ] {
        let error = read(&issued, "localhost").err();
        assert_eq!(error, expected, "{name}");
        assert!(!format!("{error:?}").contains("hush"), "{name}");
    }
}

#[test]
fn certificate_dates_are_checked() {
    let issued = Authority::new().issue("DNS:localhost");
    let now = Utc::now();
    let end = read_at(&issued, "localhost", now).expect("valid now").not_after();
    read_at(&issued, "localhost", end - TimeDelta::seconds(1)).expect("valid until the end");
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d").to_string();
    let late = read_at(&issued, "localhost", end + TimeDelta::days(3)).err();
    assert_eq!(late, chain(&format!("expired on {}", day(end))));
    let early = read_at(&issued, "localhost", now - TimeDelta::days(3)).err();
    assert_eq!(early, chain(&format!("is not valid before {}", day(end - TimeDelta::days(30)))));
    let days = Range { start: 1, end: -1 };
    let reversed = Authority::new().issue_with("subjectAltName=DNS:localhost\n", days, ECDSA);
    assert_eq!(read(&reversed, "localhost").err(), chain("has an expiry date before its start date"));
}
