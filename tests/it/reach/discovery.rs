//! OpenID Connect Discovery combined with RFC 8414, and the metadata cache.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{DISCOVERY, FakeProvider, KEYS, REVOKE, ReceivedRequest, Response, TOKEN};
use crate::support::{certificates, tls_server, visitor};

const RFC_8414: &str = "/.well-known/oauth-authorization-server";

/// Provider that names `field` only in the RFC 8414 document, and a home that knows it as `acme`.
fn split(field: &'static str, issuer_of_second: impl Fn(&str) -> String) -> (FakeProvider, Home) {
    let provider = FakeProvider::start();
    provider.change_metadata(move |metadata| drop(metadata.as_object_mut().expect("an object").remove(field)));
    let second = json!({
        "issuer": issuer_of_second(provider.issuer()),
        "authorization_endpoint": format!("{}/elsewhere", provider.issuer()),
        "token_endpoint": format!("{}/elsewhere", provider.issuer()),
        "revocation_endpoint": format!("{}{REVOKE}", provider.issuer()),
    });
    provider.respond_with(RFC_8414, Response::json(200, &second));
    let home = Home::new();
    home.sandbox.configure(&acme(&provider));
    (provider, home)
}

fn acme(provider: &FakeProvider) -> String {
    format!("[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n", provider.issuer())
}

#[test]
fn rfc_8414_document_fills_gaps_of_the_openid_document() {
    let (provider, home) = split("revocation_endpoint", str::to_owned);
    home.sign_in(&["acme"]).0.success();
    assert!(provider.requests_to("/elsewhere").is_empty(), "what the OpenID document says is not replaced");
    home.sandbox.run(&["signout", "acme", "--revoke"]).success();
    assert_eq!(provider.requests_to(REVOKE).len(), 2);
}

#[test]
fn second_document_is_fetched_only_for_missing_fields() {
    let (provider, home) = split("introspection_endpoint", str::to_owned);
    home.sign_in(&["acme"]).0.success();
    assert_eq!(provider.requests_to(RFC_8414).len(), 0);

    let (provider, home) = split("revocation_endpoint", str::to_owned);
    for sign_in in [&["acme"][..], &["acme", "--force"]] {
        home.sign_in(sign_in).0.success();
    }
    assert_eq!((provider.requests_to(DISCOVERY).len(), provider.requests_to(RFC_8414).len()), (1, 1), "both are kept");
    home.sandbox.run(&["signin", "acme"]).success();
    home.sandbox.run(&["token", "acme"]).success();
    assert_eq!((provider.requests_to(DISCOVERY).len(), provider.requests_to(RFC_8414).len()), (1, 1));
}

#[test]
fn second_document_of_another_issuer_is_ignored() {
    let (provider, home) = split("revocation_endpoint", |issuer| format!("{issuer}/other"));
    home.sign_in(&["acme"]).0.success();
    home.sandbox.run(&["signout", "acme", "--revoke"]).fails(2, "no revocation endpoint");
    assert!(provider.requests_to(REVOKE).is_empty());
}

#[test]
fn missing_second_document_costs_only_its_fields() {
    for answer in [Response::html(503, "later"), Response::json(200, &json!({"issuer": 7})), Response::Nothing] {
        let (provider, home) = split("revocation_endpoint", str::to_owned);
        provider.respond_with(RFC_8414, answer);
        home.sign_in(&["acme"]).0.success();
    }
}

#[test]
fn issuer_url_or_bare_host_needs_no_configuration() {
    let provider = FakeProvider::start();
    let home = Home::new();
    let (outcome, _) = home.sign_in(&[provider.issuer(), "--client-id", "native"]);
    outcome.success();
    assert_eq!(home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], provider.issuer());
    home.sandbox.run(&["token", &provider.issuer().to_uppercase().replace("HTTP", "http")]).success();
    // A bare host means https, which this server does not support.
    let host = provider.issuer().replace("http://127.0.0.1", "demo.localhost");
    home.sandbox.run(&["signin", &host, "--client-id", "x"]).fails(2, "does not speak TLS");
}

/// Serves the provider behind TLS with a self-signed certificate; returns its bare host.
fn serve_behind_tls(provider: &FakeProvider) -> String {
    let inside = provider.issuer().trim_start_matches("http://").to_owned();
    // A client that disconnects early does not fail the test.
    let port = tls_server::serve("id.localhost", move |mut outer| drop(pass_on(&mut outer, &inside)));
    format!("id.localhost:{port}")
}

/// Forwards one request and its response.
fn pass_on(outer: &mut (impl Read + Write), inside: &str) -> std::io::Result<()> {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        let length = text.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
        if body.is_some_and(|body| body >= length.unwrap_or(0)) {
            break;
        }
        match outer.read(&mut chunk)? {
            0 => return Ok(()),
            read => request.extend(&chunk[..read]),
        }
    }
    let mut inner = TcpStream::connect(inside)?;
    inner.write_all(&request)?;
    let mut answer = Vec::new();
    inner.read_to_end(&mut answer)?;
    outer.write_all(&answer)?;
    outer.flush()
}

#[test]
fn bare_host_is_an_https_issuer() {
    let provider = FakeProvider::start();
    let host = serve_behind_tls(&provider);
    let (http, https) = (provider.issuer().to_owned(), format!("https://{host}"));
    provider.change_metadata({
        let (http, https) = (http.clone(), https.clone());
        move |metadata| *metadata = serde_json::from_str(&metadata.to_string().replace(&http, &https)).expect("JSON")
    });
    provider.change_callback({
        let (http, https) = (http.clone(), https.clone());
        move |parameters| parameters.iter_mut().for_each(|(_, value)| *value = value.replace(&http, &https))
    });
    let mut home = Home::new();
    home.sandbox.set("SSL_CERT_FILE", certificates::fixture("id.localhost.pem"));
    let running = home.sandbox.start(&["signin", &host, "--client-id", "native", "--scope", "read"]);
    let to_provider = visitor::get(&home.opened.next_url());
    let page = to_provider.header("location").expect("on to the provider");
    assert!(page.starts_with(&https), "{page}");
    let callback = visitor::get(&page.replace(&https, &http));
    visitor::get(callback.header("location").expect("and back"));
    running.outcome().success();
    for name in [host.as_str(), &https, &host.to_uppercase(), &format!("{https}/")] {
        home.sandbox.run(&["token", name]).success();
    }
    home.sandbox.run(&["token", &host, "--force-refresh"]).success();
    let sessions = home.sandbox.run(&["status", "--json"]).json()["sessions"].take();
    assert_eq!((&sessions[0]["provider"], &sessions[0]["issuer"]), (&json!(https), &json!(https)));
    home.sandbox.run(&["token", &http]).fails(3, "not signed in");
}

#[test]
fn issuer_with_a_path_is_found_at_each_location() {
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
        provider.respond_with(place, Response::json(200, &metadata));
        provider.respond_with(DISCOVERY, Response::html(404, "not here"));
        provider.set_callback("iss", Some(&issuer));
        let home = Home::new();
        println!("{place}");
        home.sign_in(&[&issuer, "--client-id", "native", "--scope", "read"]).0.success();
        home.sandbox.run(&["token", &issuer]).success();
        home.sandbox.run(&["token", provider.issuer()]).fails(3, "not signed in");
    }
}

/// Metadata of an issuer at `path` below the provider, which no longer serves the standard place.
fn metadata_below(provider: &FakeProvider, path: &str) -> (String, Value) {
    provider.respond_with(DISCOVERY, Response::html(404, "not here"));
    let issuer = format!("{}{path}", provider.issuer());
    provider.set_callback("iss", Some(&issuer));
    let endpoint = |path: &str| format!("{}{path}", provider.issuer());
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": endpoint("/authorize"),
        "token_endpoint": endpoint("/token"),
        "revocation_endpoint": endpoint("/revoke"),
    });
    (issuer, metadata)
}

/// Finsys/dockhand#1368 (FortiAuthenticator), and Django OAuth Toolkit and Azure Databricks for the name.
#[test]
fn metadata_is_found_at_unusual_places() {
    for place in [
        "/o/.well-known/oauth-authorization-server",
        "/o/.well-known/openid-configuration/",
        "/.well-known/oauth-authorization-server/o/",
        "/o/.well-known/oauth-authorization-server/",
    ] {
        let provider = FakeProvider::start();
        let (issuer, metadata) = metadata_below(&provider, "/o");
        provider.respond_with(place, Response::json(200, &metadata));
        println!("{place}");
        let home = Home::new();
        home.sign_in(&[&issuer, "--client-id", "native", "--scope", "read"]).0.success();
        let mut places: Vec<_> = provider.requests().into_iter().map(|asked| asked.path).collect();
        places.retain(|path| path.contains("well-known"));
        let count = places.len();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), count, "nothing is fetched twice: {places:?}");
    }
}

/// Apicurio/apicurio-registry PR 8639.
#[test]
fn redirect_of_metadata_is_followed_within_the_origin() {
    let place = "/o/.well-known/openid-configuration";
    for target in ["/o/.well-known/openid-configuration/", "/elsewhere"] {
        let provider = FakeProvider::start();
        let (issuer, metadata) = metadata_below(&provider, "/o");
        provider.respond_with(place, Response::redirect(target));
        provider.respond_with(target, Response::json(200, &metadata));
        let home = Home::new();
        let stderr = home.sign_in(&[&issuer, "--client-id", "native", "--scope", "read"]).0.success().stderr;
        assert!(stderr.contains(&format!("redirects to {}{target}", provider.issuer())), "{stderr}");
    }
    let (provider, other) = (FakeProvider::start(), FakeProvider::start());
    let (issuer, metadata) = metadata_below(&provider, "/o");
    other.respond_with(place, Response::json(200, &metadata));
    let target = format!("{}{place}", other.issuer());
    provider.respond_with(place, Response::redirect(&format!("{target}?session=secret-1")));
    let outcome = Home::new().sandbox.run(&["signin", &issuer, "--client-id", "native"]);
    let stderr = outcome.fails(6, &format!("a redirect to `{target}`, which is not followed")).stderr;
    assert!(!stderr.contains("secret-1") && other.requests().is_empty(), "{stderr}");

    // A redirect without an end is none that leads to metadata.
    let provider = FakeProvider::start();
    let (issuer, _) = metadata_below(&provider, "/o");
    provider.respond_with(place, Response::redirect(place));
    Home::new().sandbox.run(&["signin", &issuer, "--client-id", "native"]).fails(6, "redirect");
    assert_eq!(provider.requests_to(place).len(), 4);
}

#[test]
fn metadata_url_in_place_of_the_issuer_is_recognized() {
    for suffix in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/"] {
        let provider = FakeProvider::start();
        let (home, typed) = (Home::new(), format!("{}{suffix}", provider.issuer()));
        home.sign_in(&[&typed, "--client-id", "native"]).0.success();
        home.sandbox.run(&["token", &typed]).success();
        home.sandbox.run(&["token", provider.issuer()]).success();
    }
    let provider = FakeProvider::start();
    let home = Home::new();
    home.sandbox.configure(&acme(&provider).replace("\"\nclient_id", "/.well-known/openid-configuration\"\nclient_id"));
    home.sign_in(&["acme"]).0.success();
    assert_eq!(home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], provider.issuer());
}

/// daytona/clients#19.
#[test]
fn issuer_with_another_slash_is_adopted() {
    let provider = FakeProvider::start();
    let issuer = format!("{}/", provider.issuer());
    provider.set_metadata("issuer", json!(issuer));
    provider.set_callback("iss", Some(&issuer));
    provider.change_id_token({
        let issuer = issuer.clone();
        move |token| token.claims["iss"] = json!(issuer)
    });
    let home = Home::new();
    home.sign_in(&[provider.issuer(), "--client-id", "native"]).0.success();
    let is_ping = |asked: &&ReceivedRequest| asked.method == "POST" && asked.path != TOKEN;
    assert_eq!(provider.requests().iter().filter(is_ping).count(), 0, "an issuer gets no ping");
    for typed in [provider.issuer(), &issuer] {
        home.sandbox.run(&["signin", typed, "--client-id", "native"]).success();
        home.sandbox.run(&["token", typed]).success();
    }
    assert_eq!(home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], issuer);
    assert_eq!(provider.requests_to("/authorize").len(), 1, "one session for both spellings");

    let home = Home::new();
    home.sandbox.configure(&acme(&provider));
    home.sign_in(&["acme"]).0.success();
    assert_eq!(home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], issuer);
    home.sandbox.run(&["signin", "acme"]).success();
    assert_eq!(provider.requests_to("/authorize").len(), 2, "the session is still that of the configuration");
    provider.set_callback("iss", Some(provider.issuer()));
    home.sign_in(&["acme", "--force"]).0.fails(1, "the callback is from issuer");
}

/// Snapshots show the other mistakes (`cmd::checks`).
#[test]
fn invalid_metadata_has_its_message() {
    const TWICE: &str = r#"{"issuer":"a","issuer":"b"}"#;
    type Spoil = fn(&FakeProvider);
    let cases: &[(Spoil, i32, &str)] = &[
        (|p| p.set_metadata("issuer", Value::Null), 1, "has no valid `issuer`"),
        (|p| p.set_metadata("token_endpoint", json!(["x"])), 1, "has no token endpoint"),
        (|p| p.set_metadata("token_endpoint", json!("https://a:b@id.example/t")), 1, "user name or password"),
        (|p| p.set_metadata("token_endpoint", json!("/token")), 1, "has no token endpoint"),
        (|p| p.set_metadata("authorization_endpoint", json!("javascript:x")), 1, "no authorization endpoint"),
        (|p| p.set_metadata("registration_endpoint", json!("http://a.example")), 1, "registration_endpoint"),
        (|p| p.change_metadata(|metadata| *metadata = json!([1])), 2, "has no sign-in metadata"),
        (|p| p.respond_with(DISCOVERY, Response::of_type(200, "application/json", TWICE)), 2, "no sign-in"),
        (|p| p.respond_with(DISCOVERY, Response::Half(b"{\"issuer\":".to_vec())), 6, "127.0.0.1"),
    ];
    for (spoil, code, said) in cases {
        let provider = FakeProvider::start();
        spoil(&provider);
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        home.sandbox.run(&["signin", "acme"]).fails(*code, said);
        assert!(home.opened.is_empty(), "{said}");
    }
}

/// Makes every cache entry expire.
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
fn unreachable_provider_uses_cached_metadata_for_a_month() {
    const MONTH: i64 = 30 * 24 * 3600;
    for (away, age_of_copy, served) in [
        (Response::html(503, "later"), 3601, true),
        (Response::html(429, "later"), 3601, true),
        (Response::Nothing, 3601, true),
        (Response::html(503, "later"), MONTH, false),
        // The provider responds, without metadata.
        (Response::html(404, "gone"), 3601, false),
        (Response::json(200, &json!({"issuer": "https://evil.example"})), 3601, false),
    ] {
        let provider = FakeProvider::start();
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        home.sign_in(&["acme"]).0.success();
        age(&home, age_of_copy);
        provider.respond_with(DISCOVERY, away.clone());
        println!("{away:?} {age_of_copy}");
        if served {
            home.sign_in(&["acme", "--force"]).0.success();
        } else {
            let code = home.sandbox.run(&["signin", "acme", "--force"]).code;
            assert!([1, 2, 6].contains(&code), "{code}");
        }
    }
}

#[test]
fn refresh_uses_cached_keys_while_jwks_fails() {
    for away in [Response::html(503, "later"), Response::Nothing] {
        let provider = FakeProvider::start();
        let home = Home::new();
        home.sandbox.configure(&acme(&provider));
        home.sign_in(&["acme"]).0.success();
        age(&home, 3601);
        provider.respond_with(DISCOVERY, away.clone());
        provider.respond_with(KEYS, away.clone());
        println!("{away:?}");
        let before = home.sandbox.run(&["token", "acme"]).success().stdout;
        assert_ne!(home.sandbox.run(&["token", "acme", "--force-refresh"]).success().stdout, before);
        assert_eq!(provider.requests_to(DISCOVERY).len(), 1, "a refresh uses the endpoints of the session");
        // An empty cache cannot help, and the session is kept.
        std::fs::remove_dir_all(home.sandbox.path("home/.cache/mycli")).expect("the cache");
        home.sandbox.run(&["token", "acme", "--force-refresh"]).ends_with(6);
        provider.respond_normally(KEYS);
        home.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    }
}

#[test]
fn rejected_document_is_not_cached() {
    let provider = FakeProvider::start();
    let home = Home::new();
    home.sandbox.configure(&acme(&provider));
    provider.set_metadata("token_endpoint", "http://id.example/token".into());
    home.sandbox.run(&["signin", "acme"]).fails(1, "only loopback hosts may use http");
    provider.change_metadata(|_| {});
    home.sign_in(&["acme"]).0.success();
}
