//! Process that holds a file lock, as far as the system tells: Linux lists its locks in `/proc/locks`.

use std::fs::File;

/// Describes the holder: "process 4711 (mycli)", or "another process".
pub(super) fn describe(file: &File) -> String {
    let known = pid(file).map(|pid| match name(pid) {
        Some(name) => format!("process {pid} ({name})"),
        None => format!("process {pid}"),
    });
    known.unwrap_or_else(|| "another process".to_owned())
}

#[cfg(target_os = "linux")]
fn pid(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata().ok()?;
    let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    pid_in(&locks, &format!("{major:02x}:{minor:02x}:{}", metadata.ino()))
}

/// Finds the holder of the `flock` on `inode` in the text of `/proc/locks`. A process that is not visible here, such as
/// one in another container, has the number 0 or below.
#[cfg(target_os = "linux")]
fn pid_in(locks: &str, inode: &str) -> Option<u32> {
    locks.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [_, "FLOCK", _, _, pid, found, ..] if *found == inode => pid.parse().ok().filter(|pid| *pid != 0),
        _ => None,
    })
}

#[cfg(target_os = "linux")]
fn name(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(crate::sanitize::sanitize_untrusted(name.trim()))
}

#[cfg(not(target_os = "linux"))]
fn pid(_: &File) -> Option<u32> {
    None
}

#[cfg(not(target_os = "linux"))]
fn name(_: u32) -> Option<String> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn holder_is_found_by_its_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 22 00:2f:77 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 33 08:01:77 0 EOF\n\
                     3: -> FLOCK  ADVISORY  WRITE 44 08:01:77 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 0 08:01:78 0 EOF\n\
                     5: FLOCK  ADVISORY  WRITE -1 08:01:79 0 EOF\n";
        for (inode, pid) in [("08:01:77", Some(33)), ("00:2f:77", Some(22)), ("08:01:78", None), ("08:01:79", None)] {
            assert_eq!(pid_in(locks, inode), pid, "{inode}");
        }
    }
}
