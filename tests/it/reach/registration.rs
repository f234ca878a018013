//! Sign-in without a client id: the provider registers a client (RFC 7591), once, and deletes it again (RFC 7592).

use std::net::TcpListener;

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, FakeProvider, REGISTER, ReceivedRequest, Response};
use crate::support::oidc_provider::{self, OidcProvider};
use crate::support::{Outcome, Sandbox, browser, visitor};

fn registering() -> FakeProvider {
    let provider = FakeProvider::start();
    provider.register_clients();
    provider
}

/// Documents sent to the registration endpoint.
fn registrations(provider: &FakeProvider) -> Vec<Value> {
    let posts = provider.requests().into_iter().filter(|asked| asked.path == REGISTER && asked.method == "POST");
    posts.map(|asked| serde_json::from_str(&asked.body).expect("JSON")).collect()
}

fn management(provider: &FakeProvider, method: &str) -> Vec<ReceivedRequest> {
    let asked = provider.requests().into_iter();
    asked.filter(|asked| asked.path.starts_with("/register/") && asked.method == method).collect()
}

fn signed_in(home: &Home, arguments: &[&str]) -> Outcome {
    let outcome = home.sign_in(arguments).0.success();
    assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
    outcome
}

/// Files that contain secrets.
fn secrets(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.sandbox.path("home/.local/share/mycli/secrets")).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("ours").file_name().into_string().expect("text"));
    names.filter(|name| name != "lock").collect()
}

fn client_id(home: &Home) -> Value {
    let state = home.sandbox.state().join("sessions");
    let mut found = Vec::new();
    for shelf in std::fs::read_dir(state).expect("sessions") {
        for file in std::fs::read_dir(shelf.expect("a shelf").path()).expect("files") {
            let path = file.expect("a file").path();
            if path.is_file() {
                let summary: Value = serde_json::from_slice(&std::fs::read(path).expect("ours")).expect("JSON");
                found.extend(summary.get("client_id").cloned());
            }
        }
    }
    found.pop().expect("a session")
}

#[test]
fn client_is_registered_once_and_reused() {
    let provider = registering();
    let home = Home::new();
    // Only the first sign-in warns about the file store, once for two secrets.
    for (flags, warnings) in
        [(&["--store", "auto"][..], 1), (&["--force", "--store", "auto"], 0), (&["--force", "--scope", "openid"], 0)]
    {
        let stderr = signed_in(&home, &[&[provider.issuer()], flags].concat()).stderr;
        assert_eq!(stderr.matches("warning: no keyring").count(), warnings, "{stderr}");
    }
    let sent = registrations(&provider);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(
        (&sent[0]["application_type"], &sent[0]["token_endpoint_auth_method"]),
        (&json!("native"), &json!("none"))
    );
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    assert_eq!(sent[0]["grant_types"], json!(["authorization_code", "refresh_token", device]));
    // The same client serves the other flow, and another name of the issuer.
    home.sandbox.run(&["signin", provider.issuer(), "--force", "--device", "--no-open"]).success();
    home.sandbox.configure(&format!("[providers.acme]\nissuer = \"{}\"\n", provider.issuer()));
    signed_in(&home, &["acme"]);
    assert_eq!(registrations(&provider).len(), 1);
    home.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    let text = std::fs::read_to_string(home.sandbox.path("home/.config/mycli/config.toml")).expect("ours");
    assert!(!text.contains("client"), "nothing is written to the configuration: {text}");
}

#[test]
fn known_client_id_prevents_registration() {
    let provider = registering();
    let home = Home::new();
    signed_in(&home, &[provider.issuer(), "--client-id", "https://app.example/client.json"]);
    assert_eq!(client_id(&home), "https://app.example/client.json", "a Client ID Metadata Document passes as it is");
    assert!(registrations(&provider).is_empty());
}

/// Redirect URIs of the registration with this number.
fn addresses(provider: &FakeProvider, number: usize) -> Vec<String> {
    let registered = registrations(provider)[number]["redirect_uris"].take();
    serde_json::from_value(registered).expect("texts")
}

fn hold(address: &str) -> TcpListener {
    let port = address.trim_start_matches("http://127.0.0.1:").trim_end_matches("/callback");
    TcpListener::bind(("127.0.0.1", port.parse().expect("a port"))).expect("it was let go")
}

#[test]
fn taken_ports_use_spare_redirect_uris_then_register_again() {
    let provider = registering();
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    let first = addresses(&provider, 0);
    assert_eq!(first.len(), 3, "{first:?}");
    let mut taken = vec![hold(&first[0]), hold(&first[1])];
    signed_in(&home, &[provider.issuer(), "--force"]);
    let used = provider.requests_to(AUTHORIZE).last().and_then(|asked| asked.query("redirect_uri").map(str::to_owned));
    assert_eq!((used.as_deref(), registrations(&provider).len()), (Some(&*first[2]), 1));
    taken.push(hold(&first[2]));
    signed_in(&home, &[provider.issuer(), "--force"]);
    drop(taken);
    let second = addresses(&provider, 1);
    assert!(first.iter().all(|address| !second.contains(address)), "{first:?} {second:?}");
    let callback = second[0].replace("/callback", "/back");
    signed_in(&home, &[provider.issuer(), "--force", "--callback", &callback]);
    assert_eq!(addresses(&provider, 2), [callback.as_str()]);
    signed_in(&home, &[provider.issuer(), "--force", "--callback", &callback]);
    assert_eq!(registrations(&provider).len(), 3);
}

#[test]
fn concurrent_first_sign_ins_register_once() {
    let provider = registering();
    let homes = Home::new();
    homes.sandbox.configure(&format!("[providers.acme]\nissuer = \"{}\"\n", provider.issuer()));
    let held = provider.hold(REGISTER);
    let first = homes.sandbox.start(&["signin", provider.issuer()]);
    held.wait_for(1);
    let mut second = homes.sandbox.start(&["signin", "acme", "-v"]);
    second.line(|line| line.contains("fetching"));
    second.line(|line| line.contains("waiting for another sign-in to register a client"));
    drop(held);
    let (one, other) = (homes.opened.next_url(), homes.opened.next_url());
    for address in [one, other] {
        visitor::visit(&address);
    }
    first.outcome().success();
    second.outcome().success();
    assert_eq!(registrations(&provider).len(), 1);
    let asked = provider.requests_to(AUTHORIZE);
    assert_eq!(asked[0].query("client_id"), asked[1].query("client_id"));
    assert_ne!(asked[0].query("redirect_uri"), asked[1].query("redirect_uri"));
}

#[test]
fn issuer_with_one_grant_gets_a_minimal_request() {
    let provider = registering();
    // As django-oauth-toolkit does.
    provider.reject_registrations(|client| {
        let grants = client["grant_types"].as_array().expect("a list").iter();
        (grants.filter(|grant| *grant != "refresh_token").count() > 1).then_some("invalid_client_metadata")
    });
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    let sent = registrations(&provider);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!(sent[1]["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(sent[1]["redirect_uris"].as_array().expect("a list").len(), 1);
    signed_in(&home, &[provider.issuer(), "--force"]);
    assert_eq!(registrations(&provider).len(), 2);

    let home = Home::new();
    home.sandbox.run(&["signin", provider.issuer(), "--device", "--no-open"]).success();
    let device = json!(["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]);
    assert_eq!(registrations(&provider)[3]["grant_types"], device);

    // Without a browser, this flow is chosen automatically.
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    sandbox.run(&["signin", provider.issuer()]).success();
    assert_eq!(registrations(&provider)[5]["grant_types"], device);
}

#[test]
fn forgotten_client_is_registered_again_before_the_browser() {
    let provider = registering();
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    let before = client_id(&home);
    provider.forget_clients();
    signed_in(&home, &[provider.issuer(), "--force"]);
    assert_eq!(registrations(&provider).len(), 2);
    assert_ne!(client_id(&home), before);
    let sessions = home.sandbox.run(&["status", "--json"]).success().json()["sessions"].take();
    assert_eq!((sessions.as_array().expect("a list").len(), &sessions[0]["default"]), (1, &json!(true)), "{sessions}");
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
}

#[test]
fn client_rejected_at_the_token_endpoint_registers_again_once() {
    let provider = registering();
    // No endpoint tells if the client is still known.
    provider.change_registration(|client| {
        client.as_object_mut().expect("an object").remove("registration_client_uri");
    });
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    provider.forget_clients();
    let mut running = home.sandbox.start(&["signin", provider.issuer(), "--force"]);
    visitor::visit(&home.opened.next_url());
    running.line(|line| line.contains("registering a new client"));
    visitor::visit(&home.opened.next_url());
    running.outcome().success();
    assert_eq!(registrations(&provider).len(), 2);

    // Retries once, not forever.
    provider.respond_with("/token", Response::json(401, &json!({"error": "invalid_client"})));
    let running = home.sandbox.start(&["signin", provider.issuer(), "--force"]);
    for _ in 0..2 {
        visitor::visit(&home.opened.next_url());
    }
    running.outcome().fails(2, "`invalid_client`");
    assert_eq!(registrations(&provider).len(), 3);
}

#[test]
fn client_secret_is_used_until_shortly_before_expiry() {
    let provider = registering();
    let expire_in = |seconds: i64| {
        let end = chrono::Utc::now().timestamp() + seconds;
        provider.change_registration(move |client| {
            client["client_secret"] = "client-secret-of-ours".into();
            client["token_endpoint_auth_method"] = "client_secret_post".into();
            client["client_secret_expires_at"] = end.into();
        });
    };
    expire_in(3600);
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    signed_in(&home, &[provider.issuer(), "--force"]);
    assert_eq!(registrations(&provider).len(), 1);
    let sent = provider.requests_to("/token");
    assert!(sent.iter().all(|asked| asked.form("client_secret") == Some("client-secret-of-ours")), "{sent:?}");

    let home = Home::new();
    expire_in(600);
    signed_in(&home, &[provider.issuer()]);
    signed_in(&home, &[provider.issuer(), "--force"]);
    assert_eq!(registrations(&provider).len(), 3, "too near its end to begin with");
}

#[test]
fn signout_keeps_the_client_without_forget_client() {
    let provider = registering();
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    home.sandbox.run(&["signout", provider.issuer()]).success();
    signed_in(&home, &[provider.issuer()]);
    assert_eq!(registrations(&provider).len(), 1);

    home.sandbox.run(&["signout", provider.issuer(), "--forget-client"]).success();
    let deleted = management(&provider, "DELETE");
    assert_eq!(deleted.len(), 1);
    assert_eq!(secrets(&home), [""; 0]);
    signed_in(&home, &[provider.issuer()]);
    assert_eq!(registrations(&provider).len(), 2);
}

#[test]
fn client_used_by_another_session_is_kept() {
    let provider = registering();
    let home = Home::new();
    for (subject, flags) in [("ada", &[][..]), ("bob", &["--force"])] {
        provider.change_id_token(move |id_token| {
            id_token.claims["sub"] = subject.into();
            id_token.claims["preferred_username"] = subject.into();
        });
        provider
            .respond_with("/userinfo", Response::json(200, &json!({"sub": subject, "preferred_username": subject})));
        signed_in(&home, &[&[provider.issuer()], flags].concat());
    }
    home.sandbox.run(&["signout", provider.issuer(), "--account", "ada", "--forget-client"]).success();
    assert!(management(&provider, "DELETE").is_empty());
    home.sandbox.run(&["signout", provider.issuer(), "--forget-client"]).success();
    assert_eq!(management(&provider, "DELETE").len(), 1);
}

#[test]
fn client_deletion_failure_still_forgets_and_warns() {
    let provider = registering();
    let home = Home::new();
    signed_in(&home, &[provider.issuer()]);
    let path = format!("/register/{}", client_id(&home).as_str().expect("text"));
    provider.respond_with(&path, Response::html(503, "later"));
    home.sandbox.run(&["signout", provider.issuer(), "--forget-client"]).fails(6, "503");
    provider.respond_normally(&path);
    signed_in(&home, &[provider.issuer()]);
    assert_eq!(registrations(&provider).len(), 2);
    // The access to the first client is kept, and one that cannot be deleted does not keep the others from it.
    provider.respond_with(&path, Response::html(503, "later"));
    home.sandbox.run(&["signout", provider.issuer(), "--forget-client"]).fails(6, "503");
    assert_eq!((management(&provider, "DELETE").len(), secrets(&home).len()), (3, 1));
    provider.respond_normally(&path);
    signed_in(&home, &[provider.issuer()]);
    home.sandbox.run(&["signout", provider.issuer(), "--forget-client"]).success();
    let deleted = management(&provider, "DELETE");
    assert_eq!(deleted[3..].iter().filter(|sent| sent.path == path).count(), 1, "{deleted:?}");
    assert_eq!((deleted.len(), secrets(&home).len()), (5, 0));
}

/// Snapshots show the other failures (`cmd::checks`).
#[test]
fn rejected_registrations_have_messages_and_store_nothing() {
    type Spoil = fn(&FakeProvider);
    fn client(p: &FakeProvider, field: &'static str, value: Value) {
        p.change_registration(move |client| client[field] = value.clone());
    }
    let cases: &[(Spoil, i32, &str)] = &[
        (|p| p.respond_with(REGISTER, Response::json(401, &json!({"error": "invalid_token"}))), 2, "--client-id ID"),
        (|p| p.respond_with(REGISTER, Response::redirect("https://evil.example/")), 6, "which is not followed"),
        (|p| p.respond_with(REGISTER, Response::huge(10_000_000)), 6, "127.0.0.1"),
        (|p| client(p, "client_id", json!("a\u{1b}]0;owned\u{7}\r\n")), 1, "invalid characters"),
        (|p| client(p, "client_id", "x".repeat(100_000).into()), 1, "too long"),
        (|p| client(p, "token_endpoint_auth_method", json!("tls_client_auth")), 1, "`tls_client_auth`"),
        (|p| client(p, "redirect_uris", json!(["https://evil.example/"])), 1, "another redirect URI"),
    ];
    for (spoil, code, said) in cases {
        let provider = registering();
        spoil(&provider);
        let home = Home::new();
        home.sandbox.run(&["signin", provider.issuer()]).fails(*code, said);
        assert!(home.opened.is_empty(), "{said}");
        assert_eq!(secrets(&home), [""; 0], "{said}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn client_id_may_be_a_metadata_document_url() {
    let client_id = "https://app.example/client.json";
    let document = json!({
        "client_id": client_id,
        "client_name": "mycli",
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    let provider = OidcProvider::start(&json!({ "registration": true, "documents": { client_id: document } }));
    let home = Home::new();
    home.sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{}\"\nclient_id = \"{client_id}\"\nscopes = [\"openid\"]\n",
        provider.issuer()
    ));
    let running = home.sandbox.start(&["signin", "acme"]);
    browser::drive(&home.opened.next_url(), &json!({ "steps": browser::sign_in_as("ada"), "until": "/done" }));
    running.outcome().success();
    home.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(self::client_id(&home), client_id);
    assert!(!provider.requests().iter().any(|asked| asked.path == "/reg"), "nothing is registered");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn real_provider_with_a_path_registers_and_deletes() {
    let provider = OidcProvider::start(&json!({ "registration": true, "path": "/realms/a" }));
    let home = Home::new();
    let mut client_ids = Vec::new();
    for flags in [&[][..], &["--force"]] {
        let running = home.sandbox.start(&[&["signin", provider.issuer()], flags].concat());
        let plan = json!({ "steps": browser::sign_in_as("ada"), "until": "/done" });
        browser::drive(&home.opened.next_url(), &plan);
        running.outcome().success();
        client_ids.push(client_id(&home));
    }
    assert_eq!(client_ids[0], client_ids[1]);
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
    home.sandbox.run(&["signout", provider.issuer(), "--revoke", "--forget-client"]).success();
    let at_the_client = |asked: &oidc_provider::LoggedRequest| {
        asked.path.contains("/reg").then(|| (asked.method.clone(), asked.status))
    };
    let log: Vec<_> = provider.requests().iter().filter_map(at_the_client).collect();
    let expected = [("POST", 201), ("GET", 200), ("DELETE", 204)];
    assert_eq!(log, expected.map(|(method, status)| (method.to_owned(), status)));
}
