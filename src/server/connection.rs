//! One connection: a request in, an answer out, closed.

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

/// What all connections of a gate share.
pub(super) struct ConnectionContext {
    pub(super) rules: RequestRules,
    /// What TLS is spoken with; `None`: everything is sent as it is.
    pub(super) certificate: Option<TlsCertificate>,
    pub(super) handler: Box<Handler>,
    pub(super) on_sent: Box<DeliveryCallback>,
}

impl fmt::Debug for ConnectionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionContext").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// Gives the connection a thread of its own; where there is no room for one it is dropped.
pub(super) fn start(stream: TcpStream, pool: &Arc<ConnectionPool>, context: &Arc<ConnectionContext>) {
    let stream = Arc::new(stream);
    if stream.set_nonblocking(false).is_err() {
        return;
    }
    let Some(slot) = pool.admit(&stream) else {
        return;
    };
    let context = Arc::clone(context);
    // The error of a machine without room for threads: the connection closes, and the next one may fare better.
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
            return reject(&mut connection, slot, &Response::plain(421, "only https is spoken here"));
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

/// Goes over to TLS, where that is spoken here.
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

/// Why there is no request to hand on.
enum RequestError {
    /// The connection is gone, or never said a thing: it gets no answer, as an answer nobody asked for would be taken
    /// for the answer to the next request.
    Closed,
    /// It is told why.
    Status(u16),
    /// It has been told why.
    AlertSent,
    /// It speaks no TLS where nothing else is spoken, and is told so in words that it may know: a scheme that is not
    /// served is a misdirected request (RFC 9110 15.5.20).
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
    let mut unread = 0..bytes.len();
    loop {
        // Only a line's end can complete a head, and only the first bytes can show that it is none; looking at the
        // whole again for each byte of a slow sender would be its way to keep us busy.
        if (unread.start == 0
            || bytes[unread.clone()].contains(&b'\n')
            || bytes.len() >= request_head::MAX_TARGET_BYTES)
            && let Some(head) = request_head::parse(bytes, rules).map_err(RequestError::Status)?
        {
            return Ok(head);
        }
        slot.advance(Phase::Reading);
        unread.start = bytes.len();
        connection.read_some(bytes, deadline)?;
        unread.end = bytes.len();
    }
}

fn error_response(status: u16, rules: &RequestRules) -> Response {
    let text = match status {
        405 => "this address answers other methods",
        408 => "the request did not arrive in time",
        411 => "the length of the body must be said",
        413 => "the body is too long",
        414 => "the address is too long",
        421 => "this is not the host that the request was meant for",
        431 => "the header lines are too long",
        505 => "only HTTP/1 is spoken here",
        _ => "this is not a request",
    };
    let mut response = Response::plain(status, text);
    if status == 405 {
        response.headers.push(("Allow".to_owned(), rules.allowed_methods().to_owned()));
        // It may answer a `HEAD`, which must not have a body (RFC 9110 9.3.2).
        response.body.clear();
    }
    response
}

fn send(connection: &mut ConnectionStream<'_>, slot: &Slot, response: &Response) {
    connection.finish(&serialize(response), Instant::now() + slot.limits().response_timeout);
}

/// The message as HTTP/1.0, whose connections close after it.
fn serialize(response: &Response) -> Vec<u8> {
    let Some(headers) = response.headers.iter().map(|(name, value)| header_line(name, value)).collect() else {
        return serialize(&Response::plain(500, "the answer cannot be sent"));
    };
    let body = response.body.as_slice();
    let message = tiny_http::Response::new(StatusCode(response.status), headers, body, Some(body.len()), None);
    let mut bytes = Vec::new();
    message.raw_print(&mut bytes, HTTPVersion(1, 0), &[], false, None).expect("a vector takes every write");
    bytes
}

/// A header line, unless it holds what would end it early.
fn header_line(name: &str, value: &str) -> Option<Header> {
    let is_valid = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_valid { Header::from_bytes(name, value).ok() } else { None }
}

/// Waits for the other side to close.
fn linger(connection: &ConnectionStream<'_>, slot: &Slot) {
    connection.drain(Instant::now() + slot.limits().linger_timeout, || slot.advance(Phase::Lingering));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_grow_header_lines() {
        let mut response = Response::plain(303, "");
        response.headers.push(("Location".to_owned(), "/a\r\nSet-Cookie: b=c".to_owned()));
        let sent = String::from_utf8(serialize(&response)).expect("text");
        assert!(sent.starts_with("HTTP/1.0 500 "), "{sent}");
        assert!(!sent.contains("Set-Cookie"), "{sent}");
    }
}
