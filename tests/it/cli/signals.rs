//! SIGINT, SIGTERM and SIGHUP during a refresh: a response in flight is stored before the program ends.

use std::fs::File;
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};

use crate::support::fake_provider::{KEYS, Response, TOKEN};
use crate::support::keyring::GnomeKeyring;
use crate::support::world::World;
use crate::support::{Running, visitor};

const ENDING: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

/// Starts a refresh whose response is held back until `meanwhile` has run.
fn answered_refresh<T>(world: &World, meanwhile: impl FnOnce() -> T) -> (Running, T) {
    let held = world.provider.hold(TOKEN);
    let refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
    held.wait_for(1);
    let meanwhile = meanwhile();
    drop(held);
    world.provider.wait_until_idle();
    (refresh, meanwhile)
}

/// Asserts that the refresh ended by a signal, or printed a token that it had stored before, and that the session still
/// works.
#[track_caller]
fn assert_session_survives(world: &World, refresh: Running) {
    let outcome = refresh.outcome();
    match outcome.code {
        0 => assert!(outcome.stdout.starts_with("access-secret-"), "{outcome:?}"),
        code => {
            assert!(ENDING.iter().any(|signal| code == 128 + signal.as_raw()), "{outcome:?}");
            assert_eq!(outcome.stdout, "");
        }
    }
    let outcome = world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(outcome.stderr, "");
}

/// `nohup` ignores SIGHUP, and a shell without job control SIGINT for what it starts in the background.
#[test]
fn signals_ignored_by_the_parent_stay_ignored() {
    let world = World::signed_in();
    let ignoring = |arguments: &[&str]| {
        let mut shell = world.sandbox.command_of("sh");
        shell.args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_mycli")]).args(arguments);
        Running::spawn(shell)
    };
    let command = "kill -HUP $$; kill -INT $$; kill -HUP $PPID; kill -INT $PPID; echo alive";
    let outcome = ignoring(&["exec", "acme", "--", "sh", "-c", command]).outcome().success();
    assert_eq!(outcome.stdout, "alive\n");

    let mut signin = ignoring(&["signin", "acme", "--force", "--no-open"]);
    let start = signin.wait_for_url("/start?k=");
    signin.signal(Signal::HUP);
    signin.signal(Signal::INT);
    visitor::visit(&start);
    signin.outcome().success();
    let mut signin = ignoring(&["signin", "acme", "--force", "--no-open"]);
    signin.wait_for_url("/start?k=");
    signin.signal(Signal::TERM);
    signin.outcome().ends_with(143);
}

/// Another process holds the lock of a session while a sign-in to it ends: Ctrl-C was deaf for 23 seconds, and the redeemed
/// code was lost.
#[test]
fn signal_ends_the_wait_for_a_lock_and_keeps_the_tokens() {
    let world = World::signed_in();
    let locks = world.sandbox.state().join("locks");
    for signal in ENDING {
        let before = world.run(&["token", "acme"]).success().stdout;
        let held: Vec<File> = std::fs::read_dir(&locks)
            .expect("made by the sign-in")
            .map(|file| File::options().write(true).open(file.expect("readable").path()).expect("ours"))
            .collect();
        held.iter().for_each(|file| file.lock().expect("the lock is free"));
        let mut signin = world.sandbox.start(&["signin", "acme", "--force", "--no-open"]);
        let start = signin.wait_for_url("/start?k=");
        let browser = std::thread::spawn(move || visitor::visit(&start));
        signin.line(|line| line.contains("that uses the session"));
        let started = Instant::now();
        signin.signal(signal);
        signin.outcome().ends_with(128 + signal.as_raw());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        let _ = browser.join();
        drop(held);
        let after = world.run(&["token", "acme"]).success().stdout;
        assert_ne!(after, before, "the tokens of the new sign-in are used");
        world.run(&["token", "acme", "--force-refresh"]).success();
    }
}

/// A stopped process holds the lock of the state files, or that of the file store: the wait was silent, and Ctrl-C was deaf
/// for 19 seconds.
#[test]
fn signal_ends_the_wait_for_files_and_keeps_the_tokens() {
    for lock in ["home/.local/state/mycli/lock", "home/.local/share/mycli/secrets/lock"] {
        let world = World::signed_in();
        let lock = File::options().write(true).open(world.sandbox.path(lock)).expect("made by the sign-in");
        let is_announced = |line: &str| {
            let holder = format!("waiting for process {} (", std::process::id());
            line.starts_with(&holder) && line.contains("that holds the lock `") && line.contains("(up to 8s)")
        };
        let ends_soon = |mut process: Running| {
            process.line(is_announced);
            let started = Instant::now();
            process.signal(Signal::INT);
            let outcome = process.outcome();
            assert!(outcome.code == 0 || outcome.code == 130, "{outcome:?}");
            assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        };
        let before = world.run(&["token", "acme"]).success().stdout;
        let (refresh, ()) = answered_refresh(&world, || lock.lock().expect("the lock is free"));
        ends_soon(refresh);
        let refreshed = world.run(&["token", "acme"]).success().stdout;
        assert_ne!(refreshed, before, "the refreshed tokens are used");
        lock.unlock().expect("held");

        world.run(&["signout", "acme"]).success();
        let mut signin = world.sandbox.start(&["signin", "acme", "--no-open"]);
        let start = signin.wait_for_url("/start?k=");
        lock.lock().expect("the lock is free");
        let browser = std::thread::spawn(move || visitor::visit(&start));
        ends_soon(signin);
        let _ = browser.join();
        lock.unlock().expect("held");
        let signed_in = world.run(&["token", "acme"]).success().stdout;
        assert_ne!(signed_in, refreshed, "the tokens of the new sign-in are used");
        world.run(&["token", "acme", "--force-refresh"]).success();
        world.run(&["signout", "acme"]).success();
        world.run(&["token", "acme"]).ends_with(3);
    }
}

#[test]
fn signal_ends_the_wait_for_keys() {
    let world = World::new();
    world.provider.respond_with(KEYS, Response::Silence);
    let mut signin = world.sandbox.start(&["signin", "acme", "--no-open"]);
    let start = signin.wait_for_url("/start?k=");
    let browser = std::thread::spawn(move || visitor::visit(&start));
    while world.provider.requests_to(KEYS).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let started = Instant::now();
    signin.signal(Signal::INT);
    signin.outcome().ends_with(130);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let _ = browser.join();
}

#[test]
fn signal_waits_for_the_response() {
    let world = World::signed_in();
    for signal in ENDING {
        let held = world.provider.hold(TOKEN);
        let refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
        held.wait_for(1);
        refresh.signal(signal);
        drop(held);
        assert_session_survives(&world, refresh);
    }
}

#[test]
fn signal_does_not_wait_long_for_a_response() {
    let world = World::signed_in();
    world.provider.respond_with(TOKEN, Response::Silence);
    let refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
    while world.provider.refreshes() == 0 {
        std::thread::yield_now();
    }
    let start = Instant::now();
    refresh.signal(Signal::INT);
    refresh.outcome().ends_with(130);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    world.provider.respond_normally(TOKEN);
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn session_survives_signal_while_files_are_slow() {
    let world = World::signed_in();
    let lock = world.sandbox.path("home/.local/share/mycli/secrets/lock");
    for signal in ENDING {
        let (refresh, lock) = answered_refresh(&world, || {
            let lock = File::options().write(true).open(&lock).expect("made by the sign-in");
            lock.lock().expect("the lock is free");
            lock
        });
        for signal in [signal, Signal::HUP, Signal::INT] {
            refresh.signal(signal);
        }
        drop(lock);
        assert_session_survives(&world, refresh);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn session_survives_signal_while_keyring_is_slow() {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    for signal in ENDING {
        let (refresh, ()) = answered_refresh(&world, || stop(&gnome));
        refresh.signal(signal);
        kill_process(gnome.pid(), Signal::CONT).expect("it is there");
        assert_session_survives(&world, refresh);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn session_survives_a_stopped_refresh() {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    for is_answered in [false, true] {
        let held = world.provider.hold(TOKEN);
        let refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
        held.wait_for(1);
        stop(&gnome);
        if is_answered {
            drop(held);
            world.provider.wait_until_idle();
            refresh.signal(Signal::STOP);
        } else {
            refresh.signal(Signal::STOP);
            drop(held);
            world.provider.wait_until_idle();
        }
        kill_process(gnome.pid(), Signal::CONT).expect("it is there");
        refresh.signal(Signal::CONT);
        assert!(refresh.outcome().success().stdout.starts_with("access-secret-"));
        world.run(&["token", "acme", "--force-refresh"]).success();
    }
}

fn stop(gnome: &GnomeKeyring) {
    kill_process(gnome.pid(), Signal::STOP).expect("it is there");
}
