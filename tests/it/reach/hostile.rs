//! Attacks by a hostile authorization server, or by a hostile resource, on a user who signs in there.

use serde_json::json;

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, DISCOVERY, FakeProvider, REGISTER, Response, TOKEN};
use crate::support::visitor;

/// Hostile server that uses the sign-in page and the registration of an honest one.
struct MixUp {
    home: Home,
    evil: FakeProvider,
    honest: FakeProvider,
}

impl MixUp {
    /// `promised`: the hostile server promises `iss` in callbacks. The honest one sends none.
    fn new(promised: bool) -> Self {
        let (evil, honest) = (FakeProvider::start(), FakeProvider::start());
        honest.register_clients();
        honest.set_callback("iss", None);
        let at = honest.issuer().to_owned();
        evil.change_metadata(move |metadata| {
            metadata["authorization_endpoint"] = format!("{at}{AUTHORIZE}").into();
            metadata["registration_endpoint"] = format!("{at}{REGISTER}").into();
            metadata["authorization_response_iss_parameter_supported"] = promised.into();
        });
        Self { home: Home::new(), evil, honest }
    }

    fn page(&self) -> &str {
        self.honest.issuer().trim_start_matches("http://")
    }
}

#[test]
fn foreign_sign_in_page_is_confirmed_before_registration() {
    let world = MixUp::new(false);
    let evil = world.evil.issuer();
    let stderr = world.home.run_without_browser(&["signin", evil]).fails(2, "which you must accept first").stderr;
    assert!(stderr.contains(&format!("is on another host, `{}`", world.page())), "{stderr}");
    assert!(world.honest.requests().is_empty() && world.home.opened.is_empty());

    // Cancelling the question ends the sign-in.
    let mut running = world.home.sandbox.start_on_terminal(&format!("signin {evil}"));
    running.line(|line| line.contains("to another host"));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("\n");
    running.outcome().ends_with(130);
    assert!(world.honest.requests().is_empty() && world.home.opened.is_empty());
}

#[test]
fn foreign_sign_in_page_is_confirmed_once() {
    let world = MixUp::new(false);
    let evil = world.evil.issuer();
    // This server issues tokens for the codes of another server's page.
    world.honest.set_callback("iss", Some(evil));
    world.evil.respond_with(
        TOKEN,
        Response::json(200, &json!({ "access_token": "access-secret-1", "token_type": "Bearer" })),
    );
    let mut running = world.home.sandbox.start_on_terminal(&format!("signin {evil} --scope read"));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("1\n");
    visitor::visit(&world.home.opened.next_url());
    running.outcome().success();
    world.home.sign_in(&[evil, "--scope", "read", "--force"]).0.success();
    assert_eq!(world.honest.requests_to(REGISTER).len(), 1);

    // Another page needs another confirmation.
    world.evil.change_metadata(|metadata| {
        metadata["authorization_endpoint"] = "http://localhost:1/authorize".into();
        metadata["authorization_response_iss_parameter_supported"] = false.into();
    });
    std::fs::remove_dir_all(world.home.sandbox.path("home/.cache/mycli")).expect("the cache");
    world
        .home
        .run_without_browser(&["signin", evil, "--scope", "read", "--force"])
        .fails(2, "is on another host, `localhost:1`");
}

#[test]
fn page_changed_after_the_confirmation_is_not_opened() {
    let world = MixUp::new(false);
    let (evil, honest) = (world.evil.issuer(), world.honest.issuer());
    let document = |page: &str| {
        let document = json!({
            "issuer": evil,
            "authorization_endpoint": format!("{page}{AUTHORIZE}"),
            "token_endpoint": format!("{evil}{TOKEN}"),
            "revocation_endpoint": format!("{evil}/revoke"),
            "registration_endpoint": format!("{honest}{REGISTER}"),
        });
        Response::json(200, &document).with_header("Cache-Control", "no-store")
    };
    let sign_in = ["signin", evil, "--scope", "read", "--timeout", "1s"];
    world.evil.respond_next(DISCOVERY, vec![document(honest); 4]);
    world.home.run_without_browser(&sign_in).fails(2, "you must accept first");
    assert!(world.home.opened.is_empty());
    // One sign-in reads the metadata once, so the page that was checked is the page that opens.
    world.evil.respond_next(DISCOVERY, vec![document(evil), document(honest), document(honest), document(honest)]);
    let before = world.evil.requests_to(DISCOVERY).len();
    world.home.sandbox.run(&sign_in).fails(5, "timed out");
    assert_eq!(world.evil.requests_to(DISCOVERY).len(), before + 1);
    assert!(world.honest.requests_to(AUTHORIZE).is_empty());
}

#[test]
fn configured_server_may_use_a_foreign_sign_in_page() {
    let world = MixUp::new(false);
    let evil = world.evil.issuer();
    world.home.sandbox.configure(&format!("[providers.\"{evil}\"]\nissuer = \"{evil}\"\n"));
    world.home.sign_in(&[evil, "--scope", "read"]);
    assert_eq!(world.honest.requests_to(AUTHORIZE).len(), 1);
}

#[test]
fn code_of_another_server_is_not_exchanged_if_iss_is_promised() {
    for (promised, said) in [(true, "no `iss`"), (true, "is from issuer"), (false, "is from issuer")] {
        let world = MixUp::new(promised);
        let evil = world.evil.issuer();
        if said != "no `iss`" {
            world.honest.change_callback(|_| {});
        }
        world.home.sandbox.configure(&format!("[providers.\"{evil}\"]\nissuer = \"{evil}\"\n"));
        world.home.sign_in(&[evil, "--scope", "read"]).0.fails(1, said);
        assert_eq!(world.honest.requests_to(AUTHORIZE).len(), 1);
        assert!(world.evil.requests_to(TOKEN).is_empty(), "the code stays here");
        world.home.sandbox.run(&["token", evil]).fails(3, "not signed in");
    }
}

#[test]
fn resource_cannot_hide_a_mix_up() {
    let world = MixUp::new(false);
    let resource = FakeProvider::start();
    let address = format!("{}/mcp", resource.issuer());
    let document = json!({ "resource": address, "authorization_servers": [world.evil.issuer()] });
    resource.respond_with("/.well-known/oauth-protected-resource/mcp", Response::json(200, &document));
    let mut running = world.home.sandbox.start_on_terminal(&format!("signin {address}"));
    running.line(|line| line.contains("to sign in. Continue?"));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("1\n");
    running.line(|line| line.contains("to another host") && line.contains(world.page()));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("\n");
    running.outcome().ends_with(130);
    assert!(world.honest.requests().is_empty() && world.home.opened.is_empty());
}

#[test]
fn endless_documents_and_redirects_only_end_the_sign_in() {
    for path in [DISCOVERY, TOKEN, REGISTER] {
        for is_endless in [true, false] {
            let (server, elsewhere) = (FakeProvider::start(), FakeProvider::start());
            server.register_clients();
            server.respond_with(
                path,
                match is_endless {
                    true => Response::huge(10_000_000),
                    false => Response::redirect(&format!("{}{path}", elsewhere.issuer())),
                },
            );
            let home = Home::new();
            let outcome = match path {
                TOKEN => home.sign_in(&[server.issuer()]).0,
                _ => home.sandbox.run(&["signin", server.issuer()]),
            };
            println!("{path} {is_endless} {}", outcome.stderr);
            assert!(if is_endless { outcome.code == 6 } else { outcome.code != 0 });
            assert!(outcome.stderr.len() < 2000 && elsewhere.requests().is_empty(), "nothing follows");
            home.sandbox.run(&["token", server.issuer()]).ends_with(3);
        }
    }
}
