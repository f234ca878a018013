//! Rate limit for callers without a terminal: three unfinished sign-ins, then no more tabs.

use std::fs;

use rustix::process::Signal;

use crate::support::Running;
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
    for flags in [&[][..], &["--force"], &["--no-open"], &["--device"]] {
        world.run(&[&["signin", "acme"], flags].concat()).fails(2, "too many sign-ins to `acme`");
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
fn success_resets_the_count_and_denial_does_not() {
    let world = World::new();
    leave_unfinished(&world, &[]);
    leave_unfinished(&world, &[]);
    world.sign_in(&[]).success();
    leave_unfinished(&world, &["--force"]);
    world.provider.deny("access_denied", "no");
    world.sign_in(&["--force"]).ends_with(4);
    world.sign_in(&["--force"]).ends_with(4);
    world.run(&["signin", "acme", "--force"]).fails(2, "too many sign-ins");
    // The existing session and its token still work.
    world.run(&["signin", "acme"]).success();
    world.run(&["token", "acme"]).success();
}

#[test]
fn only_three_concurrent_sign_ins_start() {
    let world = World::new();
    let callers: Vec<Running> = (0..12).map(|_| world.sandbox.start(&["signin", "acme", "--no-open"])).collect();
    let (mut started, mut rejected) = (Vec::new(), 0);
    for mut caller in callers {
        let line = caller.line(|line| line.contains("too many sign-ins") || line.contains("/start?k="));
        match line.find("http://127.0.0.1") {
            Some(at) => started.push((line[at..].to_owned(), caller)),
            None => rejected += 1,
        }
    }
    assert_eq!((rejected, started.len()), (9, 3));
    for (address, caller) in started {
        visitor::visit(&address);
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
