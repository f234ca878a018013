//! The provider's public keys (RFC 7517, RFC 7518 6, RFC 8037) and signature verification with `ring`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{self, RsaParameters, UnparsedPublicKey, VerificationAlgorithm};
use ring::{digest, hmac};
use serde_json::{Map, Value};

use super::{HttpResponse, error_response, json};
use crate::error::Result;
use crate::secret::Secret;

/// Minimum size of an RSA key (RFC 7518 3.3).
const MIN_RSA_BITS: usize = 2048;

/// Most keys used: a signature without `kid` is tried against every key of its type.
const MAX_KEYS: usize = 64;

/// Signature algorithm of an ID token (RFC 7518 3.1, RFC 8037 3.1).
#[derive(Clone, Copy)]
pub(super) struct Algorithm {
    verification: Verification,
    /// Hash function for `at_hash` (OpenID Connect Core 3.1.3.6); Ed25519 uses SHA-512.
    pub hash: &'static digest::Algorithm,
}

#[derive(Clone, Copy)]
enum Verification {
    Rsa(&'static RsaParameters),
    Curve(&'static dyn VerificationAlgorithm),
    /// HMAC, keyed by the client secret.
    Hmac(hmac::Algorithm),
}

impl Algorithm {
    /// Returns the algorithm with this `alg` name; `none` and unknown names are not supported.
    pub fn from_name(alg: &str) -> Option<Self> {
        use Verification::{Curve, Hmac, Rsa};
        let (verification, hash) = match alg {
            "RS256" => (Rsa(&signature::RSA_PKCS1_2048_8192_SHA256), &digest::SHA256),
            "RS384" => (Rsa(&signature::RSA_PKCS1_2048_8192_SHA384), &digest::SHA384),
            "RS512" => (Rsa(&signature::RSA_PKCS1_2048_8192_SHA512), &digest::SHA512),
            "PS256" => (Rsa(&signature::RSA_PSS_2048_8192_SHA256), &digest::SHA256),
            "PS384" => (Rsa(&signature::RSA_PSS_2048_8192_SHA384), &digest::SHA384),
            "PS512" => (Rsa(&signature::RSA_PSS_2048_8192_SHA512), &digest::SHA512),
            "ES256" => (Curve(&signature::ECDSA_P256_SHA256_FIXED), &digest::SHA256),
            "ES384" => (Curve(&signature::ECDSA_P384_SHA384_FIXED), &digest::SHA384),
            "EdDSA" => (Curve(&signature::ED25519), &digest::SHA512),
            "HS256" => (Hmac(hmac::HMAC_SHA256), &digest::SHA256),
            "HS384" => (Hmac(hmac::HMAC_SHA384), &digest::SHA384),
            "HS512" => (Hmac(hmac::HMAC_SHA512), &digest::SHA512),
            _ => return None,
        };
        Some(Self { verification, hash })
    }

    pub fn is_hmac(self) -> bool {
        matches!(self.verification, Verification::Hmac(_))
    }

    /// Returns true if `tag` is the HMAC of `message` under `secret`, compared in constant time; `None` for an
    /// algorithm other than HMAC.
    pub fn hmac_verifies(self, secret: &Secret, message: &[u8], tag: &[u8]) -> Option<bool> {
        let Verification::Hmac(algorithm) = self.verification else { return None };
        Some(hmac::verify(&hmac::Key::new(algorithm, secret.expose().as_bytes()), message, tag).is_ok())
    }
}

/// Keys of a provider. Keys of unknown types are ignored, as RFC 7517 5 requires.
#[derive(Debug, Clone, Default)]
pub struct JwkSet(Vec<Jwk>);

#[derive(Debug, Clone)]
pub struct Jwk {
    id: Option<String>,
    algorithm: Option<String>,
    material: KeyMaterial,
}

#[derive(Debug, Clone)]
enum KeyMaterial {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Public key on a curve, and the only `alg` that uses it.
    Curve(&'static str, Vec<u8>),
}

impl JwkSet {
    /// Parses the response of `jwks_uri`.
    pub fn parse_response(response: &HttpResponse, url: &str) -> Result<Self> {
        let unexpected_response = || error_response::unexpected_response(response, url, "a key set");
        let document = response.status().is_success().then(|| json::parse(response.body())).flatten();
        let document = document.ok_or_else(unexpected_response)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or_else(unexpected_response)?;
        Ok(Self(keys.iter().filter_map(Value::as_object).filter_map(Jwk::from_fields).take(MAX_KEYS).collect()))
    }

    /// Keys with this `kid`; all keys for `None`.
    pub(super) fn with_kid<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a Jwk> + 'a {
        self.0.iter().filter(move |key| kid.is_none() || key.id.as_deref() == kid)
    }
}

impl Jwk {
    /// Reads a key; `None` if it cannot verify ID tokens: unknown type, not for signatures, damaged, too weak.
    fn from_fields(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|used| used != "sig") {
            return None;
        }
        let operations = fields.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|known| !known.iter().any(|operation| operation == "verify")) {
            return None;
        }
        let number = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let point = |length: usize| {
            let (x, y) = (number("x")?, number("y")?);
            // Uncompressed point: SEC 1 2.3.3.
            (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
        };
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => rsa_material(number("n")?, number("e")?)?,
            ("EC", Some("P-256")) => KeyMaterial::Curve("ES256", point(32)?),
            ("EC", Some("P-384")) => KeyMaterial::Curve("ES384", point(48)?),
            ("OKP", Some("Ed25519")) => KeyMaterial::Curve("EdDSA", number("x").filter(|x| x.len() == 32)?),
            _ => return None,
        };
        Some(Self { id: text("kid").map(str::to_owned), algorithm: text("alg").map(str::to_owned), material })
    }

    /// Returns true if the key has the type that `algorithm` requires and is not restricted to another `alg`.
    pub(super) fn supports(&self, alg: &str, algorithm: Algorithm) -> bool {
        let has_type = match &self.material {
            KeyMaterial::Rsa { .. } => matches!(algorithm.verification, Verification::Rsa(_)),
            KeyMaterial::Curve(own, _) => *own == alg,
        };
        has_type && self.algorithm.as_deref().is_none_or(|own| own == alg)
    }

    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (&self.material, algorithm.verification) {
            (KeyMaterial::Rsa { n, e }, Verification::Rsa(kind)) => {
                signature::RsaPublicKeyComponents { n, e }.verify(kind, message, signature).is_ok()
            }
            (KeyMaterial::Curve(_, key), Verification::Curve(kind)) => {
                UnparsedPublicKey::new(kind, key).verify(message, signature).is_ok()
            }
            (_, _) => false,
        }
    }
}

/// Strips leading zeros: some providers send one, and `ring` rejects it.
fn rsa_material(n: Vec<u8>, e: Vec<u8>) -> Option<KeyMaterial> {
    let stripped = |number: Vec<u8>| number.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let (n, e) = (stripped(n), stripped(e));
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    (bits >= MIN_RSA_BITS).then_some(KeyMaterial::Rsa { n, e })
}
