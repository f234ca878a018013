//! Demo provider: the whole protocol against its handler, with a clock that tests control.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mycli::internals::clock::Clock;
use mycli::internals::demo::{
    Approval, CLIENT_ID, DemoProvider, DemoSettings, FIXED_ISSUER, Issuer, StateStorage, in_memory_storage,
};
use mycli::internals::secret::Secret;
use mycli::internals::server::{Peer, Request, Response};
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

const PORT: u16 = 4711;
const FRONT: &str = "http://127.0.0.1:4711";
const REDIRECT: &str = "http://127.0.0.1:51004/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

type Pairs<'a> = Vec<(&'a str, &'a str)>;

#[derive(Clone)]
struct Hand {
    time: Arc<Mutex<DateTime<Utc>>>,
    /// Seconds that each read advances the clock.
    pace: i64,
}

impl Hand {
    fn new() -> Self {
        let time = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
        Self { time: Arc::new(Mutex::new(time)), pace: 0 }
    }

    fn forward(&self, seconds: i64) {
        *self.time.lock().expect("no test panics with it") += chrono::Duration::seconds(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        self.forward(self.pace);
        *self.time.lock().expect("no test panics with it")
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

struct Provider {
    demo: DemoProvider,
    clock: Hand,
}

impl Provider {
    fn new(issuer: Issuer, approval: Approval) -> Self {
        Self::with(issuer, approval, in_memory_storage(), Hand::new())
    }

    fn page() -> Self {
        Self::new(Issuer::Loopback, Approval::Page)
    }

    fn automatic() -> Self {
        Self::new(Issuer::Loopback, Approval::Automatic)
    }

    fn with(issuer: Issuer, approval: Approval, memory: StateStorage, clock: Hand) -> Self {
        let demo = DemoProvider::new(settings(issuer, approval, memory, Arc::new(clock.clone())), PORT);
        Self { demo: demo.expect("its memory works"), clock }
    }

    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
            peer: Peer::default(),
        };
        Reply(self.demo.respond(&request))
    }

    fn get(&self, path: &str, query: &Pairs<'_>) -> Reply {
        self.send("GET", &format!("{path}?{}", encoded(query)), &[], "")
    }

    fn post(&self, path: &str, form: &Pairs<'_>) -> Reply {
        self.send("POST", path, &[("content-type", "application/x-www-form-urlencoded")], &encoded(form))
    }

    /// Returns a code from a provider with automatic approval.
    fn code(&self) -> String {
        self.code_for(&[])
    }

    fn code_for(&self, changes: &[(&str, Option<&str>)]) -> String {
        self.get("/authorize", &asked(changes)).callback().remove("code").expect("approved")
    }

    fn redeem(&self, code: &str) -> Reply {
        self.post("/token", &redemption(code, &[]))
    }

    fn refresh(&self, token: &str) -> Reply {
        self.post("/token", &vec![("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", token)])
    }

    fn userinfo(&self, token: &str) -> Reply {
        self.send("GET", "/userinfo", &[("authorization", &format!("Bearer {token}"))], "")
    }

    fn signed_in(&self) -> Value {
        self.redeem(&self.code()).json(200)
    }

    fn poll(&self, device_code: &str) -> Reply {
        self.post("/token", &vec![("grant_type", DEVICE_GRANT), ("client_id", CLIENT_ID), ("device_code", device_code)])
    }

    /// Sends the form of a page.
    fn decide(&self, page: &Reply, decision: &str, account: &str) -> Reply {
        let ticket = page.ticket();
        self.post("/decision", &vec![("ticket", &ticket), ("decision", decision), ("account", account)])
    }

    fn device(&self) -> (String, String) {
        let codes = self.post("/device/code", &vec![("client_id", CLIENT_ID), ("scope", "openid profile")]).json(200);
        (text(&codes, "device_code"), text(&codes, "user_code"))
    }
}

fn settings(issuer: Issuer, approval: Approval, storage: StateStorage, clock: Arc<dyn Clock>) -> DemoSettings {
    DemoSettings { issuer, approval, clock, storage, program: "mycli".to_owned() }
}

struct Reply(Response);

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.0.headers.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn body(&self) -> &str {
        std::str::from_utf8(&self.0.body).expect("text")
    }

    fn json(&self, status: u16) -> Value {
        assert_eq!(self.0.status, status, "{}", self.body());
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(self.body()).expect("JSON")
    }

    fn error(&self, status: u16) -> String {
        let answer = self.json(status);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        text(&answer, "error")
    }

    /// Returns the parameters of the redirect to the client.
    fn callback(&self) -> BTreeMap<String, String> {
        assert_eq!(self.0.status, 303, "{}", self.body());
        let location = Url::parse(self.header("location").expect("a redirect has a location")).expect("a URL");
        assert!(location.as_str().starts_with(REDIRECT), "{location}");
        location.query_pairs().into_owned().collect()
    }

    fn ticket(&self) -> String {
        assert_eq!(self.0.status, 200, "{}", self.body());
        let (_, rest) = self.body().split_once("name=ticket value=\"").expect("the page has a ticket");
        rest.split('"').next().expect("quoted").to_owned()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("`{name}` is missing")).to_owned()
}

fn encoded(pairs: &Pairs<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn changed<'a>(mut pairs: Pairs<'a>, changes: &[(&'a str, Option<&'a str>)]) -> Pairs<'a> {
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    pairs
}

fn asked<'a>(changes: &[(&'a str, Option<&'a str>)]) -> Pairs<'a> {
    let pairs = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "openid profile email"),
        ("state", "s&t<a>te"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    changed(pairs, changes)
}

fn redemption<'a>(code: &'a str, changes: &[(&'a str, Option<&'a str>)]) -> Pairs<'a> {
    let pairs = vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    changed(pairs, changes)
}

/// Checks the signature of an ID token with the published key and returns its claims.
fn checked_claims(provider: &Provider, token: &str) -> Value {
    let key = provider.get("/jwks", &vec![]).json(200)["keys"][0].clone();
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let point = [vec![4], part(&text(&key, "x")), part(&text(&key, "y"))].concat();
    let (signed, signature) = token.rsplit_once('.').expect("a JWT");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &part(signature))
        .expect("signed with the published key");
    let (head, claims) = signed.split_once('.').expect("a JWT");
    let head: Value = serde_json::from_slice(&part(head)).expect("JSON");
    assert_eq!((&head["alg"], &head["kid"]), (&Value::from("ES256"), &key["kid"]));
    serde_json::from_slice(&part(claims)).expect("JSON")
}

#[test]
fn approval_gives_the_client_tokens() {
    let provider = Provider::page();
    let page = provider.get("/authorize", &asked(&[("login_hint", Some("GRACE@demo.example"))]));
    assert!(page.body().contains(r#"value="grace" checked"#));
    let callback = provider.decide(&page, "approve", "grace").callback();
    assert_eq!(callback["state"], "s&t<a>te");
    assert_eq!(callback["iss"], FRONT);

    let answer = provider.redeem(&callback["code"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json(200);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile email");

    let claims = checked_claims(&provider, &text(&tokens, "id_token"));
    let access_token = text(&tokens, "access_token");
    let half = &digest(&SHA256, access_token.as_bytes()).as_ref()[..16].to_vec();
    assert_eq!(claims["iss"], FRONT);
    assert_eq!(claims["aud"], CLIENT_ID);
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(claims["auth_time"], 1_800_000_000);
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(half));
    assert_eq!(claims["preferred_username"], "grace");

    let profile = provider.userinfo(&access_token).json(200);
    assert_eq!(profile["sub"], claims["sub"]);
    assert_eq!(profile["email"], "grace@demo.example");
}

#[test]
fn denial_is_returned_to_the_client() {
    let provider = Provider::page();
    let callback = provider.decide(&provider.get("/authorize", &asked(&[])), "deny", "ada").callback();
    assert_eq!(callback["error"], "access_denied");
    assert_eq!((callback["iss"].as_str(), callback["state"].as_str()), (FRONT, "s&t<a>te"));
    assert!(!callback.contains_key("code"));
}

#[test]
fn pages_accept_one_same_origin_decision() {
    let provider = Provider::page();
    let ticket = provider.get("/authorize", &asked(&[])).ticket();
    let form =
        |ticket: &str, decision: &str| encoded(&vec![("ticket", ticket), ("decision", decision), ("account", "ada")]);
    let send = |headers: &[(&str, &str)], body: &str| {
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        provider.send("POST", "/decision", &[&kind, headers].concat(), body)
    };
    let approve = form(&ticket, "approve");
    assert_eq!(send(&[("origin", "http://evil.example")], &approve).0.status, 403);
    assert_eq!(send(&[("origin", "null"), ("sec-fetch-site", "cross-site")], &approve).0.status, 403);
    assert_eq!(send(&[("origin", FRONT)], &form("x", "approve")).0.status, 400);
    assert_eq!(send(&[("origin", FRONT)], &form(&ticket, "perhaps")).0.status, 400);
    assert_eq!(send(&[("origin", FRONT)], &encoded(&vec![("ticket", &ticket), ("decision", "approve")])).0.status, 400);
    let first = send(&[("origin", "null"), ("sec-fetch-site", "same-origin")], &approve);
    let second = send(&[("origin", FRONT)], &form(&ticket, "deny"));
    assert!(first.callback().contains_key("code"));
    assert_eq!(first.header("location"), second.header("location"), "a double click");
}

#[test]
fn page_tokens_are_bound_to_their_page_and_expire() {
    let provider = Provider::page();
    let page = provider.get("/authorize", &asked(&[]));
    assert_eq!(provider.decide(&page, "leave", "ada").0.status, 400);
    provider.clock.forward(16 * 60);
    assert_eq!(provider.decide(&page, "approve", "ada").0.status, 400);
}

#[test]
fn automatic_approval_asks_nobody() {
    let provider = Provider::automatic();
    for (hint, expected) in [(None, "ada"), (Some("grace"), "grace"), (Some("nobody"), "ada")] {
        let tokens = provider.redeem(&provider.code_for(&[("login_hint", hint)])).json(200);
        let claims = checked_claims(&provider, &text(&tokens, "id_token"));
        assert_eq!(claims["preferred_username"], expected);
    }
    provider.poll(&provider.device().0).json(200);
}

#[test]
fn invalid_requests_return_an_error_to_the_client() {
    let provider = Provider::page();
    for (changes, error) in [
        (vec![("response_type", None)], "invalid_request"),
        (vec![("response_type", Some("token"))], "unsupported_response_type"),
        (vec![("response_type", Some("code id_token"))], "unsupported_response_type"),
        (vec![("response_mode", Some("fragment"))], "invalid_request"),
        (vec![("code_challenge", None)], "invalid_request"),
        (vec![("code_challenge_method", None)], "invalid_request"),
        (vec![("code_challenge_method", Some("plain"))], "invalid_request"),
        (vec![("code_challenge", Some("short"))], "invalid_request"),
        (vec![("prompt", Some("none login"))], "invalid_request"),
        (vec![("prompt", Some("perhaps"))], "invalid_request"),
        (vec![("max_age", Some("-1"))], "invalid_request"),
        (vec![("scope", Some("openid \"x\""))], "invalid_scope"),
        (vec![("request", Some("e30.e30."))], "request_not_supported"),
        (vec![("request_uri", Some("http://127.0.0.1/"))], "request_uri_not_supported"),
        (vec![("prompt", Some("none"))], "login_required"),
    ] {
        let callback = provider.get("/authorize", &asked(&changes)).callback();
        assert_eq!(callback["error"], error, "{changes:?}");
        assert_eq!((callback["iss"].as_str(), callback["state"].as_str()), (FRONT, "s&t<a>te"));
    }
    let twice = [asked(&[]), vec![("nonce", "other")]].concat();
    assert_eq!(provider.get("/authorize", &twice).callback()["error"], "invalid_request");
}

#[test]
fn invalid_redirects_and_clients_are_never_redirected() {
    let provider = Provider::page();
    for changes in [
        vec![("client_id", None)],
        vec![("redirect_uri", None)],
        vec![("redirect_uri", Some("https://evil.example/callback"))],
        vec![("redirect_uri", Some("http://127.0.0.1@evil.example/"))],
        vec![("redirect_uri", Some("http://127.0.0.1:1/\"><script>alert(1)</script>"))],
    ] {
        let answer = provider.get("/authorize", &asked(&changes));
        assert_eq!((answer.0.status, answer.header("location")), (400, None), "{changes:?}");
        assert!(!answer.body().contains("<script"));
    }
    let twice = [asked(&[]), vec![("redirect_uri", "http://localhost/")]].concat();
    assert_eq!(provider.get("/authorize", &twice).0.status, 400);
    let fixed = Provider::new(Issuer::Fixed, Approval::Page);
    assert_eq!(fixed.get("/authorize", &asked(&[("client_id", Some("other"))])).0.status, 400);
    assert_eq!(provider.get("/authorize", &asked(&[("client_id", Some("other"))])).0.status, 200);
}

#[test]
fn untrusted_text_is_escaped() {
    let provider = Provider::page();
    let nasty = "<img src=x onerror=alert(1)>\"'&\u{202e}";
    let page = provider.get("/authorize", &asked(&[("scope", Some("a<b>c'd&e")), ("login_hint", Some(nasty))]));
    let client = provider.get("/authorize", &asked(&[("client_id", Some("<b>\"'&"))]));
    let code = provider.get("/device", &vec![("user_code", nasty)]);
    for page in [&page, &client, &code] {
        for raw in ["<img", "a<b>c", "<b>\"", "\u{202e}"] {
            assert!(!page.body().contains(raw), "{raw} in {}", page.body());
        }
    }
    assert!(page.body().contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</code>"));
    assert!(page.body().contains("a&lt;b&gt;c&#39;d&amp;e"));
    assert!(client.body().contains("continue to &lt;b&gt;&quot;&#39;&amp;"));
}

#[test]
fn pages_allow_only_their_style_and_form() {
    let provider = Provider::page();
    let page = provider.get("/authorize", &asked(&[]));
    let (_, style) = page.body().split_once("<style>").expect("a style");
    let style = style.split("</style>").next().expect("closed");
    let hash = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, style.as_bytes()));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains(&format!("style-src 'sha256-{hash}';")));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:51004;"));
    assert!(policy.contains("frame-ancestors 'none'"));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    let ipv6 = provider.get("/authorize", &asked(&[("redirect_uri", Some("http://[::1]:1/"))]));
    assert!(ipv6.header("content-security-policy").is_some_and(|policy| policy.contains("form-action 'self' http:;")));
}

#[test]
fn codes_require_their_verifier_redirect_and_client() {
    let provider = Provider::automatic();
    let other = challenge(VERIFIER);
    for (changes, error) in [
        (vec![("code_verifier", Some(other.as_str()))], "invalid_grant"),
        (vec![("code_verifier", None)], "invalid_grant"),
        (vec![("code_verifier", Some("short"))], "invalid_grant"),
        (vec![("redirect_uri", Some("http://127.0.0.1:51004/callback/"))], "invalid_grant"),
        (vec![("redirect_uri", None)], "invalid_grant"),
        (vec![("client_id", Some("other"))], "invalid_grant"),
        (vec![("code", None)], "invalid_request"),
        (vec![("grant_type", None)], "invalid_request"),
        (vec![("grant_type", Some("password"))], "unsupported_grant_type"),
    ] {
        let code = provider.code();
        assert_eq!(provider.post("/token", &redemption(&code, &changes)).error(400), error, "{changes:?}");
        let is_consumed = error == "invalid_grant" && !changes.iter().any(|(name, _)| *name == "client_id");
        assert_eq!(provider.redeem(&code).0.status, if is_consumed { 400 } else { 200 }, "{changes:?}");
    }
    let expired = provider.code();
    provider.clock.forward(300);
    assert_eq!(provider.redeem(&expired).error(400), "invalid_grant");
    let code = provider.code();
    for changes in [vec![("client_id", None)], vec![("client_secret", Some("x"))]] {
        let answer = provider.post("/token", &redemption(&code, &changes));
        assert_eq!(answer.error(401), "invalid_client", "{changes:?}");
        assert!(answer.header("www-authenticate").is_some());
    }
    assert_eq!(provider.redeem("unknown").error(400), "invalid_grant");
    let twice = [redemption(&code, &[]), vec![("code", "other")]].concat();
    assert_eq!(provider.post("/token", &twice).error(400), "invalid_request");
    let json = provider.send("POST", "/token", &[("content-type", "application/json")], "{}");
    assert_eq!(json.error(400), "invalid_request");
    provider.redeem(&code).json(200);
}

#[test]
fn reused_codes_revoke_their_tokens() {
    let provider = Provider::automatic();
    let code = provider.code();
    let tokens = provider.redeem(&code).json(200);
    provider.userinfo(&text(&tokens, "access_token")).json(200);
    assert_eq!(provider.redeem(&code).error(400), "invalid_grant");
    assert_eq!(provider.userinfo(&text(&tokens, "access_token")).0.status, 401);
    assert_eq!(provider.refresh(&text(&tokens, "refresh_token")).error(400), "invalid_grant");
}

#[test]
fn codes_used_twice_concurrently_give_no_tokens() {
    type Hook = Mutex<Option<Box<dyn FnOnce() + Send>>>;
    let hook: Arc<Hook> = Arc::default();
    let (inner, before) = (in_memory_storage(), hook.clone());
    let memory: StateStorage = Box::new(move |step| {
        let hook = before.lock().expect("no test panics with it").take();
        hook.into_iter().for_each(|hook| hook());
        inner(step)
    });
    let provider = Arc::new(Provider::with(Issuer::Loopback, Approval::Automatic, memory, Hand::new()));
    let code = provider.code();
    let (other, same) = (provider.clone(), code.clone());
    let second = move || assert_eq!(other.redeem(&same).error(400), "invalid_grant");
    *hook.lock().expect("no test panics with it") = Some(Box::new(second));
    assert_eq!(provider.redeem(&code).error(400), "invalid_grant", "the first one, still under way");
    assert!(hook.lock().expect("no test panics with it").is_none(), "the second one came in between");
}

#[test]
fn refresh_tokens_rotate() {
    let provider = Provider::automatic();
    let first = provider.signed_in();
    provider.clock.forward(60);
    let second = provider.refresh(&text(&first, "refresh_token")).json(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    let before = checked_claims(&provider, &text(&first, "id_token"));
    let after = checked_claims(&provider, &text(&second, "id_token"));
    for name in ["iss", "sub", "aud", "auth_time", "acr"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["iat"], 1_800_000_060);
    assert_eq!(after.get("nonce"), None);
    let third = provider.refresh(&text(&second, "refresh_token")).json(200);
    provider.userinfo(&text(&third, "access_token")).json(200);
}

#[test]
fn reused_refresh_tokens_revoke_the_sign_in() {
    let provider = Provider::automatic();
    let bystander = provider.signed_in();
    let first = provider.signed_in();
    let second = provider.refresh(&text(&first, "refresh_token")).json(200);
    assert_eq!(provider.refresh(&text(&first, "refresh_token")).error(400), "invalid_grant");
    assert_eq!(provider.refresh(&text(&second, "refresh_token")).error(400), "invalid_grant");
    assert_eq!(provider.userinfo(&text(&second, "access_token")).0.status, 401);
    provider.refresh(&text(&bystander, "refresh_token")).json(200);
}

#[test]
fn only_one_of_many_concurrent_refreshes_succeeds() {
    let provider = Provider::automatic();
    let token = text(&provider.signed_in(), "refresh_token");
    let succeeded = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| provider.refresh(&token).0.status)).collect();
        tries.into_iter().map(|one| one.join().expect("thread finished")).filter(|code| *code == 200).count()
    });
    assert_eq!(succeeded, 1);
}

#[test]
fn refresh_can_narrow_but_not_widen_the_scope() {
    let provider = Provider::automatic();
    let refresh = |token: &str, scope: &str, client: &str| {
        provider.post(
            "/token",
            &vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token), ("scope", scope)],
        )
    };
    let first = text(&provider.signed_in(), "refresh_token");
    assert_eq!(refresh(&first, "openid admin", CLIENT_ID).error(400), "invalid_scope");
    assert_eq!(refresh(&first, "openid", "other").error(400), "invalid_grant");
    let narrow = refresh(&first, "openid", CLIENT_ID).json(200);
    assert_eq!(narrow["scope"], "openid");
    assert_eq!(provider.userinfo(&text(&narrow, "access_token")).json(200).get("email"), None);
    let wide = provider.refresh(&text(&narrow, "refresh_token")).json(200);
    assert_eq!(wide["scope"], "openid profile email");
}

#[test]
fn userinfo_requires_a_valid_token_with_openid() {
    let provider = Provider::automatic();
    let bare = provider.get("/userinfo", &vec![]);
    assert_eq!((bare.0.status, bare.header("www-authenticate")), (401, Some("Bearer realm=\"demo\"")));
    let tokens = provider.redeem(&provider.code_for(&[("scope", Some("profile"))])).json(200);
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(provider.userinfo(&text(&tokens, "access_token")).0.status, 403);
    assert_eq!(provider.userinfo(&text(&tokens, "refresh_token")).0.status, 401);
    let token = text(&provider.signed_in(), "access_token");
    provider.clock.forward(3599);
    provider.userinfo(&token).json(200);
    provider.clock.forward(1);
    let expired = provider.userinfo(&token);
    assert_eq!(expired.0.status, 401);
    assert!(expired.header("www-authenticate").is_some_and(|value| value.contains("error=\"invalid_token\"")));
}

#[test]
fn revoking_either_token_ends_the_sign_in() {
    let provider = Provider::automatic();
    let revoke = |token: &str, client: &str| provider.post("/revoke", &vec![("client_id", client), ("token", token)]);
    let bystander = provider.signed_in();
    for revoked in ["access_token", "refresh_token"] {
        let tokens = provider.signed_in();
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        assert_eq!(revoke(&text(&tokens, revoked), "other").error(400), "unauthorized_client");
        provider.userinfo(&access).json(200);
        assert_eq!(revoke(&text(&tokens, revoked), CLIENT_ID).0.status, 200);
        assert_eq!(provider.userinfo(&access).0.status, 401);
        assert_eq!(provider.refresh(&refresh).error(400), "invalid_grant");
    }
    assert_eq!(revoke("unknown", CLIENT_ID).0.status, 200);
    provider.userinfo(&text(&bystander, "access_token")).json(200);
    assert_eq!(provider.post("/revoke", &vec![("client_id", CLIENT_ID)]).error(400), "invalid_request");
}

#[test]
fn devices_get_tokens_after_approval() {
    let provider = Provider::page();
    let (device_code, user_code) = provider.device();
    assert_eq!(provider.poll(&device_code).error(400), "authorization_pending");
    let typed = user_code.replace('-', " ").to_lowercase();
    let page = provider.get("/device", &vec![("user_code", &typed)]);
    assert_eq!(provider.decide(&page, "approve", "grace").0.status, 200);
    provider.clock.forward(5);
    let tokens = provider.poll(&device_code).json(200);
    let claims = checked_claims(&provider, &text(&tokens, "id_token"));
    assert_eq!(claims["preferred_username"], "grace");
    assert_eq!(claims.get("nonce"), None);
    provider.clock.forward(5);
    assert_eq!(provider.poll(&device_code).error(400), "invalid_grant");
}

#[test]
fn early_device_polls_get_slow_down() {
    let provider = Provider::page();
    let (device_code, _) = provider.device();
    let after = |seconds| {
        provider.clock.forward(seconds);
        provider.poll(&device_code).error(400)
    };
    assert_eq!(after(0), "authorization_pending");
    assert_eq!(after(4), "slow_down");
    assert_eq!(after(5), "slow_down", "ten seconds by now");
    assert_eq!(after(15), "authorization_pending");
    assert_eq!(after(15), "authorization_pending");
}

#[test]
fn devices_learn_of_denial_and_expiry() {
    let provider = Provider::page();
    let (denied, user_code) = provider.device();
    let page = provider.get("/device", &vec![("user_code", &user_code)]);
    assert_eq!(provider.decide(&page, "deny", "").0.status, 200);
    assert_eq!(provider.poll(&denied).error(400), "access_denied");

    let (expired, user_code) = provider.device();
    let page = provider.get("/device", &vec![("user_code", &user_code)]);
    provider.clock.forward(600);
    assert_eq!(provider.decide(&page, "approve", "ada").0.status, 400);
    assert_eq!(provider.poll(&expired).error(400), "expired_token");
    assert_eq!(provider.poll("unknown").error(400), "invalid_grant");
}

#[test]
fn metadata_lists_endpoints_that_exist() {
    let provider = Provider::page();
    let metadata = provider.get("/.well-known/openid-configuration", &vec![]).json(200);
    assert_eq!(metadata["issuer"], FRONT);
    assert_eq!(metadata, provider.get("/.well-known/oauth-authorization-server", &vec![]).json(200));
    let endpoints: Vec<String> = metadata
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(_, value)| value.as_str().expect("an address").replace(FRONT, ""))
        .collect();
    assert_eq!(endpoints.len(), 7);
    for path in endpoints {
        assert_ne!(provider.get(&path, &vec![]).0.status, 404, "{path}");
        assert_eq!(provider.send("DELETE", &path, &[], "").0.status, 405, "{path}");
    }
    assert_eq!(provider.get("/nothing", &vec![]).0.status, 404);
}

#[test]
fn fixed_issuer_has_a_port_in_browser_urls_only() {
    let provider = Provider::new(Issuer::Fixed, Approval::Page);
    let answer = provider.get("/.well-known/openid-configuration", &vec![]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let metadata = answer.json(200);
    for (name, value) in metadata.as_object().expect("an object") {
        let Some(address) = value.as_str().filter(|_| name != "issuer") else { continue };
        let expected = match name.as_str() {
            "authorization_endpoint" | "end_session_endpoint" => FRONT,
            _ => FIXED_ISSUER,
        };
        assert!(address.starts_with(&format!("{expected}/")), "{name} {address}");
    }
    assert_eq!(metadata["issuer"], FIXED_ISSUER);
    let device = provider.post("/device/code", &vec![("client_id", CLIENT_ID)]).json(200);
    assert_eq!(device["verification_uri"], format!("{FRONT}/device"));
    let page = provider.get("/authorize", &asked(&[]));
    assert_eq!(provider.decide(&page, "approve", "ada").callback()["iss"], FIXED_ISSUER);
}

#[test]
fn keys_and_grants_survive_a_restart() {
    let kept: Arc<Mutex<Option<Secret>>> = Arc::default();
    let memory = || -> StateStorage {
        let kept = kept.clone();
        Box::new(move |step| {
            let mut kept = kept.lock().expect("no test panics with it");
            if let Some(new) = step(kept.clone()) {
                *kept = Some(new);
            }
            Ok(())
        })
    };
    let clock = Hand::new();
    let provider = || Provider::with(Issuer::Fixed, Approval::Automatic, memory(), clock.clone());
    let first = provider();
    let tokens = first.signed_in();
    let second = provider();
    second.userinfo(&text(&tokens, "access_token")).json(200);
    let refreshed = second.refresh(&text(&tokens, "refresh_token")).json(200);
    checked_claims(&first, &text(&refreshed, "id_token"));
    assert_eq!(first.refresh(&text(&tokens, "refresh_token")).error(400), "invalid_grant");
    assert_eq!(second.userinfo(&text(&refreshed, "access_token")).0.status, 401);
    let stored = kept.lock().expect("no test panics with it").clone().expect("kept");
    for name in ["access_token", "refresh_token"] {
        assert!(!stored.expose().contains(&text(&tokens, name)));
    }
}

#[test]
fn failing_storage_is_temporarily_unavailable() {
    let healthy = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let (inner, works) = (in_memory_storage(), healthy.clone());
    let memory: StateStorage = Box::new(move |step| match works.load(std::sync::atomic::Ordering::SeqCst) {
        true => inner(step),
        false => Err(mycli::internals::error::Error::other("locked")),
    });
    let provider = Provider::with(Issuer::Loopback, Approval::Automatic, memory, Hand::new());
    let tokens = provider.signed_in();
    healthy.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(provider.refresh(&text(&tokens, "refresh_token")).error(503), "temporarily_unavailable");
    assert_eq!(provider.userinfo(&text(&tokens, "access_token")).error(503), "temporarily_unavailable");
    healthy.store(true, std::sync::atomic::Ordering::SeqCst);
    provider.refresh(&text(&tokens, "refresh_token")).json(200);
}

#[test]
fn prompt_none_requires_a_signed_in_user() {
    let provider = Provider::page();
    let silent = |changes: &[(&'static str, Option<&'static str>)]| {
        let changes = [&[("prompt", Some("none"))], changes].concat();
        provider.get("/authorize", &asked(&changes)).callback()
    };
    provider.decide(&provider.get("/authorize", &asked(&[])), "approve", "grace");
    provider.clock.forward(100);
    let tokens = provider.redeem(&silent(&[])["code"]).json(200);
    let id_token = text(&tokens, "id_token");
    assert_eq!(checked_claims(&provider, &id_token)["auth_time"], 1_800_000_000);
    assert!(silent(&[("login_hint", Some("grace")), ("max_age", Some("100"))]).contains_key("code"));
    assert_eq!(silent(&[("login_hint", Some("ada"))])["error"], "login_required");
    assert_eq!(silent(&[("max_age", Some("99"))])["error"], "login_required");

    let away = vec![("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", REDIRECT), ("state", "x y")];
    assert_eq!(provider.get("/logout", &away).callback()["state"], "x y");
    assert_eq!(silent(&[])["error"], "login_required");
    provider.refresh(&text(&tokens, "refresh_token")).json(200);
}

#[test]
fn sign_ins_have_one_auth_time() {
    let clock = Hand { pace: 1, ..Hand::new() };
    let provider = Provider::with(Issuer::Loopback, Approval::Page, in_memory_storage(), clock);
    let page = provider.get("/authorize", &asked(&[]));
    let asked_for = provider.decide(&page, "approve", "ada").callback().remove("code").expect("approved");
    let silent = provider.code_for(&[("prompt", Some("none"))]);
    let auth_time = |code: &str| {
        let tokens = provider.redeem(code).json(200);
        checked_claims(&provider, &text(&tokens, "id_token"))["auth_time"].clone()
    };
    assert_eq!(auth_time(&asked_for), auth_time(&silent));
}

#[test]
fn logout_without_an_id_token_asks_for_confirmation() {
    let provider = Provider::page();
    let page = provider.get("/logout", &vec![("id_token_hint", "a.b.c")]);
    assert_eq!(provider.decide(&page, "leave", "").0.status, 200);
    let away = provider.get("/logout", &vec![("post_logout_redirect_uri", "https://evil.example/")]);
    assert_eq!((away.0.status, away.header("location")), (400, None));
}

#[test]
fn supported_acr_values_are_honored() {
    let provider = Provider::automatic();
    for (asked, given) in [(None, "0"), (Some("1"), "1"), (Some("gold 1 0"), "1"), (Some("gold"), "0")] {
        let tokens = provider.redeem(&provider.code_for(&[("acr_values", asked)])).json(200);
        assert_eq!(checked_claims(&provider, &text(&tokens, "id_token"))["acr"], given);
    }
}
