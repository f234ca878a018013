//! Files that are damaged or of a later program: said once, the others work, nothing is deleted.

use std::fs;

use crate::world::{World, edit_json};

fn damaged_state() -> (World, std::path::PathBuf) {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sign_in(&[]).success();
    let state = world.state_file();
    world.set_user("bob");
    world.sign_in_at("other", &[]).success();
    (world, state)
}

/// What is done to the state while the secret stays.
type Damage = (&'static str, fn(&World));

const DAMAGES: [Damage; 4] = [
    ("half a file", |world| fs::write(world.state_file(), "{\"version\":1,").expect("ours")),
    ("an empty file", |world| fs::write(world.state_file(), "").expect("ours")),
    ("no file", |world| fs::remove_file(world.state_file()).expect("ours")),
    ("no state at all", |world| fs::remove_dir_all(world.sandbox.state()).expect("ours")),
];

/// Each command by itself mends it, and does what it does where all is well.
fn state_is_mended(world: &World) {
    let state = || {
        let sessions = world.sandbox.state().join("sessions");
        world.files().into_iter().filter(move |(path, _)| path.starts_with(&sessions)).collect::<Vec<_>>()
    };
    let (whole, token) = (state(), world.token());
    for (name, damage) in DAMAGES {
        println!("{name}");
        let mended = |arguments: &[&str]| {
            damage(world);
            let outcome = world.run(arguments).success();
            assert_eq!(outcome.stderr, "", "{arguments:?}");
            assert!(world.state_file().exists());
            outcome.stdout
        };
        assert_eq!(mended(&["token", "acme"]), token);
        assert_eq!(mended(&["token"]), token);
        assert!(mended(&["status"]).contains("ada"));
        assert!(mended(&["status", "acme"]).contains("ada"));
        assert_eq!(mended(&["exec", "acme", "--", "printenv", "ACCESS_TOKEN"]), token);
        mended(&["token", "acme", "--account", "ada"]);
        assert_eq!(state(), whole);
    }
}

fn signing_out_clears_all(world: &World, kept: impl Fn() -> usize) {
    for (name, damage) in DAMAGES {
        for arguments in [&["signout", "acme"][..], &["signout", "--all"]] {
            println!("{name} {arguments:?}");
            damage(world);
            world.run(arguments).success();
            assert_eq!((kept(), world.sessions().len()), (0, 0));
            world.run(&["token", "acme"]).fails(3, "mycli signin acme");
            world.sign_in(&[]).success();
        }
    }
}

#[test]
fn state_that_is_damaged_or_gone_is_mended_from_files() {
    let world = World::signed_in();
    state_is_mended(&world);
    let secrets = || world.files().values().filter(|text| text.contains("refresh-secret-")).count();
    signing_out_clears_all(&world, secrets);
}

#[test]
fn state_that_is_damaged_or_gone_is_mended_from_the_keyring() {
    let (world, mut gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    state_is_mended(&world);
    signing_out_clears_all(&world, || gnome.items("mycli"));
    // What cannot be read now is said, and mended later.
    let token = world.token();
    fs::write(world.state_file(), "").expect("ours");
    gnome.lock();
    world.run(&["token", "acme"]).fails(7, "locked");
    gnome.kill();
    world.run(&["token", "acme"]).ends_with(7);
    gnome.unlock();
    assert_eq!(world.token(), token);
}

/// A backup of the secrets that is older than the state: the provider takes its refresh token no longer, and what there is
/// to do is said. An older state is mended, see `recovery`.
#[test]
fn a_secret_older_than_its_state_ends_with_what_helps() {
    let world = World::signed_in();
    let old: Vec<_> = world.files().into_iter().filter(|(path, _)| !path.starts_with(world.sandbox.state())).collect();
    world.run(&["token", "acme", "--force-refresh"]).success();
    for (path, text) in old {
        fs::write(path, text).expect("ours");
    }
    assert!(world.token().starts_with("access-secret-"), "its access token is still good");
    world.run(&["token", "acme", "--force-refresh"]).fails(3, "mycli signin acme");
    world.sign_in(&["--force"]).success();
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn a_damaged_state_file_whose_secret_is_damaged_too_is_said_once_and_kept() {
    let (world, state) = damaged_state();
    let id = state.file_stem().expect("a name").to_str().expect("plain").to_owned();
    fs::write(world.sandbox.path(format!("home/.local/share/mycli/secrets/{id}.json")), "{}").expect("ours");
    fs::write(&state, "{\"version\":1,").expect("ours");
    let name = state.to_str().expect("plain");
    let times = |stderr: &str| stderr.matches(name).count();
    let outcome = world.run(&["status"]).success();
    assert!(outcome.stdout.contains("bob"), "{}", outcome.stdout);
    assert_eq!(times(&outcome.stderr), 1, "{}", outcome.stderr);
    world.run(&["token", "other"]).success();
    world.run(&["status", "other"]).success();
    for command in [&["token", "acme"][..], &["status", "acme"], &["signout", "acme"]] {
        println!("{command:?}");
        let outcome = world.run(command).ends_with(7);
        assert_eq!((times(&outcome.stderr), outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    }
    assert_eq!(fs::read_to_string(&state).expect("still there"), "{\"version\":1,");
}

#[test]
fn a_damaged_secret_is_said_once_and_kept() {
    let (world, state) = damaged_state();
    let id = state.file_stem().expect("a name").to_str().expect("plain").to_owned();
    let secret = world.sandbox.path(format!("home/.local/share/mycli/secrets/{id}.json"));
    let text = fs::read_to_string(&secret).expect("ours");
    let broken = text.replace("\\\"tokens\\\"", "\\\"tokns\\\"");
    assert_ne!(broken, text);
    for damage in [broken.as_str(), "access-secret-9", ""] {
        fs::write(&secret, damage).expect("ours");
        let outcome = world.run(&["token", "acme"]).fails(7, "damaged");
        assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.matches("damaged").count(), 1, "{}", outcome.stderr);
        world.run(&["token", "other"]).success();
        world.run(&["status"]).success();
        assert_eq!(fs::read_to_string(&secret).expect("still there"), damage);
    }
    world.run(&["signout", "acme"]).success();
    assert!(!secret.exists());
}

#[test]
fn a_damaged_item_of_the_keyring_is_said_and_mended_by_signing_in_again() {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    let id = world.state_file().file_stem().expect("a name").to_str().expect("plain").to_owned();
    let named = ["service", "mycli", "username", &id, "provider", "acme", "account", "ada"];
    for damage in ["access-secret-9", "{\"version\":1}", ""] {
        gnome.secret_tool(&[&["store", "--label", "damaged"], &named[..]].concat(), damage);
        let outcome = world.run(&["token", "acme"]).fails(7, "damaged");
        assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
        world.run(&["status"]).success();
        world.sign_in(&["--force"]).success();
        assert_eq!(gnome.items("mycli"), 1);
        world.run(&["token", "acme", "--force-refresh"]).success();
    }
}

#[test]
fn files_of_a_later_program_are_exit_2_and_not_rewritten() {
    let (world, state) = damaged_state();
    let newer = edit_json(&state, "version", 99.into());
    for command in [&["token", "acme"][..], &["status", "acme"], &["exec", "acme", "--", "true"]] {
        world.run(command).fails(2, "newer version");
    }
    world.run(&["token", "other"]).success();
    assert_eq!(fs::read_to_string(&state).expect("still there"), newer);
}

#[test]
fn a_secret_that_is_gone_is_not_signed_in() {
    let world = World::signed_in();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    world.run(&["signout", "acme"]).success();
    assert!(world.sessions().is_empty());
    // The state that is left may be damaged as well.
    world.sign_in(&[]).success();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    fs::write(world.state_file(), "").expect("ours");
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    world.run(&["signout", "acme"]).success();
    world.sign_in(&[]).success();
}

#[test]
fn files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::signed_in();
    for (path, _) in world.files() {
        let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        assert_eq!(mode(path.parent().expect("a folder")), 0o700, "{}", path.display());
    }
}

#[test]
fn a_machine_without_a_keyring_is_warned_about_once_and_one_that_had_a_keyring_is_refused() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_STORE");
    let outcome = world.sign_in(&[]).success();
    assert_eq!(outcome.stderr.matches("warning: no keyring").count(), 1, "{}", outcome.stderr);
    assert_eq!(world.run(&["token", "acme"]).success().stderr, "");
    world.run(&["--store", "keyring", "signin", "acme", "--force"]).fails(7, "--store file");
    fs::write(world.sandbox.state().join("keyring.json"), "{\"version\":1}").expect("ours");
    world.run(&["signin", "acme", "--force"]).fails(7, "--store file");
    assert!(world.opened.is_empty());
    world.sign_in(&["--force", "--store", "file"]).success();
}
