//! Files and directories that the user cannot use, or that others can change.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::world::World;

fn set_mode(path: &std::path::Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the test owns it");
}

#[test]
fn permission_errors_name_owner_mode_and_command() {
    let world = World::unprivileged();
    world.sign_in(&[]).success();
    let secrets = world.sandbox.path("home/.local/share/mycli/secrets");
    set_mode(&secrets, 0o500);
    let outcome = world.run(&["signin", "acme", "--force"]).ends_with(7);
    set_mode(&secrets, 0o700);
    let said = outcome.stderr.replace(&*secrets.to_string_lossy(), "SECRETS");
    assert!(said.contains("`SECRETS` has mode 0500; run: chmod u+rwX SECRETS"), "{said}");
    assert!(world.opened.is_empty(), "a browser was opened");
}

#[test]
fn links_are_written_through_before_their_target_exists() {
    let world = World::new();
    let file = world.sandbox.config_file();
    let target = world.sandbox.path("home/dotfiles/mycli.toml");
    fs::create_dir_all(target.parent().expect("it has one")).expect("a test folder");
    fs::remove_file(&file).expect("it was configured");
    symlink("../../dotfiles/mycli.toml", &file).expect("a link");
    world.run(&["providers", "add", "other", "--issuer", "https://id.example", "--client-id", "x"]).success();
    assert!(file.is_symlink());
    assert!(fs::read_to_string(&target).expect("it was written").contains("[providers.other]"));
    // A directory on another disk that is not there yet.
    let (data, elsewhere) = (world.sandbox.path("home/.local/share/mycli"), world.sandbox.path("disk/mycli"));
    symlink(&elsewhere, &data).expect("a link");
    world.sandbox.configure(&world.table("acme", ""));
    world.sign_in(&[]).success();
    assert!(data.is_symlink() && elsewhere.join("secrets").is_dir());
    world.run(&["token", "acme"]).success();
}

#[test]
fn parent_directory_that_others_can_change_is_refused() {
    let world = World::signed_in();
    let above = world.sandbox.path("home/.local/share");
    for mode in [0o777, 0o757] {
        set_mode(&above, mode);
        let outcome = world.run(&["token", "acme"]).fails(7, "is writable by everyone");
        assert!(outcome.stderr.contains("chmod go-w"), "{}", outcome.stderr);
        world.run(&["signin", "acme", "--force"]).fails(7, "chmod go-w");
    }
    // Nobody can replace the files of another user in a directory with the sticky bit.
    set_mode(&above, 0o1777);
    world.run(&["token", "acme"]).success();
    set_mode(&above, 0o755);
    world.run(&["token", "acme"]).success();
}
