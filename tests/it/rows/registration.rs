//! Rows that register a client by themselves, against scripted servers under the real host names.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use url::Url;

use crate::rows::authority::CertificateAuthority;
use crate::rows::proxy::serve;
use crate::support::fake_provider::ReceivedRequest;
use crate::support::{Outcome, Sandbox, visitor};

/// Sandbox whose requests reach one function, whatever their host.
pub(super) struct Internet {
    pub(super) sandbox: Sandbox,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    _authority: CertificateAuthority,
}

impl Internet {
    pub(super) fn new(
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
    pub(super) fn sign_in(&self, arguments: &[&str]) -> (Vec<(String, String)>, String) {
        let (sent, outcome) = self.try_sign_in(arguments);
        (sent, outcome.success().stderr)
    }

    fn try_sign_in(&self, arguments: &[&str]) -> (Vec<(String, String)>, Outcome) {
        let mut running = self.sandbox.start(&[&["signin", "--no-open"], arguments].concat());
        let start = running.wait_for_url("/start?");
        let response = visitor::get(&start);
        let location = Url::parse(response.header("location").expect("a redirect to the provider")).expect("a URL");
        let sent: Vec<(String, String)> = location.query_pairs().into_owned().collect();
        let mut back = Url::parse(value(&sent, "redirect_uri")).expect("a URL");
        back.query_pairs_mut().append_pair("code", "code-1").append_pair("state", value(&sent, "state"));
        visitor::visit(back.as_str());
        (sent, running.outcome())
    }

    /// Requests to `url` so far.
    pub(super) fn to(&self, url: &str) -> Vec<ReceivedRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().filter(|request| request.path == url).cloned().collect()
    }
}

pub(super) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

pub(super) fn token() -> (u16, Value) {
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
    // A terminal asks for no client ID either.
    internet.sandbox.run(&["signout", "gitlab", "--forget-client"]).success();
    let mut running = internet.sandbox.start_on_terminal("signin gitlab --scope mcp --no-open");
    running.line(|line| line.contains("client_id=of-mcp"));
    drop(running);
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

/// A client of an API that cannot delete clients stays until a sign-in has proved the next one, as with RFC 7591.
#[test]
fn failed_sign_in_keeps_the_earlier_application() {
    let internet = Internet::new(&["social.example"], "[providers.mastodon]\ndomain = \"social.example\"\n", {
        let count = Mutex::new(0);
        move |request| match request.path.rsplit('/').next()? {
            "apps" => {
                let mut count = count.lock().expect("no panic");
                *count += 1;
                Some((200, json!({"client_id": format!("app-{count}"), "client_secret": "hush"})))
            }
            "token" if request.form("client_id") == Some("app-2") => Some((400, json!({"error": "invalid_grant"}))),
            "token" => Some(token()),
            _ => Some((200, json!({"acct": "ada"}))),
        }
    });
    internet.sign_in(&["mastodon"]);
    let (sent, outcome) = internet.try_sign_in(&["mastodon", "--scope", "write"]);
    assert_eq!((value(&sent, "client_id"), outcome.code), ("app-2", 1), "{}", outcome.stderr);
    let (sent, _) = internet.sign_in(&["mastodon", "--force"]);
    assert_eq!(value(&sent, "client_id"), "app-1");
    assert_eq!(internet.to("https://social.example/api/v1/apps").len(), 2);
}

/// Hugging Face takes the URL of a metadata document as client id, which no metadata says.
#[test]
fn metadata_document_is_the_client_where_the_row_says_so() {
    let document = "https://me.example/mycli.json";
    let config = format!("client_metadata = \"{document}\"\n[providers.huggingface]\n[providers.gitlab]\n");
    let internet = Internet::new(&["huggingface.co"], &config, |request| match request.path.rsplit('/').next()? {
        "openid-configuration" => {
            let endpoint = |name: &str| format!("https://huggingface.co/oauth/{name}");
            let metadata = json!({
                "issuer": "https://huggingface.co", "authorization_endpoint": endpoint("authorize"),
                "token_endpoint": endpoint("token"), "userinfo_endpoint": endpoint("userinfo"),
            });
            Some((200, metadata))
        }
        "token" => Some(token()),
        "userinfo" => Some((200, json!({"sub": "1", "preferred_username": "ada"}))),
        _ => None,
    });
    let (sent, _) = internet.sign_in(&["huggingface", "--scope", "read-repos"]);
    assert_eq!(value(&sent, "client_id"), document);
    let exchange = &internet.to("https://huggingface.co/oauth/token")[0];
    assert_eq!((exchange.form("client_id"), exchange.form("client_secret")), (Some(document), None));
    assert_eq!(exchange.header("authorization"), None);
    internet.sandbox.run(&["signin", "gitlab", "--no-open"]).fails(2, "no client ID for `gitlab`");
}

/// The rules of the policy of matrix-authentication-service: a home page by https, and redirect URIs of a native client.
#[test]
fn matrix_server_gets_a_home_page_of_the_client() {
    const ISSUER: &str = "https://account.matrix.example/";
    let internet = Internet::new(
        &["account.matrix.example"],
        "[providers.matrix]\nbase_url = \"https://account.matrix.example\"\nclient_uri = \"https://me.example\"\n",
        |request| {
            let endpoint = |name: &str| format!("{ISSUER}{name}");
            match request.path.strip_prefix(ISSUER)? {
                ".well-known/openid-configuration" => Some((
                    200,
                    json!({
                        "issuer": ISSUER, "authorization_endpoint": endpoint("authorize"),
                        "token_endpoint": endpoint("oauth2/token"),
                        "registration_endpoint": endpoint("oauth2/registration"),
                        "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
                        "token_endpoint_auth_methods_supported": ["none"],
                    }),
                )),
                "oauth2/registration" => {
                    let wanted: Value = serde_json::from_str(&request.body).ok()?;
                    let is_secure = wanted["client_uri"].as_str().is_some_and(|uri| uri.starts_with("https://"));
                    match is_secure && wanted["application_type"] == "native" {
                        true => Some((201, json!({"client_id": "01J", "redirect_uris": wanted["redirect_uris"]}))),
                        false => Some((400, json!({"error": "invalid_client_metadata"}))),
                    }
                }
                "oauth2/token" => Some(token()),
                _ => None,
            }
        },
    );
    let done = internet.sandbox.run(&["--json", "providers", "register", "matrix"]).success();
    assert_eq!(done.json()["client_id"], "01J");
    let sent: Value =
        serde_json::from_str(&internet.to(&format!("{ISSUER}oauth2/registration"))[0].body).expect("JSON");
    assert_eq!(sent["redirect_uris"], json!(["http://127.0.0.1/callback"]), "any port is accepted");
    let unset = Sandbox::new();
    let refused = unset.run(&["providers", "register", "matrix"]).fails(2, "`client_uri`");
    assert!(refused.stderr.contains("mycli providers add matrix --set client_uri="), "{}", refused.stderr);
}
