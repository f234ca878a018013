//! State files of one provider.
//!
//! ```text
//! sessions/github/                          label of the provider, percent-encoded
//!     0f3a….json                            one session without its secrets
//!     default.json                          id of the default session
//!     names/octocat%40example.com.json      ids of the sessions that match this name
//! ```
//!
//! The session files are authoritative; `default.json` and `names/` only point to them. Index files are written before
//! the session they name, so that a crash leaves an index entry without a session, which readers ignore, and never a
//! session that no reader finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::session::{Account, FORMAT_VERSION, SessionId, SessionInfo, prefer_exact_name, shown_subject};

use super::file::{self, StateFileError, StateFileErrorKind, write};
use super::file_name;
use crate::store::private_file;

/// Directory of one provider.
#[derive(Debug)]
pub(super) struct ProviderDir {
    pub(super) directory: PathBuf,
}

/// All sessions of a directory.
#[derive(Debug, Default)]
pub(super) struct DirScan {
    /// Readable sessions, oldest sign-in first.
    pub(super) summaries: Vec<SessionInfo>,
    /// Errors of the other sessions.
    pub(super) errors: Vec<StateFileError>,
}

#[derive(Serialize, Deserialize)]
struct DefaultRecord {
    version: u32,
    id: SessionId,
}

#[derive(Serialize, Deserialize)]
struct NameRecord {
    version: u32,
    ids: Vec<SessionId>,
}

impl ProviderDir {
    pub(super) fn new(sessions: &Path, provider: &str) -> Self {
        Self { directory: sessions.join(file_name::to_file_name(provider)) }
    }

    /// Directories with at least one session, readable or not.
    pub(super) fn all(sessions: &Path) -> Result<Vec<Self>> {
        let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let entries = private_file::read_directory(sessions)?.filter(is_directory);
        let mut provider_dirs: Vec<Self> = entries.map(|entry| Self { directory: entry.path() }).collect();
        provider_dirs.sort_by(|a, b| a.directory.cmp(&b.directory));
        Ok(provider_dirs)
    }

    /// Label of the provider; `None` without sessions. Opens one file at most, and only if the label was too long for a
    /// file name.
    pub(super) fn provider(&self) -> Option<String> {
        let mut ids = self.ids().ok()?;
        match self.label() {
            Some(label) => ids.next().map(|_| label),
            None => ids.find_map(|id| self.info(&id).ok().flatten()).map(|info| info.provider),
        }
    }

    /// Label of the provider; `None` if it was too long for a file name.
    pub(super) fn label(&self) -> Option<String> {
        file_name::from_file_name(self.directory.file_name()?.to_str()?)
    }

    /// Reads at most `limit` sessions and leaves out the unreadable ones.
    pub(super) fn peek(&self, limit: usize) -> Vec<SessionInfo> {
        self.ids().into_iter().flatten().take(limit).filter_map(|id| self.info(&id).ok().flatten()).collect()
    }

    pub(super) fn contains(&self, id: &SessionId) -> bool {
        self.path(id).exists()
    }

    /// Reads one session; `None` if it is not in this directory.
    pub(super) fn info(&self, id: &SessionId) -> Result<Option<SessionInfo>, StateFileError> {
        let path = self.path(id);
        let info: Option<SessionInfo> = file::read(&path)?;
        let belongs = |info: &SessionInfo| {
            info.id == *id && self.directory.file_name() == Some(file_name::to_file_name(&info.provider).as_ref())
        };
        match info {
            Some(info) if !belongs(&info) => Err(StateFileError { file: path, kind: StateFileErrorKind::Damaged }),
            info => Ok(info),
        }
    }

    /// Reads every session in this directory.
    pub(super) fn scan(&self) -> Result<DirScan> {
        let mut scan = DirScan::default();
        for id in self.ids()? {
            match self.info(&id) {
                Ok(info) => scan.summaries.extend(info),
                Err(error) => scan.errors.push(error),
            }
        }
        scan.summaries.sort_by(|a, b| (a.signed_in_at, &a.id).cmp(&(b.signed_in_at, &b.id)));
        Ok(scan)
    }

    /// Finds the session that the index files name, without reading other sessions: the default one, or the one that
    /// matches `account`. `None` if they name no session.
    pub(super) fn find_by_pointer(&self, account: Option<&str>) -> Result<Option<SessionInfo>> {
        let Some(account) = account else {
            let Some(id) = self.default_id()? else { return Ok(None) };
            return Ok(self.info(&id)?);
        };
        let mut error = None;
        let mut found = Vec::new();
        for id in self.ids_by_name(account)?.unwrap_or_default() {
            match self.info(&id) {
                Ok(info) => found.extend(info.filter(|info| info.account.matches_name(account))),
                Err(other) => error = Some(other),
            }
        }
        prefer_exact_name(&mut found, Some(account));
        match (self.pick_default(found)?, error) {
            (None, Some(error)) => Err(error.into()),
            (found, _) => Ok(found),
        }
    }

    /// Picks the default of several sessions, else the one that was signed in first.
    pub(super) fn pick_default(&self, mut summaries: Vec<SessionInfo>) -> Result<Option<SessionInfo>> {
        if summaries.len() < 2 {
            return Ok(summaries.pop());
        }
        let default = self.default_id()?;
        Ok(summaries
            .into_iter()
            .min_by_key(|info| (default.as_ref() != Some(&info.id), info.signed_in_at, info.id.clone())))
    }

    /// Id in `default.json`; `None` if the file is missing or damaged.
    pub(super) fn default_id(&self) -> Result<Option<SessionId>, StateFileError> {
        let pointer: Option<DefaultRecord> = file::read_pointer(&self.default_path())?;
        Ok(pointer.map(|record| record.id))
    }

    /// Fails if writing `info` would replace a file of a newer version.
    pub(super) fn check_writable(&self, info: &SessionInfo) -> Result<()> {
        self.check_replaceable(&info.id)?;
        self.default_id()?;
        for name in account_names(&info.account) {
            self.ids_by_name(&name)?;
        }
        Ok(())
    }

    /// Writes `info` and its names, and makes it the default if there is none.
    pub(super) fn put(&self, info: &SessionInfo) -> Result<()> {
        self.check_replaceable(&info.id)?;
        private_file::create_directory(&self.directory)?;
        let before = self.info(&info.id).ok().flatten();
        for name in account_names(&info.account) {
            self.add_name(&name, &info.id)?;
        }
        write(&self.path(&info.id), info)?;
        if let Some(before) = before {
            let current = account_names(&info.account);
            self.remove_names(account_names(&before.account).difference(&current), &info.id)?;
        }
        self.repair_default()
    }

    /// Writes the file of a session and no index.
    pub(super) fn put_session(&self, info: &SessionInfo) -> Result<()> {
        self.check_replaceable(&info.id)?;
        private_file::create_directory(&self.directory)?;
        write(&self.path(&info.id), info)
    }

    /// Makes `id` the default.
    pub(super) fn set_default(&self, id: &SessionId) -> Result<()> {
        self.default_id()?;
        write(&self.default_path(), &DefaultRecord { version: FORMAT_VERSION, id: id.clone() })
    }

    /// Removes a session and its index entries; if it was the default, the oldest remaining session becomes the
    /// default.
    pub(super) fn remove(&self, id: &SessionId) -> Result<()> {
        private_file::remove_leftovers(&self.directory);
        let before = self.info(id).ok().flatten();
        if !private_file::remove(&self.path(id))? {
            return Ok(());
        }
        if let Some(before) = before {
            self.remove_names(account_names(&before.account).iter(), id)?;
        }
        self.repair_default()
    }

    /// Sessions with a damaged file, or without a file although an index file names them.
    pub(super) fn broken_ids(&self) -> Result<BTreeSet<SessionId>> {
        let mut ids: BTreeSet<SessionId> = self.ids()?.chain(self.default_id()?).collect();
        for name in private_file::read_directory(&self.directory.join("names"))? {
            let record: Option<NameRecord> = file::read_pointer(&name.path())?;
            ids.extend(record.into_iter().flat_map(|record| record.ids));
        }
        let is_broken = |id: &SessionId| {
            matches!(self.info(id), Ok(None) | Err(StateFileError { kind: StateFileErrorKind::Damaged, .. }))
        };
        ids.retain(is_broken);
        Ok(ids)
    }

    /// Removes the damaged file of a session and the index entries of a missing one; returns true if anything was
    /// removed.
    pub(super) fn discard(&self, id: &SessionId) -> Result<bool> {
        match self.info(id) {
            Ok(None) | Err(StateFileError { kind: StateFileErrorKind::Damaged, .. }) => {}
            _ => return Ok(false),
        }
        let mut discarded = private_file::remove(&self.path(id))?;
        for name in private_file::read_directory(&self.directory.join("names"))? {
            let record: Option<NameRecord> = file::read_pointer(&name.path())?;
            let Some(mut record) = record.filter(|record| record.ids.contains(id)) else { continue };
            record.ids.retain(|known| known != id);
            match record.ids.is_empty() {
                true => drop(private_file::remove(&name.path())?),
                false => write(&name.path(), &record)?,
            }
            discarded = true;
        }
        self.repair_default()?;
        Ok(discarded)
    }

    /// Makes sure that `default.json` names a session, and removes an empty directory.
    pub(super) fn repair_default(&self) -> Result<()> {
        if self.default_id()?.is_some_and(|id| self.contains(&id)) {
            return Ok(());
        }
        if let Some(oldest) = self.scan()?.summaries.first() {
            return self.set_default(&oldest.id);
        }
        private_file::remove(&self.default_path())?;
        // Both calls fail while the directory has content, such as a damaged session.
        let _ = fs::remove_dir(self.directory.join("names"));
        let _ = fs::remove_dir(&self.directory);
        Ok(())
    }

    /// Adds `id` to the index of `name`.
    pub(super) fn add_name(&self, name: &str, id: &SessionId) -> Result<()> {
        let path = self.name_path(name);
        let mut ids = match file::read::<NameRecord>(&path) {
            Ok(Some(record)) if record.ids.contains(id) => return Ok(()),
            Ok(record) => record.map(|record| record.ids).unwrap_or_default(),
            Err(StateFileError { kind: StateFileErrorKind::Damaged, .. }) => self.ids_matching(name)?,
            Err(error) => return Err(error.into()),
        };
        ids.retain(|known| known != id && self.contains(known));
        ids.push(id.clone());
        private_file::create_directory(&self.directory.join("names"))?;
        write(&path, &NameRecord { version: FORMAT_VERSION, ids })
    }

    fn remove_names<'a>(&self, names: impl Iterator<Item = &'a String>, id: &SessionId) -> Result<()> {
        for name in names {
            let path = self.name_path(name);
            let mut ids = self.ids_by_name(name)?.unwrap_or_default();
            ids.retain(|known| known != id);
            match ids.is_empty() {
                true => drop(private_file::remove(&path)?),
                false => write(&path, &NameRecord { version: FORMAT_VERSION, ids })?,
            }
        }
        Ok(())
    }

    fn ids_by_name(&self, name: &str) -> Result<Option<Vec<SessionId>>, StateFileError> {
        let pointer: Option<NameRecord> = file::read_pointer(&self.name_path(name))?;
        Ok(pointer.map(|record| record.ids))
    }

    fn ids_matching(&self, name: &str) -> Result<Vec<SessionId>> {
        let sessions = self.scan()?.summaries.into_iter();
        Ok(sessions
            .filter(|info| account_names(&info.account).contains(&fold_case(name)))
            .map(|info| info.id)
            .collect())
    }

    fn check_replaceable(&self, id: &SessionId) -> Result<()> {
        match self.info(id) {
            Err(error @ StateFileError { kind: StateFileErrorKind::Newer(_), .. }) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn ids(&self) -> Result<impl Iterator<Item = SessionId> + use<>> {
        let names =
            private_file::read_directory(&self.directory)?.filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.filter_map(|name| SessionId::try_from(name.strip_suffix(".json")?.to_owned()).ok()))
    }

    fn path(&self, id: &SessionId) -> PathBuf {
        self.directory.join(format!("{}.json", id.as_str()))
    }

    fn default_path(&self) -> PathBuf {
        self.directory.join("default.json")
    }

    fn name_path(&self, name: &str) -> PathBuf {
        self.directory.join("names").join(format!("{}.json", file_name::to_file_name(&fold_case(name))))
    }
}

/// Case-folded names of an account; readers of a name still check [`Account::matches_name`].
pub(super) fn account_names(account: &Account) -> BTreeSet<String> {
    let shown = account.subject.as_deref().map(shown_subject);
    let names = [Some(&account.name), account.email.as_ref(), account.subject.as_ref(), shown.as_ref()];
    names.into_iter().flatten().map(|name| fold_case(name)).collect()
}

fn fold_case(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_is_indexed_by_each_of_its_names() {
        let account = Account { subject: Some("A1".into()), name: "Octo".into(), email: Some("octo@x.example".into()) };
        assert_eq!(Vec::from_iter(account_names(&account)), ["a1", "octo", "octo@x.example"]);
    }
}
