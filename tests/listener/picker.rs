//! The sign-in page under everybody but the one browser it was opened in: a stranger who can read its address in an
//! argument list, a page of another site, and whoever knows the `state`.

use std::thread;

use mycli::callback_server::{PickerBuilder, ProviderButton, ProviderPicker};

use super::*;

/// A page with `a`, `b`, and `c`, which cannot be pressed.
fn entrance() -> ProviderPicker {
    let button = |name: &str| ProviderButton {
        name: name.into(),
        title: name.to_uppercase(),
        color: None,
        unavailable_reason: None,
    };
    let unready = ProviderButton { unavailable_reason: Some("not set up".into()), ..button("c") };
    PickerBuilder::bind(None).expect("a free port").serve("acme", vec![button("a"), button("b"), unready])
}

/// Path and query of the page.
fn target(page: &ProviderPicker) -> String {
    let address = page.url().expose();
    address.split_once(&format!(":{}", page.port())).expect("it names the port").1.to_owned()
}

fn cookie_of(answer: &str) -> String {
    let cookie = header(answer, "set-cookie").unwrap_or_else(|| panic!("no cookie: {answer}"));
    cookie.split(';').next().expect("split gives one at least").to_owned()
}

/// The browser that came first.
struct Browser {
    port: u16,
    target: String,
    cookie: String,
}

impl Browser {
    fn opens(page: &ProviderPicker) -> Self {
        let (port, target) = (page.port(), target(page));
        let answer = get(port, &target);
        assert_eq!(status(&answer), 200, "{answer}");
        Self { port, cookie: cookie_of(&answer), target }
    }

    /// The header lines of a form that is good, with its body.
    fn form(&self, body: &str) -> Vec<u8> {
        self.form_with(&format!("Origin: http://127.0.0.1:{}\r\nCookie: {}\r\n", self.port, self.cookie), body)
    }

    fn form_with(&self, lines: &str, body: &str) -> Vec<u8> {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let lines = format!("{lines}{kind}\r\nContent-Length: {}\r\n", body.len());
        [request(self.port, "POST", &self.target, &lines), body.as_bytes().to_vec()].concat()
    }

    fn presses(&self, name: &str) -> thread::JoinHandle<String> {
        let (port, form) = (self.port, self.form(&format!("provider={name}")));
        thread::spawn(move || send(port, &form))
    }
}

/// Where the page leads on to.
fn link(answer: &str) -> String {
    let rest = answer.split_once("<a href=\"").unwrap_or_else(|| panic!("no link: {answer}")).1;
    rest.split('"').next().expect("split gives one at least").to_owned()
}

#[test]
fn picker_opens_once_and_only_with_its_key() {
    let page = entrance();
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
        let answer = send(port, &bytes);
        assert_eq!(status(&answer), expected, "{name}: {answer}");
        assert_eq!(header(&answer, "set-cookie"), None, "{name}: {answer}");
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{name}: {answer}");
    }
    let first = get(port, &target);
    assert_eq!(status(&first), 200, "none of them has spent it: {first}");
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
    is_free_again(port);
}

#[test]
fn picker_has_a_strict_content_policy() {
    let page = entrance();
    let answer = get(page.port(), &target(&page));
    let policy = header(&answer, "content-security-policy").expect("there is one");
    for part in ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(header(&answer, name), Some(value), "{answer}");
    }
    let cookie = header(&answer, "set-cookie").expect("there is one");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!answer.contains("<script") && !answer.contains(" style="), "{answer}");
}

#[test]
fn only_a_same_origin_form_is_a_choice() {
    let page = entrance();
    let browser = Browser::opens(&page);
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
        let answer = send(port, &browser.form_with(&format!("{lines}{cookie}"), "provider=a"));
        assert_eq!(status(&answer), expected, "{lines}: {answer}");
    }
    for cookie in ["", "Cookie: choice=x\r\n", "Cookie: choice-1=x\r\n"] {
        let answer = send(port, &browser.form_with(&format!("{origin}{cookie}"), "provider=a"));
        assert_eq!(status(&answer), 403, "{cookie}: {answer}");
    }
    let elsewhere = Browser { target: "/signin?k=AAAAAAAAAAAAAAAAAAAAAA".into(), ..browser };
    assert_eq!(status(&send(port, &elsewhere.form("provider=a"))), 404);
    assert!(nobody_chose(&page));
}

#[test]
fn invalid_form_is_no_choice() {
    let page = entrance();
    let browser = Browser::opens(&page);
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
        let answer = send(page.port(), &browser.form(body));
        assert_eq!(status(&answer), expected, "{body}: {answer}");
    }
    let lines = format!(
        "Origin: http://127.0.0.1:{}\r\nCookie: {}\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n",
        page.port(),
        browser.cookie
    );
    let text = [request(page.port(), "POST", &browser.target, &lines), b"provider=a".to_vec()].concat();
    assert_eq!(status(&send(page.port(), &text)), 400);
    assert!(nobody_chose(&page));
}

/// Whether no button counts as pressed so far.
fn nobody_chose(page: &ProviderPicker) -> bool {
    block_on(async { tokio::time::timeout(Duration::ZERO, page.wait_for_choice()).await.is_err() })
}

#[test]
fn double_click_is_one_choice() {
    let page = entrance();
    let browser = Browser::opens(&page);
    let both = [browser.presses("b"), browser.presses("b")];
    assert_eq!(block_on(page.next_choice()), 1);
    // The second request may come after the first was answered, and is then a choice of its own.
    while !both.iter().all(thread::JoinHandle::is_finished) {
        if !nobody_chose(&page) {
            assert_eq!(block_on(page.next_choice()), 1);
        }
        page.redirect_to("B", &Secret::new("https://b.example/?x=1&y=2"));
        thread::sleep(Duration::from_millis(1));
    }
    for answer in both.map(|one| one.join().expect("answered")) {
        assert_eq!(link(&answer), "https://b.example/?x=1&amp;y=2", "{answer}");
        assert!(answer.contains("http-equiv=\"refresh\" content=\"0;url=https://b.example/"), "{answer}");
        assert_eq!(header(&answer, "referrer-policy"), Some("no-referrer"), "{answer}");
    }
}

#[test]
fn second_choice_replaces_the_first() {
    let page = entrance();
    let browser = Browser::opens(&page);
    let first = browser.presses("a");
    assert_eq!(block_on(page.next_choice()), 0);
    let second = browser.presses("b");
    assert_eq!(status(&first.join().expect("answered")), 503, "its browser shows the second");
    assert_eq!(block_on(page.next_choice()), 1);
    page.redirect_to("B", &Secret::new("https://b.example/"));
    assert_eq!(link(&second.join().expect("answered")), "https://b.example/");
    let third = browser.presses("b");
    assert_eq!(block_on(page.next_choice()), 1, "the same again, after the browser was led on");
    page.show_page(&Page::failure("acme", "It did not work", Vec::new()));
    assert!(third.join().expect("answered").contains("It did not work"));
}

/// The choice of `a` made in `browser`, and the sign-in whose callback is at `callback`, under way.
fn chosen(page: &ProviderPicker, browser: &Browser, callback: &RedirectUri) -> (CallbackListener, String) {
    let pressed = browser.presses("a");
    assert_eq!(block_on(page.next_choice()), 0);
    let ours = |query: &str| query.split('&').any(|pair| pair == "state=ours");
    let waiting = page.bind_callback(callback).expect("a free port").serve(Secret::new(PROVIDER), ours);
    page.redirect_to("A", &waiting.start_url());
    let link = link(&pressed.join().expect("answered"));
    assert_eq!(link, waiting.start_url().expose());
    (waiting, link)
}

#[test]
fn only_the_browser_that_chose_can_finish() {
    let page = entrance();
    let browser = Browser::opens(&page);
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let (waiting, start) = chosen(&page, &browser, &RedirectUri::new(host, None, "/callback").expect("valid"));
        assert_eq!(waiting.port(), page.port(), "there is room for it");
        // The host that the browser comes back to: a cookie of another would not come with it.
        let start =
            start.strip_prefix(&format!("http://{host}:{}", page.port())).expect("the redirect's host").to_owned();
        let on = get(page.port(), &start);
        assert_eq!((status(&on), header(&on, "location")), (303, Some(PROVIDER)), "{on}");
        assert_eq!(status(&get(page.port(), &start)), 410, "one browser alone");
        let name = |cookie: &str| cookie.split('=').next().map(str::to_owned);
        assert_ne!(name(&cookie_of(&on)), name(&browser.cookie), "the page can still be gone back to");
        comes_back_with_its_cookie_alone(waiting, &cookie_of(&on), &browser.cookie);
    }
}

/// Whoever knows the `state` and has not the cookie is a stranger, and the sign-in goes on.
fn comes_back_with_its_cookie_alone(mut waiting: CallbackListener, cookie: &str, other: &str) {
    let port = waiting.port();
    for cookies in ["", other, &format!("{cookie}x"), &cookie.replace('=', "x=")] {
        let answer = send(port, &request(port, "GET", GOOD, &format!("Cookie: {cookies}\r\n")));
        assert_eq!(status(&answer), 403, "{cookies}: {answer}");
        assert!(answer.contains("another browser"), "{answer}");
    }
    assert_eq!(status(&send(port, &request(port, "POST", GOOD, "Content-Length: 0\r\n"))), 405);
    let lines = format!("Cookie: a=b; {cookie}\r\n");
    let back = thread::spawn(move || {
        let answer = send(port, &request(port, "GET", GOOD, &lines));
        assert_eq!((status(&answer), header(&answer, "location")), (303, Some("/done")), "{answer}");
        get(port, "/done")
    });
    block_on(async {
        waiting.wait_for_callback().await.respond(success());
        waiting.close().await;
    });
    assert!(back.join().expect("answered").contains("Signed in to Example"));
}

#[test]
fn provider_with_a_fixed_port_gets_its_own_listener() {
    let page = entrance();
    let browser = Browser::opens(&page);
    let fixed = free_port_of_both();
    let wanted = RedirectUri::parse(&format!("http://localhost:{fixed}/callback"), None).expect("valid");
    let held = TcpListener::bind(("127.0.0.1", fixed)).expect("free a moment ago");
    assert!(matches!(page.bind_callback(&wanted), Err(Error::PortTaken { port }) if port == fixed));
    drop(held);
    let (waiting, start) = chosen(&page, &browser, &wanted);
    assert_eq!(waiting.port(), fixed);
    let start = start.strip_prefix(&format!("http://localhost:{fixed}")).expect("the redirect's host").to_owned();
    let on = get(fixed, &start);
    comes_back_with_its_cookie_alone(waiting, &cookie_of(&on), &browser.cookie);
    let again =
        send(page.port(), &request(page.port(), "GET", &browser.target, &format!("Cookie: {}\r\n", browser.cookie)));
    assert_eq!(status(&again), 200, "the page is where it was: {again}");
}

fn free_port_of_both() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn replaced_signin_no_longer_responds() {
    let page = entrance();
    let browser = Browser::opens(&page);
    let wanted = RedirectUri::new("127.0.0.1", None, "/callback").expect("valid");
    let (first, start) = chosen(&page, &browser, &wanted);
    drop(first);
    let (second, _) = chosen(&page, &browser, &wanted);
    let start = start.split_once(&format!(":{}", page.port())).expect("it names the port").1;
    assert_eq!(status(&get(page.port(), start)), 404, "its key is no key any more");
    drop(second);
}

#[test]
fn dropped_picker_frees_its_port_and_responds() {
    let page = entrance();
    let browser = Browser::opens(&page);
    let port = page.port();
    let pressed = browser.presses("a");
    assert_eq!(block_on(page.next_choice()), 0);
    drop(page);
    assert_eq!(status(&pressed.join().expect("answered")), 503);
    is_free_again(port);
}
