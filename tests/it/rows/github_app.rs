//! GitHub Apps from a manifest, against a scripted stand-in of GitHub's three steps: the form is posted, the browser
//! comes back with a code, the code is exchanged.

use serde_json::{Value, json};

use super::registration::{Internet, token, value};
use crate::support::visitor::{self, CookieBrowser};

/// A GitHub and a user of it.
struct Case {
    row: &'static str,
    config: &'static str,
    host: &'static str,
    api: &'static str,
    organization: Option<&'static str>,
}

const PERSONAL: Case =
    Case { row: "github", config: "", host: "https://github.com", api: "https://api.github.com", organization: None };

/// GitHub.com and Enterprise Server, whose host is a setting of the row; personal and of an organization.
const CASES: [Case; 4] = [
    PERSONAL,
    Case { organization: Some("acme"), ..PERSONAL },
    Case { organization: None, ..ENTERPRISE },
    Case { organization: Some("acme"), ..ENTERPRISE },
];

const ENTERPRISE: Case = Case {
    row: "github-enterprise",
    config: "[providers.github-enterprise]\ndomain = \"git.acme.example\"\n",
    host: "https://git.acme.example",
    api: "https://git.acme.example/api/v3",
    organization: None,
};

const SECRETS: [&str; 4] = ["hush-of-the-app", "hush-of-the-hook", "BEGIN RSA", "code-of-the-app"];

impl Case {
    fn internet(&self) -> Internet {
        let (host, api) = (self.host, self.api);
        let host_name = |url: &'static str| url.trim_start_matches("https://").split('/').next().expect("a host");
        Internet::new(&[host_name(host), host_name(api)], self.config, move |request| {
            let url = request.path.as_str();
            if url == format!("{api}/app-manifests/code-of-the-app/conversions") {
                return Some((201, created_app(host)));
            }
            if url == format!("{host}/login/device/code") {
                return Some((400, json!({"error": "device_flow_disabled"})));
            }
            match url == format!("{host}/login/oauth/access_token") {
                true => Some(token()),
                false => (url == format!("{api}/user")).then(|| (200, json!({"id": 1, "login": "ada"}))),
            }
        })
    }

    fn arguments(&self) -> Vec<&'static str> {
        let mut arguments = vec!["--json", "providers", "register", self.row, "--permission", "contents=write"];
        arguments.extend(self.organization.map(|_| "--organization"));
        arguments.extend(self.organization);
        arguments
    }

    fn settings(&self) -> String {
        let path = self.organization.map(|name| format!("/organizations/{name}")).unwrap_or_default();
        format!("{}{path}/settings/apps", self.host)
    }
}

/// The app in the response; members as in the documentation of the REST API.
fn created_app(host: &str) -> Value {
    json!({
        "id": 1, "slug": "mycli-1", "name": "mycli-1", "html_url": format!("{host}/apps/mycli-1"),
        "owner": {"login": "ada"}, "client_id": "Iv23.app", "client_secret": "hush-of-the-app",
        "pem": "-----BEGIN RSA PRIVATE KEY-----", "webhook_secret": "hush-of-the-hook",
    })
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

/// Presses both buttons: the URL that the browser comes back to.
fn press(case: &Case, page: &str) -> String {
    let (action, manifest) = form(page);
    let state = action.strip_prefix(&format!("{}/new?state=", case.settings())).expect("the page of the owner");
    format!("{}?code=code-of-the-app&state={state}", manifest["redirect_url"].as_str().expect("a URL"))
}

#[test]
fn github_app_is_created_from_a_manifest() {
    for case in CASES {
        let internet = case.internet();
        let mut running = internet.sandbox.start(&case.arguments());
        let url = running.wait_for_url("/register?");
        let mut browser = CookieBrowser::default();
        let page = browser.get(&url);
        let (_, manifest) = form(&page.body);
        assert_eq!(manifest["default_permissions"], json!({"contents": "write", "emails": "read"}));
        assert_eq!((&manifest["hook_attributes"]["active"], &manifest["public"]), (&json!(false), &json!(false)));
        assert_eq!(manifest["callback_urls"], json!(["http://127.0.0.1/callback"]));

        let back = press(&case, &page.body);
        assert_eq!(browser.get(&format!("{back}x")).status, 403, "another `state`");
        assert_eq!(visitor::get(&back).status, 403, "another browser");
        let done = browser.get(&back);
        let install = format!("{}/apps/mycli-1/installations/new", case.host);
        assert!(done.body.contains(&install), "{}", done.body);
        let outcome = running.outcome().success();
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        for secret in SECRETS {
            assert!(!told.contains(secret) && !done.body.contains(secret), "{secret}: {told}");
        }
        let settings = format!("{}/mycli-1", case.settings());
        let device = format!("tick Enable Device Flow at {settings}, then: mycli signin {} --device", case.row);
        for line in [&install, &device] {
            assert!(outcome.stderr.contains(line.as_str()), "{line}: {}", outcome.stderr);
        }
        assert_eq!((&outcome.json()["kind"], &outcome.json()["client_id"]), (&json!("github-app"), &json!("Iv23.app")));
        let config = std::fs::read_to_string(internet.sandbox.config_file()).expect("a file");
        assert!(config.contains("client_kind = \"github-app\"") && !config.contains("hush"), "{config}");
        let removed = internet.sandbox.run(&["providers", "remove", case.row]).success();
        assert!(removed.stderr.contains(&settings), "{}", removed.stderr);
    }
}

/// A sandbox with a stored app.
fn registered(case: &Case) -> Internet {
    let internet = case.internet();
    let mut running = internet.sandbox.start(&case.arguments());
    let mut browser = CookieBrowser::default();
    let page = browser.get(&running.wait_for_url("/register?"));
    browser.get(&press(case, &page.body));
    running.outcome().success();
    internet
}

#[test]
fn github_app_signs_in_without_scopes() {
    let internet = registered(&PERSONAL);
    let (sent, _) = internet.sign_in(&["github"]);
    assert_eq!((value(&sent, "client_id"), value(&sent, "scope")), ("Iv23.app", ""));
    let exchange = &internet.to("https://github.com/login/oauth/access_token")[0];
    assert_eq!(exchange.form("client_secret"), Some("hush-of-the-app"));
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"repo\"";
    for scopes in [["--scope", "repo"], ["--scope", "+repo"], ["--scope", "@git"], ["--challenge", challenge]] {
        let arguments = [&["signin", "github"][..], &scopes].concat();
        let refused = internet.sandbox.run(&arguments).fails(2, "`github` signs in with a GitHub App");
        assert!(refused.stderr.contains("https://github.com/settings/apps/mycli-1"), "{}", refused.stderr);
    }
}

/// Only its owner turns the device flow of an app on, which no manifest does.
#[test]
fn github_app_has_a_device_flow_only_if_asked_for() {
    let internet = registered(&PERSONAL);
    let device = "https://github.com/login/device/code";
    let refused = internet.sandbox.run(&["signin", "github", "--device"]).fails(2, "device_flow_disabled");
    let where_to = "tick Enable Device Flow at https://github.com/settings/apps/mycli-1";
    assert!(refused.stderr.contains(where_to), "{}", refused.stderr);
    assert_eq!(internet.to(device).len(), 1);
    // Without a browser the program chooses this flow by itself, if the client has it.
    internet.sign_in(&["github"]);
    assert_eq!(internet.to(device).len(), 1);
}

/// The provider gives the secret once: success is shown only if it is stored.
#[test]
fn created_app_that_cannot_be_stored_is_no_success() {
    let internet = PERSONAL.internet();
    let mut running = internet.sandbox.start(&PERSONAL.arguments());
    let mut browser = CookieBrowser::default();
    let page = browser.get(&running.wait_for_url("/register?"));
    internet.sandbox.configure("not a setting");
    let done = browser.get(&press(&PERSONAL, &page.body));
    assert!(done.body.contains("The app could not be registered"), "{}", done.body);
    let failed = running.outcome();
    assert_ne!(failed.code, 0);
    let undo = "`mycli-1` was created but not stored; delete it at https://github.com/settings/apps/mycli-1";
    assert!(failed.stderr.contains(undo), "{}", failed.stderr);
    assert!(SECRETS.iter().all(|secret| !failed.stderr.contains(secret)), "{}", failed.stderr);
}
