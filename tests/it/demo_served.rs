//! Demo provider over HTTP on 127.0.0.1, tested with a strict client library.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::{free_port, servers, visitor};
use mycli::internals::demo::{Approval, CLIENT_ID, DemoProvider, DemoSettings, FIXED_ISSUER, Issuer};
use mycli::internals::error::Error;
use serde_json::Value;
use ureq::Agent;

const REDIRECT: &str = "http://127.0.0.1:9/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn settings(issuer: Issuer, approval: Approval) -> DemoSettings {
    DemoSettings { approval, ..DemoSettings::new(issuer, "mycli") }
}

fn agent() -> Agent {
    Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(None).build().into()
}

fn post(address: &str, form: &[(&str, &str)]) -> (u16, String) {
    let mut answer = agent().post(address).send_form(form.iter().copied()).expect("answered");
    (answer.status().as_u16(), answer.body_mut().read_to_string().expect("text"))
}

fn ask(endpoint: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", CLIENT_ID)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", "openid email")
        .append_pair("state", "s")
        .append_pair("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("{endpoint}?{query}")
}

#[test]
fn sign_in_works_over_http() {
    let running = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), None).expect("a port is free");
    let issuer = running.issuer().to_owned();
    assert_eq!(issuer, format!("http://127.0.0.1:{}", running.port()));
    let metadata = visitor::get(&format!("{issuer}/.well-known/openid-configuration"));
    let metadata: Value = serde_json::from_str(&metadata.body).expect("JSON");
    let endpoint = |name: &str| metadata[name].as_str().expect("the metadata names it").to_owned();

    let page = visitor::get(&ask(&endpoint("authorization_endpoint")));
    let (_, ticket) = page.body.split_once("name=ticket value=\"").expect("the page has a ticket");
    let ticket = ticket.split('"').next().expect("quoted");
    let form = [("ticket", ticket), ("decision", "approve"), ("account", "ada")];
    let answer = agent().post(format!("{issuer}/decision")).send_form(form).expect("answered");
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    let callback = url::Url::parse(&location).expect("a URL");
    let code = callback.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();

    let (status, tokens) = post(
        &endpoint("token_endpoint"),
        &[
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ],
    );
    assert_eq!(status, 200, "{tokens}");
    let tokens: Value = serde_json::from_str(&tokens).expect("JSON");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a token"));
    let profile = visitor::get_with(&endpoint("userinfo_endpoint"), &[("authorization", &bearer)]);
    assert_eq!(profile.status, 200);
    assert!(profile.body.contains("ada@demo.example"));
}

#[test]
fn port_is_released_on_drop() {
    // A port that no connection of another test gets.
    let port = free_port();
    let running = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), Some(port)).expect("a port is free");
    let second = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), Some(port));
    assert!(matches!(second.err(), Some(Error::PortTaken { port: taken }) if taken == port));
    drop(running);
    DemoProvider::start(settings(Issuer::Loopback, Approval::Page), Some(port)).expect("free again");
}

#[test]
fn host_header_must_match_the_issuer() {
    let answer = |issuer| {
        let running = DemoProvider::start(settings(issuer, Approval::Automatic), None).expect("a port is free");
        let mut stream = TcpStream::connect(("127.0.0.1", running.port())).expect("it listens");
        let head = "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: demo.localhost\r\n\r\n";
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers and closes");
        answer
    };
    let fixed = answer(Issuer::Fixed);
    assert!(fixed.contains(" 200 "), "{fixed}");
    assert!(fixed.contains(&format!("\"token_endpoint\":\"{FIXED_ISSUER}/token\"")), "{fixed}");
    assert!(answer(Issuer::Loopback).contains(" 421 "));
}

#[test]
fn oversized_forms_are_rejected() {
    let running = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), None).expect("a port is free");
    let mut stream = TcpStream::connect(("127.0.0.1", running.port())).expect("it listens");
    let head = format!("POST /token HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 100000\r\n\r\n", running.port());
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes");
    assert!(answer.contains(" 413 "), "{answer}");
}

#[test]
fn hundred_concurrent_clients_are_served() {
    let running = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), None).expect("a port is free");
    let connect = || TcpStream::connect(("127.0.0.1", running.port())).expect("it listens");
    let mut streams: Vec<_> = (0..100).map(|_| connect()).collect();
    let head = format!("GET /jwks HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", running.port());
    for stream in &mut streams {
        stream.write_all(head.as_bytes()).expect("it reads");
    }
    for stream in &mut streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers and closes");
        assert!(answer.contains(" 200 "), "{answer}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn openid_client_signs_in_with_every_flow() {
    let running = DemoProvider::start(settings(Issuer::Loopback, Approval::Page), None).expect("a port is free");
    let output = Command::new("node")
        .arg(servers::directory().join("demo-client.mjs"))
        .arg(running.issuer())
        .stdin(Stdio::null())
        .output()
        .expect("node is installed");
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    let parts: Vec<_> = said.lines().collect();
    let expected = ["discovery", "code", "userinfo", "refresh", "revocation", "denial", "device", "logout"];
    assert_eq!(parts, expected.map(|part| format!("ok {part}")));
}
