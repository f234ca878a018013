//! Menu in a terminal: keys, small windows, and the restored terminal.

use rustix::process::{Signal, kill_process};

use crate::cli::look::on_a_terminal;
use crate::support::tmux::Tmux;
use crate::support::world::World;

/// Returns a world without a browser and with `count` providers: `acme-0`, `acme-1`, …
fn many(count: usize) -> World {
    let world = World::new();
    let tables: String = (0..count).map(|index| world.table(&format!("acme-{index}"), "flow = \"device\"")).collect();
    world.sandbox.configure(&tables);
    world
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn typing_filters_and_enter_selects() {
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
        terminal.wait_for("Sign in with");
        for key in keys {
            terminal.press(key);
        }
        terminal.wait_until(name, |screen| screen.lines().any(|line| line == format!("Sign in with {name}")));
        let screen = terminal.wait_for("Enter the code:");
        assert!(!screen.contains("Esc"), "the menu is gone:\n{screen}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn small_terminals_show_the_highlighted_option() {
    let mut world = many(40);
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (20, 7), "signin");
    let screen = terminal.wait_for("type to");
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[..5], ["Sign in with", "❯ acme-0", "  acme-1", "  acme-2", "  acme-3"], "{screen}");
    assert_eq!(lines.len(), 6, "{screen}");
    terminal.press("Up");
    let screen = terminal.wait_for("❯ acme-39");
    assert!(screen.contains("  acme-36\n  acme-37\n  acme-38\n❯ acme-39\n"), "{screen}");
    terminal.resize((30, 4));
    let screen = terminal.wait_until("a smaller menu", |screen| screen.lines().count() == 3);
    assert!(screen.ends_with("  acme-38\n❯ acme-39"), "{screen}");
    terminal.resize((20, 10));
    terminal.wait_for("type to");
    terminal.type_text("nowhere to be found");
    let screen = terminal.wait_for("no match");
    assert!(screen.lines().all(|line| line.chars().count() < 20), "{screen}");
    assert!(screen.lines().next().expect("a line").ends_with("to be found"), "{screen}");
    terminal.press("Enter");
    terminal.press("C-u");
    terminal.wait_for("acme-0");
    terminal.resize((10, 8));
    let screen = terminal.wait_until("a line for each", |screen| screen.lines().count() == 7);
    assert!(screen.starts_with(" in with\n") && screen.contains("\n❯ acme-0\n"), "{screen}");
}

/// The stand-in for a person who has just installed the program and types its shortest command.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn catalog_is_found_by_title_name_alias_or_url() {
    let mut world = World::new();
    world.sandbox.configure("");
    for size in [(80, 24), (40, 12)] {
        let terminal = on_a_terminal(&mut world, "C.UTF-8", size, "signin");
        let screen = terminal.wait_for("type to filter");
        assert!(screen.starts_with("Sign in with\n❯ GitHub\n  Google\n"), "{screen}");
        assert!(screen.contains("  Demo\n") && screen.lines().count() < size.1.into(), "{screen}");
        for (typed, first) in [
            ("gitl", "GitLab"),
            ("hugging face", "Hugging Face (huggingface)"),
            ("jira", "Atlassian (jira)"),
            ("linear mcp", "Linear MCP server (linear-mcp)"),
        ] {
            terminal.press("C-u");
            terminal.type_text(typed);
            terminal.wait_for(&format!("Sign in with {typed}\n❯ {first}\n"));
        }
        terminal.press("C-u");
        terminal.type_text("gihtub");
        terminal.wait_for("no match: Enter for a URL");
        terminal.press("Enter");
        terminal.wait_for("github?\nSign in with");
        terminal.wait_for("❯ GitHub\n");
        terminal.type_text(world.provider.issuer());
        terminal.wait_for("no match");
        terminal.press("Enter");
        // Unknown to the catalog, so it has been asked for its metadata.
        terminal.wait_for("ends with 2");
        assert!(terminal.is_sane());
    }
    assert!(!world.provider.requests().is_empty());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn long_questions_are_printed_above_the_menu() {
    let mut world = World::with_two_accounts();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (16, 12), "signout");
    let screen = terminal.wait_for("acme (bob)");
    assert!(screen.starts_with("Sign out of\nYour choice:\n❯ acme (ada)\n"), "{screen}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn terminal_is_restored_after_every_exit() {
    let mut world = many(3);
    type End = (&'static str, fn(&Tmux), &'static str);
    let ends: [End; 5] = [
        ("Ctrl-C", |terminal| terminal.press("C-c"), "ends with 130"),
        ("Esc", |terminal| terminal.press("Escape"), "ends with 130"),
        ("Ctrl-D", |terminal| terminal.press("C-d"), "ends with 130"),
        ("SIGTERM", |terminal| kill_process(terminal.child(), Signal::TERM).expect("it runs"), "ends with 143"),
        ("time", |_| (), "ends with 5"),
    ];
    for (name, end, code) in ends {
        let limit = if name == "time" { "1s" } else { "1m" };
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (60, 10), &format!("signin --timeout {limit}"));
        terminal.wait_for("acme-2");
        end(&terminal);
        let screen = terminal.wait_for(code);
        assert_eq!(screen.contains("error: cancelled"), matches!(name, "Esc" | "Ctrl-D"), "{name}: {screen}");
        assert!(!screen.contains("acme-2"), "{name}: {screen}");
        assert!(terminal.is_sane(), "{name}");
    }
    world.assert_untouched();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn highlight_is_visible_without_utf_8_and_color() {
    let mut world = many(3);
    world.sandbox.set("NO_COLOR", "1");
    let terminal = on_a_terminal(&mut world, "C", (60, 10), "signin");
    terminal.press("Down");
    let screen = terminal.wait_for("> acme-1");
    assert!(screen.is_ascii(), "{screen}");
    assert!(!terminal.styled_screen().contains("\u{1b}[1m"));
}
