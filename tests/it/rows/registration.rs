//! Rows that register a client by themselves, against scripted servers under the real host names.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use url::Url;

use crate::rows::authority::CertificateAuthority;
use crate::rows::proxy::serve;
use crate::support::fake_provider::ReceivedRequest;
use crate::support::{Sandbox, visitor};

/// Sandbox whose requests reach one function, whatever their host.
struct Internet {
    sandbox: Sandbox,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    _authority: CertificateAuthority,
}

impl Internet {
    fn new(
        hosts: &[&str],
        config: &str,
        respond: impl Fn(&ReceivedRequest) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        let authority = CertificateAuthority::for_hosts(hosts);
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let proxy = format!("http://{}", listener.local_addr().expect("it is bound"));
        let requests = Arc::<Mutex<Vec<ReceivedRequest>>>::default();
        let (server, log, respond) = (Arc::clone(&authority.server), Arc::clone(&requests), Arc::new(respond));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, log, respond) = (Arc::clone(&server), Arc::clone(&log), Arc::clone(&respond));
                std::thread::spawn(move || {
                    let answer = |request: &ReceivedRequest| {
                        log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
                        let (status, body) = respond(request).unwrap_or((404, json!({"error": "not found"})));
                        (status, body.to_string(), "application/json".to_owned())
                    };
                    serve(stream, server, answer)
                });
            }
        });
        let mut sandbox = Sandbox::new();
        sandbox.configure(config);
        sandbox.set("MYCLI_STORE", "file").set("HTTPS_PROXY", proxy).set("SSL_CERT_FILE", authority.file());
        Self { sandbox, requests, _authority: authority }
    }

    /// Signs in with `arguments` and returns the parameters of the authorization request and what the user was told.
    fn sign_in(&self, arguments: &[&str]) -> (Vec<(String, String)>, String) {
        let mut running = self.sandbox.start(&[&["signin", "--no-open"], arguments].concat());
        let start = running.wait_for_url("/start?");
        let response = visitor::get(&start);
        let location = Url::parse(response.header("location").expect("a redirect to the provider")).expect("a URL");
        let sent: Vec<(String, String)> = location.query_pairs().into_owned().collect();
        let mut back = Url::parse(value(&sent, "redirect_uri")).expect("a URL");
        back.query_pairs_mut().append_pair("code", "code-1").append_pair("state", value(&sent, "state"));
        visitor::visit(back.as_str());
        let outcome = running.outcome().success();
        (sent, outcome.stderr)
    }

    /// Requests to `url` so far.
    fn to(&self, url: &str) -> Vec<ReceivedRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.path == url).cloned().collect()
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

fn token() -> (u16, Value) {
    (200, json!({"access_token": "access-1", "token_type": "Bearer"}))
}

#[test]
fn mastodon_server_registers_an_application() {
    let apps = "https://social.example/api/v1/apps";
    let internet = Internet::new(&["social.example"], "[providers.mastodon]\ndomain = \"social.example\"\n", {
        let count = Mutex::new(0);
        move |request| match request.path.rsplit('/').next()? {
            "apps" => {
                let mut count = count.lock().expect("no panic");
                *count += 1;
                Some((200, json!({"client_id": format!("app-{count}"), "client_secret": format!("hush-{count}")})))
            }
            "token" => Some(token()),
            "verify_credentials" => Some((200, json!({"acct": "ada"}))),
            _ => None,
        }
    });
    let (sent, told) = internet.sign_in(&["mastodon"]);
    assert_eq!(value(&sent, "client_id"), "app-1");
    assert!(told.contains("registered a client at `social.example`"), "{told}");
    assert!(told.contains("mycli signout mastodon --forget-client") && !told.contains("hush"), "{told}");
    let registered = &internet.to(apps)[0];
    let uris: Vec<&str> = registered.form("redirect_uris").expect("URIs").lines().collect();
    assert!(uris.contains(&value(&sent, "redirect_uri")), "the server may compare ports: {uris:?}");
    assert!(uris.contains(&"urn:ietf:wg:oauth:2.0:oob"), "{uris:?}");
    let exchange = &internet.to("https://social.example/oauth/token")[0];
    assert_eq!(exchange.form("client_secret"), Some("hush-1"));

    internet.sign_in(&["mastodon", "--force"]);
    assert_eq!(internet.to(apps).len(), 1);
    // An application gets no scopes but its own.
    let (sent, _) = internet.sign_in(&["mastodon", "--scope", "write"]);
    assert_eq!((value(&sent, "client_id"), internet.to(apps)[1].form("scopes")), ("app-2", Some("profile write")));
    internet.sandbox.run(&["signout", "mastodon", "--all", "--forget-client"]).success();
    internet.sign_in(&["mastodon"]);
    assert_eq!(internet.to(apps).len(), 3);
}

/// The client of AWS lasts 90 days; a sign-in renews it.
#[test]
fn aws_client_is_registered_and_renewed() {
    let config = "[providers.aws-iam-identity-center]\nregion = \"eu-central-1\"\n\
                  start_url = \"https://acme.awsapps.com/start\"\n";
    let server = "https://oidc.eu-central-1.amazonaws.com";
    let internet = Internet::new(&["oidc.eu-central-1.amazonaws.com"], config, {
        let count = Mutex::new(0);
        move |request| match request.path.rsplit('/').next()? {
            "register" => {
                let mut count = count.lock().expect("no panic");
                *count += 1;
                // The first one is about to expire.
                let end = chrono::Utc::now().timestamp() + if *count == 1 { 60 } else { 90 * 24 * 3600 };
                let (id, secret) = (format!("client-{count}"), format!("hush-{count}"));
                Some((200, json!({"clientId": id, "clientSecret": secret, "clientSecretExpiresAt": end})))
            }
            "token" => Some((200, json!({"accessToken": "access-1", "tokenType": "Bearer", "expiresIn": 3600}))),
            _ => None,
        }
    });
    let (sent, _) = internet.sign_in(&["aws-iam-identity-center"]);
    assert_eq!(value(&sent, "client_id"), "client-1");
    let registered: Value =
        serde_json::from_str(&internet.to(&format!("{server}/client/register"))[0].body).expect("JSON");
    assert_eq!(registered["redirectUris"], json!(["http://127.0.0.1/oauth/callback"]));
    assert_eq!(registered["issuerUrl"], "https://acme.awsapps.com/start");
    assert_eq!((&registered["clientType"], &registered["scopes"]), (&json!("public"), &json!(["sso:account:access"])));
    for _ in 0..2 {
        let (sent, _) = internet.sign_in(&["aws-iam-identity-center", "--force"]);
        assert_eq!(value(&sent, "client_id"), "client-2");
    }
}

/// GitLab registers clients for its MCP server alone.
#[test]
fn gitlab_registers_a_client_for_mcp_only() {
    let internet = Internet::new(&["gitlab.com"], "", |request| match request.path.rsplit('/').next()? {
        "register" => Some((201, json!({"client_id": "of-mcp"}))),
        "token" => Some(token()),
        "user" => Some((200, json!({"id": 1, "username": "ada"}))),
        _ => None,
    });
    let (sent, _) = internet.sign_in(&["gitlab", "--scope", "mcp"]);
    assert_eq!((value(&sent, "client_id"), value(&sent, "scope")), ("of-mcp", "mcp"));
    let refused = internet.sandbox.run(&["signin", "gitlab", "--no-open"]).fails(2, "no client ID for `gitlab`");
    assert!(refused.stderr.contains("Redirect URI: http://127.0.0.1/callback"), "{}", refused.stderr);
}

#[test]
fn providers_that_take_any_program_need_no_registration() {
    let internet = Internet::new(
        &["lichess.org", "acme.snowflakecomputing.com"],
        "[providers.snowflake]\nsnowflake_account_url = \"acme.snowflakecomputing.com\"\n",
        |request| match request.path.rsplit('/').next()? {
            "token" | "token-request" => Some(token()),
            "account" => Some((200, json!({"username": "ada"}))),
            _ => None,
        },
    );
    let (sent, _) = internet.sign_in(&["lichess"]);
    assert_eq!(value(&sent, "client_id"), "mycli");
    let (sent, _) = internet.sign_in(&["snowflake"]);
    assert_eq!(value(&sent, "client_id"), "LOCAL_APPLICATION");
    let exchange = &internet.to("https://acme.snowflakecomputing.com/oauth/token-request")[0];
    assert!(exchange.header("authorization").is_some_and(|header| header.starts_with("Basic ")), "{exchange:?}");
}

#[test]
fn register_command_registers_without_signing_in() {
    let internet =
        Internet::new(&["social.example"], "[providers.mastodon]\ndomain = \"social.example\"\n", |request| {
            match request.path.rsplit('/').next()? {
                "apps" => Some((200, json!({"client_id": "app-1", "client_secret": "hush"}))),
                "token" => Some(token()),
                _ => Some((200, json!({"acct": "ada"}))),
            }
        });
    let done = internet.sandbox.run(&["--json", "providers", "register", "mastodon"]).success();
    assert_eq!(done.json(), json!({"name": "mastodon", "kind": "api", "client_id": "app-1", "redirect_uri": null}));
    assert!(!done.stderr.contains("hush"));
    let again = internet.sandbox.run(&["providers", "register", "mastodon"]).success();
    assert!(again.stderr.contains("registered already"), "{}", again.stderr);
    assert_eq!(internet.to("https://social.example/api/v1/apps").len(), 1);
    internet.sign_in(&["mastodon"]);
}

/// GitHub's three steps: the form is posted, the browser comes back with a code, the code is exchanged.
#[test]
fn github_app_is_created_from_a_manifest() {
    let internet = Internet::new(&["api.github.com", "github.com"], "", |request| {
        let app = json!({
            "id": 1, "slug": "mycli-1", "name": "mycli-1", "html_url": "https://github.com/apps/mycli-1",
            "owner": {"login": "ada"}, "client_id": "Iv23.app", "client_secret": "hush-of-the-app",
            "pem": "-----BEGIN RSA PRIVATE KEY-----", "webhook_secret": "hush-of-the-hook",
        });
        match request.path.as_str() {
            "https://api.github.com/app-manifests/code-of-the-app/conversions" => Some((201, app)),
            "https://github.com/login/oauth/access_token" => Some(token()),
            "https://api.github.com/user" => Some((200, json!({"id": 1, "login": "ada"}))),
            _ => None,
        }
    });
    let mut running = internet.sandbox.start(&[
        "--json",
        "providers",
        "register",
        "github",
        "--permission",
        "contents=write",
        "--organization",
        "acme",
    ]);
    let url = running.wait_for_url("/register?");
    let mut browser = visitor::CookieBrowser::default();
    let page = browser.get(&url);
    assert_eq!(visitor::get(&url).status, 410, "the page is for one browser");
    let (action, manifest) = form(&page.body);
    assert!(action.starts_with("https://github.com/organizations/acme/settings/apps/new?state="), "{action}");
    assert_eq!(manifest["default_permissions"], json!({"contents": "write", "emails": "read"}));
    assert_eq!((&manifest["hook_attributes"]["active"], &manifest["public"]), (&json!(false), &json!(false)));
    assert_eq!(manifest["callback_urls"], json!(["http://127.0.0.1/callback"]));

    let state = action.split_once("state=").expect("a state").1;
    let back = |state: &str| {
        format!("{}?code=code-of-the-app&state={state}", manifest["redirect_url"].as_str().expect("a URL"))
    };
    assert_eq!(browser.get(&back("another")).status, 403);
    assert_eq!(visitor::get(&back(state)).status, 403, "another browser");
    let done = browser.get(&back(state));
    assert!(done.body.contains("https://github.com/apps/mycli-1/installations/new"), "{}", done.body);
    let outcome = running.outcome().success();
    let told = format!("{}{}", outcome.stdout, outcome.stderr);
    for secret in ["hush-of-the-app", "hush-of-the-hook", "BEGIN RSA", "code-of-the-app"] {
        assert!(!told.contains(secret) && !done.body.contains(secret), "{secret}: {told}");
    }
    assert_eq!((&outcome.json()["kind"], &outcome.json()["client_id"]), (&json!("github-app"), &json!("Iv23.app")));
    let config = std::fs::read_to_string(internet.sandbox.config_file()).expect("a file");
    assert!(config.contains("client_kind = \"github-app\"") && !config.contains("hush"), "{config}");

    let (sent, _) = internet.sign_in(&["github"]);
    assert_eq!((value(&sent, "client_id"), value(&sent, "scope")), ("Iv23.app", ""));
    let exchange = &internet.to("https://github.com/login/oauth/access_token")[0];
    assert_eq!(exchange.form("client_secret"), Some("hush-of-the-app"));
    internet.sandbox.run(&["signin", "github", "--scope", "repo"]).fails(2, "--scope");
    internet.sandbox.run(&["signin", "github", "--device", "--force"]).fails(2, "no device authorization endpoint");
    let removed = internet.sandbox.run(&["providers", "remove", "github"]).success();
    let page = "https://github.com/organizations/acme/settings/apps/mycli-1";
    assert!(removed.stderr.contains(page), "{}", removed.stderr);
}

/// Action and manifest of the page's form.
fn form(page: &str) -> (String, Value) {
    let between = |start: &str| {
        let (_, rest) = page.split_once(start).expect(start);
        rest.split('"').next().expect("a quote").replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&")
    };
    let manifest = between("name=\"manifest\" value=\"");
    (between("method=\"post\" action=\""), serde_json::from_str(&manifest).expect("JSON"))
}
