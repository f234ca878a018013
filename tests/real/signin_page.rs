//! Sign-in page in Chromium: a user who gives no provider chooses one in the browser.

use crate::support::browser::{self, Report};
use crate::support::oidc_provider::OidcProvider;
use crate::support::sandbox::OpenedUrls;
use crate::support::{Outcome, Sandbox, free_port};
use serde_json::{Value, json};
use url::Url;

/// Sandbox with several providers, among them a real one on another origin.
struct World {
    provider: OidcProvider,
    sandbox: Sandbox,
    opened: OpenedUrls,
}

impl World {
    /// Configures `acme`, a real provider, and `demo`, the built-in one; `more` goes into the table of `acme`.
    fn new(more: &str) -> Self {
        let provider = OidcProvider::start(&json!({}));
        let mut sandbox = Sandbox::new();
        sandbox.set("MYCLI_STORE", "file");
        sandbox.configure(&format!(
            "[providers.acme]\nissuer = \"{}\"\nclient_id = \"{}\"\nscopes = [\"openid\", \"profile\", \"email\"]\n{more}\n\
             [providers.demo]\n",
            provider.issuer(),
            provider.client_id()
        ));
        let opened = sandbox.record_browser();
        Self { provider, sandbox, opened }
    }

    /// Starts `signin` without a provider, lets Chromium follow `plan`, and waits for both to end.
    fn sign_in(&self, flags: &[&str], plan: &Value) -> (Outcome, Report) {
        let running = self.sandbox.start(&[&["signin"], flags].concat());
        let report = browser::drive(&self.opened.next_url(), plan);
        (running.outcome(), report)
    }

    fn sessions(&self) -> Vec<String> {
        let document: Value = serde_json::from_str(&self.sandbox.run(&["status", "--json"]).stdout).expect("JSON");
        let name = |one: &Value| format!("{} {}", one["provider"], one["account"]).replace('"', "");
        document["sessions"].as_array().expect("a list").iter().map(name).collect()
    }
}

/// Steps that press the button of `provider` and sign in there as `login`.
fn choose_and_sign_in(provider: &str, login: &str) -> Vec<Value> {
    let mut steps = vec![json!(["click", format!("button[value={provider}]")])];
    steps.extend(browser::sign_in_as(login));
    steps
}

/// Scheme, host and port of the page.
fn page_of(report: &Report) -> String {
    Url::parse(&report.navigations[0]).expect("an address").origin().ascii_serialization()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn user_chooses_a_provider_and_signs_in() {
    let world = World::new("");
    let plan = json!({ "steps": choose_and_sign_in("acme", "ada"), "until": "/done" });
    let (outcome, report) = world.sign_in(&[], &plan);
    assert_eq!(outcome.success().stdout, "");
    assert_eq!(report.console, Vec::<Value>::new());
    assert!(report.text.contains("Signed in to acme"), "{}", report.text);
    assert_eq!(world.sessions(), ["acme ada"]);
    assert_eq!(
        report.requests_to_origin(&page_of(&report)),
        ["GET /signin", "POST /signin", "GET /start", "GET /callback", "GET /done"],
        "one port serves it all"
    );
    let secrets = ["code=", "state=", "/start"];
    let left = report.history.iter().find(|address| secrets.iter().any(|secret| address.contains(secret)));
    assert_eq!(left, None, "behind the back button");
    assert_eq!(world.provider.requests().iter().filter(|asked| asked.path == "/token").count(), 1);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn picker_works_by_keyboard_without_scripts() {
    let port = free_port();
    let world = World::new(&format!("callback = \"http://localhost:{port}/callback\""));
    // The first button gets the focus a moment after the page is loaded.
    let mut steps = vec![json!(["reach", "css:button:focus"]), json!(["press", "Tab"]), json!(["press", "Shift+Tab"])];
    steps.extend([json!(["press", "Enter"]), json!(["reach", "css:input[name=login]"])]);
    steps.extend(browser::sign_in_as("ada"));
    let plan = json!({ "steps": steps, "until": "/done", "javaScript": false });
    let (outcome, report) = world.sign_in(&[], &plan);
    outcome.success();
    assert_eq!(report.console, Vec::<Value>::new());
    assert_eq!(report.final_url, format!("http://localhost:{port}/done"));
    assert_eq!(report.requests_to_origin(&page_of(&report)), ["GET /signin", "POST /signin"]);
    let own = report.requests_to_origin(&format!("http://localhost:{port}"));
    assert_eq!(own, ["GET /start", "GET /callback", "GET /done"]);
    assert_eq!(world.sessions(), ["acme ada"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn user_goes_back_and_chooses_another_provider() {
    let world = World::new("");
    let steps = json!([
        ["click", "button[value=acme]"],
        ["reach", "css:input[name=login]"],
        ["back"],
        ["click", "button[value=demo]"],
        ["click", "button[value=approve]"],
        ["reach", "/done"],
    ]);
    let (outcome, report) = world.sign_in(&[], &json!({ "steps": steps }));
    outcome.success();
    assert!(report.text.contains("Signed in to Demo"), "{}", report.text);
    assert_eq!(world.sessions().len(), 1);
    assert!(world.sessions()[0].starts_with("demo "), "{:?}", world.sessions());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn forty_providers_fit_on_small_and_wide_screens() {
    let mut sandbox = Sandbox::new();
    let name = |index: usize| format!("{}-{index}", "a-provider.with-a.long-name".repeat(index % 4 + 1));
    let table =
        |index| format!("[providers.\"{}\"]\nissuer = \"https://id.example\"\nclient_id = \"x\"\n", name(index));
    sandbox.configure(&(0..40).map(table).collect::<String>());
    let opened = sandbox.record_browser();
    for (width, scheme) in [(320, "dark"), (1280, "light")] {
        let running = sandbox.start(&["signin"]);
        let picture = browser::screenshot_path(&format!("sign-in-{width}-{scheme}.png"));
        let plan = json!({
            "steps": [["screenshot", picture], ["reload"]],
            "until": "css:button",
            "width": width,
            "colorScheme": scheme,
        });
        let report = browser::drive(&opened.next_url(), &plan);
        running.signal(rustix::process::Signal::INT);
        running.outcome().ends_with(130);
        assert_eq!(report.content_width, width, "nothing sticks out");
        assert_eq!(report.text.matches("Sign in with ").count(), 40, "{}", report.text);
        assert_eq!(report.console, Vec::<Value>::new());
    }
}
