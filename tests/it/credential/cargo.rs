//! Transcripts of cargo's credential provider protocol.

use serde_json::{Value, json};

use super::{access_token, assert_no_refresh_token, seconds_until, world_with_hosts};
use crate::support::Outcome;
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

const URL: &str = "sparse+https://crates.example/index/";

/// Sends lines, and returns the answers after the first line, which names the versions.
fn cargo(world: &World, words: &[&str], lines: &str) -> (Vec<Value>, Outcome) {
    let outcome = world.sandbox.run_with(&[&["credential", "cargo"], words].concat(), lines).success();
    let mut answers = outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    assert_eq!(answers.next(), Some(json!({"v": [1]})));
    (answers.collect(), outcome)
}

fn request(url: &str, more: &Value) -> String {
    let mut request = json!({"v": 1, "registry": {"index-url": url, "name": "my", "headers": ["www-authenticate: x"]}});
    for (key, value) in more.as_object().expect("an object") {
        request[key] = value.clone();
    }
    format!("{request}\n")
}

/// Answer to one request.
fn answer(world: &World, url: &str, more: &Value) -> Value {
    let (answers, _) = cargo(world, &[], &request(url, more));
    answers.into_iter().next().expect("an answer")
}

#[test]
fn registry_gets_the_token_with_its_end() {
    let world = world_with_hosts("\"crates.example\"");
    let token = access_token(&world);
    let operations = ["read", "publish", "yank", "unyank", "owners", "later"];
    let get = |operation: &&str| request(URL, &json!({"kind": "get", "operation": operation, "vers": "1", "args": []}));
    // One process answers any number of requests.
    let (answers, outcome) = cargo(&world, &[], &operations.iter().map(get).collect::<String>());
    assert_eq!(answers.len(), operations.len());
    for mut answer in answers {
        let end = answer["Ok"]["expiration"].take().as_i64().expect("a number");
        assert!((3500..=3600).contains(&seconds_until(end)), "{end}");
        let expected = json!({"kind": "get", "token": token, "cache": "expires", "expiration": null, "operation_independent": true});
        assert_eq!(answer, json!({"Ok": expected}));
    }
    assert_no_refresh_token(&world, &outcome);
    let bearer = json!(format!("Bearer {token}"));
    let get = json!({"kind": "get", "operation": "read"});
    assert_eq!(cargo(&world, &["--cargo-plugin", "--bearer"], &request(URL, &get)).0[0]["Ok"]["token"], bearer);
    let get = json!({"kind": "get", "operation": "read", "args": ["--account=ada", "--bearer"]});
    assert_eq!(answer(&world, URL, &get)["Ok"]["token"], bearer);
}

#[test]
fn token_without_an_end_is_not_kept() {
    let world = World::configured("hosts = [\"crates.example\"]");
    world.provider.change_tokens(|tokens| {
        tokens.as_object_mut().expect("an object").remove("expires_in");
    });
    world.sign_in(&[]).success();
    let answer = answer(&world, URL, &json!({"kind": "get", "operation": "read"}));
    assert_eq!((&answer["Ok"]["cache"], answer["Ok"].get("expiration")), (&json!("never"), None));
}

#[test]
fn strangers_are_left_to_the_next_provider() {
    let world = world_with_hosts("\"crates.example\"");
    for url in [
        "sparse+https://index.crates.io/",
        "https://github.com/rust-lang/crates.io-index",
        "sparse+http://crates.example/index/",
        "sparse+https://crates.example.evil.example/",
        "sparse+https://crates.example@evil.example/",
        "sparse+https://crates.example./",
        "sparse+https://crates.example:8443/",
        "ssh://git@crates.example/index",
        "file:///crates.example",
        "",
    ] {
        for kind in ["get", "login", "logout"] {
            let answer = answer(&world, url, &json!({"kind": kind, "operation": "read"}));
            assert_eq!(answer, json!({"Err": {"kind": "url-not-supported"}}), "{url}");
        }
    }
}

#[test]
fn failures_have_the_kinds_of_the_protocol() {
    let world = World::configured("hosts = [\"crates.example\"]");
    let get = json!({"kind": "get", "operation": "read"});
    for more in [&get, &json!({"kind": "logout"})] {
        let (answers, outcome) = cargo(&world, &[], &request(URL, more));
        assert_eq!(answers, [json!({"Err": {"kind": "not-found"}})]);
        assert!(outcome.stderr.contains("mycli signin acme"), "{outcome:?}");
    }
    let other = |world: &World, more: &Value, words: &str| {
        let answer = answer(world, URL, more);
        let message = answer["Err"]["message"].as_str().expect("a text");
        assert!(answer["Err"]["kind"] == "other" && message.contains(words), "{answer}");
        assert!(!message.contains("hunter2"), "{answer}");
    };
    other(&world, &json!({"kind": "login"}), "mycli signin acme");
    world.sign_in(&[]).success();
    let token = access_token(&world);
    assert_eq!(
        answer(&world, URL, &json!({"kind": "login", "login-url": "https://x"})),
        json!({"Ok": {"kind": "login"}})
    );
    other(&world, &json!({"kind": "login", "token": "hunter2"}), "stores no tokens");
    other(&world, &json!({"kind": "logout"}), "mycli signout acme");
    other(&world, &json!({"kind": "get", "operation": "read", "args": ["--other"]}), "`--account` and `--bearer`");
    assert_eq!(answer(&world, URL, &json!({"kind": "later"})), json!({"Err": {"kind": "operation-not-supported"}}));
    assert_eq!(access_token(&world), token);
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(503, &json!({})));
    other(&world, &get, "returned 503");
}

#[test]
fn malformed_line_is_answered_and_the_next_one_too() {
    let world = world_with_hosts("\"crates.example\"");
    let get = request(URL, &json!({"kind": "get", "operation": "read"}));
    let old = get.replace("\"v\":1", "\"v\":2");
    // Without its end, a line is complete at the end of stdin.
    let lines = format!("\n{{\n[]\n{old}{}", get.trim_end());
    let (answers, _) = cargo(&world, &[], &lines);
    let messages: Vec<_> = answers.iter().map(|answer| answer["Err"]["message"].as_str()).collect();
    let no_request = Some("cargo sent a line that is no request");
    let unknown = Some("cargo sent a request of version 2, which is unknown");
    assert_eq!(messages, [no_request, no_request, no_request, unknown, None]);
    assert_eq!(answers[4]["Ok"]["token"], json!(access_token(&world)));
    let oversized = world.sandbox.run_with(&["credential", "cargo"], &"x".repeat(2 << 20)).ends_with(2);
    assert!(oversized.stderr.contains("longer than 1024 KiB"), "{oversized:?}");
}
