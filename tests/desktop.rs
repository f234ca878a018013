//! KWallet and KeePassXC under Xvfb: what gnome-keyring passes in `keyring.rs`, `many.rs` and `kill.rs`, with the dialogs
//! that gnome-keyring does not have.
#![allow(clippy::disallowed_methods, reason = "a test is a separate program")]

#[allow(dead_code, unused_imports, reason = "this program uses a part")]
mod support;

use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::desktop::{ACCESS_DIALOG, DesktopKeyring, Kind};
use support::fake_provider::TOKEN;
use support::visitor;
use support::world::World;

/// Exit code of a locked keyring.
const LOCKED: i32 = 7;

const REFRESH: [&str; 3] = ["token", "acme", "--force-refresh"];

fn world(keyring: &DesktopKeyring) -> World {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_STORE").set("DBUS_SESSION_BUS_ADDRESS", &keyring.bus.address);
    world
}

/// Adds keys at the top of the configuration.
fn configure(world: &World, top: &str) {
    world.sandbox.configure(&format!("{top}\n{}", world.table("acme", "")));
}

fn signed_in(kind: Kind) -> (World, DesktopKeyring) {
    let keyring = DesktopKeyring::unlocked(kind);
    let world = world(&keyring);
    world.sign_in(&[]).success();
    (world, keyring)
}

fn whole_life(kind: Kind) {
    let (world, _keyring) = signed_in(kind);
    let first = world.token();
    assert_eq!(world.sessions()[0]["store"], "keyring");
    let second = world.run(&REFRESH).success().stdout;
    assert_ne!(first, second);
    assert_eq!(world.token(), second);
    // KWallet misreads one of 512 public values and one of 256 shared values.
    for _ in 0..1000 {
        assert_eq!(world.token(), second);
    }
    world.set_user("bob");
    world.sign_in(&["--force"]).success();
    assert_eq!(world.sessions().len(), 2);
    world.run(&["signout", "--all"]).success();
    assert!(world.sessions().is_empty());
    world.run(&["token", "acme"]).ends_with(3);
}

fn twelve_processes(kind: Kind) {
    let (world, _keyring) = signed_in(kind);
    let before = world.provider.requests_to(TOKEN).len();
    let start = || world.sandbox.start(&["token", "acme", "--min-ttl", "2h"]);
    // A process that starts after the refresh would find its tokens too short-lived and refresh again.
    let held = world.provider.hold(TOKEN);
    let first = start();
    held.wait_for(1);
    let mut others: Vec<_> = (1..12).map(|_| start()).collect();
    for other in &mut others {
        other.line(|line| line.contains("that uses the session"));
    }
    drop(held);
    let all = others.into_iter().chain([first]);
    let outcomes: Vec<_> = all.map(|one| one.outcome().success().stdout).collect();
    assert_eq!(world.provider.requests_to(TOKEN).len(), before + 1);
    assert!(outcomes.iter().all(|token| *token == outcomes[0]));
    assert_eq!(world.token(), outcomes[0]);
}

fn locked(kind: Kind) {
    let (world, keyring) = signed_in(kind);
    let token = world.token();
    keyring.lock();
    let running = world.sandbox.start(&["token", "acme"]);
    keyring.enter_password();
    assert_eq!(running.outcome().success().stdout, token);
    // A sign-in asks before the browser opens.
    keyring.lock();
    let running = world.sandbox.start(&["signin", "acme", "--force"]);
    keyring.enter_password();
    visitor::visit(&world.opened.next_url());
    running.outcome().success();
    // Without a user there is no dialog.
    keyring.lock();
    world.run(&["token", "acme", "--no-input"]).ends_with(LOCKED);
    assert!(!keyring.display.has_dialog(kind.unlock_dialog()));
}

fn dismissed(kind: Kind) {
    let (world, keyring) = signed_in(kind);
    let token = world.token();
    keyring.lock();
    let running = world.sandbox.start(&["token", "acme"]);
    keyring.dismiss();
    running.outcome().fails(LOCKED, "unlock the keyring");
    assert_eq!(world.sessions().len(), 1);
    let running = world.sandbox.start(&["token", "acme"]);
    keyring.enter_password();
    assert_eq!(running.outcome().success().stdout, token);
}

fn ignored(kind: Kind) {
    let (world, keyring) = signed_in(kind);
    configure(&world, "timeouts = { unlock = \"2s\" }");
    keyring.lock();
    let start = Instant::now();
    world.run(&["token", "acme"]).fails(LOCKED, "unlock the keyring");
    world.run(&["signin", "acme", "--force"]).fails(LOCKED, "unlock the keyring");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(world.opened.is_empty(), "a browser was opened");
    configure(&world, "");
    keyring.lock();
    for signal in [Signal::TERM, Signal::INT] {
        let running = world.sandbox.start(&["token", "acme"]);
        keyring.display.await_dialog(kind.unlock_dialog());
        let start = Instant::now();
        running.signal(signal);
        running.outcome();
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}

fn killed(kind: Kind) {
    let (world, mut keyring) = signed_in(kind);
    keyring.lock();
    keyring.unlock();
    // The keyring ends while the provider works.
    let held = world.provider.hold(TOKEN);
    let running = world.sandbox.start(&REFRESH);
    held.wait_for(1);
    keyring.kill();
    drop(held);
    let token = running.outcome().success().stdout;
    keyring.unlock();
    assert_eq!(world.token(), token);
    keyring.lock();
    keyring.unlock();
    assert_eq!(world.token(), token, "not in the keyring again");
    world.run(&REFRESH).success();
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn session_lives_its_whole_life() {
    whole_life(Kind::KWallet);
    whole_life(Kind::KeePassXc);
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn twelve_processes_cause_one_refresh() {
    twelve_processes(Kind::KWallet);
    twelve_processes(Kind::KeePassXc);
}

/// keepassxreboot/keepassxc#12073
#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn locked_keyring_waits_for_the_password() {
    locked(Kind::KWallet);
    locked(Kind::KeePassXc);
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn dismissed_dialog_is_a_locked_keyring() {
    dismissed(Kind::KWallet);
    dismissed(Kind::KeePassXc);
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn ignored_dialog_ends_by_time_or_signal() {
    ignored(Kind::KWallet);
    ignored(Kind::KeePassXc);
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn refresh_survives_a_killed_keyring() {
    killed(Kind::KWallet);
    killed(Kind::KeePassXc);
}

/// keepassxreboot/keepassxc#7571, keepassxreboot/keepassxc#11773
#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn refresh_raises_no_dialog_of_its_own() {
    let (world, keyring) = signed_in(Kind::KeePassXcAsking);
    let running = world.sandbox.start(&REFRESH);
    keyring.display.answer(ACCESS_DIALOG, "", "Return");
    running.outcome().success();
    assert!(!keyring.display.has_dialog(ACCESS_DIALOG));
}

#[test]
#[ignore = "needs KWallet and KeePassXC: .ci/more keyrings"]
fn kwallet_without_ciphers_gets_a_plain_session() {
    let keyring = DesktopKeyring::unlocked(Kind::KWalletWithoutCiphers);
    let world = world(&keyring);
    let said = world.sign_in(&[]).success().stderr;
    assert_eq!(said.matches("does not encrypt tokens on the session bus").count(), 1, "{said}");
    let token = world.run(&REFRESH).success();
    assert_eq!(token.stderr, "");
    assert_eq!(world.token(), token.stdout);
    configure(&world, "keyring_encryption = \"always\"");
    let opened = world.run(&["signin", "acme", "--force"]);
    opened.fails(7, "`keyring_encryption` is `always`");
    assert!(world.opened.is_empty(), "a browser was opened");
    world.run(&["token", "acme"]).fails(7, "`keyring_encryption` is `always`");
}
