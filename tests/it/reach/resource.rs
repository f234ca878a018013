//! Sign-in to a protected resource (RFC 9728, RFC 8707) of which only the URL is known.

use serde_json::{Value, json};

use super::home::Home;
use crate::support::fake_provider::{AUTHORIZE, FakeProvider, Response, TOKEN, USERINFO};
use crate::support::oidc_provider::OidcProvider;
use crate::support::servers::Server;
use crate::support::{Outcome, browser, visitor};

pub(super) const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

/// Resource, its authorization server, and a home that knows neither.
pub(super) struct World {
    pub(super) home: Home,
    pub(super) server: FakeProvider,
    pub(super) resource: FakeProvider,
}

impl World {
    pub(super) fn new() -> Self {
        let (server, resource) = (FakeProvider::start(), FakeProvider::start());
        server.register_clients();
        let world = Self { home: Home::new(), server, resource };
        world.challenge(&format!("Bearer resource_metadata=\"{}{METADATA}\"", world.resource.issuer()));
        world.describe(|_| {});
        world
    }

    /// `http://127.0.0.1:PORT/mcp`.
    pub(super) fn address(&self) -> String {
        format!("{}/mcp", self.resource.issuer())
    }

    pub(super) fn challenge(&self, header: &str) {
        self.resource.respond_with("/mcp", Response::html(401, "").with_header("www-authenticate", header));
    }

    /// Serves the resource metadata with a change.
    pub(super) fn describe(&self, change: impl Fn(&mut Value)) {
        let mut metadata = json!({
            "resource": self.address(),
            "authorization_servers": [self.server.issuer()],
            "scopes_supported": ["mcp:read"],
        });
        change(&mut metadata);
        self.resource.respond_with(METADATA, Response::json(200, &metadata));
    }

    /// Configures the authorization server.
    pub(super) fn configure(&self) {
        let (address, issuer) = (self.address(), self.server.issuer());
        self.home.sandbox.configure(&format!("[providers.\"{address}\"]\nissuer = \"{issuer}\"\n"));
    }

    /// Signs in on a terminal, including the browser, and chooses the server of this number.
    pub(super) fn agree(&self, number: usize, flags: &str) -> Outcome {
        let mut running = self.home.sandbox.start_on_terminal(&format!("signin {} {flags}", self.address()));
        running.line(|line| line.contains("Number (1-"));
        running.write_stdin(&format!("{number}\n"));
        visitor::visit(&self.home.opened.next_url());
        running.outcome()
    }

    pub(super) fn sign_in(&self, flags: &[&str]) -> Outcome {
        self.home.sign_in(&[&[self.address().as_str()], flags].concat()).0
    }

    /// World with a configured server and a session.
    pub(super) fn signed_in() -> Self {
        let world = Self::new();
        world.configure();
        world.sign_in(&[]).success();
        world
    }

    /// Scope of the last authorization request.
    pub(super) fn scope(&self) -> Option<String> {
        self.server.requests_to(AUTHORIZE).last().expect("a request").query("scope").map(str::to_owned)
    }
}

#[test]
fn server_is_confirmed_once_and_requests_name_the_resource() {
    let world = World::new();
    world.agree(1, "").success();
    let address = world.address();
    let token = world.home.sandbox.run(&["token", &address]).success().stdout;
    assert!(token.starts_with("access-secret-"), "{token}");
    world.home.sandbox.run(&["token", &address, "--force-refresh"]).success();
    // The session proves the confirmation; the user confirms only once.
    world.sign_in(&["--force"]).success();
    assert_eq!(world.server.requests_to(AUTHORIZE).len(), 2);
    for asked in world.server.requests_to(AUTHORIZE) {
        assert_eq!(asked.query("resource"), Some(address.as_str()));
    }
    let grants = world.server.requests_to(TOKEN);
    assert_eq!(grants.len(), 3);
    assert!(grants.iter().all(|asked| asked.form("resource") == Some(address.as_str())), "{grants:?}");
    assert!(world.server.requests_to(USERINFO).is_empty(), "a token for the resource goes to the resource only");
    assert!(world.resource.requests().iter().all(|asked| asked.header("authorization").is_none()));
    world.home.sandbox.run(&["signin", &address]).success();
}

/// Nobody accepted the server yet, so that it gets neither the client nor its secret.
#[test]
fn providers_test_checks_a_resource_and_its_server() {
    let world = World::new();
    let checks = |code: i32| {
        let outcome = world.home.sandbox.run(&["providers", "test", &world.address(), "--json"]).ends_with(code);
        let checks = outcome.json()["checks"].as_array().expect("a list").clone();
        let named = |check: &Value| (check["name"].as_str().expect("a name").to_owned(), check["ok"].clone());
        (checks.iter().map(named).collect::<Vec<_>>(), outcome.stdout)
    };
    let expected = |more: &[(&str, Value)]| {
        let first = [("resource", json!(true)), ("endpoints", json!(true))];
        first.iter().chain(more).map(|(name, ok)| ((*name).to_owned(), ok.clone())).collect::<Vec<_>>()
    };
    let (found, text) = checks(0);
    assert_eq!(found, expected(&[("client", Value::Null)]));
    assert!(text.contains(&format!("asks if you accept {}", world.server.issuer())), "{text}");
    assert!(world.server.requests_to(AUTHORIZE).is_empty() && world.server.requests_to("/register").is_empty());
    world.configure();
    assert!(checks(0).1.contains("the first sign-in registers one"));
    let own = format!("issuer = \"{}\"\nclient_id = \"native\"\n", world.server.issuer());
    world.home.sandbox.configure(&format!("[providers.\"{}\"]\n{own}", world.address()));
    world.server.respond_with(AUTHORIZE, Response::html(200, "<h1>Sign in</h1>"));
    assert_eq!(checks(0).0, expected(&[("redirect URI", Value::Null), ("client authentication", json!(true))]));
    assert_eq!(world.scope().as_deref(), Some("mcp:read"));
    // A typed URL that is neither.
    world.home.sandbox.configure("");
    world.resource.respond_with(METADATA, Response::html(404, ""));
    world.resource.respond_with("/mcp", Response::html(404, ""));
    assert_eq!(checks(1).0, [("endpoints".to_owned(), json!(false))]);
    assert!(world.home.opened.is_empty());
}

/// modelcontextprotocol/go-sdk#1102: the server grants only the scopes that the client was registered for.
#[test]
fn registration_is_for_the_scopes_of_the_resource() {
    let world = World::signed_in();
    let registration = &world.server.requests_to("/register")[0];
    let document: Value = serde_json::from_str(&registration.body).expect("JSON");
    assert_eq!((document["scope"].as_str(), world.scope().as_deref()), (Some("mcp:read"), Some("mcp:read")));
}

/// anthropics/claude-code#73460, punkpeye/mcp-remote#217: Entra ID rejects the parameter.
#[test]
fn resource_parameter_can_be_left_out() {
    let world = World::new();
    world.configure();
    world.server.deny("invalid_target", "AADSTS9010010: The resource parameter does not match the scopes.");
    let (address, issuer) = (world.address(), world.server.issuer());
    world.sign_in(&[]).fails(2, &format!("hint: mycli signin {address} --no-resource"));
    world.server.change_callback(|_| {});
    let before = world.server.requests().len();
    world.sign_in(&["--no-resource"]).success();
    world.home.sandbox.run(&["token", &address, "--force-refresh"]).success();
    world.sign_in(&["--resource", "", "--force"]).success();
    let table = format!("[providers.\"{address}\"]\nissuer = \"{issuer}\"\nresource = \"\"\n");
    world.home.sandbox.configure(&table);
    world.sign_in(&["--force"]).success();
    world.home.sandbox.run(&["signin", &address]).success();
    for asked in &world.server.requests()[before..] {
        assert!(asked.query("resource").is_none() && asked.form("resource").is_none(), "{asked:?}");
    }
    assert_eq!(world.home.sandbox.run(&["token", &address]).success().stderr, "");
}

#[test]
fn added_scopes_join_those_of_the_resource() {
    let world = World::new();
    world.configure();
    world.sign_in(&["--scope", "+extra"]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read extra"));
    world.describe(|metadata| metadata["scopes_supported"] = json!(["mcp:read", "mcp:new"]));
    world.home.sandbox.run(&["signin", &world.address(), "--scope", "+extra"]).success();
    world.sign_in(&["--scope", "+more"]).success();
    let scopes = world.scope().expect("scopes");
    for scope in ["mcp:read", "extra", "more"] {
        assert!(scopes.split(' ').any(|one| one == scope), "{scopes}");
    }
    world.sign_in(&["--scope", ""]).success();
    assert_eq!(world.scope(), None);
}

#[test]
fn single_server_is_a_yes_no_question() {
    let world = World::new();
    let mut running = world.home.sandbox.start_on_terminal(&format!("signin {}", world.address()));
    running.line(|line| line.contains("sends you to") && line.contains("to sign in. Continue?"));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("2\n");
    running.outcome().ends_with(4);
    assert!(world.home.opened.is_empty() && world.server.requests().is_empty(), "{:?}", world.server.requests());
}

#[test]
fn cancelled_confirmation_signs_in_nowhere() {
    let world = World::new();
    let mut running = world.home.sandbox.start_on_terminal(&format!("signin {}", world.address()));
    running.line(|line| line.contains("Number (1-"));
    running.write_stdin("\n");
    running.outcome().ends_with(130);
    assert!(world.home.opened.is_empty() && world.server.requests().is_empty(), "{:?}", world.server.requests());
}

#[test]
fn without_a_prompt_the_hint_is_a_working_command() {
    let world = World::new();
    let (address, issuer) = (world.address(), world.server.issuer());
    let stderr = world.home.run_without_browser(&["signin", &address]).fails(2, "which you must accept first").stderr;
    assert!(world.server.requests().is_empty(), "not confirmed");
    assert!(stderr.contains(&format!("hint: mycli signin {address} --trust {issuer}\n")), "{stderr}");
    world.sign_in(&["--trust", issuer]).success();
    world.home.sandbox.run(&["token", &address]).success();
}

#[test]
fn token_is_printed_only_for_its_resource() {
    let world = World::signed_in();
    let (address, origin) = (world.address(), world.resource.issuer());
    let authority = origin.trim_start_matches("http://");
    world.home.sandbox.run(&["token", &address]).success();
    world.home.sandbox.run(&["token", &format!("{address}/")]).success();
    for other in [
        origin.to_owned(),
        format!("{origin}/mcp2"),
        format!("{origin}/MCP"),
        format!("{origin}/mcp/x"),
        format!("{origin}/%6Dcp"),
        format!("{origin}/mcp%2F"),
        format!("{origin}/mcp/../other"),
        format!("{origin}0/mcp").replace(":0", ":1"),
        format!("https://{authority}/mcp"),
        format!("https://{}.evil.example/mcp", authority.replace(':', "-")),
        address.replace("127.0.0.1", "localhost"),
        address.replace("127.0.0.1", "127.0.0.2"),
        world.server.issuer().to_owned(),
    ] {
        let outcome = world.home.sandbox.run(&["token", &other]);
        println!("{other}: {}", outcome.stderr);
        assert!(outcome.code == 2 || outcome.code == 3, "{other}");
        assert_eq!(outcome.stdout, "", "{other}");
    }
    world.home.sandbox.run(&["token", &format!("http://{authority}@evil.example/mcp")]).fails(2, "user name");
    world.home.sandbox.run(&["token", &format!("{address}?x=1")]).fails(2, "query");
    world.home.sandbox.run(&["token", &format!("{address}#x")]).fails(2, "fragment");
}

#[test]
fn allow_rules_apply_to_resources() {
    for (rules, scope, code) in [
        // Without `openid` the user stays unknown, and `allow` rejects an unknown user.
        ("\"ada\"", "mcp:read", 4),
        ("\"subject-1\"", "openid", 0),
        ("\"bob\"", "openid", 4),
        ("\"groups=dev\"", "openid", 0),
        ("\"groups=admins\"", "openid", 4),
    ] {
        println!("{rules} {scope}");
        let world = World::new();
        let (address, issuer) = (world.address(), world.server.issuer());
        world.home.sandbox.configure(&format!("[providers.\"{address}\"]\nissuer = \"{issuer}\"\nallow = [{rules}]\n"));
        world.server.change_id_token(|token| token.claims["groups"] = json!(["dev"]));
        world.sign_in(&["--scope", scope]).ends_with(code);
        world.home.sandbox.run(&["token", &address]).ends_with(if code == 0 { 0 } else { 3 });
    }
}

#[test]
fn resource_flag_cannot_name_another_resource() {
    let world = World::new();
    let (address, issuer) = (world.address(), world.server.issuer());
    let sign_in = |resource: &str| world.home.run_without_browser(&["signin", &address, "--resource", resource]);
    sign_in("https://other.example/api").fails(2, "no other resource can be requested");
    assert!(world.server.requests().is_empty());
    // Naming the same resource twice is no conflict, and still needs a confirmation.
    sign_in(&address).fails(2, "which you must accept first");
    // With an issuer, a resource is a key of its own, and the session is not one of the URL.
    world.home.sandbox.configure(&format!(
        "[providers.api]\nissuer = \"{issuer}\"\nclient_id = \"native\"\nresource = \"{address}\"\nscopes = [\"mcp:read\"]\n"
    ));
    world.home.sign_in(&["api"]).0.success();
    world.home.sandbox.run(&["token", "api"]).success();
    world.home.sandbox.run(&["token", &address]).fails(3, "not signed in");
    world.home.sandbox.run(&["token", issuer]).fails(3, "not signed in");
}

#[test]
fn token_for_an_origin_is_still_per_resource_url() {
    let world = World::new();
    let origin = world.resource.issuer().to_owned();
    world.describe(move |metadata| metadata["resource"] = origin.as_str().into());
    world.configure();
    world.sign_in(&[]).success();
    let resource = Some(world.resource.issuer().to_owned());
    world.home.sandbox.run(&["token", &world.address(), "--force-refresh"]).success();
    for asked in world.server.requests_to(TOKEN) {
        assert_eq!(
            asked.form("resource").map(str::to_owned),
            resource,
            "the identifier is sent as the metadata has it"
        );
        let times = asked.form.iter().filter(|(name, _)| name == "resource").count();
        assert_eq!(times, 1);
    }
    world.home.sandbox.run(&["token", world.resource.issuer()]).fails(3, "not signed in");
}

#[test]
fn scopes_come_from_challenge_then_metadata() {
    let place = |world: &World| format!("resource_metadata=\"{}{METADATA}\"", world.resource.issuer());
    let world = World::new();
    world.configure();
    world.sign_in(&[]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read"));

    world.challenge(&format!("Bearer {}, scope=\"mcp:one mcp:two\"", place(&world)));
    world.sign_in(&["--force"]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:one mcp:two"));
    world.sign_in(&["--force", "--scope", "mcp:mine"]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:mine"));

    let world = World::new();
    world.configure();
    world.describe(|metadata| metadata["scopes_supported"] = Value::Null);
    world.sign_in(&[]).success();
    assert_eq!(world.scope(), None);

    // Requests `offline_access` if the server offers it.
    let world = World::new();
    let endpoint = format!("{}/register", world.server.issuer());
    world.server.change_metadata(move |metadata| {
        metadata["registration_endpoint"] = endpoint.as_str().into();
        metadata["scopes_supported"] = json!(["offline_access", "everything"]);
    });
    world.configure();
    world.sign_in(&[]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read offline_access"));
}

#[test]
fn missing_scope_is_added_to_the_granted() {
    let world = World::signed_in();
    let address = world.address();
    world.sign_in(&["--scope", "+mcp:write"]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read mcp:write"));
    world.home.sandbox.run(&["signin", &address, "--scope", "+mcp:write"]).success();
    world.home.sandbox.run(&["signin", &address]).success();
    assert_eq!(world.server.requests_to(AUTHORIZE).len(), 2, "what is granted is not asked for again");
    let sessions = world.home.sandbox.run(&["status", "--json"]).json()["sessions"].take();
    assert_eq!(sessions.as_array().expect("a list").len(), 1);
    assert_eq!(sessions[0]["scopes"], json!(["mcp:read", "mcp:write"]));
}

#[test]
fn status_check_names_the_missing_scope() {
    let world = World::signed_in();
    let address = world.address();
    let check = || world.home.sandbox.run(&["status", &address, "--check"]);
    let page = |status, header: &str| {
        world.resource.respond_with("/mcp", Response::html(status, "").with_header("www-authenticate", header));
    };
    // The resource accepts the token, and requires another method.
    world.resource.respond_with("/mcp", Response::html(405, "post, please"));
    check().success();
    let shown = world.resource.requests_to("/mcp").pop().expect("it was asked");
    assert!(shown.header("authorization").is_some_and(|value| value.starts_with("Bearer access-secret-")), "{shown:?}");

    page(403, "Bearer error=\"insufficient_scope\", scope=\"mcp:read mcp:write admin\"");
    let stderr = check().fails(3, "the resource also requires `mcp:write`, `admin`").stderr;
    let command = format!("mycli signin {address} --scope +mcp:write,+admin");
    assert!(stderr.contains(&command), "{stderr}");
    world.challenge(&format!("Bearer resource_metadata=\"{}{METADATA}\"", world.resource.issuer()));
    world.sign_in(&["--scope", "+mcp:write,+admin"]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read mcp:write admin"));

    page(403, "Bearer error=\"insufficient_scope\"");
    check().fails(3, "requires more scopes but does not name them");
    page(403, "");
    check().fails(6, "403");
    page(401, "Bearer error=\"invalid_token\"");
    check().fails(3, "the resource rejected the access token");
    world.resource.respond_with("/mcp", Response::html(502, "later"));
    check().fails(6, "502");
    world.resource.respond_with("/mcp", Response::redirect("https://evil.example/"));
    check().fails(6, "302");
    assert!(world.server.requests_to(USERINFO).is_empty(), "a token for the resource goes to the resource only");
}

#[test]
fn metadata_without_a_challenge_is_at_well_known_urls() {
    for (challenge, place) in
        [("Bearer", METADATA), ("Bearer realm=\"x\"", "/.well-known/oauth-protected-resource"), ("", METADATA)]
    {
        let world = World::new();
        world.configure();
        world.resource.respond_normally(METADATA);
        match challenge {
            "" => world.resource.respond_with("/mcp", Response::html(405, "post, please")),
            header => world.challenge(header),
        }
        let metadata = json!({"resource": world.resource.issuer(), "authorization_servers": [world.server.issuer()]});
        world.resource.respond_with(place, Response::json(200, &metadata));
        world.sign_in(&[]).success();
    }
}

#[test]
fn user_or_configuration_chooses_the_server() {
    let world = World::new();
    let other = "https://other.example/tenant";
    let issuer = world.server.issuer().to_owned();
    world.describe(move |metadata| metadata["authorization_servers"] = json!([other, issuer]));
    world.agree(2, "").success();

    let world = World::new();
    world.home.sandbox.configure(&format!("[providers.\"{}\"]\nissuer = \"{other}\"\n", world.address()));
    world.home.sandbox.run(&["signin", &world.address()]).fails(1, "is configured for the issuer");
}

/// github/copilot-cli#4606, NousResearch/hermes-agent#95508, anomalyco/opencode#50036, openai/codex#37373.
#[test]
fn trailing_slash_of_the_issuer_is_not_compared() {
    for (named, own, pinned) in [("/", "", ""), ("", "/", ""), ("", "/", "/"), ("/", "", "/"), ("/", "/", "")] {
        println!("named {named:?}, own {own:?}, pinned {pinned:?}");
        let world = World::new();
        let issuer = world.server.issuer().to_owned();
        let own = format!("{issuer}{own}");
        world.describe(|metadata| metadata["authorization_servers"] = json!([format!("{issuer}{named}")]));
        let (endpoint, spelled) = (format!("{}/register", world.server.issuer()), own.clone());
        world.server.change_metadata(move |metadata| {
            metadata["registration_endpoint"] = endpoint.as_str().into();
            metadata["issuer"] = spelled.as_str().into();
        });
        world.server.set_callback("iss", Some(&own));
        let address = world.address();
        let table = format!("[providers.\"{address}\"]\nissuer = \"{issuer}{pinned}\"\n");
        world.home.sandbox.configure(&table);
        world.sign_in(&[]).success();
        assert_eq!(world.home.sandbox.run(&["status", "--json"]).json()["sessions"][0]["issuer"], own);
        world.home.sandbox.run(&["signin", &address]).success();
        // The callback is compared whole.
        let other = if own.ends_with('/') { issuer } else { format!("{issuer}/") };
        world.server.set_callback("iss", Some(&other));
        world.sign_in(&["--force"]).fails(1, "the callback is from issuer");
    }
}

#[test]
fn international_host_is_shown_in_ascii() {
    let world = World::new();
    world.describe(|metadata| metadata["authorization_servers"] = json!(["https://аpple.example"]));
    let stderr = world.home.run_without_browser(&["signin", &world.address()]).fails(2, "xn--pple-43d.example").stderr;
    assert!(!stderr.contains("аpple"), "{stderr}");
}

#[test]
fn callback_of_another_server_is_rejected() {
    let world = World::new();
    world.configure();
    world.server.set_callback("iss", Some("https://evil.example"));
    world.sign_in(&[]).fails(1, "the callback is from issuer `https://evil.example`");
    assert!(world.server.requests_to(TOKEN).is_empty());
    world.server.set_callback("iss", None);
    world.sign_in(&[]).fails(1, "no `iss`");
}

/// Change to the resource, exit code, part of the message.
type Case = (fn(&World), i32, &'static str);

/// Snapshots show the other mistakes (`cmd::checks`).
#[test]
fn invalid_challenges_and_documents_open_no_browser() {
    let cases: &[Case] = &[
        (|w| w.challenge("Bearer resource_metadata=\"/a\", resource_metadata=\"/b\""), 1, "two metadata URLs"),
        (|w| w.challenge("DPoP algs=\"ES256\""), 1, "accepts only DPoP-bound tokens"),
        (|w| w.describe(|m| m["dpop_bound_access_tokens_required"] = json!(true)), 1, "accepts only DPoP-bound tokens"),
        (|w| w.resource.respond_with(METADATA, Response::html(503, "later")), 6, "503"),
        (|w| w.resource.respond_with("/mcp", Response::html(502, "later")), 6, "502"),
        (|w| w.resource.respond_with(METADATA, Response::huge(2_000_000)), 6, "127.0.0.1"),
        (|w| w.describe(|m| m["resource"] = format!("{}2", w.address()).into()), 1, "is for resource"),
        (|w| w.describe(|m| m["authorization_servers"] = json!("x")), 1, "not a list of strings"),
        (|w| w.describe(|m| m["authorization_servers"] = json!(["http://as.example"])), 1, "may use http"),
        (|w| w.server.set_metadata("code_challenge_methods_supported", json!(["plain"])), 1, "PKCE with S256"),
        (|w| w.server.set_metadata("issuer", json!("https://evil.example")), 1, "the metadata is for issuer"),
        (|w| w.server.change_metadata(|_| {}), 2, "no client ID"),
    ];
    for (spoil, code, said) in cases {
        let world = World::new();
        world.configure();
        spoil(&world);
        world.home.sandbox.run(&["signin", &world.address()]).fails(*code, said);
        assert!(world.home.opened.is_empty(), "{said}");
    }
    let world = World::new();
    world.resource.respond_normally("/mcp");
    world.resource.respond_normally(METADATA);
    world.home.sandbox.run(&["signin", &world.address()]).fails(2, "neither an issuer nor a protected resource");
}

#[test]
fn responses_other_than_metadata_are_named() {
    const ISSUER: &str = "/.well-known/openid-configuration";
    for (answer, said) in [
        (
            Response::html(200, "<!doctype html><title>Wi-Fi</title>"),
            "received a web page instead (from a captive portal",
        ),
        (Response::redirect("http://127.0.0.1/"), "received a redirect to `http://127.0.0.1/`, which"),
        (Response::html(503, "later"), "returned 503"),
    ] {
        let world = World::new();
        let issuer = world.resource.issuer();
        for place in ["/", ISSUER, "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"] {
            world.resource.respond_with(place, answer.clone());
        }
        let stderr = world.home.sandbox.run(&["signin", issuer]).fails(6, said).stderr;
        assert!(!stderr.contains("challenge"), "{stderr}");
        world.resource.respond_with("/", Response::html(404, "no"));
        world.home.sandbox.run(&["signin", issuer]).fails(6, said);
    }
}

/// Response of a real MCP server to a message with this header.
fn mcp(url: &str, header: &str, method: &str, params: Value) -> visitor::Response {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (name, value) = header.split_once(": ").expect("a header");
    visitor::post_json(url, &[("accept", "application/json, text/event-stream"), (name, value)], &message)
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn real_mcp_server_accepts_the_token_unconfigured() {
    let provider = OidcProvider::start(&json!({ "registration": true, "resources": ["*"] }));
    let server = Server::start("mcp.mjs", &json!({ "issuer": provider.issuer() }));
    let url = server.greeting["url"].as_str().expect("a URL");
    let home = Home::new();
    let plan = json!({ "steps": browser::sign_in_as("ada"), "until": "/done" });
    let header = |flags: &[&str]| {
        let stdout = home.sandbox.run(&[&["token", url, "--header"], flags].concat()).success().stdout;
        stdout.trim_end().to_owned()
    };
    let tools = |url: &str, header: &str| mcp(url, header, "tools/list", json!({}));
    assert_eq!(tools(url, "Authorization: Bearer x").status, 401);

    let mut running = home.sandbox.start_on_terminal(&format!("signin {url}"));
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("1\n");
    browser::drive(&home.opened.next_url(), &plan);
    running.outcome().success();
    let client =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let answer = mcp(url, &header(&[]), "initialize", client);
    assert!(answer.status == 200 && answer.body.contains("serverInfo"), "{} {}", answer.status, answer.body);
    for flags in [&[][..], &["--force-refresh"]] {
        let answer = tools(url, &header(flags));
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["result"]["tools"][0]["name"]), (200, &json!("greet")), "{flags:?} {body}");
    }

    // The server requires another scope (RFC 6750 3.1), and the user grants it.
    let write = format!("{url}/write");
    let refused = tools(&write, &header(&[]));
    assert_eq!(refused.status, 403, "{}", refused.body);
    let challenge = refused.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains("insufficient_scope") && challenge.contains("api:write"), "{challenge}");
    home.sandbox.run(&["status", url, "--check"]).success();
    let running = home.sandbox.start(&["signin", url, "--scope", "+api:write"]);
    // The server rejects the scope, because the client is registered for the first one only.
    browser::drive(&home.opened.next_url(), &json!({ "steps": [], "until": "/done" }));
    browser::drive(&home.opened.next_url(), &plan);
    running.outcome().success();
    assert_eq!(tools(&write, &header(&[])).status, 200);
    home.sandbox.run(&["token", &write]).fails(3, "not signed in");
    assert_eq!(provider.requests().iter().filter(|asked| asked.path == "/reg").count(), 2, "registered anew");
}

/// RFC 6750 3 and RFC 9470: the caller has asked already, and tells what the resource answered.
#[test]
fn challenge_of_the_caller_replaces_the_probe() {
    let world = World::signed_in();
    let asked = world.resource.requests_to("/mcp").len();
    let metadata = format!("resource_metadata=\"{}{METADATA}\"", world.resource.issuer());
    let header = format!("Bearer error=\"insufficient_scope\", scope=\"mcp:read mcp:write\", {metadata}");
    world.sign_in(&["--challenge", &header]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read mcp:write"));
    // Without `openid` nothing proves strength and age here; the request asks for them all the same.
    let header =
        format!("Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=\"300\", {metadata}");
    world.sign_in(&["--challenge", &header]).success();
    let requests = world.server.requests_to(AUTHORIZE);
    let request = requests.last().expect("a request");
    assert_eq!((request.query("acr_values"), request.query("max_age")), (Some("gold"), Some("300")));
    assert_eq!(world.resource.requests_to("/mcp").len(), asked, "no probe");
    for (header, words) in
        [("Basic realm=\"x\"", "no Bearer challenge"), ("Bearer max_age=soon", "`max_age`"), ("", "no Bearer")]
    {
        world.home.sandbox.run(&["signin", &world.address(), "--challenge", header]).fails(2, words);
    }
}
