//! Transcripts of docker's credential protocol.

use serde_json::json;

use super::{access_token, assert_no_refresh_token, world_with_hosts};
use crate::support::Outcome;
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

const NOT_FOUND: &str = "credentials not found in native keychain\n";

fn docker(world: &World, action: &str, message: &str) -> Outcome {
    world.sandbox.run_with(&["credential", "docker", action], message)
}

#[test]
fn registry_gets_the_token_in_every_spelling() {
    let world = world_with_hosts("\"registry.example\", \"127.0.0.1:5000\"");
    let token = access_token(&world);
    for address in [
        "registry.example",
        "registry.example\n",
        "https://registry.example",
        "https://Registry.Example/v1/",
        "registry.example/team/image",
        "127.0.0.1:5000",
        "http://127.0.0.1:5000",
    ] {
        let answer = docker(&world, "get", address).success();
        assert_eq!(answer.json(), json!({"ServerURL": address.trim(), "Username": "ada", "Secret": token}));
        assert_no_refresh_token(&world, &answer);
    }
}

#[test]
fn strangers_get_the_exact_text_on_stdout() {
    let world = world_with_hosts("\"registry.example\"");
    for address in [
        "evil.example",
        "registry.example.",
        "registry.example:5000",
        "registry.example@evil.example",
        "https://registry.example@evil.example/",
        "http://registry.example",
        "sub.registry.example",
        "https://index.docker.io/v1/",
        "registry.example evil.example",
        "registry.example\nevil.example",
    ] {
        let outcome = docker(&world, "get", address).ends_with(1);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (NOT_FOUND, ""), "{address}");
    }
    let empty = docker(&world, "get", "\n").ends_with(1);
    assert_eq!(empty.stdout, "no credentials server URL\n");
    let unknown = docker(&world, "inspect", "").ends_with(2);
    assert!(unknown.stdout.contains("none of get") && unknown.stderr.contains("none of get"), "{unknown:?}");
}

#[test]
fn registry_without_a_token_stops_no_build() {
    let world = World::configured("hosts = [\"registry.example\"]");
    let missing = |words: &str| {
        let outcome = docker(&world, "get", "registry.example").ends_with(1);
        assert_eq!(outcome.stdout, NOT_FOUND);
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    };
    missing("mycli signin acme");
    world.sign_in(&[]).success();
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(503, &json!({})));
    missing("returned 503");
}

#[test]
fn nothing_is_stored_and_erasing_is_idempotent() {
    let world = world_with_hosts("\"registry.example\"");
    let token = access_token(&world);
    let store = |server: &str, user: &str, secret: &str| {
        docker(&world, "store", &json!({"ServerURL": server, "Username": user, "Secret": secret}).to_string())
    };
    // `docker login` stores what it has just used.
    assert_eq!(store("registry.example", "ada", &token).success().stdout, "");
    for (server, user, secret, text) in [
        ("registry.example", "ada", "other", "mycli stores no passwords"),
        ("evil.example", "ada", token.as_str(), "mycli stores no passwords"),
        ("", "ada", "other", "no credentials server URL"),
        ("registry.example", "", "other", "no credentials username"),
    ] {
        let outcome = store(server, user, secret).ends_with(1);
        assert!(outcome.stdout.starts_with(text) && outcome.stderr.is_empty(), "{outcome:?}");
    }
    let malformed = docker(&world, "store", "{hunter2").ends_with(1);
    assert_eq!(malformed.stdout, "the credential is not valid JSON\n");
    for address in ["registry.example", "registry.example", "http://registry.example", "", "evil.example"] {
        let outcome = docker(&world, "erase", address).success();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    }
    assert_eq!(access_token(&world), token);
}

#[test]
fn list_names_the_registries_of_the_sessions() {
    let world = World::new();
    assert_eq!(docker(&world, "list", "").success().stdout, "{}\n");
    world.sign_in(&[]).success();
    assert_eq!(docker(&world, "list", "").success().stdout, "{}\n");
    // As a catalog row with a registry is recorded.
    world.edit_files(|text| {
        let mut document: serde_json::Value = serde_json::from_str(text).ok()?;
        document.get("expires_at")?;
        document["services"] = json!({
            "hosts": ["registry.example", "api.example"],
            "registry": {"hosts": ["registry.example", "*.example"], "user": "oauth2"},
        });
        Some(document.to_string())
    });
    assert_eq!(docker(&world, "list", "").success().json(), json!({"registry.example": "oauth2"}));
    assert_eq!(docker(&world, "get", "registry.example").success().json()["Username"], "oauth2");
    let version = docker(&world, "version", "").success();
    assert_eq!(version.stdout, concat!("mycli ", env!("CARGO_PKG_VERSION"), "\n"));
}
