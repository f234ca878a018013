//! Files and directories that only their owner can use, whatever the umask is.
//!
//! The umask takes bits away from the mode that a program asks for: with 0277 or 0777 a new directory could not be entered
//! by its own user. So the mode is set again after creation.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::sanitize::shell_quote_path;

/// Creates `directory` and its missing parents with mode 0700. A directory that exists keeps its mode.
///
/// # Errors
/// The error of the system, for the first directory that cannot be created.
pub fn create_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let directory = &follow_links(directory);
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

/// Reason of a failed file operation, with the owner and mode that caused it and a next step, if there is one.
pub fn describe_failure(path: &Path, error: &io::Error) -> String {
    let next = match error.kind() {
        ErrorKind::PermissionDenied => permission_advice(path),
        ErrorKind::ReadOnlyFilesystem => Some("set HOME to a directory that you can write to".to_owned()),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("free some space and run the command again".to_owned())
        }
        _ => None,
    };
    match next {
        Some(next) => format!("{error}; {next}"),
        None => error.to_string(),
    }
}

/// Owner and mode of the first entry on the way to `path` that this user cannot use: files of root are left by `sudo`.
#[cfg(unix)]
fn permission_advice(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    // The nearest entry that exists; its directories can be entered, or it would not be seen.
    let (entry, metadata) = path.ancestors().find_map(|entry| Some((entry, entry.metadata().ok()?)))?;
    let parent = entry.parent().and_then(|parent| Some((parent, parent.metadata().ok()?)));
    let blames = |metadata: &fs::Metadata| metadata.uid() != user || metadata.mode() & 0o600 != 0o600;
    let candidates = [Some((entry, metadata)), parent];
    let (entry, metadata) = candidates.into_iter().flatten().find(|(_, metadata)| blames(metadata))?;
    let is_below_own =
        entry.parent().and_then(|parent| parent.metadata().ok()).is_some_and(|above| above.uid() == user);
    Some(advice(entry, (metadata.uid(), metadata.mode() & 0o7777), user, is_below_own))
}

/// A command only for an entry in a directory of the user: nobody should change the owner of `/etc`.
#[cfg(unix)]
fn advice(entry: &Path, (owner, mode): (u32, u32), user: u32, is_below_own: bool) -> String {
    let (shown, quoted) = (entry.display(), shell_quote_path(entry));
    match (owner == user, is_below_own) {
        (true, _) => format!("`{shown}` has mode {mode:04o}; run: chmod u+rwX {quoted}"),
        (false, true) => {
            format!("`{shown}` belongs to uid {owner} (mode {mode:04o}); run: sudo chown -R {user} {quoted}")
        }
        (false, false) => format!("`{shown}` belongs to uid {owner} (mode {mode:04o}), and you are uid {user}"),
    }
}

#[cfg(not(unix))]
fn permission_advice(_: &Path) -> Option<String> {
    None
}

/// Target of a path whose links are followed, also to a file or directory that does not exist yet: what dotfile managers
/// link to is written, and the link stays.
pub fn follow_links(path: &Path) -> PathBuf {
    /// Maximum number of links to follow, as in Linux.
    const MAX_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = fs::read_link(&target) else { return target };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    // The system reports the loop.
    path.to_owned()
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn advice_names_owner_mode_and_a_safe_command() {
        let data = Path::new("/home/ada/my data");
        for (entry, found, user, is_below_own, expected) in [
            (
                data,
                (1000, 0o500),
                1000,
                true,
                "`/home/ada/my data` has mode 0500; run: chmod u+rwX '/home/ada/my data'",
            ),
            (
                data,
                (0, 0o755),
                1000,
                true,
                "`/home/ada/my data` belongs to uid 0 (mode 0755); run: sudo chown -R 1000 '/home/ada/my data'",
            ),
            (Path::new("/"), (0, 0o755), 1000, false, "`/` belongs to uid 0 (mode 0755), and you are uid 1000"),
        ] {
            assert_eq!(advice(entry, found, user, is_below_own), expected);
        }
    }

    #[test]
    fn full_disk_and_read_only_disk_have_a_next_step() {
        for (kind, next) in [
            (ErrorKind::StorageFull, "free some space"),
            (ErrorKind::ReadOnlyFilesystem, "set HOME to a directory that you can write to"),
        ] {
            assert!(describe_failure(Path::new("/x"), &io::Error::from(kind)).contains(next));
        }
    }
}
