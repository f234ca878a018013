//! `providers test`: the settings of a provider, without a user.

use serde_json::{Value, json};

use crate::support::fake_provider::{AUTHORIZE, Response, TOKEN};
use crate::support::world::World;

/// Names and results of the checks, and the exit code.
fn checks(world: &World, code: i32) -> Vec<(String, Value)> {
    let outcome = world.run(&["providers", "test", "acme", "--json"]).ends_with(code);
    let checks = outcome.json()["checks"].as_array().expect("a list").clone();
    checks.iter().map(|check| (check["name"].as_str().expect("a name").to_owned(), check["ok"].clone())).collect()
}

#[test]
fn provider_test_tells_what_a_sign_in_would_meet() {
    let world = World::new();
    let expected = |redirect: Value, client: Value| {
        let names = ["endpoints", "redirect URI", "client authentication"].map(str::to_owned);
        names.into_iter().zip([json!(true), redirect, client]).collect::<Vec<_>>()
    };
    let invalid_code = || Response::json(400, &json!({"error": "invalid_grant"}));
    let page = || Response::html(200, "<h1>Sign in</h1>");
    for (authorize, token, redirect, client, code) in [
        (page(), invalid_code(), Value::Null, json!(true), 0),
        (Response::html(400, "<h1>Error</h1>"), invalid_code(), json!(false), json!(true), 1),
        (page(), Response::json(401, &json!({"error": "invalid_client"})), Value::Null, json!(false), 1),
        (page(), Response::html(503, "away"), Value::Null, json!(false), 1),
        (page(), Response::json(400, &json!({"error": "invalid_request"})), Value::Null, Value::Null, 0),
    ] {
        world.provider.respond_with(AUTHORIZE, authorize);
        world.provider.respond_with(TOKEN, token);
        assert_eq!(checks(&world, code), expected(redirect, client));
    }
    world.run(&["status"]).ends_with(3);
    assert!(world.opened.is_empty(), "a browser was opened");
}

#[test]
fn provider_test_ends_at_what_is_missing() {
    let world = World::new();
    world.provider.set_metadata("issuer", json!("https://other.example"));
    assert_eq!(checks(&world, 1), [("endpoints".to_owned(), json!(false))]);
    let outcome = world.run(&["providers", "test", "github"]).ends_with(1);
    assert!(outcome.stdout.contains("FAILED client: no client ID for `github`"), "{outcome:?}");
    world.run(&["providers", "test", "githbu"]).fails(2, "github");
}
