//! Damaged files and files of a newer version: reported once, other sessions work, nothing is deleted.

use std::fs;

use serde_json::json;

use crate::support::fake_provider::REVOKE;
use crate::support::world::{World, edit_json};

fn damaged_state() -> (World, std::path::PathBuf) {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sign_in(&[]).success();
    let state = world.state_file();
    world.set_user("bob");
    world.sign_in_at("other", &[]).success();
    (world, state)
}

/// Damage to the state while the secret stays.
type Damage = (&'static str, fn(&World));

const DAMAGES: [Damage; 4] = [
    ("half a file", |world| fs::write(world.state_file(), "{\"version\":1,").expect("a test file")),
    ("an empty file", |world| fs::write(world.state_file(), "").expect("a test file")),
    ("no file", |world| fs::remove_file(world.state_file()).expect("a test file")),
    ("no state at all", |world| fs::remove_dir_all(world.sandbox.state()).expect("a test file")),
];

/// Each command repairs the state by itself, and then works as usual.
fn assert_state_is_repaired(world: &World) {
    let state = || {
        let sessions = world.sandbox.state().join("sessions");
        world.files().into_iter().filter(move |(path, _)| path.starts_with(&sessions)).collect::<Vec<_>>()
    };
    let (whole, token) = (state(), world.token());
    for (name, damage) in DAMAGES {
        println!("{name}");
        let repaired = |arguments: &[&str]| {
            damage(world);
            let outcome = world.run(arguments).success();
            assert_eq!(outcome.stderr, "", "{arguments:?}");
            assert!(world.state_file().exists());
            outcome.stdout
        };
        assert_eq!(repaired(&["token", "acme"]), token);
        assert_eq!(repaired(&["token"]), token);
        assert_eq!(repaired(&["status"]), repaired(&["status", "acme"]));
        assert_eq!(repaired(&["exec", "acme", "--", "printenv", "ACCESS_TOKEN"]), token);
        repaired(&["token", "acme", "--account", "ada"]);
        assert_eq!(state(), whole);
    }
}

fn assert_signout_clears_all(world: &World, kept: impl Fn() -> usize) {
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
fn damaged_or_missing_state_is_repaired_from_files() {
    let world = World::signed_in();
    assert_state_is_repaired(&world);
    let secrets = || world.files().values().filter(|text| text.contains("refresh-secret-")).count();
    assert_signout_clears_all(&world, secrets);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn damaged_or_missing_state_is_repaired_from_the_keyring() {
    let (world, mut gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    assert_state_is_repaired(&world);
    assert_signout_clears_all(&world, || gnome.items("mycli"));
    // An unreadable secret is reported now and repaired later.
    let token = world.token();
    fs::write(world.state_file(), "").expect("a test file");
    gnome.lock();
    world.run(&["token", "acme"]).fails(7, "locked");
    gnome.kill();
    world.run(&["token", "acme"]).ends_with(7);
    gnome.unlock();
    assert_eq!(world.token(), token);
}

/// Restored secrets that are older than the state: the provider rejects the refresh token, and the hint says what to
/// do. Older state is repaired, see `recovery`.
#[test]
fn secret_older_than_its_state_fails_with_a_hint() {
    let world = World::signed_in();
    let old: Vec<_> = world.files().into_iter().filter(|(path, _)| !path.starts_with(world.sandbox.state())).collect();
    world.run(&["token", "acme", "--force-refresh"]).success();
    for (path, text) in old {
        fs::write(path, text).expect("a test file");
    }
    assert!(world.token().starts_with("access-secret-"), "its access token is still good");
    world.run(&["token", "acme", "--force-refresh"]).fails(3, "mycli signin acme");
    world.sign_in(&["--force"]).success();
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn damaged_state_and_secret_are_reported_once_and_kept() {
    let (world, state) = damaged_state();
    let id = state.file_stem().expect("a name").to_str().expect("plain").to_owned();
    fs::write(world.sandbox.path(format!("home/.local/share/mycli/secrets/{id}.json")), "{}").expect("a test file");
    fs::write(&state, "{\"version\":1,").expect("a test file");
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
fn damaged_secret_is_reported_once_and_kept() {
    let (world, state) = damaged_state();
    let id = state.file_stem().expect("a name").to_str().expect("plain").to_owned();
    let secret = world.sandbox.path(format!("home/.local/share/mycli/secrets/{id}.json"));
    let text = fs::read_to_string(&secret).expect("a test file");
    let broken = text.replace("\\\"tokens\\\"", "\\\"tokns\\\"");
    assert_ne!(broken, text);
    for damage in [broken.as_str(), "access-secret-9", ""] {
        fs::write(&secret, damage).expect("a test file");
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
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn damaged_keyring_item_is_repaired_by_signin() {
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
fn newer_files_are_exit_2_and_not_rewritten() {
    let (world, state) = damaged_state();
    let newer = edit_json(&state, "version", 99.into());
    for command in [&["token", "acme"][..], &["status", "acme"], &["exec", "acme", "--", "true"]] {
        world.run(command).fails(2, "newer version");
    }
    world.run(&["token", "other"]).success();
    assert_eq!(fs::read_to_string(&state).expect("still there"), newer);
}

#[test]
fn missing_secret_is_not_signed_in() {
    let world = World::signed_in();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    world.run(&["signout", "acme"]).success();
    assert!(world.sessions().is_empty());
    // The remaining state may be damaged as well.
    world.sign_in(&[]).success();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    fs::write(world.state_file(), "").expect("a test file");
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    world.run(&["signout", "acme"]).success();
    world.sign_in(&[]).success();
}

/// The state files alone would claim a session for ever.
#[test]
fn lost_tokens_lead_to_a_new_sign_in() {
    let world = World::signed_in();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    world.run(&["status", "acme", "--check"]).fails(3, "mycli signin acme");
    let outcome = world.sign_in(&[]).success();
    assert!(outcome.stderr.contains("no usable tokens"), "{}", outcome.stderr);
    world.run(&["token", "acme"]).success();
    world.run(&["signin", "acme"]).success();
}

/// Over SSH, or before the desktop has started: the tokens are where they were.
#[test]
fn keyring_out_of_reach_is_not_called_lost_tokens() {
    let world = World::signed_in();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    edit_json(&world.state_file(), "store", json!("keyring"));
    fs::write(world.sandbox.state().join("keyring.json"), r#"{"version":1}"#).expect("a test file");
    let commands: [(&[&str], i32); 9] = [
        (&["--store", "auto", "signin", "acme"], 7),
        (&["--store", "keyring", "signin", "acme"], 7),
        (&["token", "acme"], 7),
        (&["exec", "acme", "--", "true"], 7),
        (&["status", "acme", "--check"], 7),
        (&["signout", "acme"], 7),
        (&["signout", "acme", "--revoke"], 7),
        (&["--store", "auto", "doctor", "acme"], 1),
        (&["doctor", "acme"], 1),
    ];
    for (command, code) in commands {
        let outcome = world.run(command).ends_with(code);
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("no keyring found"), "{command:?}: {said}");
        for wrong in ["no usable", "not signed in", "lost", "no tokens", "signing in again"] {
            assert!(!said.contains(wrong), "{command:?}: {said}");
        }
    }
    assert_eq!(world.run(&["status"]).success().stdout.matches("keyring").count(), 1);
    // New sessions go to files.
    let said = world.sign_in(&[]).success().stderr;
    assert!(said.contains("the store with the tokens of `ada` at `acme` is out of reach (no keyring found"), "{said}");
    world.run(&["token", "acme"]).success();
}

#[test]
fn revocation_of_lost_tokens_is_no_failure() {
    let world = World::signed_in();
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    let outcome = world.run(&["signout", "acme", "--revoke"]).success();
    assert!(outcome.stderr.contains("revoked nothing"), "{}", outcome.stderr);
    assert!(world.sessions().is_empty());
    assert!(world.provider.requests_to(REVOKE).is_empty());
    // Damaged tokens may still be valid.
    world.sign_in(&[]).success();
    let (secrets, _) = world
        .files()
        .into_iter()
        .find(|(path, _)| path.parent().is_some_and(|at| at.ends_with("secrets")))
        .expect("a file");
    fs::write(secrets, "{}").expect("a test file");
    world.run(&["signout", "acme", "--revoke"]).ends_with(6);
}

#[test]
fn missing_keyring_warns_once_and_fails_if_used_before() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_STORE");
    let outcome = world.sign_in(&[]).success();
    assert_eq!(outcome.stderr.matches("warning: no keyring").count(), 1, "{}", outcome.stderr);
    assert_eq!(world.run(&["token", "acme"]).success().stderr, "");
    world.run(&["--store", "keyring", "signin", "acme", "--force"]).fails(7, "--store file");
    fs::write(world.sandbox.state().join("keyring.json"), "{\"version\":1}").expect("a test file");
    world.run(&["signin", "acme", "--force"]).fails(7, "--store file");
    assert!(world.opened.is_empty());
    world.sign_in(&["--force", "--store", "file"]).success();
}
