//! One state file: JSON with a version, damaged, newer or whole.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::FORMAT_VERSION;
use crate::store::backend::newer_version;
use crate::store::private_file::{self, FileContent};

/// Why a state file cannot be used.
#[derive(Debug)]
pub(in crate::store) struct StateFileError {
    /// The file.
    pub(in crate::store) file: PathBuf,
    /// In which way.
    pub(in crate::store) kind: StateFileErrorKind,
}

/// In which way a state file cannot be used.
#[derive(Debug)]
pub(in crate::store) enum StateFileErrorKind {
    /// A later program wrote it, with this version.
    Newer(u32),
    /// It is not what its name says.
    Damaged,
    /// It cannot be read.
    Unreadable(Error),
}

/// Reads one state file; `None` where it is missing.
pub(in crate::store) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateFileError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let failure = |kind| StateFileError { file: path.to_owned(), kind };
    let bytes =
        private_file::read(path, FileContent::Plain).map_err(|error| failure(StateFileErrorKind::Unreadable(error)))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let Version { version } = serde_json::from_slice(&bytes).map_err(|_| failure(StateFileErrorKind::Damaged))?;
    if version > FORMAT_VERSION {
        return Err(failure(StateFileErrorKind::Newer(version)));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| failure(StateFileErrorKind::Damaged))
}

/// Replaces one state file.
pub(in crate::store) fn write(path: &Path, record: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("only strings, numbers and times");
    bytes.push(b'\n');
    private_file::replace(path, &bytes)
}

/// A file that only leads to others: a damaged one is as good as none, because a scan replaces it.
pub(in crate::store) fn read_pointer<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateFileError> {
    match read(path) {
        Err(StateFileError { kind: StateFileErrorKind::Damaged, .. }) => Ok(None),
        found => found,
    }
}

impl StateFileError {
    /// What is wrong, without the file's name.
    pub(in crate::store) fn reason(&self) -> String {
        match &self.kind {
            StateFileErrorKind::Newer(version) => {
                format!("written by a newer version of this program (form {version})")
            }
            StateFileErrorKind::Damaged => "damaged".to_owned(),
            StateFileErrorKind::Unreadable(error) => error.to_string(),
        }
    }
}

impl From<StateFileError> for Error {
    fn from(StateFileError { file, kind }: StateFileError) -> Self {
        match kind {
            StateFileErrorKind::Newer(version) => newer_version(&file, version, FORMAT_VERSION),
            StateFileErrorKind::Damaged => {
                Error::store(StoreErrorKind::Failed, format!("the state file `{}` is damaged", file.display()))
            }
            StateFileErrorKind::Unreadable(error) => error,
        }
    }
}
