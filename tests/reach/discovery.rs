//! OpenID Connect Discovery and RFC 8414 together, and what is remembered of them.

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{Answer, DISCOVERY, FakeProvider, KEYS, REVOKE};

const RFC_8414: &str = "/.well-known/oauth-authorization-server";

/// A provider that names `field` in the RFC 8414 document alone, and a home where it is `acme`.
fn split(field: &'static str, issuer_of_second: impl Fn(&str) -> String) -> (FakeProvider, Home) {
    let provider = FakeProvider::start();
    provider.change_metadata(move |metadata| drop(metadata.as_object_mut().expect("an object").remove(field)));
    let second = json!({
        "issuer": issuer_of_second(provider.issuer()),
        "authorization_endpoint": format!("{}/elsewhere", provider.issuer()),
        "token_endpoint": format!("{}/elsewhere", provider.issuer()),
        "revocation_endpoint": format!("{}{REVOKE}", provider.issuer()),
    });
    provider.answer_instead(RFC_8414, Answer::json(200, &second));
    let home = Home::new();
    home.sandbox.configure(&acme(&provider));
    (provider, home)
}

fn acme(provider: &FakeProvider) -> String {
    format!("[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n", provider.issuer())
}

#[test]
fn the_rfc_8414_document_fills_what_the_openid_document_leaves_out_and_nothing_else() {
    let (provider, home) = split("revocation_endpoint", str::to_owned);
    home.sign_in(&["acme"]).0.success();
    assert!(provider.asked_at("/elsewhere").is_empty(), "what the OpenID document says is not replaced");
    home.sandbox.run(&["signout", "acme", "--revoke"]).success();
    assert_eq!(provider.asked_at(REVOKE).len(), 2);
}

#[test]
fn a_second_document_is_asked_for_only_where_the_first_leaves_something_out() {
    let (provider, home) = split("introspection_endpoint", str::to_owned);
    home.sign_in(&["acme"]).0.success();
    assert_eq!(provider.asked_at(RFC_8414).len(), 0);

    let (provider, home) = split("revocation_endpoint", str::to_owned);
    for sign_in in [&["acme"][..], &["acme", "--force"]] {
        home.sign_in(sign_in).0.success();
    }
    assert_eq!((provider.asked_at(DISCOVERY).len(), provider.asked_at(RFC_8414).len()), (1, 1), "both are kept");
    home.sandbox.run(&["signin", "acme"]).success();
    home.sandbox.run(&["token", "acme"]).success();
    assert_eq!((provider.asked_at(DISCOVERY).len(), provider.asked_at(RFC_8414).len()), (1, 1));
}

#[test]
fn a_second_document_of_another_issuer_is_passed_over() {
    let (provider, home) = split("revocation_endpoint", |issuer| format!("{issuer}/other"));
    let (outcome, _) = home.sign_in(&["acme", "-v"]);
    let stderr = outcome.success().stderr;
    assert!(stderr.contains("passed over: the metadata is of issuer"), "{stderr}");
    home.sandbox.run(&["signout", "acme", "--revoke"]).fails(2, "no revocation endpoint");
    assert!(provider.asked_at(REVOKE).is_empty());
}

#[test]
fn a_second_document_that_cannot_be_had_costs_nothing_but_what_it_would_have_said() {
    for answer in [Answer::html(503, "later"), Answer::json(200, &json!({"issuer": 7})), Answer::Nothing] {
        let (provider, home) = split("revocation_endpoint", str::to_owned);
        provider.answer_instead(RFC_8414, answer);
        home.sign_in(&["acme"]).0.success();
    }
}

#[test]
fn an_issuer_is_an_address_or_a_bare_host_and_says_everything_itself() {
    let provider = FakeProvider::start();
    let home = Home::new();
    let (outcome, _) = home.sign_in(&[provider.issuer(), "--client-id", "native"]);
    outcome.success();
    assert_eq!(home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], provider.issuer());
    home.sandbox.run(&["token", &provider.issuer().to_uppercase().replace("HTTP", "http")]).success();
    // A bare host is https, and nothing of ours speaks that here.
    let host = provider.issuer().replace("http://127.0.0.1", "demo.localhost");
    home.sandbox.run(&["signin", &host, "--client-id", "x"]).fails(6, "demo.localhost");
}

#[test]
fn an_issuer_with_a_path_is_found_in_each_of_its_places() {
    for place in [
        "/realms/a/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/realms/a",
        "/.well-known/openid-configuration/realms/a",
    ] {
        let provider = FakeProvider::start();
        let issuer = format!("{}/realms/a", provider.issuer());
        let endpoint = |path: &str| format!("{}{path}", provider.issuer());
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": endpoint("/authorize"),
            "token_endpoint": endpoint("/token"),
        });
        provider.answer_instead(place, Answer::json(200, &metadata));
        provider.answer_instead(DISCOVERY, Answer::html(404, "not here"));
        let iss = issuer.clone();
        provider.change_callback(move |parameters| {
            parameters.retain(|(name, _)| name != "iss");
            parameters.push(("iss".to_owned(), iss.clone()));
        });
        let home = Home::new();
        println!("{place}");
        home.sign_in(&[&issuer, "--client-id", "native", "--scope", "read"]).0.success();
        home.sandbox.run(&["token", &issuer]).success();
        home.sandbox.run(&["token", provider.issuer()]).fails(3, "not signed in");
    }
}

/// What is in the place, the exit code, a part of what is said.
type Case = (&'static str, fn(&mut Value), i32, &'static str);

#[test]
fn every_wrong_metadata_document_has_its_message() {
    let cases: &[Case] = &[
        ("another issuer", |m| m["issuer"] = "https://evil.example".into(), 1, "the metadata is of issuer"),
        ("a slash more", |m| m["issuer"] = format!("{}/", text(&m["issuer"])).into(), 1, "the slash at the end counts"),
        ("no issuer", |m| drop(m.as_object_mut().expect("an object").remove("issuer")), 1, "cannot be read"),
        ("a number as issuer", |m| m["issuer"] = 7.into(), 1, "cannot be read"),
        ("a list as endpoint", |m| m["token_endpoint"] = json!(["x"]), 1, "cannot be read"),
        ("plain http", |m| m["token_endpoint"] = "http://id.example/t".into(), 1, "http is for loopback hosts only"),
        ("userinfo", |m| m["token_endpoint"] = "https://a:b@id.example/t".into(), 1, "user name or password"),
        ("a relative address", |m| m["token_endpoint"] = "/token".into(), 1, "is not an address"),
        ("a script", |m| m["authorization_endpoint"] = "javascript:alert(1)".into(), 1, "authorization_endpoint"),
        ("no token endpoint", |m| m["token_endpoint"] = Value::Null, 1, "has no token endpoint"),
        ("no authorization endpoint", |m| m["authorization_endpoint"] = Value::Null, 1, "no authorization endpoint"),
        (
            "another registration",
            |m| m["registration_endpoint"] = "http://a.example".into(),
            1,
            "registration_endpoint",
        ),
        ("not an object", |m| *m = json!([1]), 6, "has no sign-in metadata"),
    ];
    for (what, spoil, code, said) in cases {
        let provider = FakeProvider::start();
        provider.change_metadata(spoil);
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        let outcome = home.sandbox.run(&["signin", "acme"]);
        println!("{what}: {}", outcome.stderr);
        outcome.fails(*code, said);
        assert!(home.opened.is_empty(), "{what}");
    }
    for (what, answer, code, said) in [
        ("nothing there", Answer::html(404, "no"), 6, "has no sign-in metadata"),
        ("a page", Answer::html(200, "<!doctype html>"), 6, "has no sign-in metadata"),
        (
            "twice the same key",
            Answer::of_type(200, "application/json", r#"{"issuer":"a","issuer":"b"}"#),
            6,
            "no sign-in",
        ),
        ("a redirect", Answer::redirect("http://127.0.0.1/"), 6, "has no sign-in metadata"),
        ("away", Answer::html(503, "later"), 6, "503"),
        ("too large", Answer::huge(2_000_000), 6, "127.0.0.1"),
        ("half of it", Answer::Half(b"{\"issuer\":".to_vec()), 6, "127.0.0.1"),
    ] {
        let provider = FakeProvider::start();
        provider.answer_instead(DISCOVERY, answer);
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        let outcome = home.sandbox.run(&["signin", "acme"]);
        println!("{what}: {}", outcome.stderr);
        outcome.fails(code, said);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Makes everything in the cache older than its life.
fn age(home: &Home, seconds: i64) {
    let folder = home.sandbox.path("home/.cache/mycli");
    for entry in std::fs::read_dir(folder).expect("the cache") {
        let path = entry.expect("a file").path();
        let mut kept: Value = serde_json::from_slice(&std::fs::read(&path).expect("ours")).expect("JSON");
        kept["stored_at"] = (kept["stored_at"].as_i64().expect("a number") - seconds).into();
        std::fs::write(&path, kept.to_string()).expect("ours");
    }
}

#[test]
fn a_provider_that_is_away_is_taken_at_its_last_word_for_a_month() {
    const MONTH: i64 = 30 * 24 * 3600;
    for (away, age_of_copy, served) in [
        (Answer::html(503, "later"), 3601, true),
        (Answer::html(429, "later"), 3601, true),
        (Answer::Nothing, 3601, true),
        (Answer::html(503, "later"), MONTH, false),
        // It is there, and says that there is nothing.
        (Answer::html(404, "gone"), 3601, false),
        (Answer::json(200, &json!({"issuer": "https://evil.example"})), 3601, false),
    ] {
        let provider = FakeProvider::start();
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        home.sign_in(&["acme"]).0.success();
        age(&home, age_of_copy);
        provider.answer_instead(DISCOVERY, away.clone());
        println!("{away:?} {age_of_copy}");
        if served {
            let stderr = home.sign_in(&["acme", "--force", "-v"]).0.success().stderr;
            assert!(stderr.contains("going on with what it said before"), "{stderr}");
        } else {
            let code = home.sandbox.run(&["signin", "acme", "--force"]).code;
            assert!(code == 6 || code == 1, "{code}");
        }
    }
}

#[test]
fn a_refresh_goes_on_with_the_keys_that_were_there_while_the_provider_is_away() {
    for away in [Answer::html(503, "later"), Answer::Nothing] {
        let provider = FakeProvider::start();
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        home.sign_in(&["acme"]).0.success();
        age(&home, 3601);
        provider.answer_instead(DISCOVERY, away.clone());
        provider.answer_instead(KEYS, away.clone());
        println!("{away:?}");
        let before = home.sandbox.run(&["token", "acme"]).success().stdout;
        let outcome = home.sandbox.run(&["token", "acme", "--force-refresh", "-v"]).success();
        assert!(outcome.stdout != before && outcome.stderr.contains("the keys it had before"), "{}", outcome.stderr);
        assert_eq!(provider.asked_at(DISCOVERY).len(), 1, "a refresh goes where the session says");
        // What was never there cannot stand in, and the session is not lost with it.
        std::fs::remove_dir_all(home.sandbox.path("home/.cache/mycli")).expect("the cache");
        home.sandbox.run(&["token", "acme", "--force-refresh"]).ends_with(6);
        provider.answer_rightly(KEYS);
        home.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    }
}

#[test]
fn a_document_that_was_refused_is_not_remembered() {
    let provider = FakeProvider::start();
    let home = Home::new();
    home.sandbox.configure(&acme(&provider));
    provider.change_metadata(|metadata| metadata["token_endpoint"] = "http://id.example/token".into());
    home.sandbox.run(&["signin", "acme"]).fails(1, "http is for loopback hosts only");
    provider.change_metadata(|_| {});
    home.sign_in(&["acme"]).0.success();
}
