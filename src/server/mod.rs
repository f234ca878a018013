//! The one HTTP server: bound to loopback, closed to strangers, impossible to block (RFC 8252 8.3).
//!
//! `tiny_http` supplies the messages; its own `Server` is never used, because it panics, hangs and stops accepting
//! under traffic that any local program or browser can send. What replaces it is here:
//!
//! - [`bind`](Gate::bind) takes the port once and keeps it, so a browser that is quick finds us listening;
//! - one thread accepts for all addresses, each connection has a thread, and there are never more than
//!   [`Limits::live`] of them: the oldest that has not finished its request gives way, one inside the handler never;
//! - one request a connection, then it closes; every wait for the other side has a deadline;
//! - a request reaches the handler only when its head is whole, small, plain HTTP/1 and addressed to us by a loopback
//!   name (a page of another site that points its own name at 127.0.0.1 is turned away);
//! - [with a certificate](Gate::with_certificate) all this is inside TLS, whose handshake has a deadline of its own.

mod certificate;
mod connection;
mod connection_pool;
mod listener;
mod request_head;
mod stream;

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};

use crate::error::Result;
pub use certificate::{CertificateError, TlsCertificate};
use connection_pool::ConnectionPool;

/// A request whose head was complete, small enough and addressed to us.
///
/// `Debug` shows its method and path: query, headers and body may hold a code, a token or a cookie.
#[derive(Clone)]
pub struct Request {
    /// `GET`, or `POST` where that was allowed.
    pub method: String,
    /// The path, not decoded: `/callback`.
    pub path: String,
    /// What follows `?`, not decoded; empty where nothing does.
    pub query: String,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty unless a `POST` was allowed and sent one.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.path)
    }
}

/// What is sent back; the connection closes after it.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header lines; content length and connection are the gate's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A line of plain text that no browser keeps or takes for anything else.
    pub fn plain(status: u16, text: &str) -> Self {
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { status, headers, body: format!("{text}\n").into_bytes() }
    }
}

/// The loopback addresses to listen on; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackHosts {
    /// 127.0.0.1.
    Ipv4,
    /// ::1.
    Ipv6,
    /// 127.0.0.1 and ::1 with one port, because `localhost` may mean either. Where the machine has no ::1, 127.0.0.1
    /// alone.
    Localhost,
}

/// How long and how much a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Connections at one time. Browsers open up to six to one host; the rest is room for strangers.
    pub max_connections: usize,
    /// How long a connection may stay silent: browsers connect ahead of need, and an idle connection costs only its
    /// place.
    pub idle_timeout: Duration,
    /// From the first byte of a request to the end of its head, and again to the end of its body; before that, from the
    /// first byte of a TLS handshake to its end.
    pub request_timeout: Duration,
    /// For the whole answer to be taken by the other side.
    pub response_timeout: Duration,
    /// After the answer, for the other side to close: closing first with bytes unread would destroy the answer on its
    /// way (RFC 9112 9.6).
    pub linger_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 32,
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(2),
            linger_timeout: Duration::from_secs(1),
        }
    }
}

/// Listening, not yet serving: whoever connects waits.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<mio::net::TcpListener>,
    poll: Poll,
    waker: Waker,
    hosts: LoopbackHosts,
    authority: Option<&'static str>,
    certificate: Option<TlsCertificate>,
    port: u16,
    limits: ServerLimits,
}

impl Server {
    /// Takes `port`, or any free one, on all addresses of `hosts`.
    ///
    /// # Errors
    /// [`PortTaken`](crate::error::Error::PortTaken) where the port asked for is held on any of the addresses;
    /// [`Other`](crate::error::Error::Other) where the system refuses for another reason.
    pub fn bind(hosts: LoopbackHosts, port: Option<u16>) -> Result<Self> {
        listener::bind(hosts, port)
    }

    /// The port that was taken.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Other limits than the usual ones.
    pub fn with_limits(self, limits: ServerLimits) -> Self {
        Self { limits, ..self }
    }

    /// Takes requests addressed to `authority` too, as it stands in `Host`. For names below `localhost` only: no page of
    /// another site can have one (RFC 6761 6.3).
    pub fn with_authority(self, authority: &'static str) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Speaks TLS, and nothing else.
    pub fn with_certificate(self, certificate: Option<TlsCertificate>) -> Self {
        Self { certificate, ..self }
    }

    /// Answers requests until the returned value is dropped.
    ///
    /// `post_limit` is the largest body in bytes accepted from a `POST`; 0 accepts no `POST` at all. The handler runs
    /// on the connection's own thread and may block.
    pub fn serve(
        self,
        post_limit: usize,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> RunningServer {
        self.serve_with_on_sent(post_limit, handler, |_, _| ())
    }

    /// As [`serve`](Gate::serve), and calls `told` with the request and the status code after each answer of the
    /// handler was handed to the other side, or could not be.
    pub fn serve_with_on_sent(
        self,
        post_limit: usize,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
        on_sent: impl Fn(&Request, u16) + Send + Sync + 'static,
    ) -> RunningServer {
        let default_port = if self.certificate.is_some() { 443 } else { 80 };
        let rules = request_head::RequestRules::new(self.hosts, self.authority, self.port, default_port, post_limit);
        let pool = Arc::new(ConnectionPool::new(self.limits));
        let (handler, on_sent) = (Box::new(handler), Box::new(on_sent));
        let context =
            Arc::new(connection::ConnectionContext { rules, certificate: self.certificate, handler, on_sent });
        let (poll, listeners, at) = (self.poll, self.listeners, Arc::clone(&pool));
        let thread = std::thread::spawn(move || listener::accept(poll, &listeners, &at, &context));
        RunningServer { port: self.port, pool, waker: self.waker, thread: Some(thread) }
    }
}

/// A gate that answers.
///
/// Dropped, it closes its listeners at once (the port is free again) and every connection that has not been given to
/// the handler; an answer under way is finished, within [`Limits::answer`].
#[derive(Debug)]
pub struct RunningServer {
    port: u16,
    pool: Arc<ConnectionPool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// The port it answers on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.pool.close();
        // A wake-up that fails would leave the thread waiting, so it is not waited for then.
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::error::Error;

    fn ask(port: u16, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        stream.write_all(text.replace("HOST", &format!("127.0.0.1:{port}")).as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    fn echo(request: &Request) -> Response {
        let body = String::from_utf8_lossy(&request.body);
        Response::plain(200, &format!("{} {} {} {body}", request.method, request.path, request.query))
    }

    #[test]
    fn a_request_is_answered_and_the_connection_closes() {
        let serving = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, echo);
        let answer = ask(serving.port(), "GET /a?b HTTP/1.1\r\nHost: HOST\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nGET /a b \n"), "{answer}");
    }

    #[test]
    fn a_body_is_read_where_one_is_allowed() {
        let serving = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(10, echo);
        let answer = ask(serving.port(), "POST /a HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc");
        assert!(answer.ends_with("POST /a  abc\n"), "{answer}");
    }

    #[test]
    fn a_port_is_taken_once() {
        let first = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port");
        let second = Server::bind(LoopbackHosts::Ipv4, Some(first.port()));
        assert!(matches!(second, Err(Error::PortTaken { port }) if port == first.port()));
    }

    #[test]
    fn a_dropped_gate_frees_its_port() {
        let serving = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, echo);
        let port = serving.port();
        let mut idle = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        ask(port, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
        drop(serving);
        Server::bind(LoopbackHosts::Ipv4, Some(port)).expect("free again");
        assert!(!matches!(idle.read(&mut [0; 8]), Ok(count) if count > 0));
    }
}
