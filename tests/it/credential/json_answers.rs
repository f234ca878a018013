//! Transcripts of the smaller protocols: bazel, terraform, headers, netrc, google.

use serde_json::json;

use super::{access_token, assert_no_refresh_token, id_token, seconds_until, world_with_hosts};
use crate::support::world::World;
use crate::support::{Outcome, Running};

fn bazel(world: &World, message: &str) -> Outcome {
    world.sandbox.run_with(&["credential", "bazel", "get"], message)
}

#[test]
fn bazel_gets_lists_of_values_and_an_end() {
    let world = world_with_hosts("\"cache.example\"");
    for uri in ["https://cache.example/cas/1", "grpcs://cache.example"] {
        let outcome = bazel(&world, &json!({"uri": uri}).to_string()).success();
        let answer = outcome.json();
        assert_eq!(answer["headers"], json!({"Authorization": [format!("Bearer {}", access_token(&world))]}));
        let end: chrono::DateTime<chrono::Utc> = answer["expires"].as_str().expect("text").parse().expect("3339");
        assert!((3500..=3600).contains(&seconds_until(end.timestamp())), "{answer}");
        assert_no_refresh_token(&world, &outcome);
    }
    for uri in ["https://bcr.bazel.build/x", "http://cache.example/", "https://cache.example:8443/", "https://a@b@/"] {
        let answer = bazel(&world, &json!({"uri": uri}).to_string()).success();
        assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("{\"headers\":{}}\n", ""));
    }
    for message in ["", "{", "{}", "{\"uri\":\"cache.example\"}", "{\"uri\":\"https://cache.exam"] {
        bazel(&world, message).fails(2, "bazel sent");
    }
    world.sandbox.run_with(&["credential", "bazel", "set"], "").fails(2, "get");
    let nobody = World::configured("hosts = [\"cache.example\"]");
    bazel(&nobody, "{\"uri\":\"https://cache.example/\"}").fails(3, "mycli signin acme");
}

#[test]
fn terraform_gets_a_token_or_an_empty_object() {
    let world = world_with_hosts("\"app.example\", \"other.example:8443\"");
    let run =
        |words: &[&str]| world.sandbox.run_with(&[&["credential", "terraform"], words].concat(), "{\"token\":\"x\"}");
    let token = access_token(&world);
    for host in ["app.example", "APP.example:443", "other.example:8443"] {
        assert_eq!(run(&["get", host]).success().json(), json!({"token": token}));
    }
    for host in ["evil.example", "app.example.", "other.example", "x@app.example", ""] {
        assert_eq!(run(&["get", host]).success().stdout, "{}\n");
    }
    run(&["store", "app.example"]).fails(2, "stores no tokens");
    assert_eq!(run(&["forget", "app.example"]).success().stdout, "");
    run(&["update", "app.example"]).fails(2, "none of get, store and forget");
    assert_eq!(access_token(&world), token);
}

#[test]
fn header_helper_prints_strings() {
    let world = world_with_hosts("");
    let answer = world.run(&["credential", "headers", "acme"]).success();
    assert_eq!(answer.json(), json!({"Authorization": format!("Bearer {}", access_token(&world))}));
    world.run(&["signout", "acme"]).success();
    world.run(&["credential", "headers", "acme"]).fails(3, "mycli signin acme");
}

#[test]
fn netrc_has_a_line_for_each_host_without_port() {
    let world = world_with_hosts("\"b.example\", \"a.example\", \"c.example:8443\", \"*.example\"");
    let token = access_token(&world);
    let lines = world.run(&["credential", "netrc", "acme"]).success().stdout;
    let line = |host: &str| format!("machine {host} login ada password {token}\n");
    assert_eq!(lines, line("a.example") + &line("b.example"));
    let without = world_with_hosts("\"c.example:8443\"");
    without.run(&["credential", "netrc", "acme"]).fails(2, "config set providers.acme.hosts");
    let odd = World::configured("hosts = [\"a.example\"]");
    odd.provider.change_tokens(|tokens| tokens["access_token"] = json!("a b"));
    odd.sign_in(&[]);
    if odd.run(&["token", "acme"]).code == 0 {
        odd.run(&["credential", "netrc", "acme"]).fails(2, "cannot hold");
    }
}

fn google(world: &World, kind: Option<&str>) -> Outcome {
    let mut command = world.sandbox.command(&["credential", "google", "acme"]);
    if let Some(kind) = kind {
        command.env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", kind);
    }
    Running::spawn(command).outcome()
}

#[test]
fn google_gets_the_id_token_or_its_own_failure() {
    let world = world_with_hosts("");
    for kind in ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"] {
        let outcome = google(&world, Some(kind)).success();
        let answer = outcome.json();
        assert_eq!((&answer["version"], &answer["success"]), (&json!(1), &json!(true)));
        assert_eq!((&answer["token_type"], &answer["id_token"]), (&json!(kind), &json!(id_token(&world))));
        assert!(seconds_until(answer["expiration_time"].as_i64().expect("a number")) > 3000, "{answer}");
        assert_no_refresh_token(&world, &outcome);
    }
    assert_eq!(google(&world, None).success().json()["success"], true);
    let saml = google(&world, Some("urn:ietf:params:oauth:token-type:saml2")).ends_with(2);
    assert_eq!((&saml.json()["success"], &saml.json()["code"]), (&json!(false), &json!("usage")));
    world.run(&["signout", "acme"]).success();
    let nobody = google(&world, None).ends_with(3);
    assert_eq!((&nobody.json()["success"], &nobody.json()["code"]), (&json!(false), &json!("not_signed_in")));
    assert!(nobody.stderr.contains("mycli signin acme"), "{nobody:?}");
}
