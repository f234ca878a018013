//! One change of the settings of another program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::settings_file::SettingsFile;
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote, single_line};

/// Direction of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Install,
    Uninstall,
}

/// Change that is not made yet.
#[derive(Debug)]
pub struct Change {
    /// Lines for the user; they hold no secret.
    pub descriptions: Vec<String>,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Run { program: &'static str, arguments: Vec<String> },
    Write { file: SettingsFile, text: String },
    Link { link: PathBuf, target: PathBuf },
    Unlink { link: PathBuf, target: PathBuf },
}

impl Change {
    pub(super) fn run(program: &'static str, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let words: Vec<String> = arguments.iter().map(|argument| shell_quote(argument)).collect();
        let descriptions = vec![format!("run: {program} {}", words.join(" "))];
        Self { descriptions, action: Action::Run { program, arguments } }
    }

    pub(super) fn write(file: SettingsFile, text: String, settings: Vec<String>) -> Self {
        let path = file.path.display().to_string();
        let descriptions = settings.into_iter().map(|setting| format!("{setting} in {path}")).collect();
        Self { descriptions, action: Action::Write { file, text } }
    }

    pub(super) fn link(link: PathBuf, target: &Path) -> Self {
        let descriptions = vec![format!("create link {} to {}", link.display(), target.display())];
        Self { descriptions, action: Action::Link { link, target: target.to_owned() } }
    }

    pub(super) fn unlink(link: PathBuf, target: &Path) -> Self {
        let descriptions = vec![format!("remove link {}", link.display())];
        Self { descriptions, action: Action::Unlink { link, target: target.to_owned() } }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// [`Error::Other`] if the other program fails, a file cannot be written or has changed since it was read.
    pub fn make(&self) -> Result<()> {
        match &self.action {
            Action::Run { program, arguments } => {
                let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
                match run(program, &words)? {
                    (true, _, _) => Ok(()),
                    (false, _, stderr) => {
                        let reason = single_line(&stderr);
                        Err(Error::other(format!("{program} failed: {}", sanitize_untrusted(reason.trim()))))
                    }
                }
            }
            Action::Write { file, text } => file.replace(text),
            Action::Link { link, target } => {
                let create = || {
                    std::fs::create_dir_all(link.parent().unwrap_or(link))?;
                    symlink(target, link)
                };
                create().map_err(|error| Error::other(format!("cannot create {}: {error}", link.display())))
            }
            // Only the link that the plan saw.
            Action::Unlink { link, target } if std::fs::read_link(link).is_ok_and(|now| now == *target) => {
                std::fs::remove_file(link)
                    .map_err(|error| Error::other(format!("cannot remove {}: {error}", link.display())))
            }
            Action::Unlink { .. } => Ok(()),
        }
    }
}

/// Runs a program without input. Returns its success, stdout and stderr.
pub(super) fn run(program: &str, arguments: &[&str]) -> Result<(bool, String, String)> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| Error::other(format!("cannot start {program}: {error}")))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((output.status.success(), text(&output.stdout), text(&output.stderr)))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    // A link needs a privilege there.
    std::fs::copy(target, link).map(drop)
}
