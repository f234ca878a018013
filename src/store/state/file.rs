//! State file: JSON with a version.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result, StoreErrorKind};
use crate::session::{self, FORMAT_VERSION, SessionReadError};
use crate::store::backend::newer_version;
use crate::store::private_file::{self, FileContent};

#[derive(Debug)]
pub(in crate::store) struct StateFileError {
    pub(in crate::store) file: PathBuf,
    pub(in crate::store) kind: StateFileErrorKind,
}

#[derive(Debug)]
pub(in crate::store) enum StateFileErrorKind {
    /// A newer version of this program wrote the file, with this format version.
    Newer(u32),
    /// The content does not match the name of the file.
    Damaged,
    /// The file cannot be read.
    Unreadable(Error),
}

/// Reads a state file; `None` if it is missing.
pub(in crate::store) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateFileError> {
    let failure = |kind| StateFileError { file: path.to_owned(), kind };
    let bytes =
        private_file::read(path, FileContent::Plain).map_err(|error| failure(StateFileErrorKind::Unreadable(error)))?;
    let Some(bytes) = bytes else { return Ok(None) };
    session::parse_versioned(&bytes, FORMAT_VERSION).map(Some).map_err(|error| match error {
        SessionReadError::Newer(version) => failure(StateFileErrorKind::Newer(version)),
        SessionReadError::Damaged => failure(StateFileErrorKind::Damaged),
    })
}

/// Replaces a state file.
pub(in crate::store) fn write(path: &Path, record: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(record).expect("strings, numbers and times always serialize");
    bytes.push(b'\n');
    private_file::replace(path, &bytes)
}

/// Reads a file that only points to others; a damaged one counts as missing, because a scan replaces it.
pub(in crate::store) fn read_pointer<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StateFileError> {
    match read(path) {
        Err(StateFileError { kind: StateFileErrorKind::Damaged, .. }) => Ok(None),
        found => found,
    }
}

impl StateFileError {
    /// Describes the error without the name of the file.
    pub(in crate::store) fn reason(&self) -> String {
        match &self.kind {
            StateFileErrorKind::Newer(version) => {
                format!("written by a newer version of this program (format {version})")
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
