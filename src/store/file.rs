//! File store, used without a keyring: one file per secret, readable by its owner only, encrypted (age) if a key is
//! set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{self, SessionId, SessionReadError};

use super::backend::{Item, Store, newer_version};
use super::encryption::{EncryptionKeys, SECRETS_DIRECTORY};
use super::lock::{LockFile, LockGuard, LockWaits, WRITE_TIMEOUT};
use super::private_file::{self, FileContent};

/// Version of the file format; files with a newer version are rejected and never rewritten.
const FORMAT_VERSION: u32 = 1;

/// Bytes that a file may need besides its secret: labels, escapes and the header of an encrypted file.
const MAX_OVERHEAD: usize = 4096;

/// Secrets in `secrets/ID.json` below a directory.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
    keys: Arc<EncryptionKeys>,
    waits: LockWaits,
}

/// Files that a reader accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accepted {
    /// Plaintext too: the file may be older than the key.
    Any,
    Encrypted,
}

/// Content of a file: the secret and the labels that identify its owner.
#[derive(Serialize, Deserialize)]
struct StoredSecret {
    version: u32,
    service: String,
    provider: String,
    account: String,
    username: SessionId,
    secret: Secret,
}

impl FileStore {
    /// Store below `directory`, which the first save creates; encrypted if `keys` has a key.
    pub fn new(directory: PathBuf, keys: Arc<EncryptionKeys>) -> Self {
        Self { directory: directory.join(SECRETS_DIRECTORY), keys, waits: LockWaits::default() }
    }

    /// Recovery store below `directory`, for sessions whose own store failed.
    pub fn recovery(directory: PathBuf, keys: Arc<EncryptionKeys>) -> Self {
        Self { directory: directory.join("recovery"), keys, waits: LockWaits::default() }
    }

    /// Sets what a wait for other writers does.
    #[must_use]
    pub fn with_lock_waits(self, waits: LockWaits) -> Self {
        Self { waits, ..self }
    }

    /// Returns true if `id` has a file; an unreadable directory counts as none.
    pub(super) fn contains(&self, id: &SessionId) -> bool {
        let path = self.path(id);
        path.exists() || private_file::temp_path(&path).exists()
    }

    fn path(&self, id: &SessionId) -> PathBuf {
        self.directory.join(format!("{}.json", id.as_str()))
    }

    fn ids(&self) -> Result<BTreeSet<SessionId>> {
        let mut ids = BTreeSet::new();
        let entries = private_file::read_directory(&self.directory)?;
        for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            let content = name.strip_suffix(private_file::TEMP_SUFFIX).unwrap_or(&name).strip_suffix(".json");
            ids.extend(content.and_then(|id| SessionId::try_from(id.to_owned()).ok()));
        }
        Ok(ids)
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.directory.join("lock");
        let timed_out = |message| Error::store(StoreErrorKind::TimedOut, message);
        LockFile::new(&path, &self.waits).acquire(WRITE_TIMEOUT, timed_out)
    }

    /// Reads the secret stored for `id`. A complete temporary file is newer than the file in place: its writer is about
    /// to rename it, or was killed and may have been the only process with the successor of a spent refresh token.
    fn read(&self, id: &SessionId, accepted: Accepted) -> Result<Option<StoredSecret>> {
        let path = self.path(id);
        match self.read_file(&private_file::temp_path(&path), id, accepted) {
            Ok(None) | Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => self.read_file(&path, id, accepted),
            newest => newest,
        }
    }

    fn read_file(&self, path: &Path, id: &SessionId, accepted: Accepted) -> Result<Option<StoredSecret>> {
        // The message of a JSON error would quote the content, and so the secret.
        let damaged = || Error::store(StoreErrorKind::Failed, format!("`{}` is damaged", path.display()));
        let Some(bytes) = private_file::read(path, FileContent::Secret)? else { return Ok(None) };
        if accepted == Accepted::Encrypted {
            EncryptionKeys::require_encrypted(path, &bytes)?;
        }
        let bytes = self.keys.decrypt(path, bytes)?;
        match session::parse_versioned::<StoredSecret>(&bytes, FORMAT_VERSION) {
            Ok(stored) if stored.username == *id => Ok(Some(stored)),
            Ok(_) | Err(SessionReadError::Damaged) => Err(damaged()),
            Err(SessionReadError::Newer(version)) => Err(newer_version(path, version, FORMAT_VERSION)),
        }
    }

    /// Fails if existing secrets are encrypted and no key is set here: the key file is probably set in another shell,
    /// and that shell would not expect secrets in the clear.
    fn check_key(&self) -> Result<()> {
        if self.keys.is_enabled() {
            return Ok(());
        }
        for path in self.ids()?.iter().map(|id| self.path(id)) {
            if let Ok(Some(bytes)) = private_file::read(&path, FileContent::Secret) {
                self.keys.decrypt(&path, bytes)?;
            }
        }
        Ok(())
    }

    /// Removes incomplete temporary files of crashed writers and commits complete ones. Callers hold the lock.
    fn recover_leftovers(&self) {
        for leftover in private_file::leftovers(&self.directory) {
            let id = leftover
                .with_extension("")
                .file_stem()
                .and_then(|name| SessionId::try_from(name.to_str()?.to_owned()).ok());
            let content = id.map(|id| self.read_file(&leftover, &id, Accepted::Any));
            let _ = match content {
                Some(Ok(Some(stored))) => private_file::commit_temp(&self.path(&stored.username)),
                // May be complete, but needs a newer version or a missing key.
                Some(Err(Error::Configuration { .. } | Error::Store { kind: StoreErrorKind::CannotDecrypt, .. })) => {
                    Ok(())
                }
                _ => private_file::remove(&leftover).map(drop),
            };
        }
    }

    /// Commits a complete temporary file of `id`. Callers hold the lock.
    fn commit_leftover(&self, id: &SessionId) -> Result<()> {
        let path = self.path(id);
        match self.read_file(&private_file::temp_path(&path), id, Accepted::Any) {
            Ok(Some(_)) => private_file::commit_temp(&path),
            _ => Ok(()),
        }
    }
}

/// Serializes into a buffer with enough capacity, so that growing leaves no copy of a secret behind.
fn to_json(stored: &StoredSecret) -> Zeroizing<Vec<u8>> {
    // A character takes six bytes at most (RFC 8259 7).
    let capacity =
        6 * (stored.secret.expose().len() + stored.provider.len() + stored.account.len() + stored.service.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 256));
    serde_json::to_writer(&mut *bytes, stored).expect("strings and a number always serialize");
    bytes
}

impl Store for FileStore {
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        Ok(self.read(id, Accepted::Any)?.filter(|stored| stored.service == app).map(|stored| stored.secret))
    }

    fn load_encrypted(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        Ok(self.read(id, Accepted::Encrypted)?.filter(|stored| stored.service == app).map(|stored| stored.secret))
    }

    fn encrypts(&self) -> bool {
        self.keys.is_enabled()
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for id in self.ids()? {
            match self.read(&id, Accepted::Any) {
                Ok(stored) => items.extend(stored.filter(|stored| stored.service == app).map(|stored| Item {
                    app: stored.service,
                    id: stored.username,
                    provider: stored.provider,
                    account: stored.account,
                })),
                // Without the key no file is readable, and callers would take an empty list for "nothing stored".
                Err(sealed @ Error::Store { kind: StoreErrorKind::CannotDecrypt, .. }) => return Err(sealed),
                Err(_) => items.push(Item::unknown(app, id)),
            }
        }
        Ok(items)
    }

    /// Checks that the key is available and that the disk has room.
    fn prepare_save(&self, length: usize) -> Result<()> {
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        self.check_key()?;
        self.keys.encrypt(&[])?;
        private_file::check_space(&self.directory.join("room"), length + MAX_OVERHEAD)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        let stored = StoredSecret {
            version: FORMAT_VERSION,
            service: item.app.clone(),
            provider: item.provider.clone(),
            account: item.account.clone(),
            username: item.id.clone(),
            secret: secret.clone(),
        };
        let plaintext = to_json(&stored);
        private_file::create_directory(&self.directory)?;
        let _lock = self.lock()?;
        let bytes = self.keys.encrypt(&plaintext)?;
        // The next step overwrites a leftover temporary file, which would be lost if this process were killed there.
        let _ = self.commit_leftover(&item.id);
        // Any file except one of a newer version may be replaced: signing in again repairs a damaged or exposed file.
        if let Err(newer @ Error::Configuration { .. }) = self.read(&item.id, Accepted::Any) {
            return Err(newer);
        }
        private_file::replace(&self.path(&item.id), &bytes)
    }

    fn remove(&self, _app: &str, id: &SessionId) -> Result<()> {
        if !self.directory.exists() {
            return Ok(());
        }
        let _lock = self.lock()?;
        self.recover_leftovers();
        private_file::remove(&self.path(id)).map(drop)
    }
}
