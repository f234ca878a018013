//! Minimal HTTP server for tests, able to respond incorrectly: one request per connection, one thread each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

/// Received request.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub form: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl ReceivedRequest {
    pub fn query(&self, name: &str) -> Option<&str> {
        value_of(&self.query, name)
    }

    pub fn form(&self, name: &str) -> Option<&str> {
        value_of(&self.form, name)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }
}

fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Response to a request.
#[derive(Debug, Clone)]
pub enum Response {
    /// Complete response.
    Page { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// Closes the connection without a response.
    Nothing,
    /// Announces a length, sends half of it and closes the connection.
    Half(Vec<u8>),
    /// Keeps the connection open and sends nothing until the client disconnects.
    Silence,
    /// Server-sent events: the head, and no end until the client disconnects.
    EventStream,
}

impl Response {
    pub fn json(status: u16, value: &Value) -> Self {
        Self::of_type(status, "application/json", value.to_string())
    }

    pub fn html(status: u16, body: &str) -> Self {
        Self::of_type(status, "text/html; charset=utf-8", body)
    }

    pub fn of_type(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Page { status, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.into() }
    }

    pub fn redirect(location: &str) -> Self {
        Self::Page { status: 302, headers: vec![("location".to_owned(), location.to_owned())], body: Vec::new() }
    }

    /// Same response with another header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Page { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// JSON document of about `length` bytes that begins like a correct one.
    pub fn huge(length: usize) -> Self {
        Self::of_type(200, "application/json", format!("{{\"access_token\":\"{}\"}}", "x".repeat(length)))
    }
}

pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    /// Number of requests in progress.
    busy: Arc<AtomicUsize>,
}

impl Listener {
    pub fn bind() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        Self { listener, address, closed: Arc::default(), busy: Arc::default() }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves every request on a new thread.
    pub fn serve(&self, respond: impl Fn(ReceivedRequest) -> Response + Send + Sync + 'static) {
        let (listener, closed) = (self.listener.try_clone().expect("a socket can be cloned"), Arc::clone(&self.closed));
        let (respond, busy) = (Arc::new(respond), Arc::clone(&self.busy));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::Relaxed) {
                    break;
                }
                let (respond, busy) = (Arc::clone(&respond), Arc::clone(&busy));
                busy.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    // A client that has disconnected is no failure.
                    let _ = match read_request(&mut BufReader::new(&stream)) {
                        Some(request) => send(&stream, respond(request)),
                        None => send_to_tls_client(&stream),
                    };
                    busy.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    }
}

impl Listener {
    /// Waits until every earlier request is processed, including those of clients that have disconnected.
    pub fn wait_until_idle(&self) {
        // Connections are accepted in order: once this one is accepted, the earlier ones are counted.
        let last = TcpStream::connect(self.address).expect("it listens");
        last.shutdown(Shutdown::Write).expect("it is open");
        let _ = (&last).read(&mut [0]);
        while self.busy.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which then stops.
        let _ = TcpStream::connect(self.address);
    }
}

/// Reads a request; `None` if the client disconnected.
pub fn read_request(reader: &mut impl BufRead) -> Option<ReceivedRequest> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let [method, target, _version] = first.split(' ').collect::<Vec<_>>()[..] else { return None };
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = value_of(&headers, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect();
    Some(ReceivedRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs(query.as_bytes()),
        form: pairs(&body),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// Answers what is no HTTP as real servers do: docker tries http only then.
fn send_to_tls_client(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n")
}

fn send(mut stream: &TcpStream, response: Response) -> std::io::Result<()> {
    match response {
        Response::Page { status, headers, body } => {
            write!(
                stream,
                "HTTP/1.1 {status} As Configured\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            )?;
            for (name, value) in headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            stream.write_all(b"\r\n")?;
            stream.write_all(&body)
        }
        Response::Half(body) => {
            write!(stream, "HTTP/1.1 200 As Configured\r\ncontent-length: {}\r\n", body.len() * 2)?;
            stream.write_all(b"content-type: application/json\r\n\r\n")?;
            stream.write_all(&body)
        }
        Response::Nothing => stream.shutdown(Shutdown::Both),
        Response::EventStream => {
            stream.write_all(b"HTTP/1.1 200 As Configured\r\ncontent-type: text/event-stream\r\n\r\n: wait\n")?;
            stream.read(&mut [0]).map(drop)
        }
        Response::Silence => stream.read(&mut [0]).map(drop),
    }
}
