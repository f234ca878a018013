//! Keyring on Linux: against a real gnome-keyring, and against services and buses that misbehave.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a test is a separate program
#![cfg(all(unix, not(target_os = "macos")))]

mod support {
    pub mod keyring;
    pub mod stub;
}

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mycli::internals::error::{Error, StoreErrorKind};
use mycli::internals::secret::Secret;
use mycli::internals::session::SessionId;
use mycli::internals::store::os_keyring::{KeyringTimeouts, OsKeyring, SessionBus};
use mycli::internals::store::{Item, Store};
use rustix::process::{Signal, kill_process};
use support::keyring::{Bus, Directory, GnomeKeyring, PASSWORD};
use support::stub::{PromptOutcome, Stub, StubOptions};

const APP: &str = "mycli-test";

fn id(digit: char) -> SessionId {
    SessionId::try_from(digit.to_string().repeat(32)).expect("32 digits")
}

fn item(digit: char, account: &str) -> Item {
    Item { app: APP.into(), id: id(digit), provider: "github".into(), account: account.into() }
}

fn keyring(bus: &Bus) -> OsKeyring {
    keyring_at(&bus.address)
}

fn keyring_at(address: &str) -> OsKeyring {
    keyring_with_timeout(address, Duration::from_secs(10))
}

fn keyring_with_timeout(address: &str, step: Duration) -> OsKeyring {
    let timeouts = KeyringTimeouts { step, prompt: Duration::from_secs(10) };
    OsKeyring::new(timeouts, SessionBus { address: Some(address.to_owned()), runtime_dir: None })
}

fn unlocked() -> (GnomeKeyring, OsKeyring) {
    let gnome = GnomeKeyring::unlocked();
    let keyring = keyring(&gnome.bus);
    (gnome, keyring)
}

fn error_kind<T: std::fmt::Debug>(result: Result<T, Error>) -> StoreErrorKind {
    match result {
        Err(Error::Store { kind: error_kind, .. }) => error_kind,
        other => panic!("not a trouble of the store: {other:?}"),
    }
}

fn load(keyring: &OsKeyring, digit: char) -> Option<String> {
    keyring.load(APP, &id(digit)).expect("the keyring responds").map(|secret| secret.expose().to_owned())
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn stored_secrets_are_read_back_also_by_secret_tool() {
    let (gnome, keyring) = unlocked();
    assert_eq!(load(&keyring, 'a'), None);
    keyring.save(&item('a', "octocat"), &Secret::new("{\"é\": 1}")).expect("a stored secret");
    assert_eq!(load(&keyring, 'a').as_deref(), Some("{\"é\": 1}"));
    let identity = ["service", APP, "username", id('a').as_str()].map(str::to_owned);
    let lookup: Vec<&str> = ["lookup"].into_iter().chain(identity.iter().map(String::as_str)).collect();
    assert_eq!(gnome.secret_tool(&lookup, ""), "{\"é\": 1}");
    let shown = gnome.secret_tool(&["search", "service", APP], "");
    for line in [
        "label = mycli-test: github (octocat)",
        "attribute.provider = github",
        "attribute.account = octocat",
        "schema = org.freedesktop.Secret.Generic",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
    keyring.remove(APP, &id('a')).expect("it is removed");
    keyring.remove(APP, &id('a')).expect("its absence is no error");
    assert_eq!(load(&keyring, 'a'), None);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn items_of_secret_tool_are_read() {
    let gnome = GnomeKeyring::unlocked();
    gnome.secret_tool(&["store", "--label=x", "service", APP, "username", id('a').as_str()], "by hand");
    assert_eq!(load(&keyring(&gnome.bus), 'a').as_deref(), Some("by hand"));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn changed_account_label_leaves_one_item() {
    let (gnome, keyring) = unlocked();
    keyring.save(&item('a', "octocat"), &Secret::new("old")).expect("a stored secret");
    keyring.save(&item('b', "hubot"), &Secret::new("another")).expect("a stored secret");
    keyring.save(&item('a', "monalisa"), &Secret::new("new")).expect("a stored secret");
    assert_eq!(load(&keyring, 'a').as_deref(), Some("new"));
    assert_eq!(load(&keyring, 'b').as_deref(), Some("another"));
    let shown = gnome.secret_tool(&["search", "--all", "service", APP], "");
    let accounts: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix("attribute.account = ")).collect();
    assert_eq!(accounts.len(), 2, "{shown}");
    assert!(accounts.contains(&"monalisa") && accounts.contains(&"hubot"), "{shown}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn large_secret_round_trips() {
    let (_gnome, keyring) = unlocked();
    let large = "é".repeat(500_000);
    keyring.save(&item('a', "octocat"), &Secret::new(large.clone())).expect("a stored secret");
    assert!(load(&keyring, 'a') == Some(large));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn secret_that_is_not_text_is_an_error() {
    let gnome = GnomeKeyring::unlocked();
    let name = id('a');
    let arguments = ["store", "--label=x", "service", APP, "username", name.as_str()];
    gnome.secret_tool_bytes(&arguments, &[0xff, 0xfe]);
    assert_eq!(error_kind(keyring(&gnome.bus).load(APP, &id('a'))), StoreErrorKind::Failed);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn locked_keyring_without_a_prompter_fails_at_once() {
    let (mut gnome, keyring) = unlocked();
    keyring.save(&item('a', "octocat"), &Secret::new("kept")).expect("a stored secret");
    gnome.lock();
    let start = Instant::now();
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::Locked);
    assert_eq!(error_kind(keyring.save(&item('a', "octocat"), &Secret::new("new"))), StoreErrorKind::Locked);
    assert_eq!(error_kind(keyring.remove(APP, &id('a'))), StoreErrorKind::Locked);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(keyring.is_available().expect("a keyring"));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn desktop_prompt_unlocks_the_keyring() {
    let (mut gnome, keyring) = unlocked();
    keyring.save(&item('a', "octocat"), &Secret::new("kept")).expect("a stored secret");
    gnome.lock();
    let prompter = Stub::prompter(&gnome.bus, PASSWORD);
    assert_eq!(load(&keyring, 'a').as_deref(), Some("kept"));
    assert!(prompter.calls().contains(&"PerformPrompt".to_owned()));
    gnome.lock();
    keyring.save(&item('a', "octocat"), &Secret::new("new")).expect("the prompt unlocks for a write too");
    gnome.lock();
    keyring.remove(APP, &id('a')).expect("and for a removal");
    assert_eq!(load(&keyring, 'a'), None);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn save_survives_daemon_restart_after_prepare() {
    let (mut gnome, keyring) = unlocked();
    for restart in [false, true] {
        keyring.prepare_save(1).expect("a keyring");
        if restart {
            gnome.unlock();
        }
        let secret = format!("restarted: {restart}");
        keyring.save(&item('a', "octocat"), &Secret::new(&secret)).expect("a stored secret");
        assert_eq!(load(&keyring, 'a'), Some(secret));
    }
    keyring.prepare_save(1).expect("a keyring");
    gnome.kill();
    assert_eq!(error_kind(keyring.save(&item('a', "octocat"), &Secret::new("lost"))), StoreErrorKind::NotFound);
    assert_eq!(error_kind(keyring.prepare_save(1)), StoreErrorKind::NotFound);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn stopped_daemon_times_out() {
    let gnome = GnomeKeyring::unlocked();
    let keyring = keyring_with_timeout(&gnome.bus.address, Duration::from_millis(300));
    kill_process(gnome.pid(), Signal::STOP).expect("SIGSTOP");
    let start = Instant::now();
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::TimedOut);
    assert_eq!(error_kind(keyring.is_available()), StoreErrorKind::TimedOut);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    kill_process(gnome.pid(), Signal::CONT).expect("SIGCONT");
    assert_eq!(load(&keyring_at(&gnome.bus.address), 'a'), None);
}

#[test]
fn no_bus_means_no_keyring() {
    let directory = Directory::new();
    let dead = directory.path().join("dead");
    drop(UnixListener::bind(&dead).expect("a socket"));
    let nowhere = directory.path().join("nowhere");
    let addresses = [
        format!("unix:path={}", dead.display()),
        format!("unix:path={}", nowhere.display()),
        "unix:abstract=mycli-test-without-a-listener".to_owned(),
        "autolaunch:".to_owned(),
    ];
    for address in addresses {
        assert!(!keyring_at(&address).is_available().expect("a result"), "{address}");
        assert_eq!(error_kind(keyring_at(&address).load(APP, &id('a'))), StoreErrorKind::NotFound, "{address}");
    }
    let nothing = OsKeyring::new(KeyringTimeouts::default(), SessionBus::default());
    assert!(!nothing.is_available().expect("a result"));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn no_secret_service_means_no_keyring() {
    let bus = Bus::start();
    assert!(!keyring(&bus).is_available().expect("a result"));
    assert_eq!(error_kind(keyring(&bus).save(&item('a', "octocat"), &Secret::new("x"))), StoreErrorKind::NotFound);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn later_addresses_and_the_runtime_directory_are_tried() {
    let gnome = GnomeKeyring::unlocked();
    let list = format!("unix:path=/nonexistent/bus;autolaunch:;{}", gnome.bus.address);
    assert!(keyring_at(&list).is_available().expect("a response"));
    let runtime_dir = Some(gnome.bus.path().to_owned());
    let keyring = OsKeyring::new(KeyringTimeouts::default(), SessionBus { address: None, runtime_dir });
    assert!(keyring.is_available().expect("a response"));
}

#[test]
fn silent_bus_times_out() {
    let directory = Directory::new();
    let path = directory.path().join("bus");
    let _silent = UnixListener::bind(&path).expect("a socket");
    let keyring = keyring_with_timeout(&format!("unix:path={}", path.display()), Duration::from_millis(200));
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::TimedOut);
    assert_eq!(error_kind(keyring.is_available()), StoreErrorKind::TimedOut);
}

#[test]
fn bus_with_a_full_queue_times_out() {
    let directory = Directory::new();
    let path = directory.path().join("bus");
    let socket = rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::STREAM, None);
    let socket = socket.expect("a socket");
    rustix::net::bind(&socket, &rustix::net::SocketAddrUnix::new(&path).expect("a short path")).expect("bound");
    rustix::net::listen(&socket, 0).expect("listening");
    let _queued = std::os::unix::net::UnixStream::connect(&path).expect("the one place in the queue");
    let keyring = keyring_with_timeout(&format!("unix:path={}", path.display()), Duration::from_millis(200));
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::TimedOut);
}

#[test]
fn bus_that_sends_garbage_is_an_error() {
    let endless = vec![b'x'; 1 << 20];
    let huge: &[u8] = b"OK 0\r\nl\x02\x01\x01\xff\xff\xff\xff\x01\0\0\0\xff\xff\xff\xff";
    let answers: [&[u8]; 6] = [
        b"",
        b"REJECTED EXTERNAL\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        &endless,
        b"OK 0\r\nnonsense of no kind",
        huge,
    ];
    for answer in answers {
        let directory = Directory::new();
        let path = directory.path().join("bus");
        let listener = UnixListener::bind(&path).expect("a socket");
        let answer = answer.to_vec();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(&answer);
        });
        let keyring = keyring_at(&format!("unix:path={}", path.display()));
        assert_eq!(error_kind(keyring.is_available()), StoreErrorKind::Failed);
        server.join().expect("the server ends");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn search_that_came_too_early_is_sent_again_once() {
    let found = ["ReadAlias", "Get", "SearchItems", "SearchItems", "OpenSession", "OpenSession", "GetSecret"];
    for (unknown_searches, calls) in [(1, &found[..]), (9, &found[..4])] {
        let bus = Bus::start();
        let service = Stub::service(&bus, StubOptions { unknown_searches, ..StubOptions::default() });
        match unknown_searches {
            1 => assert_eq!(load(&keyring(&bus), 'a').as_deref(), Some("kept")),
            _ => assert_eq!(error_kind(keyring(&bus).load(APP, &id('a'))), StoreErrorKind::Failed),
        }
        assert_eq!(service.calls(), calls);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn open_session_is_never_the_first_call() {
    for options in [StubOptions::default(), StubOptions { locked: true, ..StubOptions::default() }] {
        for attempt in 0..4 {
            let bus = Bus::start();
            let service = Stub::service(&bus, options);
            service.release();
            let keyring = keyring(&bus);
            match attempt {
                0 => keyring.load(APP, &id('a')).map(drop),
                1 => keyring.save(&item('a', "octocat"), &Secret::new("x")),
                2 => keyring.remove(APP, &id('a')),
                _ => keyring.is_available().map(drop),
            }
            .expect("it works");
            assert_eq!(service.calls()[0], "ReadAlias");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn prompt_is_awaited() {
    for hides_locked in [false, true] {
        let bus = Bus::start();
        let service = Stub::service(&bus, StubOptions { locked: true, hides_locked, ..StubOptions::default() });
        let keyring = keyring(&bus);
        std::thread::scope(|scope| {
            let loading = scope.spawn(|| load(&keyring, 'a'));
            service.await_prompt();
            assert!(!loading.is_finished());
            service.release();
            assert_eq!(loading.join().expect("lock").as_deref(), Some("kept"));
        });
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn dismissed_prompt_is_a_locked_error() {
    let bus = Bus::start();
    let service =
        Stub::service(&bus, StubOptions { locked: true, prompt: PromptOutcome::Dismisses, ..StubOptions::default() });
    service.release();
    assert_eq!(error_kind(keyring(&bus).load(APP, &id('a'))), StoreErrorKind::Locked);
    service.release();
    assert_eq!(error_kind(keyring(&bus).save(&item('a', "octocat"), &Secret::new("x"))), StoreErrorKind::Locked);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn unanswered_prompt_is_dismissed_as_locked() {
    let bus = Bus::start();
    let service =
        Stub::service(&bus, StubOptions { locked: true, prompt: PromptOutcome::Ignores, ..StubOptions::default() });
    let timeouts = KeyringTimeouts { step: Duration::from_secs(10), prompt: Duration::from_millis(200) };
    let keyring = OsKeyring::new(timeouts, SessionBus { address: Some(bus.address.clone()), runtime_dir: None });
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::Locked);
    let start = Instant::now();
    while !service.calls().contains(&"Dismiss".to_owned()) {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", service.calls());
        std::thread::yield_now();
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn no_prompt_if_prompts_are_disabled() {
    let bus = Bus::start();
    let service = Stub::service(&bus, StubOptions { locked: true, ..StubOptions::default() });
    let timeouts = KeyringTimeouts { step: Duration::from_secs(10), prompt: Duration::ZERO };
    let keyring = OsKeyring::new(timeouts, SessionBus { address: Some(bus.address.clone()), runtime_dir: None });
    assert_eq!(error_kind(keyring.load(APP, &id('a'))), StoreErrorKind::Locked);
    assert!(!service.calls().contains(&"Prompt".to_owned()));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn service_that_dies_during_a_prompt_is_an_error() {
    let bus = Bus::start();
    let service =
        Stub::service(&bus, StubOptions { locked: true, prompt: PromptOutcome::Dies, ..StubOptions::default() });
    service.release();
    let start = Instant::now();
    assert_eq!(error_kind(keyring(&bus).load(APP, &id('a'))), StoreErrorKind::Failed);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn missing_default_collection_is_created() {
    let bus = Bus::start();
    let service = Stub::service(&bus, StubOptions { has_default: false, ..StubOptions::default() });
    service.release();
    keyring(&bus).save(&item('a', "octocat"), &Secret::new("x")).expect("a stored secret");
    assert!(service.calls().contains(&"CreateCollection".to_owned()), "{:?}", service.calls());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn newest_item_wins_and_a_write_leaves_one() {
    let bus = Bus::start();
    let service = Stub::service(&bus, StubOptions { has_leftovers: true, ..StubOptions::default() });
    assert_eq!(load(&keyring(&bus), 'a').as_deref(), Some("kept"));
    keyring(&bus).save(&item('a', "octocat"), &Secret::new("x")).expect("a stored secret");
    assert_eq!(service.calls().iter().filter(|call| *call == "Delete").count(), 2);
    let calls = service.calls();
    let position = |member: &str| calls.iter().position(|call| call == member);
    assert!(position("SetSecret") < position("Delete"), "{calls:?}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn service_that_fails_to_start_is_absent_slow_one_times_out() {
    let fails = Bus::starting("org.freedesktop.secrets", "/bin/false");
    assert!(!keyring(&fails).is_available().expect("a result"));
    let missing = Bus::starting("org.freedesktop.secrets", "/nonexistent/program");
    assert!(!keyring(&missing).is_available().expect("a result"));
    let slow = Bus::starting("org.freedesktop.secrets", "/bin/sleep 2");
    assert_eq!(
        error_kind(keyring_with_timeout(&slow.address, Duration::from_millis(200)).is_available()),
        StoreErrorKind::TimedOut
    );
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs dbus: --features real")]
fn names_with_control_characters_are_not_sent() {
    let bus = Bus::start();
    let service = Stub::service(&bus, StubOptions::default());
    for account in ["a\0b", "a\nb", "\u{1b}[31m", "\u{85}"] {
        assert_eq!(error_kind(keyring(&bus).save(&item('a', account), &Secret::new("x"))), StoreErrorKind::Failed);
        assert_eq!(error_kind(keyring(&bus).load(account, &id('a'))), StoreErrorKind::Failed);
    }
    assert_eq!(service.calls(), [""; 0]);
}

/// If `OpenSession` is the first call, gnome-keyring aborts after some hundred connections like these.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn many_short_connections_do_not_abort_the_daemon() {
    short_connections(500);
}

#[test]
#[ignore = "takes minutes: .ci/more keyrings"]
fn twenty_thousand_short_connections_do_not_abort_the_daemon() {
    short_connections(20_000);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn saved_secrets_survive_a_killed_daemon() {
    kills(30);
}

#[test]
#[ignore = "takes minutes: .ci/more keyrings"]
fn saved_secrets_survive_a_thousand_killed_daemons() {
    kills(1000);
}

fn short_connections(count: usize) {
    let (mut gnome, keyring) = unlocked();
    keyring.save(&item('a', "octocat"), &Secret::new("kept")).expect("a stored secret");
    let (made, start) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while made.fetch_add(1, Ordering::Relaxed) < count {
                    assert_eq!(load(&keyring_at(&gnome.bus.address), 'a').as_deref(), Some("kept"));
                }
            });
        }
    });
    assert!(gnome.is_running());
    println!("{count} connections in {:?}, none failed, the daemon still runs", start.elapsed());
}

/// One writer and two readers while the daemon is killed and restarted: a secret that was reported as saved is found,
/// and no reader is ever told that no secret exists.
fn kills(count: usize) {
    let (mut gnome, keyring) = unlocked();
    keyring.save(&item('a', "octocat"), &Secret::new("0")).expect("a stored secret");
    let address = gnome.bus.address.clone();
    let (tried, kept, cut) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    for round in 0..count {
        let before = kept.load(Ordering::SeqCst);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                loop {
                    let value = tried.fetch_add(1, Ordering::SeqCst) + 1;
                    match keyring.save(&item('a', "octocat"), &Secret::new(value.to_string())) {
                        Ok(()) => kept.store(value, Ordering::SeqCst),
                        Err(error) => {
                            break assert!(matches!(
                                error_text(error),
                                StoreErrorKind::NotFound | StoreErrorKind::Failed
                            ));
                        }
                    }
                }
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    let keyring = keyring_at(&address);
                    loop {
                        match keyring.load(APP, &id('a')) {
                            Ok(found) => assert!(found.is_some(), "it reported that no secret exists"),
                            Err(error) => {
                                cut.fetch_add(1, Ordering::SeqCst);
                                break assert!(matches!(
                                    error_text(error),
                                    StoreErrorKind::NotFound | StoreErrorKind::Failed
                                ));
                            }
                        }
                    }
                });
            }
            // Some writes are done, and one more is at an arbitrary point.
            while kept.load(Ordering::SeqCst) < before + round % 3 + 1 {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_micros(round as u64 * 379 % 5000));
            gnome.kill();
        });
        gnome.unlock();
        let found: usize = load(&keyring, 'a').expect("it was kept").parse().expect("a number");
        let (tried, kept) = (tried.load(Ordering::SeqCst), kept.load(Ordering::SeqCst));
        assert!((kept..=tried).contains(&found), "{found} is there, {kept} was kept, {tried} was tried");
    }
    let (writes, cut) = (kept.load(Ordering::SeqCst), cut.load(Ordering::SeqCst));
    println!("{count} kills in {:?} amid {writes} writes: none was lost, {cut} reads were cut off", start.elapsed());
}

fn error_text(error: Error) -> StoreErrorKind {
    error_kind(Err::<(), _>(error))
}
