//! age file format, version 1 (<https://age-encryption.org/v1>): X25519 and passphrase (scrypt) recipients, binary.
//!
//! Only the format is implemented here; the primitives come from `ring`, `x25519-dalek` and `scrypt`. The `age` crate
//! brings 44 (0.11) or 133 (0.12) crates for the same purpose, translations among them, while this needs eight. Tests
//! use the test vectors of the authors of the format (`tests/age`, from C2SP's CCTV), and the `age` tool in both
//! directions (`tests/it/cli/encryption.rs`).

mod header;
mod payload;

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::secret::Secret;
use header::{AgeHeader, Stanza};
use payload::FileKey;

/// Work factor for new passphrases: 2^17, the minimum that OWASP's Password Storage Cheat Sheet recommends for scrypt
/// with r = 8 and p = 1. Decrypting takes 128 MiB and, on a common machine, a third of a second; the `age` tool takes
/// twice that.
const LOG_N: u8 = 17;

/// Largest accepted work factor: 1 GiB. Files of the `age` tool need a quarter of that.
const MAX_LOG_N: u8 = 20;

const X25519: &str = "X25519";
const SCRYPT: &str = "scrypt";

/// Human-readable part of an identity (bech32, BIP 173).
const IDENTITY_HRP: &str = "age-secret-key-";

/// Reason why a file cannot be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgeDecryptError {
    /// The file is for another key or another passphrase.
    WrongKey,
    /// The file is malformed.
    Damaged,
}

/// X25519 key pair.
#[derive(Clone)]
pub(super) struct AgeIdentity {
    secret: FileKey,
    recipient: [u8; 32],
}

impl AgeIdentity {
    /// Generates a key pair.
    pub(super) fn generate() -> Self {
        Self::from_secret(Zeroizing::new(random()))
    }

    /// Parses an identity file as `age-keygen` writes it: one line with a key, surrounded by comments.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (name, data) = bech32::decode(lines.next()?).ok()?;
        let data = Zeroizing::new(data);
        let is_single = name.to_lowercase() == IDENTITY_HRP && lines.next().is_none();
        let secret = data.as_slice().try_into().ok().filter(|_| is_single)?;
        Some(Self::from_secret(Zeroizing::new(secret)))
    }

    /// Text that [`AgeIdentity::parse`] reads.
    pub(super) fn to_text(&self) -> Secret {
        let name = bech32::Hrp::parse_unchecked(IDENTITY_HRP);
        let text = bech32::encode_upper::<bech32::Bech32>(name, &*self.secret)
            .expect("32 bytes are within the limit of bech32");
        Secret::new(text + "\n")
    }

    fn from_secret(secret: FileKey) -> Self {
        let recipient = x25519_dalek::x25519(*secret, x25519_dalek::X25519_BASEPOINT_BYTES);
        Self { secret, recipient }
    }
}

/// Key that encrypts and decrypts a file.
#[derive(Clone, Copy)]
pub(super) enum AgeKey<'a> {
    Identity(&'a AgeIdentity),
    Passphrase(&'a Secret),
}

/// Returns true if `bytes` start like an age file.
pub(super) fn is_age_file(bytes: &[u8]) -> bool {
    bytes.starts_with(header::VERSION.as_bytes())
}

/// Encrypts `plaintext` as an age file.
pub(super) fn encrypt(key: AgeKey<'_>, plaintext: &[u8]) -> Vec<u8> {
    let file_key = Zeroizing::new(random::<16>());
    let stanza = match key {
        AgeKey::Identity(identity) => wrap_x25519(&identity.recipient, &file_key),
        AgeKey::Passphrase(passphrase) => wrap_scrypt(passphrase, &file_key),
    };
    let mut file = header::write(&[stanza], &*file_key);
    payload::encrypt(&mut file, &*file_key, &random(), plaintext);
    file
}

pub(super) fn decrypt(key: AgeKey<'_>, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgeDecryptError> {
    let (header, payload) = header::read(file).ok_or(AgeDecryptError::Damaged)?;
    let file_key = unwrap_file_key(key, &header)?;
    header.verify_mac(&*file_key).ok_or(AgeDecryptError::Damaged)?;
    payload::decrypt(payload, &*file_key).ok_or(AgeDecryptError::Damaged)
}

fn unwrap_file_key(key: AgeKey<'_>, header: &AgeHeader<'_>) -> Result<Zeroizing<[u8; 16]>, AgeDecryptError> {
    let is_single = header.stanzas.len() == 1;
    let mut found = None;
    for stanza in &header.stanzas {
        let key = match stanza.kind {
            X25519 => x25519_wrap_key(key, stanza)?,
            // With a second recipient, anyone with that key could have chosen the file (section "scrypt").
            SCRYPT if is_single => scrypt_wrap_key(key, stanza)?,
            SCRYPT => return Err(AgeDecryptError::Damaged),
            _ => continue,
        };
        found = found.or(key.and_then(|key| file_key(&key, &stanza.body)));
    }
    found.ok_or(AgeDecryptError::WrongKey)
}

/// Key that wraps the file key of an X25519 stanza; `None` if `key` is a passphrase.
fn x25519_wrap_key(key: AgeKey<'_>, stanza: &Stanza<'_>) -> Result<Option<FileKey>, AgeDecryptError> {
    let share: [u8; 32] = match stanza.arguments.as_slice() {
        [share] => header::decode(share).and_then(|share| share.try_into().ok()).ok_or(AgeDecryptError::Damaged)?,
        _ => return Err(AgeDecryptError::Damaged),
    };
    check_body(stanza)?;
    let AgeKey::Identity(identity) = key else { return Ok(None) };
    let shared = Zeroizing::new(x25519_dalek::x25519(*identity.secret, share));
    match *shared == [0; 32] {
        true => Err(AgeDecryptError::Damaged),
        false => Ok(Some(derive_x25519_wrap_key(&shared, &share, &identity.recipient))),
    }
}

/// Key that wraps the file key of a scrypt stanza; `None` if `key` is an identity.
fn scrypt_wrap_key(key: AgeKey<'_>, stanza: &Stanza<'_>) -> Result<Option<FileKey>, AgeDecryptError> {
    let [salt, log_n] = stanza.arguments.as_slice() else { return Err(AgeDecryptError::Damaged) };
    let salt = header::decode(salt).filter(|salt| salt.len() == 16).ok_or(AgeDecryptError::Damaged)?;
    let is_number = log_n.bytes().all(|digit| digit.is_ascii_digit()) && !log_n.starts_with('0');
    let log_n = log_n.parse().ok().filter(|log_n| is_number && *log_n <= MAX_LOG_N).ok_or(AgeDecryptError::Damaged)?;
    check_body(stanza)?;
    match key {
        AgeKey::Identity(_) => Ok(None),
        AgeKey::Passphrase(passphrase) => Ok(Some(derive_from_passphrase(passphrase, &salt, log_n))),
    }
}

/// A file key with its tag has 32 bytes; with a longer one, two keys could decrypt one file (section "X25519").
fn check_body(stanza: &Stanza<'_>) -> Result<(), AgeDecryptError> {
    match stanza.body.len() {
        32 => Ok(()),
        _ => Err(AgeDecryptError::Damaged),
    }
}

fn file_key(key: &FileKey, body: &[u8]) -> Option<Zeroizing<[u8; 16]>> {
    let opened = payload::decrypt_chunk(key, [0; 12], body)?;
    opened.as_slice().try_into().ok().map(Zeroizing::new)
}

fn wrap_x25519(recipient: &[u8; 32], file_key: &[u8; 16]) -> Stanza<'static> {
    let ephemeral: FileKey = Zeroizing::new(random());
    let share = x25519_dalek::x25519(*ephemeral, x25519_dalek::X25519_BASEPOINT_BYTES);
    let shared = Zeroizing::new(x25519_dalek::x25519(*ephemeral, *recipient));
    let body = payload::encrypt_chunk(&derive_x25519_wrap_key(&shared, &share, recipient), [0; 12], file_key);
    Stanza { kind: X25519, arguments: vec![header::encode(&share).into()], body }
}

fn wrap_scrypt(passphrase: &Secret, file_key: &[u8; 16]) -> Stanza<'static> {
    let salt: [u8; 16] = random();
    let body = payload::encrypt_chunk(&derive_from_passphrase(passphrase, &salt, LOG_N), [0; 12], file_key);
    Stanza { kind: SCRYPT, arguments: vec![header::encode(&salt).into(), LOG_N.to_string().into()], body }
}

fn derive_x25519_wrap_key(shared: &[u8; 32], share: &[u8; 32], recipient: &[u8; 32]) -> FileKey {
    let salt = [*share, *recipient].concat();
    payload::derive(shared, &salt, b"age-encryption.org/v1/X25519")
}

fn derive_from_passphrase(passphrase: &Secret, salt: &[u8], log_n: u8) -> FileKey {
    let salt = [b"age-encryption.org/v1/scrypt", salt].concat();
    let cost = scrypt::Params::new(log_n, 8, 1, 32).expect("the work factor was checked");
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.expose().as_bytes(), &salt, &cost, &mut *key).expect("scrypt provides 32 bytes");
    key
}

fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// Test vector: its fields, then the file.
    struct Vector {
        name: String,
        fields: BTreeMap<String, String>,
        file: Vec<u8>,
    }

    fn vectors() -> Vec<Vector> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/age");
        let files = std::fs::read_dir(folder).expect("test vectors").map(|entry| entry.unwrap().path());
        let vector = |path: std::path::PathBuf| {
            let bytes = std::fs::read(&path).unwrap();
            let end = bytes.windows(2).position(|two| two == b"\n\n").expect("an empty line");
            let fields = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let fields = fields.lines().map(|line| line.split_once(": ").unwrap());
            let fields = fields.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Vector { name, fields, file: bytes[end + 2..].to_vec() }
        };
        files.map(vector).collect()
    }

    #[test]
    fn test_vectors_of_the_format_pass() {
        let vectors = vectors();
        assert!(vectors.len() > 70, "{}", vectors.len());
        for Vector { name, fields, file } in vectors {
            // Vectors without an identity accept any.
            let identity_text = fields.get("identity").map(|text| AgeIdentity::parse(text).expect("an identity"));
            let identity = identity_text.unwrap_or_else(AgeIdentity::generate);
            let passphrase = fields.get("passphrase").map(Secret::new);
            let key = match &passphrase {
                Some(passphrase) => AgeKey::Passphrase(passphrase),
                None => AgeKey::Identity(&identity),
            };
            let opened = decrypt(key, &file).map(|plaintext| {
                let digest = ring::digest::digest(&ring::digest::SHA256, &plaintext);
                digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            });
            let expected = match fields["expect"].as_str() {
                "success" => Ok(fields["payload"].clone()),
                "no match" => Err(AgeDecryptError::WrongKey),
                _ => Err(AgeDecryptError::Damaged),
            };
            assert_eq!(opened, expected, "{name}: {fields:?}");
        }
    }

    #[test]
    fn files_decrypt_with_their_own_key_only() {
        let (identity, other) = (AgeIdentity::generate(), AgeIdentity::generate());
        for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let plaintext = vec![b'x'; length];
            let file = encrypt(AgeKey::Identity(&identity), &plaintext);
            assert!(is_age_file(&file));
            assert!(*decrypt(AgeKey::Identity(&identity), &file).unwrap() == plaintext, "{length}");
            assert_eq!(decrypt(AgeKey::Identity(&other), &file).unwrap_err(), AgeDecryptError::WrongKey);
        }
        let file = encrypt(AgeKey::Passphrase(&Secret::new("open sesame")), b"plain");
        assert_eq!(decrypt(AgeKey::Passphrase(&Secret::new("open sesame")), &file).unwrap().as_slice(), b"plain");
        assert_eq!(
            decrypt(AgeKey::Passphrase(&Secret::new("open barley")), &file).unwrap_err(),
            AgeDecryptError::WrongKey
        );
        assert_eq!(decrypt(AgeKey::Identity(&identity), &file).unwrap_err(), AgeDecryptError::WrongKey);
    }

    #[test]
    fn changed_or_truncated_files_do_not_decrypt() {
        let identity = AgeIdentity::generate();
        let file = encrypt(AgeKey::Identity(&identity), b"a secret");
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(decrypt(AgeKey::Identity(&identity), &changed).is_err(), "{at}");
            assert!(decrypt(AgeKey::Identity(&identity), &file[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn identity_file_of_age_keygen_is_parsed() {
        let identity = AgeIdentity::generate();
        let key = identity.to_text();
        assert!(key.expose().starts_with("AGE-SECRET-KEY-1"));
        let file = format!("# created: 2026-11-25\n# public key: age1…\n{}", key.expose());
        assert_eq!(AgeIdentity::parse(&file).unwrap().recipient, identity.recipient);
        let two = format!("{0}{0}", key.expose());
        let lower = key.expose().to_lowercase();
        assert!(AgeIdentity::parse(&lower).is_some());
        for other in
            ["", "# nothing", "AGE-SECRET-KEY-1QQQ", "age1qqq", two.as_str(), "-----BEGIN OPENSSH PRIVATE KEY-----"]
        {
            assert!(AgeIdentity::parse(other).is_none(), "{other}");
        }
    }
}
