//! The check on Unix.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::untrusted::UntrustedFile;

/// Maximum number of links to follow, as in Linux.
const MAX_LINKS: usize = 40;

/// Owner, group and mode of a file or a directory.
#[derive(Debug, Clone, Copy)]
struct Entry {
    uid: u32,
    gid: u32,
    mode: u32,
    is_directory: bool,
}

impl From<&Metadata> for Entry {
    fn from(metadata: &Metadata) -> Self {
        let is_directory = metadata.is_dir();
        Self { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() & 0o7777, is_directory }
    }
}

/// What the file system and the kernel say about modes and owners.
#[derive(Debug, Clone, Copy, Default)]
struct Mount {
    is_read_only: bool,
    /// Shows the same mode for every file, as FAT and the shared folders of virtual machines do.
    keeps_no_modes: bool,
    /// Owner shown for users outside this user namespace.
    unmapped_uid: Option<u32>,
}

/// Result for one file or directory.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Trusted,
    /// The check is impossible.
    Unknown(&'static str),
    /// Reason, and the command that repairs it.
    Refused(String, Option<String>),
}

/// Checks `opened`, which was opened at `file`, all links on the way to it and all directories above.
///
/// # Errors
/// [`UntrustedFile::Refused`] names the first entry that another user could change.
pub(super) fn check(file: &Path, opened: &File, owners: &[u32]) -> Result<Option<String>, UntrustedFile> {
    let mut trusted = BTreeSet::new();
    let mut walk = Walk::new(owners, &mut trusted);
    let reached = walk.follow(file)?;
    // The opened file counts: the path may lead elsewhere by now.
    walk.add(&reached, &opened.metadata().map_err(UntrustedFile::Io)?)?;
    Ok(walk.warning)
}

/// Checks all links on the way to `directory` and every directory above, as far as they exist and are not yet `trusted`.
///
/// # Errors
/// [`UntrustedFile::Refused`] names the first entry that another user could change.
pub(super) fn check_above(
    directory: &Path,
    owners: &[u32],
    trusted: &mut BTreeSet<PathBuf>,
) -> Result<(), UntrustedFile> {
    match Walk::new(owners, trusted).follow(directory) {
        Err(UntrustedFile::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.map(drop),
    }
}

struct Walk<'a> {
    owners: &'a [u32],
    trusted: &'a mut BTreeSet<PathBuf>,
    /// Read only if it matters that a group may write.
    accounts: OnceCell<Accounts>,
    warning: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(owners: &'a [u32], trusted: &'a mut BTreeSet<PathBuf>) -> Self {
        Self { owners, trusted, accounts: OnceCell::new(), warning: None }
    }

    /// Goes to `path` as the kernel does, checks each directory and each link on the way, and returns where it leads. That
    /// last entry is not checked.
    fn follow(&mut self, path: &Path) -> Result<PathBuf, UntrustedFile> {
        let mut here = PathBuf::from("/");
        if !self.trusted.contains(&here) {
            self.add(&here, &here.metadata().map_err(UntrustedFile::Io)?)?;
            self.trusted.insert(here.clone());
        }
        let (mut ahead, mut links) = (std::path::absolute(path).map_err(UntrustedFile::Io)?, 0);
        loop {
            let mut parts = ahead.components();
            let Some(part) = parts.next() else { return Ok(here) };
            let mut rest = parts.as_path().to_owned();
            match part {
                Component::Prefix(_) | Component::CurDir => {}
                Component::RootDir => here = PathBuf::from("/"),
                Component::ParentDir => drop(here.pop()),
                Component::Normal(name) if self.trusted.contains(&here.join(name)) => here.push(name),
                Component::Normal(name) => {
                    let next = here.join(name);
                    let metadata = next.symlink_metadata().map_err(UntrustedFile::Io)?;
                    if metadata.is_symlink() {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(UntrustedFile::Io(io::Error::other("too many symbolic links")));
                        }
                        self.add_link(&next, &metadata)?;
                        rest = std::fs::read_link(&next).map_err(UntrustedFile::Io)?.join(rest);
                    } else if rest.as_os_str().is_empty() {
                        return Ok(next);
                    } else {
                        self.add(&next, &metadata)?;
                        self.trusted.insert(next.clone());
                        here = next;
                    }
                }
            }
            ahead = rest;
        }
    }

    fn add(&mut self, path: &Path, metadata: &Metadata) -> Result<(), UntrustedFile> {
        let entry = Entry::from(metadata);
        let is_private = |gid: u32| self.accounts.get_or_init(Accounts::read).is_private(gid, self.owners);
        let verdict = match judge(entry, Mount::default(), self.owners, is_private) {
            // The details of the mount cost system calls.
            Verdict::Refused(..) => judge(entry, mount_of(path), self.owners, is_private),
            trusted => trusted,
        };
        match verdict {
            Verdict::Trusted => Ok(()),
            Verdict::Unknown(why) => {
                self.warning.get_or_insert_with(|| format!("cannot check who may change {}: {why}", path.display()));
                Ok(())
            }
            Verdict::Refused(reason, command) => Err(UntrustedFile::Refused { path: path.to_owned(), reason, command }),
        }
    }

    /// The mode of a link means nothing; its owner chose the target.
    fn add_link(&mut self, path: &Path, metadata: &Metadata) -> Result<(), UntrustedFile> {
        let entry = Entry { mode: 0, ..Entry::from(metadata) };
        if self.owners.contains(&entry.uid) {
            return Ok(());
        }
        match judge(entry, mount_of(path), self.owners, |_| false) {
            Verdict::Refused(reason, _) => Err(UntrustedFile::Refused { path: path.to_owned(), reason, command: None }),
            Verdict::Trusted | Verdict::Unknown(_) => Ok(()),
        }
    }
}

fn judge(entry: Entry, mount: Mount, owners: &[u32], is_private: impl Fn(u32) -> bool) -> Verdict {
    if !owners.contains(&entry.uid) {
        if mount.unmapped_uid == Some(entry.uid) {
            return Verdict::Unknown("its owner is not known in this user namespace");
        }
        let command = owners.first().map(|user| format!("sudo chown {user}"));
        return Verdict::Refused(format!("belongs to another user (uid {})", entry.uid), command);
    }
    // Nobody can rename or remove another user's files in a directory with this bit, such as `/tmp`.
    let is_sticky = entry.is_directory && entry.mode & 0o1000 != 0;
    if is_sticky || mount.is_read_only {
        return Verdict::Trusted;
    }
    let reason = match entry.mode & 0o022 {
        0 => return Verdict::Trusted,
        0o020 if is_private(entry.gid) => return Verdict::Trusted,
        0o020 => format!("is writable by a group (gid {})", entry.gid),
        _ => "is writable by everyone".to_owned(),
    };
    match mount.keeps_no_modes {
        true => Verdict::Unknown("its file system keeps no modes"),
        false => Verdict::Refused(reason, Some("chmod go-w".to_owned())),
    }
}

#[cfg(target_os = "linux")]
fn mount_of(path: &Path) -> Mount {
    use rustix::fs::StatVfsMountFlags;
    let is_read_only = rustix::fs::statvfs(path).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY));
    let kind = rustix::fs::statfs(path).map_or(0, |found| u64::from_ne_bytes(found.f_type.to_ne_bytes()));
    let mode = path.metadata().map_or(0, |metadata| metadata.mode());
    Mount { is_read_only, keeps_no_modes: keeps_no_modes(kind & 0xffff_ffff, mode), unmapped_uid: unmapped_uid() }
}

#[cfg(not(target_os = "linux"))]
fn mount_of(_: &Path) -> Mount {
    Mount::default()
}

/// Returns true for a file system (by `f_type` of statfs(2)) that makes modes up. Behind FUSE and 9P may be either kind;
/// there only a file that everyone may execute, which no configuration is.
#[cfg(target_os = "linux")]
fn keeps_no_modes(kind: u64, mode: u32) -> bool {
    const FAT: u64 = 0x4d44;
    const EXFAT: u64 = 0x2011_bab0;
    const NTFS: [u64; 2] = [0x5346_544e, 0x7366_746e];
    const SMB: [u64; 3] = [0x517b, 0xff53_4d42, 0xfe53_4d42];
    const VIRTUALBOX_AND_VMWARE: [u64; 2] = [0x786f_4256, 0xbacb_acbc];
    const FUSE_AND_9P: [u64; 2] = [0x6573_5546, 0x0102_1997];
    match kind {
        FAT | EXFAT => true,
        _ if NTFS.contains(&kind) || SMB.contains(&kind) || VIRTUALBOX_AND_VMWARE.contains(&kind) => true,
        _ => FUSE_AND_9P.contains(&kind) && mode & 0o777 == 0o777,
    }
}

/// Returns the owner that stands for all users without a mapping, in a user namespace.
#[cfg(target_os = "linux")]
fn unmapped_uid() -> Option<u32> {
    let map = std::fs::read_to_string("/proc/self/uid_map").ok()?;
    let is_initial = map.split_whitespace().eq(["0", "0", "4294967295"]);
    let overflow = || std::fs::read_to_string("/proc/sys/kernel/overflowuid").ok()?.trim().parse().ok();
    if is_initial { None } else { Some(overflow().unwrap_or(65534)) }
}

/// Users with their primary groups, and the members of groups, as far as the local files tell.
#[derive(Debug, Default)]
struct Accounts {
    /// Name, uid, gid.
    users: Vec<(String, u32, u32)>,
    /// Gid, names of the members.
    groups: Vec<(u32, Vec<String>)>,
}

impl Accounts {
    fn read() -> Self {
        let text = |file: &str| std::fs::read_to_string(PathBuf::from(file)).unwrap_or_default();
        Self::parse(&text("/etc/passwd"), &text("/etc/group"))
    }

    /// Parses passwd(5) and group(5).
    fn parse(passwd: &str, group: &str) -> Self {
        let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
        let user = |line: &str| {
            let fields = fields(line);
            Some((fields.first()?.clone(), fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        };
        let members = |line: &str| {
            let fields = fields(line);
            let names = fields.get(3)?.split(',').filter(|name| !name.is_empty()).map(str::to_owned);
            Some((fields.get(2)?.parse().ok()?, names.collect()))
        };
        Self { users: passwd.lines().filter_map(user).collect(), groups: group.lines().filter_map(members).collect() }
    }

    /// Returns true if `gid` is the primary group of an owner and has no other members. The local files know nothing of a
    /// user who comes from a directory service; there the custom counts that a private group has the number of its user.
    fn is_private(&self, gid: u32, owners: &[u32]) -> bool {
        let is_owner = |uid: u32| owners.contains(&uid);
        let is_primary = |uid: u32| match self.users.iter().find(|(_, known, _)| *known == uid) {
            Some((_, _, primary)) => *primary == gid,
            None => uid == gid,
        };
        let uid_of = |name: &String| self.users.iter().find(|(known, _, _)| known == name).map(|(_, uid, _)| *uid);
        let listed = self.groups.iter().filter(|(known, _)| *known == gid).flat_map(|(_, names)| names);
        let primary = self.users.iter().filter(|(_, _, primary)| *primary == gid);
        owners.iter().any(|uid| is_primary(*uid))
            && listed.map(uid_of).all(|uid| uid.is_some_and(is_owner))
            && primary.map(|(_, uid, _)| *uid).all(is_owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: u32 = 1000;

    fn owners() -> Vec<u32> {
        vec![ADA, 0]
    }

    fn file(uid: u32, gid: u32, mode: u32) -> Entry {
        Entry { uid, gid, mode, is_directory: false }
    }

    fn directory(uid: u32, gid: u32, mode: u32) -> Entry {
        Entry { is_directory: true, ..file(uid, gid, mode) }
    }

    fn is_trusted(entry: Entry, mount: Mount) -> bool {
        match judge(entry, mount, &owners(), |gid| gid == ADA) {
            Verdict::Trusted => true,
            Verdict::Refused(..) => false,
            Verdict::Unknown(why) => panic!("{why}"),
        }
    }

    /// A directory that only the user can change, with `good/config.toml` and `open/`, which everyone can write.
    fn tree() -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        for (name, mode) in [("good", 0o755), ("open", 0o777)] {
            std::fs::create_dir(root.join(name)).expect("writable");
            std::fs::set_permissions(root.join(name), std::fs::Permissions::from_mode(mode)).expect("ours");
        }
        std::fs::write(root.join("good/config.toml"), "").expect("writable");
        (directory, root)
    }

    /// Path of the refused entry.
    fn refused(outcome: Result<(), UntrustedFile>) -> Option<PathBuf> {
        match outcome {
            Ok(()) => None,
            Err(UntrustedFile::Refused { path, .. }) => Some(path),
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn links_in_the_middle_of_a_path_are_checked() {
        use std::os::unix::fs::symlink;
        let (_directory, root) = tree();
        let owners = [rustix::process::geteuid().as_raw(), 0];
        for (link, target) in
            [("open/conf", "../good"), ("trusted", "good"), ("there", "open/conf"), ("up", "open/../good")]
        {
            symlink(target, root.join(link)).expect("writable");
        }
        symlink(root.join("trusted"), root.join("absolute")).expect("writable");
        for (path, is_trusted) in [
            ("good/config.toml", true),
            ("trusted/config.toml", true),
            ("absolute/config.toml", true),
            ("good/../trusted/./config.toml", true),
            ("open/conf/config.toml", false),
            ("there/config.toml", false),
            ("up/config.toml", false),
            ("open/../good/config.toml", false),
        ] {
            let expected = (!is_trusted).then(|| root.join("open"));
            let opened = File::open(root.join(path)).expect("it exists");
            assert_eq!(refused(check(&root.join(path), &opened, &owners).map(drop)), expected, "{path}");
            let missing = root.join(path).with_file_name("missing");
            assert_eq!(refused(check_above(&missing, &owners, &mut BTreeSet::new())), expected, "{path}");
            assert_eq!(refused(check_above(&missing.join("deep"), &owners, &mut BTreeSet::new())), expected, "{path}");
        }
        assert_eq!(refused(check_above(&root.join("open"), &owners, &mut BTreeSet::new())), None);
    }

    #[test]
    fn link_to_a_directory_is_followed_before_it_is_used() {
        let (_directory, root) = tree();
        let owners = [rustix::process::geteuid().as_raw(), 0];
        std::fs::create_dir(root.join("open/data")).expect("writable");
        std::os::unix::fs::symlink("open/data", root.join("data")).expect("writable");
        assert_eq!(refused(check_above(&root.join("data"), &owners, &mut BTreeSet::new())), Some(root.join("open")));
        // The owner of a link chose the target.
        let (link, others) = (root.join("data"), [rustix::process::geteuid().as_raw() + 1]);
        let mut trusted = BTreeSet::new();
        let mut walk = Walk::new(&others, &mut trusted);
        let metadata = link.symlink_metadata().expect("it exists");
        assert_eq!(refused(walk.add_link(&link, &metadata)), Some(link));
    }

    #[test]
    fn trusted_directory_is_checked_once() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, root) = tree();
        let owners = [rustix::process::geteuid().as_raw(), 0];
        let mut trusted = BTreeSet::new();
        let mut refused_below = |path: &str| refused(check_above(&root.join(path), &owners, &mut trusted));
        assert_eq!(refused_below("open/x"), Some(root.join("open")));
        std::os::unix::fs::symlink("open", root.join("good/link")).expect("writable");
        for (path, expected) in [("good/a", None), ("good/b/c", None), ("good/link", None), ("open", None)] {
            assert_eq!(refused_below(path), expected, "{path}");
        }
        std::fs::set_permissions(root.join("good"), std::fs::Permissions::from_mode(0o777)).expect("ours");
        assert_eq!((refused_below("good/a"), refused_below("open/x")), (None, Some(root.join("open"))));
    }

    #[test]
    fn circle_of_links_ends() {
        let (_directory, root) = tree();
        std::os::unix::fs::symlink("circle", root.join("circle")).expect("writable");
        let owners = [rustix::process::geteuid().as_raw(), 0];
        let outcome = check_above(&root.join("circle/deep"), &owners, &mut BTreeSet::new());
        assert!(matches!(outcome, Err(UntrustedFile::Io(_))), "{outcome:?}");
    }

    #[test]
    fn owner_and_mode_decide() {
        for (entry, expected) in [
            (file(ADA, ADA, 0o600), true),
            (file(ADA, 50, 0o644), true),
            (file(0, 0, 0o444), true),
            (file(ADA, ADA, 0o664), true),
            (file(ADA, 50, 0o664), false),
            (file(ADA, ADA, 0o666), false),
            (file(ADA, ADA, 0o602), false),
            (file(1001, ADA, 0o600), false),
            (file(65534, 0, 0o600), false),
            // The sticky bit of a file means nothing.
            (file(ADA, ADA, 0o1666), false),
            (directory(0, 0, 0o1777), true),
            // The store of Nix.
            (directory(0, 30000, 0o1775), true),
            (directory(0, 0, 0o777), false),
            (directory(1001, 1001, 0o755), false),
            (directory(1001, 1001, 0o1777), false),
        ] {
            assert_eq!(is_trusted(entry, Mount::default()), expected, "{entry:?}");
        }
    }

    #[test]
    fn mount_may_make_modes_meaningless() {
        // The volume of a Kubernetes ConfigMap.
        assert!(is_trusted(directory(0, 0, 0o777), Mount { is_read_only: true, ..Mount::default() }));
        let modeless = Mount { keeps_no_modes: true, ..Mount::default() };
        let unmapped = Mount { unmapped_uid: Some(65534), ..Mount::default() };
        for (entry, mount, known) in [
            (file(ADA, ADA, 0o777), modeless, false),
            (file(1001, ADA, 0o777), modeless, true),
            (file(65534, 65534, 0o644), unmapped, false),
            (file(1001, 65534, 0o644), unmapped, true),
        ] {
            let verdict = judge(entry, mount, &owners(), |_| false);
            assert_eq!(matches!(verdict, Verdict::Refused(..)), known, "{entry:?} {verdict:?}");
            assert_eq!(matches!(verdict, Verdict::Unknown(_)), !known, "{entry:?} {verdict:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn file_systems_without_modes_are_known() {
        for (kind, mode, expected) in [
            (0x4d44, 0o755, true),
            (0x0102_1997, 0o777, true),
            (0x6573_5546, 0o777, true),
            (0x6573_5546, 0o664, false),
            (0xef53, 0o777, false),
        ] {
            assert_eq!(keeps_no_modes(kind, mode), expected, "{kind:x} {mode:o}");
        }
    }

    #[test]
    fn private_group_has_no_other_members() {
        let passwd =
            "root:x:0:0::/:\nada:x:1000:1000::/:\nbob:x:1001:1001::/:\neve:x:1002:100::/:\nmax:x:1003:100::/:\n";
        for (gid, uid, group, expected) in [
            (1000, 1000, "ada:x:1000:\n", true),
            (1000, 1000, "ada:x:1000:ada,root\n", true),
            (1000, 1000, "ada:x:1000:bob\n", false),
            (1000, 1000, "ada:x:1000:stranger\n", false),
            // Not the primary group.
            (50, 1000, "staff:x:50:ada\n", false),
            // The primary group of two users.
            (100, 1002, "users:x:100:\n", false),
            // A user of a directory service.
            (5000, 5000, "", true),
            (100, 5000, "users:x:100:\n", false),
            (0, 5000, "root:x:0:\n", true),
        ] {
            let accounts = Accounts::parse(passwd, group);
            assert_eq!(accounts.is_private(gid, &[uid, 0]), expected, "{gid} {uid} {group}");
        }
    }
}
