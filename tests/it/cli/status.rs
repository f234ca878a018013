//! `status`: rows, exit codes and `--check`.

use serde_json::json;

use crate::support::fake_provider::{Response, USERINFO};
use crate::support::world::{World, assert_keys};

const KEYS: [&str; 10] =
    ["provider", "account", "subject", "issuer", "scopes", "expires_at", "refreshable", "usable", "default", "store"];

#[test]
fn status_lists_sessions_without_requests() {
    let world = World::signed_in();
    let asked = world.provider.requests().len();
    world.run(&["status"]).success();
    let document = world.run(&["status", "--json"]).success().json();
    let row = &document["sessions"][0];
    assert_keys(row, &KEYS);
    assert_eq!(row["issuer"], world.provider.issuer());
    assert_eq!(row["subject"], "subject-1");
    assert_eq!([&row["refreshable"], &row["usable"], &row["default"]], [&json!(true); 3]);
    assert_eq!(world.provider.requests().len(), asked);
}

#[test]
fn status_shows_and_needs_no_secrets() {
    let world = World::signed_in();
    std::fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    let outcome = world.run(&["status", "acme"]).success();
    assert!(!outcome.stdout.contains("-secret-"));
    let state = std::fs::read_to_string(world.state_file()).expect("ours");
    assert!(!state.contains("-secret-"), "{state}");
}

#[test]
fn exit_code_is_about_the_selected_session_or_any() {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.provider.change_tokens(|tokens| tokens["refresh_token"] = serde_json::Value::Null);
    world.sign_in(&[]).success();
    world.expire();
    world.run(&["status"]).ends_with(3);
    world.set_user("bob");
    world.sign_in_at("other", &[]).success();
    world.run(&["status"]).success();
    world.run(&["status", "acme"]).ends_with(3);
    world.run(&["status", "other"]).success();
    world.run(&["status", "--account", "bob"]).success();
    world.run(&["status", "other", "--account", "ada"]).ends_with(3);
}

#[test]
fn check_sends_a_request_to_the_provider() {
    let world = World::signed_in();
    world.run(&["status", "acme", "--check"]).success();
    assert_eq!(world.provider.requests_to(USERINFO).last().expect("asked").method, "GET");
    world.provider.respond_with(USERINFO, Response::Nothing);
    world.run(&["status", "--check"]).fails(6, "127.0.0.1");
}

#[test]
fn check_refreshes_an_expired_token_first() {
    let world = World::signed_in();
    world.expire();
    world.run(&["status", "acme", "--check"]).success();
    assert_eq!(world.provider.refreshes(), 1);
}
