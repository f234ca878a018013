//! What the file store is encrypted with: a key file, or a key of its own that a passphrase opens.
//!
//! A passphrase costs a third of a second and 128 MiB by design, so it does not seal the secrets themselves: it seals a
//! key, made once and kept beside them in `identity.age`, and the key seals the secrets. A command pays for the
//! passphrase once, whatever it reads and writes; `age -d -i identity.age` opens everything; a new passphrase is a new
//! `identity.age` and nothing else. A key file costs nothing, for programs that ask often.
//!
//! Who sets one of the two has what is written from then on encrypted. What was written before is read as it is, and
//! encrypted when it is next saved, or at once by `store move file`. The opposite does not happen by itself: where
//! `identity.age` is, nothing is written in the clear any more.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;

use super::age_format::{self, AgeDecryptError, AgeIdentity, AgeKey};
use super::lock::{self, LockGuard};
use super::private_file::{self, FileContent};

/// Directory of the file store, below the data directory.
pub(super) const SECRETS_DIRECTORY: &str = "secrets";

/// How long to wait for another process that makes the key, which takes one opening.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the person for what the question names, unseen.
pub type PassphrasePrompt = Box<dyn Fn(&str) -> Result<Secret> + Send + Sync>;

/// A variable of the environment, and the file it names.
#[derive(Debug, Clone, Default)]
pub struct KeyFileVariable {
    /// What it is called.
    pub name: String,
    /// The file, where it is set.
    pub file: Option<PathBuf>,
}

/// Where the keys of the file store come from.
#[derive(Default)]
pub struct EncryptionKeys {
    identity: KeyFileVariable,
    passphrase: KeyFileVariable,
    /// `identity.age`.
    generated: PathBuf,
    prompt: OnceLock<PassphrasePrompt>,
    loaded: Mutex<LoadedKeys>,
}

/// The keys that were read; each is read once.
#[derive(Default)]
struct LoadedKeys {
    key_file: Option<AgeIdentity>,
    generated: Option<AgeIdentity>,
}

impl EncryptionKeys {
    /// The keys of the file store below `data`: one variable names a file with an age identity, the other one with the
    /// passphrase in its first line.
    pub fn new(data: &Path, identity: KeyFileVariable, passphrase: KeyFileVariable) -> Self {
        Self { identity, passphrase, generated: data.join(SECRETS_DIRECTORY).join("identity.age"), ..Self::default() }
    }

    /// From now on a person can be asked for the passphrase.
    pub fn set_prompt(&self, prompt: PassphrasePrompt) {
        let _ = self.prompt.set(prompt);
    }

    /// Whether what is written from now on is encrypted.
    pub fn is_enabled(&self) -> bool {
        self.identity.file.is_some() || self.passphrase.file.is_some() || self.generated.exists()
    }

    /// The stored form of `plain`.
    ///
    /// # Errors
    /// [`Error::Store`] where a key is needed and cannot be had, [`Error::Usage`] where a variable names no such file.
    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match self.encryption_identity()? {
            Some(identity) => Ok(Zeroizing::new(age_format::encrypt(AgeKey::Identity(&identity), plaintext))),
            None => Ok(Zeroizing::new(plaintext.to_vec())),
        }
    }

    /// What was sealed in the file `path`, or is there in the clear.
    ///
    /// # Errors
    /// As [`Keys::seal`].
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

    /// The key that seals: the one given, else the own one, made where there is a passphrase and no such key yet.
    fn encryption_identity(&self) -> Result<Option<AgeIdentity>> {
        if let Some(key_file) = self.key_file()? {
            return Ok(Some(key_file));
        }
        if let Some(generated) = self.generated()? {
            return Ok(Some(generated));
        }
        let Some(passphrase) = self.passphrase_from_file()? else { return Ok(None) };
        let _lock = self.lock()?;
        // Another process may have made it while this one waited.
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
        let message = || format!("another process has held `{}` for {} s", path.display(), LOCK_TIMEOUT.as_secs());
        lock::acquire(&path, LOCK_TIMEOUT)?.ok_or_else(|| Error::store(StoreErrorKind::TimedOut, message()))
    }

    /// The key of the key file.
    fn key_file(&self) -> Result<Option<AgeIdentity>> {
        if let Some(key_file) = &self.cache().key_file {
            return Ok(Some(key_file.clone()));
        }
        let Some(text) = self.identity.read()? else { return Ok(None) };
        let parsed = std::str::from_utf8(&text).ok().and_then(AgeIdentity::parse);
        let identity =
            parsed.ok_or_else(|| self.identity.invalid("it holds no age identity, as `age-keygen` makes one"))?;
        self.cache().key_file = Some(identity.clone());
        Ok(Some(identity))
    }

    /// The key in `identity.age`, opened with the passphrase; `None` where there is none.
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
                format!("the passphrase does not open `{}`", path.display()),
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
            Some(prompt) => prompt("passphrase of the file store (it is not shown):"),
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
        let text = std::str::from_utf8(&bytes).map_err(|_| self.passphrase.invalid("it is not text"))?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some(Secret::new(line))),
            _ => Err(self.passphrase.invalid("its first line is empty")),
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
                    "`{}` is encrypted for a key that neither `{}` nor `{}` leads to",
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
    /// What the file holds; one that others can read is refused, as `ssh` does.
    fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(file) = &self.file else { return Ok(None) };
        match private_file::read_secret_file(file) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) => Err(self.invalid("there is no such file")),
            Err(error) => Err(Error::usage(format!("`{}`: {error}", self.name))),
        }
    }

    fn invalid(&self, why: &str) -> Error {
        let file = self.file.as_deref().unwrap_or(Path::new("")).display();
        Error::usage(format!("`{}` names `{file}`, and {why}", self.name))
    }
}

impl std::fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("own", &self.generated).finish_non_exhaustive()
    }
}
