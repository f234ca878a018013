//! What an age file holds, in chunks that can be neither reordered nor left out (STREAM).

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

use super::FileKey;

/// The plain bytes of a chunk; only the last one is shorter.
const CHUNK: usize = 64 << 10;

/// What sealing adds to a chunk.
const TAG: usize = 16;

/// What stands before the chunks, and makes their key.
const NONCE: usize = 16;

/// Appends the payload to `file`.
pub(super) fn write(file: &mut Vec<u8>, file_key: &[u8], nonce: &[u8; NONCE], plain: &[u8]) {
    let key = derive(file_key, nonce, b"payload");
    file.extend_from_slice(nonce);
    // Nothing at all is one empty chunk.
    let count = plain.len().div_ceil(CHUNK).max(1);
    for number in 0..count {
        let chunk = &plain[number * CHUNK..plain.len().min((number + 1) * CHUNK)];
        file.extend(sealed(&key, counter(number, number + 1 == count), chunk));
    }
}

/// The plain bytes; `None` where the payload is not whole.
pub(super) fn read(payload: &[u8], file_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, chunks) = payload.split_at_checked(NONCE)?;
    let key = derive(file_key, nonce, b"payload");
    // Room for the whole, so that growing leaves no copy of a secret behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(chunks.len()));
    let count = chunks.len().div_ceil(CHUNK + TAG);
    for (number, chunk) in chunks.chunks(CHUNK + TAG).enumerate() {
        let opened = unseal(&key, counter(number, number + 1 == count), chunk)?;
        if opened.is_empty() && number > 0 {
            return None;
        }
        plain.extend_from_slice(&opened);
    }
    (count > 0).then_some(plain)
}

/// HKDF with SHA-256.
pub(super) fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> FileKey {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Salt::new(HKDF_SHA256, salt).extract(secret);
    derived.expand(&[info], HKDF_SHA256).and_then(|derived| derived.fill(&mut *key)).expect("32 bytes can be derived");
    key
}

/// ChaCha20-Poly1305, the tag behind.
pub(super) fn sealed(key: &FileKey, nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
    // With room for the tag, so that growing leaves no copy of the plain bytes behind.
    let mut bytes = Vec::with_capacity(plain.len() + TAG);
    bytes.extend_from_slice(plain);
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher(key).seal_in_place_append_tag(nonce, Aad::empty(), &mut bytes).expect("a chunk is not too long");
    bytes
}

/// The opposite; `None` where key, nonce and bytes do not belong together.
pub(super) fn unseal(key: &FileKey, nonce: [u8; 12], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(bytes.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = cipher(key).open_in_place(nonce, Aad::empty(), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

fn cipher(key: &FileKey) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &**key).expect("the key has 32 bytes"))
}

/// The nonce of a chunk: its number, and whether it is the last.
fn counter(number: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}
