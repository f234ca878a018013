//! Settings file of another program: read whole, replaced atomically, with its mode, its links and what others wrote.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::owner_only;

/// Bytes read at most.
const MAX_BYTES: u64 = 4 << 20;

#[derive(Debug)]
pub(super) struct SettingsFile {
    /// Path as the other program names it.
    pub path: PathBuf,
    /// `None` if there is no file. It may hold passwords, so it is not for messages.
    pub text: Option<String>,
}

impl SettingsFile {
    /// # Errors
    /// [`Error::Other`] if there is a file that cannot be read, is no regular file, no text or too large.
    pub fn read(path: PathBuf) -> Result<Self> {
        let failed = |reason: &str| Error::other(format!("cannot read {}: {reason}", path.display()));
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self { path, text: None }),
            Ok(metadata) if !metadata.is_file() => return Err(failed("not a regular file")),
            Ok(metadata) if metadata.len() > MAX_BYTES => return Err(failed("larger than 4 MiB")),
            _ => {}
        }
        let mut text = String::new();
        let read = fs::File::open(&path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
        read.map_err(|error| failed(&owner_only::describe_failure(&path, &error)))?;
        Ok(Self { path, text: Some(text) })
    }

    /// Replaces the text. A link stays, and so does the mode; a new file is for the owner only.
    ///
    /// # Errors
    /// [`Error::Other`] if the file has changed since it was read, or cannot be written.
    pub fn replace(&self, text: &str) -> Result<()> {
        if Self::read(self.path.clone())?.text != self.text {
            return Err(Error::other(format!("another process changed {}; try again", self.path.display())));
        }
        let file = owner_only::follow_links(&self.path);
        let mut temporary = file.clone().into_os_string();
        temporary.push(format!(".{}.tmp", std::process::id()));
        let write = || {
            if let Some(directory) = file.parent() {
                owner_only::create_directory(directory)?;
            }
            let mut target = owner_only::create_file(temporary.as_ref())?;
            target.write_all(text.as_bytes())?;
            if let Ok(before) = fs::metadata(&file) {
                target.set_permissions(before.permissions())?;
            }
            target.sync_all()?;
            fs::rename(&temporary, &file)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&temporary);
            let reason = owner_only::describe_failure(&file, &error);
            Error::other(format!("cannot write {}: {reason}", self.path.display()))
        })
    }
}
