//! Tests of the test helpers: a fake provider that does not check anything would prove nothing.

use crate::support::fake_provider::{self, FakeProvider, Response, Signature};
use crate::support::oidc_provider::OidcProvider;
use crate::support::{Sandbox, browser, visitor};
use serde_json::{Value, json};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636, appendix B
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Authorization code from the redirect of `provider`.
fn code(provider: &FakeProvider) -> String {
    let response = visitor::get(&format!(
        "{}/authorize?client_id=c&redirect_uri=http://127.0.0.1:1/callback&scope=openid&state=s&nonce=n\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        provider.issuer()
    ));
    let back = url::Url::parse(response.header("location").expect("it redirects")).expect("a URL");
    back.query_pairs().find(|(name, _)| name == "code").expect("with a code").1.into_owned()
}

fn ask_tokens(provider: &FakeProvider, form: &str) -> Value {
    let response = visitor::post(&format!("{}/token", provider.issuer()), form);
    serde_json::from_str(&response.body).expect("JSON")
}

fn exchange(provider: &FakeProvider, code: &str, verifier: &str) -> Value {
    let redirect = "http%3A%2F%2F127.0.0.1%3A1%2Fcallback";
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={verifier}");
    ask_tokens(provider, &form)
}

#[test]
fn fake_provider_checks_the_verifier_and_uses_codes_once() {
    let provider = FakeProvider::start();
    let rejected = json!({ "error": "invalid_grant" });
    assert_eq!(exchange(&provider, &code(&provider), "another"), rejected);
    let code = code(&provider);
    assert_eq!(exchange(&provider, &code, VERIFIER)["token_type"], "Bearer");
    assert_eq!(exchange(&provider, &code, VERIFIER), rejected);
}

#[test]
fn fake_provider_revokes_the_grant_on_refresh_token_reuse() {
    let provider = FakeProvider::start();
    let tokens = exchange(&provider, &code(&provider), VERIFIER);
    let refresh = |tokens: &Value| {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        ask_tokens(&provider, &format!("grant_type=refresh_token&refresh_token={token}"))
    };
    let second = refresh(&tokens);
    assert_ne!(second["refresh_token"], tokens["refresh_token"]);
    assert_eq!(refresh(&tokens)["error"], "invalid_grant");
    assert_eq!(refresh(&second)["error"], "invalid_grant", "the grant is revoked");
    assert_eq!(provider.refreshes(), 3);
}

#[test]
fn fake_provider_signs_id_tokens_well_or_badly_on_request() {
    let provider = FakeProvider::start();
    let is_valid = |token: &Value| {
        let token = token["id_token"].as_str().expect("an ID token").to_owned();
        let keys = visitor::get(&format!("{}/keys", provider.issuer())).body;
        is_es256_signature_valid(&token, &serde_json::from_str::<Value>(&keys).expect("JSON")["keys"][0])
    };
    assert!(is_valid(&exchange(&provider, &code(&provider), VERIFIER)));
    for signature in [Signature::Wrong, Signature::OfAnother, Signature::Missing] {
        provider.change_id_token(move |token| token.signature = signature);
        assert!(!is_valid(&exchange(&provider, &code(&provider), VERIFIER)), "{signature:?}");
    }
}

fn is_es256_signature_valid(token: &str, key: &Value) -> bool {
    use base64::Engine;
    let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let mut point = vec![4];
    point.extend(decode(key["x"].as_str().expect("x")));
    point.extend(decode(key["y"].as_str().expect("y")));
    ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &decode(signature))
        .is_ok()
}

#[test]
fn fake_provider_sends_configured_responses() {
    let provider = FakeProvider::start();
    let metadata = format!("{}{}", provider.issuer(), fake_provider::DISCOVERY);
    provider.respond_with(fake_provider::DISCOVERY, Response::html(500, "<h1>no</h1>"));
    assert_eq!(visitor::get(&metadata).status, 500);
    provider.respond_normally(fake_provider::DISCOVERY);
    assert!(visitor::get(&metadata).body.contains("authorization_endpoint"));
    assert_eq!(provider.requests_to(fake_provider::DISCOVERY).len(), 2);
}

#[test]
fn sandbox_shares_no_variable_and_no_folder_with_its_user() {
    let sandbox = Sandbox::new();
    let output = sandbox.command_of("env").output().expect("env is there");
    let variables = String::from_utf8(output.stdout).expect("text");
    for line in variables.lines() {
        let (name, value) = line.split_once('=').expect("NAME=value");
        let private = std::path::Path::new(value).starts_with(sandbox.path(""));
        assert!(private || ["PATH", "LANG", "PWD", "_"].contains(&name), "{line}");
    }
}

#[test]
fn unprivileged_program_is_subject_to_permissions() {
    let sandbox = Sandbox::unprivileged();
    let locked = sandbox.path("locked");
    std::fs::write(&locked, "secret").expect("the sandbox can be written");
    std::fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("owned by the test");
    let read = sandbox.command_of("cat").arg(&locked).output().expect("cat is there");
    assert!(!read.status.success(), "{}", String::from_utf8_lossy(&read.stdout));
}

#[test]
fn recorded_browser_returns_the_exact_url() {
    let mut sandbox = Sandbox::new();
    let opened = sandbox.record_browser();
    assert!(opened.is_empty());
    let browser = sandbox.path("browser");
    let mut child = sandbox.command_of(browser).arg("http://127.0.0.1:1/start?k=a b").spawn().expect("it starts");
    assert_eq!(opened.next_url(), "http://127.0.0.1:1/start?k=a b");
    child.wait().expect("owned by the test");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn chromium_reports_redirects_console_and_requests() {
    let provider = FakeProvider::start();
    let page = "<!doctype html><title>T</title><meta name=viewport content='width=device-width'><p>said \
                <script>console.warn('heard')</script>";
    provider.respond_with("/page", Response::html(200, page));
    provider.respond_with("/start", Response::redirect("/page?code=1"));
    let origin = provider.issuer();
    let report = browser::drive(&format!("{origin}/start"), &json!({ "width": 360 }));
    assert_eq!((report.title.as_str(), report.text.as_str(), report.status), ("T", "said", 200));
    assert_eq!(report.final_url, format!("{origin}/page?code=1"));
    assert!(report.history.contains(&report.final_url), "{:?}", report.history);
    assert_eq!(report.content_width, 360);
    assert!(report.console.contains(&json!({ "type": "warning", "text": "heard" })), "{:?}", report.console);
    assert_eq!(report.requests_to_origin(origin), ["GET /start", "GET /page", "GET /favicon.ico"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn chromium_signs_in_to_oidc_provider_which_detects_reuse() {
    let provider = OidcProvider::start(&json!({ "algorithm": "RS256", "accessTokenTtl": 7 }));
    let back = FakeProvider::start();
    back.respond_with("/callback", Response::html(200, "<!doctype html><title>Back</title>"));
    let redirect = format!("{}/callback", back.issuer());
    let issuer = provider.issuer();
    let start = format!(
        "{issuer}/auth?client_id={}&response_type=code&redirect_uri={redirect}&scope=openid&state=s\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        provider.client_id()
    );
    let plan = json!({ "steps": browser::sign_in_as("ada"), "until": "/callback" });
    let report = browser::drive(&start, &plan);
    assert_eq!(report.title, "Back");
    let requests = back.requests_to("/callback");
    assert_eq!((requests[0].query("state"), requests[0].query("iss")), (Some("s"), Some(issuer)));

    let ask = |form: &str| {
        let form = format!("client_id={}&{form}", provider.client_id());
        serde_json::from_str::<Value>(&visitor::post(&format!("{issuer}/token"), &form).body).expect("JSON")
    };
    let code = requests[0].query("code").expect("a code");
    let tokens =
        ask(&format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}"));
    assert_eq!(tokens["expires_in"], 7, "{tokens}");
    provider.set_access_token_life(3600);
    let refresh = |tokens: &Value| {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        ask(&format!("grant_type=refresh_token&refresh_token={token}"))
    };
    let second = refresh(&tokens);
    assert_eq!(second["expires_in"], 3600, "{second}");
    assert_eq!(refresh(&tokens)["error"], "invalid_grant");
    assert_eq!(refresh(&second)["error"], "invalid_grant", "the grant is revoked");
    assert_eq!(provider.refreshes(), 3);
}
