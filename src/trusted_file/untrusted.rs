//! Error of a file that is not believed.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Remedy};
use crate::sanitize::shell_quote_path;

/// Reason why a file is not believed or not read.
#[derive(Debug)]
pub enum UntrustedFile {
    /// The system failed to open or read the file.
    Io(io::Error),
    /// Another user could change the file, or it is not a file.
    Refused {
        /// File, link or directory at fault.
        path: PathBuf,
        /// Words after the path.
        reason: String,
        /// Command that repairs the mode or the owner, before the path.
        command: Option<String>,
    },
}

impl UntrustedFile {
    /// Converts the reason into an error about `subject`, such as "the configuration".
    pub fn into_error(self, subject: &str, file: &Path) -> Error {
        match self {
            Self::Io(error) => {
                let (file, message) = (file.to_owned(), error.to_string());
                Error::Configuration { file, position: None, message, remedy: Remedy::FileAccess }
            }
            Self::Refused { path, reason, command } => {
                let at = path.display();
                let message = match path == file {
                    true if command.is_none() => format!("{subject} {at} {reason}"),
                    true => format!("{subject} {at} is not trusted: it {reason}"),
                    false => format!("{subject} {} is not trusted: {at} {reason}", file.display()),
                };
                let hint = command.map(|command| format!("{command} {}", shell_quote_path(&path)));
                Error::Usage { message, hint }
            }
        }
    }
}
