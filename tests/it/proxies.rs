//! Proxy variables, beside curl: both programs run with the same environment and the same recording proxy, and must take
//! the same way. The rows come from algesten/ureq#1134, seanmonstar/reqwest#2579, curl/curl#9773 and fatedier/frp#272.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Sandbox, require_real};

/// Time for a direct connection to addresses that do not answer.
const SECONDS: &str = "3";

/// Proxy that records what it is asked for and refuses: HTTP with 407, SOCKS with "not allowed".
struct RecordingProxy {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl RecordingProxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (port, seen) = (listener.local_addr().expect("bound").port(), Arc::<Mutex<Vec<String>>>::default());
        let record = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let record = Arc::clone(&record);
                // Before the answer: the client may end at once.
                thread::spawn(move || serve(stream, &|asked| record.lock().expect("not poisoned").push(asked)));
            }
        });
        Self { port, seen }
    }

    /// What was asked for since the last call, or `direct`.
    fn take(&self) -> String {
        std::mem::take(&mut *self.seen.lock().expect("not poisoned")).into_iter().next().unwrap_or("direct".to_owned())
    }
}

/// Reads one request, records and refuses it; `None` if the client only connected.
fn serve(mut stream: TcpStream, record: &dyn Fn(String)) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut first = [0];
    stream.read_exact(&mut first).ok()?;
    match first[0] {
        4 => socks4(&mut stream, record),
        5 => socks5(&mut stream, record),
        22 => {
            record("https proxy".to_owned());
            Some(())
        }
        letter => {
            let mut head = vec![letter];
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).ok()?;
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let line = head.lines().next()?.rsplit_once(" HTTP/")?.0.to_owned();
            let has_name = |line: &&str| line.to_ascii_lowercase().starts_with("proxy-authorization:");
            let user =
                head.lines().find(has_name).and_then(|line| line.split_once(": ")).map(|(_, user)| user.to_owned());
            record(user.map_or(line.clone(), |user| format!("{line} as {user}")));
            let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\
                          Content-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).ok()
        }
    }
}

fn socks4(stream: &mut TcpStream, record: &dyn Fn(String)) -> Option<()> {
    let mut request = [0; 7];
    stream.read_exact(&mut request).ok()?;
    let text = |stream: &mut TcpStream| {
        let (mut bytes, mut byte) = (Vec::new(), [0]);
        while stream.read_exact(&mut byte).is_ok() && byte[0] != 0 {
            bytes.push(byte[0]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text(stream);
    let port = u16::from_be_bytes([request[1], request[2]]);
    let host = match request[3..7] {
        [0, 0, 0, last] if last != 0 => text(stream),
        [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
        _ => unreachable!("four bytes"),
    };
    record(format!("socks4 {host}:{port}"));
    stream.write_all(&[0, 91, 0, 0, 0, 0, 0, 0]).ok()
}

fn socks5(stream: &mut TcpStream, record: &dyn Fn(String)) -> Option<()> {
    let read = |stream: &mut TcpStream, length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let count = read(stream, 1)?[0];
    let methods = read(stream, count.into())?;
    let mut user = String::new();
    if methods.contains(&2) {
        stream.write_all(&[5, 2]).ok()?;
        let name_length = read(stream, 2)?[1];
        let name = read(stream, name_length.into())?;
        let word_length = read(stream, 1)?[0];
        let word = read(stream, word_length.into())?;
        user = format!(" as {}:{}", String::from_utf8_lossy(&name), String::from_utf8_lossy(&word));
        stream.write_all(&[1, 0]).ok()?;
    } else {
        stream.write_all(&[5, 0]).ok()?;
    }
    let kind = read(stream, 4)?[3];
    let host = match kind {
        1 => read(stream, 4)?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        3 => {
            let length = read(stream, 1)?[0];
            String::from_utf8_lossy(&read(stream, length.into())?).into_owned()
        }
        _ => "IPv6".to_owned(),
    };
    let port = read(stream, 2)?;
    record(format!("socks5 {host}:{}{user}", u16::from_be_bytes([port[0], port[1]])));
    stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]).ok()
}

/// URL, then variables; `PROXY` stands for host and port of the proxy, `PORT` for its port.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const NAME: &str = "https://api.example.test/";
const ADDRESS: &str = "https://10.1.2.3/";

const ROWS: &[Row] = &[
    (NAME, &[]),
    (NAME, &[("https_proxy", "http://PROXY")]),
    (NAME, &[("HTTPS_PROXY", "http://PROXY")]),
    (NAME, &[("https_proxy", "PROXY")]),
    (NAME, &[("https_proxy", "HTTP://PROXY/path")]),
    (NAME, &[("http_proxy", "http://PROXY")]),
    (NAME, &[("HTTP_PROXY", "http://PROXY")]),
    (NAME, &[("ALL_PROXY", "http://PROXY")]),
    (NAME, &[("all_proxy", "http://PROXY"), ("ALL_PROXY", "http://127.0.0.1:9")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("all_proxy", "http://127.0.0.1:9")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("HTTPS_PROXY", "http://127.0.0.1:9")]),
    (NAME, &[("https_proxy", ""), ("all_proxy", "http://PROXY")]),
    (NAME, &[("https_proxy", "http://ada:hush%40@PROXY")]),
    (NAME, &[("https_proxy", "http://localhost:PORT")]),
    (NAME, &[("https_proxy", "https://PROXY")]),
    (NAME, &[("https_proxy", "socks5h://PROXY")]),
    (NAME, &[("https_proxy", "socks5h://ada:hush%40@PROXY")]),
    (NAME, &[("https_proxy", "socks4a://PROXY")]),
    (ADDRESS, &[("https_proxy", "socks5://PROXY")]),
    (ADDRESS, &[("https_proxy", "socks4://PROXY")]),
    (ADDRESS, &[("https_proxy", "socks://PROXY")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "example.test")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", ".example.test")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("NO_PROXY", "API.EXAMPLE.TEST")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "xample.test")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "foo, example.test")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "foo example.test")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "*")]),
    (NAME, &[("https_proxy", "http://PROXY"), ("no_proxy", "other.test")]),
    (ADDRESS, &[("https_proxy", "http://PROXY"), ("no_proxy", "10.1.2.3")]),
    (ADDRESS, &[("https_proxy", "http://PROXY"), ("no_proxy", "10.0.0.0/8")]),
    (ADDRESS, &[("https_proxy", "http://PROXY"), ("no_proxy", "11.0.0.0/8")]),
];

/// Runs `command` with the variables of the row.
fn run(mut command: Command, variables: &[(&str, &str)], proxy: &RecordingProxy) -> String {
    for (name, value) in variables {
        let address = format!("127.0.0.1:{}", proxy.port);
        command.env(name, value.replace("PROXY", &address).replace("PORT", &proxy.port.to_string()));
    }
    let output = command.stdin(Stdio::null()).output().expect("timeout exists");
    let _ = output.status;
    proxy.take()
}

fn both(url: &str, variables: &[(&str, &str)]) -> (String, String) {
    let (sandbox, proxy) = (Sandbox::new(), RecordingProxy::start());
    sandbox.configure(&format!("[providers.acme]\nissuer = \"{}\"\nclient_id = \"x\"\n", url.trim_end_matches('/')));
    let mut curl = sandbox.command_of("curl");
    curl.args(["-sS", "--max-time", SECONDS, url]);
    let curl = run(curl, variables, &proxy);
    let mut ours = sandbox.command_of("timeout");
    ours.args([SECONDS.as_ref(), sandbox.program().as_os_str()]).args(["signin", "acme", "--no-open"]);
    (curl, run(ours, variables, &proxy))
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs curl: --features real")]
fn proxy_variables_lead_where_curl_goes() {
    require_real("curl");
    let version = Command::new("curl").arg("--version").output().expect("curl is installed");
    println!("{}", String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default());
    let rows: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = ROWS.iter().map(|row| (row, scope.spawn(|| both(row.0, row.1)))).collect();
        started.into_iter().map(|(row, ended)| (row, ended.join().expect("a row"))).collect()
    });
    for (row, (curl, ours)) in &rows {
        println!("{} {:?}: curl {curl}, mycli {ours}", row.0, row.1);
    }
    let differing: Vec<_> = rows.iter().filter(|(_, (curl, ours))| curl != ours).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

/// What this program does unlike curl on purpose: an unreadable variable never means a direct connection, and 407 is
/// named with its variable.
#[test]
fn unreadable_proxy_and_407_are_named() {
    let proxy = RecordingProxy::start();
    for (value, code, words) in [
        ("ftp://127.0.0.1:1".to_owned(), 2, "`HTTPS_PROXY` is not the URL of a proxy"),
        ("http://".to_owned(), 2, "`HTTPS_PROXY` is not the URL of a proxy"),
        (format!("http://127.0.0.1:{}", proxy.port), 6, "(407); add them to `HTTPS_PROXY`"),
    ] {
        let mut sandbox = Sandbox::new();
        sandbox.configure("[providers.acme]\nissuer = \"https://api.example.test\"\nclient_id = \"x\"\n");
        sandbox.set("HTTPS_PROXY", &value);
        sandbox.run(&["signin", "acme", "--no-open"]).fails(code, words);
    }
}

/// A name with a dead IPv6 address (ureq#1150: 40 s). Prints the times beside curl's.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs curl: --features real")]
fn dead_proxy_address_costs_less_than_a_second() {
    require_real("curl");
    let proxy = RecordingProxy::start();
    let sandbox = Sandbox::new();
    sandbox.configure("[providers.acme]\nissuer = \"https://api.example.test\"\nclient_id = \"x\"\n");
    // `localhost` is ::1 and 127.0.0.1; the proxy listens on 127.0.0.1 only.
    let variables = [("https_proxy", "http://localhost:PORT")];
    let mut curl = sandbox.command_of("curl");
    curl.args(["-sS", "--max-time", SECONDS, NAME]);
    let mut ours = sandbox.command(&["signin", "acme", "--no-open"]);
    ours.stderr(Stdio::null());
    for (name, command) in [("curl", curl), ("mycli", ours)] {
        let started = Instant::now();
        assert_eq!(run(command, &variables, &proxy), "CONNECT api.example.test:443", "{name}");
        println!("{name}: {} ms", started.elapsed().as_millis());
        assert!(started.elapsed() < Duration::from_secs(1), "{name}: {:?}", started.elapsed());
    }
}
