//! Which provider, and which of its sessions, a command means.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::App;
use crate::catalog;
use crate::config::{self, ProjectFile};
use crate::error::{Error, Result};
use crate::session::SessionInfo;

/// What a command was told about the session it means.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    /// PROVIDER.
    pub provider: Option<String>,
    /// `--account`.
    pub account: Option<String>,
}

impl App {
    /// The session that `wanted` means: PROVIDER, `MYCLI_PROVIDER`, `.mycli.toml`, `default` of the configuration, the
    /// only one signed in; `--account`, `MYCLI_ACCOUNT`, `.mycli.toml`, the one chosen by `switch`, the first.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] where there is none, [`Error::ProviderRequired`] where there are several providers,
    /// [`Error::UnknownProvider`] where the name means nothing at all.
    pub fn select_session(&self, query: &SessionQuery, command: &'static str) -> Result<SessionInfo> {
        let provider = self.signed_in_provider(query, command)?;
        let account = self.selected_account(query, &provider)?;
        match self.find_session(&provider, account.as_deref())? {
            Some(session) => Ok(session),
            None => Err(self.no_session_error(provider, account)),
        }
    }

    /// Why there is no session: a name that nothing is known by is a slip of the fingers, not a missing sign-in.
    pub fn no_session_error(&self, provider: String, account: Option<String>) -> Error {
        match self.require_known(&provider) {
            Err(error) => error,
            Ok(()) => Error::NotSignedIn { provider: Some(provider), account },
        }
    }

    /// Fails for a provider that neither a session, nor the configuration, nor the catalogue knows. Asked only where no
    /// session was found, because the catalogue costs more than the rest of `token`.
    ///
    /// # Errors
    /// [`Error::UnknownProvider`] with the nearest names, [`Error::Configuration`].
    pub fn require_known(&self, provider: &str) -> Result<()> {
        match self.find_session(provider, None)? {
            Some(_) => Ok(()),
            None => catalog::require_known(provider, &self.config()?.providers),
        }
    }

    /// The session of `provider`, an alias or an address of it included.
    ///
    /// # Errors
    /// Those of the state files.
    pub fn find_session(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        if let Some(found) = self.sessions.find(provider, account)? {
            return Ok(Some(found));
        }
        match catalog::canonical(provider) {
            canonical if canonical == provider => Ok(None),
            canonical => self.sessions.find(&canonical, account),
        }
    }

    /// The provider a command means among those signed in.
    ///
    /// # Errors
    /// As [`App::select_session`].
    pub fn signed_in_provider(&self, query: &SessionQuery, command: &'static str) -> Result<String> {
        if let Some(provider) = self.selected_provider(query)? {
            return Ok(provider);
        }
        /// Two tell "the only one" from "several"; a few more make the message useful.
        const MAX_SHOWN: usize = 8;
        let mut signed_in = self.sessions.providers(MAX_SHOWN)?;
        match signed_in.len() {
            0 => Err(Error::NotSignedIn { provider: None, account: None }),
            1 => Ok(signed_in.remove(0)),
            _ => Err(Error::ProviderRequired { candidates: signed_in, command }),
        }
    }

    /// The provider that was named: PROVIDER, `MYCLI_PROVIDER`, `.mycli.toml`, `default` of the configuration.
    ///
    /// # Errors
    /// [`Error::Configuration`] where a file on the way cannot be understood.
    pub fn selected_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        match self.explicit_provider(query)? {
            Some(provider) => Ok(Some(provider)),
            None => Ok(self.config()?.default.clone()),
        }
    }

    /// As [`App::selected_provider`], for a sign-in: `.mycli.toml` chooses among the providers that are known here, and leads
    /// nobody to one of a checkout's own, which would be given the code, and a client secret where one was typed.
    ///
    /// # Errors
    /// As [`App::selected_provider`], and [`Error::Usage`] where only `.mycli.toml` names an address.
    pub fn signin_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        let named = self.selected_provider(query)?;
        if query.provider.is_some() || self.variable("PROVIDER").is_some() {
            return Ok(named);
        }
        let from_file = self.project_file()?.and_then(|file| file.provider);
        let Some(address) = from_file.map(|name| catalog::canonical(&name)).filter(|name| name.contains("://")) else {
            return Ok(named);
        };
        match self.config()?.providers.entry(&address).is_some() || self.find_session(&address, None)?.is_some() {
            true => Ok(named),
            false => Err(Error::Usage {
                message: format!("only the `.{}.toml` of this directory names the provider `{address}`", self.name),
                hint: Some(format!("if you trust it: {{program}} signin {address}")),
            }),
        }
    }

    /// The provider that was named here and now: PROVIDER, `MYCLI_PROVIDER`, `.mycli.toml`.
    ///
    /// # Errors
    /// [`Error::Configuration`] where `.mycli.toml` cannot be understood.
    pub fn explicit_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        match query.provider.as_deref().or(self.variable("PROVIDER")) {
            Some(provider) => Ok(Some(provider.to_owned())),
            None => Ok(self.project_file()?.and_then(|file| file.provider)),
        }
    }

    /// The account that was named: `--account`, `MYCLI_ACCOUNT`, `.mycli.toml`, where that speaks of `provider`.
    ///
    /// # Errors
    /// [`Error::Configuration`] where `.mycli.toml` cannot be understood.
    pub fn selected_account(&self, query: &SessionQuery, provider: &str) -> Result<Option<String>> {
        if let Some(account) = query.account.as_deref().or(self.variable("ACCOUNT")) {
            return Ok(Some(account.to_owned()));
        }
        let file = self.project_file()?;
        let same_provider =
            |named: &str| named == provider || catalog::canonical(named) == catalog::canonical(provider);
        let applies = |file: &ProjectFile| file.provider.as_deref().is_none_or(same_provider);
        Ok(file.filter(applies).and_then(|file| file.account))
    }

    /// `.mycli.toml` of the nearest directory above that has one of this user's.
    fn project_file(&self) -> Result<Option<ProjectFile>> {
        let name = format!(".{}.toml", self.name);
        let Some(file) = self.environment.directory.as_deref().and_then(|start| nearest(start, &name)) else {
            return Ok(None);
        };
        let file_error = |message: String| Error::Configuration { file: file.clone(), position: None, message };
        let text = read(&file).map_err(|error| file_error(error.to_string()))?;
        match text.len() as u64 > MAX_SIZE {
            true => Err(file_error(format!("larger than {} KiB", MAX_SIZE / 1024))),
            false => config::parse_project_file(&text, &file).map(Some),
        }
    }
}

/// The largest `.mycli.toml`, in bytes: two lines are all it can say, and a checkout must not keep a command busy.
const MAX_SIZE: u64 = 64 << 10;

/// The beginning of a file, a byte more than may be there.
fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    start.ancestors().map(|directory| directory.join(name)).find(|file| file.is_file() && is_trusted(file))
}

/// Whether the file is this user's own: directories that everybody writes in, such as `/tmp`, lie above many working
/// directories, and whoever shares them does not choose whose token goes into a command.
#[cfg(unix)]
fn is_trusted(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    // A link is somebody's choice too: it may lead to the file of another project of this user.
    let owner_is_trusted = |metadata: std::io::Result<std::fs::Metadata>| {
        metadata.is_ok_and(|metadata| is_trusted_owner(metadata.uid(), user))
    };
    owner_is_trusted(file.metadata()) && owner_is_trusted(file.symlink_metadata())
}

/// Elsewhere such directories are not above those that people work in.
#[cfg(not(unix))]
fn is_trusted(_: &Path) -> bool {
    true
}

/// Root may do anything anyway, and as root, in containers, people work in directories of other users.
#[cfg(unix)]
fn is_trusted_owner(owner: u32, user: u32) -> bool {
    owner == user || owner == 0 || user == 0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_directory_file_of_somebody_else_is_not_heard() {
        assert!(is_trusted_owner(1000, 1000) && is_trusted_owner(0, 1000) && is_trusted_owner(1000, 0));
        assert!(!is_trusted_owner(1001, 1000));
    }

    #[test]
    fn a_file_of_ones_own_is_found_above() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join(".x.toml"), "").unwrap();
        assert_eq!(nearest(&folder.path().join("a/b"), ".x.toml"), Some(folder.path().join(".x.toml")));
    }
}
