//! `signout`: deletion of credentials, revocation, logout page.

use std::fs;

use serde_json::json;

use crate::support::fake_provider::{END_SESSION, REVOKE, Response};
use crate::support::visitor;
use crate::support::world::{World, edit_json};

#[test]
fn signout_deletes_credentials_without_requests() {
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
fn several_sessions_are_listed_as_ambiguous() {
    let world = World::with_two_accounts();
    for command in [&["signout"][..], &["signout", "acme"]] {
        world.run(command).fails(2, "acme (ada), acme (bob)");
    }
    assert_eq!(world.accounts(), ["ada", "bob"]);
    let cleared = world.run(&["signout", "--account", "bob", "--json"]).success().json();
    assert_eq!(cleared, json!({"cleared": [{"provider": "acme", "account": "bob", "revoked": false}]}));
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn unknown_account_names_the_signed_in_ones() {
    let world = World::with_two_accounts();
    for (command, hint) in [
        (&["signout", "acme", "--account", "eve"][..], "mycli signout acme --account ada"),
        (&["signout", "--account", "eve"], "mycli signout acme --account ada"),
        (&["signout", "--account", "eve", "--revoke"], "mycli signout acme --account ada"),
        (&["token", "acme", "--account", "eve"], "mycli signin acme --account eve"),
    ] {
        let outcome = world.run(command).fails(3, hint);
        assert!(outcome.stderr.contains("as `eve`; signed in: `ada`, `bob`"), "{}", outcome.stderr);
        assert_eq!(world.accounts(), ["ada", "bob"]);
    }
    world.run(&["signout", "--all"]).success();
    assert_eq!(world.run(&["signout", "acme", "--account", "eve"]).success().stderr, "not signed in\n");
}

#[test]
fn all_signs_out_of_every_session() {
    let world = World::with_two_accounts();
    let cleared = world.run(&["signout", "--all", "--json"]).success().json();
    assert_eq!(cleared["cleared"].as_array().map(Vec::len), Some(2));
    assert!(world.sessions().is_empty());
}

#[test]
fn refresh_token_is_revoked_before_access_token() {
    let world = World::signed_in();
    let cleared = world.run(&["signout", "--revoke", "--json"]).success().json();
    assert_eq!(cleared["cleared"][0]["revoked"], true);
    let asked = world.provider.requests_to(REVOKE);
    let hints: Vec<_> = asked.iter().map(|one| one.form("token_type_hint")).collect();
    assert_eq!(hints, [Some("refresh_token"), Some("access_token")]);
    assert!(asked[0].form("token").is_some_and(|token| token.starts_with("refresh-secret-")));
}

#[test]
fn tokens_for_other_scopes_are_revoked_too() {
    let world = World::configured("scopes = [\"read\", \"write\"]");
    world.sign_in(&[]).success();
    world.provider.change_tokens(|tokens| tokens["scope"] = json!("read"));
    let narrow = world.run(&["token", "acme", "--scope", "read"]).success().stdout;
    world.run(&["signout", "--revoke"]).success();
    let asked = world.provider.requests_to(REVOKE);
    assert_eq!(asked.len(), 3);
    assert_eq!((asked[2].form("token"), asked[2].form("token_type_hint")), (Some(narrow.trim()), Some("access_token")));
}

#[test]
fn failed_revocation_still_clears_credentials() {
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
fn failed_revocation_says_what_stays_valid() {
    let world = World::signed_in();
    world.provider.respond_with(REVOKE, Response::html(503, ""));
    let stderr = world.run(&["signout", "--revoke"]).fails(6, "returned 503").stderr;
    for said in ["the refresh token stays valid until the provider ends it", "the access token stays valid until 2"] {
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn revoked_refresh_token_is_success() {
    // RFC 7009 2.1: the grant has ended.
    for failure in [Response::json(400, &json!({ "error": "invalid_scope" })), Response::html(503, "")] {
        let world = World::signed_in();
        world.provider.respond_next(REVOKE, vec![Response::json(200, &json!({})), failure]);
        let outcome = world.run(&["signout", "--revoke", "--json"]).success();
        assert_eq!(outcome.json()["cleared"][0]["revoked"], true);
        assert!(outcome.stderr.contains("could not revoke the access token of `acme`"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("it stays valid until 2"), "{}", outcome.stderr);
    }
}

#[test]
fn rejected_revocation_is_a_network_error() {
    for (status, code) in [(401, "invalid_client"), (400, "invalid_request"), (400, "unsupported_token_type")] {
        let world = World::signed_in();
        world.provider.respond_with(REVOKE, Response::json(status, &json!({ "error": code })));
        let outcome = world.run(&["signout", "--revoke", "--json"]).fails(6, "revoke");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "network", "{code}");
        assert!(world.sessions().is_empty());
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn old_keyring_copy_is_cleared_once_keyring_returns() {
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
fn no_refresh_between_revocation_and_deletion() {
    let world = World::signed_in();
    let held = world.provider.hold(REVOKE);
    let signing_out = world.sandbox.start(&["signout", "acme", "--revoke"]);
    held.wait_for(1);
    let mut refresh = world.sandbox.start(&["token", "acme", "--force-refresh"]);
    refresh.line(|line| line.contains("that uses the session for `ada` at `acme`"));
    drop(held);
    signing_out.outcome().success();
    refresh.outcome().fails(3, "mycli signin acme");
    assert_eq!(world.provider.refreshes(), 0);
}

#[test]
fn unrevocable_access_token_is_reported_with_expiry() {
    let world = World::signed_in();
    let refuse = Response::json(400, &json!({ "error": "unsupported_token_type" }));
    world.provider.respond_next(REVOKE, vec![Response::json(200, &json!({})), refuse]);
    let outcome = world.run(&["signout", "--revoke", "--json"]).success();
    assert_eq!(outcome.json()["cleared"][0]["revoked"], true, "the grant is gone");
    assert_eq!(world.provider.requests_to(REVOKE).len(), 2);
}

#[test]
fn unreadable_tokens_are_not_reported_as_revoked() {
    let world = World::signed_in();
    world.edit_files(|text| text.contains("\"secret\"").then(|| "damaged".to_owned()));
    world.run(&["signout", "--revoke"]).fails(6, "could not revoke the tokens");
    assert!(world.sessions().is_empty());
}

#[test]
fn session_without_revocation_endpoint_stays() {
    let world = World::with_two_accounts();
    world.provider.change_metadata(|metadata| {
        metadata.as_object_mut().expect("an object").remove("revocation_endpoint");
    });
    let _ = fs::remove_dir_all(world.sandbox.path("home/.cache/mycli"));
    world.set_user("eve");
    world.sign_in(&["--force"]).success();
    world.run(&["signout", "acme", "--account", "eve", "--revoke"]).fails(2, "nothing was cleared");
    assert_eq!(world.accounts(), ["ada", "bob", "eve"]);
    assert!(world.provider.requests_to(REVOKE).is_empty());

    let stderr = world.run(&["signout", "--all", "--revoke"]).fails(2, "mycli signout acme --account eve").stderr;
    for said in ["signed out of `acme` (`ada`)", "signed out of `acme` (`bob`)", "kept the session for `eve`"] {
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!((world.accounts(), world.provider.requests_to(REVOKE).len()), (vec!["eve".to_owned()], 4));
    let stderr = world.run(&["signout", "--all", "--revoke"]).fails(2, "nothing was cleared").stderr;
    assert!(!stderr.contains("signed out"), "{stderr}");
}

#[test]
fn one_failed_revocation_stops_no_other() {
    let world = World::with_two_accounts();
    world.provider.respond_next(REVOKE, vec![Response::html(503, "")]);
    let outcome = world.run(&["signout", "--all", "--revoke"]).fails(6, "could not revoke the tokens of `acme`");
    assert_eq!(outcome.stderr.matches("signed out of").count(), 2, "{}", outcome.stderr);
    assert_eq!(world.provider.requests_to(REVOKE).len(), 3);
    assert!(world.sessions().is_empty());
}

/// modelcontextprotocol/python-sdk#3508
#[test]
fn revocation_is_repeated_with_an_empty_secret() {
    let world = World::signed_in();
    let missing = || Response::json(400, &json!({ "error": "invalid_request" }));
    let done = || Response::json(200, &json!({}));
    world.provider.respond_next(REVOKE, vec![missing(), done(), missing(), done()]);
    let outcome = world.run(&["signout", "--revoke", "--json"]).success();
    assert_eq!(outcome.json()["cleared"][0]["revoked"], true);
    let asked = world.provider.requests_to(REVOKE);
    let secrets: Vec<_> = asked.iter().map(|one| one.form("client_secret")).collect();
    assert_eq!(secrets, [None, Some(""), None, Some("")]);
    assert_eq!(asked[0].form("token"), asked[1].form("token"));
}

#[test]
fn end_session_opens_the_logout_page_without_a_token() {
    let world = World::signed_in();
    world.run(&["signout", "--end-session"]).success();
    let address = world.opened.next_url();
    assert!(address.starts_with(&format!("{}{END_SESSION}", world.provider.issuer())), "{address}");
    assert!(!address.contains("id_token_hint") && !address.contains("-secret-"), "{address}");
    assert!(address.ends_with("?client_id=native&logout_hint=ada%40example.test"), "{address}");
    assert!(world.sessions().is_empty());
}

#[test]
fn required_id_token_is_posted_by_a_button() {
    let world = World::configured("logout = \"post\"");
    world.sign_in(&[]).success();
    let id_token = world.run(&["token", "--id-token"]).success().stdout.trim_end().to_owned();
    let signing_out = world.sandbox.start(&["signout", "--end-session"]);
    let address = world.opened.next_url();
    assert!(address.starts_with("http://127.0.0.1:") && !address.contains("eyJ"), "{address}");
    let origin = address.split("/signout").next().expect("split returns at least one part").to_owned();
    for wrong in ["/signout", "/signout?k=", "/signout?k=x", "/"] {
        let answer = visitor::get(&format!("{origin}{wrong}"));
        assert!(answer.status == 404 && !answer.body.contains("eyJ"), "{wrong}");
    }
    let page = visitor::get(&address);
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("action=\"{}{END_SESSION}\"", world.provider.issuer())), "{}", page.body);
    assert!(page.body.contains(&format!("name=\"id_token_hint\" value=\"{id_token}\"")), "{}", page.body);
    assert!(page.body.contains("name=\"client_id\" value=\"native\""), "{}", page.body);
    let stderr = signing_out.outcome().success().stderr;
    assert!(stderr.contains("its button signs you out of `acme`") && !stderr.contains("eyJ"), "{stderr}");
    assert!(!stderr.contains("second browser"), "{stderr}");
    assert!(world.sessions().is_empty());
}

#[test]
fn logout_page_is_shown_to_the_first_browser_only() {
    let world = World::configured("logout = \"post\"");
    world.sign_in(&[]).success();
    let held = world.sandbox.start(&["signout", "--end-session"]);
    let address = world.opened.next_url();
    let prefetch = visitor::get_with(&address, &[("sec-purpose", "prefetch")]);
    assert_eq!(prefetch.status, 503);
    assert_eq!(visitor::get(&address).status, 200);
    let second = visitor::get(&address);
    assert!(second.status == 410 && !second.body.contains("eyJ"), "{}", second.body);
    let stderr = held.outcome().success().stderr;
    assert!(stderr.contains("a second browser asked for the page"), "{stderr}");
}

/// Signs in to the demo provider in the browser; returns its first page and the last one.
fn sign_in_to_demo(world: &World, browser: &mut visitor::CookieBrowser) -> (String, String) {
    let running = world.sandbox.start(&["signin", "demo"]);
    let provider = browser.get(&world.opened.next_url()).header("location").expect("to the provider").to_owned();
    let consent = browser.get(&provider).body;
    let callback = press_demo(&provider, &consent, "decision=approve&account=ada");
    let done = browser.visit(callback.header("location").expect("and back"));
    running.outcome().success();
    (consent, done.body)
}

/// Presses a button on a page of the demo provider.
fn press_demo(page: &str, body: &str, answer: &str) -> visitor::Response {
    let ticket = body.split("name=ticket value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let origin = url::Url::parse(page).expect("a URL").origin().ascii_serialization();
    visitor::post_with(&format!("{origin}/decision"), &format!("ticket={ticket}&{answer}"), &[("origin", &origin)])
}

#[test]
fn demo_and_done_page_name_the_same_provider() {
    let world = World::new();
    let (consent, done) = sign_in_to_demo(&world, &mut visitor::CookieBrowser::default());
    assert!(consent.contains("<h1>Sign in to Demo</h1>"), "{consent}");
    assert!(done.contains("<h1>Signed in to Demo</h1>"), "{done}");
}

#[test]
fn demo_serves_its_logout_page_until_its_button_is_pressed() {
    let world = World::new();
    sign_in_to_demo(&world, &mut visitor::CookieBrowser::default());
    let signing_out = world.sandbox.start(&["signout", "demo", "--end-session"]);
    let address = world.opened.next_url();
    let page = visitor::get(&address).body;
    assert!(page.contains("<h1>Sign out of Demo?</h1>"), "{page}");
    let ended = press_demo(&address, &page, "decision=leave");
    assert!(ended.status == 200 && ended.body.contains("You are signed out of Demo"), "{}", ended.body);
    let stderr = signing_out.outcome().success().stderr;
    assert!(stderr.contains("opened the logout page of `demo` in your browser"), "{stderr}");
    assert!(world.sessions().is_empty());
}

#[test]
fn demo_without_a_browser_ends_its_session_at_once() {
    let world = World::new();
    sign_in_to_demo(&world, &mut visitor::CookieBrowser::default());
    let stderr = world.run(&["signout", "demo", "--end-session", "--no-input"]).success().stderr;
    assert!(stderr.contains("signed out of `demo`") && !stderr.contains("http"), "{stderr}");
    assert!(world.opened.is_empty());
}

#[test]
fn no_input_prints_the_logout_url_without_a_token() {
    let world = World::configured("logout = \"post\"");
    world.sign_in(&[]).success();
    let stderr = world.run(&["signout", "--end-session", "--no-input"]).success().stderr;
    assert!(stderr.contains("in the browser, visit http") && !stderr.contains("eyJ"), "{stderr}");
    assert!(world.opened.is_empty());
}

#[test]
fn session_in_unavailable_store_stays_listed() {
    let world = World::signed_in();
    // A keyring session on a machine without a keyring.
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
