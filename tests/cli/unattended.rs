//! Callers without a terminal: three sign-ins that come to nothing, and no further tab.

use std::fs;

use rustix::process::Signal;

use crate::support::Running;
use crate::support::visitor;
use crate::world::{World, edit_json};

/// Begins a sign-in, sees the browser open, and nobody comes.
fn nobody_comes(world: &World, flags: &[&str]) {
    let running = world.sandbox.start(&[&["signin", "acme"], flags].concat());
    world.opened.next_url();
    running.signal(Signal::TERM);
    running.outcome().ends_with(143);
}

#[test]
fn after_three_that_nobody_answered_none_is_begun_until_somebody_signs_in() {
    let world = World::new();
    for _ in 0..3 {
        nobody_comes(&world, &[]);
    }
    let asked = world.provider.requests().len();
    for flags in [&[][..], &["--force"], &["--no-open"], &["--device"]] {
        let stderr = world.run(&[&["signin", "acme"], flags].concat()).fails(2, "three sign-ins to `acme`").stderr;
        assert!(stderr.contains("hint: in a terminal: mycli signin acme"), "{stderr}");
    }
    assert!(world.opened.is_empty());
    assert_eq!(world.provider.requests().len(), asked, "at once, and without the network");
    // Another provider is another count.
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sign_in_at("other", &[]).success();
    // A person at a terminal is not limited, and lifts it.
    let mut running = crate::terminal::start_on_terminal(&world, "signin acme");
    visitor::visit(&world.opened.next_url());
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
    world.sign_in(&["--force"]).success();
}

#[test]
fn an_attempt_that_is_answered_starts_the_count_anew_and_a_refusal_does_not() {
    let world = World::new();
    nobody_comes(&world, &[]);
    nobody_comes(&world, &[]);
    world.sign_in(&[]).success();
    nobody_comes(&world, &["--force"]);
    world.provider.deny("access_denied", "no");
    world.sign_in(&["--force"]).ends_with(4);
    world.sign_in(&["--force"]).ends_with(4);
    world.run(&["signin", "acme", "--force"]).fails(2, "three sign-ins");
    // What is there is there, and its token too.
    world.run(&["signin", "acme"]).success();
    world.run(&["token", "acme"]).success();
}

#[test]
fn of_many_at_once_three_are_begun() {
    let world = World::new();
    let callers: Vec<Running> = (0..12).map(|_| world.sandbox.start(&["signin", "acme", "--no-open"])).collect();
    let (mut begun, mut refused) = (Vec::new(), 0);
    for mut caller in callers {
        let line = caller.line(|line| line.contains("three sign-ins") || line.contains("/start?k="));
        match line.find("http://127.0.0.1") {
            Some(at) => begun.push((line[at..].to_owned(), caller)),
            None => refused += 1,
        }
    }
    assert_eq!((refused, begun.len()), (9, 3));
    for (address, caller) in begun {
        visitor::visit(&address);
        caller.outcome().success();
    }
    nobody_comes(&world, &["--force"]);
}

#[test]
fn the_demo_that_approves_by_itself_is_not_limited() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_BROWSER").set("CI", "true");
    for _ in 0..5 {
        world.run(&["signin", "demo", "--force"]).success();
    }
}

#[test]
fn the_count_is_kept_as_all_state_is() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    nobody_comes(&world, &[]);
    let file = world.sandbox.state().join("attempts/acme.json");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
    let newer = edit_json(&file, "version", 99.into());
    world.run(&["signin", "acme"]).fails(2, "newer version");
    assert_eq!(fs::read_to_string(&file).expect("still there"), newer);
    fs::write(&file, "damaged").expect("ours");
    nobody_comes(&world, &[]);
}

#[test]
fn where_nothing_can_be_counted_nothing_is_opened() {
    let world = World::new();
    fs::create_dir_all(world.sandbox.state()).expect("ours");
    fs::write(world.sandbox.state().join("attempts"), "in the way").expect("ours");
    world.run(&["signin", "acme"]).fails(7, "attempts");
    assert!(world.opened.is_empty());
}
