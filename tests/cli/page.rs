//! `signin` without a provider: where the person chooses, and what comes of each choice.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::support::fake_provider::{AUTHORIZE, DISCOVERY, FakeProvider};
use crate::support::visitor::CookieBrowser;
use crate::support::{Outcome, Running};
use crate::world::World;

/// `acme` and `other`, the same provider under two names; `more` stands in the table of `other`.
fn two(more: &str) -> World {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", more)));
    world
}

/// Starts `signin`, and presses the button of `provider` in the browser that was opened; the answer's way on.
fn press(world: &World, flags: &[&str], provider: &str) -> (Running, CookieBrowser, String) {
    let running = world.sandbox.start(&[&["signin"], flags].concat());
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    assert_eq!(guest.get(&page).status, 200);
    let answer = guest.press(&page, provider);
    (running, guest, answer.link())
}

fn sign_in_at_the_page(world: &World, flags: &[&str], provider: &str) -> Outcome {
    let (running, mut guest, way) = press(world, flags, provider);
    guest.visit(&way);
    running.outcome()
}

#[test]
fn picker_signin_honors_all_flags() {
    let world = two("");
    let outcome = sign_in_at_the_page(&world, &["--json", "--scope", "openid email"], "other").success();
    let document = outcome.json();
    assert_eq!((&document["provider"], &document["flow"]), (&"other".into(), &"loopback".into()));
    let asked = &world.provider.requests_to(AUTHORIZE)[0];
    assert_eq!(asked.query("scope"), Some("openid email"));
    let events: Vec<_> = outcome.json_lines().into_iter().filter(|line| line["event"] == "visit").collect();
    assert_eq!(events.len(), 1, "the page, and no second address: {events:?}");
}

#[test]
fn picker_signin_honors_redirect_to() {
    let world = two("");
    let (running, mut guest, way) = press(&world, &["--redirect-to", "https://app.example/x"], "acme");
    let provider = guest.get(&way).header("location").expect("to the provider").to_owned();
    let callback = guest.get(&provider).header("location").expect("and back").to_owned();
    let answer = guest.get(&callback);
    running.outcome().success();
    assert_eq!(answer.header("location"), Some("https://app.example/x"));
    let (running, _, way) = press(&world, &["--redirect-to", "https://app.example/x"], "acme");
    running.outcome().success();
    assert_eq!(way, "https://app.example/x", "it is signed in already");
}

#[test]
fn callback_from_another_browser_is_rejected() {
    let world = two("");
    let (running, mut guest, way) = press(&world, &[], "acme");
    let provider = guest.get(&way).header("location").expect("to the provider").to_owned();
    let callback = guest.get(&provider).header("location").expect("and back").to_owned();
    let stranger = CookieBrowser::default().get(&callback);
    assert_eq!(stranger.status, 403);
    assert!(stranger.body.contains("another browser"), "{}", stranger.body);
    assert_eq!(guest.get(&callback).status, 303);
    running.outcome().success();
}

#[test]
fn picker_keeps_the_providers_port_and_host() {
    let port = TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("bound").port();
    let callback = format!("http://localhost:{port}/cb");
    let world = two(&format!("callback = \"{callback}\""));
    sign_in_at_the_page(&world, &[], "other").success();
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(&*callback));

    let held = TcpListener::bind(("127.0.0.1", port)).expect("free again");
    let running = world.sandbox.start(&["signin", "--force"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let answer = guest.press(&page, "other");
    assert!(answer.body.contains(&format!("port {port} is used by another program")), "{}", answer.body);
    running.outcome().fails(1, &format!("port {port}"));
    drop(held);
}

#[test]
fn port_flag_serves_picker_and_callback() {
    let port = TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("bound").port();
    let world = two("");
    let mut running = world.sandbox.start(&["signin", "--no-open", "--port", &port.to_string()]);
    let page = running.wait_for_url("/signin?k=");
    assert!(page.starts_with(&format!("http://127.0.0.1:{port}/")), "{page}");
    let mut guest = CookieBrowser::default();
    guest.get(&page);
    let way = guest.press(&page, "acme").link();
    guest.visit(&way);
    running.outcome().success();
    assert!(world.opened.is_empty(), "a browser was opened");
    let callback = format!("http://127.0.0.1:{port}/callback");
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(&*callback));
}

#[test]
fn user_can_go_back_and_choose_another() {
    let world = two("");
    let running = world.sandbox.start(&["signin"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let first = guest.press(&page, "acme").link();
    let mistaken = guest.get(&first).header("location").expect("to the provider").to_owned();
    assert_eq!(guest.get(&page).status, 200, "the page is still there");
    let second = guest.press(&page, "other").link();
    let stale = guest.get(&mistaken).header("location").expect("and back").to_owned();
    assert_eq!(guest.get(&stale).status, 400, "the first sign-in is over");
    guest.visit(&second);
    let outcome = running.outcome().success();
    assert!(outcome.stderr.contains("signed in to `other`"), "{}", outcome.stderr);
}

#[test]
fn valid_session_is_shown_on_the_page() {
    let world = two("");
    world.sign_in(&[]).success();
    let running = world.sandbox.start(&["signin"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let answer = guest.press(&page, "acme");
    assert!(answer.body.contains("Signed in to acme") && answer.body.contains("ada"), "{}", answer.body);
    running.outcome().success();
}

#[test]
fn unreachable_provider_ends_the_command() {
    let away = FakeProvider::start().issuer().to_owned();
    let world = two("");
    let table = world.table("other", "").replace(world.provider.issuer(), &away);
    world.sandbox.configure(&(world.table("acme", "") + &table));
    let running = world.sandbox.start(&["signin"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let answer = guest.press(&page, "other");
    running.outcome().fails(6, "");
    assert!(answer.body.contains("Sign-in to other did not work"), "{}", answer.body);
    assert!(answer.body.contains("nothing was stored"), "{}", answer.body);
}

#[test]
fn device_code_is_shown_on_page_and_terminal() {
    let world = two("flow = \"device\"");
    let mut running = world.sandbox.start(&["signin"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let answer = guest.press(&page, "other");
    let line = running.line(|line| line.contains("enter the code"));
    let code = line.split("the code ").nth(1).and_then(|rest| rest.split(' ').next()).expect("it says it").to_owned();
    assert!(answer.body.contains(&code), "{code}: {}", answer.body);
    assert!(answer.link().starts_with(world.provider.issuer()), "{}", answer.body);
    assert!(world.opened.is_empty(), "the page has the link, so nothing more is opened");
    let again = guest.press(&page, "acme").link();
    guest.visit(&again);
    let outcome = running.outcome().success();
    assert!(outcome.stderr.contains("signed in to `acme`"), "it was no dead end: {}", outcome.stderr);
}

#[test]
fn unconfigured_provider_shows_a_command() {
    let world = two("");
    // An issuer may have a client for who has none, so its button is one.
    let tables = world.table("acme", "") + &world.table("other", "").replace("client_id = \"native\"\n", "");
    world.sandbox.configure(&(tables + "[providers.github]\n"));
    let running = world.sandbox.start(&["signin"]);
    let page = CookieBrowser::default().get(&world.opened.next_url()).body;
    running.signal(Signal::INT);
    running.outcome().fails(130, "interrupted");
    assert_eq!(page.matches("<button").count(), 2, "{page}");
    assert!(page.contains("mycli providers add github --client-id ID"), "{page}");

    world.sandbox.configure("[providers.github]\n[providers.gitlab]\n");
    world.run(&["signin"]).fails(2, "no client ID for `github`");
    assert!(world.opened.is_empty(), "there is nothing to choose");
}

#[test]
fn providers_are_listed_if_no_choice_is_possible() {
    let mut world = two("");
    for flags in [&["signin", "--no-input"][..], &["signin", "--no-input", "--no-open"], &["signin", "--device"]] {
        let outcome = world.run(flags).fails(2, "`acme`, `other`");
        assert!(outcome.stderr.contains("mycli signin acme"), "{}", outcome.stderr);
    }
    // One client is one provider's: no other may be told its id, and still less its secret.
    world.run(&["signin", "--client-id", "x"]).fails(2, "`acme`, `other`");
    world.sandbox.unset("MYCLI_BROWSER");
    world.run(&["signin"]).fails(2, "`acme`, `other`");
    world.assert_untouched();
    world.sandbox.configure("");
    let outcome = world.run(&["signin"]).fails(2, "none is configured");
    assert!(outcome.stderr.contains("signin demo") && outcome.stderr.contains("providers add"), "{}", outcome.stderr);
}

#[test]
fn picker_times_out() {
    let world = two("");
    let outcome = world.run(&["signin", "--no-open", "--timeout", "1s"]).fails(5, "timed out after 1s");
    assert!(outcome.stderr.contains("/signin?k="), "{}", outcome.stderr);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let running = world.sandbox.start(&["--json", "signin"]);
        let page = url::Url::parse(&world.opened.next_url()).expect("an address");
        running.signal(signal);
        let outcome = running.outcome().fails(code, "interrupted");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "interrupted");
        // Another test may have it for a moment.
        let port = page.port().expect("it has one");
        let is_free = |_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            TcpListener::bind(("127.0.0.1", port)).is_ok()
        };
        assert!((0..500).any(is_free), "the port is free again");
    }
}

#[test]
fn ctrl_c_works_after_the_choice() {
    let world = two("");
    let held = world.provider.hold(DISCOVERY);
    let mut running = world.sandbox.start(&["signin", "-v"]);
    let page = world.opened.next_url();
    let pressing = std::thread::spawn(move || {
        let mut guest = CookieBrowser::default();
        guest.get(&page);
        guest.press(&page, "acme")
    });
    running.line(|line| line.contains("reading "));
    running.signal(Signal::INT);
    running.outcome().ends_with(130);
    drop(held);
    assert!(pressing.join().is_err(), "the page went with the program");
}
