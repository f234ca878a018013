//! Sign-ins that a check, the provider or the network ends.

use serde_json::{Value, json};

use crate::cmd::record::Record;
use crate::cmd::signin::{by_paste, forget_attempts, record_of};
use crate::support::fake_provider::{
    DISCOVERY, FakeProvider, IdToken, KEYS, REGISTER, Response, Signature, TOKEN, USERINFO,
};
use crate::support::visitor;
use crate::support::world::{World, edit_json};

/// What is wrong, and how the provider becomes so.
type Case = (&'static str, fn(&FakeProvider));

/// What is wrong with metadata, and how it becomes so.
type Metadata = (&'static str, fn(&mut Value));

/// Records a sign-in against each provider that `cases` spoil, from the response of the provider on.
fn record_each(record: &mut Record, flags: &[&str], cases: &[Case]) {
    for (case, spoil) in cases {
        let world = World::new();
        spoil(&world.provider);
        record.replace(world.provider.issuer(), "[ISSUER]").within(&world.sandbox);
        let arguments = [&["signin", "acme", "--paste"], flags].concat();
        let outcome = by_paste(&world, &arguments, str::to_owned);
        record.outcome(case, &arguments, &without_conversation(outcome));
    }
}

/// Removes the metadata that was read before.
fn forget_cache(world: &World) {
    let _ = std::fs::remove_dir_all(world.sandbox.path("home/.cache"));
}

/// The outcome from the last line of the conversation on, which other snapshots hold: here the errors count.
fn without_conversation(mut outcome: crate::support::Outcome) -> crate::support::Outcome {
    let lines: Vec<&str> = outcome.stderr.lines().skip(3).collect();
    outcome.stderr = format!("[three lines of the conversation]\n{}\n", lines.join("\n"));
    outcome
}

fn unsigned(token: &mut IdToken) {
    token.header["alg"] = json!("none");
    token.signature = Signature::Missing;
}

#[test]
fn id_token_checks() {
    let mut record = Record::new();
    record_each(
        &mut record,
        &[],
        &[
            ("wrong signature", |p| p.change_id_token(|t| t.signature = Signature::Wrong)),
            ("signed by another key", |p| p.change_id_token(|t| t.signature = Signature::OfAnother)),
            ("no signature", |p| p.change_id_token(|t| t.signature = Signature::Missing)),
            ("unknown key", |p| p.change_id_token(|t| t.header["kid"] = json!("another"))),
            ("unknown key without a name, no keys", |p| {
                p.change_id_token(|t| _ = t.header.as_object_mut().expect("it is one").remove("kid"));
                p.respond_with(KEYS, Response::json(200, &json!({"keys": []})));
            }),
            ("algorithm `none`", |p| p.change_id_token(unsigned)),
            ("symmetric algorithm", |p| p.change_id_token(|t| t.header["alg"] = json!("HS256"))),
            ("algorithm not announced", |p| p.change_id_token(|t| t.header["alg"] = json!("RS256"))),
            ("unknown algorithm", |p| p.change_id_token(|t| t.header["alg"] = json!("XY512"))),
            ("no algorithm", |p| p.change_id_token(|t| t.header["alg"] = Value::Null)),
            ("unknown extension", |p| p.change_id_token(|t| t.header["crit"] = json!(["x"]))),
            ("another issuer", |p| p.change_id_token(|t| t.claims["iss"] = json!("https://evil.example"))),
            ("another audience", |p| p.change_id_token(|t| t.claims["aud"] = json!("another"))),
            ("several audiences", |p| p.change_id_token(|t| t.claims["aud"] = json!(["native", "another"]))),
            ("another authorized party", |p| p.change_id_token(|t| t.claims["azp"] = json!("another"))),
            ("another nonce", |p| p.change_id_token(|t| t.claims["nonce"] = json!("another"))),
            ("no subject", |p| p.change_id_token(|t| t.claims["sub"] = Value::Null)),
            ("no end", |p| p.change_id_token(|t| t.claims["exp"] = Value::Null)),
            ("no time of issue", |p| p.change_id_token(|t| t.claims["iat"] = Value::Null)),
            ("expired", |p| p.change_id_token(|t| t.claims["exp"] = json!(1_000_000_000))),
            ("issued in the future", |p| p.change_id_token(|t| t.claims["iat"] = json!(9_000_000_000_u64))),
            ("not valid yet", |p| p.change_id_token(|t| t.claims["nbf"] = json!(9_000_000_000_u64))),
            ("another access token", |p| p.change_id_token(|t| t.claims["at_hash"] = json!("another"))),
            ("none", |p| p.change_tokens(|tokens| tokens["id_token"] = Value::Null)),
            ("not a token", |p| p.change_tokens(|tokens| tokens["id_token"] = json!("a.b"))),
            ("encrypted", |p| p.change_tokens(|tokens| tokens["id_token"] = json!("a.b.c.d.e"))),
            ("too long", |p| p.change_tokens(|tokens| tokens["id_token"] = "x".repeat(300_000).into())),
            ("keys away", |p| p.respond_with(KEYS, Response::html(500, ""))),
            ("keys malformed", |p| p.respond_with(KEYS, Response::html(200, "hello"))),
        ],
    );
    record_each(
        &mut record,
        &["--max-age", "5m"],
        &[
            ("no time of authentication", |_| {}),
            ("authenticated too long ago", |p| p.change_id_token(|t| t.claims["auth_time"] = json!(1_000_000_000))),
        ],
    );
    record_each(
        &mut record,
        &["--acr", "phr"],
        &[
            ("no authentication context", |_| {}),
            ("another authentication context", |p| p.change_id_token(|t| t.claims["acr"] = json!("0"))),
        ],
    );
    record.matches("check_id_token.txt");
}

#[test]
fn callback_and_account_checks() {
    let mut record = Record::new();
    record_each(
        &mut record,
        &[],
        &[
            ("another issuer", |p| p.set_callback("iss", Some("https://evil.example"))),
            ("no issuer", |p| p.set_callback("iss", None)),
            ("issuer twice", |p| p.change_callback(|all| all.push(("iss".into(), "x".into())))),
            ("code twice", |p| p.change_callback(|all| all.push(("code".into(), "x".into())))),
            ("access denied", |p| p.deny("access_denied", "the user pressed <Cancel>")),
            ("access denied by a policy", |p| p.deny("access_denied", "blocked by policy AADSTS53003")),
            ("login required", |p| p.deny("login_required", "")),
            ("consent required", |p| p.deny("consent_required", "as it is")),
            ("server error", |p| p.deny("server_error", "as it is")),
            ("temporarily unavailable", |p| p.deny("temporarily_unavailable", "")),
            ("scope rejected", |p| p.deny("invalid_scope", "as it is")),
            ("client not allowed", |p| p.deny("unauthorized_client", "as it is")),
            ("request rejected", |p| p.deny("invalid_request", "redirect_uri is not registered")),
            ("unknown code", |p| p.deny("xyzzy", "as it is")),
            ("code rejected", |p| {
                p.respond_with(
                    TOKEN,
                    Response::json(400, &json!({"error": "invalid_grant", "error_description": "used"})),
                )
            }),
            ("client rejected", |p| p.respond_with(TOKEN, Response::json(401, &json!({"error": "invalid_client"})))),
            ("token endpoint away", |p| p.respond_with(TOKEN, Response::html(500, "away"))),
            ("profile away", |p| p.respond_with(USERINFO, Response::html(500, "away"))),
            ("profile forbidden", |p| p.respond_with(USERINFO, Response::json(403, &json!({})))),
            ("profile refused", |p| p.respond_with(USERINFO, Response::json(401, &json!({})))),
            ("profile signed", |p| p.respond_with(USERINFO, Response::of_type(200, "application/jwt", "a.b.c"))),
            ("profile of another user", |p| p.respond_with(USERINFO, Response::json(200, &json!({"sub": "another"})))),
            ("fewer scopes granted", |p| p.change_tokens(|tokens| tokens["scope"] = json!("openid email"))),
        ],
    );
    record_each(&mut record, &["--account", "carol"], &[("another account", |_| {})]);
    for (case, rules) in [
        ("account not allowed", "allow = [\"carol\"]"),
        ("domain not allowed", "allow = [\"@corp.test\"]"),
        ("claim not allowed", "allow = [\"groups=ops\"]"),
    ] {
        let world = World::configured(rules);
        record.replace(world.provider.issuer(), "[ISSUER]");
        let arguments = ["signin", "acme", "--paste"];
        record.outcome(case, &arguments, &without_conversation(by_paste(&world, &arguments, str::to_owned)));
    }
    record.matches("check_callback.txt");
}

#[test]
fn discovery_failures() {
    let mut record = Record::new();
    let cases: &[Case] = &[
        ("server error", |p| p.respond_with(DISCOVERY, Response::html(500, ""))),
        ("no metadata", |p| p.respond_with(DISCOVERY, Response::html(404, ""))),
        ("a page", |p| p.respond_with(DISCOVERY, Response::html(200, "<p>sign in to the network</p>"))),
        ("a redirect", |p| p.respond_with(DISCOVERY, Response::redirect("https://elsewhere.example/"))),
        ("closed connection", |p| p.respond_with(DISCOVERY, Response::Nothing)),
        ("too large", |p| p.respond_with(DISCOVERY, Response::huge(10 << 20))),
        ("malformed", |p| p.respond_with(DISCOVERY, Response::json(200, &json!({"issuer": 7})))),
        ("another issuer", |p| p.set_metadata("issuer", json!("https://evil.example"))),
        ("token endpoint over http", |p| p.set_metadata("token_endpoint", json!("http://evil.example/t"))),
        ("no token endpoint", |p| p.set_metadata("token_endpoint", Value::Null)),
        ("no authorization endpoint", |p| p.set_metadata("authorization_endpoint", Value::Null)),
    ];
    for (case, spoil) in cases {
        let world = World::new();
        spoil(&world.provider);
        record.replace(world.provider.issuer(), "[ISSUER]");
        record.run(&world.sandbox, case, &["signin", "acme", "--no-open", "--timeout", "1s"]);
    }
    let away = FakeProvider::start().issuer().to_owned();
    let mut world = World::new();
    world.sandbox.configure(&world.table("acme", "").replace(world.provider.issuer(), &away));
    record.within(&world.sandbox).run(&world.sandbox, "connection refused", &["signin", "acme"]).ends_with(6);
    let tls = world.provider.issuer().replace("http://127.0.0.1", "https://127.0.0.1");
    world.sandbox.configure(&world.table("acme", "").replace(world.provider.issuer(), &tls));
    // The system of the tests may have no certificates.
    world.sandbox.set("SSL_CERT_FILE", crate::support::certificates::fixture("ca.pem"));
    record.run(&world.sandbox, "no TLS", &["signin", "acme"]).ends_with(6);
    record.matches("discovery_failures.txt");
}

#[test]
fn what_the_cache_replaces() {
    let world = World::new();
    let mut record = record_of(&world);
    world.provider.set_metadata("revocation_endpoint", Value::Null);
    let second = json!({"issuer": "https://other.example", "revocation_endpoint": "https://other.example/revoke"});
    world.provider.respond_with("/.well-known/oauth-authorization-server", Response::json(200, &second));
    let arguments = ["-v", "signin", "acme", "--paste", "--force"];
    record.outcome("metadata of two issuers", &arguments, &by_paste(&world, &arguments, str::to_owned).success());
    let hour_ago = chrono::Utc::now().timestamp() - 3601;
    for file in std::fs::read_dir(world.sandbox.path("home/.cache/mycli")).expect("the cache") {
        edit_json(&file.expect("ours").path(), "stored_at", hour_ago.into());
    }
    for path in [DISCOVERY, KEYS] {
        world.provider.respond_with(path, Response::html(503, "later"));
    }
    record.outcome("metadata away", &arguments, &by_paste(&world, &arguments, str::to_owned).success());
    record.run(&world.sandbox, "keys away", &["-v", "token", "acme", "--force-refresh"]).success();
    record.matches("discovery_cache.txt");
}

#[test]
fn client_registration() {
    let provider = FakeProvider::start();
    provider.register_clients();
    let world = World::new();
    let mut record = record_of(&world);
    record.replace(provider.issuer(), "[REGISTERING]");
    let issuer = provider.issuer();
    let sign_in = |record: &mut Record, case: &str, flags: &[&str]| {
        let arguments = [&["signin", issuer], flags].concat();
        let running = world.sandbox.start(&arguments);
        visitor::visit(&world.opened.next_url());
        record.outcome(case, &arguments, &running.outcome());
    };
    sign_in(&mut record, "registered", &["-v"]);
    provider.forget_clients();
    world.run(&["signout", "--all"]).success();
    let arguments = ["-v", "signin", issuer, "--paste"];
    record.outcome("forgotten by the provider", &arguments, &by_paste(&world, &arguments, str::to_owned));
    forget_attempts(&world);
    sign_in(&mut record, "signed in again", &["--force"]);
    let bob = json!({"sub": "bob", "preferred_username": "bob"});
    provider.respond_with(USERINFO, Response::json(200, &bob));
    provider.change_id_token(move |token| {
        token.claims["sub"] = bob["sub"].clone();
        token.claims["preferred_username"] = bob["sub"].clone();
    });
    sign_in(&mut record, "another account", &["--force"]);
    let arguments = ["signout", issuer, "--account", "ada", "--forget-client"];
    record.run(&world.sandbox, "client used by another session", &arguments).success();
    record.run(&world.sandbox, "client deleted", &["signout", issuer, "--forget-client"]);
    for (case, answer) in [
        ("refused", Response::json(400, &json!({"error": "invalid_client_metadata", "error_description": "as it is"}))),
        ("refused, token wanted", Response::json(401, &json!({"error": "invalid_token"}))),
        ("forbidden", Response::json(403, &json!({}))),
        ("server error", Response::html(500, "away")),
        ("a page", Response::html(201, "hello")),
        ("no client ID", Response::json(201, &json!({"x": 1}))),
    ] {
        provider.respond_with(REGISTER, answer);
        record.run(&world.sandbox, case, &["signin", issuer]);
    }
    record.matches("client_registration.txt");
}

#[test]
fn protected_resources() {
    const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";
    let (server, resource) = (FakeProvider::start(), FakeProvider::start());
    server.register_clients();
    let mut world = World::new();
    world.sandbox.configure("");
    let browser = world.sandbox.path("browser");
    world.sandbox.unset("MYCLI_BROWSER");
    let mut record = record_of(&world);
    record.replace(server.issuer(), "[SERVER]").replace(resource.issuer(), "[RESOURCE]");
    let address = format!("{}/mcp", resource.issuer());
    let attempt = ["signin", &address, "--timeout", "1s"];
    let challenge = |header: &str| {
        resource.respond_with("/mcp", Response::html(401, "").with_header("www-authenticate", header));
    };
    let right = format!("Bearer resource_metadata=\"{}{METADATA}\"", resource.issuer());
    let describe = |change: fn(&mut Value)| {
        let mut metadata = json!({
            "resource": address,
            "authorization_servers": [server.issuer()],
            "scopes_supported": ["mcp:read"],
        });
        change(&mut metadata);
        resource.respond_with(METADATA, Response::json(200, &metadata));
    };
    record.run(&world.sandbox, "neither a provider nor a resource", &attempt);
    challenge(&format!("Bearer resource_metadata=\"{}/nowhere\"", resource.issuer()));
    record.run(&world.sandbox, "metadata not there", &attempt);
    challenge(&format!("{right}, Bearer resource_metadata=\"https://other.example/\""));
    record.run(&world.sandbox, "metadata at two places", &attempt);
    let elsewhere = FakeProvider::start();
    record.replace(elsewhere.issuer(), "[ELSEWHERE]");
    let metadata = json!({"resource": address, "authorization_servers": [server.issuer()]});
    elsewhere.respond_with("/x", Response::json(200, &metadata));
    challenge(&format!("Bearer resource_metadata=\"{}/x\"", elsewhere.issuer()));
    record.run(&world.sandbox, "metadata elsewhere", &attempt);
    challenge(&right);
    let cases: [Metadata; 6] = [
        ("metadata without a resource", |m| m["resource"] = Value::Null),
        ("metadata of another resource", |m| m["resource"] = json!("https://other.example/")),
        ("metadata without a server", |m| m["authorization_servers"] = Value::Null),
        ("metadata with a malformed server", |m| m["authorization_servers"] = json!(["http://evil.example"])),
        ("metadata with two servers", |m| {
            m["authorization_servers"] = json!([m["authorization_servers"][0], "https://other.example"]);
        }),
        ("metadata that needs DPoP", |m| m["dpop_bound_access_tokens_required"] = json!(true)),
    ];
    for (case, change) in cases {
        describe(change);
        record.run(&world.sandbox, case, &attempt);
        forget_cache(&world);
    }
    describe(|_| {});
    let away = FakeProvider::start().issuer().to_owned();
    record.run(&world.sandbox, "no user to accept", &attempt);
    world.sandbox.configure(&format!("[providers.\"{address}\"]\nissuer = \"{away}\"\n"));
    record.run(&world.sandbox, "another server configured", &attempt);
    world.sandbox.configure(&format!("[providers.\"{address}\"]\nissuer = \"{}\"\n", server.issuer()));
    record.run(
        &world.sandbox,
        "another resource wanted",
        &["signin", &address, "--resource", "https://api.example/", "--no-open", "--timeout", "1s"],
    );
    forget_cache(&world);
    server.set_metadata("code_challenge_methods_supported", Value::Null);
    record.run(&world.sandbox, "server without PKCE", &attempt);
    forget_cache(&world);
    server.register_clients();
    forget_attempts(&world);
    world.sandbox.set("MYCLI_BROWSER", browser);
    let running = world.sandbox.start(&["signin", &address]);
    visitor::visit(&world.opened.next_url());
    record.outcome("signed in", &["signin", &address], &running.outcome().success());
    record.run(&world.sandbox, "", &["status"]);
    record.run(&world.sandbox, "", &["--json", "token", &address]);
    record.matches("protected_resources.txt");
}

#[test]
fn names_that_mean_one_client() {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    let mut record = record_of(&world);
    world.sign_in(&[]).success();
    record.outcome("", &["signin", "other"], &world.sign_in_at("other", &[]).success());
    record.matches("signin_renamed.txt");
}
