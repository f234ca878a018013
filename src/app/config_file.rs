//! The configuration file: reads, parses and replaces it.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::App;
use crate::config::Config;
use crate::error::{Error, Remedy, Result};
use crate::owner_only;
use crate::sanitize::shell_quote_path;
use crate::store::ConfigLock;
use crate::trusted_file::{self, UntrustedFile};

/// Copy of the configuration file for an editor.
pub struct ConfigCopy {
    pub file: PathBuf,
    /// Text that was copied.
    before: String,
}

impl ConfigCopy {
    fn text(&self, app: &App) -> Result<String> {
        let read = trusted_file::read_text(&self.file, &app.owners);
        read.map(|(text, _)| text).map_err(|error| error.into_error("the edited file", &self.file))
    }

    /// Removes the copy if it was not edited, else says where it is.
    pub fn discard(&self, app: &App) {
        match self.text(app) {
            Ok(text) if text != self.before => {
                app.prompt.warn(&format!("your text is in `{}`", self.file.display()));
            }
            _ => self.remove(),
        }
    }

    fn remove(&self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

impl App {
    /// Configuration, read on first use; a missing default file counts as empty.
    pub fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = crate::config::parse(&self.config_text()?, &self.config_path())?;
        Ok(self.config.get_or_init(|| config))
    }

    /// Text of the configuration file, or an empty string if there is no file.
    pub fn config_text(&self) -> Result<String> {
        let path = self.config_path();
        let named = self.config_file.is_some() || self.variable("CONFIG").is_some();
        match trusted_file::read_text(&path, &self.owners) {
            Ok((text, warning)) => {
                self.warn_about_trust(warning);
                Ok(text)
            }
            Err(UntrustedFile::Io(error)) if error.kind() == ErrorKind::NotFound && !named => Ok(String::new()),
            Err(error) => Err(error.into_error("the configuration", &path)),
        }
    }

    /// Configuration file: `--config`, `MYCLI_CONFIG`, else the platform default.
    pub fn config_path(&self) -> PathBuf {
        match (&self.config_file, self.variable("CONFIG")) {
            (Some(file), _) => file.clone(),
            (None, Some(file)) => PathBuf::from(file),
            (None, None) => self.directories.config.join("config.toml"),
        }
    }

    /// Changes the configuration: other processes that do so wait from the reading of the text to its replacement.
    /// `change` returns the new text and a result. Replaces the file atomically if the text differs.
    ///
    /// # Errors
    /// Those of `change`, of [`App::config_text`] and of the lock, [`Error::Configuration`] if the file cannot be written.
    pub fn change_config<T>(&self, change: impl FnOnce(&str) -> Result<(String, T)>) -> Result<T> {
        let _lock = self.lock_config()?;
        let before = self.config_text()?;
        let (after, result) = change(&before)?;
        if after != before {
            self.write_config(&after)?;
        }
        Ok(result)
    }

    /// Creates an empty configuration file, unless there is one.
    ///
    /// # Errors
    /// Those of the lock, [`Error::Configuration`] if the file cannot be written.
    pub fn create_config(&self) -> Result<()> {
        let _lock = self.lock_config()?;
        if self.config_path().exists() { Ok(()) } else { self.write_config("") }
    }

    /// Copies the file to one beside it, for an editor: what other processes change meanwhile is not overwritten unseen.
    /// A copy with the text of an earlier edit stays.
    ///
    /// # Errors
    /// Those of [`App::config_text`], [`Error::Configuration`] if the copy cannot be written.
    pub fn copy_config(&self) -> Result<ConfigCopy> {
        let before = self.config_text()?;
        let failed = |file: PathBuf, error: &std::io::Error| {
            let message = format!("cannot write the file: {}", owner_only::describe_failure(&file, error));
            Error::Configuration { file, position: None, message, remedy: Remedy::FileAccess }
        };
        let mut number = std::process::id();
        loop {
            let file = owner_only::follow_links(&self.config_path()).with_extension(format!("edit-{number}.toml"));
            match owner_only::create_file(&file).and_then(|mut target| target.write_all(before.as_bytes())) {
                Ok(()) => return Ok(ConfigCopy { file, before }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number = number.wrapping_add(1),
                Err(error) => return Err(failed(file, &error)),
            }
        }
    }

    /// Replaces the file by its edited copy, and removes the copy. If that fails the copy stays, because it holds the
    /// user's text.
    ///
    /// # Errors
    /// [`Error::Other`] if another process changed the file since it was copied, else as [`App::change_config`].
    pub fn adopt_config(&self, copy: &ConfigCopy) -> Result<()> {
        let replaced = copy.text(self).and_then(|text| match text == copy.before {
            true => Ok(()),
            false => self.change_config(|now| match now == copy.before || now == text {
                true => Ok((text.clone(), ())),
                false => Err(self.conflict(copy)),
            }),
        });
        match &replaced {
            Ok(()) => copy.remove(),
            Err(Error::Blocked { .. }) => {}
            Err(_) => self.prompt.warn(&format!("your text is in `{}`", copy.file.display())),
        }
        replaced
    }

    fn conflict(&self, copy: &ConfigCopy) -> Error {
        let (file, kept) = (self.config_path(), &copy.file);
        Error::Blocked {
            cause: Box::new(Error::other(format!(
                "another process changed `{}` while you edited it; your text is in `{}`",
                file.display(),
                kept.display()
            ))),
            alternative: format!("diff {} {}", shell_quote_path(&file), shell_quote_path(kept)),
        }
    }

    /// Locks the configuration; without a home there is nothing that all processes share.
    fn lock_config(&self) -> Result<Option<ConfigLock>> {
        let lock = || ConfigLock::acquire(&self.directories.state, &self.lock_waits, self.lock_timeout);
        self.missing_home.is_none().then(lock).transpose()
    }

    /// Replaces the configuration file atomically; creates its directory with access for the owner only.
    fn write_config(&self, text: &str) -> Result<()> {
        let path = self.config_path();
        let failed = |error: std::io::Error| Error::Configuration {
            file: path.clone(),
            position: None,
            message: format!("cannot write the file: {}", owner_only::describe_failure(&path, &error)),
            remedy: Remedy::FileAccess,
        };
        // A symbolic link, as dotfile managers create, stays a link.
        let file = owner_only::follow_links(&path);
        let directory = file.parent().ok_or_else(|| Error::usage("the configuration file has no directory"))?;
        owner_only::create_directory(directory).map_err(failed)?;
        let temporary = file.with_extension(format!("toml.{}.tmp", std::process::id()));
        // An existing one was left by a crash, or planted so that the program writes through it.
        let _ = std::fs::remove_file(&temporary);
        let written = owner_only::create_file(&temporary).and_then(|mut target| {
            target.write_all(text.as_bytes())?;
            target.sync_all()
        });
        written.and_then(|()| std::fs::rename(&temporary, &file)).map_err(|error| {
            // The old file is untouched. Remove the partial copy.
            let _ = std::fs::remove_file(&temporary);
            failed(error)
        })
    }
}
