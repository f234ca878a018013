//! Properties of a registered client that servers differ in: its authentication, its scopes, what a response states.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, DISCOVERY, FakeProvider, REGISTER, Response, TOKEN};
use crate::support::visitor;

const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";

/// Provider that registers clients, with these authentication methods and a secret for each client that is not public.
fn registering(methods: &[&str]) -> FakeProvider {
    let provider = FakeProvider::start();
    let (endpoint, methods) = (format!("{}{REGISTER}", provider.issuer()), json!(methods));
    provider.change_metadata(move |metadata| {
        metadata["registration_endpoint"] = endpoint.clone().into();
        metadata["token_endpoint_auth_methods_supported"] = methods.clone();
    });
    provider.change_registration(|client| {
        if client["token_endpoint_auth_method"] != "none" {
            client["client_secret"] = "client-secret-of-ours".into();
        }
    });
    provider
}

/// Values of one field of the registrations.
fn registered(provider: &FakeProvider, field: &str) -> Vec<Value> {
    let posts = provider.requests().into_iter().filter(|asked| asked.path == REGISTER && asked.method == "POST");
    posts.map(|asked| serde_json::from_str::<Value>(&asked.body).expect("JSON")[field].take()).collect()
}

fn signed_in(home: &Home, provider: &FakeProvider, flags: &[&str]) {
    home.sign_in(&[&[provider.issuer()], flags].concat()).0.success();
}

/// modelcontextprotocol/python-sdk#3545, modelcontextprotocol/python-sdk#1315: the server takes `none` unlisted, and
/// wants `client_id` in the form.
#[test]
fn client_is_public_even_if_none_is_not_listed() {
    let provider = registering(&["client_secret_post", "client_secret_basic"]);
    signed_in(&Home::new(), &provider, &[]);
    assert_eq!(registered(&provider, "token_endpoint_auth_method"), ["none"]);
    let exchange = provider.requests_to(TOKEN).remove(0);
    assert!(exchange.form("client_id").is_some() && exchange.header("authorization").is_none());
}

#[test]
fn rejected_public_client_uses_post_then_basic() {
    for (methods, taken, tried) in [
        (&[][..], "client_secret_post", &["none", "none", "client_secret_post"][..]),
        (&["client_secret_basic"], "client_secret_basic", &["none", "none", "client_secret_basic"]),
    ] {
        let provider = registering(methods);
        provider.reject_registrations(move |client| {
            (client["token_endpoint_auth_method"] != taken).then_some("invalid_client_metadata")
        });
        let home = Home::new();
        signed_in(&home, &provider, &[]);
        assert_eq!(registered(&provider, "token_endpoint_auth_method"), *tried);
        let exchange = provider.requests_to(TOKEN).remove(0);
        assert_eq!(exchange.header("authorization").is_some(), taken == "client_secret_basic");
        // The next registration begins with the method that was taken.
        provider.forget_clients();
        signed_in(&home, &provider, &["--force"]);
        assert_eq!(registered(&provider, "token_endpoint_auth_method").last(), Some(&json!(taken)));
        assert_eq!(registered(&provider, "token_endpoint_auth_method").len(), tried.len() + 1);
    }
}

/// LemonLDAP::NG does not decode Basic; another server registers a public client and then accepts none.
#[test]
fn client_rejected_at_the_exchange_registers_with_post() {
    let basic = json!({"token_endpoint_auth_method": "client_secret_basic", "client_secret": "client-secret-of-ours"});
    for stated in [json!({"token_endpoint_auth_method": "none", "client_secret": "unused"}), basic] {
        let provider = registering(&[]);
        provider.change_registration(move |client| {
            let is_public = client["token_endpoint_auth_method"] == "none";
            let more = if is_public { stated.clone() } else { json!({"client_secret": "client-secret-of-ours"}) };
            client.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        });
        let invalid = Response::json(401, &json!({"error": "invalid_client", "error_description": "no"}));
        provider.respond_next(TOKEN, vec![invalid]);
        let home = Home::new();
        let mut running = home.sandbox.start(&["signin", provider.issuer()]);
        visitor::visit(&home.opened.next_url());
        running.line(|line| line.contains("`invalid_client`: no; registering a client with a secret"));
        visitor::visit(&home.opened.next_url());
        running.outcome().success();
        let last = provider.requests_to(TOKEN).remove(1);
        assert_eq!(last.form("client_secret"), Some("client-secret-of-ours"));
        assert_eq!(registered(&provider, "token_endpoint_auth_method"), ["none", "client_secret_post"]);
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
        // The method is remembered for the next client.
        provider.forget_clients();
        signed_in(&home, &provider, &["--force"]);
        assert_eq!(registered(&provider, "token_endpoint_auth_method")[2], "client_secret_post");
        let sessions = home.sandbox.run(&["status", "--json"]).success().json()["sessions"].take();
        assert_eq!(sessions.as_array().expect("a list").len(), 1, "{sessions}");
    }
}

/// modelcontextprotocol/go-sdk#1102, vercel/ai#19496.
#[test]
fn registration_is_for_the_requested_scopes() {
    let provider = registering(&[]);
    let home = Home::new();
    signed_in(&home, &provider, &["--scope", "openid user"]);
    let lacks_more = AtomicBool::new(true);
    provider.change_callback(move |callback| {
        if lacks_more.swap(false, Ordering::Relaxed) {
            callback.retain(|(name, _)| name != "code");
            callback.push(("error".to_owned(), "invalid_scope".to_owned()));
        }
    });
    let mut running = home.sandbox.start(&["signin", provider.issuer(), "--scope", "+more"]);
    visitor::visit(&home.opened.next_url());
    running.line(|line| line.contains("`invalid_scope`; registering a client for these scopes"));
    visitor::visit(&home.opened.next_url());
    running.outcome().success();
    assert_eq!(registered(&provider, "scope"), ["openid user", "openid user more"]);

    // The server does not know the scope: another registration would not help.
    provider.deny("invalid_scope", "unknown");
    home.sign_in(&[provider.issuer(), "--force", "--scope", "user"]).0.fails(2, "`invalid_scope`: unknown");
    assert_eq!(registered(&provider, "scope").len(), 2);
}

/// Keycloak lets no client choose its scopes, the MCP Python SDK only listed ones.
#[test]
fn issuer_that_rejects_scopes_registers_without() {
    for error in ["insufficient_scope", "invalid_scope"] {
        let provider = registering(&[]);
        provider.reject_registrations(move |client| (!client["scope"].is_null()).then_some(error));
        signed_in(&Home::new(), &provider, &[]);
        assert_eq!(registered(&provider, "scope"), [json!("openid profile email"), Value::Null]);
        assert_eq!(registered(&provider, "redirect_uris")[1].as_array().expect("a list").len(), 3);
    }
}

/// openai/codex#37373.
#[test]
fn echoed_redirect_uri_may_be_spelled_differently() {
    let provider = registering(&[]);
    provider.change_registration(|client| {
        for uri in client["redirect_uris"].as_array_mut().expect("a list") {
            *uri = format!("{}/", uri.as_str().expect("text").replace("http", "HTTP")).into();
        }
    });
    // The fake provider compares with what it was sent.
    signed_in(&Home::new(), &provider, &[]);
    let asked = provider.requests_to(AUTHORIZE).remove(0);
    assert!(asked.query("redirect_uri").is_some_and(|uri| uri.starts_with("http:") && uri.ends_with("/callback")));
}

/// Provider that takes metadata documents as clients, and registers clients too.
fn taking_documents() -> FakeProvider {
    let provider = FakeProvider::start();
    let endpoint = format!("{}{REGISTER}", provider.issuer());
    provider.change_metadata(move |metadata| {
        metadata["registration_endpoint"] = endpoint.clone().into();
        metadata["client_id_metadata_document_supported"] = true.into();
    });
    provider
}

const DOCUMENT: &str = "https://app.example/mycli.json";

#[test]
fn client_id_of_a_document_uses_its_redirect_uris() {
    let (provider, home) = (taking_documents(), Home::new());
    signed_in(&home, &provider, &["--client-id", DOCUMENT]);
    let asked = provider.requests_to(AUTHORIZE).pop().expect("a request");
    let document = home.sandbox.run(&["providers", "client-metadata", DOCUMENT, "--json"]).success().json();
    let uris = document["redirect_uris"].as_array().expect("a list");
    assert!(uris.iter().any(|uri| uri.as_str() == asked.query("redirect_uri")), "{asked:?}");
}

#[test]
fn metadata_document_is_the_client_where_announced() {
    let provider = taking_documents();
    for table in [
        format!("client_metadata = \"{DOCUMENT}\"\n"),
        format!("[providers.\"{}\"]\nclient_metadata = \"{DOCUMENT}\"\n", provider.issuer()),
    ] {
        let home = Home::new();
        home.sandbox.configure(&table);
        signed_in(&home, &provider, &[]);
        let asked = provider.requests_to(AUTHORIZE).pop().expect("a request");
        assert_eq!(asked.query("client_id"), Some(DOCUMENT));
        // Servers that compare ports find the one that is used.
        let document = home.sandbox.run(&["providers", "client-metadata", DOCUMENT, "--json"]).success().json();
        let uri = asked.query("redirect_uri").expect("a redirect URI");
        assert!(document["redirect_uris"].as_array().expect("a list").iter().any(|one| one == uri), "{document} {uri}");
        let exchange = provider.requests_to(TOKEN).pop().expect("a request");
        assert_eq!((exchange.form("client_id"), exchange.form("client_secret")), (Some(DOCUMENT), None));
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
        home.sandbox.run(&["signin", provider.issuer()]).success();
        assert!(registered(&provider, "client_name").is_empty());
    }
    // Not announced: the client is registered.
    let provider = registering(&[]);
    let home = Home::new();
    home.sandbox.configure(&format!("client_metadata = \"{DOCUMENT}\"\n"));
    signed_in(&home, &provider, &[]);
    assert_eq!(registered(&provider, "client_name"), ["mycli"]);
}

#[test]
fn rejected_metadata_document_registers_a_client() {
    let provider = taking_documents();
    provider.respond_next(TOKEN, vec![Response::json(401, &json!({"error": "invalid_client"}))]);
    let home = Home::new();
    home.sandbox.configure(&format!("client_metadata = \"{DOCUMENT}\"\n"));
    let mut running = home.sandbox.start(&["signin", provider.issuer()]);
    visitor::visit(&home.opened.next_url());
    running.line(|line| line.contains("because the metadata document was not accepted"));
    visitor::visit(&home.opened.next_url());
    running.outcome().success();
    assert_eq!(registered(&provider, "token_endpoint_auth_method"), ["none"]);
}

#[test]
fn printed_metadata_document_describes_a_native_public_client() {
    let home = Home::new();
    let printed = home.sandbox.run(&["providers", "client-metadata", DOCUMENT]).success();
    let document: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    assert_eq!((&document["client_id"], &document["client_name"]), (&json!(DOCUMENT), &json!("mycli")));
    assert_eq!(document["token_endpoint_auth_method"], "none");
    assert_eq!(document["redirect_uris"][0], "http://127.0.0.1/callback");
    let invalid = [
        "http://app.example/a",
        "https://app.example",
        "https://app.example/a#b",
        "https://app.example/a/../b",
        "https://me@app.example/a",
        "app.example/a",
    ];
    for url in invalid {
        home.sandbox.run(&["providers", "client-metadata", url]).ends_with(2);
        home.sandbox.configure(&format!("client_metadata = \"{url}\"\n"));
        home.sandbox.run(&["signin", "https://id.example"]).fails(2, "client_metadata");
        home.sandbox.configure("");
    }
}

/// Makes the provider a server with RFC 8414 metadata only.
fn oauth_only(provider: &FakeProvider, scopes: Value) {
    let at = |path| format!("{}{path}", provider.issuer());
    let mut metadata = json!({
        "issuer": provider.issuer(),
        "authorization_endpoint": at(AUTHORIZE),
        "token_endpoint": at(TOKEN),
        "code_challenge_methods_supported": ["S256"],
    });
    if !scopes.is_null() {
        metadata["scopes_supported"] = scopes;
    }
    provider.respond_with(DISCOVERY, Response::html(404, ""));
    provider.respond_with(OAUTH_METADATA, Response::json(200, &metadata));
}

/// authts/oidc-client-ts#1561, letta-ai/letta-code PR 4018, n8n-io/n8n#22851.
#[test]
fn oauth_only_server_gets_no_openid_and_no_id_token_is_fine() {
    for (scopes, asked_for) in [
        (Value::Null, None),
        (json!(["read", "write"]), None),
        // It lists the scope, and its tokens name nobody (FastMCP's proxy).
        (json!(["openid", "read", "offline_access"]), Some("openid profile email offline_access")),
    ] {
        let provider = FakeProvider::start();
        oauth_only(&provider, scopes);
        provider.change_tokens(|tokens| tokens["id_token"] = Value::Null);
        let home = Home::new();
        signed_in(&home, &provider, &["--client-id", "native"]);
        assert_eq!(provider.requests_to(AUTHORIZE)[0].query("scope"), asked_for);
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
        // A named account needs a known user.
        let arguments = [provider.issuer(), "--client-id", "native", "--force", "--account", "ada"];
        home.sign_in(&arguments).0.ends_with(4);
    }
}

#[test]
fn openid_provider_without_id_token_is_rejected() {
    let provider = FakeProvider::start();
    provider.change_tokens(|tokens| tokens["id_token"] = Value::Null);
    let home = Home::new();
    home.sign_in(&[provider.issuer(), "--client-id", "native"]).0.fails(1, "granted `openid` but returned no ID token");
    // Nothing else proves these.
    oauth_only(&provider, json!(["openid"]));
    let arguments = [provider.issuer(), "--client-id", "native", "--max-age", "5m"];
    home.sign_in(&arguments).0.fails(1, "granted `openid` but returned no ID token");
}
