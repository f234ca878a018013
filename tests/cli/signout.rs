//! `signout`: what is cleared, what is asked of the provider, what stays.

use std::fs;

use serde_json::json;

use crate::support::fake_provider::{END_SESSION, REVOKE, Response};
use crate::world::{World, edit_json};

#[test]
fn local_credentials_go_and_no_request_is_made() {
    let world = World::signed_in();
    let asked = world.provider.requests().len();
    let outcome = world.run(&["signout"]).success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", "signed out of `acme` (`ada`)\n"));
    assert_eq!(world.provider.requests().len(), asked);
    assert!(!world.files().values().any(|text| text.contains("-secret-") || text.contains("ada")));
    assert!(world.opened.is_empty());
    world.run(&["token", "acme"]).fails(3, "mycli signin acme");
    assert_eq!(world.run(&["logout", "acme"]).success().stderr, "not signed in\n");
    assert_eq!(world.run(&["signout", "--json"]).success().json(), json!({"cleared": []}));
}

#[test]
fn several_sessions_are_named_and_not_guessed_among() {
    let world = World::with_two_accounts();
    for command in [&["signout"][..], &["signout", "acme"]] {
        let stderr = world.run(command).fails(2, "acme (ada), acme (bob)").stderr;
        assert!(stderr.contains("--all"), "{stderr}");
        assert!(stderr.contains("mycli signout acme --account ada"), "{stderr}");
    }
    assert_eq!(world.accounts(), ["ada", "bob"]);
    let cleared = world.run(&["signout", "--account", "bob", "--json"]).success().json();
    assert_eq!(cleared, json!({"cleared": [{"provider": "acme", "account": "bob", "revoked": false}]}));
    assert_eq!(world.accounts(), ["ada"]);
    world.run(&["signout", "acme", "--account", "eve"]).success();
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn all_is_all() {
    let world = World::with_two_accounts();
    let cleared = world.run(&["signout", "--all", "--json"]).success().json();
    assert_eq!(cleared["cleared"].as_array().map(Vec::len), Some(2));
    assert!(world.sessions().is_empty());
}

#[test]
fn a_revocation_asks_for_the_refresh_token_then_for_the_access_token() {
    let world = World::signed_in();
    let cleared = world.run(&["signout", "--revoke", "--json"]).success().json();
    assert_eq!(cleared["cleared"][0]["revoked"], true);
    let asked = world.provider.requests_to(REVOKE);
    let hints: Vec<_> = asked.iter().map(|one| one.form("token_type_hint")).collect();
    assert_eq!(hints, [Some("refresh_token"), Some("access_token")]);
    assert!(asked[0].form("token").is_some_and(|token| token.starts_with("refresh-secret-")));
}

#[test]
fn a_revocation_that_fails_leaves_nothing_here_and_says_so() {
    for answer in [Response::html(503, ""), Response::Nothing] {
        let world = World::signed_in();
        world.provider.respond_with(REVOKE, answer);
        let outcome = world.run(&["signout", "--revoke", "--json"]).fails(6, "signed out of `acme`");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "network");
        assert!(world.sessions().is_empty());
        assert!(!world.files().values().any(|text| text.contains("-secret-")));
    }
}

#[test]
fn a_revocation_that_is_refused_is_one_that_failed() {
    for (status, code) in [(401, "invalid_client"), (400, "invalid_request"), (400, "unsupported_token_type")] {
        let world = World::signed_in();
        world.provider.respond_with(REVOKE, Response::json(status, &json!({ "error": code })));
        let outcome = world.run(&["signout", "--revoke", "--json"]).fails(6, "revoke");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "network", "{code}");
        assert!(world.sessions().is_empty());
    }
}

#[test]
fn what_another_store_kept_is_cleared_though_it_was_away_when_the_session_left_it() {
    let (world, mut gnome) = World::with_keyring();
    world.sign_in(&[]).success();
    for is_back in [false, true] {
        gnome.kill();
        world.sign_in(&["--force", "--store", "file"]).success();
        if is_back {
            gnome.unlock();
            assert_eq!(gnome.items("mycli"), 1);
        }
        world.run(&["signout", "acme"]).success();
        world.run(&["token", "acme"]).ends_with(3);
        if !is_back {
            gnome.unlock();
            world.sign_in(&["--store", "keyring"]).success();
        }
    }
    assert_eq!(gnome.items("mycli"), 0);
}

#[test]
fn no_refresh_comes_between_a_revocation_and_the_end_of_the_session() {
    let world = World::signed_in();
    let held = world.provider.hold(REVOKE);
    let signing_out = world.sandbox.start(&["signout", "acme", "--revoke"]);
    held.wait_for(1);
    let mut refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
    refresh.line(|line| line.contains("waiting for another process with the session `ada` of `acme`"));
    drop(held);
    signing_out.outcome().success();
    refresh.outcome().fails(3, "mycli signin acme");
    assert_eq!(world.provider.refreshes(), 0);
}

#[test]
fn an_access_token_that_nobody_can_revoke_is_told_with_its_end() {
    let world = World::signed_in();
    let refuse = Response::json(400, &json!({ "error": "unsupported_token_type" }));
    world.provider.respond_next(REVOKE, vec![Response::json(200, &json!({})), refuse]);
    let outcome = world.run(&["signout", "--revoke", "--json"]).success();
    assert_eq!(outcome.json()["cleared"][0]["revoked"], true, "the grant is gone");
    assert!(
        outcome.stderr.contains("revokes no access tokens: the last one stays valid until 2"),
        "{}",
        outcome.stderr
    );
    assert_eq!(world.provider.requests_to(REVOKE).len(), 2);
}

#[test]
fn tokens_that_cannot_be_read_are_not_called_revoked() {
    let world = World::signed_in();
    world.edit_files(|text| text.contains("\"secret\"").then(|| "damaged".to_owned()));
    world.run(&["signout", "--revoke"]).fails(6, "could not be revoked");
    assert!(world.sessions().is_empty());
}

#[test]
fn without_a_revocation_endpoint_nothing_is_cleared() {
    let world = World::with_two_accounts();
    world.provider.change_metadata(|metadata| {
        metadata.as_object_mut().expect("an object").remove("revocation_endpoint");
    });
    let _ = fs::remove_dir_all(world.sandbox.path("home/.cache/mycli"));
    world.set_user("eve");
    world.sign_in(&["--force"]).success();
    for command in [&["signout", "acme", "--account", "eve", "--revoke"][..], &["signout", "--all", "--revoke"]] {
        world.run(command).fails(2, "nothing was cleared");
        assert_eq!(world.accounts(), ["ada", "bob", "eve"]);
        assert!(world.provider.requests_to(REVOKE).is_empty());
    }
}

#[test]
fn the_logout_page_is_opened_on_demand_and_carries_no_token() {
    let world = World::signed_in();
    world.run(&["signout", "--end-session"]).success();
    let address = world.opened.next_url();
    assert!(address.starts_with(&format!("{}{END_SESSION}", world.provider.issuer())), "{address}");
    assert!(!address.contains("id_token_hint") && !address.contains("-secret-"), "{address}");
    assert!(world.sessions().is_empty());
}

#[test]
fn a_session_whose_store_is_away_stays_listed() {
    let world = World::signed_in();
    // A session of a keyring, on a machine that has none.
    edit_json(&world.state_file(), "store", "keyring".into());
    for command in [&["signout"][..], &["signout", "--all"], &["signout", "--revoke"], &["token"]] {
        let stderr = world.run(command).fails(7, "keyring").stderr;
        assert!(!stderr.contains("signed out"), "{stderr}");
        assert_eq!(world.accounts(), ["ada"]);
    }
    world.set_user("bob");
    world.sign_in(&["--force"]).success();
    world.run(&["signout", "--all"]).fails(7, "signed out of `acme` (`bob`)");
    assert_eq!(world.accounts(), ["ada"], "one store that is away does not keep the others");
}
