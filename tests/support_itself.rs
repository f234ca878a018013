//! The tests' own tools, tested: a provider that does not check, or a browser that does not see, would prove nothing.

mod support;

use serde_json::{Value, json};
use support::fake_provider::{self, FakeProvider, Response, Signature};
use support::oidc_provider::OidcProvider;
use support::{Sandbox, browser, visitor};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636, appendix B
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A code of `provider`, as its redirect would have carried it.
fn code(provider: &FakeProvider) -> String {
    let answer = visitor::get(&format!(
        "{}/authorize?client_id=c&redirect_uri=http://127.0.0.1:1/callback&scope=openid&state=s&nonce=n\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        provider.issuer()
    ));
    let back = url::Url::parse(answer.header("location").expect("it redirects")).expect("to an address");
    back.query_pairs().find(|(name, _)| name == "code").expect("with a code").1.into_owned()
}

fn ask_tokens(provider: &FakeProvider, form: &str) -> Value {
    let answer = visitor::post(&format!("{}/token", provider.issuer()), form);
    serde_json::from_str(&answer.body).expect("JSON")
}

fn exchange(provider: &FakeProvider, code: &str, verifier: &str) -> Value {
    let redirect = "http%3A%2F%2F127.0.0.1%3A1%2Fcallback";
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={verifier}");
    ask_tokens(provider, &form)
}

#[test]
fn the_fake_provider_gives_tokens_for_a_code_once_and_only_with_its_verifier() {
    let provider = FakeProvider::start();
    let refused = json!({ "error": "invalid_grant" });
    assert_eq!(exchange(&provider, &code(&provider), "another"), refused);
    let code = code(&provider);
    assert_eq!(exchange(&provider, &code, VERIFIER)["token_type"], "Bearer");
    assert_eq!(exchange(&provider, &code, VERIFIER), refused);
}

#[test]
fn the_fake_provider_ends_the_grant_when_a_refresh_token_comes_twice() {
    let provider = FakeProvider::start();
    let tokens = exchange(&provider, &code(&provider), VERIFIER);
    let refresh = |tokens: &Value| {
        let token = tokens["refresh_token"].as_str().expect("a refresh token");
        ask_tokens(&provider, &format!("grant_type=refresh_token&refresh_token={token}"))
    };
    let second = refresh(&tokens);
    assert_ne!(second["refresh_token"], tokens["refresh_token"]);
    assert_eq!(refresh(&tokens)["error"], "invalid_grant");
    assert_eq!(refresh(&second)["error"], "invalid_grant", "the grant is over");
    assert_eq!(provider.refreshes(), 3);
}

#[test]
fn the_fake_provider_signs_id_tokens_that_hold_and_spoils_them_when_told() {
    let provider = FakeProvider::start();
    let holds = |token: &Value| {
        let token = token["id_token"].as_str().expect("an ID token").to_owned();
        let keys = visitor::get(&format!("{}/keys", provider.issuer())).body;
        es256_holds(&token, &serde_json::from_str::<Value>(&keys).expect("JSON")["keys"][0])
    };
    assert!(holds(&exchange(&provider, &code(&provider), VERIFIER)));
    for signature in [Signature::Wrong, Signature::OfAnother, Signature::Missing] {
        provider.change_id_token(move |token| token.signature = signature);
        assert!(!holds(&exchange(&provider, &code(&provider), VERIFIER)), "{signature:?}");
    }
}

fn es256_holds(token: &str, key: &Value) -> bool {
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
fn the_fake_provider_answers_as_told_until_told_otherwise() {
    let provider = FakeProvider::start();
    let metadata = format!("{}{}", provider.issuer(), fake_provider::DISCOVERY);
    provider.respond_with(fake_provider::DISCOVERY, Response::html(500, "<h1>no</h1>"));
    assert_eq!(visitor::get(&metadata).status, 500);
    provider.respond_normally(fake_provider::DISCOVERY);
    assert!(visitor::get(&metadata).body.contains("authorization_endpoint"));
    assert_eq!(provider.requests_to(fake_provider::DISCOVERY).len(), 2);
}

#[test]
fn a_sandbox_shares_no_variable_and_no_folder_with_its_user() {
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
fn the_program_of_an_ordinary_user_meets_permissions() {
    let sandbox = Sandbox::unprivileged();
    let locked = sandbox.path("locked");
    std::fs::write(&locked, "secret").expect("ours to write");
    std::fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("ours");
    let read = sandbox.command_of("cat").arg(&locked).output().expect("cat is there");
    assert!(!read.status.success(), "{}", String::from_utf8_lossy(&read.stdout));
}

#[test]
fn a_recorded_browser_hands_over_the_address_as_it_was_given() {
    let mut sandbox = Sandbox::new();
    let opened = sandbox.record_browser();
    assert!(opened.is_empty());
    let browser = sandbox.path("browser");
    let mut child = sandbox.command_of(browser).arg("http://127.0.0.1:1/start?k=a b").spawn().expect("it starts");
    assert_eq!(opened.next_url(), "http://127.0.0.1:1/start?k=a b");
    child.wait().expect("ours");
}

#[test]
fn chromium_reports_redirects_its_console_and_what_a_driver_does_not_show() {
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
fn chromium_signs_in_to_the_real_provider_which_counts_its_refreshes_and_ends_a_grant_used_twice() {
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
    let asked = back.requests_to("/callback");
    assert_eq!((asked[0].query("state"), asked[0].query("iss")), (Some("s"), Some(issuer)));

    let ask = |form: &str| {
        let form = format!("client_id={}&{form}", provider.client_id());
        serde_json::from_str::<Value>(&visitor::post(&format!("{issuer}/token"), &form).body).expect("JSON")
    };
    let code = asked[0].query("code").expect("a code");
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
    assert_eq!(refresh(&second)["error"], "invalid_grant", "the grant is over");
    assert_eq!(provider.refreshes(), 3);
}
