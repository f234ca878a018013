//! The device flow against local servers that imitate real providers and their variants of RFC 8628. No test waits:
//! each has its own clock.

use std::collections::VecDeque;
use std::slice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::fake_provider::{FakeProvider, Listener, ReceivedRequest as Request, Response};
use crate::support::in_process::{TestUser, World};
use crate::support::oidc_provider::OidcProvider;
use crate::support::{Sandbox, browser};
use mycli::internals::catalog::{
    self, AuthEnvironment, ConfiguredProviders, DeviceQuirks, Flow, KnownEndpoints, Overrides, Provider, Setting,
    SettingKind, rows,
};
use mycli::internals::error::Error;
use mycli::internals::prompt::DevicePrompt;
use mycli::internals::secret::Secret;
use mycli::internals::signin::{CompletedFlow, SigninOptions, signin};
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

/// Formats a request as one line: method, path, and its parameters with their location, sorted.
fn line(request: &Request) -> String {
    let is_json = request.header("content-type") == Some("application/json");
    let mut pairs: Vec<String> = match is_json {
        true => {
            let body: serde_json::Map<String, Value> = serde_json::from_str(&request.body).expect("JSON");
            body.iter().map(|(name, value)| format!("{name}={}", value.as_str().expect("text"))).collect()
        }
        false => request.form.iter().map(|(name, value)| format!("{name}={value}")).collect(),
    };
    // Random; another test checks these.
    for pair in &mut pairs {
        if let Some((name @ ("code_challenge" | "code_verifier"), _)) = pair.split_once('=') {
            *pair = format!("{name}=*");
        }
    }
    pairs.extend(request.query.iter().map(|(name, value)| format!("?{name}={value}")));
    pairs.extend(request.header("authorization").map(str::to_owned));
    pairs.sort();
    format!("{} {} {}{}", request.method, request.path, if is_json { "json " } else { "" }, pairs.join(" "))
}

/// Variant of the device flow: the providers that use it, the scripted responses, the expected requests.
struct Dialect {
    what: &'static str,
    /// Catalog entries with this variant, used unchanged.
    rows: &'static [&'static str],
    /// True if the client has a secret, [`SECRET`].
    secret: bool,
    codes: Response,
    /// Responses before the tokens; each means "pending".
    waits: Vec<Response>,
    tokens: Response,
    device: &'static str,
    poll: &'static str,
}

const PLAIN_DEVICE: &str = "POST /device client_id=client 1 scope=read write";
const PLAIN_POLL: &str = "POST /token client_id=client 1 device_code=device-secret-1 \
                          grant_type=urn:ietf:params:oauth:grant-type:device_code";

impl Dialect {
    fn plain(what: &'static str, rows: &'static [&'static str]) -> Self {
        Self {
            what,
            rows,
            secret: false,
            codes: Response::json(200, &codes()),
            waits: vec![pending(), error(400, "slow_down")],
            tokens: Response::json(200, &tokens()),
            device: PLAIN_DEVICE,
            poll: PLAIN_POLL,
        }
    }
}

const SECRET: &str = "s-3";

fn dialects() -> Vec<Dialect> {
    let url = || {
        Response::json(
            200,
            &with(without("verification_uri"), json!({"verification_url": "https://acme.example/activate"})),
        )
    };
    let status = |status: u16| Response::json(status, &json!({}));
    let plain = Dialect::plain;
    vec![
        Dialect {
            ..plain(
                "as the RFC says",
                &[
                    "academiccloud",
                    "adfs",
                    "asgardeo",
                    "authentik",
                    "buildkite",
                    "duende-identity-server6",
                    "e-infra-cz",
                    "egi-checkin",
                    "forgerock",
                    "fusionauth",
                    "gitlab",
                    "huggingface",
                    "ibm-verify",
                    "janssen",
                    "kinde",
                    "lifescience-ri",
                    "logto",
                    "okta",
                    "ory-hydra",
                    "ping-id",
                    "pingfederate",
                    "sentry",
                    "vercel",
                    "wlcg-iam",
                    "wso2-identity-server",
                    "zitadel",
                    "discord",
                ],
            )
        },
        Dialect {
            device: "POST /device client_id=client 1 code_challenge=* code_challenge_method=S256 scope=read write",
            poll: "POST /token client_id=client 1 code_verifier=* device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("PKCE", &["keycloak"])
        },
        Dialect {
            waits: vec![error(403, "authorization_pending"), error(429, "slow_down")],
            ..plain("other statuses than 400", &["auth0"])
        },
        Dialect {
            codes: Response::json(
                200,
                &with(codes(), json!({"message": "To sign in, use a web browser to open the page"})),
            ),
            waits: vec![Response::json(
                400,
                &json!({"error": "authorization_pending", "error_description": "AADSTS70016", "error_codes": [70016], "suberror": "x"}),
            )],
            tokens: Response::json(200, &with(tokens(), json!({"ext_expires_in": 4000, "scope": "read write"}))),
            ..plain("a message beside the codes", &["microsoft-entra-id"])
        },
        Dialect {
            device: "POST /device client_id=client 1 response_type=device_code scope=read write",
            ..plain("`response_type`", &["oracle-idcs"])
        },
        Dialect {
            secret: true,
            device: "POST /device client_id=client 1 client_secret=s-3 scope=read write",
            poll: "POST /token client_id=client 1 client_secret=s-3 device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("a secret in both forms", &["cilogon"])
        },
        Dialect {
            waits: vec![
                error(200, "authorization_pending"),
                Response::json(200, &json!({"error": "slow_down", "interval": 12})),
            ],
            codes: Response::of_type(
                200,
                "application/x-www-form-urlencoded; charset=utf-8",
                "device_code=device-secret-1&expires_in=900&interval=5&user_code=WDJB-MJHT&\
                 verification_uri=https%3A%2F%2Facme.example%2Factivate",
            ),
            tokens: Response::of_type(
                200,
                "application/x-www-form-urlencoded; charset=utf-8",
                "access_token=access-secret-1&scope=read%2Cwrite&token_type=bearer",
            ),
            ..plain("errors with 200, and forms for answers", &["github", "github-enterprise"])
        },
        Dialect {
            secret: true,
            codes: url(),
            waits: vec![error(428, "authorization_pending"), error(403, "slow_down")],
            poll: "POST /token client_id=client 1 client_secret=s-3 device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("no Basic, `verification_url`, 428 and 403", &["google"])
        },
        Dialect {
            device: "POST /device client_id=client 1 response_type=device_code scope=read write",
            poll: "POST /token client_id=client 1 device_code=device-secret-1 grant_type=device_code \
                   user_code=WDJB-MJHT",
            ..plain("a short grant type, the user code at each poll", &["amazon"])
        },
        Dialect {
            device: "POST /device client_id=client 1 response_type=device_code scope=read write",
            poll: "POST /cas/oauth2.0/accessToken client_id=client 1 code=device-secret-1 response_type=device_code",
            ..plain("one address for both", &["apereo-cas"])
        },
        Dialect {
            secret: true,
            codes: Response::json(
                200,
                &json!({
                    "deviceCode": "device-secret-1", "userCode": "WDJB-MJHT", "expiresIn": 600, "interval": 1,
                    "verificationUri": "https://acme.example/activate",
                    "verificationUriComplete": "https://acme.example/activate?user_code=WDJB-MJHT",
                }),
            ),
            waits: vec![
                Response::json(400, &json!({"__type": "AuthorizationPendingException"})),
                Response::json(400, &json!({"__type": "SlowDownException"})),
            ],
            tokens: Response::json(
                200,
                &json!({"accessToken": "access-secret-1", "tokenType": "Bearer", "expiresIn": 28800}),
            ),
            device: "POST /device json clientId=client 1 clientSecret=s-3 startUrl=https://id.example/base",
            poll: "POST /token json clientId=client 1 clientSecret=s-3 deviceCode=device-secret-1 \
                   grantType=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("JSON in its own words", &["aws-iam-identity-center"])
        },
        Dialect {
            secret: true,
            codes: url(),
            device: "POST /device client_id=client 1 response_type=device_code scope=read write",
            poll: "GET /token ?client_id=client 1 ?client_secret=s-3 ?code=device-secret-1 ?grant_type=device_token",
            ..plain("polls by GET, `device_token`", &["baidu"])
        },
        Dialect {
            secret: true,
            device: "POST /device Basic Y2xpZW50KzE6cy0z client_id=client 1 scope=read write",
            poll: "POST /token Basic Y2xpZW50KzE6cy0z device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("Basic in both", &["discord", "huggingface", "duende-identity-server6"])
        },
        Dialect {
            codes: Response::json(200, &with(without("device_code"), json!({"code": "device-secret-1"}))),
            waits: vec![
                Response::json(400, &json!({"error": {"message": "m", "code": 31, "error_subcode": 1_349_174}})),
                Response::json(400, &json!({"error": {"message": "m", "code": 17, "error_subcode": 1_349_172}})),
            ],
            tokens: Response::json(200, &json!({"access_token": "access-secret-1", "expires_in": 5_183_996})),
            device: "POST /device access_token=client 1|x1 scope=read,write",
            poll: "POST /v2.6/device/login_status access_token=client 1|x1 code=device-secret-1",
            ..plain("a token of the application, errors by number", &["facebook"])
        },
        Dialect {
            secret: true,
            device: "POST /device Basic Y2xpZW50KzE6cy0z client_id=client 1 scope=read write",
            poll: "POST /token client_id=client 1 client_secret=s-3 device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("Basic, then the form", &["feishu", "lark"])
        },
        Dialect {
            secret: true,
            codes: url(),
            waits: vec![
                Response::json(400, &json!({"error": 1101, "sub_error": 20411, "error_description": "d"})),
                Response::json(400, &json!({"error": 1101, "sub_error": "20412"})),
            ],
            poll: "POST /token client_id=client 1 client_secret=s-3 code=device-secret-1 grant_type=device_code",
            ..plain("numbers for errors, an address that needs the code", &["huawei"])
        },
        Dialect {
            codes: url(),
            waits: vec![
                Response::json(403, &json!({"error": "not yet"})),
                Response::json(200, &json!({"client_id": "own", "client_secret": "own-secret-1"})),
            ],
            device: "GET /device ?client_id=client 1 ?new_credentials=yes",
            poll: "POST /token client_id=own client_secret=own-secret-1 code=device-secret-1 \
                   grant_type=http://oauth.net/grant_type/device/1.0",
            ..plain("a client for each user", &["real-debrid"])
        },
        Dialect {
            device: "POST /device client_id=client 1 response_type=device_code scope=read write",
            poll: "POST /token client_id=client 1 code=device-secret-1 grant_type=device",
            ..plain("`device` as the grant type", &["salesforce"])
        },
        Dialect {
            codes: Response::json(
                200,
                &json!({"result": "OK", "user_code": "A/1?", "verification_url": "https://acme.example/activate", "expires_in": 900, "interval": 5}),
            ),
            waits: vec![
                Response::json(200, &json!({"result": "KO", "message": "Authorization pending"})),
                Response::json(200, &json!({"result": "KO", "message": "Slow down"})),
            ],
            tokens: Response::json(200, &json!({"result": "OK", "access_token": "access-secret-1"})),
            device: "GET /device ?client_id=client 1",
            poll: "GET /oauth/pin/A%2F1%3F ?client_id=client 1",
            ..plain("no device code, polls at an address with the user code", &["simkl"])
        },
        Dialect {
            secret: true,
            codes: url(),
            waits: vec![Response::html(400, ""), status(429)],
            device: "POST /device json client_id=client 1",
            poll: "POST /oauth/device/token json client_id=client 1 client_secret=s-3 code=device-secret-1",
            ..plain("JSON, the status as the signal", &["trakt"])
        },
        Dialect {
            waits: vec![Response::json(400, &json!({"status": 400, "message": "authorization_pending"}))],
            tokens: Response::json(200, &with(tokens(), json!({"scope": ["read", "write"]}))),
            device: "POST /device client_id=client 1 scopes=read write",
            poll: "POST /token client_id=client 1 device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code scopes=read write",
            ..plain("`scopes`, `message` in place of `error`", &["twitch"])
        },
        Dialect {
            secret: true,
            codes: Response::json(
                200,
                &with(without("verification_uri"), json!({"activate_link": "https://acme.example/activate"})),
            ),
            device: "POST /device Basic Y2xpZW50KzE6cy0z client_id=client 1 grant_type=device_grant scope=read write",
            poll: "POST /oauth/device/authorize Basic Y2xpZW50KzE6cy0z device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code user_code=WDJB-MJHT",
            ..plain("links of other names", &["vimeo"])
        },
        Dialect {
            secret: true,
            waits: vec![error(428, "authorization_pending")],
            poll: "POST /v1/device/token Basic Y2xpZW50KzE6cy0z device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("its own place for polls", &["webex"])
        },
        Dialect {
            tokens: Response::json(
                200,
                &json!({"access_token": "access-secret-1", "refresh_token": "r", "user": {"id": "u"}}),
            ),
            poll: "POST /user_management/authenticate client_id=client 1 device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("one place for all tokens", &["workos"])
        },
        Dialect {
            codes: url(),
            poll: "POST /token client_id=client 1 code=device-secret-1 grant_type=device_code",
            ..plain("`code`, `verification_url`", &["yandex"])
        },
        Dialect {
            secret: true,
            codes: url(),
            waits: vec![error(200, "authorization_pending"), error(200, "slow_down")],
            device: "POST /device access_type=offline client_id=client 1 grant_type=device_request scope=read,write",
            poll: "POST /oauth/v3/device/token client_id=client 1 client_secret=s-3 code=device-secret-1 \
                   grant_type=device_token",
            ..plain("errors with 200, commas, its own place for polls", &["zoho"])
        },
        Dialect {
            secret: true,
            device: "POST /device ?client_id=client 1 Basic Y2xpZW50KzE6cy0z",
            poll: "POST /token Basic Y2xpZW50KzE6cy0z device_code=device-secret-1 \
                   grant_type=urn:ietf:params:oauth:grant-type:device_code",
            ..plain("the client in the query", &["zoom"])
        },
        Dialect {
            codes: Response::json(
                200,
                &with(codes(), json!({"user_code": 123_456, "expires_in": "600", "interval": "5"})),
            ),
            ..plain("numbers and texts exchanged", &["okta"])
        },
    ]
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
    let configured = ConfiguredProviders { home: None, entries };
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

#[test]
fn every_variant_leads_to_tokens() {
    for dialect in dialects() {
        for name in dialect.rows {
            println!("{name}: {}", dialect.what);
            speaks(&dialect, name);
        }
    }
}

fn speaks(dialect: &Dialect, name: &str) {
    let answers = [slice::from_ref(&dialect.codes), &dialect.waits[..], slice::from_ref(&dialect.tokens)].concat();
    let script = Script::new(answers.clone());
    let mut provider = row(name, &script.origin());
    provider.client_secret = dialect.secret.then(|| Secret::new(SECRET));
    let world = World::new(0);
    let outcome = world.sign_in(&provider);
    world.assert_no_secret(&outcome);
    let done = outcome.unwrap_or_else(|error| panic!("{name}: {error}\n{:#?}", script.requests()));
    assert_eq!(done.flow, CompletedFlow::Device);
    assert_eq!(done.session.scopes, ["read", "write"]);
    let lines: Vec<String> = script.requests().iter().map(line).collect();
    assert_eq!(lines.len(), answers.len(), "{lines:#?}");
    assert_eq!(lines[0], dialect.device);
    assert_eq!(lines[answers.len() - 1], dialect.poll);
    let types: Vec<_> =
        script.requests().iter().filter_map(|asked| asked.header("content-type").map(str::to_owned)).collect();
    assert!(types.iter().all(|kind| !kind.contains("charset")), "{types:?}");
    let said = world.messages();
    assert!(said[0].contains("https://acme.example/activate"), "{said:?}");
    let summary = world.app.find_session(name, None).expect("readable").expect("stored");
    let stored = world.app.sessions.load(&summary).expect("readable");
    // One provider issues a client for each user.
    let own = provider.quirks.device.exchange.is_some();
    assert_eq!(stored.client.id, if own { "own" } else { "client 1" });
    assert_eq!(stored.tokens.access_token.expose(), "access-secret-1");
}

#[test]
fn every_entry_with_a_device_endpoint_has_a_tested_variant() {
    let spoken: Vec<&str> = dialects().iter().flat_map(|dialect| dialect.rows.iter().copied()).collect();
    for name in rows().names() {
        let has_endpoint = rows().row(name).expect(name).endpoints.device_authorization.is_some();
        assert_eq!(spoken.contains(&name), has_endpoint, "{name}");
    }
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
                    pending(),
                ]
            },
            &[5.0, 10.0, 20.0, 40.0, 5.0],
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
    let script = Script::new([vec![Response::json(200, &codes())], vec![Response::html(503, ""); 30]].concat());
    let world = World::new(0);
    let error = world.sign_in(&provider(&script.origin(), "")).expect_err("no response");
    assert_eq!(error.exit_code(), 5, "{error}");
    assert_eq!(world.sleeps().iter().sum::<f64>(), 600.0);
    let warnings = world.messages().iter().filter(|text| text.starts_with("warning")).count();
    assert_eq!(warnings, 1, "{:?}", world.messages());
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
    let table: Vec<Ending> = vec![
        ("", described("access_denied"), 4, "as[31m told"),
        ("", error(400, "authorization_declined"), 4, "denied"),
        ("", error(400, "expired_token"), 5, "600s"),
        ("", error(200, "token_expired"), 5, "600s"),
        ("", error(400, "invalid_grant"), 1, "device code"),
        (
            "",
            Response::json(
                400,
                &json!({"error": "invalid_grant", "error_description": "AADSTS53003: Conditional Access"}),
            ),
            1,
            "Conditional Access",
        ),
        ("", error(401, "invalid_client"), 2, "invalid_client"),
        ("", error(400, "unsupported_grant_type"), 2, "unsupported_grant_type"),
        ("", Response::html(404, "<h1>no</h1>"), 6, "404"),
        ("", Response::redirect("https://evil.example/"), 6, "redirect"),
        ("", Response::json(200, &json!({"token": "access-secret-9"})), 6, "expected tokens"),
        ("", Response::json(400, &json!({"message": "invalid device code"})), 1, "invalid device code"),
        ("answers = { access_denied = ['http=418'] }", Response::html(418, ""), 4, "denied"),
        ("answers = { expired_token = ['http=410'] }", Response::html(410, ""), 5, "600s"),
        ("answers = { invalid_grant = ['http=404', 'http=409'] }", Response::html(409, ""), 1, "device code"),
        (
            "errors = { other_dc = 'set another `region`' }",
            error(400, "other_dc"),
            1,
            "`other_dc`: set another `region`",
        ),
        ("", Response::json(200, &json!({"access_token": "access-secret-8\r\nX: y"})), 1, "characters"),
        (
            "answers = { access_denied = ['sub_error=20414'] }",
            Response::json(400, &json!({"error": 1101, "sub_error": 20414})),
            4,
            "denied",
        ),
        ("", Response::json(400, &json!({"error": 1102, "error_description": "odd"})), 1, "odd"),
    ];
    for (row, answer, code, said) in table {
        println!("{answer:?}");
        let script = Script::new(vec![Response::json(200, &codes()), answer]);
        let world = World::new(0);
        let outcome = world.sign_in(&provider(&script.origin(), row));
        world.assert_no_secret(&outcome);
        let error = outcome.expect_err("refused");
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(error.to_string().contains(said), "no `{said}` in: {error}");
        let forbidden = ["invalid_client", "unsupported_grant_type", "Conditional Access"].contains(&said);
        let other_way = error.hint("mycli").filter(|hint| hint == "mycli signin acme --paste");
        assert_eq!(other_way.is_some(), forbidden, "{error}: {:?}", error.hint("mycli"));
        assert!(world.app.find_session("acme", None).expect("readable").is_none());
    }
}

#[test]
fn rejected_device_request_hints_at_setup_or_browser_flow() {
    for (answer, code, said, hint) in [
        (
            error(200, "device_flow_disabled"),
            2,
            "the provider: the device flow, in the settings",
            Some("signin acme --paste"),
        ),
        (error(400, "unauthorized_client"), 2, "the provider: the device flow", Some("signin acme --paste")),
        (error(400, "invalid_client"), 2, "invalid_client", Some("signin acme --paste")),
        (error(403, "access_denied"), 4, "denied access", Some("signin acme --paste")),
        (error(400, "invalid_scope"), 2, "invalid_scope", None),
        (Response::html(503, ""), 6, "503", None),
        (Response::html(200, "<h1>hello</h1>"), 6, "expected a device code", None),
        (Response::json(200, &without("device_code")), 6, "expected a device code", None),
        (
            Response::json(200, &with(codes(), json!({"device_code": "device-secret-1\r\nX: y"}))),
            6,
            "expected a device code",
            None,
        ),
        (
            Response::json(200, &with(codes(), json!({"user_code": "\u{202e}\u{1b}\r\n"}))),
            6,
            "expected a device code",
            None,
        ),
        (Response::json(200, &with(codes(), json!({"device_code": "x".repeat(10_000_000)}))), 6, "exceeds 1 MiB", None),
        (Response::of_type(200, "application/octet-stream", "\u{1}\u{2}"), 6, "`application/octet-stream`", None),
        (Response::json(200, &json!([codes()])), 6, "expected a device code", None),
        (
            Response::json(400, &json!({"status": 400, "message": "missing \u{1b}scope"})),
            1,
            "returned: missing scope",
            None,
        ),
        (Response::json(403, &json!({"error_code": "rate_limit_exceeded"})), 6, "`rate_limit_exceeded`", None),
        (Response::json(200, &without("verification_uri")), 6, "expected a device code", None),
        (
            Response::json(200, &with(codes(), json!({"verification_uri": "javascript:alert(1)"}))),
            1,
            "javascript",
            None,
        ),
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
        assert!(told.contains(hint.unwrap_or_default()) && told.contains("--paste") == hint.is_some(), "{told}");
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
    let asked = SigninOptions { timeout: Some(Duration::from_secs(30)), ..SigninOptions::default() };
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

#[test]
fn device_flow_without_a_browser_names_the_reason() {
    let script = Script::new(vec![Response::json(200, &codes()), Response::json(200, &tokens())]);
    let mut provider = provider(&script.origin(), "");
    provider.flow = None;
    provider.endpoints.authorization = Some(format!("{}/authorize", script.origin()));
    let world = World::new(0);
    let done = world.sign_in(&provider).expect("approved");
    assert_eq!(done.flow, CompletedFlow::Device);
    assert!(world.messages()[0].contains("SSH"), "{:?}", world.messages());
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

/// The program without a browser, and a provider whose codes expire after one second.
fn sandbox(provider: &FakeProvider) -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n",
        provider.issuer()
    ));
    sandbox
}

#[test]
fn json_events_carry_the_codes_and_the_outcome() {
    let provider = FakeProvider::start();
    let outcome = sandbox(&provider).run(&["signin", "acme", "--device", "--json"]).success();
    let document = outcome.json();
    assert_eq!((&document["flow"], &document["provider"]), (&json!("device"), &json!("acme")));
    let lines = outcome.json_lines();
    let page = lines.iter().find(|line| line["event"] == "device").expect("the page");
    let address = format!("{}/activate", provider.issuer());
    assert_eq!(page["verification_uri"], address);
    assert_eq!(page["verification_uri_complete"], format!("{address}?user_code=WDJB-MJHT"));
    assert_eq!((&page["user_code"], &page["expires_in"]), (&json!("WDJB-MJHT"), &json!(600)));
    assert!(!outcome.stderr.contains("-secret-"), "{}", outcome.stderr);
}

#[test]
fn http_log_has_no_code_and_no_token() {
    let provider = FakeProvider::start();
    let mut sandbox = sandbox(&provider);
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
    let quiet = sandbox.run(&["signin", "acme", "--device", "--force"]).success().stderr;
    assert!(!quiet.contains("POST"), "{quiet}");
}

#[test]
fn no_input_requests_no_code() {
    let provider = FakeProvider::start();
    sandbox(&provider).run(&["signin", "acme", "--device", "--no-input"]).fails(2, "needs a user");
    assert!(provider.requests().is_empty());
}

#[test]
fn browser_and_device_flags_exclude_each_other() {
    let sandbox = sandbox(&FakeProvider::start());
    for flags in [&["--browser"][..], &["--port", "8080"], &["--callback", "http://127.0.0.1/x"]] {
        sandbox.run(&[&["signin", "acme", "--device"], flags].concat()).fails(2, "cannot be used with");
    }
    sandbox.run(&["signin", "acme", "--qr", "--no-qr"]).fails(2, "cannot be used with");
}

#[test]
fn demo_provider_approves_an_unattended_device() {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    let outcome = sandbox.run(&["signin", "demo", "--device"]).success();
    assert!(outcome.stderr.contains("approves automatically"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    sandbox.run(&["token", "demo"]).success();
}
