//! Sign-in page under attack: another user who reads its URL in an argument list, a foreign page, and an attacker who
//! knows the `state`.

use std::thread;

use mycli::internals::callback_server::{PickerBuilder, ProviderButton, ProviderPicker};

use super::*;
use crate::support::free_port;

/// Serves a page with the buttons `a` and `b`, and `c` unavailable.
fn serve_picker() -> ProviderPicker {
    let button = |name: &str| ProviderButton {
        name: name.into(),
        title: name.to_uppercase(),
        color: None,
        logo: None,
        unavailable_reason: None,
    };
    let unavailable = ProviderButton { unavailable_reason: Some("not set up".into()), ..button("c") };
    PickerBuilder::bind(None).expect("a free port").serve("acme", vec![button("a"), button("b"), unavailable])
}

/// Path and query of the page.
fn target(page: &ProviderPicker) -> String {
    let url = page.launch_url().expose();
    url.split_once(&format!(":{}", page.port())).expect("a port").1.to_owned()
}

fn cookie_of(response: &str) -> String {
    let cookie = header(response, "set-cookie").unwrap_or_else(|| panic!("no cookie: {response}"));
    cookie.split(';').next().expect("split returns at least one part").to_owned()
}

/// First browser that opens the page.
struct Browser {
    port: u16,
    target: String,
    cookie: String,
}

impl Browser {
    fn open(page: &ProviderPicker) -> Self {
        let (port, target) = (page.port(), target(page));
        let response = get(port, &target);
        assert_eq!(status(&response), 200, "{response}");
        Self { port, cookie: cookie_of(&response), target }
    }

    /// Builds a valid form request.
    fn form(&self, body: &str) -> Vec<u8> {
        self.form_with(&format!("Origin: http://127.0.0.1:{}\r\nCookie: {}\r\n", self.port, self.cookie), body)
    }

    fn form_with(&self, lines: &str, body: &str) -> Vec<u8> {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let lines = format!("{lines}{kind}\r\nContent-Length: {}\r\n", body.len());
        [request(self.port, "POST", &self.target, &lines), body.as_bytes().to_vec()].concat()
    }

    fn press(&self, name: &str) -> thread::JoinHandle<String> {
        let (port, form) = (self.port, self.form(&format!("provider={name}")));
        thread::spawn(move || send(port, &form))
    }
}

/// Returns the link in the response.
fn link(response: &str) -> String {
    let link = response.split_once("<a ").and_then(|(_, rest)| rest.split_once("href=\""));
    let rest = link.unwrap_or_else(|| panic!("no link: {response}")).1;
    rest.split('"').next().expect("split returns at least one part").to_owned()
}

#[test]
fn picker_opens_once_and_only_with_its_key() {
    let page = serve_picker();
    let (port, target) = (page.port(), target(&page));
    for (name, bytes, expected) in [
        ("without a key", request(port, "GET", "/signin", ""), 404),
        ("another key", request(port, "GET", "/signin?k=AAAAAAAAAAAAAAAAAAAAAA", ""), 404),
        ("more than the key", request(port, "GET", &format!("{target}&k=x"), ""), 404),
        ("one level down", request(port, "GET", &target.replace('?', "/?"), ""), 404),
        ("HEAD", request(port, "HEAD", &target, ""), 405),
        ("a prefetch", request(port, "GET", &target, "Sec-Purpose: prefetch;prerender\r\n"), 503),
        ("a form before the page", request(port, "POST", &target, "Content-Length: 0\r\n"), 403),
        ("a form elsewhere", request(port, "POST", "/callback", "Content-Length: 0\r\n"), 405),
        ("a way on before a choice", request(port, "GET", "/start?k=x", ""), 404),
    ] {
        let response = send(port, &bytes);
        assert_eq!(status(&response), expected, "{name}: {response}");
        assert_eq!(header(&response, "set-cookie"), None, "{name}: {response}");
        assert_eq!(header(&response, "cache-control"), Some("no-store"), "{name}: {response}");
    }
    let first = get(port, &target);
    assert_eq!(status(&first), 200, "the key is still valid: {first}");
    let second = get(port, &target);
    assert_eq!((status(&second), header(&second, "set-cookie")), (410, None), "{second}");
    assert!(second.contains("another browser"), "{second}");
    let cookie = cookie_of(&first);
    for (cookies, expected) in [
        (cookie.clone(), 200),
        (format!("theme=gr\u{fc}n; {cookie}; x"), 200),
        (format!("{cookie}x"), 410),
        (format!("x{cookie}"), 410),
        (cookie.split_once('=').expect("a value").0.to_owned(), 410),
    ] {
        let again = send(port, &request(port, "GET", &target, &format!("Cookie: {cookies}\r\n")));
        assert_eq!(status(&again), expected, "{cookies}: {again}");
    }
    drop(page);
    assert_port_becomes_free(port);
}

#[test]
fn picker_has_a_strict_content_policy() {
    let page = serve_picker();
    let response = get(page.port(), &target(&page));
    let policy = header(&response, "content-security-policy").expect("a header");
    for part in ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(header(&response, name), Some(value), "{response}");
    }
    let cookie = header(&response, "set-cookie").expect("a header");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!response.contains("<script") && !response.contains(" style="), "{response}");
}

#[test]
fn only_a_same_origin_form_is_a_choice() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let (port, cookie) = (page.port(), format!("Cookie: {}\r\n", browser.cookie));
    let origin = format!("Origin: http://127.0.0.1:{port}\r\n");
    let origins = [
        (String::new(), 403),
        ("Origin: null\r\n".to_owned(), 403),
        ("Origin: https://evil.example\r\n".to_owned(), 403),
        (format!("Origin: https://127.0.0.1:{port}\r\n"), 403),
        (format!("Origin: http://localhost:{port}\r\n"), 403),
        ("Origin: http://127.0.0.1:1\r\n".to_owned(), 403),
        (format!("{origin}Sec-Fetch-Site: same-site\r\n"), 403),
        (format!("{origin}Sec-Fetch-Site: cross-site\r\n"), 403),
    ];
    for (lines, expected) in origins {
        let response = send(port, &browser.form_with(&format!("{lines}{cookie}"), "provider=a"));
        assert_eq!(status(&response), expected, "{lines}: {response}");
    }
    for cookie in ["", "Cookie: choice=x\r\n", "Cookie: choice-1=x\r\n"] {
        let response = send(port, &browser.form_with(&format!("{origin}{cookie}"), "provider=a"));
        assert_eq!(status(&response), 403, "{cookie}: {response}");
    }
    let elsewhere = Browser { target: "/signin?k=AAAAAAAAAAAAAAAAAAAAAA".into(), ..browser };
    assert_eq!(status(&send(port, &elsewhere.form("provider=a"))), 404);
    assert!(no_choice_yet(&page));
}

#[test]
fn invalid_form_is_no_choice() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let huge = format!("provider={}", "a".repeat(4096));
    for (body, expected) in [
        ("", 400),
        ("provider", 400),
        ("provider=", 400),
        ("provider=z", 400),
        ("provider=c", 400),
        ("provider=a&provider=b", 400),
        ("provider=a&x=y", 400),
        ("x=a", 400),
        ("%00%ff&&&==", 400),
        ("{\"provider\":\"a\"}", 400),
        (huge.as_str(), 413),
    ] {
        let response = send(page.port(), &browser.form(body));
        assert_eq!(status(&response), expected, "{body}: {response}");
    }
    let lines = format!(
        "Origin: http://127.0.0.1:{}\r\nCookie: {}\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n",
        page.port(),
        browser.cookie
    );
    let text = [request(page.port(), "POST", &browser.target, &lines), b"provider=a".to_vec()].concat();
    assert_eq!(status(&send(page.port(), &text)), 400);
    assert!(no_choice_yet(&page));
}

/// Returns true if no choice has been made.
fn no_choice_yet(page: &ProviderPicker) -> bool {
    block_on(async { tokio::time::timeout(Duration::ZERO, page.wait_for_choice()).await.is_err() })
}

#[test]
fn double_click_is_one_choice() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let both = [browser.press("b"), browser.press("b")];
    assert_eq!(block_on(page.next_choice()), 1);
    // If the second request arrives after the first response, it counts as another choice.
    while !both.iter().all(thread::JoinHandle::is_finished) {
        if !no_choice_yet(&page) {
            assert_eq!(block_on(page.next_choice()), 1);
        }
        page.redirect_to("B", None, &Secret::new("https://b.example/?x=1&y=2"));
        thread::sleep(Duration::from_millis(1));
    }
    let responses = both.map(|one| one.join().expect("a response"));
    // Under load the second request may replace the first before that one is answered; the browser shows the second.
    let shown: Vec<_> = responses.iter().filter(|response| status(response) != 503).collect();
    assert!(!shown.is_empty(), "{responses:?}");
    for response in shown {
        assert_eq!(link(response), "https://b.example/?x=1&amp;y=2", "{response}");
        assert!(response.contains("http-equiv=\"refresh\" content=\"0;url=https://b.example/"), "{response}");
        assert_eq!(header(response, "referrer-policy"), Some("no-referrer"), "{response}");
    }
}

#[test]
fn second_choice_replaces_the_first() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let first = browser.press("a");
    assert_eq!(block_on(page.next_choice()), 0);
    let second = browser.press("b");
    assert_eq!(status(&first.join().expect("a response")), 503, "the browser shows the second response");
    assert_eq!(block_on(page.next_choice()), 1);
    page.redirect_to("B", None, &Secret::new("https://b.example/"));
    assert_eq!(link(&second.join().expect("a response")), "https://b.example/");
    let third = browser.press("b");
    assert_eq!(block_on(page.next_choice()), 1, "the same button again, after the redirect");
    page.show_page(&Page::failure("acme", "Sign-in failed", Vec::new()));
    assert!(third.join().expect("a response").contains("Sign-in failed"));
}

/// Chooses `a` in `browser` and starts a sign-in with `callback`.
fn start_signin(page: &ProviderPicker, browser: &Browser, callback: &RedirectUri) -> (CallbackListener, String) {
    let pressed = browser.press("a");
    assert_eq!(block_on(page.next_choice()), 0);
    let has_state = |query: &str| query.split('&').any(|pair| pair == "state=ours");
    let listener = page.bind_callback(callback).expect("a free port").serve(Secret::new(PROVIDER), has_state);
    page.redirect_to("A", None, &listener.launch_url());
    let link = link(&pressed.join().expect("a response"));
    assert_eq!(link, listener.launch_url().expose());
    (listener, link)
}

#[test]
fn only_the_browser_that_chose_can_finish() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let (listener, start) =
            start_signin(&page, &browser, &RedirectUri::new(host, None, "/callback").expect("valid"));
        assert_eq!(listener.port(), page.port(), "the port is shared");
        // The link has the host of the redirect URI; a cookie of another host would not be sent to the callback.
        let start =
            start.strip_prefix(&format!("http://{host}:{}", page.port())).expect("the redirect's host").to_owned();
        let on = get(page.port(), &start);
        assert_eq!((status(&on), header(&on, "location")), (303, Some(PROVIDER)), "{on}");
        assert_eq!(status(&get(page.port(), &start)), 410, "works once");
        let name = |cookie: &str| cookie.split('=').next().map(str::to_owned);
        assert_ne!(name(&cookie_of(&on)), name(&browser.cookie), "the page still works");
        assert_cookie_is_required(listener, &cookie_of(&on), &browser.cookie);
    }
}

/// Without the cookie, a request with the right `state` is rejected, and the sign-in still completes.
fn assert_cookie_is_required(mut listener: CallbackListener, cookie: &str, other: &str) {
    let port = listener.port();
    for cookies in ["", other, &format!("{cookie}x"), &cookie.replace('=', "x=")] {
        let response = send(port, &request(port, "GET", GOOD, &format!("Cookie: {cookies}\r\n")));
        assert_eq!(status(&response), 403, "{cookies}: {response}");
        assert!(response.contains("another browser"), "{response}");
    }
    assert_eq!(status(&send(port, &request(port, "POST", GOOD, "Content-Length: 0\r\n"))), 405);
    let lines = format!("Cookie: a=b; {cookie}\r\n");
    let back = thread::spawn(move || {
        let response = send(port, &request(port, "GET", GOOD, &lines));
        assert_eq!((status(&response), header(&response, "location")), (303, Some("/done")), "{response}");
        get(port, "/done")
    });
    block_on(async {
        listener.wait_for_callback().await.respond(success());
        listener.close().await;
    });
    assert!(back.join().expect("a response").contains("Signed in to Example"));
}

#[test]
fn provider_with_a_fixed_port_gets_its_own_listener() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let fixed = free_port();
    let redirect_uri = RedirectUri::parse(&format!("http://localhost:{fixed}/callback"), None).expect("valid");
    let held = TcpListener::bind(("127.0.0.1", fixed)).expect("free");
    assert!(matches!(page.bind_callback(&redirect_uri), Err(Error::PortTaken { port }) if port == fixed));
    drop(held);
    let (listener, start) = start_signin(&page, &browser, &redirect_uri);
    assert_eq!(listener.port(), fixed);
    let start = start.strip_prefix(&format!("http://localhost:{fixed}")).expect("the redirect's host").to_owned();
    let on = get(fixed, &start);
    assert_cookie_is_required(listener, &cookie_of(&on), &browser.cookie);
    let again =
        send(page.port(), &request(page.port(), "GET", &browser.target, &format!("Cookie: {}\r\n", browser.cookie)));
    assert_eq!(status(&again), 200, "the page still works: {again}");
}

#[test]
fn replaced_signin_no_longer_responds() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let redirect_uri = RedirectUri::new("127.0.0.1", None, "/callback").expect("valid");
    let (first, start) = start_signin(&page, &browser, &redirect_uri);
    drop(first);
    let (second, _) = start_signin(&page, &browser, &redirect_uri);
    let start = start.split_once(&format!(":{}", page.port())).expect("a port").1;
    assert_eq!(status(&get(page.port(), start)), 404, "the key is no longer valid");
    drop(second);
}

#[test]
fn dropped_picker_frees_its_port_and_responds() {
    let page = serve_picker();
    let browser = Browser::open(&page);
    let port = page.port();
    let pressed = browser.press("a");
    assert_eq!(block_on(page.next_choice()), 0);
    drop(page);
    assert_eq!(status(&pressed.join().expect("a response")), 503);
    assert_port_becomes_free(port);
}
