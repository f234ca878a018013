//! `kill -9` at any moment of a refresh: the session works afterwards.
//!
//! No client can save one case: the provider has invalidated the old refresh token, and the program is killed before
//! the new one is saved. The test detects this case from the side of the provider (the newest refresh token was issued
//! and is not the one that comes back), counts it, and requires that everything else is intact then too.
//! `window_after_the_response_is_short` measures the length of this window.

#![allow(clippy::disallowed_methods, reason = "the rules against clock and environment are for the program")]
#![allow(clippy::print_stdout, reason = "how many were lost, and how long the window is, is for the reader")]

#[allow(dead_code, unused_imports, reason = "this program uses a part")]
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
use support::world::World;

const REFRESH: [&str; 5] = ["token", "acme", "--account", "ada", "--force-refresh"];

/// Pseudorandom moments, reproducible from the seed (splitmix64).
struct Moments(u64);

impl Moments {
    /// Seeded from `MYCLI_KILL_SEED`, else from the clock; prints the seed, so that a failure can be repeated.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("later than 1970").subsec_nanos();
        let told = std::env::var("MYCLI_KILL_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = told.unwrap_or(u64::from(now));
        println!("MYCLI_KILL_SEED={seed}");
        Self(seed)
    }

    /// Moment before `end`.
    fn before(&mut self, end: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        end.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// State of the session after a killed refresh.
#[derive(Debug, PartialEq, Eq)]
enum KilledRefresh {
    /// The session works with the old refresh token: no request had reached the provider.
    NotRefreshed,
    /// The session works with the newest refresh token.
    Saved,
    /// The provider had responded, and the response was not saved yet.
    Lost,
}

/// `ada` and `bob` at a provider that rotates refresh tokens and revokes a grant whose token is used twice.
struct Fixture {
    world: World,
    /// Newest refresh token that the provider has issued.
    newest: Arc<Mutex<String>>,
    bob: String,
}

impl Fixture {
    fn new(world: World) -> Self {
        let newest = Arc::new(Mutex::new(String::new()));
        let latest = Arc::clone(&newest);
        world.provider.change_tokens(move |tokens| {
            *latest.lock().expect("lock") = tokens["refresh_token"].as_str().expect("text").to_owned();
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

    /// Median time of some refreshes that are not killed.
    fn unkilled_duration(&self) -> Duration {
        let one = |_| {
            let start = Instant::now();
            self.world.run(&REFRESH).success();
            start.elapsed()
        };
        let mut all: Vec<Duration> = (0..9).map(one).collect();
        all.sort();
        all[all.len() / 2]
    }

    /// Kills a refresh `after` its start.
    fn killed_at(&self, after: Duration) -> KilledRefresh {
        let before = self.newest();
        let refresh = self.world.sandbox.start(&REFRESH);
        std::thread::sleep(after);
        self.killed(refresh, &before)
    }

    /// Kills a refresh `after` the response of the provider.
    fn killed_after_response(&self, after: Duration) -> KilledRefresh {
        let before = self.newest();
        let held = self.world.provider.hold(TOKEN);
        let refresh = self.world.sandbox.start(&REFRESH);
        held.wait_for(1);
        drop(held);
        std::thread::sleep(after);
        self.killed(refresh, &before)
    }

    fn killed(&self, refresh: Running, before: &str) -> KilledRefresh {
        refresh.signal(Signal::KILL);
        let killed = refresh.outcome();
        // A request still in flight would be a second use of the next token.
        self.world.provider.wait_until_idle();
        self.assert_nothing_else_changed();
        let newest = self.newest();
        let next = self.world.run(&REFRESH);
        let requests = self.world.provider.requests_to(TOKEN);
        let sent = requests.last().and_then(|request| request.form("refresh_token")).expect("a refresh sends one");
        if sent == newest {
            assert_eq!(next.success().stderr, "");
            return if newest == before { KilledRefresh::NotRefreshed } else { KilledRefresh::Saved };
        }
        assert_eq!(sent, before, "neither the newest refresh token nor the one before it");
        assert_eq!(killed.stdout, "", "an unsaved token was printed");
        next.fails(3, "mycli signin acme");
        self.world.sign_in(&["--force", "--account", "ada"]).success();
        KilledRefresh::Lost
    }

    fn newest(&self) -> String {
        self.newest.lock().expect("lock").clone()
    }

    /// Both sessions are listed, nothing is damaged, and `bob` still has his token.
    #[track_caller]
    fn assert_nothing_else_changed(&self) {
        let status = self.world.run(&["status", "--json"]).success();
        assert_eq!(status.stderr, "");
        let status = status.json();
        let listed = status["sessions"].as_array().expect("a list").iter();
        let listed: Vec<_> = listed.map(|one| (one["account"].clone(), one["default"].clone())).collect();
        assert_eq!(listed, [(json!("ada"), json!(true)), (json!("bob"), json!(false))]);
        let bob = self.world.run(&["token", "acme", "--account", "bob"]).success();
        assert_eq!((bob.stdout, bob.stderr.as_str()), (self.bob.clone(), ""));
    }

    /// Spreads this many kills over a whole refresh, and as many around its end, when the session is saved.
    fn survives(&self, rounds: usize) {
        let (mut moments, whole) = (Moments::new(), self.unkilled_duration());
        let mut outcomes = Vec::new();
        for _ in 0..rounds {
            outcomes.push(self.killed_at(moments.before(whole)));
            outcomes.push(self.killed_after_response(moments.before(whole / 4)));
        }
        let count = |fate| outcomes.iter().filter(|one| **one == fate).count();
        let [not_refreshed, kept, lost] =
            [KilledRefresh::NotRefreshed, KilledRefresh::Saved, KilledRefresh::Lost].map(count);
        println!(
            "{} refreshes killed within {whole:?}: {not_refreshed} before the provider got a request, {kept} after its response was \
             kept, {lost} between",
            outcomes.len()
        );
        // Kills on one side only would prove nothing.
        assert!(not_refreshed > 0 && kept > 0, "{outcomes:?}");
    }

    /// File of `ada`'s session.
    fn session_file_of_ada(&self) -> PathBuf {
        let is_hers = |(_, text): &(PathBuf, String)| text.contains("\"account\":\"ada\",\"username\"");
        self.world.files().into_iter().find(is_hers).expect("a session").0
    }

    /// Measures the time from the provider's response until the new tokens survive a kill, as reported by `is_safe`.
    /// Prints the percentiles of many runs and returns the median.
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

fn in_a_keyring() -> (Fixture, GnomeKeyring) {
    let (world, gnome) = World::with_keyring();
    (Fixture::new(world), gnome)
}

#[test]
fn killed_refresh_leaves_a_working_session_in_files() {
    Fixture::new(World::new()).survives(60);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn killed_refresh_leaves_a_working_session_in_the_keyring() {
    let (fixture, _gnome) = in_a_keyring();
    fixture.survives(40);
}

/// Time that `arguments` take without a kill.
fn unkilled_duration(world: &World, arguments: &[&str]) -> Duration {
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
fn killed_signout_is_atomic_and_can_be_repeated() {
    let world = World::signed_in();
    let (mut moments, whole) = (Moments::new(), unkilled_duration(&world, &["signout", "acme"]));
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
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn killed_store_move_leaves_a_working_session() {
    let (world, gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    let token = world.token();
    let (mut moments, whole) = (Moments::new(), unkilled_duration(&world, &["store", "move", "file"]));
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

/// Leftover of a process that is killed after it wrote the temporary file and before the rename.
#[test]
fn complete_temp_file_of_a_killed_writer_is_the_session() {
    let world = World::new();
    world.set_user("ada");
    world.sign_in(&[]).success();
    let kept = world.files().into_keys().find(|path| path.parent().is_some_and(|folder| folder.ends_with("secrets")));
    let kept = kept.filter(|path| path.extension().is_some()).expect("a session");
    let left = kept.with_extension("json.tmp");
    let interrupted = |in_place: &[u8], written: &[u8]| {
        // The copy keeps the permissions.
        std::fs::copy(&kept, &left).expect("a test file");
        std::fs::write(&left, written).expect("a test file");
        std::fs::write(&kept, in_place).expect("a test file");
    };
    let read = || std::fs::read(&kept).expect("a test file");
    let before = read();
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    let after = read();
    interrupted(&before, &after);
    assert_eq!(world.token(), token);
    assert_eq!(read(), before, "reading changes nothing");
    // The end of another session removes nothing of this one.
    world.set_user("bob");
    world.sign_in(&["--force"]).success();
    world.run(&["signout", "acme", "--account", "subject-of-bob"]).success();
    world.set_user("ada");
    assert_eq!((world.token(), read(), left.exists()), (token, after.clone(), false));
    // A refresh sends the newest token; sending the one before again would end the grant.
    interrupted(&before, &after);
    let token = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    assert!(!left.exists());
    // An incomplete file is ignored.
    let after = read();
    interrupted(&after, &after[..after.len() / 2]);
    assert_eq!(world.token(), token);
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert!(!left.exists());
    // A signed-out session does not come back.
    interrupted(&after, &after);
    world.run(&["signout", "acme"]).success();
    assert!(!left.exists() && !kept.exists());
}

/// From the moment when the provider releases its response, before the program has it, to the moment when a file holds
/// the whole response or the bus has delivered it to the keyring.
#[test]
#[ignore = "a measurement, alone on the machine: .ci/more keyrings"]
fn window_after_the_response_is_short() {
    println!("{:20} {:>12} {:>12} {:>12} {:>12}", "answer to safety", "middle", "90 %", "99 %", "longest");
    let fixture = Fixture::new(World::new());
    let session_file = fixture.session_file_of_ada();
    let written = session_file.with_extension("json.tmp");
    let in_files = fixture.windows("file", || {
        // The inode number may be that of the file before last.
        let mark = || std::fs::metadata(&session_file).map(|file| (file.ino(), file.mtime_nsec())).ok();
        let before = mark();
        let is_written = || std::fs::metadata(&written).is_ok_and(|file| file.len() > 0);
        while mark() == before && !is_written() {
            std::hint::spin_loop();
        }
        Instant::now()
    });
    let (fixture, gnome) = in_a_keyring();
    let receiver = gnome.bus.watch_calls("SetSecret");
    let in_keyring = fixture.windows("gnome-keyring", || {
        let first = receiver.recv_timeout(support::PATIENCE).expect("the refresh is kept");
        // Tokens are saved in two steps if an ID token is checked in between.
        receiver.recv_timeout(support::PATIENCE).expect("twice");
        first
    });
    assert!(in_files.max(in_keyring) < Duration::from_millis(5));
}
