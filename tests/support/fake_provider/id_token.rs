//! ID tokens (OpenID Connect Core 2) with correct or wrong signatures.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

/// ID token before serialization.
pub struct IdToken {
    pub header: Value,
    pub claims: Value,
    pub signature: Signature,
}

/// Signature of an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Made with the provider's key.
    Right,
    /// Made with the provider's key, then changed.
    Wrong,
    /// Made with an unpublished key under the ID of the published one.
    OfAnother,
    /// Empty: nothing after the last dot.
    Missing,
    /// HMAC with this secret (RFC 7518 3.2).
    Hmac(&'static str),
}

impl IdToken {
    pub fn new(issuer: &str, audience: &str, subject: &str, nonce: Option<&str>, key: &SigningKey) -> Self {
        let now = DateTime::<Utc>::from(std::time::SystemTime::now()).timestamp();
        let mut claims = json!({
            "iss": issuer,
            "aud": audience,
            "sub": subject,
            "iat": now,
            "exp": now + 3600,
            "preferred_username": "ada",
            "email": "ada@example.test",
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        Self {
            header: json!({ "alg": key.algorithm(), "kid": key.id(), "typ": "JWT" }),
            claims,
            signature: Signature::Right,
        }
    }

    pub fn signed_by(&self, key: &SigningKey) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match self.signature {
            Signature::Right => key.sign(&signed),
            Signature::OfAnother => SigningKey::new().sign(&signed),
            Signature::Missing => Vec::new(),
            Signature::Hmac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Signature::Wrong => {
                let mut signature = key.sign(&signed);
                signature[0] ^= 1;
                signature
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Key for ES256 (RFC 7518 3.4) or RS256 (3.3).
pub struct SigningKey {
    pair: Pair,
    random: SystemRandom,
    id: &'static str,
}

enum Pair {
    Ec(Box<EcdsaKeyPair>),
    Rsa(Box<rsa::KeyPair>),
}

impl SigningKey {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("randomness");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self { pair: Pair::Ec(Box::new(pair.expect("made by ring itself"))), random, id: "key-1" }
    }

    /// RSA key of a fixture, which signs with RS256.
    pub fn rsa() -> Self {
        const PEM: &str = include_str!("../../../src/oauth/fixtures/rsa-2048.pem");
        let base64: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let pair = rsa::KeyPair::from_pkcs8(&STANDARD.decode(base64).expect("base64")).expect("a key");
        Self { pair: Pair::Rsa(Box::new(pair)), random: SystemRandom::new(), id: "key-1" }
    }

    /// Key under another `kid`.
    pub fn named(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    pub fn id(&self) -> &'static str {
        self.id
    }

    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// Public key as a JSON Web Key (RFC 7517).
    pub fn public(&self) -> Value {
        let pair = match &self.pair {
            Pair::Ec(pair) => pair,
            Pair::Rsa(pair) => {
                let parts = rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let (n, e) = (URL_SAFE_NO_PAD.encode(parts.n), URL_SAFE_NO_PAD.encode(parts.e));
                return json!({ "kty": "RSA", "n": n, "e": e, "kid": self.id(), "use": "sig", "alg": "RS256" });
            }
        };
        // An uncompressed point: 4, then x, then y, 32 bytes each (SEC 1 2.3.3).
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id(), "use": "sig", "alg": "ES256" })
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&self.random, text.as_bytes()).expect("randomness").as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, text.as_bytes(), &mut signature).expect("randomness");
                signature
            }
        }
    }
}
