//! Everything at once, while a real sign-in of the real program waits: whoever is let in gets nothing, the right browser
//! comes through in time, and the program stays as small as it was.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::support::fake_provider::FakeProvider;
use super::support::{Sandbox, visitor};
use super::*;

/// The most memory that the program may take (resident, at its highest): it is 10 MB or so when nobody attacks.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// The most threads: one for each of 32 connections and of as many that were ended and are closing, and a few of the
/// program's own. A connection has one thread and one open file, and the system tells an ordinary user of the threads alone.
const MOST_THREADS: u64 = 64 + 12;

/// The longest that the browser may wait for its answer; without an attack it is milliseconds.
const IN_TIME: Duration = Duration::from_secs(10);

/// One way to be a nuisance: called again and again, with how often before.
type Attack = fn(&Target, usize);

const ATTACKS: &[(&str, Attack)] = &[
    ("half-open", |target, _| target.hold(b"")),
    ("slow loris", |target, _| target.hold(b"GET /callback?code=1&sta")),
    ("slow headers", |target, _| target.hold(&target.good("X-Slow: a")[..80])),
    ("garbage", |target, turn| target.refused(&garbage(turn))),
    ("huge header", |target, _| target.refused(&target.good(&format!("X: {}\r\n", "a".repeat(300_000))))),
    ("huge address", |target, _| {
        target.refused(&request(target.port, "GET", &format!("/callback?{}", "a".repeat(300_000)), ""))
    }),
    ("huge body", |target, _| {
        target.refused(
            &[request(target.port, "POST", "/callback", "Content-Length: 999999999\r\n"), vec![b'a'; 300_000]].concat(),
        )
    }),
    ("DNS rebinding", |target, _| {
        target
            .refused(target.text("GET /callback?code=x&state=STATE HTTP/1.1\r\nHost: evil.example\r\n\r\n").as_bytes())
    }),
    ("another path", |target, _| target.refused(&request(target.port, "GET", "/callback/x?code=x&state=x", ""))),
    ("another state", |target, turn| {
        target.refused(&request(target.port, "GET", &format!("/callback?code=x&state={turn}"), ""))
    }),
    ("no state, an error", |target, _| {
        target.refused(&request(target.port, "GET", "/callback?error=access_denied", ""))
    }),
    ("another method", |target, _| {
        target.refused(&target.with("POST", "/callback?code=x&state=STATE", "Content-Length: 0\r\n"))
    }),
    ("HTTP/2", |target, _| target.refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")),
    ("TLS", |target, _| target.refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello")),
    ("pipelining", |target, _| target.refused(&request(target.port, "GET", "/callback?state=x", "").repeat(500))),
    ("state twice", |target, _| target.refused(&target.with("GET", "/callback?code=x&state=STATE&state=STATE", ""))),
    ("state twice, once encoded", |target, _| {
        target.refused(&target.with("GET", "/callback?code=x&state=STATE&%73tate=x", ""))
    }),
    ("two hosts", |target, _| target.refused(&target.good("Host: evil.example\r\n"))),
    ("a form of another site", |target, _| {
        let lines = "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 6\r\n";
        target.refused(&[target.with("POST", "/callback?code=x&state=STATE", lines), b"code=x".to_vec()].concat());
    }),
    ("a prefetch", |target, _| target.refused(&target.good("Sec-Purpose: prefetch\r\n"))),
    ("many connections", |target, _| {
        drop((0..50).map(|_| TcpStream::connect(("127.0.0.1", target.port))).collect::<Vec<_>>())
    }),
    ("resets", |target, _| {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", target.port)) else { return };
        let _ = stream.write_all(b"GET /callback?code=1 HTTP/1.1\r\n");
        let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    }),
];

/// Who is attacked, and what came of it.
struct Target {
    port: u16,
    /// What the attackers are best off with: the right `state`.
    state: String,
    over: AtomicBool,
    sent: AtomicUsize,
    answers: std::sync::Mutex<BTreeMap<u16, usize>>,
}

impl Target {
    /// A request that would be right but for what it is told apart by.
    fn good(&self, lines: &str) -> Vec<u8> {
        self.with("GET", "/callback?code=x&state=STATE", lines)
    }

    fn with(&self, method: &str, target: &str, lines: &str) -> Vec<u8> {
        request(self.port, method, &self.text(target), lines)
    }

    fn text(&self, text: &str) -> String {
        text.replace("STATE", &self.state)
    }

    /// Sends what must not be answered with anything but a refusal, and reads what comes.
    fn refused(&self, bytes: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = stream.set_write_timeout(Some(Duration::from_secs(2)));
        let _ = stream.write_all(bytes);
        let answer = read(stream);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let code = status(&answer);
        assert!(
            code == 0 || (400..600).contains(&code),
            "{:?}: {answer}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        );
        assert!(!answer.contains(&self.state), "{answer}");
        *self.answers.lock().expect("no panic").entry(code).or_default() += 1;
    }

    /// Sends this and then, for as long as it is let, a byte now and then.
    fn hold(&self, bytes: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let _ = stream.write_all(bytes);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
        while !self.over.load(Ordering::Relaxed) && stream.write_all(b"a").is_ok() {
            if stream.read(&mut [0; 64]).is_ok() {
                break;
            }
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes that no two turns have in common.
fn garbage(turn: usize) -> Vec<u8> {
    let digest = ring::digest::digest(&ring::digest::SHA256, &turn.to_be_bytes());
    digest.as_ref().repeat(1 + turn % 40)
}

/// What a process takes of the system.
#[derive(Debug, Default)]
struct Size {
    memory: u64,
    threads: u64,
}

impl Size {
    /// Takes in what the system says now.
    fn grow(&mut self, process: u32) {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
        let number = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("it is told");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        self.memory = self.memory.max(number("VmHWM") * 1024);
        self.threads = self.threads.max(number("Threads"));
    }
}

#[test]
fn signin_completes_under_all_attacks_at_once() {
    raise_open_file_limit();
    let provider = FakeProvider::start();
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    let opened = sandbox.record_browser();
    sandbox.configure(&format!(
        "[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n",
        provider.issuer()
    ));
    let running = sandbox.start(&["signin", "acme"]);
    let start = opened.next_url();
    // The browser has gone on to the provider before the attack begins, and comes back in the middle of it.
    let authorize = visitor::get(&start).header("location").expect("to the provider").to_owned();
    let callback = visitor::get(&authorize).header("location").expect("and back").to_owned();
    let url = url::Url::parse(&callback).expect("an address");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("it has one").1.into_owned();
    let port = url.port().expect("it has one");

    let target = Arc::new(Target {
        port,
        state,
        over: AtomicBool::new(false),
        sent: AtomicUsize::new(0),
        answers: Default::default(),
    });
    let attackers: Vec<_> = ATTACKS
        .iter()
        .flat_map(|attack| [attack, attack])
        .map(|(name, attack)| {
            let target = Arc::clone(&target);
            let attacker = move || {
                (0..).take_while(|_| !target.over.load(Ordering::Relaxed)).for_each(|turn| attack(&target, turn));
            };
            thread::Builder::new().name((*name).to_owned()).spawn(attacker).expect("a thread")
        })
        .collect();

    // It is well under way once each kind has had its turn some times.
    let begun = Instant::now();
    let mut size = Size::default();
    while target.sent.load(Ordering::Relaxed) < 1000 && begun.elapsed() < Duration::from_secs(20) {
        size.grow(running.id());
        thread::yield_now();
    }
    let begun = Instant::now();
    let answer = visitor::get(&callback);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/done")), "{answer:?}");
    let took = begun.elapsed();
    size.grow(running.id());
    target.over.store(true, Ordering::Relaxed);
    running.outcome().success();
    for attacker in attackers {
        let name = attacker.thread().name().unwrap_or_default().to_owned();
        attacker.join().unwrap_or_else(|_| panic!("the attack `{name}` got more than a refusal"));
    }
    println!(
        "{} attacks, answered {:?}; the callback took {took:?}; at most {size:?}",
        target.sent.load(Ordering::Relaxed),
        target.answers.lock().expect("no panic")
    );
    assert!(target.sent.load(Ordering::Relaxed) >= 200, "hardly an attack");
    assert!(took < IN_TIME, "{took:?}");
    assert!(size.memory < MOST_MEMORY && size.threads < MOST_THREADS, "{size:?}");
    let sessions = sandbox.run(&["status", "--json"]).success().json();
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1), "{sessions}");
    let tokens =
        provider.requests().into_iter().filter(|asked| asked.path == super::support::fake_provider::TOKEN).count();
    assert_eq!(tokens, 1, "one code was ever exchanged");
}
