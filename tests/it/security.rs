//! Attacks on the running program by a provider, a checkout or the environment.

use std::fs;

use crate::support::fake_provider::{Response, USERINFO};
use crate::support::visitor;
use crate::support::world::World;
use serde_json::json;

fn checkout(world: &World, text: &str) {
    fs::write(world.sandbox.path("home").join(".mycli.toml"), text).expect("ours to write");
}

#[test]
fn provider_cannot_inject_header_lines() {
    let world = World::new();
    world.provider.change_tokens(|tokens| tokens["access_token"] = json!("t\r\nX-Admin: 1"));
    world.sign_in(&[]).fails(1, "characters");
    let world = World::new();
    world.sign_in(&[]).success();
    world.provider.change_tokens(|tokens| tokens["token_type"] = json!("Bearer x\r\nX-Admin:"));
    let outcome = world.sandbox.run(&["token", "acme", "--force-refresh", "--header"]).fails(1, "characters");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn provider_text_cannot_control_the_terminal() {
    let world = World::new();
    world.provider.change_tokens(|tokens| {
        tokens["scope"] = json!("openid \u{1b}]0;owned\u{7} \u{9b}2J\u{202e}");
    });
    let signed_in = world.sign_in(&["--json"]).success();
    let shown = [world.sandbox.run(&["status"]), world.sandbox.run(&["status", "--json"]), signed_in];
    for text in shown.iter().flat_map(|outcome| [&outcome.stdout, &outcome.stderr]) {
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    }
}

/// JSON allows C1 controls and bidirectional characters in the clear; a terminal obeys them.
#[test]
fn json_of_a_provider_cannot_control_the_terminal() {
    let hostile = "\u{9b}2J\u{9d}0;owned\u{202e}\u{e0041}";
    let world = World::new();
    world.provider.change_id_token(move |token| token.claims["nickname"] = json!(hostile));
    world.sign_in(&[]).success();
    let profile = json!({"sub": "subject-1", "nickname": hostile});
    world.provider.respond_with(USERINFO, Response::json(200, &profile));
    for command in
        [&["userinfo"][..], &["userinfo", "--json"], &["token", "--claims"], &["token", "--claims", "--json"]]
    {
        let outcome = world.run(command).success();
        assert_eq!(outcome.json()["nickname"], hostile, "the same JSON");
        assert!(outcome.stdout.contains(r"\u009b2J\u009d0;owned\u202e\udb40\udc41"), "{}", outcome.stdout);
        assert!(outcome.stdout.is_ascii(), "{}", outcome.stdout);
    }
}

#[test]
fn large_project_file_is_rejected() {
    let world = World::new();
    checkout(&world, &format!("provider = \"demo\"\n{}", "# more\n".repeat(10_000)));
    world.sandbox.run(&["token"]).fails(2, ".mycli.toml: larger than 64 KiB");
    checkout(&world, &format!("provider = \"demo\"\n{}", "# more\n".repeat(9_000)));
    world.sandbox.run(&["token"]).fails(3, "not signed in");
}

#[test]
fn project_file_cannot_redirect_sign_in() {
    let world = World::new();
    for name in [world.provider.issuer().to_owned(), "id.evil.example".to_owned()] {
        checkout(&world, &format!("provider = \"{name}\"\n"));
        world
            .sandbox
            .run_with(&["signin", "--client-id", "mine", "--client-secret-stdin"], "hush")
            .fails(2, "is named only by `.mycli.toml` in this directory");
    }
    assert!(world.provider.requests().is_empty(), "nothing of it is asked");
    assert!(world.opened.is_empty(), "no browser goes there");
}

#[test]
fn project_file_selects_a_known_provider() {
    let world = World::new();
    checkout(&world, "provider = \"acme\"\n");
    let running = world.sandbox.start(&["signin"]);
    visitor::visit(&world.opened.next_url());
    running.outcome().success();
}

#[test]
fn existing_session_is_not_fresh_authentication() {
    let world = World::new();
    world.sign_in(&[]).success();
    world.provider.change_id_token(|token| {
        token.claims["acr"] = json!("phr");
        token.claims["auth_time"] = token.claims["iat"].clone();
    });
    for more in [["--prompt", "login"], ["--max-age", "0s"], ["--acr", "phr"]] {
        let before = world.provider.requests().len();
        world.sign_in(&more).success();
        assert!(world.provider.requests().len() > before, "{more:?}");
    }
}

#[test]
fn extreme_provider_responses_do_not_panic() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (life, code) in [(json!(1e308), 0), (json!(u64::MAX), 0), (json!("9".repeat(400)), 0), (json!(-1), 0)] {
        let world = World::new();
        let shown = life.to_string();
        world.provider.change_tokens(move |tokens| tokens["expires_in"] = life.clone());
        world.sign_in(&[]).ends_with(code);
        let outcome = world.sandbox.run(&["token", "acme"]).ends_with(code);
        assert!(!outcome.stderr.contains("panicked"), "{shown}");
    }
    let world = World::new();
    let answer = crate::support::fake_provider::Response::of_type(200, "application/json", deep);
    world.provider.respond_with(crate::support::fake_provider::TOKEN, answer);
    world.sign_in(&[]).ends_with(6);
}
