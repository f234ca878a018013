//! Validation of certificates and keys.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use mycli::internals::server::{CertificateError, TlsCertificate};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256};

use crate::support::certificates::{Authority, Issued, MONTH, ecdsa, fixture, is_authority};

fn read(issued: &Issued, host: &str) -> Result<TlsCertificate, CertificateError> {
    read_at(issued, host, Utc::now())
}

fn read_at(issued: &Issued, host: &str, now: DateTime<Utc>) -> Result<TlsCertificate, CertificateError> {
    TlsCertificate::new(issued.chain.as_bytes(), issued.key.as_bytes(), host, now)
}

fn chain(why: &str) -> Option<CertificateError> {
    Some(CertificateError::Chain(why.to_owned()))
}

/// Key that `openssl` wrote, in one of its formats.
fn key_file(name: &str) -> String {
    std::fs::read_to_string(fixture("keys").join(name)).expect("a fixture")
}

fn key(why: &str) -> Option<CertificateError> {
    Some(CertificateError::Key(why.to_owned()))
}

#[test]
fn certificates_of_common_tools_are_accepted() {
    let authority = Authority::new();
    let of_key = |key: &KeyPair| authority.issue_with(&["localhost"], MONTH, key, |_| {});
    let ecdsa = of_key(&KeyPair::from_pem(&key_file("ec.key")).expect("a key"));
    let rsa = of_key(&KeyPair::from_pem_and_sign_algo(&key_file("rsa.key"), &PKCS_RSA_SHA256).expect("a key"));
    let ed25519 = of_key(&KeyPair::generate_for(&PKCS_ED25519).expect("a key"));
    let with_key = |issued: &Issued, key: String| Issued { key, ..issued.clone() };
    for (name, issued) in [
        ("RSA, PKCS #1", with_key(&rsa, key_file("rsa-pkcs1.key"))),
        ("EC, SEC 1", with_key(&ecdsa, key_file("ec-sec1.key"))),
        ("the chain and the key in one file", Issued { chain: ecdsa.key.clone() + &ecdsa.chain, ..ecdsa.clone() }),
        (
            "text around the certificate",
            Issued { chain: format!("subject=localhost\r\n{}\n", ecdsa.chain), ..ecdsa.clone() },
        ),
        ("Windows line breaks", with_key(&ecdsa, ecdsa.key.replace('\n', "\r\n"))),
        ("a chain of two", Authority::intermediate().issue(&["localhost"])),
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
    Authority::new().issue_with(&["localhost"], MONTH, &ecdsa(), is_authority)
}

#[test]
fn certificate_must_match_the_callback_host() {
    let authority = Authority::new();
    let localhost = authority.issue(&["localhost"]);
    let all = authority.issue(&["localhost", "127.0.0.1", "::1"]);
    for host in ["localhost", "LocalHost"] {
        read(&localhost, host).expect(host);
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        read(&all, host).expect(host);
    }
    assert_eq!(read(&localhost, "127.0.0.1").err(), chain("is valid for `localhost`, not for `127.0.0.1`"));
    let other = authority.issue(&["app.example", "*.app.example", "192.0.2.1"]);
    let names = "`app.example`, `*.app.example`, `192.0.2.1`";
    assert_eq!(read(&other, "localhost").err(), chain(&format!("is valid for {names}, not for `localhost`")));
    // The subject name is `localhost` in all of these; browsers ignore it.
    let nameless = authority.issue(&[]);
    let why = "has no subject alternative name; it needs `localhost`";
    assert_eq!(read(&nameless, "localhost").err(), chain(why));
}

#[test]
fn invalid_certificates_and_keys_are_rejected() {
    let authority = Authority::new();
    let good = authority.issue(&["localhost"]);
    let other = authority.issue(&["localhost"]);
    let clients =
        |params: &mut CertificateParams| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let p521 = Issued { chain: key_file("p521.pem"), key: key_file("p521.key") };
    let with_key = |key: &str| Issued { key: key.to_owned(), ..good.clone() };
    let with_chain = |chain: &str| Issued { chain: chain.to_owned(), ..good.clone() };
    let unsupported = "is damaged or of an unsupported type (supported: RSA, ECDSA on P-256 or P-384, Ed25519)";
    let cut = |text: &str| text[..text.len() / 2].to_owned();
    let is_encrypted = "is encrypted; use an unencrypted key";
    for (name, issued, expected) in [
        ("another key", with_key(&other.key), key("does not match the certificate")),
        ("an encrypted key", with_key(&key_file("encrypted.key")), key(is_encrypted)),
        ("an encrypted key in the older format", with_key(&key_file("encrypted-older.key")), key(is_encrypted)),
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
            authority.issue_with(&["localhost"], MONTH, &ecdsa(), clients),
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
    let issued = Authority::new().issue(&["localhost"]);
    let now = Utc::now();
    let end = read_at(&issued, "localhost", now).expect("valid now").not_after();
    read_at(&issued, "localhost", end - TimeDelta::seconds(1)).expect("valid until the end");
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d").to_string();
    let late = read_at(&issued, "localhost", end + TimeDelta::days(3)).err();
    assert_eq!(late, chain(&format!("expired on {}", day(end))));
    let early = read_at(&issued, "localhost", now - TimeDelta::days(3)).err();
    assert_eq!(early, chain(&format!("is not valid before {}", day(end - TimeDelta::days(30)))));
    let days = Range { start: 1, end: -1 };
    let reversed = Authority::new().issue_with(&["localhost"], days, &ecdsa(), |_| {});
    assert_eq!(read(&reversed, "localhost").err(), chain("has an expiry date before its start date"));
}
