//! One connection: a request in, an answer out, closed.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use tiny_http::{HTTPVersion, Header, StatusCode};

use super::connection_pool::{ConnectionPool, Phase, Slot};
use super::request_head::{self, RequestHead, RequestRules};
use super::stream::{ConnectionStream, HandshakeError, NEW};
use super::{Request, Response, TlsCertificate};

type Handler = dyn Fn(&Request) -> Response + Send + Sync;
type DeliveryCallback = dyn Fn(&Request, u16) + Send + Sync;

/// What all connections of a gate share.
pub(super) struct ConnectionContext {
    pub(super) rules: RequestRules,
    /// What TLS is spoken with; `None`: everything is sent as it is.
    pub(super) certificate: Option<TlsCertificate>,
    pub(super) handler: Box<Handler>,
    pub(super) told: Box<DeliveryCallback>,
}

impl fmt::Debug for ConnectionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// Gives the connection a thread of its own; where there is no room for one it is dropped.
pub(super) fn start(stream: TcpStream, hall: &Arc<ConnectionPool>, desk: &Arc<ConnectionContext>) {
    let stream = Arc::new(stream);
    if stream.set_nonblocking(false).is_err() {
        return;
    }
    let Some(pass) = hall.admit(&stream) else {
        return;
    };
    let desk = Arc::clone(desk);
    // The error of a machine without room for threads: the connection closes, and the next one may fare better.
    let _ = std::thread::Builder::new().spawn(move || converse(&stream, &pass, &desk));
}

fn converse(stream: &TcpStream, pass: &Slot, desk: &ConnectionContext) {
    let mut line = ConnectionStream::plain(stream);
    let request = match encrypt(&mut line, stream, pass, desk).and_then(|()| receive(&mut line, pass, &desk.rules)) {
        Ok(request) => request,
        Err(RequestError::Silent) => return,
        Err(RequestError::Status(status)) => return refuse(&mut line, pass, &refusal(status, &desk.rules)),
        Err(RequestError::Told) => return leave(&line, pass),
        Err(RequestError::NotEncrypted) => {
            return refuse(&mut line, pass, &Response::plain(421, "only https is spoken here"));
        }
    };
    if !pass.advance(Phase::Served) {
        return;
    }
    let response = (desk.handler)(&request);
    send(&mut line, pass, &response);
    (desk.told)(&request, response.status);
    leave(&line, pass);
}

fn refuse(line: &mut ConnectionStream<'_>, pass: &Slot, response: &Response) {
    send(line, pass, response);
    leave(line, pass);
}

/// Goes over to TLS, where that is spoken here.
fn encrypt<'a>(
    line: &mut ConnectionStream<'a>,
    stream: &'a TcpStream,
    pass: &Slot,
    desk: &ConnectionContext,
) -> Result<(), RequestError> {
    let Some(certificate) = &desk.certificate else { return Ok(()) };
    *line = ConnectionStream::encrypted(stream, &certificate.config(), pass)?;
    Ok(())
}

/// Why there is no request to hand on.
enum RequestError {
    /// The connection is gone, or never said a thing: it gets no answer, as an answer nobody asked for would be taken
    /// for the answer to the next request.
    Silent,
    /// It is told why.
    Status(u16),
    /// It has been told why.
    Told,
    /// It speaks no TLS where nothing else is spoken, and is told so in words that it may know: a scheme that is not
    /// served is a misdirected request (RFC 9110 15.5.20).
    NotEncrypted,
}

impl From<HandshakeError> for RequestError {
    fn from(why: HandshakeError) -> Self {
        match why {
            HandshakeError::Gone => Self::Silent,
            // Most likely a browser that was given `http://`.
            HandshakeError::OtherTongue => Self::NotEncrypted,
            HandshakeError::Failed => Self::Told,
        }
    }
}

impl From<io::Error> for RequestError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Status(408),
            _ => Self::Silent,
        }
    }
}

fn receive(line: &mut ConnectionStream<'_>, pass: &Slot, rules: &RequestRules) -> Result<Request, RequestError> {
    let limits = pass.limits();
    let mut bytes = Vec::new();
    pass.patiently(NEW, limits.idle, |deadline| line.read_some(&mut bytes, deadline))
        .map_err(|_| RequestError::Silent)?;
    let RequestHead { mut request, length, body } = receive_head(line, pass, &mut bytes, rules)?;
    bytes.drain(..length);
    let deadline = Instant::now() + limits.request;
    while bytes.len() < body {
        pass.advance(Phase::Asking);
        line.read_some(&mut bytes, deadline)?;
    }
    bytes.truncate(body);
    request.body = bytes;
    Ok(request)
}

fn receive_head(
    line: &mut ConnectionStream<'_>,
    pass: &Slot,
    bytes: &mut Vec<u8>,
    rules: &RequestRules,
) -> Result<RequestHead, RequestError> {
    let deadline = Instant::now() + pass.limits().request;
    let mut news = 0..bytes.len();
    loop {
        // Only a line's end can complete a head, and only the first bytes can show that it is none; looking at the
        // whole again for each byte of a slow sender would be its way to keep us busy.
        if (news.start == 0 || bytes[news.clone()].contains(&b'\n') || bytes.len() >= request_head::TARGET)
            && let Some(head) = request_head::parse(bytes, rules).map_err(RequestError::Status)?
        {
            return Ok(head);
        }
        pass.advance(Phase::Asking);
        news.start = bytes.len();
        line.read_some(bytes, deadline)?;
        news.end = bytes.len();
    }
}

fn refusal(status: u16, rules: &RequestRules) -> Response {
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
        response.headers.push(("Allow".to_owned(), rules.methods().to_owned()));
        // It may answer a `HEAD`, which must not have a body (RFC 9110 9.3.2).
        response.body.clear();
    }
    response
}

fn send(line: &mut ConnectionStream<'_>, pass: &Slot, response: &Response) {
    line.send_last(&printed(response), Instant::now() + pass.limits().answer);
}

/// The message as HTTP/1.0, whose connections close after it.
fn printed(response: &Response) -> Vec<u8> {
    let Some(headers) = response.headers.iter().map(|(name, value)| line(name, value)).collect() else {
        return printed(&Response::plain(500, "the answer cannot be sent"));
    };
    let body = response.body.as_slice();
    let message = tiny_http::Response::new(StatusCode(response.status), headers, body, Some(body.len()), None);
    let mut bytes = Vec::new();
    message.raw_print(&mut bytes, HTTPVersion(1, 0), &[], false, None).expect("a vector takes every write");
    bytes
}

/// A header line, unless it holds what would end it early.
fn line(name: &str, value: &str) -> Option<Header> {
    let fit = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if fit { Header::from_bytes(name, value).ok() } else { None }
}

/// Waits for the other side to close.
fn leave(line: &ConnectionStream<'_>, pass: &Slot) {
    line.drain(Instant::now() + pass.limits().linger, || pass.advance(Phase::Leaving));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_cannot_grow_header_lines() {
        let mut response = Response::plain(303, "");
        response.headers.push(("Location".to_owned(), "/a\r\nSet-Cookie: b=c".to_owned()));
        let sent = String::from_utf8(printed(&response)).expect("text");
        assert!(sent.starts_with("HTTP/1.0 500 "), "{sent}");
        assert!(!sent.contains("Set-Cookie"), "{sent}");
    }
}
