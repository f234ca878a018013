//! `signin`: reuse of sessions, options, output, and secrets that must not leak.

use std::fs;
use std::net::{TcpListener, TcpStream};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::fake_provider::{AUTHORIZE, DEVICE, FakeProvider, Response, TOKEN, USERINFO};
use crate::support::world::{World, assert_keys};
use crate::support::{Running, Sandbox, visitor};

#[test]
fn valid_session_is_reused_unless_forced() {
    let world = World::signed_in();
    let asked = world.provider.requests().len();
    let outcome = world.run(&["--json", "signin", "acme"]).success();
    assert_eq!(outcome.json()["flow"], "existing");
    assert_eq!(world.provider.requests().len(), asked, "nothing was asked");
    assert!(world.opened.is_empty());
    let token = world.token();
    world.sign_in(&["--force"]).success();
    assert_ne!(world.token(), token);
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn expired_session_is_reused_only_if_refreshable() {
    let world = World::signed_in();
    world.expire();
    assert_eq!(world.run(&["--json", "signin", "acme"]).success().json()["flow"], "existing");
    world.provider.change_tokens(|tokens| tokens["refresh_token"] = Value::Null);
    world.sign_in(&["--force"]).success();
    world.expire();
    assert_eq!(world.sign_in(&["--json"]).success().json()["flow"], "loopback");
}

#[test]
fn session_of_another_issuer_or_client_is_not_reused() {
    let world = World::signed_in();
    let other = FakeProvider::start();
    world.sandbox.configure(&world.table("acme", "").replace(world.provider.issuer(), other.issuer()));
    world.sign_in(&[]).success();
    assert_eq!(other.requests_to(AUTHORIZE).len(), 1);
    world.sign_in(&["--client-id", "another"]).success();
    assert_eq!(other.requests_to(AUTHORIZE).len(), 2);
}

#[test]
fn scopes_replace_or_add_and_changes_sign_in_again() {
    let world = World::configured("scopes = [\"openid\", \"email\"]");
    let scopes = |flags: &[&str]| {
        let outcome = world.sign_in(&[flags, &["--json"]].concat()).success();
        assert_eq!(outcome.json()["flow"], "loopback", "{flags:?}");
        let asked = world.provider.requests_to(AUTHORIZE);
        asked.last().expect("it was asked").query("scope").expect("it has some").to_owned()
    };
    assert_eq!(scopes(&["--scope", "+repo"]), "openid email repo", "no session yet: the configured ones");
    assert_eq!(scopes(&["--scope", "+gist,+user"]), "openid email repo gist user", "the session's");
    assert_eq!(scopes(&["--scope", "openid profile", "--scope", "x"]), "openid profile x");
    let kept = world.run(&["signin", "acme", "--scope", "openid,profile,x", "--json"]).success().json();
    assert_eq!(kept["flow"], "existing", "those asked for last time");
    assert_eq!(scopes(&[]), "openid email", "not those asked for last time");
}

#[test]
fn added_scopes_keep_offline_access() {
    let world = World::configured("scopes = [\"openid\", \"offline_access\"]");
    // As npm `oidc-provider` responds.
    world.provider.change_tokens(|tokens| tokens["scope"] = "openid".into());
    world.sign_in(&[]).success();
    world.sign_in(&["--scope", "+repo"]).success();
    let asked = world.provider.requests_to(AUTHORIZE);
    assert_eq!(asked.last().expect("it was asked").query("scope"), Some("openid offline_access repo"));
}

#[test]
fn unverified_entry_is_told_before_the_first_signin() {
    let mut world = World::new();
    let table = format!("[providers.practicefusion]\nbase_url = \"{}\"\n", world.provider.issuer());
    world.sandbox.configure(&(world.table("acme", "") + &table));
    world.sandbox.set("AUTH_PRACTICEFUSION_ID", "native").set("AUTH_PRACTICEFUSION_SECRET", "hush-hush");
    let port = crate::support::free_port().to_string();
    let sign_in =
        |flags: &[&str]| world.sign_in_at("practicefusion", &[&["--port", &port], flags].concat()).success().stderr;
    let told = "the catalog entry for `practicefusion` is unverified: its endpoints come from Nango alone\n";
    assert!(sign_in(&[]).contains(told));
    assert!(!sign_in(&["--force"]).contains("unverified"));
    assert!(!world.sign_in(&[]).success().stderr.contains("unverified"), "no entry of the catalog");
}

#[test]
fn json_has_all_keys_and_null_for_unknown() {
    let keys = ["provider", "account", "subject", "issuer", "scopes", "expires_at", "store", "flow"];
    let world = World::new();
    let document = world.sign_in(&["--json"]).success().json();
    assert_keys(&document, &keys);
    assert_eq!(document["account"], "ada");
    assert_eq!(document["scopes"], json!(["openid"]));
    assert_eq!((document["store"].as_str(), document["flow"].as_str()), (Some("file"), Some("loopback")));
    let time = document["expires_at"].as_str().expect("a time");
    assert!(time.ends_with('Z') && time.len() == "2027-01-15T08:00:00Z".len(), "{time}");
    world.run(&["signout", "acme"]).success();
    world.provider.change_tokens(|tokens| tokens["expires_in"] = Value::Null);
    world.sandbox.configure(&world.table("acme", "scopes = [\"email\"]"));
    world.provider.respond_with(USERINFO, Response::json(200, &json!({"sub": "s"})));
    let document = world.sign_in(&["--json"]).success().json();
    assert_keys(&document, &keys);
    assert_eq!(document["expires_at"], Value::Null);
}

#[test]
fn unexpected_account_is_rejected() {
    let world = World::new();
    world.sign_in(&["--account", "bob"]).fails(4, "`ada` signed in instead of `bob`");
    let hint = world.provider.requests_to(AUTHORIZE)[0].query("login_hint").map(str::to_owned);
    assert_eq!(hint.as_deref(), Some("bob"));
    assert!(world.sessions().is_empty());
    world.sign_in(&["--account", "ADA@example.test"]).success();
}

#[test]
fn unknown_identity_is_not_the_expected_account() {
    let world = World::configured("scopes = [\"email\"]");
    world.provider.respond_with(USERINFO, Response::html(403, "no"));
    world.sign_in(&["--account", "ada"]).fails(4, "nothing was stored");
    assert!(world.sessions().is_empty());
    world.sign_in(&[]).success();
    assert_eq!(world.accounts(), ["default"]);
}

#[test]
fn taken_port_is_reported() {
    let world = World::new();
    let held = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = held.local_addr().expect("bound").port().to_string();
    world.run(&["signin", "acme", "--port", &port]).fails(1, &format!("port {port}"));
    let callback = format!("http://127.0.0.1:{port}/cb");
    world.run(&["signin", "acme", "--callback", &callback]).fails(1, &format!("port {port}"));
    assert!(world.opened.is_empty());
    drop(held);
    world.sign_in(&["--callback", &callback]).success();
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(&*callback));
}

#[test]
fn signal_ends_sign_in_and_frees_the_port() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let world = World::new();
        let running = world.sandbox.start(&["--json", "signin", "acme"]);
        let start = url::Url::parse(&world.opened.next_url()).expect("an address");
        running.signal(signal);
        let outcome = running.outcome().fails(code, "interrupted");
        assert_eq!(outcome.json_lines().last().expect("an error")["error"]["kind"], "interrupted");
        let port = start.port().expect("it has one");
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "{port} is still held");
        assert!(world.sessions().is_empty());
    }
}

#[test]
fn options_reach_the_provider() {
    let world = World::configured("params = { audience = \"https://api.example\" }");
    let flags = "--prompt login --max-age 5m --acr gold --param connection=corp --resource https://api.example/v1";
    // The provider gives no `acr`, which was requested.
    world.sign_in(&flags.split(' ').collect::<Vec<_>>()).ends_with(1);
    let asked = &world.provider.requests_to(AUTHORIZE)[0];
    for (name, value) in [
        ("prompt", "login"),
        ("max_age", "300"),
        ("acr_values", "gold"),
        ("connection", "corp"),
        ("audience", "https://api.example"),
        ("resource", "https://api.example/v1"),
        ("code_challenge_method", "S256"),
        ("response_type", "code"),
    ] {
        assert_eq!(asked.query(name), Some(value), "{name}");
    }
}

#[test]
fn redirect_to_is_followed_only_on_success() {
    let world = World::configured("home = \"https://app.example\"");
    let running = world.sandbox.start(&["signin", "acme", "--redirect-to", "/dashboard?x=1"]);
    let start = world.opened.next_url();
    let callback = redirect_from_provider(&start);
    let answer = visitor::get(&callback);
    running.outcome().success();
    assert_eq!((answer.status, answer.header("location")), (303, Some("https://app.example/dashboard?x=1")));
    world.provider.deny("access_denied", "no");
    let running = world.sandbox.start(&["signin", "acme", "--force", "--redirect-to", "/dashboard"]);
    let answer = visitor::get(&redirect_from_provider(&world.opened.next_url()));
    running.outcome().fails(4, "denied access");
    assert_eq!(answer.header("location").filter(|address| address.contains("app.example")), None);
}

/// URL of the redirect back from the provider.
fn redirect_from_provider(start: &str) -> String {
    let to_provider = visitor::get(start);
    let callback = visitor::get(to_provider.header("location").expect("on to the provider"));
    callback.header("location").expect("and back").to_owned()
}

#[test]
fn redirect_to_is_opened_or_printed_for_a_valid_session() {
    let world = World::signed_in();
    world.run(&["signin", "acme", "--redirect-to", "https://app.example/x"]).success();
    assert_eq!(world.opened.next_url(), "https://app.example/x");
    let printed = world.sandbox.start(&["signin", "acme", "--no-open", "--redirect-to", "https://app.example/x"]);
    assert_eq!({ printed }.wait_for_url("app.example"), "https://app.example/x");
}

#[test]
fn no_secret_in_arguments_logs_or_browser_environment() {
    let mut world = World::new();
    let seen = world.sandbox.path("environment");
    let browser = fs::read_to_string(world.sandbox.path("browser")).expect("ours");
    let telling = browser.replace("#!/bin/sh\n", &format!("#!/bin/sh\nenv > '{}'\n", seen.display()));
    fs::write(world.sandbox.path("browser"), telling).expect("ours");
    world.sandbox.set("AUTH_ACME_SECRET", "hush-hush").set("MYCLI_LOG", "debug");
    for flags in [&["-vv"][..], &["-vv", "--json"]] {
        let mut running = world.sandbox.start(&[&["signin", "acme", "--force"], flags].concat());
        running.line(|line| line.contains("browser"));
        let start = world.opened.next_url();
        let mut arguments = arguments_of(running.id());
        let callback = redirect_from_provider(&start);
        arguments += &arguments_of(running.id());
        visitor::get(&callback);
        let outcome = running.outcome().success();
        let asked = world.provider.requests();
        let request = asked.iter().rfind(|one| one.path == AUTHORIZE).expect("asked");
        let exchange = asked.iter().rfind(|one| one.path == TOKEN).expect("asked");
        let state = request.query("state").expect("always");
        let verifier = exchange.form("code_verifier").expect("always");
        for secret in [state, verifier, "-secret-", "hush-hush", request.query("nonce").expect("openid")] {
            assert!(!outcome.stderr.contains(secret), "`{secret}` in {}", outcome.stderr);
            assert!(!outcome.stdout.contains(secret), "`{secret}` in {}", outcome.stdout);
            assert!(!arguments.contains(secret), "`{secret}` in {arguments}");
        }
        let inherited = fs::read_to_string(&seen).expect("the browser ran");
        assert!(!inherited.contains("hush-hush"), "{inherited}");
    }
    let outcome = world.run(&["-vv", "token", "acme", "--force-refresh"]).success();
    assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
}

/// Argument lists of the program and of every process it started.
fn arguments_of(id: u32) -> String {
    let mut all = String::new();
    for entry in fs::read_dir("/proc").expect("this is Linux").flatten() {
        let read = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
        let status = String::from_utf8_lossy(&read("status")).into_owned();
        let is_child = status.lines().any(|line| line == format!("PPid:\t{id}"));
        if is_child || entry.file_name() == *id.to_string() {
            all += &String::from_utf8_lossy(&read("cmdline"));
        }
    }
    assert!(all.contains("signin"), "{all}");
    all
}

#[test]
fn client_secret_from_stdin_is_used_for_refresh() {
    let world = World::new();
    let mut command = world.sandbox.command(&["signin", "acme", "--client-id", "mine", "--client-secret-stdin"]);
    command.stdin(std::process::Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin("hush-hush\n").close_stdin();
    visitor::visit(&world.opened.next_url());
    running.outcome().success();
    world.run(&["token", "acme", "--force-refresh"]).success();
    for asked in world.provider.requests_to(TOKEN) {
        let told = asked.form("client_secret") == Some("hush-hush");
        assert!(told || asked.header("authorization").is_some(), "{asked:?}");
    }
    let state = fs::read_to_string(world.state_file()).expect("ours");
    assert!(!state.contains("hush-hush"), "{state}");
}

/// A session bus that closes every connection: the keyring fails but is not missing.
#[test]
#[cfg(target_os = "linux")]
fn failing_keyring_does_not_affect_the_file_store() {
    let mut world = World::new();
    let socket = world.sandbox.path("bus");
    let bus = std::os::unix::net::UnixListener::bind(&socket).expect("ours");
    std::thread::spawn(move || bus.incoming().for_each(drop));
    world.sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    world.sign_in(&[]).success();
    world.sandbox.set("MYCLI_STORE", "auto");
    world.run(&["signin", "acme", "--force"]).fails(7, "");
}

#[test]
fn bare_host_selects_the_catalog_provider() {
    let world = World::new();
    world.sandbox.configure(&world.table("gitlab", ""));
    world.sign_in_at("GitLab.com", &[]).success();
    let token = world.run(&["token", "gitlab"]).success().stdout;
    assert_eq!(world.run(&["token", "gitlab.com"]).success().stdout, token);
    world.run(&["token", "https://gitlab.com"]).fails(3, "not signed in to `https://gitlab.com`");
    world.run(&["signin", "github.com", "--no-input"]).fails(2, "no client ID for `github`");
}

#[test]
fn hint_repeats_the_client_id() {
    let world = World::new();
    world.provider.respond_with(TOKEN, Response::json(401, &json!({"error": "invalid_client"})));
    world.provider.respond_with(DEVICE, Response::json(401, &json!({"error": "invalid_client"})));
    let issuer = world.provider.issuer();
    let whole = format!("mycli signin {issuer} --client-id native");
    let outcome = world.sign_in_at(issuer, &["--client-id", "native"]).fails(2, "invalid_client");
    assert!(outcome.stderr.contains(&format!("{whole} --client-secret-stdin")), "{}", outcome.stderr);
    // No other flow can do with an unknown client.
    let outcome = world.run(&["signin", issuer, "--client-id", "native", "--device"]).fails(2, "invalid_client");
    let device = format!("mycli signin {issuer} --device --client-id native --client-secret-stdin");
    assert!(outcome.stderr.contains(&device), "{}", outcome.stderr);
    let browser_only = World::new();
    browser_only.provider.set_metadata("device_authorization_endpoint", serde_json::Value::Null);
    let issuer = browser_only.provider.issuer();
    let whole = format!("mycli signin {issuer} --client-id native --browser");
    browser_only.run(&["signin", issuer, "--client-id", "native", "--device"]).fails(2, &whole);
}

/// Credential helpers read the state and never the catalog.
#[test]
fn session_keeps_the_hosts_of_its_provider() {
    let world = World::configured("hosts = [\"git.example\"]\nscope_sets = { git = [\"openid\", \"git:write\"] }");
    world.sign_in(&["--scope", "@git"]).success();
    assert_eq!(world.provider.requests_to(AUTHORIZE)[0].query("scope"), Some("openid git:write"));
    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(world.state_file()).expect("ours")).expect("JSON");
    assert_eq!(state["services"], serde_json::json!({"hosts": ["git.example"]}));
}

#[test]
fn alias_with_a_new_meaning_says_so() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["signin", "aws", "--no-input"]).fails(2, "`aws-iam-identity-center` needs `region`");
    assert!(outcome.stderr.contains("Amazon Cognito is `cognito`"), "{}", outcome.stderr);
    let outcome = sandbox.run(&["signin", "aws-sso", "--no-input"]).fails(2, "needs `region`");
    assert!(!outcome.stderr.contains("Cognito"), "{}", outcome.stderr);
}

#[test]
fn unknown_scope_set_names_the_known_ones() {
    let sandbox = Sandbox::new();
    for (provider, message) in [
        ("github", "`github` has no scope set `@mail`; it has `@git`, `@registry`"),
        ("okta", "`okta` has no scope set `@mail`; it has none"),
        ("https://id.example", "`https://id.example` has no scope set `@mail`; it has none"),
    ] {
        // Neither a client ID nor a setting is asked for first.
        sandbox.run(&["signin", provider, "--scope", "+@mail"]).fails(2, message);
    }
}

#[test]
fn every_command_takes_aliases_and_short_names() {
    let sandbox = Sandbox::new();
    for (name, label) in
        [("gmail", "google"), ("salsa.debian.org", "gitlab-debian"), ("notion-mcp", "https://mcp.notion.com/mcp")]
    {
        for (command, code) in [("token", 3), ("status", 3), ("exec", 3), ("signout", 0)] {
            let more: &[&str] = if command == "exec" { &["--", "true"] } else { &[] };
            let outcome = sandbox.run(&[&[command, name], more].concat());
            assert_eq!(outcome.code, code, "{command} {name}: {}", outcome.stderr);
        }
        let outcome = sandbox.run(&["signin", name, "--no-input"]);
        assert!(outcome.code == 2 && outcome.stderr.contains(label), "{name}: {}", outcome.stderr);
    }
}
