//! Whole sign-ins by each flow: what is printed on both streams, with each degree of detail.

use std::process::Stdio;

use serde_json::json;

use crate::cmd::record::Record;
use crate::support::fake_provider::{DEVICE, Response, TOKEN};
use crate::support::visitor::{self, CookieBrowser};
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Flags of each degree of detail.
const DETAIL: [&[&str]; 6] = [&[], &["-q"], &["-v"], &["-vv"], &["--json"], &["--json", "-vv"]];

pub fn record_of(world: &World) -> Record {
    let mut record = Record::new();
    record.replace(world.provider.issuer(), "[ISSUER]");
    record.within(&world.sandbox);
    record
}

/// Deletes the count of unfinished sign-ins: a fourth one is rejected.
pub fn forget_attempts(world: &World) {
    let _ = std::fs::remove_dir_all(world.sandbox.state().join("attempts"));
}

/// Waits until the process handles Ctrl-C, which comes after its first line.
fn handles_interrupt(running: &Running) {
    let handles = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        caught.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_none_or(|mask| mask & 0b10 != 0)
    };
    while !handles() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // A signal between the handlers and the wait ends the process without a word.
    std::thread::sleep(std::time::Duration::from_millis(100));
}

/// A home without what discovery left in the cache, and without a session.
fn fresh(world: &World) {
    world.run(&["signout", "--all"]).success();
    let _ = std::fs::remove_dir_all(world.sandbox.path("home/.cache"));
}

/// A sign-in whose URL is printed and visited.
fn by_printed_url(world: &World, arguments: &[&str]) -> Outcome {
    let mut running = world.sandbox.start(arguments);
    visitor::visit(&running.wait_for_url("k="));
    running.outcome()
}

/// A sign-in whose URL is opened by the browser of the sandbox.
fn by_browser(world: &World, arguments: &[&str]) -> Outcome {
    let running = world.sandbox.start(arguments);
    visitor::visit(&world.opened.next_url());
    running.outcome()
}

/// A sign-in whose redirect is pasted into a pipe; `change` makes another line of the redirect.
pub fn by_paste(world: &World, arguments: &[&str], change: impl Fn(&str) -> String) -> Outcome {
    let mut command = world.sandbox.command(arguments);
    command.stdin(Stdio::piped());
    let mut running = Running::spawn(command);
    let redirect = visitor::get(&running.wait_for_url("state=")).header("location").expect("a redirect").to_owned();
    running.write_stdin(&format!("{}\n", change(&redirect)));
    running.outcome()
}

#[test]
fn loopback_flow() {
    let world = World::new();
    let mut record = record_of(&world);
    for flags in DETAIL {
        fresh(&world);
        let arguments = [flags, &["signin", "acme"]].concat();
        record.outcome("browser opened", &arguments, &by_browser(&world, &arguments).success());
        fresh(&world);
        let arguments = [flags, &["signin", "acme", "--no-open"]].concat();
        record.outcome("URL printed", &arguments, &by_printed_url(&world, &arguments).success());
        assert!(world.opened.is_empty(), "the user opens it");
    }
    for flags in [&[][..], &["-q"], &["-v"], &["--json"]] {
        let arguments = [flags, &["signin", "acme"]].concat();
        record.run(&world.sandbox, "already signed in", &arguments).success();
    }
    let arguments = ["signin", "acme", "--force"];
    record.outcome("already signed in, forced", &arguments, &by_browser(&world, &arguments).success());
    let arguments = ["signin", "acme", "--force", "--redirect-to", "https://app.example/x"];
    let running = world.sandbox.start(&arguments);
    let (mut guest, mut next) = (CookieBrowser::default(), world.opened.next_url());
    for _ in 0..3 {
        next = guest.get(&next).header("location").expect("a redirect").to_owned();
    }
    record.outcome("page to go to afterwards", &arguments, &running.outcome().success());
    record.block("where the browser ends", &next);
    record.matches("signin_loopback.txt");
}

#[test]
fn loopback_flow_that_nobody_finishes() {
    let mut world = World::new();
    let mut record = record_of(&world);
    for flags in [&[][..], &["-q"], &["--json"]] {
        let arguments = [flags, &["signin", "acme", "--no-open", "--timeout", "1s"]].concat();
        record.run(&world.sandbox, "time over", &arguments).ends_with(5);
        forget_attempts(&world);
    }
    let mut running = world.sandbox.start(&["signin", "acme"]);
    world.opened.next_url();
    // One line about the browser, one about the wait.
    running.line(|_| true);
    running.line(|_| true);
    handles_interrupt(&running);
    running.signal(rustix::process::Signal::INT);
    record.outcome("interrupted", &["signin", "acme"], &running.outcome().ends_with(130));
    world.sandbox.configure(&world.table("other", ""));
    world.sandbox.set("MYCLI_BROWSER", "/nonexistent/browser");
    forget_attempts(&world);
    record.run(&world.sandbox, "browser not there", &["signin", "other", "--timeout", "1s"]).ends_with(5);
    world.sandbox.set("MYCLI_BROWSER", "false");
    forget_attempts(&world);
    record.run(&world.sandbox, "browser that fails", &["signin", "other", "--timeout", "1s"]).ends_with(5);
    world.sandbox.configure(&world.table("third", ""));
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_TTY", "/dev/pts/1");
    record.run(&world.sandbox, "SSH", &["signin", "third", "--browser", "--timeout", "1s"]).ends_with(5);
    let held = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = held.local_addr().expect("bound").port().to_string();
    record.replace(&port, "[PORT]");
    record.run(&world.sandbox, "port taken", &["signin", "third", "--no-open", "--port", &port]).ends_with(1);
    record.matches("signin_loopback_unfinished.txt");
}

#[test]
fn device_flow() {
    let mut world = World::new();
    let mut record = record_of(&world);
    for flags in DETAIL {
        fresh(&world);
        let arguments = [flags, &["signin", "acme", "--device", "--no-open"]].concat();
        record.run(&world.sandbox, "", &arguments).success();
    }
    let arguments = ["signin", "acme", "--device", "--force"];
    record.run(&world.sandbox, "browser opened", &arguments).success();
    world.opened.next_url();
    record.run(&world.sandbox, "QR code", &[&arguments[..], &["--no-open", "--qr"]].concat()).success();
    record.run(&world.sandbox, "clipboard", &[&arguments[..], &["--no-open", "--copy"]].concat()).success();
    world.sandbox.unset("MYCLI_BROWSER");
    for (name, value) in [("SSH_TTY", "/dev/pts/1"), ("container", "podman"), ("BROWSER", "w3m")] {
        world.sandbox.set(name, value);
        let case = format!("no browser: {name}={value}");
        if name != "BROWSER" {
            record.run(&world.sandbox, &case, &["signin", "acme", "--force"]).success();
        }
        world.sandbox.unset(name);
    }
    record.matches("signin_device.txt");
}

#[test]
fn device_flow_that_fails() {
    let world = World::new();
    let mut record = record_of(&world);
    let arguments = ["signin", "acme", "--device", "--no-open"];
    world.provider.set_device_polls(1000);
    record.run(&world.sandbox, "time over", &[&arguments[..], &["--timeout", "1s"]].concat()).ends_with(5);
    let error = |code: &str| Response::json(400, &json!({"error": code, "error_description": "as it is"}));
    for (case, answer) in [
        ("declined", error("access_denied")),
        ("code rejected", error("invalid_grant")),
        ("client rejected", error("invalid_client")),
        ("unknown code", error("xyzzy")),
    ] {
        world.provider.respond_with(TOKEN, answer);
        record.run(&world.sandbox, case, &arguments);
        forget_attempts(&world);
    }
    let slow = |code: &str| Response::json(400, &json!({"error": code}));
    world.provider.respond_normally(TOKEN);
    world.provider.set_device_polls(0);
    world.provider.respond_next(TOKEN, vec![Response::html(500, "away"), Response::html(200, "hello")]);
    record.run(&world.sandbox, "server away for a moment", &arguments).success();
    world.run(&["signout", "--all"]).success();
    world.provider.respond_next(TOKEN, vec![slow("expired_token")]);
    record.run(&world.sandbox, "code expired", &arguments);
    for (case, answer) in [
        ("flow forbidden", error("unauthorized_client")),
        ("scope rejected", error("invalid_scope")),
        ("code refused by a page", Response::html(500, "away")),
        ("code refused by nothing", Response::Nothing),
        ("response without a code", Response::json(200, &json!({}))),
        (
            "page of another scheme",
            Response::json(
                200,
                &json!({"device_code": "d", "user_code": "u", "verification_uri": "javascript:x", "expires_in": 60}),
            ),
        ),
    ] {
        world.provider.respond_with(DEVICE, answer);
        forget_attempts(&world);
        record.run(&world.sandbox, case, &arguments);
    }
    forget_attempts(&world);
    world.provider.change_metadata(|metadata| {
        metadata.as_object_mut().expect("it is one").remove("device_authorization_endpoint");
    });
    std::fs::remove_dir_all(world.sandbox.path("home/.cache")).expect("it was asked before");
    record.run(&world.sandbox, "no device flow", &arguments).ends_with(2);
    record.matches("signin_device_failures.txt");
}

#[test]
fn paste_flow() {
    let world = World::new();
    let mut record = record_of(&world);
    for flags in DETAIL {
        fresh(&world);
        let arguments = [flags, &["signin", "acme", "--paste"]].concat();
        record.outcome("", &arguments, &by_paste(&world, &arguments, str::to_owned).success());
    }
    let arguments = ["signin", "acme", "--paste", "--force"];
    let state = regex::Regex::new("state=[^&]*").expect("a pattern");
    type Change<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let cases: Vec<(&str, Change<'_>)> = vec![
        ("nothing", Box::new(|_| String::new())),
        ("one word", Box::new(|_| "junk".to_owned())),
        ("several words", Box::new(|_| "junk and more".to_owned())),
        ("another URL", Box::new(|_| "https://evil.example/?code=x&state=y".to_owned())),
        ("a URL without a code", Box::new(|url| url.split('?').next().unwrap_or_default().to_owned())),
        ("a URL without a state", Box::new(|url| state.replace(url, "").into_owned())),
        ("a URL of another sign-in", Box::new(|url| state.replace(url, "state=other").into_owned())),
        ("a URL that is too long", Box::new(|url| format!("{url}&x={}", "x".repeat(80_000)))),
    ];
    for (case, change) in cases {
        record.outcome(&format!("pasted: {case}"), &arguments, &by_paste(&world, &arguments, change));
        forget_attempts(&world);
    }
    record.run(&world.sandbox, "stdin has ended", &arguments).ends_with(2);
    forget_attempts(&world);
    let arguments = [&arguments[..], &["--timeout", "1s"]].concat();
    let mut command = world.sandbox.command(&arguments);
    let (stdin, _writer) = std::io::pipe().expect("a pipe can be made");
    command.stdin(stdin);
    record.outcome("time over", &arguments, &Running::spawn(command).outcome().ends_with(5));
    record.matches("signin_paste.txt");
}

#[test]
fn picker_in_the_browser() {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    let mut record = record_of(&world);
    for flags in DETAIL {
        fresh(&world);
        let arguments = [flags, &["signin"]].concat();
        let running = world.sandbox.start(&arguments);
        let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
        guest.get(&page);
        let next = guest.press(&page, "acme").link();
        guest.visit(&next);
        record.outcome("", &arguments, &running.outcome().success());
    }
    fresh(&world);
    let mut running = world.sandbox.start(&["signin", "--no-open"]);
    let (mut guest, page) = (CookieBrowser::default(), running.wait_for_url("k="));
    guest.get(&page);
    let next = guest.press(&page, "other").link();
    guest.visit(&next);
    record.outcome("URL printed", &["signin", "--no-open"], &running.outcome().success());
    record.run(&world.sandbox, "no choice in time", &["signin", "--no-open", "--timeout", "1s"]).ends_with(5);
    world.sandbox.configure("[providers.github]\n[providers.gitlab]\n");
    record.run(&world.sandbox, "no provider is complete", &["signin"]).ends_with(2);
    assert!(world.opened.is_empty(), "nothing to choose from");
    record.matches("signin_picker.txt");
}

#[test]
fn demo_provider_that_approves_by_itself() {
    let world = World::new();
    let mut record = record_of(&world);
    for flags in DETAIL {
        fresh(&world);
        for more in [&[][..], &["--device"]] {
            let arguments = [flags, &["--no-input", "signin", "demo", "--force"], more].concat();
            record.run(&world.sandbox, "", &arguments).success();
        }
    }
    record.run(&world.sandbox, "already signed in", &["signin", "demo"]).success();
    record.run(&world.sandbox, "", &["status"]).success();
    record.run(&world.sandbox, "", &["--json", "token", "demo"]).success();
    record.run(&world.sandbox, "wrong account", &["--no-input", "signin", "demo", "--force", "--account", "carol"]);
    record.run(&world.sandbox, "", &["signout", "demo", "--revoke"]);
    record.matches("signin_demo.txt");
}

#[test]
fn demo_server() {
    let world = World::new();
    let mut record = record_of(&world);
    for arguments in [&["demo"][..], &["--json", "demo"], &["demo", "--approve"], &["-q", "demo"], &["-v", "demo"]] {
        let running = world.sandbox.start(arguments);
        handles_interrupt(&running);
        running.signal(rustix::process::Signal::INT);
        record.outcome("", arguments, &running.outcome());
    }
    let held = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = held.local_addr().expect("bound").port().to_string();
    record.replace(&port, "[PORT]");
    record.run(&world.sandbox, "port taken", &["demo", "--port", &port]).ends_with(1);
    record.matches("demo_server.txt");
}
