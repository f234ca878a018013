//! Byte stream of one connection, plaintext or TLS; every wait for the client has a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection};

use super::connection_pool::Slot;
use super::request_head::MAX_HEAD_BYTES;

/// Time during which a new connection cannot be evicted. A browser with a request sends it along with the connection, so
/// this only covers a busy machine. Short, because it limits how fast the server gets through a flood of silent
/// connections: `max_connections` per grace period.
pub(super) const GRACE_PERIOD: Duration = Duration::from_millis(10);

/// Grace period of a TLS handshake, which needs a reply of the client and a signature of the server (a hundred times
/// slower in a test build).
const HANDSHAKE_GRACE_PERIOD: Duration = Duration::from_millis(50);

/// First byte of a TLS client: a record that holds a handshake (RFC 8446 5.1).
const TLS_HANDSHAKE_RECORD: u8 = 22;

/// One connection.
pub(super) struct ConnectionStream<'a> {
    stream: &'a TcpStream,
    tls: Option<Box<ServerConnection>>,
}

impl<'a> ConnectionStream<'a> {
    /// Creates a plaintext stream.
    pub(super) fn plaintext(stream: &'a TcpStream) -> Self {
        Self { stream, tls: None }
    }

    /// Waits for the first byte as long as a connection may be idle, then performs the handshake within the time limit
    /// of a request.
    pub(super) fn accept_tls(
        stream: &'a TcpStream,
        config: &Arc<ServerConfig>,
        slot: &Slot,
    ) -> Result<Self, HandshakeError> {
        let limits = slot.limits();
        match slot.with_grace_period(GRACE_PERIOD, limits.idle_timeout, |deadline| peek_first_byte(stream, deadline)) {
            Ok(TLS_HANDSHAKE_RECORD) => {}
            Ok(_) => return Err(HandshakeError::NotTls),
            Err(_) => return Err(HandshakeError::Closed),
        }
        let mut tls = Box::new(ServerConnection::new(Arc::clone(config)).map_err(|_| HandshakeError::Closed)?);
        let handshake = slot.with_grace_period(HANDSHAKE_GRACE_PERIOD, limits.request_timeout, |deadline| {
            complete_handshake(&mut tls, &mut TimedStream { stream, deadline })
        });
        match handshake {
            Ok(()) => Ok(Self { stream, tls: Some(tls) }),
            Err(_) => {
                let _ = stream.shutdown(Shutdown::Write);
                Err(HandshakeError::Failed)
            }
        }
    }

    /// Appends at least one received byte.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedEof`] if the client closed, [`ErrorKind::TimedOut`] at the deadline, other errors
    /// unchanged.
    pub(super) fn read_some(&mut self, bytes: &mut Vec<u8>, deadline: Instant) -> io::Result<()> {
        let mut timed = TimedStream { stream: self.stream, deadline };
        let mut buffer = [0; MAX_HEAD_BYTES / 4];
        let count = match &mut self.tls {
            None => timed.read(&mut buffer)?,
            Some(tls) => rustls::Stream::new(&mut **tls, &mut timed).read(&mut buffer)?,
        };
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..count]);
        Ok(())
    }

    /// Sends `bytes` and ends the stream. Failures are ignored: the client loses its response, and the deadline limits
    /// the time.
    pub(super) fn finish(&mut self, bytes: &[u8], deadline: Instant) {
        let mut timed = TimedStream { stream: self.stream, deadline };
        let _ = match &mut self.tls {
            None => timed.write_all(bytes),
            Some(tls) => finish_tls(tls, &mut timed, bytes),
        };
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Waits for the client to close and discards the bytes it still sends.
    pub(super) fn drain(&self, deadline: Instant, keep_reading: impl Fn() -> bool) {
        let mut timed = TimedStream { stream: self.stream, deadline };
        let mut buffer = [0; MAX_HEAD_BYTES / 4];
        while keep_reading() && timed.read(&mut buffer).is_ok_and(|count| count > 0) {}
    }
}

/// Reason why the TLS handshake failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HandshakeError {
    /// The client closed the connection or sent nothing.
    Closed,
    /// The first byte is not TLS; nothing has been read.
    NotTls,
    /// The handshake failed, and the client is sent an alert (RFC 8446 6.2).
    Failed,
}

fn complete_handshake(tls: &mut ServerConnection, timed: &mut TimedStream<'_>) -> io::Result<()> {
    while tls.is_handshaking() {
        match tls.complete_io(timed) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
            Err(error) => {
                // The library sends one record at a time; the alert is the last.
                while tls.wants_write() {
                    tls.write_tls(timed)?;
                }
                return Err(error);
            }
        }
    }
    Ok(())
}

fn finish_tls(tls: &mut ServerConnection, timed: &mut TimedStream<'_>, bytes: &[u8]) -> io::Result<()> {
    let mut stream = rustls::Stream::new(tls, timed);
    stream.write_all(bytes)?;
    // Without the alert, a truncated response could go unnoticed (RFC 8446 6.1).
    stream.conn.send_close_notify();
    stream.flush()
}

/// Returns the first byte without reading it.
fn peek_first_byte(stream: &TcpStream, deadline: Instant) -> io::Result<u8> {
    let mut byte = [0];
    let peek = |stream: &TcpStream| stream.peek(&mut byte);
    match (TimedStream { stream, deadline }).read_with(peek)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(byte[0]),
    }
}

/// Stream whose reads and writes share one deadline.
struct TimedStream<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
}

impl TimedStream<'_> {
    fn remaining(&self) -> io::Result<Duration> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(remaining) }
    }

    fn read_with(&self, mut read: impl FnMut(&TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            self.stream.set_read_timeout(Some(self.remaining()?))?;
            match read(self.stream) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => return outcome.map_err(normalize_timeout),
            }
        }
    }
}

impl Read for TimedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|mut stream| stream.read(buffer))
    }
}

impl Write for TimedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.remaining()?))?;
        self.stream.write(bytes).map_err(normalize_timeout)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Unix reports a timeout as `WouldBlock`; a caller that retries on that kind would never stop.
fn normalize_timeout(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}
