//! Files that another user could change: `config.toml` and `ca_file` decide where secrets are sent.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::world::World;
use crate::support::{Outcome, Sandbox};

/// Text of a configuration with one provider.
const ONE: &str = "[providers.acme]\nissuer = \"https://id.example\"\nclient_id = \"x\"\n";

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the test owns the path");
}

/// Lists the configured providers.
fn list(sandbox: &Sandbox, flags: &[&str]) -> Outcome {
    sandbox.run(&[flags, &["providers", "list", "acme"]].concat())
}

#[track_caller]
fn assert_listed(outcome: &Outcome) {
    assert!(outcome.stdout.contains("acme"), "{}{}", outcome.stdout, outcome.stderr);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
}

#[test]
fn configuration_that_others_can_write_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.configure(ONE);
    let (file, folder) = (sandbox.config_file(), sandbox.config_file().parent().expect("a folder").to_owned());
    for (path, mode, ordinary) in [(&file, 0o666, 0o644), (&folder, 0o777, 0o755)] {
        chmod(path, mode);
        let stderr = list(&sandbox, &[]).fails(2, "is not trusted").stderr;
        assert!(stderr.contains(&format!("hint: chmod go-w {}", path.display())), "{stderr}");
        for works in [&["--help"][..], &["completions", "bash"], &["token", "--help"]] {
            sandbox.run(works).success();
        }
        let doctor = sandbox.run(&["doctor", "--json"]);
        let checks = doctor.json()["checks"].take();
        let hint = format!("chmod go-w {}", path.display());
        assert!(checks.as_array().expect("a list").iter().any(|check| check["hint"] == hint), "{checks:#}");
        chmod(path, ordinary);
        assert_listed(&list(&sandbox, &[]));
    }
    chmod(&folder, 0o1777);
    assert_listed(&list(&sandbox, &[]));
}

#[test]
fn configuration_may_be_a_link() {
    let sandbox = Sandbox::new();
    sandbox.configure(ONE);
    // As dotfile managers and Nix make them: a link to a link to a read-only file.
    let dotfiles = sandbox.path("home/dotfiles");
    fs::create_dir_all(&dotfiles).expect("writable");
    fs::rename(sandbox.config_file(), dotfiles.join("mycli.toml")).expect("same file system");
    chmod(&dotfiles.join("mycli.toml"), 0o444);
    symlink("mycli.toml", dotfiles.join("link")).expect("writable");
    symlink(dotfiles.join("link"), sandbox.config_file()).expect("writable");
    assert_listed(&list(&sandbox, &[]));
    chmod(&dotfiles, 0o777);
    let stderr = list(&sandbox, &[]).fails(2, "is writable by everyone").stderr;
    assert!(stderr.contains(&format!("chmod go-w {}", dotfiles.display())), "{stderr}");
}

#[test]
fn configuration_is_a_file_of_at_most_1_mib() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo exists").success());
    for path in [pipe.to_str().expect("UTF-8"), "/dev/zero", "/"] {
        list(&sandbox, &["--config", path]).fails(2, "is not a regular file");
    }
    sandbox.configure(&format!("#{}\n{ONE}", "x".repeat(1 << 20)));
    list(&sandbox, &[]).fails(2, "is larger than 1 MiB");
    sandbox.run(&["--config", "/dev/null", "providers", "list"]).success();
    let mut shell = sandbox.command_of("bash");
    let script = format!("{} --config <(printf '%s' '{ONE}') providers list acme", sandbox.program().display());
    let output = shell.args(["-c", &script]).output().expect("bash exists");
    assert!(String::from_utf8_lossy(&output.stdout).contains("acme"), "{output:?}");
}

#[test]
fn ca_file_that_others_can_write_is_refused() {
    let world = World::new();
    let file = world.sandbox.path("ca.pem");
    fs::write(&file, "").expect("writable");
    chmod(&file, 0o666);
    world.sandbox.configure(&world.table("acme", &format!("ca_file = {:?}", file.display().to_string())));
    let stderr = world.run(&["signin", "acme", "--no-open"]).fails(2, "the `ca_file`").stderr;
    assert!(stderr.contains(&format!("hint: chmod go-w {}", file.display())), "{stderr}");
    let doctor = world.run(&["doctor", "--json"]).json()["checks"].take();
    let hint = format!("chmod go-w {}", file.display());
    assert!(doctor.as_array().expect("a list").iter().any(|check| check["hint"] == hint), "{doctor:#}");
}

#[test]
#[ignore = "needs root: .ci/run"]
fn owner_of_the_configuration_is_checked() {
    let mut sandbox = Sandbox::new();
    sandbox.configure(ONE);
    let file = sandbox.config_file();
    chown(&file, Some(65_534), Some(65_534)).expect("root");
    let stderr = list(&sandbox, &[]).fails(2, "belongs to another user (uid 65534)").stderr;
    assert!(stderr.contains(&format!("hint: sudo chown 0 {}", file.display())), "{stderr}");
    sandbox.set("SUDO_UID", "65534");
    assert_listed(&list(&sandbox, &[]));
    sandbox.unset("SUDO_UID");
    // The group of root has no other members; `staff` is nobody's primary group.
    for (group, is_private) in [(0, true), (50, false)] {
        chown(&file, Some(0), Some(group)).expect("root");
        chmod(&file, 0o664);
        let outcome = list(&sandbox, &[]);
        assert_eq!(outcome.stdout.contains("acme"), is_private, "{}", outcome.stderr);
    }
    // `SUDO_UID` means nothing to an ordinary user.
    let mut ordinary = Sandbox::unprivileged();
    ordinary.configure(ONE);
    ordinary.set("SUDO_UID", "1");
    chown(ordinary.config_file(), Some(1), None).expect("root");
    list(&ordinary, &[]).fails(2, "belongs to another user (uid 1)");
    // As in the Nix store: a file of root in a directory that a group may write, with the sticky bit.
    let store = ordinary.path("store");
    fs::create_dir(&store).expect("writable");
    fs::write(store.join("config.toml"), ONE).expect("writable");
    chown(&store, Some(0), Some(50)).expect("root");
    chmod(&store, 0o1775);
    chmod(&store.join("config.toml"), 0o444);
    fs::remove_file(ordinary.config_file()).expect("writable");
    symlink(store.join("config.toml"), ordinary.config_file()).expect("writable");
    assert_listed(&list(&ordinary, &[]));
}

/// Runs `script` as root of a new user namespace with its own mounts.
fn in_namespace(sandbox: &Sandbox, map: &[&str], script: &str) -> String {
    let mut unshare = sandbox.command_of("unshare");
    unshare.args(["--user", "--mount"]).args(map).args(["sh", "-euc", script]).env("MYCLI", sandbox.program());
    let output = unshare.output().expect("unshare is installed");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
#[ignore = "needs root: .ci/run"]
fn read_only_volumes_and_unmapped_owners_are_read() {
    let sandbox = Sandbox::unprivileged();
    sandbox.configure(ONE);
    // The volume of a Kubernetes ConfigMap: links through `..data`, mode 0777, mounted read-only.
    let volume = r#"
        mkdir "$HOME/volume" "$HOME/read-only" && mount -t tmpfs -o mode=777 volume "$HOME/volume" && cd "$HOME/volume"
        mkdir ..2026 && cp "$XDG_CONFIG_HOME/mycli/config.toml" ..2026 && ln -s ..2026 ..data && ln -s ..data/config.toml .
        "$MYCLI" --config config.toml providers list acme || echo "refused with $?"
        mount --bind "$HOME/volume" "$HOME/read-only" && mount -o remount,bind,ro "$HOME/read-only" && cd "$HOME/read-only"
        "$MYCLI" --config config.toml providers list acme
    "#;
    let said = in_namespace(&sandbox, &["--map-root-user"], volume);
    assert!(said.contains("refused with 2") && said.contains("volume is writable by everyone"), "{said}");
    assert_eq!(said.matches("acme  acme").count(), 1, "{said}");
    // Root of the first namespace has no number here.
    fs::write(sandbox.path("root.toml"), ONE).expect("writable");
    let unmapped = format!("\"$MYCLI\" --config {} providers list acme", sandbox.path("root.toml").display());
    let said = in_namespace(&sandbox, &["--map-root-user"], &unmapped);
    assert_eq!(said.matches("warning: cannot check who may change").count(), 1, "{said}");
    assert!(said.contains("acme"), "{said}");
}
