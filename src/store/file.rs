//! The store where there is no keyring: one file a secret, readable by its owner alone, and encrypted (age) where there
//! is a key.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};

use super::backend::{Item, Store, newer_version};
use super::encryption::{EncryptionKeys, SECRETS_DIRECTORY};
use super::lock::{self, LockGuard};
use super::private_file::{self, FileContent};

/// The version of the file's form; a newer one is refused and never rewritten.
const FORMAT_VERSION: u32 = 1;

/// How long a writer waits for others: the limit of every call to a store. They hold the lock for one small file.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a file takes beside its secret, in bytes: labels, escapes and the head of an encrypted one.
const MAX_OVERHEAD: usize = 4096;

/// Secrets in `secrets/ID.json` below a directory.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
    keys: Arc<EncryptionKeys>,
}

/// What a file holds: the secret, and beside it what tells a person whose it is.
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
    /// A store below `directory`, which is made when the first secret is kept. Nothing is encrypted.
    pub fn new(directory: PathBuf) -> Self {
        Self::encrypted(directory, Arc::default())
    }

    /// The same, encrypted where `keys` say so.
    pub fn encrypted(directory: PathBuf, keys: Arc<EncryptionKeys>) -> Self {
        Self { directory: directory.join(SECRETS_DIRECTORY), keys }
    }

    /// A store for sessions that cannot be kept where they belong, below `directory`.
    pub fn recovery(directory: PathBuf, keys: Arc<EncryptionKeys>) -> Self {
        Self { directory: directory.join("recovery"), keys }
    }

    /// Whether there is a file for `id`; where that cannot be told there is none.
    pub(super) fn contains(&self, id: &SessionId) -> bool {
        let path = self.path(id);
        path.exists() || private_file::temp_path(&path).exists()
    }

    fn path(&self, id: &SessionId) -> PathBuf {
        self.directory.join(format!("{}.json", id.as_str()))
    }

    fn ids(&self) -> Result<BTreeSet<SessionId>> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(private_file::io_error("read", &self.directory, &error)),
        };
        let mut ids = BTreeSet::new();
        for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
            let content = name.strip_suffix(private_file::TEMP_SUFFIX).unwrap_or(&name).strip_suffix(".json");
            ids.extend(content.and_then(|id| SessionId::try_from(id.to_owned()).ok()));
        }
        Ok(ids)
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.directory.join("lock");
        lock::acquire(&path, LOCK_TIMEOUT)?.ok_or_else(|| {
            let message = format!("another process has held `{}` for {} s", path.display(), LOCK_TIMEOUT.as_secs());
            Error::store(StoreErrorKind::TimedOut, message)
        })
    }

    /// What is kept for `id`. A file that is whole and was not put in place yet is newer than the one that is: its writer
    /// is about to, or was killed, and may have been the only one to know that the provider has spent the older token.
    fn read(&self, id: &SessionId) -> Result<Option<StoredSecret>> {
        let path = self.path(id);
        match self.read_file(&private_file::temp_path(&path), id) {
            Ok(None) | Err(Error::Store { kind: StoreErrorKind::Failed, .. }) => self.read_file(&path, id),
            newest => newest,
        }
    }

    fn read_file(&self, path: &Path, id: &SessionId) -> Result<Option<StoredSecret>> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        // The words of a JSON error would quote the content, and so the secret.
        let damaged = || Error::store(StoreErrorKind::Failed, format!("`{}` is damaged", path.display()));
        let Some(bytes) = private_file::read(path, FileContent::Secret)? else { return Ok(None) };
        let bytes = self.keys.decrypt(path, bytes)?;
        let Version { version } = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if version > FORMAT_VERSION {
            return Err(newer_version(path, version, FORMAT_VERSION));
        }
        let stored: StoredSecret = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if stored.username != *id {
            return Err(damaged());
        }
        Ok(Some(stored))
    }

    /// Fails where secrets are encrypted here and nothing says how: the key file is one of another shell's, and who set it
    /// there would not find what is written in the clear from here.
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

    /// Removes what crashed writers left, and puts in place what they left whole. Callers hold the lock.
    fn recover_leftovers(&self) {
        for leftover in private_file::leftovers(&self.directory) {
            let id = leftover
                .with_extension("")
                .file_stem()
                .and_then(|name| SessionId::try_from(name.to_str()?.to_owned()).ok());
            let content = id.map(|id| self.read_file(&leftover, &id));
            let _ = match content {
                Some(Ok(Some(stored))) => private_file::commit_temp(&self.path(&stored.username)),
                // Whole it may be, but for a later program or a key that is not here.
                Some(Err(Error::Configuration { .. } | Error::Store { kind: StoreErrorKind::CannotDecrypt, .. })) => {
                    Ok(())
                }
                _ => private_file::remove(&leftover).map(drop),
            };
        }
    }

    /// Puts in place what a writer of `id` left whole. Callers hold the lock.
    fn commit_leftover(&self, id: &SessionId) -> Result<()> {
        let path = self.path(id);
        match self.read_file(&private_file::temp_path(&path), id) {
            Ok(Some(_)) => private_file::commit_temp(&path),
            _ => Ok(()),
        }
    }
}

/// The stored form, in memory that is large enough from the start, so that growing leaves no copy of a secret behind.
fn to_json(stored: &StoredSecret) -> Zeroizing<Vec<u8>> {
    // A character takes six at most (RFC 8259 7).
    let capacity =
        6 * (stored.secret.expose().len() + stored.provider.len() + stored.account.len() + stored.service.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 256));
    serde_json::to_writer(&mut *bytes, stored).expect("only strings and a number");
    bytes
}

impl Store for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        Ok(self.read(id)?.filter(|stored| stored.service == app).map(|stored| stored.secret))
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for id in self.ids()? {
            match self.read(&id) {
                Ok(stored) => items.extend(stored.filter(|stored| stored.service == app).map(|stored| Item {
                    app: stored.service,
                    id: stored.username,
                    provider: stored.provider,
                    account: stored.account,
                })),
                // Without its key nothing here can be read, and whoever asked would take that for "nothing there".
                Err(sealed @ Error::Store { kind: StoreErrorKind::CannotDecrypt, .. }) => return Err(sealed),
                Err(_) => items.push(Item::unknown(app, id)),
            }
        }
        Ok(items)
    }

    /// The key is there, and the disk has room.
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
        // Were the next step the last one of this process too, what a killed one left would be lost with it.
        let _ = self.commit_leftover(&item.id);
        // Anything but a newer form may be replaced: signing in again is how a damaged or open file is mended.
        if let Err(newer @ Error::Configuration { .. }) = self.read(&item.id) {
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
