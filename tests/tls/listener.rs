//! The listener as everybody on the machine can reach it, with TLS: whatever is sent, the good callback still arrives.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chrono::Utc;
use mycli::callback_server::{CallbackListener, CallbackOutcome, CallbackServer, Page, RedirectUri};
use mycli::error::Error;
use mycli::secret::Secret;
use mycli::server::{ServerLimits, TlsCertificate};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::support::PATIENCE;
use crate::support::certificates::{Authority, Issued};

const GOOD: &str = "/callback?code=1&state=ours";
const PROVIDER: &str = "https://provider.example/authorize?state=ours";

/// Deadlines that tests can wait for.
const SHORT: ServerLimits = ServerLimits {
    max_connections: 32,
    idle_timeout: Duration::from_millis(100),
    request_timeout: Duration::from_millis(100),
    response_timeout: Duration::from_millis(100),
    linger_timeout: Duration::from_millis(100),
};

/// The same certificate for all of these, with an authority between it and the one that is trusted.
static ISSUED: LazyLock<(Authority, Issued)> = LazyLock::new(|| {
    let authority = Authority::intermediate();
    let issued = authority.issue("DNS:localhost,IP:127.0.0.1,IP:::1");
    (authority, issued)
});

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn certificate(host: &str) -> TlsCertificate {
    let (_, Issued { chain, key }) = &*ISSUED;
    TlsCertificate::new(chain.as_bytes(), key.as_bytes(), host, Utc::now()).expect("it is for this host")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port()
}

fn bind(host: &str) -> CallbackServer {
    // Between the look for a free port and the binding another test may take it.
    let bound = (0..10).find_map(|_| {
        let uri = format!("https://{host}:{}/callback", free_port());
        CallbackServer::bind(&RedirectUri::parse(&uri, Some(certificate(host))).expect("valid")).ok()
    });
    bound.expect("a free port")
}

fn open(limits: ServerLimits) -> CallbackListener {
    let ours = |query: &str| query.split('&').any(|pair| pair == "state=ours");
    bind("localhost").with_limits(limits).serve(Secret::new(PROVIDER), ours)
}

fn listen() -> CallbackListener {
    open(ServerLimits::default())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(future)
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("listening");
    // A test that would hang fails instead.
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("set");
    stream
}

/// What a browser offers.
fn client(versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = rustls::pki_types::CertificateDer::from_pem_file(ISSUED.0.file()).expect("the authority");
    roots.add(root).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("known");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

static BROWSER: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| Arc::new(client(rustls::ALL_VERSIONS)));

fn hello(config: &Arc<ClientConfig>) -> ClientConnection {
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::clone(config), name).expect("a client")
}

/// A connection whose handshake is done.
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

/// The first flight of a handshake.
fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    hello(&BROWSER).write_tls(&mut bytes).expect("a vector takes it");
    bytes
}

/// The answer to these bytes, inside TLS; empty where there was none.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut stream = encrypted(port);
    // The other side may refuse and close before it has read all.
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    read(stream)
}

fn read(mut stream: impl Read) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
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

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

fn location(answer: &str) -> Option<&str> {
    answer.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Location: "))
}

fn success() -> CallbackOutcome {
    CallbackOutcome::Page(Page::signed_in("acme", "Example", Some("ada")))
}

/// The proof that an attack did no harm: the good callback arrives, is answered, and the port is free.
fn finish(mut waiting: CallbackListener) {
    let port = waiting.port();
    let browser = thread::spawn(move || {
        let answer = get(port, GOOD);
        assert_eq!((status(&answer), location(&answer)), (303, Some("/done")), "{answer}");
        let page = get(port, "/done");
        assert!(status(&page) == 200 && page.contains("Signed in to Example"), "{page}");
    });
    block_on(async {
        let callback = waiting.wait_for_callback().await;
        assert_eq!(callback.query().expose(), "code=1&state=ours");
        callback.respond(success());
        waiting.close().await;
    });
    browser.join().expect("the browser saw the page");
    // Another test may have it for a moment.
    let begun = Instant::now();
    while let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the port is not free again: {error}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn https_callback_starts_on_https() {
    let waiting = listen();
    let port = waiting.port();
    let start = waiting.start_url();
    let target = start.expose().strip_prefix(&format!("https://localhost:{port}")).expect("the callback's own origin");
    let answer = get(port, target);
    assert_eq!((status(&answer), location(&answer)), (303, Some(PROVIDER)), "{answer}");
    finish(waiting);
}

#[test]
fn tls_1_2_and_1_3_use_full_handshakes() {
    let waiting = listen();
    let port = waiting.port();
    let protocols =
        [(&rustls::version::TLS12, ProtocolVersion::TLSv1_2), (&rustls::version::TLS13, ProtocolVersion::TLSv1_3)];
    for (version, expected) in protocols {
        let config = Arc::new(client(&[version]));
        for _ in 0..3 {
            let mut stream = handshake(port, &config).expect("spoken");
            stream.write_all(&request(port, "GET", "/", "")).expect("sent");
            let mut answer = String::new();
            // An end that is not said would be an error here (RFC 8446 6.1).
            stream.read_to_string(&mut answer).expect("ended in order");
            assert_eq!(status(&answer), 404, "{answer}");
            assert_eq!(stream.conn.protocol_version(), Some(expected));
            assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
            assert_eq!(stream.conn.handshake_kind(), Some(rustls::HandshakeKind::Full), "nothing is kept");
        }
    }
    finish(waiting);
}

#[test]
fn stray_requests_inside_tls_are_rejected() {
    let waiting = listen();
    let port = waiting.port();
    let elsewhere = |host: &str| format!("GET {GOOD} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes();
    for (name, bytes, expected) in [
        ("favicon", request(port, "GET", "/favicon.ico", ""), 404),
        ("HEAD of the callback", request(port, "HEAD", GOOD, ""), 405),
        ("POST with a stalled body", request(port, "POST", GOOD, "Content-Length: 5000\r\n"), 405),
        ("CONNECT", request(port, "CONNECT", "evil.example:443", ""), 405),
        ("absolute form", request(port, "GET", &format!("https://localhost:{port}{GOOD}"), ""), 400),
        ("another host (DNS rebinding)", elsewhere("evil.example"), 421),
        ("a name of ours on no port", elsewhere("localhost"), 421),
        ("no host", format!("GET {GOOD} HTTP/1.1\r\n\r\n").into_bytes(), 400),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 505),
        ("TLS in TLS", client_hello(), 400),
        ("another state", request(port, "GET", "/callback?code=1&state=theirs", ""), 400),
        ("an error without our state", request(port, "GET", "/callback?error=access_denied", ""), 400),
        ("a line without end", request(port, "GET", &format!("/{}", "a".repeat(1_000_000)), ""), 414),
        ("headers without end", request(port, "GET", GOOD, &"a: b\r\n".repeat(50_000)), 431),
    ] {
        let answer = send(port, &bytes);
        assert_eq!(status(&answer), expected, "{name}: {answer}");
        assert!(!answer.contains("state=ours"), "{name}: {answer}");
    }
    finish(waiting);
}

#[test]
fn plaintext_on_a_tls_port_gets_421() {
    let waiting = listen();
    let port = waiting.port();
    for bytes in [
        request(port, "GET", GOOD, ""),
        request(port, "POST", GOOD, "Content-Length: 5000\r\n"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        vec![0; 100_000],
        // The hello of SSL 2.
        vec![0x80, 0x2e, 0x01, 0x03, 0x01],
    ] {
        let mut stream = connect(port);
        let _ = stream.write_all(&bytes);
        let answer = read(stream);
        assert_eq!(status(&answer), 421, "{answer}");
        assert!(answer.ends_with("\r\n\r\nThis port serves HTTPS only.\n"), "{answer}");
    }
    finish(waiting);
}

#[test]
fn malformed_tls_gets_an_alert() {
    let waiting = listen();
    let answer_to = |bytes: &[u8]| {
        let mut stream = connect(waiting.port());
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    let begun = Instant::now();
    let hello = client_hello();
    let mut damaged = hello.clone();
    // From the length of the session id on.
    damaged[43..].fill(0xff);
    // Of which RFC 8446 5.1 says that it cannot be.
    let too_long = [&[0x16, 0x03, 0x01, 0xff, 0xff][..], &[0; 70_000]].concat();
    // A handshake message whose length is 16 MiB, in records of the largest size.
    let endless = [&[0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xff, 0xff, 0xff][..], &[0; 0x3ffc]].concat();
    for (name, bytes) in [
        ("garbage behind the first byte", [&[0x16][..], &[0x41; 1000]].concat()),
        ("a damaged hello", damaged),
        ("a record that is too long", too_long),
        ("a message that is too long", endless.repeat(8)),
        ("an answer in place of a question", vec![0x16, 0x03, 0x03, 0x00, 0x04, 0x02, 0x00, 0x00, 0x00]),
    ] {
        let answer = answer_to(&bytes);
        // An alert and nothing else (RFC 8446 6); of some faults the library says nothing.
        assert!(matches!(answer[..], [] | [21, 3, 1 | 3, 0, 2, 2, _]), "{name}: {answer:02x?}");
    }
    assert!(begun.elapsed() < ServerLimits::default().request_timeout, "none was waited for");
    let early = answer_to(&[&hello[..], &[0x17, 0x03, 0x03, 0x00, 0x02, 0x41, 0x41]].concat());
    // The server's part of the handshake, and the alert among what is encrypted by then.
    assert!(matches!(early[..], [22, 3, 3, ..]), "{early:02x?}");
    finish(waiting);
}

#[test]
fn distrusting_client_does_no_harm() {
    let waiting = listen();
    let other = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(other.file()).expect("it")).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("known");
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    for _ in 0..5 {
        let error = handshake(waiting.port(), &config).expect_err("not trusted");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    }
    finish(waiting);
}

#[test]
fn http_2_only_client_fails_the_handshake() {
    let waiting = listen();
    let mut config = client(rustls::ALL_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let error = handshake(waiting.port(), &Arc::new(config)).expect_err("refused");
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    finish(waiting);
}

#[test]
fn slow_handshake_is_closed() {
    let waiting = open(SHORT);
    let port = waiting.port();
    let hello = client_hello();
    let begun = Instant::now();
    let silent = connect(port);
    let stopped: Vec<_> = [1, 5, 6, hello.len() / 2, hello.len() - 1]
        .into_iter()
        .map(|length| {
            let mut stream = connect(port);
            stream.write_all(&hello[..length]).expect("sent");
            stream
        })
        .collect();
    let mut answered = connect(port);
    answered.write_all(&hello).expect("sent");
    for (index, stream) in [silent].into_iter().chain(stopped).enumerate() {
        assert_eq!(read(stream), "", "{index}");
    }
    // It was sent our half of the handshake, and then nothing.
    assert!(!read(answered).contains("HTTP"));
    let mut crawling = connect(port);
    let crawled = hello.iter().take_while(|byte| {
        thread::sleep(Duration::from_millis(5));
        crawling.write_all(&[**byte]).is_ok()
    });
    assert!(crawled.count() < hello.len(), "it was ended before its last byte");
    assert!(begun.elapsed() < Duration::from_secs(10));
    finish(listen());
}

#[test]
fn time_limits_apply_after_the_handshake() {
    let waiting = open(SHORT);
    assert_eq!(read(encrypted(waiting.port())), "", "a silent one is closed without a word");
    let answer = send(waiting.port(), b"GET /callback?code=1");
    assert_eq!(status(&answer), 408, "{answer}");
}

#[test]
fn tls_preconnects_do_not_delay_the_callback() {
    for count in [1, 5, 20] {
        let waiting = listen();
        let _idle: Vec<_> = (0..count).map(|_| (connect(waiting.port()), encrypted(waiting.port()))).collect();
        finish(waiting);
    }
    let mut waiting = listen();
    let port = waiting.port();
    let mut ahead = encrypted(port);
    assert_eq!(status(&get(port, "/favicon.ico")), 404);
    ahead.write_all(&request(port, "GET", GOOD, "")).expect("sent");
    block_on(async { waiting.wait_for_callback().await.respond(success()) });
    assert_eq!(status(&read(ahead)), 303);
}

#[test]
fn half_open_handshakes_do_no_harm() {
    crate::support::raise_open_file_limit();
    let waiting = listen();
    let hello = client_hello();
    let _half_open: Vec<_> = (0..500)
        .map(|index| {
            let mut stream = connect(waiting.port());
            let _ = stream.write_all(&hello[..[0, 1, hello.len() / 2, hello.len()][index % 4]]);
            stream
        })
        .collect();
    finish(waiting);
}

#[test]
fn callback_arrives_in_a_flood_of_handshakes() {
    let mut waiting = listen();
    let (port, hello, is_over) = (waiting.port(), client_hello(), AtomicBool::new(false));
    thread::scope(|scope| {
        for length in [1, hello.len() / 2, hello.len()] {
            let (hello, is_over) = (&hello[..length], &is_over);
            scope.spawn(move || {
                let mut held = VecDeque::new();
                while !is_over.load(Ordering::Relaxed) {
                    // The last ones are refused: the listener is gone.
                    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { break };
                    let _ = stream.write_all(hello);
                    held.push_back(stream);
                    if held.len() > 100 {
                        held.pop_front();
                    }
                }
            });
        }
        // On a machine with much else to do a handshake may have to give way; then a person reloads.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                if let Ok(mut stream) = handshake(port, &BROWSER) {
                    let _ = stream.write_all(&request(port, "GET", GOOD, "")).and_then(|()| stream.flush());
                    read(stream);
                }
            }
        });
        let arrived = block_on(async { tokio::time::timeout(PATIENCE, waiting.wait_for_callback()).await });
        is_over.store(true, Ordering::Relaxed);
        let callback = arrived.expect("it comes through");
        assert_eq!(callback.query().expose(), "code=1&state=ours");
        callback.respond(success());
    });
}

#[test]
fn reset_handshakes_do_no_harm() {
    let waiting = listen();
    let hello = client_hello();
    for _ in 0..300 {
        let mut stream = connect(waiting.port());
        let _ = stream.write_all(&hello);
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("a reset on close");
    }
    for _ in 0..20 {
        let mut stream = encrypted(waiting.port());
        let _ = stream.write_all(&request(waiting.port(), "GET", "/callback?state=theirs", ""));
        rustix::net::sockopt::set_socket_linger(&stream.sock, Some(Duration::ZERO)).expect("a reset on close");
    }
    finish(waiting);
}

#[test]
fn pending_callback_is_not_evicted() {
    let mut waiting = listen();
    let browser = get_later(waiting.port(), GOOD);
    let callback = block_on(waiting.wait_for_callback());
    let hello = client_hello();
    let _others: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = connect(waiting.port());
            let _ = stream.write_all(&hello);
            stream
        })
        .collect();
    assert_eq!(status(&get(waiting.port(), "/favicon.ico")), 404);
    callback.respond(success());
    assert_eq!(status(&browser.join().expect("answered")), 303);
}

#[test]
fn pipelined_requests_without_reads_do_no_harm() {
    let waiting = listen();
    let mut stream = encrypted(waiting.port());
    let many = request(waiting.port(), "GET", "/callback?state=theirs", "").repeat(5000);
    let _ = stream.write_all(&many);
    finish(waiting);
}

#[test]
fn endless_key_updates_are_closed() {
    let waiting = listen();
    let mut stream = encrypted(waiting.port());
    let update = |stream: &mut Tls| {
        stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
        while stream.conn.wants_write() {
            stream.conn.write_tls(&mut stream.sock)?;
        }
        Ok::<_, io::Error>(())
    };
    // Ends when the other side has closed, long before this.
    let updates = (0..1_000_000).take_while(|_| update(&mut stream).is_ok()).count();
    assert!(updates < 1_000_000);
    finish(waiting);
}

#[test]
fn missing_close_notify_does_no_harm() {
    let waiting = listen();
    let port = waiting.port();
    for _ in 0..50 {
        let mut stream = encrypted(port);
        stream.write_all(b"GET /callback?code=").expect("sent");
        stream.sock.shutdown(Shutdown::Both).expect("cut");
    }
    let mut stream = encrypted(port);
    stream.write_all(&request(port, "GET", "/", "")).expect("sent");
    stream.conn.send_close_notify();
    stream.flush().expect("sent");
    stream.sock.shutdown(Shutdown::Write).expect("half closed");
    assert_eq!(status(&read(stream)), 404);
    finish(waiting);
}

#[test]
fn dropped_listener_frees_its_port_at_once() {
    let waiting = listen();
    let port = waiting.port();
    let mut half = connect(port);
    half.write_all(&client_hello()[..20]).expect("sent");
    let (idle, quiet) = (connect(port), encrypted(port));
    assert_eq!(status(&get(port, "/")), 404);
    let begun = Instant::now();
    drop(waiting);
    assert!(begun.elapsed() < Duration::from_secs(1));
    TcpListener::bind(("127.0.0.1", port)).expect("free again");
    assert_eq!((read(half), read(idle), read(quiet)), (String::new(), String::new(), String::new()));
}

#[test]
fn ip_literals_use_their_own_certificate() {
    for host in ["127.0.0.1", "[::1]"] {
        if host == "[::1]" && TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let loopback = bind(host);
        assert!(loopback.redirect_uri().starts_with(&format!("https://{host}:")), "{}", loopback.redirect_uri());
        let waiting = loopback.serve(Secret::new(PROVIDER), |_| true);
        let start = waiting.start_url();
        let visit = crate::support::visitor::get_trusting(&ISSUED.0.file(), start.expose());
        assert_eq!((visit.status, visit.header("location")), (303, Some(PROVIDER)));
    }
}

#[test]
fn used_fixed_port_is_not_shared() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = holder.local_addr().expect("bound").port();
    let wanted =
        RedirectUri::parse(&format!("https://localhost:{port}/"), Some(certificate("localhost"))).expect("valid");
    assert!(matches!(CallbackServer::bind(&wanted), Err(Error::PortTaken { port: taken }) if taken == port));
}
