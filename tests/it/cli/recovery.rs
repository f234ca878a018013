//! Refreshes whose tokens cannot be saved to their own store: no refresh token is spent if the failure is known before,
//! and no token is lost if it is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::{Signal, kill_process};

use crate::support::keyring::GnomeKeyring;
use crate::support::world::World;

/// `ada` is signed in, with her session in a keyring.
fn in_a_keyring() -> (World, GnomeKeyring) {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    (world, gnome)
}

/// From now on the keyring dies while the provider responds to a refresh.
fn kill_keyring_during_response(world: &World, gnome: &GnomeKeyring) {
    let daemon = gnome.pid();
    world.provider.change_tokens(move |_| _ = kill_process(daemon, Signal::KILL));
}

/// From now on the keyring stays up.
fn keep_keyring_running(world: &World) {
    world.provider.change_tokens(|_| {});
}

/// Files of recovered sessions: on disk, and in memory.
fn recovery_files(world: &World) -> [Vec<PathBuf>; 2] {
    ["home/.local/share/mycli/recovery", "run/mycli/recovery"].map(|place| {
        let files = fs::read_dir(world.sandbox.path(place))
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("a test file").path());
        files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect()
    })
}

fn recovery_counts(world: &World) -> [usize; 2] {
    recovery_files(world).map(|files| files.len())
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn tokens_survive_a_keyring_that_dies_during_refresh() {
    let (world, mut gnome) = in_a_keyring();
    let first = world.token();
    kill_keyring_during_response(&world, &gnome);
    let second = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    assert_ne!(second, first);
    assert_eq!(recovery_counts(&world), [1, 0]);
    let file = recovery_files(&world)[0][0].clone();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));

    // The keyring is still gone: the recovered session is used, and not refreshed, because a new one could not be
    // saved.
    assert_eq!(world.token(), second);
    world.run(&["token", "acme", "--force-refresh"]).fails(7, "no keyring found");
    assert_eq!(world.provider.refreshes(), 1);
    world.run(&["status", "acme"]).success();

    gnome.unlock();
    keep_keyring_running(&world);
    let outcome = world.run(&["token", "acme"]).success();
    assert_eq!((outcome.stdout, outcome.stderr.as_str()), (second.clone(), ""));
    assert_eq!(recovery_counts(&world), [0, 0]);
    assert_eq!(gnome.items("mycli"), 1);
    assert_ne!(world.run(&["token", "acme", "--force-refresh"]).success().stdout, second);
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn required_keyring_recovers_to_memory_only() {
    let (mut world, gnome) = in_a_keyring();
    world.sandbox.set("MYCLI_STORE", "keyring");
    kill_keyring_during_response(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(recovery_counts(&world), [0, 1]);
    // Without a recovery store no unsaved token is printed.
    let (mut world, gnome) = in_a_keyring();
    world.sandbox.set("MYCLI_STORE", "keyring").unset("XDG_RUNTIME_DIR");
    kill_keyring_during_response(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).ends_with(7);
    assert_eq!(recovery_counts(&world), [0, 0]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn recovered_session_is_encrypted_if_a_key_is_set() {
    let (mut world, mut gnome) = in_a_keyring();
    let key = world.sandbox.path("key");
    let made = world.sandbox.command_of("age-keygen").arg("-o").arg(&key).output().expect("age is installed");
    assert!(made.status.success());
    world.sandbox.set("MYCLI_IDENTITY_FILE", &key);
    kill_keyring_during_response(&world, &gnome);
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    let file = recovery_files(&world)[0][0].clone();
    assert!(fs::read(file).expect("a test file").starts_with(b"age-encryption.org/v1\n"));
    gnome.unlock();
    // A spent refresh token must not be sent again because the newer one is unreadable.
    world.sandbox.unset("MYCLI_IDENTITY_FILE");
    world.run(&["token", "acme"]).fails(7, "is encrypted with a key");
    world.sandbox.set("MYCLI_IDENTITY_FILE", &key);
    assert_eq!(world.token(), token);
    assert_eq!(recovery_counts(&world), [0, 0]);
}

#[test]
fn recovered_session_wins_after_the_clock_was_set_back() {
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
    let mut files = fs::read_dir(secrets).expect("a test file").map(|entry| entry.expect("a test file").path());
    let in_the_way = files.find(is_secret).expect("a session").with_extension("json.tmp");
    let place = in_the_way.clone();
    world.provider.change_tokens(move |_| fs::create_dir(&place).expect("nothing is there"));
    let second = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    keep_keyring_running(&world);
    assert_eq!(recovery_counts(&world), [1, 0]);
    assert_eq!(world.run(&["token", "acme"]).success().stdout, second);
    fs::remove_dir(in_the_way).expect("a test file");
    assert_eq!(world.run(&["token", "acme"]).success().stdout, second);
    assert_eq!(recovery_counts(&world), [0, 0]);
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn signout_and_signin_clear_the_recovered_session() {
    let (world, mut gnome) = in_a_keyring();
    kill_keyring_during_response(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    world.run(&["signout", "acme"]).ends_with(7);
    assert_eq!((recovery_counts(&world), world.accounts()), ([1, 0], vec!["ada".to_owned()]));
    gnome.unlock();
    world.run(&["signout", "acme"]).success();
    assert_eq!((recovery_counts(&world), gnome.items("mycli")), ([0, 0], 0));
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");

    keep_keyring_running(&world);
    world.sign_in(&[]).success();
    kill_keyring_during_response(&world, &gnome);
    world.run(&["token", "acme", "--force-refresh"]).success();
    gnome.unlock();
    keep_keyring_running(&world);
    world.sign_in(&["--force"]).success();
    assert_eq!(recovery_counts(&world), [0, 0]);
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn locked_or_restarted_keyring_costs_no_refresh_token() {
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
fn unwritable_files_cost_no_refresh_token() {
    let mut world = World::unprivileged();
    world.sign_in(&[]).success();
    let token = world.token();
    let secrets = world.sandbox.path("home/.local/share/mycli/secrets");
    let allow = |mode| fs::set_permissions(&secrets, fs::Permissions::from_mode(mode)).expect("a test file");
    allow(0o500);
    world.run(&["token", "acme", "--force-refresh"]).fails(7, "ermission denied");
    assert_eq!(world.run(&["token", "acme", "--min-ttl", "9h"]).success().stdout, token);
    assert_eq!((world.provider.refreshes(), recovery_counts(&world)), (0, [0, 0]));
    allow(0o700);
    world.sandbox.set("NO_COLOR", "1");
    assert_ne!(world.run(&["token", "acme", "--force-refresh"]).success().stdout, token);
}

/// Waits for the timeout of the keyring.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn tokens_survive_a_keyring_that_hangs_during_refresh() {
    let (world, gnome) = in_a_keyring();
    let daemon = gnome.pid();
    world.provider.change_tokens(move |_| kill_process(daemon, Signal::STOP).expect("the command runs"));
    let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(recovery_counts(&world), [1, 0]);
    kill_process(daemon, Signal::CONT).expect("it is there");
    keep_keyring_running(&world);
    assert_eq!(world.token(), outcome.stdout);
    assert_eq!((recovery_counts(&world), gnome.items("mycli")), ([0, 0], 1));
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
fn tokens_survive_unwritable_files_during_refresh() {
    let world = World::unprivileged();
    world.sign_in(&[]).success();
    let data = world.sandbox.path("home/.local/share/mycli");
    // Room next to the secrets, or only in memory.
    for (closed, recovery_files) in
        [(vec![data.join("secrets")], [1, 0]), (vec![data.join("secrets"), data.clone()], [0, 1])]
    {
        let places = closed.clone();
        world.provider.change_tokens(move |_| places.iter().for_each(|place| allow(place, 0o500)));
        let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
        assert_eq!(recovery_counts(&world), recovery_files);
        closed.iter().for_each(|place| allow(place, 0o700));
        keep_keyring_running(&world);
        assert_eq!(world.token(), outcome.stdout);
        assert_eq!(recovery_counts(&world), [0, 0]);
        world.run(&["token", "acme", "--force-refresh"]).success();
        fs::remove_dir_all(data.join("recovery")).ok();
    }
    assert_eq!(world.provider.refreshes(), 4);
}

fn allow(place: &std::path::Path, mode: u32) {
    fs::set_permissions(place, fs::Permissions::from_mode(mode)).expect("a test file");
}

#[test]
fn state_older_than_its_session_is_repaired_on_use() {
    let world = World::signed_in();
    let (state, old) = (world.state_file(), fs::read(world.state_file()).expect("a test file"));
    world.provider.set_expires_in(7777);
    world.run(&["token", "acme", "--force-refresh"]).success();
    let new = fs::read(&state).expect("a test file");
    assert_ne!(new, old);
    fs::write(&state, old).expect("a test file");
    world.token();
    assert_eq!(fs::read(&state).expect("a test file"), new);
}

/// Small private disk, in a namespace where any user may mount one.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs user namespaces: --features real")]
fn full_disk_costs_no_refresh_token() {
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
    let output = unshare.output().expect("unshare is installed");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    for line in ["full", "No space left on device", "refused with 7", "still there", "renewed", "kept"] {
        assert!(said.contains(line), "no `{line}` in:\n{said}");
    }
    assert!(output.status.success(), "{said}");
}
