//! What is different where a person looks and types.

use crate::support::{Outcome, Running};
use crate::world::World;

/// Starts the program on a terminal of its own. What it writes, on either stream, is in `stderr`.
pub fn start_on_terminal(world: &World, command: &str) -> Running {
    world.sandbox.start_on_terminal(command)
}

/// Runs it to its end.
fn on_a_terminal(world: &World, command: &str) -> Outcome {
    start_on_terminal(world, command).outcome()
}

/// Runs it to its end where no cursor can be moved, and types `input` once `question` is asked.
fn on_a_dumb_terminal(world: &mut World, command: &str, question: &str, input: &str) -> Outcome {
    world.sandbox.set("TERM", "dumb");
    let mut running = start_on_terminal(world, command);
    running.line(|line| line.contains(question));
    running.write_stdin(input);
    running.outcome()
}

#[test]
fn a_sign_out_says_once_what_goes_on() {
    let world = World::signed_in();
    let outcome = on_a_terminal(&world, "signout").success();
    let note =
        "You are still signed in to `acme` in your browser. Issued access tokens stay valid for up to 60 minutes";
    assert_eq!(outcome.stderr.matches(note).count(), 1, "{}", outcome.stderr);
}

#[test]
fn where_no_cursor_can_be_moved_a_number_is_asked_for() {
    let mut world = World::with_two_accounts();
    let outcome = on_a_dumb_terminal(&mut world, "signout", "Number (1-2)", "0\nx\n2\n").success();
    assert!(outcome.stderr.contains("signed out of `acme` (`bob`)"), "{}", outcome.stderr);
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn leaving_the_menu_clears_nothing() {
    let mut world = World::with_two_accounts();
    on_a_dumb_terminal(&mut world, "signout", "Number (1-2)", "\n").ends_with(130);
    assert_eq!(world.accounts(), ["ada", "bob"]);
}

#[test]
fn without_input_there_is_no_menu_on_a_terminal_either() {
    let world = World::with_two_accounts();
    let outcome = on_a_terminal(&world, "signout --no-input").ends_with(2);
    assert!(outcome.stderr.contains("--all"), "{}", outcome.stderr);
}

#[test]
fn without_a_browser_a_menu_asks_which_provider_to_sign_in_to() {
    let mut world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sandbox.unset("MYCLI_BROWSER");
    let outcome = on_a_dumb_terminal(&mut world, "signin --timeout 1s", "Number (1-2)", "2\n").ends_with(5);
    assert!(outcome.stderr.contains("in to other, visit"), "{}", outcome.stderr);
}

#[test]
fn the_whole_address_is_shown_on_a_terminal_only() {
    let world = World::new();
    let outcome = on_a_terminal(&world, "signin acme --timeout 1s").ends_with(5);
    assert!(outcome.stderr.contains("&state="), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(" left, waiting for"), "the time left is shown: {}", outcome.stderr);
    let outcome = world.run(&["signin", "acme", "--timeout", "1s", "--no-open"]).fails(5, "/start?k=");
    assert!(!outcome.stderr.contains("state="), "{}", outcome.stderr);
}
