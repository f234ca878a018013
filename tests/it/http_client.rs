//! HTTP client against misbehaving servers on 127.0.0.1.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use mycli::internals::error::Error;
use mycli::internals::http_client::{HttpClient, HttpSettings, OriginRoute, ProxyVariables};
use mycli::internals::oauth::HttpRequest;

use crate::support::certificates::fixture;
use crate::support::{free_port, tls_server};

/// Server on 127.0.0.1 that records the request heads.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Calls `talk` for each connection after its head has been read.
    fn with_handler(talk: impl Fn(&mut dyn ReadWrite) + Send + Sync + 'static) -> Self {
        Self::start(|stream| Box::new(stream), talk)
    }

    fn responding(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::with_handler(move |stream| drop(stream.write_all(&response)))
    }

    fn tls() -> Self {
        let config = tls_server::config("localhost");
        let wrap = move |stream| -> Box<dyn ReadWrite> {
            Box::new(rustls::StreamOwned::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream))
        };
        Self::start(wrap, |stream| drop(stream.write_all(ok("{}").as_bytes())))
    }

    fn start(
        wrap: impl Fn(TcpStream) -> Box<dyn ReadWrite> + Send + 'static,
        talk: impl Fn(&mut dyn ReadWrite) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let recorded = heads.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut stream = wrap(stream);
                if let Some(head) = head(&mut *stream) {
                    recorded.lock().unwrap().push(head);
                    talk(&mut *stream);
                    // Unread bytes of the client must not reset the connection.
                    let _ = stream.flush();
                }
            }
        });
        Self { port, heads }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

fn head(stream: &mut dyn ReadWrite) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn ok(body: &str) -> String {
    ok_with("", body)
}

fn ok_with(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn get(url: &str) -> HttpRequest {
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = url.parse().unwrap();
    request
}

fn http() -> HttpClient {
    HttpClient::new(HttpSettings::default())
}

fn network_error(result: Result<mycli::internals::oauth::HttpResponse, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 6, "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
    error.to_string()
}

#[test]
fn request_sends_user_agent_and_accept() {
    let server = Server::responding(ok("{\"a\":1}"));
    let settings = HttpSettings { user_agent: "acme/9".into(), ..HttpSettings::default() };
    let response = HttpClient::new(settings).send(get(&server.url("/path?a=b"))).unwrap();
    assert_eq!(response.body(), b"{\"a\":1}");
    assert_eq!(response.headers()["content-type"], "application/json");
    let head = server.heads()[0].to_ascii_lowercase();
    assert!(head.starts_with("get /path?a=b http/1.1\r\n"), "{head}");
    for line in ["user-agent: acme/9", "accept: application/json"] {
        assert!(head.lines().any(|found| found == line), "no `{line}` in {head}");
    }
}

#[test]
fn form_body_is_sent_unchanged() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = Server::with_handler(move |stream| {
        let mut body = [0; 7];
        stream.read_exact(&mut body).unwrap();
        sender.send(body).unwrap();
        stream.write_all(ok("{}").as_bytes()).unwrap();
    });
    let mut request = get(&server.url("/token"));
    *request.method_mut() = "POST".parse().unwrap();
    *request.body_mut() = b"a=b&c=d".to_vec();
    http().send(request).unwrap();
    assert_eq!(receiver.recv().unwrap(), *b"a=b&c=d");
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::responding(ok("{}"));
    // Any other status is a response as well.
    for status in [301, 302, 303, 307, 308, 200, 201, 204, 400, 401, 404, 500, 503] {
        let location = elsewhere.url("/stolen");
        let server = Server::responding(format!(
            "HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(http().send(get(&server.url("/"))).unwrap().status(), status);
    }
    assert!(elsewhere.heads().is_empty());
}

#[test]
fn large_body_is_rejected() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    for length in ["Content-Length: 10485760\r\n", "", "Content-Length: 5000000000\r\n"] {
        let count = count.clone();
        let server = Server::with_handler(move |stream| {
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n").as_bytes());
            let block = [b'x'; 65536];
            for _ in 0..160 {
                match stream.write(&block) {
                    Ok(size) => count.fetch_add(size, Ordering::Relaxed),
                    Err(_) => break,
                };
            }
        });
        let error = network_error(http().send(get(&server.url("/?hush"))));
        assert_eq!(error, format!("the response of `127.0.0.1:{}` exceeds 1 MiB", server.port));
    }
    assert!(written.load(Ordering::Relaxed) > 0);
}

#[test]
fn slow_server_times_out() {
    let settings = || HttpSettings { timeout: Duration::from_millis(300), ..HttpSettings::default() };
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = Server::with_handler(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    for port in [silent.local_addr().unwrap().port(), slow.port] {
        let start = Instant::now();
        let error = network_error(HttpClient::new(settings()).send(get(&format!("http://127.0.0.1:{port}/?hush"))));
        assert_eq!(error, format!("`127.0.0.1:{port}` did not respond: timed out"));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn errors_name_host_and_cause_but_not_the_query() {
    let port = free_port();
    let error = network_error(http().send(get(&format!("http://127.0.0.1:{port}/x?code=hush"))));
    assert_eq!(error, format!("could not reach `127.0.0.1:{port}`: connection refused"));
    let closed = "`127.0.0.1:PORT` closed the connection without a response";
    let failed = "request to `127.0.0.1:PORT` failed: the response is not HTTP";
    let too_large = "request to `127.0.0.1:PORT` failed: the response headers are too large";
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    for (response, message) in [
        ("", closed),
        ("SSH-2.0-hush\r\n\r\n", failed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhush", closed),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhush", failed),
        ("HTTP/1.1 hush\r\n\r\n", failed),
        (&long, too_large),
    ] {
        let server = Server::responding(response.to_owned());
        let error = network_error(http().send(get(&server.url("/?hush"))));
        assert_eq!(error.replace(&server.port.to_string(), "PORT"), message);
    }
}

#[test]
fn http_is_allowed_on_loopback_only() {
    for url in ["http://192.0.2.1/", "http://id.example/", "ftp://127.0.0.1/", "http://localhost.example/"] {
        assert_eq!(http().send(get(url)).unwrap_err().exit_code(), 1, "{url}");
    }
}

#[test]
fn localhost_and_routes_need_no_lookup() {
    let server = Server::responding(ok("{}"));
    let http = http();
    for host in ["localhost", "a.localhost", "127.0.0.1"] {
        http.send(get(&format!("http://{host}:{}/", server.port))).unwrap();
    }
    http.add_route(OriginRoute { origin: "http://demo.localhost".into(), port: server.port });
    http.send(get("http://demo.localhost/token")).unwrap();
    let last = server.heads().pop().unwrap().to_ascii_lowercase();
    assert!(last.starts_with("get /token ") && last.lines().any(|line| line == "host: demo.localhost"), "{last}");
}

#[test]
fn unknown_certificate_authority_error_has_a_hint() {
    let server = Server::tls();
    let url = format!("https://localhost:{}/?hush", server.port);
    // The system of the tests may have no certificates.
    let with_variable = |name: &str| child(&url, &[("SSL_CERT_FILE", fixture(name).to_str().expect("UTF-8"))]);
    let error = with_variable("other-ca.pem");
    assert!(error.contains("is not trusted"), "{error}");

    let with = |file: PathBuf| http().with_ca_file(Some(file));
    assert_eq!(with(fixture("ca.pem")).send(get(&url)).unwrap().status(), 200);
    let error = with(fixture("other-ca.pem")).send(get(&url)).unwrap_err();
    assert_eq!(error.hint("mycli").unwrap(), "add the certificate authority of the server to the `ca_file`");
    assert_eq!(server.heads().len(), 1);
    assert_eq!(with_variable("ca.pem"), "response 200");

    let other_host = format!("https://127.0.0.1:{}/?hush", server.port);
    network_error(with(fixture("ca.pem")).send(get(&other_host)));
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    let server_thread =
        std::thread::spawn(move || plain.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").unwrap());
    let error = network_error(with(fixture("ca.pem")).send(get(&format!("https://localhost:{port}/?hush"))));
    assert_eq!(error, format!("`localhost:{port}` does not speak TLS"));
    server_thread.join().unwrap();
    for file in [fixture("nowhere.pem"), fixture("localhost.key")] {
        assert_eq!(with(file).send(get(&url)).unwrap_err().exit_code(), 2);
    }
}

/// Body of the child process.
#[test]
#[ignore = "run by other tests in a child process"]
fn child_with_another_environment() {
    let url = std::env::var("TEST_CHILD_URL").expect("set by the parent");
    let variables: Vec<(String, String)> = std::env::vars().collect();
    let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let settings = HttpSettings { proxies: ProxyVariables::read(value), ..HttpSettings::default() };
    match HttpClient::new(settings).send(get(&url)) {
        Ok(response) => println!("\nresponse {}", response.status().as_u16()),
        Err(error) => println!("\nerror {error}"),
    }
}

/// Line that the child printed about its response.
fn child(url: &str, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "http_client::child_with_another_environment", "--ignored", "--nocapture"])
        .env("TEST_CHILD_URL", url);
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let line = stdout.lines().find(|line| line.starts_with("response ") || line.starts_with("error "));
    line.unwrap_or_else(|| panic!("no response in:\n{stdout}")).to_owned()
}

#[test]
fn proxies_are_used_except_for_loopback() {
    let proxy = Server::responding("HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let server = Server::responding(ok("{}"));
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy"] {
        for host in ["127.0.0.1", "localhost", "x.localhost"] {
            let url = format!("http://{host}:{}/", server.port);
            assert_eq!(child(&url, &[(name, &address)]), "response 200", "{name} {host}");
        }
        assert!(proxy.heads().is_empty());
    }
    let shown = child("https://id.example/token?hush", &[("HTTPS_PROXY", &address)]);
    let port = proxy.port;
    let refused = "failed or refused the connection";
    assert_eq!(shown, format!("error could not reach `id.example`: the proxy `127.0.0.1:{port}` {refused}"));
    assert!(proxy.heads()[0].starts_with("CONNECT id.example:443 "), "{:?}", proxy.heads());
    let dead = format!("127.0.0.1:{}", free_port());
    let shown = child("https://id.example/", &[("HTTPS_PROXY", &format!("http://{dead}"))]);
    assert_eq!(shown, format!("error could not reach `id.example`: the proxy `{dead}` {refused}"));
    let unused = format!("localhost:{}", free_port());
    let direct = child(&format!("https://{unused}/"), &[("HTTPS_PROXY", &address)]);
    assert_eq!(direct, format!("error could not reach `{unused}`: connection refused"));
}

#[test]
fn proxy_that_requires_a_password_is_named() {
    let proxy = Server::responding(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    );
    let address = format!("http://ada:hush@127.0.0.1:{}", proxy.port);
    let shown = child("https://id.example/", &[("https_proxy", &address)]);
    let named = format!("error the proxy `127.0.0.1:{}` requires a user name and password (407)", proxy.port);
    assert_eq!(shown, named + "; add them to `https_proxy`");
}

#[test]
fn unreadable_proxy_variable_is_never_a_direct_connection() {
    let shown = child("https://id.example/", &[("https_proxy", "ftp://ada:hush@127.0.0.1")]);
    assert_eq!(shown, "error `https_proxy` is not the URL of a proxy");
}

#[test]
fn socks_proxy_is_used() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("socks5h://{}", proxy.local_addr().unwrap());
    let greeting = std::thread::spawn(move || {
        let mut version = [0];
        proxy.accept().unwrap().0.read_exact(&mut version).unwrap();
        version
    });
    let shown = child("https://id.example/?hush", &[("ALL_PROXY", &address)]);
    assert!(shown.starts_with("error ") && !shown.contains("hush"), "{shown}");
    // The first byte of SOCKS is the version (RFC 1928 3).
    assert_eq!(greeting.join().unwrap(), [5]);
}

#[test]
fn dropping_the_future_ends_the_wait() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::responding(ok("{}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let start = Instant::now();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let waited = tokio::time::timeout(Duration::from_millis(50), http().send_async(get(&url))).await;
        assert!(waited.is_err() && start.elapsed() < Duration::from_secs(10));
        assert_eq!(http().send_async(get(&server.url("/"))).await.unwrap().status(), 200);
    });
}

/// Cache directory of one test.
struct Cache(tempfile::TempDir);

impl Cache {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn documents(&self) -> PathBuf {
        self.0.path().join("documents")
    }

    fn http(&self) -> HttpClient {
        HttpClient::new(HttpSettings { cache_dir: Some(self.documents()), ..HttpSettings::default() })
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.documents()).map(|all| all.map(|e| e.unwrap().path()).collect());
        entries.unwrap_or_default()
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

#[test]
fn cache_lifetime_follows_cache_control() {
    for (headers, lifetime) in [
        ("", 3600),
        ("Cache-Control: public, max-age=60\r\n", 60),
        ("Cache-Control: max-age=\"60\"\r\n", 60),
        ("Cache-Control: max-age=99999999\r\n", 86_400),
        ("Cache-Control: no-store\r\n", 0),
        ("Cache-Control: no-cache, max-age=60\r\n", 0),
        ("Cache-Control: max-age=0\r\n", 0),
        ("Cache-Control: max-age=x\r\n", 0),
    ] {
        let (server, cache) = (Server::responding(ok_with(headers, "{\"keys\":[]}")), Cache::new());
        let url = server.url("/keys");
        let request_count = |seconds| {
            let response = cache.http().fetch_document(&url, at(seconds), false).unwrap();
            assert_eq!((response.status().as_u16(), response.body().as_slice()), (200, b"{\"keys\":[]}".as_slice()));
            server.heads().len()
        };
        assert_eq!(request_count(0), 1, "{headers}");
        if lifetime == 0 {
            assert_eq!((request_count(0), cache.files().len()), (2, 0), "{headers}");
        } else {
            assert_eq!(request_count(lifetime - 1), 1, "{headers}");
            assert_eq!(request_count(lifetime), 2, "{headers}");
            // After the clock was set back, a timestamp in the future is not trusted.
            assert_eq!(request_count(-1), 3, "{headers}");
        }
    }
}

#[test]
fn cached_document_is_bound_to_its_ca_file() {
    let (server, cache) = (Server::responding(ok_with("", "{\"keys\":[]}")), Cache::new());
    let url = server.url("/keys");
    let ca_file = Some(fixture("ca.pem"));
    let with_ca_file =
        HttpClient::new(HttpSettings { cache_dir: Some(cache.documents()), ca_file, ..HttpSettings::default() });
    for (http, request_count) in
        [(&with_ca_file, 1), (&with_ca_file, 1), (&cache.http(), 2), (&cache.http(), 2), (&with_ca_file, 2)]
    {
        http.fetch_document(&url, at(0), false).unwrap();
        assert_eq!(server.heads().len(), request_count);
    }
}

#[test]
fn stale_document_is_used_unless_forbidden() {
    for (headers, used) in
        [("", true), ("Cache-Control: max-age=60\r\n", true), ("Cache-Control: must-revalidate\r\n", false)]
    {
        let cache = Cache::new();
        let response = ok_with(headers, "{\"a\":1}");
        let times = AtomicUsize::new(0);
        let server = Server::with_handler(move |stream| {
            if times.fetch_add(1, Ordering::Relaxed) == 0 {
                drop(stream.write_all(response.as_bytes()));
            }
        });
        let url = server.url("/metadata");
        assert!(cache.http().fetch_document_or_stale(&url, at(0)).unwrap().1.is_none());
        let last = cache.http().fetch_document_or_stale(&url, at(3600));
        match used {
            true => {
                let (response, trouble) = last.unwrap();
                assert_eq!((response.body().as_slice(), trouble.unwrap().exit_code()), (b"{\"a\":1}".as_slice(), 6));
            }
            false => assert_eq!(last.unwrap_err().exit_code(), 6, "{headers}"),
        }
    }
}

#[test]
fn bypass_cache_fetches_again() {
    let (server, cache) = (Server::responding(ok("{}")), Cache::new());
    let http = cache.http();
    for (anew, request_count) in [(false, 1), (false, 1), (true, 2), (false, 2)] {
        http.fetch_document(&server.url("/keys"), at(0), anew).unwrap();
        assert_eq!(server.heads().len(), request_count);
    }
    http.fetch_document(&server.url("/other"), at(0), false).unwrap();
    assert_eq!((server.heads().len(), cache.files().len()), (3, 2));
}

#[test]
fn damaged_cache_file_is_replaced() {
    let (server, cache) = (Server::responding(ok("{\"a\":1}")), Cache::new());
    let (http, url) = (cache.http(), server.url("/keys"));
    http.fetch_document(&url, at(0), false).unwrap();
    let file = cache.files()[0].clone();
    let whole = std::fs::read_to_string(&file).unwrap();
    let foreign = whole.replace("/keys", "/evil");
    for (turn, damage) in ["", "{", "[]", &whole[..whole.len() / 2], &foreign].iter().enumerate() {
        std::fs::write(&file, damage).unwrap();
        assert_eq!(http.fetch_document(&url, at(0), false).unwrap().body(), b"{\"a\":1}");
        assert_eq!(server.heads().len(), turn + 2);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
    }
}

#[test]
fn only_valid_documents_are_cached() {
    for response in
        ["HTTP/1.1 404 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_owned(), ok("<html>"), ok("\u{0}")]
    {
        let (server, cache) = (Server::responding(response), Cache::new());
        cache.http().fetch_document(&server.url("/"), at(0), false).unwrap();
        assert!(cache.files().is_empty());
    }
    let (server, cache) = (Server::responding(ok("{}")), Cache::new());
    std::fs::write(cache.documents(), "a file in place of the directory").unwrap();
    assert!(cache.http().fetch_document(&server.url("/"), at(0), false).is_ok());
}

#[cfg(unix)]
#[test]
fn cache_is_readable_by_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (server, cache) = (Server::responding(ok("{}")), Cache::new());
    cache.http().fetch_document(&server.url("/"), at(0), false).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache.files()[0]), 0o600);
    assert_eq!(mode(&cache.documents()), 0o700);
}

#[cfg(unix)]
#[test]
fn foreign_cache_file_is_ignored() {
    use std::os::unix::fs::PermissionsExt;
    let (server, cache) = (Server::responding(ok("{\"mine\":1}")), Cache::new());
    let (http, url) = (cache.http(), server.url("/metadata"));
    http.fetch_document(&url, at(0), false).unwrap();
    let file = cache.files()[0].clone();
    let evil = std::fs::read_to_string(&file).unwrap().replace("mine", "evil");
    let elsewhere = cache.0.path().join("elsewhere");

    std::fs::write(&file, &evil).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(http.fetch_document(&url, at(0), false).unwrap().body(), b"{\"mine\":1}");

    std::fs::write(&elsewhere, &evil).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    assert_eq!(http.fetch_document(&url, at(0), false).unwrap().body(), b"{\"mine\":1}");
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), evil, "a link is replaced, not written through");

    std::fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(http.fetch_document(&url, at(0), false).unwrap().body(), b"{\"mine\":1}");
    assert_eq!(server.heads().len(), 4);
}

/// Port on 127.0.0.1 that does not respond: its queue is full, so the system drops new connections.
#[cfg(target_os = "linux")]
struct DeadAddress {
    port: u16,
    _sockets: Vec<rustix::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl DeadAddress {
    fn new() -> Self {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, getsockname, listen, socket_with};
        let socket = || {
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap()
        };
        let listener = socket();
        bind(&listener, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
        listen(&listener, 0).unwrap();
        let address: std::net::SocketAddr = getsockname(&listener).unwrap().try_into().unwrap();
        let mut sockets = vec![listener];
        for _ in 0..4 {
            let filling = socket();
            // Nonblocking, so the connection is open or in progress.
            let _ = connect(&filling, &address);
            sockets.push(filling);
        }
        Self { port: address.port(), _sockets: sockets }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn dead_address_does_not_delay_the_live_one() {
    // algesten/ureq#1150: a host whose first address is dead used up more than half of the time limit.
    let dead = DeadAddress::new();
    let listener = TcpListener::bind(("::1", dead.port)).expect("the machine has ::1");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = head(&mut stream);
            let _ = stream.write_all(ok("{}").as_bytes());
        }
    });
    let url = format!("http://127.0.0.1:{}/", dead.port);
    let alone = HttpClient::new(HttpSettings { timeout: Duration::from_millis(500), ..HttpSettings::default() });
    assert!(alone.send(get(&url)).is_err(), "the address is dead");

    let client = HttpClient::new(HttpSettings { timeout: Duration::from_secs(60), ..HttpSettings::default() });
    let started = Instant::now();
    // `localhost` has two addresses, 127.0.0.1 first.
    let response = client.send(get(&format!("http://localhost:{}/", dead.port))).unwrap();
    assert_eq!(response.status(), 200);
    // Trying one address after the other took 40 of the 60 seconds.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
