//! Callback server under hostile and unusual requests: each is answered or dropped, and the sign-in still completes.

mod client;
mod picker;
mod tls;

use std::future::Future;
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use mycli::internals::callback_server::{CallbackListener, CallbackOutcome, CallbackServer, Page, RedirectUri};
use mycli::internals::error::Error;
use mycli::internals::secret::Secret;
use mycli::internals::server::ServerLimits;

use self::client::{
    Port, certificate, client_hello, connect, connect_tcp, get, get_later, on_both, open_at, request, send,
};
use crate::support::raise_open_file_limit;
use crate::support::raw_http::{read, status};

const GOOD: &str = "/callback?code=1&state=ours";
const PROVIDER: &str = "https://provider.example/authorize?state=ours";

/// Short time limits for tests.
const SHORT: ServerLimits = ServerLimits {
    max_connections: 32,
    idle_timeout: Duration::from_millis(100),
    request_timeout: Duration::from_millis(100),
    response_timeout: Duration::from_millis(100),
    linger_timeout: Duration::from_millis(100),
};

fn limits() -> ServerLimits {
    ServerLimits::default()
}

fn listen() -> CallbackListener {
    open_at("127.0.0.1", "/callback", limits())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(future)
}

fn header<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let lines = response.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

fn success() -> CallbackOutcome {
    CallbackOutcome::Page(Page::signed_in("acme", "Example", Some("ada")))
}

/// Waits until the port is free; another test may hold the port for a moment.
#[track_caller]
fn assert_port_becomes_free(port: u16) {
    let started = Instant::now();
    while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        assert!(started.elapsed() < Duration::from_secs(20), "the port is still in use: {error}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Proves that an attack did no harm: the callback arrives, gets its response, and the port becomes free.
fn finish(mut listener: CallbackListener) {
    let port = Port::from(&listener);
    let browser = thread::spawn(move || {
        let response = get(port, GOOD);
        assert_eq!((status(&response), header(&response, "location")), (303, Some("/done")), "{response}");
        let page = get(port, "/done");
        assert_eq!(status(&page), 200, "{page}");
        assert!(page.contains("Signed in to Example"), "{page}");
    });
    block_on(async {
        let callback = listener.wait_for_callback().await;
        assert_eq!(callback.query().expose(), "code=1&state=ours");
        callback.respond(success());
        listener.close().await;
    });
    browser.join().expect("the browser thread");
    assert_port_becomes_free(port.number);
}

#[test]
fn stray_requests_do_not_end_the_signin() {
    on_both(|open| {
        let listener = open(limits());
        let port = Port::from(&listener);
        let ours = format!("127.0.0.1:{}", port.number);
        let table: Vec<(&str, Vec<u8>, u16)> = vec![
            ("favicon", request(port, "GET", "/favicon.ico", ""), 404),
            ("the root", request(port, "GET", "/", ""), 404),
            ("HEAD of the callback", request(port, "HEAD", GOOD, ""), 405),
            ("OPTIONS", request(port, "OPTIONS", "*", ""), 405),
            ("TRACE", request(port, "TRACE", GOOD, ""), 405),
            ("POST with a stalled body", request(port, "POST", GOOD, "Content-Length: 5000\r\n"), 405),
            ("CONNECT", request(port, "CONNECT", "evil.example:443", ""), 405),
            ("absolute form", request(port, "GET", &format!("http://{ours}{GOOD}"), ""), 400),
            ("another host (DNS rebinding)", format!("GET {GOOD} HTTP/1.1\r\nHost: evil.example\r\n\r\n").into(), 421),
            ("a known host without a port", format!("GET {GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n").into(), 421),
            ("another port", format!("GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n").into(), 421),
            ("no host", format!("GET {GOOD} HTTP/1.1\r\n\r\n").into(), 400),
            ("two hosts", request(port, "GET", GOOD, &format!("Host: {ours}\r\n")), 400),
            ("NUL in the URL", request(port, "GET", "/callback?code=1\0&state=ours", ""), 400),
            ("no ASCII in the URL", request(port, "GET", "/callback?code=\u{e9}&state=ours", ""), 400),
            ("NUL in a header", request(port, "GET", GOOD, "a: b\0c\r\n"), 400),
            ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 505),
            ("HTTP/2.0", format!("GET {GOOD} HTTP/2.0\r\nHost: {ours}\r\n\r\n").into(), 505),
            ("HTTP/0.9", b"GET /callback\r\n\r\n".to_vec(), 400),
            ("TLS", client_hello(), 400),
            ("another state", request(port, "GET", "/callback?code=1&state=theirs", ""), 400),
            ("no state", request(port, "GET", "/callback?code=1", ""), 400),
            ("no query", request(port, "GET", "/callback", ""), 400),
            ("an error without our state", request(port, "GET", "/callback?error=access_denied", ""), 400),
            ("the callback one level down", request(port, "GET", "/callback/?code=1&state=ours", ""), 404),
            ("an outcome before the callback", request(port, "GET", "/done", ""), 404),
        ];
        for (name, bytes, expected) in table {
            let response = send(port, &bytes);
            assert_eq!(status(&response), expected, "{name}: {response}");
            assert_eq!(header(&response, "cache-control"), Some("no-store"), "{name}: {response}");
            assert!(!response.contains("state=ours"), "{name}: {response}");
            if name.starts_with("HEAD") {
                assert!(response.ends_with("\r\n\r\n") && header(&response, "allow") == Some("GET"), "{response}");
            }
        }
        finish(listener);
    });
}

#[test]
fn non_ascii_header_is_tolerated() {
    on_both(|open| {
        let mut listener = open(limits());
        let port = Port::from(&listener);
        let bytes = request(port, "GET", GOOD, "Cookie: name=gr\u{fc}n\r\n");
        let browser = thread::spawn(move || send(port, &bytes));
        block_on(async { listener.wait_for_callback().await.respond(success()) });
        assert_eq!(status(&browser.join().expect("a response")), 303);
    });
}

#[cfg(unix)]
#[test]
fn reset_requests_do_no_harm() {
    on_both(|open| {
        let listener = open(limits());
        for _ in 0..100 {
            let mut stream = connect(&listener);
            let _ = stream.write_all(&request(&listener, "GET", "/callback?state=theirs", ""));
            rustix::net::sockopt::set_socket_linger(stream.socket(), Some(Duration::ZERO)).expect("a reset on close");
        }
        finish(listener);
    });
}

#[test]
fn preconnects_do_not_delay_the_callback() {
    on_both(|open| {
        for count in [1, 4, 5, 8, 20] {
            let listener = open(limits());
            let _idle: Vec<_> = (0..count).map(|_| (connect_tcp(listener.port()), connect(&listener))).collect();
            finish(listener);
        }
    });
}

#[test]
fn preconnect_can_carry_the_callback() {
    on_both(|open| {
        let mut listener = open(limits());
        let port = Port::from(&listener);
        let mut ahead = connect(port);
        assert_eq!(status(&get(port, "/favicon.ico")), 404);
        ahead.write_all(&request(port, "GET", GOOD, "")).expect("sent");
        block_on(async { listener.wait_for_callback().await.respond(success()) });
        assert_eq!(status(&read(ahead)), 303);
    });
}

#[test]
fn thousand_connections_do_no_harm() {
    on_both(|open| {
        raise_open_file_limit();
        let listener = open(limits());
        let hello = client_hello();
        let parts = [b"", &b"GET /callback?code="[..], &hello[..1], &hello[..hello.len() / 2], &hello];
        let _idle: Vec<_> = (0..1000)
            .map(|index| {
                let mut stream = connect_tcp(listener.port());
                let _ = stream.write_all(parts[index % parts.len()]);
                stream
            })
            .collect();
        finish(listener);
    });
}

#[test]
fn pending_callback_is_not_evicted() {
    on_both(|open| {
        let mut listener = open(limits());
        let browser = get_later(&listener, GOOD);
        let callback = block_on(listener.wait_for_callback());
        let _idle: Vec<_> = (0..100).map(|_| connect_tcp(listener.port())).collect();
        assert_eq!(status(&get(&listener, "/favicon.ico")), 404);
        callback.respond(success());
        assert_eq!(status(&browser.join().expect("a response")), 303);
    });
}

#[test]
fn unfinished_request_times_out_and_silence_gets_no_response() {
    on_both(|open| {
        let listener = open(SHORT);
        let response = send(&listener, b"GET /callback?code=1");
        assert_eq!(status(&response), 408, "{response}");
        assert_eq!(read(connect(&listener)), "");
        finish(open(limits()));
    });
}

#[test]
fn oversized_request_is_rejected_early() {
    on_both(|open| {
        let listener = open(limits());
        let megabytes = "a".repeat(10_000_000);
        let port = Port::from(&listener);
        for (bytes, expected) in [
            (request(port, "GET", &format!("/callback?state=ours&code={megabytes}"), ""), 414),
            (megabytes.clone().into_bytes(), 414),
            (request(port, "GET", GOOD, &format!("a: {megabytes}\r\n")), 431),
            (request(port, "GET", GOOD, &"a: b\r\n".repeat(50_000)), 431),
        ] {
            assert_eq!(status(&send(port, &bytes)), expected);
        }
        finish(listener);
    });
}

#[test]
fn endless_header_line_is_rejected() {
    on_both(|open| {
        let listener = open(ServerLimits { linger_timeout: SHORT.linger_timeout, ..limits() });
        let mut stream = connect(&listener);
        stream.write_all(&request(&listener, "GET", GOOD, "")[..40]).expect("sent");
        let chunk = [b'a'; 64 * 1024];
        // Ends when the server closes, long before this limit.
        let sent = (0..100_000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(sent < 100_000);
        finish(listener);
    });
}

#[test]
fn pipelined_requests_without_reads_do_no_harm() {
    on_both(|open| {
        let listener = open(limits());
        let mut stream = connect(&listener);
        let many = request(&listener, "GET", "/callback?state=theirs", "").repeat(5000);
        let _ = stream.write_all(&many);
        finish(listener);
    });
}

#[test]
fn repeated_callback_gets_the_same_response() {
    on_both(|open| {
        let mut listener = open(limits());
        let port = Port::from(&listener);
        let browsers = [GOOD, GOOD, "/callback?code=2&state=ours"].map(|target| get_later(port, target));
        let callback = block_on(listener.wait_for_callback());
        callback.respond(CallbackOutcome::Redirect("https://app.example/welcome?a=b".into()));
        for browser in browsers {
            let response = browser.join().expect("a response");
            let result = (status(&response), header(&response, "location"));
            assert_eq!(result, (303, Some("https://app.example/welcome?a=b")), "{response}");
        }
        assert_eq!(header(&get(port, GOOD), "location"), Some("https://app.example/welcome?a=b"));
    });
}

#[test]
fn callback_is_delivered_once() {
    on_both(|open| {
        let mut listener = open(limits());
        let port = Port::from(&listener);
        let browser = get_later(port, GOOD);
        block_on(async { listener.wait_for_callback().await.respond(success()) });
        browser.join().expect("a response");
        get(port, GOOD);
        let again =
            block_on(async { tokio::time::timeout(Duration::ZERO, listener.wait_for_callback()).await.is_ok() });
        assert!(!again);
    });
}

#[test]
fn reloads_during_a_slow_exchange_do_not_block() {
    let mut listener = listen();
    let port = listener.port();
    let first = get_later(port, GOOD);
    let callback = block_on(listener.wait_for_callback());
    let reloads: Vec<_> = (0..40).map(|_| get_later(port, GOOD)).collect();
    // The oldest requests are dropped. Until their threads end, the pool may be full.
    assert_eq!(status(&first.join().expect("a response")), 503);
    let started = Instant::now();
    while status(&get(port, "/favicon.ico")) != 404 {
        assert!(started.elapsed() < Duration::from_secs(20), "the pool is still full");
    }
    callback.respond(success());
    let responses: Vec<_> = reloads.into_iter().map(|reload| status(&reload.join().expect("a response"))).collect();
    assert!(responses.contains(&303), "{responses:?}");
}

#[test]
fn canceled_wait_can_be_resumed() {
    let mut listener = listen();
    let port = listener.port();
    block_on(async {
        assert!(tokio::time::timeout(Duration::ZERO, listener.wait_for_callback()).await.is_err());
        let browser = get_later(port, GOOD);
        listener.wait_for_callback().await.respond(success());
        assert_eq!(status(&browser.join().expect("a response")), 303);
    });
}

#[test]
fn prefetch_uses_up_neither_key_nor_code() {
    let listener = listen();
    let port = listener.port();
    let url = listener.launch_url();
    let start = url.expose().split_once(&port.to_string()).expect("the port").1;
    for line in ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "X-Moz: prefetch"] {
        for target in [start, GOOD] {
            let response = send(port, &request(port, "GET", target, &format!("{line}\r\n")));
            assert_eq!(status(&response), 503, "{line}: {response}");
        }
    }
    let has_visit = || block_on(async { tokio::time::timeout(Duration::ZERO, listener.visited()).await }).is_ok();
    get(port, "/start?k=guess");
    assert!(!has_visit(), "a prefetch or a guess is no visit");
    assert_eq!(header(&get(port, start), "location"), Some(PROVIDER));
    assert!(has_visit());
    finish(listener);
}

#[test]
fn start_url_works_once() {
    on_both(|open| {
        let listener = open(limits());
        let port = Port::from(&listener);
        let url = listener.launch_url();
        let (front, start) = url.expose().split_once(&port.number.to_string()).expect("the port");
        assert!(["http://127.0.0.1:", "https://127.0.0.1:"].contains(&front), "{front}");
        assert_eq!(start.len(), "/start?k=".len() + 22);
        assert_eq!(status(&get(port, "/start")), 404);
        assert_eq!(status(&get(port, &start[..start.len() - 1])), 404);
        assert_eq!(status(&send(port, &request(port, "HEAD", start, ""))), 405);
        let response = get(port, start);
        assert_eq!((status(&response), header(&response, "location")), (303, Some(PROVIDER)));
        assert_eq!(header(&response, "referrer-policy"), Some("no-referrer"));
        let again = get(port, start);
        assert_eq!((status(&again), header(&again, "location")), (410, None));
        finish(listener);
    });
}

#[test]
fn every_signin_has_its_own_start_url() {
    assert_ne!(listen().launch_url().expose().split_once("k="), listen().launch_url().expose().split_once("k="));
}

#[test]
fn callback_path_may_be_start_or_done() {
    for path in ["/start", "/done", "/"] {
        let mut listener = open_at("127.0.0.1", path, limits());
        let port = listener.port();
        let url = listener.launch_url();
        let start = url.expose().split_once(&port.to_string()).expect("the port").1;
        assert_eq!(header(&get(port, start), "location"), Some(PROVIDER), "{path}");
        let target = format!("{path}?state=ours");
        let browser = thread::spawn(move || get(port, &target));
        block_on(async { listener.wait_for_callback().await.respond(success()) });
        let response = browser.join().expect("a response");
        let done = header(&response, "location").expect("a location").to_owned();
        assert!(get(port, &done).contains("Signed in to Example"), "{path}");
    }
}

#[test]
fn dropped_callback_shows_a_failure() {
    let mut listener = listen();
    let port = listener.port();
    let browser = get_later(port, GOOD);
    drop(block_on(listener.wait_for_callback()));
    assert_eq!(header(&browser.join().expect("a response"), "location"), Some("/done"));
    assert!(get(port, "/done").contains("Sign-in not completed"));
}

#[test]
fn callback_gets_a_response_after_the_signin_ended() {
    let mut listener = listen();
    let browser = get_later(listener.port(), GOOD);
    let callback = block_on(listener.wait_for_callback());
    drop(listener);
    let response = browser.join().expect("a response");
    assert!(response.contains("This sign-in has ended"), "{response}");
    callback.respond(success());
}

#[test]
fn close_stops_waiting_for_an_absent_browser() {
    let mut listener =
        open_at("127.0.0.1", "/callback", ServerLimits { linger_timeout: SHORT.linger_timeout, ..limits() });
    let port = listener.port();
    let browser = get_later(port, GOOD);
    block_on(async {
        listener.wait_for_callback().await.respond(success());
        listener.close().await;
    });
    browser.join().expect("a response");
    TcpListener::bind(("127.0.0.1", port)).expect("free");
}

#[test]
fn close_returns_at_once_without_a_callback() {
    let listener =
        open_at("127.0.0.1", "/callback", ServerLimits { linger_timeout: Duration::from_secs(3600), ..limits() });
    block_on(listener.close());
}

#[test]
fn close_waits_until_the_redirect_was_sent() {
    let mut listener =
        open_at("127.0.0.1", "/callback", ServerLimits { linger_timeout: Duration::from_secs(3600), ..limits() });
    let browser = get_later(listener.port(), GOOD);
    block_on(async {
        listener.wait_for_callback().await.respond(CallbackOutcome::Redirect("https://app.example/".into()));
        listener.close().await;
    });
    assert_eq!(header(&browser.join().expect("a response"), "location"), Some("https://app.example/"));
}

#[test]
fn dropped_listener_frees_its_port_at_once() {
    on_both(|open| {
        let listener = open(limits());
        let port = Port::from(&listener);
        let mut half = connect(port);
        half.write_all(b"GET /callback").expect("sent");
        let (idle, quiet) = (connect_tcp(port.number), connect(port));
        assert_eq!(status(&get(port, "/")), 404);
        let started = Instant::now();
        drop(listener);
        assert!(started.elapsed() < Duration::from_secs(1));
        assert_port_becomes_free(port.number);
        assert_eq!([read(half), read(idle), read(quiet)], ["", "", ""]);
    });
}

#[test]
fn used_port_is_not_shared() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = holder.local_addr().expect("bound").port();
    let https = RedirectUri::parse(&format!("https://localhost:{port}/"), Some(certificate("localhost")));
    for uri in [
        RedirectUri::new("127.0.0.1", Some(port), "/callback"),
        RedirectUri::new("localhost", Some(port), "/callback"),
        https,
    ] {
        let bound = CallbackServer::bind(&uri.expect("valid"));
        assert!(matches!(bound, Err(Error::PortTaken { port: taken }) if taken == port));
    }
}

/// Returns true if the machine has ::1; otherwise `localhost` means 127.0.0.1 only.
fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

#[test]
fn localhost_means_both_loopback_addresses() {
    let listener = open_at("localhost", "/callback", limits());
    let port = listener.port();
    for (address, host) in
        [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("::1", "localhost"), ("::1", "[::1]")]
    {
        if address == "::1" && !has_ipv6() {
            continue;
        }
        let mut stream = TcpStream::connect((address, port)).expect("a listener");
        write!(stream, "GET / HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").expect("sent");
        assert_eq!(status(&read(stream)), 404, "{address} {host}");
    }
    finish(listener);
}

#[test]
fn fixed_port_must_be_free_on_both_addresses() {
    if !has_ipv6() {
        return;
    }
    let holder = TcpListener::bind("[::1]:0").expect("::1");
    let port = holder.local_addr().expect("bound").port();
    let redirect_uri = RedirectUri::new("localhost", Some(port), "/callback").expect("valid");
    assert!(matches!(CallbackServer::bind(&redirect_uri), Err(Error::PortTaken { .. })));
    // The half that was bound is released.
    assert_port_becomes_free(port);
}

#[test]
fn server_listens_on_loopback_only() {
    let listener = listen();
    // A listener on all interfaces would accept any address in 127.0.0.0/8.
    assert!(TcpStream::connect(("127.0.0.2", listener.port())).is_err());
}

#[test]
fn untrusted_text_is_escaped_on_the_page() {
    let mut listener = listen();
    let port = listener.port();
    let browser = get_later(port, GOOD);
    let lines = vec!["`<script>alert(1)</script>` \u{202e}\u{1b}[31m'\"&\r\nSet-Cookie: a=b".to_owned()];
    let outcome = CallbackOutcome::Page(Page::failure("acme", "</title><b>no", lines));
    block_on(async { listener.wait_for_callback().await.respond(outcome) });
    browser.join().expect("a response");
    let page = get(port, "/done");
    assert!(
        page.contains("<code>&lt;script&gt;alert(1)&lt;/script&gt;</code> [31m&#39;&quot;&amp; Set-Cookie"),
        "{page}"
    );
    assert!(page.contains("<title>&lt;/title&gt;&lt;b&gt;no</title>"), "{page}");
    assert!(!page.contains(['\u{202e}', '\u{1b}']) && !page.contains("<script"), "{page}");
}

#[test]
fn pages_have_security_headers() {
    let listener = listen();
    let page = get(listener.port(), "/");
    let policy = header(&page, "content-security-policy").expect("a policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "'sha256-"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("content-language", "en"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(header(&page, name), Some(value));
    }
}

#[test]
fn redirect_cannot_split_the_response() {
    let mut listener = listen();
    let browser = get_later(listener.port(), GOOD);
    let outcome = CallbackOutcome::Redirect("https://app.example/\r\nSet-Cookie: a=b".into());
    block_on(async { listener.wait_for_callback().await.respond(outcome) });
    let response = browser.join().expect("a response");
    assert_eq!(header(&response, "set-cookie"), None, "{response}");
}

#[test]
fn half_closed_client_gets_a_response() {
    on_both(|open| {
        let listener = open(limits());
        let mut stream = connect(&listener);
        stream.write_all(&request(&listener, "GET", "/", "")).expect("sent");
        stream.socket().shutdown(Shutdown::Write).expect("half closed");
        assert_eq!(status(&read(stream)), 404);
    });
}

/// The limit of open files applies to the whole process, so the server runs in a child process: this test program with
/// only [`listener_without_files_to_spare`].
#[cfg(target_os = "linux")]
#[test]
fn server_survives_running_out_of_files() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args([
        "listener::listener_without_files_to_spare",
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.rsplit_once("port ")?.1.parse::<u16>().ok()).expect("the port");
    let idle: Vec<_> = (0..100).map(|_| connect(port)).collect();
    let response = get(port, GOOD);
    assert_eq!(status(&response), 303, "{response}");
    drop(idle);
    assert_eq!(status(&get(port, "/done")), 200);
    assert!(child.wait().expect("ended").success());
}

#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stdout, reason = "the port reaches the parent process on standard output")]
#[ignore = "run by server_survives_running_out_of_files, in a process of its own"]
fn listener_without_files_to_spare() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let mut listener =
        open_at("127.0.0.1", "/callback", ServerLimits { linger_timeout: Duration::from_secs(20), ..limits() });
    let open_files = std::fs::read_dir("/proc/self/fd").expect("a list").count() as u64;
    let limit = Rlimit { current: Some(open_files + 8), maximum: Some(open_files + 8) };
    setrlimit(Resource::Nofile, limit).expect("a lower limit");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    println!("port {}", listener.port());
    runtime.block_on(async {
        listener.wait_for_callback().await.respond(success());
        listener.close().await;
    });
}
