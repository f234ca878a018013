//! PyPI `django-oauth-toolkit` as deployed: issuer with a path, required PKCE, rotated refresh tokens, a device
//! endpoint that accepts only a bare `Content-Type`, and two endpoints missing from the OpenID metadata.

use crate::support::django::{DjangoToolkit, Page, User};
use crate::support::in_process::{self, World};
use crate::support::sandbox::OpenedUrls;
use crate::support::{Outcome, Sandbox, browser, visitor};
use serde_json::{Value, json};

use mycli::internals::catalog::{Flow, Provider};
use mycli::internals::prompt::DevicePrompt;
use mycli::internals::signin::CompletedFlow;

/// Home with this provider as `acme`.
struct Home {
    provider: &'static DjangoToolkit,
    sandbox: Sandbox,
    opened: OpenedUrls,
}

impl Home {
    fn new() -> Self {
        let provider = DjangoToolkit::shared();
        let mut sandbox = Sandbox::new();
        sandbox.set("MYCLI_STORE", "file");
        sandbox.configure(&format!(
            "[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\", \"email\", \"read\"]\n",
            provider.issuer()
        ));
        let opened = sandbox.record_browser();
        Self { provider, sandbox, opened }
    }

    /// Signs in; the user approves if `allow` is true.
    fn sign_in(&self, allow: bool) -> (Outcome, Page) {
        let running = self.sandbox.start(&["signin", "acme"]);
        let user = User::default();
        let question = user.visit(self.provider, &self.opened.next_url());
        let answer: &[(&str, &str)] = if allow { &[("allow", "Authorize")] } else { &[] };
        let last = user.submit(&question, answer);
        (running.outcome(), last)
    }

    fn token(&self, flags: &[&str]) -> String {
        let stdout = self.sandbox.run(&[&["token", "acme"], flags].concat()).success().stdout;
        stdout.trim_end().to_owned()
    }
}

/// Status of a userinfo request with this token, and the user name.
fn profile(token: &str) -> (u16, Option<String>) {
    let address = format!("{}/userinfo/", DjangoToolkit::shared().issuer());
    let answer = visitor::get_with(&address, &[("authorization", &format!("Bearer {token}"))]);
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status, document["preferred_username"].as_str().map(str::to_owned))
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn revocation_endpoint_comes_from_second_document() {
    let home = Home::new();
    let (outcome, last) = home.sign_in(true);
    assert_eq!(outcome.success().stdout, "");
    assert!(last.response.body.contains("ada"), "{}", last.response.body);
    let status = home.sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["account"], "ada");
    assert_eq!(status["sessions"][0]["issuer"], home.provider.issuer());

    let first = home.token(&[]);
    assert_eq!(profile(&first), (200, Some("ada".to_owned())));
    // Each refresh rotates the refresh token.
    let second = home.token(&["--force-refresh"]);
    let third = home.token(&["--force-refresh"]);
    assert!(first != second && second != third);
    assert_eq!(profile(&third), (200, Some("ada".to_owned())));

    let document = visitor::get(&format!("{}/.well-known/openid-configuration", home.provider.issuer()));
    assert!(!document.body.contains("revocation_endpoint"), "it would prove nothing: {}", document.body);
    let cleared = home.sandbox.run(&["signout", "acme", "--revoke", "--json"]).success().json();
    assert_eq!(cleared["cleared"][0]["revoked"], true);
    assert_eq!(profile(&third).0, 401, "the provider no longer knows the token");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn cancellation_is_shown_in_browser_and_terminal() {
    let home = Home::new();
    let (outcome, last) = home.sign_in(false);
    outcome.fails(4, "denied");
    assert!(!last.response.body.contains("Signed in"), "{}", last.response.body);
    home.sandbox.run(&["status"]).ends_with(3);
}

/// Provider for a device. An application has one grant there, so this is another client.
fn provider() -> Provider {
    Provider {
        issuer: Some(DjangoToolkit::shared().issuer().to_owned()),
        discover: true,
        client_id: Some("device".to_owned()),
        scopes: ["openid", "email", "read"].map(str::to_owned).to_vec(),
        flow: Some(Flow::Device),
        ..Provider::from_name("acme")
    }
}

/// Enters the code and presses one of the two buttons.
fn answer(page: &DevicePrompt<'_>, action: &str) {
    let user = User::default();
    let asked = user.visit(DjangoToolkit::shared(), page.verification_uri);
    let question = user.submit(&asked, &[("user_code", page.user_code)]);
    assert!(question.address.contains("/device-confirm/"), "{question:#?}");
    let last = user.submit(&question, &[("action", action)]);
    assert!(last.address.contains("/device-grant-status/"), "{last:#?}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn device_is_approved_and_session_is_refreshable() {
    let world = World::with_user(in_process::TestUser::acting(|page| answer(page, "accept")));
    let done = world.sign_in(&provider()).expect("approved");
    assert_eq!((done.session.account.name.as_str(), done.flow), ("ada", CompletedFlow::Device));
    assert_eq!(done.session.issuer.as_deref(), Some(DjangoToolkit::shared().issuer()), "the ID token was checked");
    assert!(done.session.refreshable, "a refresh token came");
    assert_eq!(world.sleeps(), [5.0]);
    let stored = world.app.sessions.load(&done.session).expect("readable");
    assert_eq!(profile(stored.tokens.access_token.expose()), (200, Some("ada".to_owned())));
    assert!(stored.endpoints.revocation.is_some(), "from the second document");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn device_is_approved_in_chromium() {
    let world = World::with_user(in_process::TestUser::acting(|page| {
        let confirmed = [json!(["click", "button[type=submit]"]), json!(["click", "button[value=accept]"])];
        let steps = [DjangoToolkit::shared().log_in().as_slice(), &confirmed].concat();
        let address = page.verification_uri_complete.expect("this provider has one");
        browser::drive(address, &json!({ "steps": steps, "until": "/device-grant-status/" }));
    }));
    assert_eq!(world.sign_in(&provider()).expect("approved").session.account.name, "ada");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn device_is_denied() {
    let world = World::with_user(in_process::TestUser::acting(|page| answer(page, "deny")));
    let error = world.sign_in(&provider()).expect_err("refused");
    assert_eq!(error.exit_code(), 4, "{error}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn device_endpoint_rejects_a_charset() {
    let endpoint = format!("{}/device-authorization/", DjangoToolkit::shared().issuer());
    let with_charset = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    assert_eq!(visitor::post_with(&endpoint, "client_id=device", &with_charset).status, 400);
    let bare = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(visitor::post_with(&endpoint, "client_id=device", &bare).status, 200);
}

/// Status and body of a resource request with this header.
fn ask(address: &str, header: &str) -> (u16, String) {
    let (name, value) = header.split_once(": ").expect("a header");
    let answer = visitor::get_with(address, &[(name, value)]);
    (answer.status, answer.body)
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python and Chromium: --features real")]
fn resource_works_with_a_registered_client() {
    let provider = DjangoToolkit::shared();
    let origin = provider.issuer().trim_end_matches("/o");
    let api = format!("{origin}/api");
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    // The resource metadata lists every scope, including some that need a user.
    sandbox.configure(&format!("[providers.\"{api}\"]\nissuer = \"{}\"\nscopes = [\"read\"]\n", provider.issuer()));
    let opened = sandbox.record_browser();
    let sign_in = |flags: &[&str]| {
        let running = sandbox.start(&[&["signin", &api], flags].concat());
        let user = User::default();
        let question = user.visit(provider, &opened.next_url());
        user.submit(&question, &[("allow", "Authorize")]);
        running.outcome().success()
    };
    let header = |flags: &[&str]| {
        let stdout = sandbox.run(&[&["token", &api, "--header"], flags].concat()).success().stdout;
        stdout.trim_end().to_owned()
    };
    sign_in(&["--scope", "email"]);
    let stderr = sandbox.run(&["status", &api, "--check"]).fails(3, "").stderr;
    assert!(stderr.contains("does not name them") && stderr.contains("--scope +SCOPE"), "{stderr}");
    sign_in(&["--scope", "+read"]);
    sandbox.run(&["status", &api, "--check"]).success();
    for flags in [&[][..], &["--force-refresh"]] {
        assert_eq!(ask(&api, &header(flags)), (200, "{\"who\": \"ada\"}".to_owned()), "{flags:?}");
    }
    // The token is issued for this resource; the same server rejects it for others (RFC 8707).
    assert_eq!(ask(&format!("{origin}/other"), &header(&[])).0, 401);
    sandbox.run(&["signout", &api, "--revoke", "--forget-client"]).success();
    sandbox.run(&["token", &api]).fails(3, "not signed in");
}
