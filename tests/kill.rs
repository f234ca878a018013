//! `kill -9` at any moment of a refresh: the session works afterwards.
//!
//! One case no client can win: the provider has spent the old refresh token, and the program is killed before the new one
//! is kept. It is told from the provider's side (the newest refresh token was issued and is not the one that comes back),
//! counted, and everything else must be whole then too. How long that window is, `the_window_is_short` measures.

#![allow(clippy::disallowed_methods, reason = "the rules against clock and environment are for the program")]
#![allow(clippy::print_stdout, reason = "how many were lost, and how long the window is, is for the reader")]

#[allow(dead_code, reason = "the world of the command line's tests has more than these need")]
#[path = "cli/world.rs"]
mod world;

mod support;

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::Signal;
use serde_json::json;
use support::Running;
use support::fake_provider::TOKEN;
use support::keyring::GnomeKeyring;
use world::World;

const REFRESH: [&str; 5] = ["token", "acme", "--account", "ada", "--force-refresh"];

/// Moments, as random as a run wants them and the same again from the same seed (splitmix64).
struct Moments(u64);

impl Moments {
    /// From `MYCLI_KILL_SEED`, else from the clock; printed, so that a failure can be repeated.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("later than 1970").subsec_nanos();
        let told = std::env::var("MYCLI_KILL_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = told.unwrap_or(u64::from(now));
        println!("MYCLI_KILL_SEED={seed}");
        Self(seed)
    }

    /// One before `end`.
    fn before(&mut self, end: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        end.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// What became of the session of one killed refresh.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It works, with the refresh token from before: the provider had not been asked.
    Unasked,
    /// It works, with the newest refresh token.
    Kept,
    /// The provider had answered, and the answer was not kept yet.
    Lost,
}

/// `ada` and `bob` at one provider that rotates refresh tokens and ends a grant whose token comes twice.
struct Scene {
    world: World,
    /// The newest refresh token that the provider has issued.
    newest: Arc<Mutex<String>>,
    bob: String,
}

impl Scene {
    fn new(world: World) -> Self {
        let newest = Arc::new(Mutex::new(String::new()));
        let noted = Arc::clone(&newest);
        world.provider.change_tokens(move |tokens| {
            *noted.lock().expect("no panic") = tokens["refresh_token"].as_str().expect("it is text").to_owned();
        });
        world.set_user("ada");
        world.sign_in(&[]).success();
        world.set_user("bob");
        world.sign_in(&["--force"]).success();
        let bob = world.run(&["token", "acme", "--account", "bob"]).success().stdout;
        world.set_user("ada");
        world.run(&REFRESH).success();
        Self { world, newest, bob }
    }

    /// How long a refresh takes that nobody kills: the middle of a few.
    fn whole(&self) -> Duration {
        let one = |_| {
            let start = Instant::now();
            self.world.run(&REFRESH).success();
            start.elapsed()
        };
        let mut all: Vec<Duration> = (0..9).map(one).collect();
        all.sort();
        all[all.len() / 2]
    }

    /// A refresh that is killed `after` its beginning.
    fn killed_at(&self, after: Duration) -> Fate {
        let before = self.newest();
        let refresh = self.world.sandbox.start(&REFRESH);
        std::thread::sleep(after);
        self.killed(refresh, &before)
    }

    /// A refresh that is killed `after` the provider's answer.
    fn killed_after_answer(&self, after: Duration) -> Fate {
        let before = self.newest();
        let held = self.world.provider.hold(TOKEN);
        let refresh = self.world.sandbox.start(&REFRESH);
        held.wait_for(1);
        drop(held);
        std::thread::sleep(after);
        self.killed(refresh, &before)
    }

    fn killed(&self, refresh: Running, before: &str) -> Fate {
        refresh.signal(Signal::KILL);
        let killed = refresh.outcome();
        // What it has sent may still be on its way, and would be a second use of the token that comes next.
        self.world.provider.wait_until_idle();
        self.nothing_else_happened();
        let newest = self.newest();
        let next = self.world.run(&REFRESH);
        let asked = self.world.provider.requests_to(TOKEN);
        let sent = asked.last().and_then(|asked| asked.form("refresh_token")).expect("a refresh sends one");
        if sent == newest {
            assert_eq!(next.success().stderr, "");
            return if newest == before { Fate::Unasked } else { Fate::Kept };
        }
        assert_eq!(sent, before, "neither the newest refresh token nor the one before it");
        assert_eq!(killed.stdout, "", "a token was printed that was not kept");
        next.fails(3, "mycli signin acme");
        self.world.sign_in(&["--force", "--account", "ada"]).success();
        Fate::Lost
    }

    fn newest(&self) -> String {
        self.newest.lock().expect("no panic").clone()
    }

    /// Both sessions are listed, nothing is damaged, and `bob` has his token still.
    #[track_caller]
    fn nothing_else_happened(&self) {
        let status = self.world.run(&["status", "--json"]).success();
        assert_eq!(status.stderr, "");
        let status = status.json();
        let listed = status["sessions"].as_array().expect("a list").iter();
        let listed: Vec<_> = listed.map(|one| (one["account"].clone(), one["default"].clone())).collect();
        assert_eq!(listed, [(json!("ada"), json!(true)), (json!("bob"), json!(false))]);
        let bob = self.world.run(&["token", "acme", "--account", "bob"]).success();
        assert_eq!((bob.stdout, bob.stderr.as_str()), (self.bob.clone(), ""));
    }

    /// As many kills as these all over a refresh, and as many around its end, where the session is kept.
    fn survives(&self, rounds: usize) {
        let (mut moments, whole) = (Moments::new(), self.whole());
        let mut fates = Vec::new();
        for _ in 0..rounds {
            fates.push(self.killed_at(moments.before(whole)));
            fates.push(self.killed_after_answer(moments.before(whole / 4)));
        }
        let count = |fate| fates.iter().filter(|one| **one == fate).count();
        let [unasked, kept, lost] = [Fate::Unasked, Fate::Kept, Fate::Lost].map(count);
        println!(
            "{} refreshes killed within {whole:?}: {unasked} before the provider was asked, {kept} after its answer was \
             kept, {lost} between",
            fates.len()
        );
        // Kills that hit one side only would prove nothing.
        assert!(unasked > 0 && kept > 0, "{fates:?}");
    }

    /// The file that keeps her session.
    fn secret_of_ada(&self) -> PathBuf {
        let is_hers = |(_, text): &(PathBuf, String)| text.contains("\"account\":\"ada\",\"username\"");
        self.world.files().into_iter().find(is_hers).expect("she is signed in").0
    }

    /// How long after the provider's answer what came is safe from the end of the program, by `is_safe`; many times, of
    /// which the middle and the end are printed. The middle.
    fn windows(&self, name: &str, mut is_safe: impl FnMut() -> Instant) -> Duration {
        const ROUNDS: usize = 200;
        let mut one = |_| {
            let held = self.world.provider.hold(TOKEN);
            let refresh = self.world.sandbox.start(&REFRESH);
            held.wait_for(1);
            let start = Instant::now();
            drop(held);
            let window = is_safe() - start;
            refresh.outcome().success();
            window
        };
        let mut windows: Vec<Duration> = (0..ROUNDS).map(&mut one).collect();
        windows.sort();
        let [middle, ninety, ninety_nine, longest] = [50, 90, 99, 100].map(|part| windows[ROUNDS * part / 100 - 1]);
        println!("{name:20} {middle:>12.1?} {ninety:>12.1?} {ninety_nine:>12.1?} {longest:>12.1?}");
        middle
    }
}

fn in_a_keyring() -> (Scene, GnomeKeyring) {
    let (world, gnome) = World::with_keyring();
    (Scene::new(world), gnome)
}

#[test]
fn a_refresh_killed_at_any_moment_leaves_a_session_in_files_that_works() {
    Scene::new(World::new()).survives(60);
}

#[test]
fn a_refresh_killed_at_any_moment_leaves_a_session_in_the_keyring_that_works() {
    let (scene, _gnome) = in_a_keyring();
    scene.survives(40);
}

/// How long `arguments` take when nobody kills them.
fn whole(world: &World, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    world.run(arguments).success();
    start.elapsed()
}

fn killed_at(world: &World, arguments: &[&str], after: Duration) {
    let running = world.sandbox.start(arguments);
    std::thread::sleep(after);
    running.signal(Signal::KILL);
    running.outcome();
}

#[test]
fn a_sign_out_killed_at_any_moment_is_done_or_not_and_can_be_repeated() {
    let world = World::signed_in();
    let (mut moments, whole) = (Moments::new(), whole(&world, &["signout", "acme"]));
    let mut done = 0;
    for _ in 0..24 {
        world.sign_in(&[]).success();
        killed_at(&world, &["signout", "acme"], moments.before(whole / 2));
        let said = world.run(&["status", "acme"]).stderr;
        assert!(["", "not signed in to `acme`\n"].contains(&said.as_str()), "{said}");
        match world.run(&["token", "acme"]).code {
            0 => {}
            code => done += u32::from(code == 3),
        }
        world.run(&["signout", "acme"]).success();
        world.run(&["token", "acme"]).fails(3, "mycli signin acme");
        let left = world.files().into_iter().find(|(_, text)| text.contains("-secret-"));
        assert_eq!(left, None);
    }
    println!("24 sign-outs killed within {whole:?}, {done} of them done");
}

#[test]
fn a_move_killed_at_any_moment_leaves_a_session_that_works() {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    let token = world.token();
    let (mut moments, whole) = (Moments::new(), whole(&world, &["store", "move", "file"]));
    for round in 0..24 {
        let to = ["keyring", "file"][round % 2];
        killed_at(&world, &["store", "move", to], moments.before(whole));
        let outcome = world.run(&["token", "acme"]).success();
        assert_eq!((outcome.stdout, outcome.stderr.as_str()), (token.clone(), ""));
    }
    world.run(&["store", "move", "file"]).success();
    assert_eq!((world.token(), gnome.items("mycli")), (token, 0));
    world.run(&["token", "acme", "--force-refresh"]).success();
}

/// What a process leaves that is killed once its file is written and before that is in place.
#[test]
fn what_was_written_and_not_put_in_place_is_the_session() {
    let world = World::new();
    world.set_user("ada");
    world.sign_in(&[]).success();
    let kept = world.files().into_keys().find(|path| path.parent().is_some_and(|folder| folder.ends_with("secrets")));
    let kept = kept.filter(|path| path.extension().is_some()).expect("she is signed in");
    let left = kept.with_extension("json.tmp");
    let interrupted = |in_place: &[u8], written: &[u8]| {
        // The rights come with the copy.
        std::fs::copy(&kept, &left).expect("ours");
        std::fs::write(&left, written).expect("ours");
        std::fs::write(&kept, in_place).expect("ours");
    };
    let read = || std::fs::read(&kept).expect("ours");
    let before = read();
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    let after = read();
    interrupted(&before, &after);
    assert_eq!(world.token(), token);
    assert_eq!(read(), before, "who only reads changes nothing");
    // The end of another session takes nothing of this one away.
    world.set_user("bob");
    world.sign_in(&["--force"]).success();
    world.run(&["signout", "acme", "--account", "subject-of-bob"]).success();
    world.set_user("ada");
    assert_eq!((world.token(), read(), left.exists()), (token, after.clone(), false));
    // A refresh sends the newest; sent again, the one before would end the grant.
    interrupted(&before, &after);
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    assert!(!left.exists());
    // Half of a file is nothing.
    let after = read();
    interrupted(&after, &after[..after.len() / 2]);
    assert_eq!(world.token(), token);
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert!(!left.exists());
    // What was signed out of does not come back.
    interrupted(&after, &after);
    world.run(&["signout", "acme"]).success();
    assert!(!left.exists() && !kept.exists());
}

/// From the moment the provider lets its answer go, which is before the program has it, to the moment a file has it whole
/// or the bus has carried it to the keyring. By hand, and where nothing else is done meanwhile:
/// `cargo test --test kill -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, which other tests beside it would spoil"]
fn the_window_is_short() {
    println!("{:20} {:>12} {:>12} {:>12} {:>12}", "answer to safety", "middle", "90 %", "99 %", "longest");
    let scene = Scene::new(World::new());
    let hers = scene.secret_of_ada();
    let written = hers.with_extension("json.tmp");
    let in_files = scene.windows("file", || {
        // The same number may be that of the file before last.
        let mark = || std::fs::metadata(&hers).map(|file| (file.ino(), file.mtime_nsec())).ok();
        let before = mark();
        let is_written = || std::fs::metadata(&written).is_ok_and(|file| file.len() > 0);
        while mark() == before && !is_written() {
            std::hint::spin_loop();
        }
        Instant::now()
    });
    let (scene, gnome) = in_a_keyring();
    let heard = gnome.bus.overhear("CreateItem");
    let in_keyring = scene.windows("gnome-keyring", || {
        let first = heard.recv_timeout(support::PATIENCE).expect("the refresh is kept");
        // What came is kept in two steps where an ID token is checked in between.
        heard.recv_timeout(support::PATIENCE).expect("twice");
        first
    });
    assert!(in_files.max(in_keyring) < Duration::from_millis(5));
}
