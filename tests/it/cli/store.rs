//! `store move`: every secret moves to the other store and is complete at every moment, with a real keyring.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::keyring::GnomeKeyring;
use crate::support::world::{World, edit_json};

/// `ada` in the keyring, `bob` in a file, and a client secret in the keyring.
fn in_both_stores() -> (World, GnomeKeyring) {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    world.set_user("bob");
    world.sign_in(&["--force", "--store", "file"]).success();
    let issuer = world.provider.issuer().to_owned();
    let add = ["providers", "add", "other", "--issuer", &issuer, "--client-id", "web", "--client-secret-stdin"];
    world.sandbox.run_with(&add, "hush-hush").success();
    (world, gnome)
}

fn secret_files(world: &World) -> Vec<PathBuf> {
    let folder = fs::read_dir(world.sandbox.path("home/.local/share/mycli/secrets"));
    let files = folder.into_iter().flatten().map(|entry| entry.expect("a test file").path());
    files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect()
}

fn stores(world: &World) -> Vec<String> {
    world.sessions().iter().map(|one| one["store"].as_str().expect("a word").to_owned()).collect()
}

fn tokens(world: &World) -> [String; 2] {
    ["ada", "bob"].map(|name| world.run(&["token", "acme", "--account", name]).success().stdout)
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn move_to_files_and_back_works_and_frees_the_keyring() {
    let (mut world, mut gnome) = in_both_stores();
    let before = tokens(&world);
    assert_eq!((stores(&world), gnome.items("mycli")), (vec!["keyring".to_owned(), "file".to_owned()], 2));

    let moved = world.run(&["store", "move", "keyring", "--json"]).success().json();
    assert_eq!(moved, json!({"store": "keyring", "moved": [{"provider": "acme", "account": "bob"}], "others": 0}));
    assert_eq!((stores(&world), gnome.items("mycli")), (vec!["keyring".to_owned(); 2], 3));
    assert!(secret_files(&world).is_empty());
    assert_eq!(tokens(&world), before);

    assert_eq!(world.run(&["store", "move", "file"]).success().stdout, "");
    assert_eq!((stores(&world), gnome.items("mycli")), (vec!["file".to_owned(); 2], 0));
    assert_eq!(secret_files(&world).len(), 3);
    assert_eq!(tokens(&world), before);
    world.run(&["store", "move", "file"]).success();

    // The keyring is empty now, so its absence has no effect.
    gnome.kill();
    assert_eq!(tokens(&world), before);
    world.run(&["store", "move", "file"]).success();
    world.set_user("ada");
    world.sign_in(&["--force"]).success();
    world.run(&["store", "move", "keyring"]).fails(7, "no keyring found");
    world.sandbox.unset("DBUS_SESSION_BUS_ADDRESS");
    world.run(&["signout", "--all"]).success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn refresh_after_a_move_spends_no_stale_token() {
    let (world, _gnome) = World::with_keyring();
    world.sign_in(&["--store", "file"]).success();
    let (left, state) = (secret_files(&world).remove(0), world.state_file());
    let copy = world.sandbox.path("home/copy");
    fs::copy(&left, &copy).expect("a test file");
    world.run(&["store", "move", "keyring"]).success();
    world.run(&["token", "acme", "--force-refresh"]).success();
    // State after a move that could not delete its source: both stores have a copy, and the state names the valid one.
    fs::rename(&copy, &left).expect("a test file");
    let moved = fs::read_to_string(&state).expect("a test file");
    edit_json(&state, "store", json!("file"));
    let lock = world.sandbox.state().join("locks").join(state.file_stem().expect("a file has a name"));
    let held = fs::File::options().write(true).open(lock).expect("made before");
    held.lock().expect("a free lock");
    let mut waiting = world.sandbox.start(&["token", "acme", "--force-refresh"]);
    waiting.line(|line| line.contains("that uses the session"));
    fs::write(&state, moved).expect("a test file");
    drop(held);
    waiting.outcome().success();
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn move_to_the_same_store_encrypts_with_a_new_key() {
    let mut world = World::with_two_accounts();
    let before = tokens(&world);
    let outcome = world.run(&["store", "move", "file"]).success();
    assert_eq!(outcome.stderr, "nothing to move: everything is in files\n");
    assert!(secret_files(&world).iter().all(|file| fs::read_to_string(file).is_ok()));
    let key = world.sandbox.path("key");
    let made = world.sandbox.command_of("age-keygen").arg("-o").arg(&key).output().expect("age is installed");
    assert!(made.status.success());
    world.sandbox.set("MYCLI_IDENTITY_FILE", &key);
    world.run(&["store", "move", "file"]).success();
    for file in secret_files(&world) {
        assert!(fs::read(file).expect("a test file").starts_with(b"age-encryption.org/v1\n"));
    }
    assert_eq!(tokens(&world), before);
    assert_eq!(world.run(&["store", "move", "file", "--json"]).success().json()["moved"], json!([]));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn unmovable_session_stays_and_the_rest_moves() {
    let (world, gnome) = in_both_stores();
    world.run(&["store", "move", "file"]).success();
    let state = world.sandbox.state().join("sessions/acme");
    let id = |name: &str| {
        let named =
            |file: &PathBuf| fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("\"name\": \"{name}\"")));
        let mut files = fs::read_dir(&state).expect("a test file").map(|entry| entry.expect("a test file").path());
        files.find(named).expect("there").file_name().expect("a name").to_owned()
    };
    let damaged = world.sandbox.path("home/.local/share/mycli/secrets").join(id("ada"));
    let whole = fs::read(&damaged).expect("a test file");
    fs::write(&damaged, "damaged").expect("a test file");
    world.run(&["store", "move", "keyring"]).fails(7, "is damaged");
    assert_eq!(stores(&world), ["file", "keyring"]);
    assert_eq!(fs::read(&damaged).expect("a test file"), b"damaged");
    fs::write(&damaged, whole).expect("a test file");
    world.run(&["store", "move", "keyring"]).success();
    assert_eq!(stores(&world), ["keyring", "keyring"]);
    assert_eq!(gnome.items("mycli"), 3);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn locked_keyring_moves_nothing() {
    let (world, mut gnome) = in_both_stores();
    let before = tokens(&world);
    let files = world.files();
    gnome.lock();
    for to in ["file", "keyring"] {
        world.run(&["store", "move", to]).ends_with(7);
        assert_eq!(world.files(), files, "{to}");
    }
    gnome.unlock();
    assert_eq!(tokens(&world), before);
    world.run(&["store", "move", "file"]).success();
    assert_eq!(tokens(&world), before);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn lost_sessions_are_listed_again() {
    let (world, _gnome) = in_both_stores();
    let before = tokens(&world);
    fs::remove_dir_all(world.sandbox.state()).expect("it is there");
    world.run(&["store", "move", "keyring"]).success();
    assert_eq!(stores(&world), ["keyring", "keyring"]);
    assert_eq!(tokens(&world), before);
}
