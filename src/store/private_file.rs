//! Files that only their owner reads and writes: checked when opened, replaced atomically.
//!
//! A file with wrong permissions is rejected with the command that repairs it, as `ssh` does, and never repaired
//! silently: a secret that others could read may have been read. A write replaces the file by a new one, so that
//! signing in again repairs permissions without touching the target of a symbolic link.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::error::{Error, Result, StoreErrorKind};
use crate::owner_only;
use crate::sanitize::shell_quote;
use crate::trusted_file::{self, TrustedDirectories, TrustedOwners, UntrustedFile};

/// Bytes read of one file at most; a session with large ID tokens has about 20,000.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Suffix of a file until it is complete.
pub(super) const TEMP_SUFFIX: &str = ".tmp";

/// Content of a file, which decides what other users may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileContent {
    /// Secrets: other users may not read or write.
    Secret,
    /// No secrets: other users may not write.
    Plain,
}

/// Reads the file; `None` if it does not exist.
///
/// # Errors
/// [`Error::Store`] if the file cannot be read, is not a regular file, belongs to another user or is accessible to
/// others.
pub(super) fn read(path: &Path, content: FileContent) -> Result<Option<Zeroizing<Vec<u8>>>> {
    #[cfg(test)]
    tests::record_open();
    check_above(path.parent().unwrap_or(path))?;
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path, &error)),
    };
    let metadata = file.metadata().map_err(|error| io_error("read", path, &error))?;
    check_file(path, &metadata, content)?;
    // Enough capacity for the whole file, so that growing leaves no copy of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len().saturating_add(1) as usize));
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(|error| io_error("read", path, &error))?;
    Ok(Some(bytes))
}

/// Reads a secret file that the user named; `None` if it does not exist. Links are followed, because mounted secrets
/// are links.
pub fn read_secret_file(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    read(&target, FileContent::Secret)
}

/// Replaces the file at `path` atomically: readers see the old content or the new, also after a crash or on a full
/// disk. Callers hold the lock of the directory, so that one name is enough for the temporary file and a leftover one
/// has no writer.
///
/// # Errors
/// [`Error::Store`] if the file cannot be written; the old content stays.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let temp_path = temp_path(path);
    let written = remove_if_exists(&temp_path).and_then(|_| write_new(&temp_path, bytes)).and_then(|()| {
        fs::rename(&temp_path, path)?;
        sync_directory(path);
        Ok(())
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&temp_path);
        io_error("write", path, &error)
    })
}

/// Fails if a file of `length` bytes does not fit next to `path`. Callers hold the lock of the directory.
pub(super) fn check_space(path: &Path, length: usize) -> Result<()> {
    let temp_path = temp_path(path);
    let written =
        remove_if_exists(&temp_path).and_then(|_| owner_only::create_file(&temp_path)?.write_all(&vec![0; length]));
    let removed = remove_if_exists(&temp_path);
    written.and(removed).map(drop).map_err(|error| io_error("write in", path.parent().unwrap_or(path), &error))
}

/// Removes the file and a leftover temporary file; returns true if the file existed.
pub(super) fn remove(path: &Path) -> Result<bool> {
    let removed = remove_if_exists(&temp_path(path)).and_then(|_| remove_if_exists(path));
    sync_directory(path);
    removed.map_err(|error| io_error("remove", path, &error))
}

/// Renames the temporary file of a killed writer to `path`, the last step of [`replace`]. Callers have checked that the
/// temporary file is complete, and hold the lock of the directory.
///
/// # Errors
/// [`Error::Store`] if the rename fails; both files stay.
pub(super) fn commit_temp(path: &Path) -> Result<()> {
    let temp_path = temp_path(path);
    let renamed = open(&temp_path).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&temp_path, path));
    renamed.map_err(|error| io_error("write", path, &error))?;
    sync_directory(path);
    Ok(())
}

/// Removes the temporary files of crashed writers in `directory`. Callers hold its lock.
pub(super) fn remove_leftovers(directory: &Path) {
    leftovers(directory).for_each(|left| _ = fs::remove_file(left));
}

/// Lists the temporary files of crashed writers in `directory`. Callers hold its lock.
pub(super) fn leftovers(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(TEMP_SUFFIX)).map(|entry| entry.path())
}

/// Lists `directory`; a missing one is empty.
pub(super) fn read_directory(directory: &Path) -> Result<impl Iterator<Item = fs::DirEntry> + use<>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(io_error("read", directory, &error)),
    };
    Ok(entries.into_iter().flatten().flatten())
}

/// Creates `directory` and its missing parents for the owner only, as the XDG base directory specification requires.
///
/// # Errors
/// [`Error::Store`] if the directory cannot be created, belongs to another user or is writable by others.
pub(super) fn create_directory(directory: &Path) -> Result<()> {
    check_above(directory)?;
    owner_only::create_directory(directory).map_err(|error| io_error("create", directory, &error))?;
    let metadata = fs::metadata(directory).map_err(|error| io_error("read", directory, &error))?;
    fail_on(directory, directory_permission_problem(permissions(&metadata), directory))
}

/// Checks that nobody else can replace `directory`, each directory above it once in this process.
fn check_above(directory: &Path) -> Result<()> {
    static TRUSTED: Mutex<TrustedDirectories> = Mutex::new(TrustedDirectories::new());
    let mut trusted = TRUSTED.lock().unwrap_or_else(PoisonError::into_inner);
    match trusted_file::check_above(directory, &TrustedOwners::of_this_process(None), &mut trusted) {
        Ok(()) => Ok(()),
        Err(UntrustedFile::Refused { path, reason, command }) => {
            let repair = command.map(|command| format!("; if nobody used that, run: {command} {}", quoted(&path)));
            Err(Error::store(
                StoreErrorKind::Failed,
                format!("`{}` {reason}{}", path.display(), repair.unwrap_or_default()),
            ))
        }
        // The operation itself reports the failure.
        Err(UntrustedFile::Io(_)) => Ok(()),
    }
}

/// Opens or creates a lock file.
pub(super) fn open_lock(path: &Path) -> Result<File> {
    open_or_create(path, OpenOptions::new().write(true)).map_err(|error| io_error("open", path, &error))
}

/// Opens a file of this user or creates one, for writing at its end.
///
/// # Errors
/// The error of the system.
pub(super) fn open_to_append(path: &Path) -> io::Result<File> {
    let file = open_or_create(path, OpenOptions::new().append(true))?;
    let metadata = file.metadata()?;
    let Permissions { owner, user, .. } = permissions(&metadata);
    match metadata.is_file() && owner == user {
        true => Ok(file),
        false => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

fn open_or_create(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    set_safe_flags(options);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match owner_only::create_file(path) {
            // Opened again with the options of the caller. Or another process created it meanwhile.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => options.open(path),
        },
        opened => opened,
    }
}

/// Error for a failed file operation, with the message of the operating system.
pub(super) fn io_error(verb: &str, path: &Path, error: &io::Error) -> Error {
    let why = match is_symlink_error(error) {
        true => "it is a symbolic link".to_owned(),
        false => owner_only::describe_failure(path, error),
    };
    Error::store(StoreErrorKind::Failed, format!("cannot {verb} `{}`: {why}", path.display()))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    set_safe_flags(&mut options);
    options.open(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = owner_only::create_file(path)?;
    file.write_all(bytes)?;
    // Without this a renamed file may be empty after a power cut.
    file.sync_all()
}

/// Never follows a symbolic link and never waits for the other end of a pipe.
#[cfg(unix)]
fn set_safe_flags(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(flags.bits() as i32);
}

/// On other systems the directories of the user profile keep other users out.
#[cfg(not(unix))]
fn set_safe_flags(_: &mut OpenOptions) {}

#[cfg(unix)]
fn is_symlink_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_symlink_error(_: &io::Error) -> bool {
    false
}

fn check_file(path: &Path, metadata: &Metadata, content: FileContent) -> Result<()> {
    let problem = match (metadata.is_file(), metadata.len() > MAX_FILE_BYTES) {
        (false, _) => Some("is not a regular file".to_owned()),
        (_, true) => Some("is too large".to_owned()),
        _ => file_permission_problem(permissions(metadata), content, path),
    };
    fail_on(path, problem)
}

fn fail_on(path: &Path, problem: Option<String>) -> Result<()> {
    match problem {
        None => Ok(()),
        Some(problem) => Err(Error::store(StoreErrorKind::Failed, format!("`{}` {problem}", path.display()))),
    }
}

/// Owner of a file, user of this process, and mode of the file.
#[derive(Debug, Clone, Copy)]
struct Permissions {
    owner: u32,
    user: u32,
    mode: u32,
}

#[cfg(unix)]
fn permissions(metadata: &Metadata) -> Permissions {
    use std::os::unix::fs::MetadataExt;
    Permissions { owner: metadata.uid(), user: rustix::process::geteuid().as_raw(), mode: metadata.mode() & 0o7777 }
}

#[cfg(not(unix))]
fn permissions(_: &Metadata) -> Permissions {
    Permissions { owner: 0, user: 0, mode: 0o600 }
}

fn file_permission_problem(
    Permissions { owner, user, mode }: Permissions,
    content: FileContent,
    path: &Path,
) -> Option<String> {
    let (forbidden, what) = match content {
        FileContent::Secret => (0o077, "read"),
        FileContent::Plain => (0o022, "changed"),
    };
    if owner != user {
        return Some(format!("belongs to another user (uid {owner}, not {user})"));
    }
    (mode & forbidden != 0).then(|| {
        format!(
            "can be {what} by other users (mode {mode:04o}); if none has {what} it, run: chmod 600 {}",
            quoted(path)
        )
    })
}

/// Directories of root are as safe as the user's own: root can do anything anyway.
fn directory_permission_problem(Permissions { owner, user, mode }: Permissions, path: &Path) -> Option<String> {
    if owner != user && owner != 0 {
        return Some(format!("belongs to another user (uid {owner}, not {user})"));
    }
    (mode & 0o022 != 0).then(|| {
        format!(
            "can be changed by other users (mode {mode:04o}); if none has changed it, run: chmod 700 {}",
            quoted(path)
        )
    })
}

fn quoted(path: &Path) -> String {
    shell_quote(&path.to_string_lossy())
}

/// Name of the file at `path` until it is complete.
pub(super) fn temp_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(TEMP_SUFFIX);
    PathBuf::from(name)
}

fn remove_if_exists(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a rename or removal durable. Some file systems do not support this, and by then the change has already
/// happened.
fn sync_directory(path: &Path) {
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static OPEN_COUNT: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn record_open() {
        OPEN_COUNT.set(OPEN_COUNT.get() + 1);
    }

    /// Returns the result of `work`, and how many files this thread tried to open meanwhile.
    pub(in crate::store) fn count_opens<T>(work: impl FnOnce() -> T) -> (T, usize) {
        let before = OPEN_COUNT.get();
        let result = work();
        (result, OPEN_COUNT.get() - before)
    }

    fn permissions(owner: u32, mode: u32) -> Permissions {
        Permissions { owner, user: 1000, mode }
    }

    #[test]
    fn file_of_or_open_to_another_user_is_rejected() {
        let problem = |owner, mode, content| file_permission_problem(permissions(owner, mode), content, Path::new("x"));
        assert_eq!(problem(1000, 0o600, FileContent::Secret), None);
        assert_eq!(problem(1000, 0o400, FileContent::Secret), None);
        assert_eq!(problem(1000, 0o644, FileContent::Plain), None);
        for (owner, mode, content, part) in [
            (
                1000,
                0o640,
                FileContent::Secret,
                "can be read by other users (mode 0640); if none has read it, run: chmod 600 x",
            ),
            (1000, 0o604, FileContent::Secret, "can be read by other users"),
            (1000, 0o602, FileContent::Secret, "can be read by other users"),
            (1000, 0o664, FileContent::Plain, "can be changed by other users"),
            (0, 0o600, FileContent::Secret, "belongs to another user (uid 0, not 1000)"),
            (1001, 0o600, FileContent::Plain, "belongs to another user"),
        ] {
            let problem = problem(owner, mode, content).unwrap_or_default();
            assert!(problem.contains(part), "{owner} {mode:o}: {problem}");
        }
    }

    #[test]
    fn directory_writable_by_others_is_rejected() {
        let problem = |owner, mode| directory_permission_problem(permissions(owner, mode), Path::new("x"));
        assert_eq!(problem(1000, 0o700), None);
        assert_eq!(problem(1000, 0o755), None);
        assert_eq!(problem(0, 0o755), None);
        assert!(problem(1000, 0o775).is_some_and(|text| text.contains("chmod 700 x")));
        assert!(problem(1001, 0o700).is_some_and(|text| text.contains("another user")));
    }

    #[test]
    fn replace_writes_new_content_and_leaves_no_temp_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(temp_path(&path), "left by a crash, and longer than what follows").unwrap();
        replace(&path, b"a long first content").unwrap();
        replace(&path, b"short").unwrap();
        assert_eq!(read(&path, FileContent::Secret).unwrap().unwrap().as_slice(), b"short");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn failed_replace_keeps_the_target() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir_all(path.join("in the way")).unwrap();
        replace(&path, b"new").unwrap_err();
        assert!(path.join("in the way").is_dir());
        assert!(!temp_path(&path).exists());
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        replace(&target, b"mine").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let error = read(&link, FileContent::Plain).unwrap_err();
        assert!(error.to_string().ends_with("it is a symbolic link"), "{error}");
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"mine");
        assert_eq!(fs::read(&link).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn pipe_in_place_of_a_file_is_rejected_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg("-m600").arg(&path).status().unwrap();
        assert!(made.success());
        let error = read(&path, FileContent::Plain).unwrap_err();
        assert!(error.to_string().ends_with("is not a regular file"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn directories_are_created_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        create_directory(&folder.path().join("a/b")).unwrap();
        for made in ["a", "a/b"] {
            let mode = fs::metadata(folder.path().join(made)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{made}");
        }
    }
}
