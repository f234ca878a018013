//! One state file: JSON with a version, damaged, newer or whole.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, Trouble};
use crate::session::VERSION;

use super::private::{self, Content};

/// Why a state file cannot be used.
#[derive(Debug)]
pub(super) struct Flaw {
    /// The file.
    pub(super) file: PathBuf,
    /// In which way.
    pub(super) kind: FlawKind,
}

/// In which way a state file cannot be used.
#[derive(Debug)]
pub(super) enum FlawKind {
    /// A later program wrote it, with this version.
    Newer(u32),
    /// It is not what its name says.
    Damaged,
    /// It cannot be read.
    Unreadable(Error),
}

/// Reads one state file; `None` where it is missing.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Flaw> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let flaw = |kind| Flaw { file: path.to_owned(), kind };
    let bytes = private::read(path, Content::Plain).map_err(|error| flaw(FlawKind::Unreadable(error)))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let Version { version } = serde_json::from_slice(&bytes).map_err(|_| flaw(FlawKind::Damaged))?;
    if version > VERSION {
        return Err(flaw(FlawKind::Newer(version)));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|_| flaw(FlawKind::Damaged))
}

/// Replaces one state file.
pub(super) fn write(path: &Path, document: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(document).expect("only strings, numbers and times");
    bytes.push(b'\n');
    private::replace(path, &bytes)
}

/// A file that only leads to others: a damaged one is as good as none, because a scan replaces it.
pub(super) fn pointer<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Flaw> {
    match read(path) {
        Err(Flaw { kind: FlawKind::Damaged, .. }) => Ok(None),
        found => found,
    }
}

impl Flaw {
    /// What is wrong, without the file's name.
    pub(super) fn why(&self) -> String {
        match &self.kind {
            FlawKind::Newer(version) => format!("written by a newer version of this program (form {version})"),
            FlawKind::Damaged => "damaged".to_owned(),
            FlawKind::Unreadable(error) => error.to_string(),
        }
    }
}

impl From<Flaw> for Error {
    fn from(Flaw { file, kind }: Flaw) -> Self {
        match kind {
            FlawKind::Newer(version) => super::newer(&file, version, VERSION),
            FlawKind::Damaged => {
                Error::store(Trouble::Failed, format!("the state file `{}` is damaged", file.display()))
            }
            FlawKind::Unreadable(error) => error,
        }
    }
}
