//! `doctor URL`: protected resources and issuers that nothing is configured for.

use serde_json::{Value, json};

use super::home::Home;
use super::resource::{METADATA, World};
use crate::support::Outcome;
use crate::support::fake_provider::{FakeProvider, Response};

/// Detail of the check with this name.
fn detail(outcome: &Outcome, name: &str) -> (bool, String) {
    let document = outcome.json();
    let checks = document["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{document:#}"));
    (check["ok"] == true, check["detail"].as_str().unwrap_or_default().to_owned())
}

fn doctor(home: &Home, url: &str, name: &str) -> (bool, String) {
    detail(&home.sandbox.run(&["doctor", url, "--json"]), &format!("discovery {name}"))
}

#[test]
fn doctor_checks_the_server_of_a_resource() {
    for signed_in in [false, true] {
        let world = if signed_in { World::signed_in() } else { World::new() };
        // Nothing is configured any more.
        world.home.sandbox.configure("");
        let (address, issuer) = (world.address(), world.server.issuer().to_owned());
        let expected = format!("found metadata of `{issuer}`, the authorization server of `{address}`");
        let (ok, found) = doctor(&world.home, &address, &address);
        assert!(ok && found.starts_with(&expected), "{found}");

        // The document is gone: only the session knows the server.
        world.resource.respond_with(METADATA, Response::html(404, ""));
        world.resource.respond_with("/mcp", Response::html(404, ""));
        let (ok, found) = doctor(&world.home, &address, &address);
        assert_eq!(ok, signed_in, "{found}");
    }
}

#[test]
fn doctor_rejects_the_document_of_another_resource() {
    let world = World::new();
    world.describe(|document: &mut Value| document["resource"] = json!("https://other.example/mcp"));
    let (ok, found) = doctor(&world.home, &world.address(), &world.address());
    assert!(!ok && found.contains("is for resource `https://other.example/mcp`"), "{found}");
}

#[test]
fn doctor_checks_an_unconfigured_issuer() {
    let (home, provider) = (Home::new(), FakeProvider::start());
    provider.register_clients();
    let issuer = provider.issuer().to_owned();
    let host = issuer.trim_start_matches("http://").to_owned();
    for typed in [issuer.clone(), format!("{issuer}/"), host] {
        assert!(doctor(&home, &typed, &issuer).0, "{typed}");
    }
    // Without registration.
    provider.change_metadata(|_| {});
    let (ok, found) = doctor(&home, &issuer, &issuer);
    assert!(!ok && found.contains("no client ID"), "{found}");
}

#[test]
fn doctor_accepts_an_issuer_with_another_slash() {
    let (home, provider) = (Home::new(), FakeProvider::start());
    let issuer = provider.issuer().to_owned();
    let (with_slash, registration) = (format!("{issuer}/"), format!("{issuer}/register"));
    provider.change_metadata(move |metadata| {
        metadata["issuer"] = json!(with_slash);
        metadata["registration_endpoint"] = json!(registration);
    });
    let (ok, found) = doctor(&home, &issuer, &issuer);
    assert!(ok && found.starts_with(&format!("found metadata of `{issuer}/`")), "{found}");
}
