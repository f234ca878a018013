//! One connection: reads one request, sends one response, closes. Every wait for the client has a deadline.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tiny_http::{HTTPVersion, Header, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::TlsCertificate;
use super::connection_pool::{Phase, Slot};
use super::head_buffer::HeadBuffer;
use super::message::{Rejection, Request, Response};
use super::peer::Peer;
use super::request_head::{self, RequestHead, RequestRules};

/// Number of bytes to read at once.
const READ_BYTES: usize = 4 * 1024;

/// Time during which a new connection cannot be evicted. A browser with a request sends it along with the connection, so
/// this only covers a busy machine. Short, because it limits how fast the server gets through a flood of silent
/// connections: `max_connections` per grace period.
const GRACE_PERIOD: Duration = Duration::from_millis(10);

/// Grace period of a TLS handshake, which needs a reply of the client and a signature of the server (a hundred times
/// slower in a test build).
const HANDSHAKE_GRACE_PERIOD: Duration = Duration::from_millis(50);

/// First byte of a TLS client: a record that holds a handshake (RFC 8446 5.1).
const TLS_HANDSHAKE_RECORD: u8 = 22;

/// Handler of the requests of a server.
pub trait RequestHandler: Send + Sync + 'static {
    /// Responds to a request. May wait, but must not block: all connections share one thread.
    fn respond(&self, request: &Request) -> impl Future<Output = Response> + Send;

    /// Called with the status code after a response was sent or could not be sent.
    fn on_sent(&self, _request: &Request, _status: u16) {}

    /// Called if a client sent something that [`RequestHandler::respond`] is not called for.
    fn on_rejected(&self, _rejection: Rejection) {}
}

/// State shared by all connections of a server.
pub(super) struct ConnectionContext<H> {
    pub(super) rules: RequestRules,
    /// Certificate for TLS; `None` means plaintext.
    pub(super) certificate: Option<TlsCertificate>,
    pub(super) handler: Arc<H>,
}

pub(super) async fn handle_connection<H: RequestHandler>(
    stream: TcpStream,
    slot: Slot,
    context: Arc<ConnectionContext<H>>,
) {
    let peer = Peer::of(&stream);
    let stream = match &context.certificate {
        None => Some(Stream::Plain(stream)),
        Some(certificate) => match accept_tls(stream, certificate, &slot).await {
            Ok(stream) => Some(stream),
            Err(rejection) => {
                rejection.into_iter().for_each(|rejection| context.handler.on_rejected(rejection));
                None
            }
        },
    };
    let Some(mut stream) = stream else { return };
    match read_request(&mut stream, &slot, &context.rules).await {
        Ok(request) => {
            let request = Request { peer, ..request };
            slot.advance(Phase::Handling);
            let response = context.handler.respond(&request).await;
            stream.finish(&serialize(&response), &slot).await;
            context.handler.on_sent(&request, response.status);
        }
        Err(RequestError::Closed) => return,
        Err(RequestError::Rejected(rejection)) => {
            let status = rejection.status();
            context.handler.on_rejected(rejection);
            stream.finish(&serialize(&error_response(status, &context.rules)), &slot).await;
        }
    }
    stream.linger(&slot).await;
}

/// Waits for the first byte as long as a connection may be idle, then performs the handshake within the time limit of a
/// request. Returns an error if there is no more to do on this connection, with the rejection if the client sent anything.
async fn accept_tls(stream: TcpStream, certificate: &TlsCertificate, slot: &Slot) -> Result<Stream, Option<Rejection>> {
    let (limits, mut first) = (slot.limits(), [0]);
    let peeked = slot.with_grace_period(GRACE_PERIOD, limits.idle_timeout, stream.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        return Err(None);
    }
    let (stream, bytes, rejection) = if first[0] == TLS_HANDSHAKE_RECORD {
        let handshake = TlsAcceptor::from(certificate.config()).accept(stream).into_fallible();
        match slot.with_grace_period(HANDSHAKE_GRACE_PERIOD, limits.request_timeout, handshake).await {
            Ok(Ok(stream)) => return Ok(Stream::Tls(Box::new(stream))),
            // The client was sent an alert (RFC 8446 6.2).
            Ok(Err((_, stream))) => (stream, Vec::new(), Rejection::FailedHandshake),
            Err(_) => return Err(Some(Rejection::FailedHandshake)),
        }
    } else {
        // Most likely a browser that was given `http://`. The response is plaintext too: a scheme that is not served is
        // a misdirected request (RFC 9110 15.5.20).
        (stream, serialize(&Response::plain(421, "This port serves HTTPS only.")), Rejection::Plaintext)
    };
    let mut stream = Stream::Plain(stream);
    stream.finish(&bytes, slot).await;
    stream.linger(slot).await;
    Err(Some(rejection))
}

/// Byte stream of one connection.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Appends at least one received byte.
    async fn read_some(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.reserve(READ_BYTES);
        let count = match self {
            Self::Plain(stream) => stream.read_buf(bytes).await,
            Self::Tls(stream) => stream.read_buf(bytes).await,
        }?;
        if count == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Sends `bytes` and ends the stream, inside TLS with an alert: without it, a truncated response could go unnoticed
    /// (RFC 8446 6.1). Failures are ignored: the client loses its response.
    async fn finish(&mut self, bytes: &[u8], slot: &Slot) {
        let send = async {
            match self {
                Self::Plain(stream) => {
                    stream.write_all(bytes).await?;
                    stream.shutdown().await
                }
                Self::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.shutdown().await
                }
            }
        };
        let _ = timeout(slot.limits().response_timeout, send).await;
    }

    /// Waits for the client to close the connection and discards the bytes it still sends.
    async fn linger(&mut self, slot: &Slot) {
        slot.advance(Phase::Lingering);
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_mut().0,
        };
        let mut buffer = [0; READ_BYTES];
        let drain = async { while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {} };
        let _ = timeout(slot.limits().linger_timeout, drain).await;
    }
}

/// Reason why a connection yields no request.
enum RequestError {
    /// The client closed the connection or sent nothing. The server sends no response: the client would take it for the
    /// response to its next request.
    Closed,
    /// The server responds with the status code of the rejection.
    Rejected(Rejection),
}

impl From<io::Error> for RequestError {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

async fn read_request(stream: &mut Stream, slot: &Slot, rules: &RequestRules) -> Result<Request, RequestError> {
    let (limits, mut bytes) = (slot.limits(), Vec::new());
    let first = slot.with_grace_period(GRACE_PERIOD, limits.idle_timeout, stream.read_some(&mut bytes)).await;
    first.map_err(|_| RequestError::Closed)??;
    let timed_out = |_| RequestError::Rejected(Rejection::Status(408));
    let head = timeout(limits.request_timeout, read_head(stream, slot, &mut bytes, rules)).await;
    let RequestHead { mut request, body_length } = head.map_err(timed_out)??;
    let read_body = async {
        while bytes.len() < body_length {
            slot.advance(Phase::Reading);
            stream.read_some(&mut bytes).await?;
        }
        Ok::<_, RequestError>(())
    };
    timeout(limits.request_timeout, read_body).await.map_err(timed_out)??;
    bytes.truncate(body_length);
    request.body = bytes;
    Ok(request)
}

/// Reads the head and leaves the bytes after it in `bytes`.
async fn read_head(
    stream: &mut Stream,
    slot: &Slot,
    bytes: &mut Vec<u8>,
    rules: &RequestRules,
) -> Result<RequestHead, RequestError> {
    let mut buffer = HeadBuffer::new(&rules.cookie_suffix);
    let mut is_first = true;
    loop {
        let added = buffer.add(bytes).map_err(|status| reject(status, buffer.kept()))?;
        // Only the first bytes can show that the data is not HTTP. Parsing again after each byte would let a slow client
        // keep the CPU busy.
        if added.is_some() || std::mem::take(&mut is_first) {
            let parsed = request_head::parse(buffer.kept(), rules).map_err(|status| reject(status, buffer.kept()))?;
            match (parsed, added) {
                (Some(head), Some(added)) => {
                    bytes.drain(..added);
                    return Ok(head);
                }
                (_, Some(_)) => return Err(reject(400, buffer.kept())),
                (_, None) => {}
            }
        }
        bytes.clear();
        slot.advance(Phase::Reading);
        stream.read_some(bytes).await?;
    }
}

fn reject(status: u16, head: &[u8]) -> RequestError {
    RequestError::Rejected(match status {
        405 if head.starts_with(b"POST ") => Rejection::Post,
        _ if head.first() == Some(&TLS_HANDSHAKE_RECORD) => Rejection::Tls,
        _ => Rejection::Status(status),
    })
}

fn error_response(status: u16, rules: &RequestRules) -> Response {
    let text = match status {
        405 => "Method not allowed.",
        408 => "The request timed out.",
        411 => "The request needs a Content-Length header.",
        413 => "The request body is too large.",
        414 => "The URL is too long.",
        421 => "The Host header does not match this server.",
        431 => "The request headers are too large.",
        505 => "Use HTTP/1.1.",
        _ => "Bad request.",
    };
    let mut response = Response::plain(status, text);
    if status == 405 {
        response.headers.push(("Allow".to_owned(), rules.allowed_methods().to_owned()));
        // The request may be a `HEAD`, whose response must not have a body (RFC 9110 9.3.2).
        response.body.clear();
    }
    response
}

/// Serializes the response as HTTP/1.0, so that the connection closes after it.
fn serialize(response: &Response) -> Vec<u8> {
    let Some(headers) = response.headers.iter().map(|(name, value)| header_line(name, value)).collect() else {
        return serialize(&Response::plain(500, "The response cannot be sent."));
    };
    let body = response.body.as_slice();
    let message = tiny_http::Response::new(StatusCode(response.status), headers, body, Some(body.len()), None);
    let mut bytes = Vec::new();
    message.raw_print(&mut bytes, HTTPVersion(1, 0), &[], false, None).expect("writing to a vector cannot fail");
    bytes
}

/// Returns the header line; `None` if the value contains a character that could end the line.
fn header_line(name: &str, value: &str) -> Option<Header> {
    let is_valid = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_valid { Header::from_bytes(name, value).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_header_cannot_inject_lines() {
        let mut response = Response::plain(303, "");
        response.headers.push(("Location".to_owned(), "/a\r\nSet-Cookie: b=c".to_owned()));
        let sent = String::from_utf8(serialize(&response)).expect("text");
        assert!(sent.starts_with("HTTP/1.0 500 "), "{sent}");
        assert!(!sent.contains("Set-Cookie"), "{sent}");
    }
}
