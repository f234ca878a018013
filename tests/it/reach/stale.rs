//! What was kept is doubted when it fails: endpoints, keys and registrations that are no longer good.

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, DEVICE, DISCOVERY, FakeProvider, KEYS, REGISTER, Response, TOKEN};

const CLIENT: [&str; 2] = ["--client-id", "native"];

fn sign_in(home: &Home, provider: &FakeProvider, flags: &[&str]) -> String {
    let outcome = home.sign_in(&[&[provider.issuer()], flags].concat()).0.success();
    assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
    outcome.stderr
}

/// A provider whose metadata and keys are in the cache, and a home with a session.
fn signed_in() -> (FakeProvider, Home) {
    let (provider, home) = (FakeProvider::start(), Home::new());
    sign_in(&home, &provider, &CLIENT);
    (provider, home)
}

#[test]
fn moved_token_endpoint_is_found_during_the_exchange() {
    let (provider, home) = signed_in();
    provider.move_endpoint(TOKEN, "/v2/token");
    sign_in(&home, &provider, &["--client-id", "native", "--force"]);
    assert_eq!(provider.requests_to(AUTHORIZE).len(), 2, "the user approves once");
    let before = provider.requests_to(DISCOVERY).len();
    assert_eq!(before, 2);
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
    assert_eq!(provider.requests_to("/v2/token").len(), 2);
    assert_eq!(provider.requests_to(DISCOVERY).len(), before, "the session has the new endpoint");
}

#[test]
fn moved_token_endpoint_is_found_at_refresh() {
    let (provider, home) = signed_in();
    provider.move_endpoint(TOKEN, "/v2/token");
    for _ in 0..2 {
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
    }
    assert_eq!((provider.requests_to(DISCOVERY).len(), provider.requests_to("/v2/token").len()), (2, 2));

    // The address itself no longer responds, or names no other endpoint.
    let (provider, home) = signed_in();
    provider.respond_with(TOKEN, Response::html(404, "no such page"));
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).fails(6, "returned 404");
    assert_eq!(provider.requests_to(TOKEN).len(), 2);
}

#[test]
fn refresh_token_goes_only_to_endpoints_of_its_issuer() {
    for change in ["issuer", "token_endpoint"] {
        let (provider, home) = signed_in();
        let elsewhere = FakeProvider::start();
        provider.move_endpoint(TOKEN, "/v2/token");
        let evil = match change {
            // The metadata is for another issuer.
            "issuer" => elsewhere.issuer().to_owned(),
            // Neither https nor loopback.
            _ => "http://evil.example/token".to_owned(),
        };
        provider.set_metadata(change, evil.into());
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).fails(6, "returned 404");
        assert!(provider.requests_to("/v2/token").is_empty() && elsewhere.requests().is_empty());
    }
    // A failing or a rejecting endpoint is not a moved one.
    for response in [Response::html(503, ""), Response::json(404, &json!({"error": "invalid_client"}))] {
        let (provider, home) = signed_in();
        provider.set_metadata("token_endpoint", format!("{}/v2/token", provider.issuer()).into());
        provider.respond_with(TOKEN, response);
        assert_ne!(home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).code, 0);
        assert_eq!((provider.requests_to(DISCOVERY).len(), provider.requests_to("/v2/token").len()), (1, 0));
    }
}

/// A configured endpoint is the user's decision: the issuer named none, and gets no refresh token.
#[test]
fn configured_token_endpoint_is_not_looked_up_at_refresh() {
    let (provider, home) = (FakeProvider::start(), Home::new());
    let issuer = provider.issuer();
    home.sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{issuer}\"\nclient_id = \"native\"\ntoken_endpoint = \"{issuer}/own/token\"\n"
    ));
    provider.move_endpoint(TOKEN, "/own/token");
    home.sign_in(&["acme"]).0.success();
    let before = provider.requests_to(DISCOVERY).len();
    // The moved endpoint has the responses of the former.
    provider.respond_with(TOKEN, Response::html(404, ""));
    let elsewhere = FakeProvider::start();
    provider.set_metadata("token_endpoint", format!("{}/token", elsewhere.issuer()).into());
    home.sandbox.run(&["token", "acme", "--force-refresh"]).fails(6, "returned 404");
    assert_eq!(provider.requests_to(DISCOVERY).len(), before);
    assert!(elsewhere.requests().is_empty());
}

/// Older versions did not keep where an endpoint came from.
#[test]
fn endpoints_of_an_older_session_are_not_looked_up() {
    let (provider, home) = signed_in();
    let mut edited = 0;
    for entry in std::fs::read_dir(home.sandbox.path("home/.local/share/mycli/secrets")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        if text.contains("from_metadata") {
            std::fs::write(&path, text.replace("from_metadata", "not_known_yet")).expect("a test file");
            edited += 1;
        }
    }
    assert_eq!(edited, 1);
    provider.move_endpoint(TOKEN, "/v2/token");
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).fails(6, "returned 404");
    assert_eq!((provider.requests_to(DISCOVERY).len(), provider.requests_to("/v2/token").len()), (1, 0));
}

/// zitadel/oidc#480: the server restarted with another key under the same id.
#[test]
fn new_key_is_fetched_from_where_the_keys_are_now() {
    let (provider, home) = signed_in();
    provider.replace_key();
    sign_in(&home, &provider, &["--client-id", "native", "--force"]);
    assert_eq!(provider.requests_to(KEYS).len(), 2);
    provider.replace_key();
    provider.move_endpoint(KEYS, "/v2/keys");
    sign_in(&home, &provider, &["--client-id", "native", "--force"]);
    provider.replace_key();
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
    assert_eq!((provider.requests_to(KEYS).len(), provider.requests_to("/v2/keys").len()), (3, 2));
}

#[test]
fn moved_device_endpoints_are_found() {
    for moved in [DEVICE, TOKEN] {
        let (provider, home) = signed_in();
        provider.move_endpoint(moved, "/v2/endpoint");
        let arguments = ["signin", provider.issuer(), "--client-id", "native", "--device", "--no-open", "--force"];
        let stderr = home.sandbox.run(&arguments).success().stderr;
        assert!(stderr.contains("endpoints moved") == (moved == DEVICE), "{stderr}");
        home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
        assert_eq!(provider.requests_to(DISCOVERY).len(), 2);
    }
}

/// Provider that registers clients and has no endpoint to ask about them.
fn registering() -> FakeProvider {
    let provider = FakeProvider::start();
    provider.register_clients();
    provider.change_registration(|client| {
        client.as_object_mut().expect("an object").remove("registration_client_uri");
    });
    provider
}

fn registrations(provider: &FakeProvider) -> usize {
    provider.requests_to(REGISTER).len()
}

#[test]
fn moved_registration_endpoint_is_found() {
    let (provider, home) = (registering(), Home::new());
    sign_in(&home, &provider, &CLIENT);
    provider.move_endpoint(REGISTER, "/v2/register");
    sign_in(&home, &provider, &["--force"]);
    assert_eq!((registrations(&provider), provider.requests_to("/v2/register").len()), (1, 1));
}

/// supabase/mcp#355, anthropics/claude-code#84614.
#[test]
fn forgotten_client_is_seen_on_the_page_before_the_browser() {
    for (status, body) in [
        (401, json!({"error": "invalid_client"})),
        (400, json!({"error": "invalid_request", "error_description": "Client ID 'x' not found"})),
        (422, json!({"message": "Unrecognized client_id"})),
    ] {
        let (provider, home) = (registering(), Home::new());
        sign_in(&home, &provider, &[]);
        sign_in(&home, &provider, &["--force"]);
        let body = body.to_string().replace("'x'", "'client-id-1'");
        let page: Value = serde_json::from_str(&body).expect("JSON");
        provider.respond_next(AUTHORIZE, vec![Response::json(status, &page)]);
        let stderr = sign_in(&home, &provider, &["--force"]);
        assert!(stderr.contains("no longer knows the registered client"), "{stderr}");
        assert_eq!(registrations(&provider), 2);
        let sessions = home.sandbox.run(&["status", "--json"]).success().json()["sessions"].take();
        assert_eq!(sessions.as_array().expect("a list").len(), 1, "{sessions}");
    }
}

/// A new client gets the same answer, so that the check says nothing: it is not sent again, and no client is registered.
#[test]
fn answer_that_a_new_client_gets_too_says_nothing() {
    let (provider, home) = (registering(), Home::new());
    sign_in(&home, &provider, &[]);
    let refused = Response::html(400, "<h1>Unsupported browser</h1>");
    provider.respond_next(AUTHORIZE, vec![refused.clone(), refused]);
    let stderr = sign_in(&home, &provider, &["--force"]);
    assert!(stderr.contains("no longer knows the registered client"), "{stderr}");
    assert_eq!((registrations(&provider), provider.requests_to(AUTHORIZE).len()), (2, 4));
    let stderr = sign_in(&home, &provider, &["--force"]);
    assert!(!stderr.contains("registering"), "{stderr}");
    assert_eq!((registrations(&provider), provider.requests_to(AUTHORIZE).len()), (2, 5), "the browser alone");
}

/// A page of a proxy or of bot protection says nothing about the client.
#[test]
fn blocked_check_keeps_the_client() {
    let (provider, home) = (registering(), Home::new());
    sign_in(&home, &provider, &[]);
    let blocked = Response::html(403, "<script>codes = ['invalid_client']</script>");
    provider.respond_next(AUTHORIZE, vec![blocked]);
    sign_in(&home, &provider, &["--force"]);
    assert_eq!((registrations(&provider), provider.requests_to(AUTHORIZE).len()), (1, 3));
}

/// The server was restarted and has lost its memory: `signin` gets out of it without a flag.
#[test]
fn session_of_a_forgotten_client_is_not_kept() {
    let (provider, home) = (registering(), Home::new());
    sign_in(&home, &provider, &[]);
    provider.forget_clients();
    let hint = format!("signin {} --force", provider.issuer());
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).fails(2, &hint);
    let unknown = Response::json(400, &json!({"error": "invalid_client"}));
    provider.respond_next(AUTHORIZE, vec![unknown]);
    sign_in(&home, &provider, &[]);
    assert_eq!(registrations(&provider), 2);
    home.sandbox.run(&["token", provider.issuer(), "--force-refresh"]).success();
}

#[test]
fn client_is_doubted_after_a_time_out() {
    let (provider, home) = (registering(), Home::new());
    sign_in(&home, &provider, &[]);
    provider.respond_with(AUTHORIZE, Response::html(200, "<h1>Something is wrong</h1>"));
    let abandoned = ["signin", provider.issuer(), "--force", "--no-open", "--timeout", "1s"];
    home.sandbox.run(&abandoned).fails(5, "the next sign-in registers a new one");
    // A client that is known to be good is not doubted.
    provider.respond_normally(AUTHORIZE);
    sign_in(&home, &provider, &["--force"]);
    assert_eq!(registrations(&provider), 2);
    let outcome = home.sandbox.run(&abandoned).ends_with(5);
    assert!(!outcome.stderr.contains("registers"), "{}", outcome.stderr);

    // The issuer registers no other client.
    provider.respond_with(AUTHORIZE, Response::html(200, ""));
    home.sandbox.run(&abandoned).fails(5, "the next sign-in registers a new one");
    provider.respond_normally(AUTHORIZE);
    provider.respond_with(REGISTER, Response::json(403, &json!({"error": "access_denied"})));
    sign_in(&home, &provider, &["--force"]);
}
