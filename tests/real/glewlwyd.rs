//! Debian's `glewlwyd`, the strictest of the real providers: requires a nonce and PKCE, compares the port of the
//! redirect URI, allows revocation only with a secret, and rejects a used refresh token with nothing but a status.

use crate::support::sandbox::OpenedUrls;
use crate::support::servers::Server;
use crate::support::{Outcome, Sandbox, free_port, visitor};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use url::Url;

/// Home with this provider as `acme`.
struct Home {
    server: Server,
    sandbox: Sandbox,
    opened: OpenedUrls,
}

impl Home {
    fn new() -> Self {
        let server = Server::start_python("glewlwyd.py");
        let mut sandbox = Sandbox::new();
        sandbox.set("MYCLI_STORE", "file").set("AUTH_ACME_SECRET", text(&server.greeting, "secret"));
        sandbox.configure(&format!(
            "[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\nport = {}\n",
            text(&server.greeting, "issuer"),
            server.greeting["callback"]
        ));
        let opened = sandbox.record_browser();
        Self { server, sandbox, opened }
    }

    fn greeting(&self, name: &str) -> &str {
        text(&self.server.greeting, name)
    }

    /// Session cookie of a logged-in browser.
    fn cookie(&self) -> String {
        let address = self.greeting("issuer").replace("/oidc", "/auth/");
        let who = json!({ "username": self.greeting("user"), "password": self.greeting("password") });
        let answer = visitor::post_json(&address, &[], &who);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("set-cookie").and_then(|line| line.split(';').next()).expect("a session").to_owned()
    }

    /// Redirect after the user has logged in and consented; the provider's page continues with this parameter.
    fn authorize_response(&self, authorize: &str) -> String {
        let answer = visitor::get_with(&format!("{authorize}&g_continue"), &[("cookie", &self.cookie())]);
        answer.header("location").unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// Signs in with the browser. Returns the authorization URL too.
    fn sign_in(&self) -> (Outcome, Url) {
        let running = self.sandbox.start(&["signin", "acme"]);
        let authorize = visitor::get(&self.opened.next_url()).header("location").expect("to the provider").to_owned();
        visitor::visit(&self.authorize_response(&authorize));
        (running.outcome(), Url::parse(&authorize).expect("an address"))
    }

    fn token(&self, flags: &[&str]) -> String {
        let stdout = self.sandbox.run(&[&["token", "acme"], flags].concat()).success().stdout;
        stdout.trim_end().to_owned()
    }

    /// Status of a userinfo request.
    fn profile(&self, token: &str) -> u16 {
        let address = format!("{}/userinfo", self.greeting("issuer"));
        visitor::get_with(&address, &[("authorization", &format!("Bearer {token}"))]).status
    }

    /// Refresh token of the session.
    fn refresh_token(&self) -> String {
        let folder = self.sandbox.path("home/.local/share/mycli/secrets");
        let files = std::fs::read_dir(folder).expect("kept").map(|entry| entry.expect("ours").path());
        let mut files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let kept = std::fs::read(files.next().expect("a session")).expect("ours");
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        let session: Value = serde_json::from_str(text(&kept, "secret")).expect("JSON in JSON");
        text(&session["tokens"], "refresh_token").to_owned()
    }
}

fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {document}"))
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs glewlwyd: --features real")]
fn user_signs_in_refreshes_and_revokes() {
    let home = Home::new();
    let (outcome, authorize) = home.sign_in();
    assert_eq!(outcome.success().stdout, "");
    let status = home.sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["issuer"], home.greeting("issuer"));
    assert!(status["sessions"][0]["subject"].is_string(), "the ID token was checked: {status}");

    let (first, spent) = (home.token(&[]), home.refresh_token());
    assert_eq!(home.profile(&first), 200);
    let second = home.token(&["--force-refresh"]);
    assert!(first != second && spent != home.refresh_token());
    assert_eq!(home.profile(&second), 200);

    let cleared = home.sandbox.run(&["signout", "acme", "--revoke", "--json"]).success().json();
    assert_eq!(cleared["cleared"][0]["revoked"], true);
    assert_eq!(home.profile(&second), 401, "the provider no longer knows the token");

    // Make sure that the provider is still this strict, or the test proves nothing.
    let without = |name: &str| {
        let kept = authorize.query_pairs().filter(|(known, _)| known != name);
        let mut url = authorize.clone();
        url.query_pairs_mut().clear().extend_pairs(kept.map(|(name, value)| (name.into_owned(), value.into_owned())));
        home.authorize_response(url.as_str())
    };
    assert!(without("nonce").contains("error=invalid_request"), "{}", without("nonce"));
    assert!(without("code_challenge").contains("error=invalid_request"), "{}", without("code_challenge"));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs glewlwyd: --features real")]
fn rejection_without_error_code_keeps_the_session() {
    let home = Home::new();
    home.sign_in().0.success();
    let (token, spent) = (home.token(&[]), home.refresh_token());
    // Another client uses the refresh token, so the provider rejects it from now on.
    let endpoint = format!("{}/token", home.greeting("issuer"));
    let form = format!("grant_type=refresh_token&refresh_token={spent}");
    let proof = BASE64_STANDARD.encode(format!("native:{}", home.greeting("secret")));
    let ask = || visitor::post_with(&endpoint, &form, &[("authorization", &format!("Basic {proof}"))]);
    assert_eq!(ask().status, 200);
    let refusal = ask();
    assert_eq!((refusal.status, refusal.body.as_str()), (400, ""), "it has another word for it now");

    let outcome = home.sandbox.run(&["token", "acme", "--force-refresh"]).ends_with(6);
    assert!(outcome.stderr.contains("returned 400 with an empty body"), "{}", outcome.stderr);
    assert_eq!(home.refresh_token(), spent, "it is kept");
    assert_eq!(home.token(&[]), token, "and the token that is still good is given out");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs glewlwyd: --features real")]
fn unregistered_port_is_rejected() {
    let home = Home::new();
    let other = free_port();
    let running = home.sandbox.start(&["signin", "acme", "--port", &other.to_string()]);
    let authorize = visitor::get(&home.opened.next_url()).header("location").expect("to the provider").to_owned();
    let answer = visitor::get_with(&format!("{authorize}&g_continue"), &[("cookie", &home.cookie())]);
    let place = answer.header("location").unwrap_or_default();
    assert!(!place.contains("code=") && !place.contains(&format!(":{other}/")), "{answer:?}");
    drop(running);
}
