//! Debian's `lemonldap-ng`, npm `@openauthjs/openauth` and PyPI `oidc-provider-mock`: servers with one peculiarity each.

use crate::support::Sandbox;
use crate::support::django::User;
use crate::support::sandbox::OpenedUrls;
use crate::support::servers::Server;
use serde_json::json;

/// Home with a server.
struct Home {
    server: Server,
    sandbox: Sandbox,
    opened: OpenedUrls,
}

impl Home {
    fn new(server: Server) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.set("MYCLI_STORE", "file");
        let opened = sandbox.record_browser();
        Self { server, sandbox, opened }
    }

    fn greeting(&self, name: &str) -> &str {
        self.server.greeting[name].as_str().expect("the greeting names it")
    }

    fn token(&self, provider: &str, flags: &[&str]) -> String {
        self.sandbox.run(&[&["token", provider], flags].concat()).success().stdout
    }
}

/// LemonLDAP::NG compares the secret without decoding it and has no revocation endpoint.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs lemonldap-ng: --features real")]
fn lemonldap_serves_a_whole_life() {
    let mut home = Home::new(Server::start_python("lemonldap.py"));
    let secret = home.greeting("secret").to_owned();
    home.sandbox.set("AUTH_ACME_SECRET", secret);
    home.sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\", \"profile\", \"email\"]\n\
         port = {}\n",
        home.greeting("issuer"),
        home.server.greeting["callback"]
    ));
    let user = User::default();
    let sign_in = |flags: &[&str]| {
        let running = home.sandbox.start(&[&["signin", "acme"], flags].concat());
        let page = user.open(&home.opened.next_url());
        if page.response.body.contains("id=\"passwordfield\"") {
            user.submit(&page, &[("user", home.greeting("user")), ("password", home.greeting("password"))]);
        }
        running.outcome()
    };
    sign_in(&[]).success();
    let status = home.sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["account"], "dwho", "{status}");
    let first = home.token("acme", &[]);
    assert_ne!(home.token("acme", &["--force-refresh"]), first);
    home.sandbox.run(&["status", "acme", "--check"]).success();
    home.sandbox.run(&["signout", "acme", "--revoke"]).fails(2, "has no revocation endpoint");

    // The session in the browser lasts until the logout page is visited.
    sign_in(&["--force", "--prompt", "none"]).success();
    home.sandbox.run(&["signout", "acme", "--end-session"]).success();
    let question = user.open(&home.opened.next_url());
    user.submit(&question, &[]);
    let running = home.sandbox.start(&["signin", "acme"]);
    let page = user.open(&home.opened.next_url());
    assert!(page.response.body.contains("id=\"passwordfield\""), "{}", page.response.body);
    drop(running);
}

/// openauth has RFC 8414 metadata only, issues no ID token and takes public clients alone.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn openauth_signs_in_without_an_identity() {
    let home = Home::new(Server::start("openauth.mjs", &json!({})));
    let issuer = home.greeting("issuer");
    let running = home.sandbox.start(&["signin", issuer, "--client-id", "native"]);
    User::default().open(&home.opened.next_url());
    running.outcome().success();
    let first = home.token(issuer, &[]);
    assert!(first.starts_with("eyJ"), "{first}");
    assert_ne!(home.token(issuer, &["--force-refresh"]), first);
    home.sandbox.run(&["signout", issuer]).success();
}

/// oidc-provider-mock lists `none`, registers a public client and takes only one with a secret. (Its refresh takes only
/// Basic, whatever it registered.)
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Python: --features real")]
fn oidc_provider_mock_signs_in() {
    let home = Home::new(Server::start_python("oidc-provider-mock.py"));
    let issuer = home.greeting("issuer");
    let running = home.sandbox.start(&["signin", issuer]);
    // The browser opens once more for the client with a secret.
    for _ in 0..2 {
        let user = User::default();
        let page = user.open(&home.opened.next_url());
        user.submit(&page, &[("sub", "subject-1")]);
    }
    running.outcome().success();
    let status = home.sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["account"], "ada", "{status}");
    assert!(!home.token(issuer, &[]).trim_end().is_empty());
}

/// better-auth registers clients, rotates refresh tokens and leaves its pages to the application.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn better_auth_serves_a_whole_life() {
    let home = Home::new(Server::start("better-auth.mjs", &json!({})));
    let issuer = home.greeting("issuer");
    let user = User::default();
    let running = home.sandbox.start(&["signin", issuer]);
    let login = user.open(&home.opened.next_url());
    let consent = user.submit(&login, &[("email", home.greeting("email")), ("password", home.greeting("password"))]);
    user.submit(&consent, &[]);
    running.outcome().success();
    let status = home.sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["account"], home.greeting("name"), "{status}");
    let first = home.token(issuer, &[]);
    assert_ne!(home.token(issuer, &["--force-refresh"]), first);
    home.sandbox.run(&["status", issuer, "--check"]).success();
    let cleared = home.sandbox.run(&["signout", issuer, "--revoke", "--end-session", "--json"]).success().json();
    assert_eq!(cleared["cleared"][0]["revoked"], true);
    // A client that registered itself may not end the session: the program says only that it opened the page.
    let page = user.open(&home.opened.next_url());
    assert!(page.response.body.contains("not allowed to initiate logout"), "{page:?}");
}
