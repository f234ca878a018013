//! Files and directories that only their owner can use, whatever the umask is.
//!
//! The umask takes bits away from the mode that a program asks for: with 0277 or 0777 a new directory could not be entered
//! by its own user. So the mode is set again after creation.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Creates `directory` and its missing parents with mode 0700. A directory that exists keeps its mode.
///
/// # Errors
/// The error of the system, for the first directory that cannot be created.
pub fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    if let Some(parent) = directory.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_directory(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(directory) {
        Ok(()) => set_mode(|mode| fs::set_permissions(directory, mode), 0o700),
        // Another process may have created it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates a file with mode 0600 and opens it for writing. A symbolic link is not followed.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] if there is a file or a link; any other error of the system.
pub fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    set_mode(|mode| file.set_permissions(mode), 0o600)?;
    Ok(file)
}

#[cfg(unix)]
fn set_mode(set: impl FnOnce(fs::Permissions) -> io::Result<()>, mode: u32) -> io::Result<()> {
    match set(std::os::unix::fs::PermissionsExt::from_mode(mode)) {
        // A file system without modes, such as vfat, refuses the change and needs none.
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

/// On other systems the directories of the user profile keep other users out.
#[cfg(not(unix))]
fn set_mode(_: impl FnOnce(fs::Permissions) -> io::Result<()>, _: u32) -> io::Result<()> {
    Ok(())
}
