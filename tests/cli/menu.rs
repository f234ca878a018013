//! The menu in a terminal: keys, narrow windows, and how it leaves the terminal.

use rustix::process::{Signal, kill_process};

use crate::look::on_a_terminal;
use crate::support::tmux::Tmux;
use crate::world::World;

/// Where no browser can be opened, with this many providers: `acme-0`, `acme-1`, …
fn many(count: usize) -> World {
    let world = World::new();
    let tables: String = (0..count).map(|index| world.table(&format!("acme-{index}"), "flow = \"device\"")).collect();
    world.sandbox.configure(&tables);
    world
}

#[test]
fn letters_narrow_it_down_and_enter_takes_what_is_marked() {
    let mut world = many(12);
    for (keys, name) in [
        (&["Enter"][..], "acme-0"),
        (&["Down", "Down", "Up", "Enter"], "acme-1"),
        (&["Up", "Enter"], "acme-11"),
        (&["1", "Down", "Enter"], "acme-10"),
        (&["7", "BSpace", "1", "0", "Enter"], "acme-10"),
        (&["x", "C-u", "End", "Enter"], "acme-11"),
        (&["NPage", "Home", "C-n", "Enter"], "acme-1"),
    ] {
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (60, 20), "signin");
        terminal.waits_for("Sign in with");
        for key in keys {
            terminal.presses(key);
        }
        terminal.waits_until(name, |screen| screen.lines().any(|line| line == format!("Sign in with {name}")));
        let screen = terminal.waits_for("Enter the code:");
        assert!(!screen.contains("Esc"), "the menu is gone:\n{screen}");
    }
}

#[test]
fn a_terminal_of_twenty_columns_and_few_rows_shows_what_is_marked() {
    let mut world = many(40);
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (20, 7), "signin");
    let screen = terminal.waits_for("type to");
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[..5], ["Sign in with", "❯ acme-0", "  acme-1", "  acme-2", "  acme-3"], "{screen}");
    assert_eq!(lines.len(), 6, "{screen}");
    terminal.presses("Up");
    let screen = terminal.waits_for("❯ acme-39");
    assert!(screen.contains("  acme-36\n  acme-37\n  acme-38\n❯ acme-39\n"), "{screen}");
    terminal.is_resized((30, 4));
    let screen = terminal.waits_until("a smaller menu", |screen| screen.lines().count() == 3);
    assert!(screen.ends_with("  acme-38\n❯ acme-39"), "{screen}");
    terminal.is_resized((20, 10));
    terminal.waits_for("type to");
    terminal.types("nowhere to be found");
    let screen = terminal.waits_for("no match");
    assert!(screen.lines().all(|line| line.chars().count() < 20), "{screen}");
    assert!(screen.lines().next().expect("a line").ends_with("to be found"), "{screen}");
    terminal.presses("Enter");
    terminal.presses("C-u");
    terminal.waits_for("acme-0");
    terminal.is_resized((10, 8));
    let screen = terminal.waits_until("a line for each", |screen| screen.lines().count() == 7);
    assert!(screen.starts_with(" in with\n") && screen.contains("\n❯ acme-0\n"), "{screen}");
}

#[test]
fn a_question_that_is_too_long_for_one_line_stands_above_whole() {
    let mut world = World::with_two_accounts();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (16, 12), "signout");
    let screen = terminal.waits_for("acme (bob)");
    assert!(screen.starts_with("Sign out of\nYour choice:\n❯ acme (ada)\n"), "{screen}");
}

#[test]
fn however_it_ends_the_terminal_is_as_it_was() {
    let mut world = many(3);
    type End = (&'static str, fn(&Tmux), &'static str);
    let ends: [End; 5] = [
        ("Ctrl-C", |terminal| terminal.presses("C-c"), "ends with 130"),
        ("Esc", |terminal| terminal.presses("Escape"), "ends with 130"),
        ("Ctrl-D", |terminal| terminal.presses("C-d"), "ends with 130"),
        ("SIGTERM", |terminal| kill_process(terminal.child(), Signal::TERM).expect("it runs"), "ends with 143"),
        ("time", |_| (), "ends with 5"),
    ];
    for (name, end, code) in ends {
        let limit = if name == "time" { "1s" } else { "1m" };
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (60, 10), &format!("signin --timeout {limit}"));
        terminal.waits_for("acme-2");
        end(&terminal);
        let screen = terminal.waits_for(code);
        assert_eq!(screen.contains("error: cancelled"), matches!(name, "Esc" | "Ctrl-D"), "{name}: {screen}");
        assert!(!screen.contains("acme-2"), "{name}: {screen}");
        assert!(terminal.is_sane(), "{name}");
    }
    world.assert_untouched();
}

#[test]
fn without_utf_8_and_without_colour_the_mark_can_still_be_seen() {
    let mut world = many(3);
    world.sandbox.set("NO_COLOR", "1");
    let terminal = on_a_terminal(&mut world, "C", (60, 10), "signin");
    terminal.presses("Down");
    let screen = terminal.waits_for("> acme-1");
    assert!(screen.is_ascii(), "{screen}");
    assert!(!terminal.colours().contains("\u{1b}[1m"));
}

#[test]
fn a_menu_asks_which_session_to_sign_out_of() {
    let mut world = World::with_two_accounts();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (60, 10), "signout");
    terminal.waits_for("Sign out of");
    terminal.types("BOB");
    terminal.waits_for("1 of 2");
    terminal.presses("Enter");
    terminal.waits_for("signed out of `acme` (`bob`)");
    terminal.waits_for("ends with 0");
    assert_eq!(world.accounts(), ["ada"]);
}
