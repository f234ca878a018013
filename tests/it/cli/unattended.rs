//! Rate limit for callers without a terminal: three unfinished sign-ins, then no more tabs.

use std::fs;

use rustix::process::Signal;

use crate::support::Running;
use crate::support::fake_provider::FakeProvider;
use crate::support::visitor;
use crate::support::world::{World, edit_json};

/// Starts a sign-in, waits for the browser and ends the sign-in.
fn leave_unfinished(world: &World, flags: &[&str]) {
    let running = world.sandbox.start(&[&["signin", "acme"], flags].concat());
    world.opened.next_url();
    running.signal(Signal::TERM);
    running.outcome().ends_with(143);
}

#[test]
fn three_unfinished_sign_ins_block_further_ones() {
    let world = World::new();
    for _ in 0..3 {
        leave_unfinished(&world, &[]);
    }
    let asked = world.provider.requests().len();
    for (flags, kept) in [(&[][..], ""), (&["--force"], "--force "), (&["--device"], "")] {
        let stderr = world.run(&[&["signin", "acme"], flags].concat()).fails(2, "too many sign-ins to `acme`").stderr;
        assert!(stderr.ends_with(&format!("hint: mycli signin acme {kept}--no-open\n")), "{stderr}");
    }
    assert!(world.opened.is_empty());
    assert_eq!(world.provider.requests().len(), asked, "at once, and without the network");
    // Each provider has its own count.
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sign_in_at("other", &[]).success();
    // A user at a terminal is not limited, and resets the count.
    let mut running = world.sandbox.start_on_terminal("signin acme");
    visitor::visit(&world.opened.next_url());
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
    world.sign_in(&["--force"]).success();
}

#[test]
fn success_resets_the_count_and_an_answer_does_not() {
    let world = World::new();
    leave_unfinished(&world, &[]);
    leave_unfinished(&world, &[]);
    world.sign_in(&[]).success();
    leave_unfinished(&world, &["--force"]);
    leave_unfinished(&world, &["--force"]);
    // The user mends what the provider says, and is not locked out meanwhile.
    for (error, code) in [("access_denied", 4), ("invalid_scope", 2), ("invalid_request", 2)] {
        world.provider.deny(error, "no");
        world.sign_in(&["--force"]).ends_with(code);
    }
    leave_unfinished(&world, &["--force"]);
    world.run(&["signin", "acme", "--force"]).fails(2, "nobody answered three since");
    // The existing session and its token still work.
    world.run(&["signin", "acme"]).success();
    world.run(&["token", "acme"]).success();
}

#[test]
fn sign_in_that_opens_nothing_gets_out_of_the_limit() {
    let world = World::new();
    for _ in 0..3 {
        leave_unfinished(&world, &[]);
    }
    world.run(&["signin", "acme"]).fails(2, "too many sign-ins");
    let mut running = world.sandbox.start(&["signin", "acme", "--no-open"]);
    let line = running.line(|line| line.contains("/start?k="));
    visitor::visit(line[line.find("http://127.0.0.1").expect("a URL")..].trim_end());
    running.outcome().success();
    leave_unfinished(&world, &["--force"]);
}

#[test]
fn another_client_or_issuer_is_not_limited() {
    let world = World::new();
    for _ in 0..3 {
        leave_unfinished(&world, &[]);
    }
    let other = FakeProvider::start();
    for (old, new) in [("\"native\"", "\"another\""), (world.provider.issuer(), other.issuer())] {
        world.run(&["signin", "acme"]).fails(2, "too many sign-ins");
        world.sandbox.configure(&world.table("acme", "").replace(old, new));
        for _ in 0..3 {
            leave_unfinished(&world, &[]);
        }
    }
}

#[test]
fn only_three_concurrent_sign_ins_start() {
    let world = World::new();
    let callers: Vec<Running> = (0..12).map(|_| world.sandbox.start(&["signin", "acme"])).collect();
    let (mut started, mut rejected) = (Vec::new(), 0);
    for mut caller in callers {
        let line = caller.line(|line| line.contains("too many sign-ins") || line.contains("waiting for the browser"));
        match line.contains("waiting") {
            true => started.push(caller),
            false => rejected += 1,
        }
    }
    assert_eq!((rejected, started.len()), (9, 3));
    for _ in &started {
        visitor::visit(&world.opened.next_url());
    }
    for caller in started {
        caller.outcome().success();
    }
    leave_unfinished(&world, &["--force"]);
}

#[test]
fn unattended_demo_is_not_limited() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_BROWSER").set("CI", "true");
    for _ in 0..5 {
        world.run(&["signin", "demo", "--force"]).success();
    }
}

#[test]
fn attempt_count_is_stored_like_other_state() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    leave_unfinished(&world, &[]);
    let file = world.sandbox.state().join("attempts/acme.json");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
    let newer = edit_json(&file, "version", 99.into());
    world.run(&["signin", "acme"]).fails(2, "newer version");
    assert_eq!(fs::read_to_string(&file).expect("still there"), newer);
    fs::write(&file, "damaged").expect("ours");
    leave_unfinished(&world, &[]);
}

#[test]
fn unwritable_attempt_count_blocks_sign_in() {
    let world = World::new();
    fs::create_dir_all(world.sandbox.state()).expect("ours");
    fs::write(world.sandbox.state().join("attempts"), "in the way").expect("ours");
    world.run(&["signin", "acme"]).fails(7, "attempts");
    assert!(world.opened.is_empty());
}
