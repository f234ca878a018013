//! `token --scope` and `--resource`: tokens for other scopes and APIs, from one sign-in.

use serde_json::{Value, json};

use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

/// World whose provider grants these scopes from now on.
fn granting(scopes: &'static str) -> World {
    let world = World::configured("scopes = [\"openid\", \"read\", \"write\"]");
    world.sign_in(&[]).success();
    world.provider.change_tokens(move |tokens| tokens["scope"] = json!(scopes));
    world
}

/// Stores the row's `derived_tokens` in the session.
fn set_quirk(world: &World, value: Option<&str>) {
    world.edit_files(|text| {
        let mut document: Value = serde_json::from_str(text).ok()?;
        let mut session: Value = serde_json::from_str(document.get("secret")?.as_str()?).ok()?;
        session["dialect"]["derived_tokens"] = json!(value);
        document["secret"] = session.to_string().into();
        Some(document.to_string())
    });
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
    // It is not asked for again.
    let header = world.run(&["token", "acme", "--scope", "read", "--header"]).success().stdout;
    assert!(header.contains(narrow["access_token"].as_str().expect("a token")), "{header}");
    assert_eq!(world.provider.refreshes(), 1);
    assert_eq!(world.sessions()[0]["scopes"], json!(["openid", "read", "write"]));
    // The refresh token that came with it is the session's.
    world.run(&["token", "acme", "--force-refresh"]).success();
    world.run(&["token", "acme", "--scope", "read", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 3);
}

/// Doorkeeper and Ory Fosite revoke the earlier access token when they replace the refresh token.
#[test]
fn new_refresh_token_ends_the_earlier_tokens() {
    // Without a new refresh token, and where a new one is known to revoke nothing, each token stays.
    for (rotates, quirk, ends) in [(true, None, true), (true, Some("independent"), false), (false, None, false)] {
        let world = granting("read");
        set_quirk(&world, quirk);
        world.provider.change_tokens(move |tokens| {
            tokens["scope"] = Value::Null;
            if !rotates {
                tokens["refresh_token"] = Value::Null;
            }
        });
        let own = world.token();
        let narrow = || world.run(&["token", "acme", "--scope", "read"]).success().stdout;
        let first = narrow();
        if rotates {
            world.run(&["token", "acme", "--scope", "write"]).success();
        }
        assert_eq!((world.token() != own, narrow() != first), (ends, ends), "{rotates} {quirk:?}");
    }
}

#[test]
fn scope_set_stands_for_its_scopes_in_token_too() {
    let world = World::configured("scopes = [\"openid\"]\nscope_sets = { git = [\"read\", \"write\"], none = [] }");
    world.sign_in(&[]).success();
    world.provider.change_tokens(|tokens| tokens["scope"] = json!("read write"));
    let token = world.run(&["token", "acme", "--scope", "@git"]).success().stdout;
    assert_eq!(last_refresh(&world, "scope").as_deref(), Some("read write"));
    // The same token, however its scopes are named.
    for scopes in ["write read", "@git,read"] {
        assert_eq!(world.run(&["token", "acme", "--scope", scopes]).success().stdout, token, "{scopes}");
    }
    for (scope, words) in [
        ("@gti", "`acme` has no scope set `@gti`; it has `@git`, `@none`"),
        ("+@git", "`+` is for a sign-in"),
        ("@none", "@none has no scopes"),
    ] {
        world.run(&["token", "acme", "--scope", scope]).fails(2, words);
    }
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
fn scopes_that_token_scope_cost_are_named() {
    let world = granting("read");
    world.run(&["token", "acme", "--scope", "read"]).success();
    let stderr = world.run(&["token", "acme"]).success().stderr;
    assert!(stderr.contains("fewer scopes since `token --scope`; lost: `openid`, `write`;"), "{stderr}");
    assert_eq!(world.run(&["token", "acme", "--force-refresh"]).success().stderr, "");
}

#[test]
fn session_that_would_be_narrowed_is_left_alone() {
    let world = granting("read");
    set_quirk(&world, Some("narrowing"));
    let stderr = world.run(&["token", "acme", "--scope", "read"]).fails(2, "every other scope").stderr;
    assert!(stderr.contains("hint: mycli signin acme --with-token --label pat\n"), "{stderr}");
    assert_eq!(world.provider.refreshes(), 0);
    world.run(&["token", "acme", "--resource", "https://api.example"]).success();
}

#[test]
fn failures_are_remembered_for_other_scopes_too() {
    let limited = Response::json(429, &json!({})).with_header("Retry-After", "600");
    let rejected = Response::json(400, &json!({"error": "invalid_grant"}));
    for (response, code, requests) in [(limited, 6, 1), (rejected, 3, 2)] {
        let world = granting("read");
        world.provider.respond_with(TOKEN, response);
        let before = world.provider.requests_to(TOKEN).len();
        for _ in 0..3 {
            world.run(&["token", "acme", "--scope", "read"]).ends_with(code);
        }
        assert_eq!(world.provider.requests_to(TOKEN).len() - before, requests, "{code}");
    }
}

#[test]
fn kept_token_that_is_still_valid_outlasts_a_failure() {
    let world = granting("read");
    let arguments = ["token", "acme", "--scope", "read", "--min-ttl", "2h"];
    let kept = world.run(&arguments[..4]).success().stdout;
    world.provider.respond_with(TOKEN, Response::html(503, ""));
    let outcome = world.run(&arguments).success();
    assert_eq!(outcome.stdout, kept);
    let words = ["warning: could not refresh (`127.0.0.1", "; using the current token, which is still valid\n"];
    assert!(words.iter().all(|words| outcome.stderr.contains(words)), "{}", outcome.stderr);
}

/// Microsoft Entra ID says `invalid_grant` if the user has not approved a scope.
#[test]
fn invalid_grant_for_a_scope_does_not_end_the_session() {
    let world = granting("read");
    let rejected = || Response::json(400, &json!({"error": "invalid_grant", "error_description": "no consent"}));
    let own = Response::json(200, &json!({"access_token": "own", "token_type": "Bearer", "expires_in": 3600}));
    world.provider.respond_next(TOKEN, vec![rejected(), own, rejected()]);
    world.run(&["token", "acme", "--scope", "admin"]).fails(2, "the session is still valid");
    assert_eq!(world.token(), "own\n");
    world.run(&["token", "acme", "--scope", "read"]).success();
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
