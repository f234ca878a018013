//! `token --scope` and `--resource`: tokens for other scopes and APIs, from one sign-in.

use serde_json::json;

use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

/// World whose provider grants these scopes from now on.
fn granting(scopes: &'static str) -> World {
    let world = World::configured("scopes = [\"openid\", \"read\", \"write\"]");
    world.sign_in(&[]).success();
    world.provider.change_tokens(move |tokens| tokens["scope"] = json!(scopes));
    world
}

fn last_refresh(world: &World, field: &str) -> Option<String> {
    let requests = world.provider.requests_to(TOKEN);
    requests.last().and_then(|request| request.form(field).map(str::to_owned))
}

#[test]
fn narrower_token_is_kept_beside_the_session() {
    let world = granting("read");
    let own = world.token();
    let narrow = world.run(&["token", "acme", "--scope", "read", "--json"]).success().json();
    assert_eq!((&narrow["scopes"], last_refresh(&world, "scope").as_deref()), (&json!(["read"]), Some("read")));
    assert_ne!(format!("{}\n", narrow["access_token"].as_str().expect("a token")), own);
    // Neither is asked for again.
    let header = world.run(&["token", "acme", "--scope", "read", "--header"]).success().stdout;
    assert!(header.contains(narrow["access_token"].as_str().expect("a token")), "{header}");
    assert_eq!((world.token(), world.provider.refreshes()), (own, 1));
    assert_eq!(world.sessions()[0]["scopes"], json!(["openid", "read", "write"]));
    // The refresh token that came with it is the session's.
    world.run(&["token", "acme", "--force-refresh"]).success();
    world.run(&["token", "acme", "--scope", "read", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 3);
}

#[test]
fn token_for_another_resource_names_it() {
    let world = granting("read");
    let arguments = ["token", "acme", "--resource", "https://api.example/v1"];
    let first = world.run(&arguments).success().stdout;
    assert_eq!(last_refresh(&world, "resource").as_deref(), Some("https://api.example/v1"));
    assert_eq!(last_refresh(&world, "scope"), None);
    assert_eq!((world.run(&arguments).success().stdout, world.provider.refreshes()), (first.clone(), 1));
    let other = world.run(&["token", "acme", "--resource", "https://api.example/v2", "--scope", "read"]).success();
    assert_ne!(other.stdout, first);
}

#[test]
fn broader_token_than_asked_is_refused() {
    let world = granting("read write");
    world.run(&["token", "acme", "--scope", "read"]).fails(1, "granted more than was asked, `write`");
    assert_eq!(world.provider.refreshes(), 1);
    // Its refresh token replaced the session's.
    world.run(&["token", "acme", "--force-refresh"]).success();
    world.run(&["token", "acme", "--scope", "read", "--no-refresh"]).fails(1, "no token for these scopes");
}

#[test]
fn refused_scopes_leave_the_session_alone() {
    let world = granting("read");
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_scope"})));
    world.run(&["token", "acme", "--scope", "admin"]).fails(2, "invalid_scope");
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    world.run(&["token", "acme", "--scope", "admin"]).ends_with(3);
    world.provider.respond_normally(TOKEN);
    world.run(&["token", "acme", "--force-refresh"]).success();
    for (flag, value) in [("--scope", "+read"), ("--scope", "a\"b"), ("--resource", "api"), ("--scope", "rea\u{fc}d")] {
        world.run(&["token", "acme", flag, value]).ends_with(2);
    }
}
