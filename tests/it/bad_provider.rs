//! Providers that fail, lie or do not respond: nothing is stored, the browser page and the exit code name the failure.

use std::fs;

use crate::support::Outcome;
use crate::support::fake_provider::{
    AUTHORIZE, DISCOVERY, FakeProvider, IdToken, KEYS, Response, SUBJECT, Signature, TOKEN, USERINFO,
};
use crate::support::visitor::{self, Visit};
use crate::support::world::World;
use serde_json::{Value, json};

/// Signs in and returns what the browser saw.
fn sign_in_and_watch(world: &World) -> (Outcome, Visit) {
    let running = world.sandbox.start(&["signin", "acme"]);
    let visit = visitor::visit(&world.opened.next_url());
    (running.outcome(), visit)
}

/// Fails the test if a session, or any secret of the provider, was written anywhere.
fn assert_nothing_stored(world: &World) {
    world.run(&["status"]).ends_with(3);
    let mut pending = vec![world.sandbox.path("home")];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).expect("ours").map(|entry| entry.expect("ours").path()));
        } else {
            assert_no_secret(&String::from_utf8_lossy(&fs::read(&path).expect("ours")));
        }
    }
}

/// Codes and tokens of the fake provider contain the word `secret`.
fn assert_no_secret(text: &str) {
    assert!(!text.replace("--client-secret-stdin", "").contains("-secret-"), "{text}");
}

/// Name, a change that breaks the provider, the exit code, part of the message.
type Case = (&'static str, fn(&FakeProvider), i32, &'static str);

/// Signs in against each broken provider. The browser completes the sign-in page, and must show the failure too.
fn assert_each_fails_in_browser_and_terminal(cases: &[Case]) -> Vec<World> {
    let each = cases.iter().map(|(what, spoil, code, said)| {
        let world = World::new();
        spoil(&world.provider);
        let (outcome, visit) = sign_in_and_watch(&world);
        println!("{what}: {outcome:?}");
        let stderr = outcome.fails(*code, said).stderr;
        let page = &visit.response.body;
        assert!(page.contains("Nothing was saved") && !page.contains("Signed in"), "{what}: {page}");
        for text in [&stderr, page, visit.hops.last().expect("it began somewhere")] {
            assert_no_secret(text);
        }
        assert_nothing_stored(&world);
        world
    });
    each.collect()
}

#[test]
fn token_endpoint_failure_is_worth_retrying() {
    for world in assert_each_fails_in_browser_and_terminal(&[
        ("500", |p| p.respond_with(TOKEN, Response::html(500, "<h1>access-secret-0</h1>")), 6, "500"),
        ("HTML", |p| p.respond_with(TOKEN, Response::html(200, "<h1>access-secret-0</h1>")), 6, "text/html"),
        ("10 MB", |p| p.respond_with(TOKEN, Response::huge(10 << 20)), 6, "127.0.0.1"),
        ("nothing", |p| p.respond_with(TOKEN, Response::Nothing), 6, "127.0.0.1"),
        (
            "half",
            |p| p.respond_with(TOKEN, Response::Half(b"{\"access_token\":\"access-secret-0\"".to_vec())),
            6,
            "127",
        ),
        ("a redirect", |p| p.respond_with(TOKEN, Response::redirect("/elsewhere")), 6, "redirect"),
        ("no token", |p| p.change_tokens(|tokens| tokens["access_token"] = Value::Null), 6, "tokens"),
    ]) {
        assert!(world.provider.requests_to("/elsewhere").is_empty(), "the code would have gone along");
    }
}

#[test]
fn wrong_issuer_ends_the_sign_in_before_the_exchange() {
    for world in assert_each_fails_in_browser_and_terminal(&[
        ("another iss", |p| p.change_callback(|answer| set(answer, "iss", Some("https://evil.example"))), 1, "iss"),
        ("no iss", |p| p.change_callback(|answer| set(answer, "iss", None)), 1, "iss"),
    ]) {
        assert!(world.provider.requests_to(TOKEN).is_empty());
    }
}

/// Replaces a parameter, or removes it.
fn set(parameters: &mut Vec<(String, String)>, name: &str, value: Option<&str>) {
    parameters.retain(|(known, _)| known != name);
    parameters.extend(value.map(|value| (name.to_owned(), value.to_owned())));
}

#[test]
fn invalid_id_token_is_a_failed_check() {
    assert_each_fails_in_browser_and_terminal(&[
        ("signature", |p| p.change_id_token(|t| t.signature = Signature::Wrong), 1, "signature"),
        ("another's key", |p| p.change_id_token(|t| t.signature = Signature::OfAnother), 1, "signature"),
        ("no signature", |p| p.change_id_token(|t| t.signature = Signature::Missing), 1, "signature"),
        ("alg none", |p| p.change_id_token(unsigned), 1, "none"),
        ("alg HS256", |p| p.change_id_token(|t| t.header["alg"] = json!("HS256")), 1, "HS256"),
        ("alg unknown", |p| p.change_id_token(|t| t.header["alg"] = json!("XY512")), 1, "XY512"),
        ("issuer", |p| p.change_id_token(|t| t.claims["iss"] = json!("https://evil.example")), 1, "evil.example"),
        ("audience", |p| p.change_id_token(|t| t.claims["aud"] = json!("another-client")), 1, "another-client"),
        ("nonce", |p| p.change_id_token(|t| t.claims["nonce"] = json!("another")), 1, "nonce"),
        ("no nonce", |p| p.change_id_token(|t| t.claims["nonce"] = Value::Null), 1, "nonce"),
        ("expired", |p| p.change_id_token(|t| t.claims["exp"] = json!(1_000_000_000)), 1, "expired"),
        ("of the future", |p| p.change_id_token(|t| t.claims["nbf"] = json!(9_000_000_000_u64)), 1, "nbf"),
        ("none at all", |p| p.change_tokens(|tokens| tokens["id_token"] = Value::Null), 1, "ID token"),
        ("not a token", |p| p.change_tokens(|tokens| tokens["id_token"] = json!("a.b")), 1, "ID token"),
    ]);
}

fn unsigned(token: &mut IdToken) {
    token.header["alg"] = json!("none");
    token.signature = Signature::Missing;
}

type Change = fn(&mut IdToken);

#[test]
fn device_flow_judges_id_tokens_as_the_code_flow_does() {
    let cases: [(Change, &str); 6] = [
        (|token| token.signature = Signature::Wrong, "signature"),
        (unsigned, "none"),
        (|token| token.claims["iss"] = json!("https://evil.example"), "evil.example"),
        (|token| token.claims["aud"] = json!("another-client"), "another-client"),
        (|token| token.claims["exp"] = json!(1_000_000_000), "expired"),
        (|token| token.claims["sub"] = Value::Null, "sub"),
    ];
    for (change, said) in cases {
        let world = World::new();
        world.provider.change_id_token(change);
        world.sandbox.run(&["signin", "acme", "--device", "--no-open"]).fails(1, said);
        sign_in_and_watch(&world).0.fails(1, said);
        assert_nothing_stored(&world);
    }
}

/// goauthentik/authentik#9250: without a signing key the provider signs with the client secret and publishes no key.
#[test]
fn configured_secret_verifies_hs256_if_listed() {
    let sign = |secret: &'static str| {
        move |token: &mut IdToken| {
            token.header = json!({ "alg": "HS256", "typ": "JWT" });
            token.signature = Signature::Hmac(secret);
        }
    };
    for (listed, configured, signed_with, failure) in [
        (true, Some("staple"), "staple", None),
        (true, Some("staple"), "another", Some("--client-secret-stdin")),
        (true, None, "staple", Some("--client-id native --client-secret-stdin")),
        (false, Some("staple"), "staple", Some("signed with RS256")),
    ] {
        let mut world = World::new();
        if let Some(secret) = configured {
            world.sandbox.set("AUTH_ACME_SECRET", secret);
        }
        if listed {
            world.provider.set_metadata("id_token_signing_alg_values_supported", json!(["RS256", "HS256"]));
        }
        world.provider.respond_with(KEYS, Response::json(200, &json!({})));
        world.provider.change_id_token(sign(signed_with));
        let outcome = sign_in_and_watch(&world).0;
        match failure {
            Some(said) => drop(outcome.fails(1, said)),
            None => {
                outcome.success();
                world.run(&["token", "acme", "--force-refresh", "--id-token"]).success();
                world.provider.change_id_token(sign("another"));
                world.run(&["token", "acme", "--force-refresh"]).fails(1, "signature");
            }
        }
    }
}

/// Every flow sends the same secret, so that another flow is no way out.
#[test]
fn rejected_secret_proposes_the_secret_and_no_other_flow() {
    let mut world = World::new();
    world.sandbox.set("AUTH_ACME_SECRET", "a%2Fb");
    world.provider.respond_with(TOKEN, Response::json(401, &json!({ "error": "invalid_client" })));
    let outcome = sign_in_and_watch(&world).0.fails(2, "providers add acme --client-id native --client-secret-stdin");
    assert!(!outcome.stderr.contains("--device"), "{}", outcome.stderr);
}

#[test]
fn missing_keys_fail_the_sign_in() {
    assert_each_fails_in_browser_and_terminal(&[
        ("500", |p| p.respond_with(KEYS, Response::html(500, "")), 6, "500"),
        ("no keys", |p| p.respond_with(KEYS, Response::json(200, &json!({ "keys": [] }))), 1, "key"),
    ]);
}

#[test]
fn profile_of_another_user_is_a_failed_check() {
    let world = World::new();
    world.provider.respond_with(USERINFO, Response::json(200, &json!({ "sub": "another" })));
    // Only the profile names the account.
    world.provider.change_id_token(|token| {
        token.claims["preferred_username"] = Value::Null;
        token.claims["email"] = Value::Null;
    });
    world.sign_in(&[]).fails(1, "sub");
    assert_nothing_stored(&world);
}

#[test]
fn profile_without_subject_gives_no_label() {
    // OpenID Connect Core 5.3.2: it may be the profile of anybody.
    let world = World::new();
    world.provider.respond_with(USERINFO, Response::json(200, &json!({ "preferred_username": "mallory" })));
    world.provider.change_id_token(|token| {
        token.claims["preferred_username"] = Value::Null;
        token.claims["email"] = Value::Null;
    });
    let outcome = world.sign_in(&[]).success();
    assert!(outcome.stderr.contains("has no `sub` and is not used"), "{}", outcome.stderr);
    assert_eq!(world.accounts(), [SUBJECT]);
    // Without an ID token it is all that names the user.
    let world = World::configured("scopes = [\"read\"]");
    world.provider.respond_with(USERINFO, Response::json(200, &json!({ "preferred_username": "ada" })));
    world.sign_in(&[]).success();
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn configured_secret_goes_in_basic_if_no_method_is_listed() {
    // RFC 8414 2: the default of an absent list.
    let mut world = World::new();
    world.sandbox.set("AUTH_ACME_SECRET", "staple");
    world.provider.change_metadata(|metadata| {
        metadata.as_object_mut().expect("an object").remove("token_endpoint_auth_methods_supported");
    });
    world.sign_in(&[]).success();
    let exchange = &world.provider.requests_to(TOKEN)[0];
    assert_eq!(exchange.header("authorization"), Some("Basic bmF0aXZlOnN0YXBsZQ=="));
    assert_eq!(exchange.form("client_secret"), None);
}

#[test]
fn callback_error_decides_the_exit_code() {
    for (error, code) in [
        ("access_denied", 4),
        ("server_error", 6),
        ("temporarily_unavailable", 6),
        ("login_required", 3),
        ("interaction_required", 3),
        ("consent_required", 3),
        ("invalid_scope", 2),
        ("unauthorized_client", 2),
        ("invalid_request", 2),
    ] {
        let world = World::new();
        world.provider.deny(error, "<script>alert(1)</script>\u{1b}[31m\u{202e}");
        let (outcome, visit) = sign_in_and_watch(&world);
        let stderr = outcome.ends_with(code).stderr;
        assert!(!stderr.contains(['\u{1b}', '\u{202e}']), "{error}: {stderr:?}");
        let page = &visit.response.body;
        assert!(page.contains("Nothing was saved"), "{error}: {page}");
        assert!(!page.contains("<script>") && !page.contains('\u{202e}'), "{error}: {page}");
        assert_nothing_stored(&world);
    }
}

#[test]
fn callback_with_another_state_is_ignored() {
    let world = World::new();
    let running = world.sandbox.start(&["signin", "acme"]);
    let start = world.opened.next_url();
    let origin = url::Url::parse(&start).expect("an address").origin().ascii_serialization();
    for stray in ["/callback?error=access_denied", "/callback?code=c&state=x", "/callback", "/favicon.ico", "/"] {
        let answer = visitor::get(&format!("{origin}{stray}"));
        assert!(answer.status >= 400, "{stray}: {}", answer.status);
    }
    let visit = visitor::visit(&start);
    running.outcome().success();
    assert_eq!(visit.response.status, 200);
}

#[test]
fn invalid_metadata_fails_before_a_browser_opens() {
    let cases: &[Case] = &[
        ("500", |p| p.respond_with(DISCOVERY, Response::html(500, "")), 6, "500"),
        ("nothing", |p| p.respond_with(DISCOVERY, Response::Nothing), 6, "127.0.0.1"),
        ("10 MB", |p| p.respond_with(DISCOVERY, Response::huge(10 << 20)), 6, "127.0.0.1"),
        ("another issuer", |p| p.change_metadata(|m| m["issuer"] = json!("https://evil.example")), 1, "evil.example"),
        ("no https", |p| p.change_metadata(|m| m["token_endpoint"] = json!("http://evil.example/t")), 1, "uses http"),
        ("no token endpoint", |p| p.change_metadata(|m| m["token_endpoint"] = Value::Null), 1, "token endpoint"),
    ];
    for (what, spoil, code, said) in cases {
        let world = World::new();
        spoil(&world.provider);
        let outcome = world.sandbox.run(&["signin", "acme"]);
        println!("{what}: {outcome:?}");
        outcome.fails(*code, said);
        assert!(world.opened.is_empty(), "{what}");
        assert!(world.provider.requests_to(AUTHORIZE).is_empty(), "{what}");
        assert_nothing_stored(&world);
    }
}

#[test]
fn temporary_refresh_failure_keeps_the_session() {
    let answers = [
        Response::html(500, "<h1>no</h1>"),
        Response::json(503, &json!({ "error": "invalid_grant" })),
        Response::html(200, "<h1>sign in to the network first</h1>"),
        Response::huge(10 << 20),
        Response::Nothing,
        Response::Half(b"{".to_vec()),
        Response::redirect("/elsewhere"),
    ];
    let world = World::signed_in();
    let token = world.sandbox.run(&["token", "acme"]).success().stdout;
    for answer in answers {
        let shown = format!("{answer:.60?}");
        world.provider.respond_with(TOKEN, answer);
        assert_no_secret(&world.sandbox.run(&["token", "acme", "--force-refresh"]).fails(6, "127.0.0.1").stderr);
        assert_eq!(world.sandbox.run(&["token", "acme"]).success().stdout, token, "{shown}");
    }
    world.provider.respond_normally(TOKEN);
    let refreshed = world.sandbox.run(&["token", "acme", "--force-refresh"]).success().stdout;
    assert_ne!(refreshed, token);
}

#[test]
fn rejected_refresh_token_requires_a_new_sign_in() {
    let world = World::signed_in();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({ "error": "invalid_grant" })));
    world.sandbox.run(&["token", "acme", "--force-refresh"]).ends_with(3);
    let refreshes = world.provider.refreshes();
    assert_eq!(refreshes, 1);
    let sessions = world.sandbox.run(&["status", "--json"]).json();
    assert_eq!(sessions["sessions"][0]["account"], "ada", "it stays listed");
}

#[test]
fn refreshed_id_token_of_another_user_is_rejected() {
    let world = World::signed_in();
    world.provider.change_id_token(|token| token.claims["sub"] = json!("another"));
    world.sandbox.run(&["token", "acme", "--force-refresh"]).fails(1, "sub");
    world.provider.change_id_token(|_| {});
    world.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 2);
}

#[test]
fn refresh_ignores_endpoints_of_config_and_environment() {
    let mut world = World::signed_in();
    let thief = FakeProvider::start();
    world.sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{0}\"\ntoken_endpoint = \"{0}/token\"\nclient_id = \"native\"\n",
        thief.issuer()
    ));
    world.sandbox.set("AUTH_ACME_ISSUER", thief.issuer()).set("AUTH_ACME_ID", "other").set("AUTH_ACME_SECRET", "other");
    world.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 1);
    assert!(thief.requests().is_empty(), "{:?}", thief.requests());
}

#[test]
fn new_key_with_an_old_kid_is_fetched_once() {
    // zitadel/oidc#480: a restarted provider has another key under the same `kid`, and the old one is in the cache.
    let world = World::new();
    // The key of RFC 7517 A.1, with the provider's `kid`.
    let old = json!({"keys": [{
        "kty": "EC", "crv": "P-256", "kid": "key-1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }]});
    world.provider.respond_next(KEYS, vec![Response::json(200, &old)]);
    let (outcome, _) = sign_in_and_watch(&world);
    outcome.ends_with(0);
    assert_eq!(world.provider.requests_to(KEYS).len(), 2);

    // A signature that matches no key is rejected after one more request, not many.
    let world = World::new();
    world.provider.change_id_token(|token| token.signature = Signature::Wrong);
    let (outcome, _) = sign_in_and_watch(&world);
    outcome.ends_with(1);
    assert_eq!(world.provider.requests_to(KEYS).len(), 2);
}
