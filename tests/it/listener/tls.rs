//! Callback server with TLS: handshakes, and hostile and unusual clients before a request.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::ProtocolVersion;

use super::client::{BROWSER, ISSUED, Tls, bind_tls, client, encrypted, handshake, open_tls};
use super::*;
use crate::support::PATIENCE;
use crate::support::certificates::Authority;

fn listen() -> CallbackListener {
    open_tls(limits())
}

#[test]
fn tls_1_2_and_1_3_use_full_handshakes() {
    let listener = listen();
    let port = listener.port();
    let protocols =
        [(&rustls::version::TLS12, ProtocolVersion::TLSv1_2), (&rustls::version::TLS13, ProtocolVersion::TLSv1_3)];
    for (version, expected) in protocols {
        let config = Arc::new(client(&[version], &ISSUED.0));
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
        let mut stream = connect_tcp(port);
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
        let mut stream = connect_tcp(listener.port());
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
    let config = Arc::new(client(rustls::ALL_VERSIONS, &Authority::new()));
    for _ in 0..5 {
        let error = handshake(listener.port(), &config).expect_err("not trusted");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    }
    finish(listener);
}

#[test]
fn http_2_only_client_fails_the_handshake() {
    let listener = listen();
    let mut config = client(rustls::ALL_VERSIONS, &ISSUED.0);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let error = handshake(listener.port(), &Arc::new(config)).expect_err("refused");
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    finish(listener);
}

#[test]
fn slow_handshake_is_closed() {
    let listener = open_tls(SHORT);
    let port = listener.port();
    let hello = client_hello();
    let started = Instant::now();
    let silent = connect_tcp(port);
    let stopped: Vec<_> = [1, 5, 6, hello.len() / 2, hello.len() - 1]
        .into_iter()
        .map(|length| {
            let mut stream = connect_tcp(port);
            stream.write_all(&hello[..length]).expect("sent");
            stream
        })
        .collect();
    let mut half_done = connect_tcp(port);
    half_done.write_all(&hello).expect("sent");
    for (index, stream) in [silent].into_iter().chain(stopped).enumerate() {
        assert_eq!(read(stream), "", "{index}");
    }
    // The server sent its part of the handshake and nothing else.
    assert!(!read(half_done).contains("HTTP"));
    let mut crawling = connect_tcp(port);
    let crawled = hello.iter().take_while(|byte| {
        thread::sleep(Duration::from_millis(5));
        crawling.write_all(&[**byte]).is_ok()
    });
    assert!(crawled.count() < hello.len(), "closed before the last byte");
    assert!(started.elapsed() < Duration::from_secs(10));
    finish(listen());
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
        let mut stream = connect_tcp(listener.port());
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
fn ip_literals_use_their_own_certificate() {
    for host in ["127.0.0.1", "[::1]"] {
        if host == "[::1]" && TcpListener::bind("[::1]:0").is_err() {
            continue;
        }
        let server = bind_tls(host);
        assert!(server.redirect_uri().starts_with(&format!("https://{host}:")), "{}", server.redirect_uri());
        let listener = server.serve(Secret::new(PROVIDER), |_| true);
        let start = listener.launch_url();
        let visit = crate::support::visitor::get_trusting(&ISSUED.0.file(), start.expose());
        assert_eq!((visit.status, visit.header("location")), (303, Some(PROVIDER)));
    }
}
