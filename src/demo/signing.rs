//! Keys, ID tokens signed with ES256 (RFC 7515, 7518 3.4), and sealed access and refresh tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Returns 256 random bits as text, for codes and page tokens.
pub(super) fn random_token() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
}

/// Returns random bytes from the operating system; panics if there are none, because no fallback is safe.
pub(super) fn random_bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(bytes.as_mut()).expect("random bytes from the operating system");
    bytes
}

/// Returns the SHA-256 of `text` in base64url: the S256 challenge of a verifier (RFC 7636 4.2).
pub(super) fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// Returns `at_hash` (OpenID Core 3.1.3.6), the left half of the hash of the access token.
pub(super) fn at_hash(access_token: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.expose().as_bytes()).as_ref()[..16])
}

/// Signing key (P-256).
pub(super) struct Signer {
    pair: EcdsaKeyPair,
}

impl Signer {
    /// Generates a key in its stored form, PKCS#8 in base64url.
    pub(super) fn new_key() -> Secret {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .expect("random bytes from the operating system");
        Secret::new(URL_SAFE_NO_PAD.encode(key.as_ref()))
    }

    /// Parses a stored key; `None` if it is damaged.
    pub(super) fn from_stored(stored: &Secret) -> Option<Self> {
        let key = Zeroizing::new(URL_SAFE_NO_PAD.decode(stored.expose()).ok()?);
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random).ok()?;
        Some(Self { pair })
    }

    /// Returns the public key (RFC 7517 4, 7518 6.2.1).
    pub(super) fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.key_id() })
    }

    /// Returns the thumbprint of RFC 7638: members in lexical order, no white space.
    fn key_id(&self) -> String {
        let (x, y) = self.coordinates();
        sha256(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    fn coordinates(&self) -> (String, String) {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
    }

    /// Signs claims as a JWT.
    pub(super) fn sign(&self, claims: &Value) -> Secret {
        let head = json!({ "alg": "ES256", "typ": "JWT", "kid": self.key_id() });
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&head), encoded(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("P-256 signature");
        Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Returns the claims of a JWT that this key signed, even if expired, because an `id_token_hint` may be expired.
    pub(super) fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key())
            .verify(signed.as_bytes(), &signature)
            .ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// Start of a sealed token, so that users and secret scanners can identify it.
pub(super) const ACCESS_PREFIX: &str = "demo_access_";
pub(super) const REFRESH_PREFIX: &str = "demo_refresh_";

/// Key of tokens that only this provider can read. The token contains its own record, so the provider needs no table of
/// issued tokens and recognizes a used refresh token forever.
pub(super) struct TokenSeal {
    key: LessSafeKey,
}

impl TokenSeal {
    /// Generates a key in its stored form.
    pub(super) fn new_key() -> Secret {
        random_token()
    }

    /// Parses a stored key; `None` if it is damaged.
    pub(super) fn from_stored(stored: &Secret) -> Option<Self> {
        let key = Zeroizing::new(URL_SAFE_NO_PAD.decode(stored.expose()).ok()?);
        Some(Self { key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?) })
    }

    pub(super) fn seal(&self, prefix: &str, content: &impl Serialize) -> Secret {
        let mut text = serde_json::to_vec(content).expect("token content serializes");
        let nonce = random_bytes::<NONCE_LEN>();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(prefix), &mut text)
            .expect("token within the length limit of the cipher");
        let sealed = [nonce.as_slice(), text.as_slice()].concat();
        Secret::new(format!("{}{}", prefix, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Returns the content of a token with this prefix; `None` if this provider did not issue the token.
    pub(super) fn open<T: DeserializeOwned>(&self, prefix: &str, token: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(token.strip_prefix(prefix)?).ok()?;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let content = self.key.open_in_place(nonce, Aad::from(prefix), &mut text).ok()?;
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_matches_rfc_7636_appendix_b() {
        assert_eq!(
            sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn sealed_tokens_open_with_their_kind_and_key_only() {
        let seal = TokenSeal::from_stored(&TokenSeal::new_key()).expect("new key parses");
        let token = seal.seal(ACCESS_PREFIX, &("family", 7));
        assert_eq!(seal.open(ACCESS_PREFIX, token.expose()), Some(("family".to_owned(), 7)));
        let as_refresh = token.expose().replace("demo_access_", "demo_refresh_");
        assert_eq!(seal.open::<(String, i32)>(REFRESH_PREFIX, &as_refresh), None);
        let other = TokenSeal::from_stored(&TokenSeal::new_key()).expect("new key parses");
        assert_eq!(other.open::<(String, i32)>(ACCESS_PREFIX, token.expose()), None);
        let mut altered = token.expose().to_owned();
        let last = if altered.pop() == Some('A') { 'Q' } else { 'A' };
        altered.push(last);
        assert_eq!(seal.open::<(String, i32)>(ACCESS_PREFIX, &altered), None);
    }

    #[test]
    fn jwts_of_other_keys_are_rejected() {
        let signer = || Signer::from_stored(&Signer::new_key()).expect("new key parses");
        let (ours, theirs) = (signer(), signer());
        let token = ours.sign(&json!({ "sub": "x" }));
        assert_eq!(ours.verify(token.expose()), Some(json!({ "sub": "x" })));
        assert_eq!(theirs.verify(token.expose()), None);
    }
}
