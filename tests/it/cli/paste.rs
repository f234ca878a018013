//! Paste flow: a response pasted into a terminal or written to stdin, alone or while the listener runs.

use std::process::Stdio;

use rustix::process::{Signal, kill_process};
use url::Url;

use crate::cli::look::on_a_terminal;
use crate::support::fake_provider::{AUTHORIZE, TOKEN};
use crate::support::tmux::Tmux;
use crate::support::visitor::{self, CookieBrowser};
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Page of Yandex that shows a bare code.
const CODE_PAGE: &str = "https://oauth.yandex.ru/verification_code";

/// Returns the last URL of the browser for a sign-in at `address`.
fn end_of(address: &str) -> String {
    visitor::get(address).header("location").expect("the provider sends the browser back").to_owned()
}

/// Returns the last URL of the browser for the URL on the screen.
fn end(running: &mut Running) -> String {
    end_of(&running.wait_for_url("state="))
}

/// Returns a value of the query of a URL.
fn value(address: &str, name: &str) -> String {
    let address = Url::parse(address).expect("an address");
    let found = address.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {address}")).1.into_owned()
}

/// Starts the program with piped stdin.
fn start_with_a_pipe(world: &World, arguments: &[&str]) -> Running {
    let mut command = world.sandbox.command(arguments);
    command.stdin(Stdio::piped());
    Running::spawn(command)
}

/// Signs in with one line on piped stdin, derived from the right one.
fn piped(world: &World, line: impl Fn(String) -> String) -> Outcome {
    let mut running = start_with_a_pipe(world, &["signin", "acme", "--paste"]);
    let line = line(end(&mut running));
    running.write_stdin(&format!("{line}\n"));
    running.outcome()
}

#[track_caller]
fn nothing_was_exchanged(world: &World) {
    assert!(world.provider.requests_to(TOKEN).is_empty(), "a code was sent");
    world.run(&["status"]).ends_with(3);
}

/// Returns a world with `acme` as an alias of Yandex with its code page, at the fake provider.
fn at_a_code_page() -> World {
    let world = World::new();
    let issuer = world.provider.issuer();
    world.sandbox.configure(&format!(
        "[providers.acme]\nuse = \"yandex\"\nclient_id = \"native\"\ncallback = \"{CODE_PAGE}\"\nflow = \"paste\"\n\
         authorization_endpoint = \"{issuer}/authorize\"\ntoken_endpoint = \"{issuer}/token\"\n\
         userinfo_endpoint = \"{issuer}/userinfo\"\n"
    ));
    world
}

#[test]
fn https_only_providers_fall_back_to_paste() {
    let mut world = World::new();
    let issuer = world.provider.issuer();
    let settings = format!(
        "[providers.acme]\nuse = \"yahoo\"\nissuer = \"{issuer}\"\nauthorization_endpoint = \"{issuer}/authorize\"\n\
         token_endpoint = \"{issuer}/token\"\nuserinfo_endpoint = \"{issuer}/userinfo\"\njwks_uri = \"{issuer}/keys\"\n"
    );
    world.sandbox.configure(&settings);
    world.sandbox.set("AUTH_ACME_ID", "native").set("AUTH_ACME_SECRET", "hush-hush");
    // The hint is a command that works.
    world.run(&["signin", "acme", "--browser"]).fails(2, "mycli signin acme --paste");
    let mut running = start_with_a_pipe(&world, &["signin", "acme", "--paste"]);
    let address = running.wait_for_url("state=");
    assert_eq!(value(&address, "redirect_uri"), "https://localhost:25519/callback");
    running.write_stdin(&format!("{}\n", end_of(&address)));
    running.outcome().success();
}

#[test]
fn pasted_urls_are_accepted_and_never_echoed() {
    let world = World::new();
    let mut running = world.sandbox.start_on_terminal("signin acme --paste --redirect-to https://app.example/x");
    let end = end(&mut running);
    assert!(end.starts_with("http://127.0.0.1:25519/callback?"), "{end}");
    running.line(|line| line.contains("press Enter"));
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to `acme` as `ada`"));
    let outcome = running.outcome().success();
    assert!(!outcome.stderr.contains(&value(&end, "code")), "{}", outcome.stderr);
    assert_eq!(world.accounts(), ["ada"]);
    assert_eq!(world.opened.next_url(), "https://app.example/x", "and nothing before");
}

#[test]
fn wrong_pastes_are_retried_and_never_echoed() {
    let world = World::new();
    let mut running = world.sandbox.start_on_terminal("signin acme --paste");
    let address = running.wait_for_url("state=");
    let end = end_of(&address);
    running.line(|line| line.contains("press Enter"));
    let (state, long) = (value(&end, "state"), format!("{end}&long={}", "s3cret".repeat(12_000)));
    for wrong in [
        "s3cret",
        "s3cret and more",
        &end.replace(&state, "s3cret"),
        &end.replace("25519", "1"),
        &end.replace("&state=", "&s3cret="),
        end.split('?').next().expect("split gives one at least"),
        &address,
        "",
        &long,
    ] {
        running.write_stdin(&format!("{wrong}\n"));
        running.line(|line| line.contains("paste again"));
    }
    assert!(world.provider.requests_to(TOKEN).is_empty());
    // Longer than the line editor of a terminal accepts.
    running.write_stdin(&format!("{end}&long={}\n", "s3cret".repeat(3_000)));
    running.line(|line| line.contains("signed in to"));
    let outcome = running.outcome().success();
    for secret in ["s3cret", &value(&end, "code")] {
        assert!(!outcome.stderr.contains(secret), "{}", outcome.stderr);
    }
}

#[test]
fn piped_stdin_is_read_with_the_paste_flag() {
    let world = World::configured("flow = \"paste\"");
    let mut running = start_with_a_pipe(&world, &["signin", "acme", "--json"]);
    let event = running.line(|line| line.contains("\"paste\""));
    let event: serde_json::Value = serde_json::from_str(&event).expect("JSON");
    assert_eq!((&event["event"], &event["expires_in"]), (&"paste".into(), &300.into()));
    let end = end_of(event["address"].as_str().expect("an address"));
    assert!(end.starts_with(&format!("{}?", event["callback"].as_str().expect("an address"))));
    // The pipe stays open; one line is enough.
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to"));
    let outcome = running.outcome().success();
    assert_eq!((&outcome.json()["flow"], &outcome.json()["account"]), (&"paste".into(), &"ada".into()));
    outcome.json_lines();
    assert!(world.opened.is_empty());
}

#[test]
fn piped_stdin_is_not_read_without_the_paste_flag() {
    let world = World::new();
    let mut script = world.sandbox.command_of("sh");
    script.args(["-c", "\"$1\" signin acme; cat", "sh"]).arg(world.sandbox.program()).stdin(Stdio::piped());
    let mut running = Running::spawn(script);
    running.write_stdin("for others\n");
    visitor::visit(&world.opened.next_url());
    running.line(|line| line.contains("signed in to"));
    assert_eq!(running.outcome().success().stdout, "for others\n");
}

#[test]
fn pasted_responses_are_validated_like_callbacks() {
    let world = World::new();
    world.provider.set_callback("iss", Some("https://evil.example"));
    piped(&world, |end| end).fails(1, "is from issuer `https://evil.example`");
    nothing_was_exchanged(&world);
    // The code of another sign-in to the same provider, as in a login CSRF attack.
    let world = World::new();
    let mut other = world.sandbox.start_on_terminal("signin acme --paste");
    let foreign = value(&end(&mut other), "code");
    let own = |end: String| end.replace(&value(&end, "code"), &foreign);
    piped(&world, own).fails(1, "rejected the authorization code");
    assert_eq!(world.accounts(), Vec::<String>::new(), "the verifier is another one");
}

#[test]
fn bare_codes_are_accepted_from_code_pages() {
    let world = World::new();
    piped(&world, |end| value(&end, "code")).fails(2, "is not the whole URL");
    nothing_was_exchanged(&world);

    let world = at_a_code_page();
    let mut running = world.sandbox.start_on_terminal("signin acme");
    let end = end(&mut running);
    assert!(end.starts_with(&format!("{CODE_PAGE}?")), "{end}");
    running.line(|line| line.contains("Paste the code here"));
    running.write_stdin(&format!("{}\n", value(&end, "code")));
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
    let asked = &world.provider.requests_to(AUTHORIZE)[0];
    assert_eq!(asked.query("code_challenge_method"), Some("S256"));
    assert_eq!(world.provider.requests_to(TOKEN)[0].form("redirect_uri"), Some(CODE_PAGE));

    // A code of another sign-in needs another verifier.
    let world = at_a_code_page();
    let stranger =
        format!("{}/authorize?client_id=native&redirect_uri={CODE_PAGE}&code_challenge=x", world.provider.issuer());
    let theirs = value(&end_of(&stranger), "code");
    piped(&world, |_| theirs.clone()).fails(1, "rejected the authorization code");
    assert_eq!(world.accounts(), Vec::<String>::new());
}

#[test]
fn unknown_code_pages_are_rejected_before_prompting() {
    let world = World::configured("callback = \"urn:ietf:wg:oauth:2.0:oob\"");
    world.run(&["signin", "acme", "--paste"]).fails(2, "the format for `acme` is unknown");
    world.assert_untouched();
}

#[test]
fn custom_redirect_uris_are_sent_unchanged() {
    let world = World::configured("callback = \"https://app.example/cb?x=%41\"");
    world.run(&["signin", "acme"]).fails(2, "; use `--paste`");
    world.assert_untouched();
    world.provider.set_metadata("device_authorization_endpoint", serde_json::Value::Null);
    // No other flow is available, so a terminal needs no flag.
    let mut running = world.sandbox.start_on_terminal("signin acme");
    running.line(|line| {
        line.contains("using the paste flow: the redirect URI `https://app.example/cb?x=%41` is not on this")
    });
    let address = running.wait_for_url("state=");
    assert_eq!(value(&address, "redirect_uri"), "https://app.example/cb?x=%41");
    running.line(|line| line.contains("press Enter"));
    let end = end_of(&address).replace("x=%41?", "x=%41&");
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
    assert_eq!(world.provider.requests_to(TOKEN)[0].form("redirect_uri"), Some("https://app.example/cb?x=%41"));
}

#[test]
fn paste_is_the_last_fallback_on_a_terminal() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_TTY", "/dev/pts/0");
    world.provider.deny("unauthorized_client", "no");
    world.provider.set_metadata("device_authorization_endpoint", serde_json::Value::Null);
    let mut running = world.sandbox.start_on_terminal("signin acme");
    running.line(|line| line.contains("using the paste flow: cannot open a browser: this is an SSH session"));
    let end = end(&mut running);
    running.line(|line| line.contains("press Enter"));
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("unauthorized_client"));
    running.outcome().ends_with(2);
}

#[test]
fn paste_is_suggested_if_the_device_flow_is_forbidden() {
    use crate::support::fake_provider::{DEVICE, Response};
    let mut world = World::new();
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_TTY", "/dev/pts/0");
    let refusal = serde_json::json!({ "error": "unauthorized_client", "error_description": "no" });
    world.provider.respond_with(DEVICE, Response::json(400, &refusal));
    world.run(&["signin", "acme"]).fails(2, "mycli signin acme --paste");
}

#[test]
fn paste_honors_no_input_and_the_timeout() {
    let world = World::new();
    world.run(&["signin", "acme", "--paste", "--no-input"]).fails(2, "needs a user");
    world.sandbox.start_on_terminal("signin acme --paste --no-input").outcome().ends_with(2);
    world.assert_untouched();
    for _ in 0..3 {
        world.run(&["signin", "acme", "--paste"]).fails(2, "stdin ended");
    }
    world.run(&["signin", "acme", "--paste"]).fails(2, "too many sign-ins to `acme`");
}

#[test]
fn first_of_browser_and_paste_wins() {
    for by_the_browser in [true, false] {
        let world = World::new();
        let mut running = world.sandbox.start_on_terminal("signin acme");
        running.line(|line| line.contains("If it does not open"));
        let end = end_of(visitor::get(&world.opened.next_url()).header("location").expect("to the provider"));
        match by_the_browser {
            true => {
                // Half-pasted text is discarded and does not run as a command. It is in the terminal once the line
                // before it is rejected.
                running.write_stdin(&format!("{}\nhalf of a s3cret", end.replace("state=", "state=s3cret")));
                running.line(|line| line.contains("another sign-in"));
                assert_eq!(visitor::visit(&end).response.status, 200);
            }
            false => {
                running.write_stdin(&format!("{}\n", end.replace("state=", "state=s3cret")));
                running.line(|line| line.contains("another sign-in"));
                running.write_stdin(&format!("{end}\n"));
            }
        }
        running.line(|line| line.contains("signed in to"));
        let outcome = running.outcome().success();
        assert!(!outcome.stderr.contains("s3cret") && !outcome.stderr.contains(&value(&end, "code")));
        assert_eq!(world.accounts(), ["ada"]);
        let port = Url::parse(&end).expect("an address").port().expect("it has one");
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
    }
}

/// Most users never need 300 characters of URL on their screen.
#[test]
fn long_url_is_shown_once_it_is_needed() {
    let world = World::new();
    let mut running = world.sandbox.start_on_terminal("signin acme");
    let short = running.wait_for_url("/start?k=");
    assert!(short.len() + "If it does not open: ".len() <= 80, "{short}");
    // Enter, by habit.
    running.write_stdin("\n");
    running.line(|line| line.contains("nothing was pasted"));
    let end = end(&mut running);
    running.line(|line| line.contains("Then paste the URL it ends up at"));
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
    // A browser that comes settles it.
    let mut running = world.sandbox.start_on_terminal("signin acme --force");
    visitor::visit(&running.wait_for_url("/start?k="));
    let outcome = running.outcome().success();
    assert!(!outcome.stderr.contains("state="), "{}", outcome.stderr);
}

#[test]
fn end_of_input_keeps_the_listener_running() {
    let world = World::new();
    let mut running = world.sandbox.start_on_terminal("signin acme");
    running.line(|line| line.contains("If it does not open"));
    running.write_stdin("\u{4}ignored from here on\n");
    visitor::visit(&world.opened.next_url());
    running.line(|line| line.contains("signed in to"));
    running.outcome().success();
}

#[test]
fn pasted_denials_end_the_sign_in() {
    let world = World::new();
    world.provider.deny("access_denied", "no");
    let mut running = world.sandbox.start_on_terminal("signin acme");
    running.line(|line| line.contains("If it does not open"));
    let end = end_of(visitor::get(&world.opened.next_url()).header("location").expect("to the provider"));
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("denied access"));
    running.outcome().ends_with(4);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn terminal_is_restored_after_every_exit() {
    let mut world = World::new();
    type End = (&'static str, fn(&Tmux), &'static str);
    let ends: [End; 4] = [
        ("Ctrl-C", |terminal| terminal.press("C-c"), "ends with 130"),
        ("Ctrl-D", |terminal| ["C-u", "C-d"].into_iter().for_each(|key| terminal.press(key)), "ends with 130"),
        ("SIGTERM", |terminal| kill_process(terminal.child(), Signal::TERM).expect("it runs"), "ends with 143"),
        ("time", |_| (), "ends with 5"),
    ];
    for (name, end, code) in ends {
        let limit = if name == "time" { "1s" } else { "1m" };
        let terminal =
            on_a_terminal(&mut world, "C.UTF-8", (80, 24), &format!("signin acme --paste --timeout {limit}"));
        terminal.wait_for("press Enter");
        terminal.type_text("half of a s3cret");
        end(&terminal);
        let screen = terminal.wait_for(code);
        assert!(terminal.is_sane(), "{name}");
        assert!(!screen.contains("s3cret") && screen.ends_with(code), "{name}: {screen}");
    }
    nothing_was_exchanged(&world);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn terminal_is_restored_after_a_cancelled_client_secret() {
    let mut world = World::new();
    let arguments = "signin https://id.example --client-id x --client-secret-stdin";
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (80, 24), arguments);
    terminal.wait_for("press Enter");
    terminal.type_text("half of a s3cret");
    terminal.press("C-c");
    let screen = terminal.wait_for("ends with 130");
    assert!(terminal.is_sane());
    assert!(!screen.contains("s3cret"), "{screen}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn terminal_is_restored_if_the_browser_wins() {
    let mut world = World::new();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (400, 24), "signin acme --no-open");
    let screen = terminal.wait_for("and press Enter");
    let address = screen.split_whitespace().find(|word| word.contains("state=")).expect("an address").to_owned();
    terminal.type_text("half of a s3cret");
    visitor::visit(&address);
    let screen = terminal.wait_for("ends with 0");
    assert!(terminal.is_sane());
    assert!(!screen.contains("s3cret") && screen.ends_with("ends with 0"), "{screen}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn multi_line_pastes_stay_whole() {
    let mut world = World::new();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (400, 24), "signin acme --paste");
    let screen = terminal.wait_for("press Enter");
    let address = screen.split_whitespace().find(|word| word.contains("state=")).expect("an address");
    let end = end_of(address);
    let (front, rest) = end.split_at(end.len() / 2);
    terminal.paste(&format!("{front}\n{rest}\n"));
    terminal.press("Enter");
    let screen = terminal.wait_for("ends with 0");
    assert!(terminal.is_sane());
    assert!(!screen.contains(&value(&end, "code")) && screen.ends_with("ends with 0"), "{screen}");
    // The shell gets no bracketed paste marks.
    terminal.paste("plain");
    let screen = terminal.wait_for("plain");
    assert!(screen.ends_with("ends with 0plain"), "{screen}");
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn picker_opens_paste_providers_on_a_terminal() {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "flow = \"paste\"")));
    let mut running = world.sandbox.start_on_terminal("signin");
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let way = guest.press(&page, "other").link();
    let end = guest.get(&way).header("location").expect("the provider sends the browser back").to_owned();
    running.line(|line| line.contains("press Enter"));
    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to `other`"));
    running.outcome().success();
}
