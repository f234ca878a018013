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

use super::encryption::EncryptionKeys;
use super::lock::{self, LockGuard};
use super::private_file::{self, FileContent};
use super::{Item, Store};

/// The version of the file's form; a newer one is refused and never rewritten.
const VERSION: u32 = 1;

/// Where the secrets are, below the directory of the program's data.
pub(super) const DIRECTORY: &str = "secrets";

/// How long a writer waits for others: the limit of every call to a store. They hold the lock for one small file.
const WAIT: Duration = Duration::from_secs(10);

/// What a file takes beside its secret, in bytes: labels, escapes and the head of an encrypted one.
const OVERHEAD: usize = 4096;

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
        Self { directory: directory.join(DIRECTORY), keys }
    }

    /// A store for sessions that cannot be kept where they belong, below `directory`.
    pub fn recovery(directory: PathBuf, keys: Arc<EncryptionKeys>) -> Self {
        Self { directory: directory.join("recovery"), keys }
    }

    /// Whether there is a file for `id`; where that cannot be told there is none.
    pub(super) fn holds(&self, id: &SessionId) -> bool {
        let path = self.path(id);
        path.exists() || private_file::unfinished(&path).exists()
    }

    fn path(&self, id: &SessionId) -> PathBuf {
        self.directory.join(format!("{}.json", id.as_str()))
    }

    fn ids(&self) -> Result<BTreeSet<SessionId>> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(private_file::failed("read", &self.directory, &error)),
        };
        let mut ids = BTreeSet::new();
        for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
            let whole = name.strip_suffix(private_file::UNFINISHED).unwrap_or(&name).strip_suffix(".json");
            ids.extend(whole.and_then(|id| SessionId::try_from(id.to_owned()).ok()));
        }
        Ok(ids)
    }

    fn lock(&self) -> Result<LockGuard> {
        let path = self.directory.join("lock");
        lock::acquire(&path, WAIT)?.ok_or_else(|| {
            let held = format!("another process has held `{}` for {} s", path.display(), WAIT.as_secs());
            Error::store(StoreErrorKind::TimedOut, held)
        })
    }

    /// What is kept for `id`. A file that is whole and was not put in place yet is newer than the one that is: its writer
    /// is about to, or was killed, and may have been the only one to know that the provider has spent the older token.
    fn read(&self, id: &SessionId) -> Result<Option<StoredSecret>> {
        let path = self.path(id);
        match self.read_file(&private_file::unfinished(&path), id) {
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
        let bytes = self.keys.open(path, bytes)?;
        let Version { version } = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if version > VERSION {
            return Err(super::newer(path, version, VERSION));
        }
        let kept: StoredSecret = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if kept.username != *id {
            return Err(damaged());
        }
        Ok(Some(kept))
    }

    /// Fails where secrets are encrypted here and nothing says how: the key file is one of another shell's, and who set it
    /// there would not find what is written in the clear from here.
    fn check_key(&self) -> Result<()> {
        if self.keys.encrypt() {
            return Ok(());
        }
        for path in self.ids()?.iter().map(|id| self.path(id)) {
            if let Ok(Some(bytes)) = private_file::read(&path, FileContent::Secret) {
                self.keys.open(&path, bytes)?;
            }
        }
        Ok(())
    }

    /// Removes what crashed writers left, and puts in place what they left whole. Callers hold the lock.
    fn tidy(&self) {
        for left in private_file::leftovers(&self.directory) {
            let id = left
                .with_extension("")
                .file_stem()
                .and_then(|name| SessionId::try_from(name.to_str()?.to_owned()).ok());
            let whole = id.map(|id| self.read_file(&left, &id));
            let _ = match whole {
                Some(Ok(Some(kept))) => private_file::finish(&self.path(&kept.username)),
                // Whole it may be, but for a later program or a key that is not here.
                Some(Err(Error::Configuration { .. } | Error::Store { kind: StoreErrorKind::CannotDecrypt, .. })) => {
                    Ok(())
                }
                _ => private_file::remove(&left).map(drop),
            };
        }
    }

    /// Puts in place what a writer of `id` left whole. Callers hold the lock.
    fn finish(&self, id: &SessionId) -> Result<()> {
        let path = self.path(id);
        match self.read_file(&private_file::unfinished(&path), id) {
            Ok(Some(_)) => private_file::finish(&path),
            _ => Ok(()),
        }
    }
}

/// The stored form, in memory that is large enough from the start, so that growing leaves no copy of a secret behind.
fn written(kept: &StoredSecret) -> Zeroizing<Vec<u8>> {
    // A character takes six at most (RFC 8259 7).
    let most = 6 * (kept.secret.expose().len() + kept.provider.len() + kept.account.len() + kept.service.len());
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 256));
    serde_json::to_writer(&mut *bytes, kept).expect("only strings and a number");
    bytes
}

impl Store for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        Ok(self.read(id)?.filter(|kept| kept.service == app).map(|kept| kept.secret))
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for id in self.ids()? {
            match self.read(&id) {
                Ok(kept) => items.extend(kept.filter(|kept| kept.service == app).map(|kept| Item {
                    app: kept.service,
                    id: kept.username,
                    provider: kept.provider,
                    account: kept.account,
                })),
                // Without its key nothing here can be read, and whoever asked would take that for "nothing there".
                Err(sealed @ Error::Store { kind: StoreErrorKind::CannotDecrypt, .. }) => return Err(sealed),
                Err(_) => items.push(Item::unknown(app, id)),
            }
        }
        Ok(items)
    }

    /// The key is there, and the disk has room.
    fn ready(&self, length: usize) -> Result<()> {
        private_file::make_directory(&self.directory)?;
        let _lock = self.lock()?;
        self.check_key()?;
        self.keys.seal(&[])?;
        private_file::try_room(&self.directory.join("room"), length + OVERHEAD)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        let kept = StoredSecret {
            version: VERSION,
            service: item.app.clone(),
            provider: item.provider.clone(),
            account: item.account.clone(),
            username: item.id.clone(),
            secret: secret.clone(),
        };
        let plain = written(&kept);
        private_file::make_directory(&self.directory)?;
        let _lock = self.lock()?;
        let bytes = self.keys.seal(&plain)?;
        // Were the next step the last one of this process too, what a killed one left would be lost with it.
        let _ = self.finish(&item.id);
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
        self.tidy();
        private_file::remove(&self.path(id)).map(drop)
    }
}
