//! Questions about a server that the user has not chosen: on a page, in the terminal, answered by `--trust`.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::home::Home;
use crate::support::Running;
use crate::support::fake_provider::{AUTHORIZE, DEVICE, DISCOVERY, FakeProvider, Response};
use crate::support::visitor::{self, CookieBrowser};

/// Resource whose authorization server nobody has chosen.
struct World {
    home: Home,
    server: FakeProvider,
    resource: FakeProvider,
}

impl World {
    fn new() -> Self {
        let (server, resource) = (FakeProvider::start(), FakeProvider::start());
        server.register_clients();
        let document =
            json!({ "resource": format!("{}/mcp", resource.issuer()), "authorization_servers": [server.issuer()] });
        resource.respond_with("/.well-known/oauth-protected-resource/mcp", Response::json(200, &document));
        Self { home: Home::new(), server, resource }
    }

    fn address(&self) -> String {
        format!("{}/mcp", self.resource.issuer())
    }

    /// Starts a sign-in without a terminal, and returns the URL of its question.
    fn start(&self) -> (Running, String) {
        let running = self.home.sandbox.start(&["signin", &self.address(), "--timeout", "20s"]);
        (running, self.home.opened.next_url())
    }
}

/// Waits for a printed link to `path`.
fn printed_link(running: &mut Running, path: &str) -> String {
    let line = running.line(|line| line.contains(path));
    line[line.rfind("http://127.0.0.1").expect("a URL")..].trim_end().to_owned()
}

fn accept(question: &str) {
    let mut browser = CookieBrowser::default();
    browser.get(question);
    assert_eq!(answer(&browser, question, "0").status, 200);
}

fn answer(browser: &CookieBrowser, url: &str, answer: &str) -> visitor::Response {
    browser.submit(url, &format!("answer={answer}"))
}

#[test]
fn question_without_a_terminal_is_answered_on_a_page() {
    let world = World::new();
    let (running, question) = world.start();
    let mut browser = CookieBrowser::default();
    let page = browser.get(&question);
    let host = world.server.issuer().trim_start_matches("http://");
    assert!(page.body.contains(&format!("<code>{host} ({})</code>", world.server.issuer())), "{}", page.body);
    assert!(page.body.contains("value=\"no\" class=\"no\" autofocus"), "{}", page.body);
    assert!(world.server.requests().is_empty());
    assert_eq!(answer(&browser, &question, "0").status, 200);
    visitor::visit(&world.home.opened.next_url());
    let stderr = running.outcome().success().stderr;
    assert!(stderr.contains(&format!("accepted in the browser: {host}\n")), "{stderr}");
    world.home.sandbox.run(&["token", &world.address()]).success();
}

#[test]
fn declined_on_the_page_is_refused() {
    let world = World::new();
    let (running, question) = world.start();
    let mut browser = CookieBrowser::default();
    browser.get(&question);
    let page = answer(&browser, &question, "no");
    assert!(page.body.contains("You declined"), "{}", page.body);
    running.outcome().fails(4, "nothing was sent there");
    assert!(world.server.requests().is_empty() && world.home.opened.is_empty());
}

#[test]
fn question_and_sign_in_are_one_attempt() {
    let world = World::new();
    for _ in 0..2 {
        let (running, question) = world.start();
        accept(&question);
        world.home.opened.next_url();
        running.signal(Signal::TERM);
        running.outcome().ends_with(143);
    }
    let (running, question) = world.start();
    accept(&question);
    visitor::visit(&world.home.opened.next_url());
    running.outcome().success();
}

/// Another user can read the link in the argument list of the browser, and answer first.
#[test]
fn answer_through_the_launched_link_is_not_remembered() {
    let world = World::new();
    world.server.deny("invalid_request", "later");
    let (running, question) = world.start();
    accept(&question);
    visitor::visit(&world.home.opened.next_url());
    running.outcome().fails(2, "later");
    let (running, question) = world.start();
    assert!(question.contains("/question?k="), "{question}");
    running.signal(Signal::TERM);
    running.outcome().ends_with(143);
}

/// The user has approved: what fails afterwards is no reason to ask again.
#[test]
fn accepted_server_is_remembered_for_the_retry() {
    let world = World::new();
    world.server.deny("invalid_request", "later");
    let mut running = world.home.sandbox.start(&["signin", &world.address(), "--timeout", "20s", "--no-open"]);
    accept(&printed_link(&mut running, "/question?k="));
    visitor::visit(&printed_link(&mut running, "/start?k="));
    running.outcome().fails(2, "later");

    let file = std::fs::read_dir(world.home.sandbox.state().join("accepted")).expect("a folder");
    let file = file.map(|entry| entry.expect("ours").path()).find(|path| path.extension().is_some()).expect("a record");
    let record = std::fs::read_to_string(&file).expect("ours");
    // An old answer, one to another question and one about another server do not count.
    let hour_ago = (chrono::Utc::now() - chrono::TimeDelta::hours(1)).to_rfc3339();
    let at = serde_json::from_str::<Value>(&record).expect("JSON")["accepted"][0]["at"].take();
    for (is, was) in [
        (at.as_str().expect("a time"), &*hour_ago),
        ("sends you", "sent you"),
        ("server\": \"http:", "server\": \"https:"),
    ] {
        std::fs::write(&file, record.replace(is, was)).expect("ours");
        let (running, question) = world.start();
        assert!(question.contains("/question?k="), "{question}");
        let mut browser = CookieBrowser::default();
        browser.get(&question);
        answer(&browser, &question, "no");
        running.outcome().ends_with(4);
    }
    std::fs::write(&file, record).expect("ours");
    world.server.respond_normally(AUTHORIZE);
    world.server.change_callback(|_| {});
    let (running, page) = world.start();
    visitor::visit(&page);
    let stderr = running.outcome().success().stderr;
    assert!(stderr.contains("in the last hour"), "{stderr}");

    // A sign-in that succeeded was the last retry.
    world.home.sandbox.run(&["signout", &world.address()]).success();
    let (running, question) = world.start();
    assert!(question.contains("/question?k="), "{question}");
    running.signal(Signal::TERM);
    running.outcome().ends_with(143);
}

#[test]
fn unanswered_questions_count_and_name_their_limit() {
    let world = World::new();
    let sign_in = ["signin", &world.address(), "--timeout", "1s"];
    for _ in 0..3 {
        world.home.sandbox.run(&sign_in).fails(5, "question in the browser timed out after 1s");
    }
    world.home.sandbox.run(&sign_in).fails(2, "too many sign-ins");
}

#[test]
fn printed_question_opens_in_any_browser() {
    let world = World::new();
    let address = world.address();
    let mut running = world.home.sandbox.start(&["signin", &address, "--timeout", "20s", "--no-open"]);
    let question = &*printed_link(&mut running, "/question?k=");
    assert_eq!(CookieBrowser::default().get(question).status, 200, "a link preview");
    let mut browser = CookieBrowser::default();
    let page = browser.get(question);
    assert!(page.body.contains("<form method=\"post\">"), "it posts to the same link: {}", page.body);
    assert_eq!(answer(&browser, question, "no").status, 200);
    running.outcome().fails(4, "nothing was sent there");
}

#[test]
fn question_needs_the_key_its_browser_and_its_origin() {
    let world = World::new();
    let (running, question) = world.start();
    let (place, _) = question.split_once('=').expect("a key");
    for url in [format!("{place}=AAAAAAAAAAAAAAAAAAAAAA"), place.to_owned(), question.replace("/question", "/")] {
        assert_eq!(visitor::get(&url).status, 404, "{url}");
    }
    let mut browser = CookieBrowser::default();
    browser.get(&question);
    assert_eq!(CookieBrowser::default().get(&question).status, 410, "another browser");
    assert_eq!(answer(&CookieBrowser::default(), &question, "0").status, 403, "without the cookie");
    for origin in ["null", "http://evil.example", "http://127.0.0.1:1"] {
        assert_eq!(browser.submit_from(&question, "answer=0", origin).status, 403, "{origin}");
    }
    for form in ["", "answer=1", "answer=-1", "answer=yes", "answer=0&answer=0", "provider=0"] {
        assert_eq!(browser.submit(&question, form).status, 400, "{form}");
    }
    assert_eq!(browser.get(&format!("{question}&answer=0")).status, 404);
    assert_eq!(answer(&browser, &question, "no").status, 200);
    let stderr = running.outcome().fails(4, "nothing was sent there").stderr;
    assert!(stderr.contains("the listener rejected a browser that did not start this sign-in"), "{stderr}");
}

#[test]
fn trust_answers_for_the_whole_issuer_only() {
    let world = World::new();
    let issuer = world.server.issuer();
    for wrong in ["https://other.example", "127.0.0.1", &format!("{issuer}/tenant")] {
        let arguments = ["signin", &world.address(), "--trust", wrong];
        world.home.run_without_browser(&arguments).fails(2, "which you must accept first");
    }
    assert!(world.server.requests().is_empty());
    let host = issuer.trim_start_matches("http://");
    world.home.sign_in(&[&world.address(), "--trust", "other.example", "--trust", host]).0.success();
    world.home.sandbox.run(&["signin", &world.address(), "--no-input", "--force"]).fails(2, "needs a user");
}

/// Server that passes on the device code of an honest one.
fn stranger(field: &str) -> (Home, FakeProvider) {
    let (home, evil) = (Home::new(), FakeProvider::start());
    let mut codes = json!({
        "device_code": "code-secret-1", "user_code": "WXYZ", "expires_in": 600, "interval": 5,
        "verification_uri": format!("{}/device", evil.issuer()),
    });
    codes[field] = json!("https://microsoft.com/devicelogin");
    evil.respond_with(DEVICE, Response::json(200, &codes));
    (home, evil)
}

#[test]
fn device_code_of_another_host_is_confirmed() {
    for field in ["verification_uri", "verification_uri_complete"] {
        let (home, evil) = stranger(field);
        let sign_in = ["signin", evil.issuer(), "--client-id", "known", "--device", "--timeout", "1s"];
        let stderr = home.run_without_browser(&sign_in).fails(2, "is on another host, `microsoft.com`").stderr;
        assert!(!stderr.contains("WXYZ"), "{stderr}");
        let stderr =
            home.run_without_browser(&[&sign_in[..], &["--trust", "microsoft.com"]].concat()).ends_with(5).stderr;
        assert!(stderr.contains("WXYZ"), "{stderr}");
        home.sandbox.configure(&format!("[providers.known]\nissuer = \"{}\"\nclient_id = \"known\"\n", evil.issuer()));
        home.run_without_browser(&sign_in).ends_with(5);
    }
}

#[test]
fn device_page_that_is_no_url_is_confirmed() {
    let (home, evil) = (Home::new(), FakeProvider::start());
    for (page, named, trust) in [
        ("honest.example/device", "honest.example", "--trust honest.example"),
        ("honest.example:443/device", "honest.example", "--trust honest.example"),
        ("Go to honest.example/device", "Go to honest.example/device", "--trust 'Go to honest.example/device'"),
    ] {
        let codes = json!({ "device_code": "code-secret-1", "user_code": "WXYZ", "verification_uri": page });
        evil.respond_with(DEVICE, Response::json(200, &codes));
        let sign_in = ["signin", evil.issuer(), "--client-id", "known", "--device", "--timeout", "1s"];
        let stderr = home.run_without_browser(&sign_in).fails(2, &format!("is on another host, `{named}`")).stderr;
        assert!(stderr.contains(trust) && !stderr.contains("WXYZ"), "{stderr}");
    }
}

#[test]
fn known_client_does_not_skip_the_question() {
    let (home, evil) = (Home::new(), FakeProvider::start());
    evil.change_metadata(|metadata| {
        metadata["authorization_endpoint"] = "https://honest.example/authorize".into();
        metadata["authorization_response_iss_parameter_supported"] = false.into();
    });
    let sign_in = ["signin", evil.issuer(), "--client-id", "known", "--timeout", "1s"];
    home.run_without_browser(&[&sign_in[..], &["--paste"]].concat()).fails(2, "on another host, `honest.example`");
    assert!(home.opened.is_empty());
    // That is the answer about a server of this name.
    let server = home.run_without_browser(&[&sign_in[..], &["--paste", "--trust", "https://honest.example"]].concat());
    server.fails(2, "--trust https://honest.example --trust honest.example");
    let accepted = home.sandbox.run(&[&sign_in[..], &["--trust", "honest.example"]].concat());
    accepted.fails(5, "browser sign-in timed out");
}

#[test]
fn input_typed_before_the_question_is_no_answer() {
    let (home, evil) = (Home::new(), FakeProvider::start());
    evil.change_metadata(|metadata| {
        metadata["authorization_endpoint"] = "https://honest.example/authorize".into();
        metadata["authorization_response_iss_parameter_supported"] = false.into();
    });
    let held = evil.hold(DISCOVERY);
    let command = format!("signin {} --client-id known --no-open", evil.issuer());
    let mut running = home.sandbox.start_on_terminal(&command);
    held.wait_for(1);
    running.write_stdin("1\n");
    std::thread::sleep(std::time::Duration::from_millis(200));
    drop(held);
    running.line(|line| line.contains("Number (1-2)"));
    running.write_stdin("2\n");
    running.outcome().ends_with(4);
    assert!(evil.requests_to(AUTHORIZE).is_empty());
}
