//! The device flow against local servers that imitate real providers and their variants of RFC 8628. No test waits:
//! each has its own clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::fake_provider::{Listener, ReceivedRequest as Request, Response};
use crate::support::in_process::{TestUser, World};
use crate::support::oidc_provider::OidcProvider;
use crate::support::{browser, world};
use mycli::internals::catalog::{
    self, AuthEnvironment, ConfiguredProviders, DeviceQuirks, Flow, KnownEndpoints, Overrides, Provider, Setting,
    SettingKind, rows,
};
use mycli::internals::error::Error;
use mycli::internals::prompt::DevicePrompt;
use mycli::internals::secret::Secret;
use mycli::internals::signin::{CompletedFlow, SigninOptions, TimeLimit, signin};
use serde_json::{Value, json};

/// Server with scripted responses, one a request; records the requests.
struct Script {
    listener: Listener,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    fn new(answers: Vec<Response>) -> Self {
        let listener = Listener::bind();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, left) = (Arc::clone(&asked), Mutex::new(VecDeque::from(answers)));
        listener.serve(move |request| {
            kept.lock().expect("no panic").push(request);
            left.lock().expect("no panic").pop_front().unwrap_or_else(|| Response::html(500, "the script is over"))
        });
        Self { listener, asked }
    }

    fn origin(&self) -> String {
        self.listener.origin()
    }

    fn requests(&self) -> Vec<Request> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn provider(origin: &str, device: &str) -> Provider {
    let device: DeviceQuirks = toml::from_str(&device.replace("ORIGIN", origin)).expect(device);
    let mut provider = Provider {
        title: "Acme".into(),
        client_id: Some("client 1".into()),
        scopes: vec!["read".into(), "write".into()],
        flow: Some(Flow::Device),
        ..Provider::from_name("acme")
    };
    provider.endpoints.device_authorization = Some(format!("{origin}/device"));
    provider.endpoints.token = Some(format!("{origin}/token"));
    provider.quirks.device = device;
    provider
}

fn codes() -> Value {
    json!({
        "device_code": "device-secret-1",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://acme.example/activate",
        "expires_in": 600,
        "interval": 7,
    })
}

fn without(name: &str) -> Value {
    let mut codes = codes();
    codes.as_object_mut().expect("an object").remove(name);
    codes
}

fn with(mut document: Value, pairs: Value) -> Value {
    let pairs = pairs.as_object().expect("an object").clone();
    document.as_object_mut().expect("an object").extend(pairs);
    document
}

fn tokens() -> Value {
    json!({ "access_token": "access-secret-1", "token_type": "Bearer", "expires_in": 3600, "scope": "read write" })
}

fn error(status: u16, code: &str) -> Response {
    Response::json(status, &json!({ "error": code }))
}

fn pending() -> Response {
    error(400, "authorization_pending")
}

/// Catalog entry with its settings filled in and its endpoints at the test server.
fn row(name: &str, origin: &str) -> Provider {
    let row = rows().row(name).unwrap_or_else(|| panic!("no row `{name}`"));
    let value = |setting: &Setting| match setting.kind {
        SettingKind::Segment => "x1".to_owned(),
        SettingKind::Host => "id.example".to_owned(),
        SettingKind::Url => "https://id.example/base".to_owned(),
    };
    let settings = row.declared_settings.iter().map(|setting| (setting.name.clone(), value(setting))).collect();
    let entries = vec![(name.to_owned(), Provider { settings, ..Provider::default() })];
    let configured = ConfiguredProviders { entries, ..ConfiguredProviders::default() };
    let mut provider =
        catalog::resolve(name, &configured, &AuthEnvironment::default(), &Overrides::default()).expect(name);
    assert!(provider.endpoints.device_authorization.is_some(), "{name}");
    let told = std::mem::take(&mut provider.endpoints);
    provider.endpoints.device_authorization = told.device_authorization.map(|_| format!("{origin}/device"));
    provider.endpoints.token = Some(format!("{origin}/token"));
    let device = &mut provider.quirks.device;
    for message in [&mut device.request, &mut device.poll].into_iter().chain(device.exchange.as_mut()) {
        message.endpoint = message.endpoint.take().map(|address| {
            let (_, rest) = address.split_once("://").expect("an address");
            let path = rest.find('/').map_or("", |at| &rest[at..]);
            format!("{origin}{path}")
        });
    }
    Provider {
        issuer: None,
        discover: false,
        client_id: Some("client 1".into()),
        scopes: vec!["read".into(), "write".into()],
        flow: Some(Flow::Device),
        ..provider
    }
}

/// The requests and responses of every entry are in `rows/exchanges.txt`; a slower poll would take too long there.
#[test]
fn every_spelling_of_slow_down_is_understood() {
    // Every provider finds its own names.
    let codes = with(
        codes(),
        json!({
            "deviceCode": "device-secret-1", "code": "device-secret-1", "userCode": "WDJB-MJHT", "expiresIn": 600,
            "verificationUri": "https://acme.example/activate", "verification_url": "https://acme.example/activate",
            "result": "OK",
        }),
    );
    let tokens = with(tokens(), json!({"accessToken": "access-secret-1", "tokenType": "Bearer", "result": "OK"}));
    for (name, answer) in [
        ("auth0", error(429, "slow_down")),
        ("aws-iam-identity-center", Response::json(400, &json!({"__type": "SlowDownException"}))),
        ("facebook", Response::json(400, &json!({"error": {"code": 17, "error_subcode": 1_349_172}}))),
        ("github", Response::json(200, &json!({"error": "slow_down", "interval": 12}))),
        ("google", error(403, "slow_down")),
        ("simkl", Response::json(200, &json!({"result": "KO", "message": "Slow down"}))),
        ("trakt", Response::html(429, "")),
        ("zoho", error(200, "slow_down")),
    ] {
        println!("{name}");
        let script = Script::new(vec![Response::json(200, &codes), answer, Response::json(200, &tokens)]);
        let provider = Provider { client_secret: Some(Secret::new("s-3")), ..row(name, &script.origin()) };
        let world = World::new(0);
        let outcome = world.sign_in(&provider);
        world.assert_no_secret(&outcome);
        outcome.expect(name);
        assert!(world.sleeps()[1] >= world.sleeps()[0] + 5.0, "{:?}", world.sleeps());
        assert!(!world.messages().iter().any(|text| text.starts_with("warning")), "{:?}", world.messages());
    }
}

#[test]
fn client_made_for_the_user_is_stored() {
    let codes = with(codes(), json!({"verification_url": "https://acme.example/activate"}));
    let own = json!({"client_id": "own", "client_secret": "own-secret-1"});
    let script = Script::new([codes, own, tokens()].map(|body| Response::json(200, &body)).to_vec());
    let world = World::new(0);
    world.sign_in(&row("real-debrid", &script.origin())).expect("approved");
    let stored = world.app.find_session("real-debrid", None).expect("readable").expect("stored");
    assert_eq!(world.app.sessions.load(&stored).expect("readable").client.id, "own");
    let types: Vec<_> =
        script.requests().iter().filter_map(|one| one.header("content-type").map(str::to_owned)).collect();
    assert!(types.iter().all(|kind| !kind.contains("charset")), "{types:?}");
}

/// Poll responses, and the wait before each poll.
type Pauses = (&'static str, Value, fn() -> Vec<Response>, &'static [f64]);

#[test]
fn poll_interval_follows_provider_and_network() {
    let table: &[Pauses] = &[
        ("the provider's interval", json!({"interval": 7}), || vec![pending()], &[7.0, 7.0]),
        ("none said", json!({"interval": null}), || vec![pending()], &[5.0, 5.0]),
        ("none at all", json!({"interval": 0}), || vec![pending()], &[5.0, 5.0]),
        ("an hour", json!({"interval": 3600}), Vec::new, &[60.0]),
        (
            "slower each time",
            json!({"interval": 5}),
            || vec![error(400, "slow_down"), pending(), error(400, "slow_down"), pending()],
            &[5.0, 12.0, 12.0, 21.0, 21.0],
        ),
        (
            "as slow as the provider says",
            json!({"interval": 5}),
            || vec![Response::json(200, &json!({"error": "slow_down", "interval": 30})), pending()],
            &[5.0, 36.0, 36.0],
        ),
        (
            "a network that is away doubles the pause until it is back",
            json!({"interval": 5}),
            || {
                vec![
                    Response::Nothing,
                    Response::html(502, "bad gateway"),
                    error(400, "temporarily_unavailable"),
                    Response::html(502, "bad gateway"),
                    Response::html(502, "bad gateway"),
                    pending(),
                ]
            },
            &[5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 5.0],
        ),
    ];
    for (what, change, answers, expected) in table {
        println!("{what}");
        let first = Response::json(200, &with(codes(), change.clone()));
        let script = Script::new([vec![first], answers(), vec![Response::json(200, &tokens())]].concat());
        let world = World::new(0);
        world.sign_in(&provider(&script.origin(), "")).expect(what);
        assert_eq!(world.sleeps(), *expected, "{what}");
    }
}

#[test]
fn network_failure_is_reported_once_until_the_code_expires() {
    let script = Script::new([vec![Response::json(200, &codes())], vec![Response::Nothing; 30]].concat());
    let world = World::new(0);
    let error = world.sign_in(&provider(&script.origin(), "")).expect_err("no response");
    assert_eq!(error.exit_code(), 6, "{error}");
    assert!(error.to_string().contains("without a response"), "{error}");
    assert_eq!(world.sleeps().iter().sum::<f64>(), 600.0);
    let warnings = world.messages().iter().filter(|text| text.starts_with("warning")).count();
    assert_eq!(warnings, 1, "{:?}", world.messages());
}

#[test]
fn repeated_provider_failures_end_with_their_cause() {
    for (answer, said) in [
        (Response::html(503, ""), "503"),
        (Response::html(200, "<h1>maintenance</h1>"), "`text/html`"),
        (error(400, "temporarily_unavailable"), "`temporarily_unavailable`"),
    ] {
        let script = Script::new([vec![Response::json(200, &codes())], vec![answer; 30]].concat());
        let world = World::new(0);
        let error = world.sign_in(&provider(&script.origin(), "")).expect_err("no tokens");
        assert_eq!(error.exit_code(), 6, "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(script.requests().len(), 6, "five polls");
    }
}

/// modelcontextprotocol/registry#1543: GitHub returned `incorrect_device_code` for a code that was valid.
#[test]
fn stray_page_or_odd_error_does_not_end_the_flow() {
    let odd = || Response::json(400, &json!({"message": "try later"}));
    for answers in [
        vec![Response::html(200, "<h1>hello</h1>")],
        vec![Response::html(404, "<h1>hello</h1>"), pending(), Response::html(404, "<h1>hello</h1>")],
        vec![error(200, "incorrect_device_code"), error(200, "incorrect_device_code")],
        vec![error(400, "xyzzy"), odd(), pending(), error(400, "xyzzy"), odd()],
        vec![Response::json(200, &json!({}))],
    ] {
        let answers = [vec![Response::json(200, &codes())], answers, vec![Response::json(200, &tokens())]].concat();
        let script = Script::new(answers);
        World::new(0).sign_in(&provider(&script.origin(), "")).expect("approved");
    }
}

#[test]
fn spent_code_is_told_with_the_next_step() {
    let script = Script::new([vec![Response::json(200, &codes())], vec![error(400, "invalid_grant"); 9]].concat());
    let error = World::new(0).sign_in(&provider(&script.origin(), "")).expect_err("spent");
    assert!(error.exit_code() == 1 && error.to_string().contains("already used"), "{error}");
    assert_eq!(error.hint("mycli").as_deref(), Some("mycli signin acme --device"));
    assert_eq!(script.requests().len(), 4, "three polls");
}

#[test]
fn fast_clock_is_reported() {
    let slow = vec![error(400, "slow_down"); 4];
    let script =
        Script::new([vec![Response::json(200, &codes())], slow, vec![Response::json(200, &tokens())]].concat());
    let world = World::new(0);
    world.sign_in(&provider(&script.origin(), "")).expect("approved");
    let named: Vec<_> = world.messages().into_iter().filter(|text| text.contains("clock")).collect();
    assert_eq!(named.len(), 1, "{named:?}");
}

/// Catalog entry, poll response, exit code, part of the message.
type Ending = (&'static str, Response, u8, &'static str);

#[test]
fn poll_errors_have_their_exit_codes() {
    let described = |code: &str| Response::json(400, &json!({"error": code, "error_description": "as\u{1b}[31m told"}));
    let conditional = json!({"error": "invalid_grant", "error_description": "AADSTS53003: Conditional Access"});
    let sub_error = json!({"error": 1101, "sub_error": 20414});
    let other_dc = "`other_dc`: set another `region`";
    let table: Vec<Ending> = vec![
        ("", described("access_denied"), 4, "as[31m told"),
        ("", error(400, "authorization_declined"), 4, "denied"),
        ("", error(400, "expired_token"), 5, "600s"),
        ("", error(200, "token_expired"), 5, "600s"),
        ("", error(400, "invalid_grant"), 1, "device code"),
        ("", Response::json(400, &conditional), 1, "Conditional Access"),
        ("", error(401, "invalid_client"), 2, "invalid_client"),
        ("", error(400, "unsupported_grant_type"), 2, "unsupported_grant_type"),
        ("", Response::html(404, "<h1>no</h1>"), 6, "404"),
        ("", Response::redirect("https://evil.example/"), 6, "redirect"),
        ("", Response::json(200, &json!({"token": "access-secret-9"})), 6, "expected tokens"),
        ("", Response::json(400, &json!({"message": "invalid device code"})), 1, "invalid device code"),
        ("answers = { access_denied = ['http=418'] }", Response::html(418, ""), 4, "denied"),
        ("answers = { expired_token = ['http=410'] }", Response::html(410, ""), 5, "600s"),
        ("answers = { invalid_grant = ['http=404', 'http=409'] }", Response::html(409, ""), 1, "device code"),
        ("errors = { other_dc = 'set another `region`' }", error(400, "other_dc"), 1, other_dc),
        ("", Response::json(200, &json!({"access_token": "access-secret-8\r\nX: y"})), 1, "characters"),
        ("answers = { access_denied = ['sub_error=20414'] }", Response::json(400, &sub_error), 4, "denied"),
        ("", Response::json(400, &json!({"error": 1102, "error_description": "odd"})), 1, "odd"),
    ];
    for (row, answer, code, said) in table {
        println!("{answer:?}");
        let script = Script::new([vec![Response::json(200, &codes())], vec![answer; 5]].concat());
        let world = World::new(0);
        let outcome = world.sign_in(&provider(&script.origin(), row));
        world.assert_no_secret(&outcome);
        let error = outcome.expect_err("refused");
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(error.to_string().contains(said), "no `{said}` in: {error}");
        let forbidden = ["unsupported_grant_type", "Conditional Access"].contains(&said);
        let other_way = error.hint("mycli").filter(|hint| hint == "mycli signin acme --paste");
        assert_eq!(other_way.is_some(), forbidden, "{error}: {:?}", error.hint("mycli"));
        assert!(world.app.find_session("acme", None).expect("readable").is_none());
    }
}

#[test]
fn rejected_device_request_hints_at_setup_or_browser_flow() {
    const PASTE: Option<&str> = Some("signin acme --paste");
    const NO_CODE: &str = "expected a device code";
    let changed = |change| Response::json(200, &with(codes(), change));
    let described = |code: &str, text: &str| Response::json(401, &json!({"error": code, "error_description": text}));
    let missing_scope = json!({"status": 400, "message": "missing \u{1b}scope"});
    for (answer, code, said, hint) in [
        (error(200, "device_flow_disabled"), 2, "the provider: the device flow, in the settings", PASTE),
        (error(400, "unauthorized_client"), 2, "the provider: the device flow", PASTE),
        (error(400, "invalid_client"), 2, "invalid_client", Some("--client-id")),
        (described("invalid_client", "Invalid client type."), 2, "invalid_client", PASTE),
        (error(403, "access_denied"), 4, "denied access", PASTE),
        (error(400, "invalid_scope"), 2, "invalid_scope", None),
        (Response::html(503, ""), 6, "503", None),
        (Response::html(200, "<h1>hello</h1>"), 6, NO_CODE, None),
        (Response::json(200, &without("device_code")), 6, NO_CODE, None),
        (changed(json!({"device_code": "device-secret-1\r\nX: y"})), 6, NO_CODE, None),
        (changed(json!({"user_code": "\u{202e}\u{1b}\r\n"})), 6, NO_CODE, None),
        (changed(json!({"device_code": "x".repeat(10_000_000)})), 6, "exceeds 1 MiB", None),
        (Response::of_type(200, "application/octet-stream", "\u{1}\u{2}"), 6, "`application/octet-stream`", None),
        (Response::json(200, &json!([codes()])), 6, NO_CODE, None),
        (Response::json(400, &missing_scope), 1, "returned: missing scope", None),
        (Response::json(403, &json!({"error_code": "rate_limit_exceeded"})), 6, "`rate_limit_exceeded`", None),
        (Response::json(200, &without("verification_uri")), 6, NO_CODE, None),
        (changed(json!({"verification_uri": "javascript:alert(1)"})), 1, "javascript", None),
    ] {
        println!("{answer:?}");
        let script = Script::new(vec![answer]);
        let world = World::new(0);
        let row = "hint = 'the device flow, in the settings of the app'\nreply = { error = 'error_code' }";
        let outcome = world.sign_in(&provider(&script.origin(), row));
        world.assert_no_secret(&outcome);
        let error = outcome.expect_err("refused");
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(error.to_string().contains(said), "no `{said}` in: {error}");
        let told = error.hint("mycli").unwrap_or_default();
        assert!(told.contains(hint.unwrap_or_default()) && told.contains("--paste") == (hint == PASTE), "{told}");
    }
}

#[test]
fn expired_code_is_replaced_on_a_terminal() {
    let second = with(codes(), json!({"device_code": "device-secret-2", "user_code": "BCDF-GHJK"}));
    let script = Script::new(vec![
        Response::json(200, &codes()),
        error(400, "expired_token"),
        Response::json(200, &second),
        Response::json(200, &tokens()),
    ]);
    let world = World::new(1);
    world.sign_in(&provider(&script.origin(), "")).expect("approved");
    assert!(world.messages()[1].starts_with("BCDF-GHJK"), "{:?}", world.messages());
    assert_eq!(script.requests()[3].form("device_code"), Some("device-secret-2"));
}

#[test]
fn timeout_limits_the_wait() {
    let script = Script::new([vec![Response::json(200, &codes())], vec![pending(); 90]].concat());
    let world = World::new(9);
    let asked = SigninOptions { timeout: Some(TimeLimit::start(Duration::from_secs(30))), ..SigninOptions::default() };
    let error = signin(&world.app, &provider(&script.origin(), ""), &asked).expect_err("the user did not come");
    assert_eq!((error.exit_code(), world.sleeps().iter().sum::<f64>()), (5, 30.0), "{error}");
    assert_eq!(script.requests().len(), 5, "four polls of seven seconds");
}

/// Clock jump, poll responses, seconds slept, exit code.
type Sleep = (i64, fn() -> Vec<Response>, f64, u8);

#[test]
fn sleep_and_clock_changes_do_not_extend_the_wait() {
    const DAY: i64 = 86400;
    let table: [Sleep; 4] = [
        (DAY, || vec![Response::json(200, &tokens())], 7.0, 0),
        (DAY, || vec![error(400, "expired_token")], 7.0, 5),
        // The local clock says that the code expired, the provider does not know it yet: polling must end.
        (DAY, || vec![pending(); 9], 7.0, 5),
        (-DAY, || vec![pending(); 90], 600.0, 5),
    ];
    for (leap, answers, slept, code) in table {
        println!("{leap} {code}");
        let script = Script::new([vec![Response::json(200, &codes())], answers()].concat());
        let world = World::new(0);
        *world.clock.leap.lock().expect("no panic") = leap;
        let outcome = world.sign_in(&provider(&script.origin(), ""));
        assert_eq!(outcome.as_ref().map_or_else(Error::exit_code, |_| 0), code, "{outcome:?}");
        assert_eq!(world.sleeps().iter().sum::<f64>(), slept);
    }
}

#[test]
fn codes_are_truncated_and_unsafe_urls_only_displayed() {
    let long = format!("\u{1b}[2J{}", "A".repeat(500));
    let answer = with(
        codes(),
        json!({"user_code": long, "verification_uri": "http://acme.example/activate",
        "verification_uri_complete": "http://acme.example/activate?x"}),
    );
    let script = Script::new(vec![Response::json(200, &answer), Response::json(200, &tokens())]);
    let world = World::new(0);
    world.sign_in(&provider(&script.origin(), "")).expect("approved");
    let expected = format!("[2J{}… http://acme.example/activate -", "A".repeat(61));
    assert_eq!(world.messages()[0], expected);
}

#[test]
fn pkce_is_sent_only_if_the_entry_says_so() {
    use base64::Engine;
    let both = || vec![Response::json(200, &codes()), Response::json(200, &tokens())];
    let script = Script::new(both());
    World::new(0).sign_in(&provider(&script.origin(), "pkce = true")).expect("approved");
    let asked = script.requests();
    let verifier = asked[1].form("code_verifier").expect("sent");
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    let challenge = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(digest);
    assert_eq!((verifier.len(), asked[0].form("code_challenge")), (43, Some(challenge.as_str())));
    assert_eq!(asked[0].form("code_challenge_method"), Some("S256"));
}

#[test]
fn user_params_go_into_the_device_request() {
    let script = Script::new(vec![Response::json(200, &codes()), Response::json(200, &tokens())]);
    let mut provider = provider(&script.origin(), "");
    provider.resource = Some("https://api.example".into());
    let asked = SigninOptions {
        params: vec![("audience".into(), "{client_secret}".into())],
        prompt: Some("login".into()),
        ..SigninOptions::default()
    };
    signin(&World::new(0).app, &provider, &asked).expect("approved");
    let (device, poll) = (&script.requests()[0], &script.requests()[1]);
    assert_eq!(device.form("audience"), Some("{client_secret}"), "taken literally");
    assert_eq!((device.form("prompt"), device.form("resource")), (Some("login"), Some("https://api.example")));
    assert_eq!((poll.form("audience"), poll.form("resource")), (None, Some("https://api.example")));
}

/// Clicks of the user on the pages of npm `oidc-provider`, which shows the code for confirmation first.
fn follow(page: &DevicePrompt<'_>, steps: &[Value]) {
    let confirm = json!(["click", "button[form='op.deviceConfirmForm'][autofocus]"]);
    let steps: Vec<Value> = [&[confirm], steps].concat();
    let address = page.verification_uri_complete.expect("this provider has one");
    browser::drive(address, &json!({ "steps": steps, "until": "/device/" }));
}

fn real(provider: &OidcProvider) -> Provider {
    Provider {
        issuer: Some(provider.issuer().to_owned()),
        discover: true,
        client_id: Some(provider.client_id().to_owned()),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        flow: Some(Flow::Device),
        ..Provider::from_name("acme")
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn user_approves_in_chromium_at_a_real_provider() {
    let world = World::with_user(TestUser::acting(|page| follow(page, &browser::sign_in_as("ada"))));
    let provider = OidcProvider::start(&json!({}));
    let done = world.sign_in(&real(&provider)).expect("approved");
    assert_eq!((done.session.account.name.as_str(), done.flow), ("ada", CompletedFlow::Device));
    assert_eq!(done.session.issuer.as_deref(), Some(provider.issuer()), "the ID token was checked");
    assert_eq!(world.sleeps(), [5.0], "this provider says no interval");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn user_declines_in_chromium_at_a_real_provider() {
    let world = World::with_user(TestUser::acting(|page| {
        let steps =
            [json!(["fill", "input[name=login]", "ada"]), json!(["click", "#login"]), json!(["click", "#deny"])];
        follow(page, &steps);
    }));
    let error = world.sign_in(&real(&OidcProvider::start(&json!({})))).expect_err("refused");
    assert_eq!(error.exit_code(), 4, "{error}");
}

#[test]
fn device_endpoint_of_rfc_8414_metadata_is_found() {
    let listener = Listener::bind();
    let origin = listener.origin();
    let answering = origin.clone();
    listener.serve(move |asked| {
        let at = |path: &str| format!("{answering}{path}");
        let metadata = json!({"issuer": answering, "token_endpoint": at("/token")});
        match asked.path.as_str() {
            "/.well-known/openid-configuration" => Response::json(200, &metadata),
            "/.well-known/oauth-authorization-server" => {
                Response::json(200, &with(metadata, json!({"device_authorization_endpoint": at("/device")})))
            }
            "/device" => Response::json(200, &codes()),
            _ => Response::json(200, &tokens()),
        }
    });
    let mut provider = provider(&origin, "");
    provider.endpoints = KnownEndpoints::default();
    (provider.issuer, provider.discover) = (Some(origin), true);
    World::new(0).sign_in(&provider).expect("approved");
}

#[test]
fn http_log_has_no_code_and_no_token() {
    let world::World { provider, mut sandbox, .. } = world::World::new();
    let by_flag = sandbox.run(&["signin", "acme", "--device", "-vvv", "--force"]).success().stderr;
    sandbox.set("MYCLI_LOG", "debug");
    let by_variable = sandbox.run(&["signin", "acme", "--device", "--force"]).success().stderr;
    let host = provider.issuer().strip_prefix("http://").expect("on loopback");
    for told in [by_flag, by_variable] {
        let exchanges = told.lines().filter(|line| line.contains(&format!("POST {host}: 200, ")));
        assert_eq!(exchanges.count(), 2, "{told}");
        assert!(!told.contains("-secret-") && !told.contains("/device"), "{told}");
    }
    sandbox.set("MYCLI_LOG", "off");
    let json = sandbox.run(&["signin", "acme", "--device", "--json", "--force"]).success();
    assert!(!json.stdout.contains("-secret-") && !json.stderr.contains("-secret-"), "{json:?}");
    let quiet = sandbox.run(&["signin", "acme", "--device", "--force"]).success().stderr;
    assert!(!quiet.contains("POST"), "{quiet}");
}
