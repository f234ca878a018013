//! Session algorithms for secrets on the bus (Secret Service API, "Transfer of Secrets").
//!
//! `dh-ietf1024-sha256-aes128-cbc-pkcs7`: Diffie-Hellman over the second Oakley group (RFC 2409 6.2), HKDF with SHA-256
//! (RFC 5869) without salt or info, AES-128 in CBC mode with PKCS#7 padding. It keeps secrets out of monitors and logs
//! of the bus; it does not authenticate the service. `plain` is for services that support no other algorithm.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{U192, U1024, impl_modulus};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

/// Name of the encrypted algorithm.
pub const ALGORITHM_DH_AES: &str = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

/// Name of the unencrypted algorithm.
pub const ALGORITHM_PLAIN: &str = "plain";

/// Length of the prime, of public values and of the shared value, in bytes.
const GROUP_BYTES: usize = 128;

/// Second Oakley group (RFC 2409 6.2); its generator is 2.
const PRIME: &str = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437\
4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";

impl_modulus!(Oakley, U1024, PRIME);

/// Number modulo the prime, with constant-time arithmetic.
type GroupElement = ConstMontyForm<Oakley, { U1024::LIMBS }>;

/// This side of the key agreement, for one session.
pub struct KeyAgreement {
    /// Twice the strength of the group is enough (RFC 7919 5.2), which is 80 for 1024 bits (NIST SP 800-57, table 2):
    /// 192 bits leave a margin. A full-size exponent costs five times as much in every process and adds nothing.
    exponent: Zeroizing<U192>,
    public: [u8; GROUP_BYTES],
}

impl KeyAgreement {
    /// Generates an exponent; `None` if the system has no randomness.
    ///
    /// KWallet (seen with 5.103) takes the public value for a two's complement number and drops a leading `ff` before a
    /// byte with its highest bit set, so another exponent is generated in that case, one of 512.
    pub fn new() -> Option<Self> {
        loop {
            let generated = Self::generate()?;
            if generated.public[0] != 0xff || generated.public[1] < 0x80 {
                return Some(generated);
            }
        }
    }

    fn generate() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; U192::BYTES]);
        ring::rand::SystemRandom::new().fill(bytes.as_mut_slice()).ok()?;
        let exponent = Zeroizing::new(U192::from_be_slice(bytes.as_slice()));
        let public = GroupElement::new(&U1024::from_u8(2)).pow(&exponent).retrieve().to_be_bytes();
        Some(Self { exponent, public })
    }

    /// Public value, sent to the service.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// Derives the session key from the public value of the service; `None` if that value is not a valid group element:
    /// 0, 1, the prime minus one and larger values would make a key that anyone can compute.
    pub fn agree(&self, peer_public: &[u8]) -> Option<TransferKey> {
        let peer_public = parse_number(peer_public)?;
        if peer_public <= U1024::ONE || peer_public >= Oakley::MODULUS.wrapping_sub(&U1024::ONE) {
            return None;
        }
        let shared = Zeroizing::new(GroupElement::new(&peer_public).pow(&self.exponent).retrieve());
        let shared = Zeroizing::new(shared.to_be_bytes());
        Some(TransferKey { is_ambiguous: shared[0] == 0, ..derive_key(shared.as_slice()) })
    }
}

/// Key of an encrypted session.
pub struct TransferKey {
    key: Zeroizing<[u8; 16]>,
    /// The shared value has leading zeros, as one of 256 has: gnome-keyring derives the key with them, KWallet (seen with
    /// 5.103) without.
    pub is_ambiguous: bool,
}

impl TransferKey {
    /// Returns the initialization vector and the encrypted secret; `None` if the system has no randomness.
    pub fn encrypt(&self, secret: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut iv = [0_u8; 16];
        ring::rand::SystemRandom::new().fill(&mut iv).ok()?;
        let cipher = cbc::Encryptor::<Aes128>::new((&*self.key).into(), &iv.into());
        Some((iv.to_vec(), cipher.encrypt_padded_vec_mut::<Pkcs7>(secret)))
    }

    /// Returns the secret; `None` if initialization vector, length or padding are wrong.
    pub fn decrypt(&self, iv: &[u8], encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let cipher = cbc::Decryptor::<Aes128>::new_from_slices(self.key.as_slice(), iv).ok()?;
        cipher.decrypt_padded_vec_mut::<Pkcs7>(encrypted).ok().map(Zeroizing::new)
    }
}

/// Parses a number with any count of leading zeros; `None` if the number is too large for the group.
fn parse_number(bytes: &[u8]) -> Option<U1024> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let mut padded = [0; GROUP_BYTES];
    let start = GROUP_BYTES.checked_sub(bytes.len() - first)?;
    padded[start..].copy_from_slice(&bytes[first..]);
    Some(U1024::from_be_slice(&padded))
}

/// The shared value is padded with leading zeros to the length of the group, as libsecret and gnome-keyring pass it to
/// HKDF.
fn derive_key(shared: &[u8]) -> TransferKey {
    let mut key = Zeroizing::new([0; 16]);
    let extracted = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &[]).extract(shared);
    // Stands for the length of its key only.
    let expanded = extracted.expand(&[], &ring::aead::AES_128_GCM).expect("HKDF provides 16 bytes");
    expanded.fill(key.as_mut_slice()).expect("the key has the requested length");
    TransferKey { key, is_ambiguous: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_derive_the_same_key() {
        let (ours, theirs) = (KeyAgreement::new().expect("randomness"), KeyAgreement::new().expect("randomness"));
        let (our_public, their_public) = (ours.public().to_vec(), theirs.public().to_vec());
        let (ours, theirs) = (ours.agree(&their_public).expect("a key"), theirs.agree(&our_public).expect("a key"));
        let (iv, encrypted) = ours.encrypt(b"hunter2").expect("randomness");
        assert_eq!(theirs.decrypt(&iv, &encrypted).expect("the secret").as_slice(), b"hunter2");
    }

    #[test]
    fn weak_public_values_are_rejected() {
        let prime = Oakley::MODULUS.get();
        let less_one = prime.wrapping_sub(&U1024::ONE).to_be_bytes().to_vec();
        for peer_public in [vec![], vec![0], vec![1], less_one, prime.to_be_bytes().to_vec(), vec![0xff; 129]] {
            assert!(KeyAgreement::new().expect("randomness").agree(&peer_public).is_none(), "{peer_public:?}");
        }
    }

    #[test]
    fn leading_zeros_do_not_change_a_number() {
        assert_eq!(parse_number(&[5]), parse_number(&[0; 200].into_iter().chain([5]).collect::<Vec<u8>>()));
    }

    #[test]
    fn damaged_secret_does_not_decrypt() {
        let key = derive_key(&[7; GROUP_BYTES]);
        let (iv, encrypted) = key.encrypt(b"hunter2").expect("randomness");
        assert!(key.decrypt(&iv[1..], &encrypted).is_none());
        assert!(key.decrypt(&iv, &encrypted[1..]).is_none());
        assert!(key.decrypt(&iv, &[]).is_none());
    }

    #[test]
    fn key_is_hkdf_of_the_padded_number() {
        // RFC 5869 with no salt and no info, computed with Python's hmac over 127 zeros and a 5.
        let key = derive_key(&parse_number(&[5]).expect("it is small").to_be_bytes());
        let known = [0x53, 0x32, 0x05, 0x21, 0xb4, 0xdd, 0x9a, 0x4a, 0xfd, 0x86, 0x64, 0x1b, 0xeb, 0xe7, 0x02, 0x6d];
        assert_eq!(key.key.as_slice(), known);
    }
}
