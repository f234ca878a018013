//! `signin` without a provider: choice on the sign-in page and its outcome.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::support::fake_provider::{AUTHORIZE, DISCOVERY};
use crate::support::visitor::CookieBrowser;
use crate::support::world::World;
use crate::support::{Outcome, Running, free_port};

/// Configures `acme` and `other`, the same provider under two names; `more` goes into the table of `other`.
fn two_providers(more: &str) -> World {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", more)));
    world
}

/// Starts `signin` and presses the button of `provider`; returns the link of the response.
fn press(world: &World, flags: &[&str], provider: &str) -> (Running, CookieBrowser, String) {
    let running = world.sandbox.start(&[&["signin"], flags].concat());
    let (mut browser, page) = (CookieBrowser::default(), world.opened.next_url());
    assert_eq!(browser.get(&page).status, 200);
    let response = browser.press(&page, provider);
    (running, browser, response.link())
}

fn sign_in_on_page(world: &World, flags: &[&str], provider: &str) -> Outcome {
    let (running, mut browser, link) = press(world, flags, provider);
    browser.visit(&link);
    running.outcome()
}

#[test]
fn picker_signin_honors_all_flags() {
    let world = two_providers("");
    let outcome = sign_in_on_page(&world, &["--json", "--scope", "openid email"], "other").success();
    let document = outcome.json();
    assert_eq!((&document["provider"], &document["flow"]), (&"other".into(), &"loopback".into()));
    let request = &world.provider.requests_to(AUTHORIZE)[0];
    assert_eq!(request.query("scope"), Some("openid email"));
    let events: Vec<_> = outcome.json_lines().into_iter().filter(|line| line["event"] == "visit").collect();
    assert_eq!(events.len(), 1, "only the page, no second URL: {events:?}");
}

#[test]
fn picker_signin_honors_redirect_to() {
    let world = two_providers("");
    let (running, mut browser, link) = press(&world, &["--redirect-to", "https://app.example/x"], "acme");
    let provider = browser.get(&link).header("location").expect("a redirect to the provider").to_owned();
    let callback = browser.get(&provider).header("location").expect("a redirect back").to_owned();
    let response = browser.get(&callback);
    running.outcome().success();
    assert_eq!(response.header("location"), Some("https://app.example/x"));
    let (running, _, link) = press(&world, &["--redirect-to", "https://app.example/x"], "acme");
    running.outcome().success();
    assert_eq!(link, "https://app.example/x", "already signed in");
}

#[test]
fn picker_keeps_the_providers_port_and_host() {
    let port = free_port();
    let callback = format!("http://localhost:{port}/cb");
    let world = two_providers(&format!("callback = \"{callback}\""));
    sign_in_on_page(&world, &[], "other").success();
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(&*callback));

    let holder = TcpListener::bind(("127.0.0.1", port)).expect("free");
    let running = world.sandbox.start(&["signin", "--force"]);
    let (mut browser, page) = (CookieBrowser::default(), world.opened.next_url());
    browser.get(&page);
    let response = browser.press(&page, "other");
    assert!(response.body.contains(&format!("Port {port} is used by another program")), "{}", response.body);
    running.outcome().fails(1, &format!("port {port}"));
    drop(holder);
}

#[test]
fn port_flag_serves_picker_and_callback() {
    let port = free_port();
    let world = two_providers("");
    let mut running = world.sandbox.start(&["signin", "--no-open", "--port", &port.to_string()]);
    let page = running.wait_for_url("/signin?k=");
    assert!(page.starts_with(&format!("http://127.0.0.1:{port}/")), "{page}");
    let mut browser = CookieBrowser::default();
    browser.get(&page);
    let link = browser.press(&page, "acme").link();
    browser.visit(&link);
    running.outcome().success();
    assert!(world.opened.is_empty(), "no browser may open");
    let callback = format!("http://127.0.0.1:{port}/callback");
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(&*callback));
}

#[test]
fn user_can_go_back_and_choose_another() {
    let world = two_providers("");
    let running = world.sandbox.start(&["signin"]);
    let (mut browser, page) = (CookieBrowser::default(), world.opened.next_url());
    browser.get(&page);
    let first = browser.press(&page, "acme").link();
    let abandoned = browser.get(&first).header("location").expect("a redirect to the provider").to_owned();
    assert_eq!(browser.get(&page).status, 200, "the page still works");
    let second = browser.press(&page, "other").link();
    let stale = browser.get(&abandoned).header("location").expect("a redirect back").to_owned();
    assert_eq!(browser.get(&stale).status, 400, "the first sign-in was replaced");
    browser.visit(&second);
    running.outcome().success();
    assert_eq!(world.sessions()[0]["provider"], "other");
}

#[test]
fn device_code_is_shown_on_page_and_terminal() {
    let world = two_providers("flow = \"device\"");
    let mut running = world.sandbox.start(&["signin"]);
    let (mut browser, page) = (CookieBrowser::default(), world.opened.next_url());
    browser.get(&page);
    let response = browser.press(&page, "other");
    let line = running.line(|line| line.contains("enter the code"));
    let code = line.split("the code ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code").to_owned();
    assert!(response.body.contains(&code), "{code}: {}", response.body);
    assert!(response.link().starts_with(world.provider.issuer()), "{}", response.body);
    assert!(world.opened.is_empty(), "the page already has the link");
    let again = browser.press(&page, "acme").link();
    browser.visit(&again);
    running.outcome().success();
    assert_eq!(world.sessions()[0]["provider"], "acme", "another choice is possible");
}

#[test]
fn unconfigured_provider_has_no_button() {
    let world = two_providers("");
    // The issuer may support client registration, so the button is available.
    let tables = world.table("acme", "") + &world.table("other", "").replace("client_id = \"native\"\n", "");
    world.sandbox.configure(&(tables + "[providers.github]\n"));
    let running = world.sandbox.start(&["signin"]);
    let page = CookieBrowser::default().get(&world.opened.next_url()).body;
    running.signal(Signal::INT);
    running.outcome().fails(130, "interrupted");
    assert_eq!(page.matches("<button").count(), 2, "{page}");
}

#[test]
fn providers_are_listed_if_no_choice_is_possible() {
    let mut world = two_providers("");
    for flags in [&["signin", "--no-input"][..], &["signin", "--no-input", "--no-open"], &["signin", "--device"]] {
        world.run(flags).ends_with(2);
    }
    // A client ID belongs to one provider: no other provider may receive the ID, let alone its secret.
    world.run(&["signin", "--client-id", "x"]).fails(2, "`acme`, `other`");
    world.sandbox.unset("MYCLI_BROWSER");
    world.run(&["signin"]).fails(2, "`acme`, `other`");
    world.assert_untouched();
    world.sandbox.configure("");
    world.run(&["signin"]).ends_with(2);
    world.assert_untouched();
}

#[test]
fn signal_ends_the_picker_and_frees_the_port() {
    let world = two_providers("");
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let running = world.sandbox.start(&["--json", "signin"]);
        let page = url::Url::parse(&world.opened.next_url()).expect("a URL");
        running.signal(signal);
        let outcome = running.outcome().fails(code, "interrupted");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "interrupted");
        // Another test may hold the port for a moment.
        let port = page.port().expect("a port");
        let is_free = |_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            TcpListener::bind(("127.0.0.1", port)).is_ok()
        };
        assert!((0..500).any(is_free), "the port is still in use");
    }
}

#[test]
fn ctrl_c_works_after_the_choice() {
    let world = two_providers("");
    let holder = world.provider.hold(DISCOVERY);
    let mut running = world.sandbox.start(&["signin", "-v"]);
    let page = world.opened.next_url();
    let click = std::thread::spawn(move || {
        let mut browser = CookieBrowser::default();
        browser.get(&page);
        browser.press(&page, "acme")
    });
    running.line(|line| line.contains("fetching "));
    running.signal(Signal::INT);
    running.outcome().ends_with(130);
    drop(holder);
    assert!(click.join().is_err(), "the page ended with the program");
}
