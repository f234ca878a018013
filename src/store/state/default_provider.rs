//! Default of several providers that are signed in, if the configuration names none: the one that was there first. Without
//! it a second sign-in would change what the commands print that name no provider.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::session::{FORMAT_VERSION, SessionInfo};

use super::{StateDir, file};

#[derive(Serialize, Deserialize)]
struct DefaultProvider {
    version: u32,
    provider: String,
}

impl StateDir {
    /// Provider that was signed in before any other, if it still is. Another one never takes its place: a script would get
    /// a token of the wrong provider.
    pub(in crate::store) fn default_provider(&self) -> Result<Option<String>> {
        let known: Option<DefaultProvider> = file::read_pointer(&self.default_path())?;
        Ok(known.map(|known| known.provider).filter(|label| self.provider_dir(label).provider().is_some()))
    }

    /// Records the only provider that is signed in as the default, before a sign-in to another one.
    pub(super) fn keep_default_provider(&self, new: &SessionInfo) -> Result<()> {
        match self.providers(2)?.as_slice() {
            [only] if *only != new.provider => {
                file::write(&self.default_path(), &DefaultProvider { version: FORMAT_VERSION, provider: only.clone() })
            }
            _ => Ok(()),
        }
    }

    fn default_path(&self) -> PathBuf {
        self.root.join("default.json")
    }
}
