//! Selection of the provider and session that a command uses.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::App;
use crate::catalog;
use crate::config::{self, ProjectFile};
use crate::error::{Error, Remedy, Result, StoreErrorKind};
use crate::sanitize::shell_quote;
use crate::session::SessionInfo;

/// Provider and account from the command line.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    pub provider: Option<String>,
    /// `--account`.
    pub account: Option<String>,
}

impl App {
    /// Selects a session. Provider: PROVIDER, `MYCLI_PROVIDER`, `.mycli.toml`, `default` of the configuration, the only
    /// one signed in, the one signed in before the others. Account: `--account`, `MYCLI_ACCOUNT`, `.mycli.toml`, the one set by `switch`, the first.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] if there is no session, [`Error::ProviderRequired`] if there are several providers,
    /// [`Error::UnknownProvider`] if the name is unknown.
    pub fn select_session(&self, query: &SessionQuery, command: &'static str) -> Result<SessionInfo> {
        let provider = self.signed_in_provider(query, command)?;
        let account = self.selected_account(query, &provider)?;
        match self.find_session(&provider, account.as_deref())? {
            Some(session) => Ok(session),
            None => Err(self.no_session_error(provider, account)),
        }
    }

    /// Error for a missing session. An unknown name is probably a typo, not a missing sign-in.
    pub fn no_session_error(&self, provider: String, account: Option<String>) -> Error {
        if let Err(error) = self.require_known(&provider) {
            return error;
        }
        let current = current_name(&provider).filter(|_| self.require_entry(&provider).is_err());
        let hint = current.map(|name| format!("{{program}} signin {}", shell_quote(name))).or_else(|| {
            // A provider that names nobody cannot confirm an account.
            let nameless = self.find_session(&provider, None).ok()?.filter(|info| info.account.subject.is_none())?;
            let (name, label) = (shell_quote(&nameless.provider), shell_quote(account.as_deref()?));
            Some(format!("{{program}} signin {name} --label {label}"))
        });
        let error = match (&account, self.accounts_of(&provider)) {
            (Some(account), known) if !known.is_empty() => {
                Error::UnknownAccount { provider: Some(provider), account: account.clone(), known }
            }
            _ => Error::NotSignedIn { provider: Some(provider), account },
        };
        match hint {
            Some(alternative) => Error::Blocked { cause: Box::new(error), alternative },
            None => error,
        }
    }

    /// Accounts that are signed in to `provider`; empty if the state cannot be read.
    fn accounts_of(&self, provider: &str) -> Vec<String> {
        let name = self.find_session(provider, None).ok().flatten().map(|info| info.provider);
        let listed = self.sessions.list().map(|listing| listing.sessions).unwrap_or_default();
        let infos = listed.into_iter().map(|listed| listed.info);
        infos.filter(|info| Some(&info.provider) == name.as_ref()).map(|info| info.account.name).collect()
    }

    /// Replaces the hint of an error of this session, if the session cannot be renewed by its name, is damaged, or its
    /// keyring is missing.
    pub fn with_session_hint(&self, info: &SessionInfo, error: Error) -> Error {
        let is_ended = matches!(
            error,
            Error::ReauthenticationRequired { .. } | Error::NotSignedIn { .. } | Error::Rejected { .. }
        );
        let lacks_keyring = matches!(error, Error::Store { kind: StoreErrorKind::NotFound, .. });
        let is_damaged = matches!(&error, Error::Store { message, .. } if message.ends_with("is damaged"));
        let name = shell_quote(&info.provider);
        let label = info.label.as_ref().map(|label| format!(" --label {}", shell_quote(label))).unwrap_or_default();
        let alternative = match (&info.earlier_of, &info.label) {
            (None, _) if lacks_keyring && !info.is_brought() => format!(
                "start a keyring such as gnome-keyring and run the command again, or sign in again:\n\
                 {{program}} signin {name}{label} --store file"
            ),
            (Some(_), _) if is_ended || is_damaged => {
                format!("{{program}} signout {name} --account {}", shell_quote(&info.account.name))
            }
            (None, _) if (is_ended || is_damaged) && info.is_brought() => {
                format!("{{program}} signin {name} --with-token{label}")
            }
            (None, Some(_)) if is_ended || is_damaged => format!("{{program}} signin {name}{label} --force"),
            (None, None) if is_damaged => format!("{{program}} signin {name} --force"),
            // A provider that names nobody cannot confirm an account.
            (None, None) if info.account.subject.is_none() && matches!(error, Error::NotSignedIn { .. }) => {
                format!("{{program}} signin {name}")
            }
            _ => return error,
        };
        Error::Blocked { cause: Box::new(error), alternative }
    }

    /// Fails for a provider that no session, configuration or catalog entry knows. An earlier session that was signed
    /// out counts as known. Call only if no session was found, because the catalog costs more than the rest of `token`.
    pub fn require_known(&self, provider: &str) -> Result<()> {
        match self.find_session(provider, None)? {
            Some(_) => Ok(()),
            None => self.require_entry(provider).or_else(|error| match current_name(provider) {
                Some(name) => self.require_entry(name).map_err(|_| error),
                None => Err(error),
            }),
        }
    }

    fn require_entry(&self, provider: &str) -> Result<()> {
        catalog::require_known(provider, &self.config()?.providers)
    }

    /// Finds the session of `provider`, which may be an alias or a URL.
    pub fn find_session(&self, provider: &str, account: Option<&str>) -> Result<Option<SessionInfo>> {
        if let Some(found) = self.sessions.find(provider, account)? {
            return Ok(Some(found));
        }
        match catalog::canonical(provider) {
            canonical if canonical == provider => Ok(None),
            canonical => self.sessions.find(&canonical, account),
        }
    }

    /// Selects the provider among those signed in.
    pub fn signed_in_provider(&self, query: &SessionQuery, command: &'static str) -> Result<String> {
        if let Some(provider) = self.selected_provider(query)? {
            return Ok(provider);
        }
        /// Two are enough to detect several; a few more make the message useful.
        const MAX_SHOWN: usize = 8;
        let mut signed_in = self.sessions.providers(MAX_SHOWN)?;
        match signed_in.len() {
            0 => Err(Error::NotSignedIn { provider: None, account: None }),
            1 => Ok(signed_in.remove(0)),
            _ => self.sessions.default_provider()?.ok_or(Error::ProviderRequired { candidates: signed_in, command }),
        }
    }

    /// Provider of a command that names none, here or anywhere else: `default` of the configuration, the only one signed
    /// in, the one signed in before the others.
    pub fn default_provider(&self) -> Result<Option<String>> {
        if let Some(default) = &self.config()?.default {
            return Ok(Some(self.find_session(default, None)?.map_or_else(|| default.clone(), |info| info.provider)));
        }
        match self.sessions.providers(2)?.as_slice() {
            [only] => Ok(Some(only.clone())),
            _ => self.sessions.default_provider(),
        }
    }

    /// Named provider: PROVIDER, `MYCLI_PROVIDER`, `.mycli.toml`, `default` of the configuration.
    pub fn selected_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        match self.explicit_provider(query)? {
            Some(provider) => Ok(Some(provider)),
            None => Ok(self.config()?.default.clone()),
        }
    }

    /// Like [`App::selected_provider`], for a sign-in. A URL in `.mycli.toml` counts only if that provider is known
    /// here. Otherwise a checkout could send users to its own server, which would receive the code and a client secret
    /// typed by the user.
    pub fn signin_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        let named = self.selected_provider(query)?;
        if let Some(name) = &named {
            self.check_not_earlier(name)?;
        }
        if query.provider.is_some() || self.variable("PROVIDER").is_some() {
            return Ok(named);
        }
        let from_file = self.project_file()?.and_then(|file| file.provider);
        // The catalog vouches for the URLs of its short names.
        let typed = from_file.filter(|name| catalog::rows().url(name).is_none());
        let Some(address) = typed.map(|name| catalog::canonical(&name)).filter(|name| name.contains("://")) else {
            return Ok(named);
        };
        match self.config()?.providers.entry(&address).is_some() || self.find_session(&address, None)?.is_some() {
            true => Ok(named),
            false => Err(Error::Usage {
                message: format!(
                    "the provider `{address}` is named only by `.{}.toml` in this directory; sign in to that URL \
                     explicitly if you trust it",
                    self.name
                ),
                hint: Some(format!("{{program}} signin {}", shell_quote(&address))),
            }),
        }
    }

    /// Rejects the name of an earlier session: the settings that it was signed in with are gone.
    fn check_not_earlier(&self, name: &str) -> Result<()> {
        if !name.contains('@') {
            return Ok(());
        }
        match self.find_session(name, None)?.and_then(|info| info.earlier_of) {
            Some(current) => Err(Error::Usage {
                message: format!("`{name}` is an earlier session of `{current}` and cannot be signed in to again"),
                hint: Some(format!("{{program}} signin {}", shell_quote(&current))),
            }),
            None => Ok(()),
        }
    }

    /// Provider from PROVIDER, `MYCLI_PROVIDER` or `.mycli.toml`.
    pub fn explicit_provider(&self, query: &SessionQuery) -> Result<Option<String>> {
        match query.provider.as_deref().or(self.variable("PROVIDER")) {
            Some(provider) => Ok(Some(provider.to_owned())),
            None => Ok(self.project_file()?.and_then(|file| file.provider)),
        }
    }

    /// Account from `--account`, `MYCLI_ACCOUNT`, or `.mycli.toml` if that file is about `provider`.
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

    /// Reads the nearest trusted `.mycli.toml` in the working directory or above.
    fn project_file(&self) -> Result<Option<ProjectFile>> {
        let name = format!(".{}.toml", self.name);
        let Some(file) = self.environment.directory.as_deref().and_then(|start| nearest(start, &name)) else {
            return Ok(None);
        };
        let file_error = |message: String| Error::Configuration {
            file: file.clone(),
            position: None,
            message,
            remedy: Remedy::FileAccess,
        };
        let text = read(&file).map_err(|error| file_error(error.to_string()))?;
        match text.len() as u64 > MAX_SIZE {
            true => Err(file_error(format!("larger than {} KiB", MAX_SIZE / 1024))),
            false => config::parse_project_file(&text, &file).map(Some),
        }
    }
}

/// Name that the sign-in which replaced an earlier session took over; see `session::name`.
fn current_name(earlier: &str) -> Option<&str> {
    earlier.rsplit_once('@').filter(|(_, host)| !host.contains('/')).map(|(name, _)| name)
}

/// Maximum size of `.mycli.toml` in bytes: the file has two settings, and a checkout must not keep a command busy.
const MAX_SIZE: u64 = 64 << 10;

/// Reads up to one byte more than the maximum.
fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    start.ancestors().map(|directory| directory.join(name)).find(|file| file.is_file() && is_trusted(file))
}

/// Returns true if the file belongs to this user. World-writable directories such as `/tmp` lie above many working
/// directories, and other users must not choose whose token a command gets.
#[cfg(unix)]
fn is_trusted(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    // A symlink is checked too: another user's link could lead to another project of this user.
    let owner_is_trusted = |metadata: std::io::Result<std::fs::Metadata>| {
        metadata.is_ok_and(|metadata| is_trusted_owner(metadata.uid(), user))
    };
    owner_is_trusted(file.metadata()) && owner_is_trusted(file.symlink_metadata())
}

/// Other platforms have no world-writable directories above working directories.
#[cfg(not(unix))]
fn is_trusted(_: &Path) -> bool {
    true
}

/// Root is trusted anyway, and root in a container often works in directories of other users.
#[cfg(unix)]
fn is_trusted_owner(owner: u32, user: u32) -> bool {
    owner == user || owner == 0 || user == 0
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn project_file_of_another_user_is_ignored() {
        assert!(is_trusted_owner(1000, 1000) && is_trusted_owner(0, 1000) && is_trusted_owner(1000, 0));
        assert!(!is_trusted_owner(1001, 1000));
    }

    #[test]
    fn own_project_file_is_found_in_parent_directory() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join(".x.toml"), "").unwrap();
        assert_eq!(nearest(&folder.path().join("a/b"), ".x.toml"), Some(folder.path().join(".x.toml")));
    }
}
