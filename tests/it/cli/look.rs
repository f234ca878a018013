//! Appearance on wide and narrow terminals, with and without color.

use serde_json::json;

use crate::support::fake_provider::{Response, TOKEN};
use crate::support::tmux::Tmux;
use crate::support::world::World;

/// Starts the program on a terminal of the given size and locale.
pub fn on_a_terminal(world: &mut World, locale: &str, size: (u16, u16), arguments: &str) -> Tmux {
    world.sandbox.set("LC_ALL", locale).set("SHELL", "/bin/sh").set("SSH_TTY", "/dev/pts/0").unset("MYCLI_BROWSER");
    // Keeps the screen after the end, Ctrl-C included.
    let line = format!("trap : INT; {} {arguments}; printf 'ends with %s' $?; cat", env!("CARGO_BIN_EXE_mycli"));
    Tmux::start(world.sandbox.command_of("tmux"), size, &line)
}

/// Counts the lines with the time left.
fn countdowns(screen: &str) -> usize {
    screen.lines().filter(|line| line.contains(" left")).count()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn spinner_survives_resizes_and_is_cleared() {
    for locale in ["C.UTF-8", "C"] {
        let mut world = World::new();
        world.provider.set_device_polls(u32::MAX);
        let terminal = on_a_terminal(&mut world, locale, (80, 24), "signin acme --device");
        let screen = terminal.wait_for("waiting for you to enter the code");
        assert!(screen.contains("WDJB-MJHT") && (screen.is_ascii() == (locale == "C")), "{screen}");
        for width in [30, 20, 60, 12, 80] {
            terminal.resize_width(width);
            // The line is redrawn for this width: full width, or complete.
            let fits = |line: &str| line.contains(" left") && (line.chars().count() + 2 >= width.into() || width > 50);
            let screen = terminal.wait_until(&format!("{width} columns"), |screen| {
                screen.lines().last().is_some_and(fits) && countdowns(screen) == 1
            });
            assert_eq!(countdowns(&screen), 1, "{width}:\n{screen}");
        }
        terminal.press("C-c");
        let screen = terminal.wait_for("ends with 130");
        assert_eq!(countdowns(&screen), 0, "{screen}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn messages_appear_above_the_spinner() {
    let mut world = World::new();
    world.provider.respond_with(TOKEN, Response::json(503, &json!({})));
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (120, 24), "signin acme --device");
    let screen = terminal.wait_until("the warning, and the countdown below", |screen| {
        screen.contains("\nwarning: ") && screen.lines().last().is_some_and(|line| line.contains(" left"))
    });
    assert_eq!(countdowns(&screen), 1, "{screen}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn expired_device_codes_can_be_renewed() {
    let mut world = World::new();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "expired_token"})));
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (80, 40), "signin acme --device");
    let screen = terminal.wait_for("Press Enter for a new one");
    assert_eq!(countdowns(&screen), 0, "{screen}");
    world.provider.respond_normally(TOKEN);
    terminal.press("Enter");
    let screen = terminal.wait_for("ends with 0");
    assert_eq!(screen.matches("WDJB-MJHT").count(), 2, "{screen}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn tables_fit_the_terminal_but_not_pipes() {
    let mut world = World::signed_in();
    let piped = world.run(&["status"]).success().stdout;
    let wide = on_a_terminal(&mut world, "C.UTF-8", (100, 24), "status").wait_for("ends with 0");
    assert!(piped.lines().all(|line| wide.contains(line)), "{wide}");
    let narrow = on_a_terminal(&mut world, "C.UTF-8", (20, 24), "status").wait_for("ends with 0");
    for line in ["acme", "  account: ada", "  scopes: openid", "  store: file", "  default"] {
        assert!(narrow.lines().any(|found| found == line), "no `{line}` in:\n{narrow}");
    }
}

#[test]
fn labels_are_colored_only_if_enabled() {
    let mut world = World::new();
    let red = "\u{1b}[1;31merror:\u{1b}[0m ";
    for (flags, variable, colored) in [
        (&[][..], None, false),
        (&["--color", "always"], None, true),
        (&["--color=never"], Some("CLICOLOR_FORCE"), false),
        (&[], Some("CLICOLOR_FORCE"), true),
        (&["--color=always"], Some("NO_COLOR"), true),
        (&[], Some("NO_COLOR"), false),
    ] {
        for name in ["CLICOLOR_FORCE", "NO_COLOR"] {
            world.sandbox.unset(name);
        }
        if let Some(name) = variable {
            world.sandbox.set(name, "1");
        }
        let failed = world.run(&[&["token", "acme"], flags].concat()).ends_with(3).stderr;
        assert_eq!(failed.starts_with(red), colored, "{failed}");
        assert_eq!(failed.contains("\u{1b}[1;36mhint:"), colored, "{failed}");
        // Usage errors come from clap and look the same.
        let refused = world.run(&[&["token", "--bogus"], flags].concat()).ends_with(2).stderr;
        assert_eq!(refused.contains('\u{1b}'), colored, "{refused}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn messages_break_between_words_only() {
    let commands = [
        "token acme --min-ttl 5",
        "token acme --bogus",
        "tokn acme",
        "exec ls",
        "--no-input signin google",
        "--no-input signin freshbooks",
        "providers test github",
        "signin acme --callback https://x.example/cb --no-input",
        "config set providers.acme.client_secret x",
        "signin acme --account carol@acme.example --timeout 1s --browser",
    ];
    let mut world = World::new();
    for columns in [40, 80] {
        let separator = format!("; {} ", env!("CARGO_BIN_EXE_mycli"));
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (columns, 200), &commands.join(&separator));
        terminal.wait_for("ends with 5");
        let screen = terminal.unbroken_screen();
        for line in screen.lines().filter(|line| line.chars().count() > columns.into()) {
            // Only a word that has no room on a line of its own is broken, and it stands there alone.
            assert_eq!(line.split_whitespace().count(), 1, "{columns} columns: `{line}`");
        }
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn doctor_wraps_lines_and_colors_results_only() {
    let mut world = World::new();
    let terminal = on_a_terminal(&mut world, "C", (60, 60), "doctor");
    let screen = terminal.wait_for("ends with 0");
    let piped = world.run(&["doctor"]).success();
    assert!(piped.stdout.lines().any(|line| line.len() > 60) && !piped.stdout.contains('\u{1b}'), "{}", piped.stdout);
    let joined = screen.replace("\n   ", " ");
    for line in piped.stdout.lines() {
        assert!(joined.lines().any(|found| found == line), "no `{line}` in:\n{screen}");
    }
    assert_eq!(countdowns(&screen), 0, "{screen}");
    let colored = terminal.styled_screen();
    let results = colored.matches("\u{1b}[32mok\u{1b}[39m ").count();
    assert_eq!((results, colored.matches('\u{1b}').count()), (piped.stdout.lines().count(), 2 * results), "{colored}");
    world.sandbox.set("NO_COLOR", "1");
    let plain = on_a_terminal(&mut world, "C", (60, 60), "doctor");
    plain.wait_for("ends with 0");
    assert!(!plain.styled_screen().contains('\u{1b}'), "{}", plain.styled_screen());
}
