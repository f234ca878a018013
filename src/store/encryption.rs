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

use super::age_format::{self, AgeIdentity, AgeKey, AgeOpenError};
use super::lock::{self, LockGuard};
use super::private_file::{self, FileContent};

/// How long to wait for another process that makes the key, which takes one opening.
const WAIT: Duration = Duration::from_secs(10);

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
    own: PathBuf,
    ask: OnceLock<PassphrasePrompt>,
    opened: Mutex<LoadedKeys>,
}

/// The keys that were read; each is read once.
#[derive(Default)]
struct LoadedKeys {
    given: Option<AgeIdentity>,
    own: Option<AgeIdentity>,
}

impl EncryptionKeys {
    /// The keys of the file store below `data`: one variable names a file with an age identity, the other one with the
    /// passphrase in its first line.
    pub fn new(data: &Path, identity: KeyFileVariable, passphrase: KeyFileVariable) -> Self {
        Self { identity, passphrase, own: data.join(super::file::DIRECTORY).join("identity.age"), ..Self::default() }
    }

    /// From now on a person can be asked for the passphrase.
    pub fn ask_with(&self, ask: PassphrasePrompt) {
        let _ = self.ask.set(ask);
    }

    /// Whether what is written from now on is encrypted.
    pub fn encrypt(&self) -> bool {
        self.identity.file.is_some() || self.passphrase.file.is_some() || self.own.exists()
    }

    /// The stored form of `plain`.
    ///
    /// # Errors
    /// [`Error::Store`] where a key is needed and cannot be had, [`Error::Usage`] where a variable names no such file.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        match self.sealing()? {
            Some(identity) => Ok(Zeroizing::new(age_format::seal(AgeKey::Identity(&identity), plain))),
            None => Ok(Zeroizing::new(plain.to_vec())),
        }
    }

    /// What was sealed in the file `path`, or is there in the clear.
    ///
    /// # Errors
    /// As [`Keys::seal`].
    pub(super) fn open(&self, path: &Path, stored: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
        if !age_format::is_sealed(&stored) {
            return Ok(stored);
        }
        if let Some(given) = self.given()? {
            match age_format::open(AgeKey::Identity(&given), &stored) {
                Err(AgeOpenError::Otherwise) if self.own.exists() => {}
                opened => return opened.map_err(|why| self.closed(path, why)),
            }
        }
        let Some(own) = self.own()? else { return Err(self.closed(path, AgeOpenError::Otherwise)) };
        age_format::open(AgeKey::Identity(&own), &stored).map_err(|why| self.closed(path, why))
    }

    /// The key that seals: the one given, else the own one, made where there is a passphrase and no such key yet.
    fn sealing(&self) -> Result<Option<AgeIdentity>> {
        if let Some(given) = self.given()? {
            return Ok(Some(given));
        }
        if let Some(own) = self.own()? {
            return Ok(Some(own));
        }
        let Some(passphrase) = self.passphrase_of_file()? else { return Ok(None) };
        let _lock = self.lock()?;
        // Another process may have made it while this one waited.
        if let Some(own) = self.own()? {
            return Ok(Some(own));
        }
        let identity = AgeIdentity::generate();
        let sealed = age_format::seal(AgeKey::Passphrase(&passphrase), identity.written().expose().as_bytes());
        private_file::replace(&self.own, &sealed)?;
        self.cache().own = Some(identity.clone());
        Ok(Some(identity))
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.own.with_extension("lock");
        private_file::make_directory(path.parent().unwrap_or(&path))?;
        let held = || format!("another process has held `{}` for {} s", path.display(), WAIT.as_secs());
        lock::acquire(&path, WAIT)?.ok_or_else(|| Error::store(StoreErrorKind::TimedOut, held()))
    }

    /// The key of the key file.
    fn given(&self) -> Result<Option<AgeIdentity>> {
        if let Some(given) = &self.cache().given {
            return Ok(Some(given.clone()));
        }
        let Some(text) = self.identity.read()? else { return Ok(None) };
        let read = std::str::from_utf8(&text).ok().and_then(AgeIdentity::read);
        let identity =
            read.ok_or_else(|| self.identity.refused("it holds no age identity, as `age-keygen` makes one"))?;
        self.cache().given = Some(identity.clone());
        Ok(Some(identity))
    }

    /// The key in `identity.age`, opened with the passphrase; `None` where there is none.
    fn own(&self) -> Result<Option<AgeIdentity>> {
        if let Some(own) = &self.cache().own {
            return Ok(Some(own.clone()));
        }
        let path = &self.own;
        let Some(sealed) = private_file::read(path, FileContent::Secret)? else { return Ok(None) };
        let passphrase = self.passphrase()?;
        let text = age_format::open(AgeKey::Passphrase(&passphrase), &sealed).map_err(|why| match why {
            AgeOpenError::Otherwise => Error::store(
                StoreErrorKind::CannotDecrypt,
                format!("the passphrase does not open `{}`", path.display()),
            ),
            AgeOpenError::Damaged => self.closed(path, AgeOpenError::Damaged),
        })?;
        let read = std::str::from_utf8(&text).ok().and_then(AgeIdentity::read);
        let identity = read.ok_or_else(|| self.closed(path, AgeOpenError::Damaged))?;
        self.cache().own = Some(identity.clone());
        Ok(Some(identity))
    }

    fn passphrase(&self) -> Result<Secret> {
        if let Some(passphrase) = self.passphrase_of_file()? {
            return Ok(passphrase);
        }
        match self.ask.get() {
            Some(ask) => ask("passphrase of the file store (it is not shown):"),
            None => {
                let directory = self.own.parent().unwrap_or(&self.own).display();
                let message =
                    format!("the secrets in `{directory}` are encrypted, and `{}` is not set", self.passphrase.name);
                Err(Error::store(StoreErrorKind::CannotDecrypt, message))
            }
        }
    }

    fn passphrase_of_file(&self) -> Result<Option<Secret>> {
        let Some(bytes) = self.passphrase.read()? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| self.passphrase.refused("it is not text"))?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some(Secret::new(line))),
            _ => Err(self.passphrase.refused("its first line is empty")),
        }
    }

    fn closed(&self, path: &Path, why: AgeOpenError) -> Error {
        match why {
            AgeOpenError::Damaged => Error::store(StoreErrorKind::Failed, format!("`{}` is damaged", path.display())),
            AgeOpenError::Otherwise => Error::store(
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
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyFileVariable {
    /// What the file holds; one that others can read is refused, as `ssh` does.
    fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(file) = &self.file else { return Ok(None) };
        match private_file::secret_file(file) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            Ok(None) => Err(self.refused("there is no such file")),
            Err(error) => Err(Error::usage(format!("`{}`: {error}", self.name))),
        }
    }

    fn refused(&self, why: &str) -> Error {
        let file = self.file.as_deref().unwrap_or(Path::new("")).display();
        Error::usage(format!("`{}` names `{file}`, and {why}", self.name))
    }
}

impl std::fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("own", &self.own).finish_non_exhaustive()
    }
}
