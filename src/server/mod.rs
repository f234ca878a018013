//! HTTP server for loopback clients: callbacks and the demo provider (RFC 8252 8.3).
//!
//! `tiny_http` serializes the responses. Its own `Server` is not used, because it panics, hangs and stops accepting
//! under traffic that any local program or browser can send. Instead:
//!
//! - [`bind`](Server::bind) takes the port once and keeps it, so that a fast browser finds the server listening;
//! - one thread with a `tokio` runtime serves all connections, at most [`ServerLimits::max_connections`]; a full pool
//!   evicts the oldest connection that has not finished its request, never one in the handler;
//! - a connection carries one request; every wait for the client has a deadline;
//! - a request reaches the handler only if its head is complete, within the size limits, plain HTTP/1 and addressed to
//!   a loopback name (this stops DNS rebinding, a foreign site that points its own name at 127.0.0.1);
//! - [with a certificate](Server::with_certificate), all of this happens inside TLS, whose handshake has its own
//!   deadline.

mod certificate;
mod connection;
mod connection_pool;
mod head_buffer;
pub(crate) mod html;
mod listener;
mod message;
mod peer;
mod request_head;

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub use self::certificate::{CertificateError, TlsCertificate};
use self::connection::ConnectionContext;
pub use self::connection::RequestHandler;
use self::connection_pool::ConnectionPool;
pub use self::connection_pool::ServerLimits;
use self::listener::{Listeners, RETRY_DELAY};
pub use self::message::{Rejection, Request, Response};
#[cfg(any(test, feature = "internals"))]
pub use self::peer::Peer;
pub use self::peer::PeerUser;
pub use self::request_head::LoopbackHosts;
use self::request_head::RequestRules;
use crate::error::Result;

/// Bound server that does not respond yet; clients that connect wait.
#[derive(Debug)]
pub struct Server {
    bound: Listeners,
    hosts: LoopbackHosts,
    authority: Option<&'static str>,
    certificate: Option<TlsCertificate>,
    limits: ServerLimits,
}

impl Server {
    /// Binds `port`, or any free one, on all addresses of `hosts`.
    ///
    /// # Errors
    /// [`PortTaken`](crate::error::Error::PortTaken) if `port` is in use on any of the addresses;
    /// [`Other`](crate::error::Error::Other) if the system refuses for another reason.
    pub fn bind(hosts: LoopbackHosts, port: Option<u16>) -> Result<Self> {
        let (authority, certificate, limits) = (None, None, ServerLimits::default());
        Ok(Self { bound: listener::bind(hosts, port)?, hosts, authority, certificate, limits })
    }

    pub fn port(&self) -> u16 {
        self.bound.port
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

    /// Responds to requests until the returned value is dropped. `post_limit` is the largest accepted `POST` body in
    /// bytes; 0 rejects every `POST`.
    pub fn serve<H: RequestHandler>(self, post_limit: usize, handler: Arc<H>) -> RunningServer {
        let Self { bound: Listeners { port, listeners, runtime }, hosts, authority, certificate, limits } = self;
        let default_port = if certificate.is_some() { 443 } else { 80 };
        let rules = RequestRules::new(hosts, authority, port, default_port, post_limit);
        let context = Arc::new(ConnectionContext { rules, certificate, handler });
        let pool = Arc::new(ConnectionPool::new(limits));
        let (stop, stopped) = oneshot::channel::<()>();
        let (closing, closed) = mpsc::channel::<()>();
        let serve = async move {
            let mut accepting = JoinSet::new();
            for listener in listeners {
                accepting.spawn(listener::accept(listener, Arc::clone(&pool), Arc::clone(&context)));
            }
            let _ = stopped.await;
            accepting.shutdown().await;
            pool.evict_all();
            drop(closing);
            while !pool.is_empty() {
                tokio::time::sleep(RETRY_DELAY).await;
            }
        };
        std::thread::spawn(move || runtime.get().block_on(serve));
        RunningServer { port, stop: Some(stop), closed: Mutex::new(closed) }
    }
}

/// Running server.
///
/// On drop the listeners close at once (the port is free again), and so does every connection that is not in the
/// handler. A response in progress is finished within [`ServerLimits::response_timeout`].
#[derive(Debug)]
pub struct RunningServer {
    port: u16,
    /// Stops the server when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    /// Disconnects when the listeners are closed.
    closed: Mutex<mpsc::Receiver<()>>,
}

impl RunningServer {
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.stop = None;
        let _ = self.closed.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
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

    struct Echo;

    impl RequestHandler for Echo {
        async fn respond(&self, request: &Request) -> Response {
            let body = String::from_utf8_lossy(&request.body);
            Response::plain(200, &format!("{} {} {} {body}", request.method, request.path, request.query))
        }
    }

    #[test]
    fn connection_closes_after_the_response() {
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, Arc::new(Echo));
        let response = send(server.port(), "GET /a?b HTTP/1.1\r\nHost: HOST\r\n\r\n");
        assert!(response.starts_with("HTTP/1.0 200 OK\r\n") && response.ends_with("\r\n\r\nGET /a b \n"), "{response}");
    }

    #[test]
    fn post_body_is_read_if_allowed() {
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(10, Arc::new(Echo));
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
        let server = Server::bind(LoopbackHosts::Ipv4, None).expect("a free port").serve(0, Arc::new(Echo));
        let port = server.port();
        let mut idle = TcpStream::connect(("127.0.0.1", port)).expect("listening");
        send(port, "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
        drop(server);
        Server::bind(LoopbackHosts::Ipv4, Some(port)).expect("free again");
        assert!(!matches!(idle.read(&mut [0; 8]), Ok(count) if count > 0));
    }
}
