//! One connection: reads one request, sends one response, closes.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use tiny_http::{HTTPVersion, Header, StatusCode};

use super::connection_pool::{ConnectionPool, Phase, Slot};
use super::request_head::{self, RequestHead, RequestRules};
use super::stream::{ConnectionStream, GRACE_PERIOD, HandshakeError};
use super::{Request, Response, TlsCertificate};

type Handler = dyn Fn(&Request) -> Response + Send + Sync;
type DeliveryCallback = dyn Fn(&Request, u16) + Send + Sync;

/// State shared by all connections of a server.
pub(super) struct ConnectionContext {
    pub(super) rules: RequestRules,
    /// Certificate for TLS; `None` means plaintext.
    pub(super) certificate: Option<TlsCertificate>,
    pub(super) handler: Box<Handler>,
    pub(super) on_sent: Box<DeliveryCallback>,
}

impl fmt::Debug for ConnectionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionContext").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// Starts a thread for the connection; drops the connection if the pool has no free slot.
pub(super) fn start(stream: TcpStream, pool: &Arc<ConnectionPool>, context: &Arc<ConnectionContext>) {
    let stream = Arc::new(stream);
    if stream.set_nonblocking(false).is_err() {
        return;
    }
    let Some(slot) = pool.admit(&stream) else {
        return;
    };
    let context = Arc::clone(context);
    // If the system cannot start a thread, the connection closes; the next one may succeed.
    let _ = std::thread::Builder::new().spawn(move || handle_connection(&stream, &slot, &context));
}

fn handle_connection(stream: &TcpStream, slot: &Slot, context: &ConnectionContext) {
    let mut connection = ConnectionStream::plaintext(stream);
    let request = match accept_tls(&mut connection, stream, slot, context)
        .and_then(|()| read_request(&mut connection, slot, &context.rules))
    {
        Ok(request) => request,
        Err(RequestError::Closed) => return,
        Err(RequestError::Status(status)) => {
            return reject(&mut connection, slot, &error_response(status, &context.rules));
        }
        Err(RequestError::AlertSent) => return linger(&connection, slot),
        Err(RequestError::PlaintextOnTls) => {
            return reject(&mut connection, slot, &Response::plain(421, "This port serves HTTPS only."));
        }
    };
    if !slot.advance(Phase::Handling) {
        return;
    }
    let response = (context.handler)(&request);
    send(&mut connection, slot, &response);
    (context.on_sent)(&request, response.status);
    linger(&connection, slot);
}

fn reject(connection: &mut ConnectionStream<'_>, slot: &Slot, response: &Response) {
    send(connection, slot, response);
    linger(connection, slot);
}

/// Performs the TLS handshake if the server has a certificate.
fn accept_tls<'a>(
    connection: &mut ConnectionStream<'a>,
    stream: &'a TcpStream,
    slot: &Slot,
    context: &ConnectionContext,
) -> Result<(), RequestError> {
    let Some(certificate) = &context.certificate else { return Ok(()) };
    *connection = ConnectionStream::accept_tls(stream, &certificate.config(), slot)?;
    Ok(())
}

/// Reason why a connection yields no request.
enum RequestError {
    /// The client closed the connection or sent nothing. The server sends no response: the client would take it for the
    /// response to its next request.
    Closed,
    /// The server responds with this status code.
    Status(u16),
    /// The server has already sent a TLS alert.
    AlertSent,
    /// The client sent plaintext to a TLS port. The response is plaintext too: a scheme that is not served is a
    /// misdirected request (RFC 9110 15.5.20).
    PlaintextOnTls,
}

impl From<HandshakeError> for RequestError {
    fn from(error: HandshakeError) -> Self {
        match error {
            HandshakeError::Closed => Self::Closed,
            // Most likely a browser that was given `http://`.
            HandshakeError::NotTls => Self::PlaintextOnTls,
            HandshakeError::Failed => Self::AlertSent,
        }
    }
}

impl From<io::Error> for RequestError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Status(408),
            _ => Self::Closed,
        }
    }
}

fn read_request(
    connection: &mut ConnectionStream<'_>,
    slot: &Slot,
    rules: &RequestRules,
) -> Result<Request, RequestError> {
    let limits = slot.limits();
    let mut bytes = Vec::new();
    slot.with_grace_period(GRACE_PERIOD, limits.idle_timeout, |deadline| connection.read_some(&mut bytes, deadline))
        .map_err(|_| RequestError::Closed)?;
    let RequestHead { mut request, head_length, body_length } = read_head(connection, slot, &mut bytes, rules)?;
    bytes.drain(..head_length);
    let deadline = Instant::now() + limits.request_timeout;
    while bytes.len() < body_length {
        slot.advance(Phase::Reading);
        connection.read_some(&mut bytes, deadline)?;
    }
    bytes.truncate(body_length);
    request.body = bytes;
    Ok(request)
}

fn read_head(
    connection: &mut ConnectionStream<'_>,
    slot: &Slot,
    bytes: &mut Vec<u8>,
    rules: &RequestRules,
) -> Result<RequestHead, RequestError> {
    let deadline = Instant::now() + slot.limits().request_timeout;
    let mut new_bytes = 0..bytes.len();
    loop {
        // Only a line break can complete a head, and only the first bytes can show that the data is not HTTP. Parsing
        // again after each byte would let a slow client keep the CPU busy.
        if (new_bytes.start == 0
            || bytes[new_bytes.clone()].contains(&b'\n')
            || bytes.len() >= request_head::MAX_TARGET_BYTES)
            && let Some(head) = request_head::parse(bytes, rules).map_err(RequestError::Status)?
        {
            return Ok(head);
        }
        slot.advance(Phase::Reading);
        new_bytes.start = bytes.len();
        connection.read_some(bytes, deadline)?;
        new_bytes.end = bytes.len();
    }
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

fn send(connection: &mut ConnectionStream<'_>, slot: &Slot, response: &Response) {
    connection.finish(&serialize(response), Instant::now() + slot.limits().response_timeout);
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

/// Waits for the client to close the connection.
fn linger(connection: &ConnectionStream<'_>, slot: &Slot) {
    connection.drain(Instant::now() + slot.limits().linger_timeout, || slot.advance(Phase::Lingering));
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
