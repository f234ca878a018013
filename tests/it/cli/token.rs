//! `token`: output, refresh, and errors of the provider.

use serde_json::{Value, json};

use crate::support::fake_provider::{FakeProvider, Response, TOKEN};
use crate::support::world::{World, assert_keys};

#[test]
fn header_says_bearer_for_any_spelling() {
    let world = World::new();
    for given in [json!("bearer"), json!("BEARER"), Value::Null] {
        let answered = given.clone();
        world.provider.change_tokens(move |tokens| tokens["token_type"] = answered.clone());
        world.sign_in(&["--force"]).success();
        let header = world.run(&["token", "acme", "--header"]).success().stdout;
        assert!(header.starts_with("Authorization: Bearer access-secret-"), "{given}: {header}");
        assert_eq!(header.lines().count(), 1);
        assert_eq!(world.run(&["token", "--json", "acme"]).success().json()["token_type"], given);
    }
}

#[test]
fn tokens_other_than_bearer_are_refused_by_name() {
    for (token_type, named) in [("DPoP", "`DPoP`, RFC 9449"), ("mac", "type `mac`"), ("N_A", "type `N_A`")] {
        let world = World::new();
        world.provider.change_tokens(move |tokens| tokens["token_type"] = json!(token_type));
        world.sign_in(&[]).fails(1, named);
        world.run(&["status"]).ends_with(3);
        world.sandbox.start(&["signin", "acme", "--device"]).outcome().fails(1, named);
    }
    // A refresh that answers with another type loses no session: its refresh token is kept.
    let world = World::signed_in();
    world.provider.change_tokens(|tokens| tokens["token_type"] = json!("DPoP"));
    world.run(&["token", "acme", "--force-refresh"]).fails(1, "RFC 9449");
    world.provider.change_tokens(|_| {});
    world.run(&["token", "acme", "--force-refresh"]).success();
}

#[test]
fn json_has_all_keys_and_null_for_unknown() {
    let world = World::new();
    world.provider.change_tokens(|tokens| {
        tokens.as_object_mut().expect("an object").remove("expires_in");
    });
    world.sign_in(&[]).success();
    let document = world.run(&["token", "--json"]).success().json();
    assert_keys(&document, &["access_token", "token_type", "expires_at", "scopes", "provider", "account"]);
    assert_eq!(document["expires_at"], Value::Null, "taken as valid");
    assert_eq!(document["scopes"], json!(["openid"]));
    world.run(&["token", "acme", "--min-ttl", "365d"]).success();
    assert_eq!(world.provider.refreshes(), 0);
    assert_eq!(world.sessions()[0]["expires_at"], Value::Null);
}

#[test]
fn id_token_is_printed_refreshed_or_missing() {
    let world = World::signed_in();
    let first = world.run(&["token", "acme", "--id-token"]).success().stdout;
    assert_eq!(first.matches('.').count(), 2, "{first}");
    let soon = |token: &mut crate::support::fake_provider::IdToken| {
        let issued = token.claims["iat"].as_u64().expect("a time");
        token.claims["exp"] = json!(issued + 30);
    };
    world.provider.change_id_token(soon);
    world.sign_in(&["--force"]).success();
    world.provider.change_id_token(|_| {});
    world.run(&["token", "acme", "--id-token"]).success();
    assert_eq!(world.provider.refreshes(), 1);
    world.sandbox.configure(&world.table("acme", "scopes = [\"email\"]"));
    world.sign_in(&["--force"]).success();
    world.run(&["token", "acme", "--id-token"]).fails(1, "no ID token");
}

#[test]
fn token_is_refreshed_below_min_ttl() {
    let world = World::signed_in();
    let first = world.token();
    assert_eq!(world.run(&["token", "acme", "--min-ttl", "30m"]).success().stdout, first);
    world.provider.set_expires_in(7200);
    let outcome = world.run(&["token", "acme", "--min-ttl", "1h30m"]).success();
    assert_ne!(outcome.stdout, first);
    assert_eq!((world.provider.refreshes(), outcome.stderr.as_str()), (1, ""));
    world.expire();
    assert_eq!(world.run(&["token", "acme", "--no-refresh"]).success().stdout, outcome.stdout);
    assert_ne!(world.token(), outcome.stdout);
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
fn min_ttl_above_lifetime_refreshes_once_and_warns() {
    let world = World::signed_in();
    world.run(&["token", "acme", "--min-ttl", "2h"]).success();
    assert_eq!(world.provider.refreshes(), 1);
    let outcome = world.run(&["--json", "token", "acme", "--min-ttl", "2h"]).success();
    assert_keys(&outcome.json_lines()[0], &["warning"]);
}

#[test]
fn short_tokens_warn_only_with_an_explicit_min_ttl() {
    let world = World::new();
    // Less than the minute that is left by default.
    world.provider.set_expires_in(30);
    world.sign_in(&[]).success();
    assert_eq!(world.run(&["token", "acme"]).success().stderr, "");
    let explicit = world.run(&["token", "acme", "--min-ttl", "60s"]).success();
    assert!(explicit.stderr.starts_with("warning: the tokens of `acme` expire sooner"), "{explicit:?}");
}

#[test]
fn valid_token_is_printed_if_provider_is_down() {
    let world = World::new();
    world.provider.set_expires_in(50);
    world.sign_in(&[]).success();
    world.provider.respond_with(TOKEN, Response::html(503, "later"));
    let outcome = world.run(&["token", "acme"]).success();
    assert!(outcome.stdout.starts_with("access-secret-"));
    world.run(&["token", "acme", "--force-refresh"]).fails(6, "503");
    world.expire();
    world.run(&["token", "acme"]).fails(6, "503");
    world.provider.respond_normally(TOKEN);
    world.token();
}

#[test]
fn session_without_refresh_token_expires() {
    let world = World::new();
    world.provider.change_tokens(|tokens| tokens["refresh_token"] = Value::Null);
    world.provider.set_expires_in(50);
    world.sign_in(&[]).success();
    let outcome = world.run(&["token", "acme"]).success();
    assert!(!outcome.stderr.contains("has expired"), "{}", outcome.stderr);
    assert_eq!(world.sessions()[0]["refreshable"], false);
    world.run(&["token", "acme", "--force-refresh"]).fails(3, "no refresh token");
    world.expire();
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    world.run(&["status", "acme"]).ends_with(3);
    assert_eq!(world.provider.refreshes(), 0);
}

#[test]
fn rejected_refresh_token_expires_session_without_deletion() {
    let world = World::signed_in();
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    world.run(&["token", "acme"]).fails(3, "hint: mycli signin acme");
    let session = &world.sessions()[0];
    assert_eq!((&session["usable"], &session["account"]), (&json!(false), &json!("ada")));
    world.run(&["status", "acme"]).ends_with(3);
    assert!(world.files().values().any(|text| text.contains("refresh-secret-")), "the refresh token stays");
    world.provider.respond_normally(TOKEN);
    world.sign_in(&[]).success();
    world.run(&["status", "acme"]).success();
}

#[test]
fn rejected_client_is_a_configuration_error() {
    for error in ["invalid_client", "unauthorized_client", "invalid_scope", "invalid_request"] {
        let world = World::signed_in();
        world.provider.respond_with(TOKEN, Response::json(401, &json!({ "error": error })));
        world.run(&["token", "acme", "--force-refresh"]).fails(2, error);
        assert_eq!(world.sessions()[0]["usable"], true);
    }
}

#[test]
fn twenty_processes_cause_one_refresh() {
    let world = World::signed_in();
    world.expire();
    let processes: Vec<_> = (0..20).map(|_| world.sandbox.start(&["token", "acme"])).collect();
    let tokens: Vec<String> = processes.into_iter().map(|process| process.outcome().success().stdout).collect();
    assert_eq!(world.provider.refreshes(), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[test]
fn refresh_goes_only_to_the_session_endpoints() {
    let mut world = World::signed_in();
    let thief = FakeProvider::start();
    let elsewhere = thief.issuer().to_owned();
    world.sandbox.configure(&format!(
        "default = \"acme\"\n[providers.acme]\nissuer = \"{elsewhere}\"\nclient_id = \"theirs\"\n\
         token_endpoint = \"{elsewhere}/token\"\nrevocation_endpoint = \"{elsewhere}/revoke\"\n\
         userinfo_endpoint = \"{elsewhere}/userinfo\"\n"
    ));
    world.sandbox.set("AUTH_ACME_ISSUER", &elsewhere).set("AUTH_ACME_ID", "theirs").set("AUTH_ACME_SECRET", "x");
    world.expire();
    world.run(&["token", "acme"]).success();
    world.run(&["status", "acme", "--check"]).success();
    world.run(&["signout", "acme", "--revoke"]).success();
    assert!(thief.requests().is_empty(), "{:?}", thief.requests());
    let refresh = world.provider.requests_to(TOKEN).pop().expect("it was refreshed");
    assert_eq!((refresh.form("client_id"), refresh.header("authorization")), (Some("native"), None));
}
