//! `userinfo`: what the provider says about the user.

use serde_json::json;

use crate::support::fake_provider::{Response, USERINFO};
use crate::support::world::World;

#[test]
fn userinfo_prints_the_answer_of_the_provider() {
    let world = World::signed_in();
    let profile = json!({"sub": "subject-1", "email": "ada@example.test", "groups": ["a"]});
    world.provider.respond_with(USERINFO, Response::json(200, &profile));
    let outcome = world.run(&["userinfo", "acme"]).success();
    assert_eq!((outcome.json(), outcome.stderr.as_str()), (profile.clone(), ""));
    let line = world.run(&["userinfo", "--json"]).success();
    assert_eq!((line.stdout.lines().count(), line.json()), (1, profile));
    // An expired access token is refreshed first.
    world.expire();
    world.run(&["userinfo", "acme"]).success();
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
fn userinfo_reports_what_the_provider_refuses() {
    let world = World::signed_in();
    for (response, code, words) in [
        (Response::json(401, &json!({})), 3, "rejected the access token"),
        (Response::json(403, &json!({})), 1, "granted scopes"),
        (Response::json(200, &json!({"sub": "subject-2"})), 1, "subject"),
        (Response::html(200, "hello"), 6, "profile"),
        (Response::html(500, "away"), 6, "500"),
    ] {
        world.provider.respond_with(USERINFO, response);
        let outcome = world.run(&["userinfo", "acme"]);
        assert_eq!(outcome.stdout, "");
        outcome.fails(code, words);
    }
    world.run(&["userinfo", "github"]).fails(3, "not signed in to `github`");
    world.run(&["userinfo", "githbu"]).fails(2, "github");
}
