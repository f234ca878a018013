//! Behavior on a terminal.

use crate::support::Outcome;
use crate::support::world::World;

/// Runs the program on a terminal to its end.
fn on_a_terminal(world: &World, command: &str) -> Outcome {
    world.sandbox.start_on_terminal(command).outcome()
}

/// Runs the program on a dumb terminal and types `input` after `question`.
fn on_a_dumb_terminal(world: &mut World, command: &str, question: &str, input: &str) -> Outcome {
    world.sandbox.set("TERM", "dumb");
    let mut running = world.sandbox.start_on_terminal(command);
    running.line(|line| line.contains(question));
    running.write_stdin(input);
    running.outcome()
}

#[test]
fn signout_reports_the_browser_session_once() {
    let world = World::signed_in();
    let outcome = on_a_terminal(&world, "signout").success();
    let note =
        "You are still signed in to `acme` in your browser. Issued access tokens stay valid for up to 60 minutes";
    assert_eq!(outcome.stderr.matches(note).count(), 1, "{}", outcome.stderr);
}

#[test]
fn cancelled_menu_clears_nothing() {
    let mut world = World::with_two_accounts();
    on_a_dumb_terminal(&mut world, "signout", "Number (1-2)", "\n").ends_with(130);
    assert_eq!(world.accounts(), ["ada", "bob"]);
}

#[test]
fn no_input_disables_menus() {
    let world = World::with_two_accounts();
    on_a_terminal(&world, "signout --no-input").ends_with(2);
}

#[test]
fn signin_shows_a_menu_without_a_browser() {
    let mut world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.sandbox.unset("MYCLI_BROWSER");
    let outcome = on_a_dumb_terminal(&mut world, "signin --timeout 1s", "Number (1-2)", "2\n").ends_with(5);
    assert!(outcome.stderr.contains("in to other, visit"), "{}", outcome.stderr);
}

#[test]
fn dumb_terminal_asks_for_a_name_of_the_catalog() {
    let mut world = World::new();
    world.sandbox.configure("");
    world.sandbox.set("TERM", "dumb");
    for (input, code, shown) in [("\n", 130, "cancelled"), ("gihtub\n\n", 130, "did you mean github?")] {
        let mut running = world.sandbox.start_on_terminal("signin");
        running.write_stdin(input);
        let outcome = running.outcome().ends_with(code);
        assert!(outcome.stderr.contains("a name such as github, or a URL") && outcome.stderr.contains(shown));
    }
    let mut running = world.sandbox.start_on_terminal("signin --timeout 1s");
    running.write_stdin("demo\n");
    let outcome = running.outcome().ends_with(5);
    assert!(outcome.stderr.contains("sign in to Demo"), "{}", outcome.stderr);
    // Nobody can be asked.
    for flags in ["--no-input", "--json"] {
        world.sandbox.start_on_terminal(&format!("signin {flags}")).outcome().ends_with(2);
    }
}
