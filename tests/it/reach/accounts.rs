//! Accounts of one name stay under it when the program registers another client: each session keeps the client that it
//! was made with.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, FakeProvider, REGISTER, Response, TOKEN};
use crate::support::visitor;

/// Provider that names nobody and registers clients.
fn nameless() -> FakeProvider {
    let provider = FakeProvider::start();
    let endpoint = format!("{}{REGISTER}", provider.issuer());
    provider.change_metadata(move |metadata| {
        metadata["registration_endpoint"] = endpoint.clone().into();
        metadata["userinfo_endpoint"] = Value::Null;
    });
    provider.change_tokens(|tokens| tokens["id_token"] = Value::Null);
    provider
}

/// The same without an endpoint to ask about a client, as the MCP SDKs: the authorization endpoint is asked.
fn without_management() -> FakeProvider {
    let provider = nameless();
    provider.change_registration(|client| {
        client.as_object_mut().expect("an object").remove("registration_client_uri");
    });
    provider
}

/// A home with the accounts `default` and `two`.
fn with_two_accounts(provider: &FakeProvider) -> Home {
    let home = Home::new();
    sign_in(&home, provider, &["--scope", "read"]);
    sign_in(&home, provider, &["--scope", "read", "--label", "two"]);
    assert_eq!((accounts(&home, provider), registrations(provider)), (vec!["default".to_owned(), "two".to_owned()], 1));
    home
}

fn sign_in(home: &Home, provider: &FakeProvider, flags: &[&str]) -> String {
    home.sign_in(&[&[provider.issuer()], flags].concat()).0.success().stderr
}

/// Accounts of the provider's name, default first; no session has another name.
fn accounts(home: &Home, provider: &FakeProvider) -> Vec<String> {
    let mut sessions = home.sandbox.run(&["status", "--json"]).success().json()["sessions"].take();
    let sessions = sessions.as_array_mut().expect("a list");
    assert!(sessions.iter().all(|one| one["provider"] == provider.issuer()), "{sessions:?}");
    sessions.iter().map(|one| one["account"].as_str().expect("a name").to_owned()).collect()
}

fn registrations(provider: &FakeProvider) -> usize {
    provider.requests_to(REGISTER).len()
}

/// Refreshes the session of an account, and returns the client that did.
fn refreshed_by(home: &Home, provider: &FakeProvider, account: &str) -> String {
    home.sandbox.run(&["token", provider.issuer(), "--account", account, "--force-refresh"]).success();
    provider.requests_to(TOKEN).last().and_then(|sent| sent.form("client_id").map(str::to_owned)).expect("a client")
}

fn secrets(home: &Home) -> usize {
    let entries = fs::read_dir(home.sandbox.path("home/.local/share/mycli/secrets")).into_iter().flatten();
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() != "lock")).count()
}

/// The next callbacks say that the client was not registered for the scopes.
fn lack_scopes(provider: &FakeProvider, times: usize) {
    let left = AtomicUsize::new(times);
    provider.change_callback(move |callback| {
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            callback.retain(|(name, _)| name != "code");
            callback.push(("error".to_owned(), "invalid_scope".to_owned()));
        }
    });
}

/// Signs in with more scopes, for which the program registers a client meanwhile.
///
/// The check of the client may see `callbacks` before the browser does.
fn step_up(home: &Home, provider: &FakeProvider, callbacks: usize) {
    lack_scopes(provider, callbacks);
    let running = home.sandbox.start(&["signin", provider.issuer(), "--scope", "+write"]);
    for _ in 0..2 {
        visitor::visit(&home.opened.next_url());
    }
    let stderr = running.outcome().success().stderr;
    assert!(stderr.contains("registering a client for these scopes"), "{stderr}");
    assert!(!stderr.contains("earlier session"), "{stderr}");
}

/// Uses each redirect URI of the first client.
fn hold_ports(provider: &FakeProvider) -> Vec<TcpListener> {
    let sent: Value = serde_json::from_str(&provider.requests_to(REGISTER)[0].body).expect("JSON");
    let uris = sent["redirect_uris"].as_array().expect("a list").iter().filter_map(Value::as_str);
    let port = |uri: &str| uri.trim_start_matches("http://127.0.0.1:").trim_end_matches("/callback").parse::<u16>();
    uris.map(|uri| TcpListener::bind(("127.0.0.1", port(uri).expect("a port"))).expect("a free port")).collect()
}

#[test]
fn account_keeps_its_name_when_another_registers_anew() {
    type Again = fn(&Home, &FakeProvider);
    let cases: BTreeMap<&str, Again> = BTreeMap::from([
        ("step-up", (|home, provider| step_up(home, provider, 2)) as Again),
        ("forgotten", |home, provider| {
            let unknown = Response::json(400, &json!({"error": "invalid_client"}));
            provider.respond_next(AUTHORIZE, vec![unknown]);
            sign_in(home, provider, &["--force", "--scope", "read"]);
        }),
        ("doubted", |home, provider| {
            let abandoned = ["signin", provider.issuer(), "--force", "--scope", "read", "--no-open", "--timeout", "1s"];
            provider.respond_with(AUTHORIZE, Response::html(200, "<h1>Something is wrong</h1>"));
            home.sandbox.run(&abandoned).fails(5, "the next sign-in registers a new one");
            provider.respond_normally(AUTHORIZE);
            sign_in(home, provider, &["--force", "--scope", "read"]);
        }),
        ("busy ports", |home, provider| {
            let held = hold_ports(provider);
            sign_in(home, provider, &["--force", "--scope", "read"]);
            drop(held);
        }),
    ]);
    for (name, again) in cases {
        let provider = without_management();
        let home = with_two_accounts(&provider);
        let first = refreshed_by(&home, &provider, "two");
        again(&home, &provider);
        assert_eq!((accounts(&home, &provider), registrations(&provider)), (vec!["default".into(), "two".into()], 2));
        assert_ne!(refreshed_by(&home, &provider, "default"), first, "{name}");
        assert_eq!(refreshed_by(&home, &provider, "two"), first, "{name}");
        // The next sign-in of the other account takes the client that is good now, and leaves nothing behind.
        sign_in(&home, &provider, &["--force", "--scope", "read", "--label", "two"]);
        assert_eq!(registrations(&provider), 2, "{name}");
        assert_ne!(refreshed_by(&home, &provider, "two"), first, "{name}");
        assert_eq!((accounts(&home, &provider), secrets(&home)), (vec!["default".into(), "two".into()], 3), "{name}");
    }
}

#[test]
fn label_survives_another_registration() {
    let provider = FakeProvider::start();
    provider.register_clients();
    let home = Home::new();
    sign_in(&home, &provider, &["--label", "work"]);
    provider.forget_clients();
    let hint = format!("signin {} --label work --force", provider.issuer());
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).fails(2, &hint);
    sign_in(&home, &provider, &["--force"]);
    assert_eq!((accounts(&home, &provider), registrations(&provider)), (vec!["work".to_owned()], 2));
    provider.forget_clients();
    sign_in(&home, &provider, &["--force", "--label", "work"]);
    assert_eq!((accounts(&home, &provider), registrations(&provider)), (vec!["work".to_owned()], 3));
}

/// A scope that only an administrator grants must not cost the sign-ins that worked.
#[test]
fn failed_sign_in_keeps_the_earlier_client() {
    let provider = nameless();
    let home = with_two_accounts(&provider);
    let first = refreshed_by(&home, &provider, "two");
    for _ in 0..2 {
        provider.deny("invalid_scope", "not for you");
        let running = home.sandbox.start(&["signin", provider.issuer(), "--scope", "+admin"]);
        for _ in 0..2 {
            visitor::visit(&home.opened.next_url());
        }
        running.outcome().fails(2, "`invalid_scope`");
        assert_eq!(registrations(&provider), 2, "the second attempt takes the client of the first");
    }
    provider.change_callback(|_| {});
    sign_in(&home, &provider, &["--force", "--scope", "read"]);
    assert_eq!(registrations(&provider), 2);
    for account in ["default", "two"] {
        assert_eq!(refreshed_by(&home, &provider, account), first);
    }
    // The attempt that succeeds at last takes it over.
    step_up(&home, &provider, 1);
    assert_ne!(refreshed_by(&home, &provider, "default"), first);
}

/// Each failed step up registers a client in the place of the one before.
#[test]
fn forgetting_deletes_clients_that_no_record_names() {
    let provider = nameless();
    let home = with_two_accounts(&provider);
    for scope in ["+admin", "+audit"] {
        provider.deny("invalid_scope", "not for you");
        let running = home.sandbox.start(&["signin", provider.issuer(), "--scope", scope]);
        for _ in 0..2 {
            visitor::visit(&home.opened.next_url());
        }
        running.outcome().fails(2, "`invalid_scope`");
    }
    assert_eq!(registrations(&provider), 3);
    home.sandbox.run(&["signout", provider.issuer(), "--all", "--forget-client"]).success();
    let deleted = provider.requests().into_iter().filter(|sent| sent.method == "DELETE");
    let deleted: std::collections::BTreeSet<_> = deleted.map(|sent| sent.path).collect();
    assert_eq!((deleted.len(), secrets(&home)), (3, 0));
}

#[test]
fn forgetting_deletes_each_client_without_a_session() {
    let provider = nameless();
    let home = with_two_accounts(&provider);
    let first = refreshed_by(&home, &provider, "two");
    step_up(&home, &provider, 1);
    let second = refreshed_by(&home, &provider, "default");
    let deleted = || {
        let sent = provider.requests().into_iter().filter(|sent| sent.method == "DELETE");
        sent.map(|sent| sent.path.trim_start_matches("/register/").to_owned()).collect::<Vec<_>>()
    };
    let forget = |account| {
        let arguments = ["signout", provider.issuer(), "--account", account, "--forget-client"];
        home.sandbox.run(&arguments).success().stderr
    };
    assert!(forget("two").contains(&format!("deleted the client `{first}`")));
    assert_eq!(deleted(), vec![first.clone()]);
    assert!(forget("default").contains(&format!("deleted the client `{second}`")));
    assert_eq!((deleted(), secrets(&home)), (vec![first, second], 0));
}
