//! Encryption keys of the file store: a key file, or a generated key protected by a passphrase.
//!
//! Deriving a key from a passphrase costs a third of a second and 128 MiB by design. So the passphrase does not encrypt
//! the secrets: it encrypts a key, generated once and stored next to the secrets in `identity.age`, and that key
//! encrypts the secrets. A command derives the passphrase key once, however many secrets it reads and writes; `age -d
//! -i identity.age` decrypts every secret; changing the passphrase replaces `identity.age` only. A key file has no such
//! cost and suits programs that call often.
//!
//! Setting either one encrypts every secret written from then on. Secrets written earlier stay readable and are
//! encrypted by the next save, or at once by `store move file`. Encryption never turns off by itself: while
//! `identity.age` exists, nothing is written in the clear.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use zeroize::Zeroizing;

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;

use super::age_format::{self, AgeDecryptError, AgeIdentity, AgeKey};
use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file::{self, FileContent};

/// Directory of the file store, below the data directory.
pub(super) const SECRETS_DIRECTORY: &str = "secrets";

/// Prompts for a passphrase without showing the input; the argument is the prompt text.
pub type PassphrasePrompt = Box<dyn Fn(&str) -> Result<Secret> + Send + Sync>;

/// Environment variable and the file it names.
#[derive(Debug, Clone, Default)]
pub struct KeyFileVariable {
    /// Name of the variable.
    pub name: String,
    /// File, if the variable is set.
    pub file: Option<PathBuf>,
}

/// Sources of the encryption keys of the file store.
#[derive(Default)]
pub struct EncryptionKeys {
    identity: KeyFileVariable,
    passphrase: KeyFileVariable,
    /// Path of `identity.age`.
    generated: PathBuf,
    prompt: OnceLock<PassphrasePrompt>,
    loaded: Mutex<LoadedKeys>,
}

/// Loaded keys; each key is read once.
#[derive(Default)]
struct LoadedKeys {
    key_file: Option<AgeIdentity>,
    generated: Option<AgeIdentity>,
}

impl EncryptionKeys {
    /// Keys of the file store below `data`. One variable names a file with an age identity, the other a file with the
    /// passphrase on its first line.
    pub fn new(data: &Path, identity: KeyFileVariable, passphrase: KeyFileVariable) -> Self {
        Self { identity, passphrase, generated: data.join(SECRETS_DIRECTORY).join("identity.age"), ..Self::default() }
    }

    /// Enables the passphrase prompt.
    pub fn set_prompt(&self, prompt: PassphrasePrompt) {
        let _ = self.prompt.set(prompt);
    }

    /// Returns true if new secrets are encrypted.
    pub fn is_enabled(&self) -> bool {
        self.identity.file.is_some() || self.passphrase.file.is_some() || self.generated.exists()
    }

    /// Encrypts `plaintext`, or copies it if no key is set.
    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match self.encryption_identity()? {
            Some(identity) => Ok(Zeroizing::new(age_format::encrypt(AgeKey::Identity(&identity), plaintext))),
            None => Ok(Zeroizing::new(plaintext.to_vec())),
        }
    }

    /// Fails if the content of the file `path` is plaintext.
    pub(super) fn require_encrypted(path: &Path, stored: &[u8]) -> Result<()> {
        match age_format::is_age_file(stored) {
            true => Ok(()),
            false => Err(Error::store(
                StoreErrorKind::Failed,
                format!("`{}` was encrypted and is not any more: another program replaced it", path.display()),
            )),
        }
    }

    /// Decrypts the content of the file `path`; plaintext is returned unchanged.
    pub(super) fn decrypt(&self, path: &Path, stored: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
        if !age_format::is_age_file(&stored) {
            return Ok(stored);
        }
        if let Some(key_file) = self.key_file()? {
            match age_format::decrypt(AgeKey::Identity(&key_file), &stored) {
                Err(AgeDecryptError::WrongKey) if self.generated.exists() => {}
                loaded => return loaded.map_err(|why| self.decrypt_error(path, why)),
            }
        }
        let Some(generated) = self.generated()? else {
            return Err(self.decrypt_error(path, AgeDecryptError::WrongKey));
        };
        age_format::decrypt(AgeKey::Identity(&generated), &stored).map_err(|why| self.decrypt_error(path, why))
    }

    /// Returns the key for encryption: the key file, else the generated key, generated now if a passphrase is set.
    fn encryption_identity(&self) -> Result<Option<AgeIdentity>> {
        if let Some(key_file) = self.key_file()? {
            return Ok(Some(key_file));
        }
        if let Some(generated) = self.generated()? {
            return Ok(Some(generated));
        }
        let Some(passphrase) = self.passphrase_from_file()? else { return Ok(None) };
        let _lock = self.lock()?;
        // Another process may have generated the key during the wait.
        if let Some(generated) = self.generated()? {
            return Ok(Some(generated));
        }
        let identity = AgeIdentity::generate();
        let encrypted = age_format::encrypt(AgeKey::Passphrase(&passphrase), identity.to_text().expose().as_bytes());
        private_file::replace(&self.generated, &encrypted)?;
        self.cache().generated = Some(identity.clone());
        Ok(Some(identity))
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.generated.with_extension("lock");
        private_file::create_directory(path.parent().unwrap_or(&path))?;
        let timed_out = |message| Error::store(StoreErrorKind::TimedOut, message);
        LockFile::new(&path, &LockWaits::default()).acquire(WRITE_TIMEOUT, timed_out)
    }

    fn key_file(&self) -> Result<Option<AgeIdentity>> {
        if let Some(key_file) = &self.cache().key_file {
            return Ok(Some(key_file.clone()));
        }
        let Some(text) = self.identity.read()? else { return Ok(None) };
        let parsed = std::str::from_utf8(&text).ok().and_then(AgeIdentity::parse);
        let identity =
            parsed.ok_or_else(|| self.identity.invalid("holds no age identity; create one with `age-keygen`"))?;
        self.cache().key_file = Some(identity.clone());
        Ok(Some(identity))
    }

    /// Returns the key in `identity.age`, decrypted with the passphrase; `None` if the file is missing.
    fn generated(&self) -> Result<Option<AgeIdentity>> {
        if let Some(generated) = &self.cache().generated {
            return Ok(Some(generated.clone()));
        }
        let path = &self.generated;
        let Some(encrypted) = private_file::read(path, FileContent::Secret)? else { return Ok(None) };
        let passphrase = self.passphrase()?;
        let text = age_format::decrypt(AgeKey::Passphrase(&passphrase), &encrypted).map_err(|why| match why {
            AgeDecryptError::WrongKey => Error::store(
                StoreErrorKind::CannotDecrypt,
                format!("the passphrase does not decrypt `{}`", path.display()),
            ),
            AgeDecryptError::Damaged => self.decrypt_error(path, AgeDecryptError::Damaged),
        })?;
        let parsed = std::str::from_utf8(&text).ok().and_then(AgeIdentity::parse);
        let identity = parsed.ok_or_else(|| self.decrypt_error(path, AgeDecryptError::Damaged))?;
        self.cache().generated = Some(identity.clone());
        Ok(Some(identity))
    }

    fn passphrase(&self) -> Result<Secret> {
        if let Some(passphrase) = self.passphrase_from_file()? {
            return Ok(passphrase);
        }
        match self.prompt.get() {
            Some(prompt) => prompt("Passphrase of the file store (input hidden):"),
            None => {
                let directory = self.generated.parent().unwrap_or(&self.generated).display();
                let message =
                    format!("the secrets in `{directory}` are encrypted, and `{}` is not set", self.passphrase.name);
                Err(Error::store(StoreErrorKind::CannotDecrypt, message))
            }
        }
    }

    fn passphrase_from_file(&self) -> Result<Option<Secret>> {
        let Some(bytes) = self.passphrase.read()? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| self.passphrase.invalid("is not UTF-8 text"))?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some(Secret::new(line))),
            _ => Err(self.passphrase.invalid("has an empty first line")),
        }
    }

    fn decrypt_error(&self, path: &Path, why: AgeDecryptError) -> Error {
        match why {
            AgeDecryptError::Damaged => {
                Error::store(StoreErrorKind::Failed, format!("`{}` is damaged", path.display()))
            }
            AgeDecryptError::WrongKey => Error::store(
                StoreErrorKind::CannotDecrypt,
                format!(
                    "`{}` is encrypted with a key that neither `{}` nor `{}` provides",
                    path.display(),
                    self.identity.name,
                    self.passphrase.name
                ),
            ),
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, LoadedKeys> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyFileVariable {
    /// Reads the file; like `ssh`, rejects a file that other users can read.
    fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(file) = &self.file else { return Ok(None) };
        match private_file::read_secret_file(file) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) => Err(self.invalid("does not exist")),
            Err(error) => Err(Error::usage(format!("`{}`: {error}", self.name))),
        }
    }

    fn invalid(&self, reason: &str) -> Error {
        let file = self.file.as_deref().unwrap_or(Path::new("")).display();
        Error::usage(format!("`{}`: `{file}` {reason}", self.name))
    }
}

impl std::fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptionKeys").field("generated", &self.generated).finish_non_exhaustive()
    }
}
