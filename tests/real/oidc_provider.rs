//! End to end with real servers: Chromium signs in to npm `oidc-provider`, gnome-keyring stores the tokens, scripts use
//! them.

use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use crate::support::browser::{self, Report};
use crate::support::fake_provider::{FakeProvider, Response};
use crate::support::keyring::GnomeKeyring;
use crate::support::oidc_provider::OidcProvider;
use crate::support::sandbox::OpenedUrls;
use crate::support::{Outcome, Sandbox, free_port, visitor};
use rustix::process::Signal;
use serde_json::{Value, json};
use url::Url;

/// Fresh provider, keyring and home.
struct World {
    provider: OidcProvider,
    gnome: GnomeKeyring,
    sandbox: Sandbox,
    opened: OpenedUrls,
}

impl World {
    fn new(settings: &Value) -> Self {
        let provider = OidcProvider::start(settings);
        let gnome = GnomeKeyring::unlocked();
        let mut sandbox = Sandbox::new();
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
        sandbox.configure(&format!(
            "[providers.acme]\nissuer = \"{}\"\nclient_id = \"{}\"\nscopes = [\"openid\", \"profile\", \"email\"]\n",
            provider.issuer(),
            provider.client_id()
        ));
        let opened = sandbox.record_browser();
        Self { provider, gnome, sandbox, opened }
    }

    /// Starts a sign-in with `flags`, runs `plan` in Chromium, and waits for both.
    fn sign_in(&self, flags: &[&str], plan: &Value) -> (Outcome, Report) {
        let running = self.sandbox.start(&[&["signin", "acme"], flags].concat());
        let report = browser::drive(&self.opened.next_url(), plan);
        (running.outcome(), report)
    }

    fn sign_in_as(&self, login: &str) -> Report {
        let (outcome, report) = self.sign_in(&[], &json!({ "steps": browser::sign_in_as(login), "until": "/done" }));
        assert_eq!(outcome.success().stdout, "");
        report
    }

    fn token(&self) -> String {
        let stdout = self.sandbox.run(&["token", "acme"]).success().stdout;
        stdout.strip_suffix('\n').expect("the token and a line end").to_owned()
    }

    /// Subject that the provider returns for a token.
    fn subject_of(&self, token: &str) -> Value {
        let authorization = format!("Bearer {token}");
        let userinfo = format!("{}/me", self.provider.issuer());
        let answer = visitor::get_with(&userinfo, &[("authorization", &authorization)]);
        serde_json::from_str::<Value>(&answer.body).expect("JSON")["sub"].clone()
    }

    fn sessions(&self) -> Value {
        let mut document: Value = serde_json::from_str(&self.sandbox.run(&["status", "--json"]).stdout).expect("JSON");
        document["sessions"].take()
    }

    /// Items of this program that `secret-tool` finds, with attributes and labels.
    fn stored(&self) -> String {
        self.gnome.secret_tool(&["search", "--all", "service", "mycli"], "")
    }
}

/// Origin of the program's own listener, from the first navigation.
fn listener_of(report: &Report) -> String {
    let start = Url::parse(&report.navigations[0]).expect("an address");
    assert_eq!(start.path(), "/start");
    start.origin().ascii_serialization()
}

fn assert_not_listening(origin: &str) {
    let address = origin.strip_prefix("http://").expect("ours is http");
    assert!(TcpStream::connect(address).is_err(), "{origin} still listens");
}

/// Asserts that neither code nor state is left in the browser history.
fn assert_no_code_in(report: &Report) {
    for address in report.history.iter().chain([&report.final_url]) {
        assert!(!address.contains("code=") && !address.contains("state="), "{address}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn user_signs_in_uses_the_token_and_signs_out() {
    let world = World::new(&json!({}));
    let picture = browser::screenshot_path("signed-in.png");
    let mut steps = browser::sign_in_as("ada");
    steps.push(json!(["screenshot", picture]));
    let (outcome, report) = world.sign_in(&[], &json!({ "steps": steps, "until": "/done" }));
    assert_eq!(outcome.success().stdout, "");

    let listener = listener_of(&report);
    assert_eq!(report.requests_to_origin(&listener), ["GET /start", "GET /callback", "GET /done"]);
    assert_eq!(report.console, Vec::<Value>::new());
    assert!(report.text.contains("ada") && report.text.contains("terminal"), "{}", report.text);
    assert!(Path::new(&picture).exists());
    assert_no_code_in(&report);
    assert_not_listening(&listener);

    let stored = world.stored();
    for attribute in ["attribute.service = mycli", "attribute.provider = acme", "attribute.account = ada"] {
        assert!(stored.contains(attribute), "no `{attribute}` in:\n{stored}");
    }
    let sessions = world.sessions();
    assert_eq!(sessions[0]["provider"], "acme");
    assert_eq!(sessions[0]["account"], "ada");
    assert_eq!(sessions[0]["issuer"], world.provider.issuer());
    assert_eq!(sessions[0]["store"], "keyring");
    assert_eq!(sessions[0]["usable"], true);

    let token = world.token();
    assert_eq!(world.subject_of(&token), "ada");
    assert!(!stored.is_empty() && stored.contains(&token), "the token is in the keyring");

    let asked_before = world.provider.requests().len();
    let signout = world.sandbox.run(&["signout", "acme"]).success();
    assert_eq!(signout.stdout, "");
    assert_eq!(world.provider.requests().len(), asked_before, "signing out sends no request");
    assert!(!world.stored().contains("mycli"), "{}", world.stored());
    world.sandbox.run(&["token", "acme"]).fails(3, "not signed in");
    assert_eq!(world.subject_of(&token), "ada", "the provider has not been told");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn final_page_fits_a_phone_in_dark_mode() {
    let world = World::new(&json!({}));
    let mut steps = browser::sign_in_as("ada");
    steps.push(json!(["screenshot", browser::screenshot_path("signed-in-phone-dark.png")]));
    let plan = json!({ "steps": steps, "until": "/done", "width": 360, "colorScheme": "dark" });
    let (outcome, report) = world.sign_in(&[], &plan);
    outcome.success();
    assert_eq!(report.content_width, 360);
    assert_eq!(report.console, Vec::<Value>::new());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn redirect_to_is_followed_after_storing() {
    let world = World::new(&json!({}));
    let home = FakeProvider::start();
    home.respond_with("/dashboard", Response::html(200, "<!doctype html><title>Dashboard</title>"));
    let dashboard = format!("{}/dashboard", home.issuer());
    let plan = json!({ "steps": browser::sign_in_as("ada"), "until": "/dashboard" });
    let (outcome, report) = world.sign_in(&["--redirect-to", &dashboard], &plan);
    outcome.success();
    assert_eq!(report.final_url, dashboard);
    assert_eq!(home.requests_to("/dashboard")[0].query, [], "nothing is appended");
    assert_eq!(home.requests_to("/dashboard")[0].header("referer"), None);
    assert_eq!(report.requests_to_origin(&listener_of(&report)), ["GET /start", "GET /callback"]);
    assert_no_code_in(&report);
    assert_eq!(world.sessions()[0]["account"], "ada");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn twenty_processes_cause_one_refresh() {
    // Below the default minimum of one minute, so that every process refreshes.
    let world = World::new(&json!({ "accessTokenTtl": 30 }));
    world.sign_in_as("ada");
    world.provider.set_access_token_life(3600);
    let running: Vec<_> = (0..20).map(|_| world.sandbox.start(&["token", "acme"])).collect();
    let tokens: Vec<_> = running.into_iter().map(|running| running.outcome().success().stdout).collect();
    assert_eq!(world.provider.refreshes(), 1);
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(world.subject_of(tokens[0].trim_end()), "ada");
    assert_eq!(world.token(), tokens[0].trim_end());
    assert_eq!(world.provider.refreshes(), 1, "what was refreshed was stored");
}

/// Like `tests/kill.rs`, with a real provider. If the provider had responded and the response was not stored yet, the
/// provider revoked the grant, because the old refresh token was used twice.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn killed_refresh_loses_only_a_response_in_flight() {
    const REFRESH: [&str; 3] = ["token", "acme", "--force-refresh"];
    let world = World::new(&json!({}));
    world.sign_in_as("ada");
    let start = Instant::now();
    world.sandbox.run(&REFRESH).success();
    let whole = start.elapsed();
    let (mut killed, mut lost) = (0, 0);
    for part in 1..=24 {
        let before = world.provider.refreshes();
        let refresh = world.sandbox.start(&REFRESH);
        std::thread::sleep(whole * part / 24);
        refresh.signal(Signal::KILL);
        let outcome = refresh.outcome();
        killed += u32::from(outcome.code == 137);
        world.provider.wait_until_idle();
        let was_asked = world.provider.refreshes() > before;
        let next = world.sandbox.run(&REFRESH);
        if next.code == 0 {
            continue;
        }
        next.fails(3, "mycli signin acme");
        assert!(was_asked && outcome.code == 137 && outcome.stdout.is_empty(), "{outcome:?}");
        lost += 1;
        let plan = json!({ "steps": browser::sign_in_as("ada"), "until": "/done" });
        world.sign_in(&["--force"], &plan).0.success();
    }
    assert!(killed > 0 && lost < killed, "{lost} of {killed} killed within {whole:?}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn denial_is_shown_in_browser_and_terminal() {
    let world = World::new(&json!({}));
    let steps = json!([["fill", "input[name=login]", "ada"], ["click", "#login"], ["click", "#deny"]]);
    let (outcome, report) = world.sign_in(&[], &json!({ "steps": steps, "until": "/done" }));
    outcome.fails(4, "the user said no");
    assert!(report.text.contains("the user said no"), "{}", report.text);
    assert!(!report.text.contains("Signed in"), "{}", report.text);
    assert_no_code_in(&report);
    assert!(!world.stored().contains("mycli"), "{}", world.stored());
    world.sandbox.run(&["status"]).ends_with(3);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn url_of_unloadable_page_can_be_pasted() {
    let world = World::new(&json!({}));
    let port = free_port();
    let mut running = world.sandbox.start_on_terminal(&format!("signin acme --paste --port {port}"));
    let address = running.wait_for_url("state=");
    running.line(|line| line.contains("press Enter"));
    let picture = browser::screenshot_path("pasted.png");
    let mut steps = browser::sign_in_as("ada");
    steps.extend([json!(["reach", "css:#main-frame-error"]), json!(["screenshot", picture])]);
    let report = browser::drive(&address, &json!({ "steps": steps }));
    // URL in the address bar above Chromium's error page.
    let end = report.history.last().expect("the page that is shown");
    assert!(end.starts_with(&format!("http://127.0.0.1:{port}/callback?")), "{end}");
    assert!(report.text.contains("127.0.0.1 refused to connect"), "{}", report.text);

    running.write_stdin(&format!("{end}\n"));
    running.line(|line| line.contains("signed in to `acme` as `ada`"));
    let outcome = running.outcome().success();
    let code = Url::parse(end)
        .expect("an address")
        .query_pairs()
        .find(|(name, _)| name == "code")
        .expect("a code")
        .1
        .into_owned();
    assert!(!outcome.stderr.contains(&code), "{}", outcome.stderr);
    assert_eq!(world.subject_of(&world.token()), "ada");
    assert!(world.opened.is_empty());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn unexpected_account_is_rejected_and_not_stored() {
    let world = World::new(&json!({}));
    let plan = json!({ "steps": browser::sign_in_as("mallory"), "until": "/done" });
    let (outcome, report) = world.sign_in(&["--account", "ada"], &plan);
    outcome.fails(4, "mallory");
    assert!(report.text.contains("mallory"), "{}", report.text);
    assert!(!world.stored().contains("mycli"), "{}", world.stored());

    // The login hint fills in the name, so one click is enough.
    let plan = json!({ "steps": [["click", "#login"], ["click", "#allow"]], "until": "/done" });
    world.sign_in(&["--account", "ada"], &plan).0.success();
    assert_eq!(world.sessions()[0]["account"], "ada");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn every_signature_algorithm_is_checked() {
    for algorithm in ["RS256", "PS256", "EdDSA"] {
        let world = World::new(&json!({ "algorithm": algorithm }));
        world.sign_in_as("ada");
        let id_token = world.sandbox.run(&["token", "acme", "--id-token"]).success().stdout;
        assert!(header_of(&id_token).contains(&format!("\"alg\":\"{algorithm}\"")), "{algorithm}: {id_token}");
    }
}

fn header_of(id_token: &str) -> String {
    use base64::Engine;
    let header = id_token.split('.').next().expect("split gives one at least");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64url");
    String::from_utf8(bytes).expect("JSON is text")
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn client_secret_from_environment_is_kept_for_refresh() {
    let mut world = World::new(&json!({ "clientSecret": "a-secret-of-the-client" }));
    world.sandbox.set("AUTH_ACME_SECRET", "a-secret-of-the-client");
    world.sign_in_as("ada");
    world.sandbox.unset("AUTH_ACME_SECRET");
    world.sandbox.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn revocation_invalidates_the_tokens() {
    let world = World::new(&json!({}));
    world.sign_in_as("ada");
    let token = world.token();
    let cleared = world.sandbox.run(&["signout", "acme", "--revoke", "--json"]).success().json();
    assert_eq!(cleared, json!({ "cleared": [{ "provider": "acme", "account": "ada", "revoked": true }] }));
    assert_eq!(world.subject_of(&token), Value::Null, "the provider no longer knows the token");
    assert!(!world.stored().contains("mycli"), "{}", world.stored());
}

/// Asking the provider again, without `prompt`, shows that its session in the browser has ended.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn button_of_the_logout_page_ends_the_browser_session() {
    let world = World::new(&json!({}));
    let mut settings = std::fs::read_to_string(world.sandbox.config_file()).expect("configured");
    settings.push_str("logout = \"post\"\n");
    world.sandbox.configure(&settings);
    let browser = world.sandbox.path("browser-state");
    let steps = browser::sign_in_as("ada");
    world.sign_in(&[], &json!({ "steps": steps, "until": "/done", "state": browser })).0.success();
    // While the session lasts, the provider asks for consent only.
    let plan = json!({ "steps": [["click", "#allow"]], "until": "/done", "state": browser });
    world.sign_in(&["--force"], &plan).0.success();

    let signing_out = world.sandbox.start(&["signout", "acme", "--end-session"]);
    let picture = browser::screenshot_path("sign-out.png");
    let steps = json!([
        ["screenshot", picture],
        ["click", "button"],
        ["click", "button[value=yes]"],
        ["reach", "/session/end/success"]
    ]);
    let report = browser::drive(&world.opened.next_url(), &json!({ "steps": steps, "state": browser }));
    signing_out.outcome().success();
    assert!(report.navigations.iter().all(|address| !address.contains("eyJ")), "{:?}", report.navigations);
    let posted = format!("POST {}/session/end", world.provider.issuer());
    assert!(report.requests.contains(&posted), "{:?}", report.requests);
    let asking = world.sandbox.start(&["signin", "acme", "--force"]);
    let plan = json!({ "steps": [["reach", "css:input[name=login]"]], "state": browser });
    browser::drive(&world.opened.next_url(), &plan);
    drop(asking);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js and Chromium: --features real")]
fn locked_keyring_is_neither_absent_nor_signed_out() {
    let mut world = World::new(&json!({}));
    world.sign_in_as("ada");
    world.gnome.lock();
    world.sandbox.run(&["token", "acme"]).fails(7, "locked");
    world.sandbox.run(&["signout", "acme"]).fails(7, "locked");
    assert_eq!(world.sessions()[0]["account"], "ada", "the session stays listed");
}

/// A registration that needs the token of an administrator, as Keycloak's does; later sign-ins use the client.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn initial_access_token_registers_a_client() {
    let world = World::new(&json!({"registration": true, "initialAccessToken": "token-of-the-administrator"}));
    let issuer = world.provider.issuer();
    world.sandbox.run(&["providers", "register", issuer]).fails(2, "rejected the client registration");
    let register = ["--json", "providers", "register", issuer, "--token-stdin"];
    world.sandbox.run_with(&register, "another token").fails(2, "rejected the client registration");
    let done = world.sandbox.run_with(&register, "token-of-the-administrator\n").success();
    assert_eq!(done.json()["kind"], "api");
    assert!(!done.stderr.contains("token-of-the-administrator"), "{}", done.stderr);
    let running = world.sandbox.start(&["signin", issuer]);
    browser::drive(&world.opened.next_url(), &json!({ "steps": browser::sign_in_as("ada") }));
    running.outcome().success();
}
