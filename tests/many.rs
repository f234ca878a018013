//! Many processes and one session: the provider sees one refresh, and whatever else happens to the session meanwhile,
//! it is never brought back, lost or left incomplete.

#[allow(dead_code, unused_imports, reason = "this program uses a part")]
mod support;

use std::fs::File;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use support::fake_provider::{Response, TOKEN};
use support::world::World;
use support::{Outcome, PATIENCE, Running, visitor};

/// Number of processes that a user with many scripts may run at once.
const MANY: usize = 200;

/// Starts `count` processes and waits for all of them.
fn all(world: &World, count: usize, arguments: &[&str]) -> Vec<Outcome> {
    let running: Vec<Running> = (0..count).map(|_| world.sandbox.start(arguments)).collect();
    running.into_iter().map(Running::outcome).collect()
}

/// Waits for a change made by another process.
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Holds the lock of the only session, as another process would.
fn held_lock(world: &World) -> File {
    let id = world.state_file().file_stem().expect("a file has a name").to_owned();
    let lock = File::options().write(true).open(world.sandbox.state().join("locks").join(id)).expect("made before");
    lock.lock().expect("a free lock");
    lock
}

/// The session can be refreshed: nothing was lost.
#[track_caller]
fn is_alive(world: &World) {
    world.run(&["token", "acme", "--force-refresh"]).success();
}

/// Nothing of the session is left.
#[track_caller]
fn is_gone(world: &World) {
    assert_eq!(world.sessions(), Vec::<Value>::new());
    world.run(&["token", "acme"]).fails(3, "not signed in");
    assert!(world.files().values().all(|text| !text.contains("-secret-")), "a secret is left: {:?}", world.files());
}

#[test]
fn two_hundred_processes_cause_one_refresh() {
    let world = World::signed_in();
    world.expire();
    let outcomes = all(&world, MANY, &["token", "acme"]);
    let tokens: Vec<String> = outcomes.into_iter().map(|outcome| outcome.success().stdout).collect();
    assert_eq!(world.provider.refreshes(), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    is_alive(&world);
}

#[test]
fn two_hundred_processes_try_a_down_provider_once() {
    let world = World::signed_in();
    world.expire();
    world.provider.respond_with(TOKEN, Response::html(503, "later"));
    let held = world.provider.hold(TOKEN);
    let first = world.sandbox.start(&["token", "acme"]);
    held.wait_for(1);
    let mut others: Vec<Running> = (1..MANY).map(|_| world.sandbox.start(&["token", "acme"])).collect();
    for other in &mut others {
        other.line(|line| line.contains("that uses the session for `ada` at `acme`"));
    }
    drop(held);
    for one in others.into_iter().chain([first]) {
        one.outcome().fails(6, "returned 503");
    }
    assert_eq!(world.provider.refreshes(), 1);
    world.provider.respond_normally(TOKEN);
    is_alive(&world);
}

#[test]
fn signout_waits_for_a_refresh_and_stays_signed_out() {
    let world = World::signed_in();
    world.expire();
    let held = world.provider.hold(TOKEN);
    let token = world.sandbox.start(&["token", "acme"]);
    held.wait_for(1);
    let mut signout = world.sandbox.start(&["signout", "acme"]);
    let said = signout.line(|line| line.contains("waiting"));
    assert!(said.contains("that uses the session for `ada` at `acme`") && said.contains("up to 58s"), "{said}");
    drop(held);
    assert!(token.outcome().success().stdout.starts_with("access-secret-"));
    signout.outcome().success();
    is_gone(&world);
}

#[test]
fn signout_during_many_refreshes_leaves_nothing_partial() {
    let world = World::signed_in();
    world.expire();
    let mut running: Vec<Running> = (0..40).map(|_| world.sandbox.start(&["token", "acme"])).collect();
    running.insert(20, world.sandbox.start(&["signout", "acme"]));
    for (index, one) in running.into_iter().enumerate() {
        let outcome = one.outcome();
        match outcome.code {
            0 => assert_eq!(outcome.stdout.is_empty(), index == 20, "{outcome:?}"),
            _ => _ = outcome.fails(3, "not signed in"),
        }
    }
    is_gone(&world);
    assert!(world.provider.refreshes() <= 1);
}

#[test]
fn signin_during_a_refresh_wins() {
    let world = World::signed_in();
    world.expire();
    let held = world.provider.hold(TOKEN);
    let token = world.sandbox.start(&["token", "acme"]);
    held.wait_for(1);
    let signin = world.sandbox.start(&["signin", "acme", "--force"]);
    let start = world.opened.next_url();
    let browser = std::thread::spawn(move || visitor::visit(&start));
    held.wait_for(2);
    drop(held);
    token.outcome().success();
    signin.outcome().success();
    browser.join().expect("a response to the browser");
    let (last, before) = (world.token(), world.provider.refreshes());
    assert_eq!(before, 1, "the tokens of the sign-in are fresh");
    assert!(world.files().values().any(|text| text.contains(last.trim_end())));
    assert_eq!(world.accounts(), ["ada"]);
    is_alive(&world);
}

#[test]
fn signins_during_many_refreshes_leave_one_session() {
    let world = World::signed_in();
    world.expire();
    let tokens: Vec<Running> = (0..30).map(|_| world.sandbox.start(&["token", "acme", "--min-ttl", "2h"])).collect();
    let begun = |_| {
        let running = world.sandbox.start(&["signin", "acme", "--force"]);
        let start = world.opened.next_url();
        std::thread::spawn(move || visitor::visit(&start));
        running
    };
    // One more could be refused: three sign-ins without a terminal may be unfinished at a time.
    let signins: Vec<Running> = (0..3).map(begun).collect();
    for one in tokens.into_iter().chain(signins) {
        one.outcome().success();
    }
    assert_eq!(world.accounts(), ["ada"]);
    is_alive(&world);
}

#[test]
fn switch_during_a_refresh_is_not_undone() {
    let world = World::with_two_accounts();
    world.expire();
    world.set_user("ada");
    let held = world.provider.hold(TOKEN);
    let token = world.sandbox.start(&["token", "acme", "--account", "ada"]);
    held.wait_for(1);
    world.run(&["switch", "acme", "bob"]).success();
    drop(held);
    token.outcome().success();
    let sessions = world.sessions();
    let default: Vec<&Value> = sessions.iter().filter(|one| one["default"] == true).collect();
    assert_eq!((default.len(), &default[0]["account"]), (1, &json!("bob")));
    world.run(&["token", "acme", "--account", "ada"]).success();
    world.set_user("bob");
    is_alive(&world);
}

#[test]
fn killed_process_releases_its_lock() {
    let world = World::signed_in();
    world.expire();
    world.provider.respond_with(TOKEN, Response::Silence);
    let token = world.sandbox.start(&["token", "acme"]);
    until("one refresh", || world.provider.refreshes() == 1);
    token.signal(Signal::KILL);
    assert_eq!(token.outcome().code, 137);
    world.provider.respond_normally(TOKEN);
    let start = Instant::now();
    world.token();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn only_long_waits_for_a_lock_are_announced() {
    let world = World::signed_in();
    world.expire();
    world.token();
    world.expire();
    let lock = held_lock(&world);
    let mut process = world.sandbox.start(&["token", "acme"]);
    let mut program = world.sandbox.start(&["--json", "token", "acme"]);
    let said = process.line(|_| true);
    let holder = format!("waiting for process {} (many-", std::process::id());
    assert!(said.starts_with(&holder), "{said}");
    assert!(said.ends_with(") that uses the session for `ada` at `acme` (up to 58s)"), "{said}");
    let line: Value = serde_json::from_str(&program.line(|_| true)).expect("JSON");
    assert_eq!((&line["event"], &line["seconds"]), (&json!("waiting"), &json!(58)));
    drop(lock);
    assert_eq!(process.outcome().success().stderr.lines().count(), 1);
    program.outcome().success();
    assert_eq!(world.provider.refreshes(), 2);
    world.expire();
    assert_eq!(world.run(&["token", "acme"]).success().stderr, "");
}

#[test]
fn valid_token_is_printed_without_the_lock() {
    let world = World::new();
    world.provider.set_expires_in(4);
    world.sign_in(&[]).success();
    world.run(&["token", "acme", "--force-refresh"]).success();
    let _lock = held_lock(&world);
    world.token();
}

#[test]
fn rate_limited_provider_is_not_contacted_again() {
    let world = World::signed_in();
    world.expire();
    let later = |seconds: &str| Response::Page {
        status: 429,
        headers: vec![("retry-after".to_owned(), seconds.to_owned())],
        body: Vec::new(),
    };
    world.provider.respond_with(TOKEN, later("120"));
    world.run(&["token", "acme"]).fails(6, "429");
    world.provider.respond_normally(TOKEN);
    world.run(&["token", "acme"]).fails(6, "retry in 2m");
    assert_eq!(world.provider.refreshes(), 1);
    assert_eq!(world.sessions()[0]["usable"], true);
    is_alive(&world);
    world.expire();
    world.token();
    // Values that no provider means are ignored.
    for odd in ["0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", ""] {
        world.provider.respond_with(TOKEN, later(odd));
        world.expire();
        world.run(&["token", "acme"]).fails(6, "429");
        world.provider.respond_normally(TOKEN);
        world.token();
    }
}

#[test]
fn forced_refresh_revives_an_expired_session() {
    let world = World::signed_in();
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    for outcome in all(&world, 20, &["token", "acme"]) {
        outcome.fails(3, "the provider rejected the refresh token");
    }
    assert_eq!(world.provider.refreshes(), 1);
    assert_eq!(world.sessions()[0]["usable"], false);
    world.provider.respond_normally(TOKEN);
    world.run(&["token", "acme"]).fails(3, "the provider rejected the refresh token");
    is_alive(&world);
    assert_eq!(world.sessions()[0]["usable"], true);
    world.token();
}

/// A program that takes no lock, such as a restored backup, replaces the session during a request to the provider.
#[test]
fn rejected_refresh_token_is_read_again_before_expiring() {
    let world = World::signed_in();
    let spent: Vec<_> = world.files().into_iter().collect();
    is_alive(&world);
    let newest: Vec<_> = world.files().into_iter().collect();
    let restore = |files: &[(std::path::PathBuf, String)]| {
        for (path, text) in files {
            std::fs::write(path, text).expect("a test file");
        }
    };
    // The response of the provider waits until the newer session is in place.
    restore(&spent);
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    let held = world.provider.hold(TOKEN);
    let token = world.sandbox.start(&["token", "acme"]);
    held.wait_for(1);
    restore(&newest);
    world.provider.respond_normally(TOKEN);
    drop(held);
    token.outcome().success();
    assert_eq!(world.provider.refreshes(), 3);
    assert_eq!(world.sessions()[0]["usable"], true);
    is_alive(&world);
}
