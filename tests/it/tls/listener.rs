//! Callback server with TLS under hostile and unusual clients: the callback still arrives.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::raw_http::{read, status};
use chrono::Utc;
use mycli::internals::callback_server::{CallbackListener, CallbackOutcome, CallbackServer, Page, RedirectUri};
use mycli::internals::error::Error;
use mycli::internals::secret::Secret;
use mycli::internals::server::{ServerLimits, TlsCertificate};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::support::PATIENCE;
use crate::support::certificates::{Authority, Issued};

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

/// Shared certificate, issued by an intermediate authority.
static ISSUED: LazyLock<(Authority, Issued)> = LazyLock::new(|| {
    let authority = Authority::intermediate();
    let issued = authority.issue(&["localhost", "127.0.0.1", "::1"]);
    (authority, issued)
});

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn certificate(host: &str) -> TlsCertificate {
    let (_, Issued { chain, key }) = &*ISSUED;
    TlsCertificate::new(chain.as_bytes(), key.as_bytes(), host, Utc::now()).expect("a valid certificate")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port()
}

fn bind(host: &str) -> CallbackServer {
    // Another test may take the free port before it is bound.
    let bound = (0..10).find_map(|_| {
        let uri = format!("https://{host}:{}/callback", free_port());
        CallbackServer::bind(&RedirectUri::parse(&uri, Some(certificate(host))).expect("valid")).ok()
    });
    bound.expect("a free port")
}

fn open(limits: ServerLimits) -> CallbackListener {
    let has_state = |query: &str| query.split('&').any(|pair| pair == "state=ours");
    bind("localhost").with_limits(limits).serve(Secret::new(PROVIDER), has_state)
}

fn listen() -> CallbackListener {
    open(ServerLimits::default())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(future)
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a listener");
    // A hanging test fails instead.
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("set");
    stream
}

/// TLS settings of a browser.
fn client(versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = rustls::pki_types::CertificateDer::from_pem_file(ISSUED.0.file()).expect("the authority");
    roots.add(root).expect("a valid root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("supported versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

static BROWSER: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| Arc::new(client(rustls::ALL_VERSIONS)));

fn hello(config: &Arc<ClientConfig>) -> ClientConnection {
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::clone(config), name).expect("a client")
}

/// Opens a connection and completes the handshake.
fn encrypted(port: u16) -> Tls {
    handshake(port, &BROWSER).expect("the certificate is trusted")
}

fn handshake(port: u16, config: &Arc<ClientConfig>) -> io::Result<Tls> {
    let mut stream = StreamOwned::new(hello(config), connect(port));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// First flight of a handshake.
fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    hello(&BROWSER).write_tls(&mut bytes).expect("written to a vector");
    bytes
}

/// Sends bytes inside TLS and returns the response; empty if there was none.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = encrypted(port);
    // The server may reject and close before it has read everything.
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    read(stream)
}

fn request(port: u16, method: &str, target: &str, lines: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost:{port}\r\n{lines}\r\n").into_bytes()
}

fn get(port: u16, target: &str) -> String {
    send(port, &request(port, "GET", target, ""))
}

fn get_later(port: u16, target: &'static str) -> JoinHandle<String> {
    thread::spawn(move || get(port, target))
}

fn location(response: &str) -> Option<&str> {
    response.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Location: "))
}

fn success() -> CallbackOutcome {
    CallbackOutcome::Page(Page::signed_in("acme", "Example", Some("ada")))
}

/// Proves that an attack did no harm: the callback arrives, gets its response, and the port becomes free.
fn finish(mut listener: CallbackListener) {
    let port = listener.port();
    let browser = thread::spawn(move || {
        let response = get(port, GOOD);
        assert_eq!((status(&response), location(&response)), (303, Some("/done")), "{response}");
        let page = get(port, "/done");
        assert!(status(&page) == 200 && page.contains("Signed in to Example"), "{page}");
    });
    block_on(async {
        let callback = listener.wait_for_callback().await;
        assert_eq!(callback.query().expose(), "code=1&state=ours");
        callback.respond(success());
        listener.close().await;
    });
    browser.join().expect("the browser thread");
    // Another test may hold the port for a moment.
    let started = Instant::now();
    while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        assert!(started.elapsed() < Duration::from_secs(20), "the port is still in use: {error}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn https_callback_starts_on_https() {
    let listener = listen();
    let port = listener.port();
    let start = listener.start_url();
    let target = start.expose().strip_prefix(&format!("https://localhost:{port}")).expect("the origin of the callback");
    let response = get(port, target);
    assert_eq!((status(&response), location(&response)), (303, Some(PROVIDER)), "{response}");
    finish(listener);
}

#[test]
fn tls_1_2_and_1_3_use_full_handshakes() {
    let listener = listen();
    let port = listener.port();
    let protocols =
        [(&rustls::version::TLS12, ProtocolVersion::TLSv1_2), (&rustls::version::TLS13, ProtocolVersion::TLSv1_3)];
    for (version, expected) in protocols {
        let config = Arc::new(client(&[version]));
        for _ in 0..3 {
            let mut stream = handshake(port, &config).expect("a handshake");
            stream.write_all(&request(port, "GET", "/", "")).expect("sent");
            let mut response = String::new();
            // A missing `close_notify` is an error here (RFC 8446 6.1).
            stream.read_to_string(&mut response).expect("a clean end");
            assert_eq!(status(&response), 404, "{response}");
            assert_eq!(stream.conn.protocol_version(), Some(expected));
            assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
            assert_eq!(stream.conn.handshake_kind(), Some(rustls::HandshakeKind::Full), "no resumption");
        }
    }
    finish(listener);
}

#[test]
fn stray_requests_inside_tls_are_rejected() {
    let listener = listen();
    let port = listener.port();
    let with_host = |host: &str| format!("GET {GOOD} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes();
    for (name, bytes, expected) in [
        ("favicon", request(port, "GET", "/favicon.ico", ""), 404),
        ("HEAD of the callback", request(port, "HEAD", GOOD, ""), 405),
        ("POST with a stalled body", request(port, "POST", GOOD, "Content-Length: 5000\r\n"), 405),
        ("CONNECT", request(port, "CONNECT", "evil.example:443", ""), 405),
        ("absolute form", request(port, "GET", &format!("https://localhost:{port}{GOOD}"), ""), 400),
        ("another host (DNS rebinding)", with_host("evil.example"), 421),
        ("a known host without a port", with_host("localhost"), 421),
        ("no host", format!("GET {GOOD} HTTP/1.1\r\n\r\n").into_bytes(), 400),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 505),
        ("TLS in TLS", client_hello(), 400),
        ("another state", request(port, "GET", "/callback?code=1&state=theirs", ""), 400),
        ("an error without our state", request(port, "GET", "/callback?error=access_denied", ""), 400),
        ("a line without end", request(port, "GET", &format!("/{}", "a".repeat(1_000_000)), ""), 414),
        ("headers without end", request(port, "GET", GOOD, &"a: b\r\n".repeat(50_000)), 431),
    ] {
        let response = send(port, &bytes);
        assert_eq!(status(&response), expected, "{name}: {response}");
        assert!(!response.contains("state=ours"), "{name}: {response}");
    }
    finish(listener);
}

#[test]
fn plaintext_on_a_tls_port_gets_421() {
    let listener = listen();
    let port = listener.port();
    for bytes in [
        request(port, "GET", GOOD, ""),
        request(port, "POST", GOOD, "Content-Length: 5000\r\n"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        vec![0; 100_000],
        // SSL 2 hello.
        vec![0x80, 0x2e, 0x01, 0x03, 0x01],
    ] {
        let mut stream = connect(port);
        let _ = stream.write_all(&bytes);
        let response = read(stream);
        assert_eq!(status(&response), 421, "{response}");
        assert!(response.ends_with("\r\n\r\nThis port serves HTTPS only.\n"), "{response}");
    }
    finish(listener);
}

#[test]
fn malformed_tls_gets_an_alert() {
    let listener = listen();
    let response_to = |bytes: &[u8]| {
        let mut stream = connect(listener.port());
        let _ = stream.write_all(bytes);
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        response
    };
    let started = Instant::now();
    let hello = client_hello();
    let mut damaged = hello.clone();
    // Everything from the length of the session ID on.
    damaged[43..].fill(0xff);
    // Longer than a record can be (RFC 8446 5.1).
    let too_long = [&[0x16, 0x03, 0x01, 0xff, 0xff][..], &[0; 70_000]].concat();
    // Handshake message with a length of 16 MiB, in records of the maximum size.
    let endless = [&[0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xff, 0xff, 0xff][..], &[0; 0x3ffc]].concat();
    for (name, bytes) in [
        ("garbage after the first byte", [&[0x16][..], &[0x41; 1000]].concat()),
        ("a damaged hello", damaged),
        ("a record that is too long", too_long),
        ("a message that is too long", endless.repeat(8)),
        ("an response in place of a question", vec![0x16, 0x03, 0x03, 0x00, 0x04, 0x02, 0x00, 0x00, 0x00]),
    ] {
        let response = response_to(&bytes);
        // Either a single alert (RFC 8446 6) or nothing; the library sends no alert for some errors.
        assert!(matches!(response[..], [] | [21, 3, 1 | 3, 0, 2, 2, _]), "{name}: {response:02x?}");
    }
    assert!(started.elapsed() < ServerLimits::default().request_timeout, "no timeout was reached");
    let early = response_to(&[&hello[..], &[0x17, 0x03, 0x03, 0x00, 0x02, 0x41, 0x41]].concat());
    // The server's part of the handshake; the alert is already encrypted.
    assert!(matches!(early[..], [22, 3, 3, ..]), "{early:02x?}");
    finish(listener);
}

#[test]
fn distrusting_client_does_no_harm() {
    let listener = listen();
    let other = Authority::new();
    let mut roots = RootCertStore::empty();
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_file(other.file()).expect("a certificate"))
        .expect("a valid root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("supported versions");
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    for _ in 0..5 {
        let error = handshake(listener.port(), &config).expect_err("not trusted");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    }
    finish(listener);
}

#[test]
fn http_2_only_client_fails_the_handshake() {
    let listener = listen();
    let mut config = client(rustls::ALL_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let error = handshake(listener.port(), &Arc::new(config)).expect_err("refused");
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    finish(listener);
}

#[test]
fn slow_handshake_is_closed() {
    let listener = open(SHORT);
    let port = listener.port();
    let hello = client_hello();
    let started = Instant::now();
    let silent = connect(port);
    let stopped: Vec<_> = [1, 5, 6, hello.len() / 2, hello.len() - 1]
        .into_iter()
        .map(|length| {
            let mut stream = connect(port);
            stream.write_all(&hello[..length]).expect("sent");
            stream
        })
        .collect();
    let mut half_done = connect(port);
    half_done.write_all(&hello).expect("sent");
    for (index, stream) in [silent].into_iter().chain(stopped).enumerate() {
        assert_eq!(read(stream), "", "{index}");
    }
    // The server sent its part of the handshake and nothing else.
    assert!(!read(half_done).contains("HTTP"));
    let mut crawling = connect(port);
    let crawled = hello.iter().take_while(|byte| {
        thread::sleep(Duration::from_millis(5));
        crawling.write_all(&[**byte]).is_ok()
    });
    assert!(crawled.count() < hello.len(), "closed before the last byte");
    assert!(started.elapsed() < Duration::from_secs(10));
    finish(listen());
}

#[test]
fn time_limits_apply_after_the_handshake() {
    let listener = open(SHORT);
    assert_eq!(read(encrypted(listener.port())), "", "a silent connection is closed without a response");
    let response = send(listener.port(), b"GET /callback?code=1");
    assert_eq!(status(&response), 408, "{response}");
}

#[test]
fn tls_preconnects_do_not_delay_the_callback() {
    for count in [1, 5, 20] {
        let listener = listen();
        let _idle: Vec<_> = (0..count).map(|_| (connect(listener.port()), encrypted(listener.port()))).collect();
        finish(listener);
    }
    let mut listener = listen();
    let port = listener.port();
    let mut ahead = encrypted(port);
    assert_eq!(status(&get(port, "/favicon.ico")), 404);
    ahead.write_all(&request(port, "GET", GOOD, "")).expect("sent");
    block_on(async { listener.wait_for_callback().await.respond(success()) });
    assert_eq!(status(&read(ahead)), 303);
}

#[test]
fn half_open_handshakes_do_no_harm() {
    crate::support::raise_open_file_limit();
    let listener = listen();
    let hello = client_hello();
    let _half_open: Vec<_> = (0..500)
        .map(|index| {
            let mut stream = connect(listener.port());
            let _ = stream.write_all(&hello[..[0, 1, hello.len() / 2, hello.len()][index % 4]]);
            stream
        })
        .collect();
    finish(listener);
}

#[test]
fn callback_arrives_in_a_flood_of_handshakes() {
    let mut listener = listen();
    let (port, hello, is_over) = (listener.port(), client_hello(), AtomicBool::new(false));
    thread::scope(|scope| {
        for length in [1, hello.len() / 2, hello.len()] {
            let (hello, is_over) = (&hello[..length], &is_over);
            scope.spawn(move || {
                let mut held = VecDeque::new();
                while !is_over.load(Ordering::Relaxed) {
                    // The last connections are refused because the server has stopped.
                    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { break };
                    let _ = stream.write_all(hello);
                    held.push_back(stream);
                    if held.len() > 100 {
                        held.pop_front();
                    }
                }
            });
        }
        // On a busy machine a handshake may be evicted; a user would reload.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                if let Ok(mut stream) = handshake(port, &BROWSER) {
                    let _ = stream.write_all(&request(port, "GET", GOOD, "")).and_then(|()| stream.flush());
                    read(stream);
                }
            }
        });
        let arrived = block_on(async { tokio::time::timeout(PATIENCE, listener.wait_for_callback()).await });
        is_over.store(true, Ordering::Relaxed);
        let callback = arrived.expect("a callback");
        assert_eq!(callback.query().expose(), "code=1&state=ours");
        callback.respond(success());
    });
}

#[test]
fn reset_handshakes_do_no_harm() {
    let listener = listen();
    let hello = client_hello();
    for _ in 0..300 {
        let mut stream = connect(listener.port());
        let _ = stream.write_all(&hello);
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("a reset on close");
    }
    for _ in 0..20 {
        let mut stream = encrypted(listener.port());
        let _ = stream.write_all(&request(listener.port(), "GET", "/callback?state=theirs", ""));
        rustix::net::sockopt::set_socket_linger(&stream.sock, Some(Duration::ZERO)).expect("a reset on close");
    }
    finish(listener);
}

#[test]
fn pending_callback_is_not_evicted() {
    let mut listener = listen();
    let browser = get_later(listener.port(), GOOD);
    let callback = block_on(listener.wait_for_callback());
    let hello = client_hello();
    let _others: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = connect(listener.port());
            let _ = stream.write_all(&hello);
            stream
        })
        .collect();
    assert_eq!(status(&get(listener.port(), "/favicon.ico")), 404);
    callback.respond(success());
    assert_eq!(status(&browser.join().expect("a response")), 303);
}

#[test]
fn pipelined_requests_without_reads_do_no_harm() {
    let listener = listen();
    let mut stream = encrypted(listener.port());
    let many = request(listener.port(), "GET", "/callback?state=theirs", "").repeat(5000);
    let _ = stream.write_all(&many);
    finish(listener);
}

#[test]
fn endless_key_updates_are_closed() {
    let listener = listen();
    let mut stream = encrypted(listener.port());
    let update = |stream: &mut Tls| {
        stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
        while stream.conn.wants_write() {
            stream.conn.write_tls(&mut stream.sock)?;
        }
        Ok::<_, io::Error>(())
    };
    // Ends when the server closes, long before this limit.
    let updates = (0..1_000_000).take_while(|_| update(&mut stream).is_ok()).count();
    assert!(updates < 1_000_000);
    finish(listener);
}

#[test]
fn missing_close_notify_does_no_harm() {
    let listener = listen();
    let port = listener.port();
    for _ in 0..50 {
        let mut stream = encrypted(port);
        stream.write_all(b"GET /callback?code=").expect("sent");
        stream.sock.shutdown(Shutdown::Both).expect("closed");
    }
    let mut stream = encrypted(port);
    stream.write_all(&request(port, "GET", "/", "")).expect("sent");
    stream.conn.send_close_notify();
    stream.flush().expect("sent");
    stream.sock.shutdown(Shutdown::Write).expect("half closed");
    assert_eq!(status(&read(stream)), 404);
    finish(listener);
}

#[test]
fn dropped_listener_frees_its_port_at_once() {
    let listener = listen();
    let port = listener.port();
    let mut half = connect(port);
    half.write_all(&client_hello()[..20]).expect("sent");
    let (idle, quiet) = (connect(port), encrypted(port));
    assert_eq!(status(&get(port, "/")), 404);
    let started = Instant::now();
    drop(listener);
    assert!(started.elapsed() < Duration::from_secs(1));
    TcpListener::bind(("127.0.0.1", port)).expect("free");
    assert_eq!((read(half), read(idle), read(quiet)), (String::new(), String::new(), String::new()));
}

#[test]
fn ip_literals_use_their_own_certificate() {
    for host in ["127.0.0.1", "[::1]"] {
        if host == "[::1]" && TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let server = bind(host);
        assert!(server.redirect_uri().starts_with(&format!("https://{host}:")), "{}", server.redirect_uri());
        let listener = server.serve(Secret::new(PROVIDER), |_| true);
        let start = listener.start_url();
        let visit = crate::support::visitor::get_trusting(&ISSUED.0.file(), start.expose());
        assert_eq!((visit.status, visit.header("location")), (303, Some(PROVIDER)));
    }
}

#[test]
fn used_fixed_port_is_not_shared() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = holder.local_addr().expect("bound").port();
    let redirect_uri =
        RedirectUri::parse(&format!("https://localhost:{port}/"), Some(certificate("localhost"))).expect("valid");
    assert!(matches!(CallbackServer::bind(&redirect_uri), Err(Error::PortTaken { port: taken }) if taken == port));
}
