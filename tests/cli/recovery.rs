//! A refresh whose tokens cannot be kept where they belong: nothing is spent where that can be known before, and nothing
//! is lost where it cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::{Signal, kill_process};

use crate::support::keyring::GnomeKeyring;
use crate::world::World;

/// Where `ada` is signed in, her session in a keyring.
fn in_a_keyring() -> (World, GnomeKeyring) {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    (world, gnome)
}

/// From now on the keyring dies while the provider answers a refresh.
fn die_at_the_answer(world: &World, gnome: &GnomeKeyring) {
    let daemon = gnome.pid();
    world.provider.change_tokens(move |_| _ = kill_process(daemon, Signal::KILL));
}

/// From now on it does not.
fn answer_quietly(world: &World) {
    world.provider.change_tokens(|_| {});
}

/// The files of sessions that are set aside: those that last, and those in memory.
fn aside(world: &World) -> [Vec<PathBuf>; 2] {
    ["home/.local/share/mycli/recovery", "run/mycli/recovery"].map(|place| {
        let files =
            fs::read_dir(world.sandbox.path(place)).into_iter().flatten().map(|entry| entry.expect("ours").path());
        files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect()
    })
}

fn counts(world: &World) -> [usize; 2] {
    aside(world).map(|files| files.len())
}

#[test]
fn tokens_that_come_while_the_keyring_dies_are_printed_set_aside_and_moved_home() {
    let (world, mut gnome) = in_a_keyring();
    let first = world.token();
    die_at_the_answer(&world, &gnome);
    let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
    assert!(
        outcome.stderr.contains("warning: the session of `acme` was refreshed and is set aside"),
        "{}",
        outcome.stderr
    );
    let second = outcome.stdout;
    assert_ne!(second, first);
    assert_eq!(counts(&world), [1, 0]);
    let file = aside(&world)[0][0].clone();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));

    // The keyring is still away: what was set aside serves, and is not refreshed, because that could not be kept.
    let outcome = world.run(&["token", "acme"]).success();
    assert_eq!(outcome.stdout, second);
    assert!(outcome.stderr.contains("warning: the session of `acme` is still set aside"), "{}", outcome.stderr);
    world.run(&["token", "acme", "--force-refresh"]).fails(7, "no keyring found");
    assert_eq!(world.provider.refreshes(), 1);
    world.run(&["status", "acme"]).success();

    gnome.unlock();
    answer_quietly(&world);
    let outcome = world.run(&["token", "acme"]).success();
    assert_eq!((outcome.stdout, outcome.stderr.as_str()), (second.clone(), ""));
    assert_eq!(counts(&world), [0, 0]);
    assert_eq!(gnome.items("mycli"), 1);
    assert_ne!(world.run(&["token", "acme", "--force-refresh"]).success().stdout, second);
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
fn where_a_keyring_is_demanded_the_session_is_set_aside_in_memory_only() {
    let (mut world, gnome) = in_a_keyring();
    world.sandbox.set("MYCLI_STORE", "keyring");
    die_at_the_answer(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(counts(&world), [0, 1]);
    // Without such a place nothing is printed that is not kept.
    let (mut world, gnome) = in_a_keyring();
    world.sandbox.set("MYCLI_STORE", "keyring").unset("XDG_RUNTIME_DIR");
    die_at_the_answer(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).ends_with(7);
    assert_eq!(counts(&world), [0, 0]);
}

#[test]
fn a_session_set_aside_is_encrypted_where_a_key_is_set() {
    let (mut world, mut gnome) = in_a_keyring();
    let key = world.sandbox.path("key");
    let made = world.sandbox.command_of("age-keygen").arg("-o").arg(&key).output().expect("age is installed");
    assert!(made.status.success());
    world.sandbox.set("MYCLI_IDENTITY_FILE", &key);
    die_at_the_answer(&world, &gnome);
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    let file = aside(&world)[0][0].clone();
    assert!(fs::read(file).expect("ours").starts_with(b"age-encryption.org/v1\n"));
    gnome.unlock();
    // What the provider has spent must not be sent again because the newer one cannot be read.
    world.sandbox.unset("MYCLI_IDENTITY_FILE");
    world.run(&["token", "acme"]).fails(7, "is encrypted with a key");
    world.sandbox.set("MYCLI_IDENTITY_FILE", &key);
    assert_eq!(world.token(), token);
    assert_eq!(counts(&world), [0, 0]);
}

#[test]
fn what_was_set_aside_counts_though_the_clock_was_set_back() {
    let world = World::signed_in();
    world.edit_files(|text| {
        let mut document: serde_json::Value = serde_json::from_str(text).ok()?;
        let mut session: serde_json::Value = serde_json::from_str(document.get("secret")?.as_str()?).ok()?;
        session["tokens"]["received_at"] = "2126-01-01T00:00:00Z".into();
        document["secret"] = session.to_string().into();
        Some(document.to_string())
    });
    let secrets = world.sandbox.path("home/.local/share/mycli/secrets");
    let is_secret = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let mut files = fs::read_dir(secrets).expect("ours").map(|entry| entry.expect("ours").path());
    let in_the_way = files.find(is_secret).expect("a session").with_extension("json.tmp");
    let place = in_the_way.clone();
    world.provider.change_tokens(move |_| fs::create_dir(&place).expect("nothing is there"));
    let second = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    answer_quietly(&world);
    assert_eq!(counts(&world), [1, 0]);
    assert_eq!(world.run(&["token", "acme"]).success().stdout, second);
    fs::remove_dir(in_the_way).expect("ours");
    assert_eq!(world.run(&["token", "acme"]).success().stdout, second);
    assert_eq!(counts(&world), [0, 0]);
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn signing_out_clears_what_was_set_aside_and_a_new_sign_in_replaces_it() {
    let (world, mut gnome) = in_a_keyring();
    die_at_the_answer(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    world.run(&["signout", "acme"]).ends_with(7);
    assert_eq!((counts(&world), world.accounts()), ([1, 0], vec!["ada".to_owned()]));
    gnome.unlock();
    world.run(&["signout", "acme"]).success();
    assert_eq!((counts(&world), gnome.items("mycli")), ([0, 0], 0));
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");

    answer_quietly(&world);
    world.sign_in(&[]).success();
    die_at_the_answer(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    gnome.unlock();
    answer_quietly(&world);
    world.sign_in(&["--force"]).success();
    assert_eq!(counts(&world), [0, 0]);
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn a_keyring_that_is_locked_or_restarted_between_two_steps_costs_no_refresh_token() {
    let (world, mut gnome) = in_a_keyring();
    let token = world.token();
    gnome.lock();
    world.run(&["token", "acme"]).ends_with(7);
    world.run(&["token", "acme", "--force-refresh"]).ends_with(7);
    assert_eq!(world.provider.refreshes(), 0);
    gnome.unlock();
    assert_eq!(world.token(), token);
    for _ in 0..3 {
        world.run(&["token", "acme", "--force-refresh"]).success();
        gnome.unlock();
    }
    assert_eq!(world.provider.refreshes(), 3);
}

#[test]
fn files_that_cannot_be_written_cost_no_refresh_token_and_a_valid_token_is_printed() {
    let mut world = World::unprivileged();
    world.sign_in(&[]).success();
    let token = world.token();
    let secrets = world.sandbox.path("home/.local/share/mycli/secrets");
    let allow = |mode| fs::set_permissions(&secrets, fs::Permissions::from_mode(mode)).expect("ours");
    allow(0o500);
    world.run(&["token", "acme", "--force-refresh"]).fails(7, "ermission denied");
    let outcome = world.run(&["token", "acme", "--min-ttl", "9h"]).success();
    assert_eq!(outcome.stdout, token);
    assert!(
        outcome.stderr.contains("warning: the token is still valid, but could not be refreshed"),
        "{}",
        outcome.stderr
    );
    assert_eq!((world.provider.refreshes(), counts(&world)), (0, [0, 0]));
    allow(0o700);
    world.sandbox.set("NO_COLOR", "1");
    assert_ne!(world.run(&["token", "acme", "--force-refresh"]).success().stdout, token);
}

/// The time-out of the keyring is waited for.
#[test]
fn tokens_that_come_while_the_keyring_hangs_are_printed_set_aside_and_moved_home() {
    let (world, gnome) = in_a_keyring();
    let daemon = gnome.pid();
    world.provider.change_tokens(move |_| kill_process(daemon, Signal::STOP).expect("it runs"));
    let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
    assert!(outcome.stderr.contains("is set aside"), "{}", outcome.stderr);
    assert_eq!(counts(&world), [1, 0]);
    kill_process(daemon, Signal::CONT).expect("it is there");
    answer_quietly(&world);
    assert_eq!(world.token(), outcome.stdout);
    assert_eq!((counts(&world), gnome.items("mycli")), ([0, 0], 1));
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
fn tokens_that_come_while_files_cannot_be_written_are_printed_set_aside_and_moved_home() {
    let world = World::unprivileged();
    world.sign_in(&[]).success();
    let data = world.sandbox.path("home/.local/share/mycli");
    // Beside the secrets there is room, or nowhere but in memory.
    for (closed, aside) in [(vec![data.join("secrets")], [1, 0]), (vec![data.join("secrets"), data.clone()], [0, 1])] {
        let places = closed.clone();
        world.provider.change_tokens(move |_| places.iter().for_each(|place| allow(place, 0o500)));
        let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
        assert!(outcome.stderr.contains("is set aside"), "{}", outcome.stderr);
        assert_eq!(counts(&world), aside);
        closed.iter().for_each(|place| allow(place, 0o700));
        answer_quietly(&world);
        assert_eq!(world.token(), outcome.stdout);
        assert_eq!(counts(&world), [0, 0]);
        world.run(&["token", "acme", "--force-refresh"]).success();
        fs::remove_dir_all(data.join("recovery")).ok();
    }
    assert_eq!(world.provider.refreshes(), 4);
}

fn allow(place: &std::path::Path, mode: u32) {
    fs::set_permissions(place, fs::Permissions::from_mode(mode)).expect("ours");
}

#[test]
fn a_state_file_older_than_its_session_is_mended_when_the_session_is_used() {
    let world = World::signed_in();
    let (state, old) = (world.state_file(), fs::read(world.state_file()).expect("ours"));
    world.provider.set_expires_in(7777);
    world.run(&["token", "acme", "--force-refresh"]).success();
    let new = fs::read(&state).expect("ours");
    assert_ne!(new, old);
    fs::write(&state, old).expect("ours");
    world.token();
    assert_eq!(fs::read(&state).expect("ours"), new);
}

/// A small disk of the program's own, in a namespace where whoever runs the test may mount one.
#[test]
fn a_full_disk_costs_no_refresh_token() {
    let world = World::unprivileged();
    let script = r#"
        set -eu
        mount -t tmpfs -o size=256k,mode=700 small "$HOME/.local"
        "$MYCLI" signin demo --no-input --store file 2>&1
        before=$("$MYCLI" token demo)
        cat /dev/zero > "$HOME/.local/filling" 2>/dev/null || echo full
        code=0; "$MYCLI" token demo --force-refresh 2>&1 || code=$?
        echo "refused with $code"
        [ "$("$MYCLI" token demo)" = "$before" ] && echo "still there"
        "$MYCLI" status demo
        rm "$HOME/.local/filling"
        after=$("$MYCLI" token demo --force-refresh)
        [ "$after" != "$before" ] && echo "renewed"
        [ "$("$MYCLI" token demo)" = "$after" ] && echo "kept"
    "#;
    let mut unshare = world.sandbox.command_of("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).env("MYCLI", world.sandbox.program());
    let output = unshare.output().expect("unshare is there");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    for line in ["full", "No space left on device", "refused with 7", "still there", "renewed", "kept"] {
        assert!(said.contains(line), "no `{line}` in:\n{said}");
    }
    assert!(output.status.success(), "{said}");
}
