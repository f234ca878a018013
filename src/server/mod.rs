//! HTTP server for loopback clients: callbacks and the demo provider (RFC 8252 8.3).
//!
//! `tiny_http` serializes the responses. Its own `Server` is not used, because it panics, hangs and stops accepting
//! under traffic that any local program or browser can send. Instead:
//!
//! - [`bind`](Server::bind) takes the port once and keeps it, so that a fast browser finds the server listening;
//! - one thread accepts on all listeners and each connection has a thread, at most [`ServerLimits::max_connections`]; a
//!   full pool evicts the oldest connection that has not finished its request, never one in the handler;
//! - a connection carries one request; every wait for the client has a deadline;
//! - a request reaches the handler only if its head is complete, within the size limits, plain HTTP/1 and addressed to
//!   a loopback name (this stops DNS rebinding, a foreign site that points its own name at 127.0.0.1);
//! - [with a certificate](Server::with_certificate), all of this happens inside TLS, whose handshake has its own
//!   deadline.

mod certificate;
mod connection;
mod connection_pool;
pub(crate) mod html;
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

/// Request whose head is complete, within the size limits and addressed to this server.
///
/// `Debug` prints only the method and the path: query, headers and body may hold a code, a token or a cookie.
#[derive(Clone)]
pub struct Request {
    /// `GET`, or `POST` if the server allows it.
    pub method: String,
    /// Path, not decoded: `/callback`.
    pub path: String,
    /// Query without the `?`, not decoded; may be empty.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body; empty unless `POST` is allowed and the request has a body.
    pub body: Vec<u8>,
}

impl Request {
    /// Returns the first header with this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.path)
    }
}

/// Response; the connection closes after it.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers; the server adds `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { status, headers, body: body.into().into_bytes() }
    }

    /// Returns a plain-text response that browsers neither cache nor sniff.
    pub fn plain(status: u16, text: &str) -> Self {
        let headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ];
        Self::new(status, &headers, format!("{text}\n"))
    }
}

/// Loopback addresses to listen on; the server listens on no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackHosts {
    /// 127.0.0.1.
    Ipv4,
    /// ::1.
    Ipv6,
    /// 127.0.0.1 and ::1 on the same port, because `localhost` may mean either. 127.0.0.1 alone if the machine has no
    /// ::1.
    Localhost,
}

/// Time and connection limits.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Maximum number of connections. A browser opens up to six to one host; the rest is headroom for other programs.
    pub max_connections: usize,
    /// Maximum time without a byte from the client: browsers open connections ahead of need, and an idle one costs only
    /// a slot.
    pub idle_timeout: Duration,
    /// Time limit for the head of a request, from its first byte; again for its body; and for a TLS handshake, from its
    /// first byte.
    pub request_timeout: Duration,
    /// Time limit for sending the response.
    pub response_timeout: Duration,
    /// Time limit for the client to close after the response: if the server closed first with unread bytes, the
    /// response could be lost on its way (RFC 9112 9.6).
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

/// Bound server that does not respond yet; clients that connect wait.
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
    /// Binds `port`, or any free one, on all addresses of `hosts`.
    ///
    /// # Errors
    /// [`PortTaken`](crate::error::Error::PortTaken) if `port` is in use on any of the addresses;
    /// [`Other`](crate::error::Error::Other) if the system refuses for another reason.
    pub fn bind(hosts: LoopbackHosts, port: Option<u16>) -> Result<Self> {
        listener::bind(hosts, port)
    }

    /// Port the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Replaces the default limits.
    pub fn with_limits(self, limits: ServerLimits) -> Self {
        Self { limits, ..self }
    }

    /// Accepts requests whose `Host` is `authority`, too. Only for names below `localhost`, which no foreign site can
    /// have (RFC 6761 6.3).
    pub fn with_authority(self, authority: &'static str) -> Self {
        Self { authority: Some(authority), ..self }
    }

    /// Serves TLS only, if there is a certificate.
    pub fn with_certificate(self, certificate: Option<TlsCertificate>) -> Self {
        Self { certificate, ..self }
    }

    /// Responds to requests until the returned value is dropped.
    ///
    /// `post_limit` is the largest accepted `POST` body in bytes; 0 rejects every `POST`. The handler runs on the
    /// connection's thread and may block.
    pub fn serve(
        self,
        post_limit: usize,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> RunningServer {
        self.serve_with_on_sent(post_limit, handler, |_, _| ())
    }

    /// Like [`serve`](Server::serve), and calls `on_sent` with the request and the status code after each response of
    /// the handler was sent or could not be sent.
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

/// Running server.
///
/// On drop the listeners close at once (the port is free again), and so does every connection that is not in the
/// handler. A response in progress is finished within [`ServerLimits::response_timeout`].
#[derive(Debug)]
pub struct RunningServer {
    port: u16,
    pool: Arc<ConnectionPool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Port the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.pool.close();
        // If the wake-up fails, the thread keeps waiting, so joining it would hang.
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

    fn send(port: u16, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        stream.write_all(text.replace("HOST", &format!("127.0.0.1:{port}")).as_bytes()).expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        response
    }

    fn echo(request: &Request) -> Response {
        let body = String::from_utf8_lossy(&request.body);
        Response::plain(200, &format!("{} {} {} {body}", request.method, request.path, request.query))
    }

    #[test]
    fn connection_closes_after_the_response() {
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, echo);
        let response = send(server.port(), "GET /a?b HTTP/1.1\r\nHost: HOST\r\n\r\n");
        assert!(response.starts_with("HTTP/1.0 200 OK\r\n") && response.ends_with("\r\n\r\nGET /a b \n"), "{response}");
    }

    #[test]
    fn post_body_is_read_if_allowed() {
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(10, echo);
        let response = send(server.port(), "POST /a HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc");
        assert!(response.ends_with("POST /a  abc\n"), "{response}");
    }

    #[test]
    fn port_cannot_be_bound_twice() {
        let first = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port");
        let second = Server::bind(LoopbackHosts::Ipv4, Some(first.port()));
        assert!(matches!(second, Err(Error::PortTaken { port }) if port == first.port()));
    }

    #[test]
    fn dropped_server_frees_its_port() {
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, echo);
        let port = server.port();
        let mut idle = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        send(port, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
        drop(server);
        Server::bind(LoopbackHosts::Ipv4, Some(port)).expect("free again");
        assert!(!matches!(idle.read(&mut [0; 8]), Ok(count) if count > 0));
    }
}
