//! `signin --no-wait` and `--resume`: for programs without a terminal.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::fake_provider::{DEVICE, Response, TOKEN};
use crate::support::visitor;
use crate::support::world::{World, assert_keys};

const KEYS: [&str; 7] = ["id", "provider", "flow", "url", "url_with_code", "user_code", "expires_at"];

/// Starts a sign-in and returns its document. The program has ended and nobody else holds its streams.
fn start(world: &World, flags: &[&str]) -> Value {
    let outcome = world.run(&[&["signin", "acme", "--no-wait"], flags].concat()).success();
    assert_eq!(outcome.stderr, "");
    let document = outcome.json();
    assert_keys(&document, &KEYS);
    document
}

fn text<'a>(document: &'a Value, key: &str) -> &'a str {
    document[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {document}"))
}

/// Process that holds the lock of a sign-in.
fn process_of(world: &World, id: &str) -> i32 {
    let inode = fs::metadata(world.sandbox.state().join(format!("background/{id}.lock"))).expect("it runs").ino();
    let locks = fs::read_to_string("/proc/locks").expect("Linux");
    let line = locks.lines().find(|line| line.contains(&format!(":{inode} "))).expect("the lock is held");
    line.split_whitespace().nth(4).expect("a process").parse().expect("a number")
}

fn signal(world: &World, id: &str, signal: Signal) {
    kill_process(Pid::from_raw(process_of(world, id)).expect("not 0"), signal).expect("it runs");
}

#[test]
fn background_sign_in_ends_as_the_user_does() {
    let world = World::new();
    let loopback = start(&world, &["--browser"]);
    assert_eq!((text(&loopback, "flow"), text(&loopback, "provider")), ("loopback", "acme"));
    assert_eq!(loopback["user_code"], Value::Null);
    world.run(&["status"]).ends_with(3);
    visitor::visit(text(&loopback, "url"));
    let id = text(&loopback, "id");
    let signed_in = world.run(&["signin", "--resume", id, "--json"]).success();
    assert_keys(
        &signed_in.json(),
        &["provider", "account", "subject", "issuer", "scopes", "expires_at", "store", "flow"],
    );
    assert_eq!((&signed_in.json()["subject"], &signed_in.json()["flow"]), (&json!("subject-1"), &json!("loopback")));
    // The end can be asked for again.
    let again = world.run(&["signin", "--resume", id]).success();
    assert!(again.stdout.is_empty() && again.stderr.contains("signed in to `acme` as `"), "{again:?}");
    // A valid session needs nobody.
    let existing = start(&world, &[]);
    assert_eq!((text(&existing, "flow"), &existing["url"]), ("existing", &Value::Null));
    let existing = world.run(&["signin", "--resume", text(&existing, "id"), "--json"]).success().json();
    assert_eq!(existing["flow"], "existing");
    world.provider.set_device_polls(1);
    let device = start(&world, &["--device", "--force"]);
    let codes = ["url", "url_with_code", "user_code", "expires_at"].map(|key| text(&device, key));
    assert!(codes[1].contains(codes[2]) && codes[0].starts_with(world.provider.issuer()), "{codes:?}");
    let done = world.run(&["signin", "--resume", text(&device, "id"), "--json"]).success().json();
    assert_eq!(done["flow"], "device");
    assert!(world.opened.is_empty(), "a browser was opened");
}

#[test]
fn failure_in_the_background_is_told_by_resume() {
    let world = World::new();
    let resume = |document: &Value| world.run(&["signin", "--resume", text(document, "id")]);
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "access_denied"})));
    resume(&start(&world, &["--device"])).fails(4, "denied");
    world.provider.respond_normally(TOKEN);
    let slow = start(&world, &["--browser", "--timeout", "1s"]);
    let timed_out = resume(&slow).fails(5, "browser sign-in timed out after 1s");
    assert!(timed_out.stderr.contains("hint: "), "{timed_out:?}");
    // The store fails at the end.
    let late = start(&world, &["--browser"]);
    let secrets = world.sandbox.path("home/.local/share/mycli");
    let _ = fs::remove_dir_all(&secrets);
    fs::write(&secrets, "").expect("the sandbox can be written");
    visitor::visit(text(&late, "url"));
    resume(&late).ends_with(7);
    fs::remove_file(&secrets).expect("ours");
    // A signal, and a process that was killed.
    for (sent, code, words) in [(Signal::TERM, 143, ""), (Signal::KILL, 1, "was killed")] {
        let document = start(&world, &["--browser"]);
        signal(&world, text(&document, "id"), sent);
        let outcome = resume(&document).ends_with(code);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(words), "{outcome:?}");
    }
    assert!(world.accounts().is_empty());
}

#[test]
fn failure_before_the_first_page_needs_no_resume() {
    let world = World::new();
    for (arguments, code, words) in [
        (&["signin", "github", "--no-wait"][..], 2, "no client ID for `github`"),
        (&["signin", "acme", "--no-wait", "--no-input"], 2, "needs a user"),
        (&["signin", "acme", "--no-wait", "--paste"], 2, "cannot be used with"),
        (&["signin", "--resume", "0"], 2, "no sign-in `0`"),
        (&["signin", "--resume", "../../../x"], 2, "waits in the background"),
        (&["signin", "--resume", "0123456789abcdef0123456789abcdef"], 2, "ended over an hour ago"),
        (&["signin", "acme", "--resume", "0"], 2, "cannot be used with"),
    ] {
        world.run(arguments).fails(code, words);
    }
    world.provider.respond_with(DEVICE, Response::html(503, ""));
    world.run(&["signin", "acme", "--no-wait", "--device"]).fails(6, "503");
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.run(&["signin", "--no-wait"]).fails(2, "needs a provider");
    world.sandbox.configure(&world.table("acme", "flow = \"paste\""));
    world.run(&["signin", "acme", "--no-wait"]).fails(2, "paste at a terminal");
    assert!(!world.sandbox.state().join("background").exists());
}

#[test]
fn waiting_for_the_end_is_not_the_sign_in() {
    let world = World::new();
    let (first, second) = (start(&world, &["--browser"]), start(&world, &["--browser"]));
    let id = text(&first, "id");
    let mut waiting = world.sandbox.start(&["signin", "--resume", id]);
    waiting.line(|line| line.contains("waiting for the sign-in to acme"));
    waiting.signal(Signal::INT);
    assert_eq!(waiting.outcome().code, 130);
    visitor::visit(text(&first, "url"));
    for _ in 0..2 {
        world.run(&["signin", "--resume", id]).success();
    }
    visitor::visit(text(&second, "url"));
    world.run(&["signin", "--resume", text(&second, "id")]).success();
}

/// The caller of `--no-wait` may have a terminal that closes, and other users may read the process list.
#[test]
fn background_process_is_detached_and_shows_no_secret() {
    let world = World::configured("client_auth = \"client_secret_post\"");
    let flags = ["signin", "acme", "--no-wait", "--browser", "--client-id", "native", "--client-secret-stdin"];
    // Returns at the end of both streams: the process has let go of them.
    let document = world.sandbox.run_with(&flags, "hush-hush\n").success().json();
    let id = text(&document, "id");
    let process = process_of(&world, id);
    let words = fs::read(format!("/proc/{process}/cmdline")).expect("Linux");
    let words = String::from_utf8_lossy(&words).into_owned();
    assert!(words.ends_with(&(flags.join("\0") + "\0")) && !words.contains("hush"), "{words}");
    // Nobody but root can read the environment and the streams of a process without core dumps.
    match fs::read(format!("/proc/{process}/environ")) {
        Ok(environment) => assert!(!String::from_utf8_lossy(&environment).contains("hush")),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    }
    let session = rustix::process::getsid(Pid::from_raw(process)).expect("it runs");
    assert_eq!(session.as_raw_nonzero().get(), process);
    visitor::visit(text(&document, "url"));
    world.run(&["signin", "--resume", id]).success();
    let asked = world.provider.requests_to(TOKEN);
    assert_eq!(asked[0].form("client_secret"), Some("hush-hush"));
    let record = world.sandbox.state().join(format!("background/{id}.json"));
    let record_text = fs::read_to_string(&record).expect("kept");
    assert!(!record_text.contains("hush") && !record_text.contains("-secret-"), "{record_text}");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!((mode(&record), mode(record.parent().expect("a folder"))), (0o600, 0o700));
}
