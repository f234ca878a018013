//! Keys and what they make: ID tokens signed with ES256 (RFC 7515, 7518 3.4), sealed access and refresh tokens.

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

/// 256 random bits as text: codes, tickets, device codes.
pub(super) fn random_token() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
}

/// Random bytes from the operating system, without which nothing here can be done safely.
pub(super) fn random_bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(bytes.as_mut()).expect("the operating system gives random bytes");
    bytes
}

/// The base64url of the SHA-256 of `text`: the S256 challenge of a verifier (RFC 7636 4.2).
pub(super) fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// `at_hash` (OpenID Core 3.1.3.6): the left half of the access token's hash.
pub(super) fn at_hash(access_token: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.expose().as_bytes()).as_ref()[..16])
}

/// The signing key, P-256.
pub(super) struct Signer {
    pair: EcdsaKeyPair,
}

impl Signer {
    /// A new key in its stored form: PKCS#8 in base64url.
    pub(super) fn new_key() -> Secret {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .expect("the operating system gives random bytes");
        Secret::new(URL_SAFE_NO_PAD.encode(key.as_ref()))
    }

    /// The key of a stored form; `None` where it is damaged.
    pub(super) fn from_stored(stored: &Secret) -> Option<Self> {
        let key = Zeroizing::new(URL_SAFE_NO_PAD.decode(stored.expose()).ok()?);
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random).ok()?;
        Some(Self { pair })
    }

    /// The public key (RFC 7517 4, 7518 6.2.1).
    pub(super) fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.key_id() })
    }

    /// The thumbprint of RFC 7638: members in lexical order, no white space.
    fn key_id(&self) -> String {
        let (x, y) = self.coordinates();
        sha256(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#))
    }

    fn coordinates(&self) -> (String, String) {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
    }

    /// A signed JWT of these claims.
    pub(super) fn sign(&self, claims: &Value) -> Secret {
        let head = json!({ "alg": "ES256", "typ": "JWT", "kid": self.key_id() });
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&head), encoded(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a P-256 key signs anything");
        Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a JWT that this key signed, expired or not: what an `id_token_hint` is good for.
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

/// What a sealed token is for; it starts with the word, so that a person or a scanner knows what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SealedTokenKind {
    Access,
    Refresh,
}

impl SealedTokenKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Access => "demo_access_",
            Self::Refresh => "demo_refresh_",
        }
    }
}

/// Makes tokens that only this provider can read: what would otherwise be a table of every token ever given out is in
/// the token itself, and so a spent refresh token is known as such for ever.
pub(super) struct TokenSeal {
    key: LessSafeKey,
}

impl TokenSeal {
    /// A new key in its stored form.
    pub(super) fn new_key() -> Secret {
        random_token()
    }

    /// The seal of a stored key; `None` where it is damaged.
    pub(super) fn from_stored(stored: &Secret) -> Option<Self> {
        let key = Zeroizing::new(URL_SAFE_NO_PAD.decode(stored.expose()).ok()?);
        Some(Self { key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?) })
    }

    pub(super) fn seal(&self, kind: SealedTokenKind, content: &impl Serialize) -> Secret {
        let mut text = serde_json::to_vec(content).expect("a token's content has only strings and numbers");
        let nonce = random_bytes::<NONCE_LEN>();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(kind.prefix()), &mut text)
            .expect("a token is far shorter than the cipher's limit");
        let sealed = [nonce.as_slice(), text.as_slice()].concat();
        Secret::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The content of a token of this kind; `None` where we did not make it.
    pub(super) fn open<T: DeserializeOwned>(&self, kind: SealedTokenKind, token: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(token.strip_prefix(kind.prefix())?).ok()?;
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let content = self.key.open_in_place(nonce, Aad::from(kind.prefix()), &mut text).ok()?;
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_7636_appendix_b_comes_out() {
        assert_eq!(
            sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_sealed_token_opens_only_as_what_it_is() {
        let seal = TokenSeal::from_stored(&TokenSeal::new_key()).expect("a new key is whole");
        let token = seal.seal(SealedTokenKind::Access, &("family", 7));
        assert_eq!(seal.open(SealedTokenKind::Access, token.expose()), Some(("family".to_owned(), 7)));
        let as_refresh = token.expose().replace("demo_access_", "demo_refresh_");
        assert_eq!(seal.open::<(String, i32)>(SealedTokenKind::Refresh, &as_refresh), None);
        let other = TokenSeal::from_stored(&TokenSeal::new_key()).expect("a new key is whole");
        assert_eq!(other.open::<(String, i32)>(SealedTokenKind::Access, token.expose()), None);
        let mut altered = token.expose().to_owned();
        let last = if altered.pop() == Some('A') { 'Q' } else { 'A' };
        altered.push(last);
        assert_eq!(seal.open::<(String, i32)>(SealedTokenKind::Access, &altered), None);
    }

    #[test]
    fn a_jwt_of_another_key_is_no_hint() {
        let signer = || Signer::from_stored(&Signer::new_key()).expect("a new key is whole");
        let (ours, theirs) = (signer(), signer());
        let token = ours.sign(&json!({ "sub": "x" }));
        assert_eq!(ours.verify(token.expose()), Some(json!({ "sub": "x" })));
        assert_eq!(theirs.verify(token.expose()), None);
    }
}
