//! Requests that the listener rejects while a sign-in waits, and links that are opened in the wrong browser.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::support::Running;
use crate::support::visitor;
use crate::support::world::World;

/// Neither the user of the tests nor that of an unprivileged sandbox.
const OTHER_USER: u32 = 65_533;

/// Sign-in that printed its URL; returns the URL and its port.
fn waiting(world: &World, flags: &[&str]) -> (Running, String, u16) {
    let mut running = world.sandbox.start(&[&["signin", "acme", "--no-open"], flags].concat());
    let url = running.wait_for_url("/start?k=");
    let port = url.split([':', '/']).nth(4).and_then(|port| port.parse().ok()).expect("a port");
    (running, url, port)
}

/// Sends `bytes` and returns the response.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    stream.write_all(bytes).expect("sent");
    let mut response = Vec::new();
    // A TLS client would not understand the response.
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

fn request(port: u16, line: &str, more: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n").into_bytes()
}

/// Rejected requests, with the words that the user must read.
fn rejected(port: u16) -> Vec<(Vec<u8>, &'static str)> {
    let long = format!("GET /callback?code={}", "c".repeat(40_000));
    vec![
        (request(port, "GET /callback?error=access_denied", ""), "`access_denied` without `state`"),
        (request(port, "GET /callback?code=1&state=other", ""), "wrong `state`"),
        (request(port, "POST /callback", "Content-Length: 0\r\n"), "(POST, 405)"),
        (request(port, "GET /cb?code=1&state=x", ""), "to a path other than"),
        (request(port, "GET /start?k=old", ""), "link of another sign-in"),
        (b"\x16\x03\x01\x02\x00".to_vec(), "an https: request"),
        (request(port, &long, ""), "(414)"),
        (request(port, "GET /", &format!("A: {}\r\n", "a".repeat(60_000))), "(431)"),
        (request(port, "HEAD /callback", ""), "other than GET (405)"),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_vec(), "(421)"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "(400)"),
    ]
}

/// PostHog/wizard#1253, opencloud-eu/desktop#954, cli/cli#650: five minutes of silence, then "did not happen".
#[test]
fn rejected_requests_are_told_once_a_kind_and_counted() {
    for flags in [&["--timeout", "2s"][..], &["--timeout", "2s", "--json"]] {
        let world = World::new();
        let (running, _, port) = waiting(&world, flags);
        for (bytes, words) in rejected(port) {
            assert!(send(port, &bytes).starts_with("HTTP/1.0 4"), "{words}");
        }
        for _ in 0..2 {
            send(port, &request(port, "POST /callback", "Content-Length: 0\r\n"));
        }
        // Browsers request it by themselves.
        send(port, &request(port, "GET /favicon.ico", ""));
        let stderr = running.outcome().fails(5, "timed out after 2s; the listener rejected").stderr;
        let (warnings, error) = stderr.rsplit_once("timed out").expect("an error");
        for (_, words) in rejected(port) {
            assert_eq!(warnings.matches(words).count(), 1, "{words}: {stderr}");
            assert_eq!(error.matches(words).count(), 1, "{words}: {stderr}");
        }
        assert_eq!(stderr.matches("the listener rejected").count(), rejected(port).len() + 1, "{stderr}");
        assert!(error.contains("sent as a form (POST, 405) (3 times)"), "{stderr}");
        assert!(stderr.contains("mycli signin acme --timeout 2s --device"), "another flow helps: {stderr}");
    }
}

#[test]
fn repeated_rejections_are_counted_after_success() {
    let world = World::new();
    let (running, url, port) = waiting(&world, &[]);
    for _ in 0..2 {
        send(port, &request(port, "GET /callback?code=1", ""));
    }
    visitor::visit(&url);
    let stderr = running.outcome().success().stderr;
    assert!(stderr.contains("wrong `state` (2 times)"), "{stderr}");
}

/// Refused with 431 from 16 KB of cookies on (PostHog/wizard#1253).
#[test]
fn cookies_of_other_programs_do_not_reject_a_callback() {
    let world = World::new();
    let (running, url, port) = waiting(&world, &[]);
    let provider = visitor::get(&url).header("location").expect("a redirect to the provider").to_owned();
    let callback = visitor::get(&provider).header("location").expect("a redirect back").to_owned();
    let cookies = format!("{}name={}", "a=b; ".repeat(20_000), "x".repeat(500_000));
    let target = callback.split_once(&port.to_string()).expect("our port").1;
    let response = send(port, &request(port, &format!("GET {target}"), &format!("Cookie: {cookies}\r\n")));
    assert!(response.starts_with("HTTP/1.0 303"), "{response}");
    running.outcome().success();
}

/// A wrong browser profile or a link preview spent the only link (wslyvh/paperweight#33).
#[test]
fn printed_link_works_until_the_signin_ends() {
    let world = World::new();
    let (running, url, _) = waiting(&world, &[]);
    for _ in 0..3 {
        assert_eq!(visitor::get(&url).status, 303);
    }
    visitor::visit(&url);
    running.outcome().success();
}

#[test]
fn launched_link_works_once_and_names_a_command() {
    let world = World::new();
    let mut running = world.sandbox.start(&["--json", "signin", "acme", "--client-id", "two words"]);
    let launched = world.opened.next_url();
    let printed = running.wait_for_url("/start?k=");
    assert_ne!(launched, printed, "the printed key is in no argument list");
    assert_eq!(visitor::get(&launched).status, 303);
    let again = visitor::get(&launched);
    assert_eq!(again.status, 410);
    let words = ["mycli", "signin", "acme", "--client-id", "&#39;two", "words&#39;", "--no-open"];
    let command = words.map(|word| format!("<span>{word}</span>")).join(" ");
    assert!(again.body.contains(&command), "{}", again.body);
    running.line(|line| line.contains("a browser that did not start this sign-in"));
    visitor::visit(&printed);
    running.outcome().success();
}

/// Another user reads the link in the argument list of the browser and is faster.
#[test]
#[ignore = "needs root: .ci/run"]
fn launched_link_is_not_for_another_user() {
    let world = World::unprivileged();
    let mut running = world.sandbox.start(&["signin", "acme"]);
    let launched = world.opened.next_url();
    let (origin, target) = launched.split_once("/start").expect("a start URL");
    let (_, port) = origin.rsplit_once(':').expect("a port");
    let request = format!("GET /start{target} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\\r\\n");
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{request}' >&3; cat <&3");
    let other = Command::new("bash").args(["-c", &script]).uid(OTHER_USER).output().expect("bash exists");
    let response = String::from_utf8_lossy(&other.stdout);
    assert!(response.starts_with("HTTP/1.0 404 "), "{response}");
    running.line(|line| line.contains("another user of this machine"));
    visitor::visit(&launched);
    running.outcome().success();
}
