//! All attacks at once during a real sign-in: the attackers get only rejections, the browser gets its response in time,
//! and memory and threads stay limited.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "figures are printed for --nocapture")]

#[allow(dead_code, unused_imports, reason = "this program uses a part")]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::fake_provider::TOKEN;
use support::raw_http::{read, request, status};
use support::visitor;
use support::world::World;

/// Limit of resident memory; about 10 MB without an attack.
const MAX_MEMORY: u64 = 64 * 1024 * 1024;

/// Limit of threads: the sign-in and the server have one each.
const MAX_THREADS: u64 = 8;

/// Time limit of the browser's response; milliseconds without an attack.
const MAX_RESPONSE_TIME: Duration = Duration::from_secs(10);

/// Attack that runs in a loop; the second argument counts the runs.
type Attack = fn(&Target, usize);

const ATTACKS: &[(&str, Attack)] = &[
    ("half-open", |target, _| target.hold(b"")),
    ("slow loris", |target, _| target.hold(b"GET /callback?code=1&sta")),
    ("slow headers", |target, _| target.hold(&target.valid_request("X-Slow: a")[..80])),
    ("garbage", |target, run| target.send_rejected(&garbage(run))),
    ("huge header", |target, _| {
        target.send_rejected(&target.valid_request(&format!("X: {}\r\n", "a".repeat(300_000))))
    }),
    ("huge URL", |target, _| {
        target.send_rejected(&request(target.port, "GET", &format!("/callback?{}", "a".repeat(300_000)), ""))
    }),
    ("huge body", |target, _| {
        target.send_rejected(
            &[request(target.port, "POST", "/callback", "Content-Length: 999999999\r\n"), vec![b'a'; 300_000]].concat(),
        )
    }),
    ("DNS rebinding", |target, _| {
        target.send_rejected(
            target.text("GET /callback?code=x&state=STATE HTTP/1.1\r\nHost: evil.example\r\n\r\n").as_bytes(),
        )
    }),
    ("another path", |target, _| target.send_rejected(&request(target.port, "GET", "/callback/x?code=x&state=x", ""))),
    ("another state", |target, run| {
        target.send_rejected(&request(target.port, "GET", &format!("/callback?code=x&state={run}"), ""))
    }),
    ("no state, an error", |target, _| {
        target.send_rejected(&request(target.port, "GET", "/callback?error=access_denied", ""))
    }),
    ("another method", |target, _| {
        target.send_rejected(&target.with("POST", "/callback?code=x&state=STATE", "Content-Length: 0\r\n"))
    }),
    ("HTTP/2", |target, _| target.send_rejected(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")),
    ("TLS", |target, _| target.send_rejected(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello")),
    ("pipelining", |target, _| target.send_rejected(&request(target.port, "GET", "/callback?state=x", "").repeat(500))),
    ("state twice", |target, _| {
        target.send_rejected(&target.with("GET", "/callback?code=x&state=STATE&state=STATE", ""))
    }),
    ("state twice, once encoded", |target, _| {
        target.send_rejected(&target.with("GET", "/callback?code=x&state=STATE&%73tate=x", ""))
    }),
    ("two hosts", |target, _| target.send_rejected(&target.valid_request("Host: evil.example\r\n"))),
    ("a form of another site", |target, _| {
        let lines = "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 6\r\n";
        target
            .send_rejected(&[target.with("POST", "/callback?code=x&state=STATE", lines), b"code=x".to_vec()].concat());
    }),
    ("a prefetch", |target, _| target.send_rejected(&target.valid_request("Sec-Purpose: prefetch\r\n"))),
    ("many connections", |target, _| {
        drop((0..50).map(|_| TcpStream::connect(("127.0.0.1", target.port))).collect::<Vec<_>>())
    }),
    ("resets", |target, _| {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", target.port)) else { return };
        let _ = stream.write_all(b"GET /callback?code=1 HTTP/1.1\r\n");
        let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    }),
];

/// Server under attack and the results.
struct Target {
    port: u16,
    /// The valid `state`, the best case for an attacker.
    state: String,
    is_over: AtomicBool,
    sent: AtomicUsize,
    statuses: std::sync::Mutex<BTreeMap<u16, usize>>,
}

impl Target {
    /// Builds a valid request with extra header lines.
    fn valid_request(&self, lines: &str) -> Vec<u8> {
        self.with("GET", "/callback?code=x&state=STATE", lines)
    }

    fn with(&self, method: &str, target: &str, lines: &str) -> Vec<u8> {
        request(self.port, method, &self.text(target), lines)
    }

    fn text(&self, text: &str) -> String {
        text.replace("STATE", &self.state)
    }

    /// Sends a request that must be rejected and checks the response.
    fn send_rejected(&self, bytes: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = stream.set_write_timeout(Some(Duration::from_secs(2)));
        let _ = stream.write_all(bytes);
        let response = read(stream);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let code = status(&response);
        assert!(
            code == 0 || (400..600).contains(&code),
            "{:?}: {response}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        );
        assert!(!response.contains(&self.state), "{response}");
        *self.statuses.lock().expect("no panic").entry(code).or_default() += 1;
    }

    /// Sends `bytes` and then single bytes until the connection closes.
    fn hold(&self, bytes: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let _ = stream.write_all(bytes);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
        while !self.is_over.load(Ordering::Relaxed) && stream.write_all(b"a").is_ok() {
            if stream.read(&mut [0; 64]).is_ok() {
                break;
            }
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// Random-looking bytes, different in each run.
fn garbage(run: usize) -> Vec<u8> {
    let digest = ring::digest::digest(&ring::digest::SHA256, &run.to_be_bytes());
    digest.as_ref().repeat(1 + run % 40)
}

/// Resource usage of a process.
#[derive(Debug, Default)]
struct ResourceUsage {
    memory: u64,
    threads: u64,
}

impl ResourceUsage {
    /// Raises the maximum to the current usage.
    fn raise(&mut self, process: u32) {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
        let number = |name: &str| -> u64 {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("a status line");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        self.memory = self.memory.max(number("VmHWM") * 1024);
        self.threads = self.threads.max(number("Threads"));
    }
}

#[test]
fn signin_completes_under_all_attacks_at_once() {
    support::raise_open_file_limit();
    let World { provider, sandbox, opened } = World::new();
    let running = sandbox.start(&["signin", "acme"]);
    let start = opened.next_url();
    // The browser reaches the provider before the attack starts and comes back during the attack.
    let authorize = visitor::get(&start).header("location").expect("a redirect to the provider").to_owned();
    let callback = visitor::get(&authorize).header("location").expect("a redirect back").to_owned();
    let url = url::Url::parse(&callback).expect("a URL");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("present").1.into_owned();
    let port = url.port().expect("present");

    let target = Arc::new(Target {
        port,
        state,
        is_over: AtomicBool::new(false),
        sent: AtomicUsize::new(0),
        statuses: Default::default(),
    });
    let attackers: Vec<_> = ATTACKS
        .iter()
        .flat_map(|attack| [attack, attack])
        .map(|(name, attack)| {
            let target = Arc::clone(&target);
            let attacker = move || {
                (0..).take_while(|_| !target.is_over.load(Ordering::Relaxed)).for_each(|run| attack(&target, run));
            };
            thread::Builder::new().name((*name).to_owned()).spawn(attacker).expect("a thread")
        })
        .collect();

    // The attack has started once every kind has run a few times.
    let started = Instant::now();
    let mut usage = ResourceUsage::default();
    while target.sent.load(Ordering::Relaxed) < 1000 && started.elapsed() < Duration::from_secs(20) {
        usage.raise(running.id());
        thread::yield_now();
    }
    let started = Instant::now();
    let response = visitor::get(&callback);
    assert_eq!((response.status, response.header("location")), (303, Some("/done")), "{response:?}");
    let took = started.elapsed();
    usage.raise(running.id());
    target.is_over.store(true, Ordering::Relaxed);
    running.outcome().success();
    for attacker in attackers {
        let name = attacker.thread().name().unwrap_or_default().to_owned();
        attacker.join().unwrap_or_else(|_| panic!("the attack `{name}` was not rejected"));
    }
    println!(
        "{} attacks, statuses {:?}; callback took {took:?}; at most {usage:?}",
        target.sent.load(Ordering::Relaxed),
        target.statuses.lock().expect("no panic")
    );
    assert!(target.sent.load(Ordering::Relaxed) >= 200, "too few attacks");
    assert!(took < MAX_RESPONSE_TIME, "{took:?}");
    assert!(usage.memory < MAX_MEMORY && usage.threads < MAX_THREADS, "{usage:?}");
    let sessions = sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1), "{sessions}");
    let tokens = provider.requests().into_iter().filter(|request| request.path == TOKEN).count();
    assert_eq!(tokens, 1, "one token request");
}
