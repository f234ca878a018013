//! Probe of a URL for its protected resource: the order of the requests, and the servers that they find.

use serde_json::{Value, json};

use super::home::Home;
use super::resource::{METADATA, World};
use crate::support::fake_provider::{AUTHORIZE, DISCOVERY, FakeProvider, REGISTER, Response, TOKEN};
use crate::support::{Outcome, visitor};

const ROOT_METADATA: &str = "/.well-known/oauth-protected-resource";
const RFC_8414: &str = "/.well-known/oauth-authorization-server";

/// Method and path of each request.
fn seen(provider: &FakeProvider) -> Vec<String> {
    provider.requests().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
}

/// Challenge of a 401.
fn challenge(header: &str) -> Response {
    Response::html(401, "").with_header("www-authenticate", header)
}

/// Signs in and accepts the authorization server; returns what the terminal showed.
fn agree(home: &Home, address: &str) -> Outcome {
    let mut running = home.sandbox.start_on_terminal(&format!("signin {address}"));
    running.line(|line| line.contains("Number (1-"));
    running.write_stdin("1\n");
    visitor::visit(&home.opened.next_url());
    running.outcome()
}

impl World {
    /// Only POST has the challenge.
    fn post_only(&self, get: Response, header: &str) {
        self.resource.respond_with("GET /mcp", get);
        self.resource.respond_with("POST /mcp", challenge(header));
    }
}

/// ganhammar/hass-mcp-server#71.
#[test]
fn challenge_of_post_leads_to_the_right_server() {
    for get in [405, 404, 400, 406, 200] {
        let world = World::new();
        let other = json!({"resource": world.resource.issuer(), "authorization_servers": ["https://other.example"]});
        world.resource.respond_with(ROOT_METADATA, Response::json(200, &other));
        world.resource.respond_normally(METADATA);
        let document = json!({"resource": world.address(), "authorization_servers": [world.server.issuer()]});
        world.resource.respond_with("/meta", Response::json(200, &document));
        world.post_only(Response::html(get, ""), "Bearer resource_metadata=\"/meta\", scope=\"mcp:one\"");
        println!("{get}");
        agree(&world.home, &world.address()).success();
        assert_eq!(world.scope().as_deref(), Some("mcp:one"));
        assert!(world.resource.requests_to(ROOT_METADATA).is_empty(), "the challenge names other metadata");
        let ping = world.resource.requests().into_iter().find(|asked| asked.method == "POST").expect("a ping");
        let body: Value = serde_json::from_str(&ping.body).expect("JSON");
        assert_eq!((&body["jsonrpc"], &body["method"]), (&json!("2.0"), &json!("ping")));
        assert_eq!(ping.header("accept"), Some("application/json, text/event-stream"));
        assert_eq!(ping.header("authorization"), None);
    }
}

/// Only the URL with a slash answers, as behind a mounted Starlette application (python-sdk#732).
#[test]
fn resource_may_redirect_to_its_slash() {
    let world = World::new();
    world.resource.respond_normally(METADATA);
    let document = json!({"resource": world.address(), "authorization_servers": [world.server.issuer()]});
    world.resource.respond_with("/meta", Response::json(200, &document));
    world.resource.respond_with("/mcp", Response::html(307, "").with_header("location", "/mcp/"));
    world.resource.respond_with("GET /mcp/", Response::html(405, ""));
    world.resource.respond_with("POST /mcp/", challenge("Bearer resource_metadata=\"/meta\""));
    let outcome = agree(&world.home, &world.address()).success();
    assert!(outcome.stderr.contains(&format!("`{0}` redirects to {0}/", world.address())), "{}", outcome.stderr);
    world.resource.respond_with("POST /mcp/", Response::json(200, &json!({})));
    world.home.sandbox.run(&["status", &world.address(), "--check"]).success();
    let asked = world.resource.requests_to("/mcp/").pop().expect("asked with the token");
    assert!(asked.header("authorization").is_some_and(|value| value.starts_with("Bearer ")), "{asked:?}");
}

#[test]
fn at_most_five_requests_precede_the_browser() {
    for post_only in [false, true] {
        let world = World::new();
        world.configure();
        world.server.move_metadata(RFC_8414);
        if post_only {
            world.post_only(Response::html(405, ""), "Bearer scope=\"mcp:read\"");
        }
        world.sign_in(&[]).success();
        let mut expected = vec![format!("GET {METADATA}"), "GET /mcp".to_owned()];
        if post_only {
            expected.push("POST /mcp".to_owned());
        }
        assert_eq!(seen(&world.resource), expected);
        let before: Vec<_> = seen(&world.server).into_iter().take_while(|asked| !asked.ends_with(AUTHORIZE)).collect();
        assert_eq!(before, [format!("GET {RFC_8414}"), format!("POST {REGISTER}")]);
    }
}

#[test]
fn post_is_sent_only_if_get_leaves_the_challenge_open() {
    // GET says enough, or nothing that a POST could complete.
    for get in [challenge("Bearer"), Response::html(403, ""), Response::redirect("/elsewhere"), Response::html(410, "")]
    {
        let world = World::new();
        world.configure();
        world.resource.respond_with("/mcp", get);
        world.sign_in(&[]).success();
        assert!(world.resource.requests().iter().all(|asked| asked.method == "GET"));
    }
    // The setting forbids it.
    let world = World::new();
    let (address, issuer) = (world.address(), world.server.issuer());
    world.post_only(Response::html(405, ""), "Bearer scope=\"mcp:one\"");
    world.home.sandbox.configure(&format!("[providers.\"{address}\"]\nissuer = \"{issuer}\"\nprobe = \"get\"\n"));
    world.sign_in(&[]).success();
    assert_eq!(world.scope().as_deref(), Some("mcp:read"), "the scopes of the metadata");
    assert!(world.resource.requests().iter().all(|asked| asked.method == "GET"));
    // An OpenID provider is not asked.
    let provider = FakeProvider::start();
    Home::new().sign_in(&[provider.issuer(), "--client-id", "native"]).0.success();
    assert!(provider.requests_to("/").iter().all(|asked| asked.method == "GET"));
}

#[test]
fn event_stream_of_get_is_not_awaited() {
    let world = World::new();
    world.configure();
    world.post_only(Response::EventStream, "Bearer scope=\"mcp:one\"");
    let started = std::time::Instant::now();
    world.sign_in(&[]).success();
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(world.scope().as_deref(), Some("mcp:one"));
}

#[test]
fn check_posts_only_for_sessions_that_speak_mcp() {
    let world = World::new();
    world.configure();
    world.post_only(Response::html(405, ""), "Bearer");
    world.sign_in(&[]).success();
    let check = || world.home.sandbox.run(&["status", &world.address(), "--check"]);
    // Only POST tells that the token is rejected.
    check().fails(3, "the resource rejected the access token");
    world.resource.respond_with("POST /mcp", Response::json(400, &json!({"error": "no session"})));
    check().success();
    let ping = world.resource.requests().pop().expect("a ping");
    assert_eq!(ping.method, "POST");
    assert!(ping.header("authorization").is_some_and(|value| value.starts_with("Bearer access-secret-")));

    let world = World::signed_in();
    world.resource.respond_with("/mcp", Response::html(405, ""));
    world.home.sandbox.run(&["status", &world.address(), "--check"]).success();
    assert!(world.resource.requests().iter().all(|asked| asked.method == "GET"));
}

/// Authorization servers of the MCP Python SDK at the root, which are the resource too.
#[test]
fn issuer_that_is_a_resource_too_is_one() {
    for (typed, own) in [("", ""), ("/", ""), ("", "/"), ("/", "/")] {
        println!("typed {typed:?}, own {own:?}");
        let provider = FakeProvider::start();
        provider.register_clients();
        let root = provider.issuer().to_owned();
        let issuer = format!("{root}{own}");
        let endpoint = format!("{root}{REGISTER}");
        provider.change_metadata({
            let issuer = issuer.clone();
            move |metadata| {
                metadata["issuer"] = issuer.as_str().into();
                metadata["registration_endpoint"] = endpoint.as_str().into();
            }
        });
        provider.set_callback("iss", Some(&issuer));
        provider.move_metadata(RFC_8414);
        let document = json!({"resource": issuer, "authorization_servers": [issuer], "scopes_supported": ["user"]});
        provider.respond_with(ROOT_METADATA, Response::json(200, &document));
        provider.respond_with("/", challenge(&format!("Bearer resource_metadata=\"{root}{ROOT_METADATA}\"")));
        // The user names the server, so there is no question.
        let home = Home::new();
        home.sign_in(&[&format!("{root}{typed}")]).0.success();
        let asked = provider.requests_to(AUTHORIZE).pop().expect("a request");
        assert_eq!((asked.query("resource"), asked.query("scope")), (Some(issuer.as_str()), Some("user")));
        home.sandbox.run(&["token", &root]).success();
    }
}

/// atlassian/atlassian-mcp-server#148, can1357/oh-my-pi PR 3552, code-yeongyu/oh-my-openagent#2673.
#[test]
fn resource_without_metadata_uses_the_server_at_the_root() {
    let older = |header: &str| {
        let provider = FakeProvider::start();
        provider.register_clients();
        provider.respond_with("/v1/mcp", challenge(header));
        let address = format!("{}/v1/mcp", provider.issuer());
        (provider, address)
    };
    let (provider, address) = older("Bearer error=\"invalid_token\"");
    let home = Home::new();
    let said = agree(&home, &address).success().stderr;
    assert!(said.contains(&format!("sends you to {}", provider.issuer().trim_start_matches("http://"))), "{said}");
    home.sandbox.run(&["token", &address, "--force-refresh"]).success();
    for asked in provider.requests_to(AUTHORIZE).into_iter().chain(provider.requests_to(TOKEN)) {
        assert_eq!((asked.query("resource"), asked.form("resource")), (None, None), "older than resource indicators");
    }

    // No metadata at all: the paths of 2025-03-26.
    let (provider, address) = older("Bearer");
    provider.respond_with(DISCOVERY, Response::html(404, "none"));
    provider.set_callback("iss", None);
    agree(&Home::new(), &address).success();
    assert_eq!(provider.requests_to(REGISTER).len(), 1);

    // Without a challenge for OAuth there is nothing to sign in to.
    for header in ["Basic realm=\"x\"", "Negotiate"] {
        let (provider, address) = older(header);
        Home::new().sandbox.run(&["signin", &address]).fails(2, "neither an issuer nor a protected resource");
        assert!(provider.requests_to(REGISTER).is_empty());
    }
}

/// atlassian/atlassian-mcp-server#148: the document at the root is that of another issuer.
#[test]
fn copied_metadata_leads_to_its_own_issuer() {
    let world = World::new();
    let metadata = json!({
        "issuer": world.server.issuer(),
        "authorization_endpoint": format!("{}/evil", world.resource.issuer()),
        "token_endpoint": format!("{}/evil", world.resource.issuer()),
    });
    world.challenge("Bearer");
    world.resource.respond_normally(METADATA);
    world.resource.respond_with(DISCOVERY, Response::html(404, "none"));
    world.resource.respond_with(RFC_8414, Response::json(200, &metadata));
    let said = agree(&world.home, &world.address()).success().stderr;
    assert!(said.contains(&format!("({})", world.server.issuer())), "{said}");
    assert!(world.resource.requests_to("/evil").is_empty(), "only the issuer's own metadata counts");
    assert_eq!(world.server.requests_to(AUTHORIZE).len(), 1);
}

/// Dibix #128, ganhammar/hass-mcp-server#71.
#[test]
fn unusable_metadata_url_falls_back_to_the_well_known_ones() {
    for named in ["http://evil.example/x", "http://127.0.0.1:1/x", "/gone", "//", "x y", "file:///etc/passwd"] {
        for place in [METADATA, ROOT_METADATA] {
            let world = World::new();
            world.configure();
            world.challenge(&format!("Bearer resource_metadata=\"{named}\""));
            world.resource.respond_normally(METADATA);
            let document = json!({"resource": world.address(), "authorization_servers": [world.server.issuer()]});
            world.resource.respond_with(place, Response::json(200, &document));
            println!("{named} {place}");
            world.sign_in(&[]).success();
        }
    }
}

#[test]
fn metadata_at_another_origin_is_asked_about_once() {
    let foreign = |resource: &dyn Fn(&World) -> String| {
        let (world, host) = (World::new(), FakeProvider::start());
        world.resource.respond_normally(METADATA);
        let document = json!({"resource": resource(&world), "authorization_servers": [world.server.issuer()]});
        host.respond_with("/meta", Response::json(200, &document));
        world.challenge(&format!("Bearer resource_metadata=\"{}/meta\"", host.issuer()));
        (world, host)
    };
    let (world, host) = foreign(&World::address);
    let shown = format!("has its metadata at {}", host.issuer().trim_start_matches("http://"));
    world.home.run_without_browser(&["signin", &world.address()]).fails(2, &shown);
    let said = agree(&world.home, &world.address()).success().stderr;
    assert!(said.contains(&shown) && said.matches("Number (1-").count() == 1, "{said}");
    world.sign_in(&["--force"]).success();

    // The document must still be for the address.
    let (world, host) = foreign(&|world| format!("{}/other", world.resource.issuer()));
    world.configure();
    world.home.sandbox.run(&["signin", &world.address()]).fails(1, "is for resource");
    assert!(world.home.opened.is_empty());
    drop(host);
}
