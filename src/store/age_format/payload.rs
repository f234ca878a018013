//! Payload of an age file: encrypted chunks that cannot be reordered or left out (STREAM).

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

/// Key of 32 bytes, erased when dropped.
pub(super) type FileKey = Zeroizing<[u8; 32]>;

/// Plaintext bytes of a chunk; only the last chunk is shorter.
const CHUNK_BYTES: usize = 64 << 10;

/// Bytes that encryption adds to a chunk.
const TAG_BYTES: usize = 16;

/// Bytes before the chunks, from which the payload key is derived.
const NONCE_BYTES: usize = 16;

/// Appends the encrypted payload to `file`.
pub(super) fn encrypt(file: &mut Vec<u8>, file_key: &[u8], nonce: &[u8; NONCE_BYTES], plaintext: &[u8]) {
    let key = derive(file_key, nonce, b"payload");
    file.extend_from_slice(nonce);
    // An empty plaintext is one empty chunk.
    let count = plaintext.len().div_ceil(CHUNK_BYTES).max(1);
    for number in 0..count {
        let chunk = &plaintext[number * CHUNK_BYTES..plaintext.len().min((number + 1) * CHUNK_BYTES)];
        file.extend(encrypt_chunk(&key, chunk_nonce(number, number + 1 == count), chunk));
    }
}

/// Decrypts the payload; `None` if it is incomplete or was changed.
pub(super) fn decrypt(payload: &[u8], file_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, chunks) = payload.split_at_checked(NONCE_BYTES)?;
    let key = derive(file_key, nonce, b"payload");
    // Enough capacity for the whole plaintext, so that growing leaves no copy of a secret behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(chunks.len()));
    let count = chunks.len().div_ceil(CHUNK_BYTES + TAG_BYTES);
    for (number, chunk) in chunks.chunks(CHUNK_BYTES + TAG_BYTES).enumerate() {
        let decrypted = decrypt_chunk(&key, chunk_nonce(number, number + 1 == count), chunk)?;
        if decrypted.is_empty() && number > 0 {
            return None;
        }
        plaintext.extend_from_slice(&decrypted);
    }
    (count > 0).then_some(plaintext)
}

/// HKDF with SHA-256.
pub(super) fn derive(secret: &[u8], salt: &[u8], info: &[u8]) -> FileKey {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Salt::new(HKDF_SHA256, salt).extract(secret);
    derived.expand(&[info], HKDF_SHA256).and_then(|derived| derived.fill(&mut *key)).expect("HKDF provides 32 bytes");
    key
}

/// Encrypts with ChaCha20-Poly1305 and appends the tag.
pub(super) fn encrypt_chunk(key: &FileKey, nonce: [u8; 12], plaintext: &[u8]) -> Vec<u8> {
    // With capacity for the tag, so that growing leaves no copy of the plaintext behind.
    let mut bytes = Vec::with_capacity(plaintext.len() + TAG_BYTES);
    bytes.extend_from_slice(plaintext);
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher(key)
        .seal_in_place_append_tag(nonce, Aad::empty(), &mut bytes)
        .expect("a chunk is within the limit of the cipher");
    bytes
}

/// Decrypts a chunk; `None` if key, nonce and bytes do not match.
pub(super) fn decrypt_chunk(key: &FileKey, nonce: [u8; 12], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(bytes.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = cipher(key).open_in_place(nonce, Aad::empty(), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

fn cipher(key: &FileKey) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &**key).expect("the key has 32 bytes"))
}

/// Nonce of a chunk: its number, and a flag for the last chunk.
fn chunk_nonce(number: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}
