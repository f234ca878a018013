//! Files that only the user or root can change: the configuration and certificate authorities, which decide where
//! secrets are sent. The checks follow `sshd` (`StrictModes`): the file, each link to it and every directory above belong
//! to the user or to root and are writable by nobody else.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use untrusted::UntrustedFile;

#[cfg(unix)]
mod unix;
mod untrusted;

/// Maximum size in bytes; the certificate authorities of a whole system take less than half.
const MAX_SIZE: u64 = 1 << 20;

/// Users whose files are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedOwners(#[cfg_attr(not(unix), expect(dead_code, reason = "files have no such owner"))] Vec<u32>);

impl TrustedOwners {
    /// The user of this process and root; for root also the user who called `sudo`, whose files `sudo` keeps using.
    #[cfg(unix)]
    pub fn of_this_process(sudo_uid: Option<&str>) -> Self {
        let user = rustix::process::geteuid();
        let caller = sudo_uid.filter(|_| user.is_root()).and_then(|uid| uid.parse().ok());
        Self([Some(user.as_raw()), Some(0), caller].into_iter().flatten().collect())
    }

    /// On other systems the directories of the user profile keep other users out.
    #[cfg(not(unix))]
    pub fn of_this_process(_: Option<&str>) -> Self {
        Self(Vec::new())
    }
}

/// Contents of a file that was checked.
#[derive(Debug)]
pub struct TrustedFile {
    pub bytes: Vec<u8>,
    /// Part of the check that the file system makes impossible.
    pub warning: Option<String>,
}

/// Reads a file after the check. A path below `/dev/fd` may be a pipe, and `/dev/null` is an empty file.
pub fn read(file: &Path, owners: &TrustedOwners) -> Result<TrustedFile, UntrustedFile> {
    let refused = |reason: &str| {
        let (path, reason) = (file.to_owned(), reason.to_owned());
        Err(UntrustedFile::Refused { path, reason, command: None })
    };
    let metadata = std::fs::metadata(file).map_err(UntrustedFile::Io)?;
    // Opening a pipe without a writer would block.
    if !metadata.is_file() && !is_passed_descriptor(file) {
        return refused("is not a regular file");
    }
    let mut opened = File::open(file).map_err(UntrustedFile::Io)?;
    #[cfg(unix)]
    let warning = if is_passed_descriptor(file) { None } else { unix::check(file, &opened, &owners.0)? };
    #[cfg(not(unix))]
    let warning = {
        let _ = owners;
        None
    };
    let mut bytes = Vec::new();
    (&mut opened).take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(UntrustedFile::Io)?;
    match bytes.len() as u64 > MAX_SIZE {
        true => refused("is larger than 1 MiB"),
        false => Ok(TrustedFile { bytes, warning }),
    }
}

/// Same as [`read`], for text.
pub fn read_text(file: &Path, owners: &TrustedOwners) -> Result<(String, Option<String>), UntrustedFile> {
    let TrustedFile { bytes, warning } = read(file, owners)?;
    let not_text = |_| UntrustedFile::Io(io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8"));
    Ok((String::from_utf8(bytes).map_err(not_text)?, warning))
}

/// Directories that were checked with all above them, none reached by a link.
pub type TrustedDirectories = BTreeSet<PathBuf>;

/// Checks the directories above `directory`, in which another user could replace it, except those that are `trusted`.
#[cfg(unix)]
pub fn check_above(
    directory: &Path,
    owners: &TrustedOwners,
    trusted: &mut TrustedDirectories,
) -> Result<(), UntrustedFile> {
    unix::check_above(directory, &owners.0, trusted)
}

/// On other systems the directories of the user profile keep other users out.
#[cfg(not(unix))]
pub fn check_above(_: &Path, _: &TrustedOwners, _: &mut TrustedDirectories) -> Result<(), UntrustedFile> {
    Ok(())
}

/// Returns true for a descriptor that the caller has opened, as a shell does for `<(…)`, and for `/dev/null`: whoever
/// passes it chooses its contents.
fn is_passed_descriptor(file: &Path) -> bool {
    let is_below = |parent: &str| file.parent() == Some(Path::new(parent));
    file == Path::new("/dev/null") || is_below("/dev/fd") || is_below("/proc/self/fd")
}
