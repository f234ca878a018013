//! Every page that the program serves, in Chromium: axe-core, small and wide windows, light and dark.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::browser;
use crate::support::fake_provider::FakeProvider;
use crate::support::free_port;
use crate::support::visitor;
use crate::support::world::World;

/// Opens `url` in Chromium, takes the steps, and fails the test for each fault that `["inspect", NAME]` finds.
fn walk(url: &str, steps: &[Value]) {
    let report = browser::drive(url, &json!({ "steps": steps }));
    assert_eq!(report.findings, Vec::<String>::new());
}

/// Looks at the page with this heading; screenshots have the name.
fn inspect(name: &str, heading: &str) -> Value {
    json!(["inspect", name, heading])
}

fn click(button: &str) -> Value {
    json!(["click", format!("button[value=\"{button}\"]")])
}

/// Steps to `url` and into its page.
fn look_at(url: &str, name: &str, heading: &str) -> [Value; 2] {
    [json!(["goto", url]), inspect(name, heading)]
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn axe_finds_nothing_on_the_sign_in_page() {
    let world = World::new();
    let away = FakeProvider::start().issuer().to_owned();
    let tables = [
        world.table("acme", ""),
        world.table("device", "flow = \"device\""),
        world.table("away", "").replace(world.provider.issuer(), &away),
        "[providers.demo]\n[providers.gitlab]\nclient_id = \"x\"\n[providers.github]\n[providers.okta]\n[providers.lichess]\n".to_owned(),
    ];
    world.sandbox.configure(&tables.concat());
    world.provider.set_device_polls(u32::MAX);
    let running = world.sandbox.start(&["signin"]);
    let page = world.opened.next_url();
    let steps = [
        vec![
            inspect("picker", "Sign in"),
            click("device"),
            inspect("user-code", "Sign in with device"),
            json!(["back"]),
        ],
        // The page redirects at once.
        vec![json!(["hold", "/start"]), click("acme"), inspect("redirect", "Continue to acme"), json!(["back"])],
        vec![click("lichess"), inspect("redirect-logo", "Continue to Lichess"), json!(["back"])],
        look_at(page.split('?').next().expect("a URL"), "other-link", "belongs to another sign-in").into(),
        look_at(&page.replace("/signin", "/nowhere"), "not-found", "Page not found").into(),
        vec![json!(["forget"])],
        look_at(&page, "open-elsewhere", "open in another browser").into(),
    ];
    walk(&page, &steps.concat());
    running.signal(Signal::INT);
    running.outcome().ends_with(130);

    let many: String = (0..12).map(|index| world.table(&format!("provider-{index}"), "")).collect();
    world.sandbox.configure(&many);
    let running = world.sandbox.start(&["signin"]);
    walk(&world.opened.next_url(), &[inspect("picker-many", "Sign in")]);
    running.signal(Signal::INT);
    running.outcome().ends_with(130);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn axe_finds_nothing_on_the_pages_after_a_sign_in() {
    let world = World::new();
    let sign_in = |name: &str, heading: &str, flags: &[&str]| {
        let running = world.sandbox.start(&[&["signin", "acme", "--force"], flags].concat());
        walk(&world.opened.next_url(), &[inspect(name, heading)]);
        running.outcome()
    };
    sign_in("done", "Signed in to acme", &[]).success();
    sign_in("wrong-account", "You signed in with another", &["--account", "carol"]).ends_with(4);
    world.provider.deny("access_denied", "the user pressed <Cancel>");
    sign_in("denied", "Access to acme was declined", &[]).ends_with(4);
    world.provider.deny("server_error", "the server has a very long and-unbroken_description".repeat(3).as_str());
    sign_in("failed", "Sign-in to acme failed", &[]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn axe_finds_nothing_on_pages_of_a_wrong_browser() {
    let world = World::new();
    let running = world.sandbox.start(&["signin", "acme"]);
    let start = world.opened.next_url();
    let at = |path: &str| url::Url::parse(&start).expect("a URL").join(path).expect("a path").to_string();
    let callback = visitor::get(&start).header("location").expect("to the provider").to_owned();
    let steps = [
        vec![inspect("link-used", "already used")],
        look_at(&at("/done"), "not-yet", "Not signed in yet").into(),
        look_at(&at("/callback?code=x&state=y"), "other-sign-in", "belongs to another sign-in").into(),
    ];
    walk(&start, &steps.concat());
    visitor::visit(&callback);
    running.outcome().success();

    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    let running = world.sandbox.start(&["signin", "--force"]);
    let (mut browser, page) = (visitor::CookieBrowser::default(), world.opened.next_url());
    browser.get(&page);
    let link = browser.press(&page, "acme").link();
    let provider = browser.get(&link).header("location").expect("to the provider").to_owned();
    let callback = browser.get(&provider).header("location").expect("and back").to_owned();
    walk(&callback, &[inspect("other-browser", "You started this sign-in")]);
    browser.visit(&callback);
    running.outcome().success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn axe_finds_nothing_on_question_and_logout_pages() {
    let world = World::configured("logout = \"post\"");
    let resource = FakeProvider::start();
    let address = format!("{}/mcp", resource.issuer());
    let document = json!({ "resource": address, "authorization_servers": [world.provider.issuer()] });
    let path = "/.well-known/oauth-protected-resource/mcp";
    resource.respond_with(path, crate::support::fake_provider::Response::json(200, &document));
    let question = "Sign in at another server?";
    for (answer, name, heading) in [("no", "declined", "You declined"), ("0", "accepted", "You accepted")] {
        let running = world.sandbox.start(&["signin", &address, "--client-id", "native"]);
        walk(&world.opened.next_url(), &[inspect("question", question), click(answer), inspect(name, heading)]);
        if answer == "0" {
            visitor::visit(&world.opened.next_url());
        }
        running.outcome();
    }

    // The page is there for a few seconds only.
    for steps in
        [vec![inspect("logout", "Sign out of acme")], vec![json!(["reload"]), inspect("logout-used", "already")]]
    {
        world.sign_in(&["--force"]).success();
        let running = world.sandbox.start(&["signout", "acme", "--end-session"]);
        walk(&world.opened.next_url(), &steps);
        running.outcome().success();
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Chromium: --features real")]
fn axe_finds_nothing_on_the_demo_pages() {
    let world = World::new();
    let port = free_port();
    let mut running = world.sandbox.start(&["demo", "--port", &port.to_string()]);
    running.line(|_| true);
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let authorize =
        at("/authorize?response_type=code&client_id=demo&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback\
                        &scope=openid%20profile%20email%20offline_access%20xyzzy&code_challenge_method=S256\
                        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let code = || -> String {
        let codes = visitor::post(&at("/device/code"), "client_id=demo&scope=openid").body;
        let codes: Value = serde_json::from_str(&codes).expect("JSON");
        codes["verification_uri_complete"].as_str().expect("a URL").to_owned()
    };
    let steps = [
        vec![inspect("demo-home", "This is Demo")],
        look_at(&at("/nowhere"), "demo-not-found", "Page not found").into(),
        look_at(&authorize, "demo-consent", "Sign in to Demo").into(),
        look_at(&format!("{authorize}&login_hint=carol"), "demo-unknown-account", "Sign in to Demo").into(),
        look_at(&authorize.replace("client_id", "client"), "demo-invalid", "not valid").into(),
        look_at(&at("/device"), "demo-code", "Connect a terminal").into(),
        look_at(&at("/device?user_code=BCDF-GHJK"), "demo-wrong-code", "Connect a terminal").into(),
        look_at(&code(), "demo-device", "Sign in to Demo").into(),
        vec![click("approve"), inspect("demo-approved", "Approved")],
        vec![json!(["goto", code()]), click("deny"), inspect("demo-denied", "Denied")],
        look_at(&at("/logout"), "demo-logout", "Sign out of Demo").into(),
        vec![click("leave"), inspect("demo-signed-out", "You are signed out")],
    ];
    walk(&at("/"), &steps.concat());
    running.signal(Signal::INT);
    running.outcome();
}
