//! Requirements of servers that decide before the browser opens.

use serde_json::{Value, json};

use super::home::Home;
use super::resource::World;
use crate::support::fake_provider::{AUTHORIZE, FakeProvider, REGISTER};
use crate::support::visitor;

/// Server of a resource that does not list PKCE.
fn without_pkce() -> World {
    let world = World::new();
    let endpoint = format!("{}{REGISTER}", world.server.issuer());
    world.server.change_metadata(move |metadata| {
        metadata["registration_endpoint"] = endpoint.as_str().into();
        metadata["code_challenge_methods_supported"] = Value::Null;
    });
    world
}

/// modelcontextprotocol/typescript-sdk#832 and #2831, zed-industries/zed#60358, vercel/ai#18674.
#[test]
fn resource_without_pkce_hints_a_command_that_works() {
    let world = without_pkce();
    world.configure();
    let address = world.address();
    let stderr = world.home.sandbox.run(&["signin", &address]).fails(1, "does not advertise PKCE").stderr;
    assert!(world.home.opened.is_empty() && world.server.requests_to(REGISTER).is_empty());
    let hint = stderr.split("hint: mycli ").nth(1).expect("a hint").trim();
    let issuer = world.server.issuer();
    assert_eq!(hint, format!("signin {issuer} --client-id ID --resource {address} --scope mcp:read"));
    let command: Vec<&str> = hint.split(' ').map(|word| if word == "ID" { "native" } else { word }).collect();
    let running = world.home.sandbox.start(&command);
    visitor::visit(&world.home.opened.next_url());
    running.outcome().success();
    let asked = world.server.requests_to(AUTHORIZE).pop().expect("a request");
    assert_eq!((asked.query("resource"), asked.query("scope")), (Some(address.as_str()), Some("mcp:read")));
    assert_eq!(asked.query("code_challenge_method"), Some("S256"));
    world.home.sandbox.run(&["token", issuer]).success();
}

#[test]
fn configuration_says_that_a_server_supports_pkce() {
    let tables = |world: &World| {
        let (address, issuer) = (world.address(), world.server.issuer().to_owned());
        [
            format!("[providers.\"{address}\"]\nissuer = \"{issuer}\"\npkce = \"yes\"\n"),
            format!(
                "[providers.\"{address}\"]\nissuer = \"{issuer}\"\n\
                 [providers.\"{issuer}\"]\nissuer = \"{issuer}/\"\npkce = \"yes\"\n"
            ),
        ]
    };
    for number in 0..2 {
        let world = without_pkce();
        world.home.sandbox.configure(&tables(&world)[number]);
        world.sign_in(&[]).success();
        let asked = world.server.requests_to(AUTHORIZE).pop().expect("a request");
        assert_eq!(asked.query("code_challenge_method"), Some("S256"));
    }
    // For an issuer that the user names, the list means nothing.
    let provider = FakeProvider::start();
    provider.set_metadata("code_challenge_methods_supported", Value::Null);
    Home::new().sign_in(&[provider.issuer(), "--client-id", "native"]).0.success();
}

#[test]
fn unsupported_requests_are_named_before_the_browser_opens() {
    for (field, said) in [
        ("require_pushed_authorization_requests", "requires pushed authorization requests (RFC 9126)"),
        ("require_signed_request_object", "requires signed authorization requests (RFC 9101)"),
    ] {
        let provider = FakeProvider::start();
        provider.set_metadata(field, json!(true));
        let home = Home::new();
        for client in [&["--client-id", "native"][..], &[]] {
            let stderr = home.sandbox.run(&[&["signin", provider.issuer()], client].concat()).fails(1, said).stderr;
            let command = [&["hint: mycli signin", provider.issuer()], client, &["--device"]].concat().join(" ");
            assert!(stderr.contains(&command), "{stderr}");
        }
        assert!(home.opened.is_empty() && provider.requests_to(REGISTER).is_empty());
        // The device flow has no such request.
        home.sandbox.run(&["signin", provider.issuer(), "--client-id", "native", "--device"]).success();
        provider.change_metadata(move |metadata| {
            metadata[field] = json!(true);
            metadata["device_authorization_endpoint"] = Value::Null;
        });
        let home = Home::new();
        home.sandbox
            .run(&["signin", provider.issuer(), "--client-id", "native"])
            .fails(1, "there is no other way to sign in there");
    }
}
