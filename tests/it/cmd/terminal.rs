//! Texts that only a terminal shows; tmux is the terminal.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::json;

use crate::cmd::record::Record;
use crate::cmd::signin::record_of;
use crate::support::fake_provider::{FakeProvider, Response, TOKEN};
use crate::support::sandbox::Sandbox;
use crate::support::tmux::Tmux;
use crate::support::visitor;
use crate::support::world::World;

/// Printed by the shell of the terminal after the program, with the exit code.
const END: &str = "[exit ";

/// Time without a change after which a screen is complete.
const SETTLED: Duration = Duration::from_millis(800);

/// Size of a terminal that is wide enough for any line and too low for a QR code.
const SIZE: (u16, u16) = (400, 34);

fn start(sandbox: &Sandbox, arguments: &str) -> Tmux {
    let program = sandbox.program().display();
    let line = format!("trap : INT; {program} {arguments}; printf '{END}%s]' $?; cat");
    let mut tmux = sandbox.command_of("tmux");
    tmux.env("LC_ALL", "C.UTF-8").env("SHELL", "/bin/sh").env("TERM", "xterm-256color");
    Tmux::start(tmux, SIZE, &line)
}

/// Returns the screen without the spinner and its time left.
fn still(screen: &str) -> String {
    static SPINNER: LazyLock<Regex> = LazyLock::new(|| Regex::new("[\u{2800}-\u{28FF}]").expect("a pattern"));
    static LEFT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("[0-9]+(?::[0-9]{2}|m ?[0-9]{1,2}s|[ms])").expect("a pattern"));
    let line = |line: &str| match SPINNER.is_match(line) {
        true => LEFT.replace(&SPINNER.replace_all(line, "[SPINNER]"), "[LEFT]").trim_end().to_owned(),
        false => line.trim_end().to_owned(),
    };
    screen.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Waits until the screen contains `part`, differs from `before`, and stops changing.
fn settled(terminal: &Tmux, part: &str, before: &str) -> String {
    // The end is the last output.
    let pause = if part == END { Duration::ZERO } else { SETTLED };
    let seen = RefCell::new((String::new(), Instant::now()));
    let is_settled = |screen: &str| {
        let (now, mut seen) = (still(screen), seen.borrow_mut());
        if now != seen.0 {
            *seen = (now, Instant::now());
        }
        let is_whole = part != END || seen.0.ends_with(']');
        let is_next = seen.0 != before && !seen.0.is_empty() && seen.0.contains(part) && is_whole;
        is_next && seen.1.elapsed() >= pause
    };
    still(&terminal.wait_until(part, is_settled))
}

/// Types each answer after the screen has settled, and records the last screen.
fn conversation(record: &mut Record, sandbox: &Sandbox, arguments: &str, answers: &[&str]) {
    let terminal = start(sandbox, arguments);
    let mut screen = String::new();
    for answer in answers {
        screen = settled(&terminal, "", &screen);
        terminal.type_text(answer);
        terminal.press(if answer.is_empty() { "C-m" } else { "Enter" });
    }
    screen = settled(&terminal, END, "");
    assert!(!screen.contains("hush"), "{screen}");
    record.within(sandbox);
    record.block("", &format!("$ mycli {arguments}\n{screen}"));
}

fn show(record: &mut Record, case: &str, arguments: &str, screen: &str) {
    record.block(case, &format!("$ mycli {arguments}\n{screen}"));
}

/// Returns the URL on the screen that contains `part`.
fn url_in(screen: &str, part: &str) -> String {
    screen.split_whitespace().find(|word| word.contains(part)).expect("a URL").to_owned()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn sign_in_on_a_terminal() {
    let world = World::new();
    let mut record = record_of(&world);
    for arguments in ["signin acme", "signin acme --no-open", "-q signin acme", "-vv signin acme"] {
        let terminal = start(&world.sandbox, arguments);
        let screen = match arguments.starts_with("-q") {
            true => String::new(),
            false => settled(&terminal, "left, waiting", ""),
        };
        show(&mut record, "while the browser is away", arguments, &screen);
        match arguments.contains("--no-open") {
            true => visitor::visit(&url_in(&screen, "state=")),
            false => visitor::visit(&world.opened.next_url()),
        };
        show(&mut record, "at the end", arguments, &settled(&terminal, END, ""));
        world.run(&["signout", "--all"]).success();
    }
    let terminal = start(&world.sandbox, "signin acme");
    settled(&terminal, "left, waiting", "");
    world.opened.next_url();
    terminal.type_text("junk");
    terminal.press("Enter");
    let screen = settled(&terminal, "state=", "");
    show(&mut record, "wrong text pasted", "signin acme", &screen);
    terminal.press("C-c");
    show(&mut record, "Ctrl-C", "signin acme", &settled(&terminal, END, ""));
    let terminal = start(&world.sandbox, "signin acme");
    show(&mut record, "no browser comes", "signin acme", &settled(&terminal, "state=", ""));
    visitor::visit(&world.opened.next_url());
    settled(&terminal, END, "");
    world.run(&["signout", "--all"]).success();
    let terminal = start(&world.sandbox, "signin acme --timeout 1s");
    show(&mut record, "time over", "signin acme --timeout 1s", &settled(&terminal, END, ""));
    record.matches("terminal_signin.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn demo_without_a_browser_asks_in_the_terminal() {
    let mut world = World::new();
    let mut record = record_of(&world);
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
    let ask = |record: &mut Record, case: &str, arguments: &str, keys: &[&str]| {
        let terminal = start(&world.sandbox, arguments);
        let screen = settled(&terminal, "type to filter", "");
        if keys == ["Enter"] {
            show(record, "question", arguments, &screen);
        }
        for key in keys {
            terminal.press(key);
        }
        show(record, case, arguments, &settled(&terminal, END, ""));
    };
    ask(&mut record, "approved", "signin demo", &["Enter"]);
    ask(&mut record, "another account", "signin demo --force --device", &["Down", "Enter"]);
    ask(&mut record, "denied", "signin demo --force", &["Up", "Enter"]);
    ask(&mut record, "wrong account", "signin demo --force --account ada", &["Down", "Enter"]);
    ask(&mut record, "left", "signin demo --force", &["Escape"]);
    assert_eq!(world.accounts(), ["ada", "grace"]);
    record.matches("terminal_demo.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn device_flow_on_a_terminal() {
    let world = World::new();
    world.provider.set_device_polls(u32::MAX);
    let mut record = record_of(&world);
    let arguments = "signin acme --device --no-open --no-qr";
    for flags in ["", " --copy"] {
        let arguments = format!("{arguments}{flags}");
        let terminal = start(&world.sandbox, &arguments);
        show(&mut record, "while the code waits", &arguments, &settled(&terminal, "WDJB-MJHT", ""));
        terminal.press("C-c");
        settled(&terminal, END, "");
    }
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "expired_token"})));
    let terminal = start(&world.sandbox, arguments);
    let first = settled(&terminal, "WDJB-MJHT", "");
    let screen = settled(&terminal, "WDJB-MJHT", &first);
    show(&mut record, "code expired", arguments, &screen);
    world.provider.respond_normally(TOKEN);
    world.provider.set_device_polls(0);
    terminal.press("Enter");
    show(&mut record, "another code", arguments, &settled(&terminal, END, ""));
    record.matches("terminal_device.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn paste_flow_on_a_terminal() {
    let world = World::new();
    let mut record = record_of(&world);
    let terminal = start(&world.sandbox, "signin acme --paste");
    let screen = settled(&terminal, "state=", "");
    show(&mut record, "while the redirect is awaited", "signin acme --paste", &screen);
    let redirect = visitor::get(&url_in(&screen, "state=")).header("location").expect("a redirect").to_owned();
    terminal.type_text("junk");
    terminal.press("Enter");
    let screen = settled(&terminal, "state=", &screen);
    show(&mut record, "wrong text pasted", "signin acme --paste", &screen);
    terminal.paste(&redirect);
    terminal.press("Enter");
    show(&mut record, "pasted", "signin acme --paste", &settled(&terminal, END, ""));
    record.matches("terminal_paste.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn menus_on_a_terminal() {
    let mut record = Record::new();
    let mut world = World::with_two_accounts();
    let two = world.table("acme", "") + &world.table("other", "");
    world.sandbox.configure(&two).configure(&two);
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_TTY", "/dev/pts/1");
    record.replace(world.provider.issuer(), "[ISSUER]").within(&world.sandbox);
    for (case, arguments) in [("providers", "signin"), ("sessions", "signout")] {
        let terminal = start(&world.sandbox, arguments);
        let screen = settled(&terminal, "acme", "");
        show(&mut record, &format!("menu of {case}"), arguments, &screen);
        terminal.type_text("xyzzy");
        let screen = settled(&terminal, "", &screen);
        show(&mut record, "no match", arguments, &screen);
        terminal.press("C-u");
        settled(&terminal, "acme", &screen);
        terminal.press("Escape");
        show(&mut record, "left", arguments, &settled(&terminal, END, ""));
    }
    let terminal = start(&world.sandbox, "signout");
    settled(&terminal, "acme", "");
    terminal.press("Enter");
    show(&mut record, "chosen", "signout", &settled(&terminal, END, ""));
    record.matches("terminal_menu.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn questions_on_a_terminal() {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    sandbox.configure("# mine\nstore = \"file\" # kept\n\n[providers.zoho]\nclient_id = \"z\"\n");
    let mut record = Record::new();
    conversation(
        &mut record,
        &sandbox,
        "providers add github",
        &["OAuth app", "two words", "", "Iv1.abc", "hush-hush"],
    );
    conversation(&mut record, &sandbox, "providers add github", &[]);
    conversation(&mut record, &sandbox, "providers add work --use entra", &["con toso", "contoso.example", "0000-11"]);
    conversation(&mut record, &sandbox, "providers add gitlb", &["nonsense", "http://id.example", "id.example", ""]);
    conversation(
        &mut record,
        &sandbox,
        "providers add freshbooks",
        &["http://127.0.0.1/callback", "https://me.example/back", "x", "hush"],
    );
    conversation(
        &mut record,
        &sandbox,
        "providers add yahoo",
        &["https://localhost:7000/x", "nowhere.pem", "", "y", "hush"],
    );
    conversation(&mut record, &sandbox, "providers add mine", &["glab", "x"]);
    conversation(&mut record, &sandbox, "providers add google --no-input", &[]);
    record.block("configuration afterwards", &fs::read_to_string(sandbox.config_file()).expect("ours"));
    let terminal = start(&sandbox, "providers add gitlab");
    settled(&terminal, "", "");
    terminal.press("C-c");
    show(&mut record, "Ctrl-C", "providers add gitlab", &settled(&terminal, END, ""));
    let arguments = "signin https://id.example --client-id x --client-secret-stdin --timeout 1s";
    let terminal = start(&sandbox, arguments);
    show(&mut record, "client secret", arguments, &settled(&terminal, "", ""));
    record.matches("terminal_questions.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn other_questions_on_a_terminal() {
    let mut record = Record::new();
    let mut world = World::new();
    record.replace(world.provider.issuer(), "[ISSUER]").within(&world.sandbox);
    let passphrase = world.sandbox.path("passphrase");
    fs::write(&passphrase, "correct horse\n").expect("ours");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).expect("ours");
    world.sandbox.set("MYCLI_PASSPHRASE_FILE", passphrase);
    world.sign_in(&[]).success();
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    conversation(&mut record, &world.sandbox, "token acme", &["correct horse"]);
    conversation(&mut record, &world.sandbox, "token acme", &["incorrect horse"]);
    let world = World::new();
    record.within(&world.sandbox);
    let (server, resource) = (FakeProvider::start(), FakeProvider::start());
    record.replace(server.issuer(), "[SERVER]").replace(resource.issuer(), "[RESOURCE]");
    let place = "/.well-known/oauth-protected-resource/mcp";
    let challenge = format!("Bearer resource_metadata=\"{}{place}\"", resource.issuer());
    resource.respond_with("/mcp", Response::html(401, "").with_header("www-authenticate", &challenge));
    let address = format!("{}/mcp", resource.issuer());
    for servers in [json!([server.issuer()]), json!([server.issuer(), "https://other.example"])] {
        let metadata = json!({"resource": address, "authorization_servers": servers});
        resource.respond_with(place, Response::json(200, &metadata));
        let terminal = start(&world.sandbox, &format!("signin {address}"));
        let screen = settled(&terminal, server.issuer(), "");
        show(&mut record, "which server to agree to", "signin [RESOURCE]/mcp", &screen);
        // The option that accepts nothing is marked.
        terminal.press("Enter");
        show(&mut record, "declined", "signin [RESOURCE]/mcp", &settled(&terminal, END, ""));
        let _ = fs::remove_dir_all(world.sandbox.path("home/.cache"));
    }
    record.matches("terminal_other_questions.txt");
}

#[test]
fn terminal_that_cannot_move_its_cursor() {
    let mut world = World::with_two_accounts();
    world.sandbox.set("TERM", "dumb");
    let mut record = record_of(&world);
    let mut running = world.sandbox.start_on_terminal("signout");
    // One line for the question, two for the sessions, one for the number.
    for _ in 0..4 {
        running.line(|_| true);
    }
    running.write_stdin("0\nx\n2\n");
    let outcome = running.outcome().success();
    assert_eq!(world.accounts(), ["ada"]);
    record.block("", &format!("$ mycli signout\n{}", outcome.stderr.replace('\r', "")));
    record.matches("terminal_dumb.txt");
}
