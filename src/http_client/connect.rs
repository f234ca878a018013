//! TCP connections to hosts with several addresses: a dead address costs a quarter of a second, not the whole time
//! limit (RFC 8305, "Happy Eyeballs").
//!
//! `ureq` tries one address after the other and spends more than half of the time limit on the first one
//! (algesten/ureq#1150).

use std::collections::HashSet;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

/// Delay before the next address is tried in parallel (RFC 8305 5, "Connection Attempt Delay"): that of curl.
const ATTEMPT_DELAY: Duration = Duration::from_millis(200);

/// Time limit of a connection attempt if the request has none.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Connector that returns a TCP connection to the first address that responds, and starts with that one the next time
/// (RFC 8305 4).
#[derive(Debug, Clone, Default)]
pub(super) struct RacingConnector {
    /// Addresses that another one overtook.
    overtaken: Arc<Mutex<HashSet<SocketAddr>>>,
}

impl<In: Transport> Connector<In> for RacingConnector {
    type Out = Either<In, TcpConnection>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(proxied) = chained {
            return Ok(Some(Either::A(proxied)));
        }
        let limit = details.timeout.not_zero().map_or(NO_LIMIT, |limit| *limit);
        let stream = self.race(&details.addrs, limit).map_err(|error| match error.kind() {
            ErrorKind::TimedOut => Error::Timeout(Timeout::Connect),
            _ => Error::Io(error),
        })?;
        stream.set_nodelay(details.config.no_delay())?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        let connection = TcpConnection { stream: Arc::new(SharedStream(stream)), buffers };
        let handle: Weak<dyn ShutdownHandle> = Arc::<SharedStream>::downgrade(&connection.stream);
        (details.register_shutdown)(handle)?;
        Ok(Some(Either::B(connection)))
    }
}

impl RacingConnector {
    fn race(&self, addresses: &[SocketAddr], limit: Duration) -> io::Result<TcpStream> {
        let overtaken = || self.overtaken.lock().unwrap_or_else(PoisonError::into_inner);
        let (slow, fast): (Vec<SocketAddr>, Vec<_>) =
            addresses.iter().partition(|address| overtaken().contains(*address));
        let ordered = [interleave(&fast), interleave(&slow)].concat();
        let stream = race(&ordered, limit)?;
        let peer = stream.peer_addr()?;
        overtaken().extend(ordered.iter().take_while(|address| **address != peer));
        overtaken().remove(&peer);
        Ok(stream)
    }
}

/// Alternates the address families, starting with the family of the first address (RFC 8305 4).
pub(super) fn interleave(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first_family = |address: &&SocketAddr| address.is_ipv4() == addresses[0].is_ipv4();
    let mut first = addresses.iter().filter(is_first_family);
    let mut second = addresses.iter().filter(|address| !is_first_family(address));
    let mut ordered = Vec::with_capacity(addresses.len());
    while ordered.len() < addresses.len() {
        ordered.extend(first.next());
        ordered.extend(second.next());
    }
    ordered
}

/// Connects to `addresses`, in this order, and returns the first connection that succeeds. The next attempt starts when the one before
/// fails or takes longer than [`ATTEMPT_DELAY`]. Each has its own thread, because `std` has no non-blocking connect and
/// a poll loop over sockets is longer.
///
/// # Errors
/// The error of the last failed attempt; [`ErrorKind::TimedOut`] after `limit`.
pub(super) fn race(addresses: &[SocketAddr], limit: Duration) -> io::Result<TcpStream> {
    if let [address] = addresses {
        return TcpStream::connect_timeout(address, limit);
    }
    let end = Instant::now() + limit;
    let remaining_time = || end.saturating_duration_since(Instant::now());
    let (result, results) = channel();
    let mut waiting = addresses.iter().copied();
    let mut pending = 0_usize;
    let mut failure = io::Error::from(ErrorKind::ConnectionRefused);
    loop {
        let remaining = remaining_time();
        if remaining.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let next = waiting.next();
        if let Some(address) = next {
            let result = result.clone();
            // The thread of a losing attempt ends with the attempt, or with the program.
            std::thread::Builder::new().name("connect".to_owned()).spawn(move || {
                let _ = result.send(TcpStream::connect_timeout(&address, remaining));
            })?;
            pending += 1;
        } else if pending == 0 {
            return Err(failure);
        }
        match results.recv_timeout(if next.is_some() { remaining.min(ATTEMPT_DELAY) } else { remaining }) {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => (pending, failure) = (pending - 1, error),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("this function holds a sender"),
        }
    }
}

/// TCP connection for `ureq`; each read and write has the time limit that `ureq` sets.
#[derive(Debug)]
pub(super) struct TcpConnection {
    stream: Arc<SharedStream>,
    buffers: LazyBuffers,
}

/// Socket shared with the handle that `ureq` uses to shut it down.
#[derive(Debug)]
struct SharedStream(TcpStream);

impl ShutdownHandle for SharedStream {
    fn shutdown(&self) {
        // An error means that the socket is already closed.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Transport for TcpConnection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let mut stream = &self.stream.0;
        stream.set_write_timeout(time_left(&timeout)?)?;
        stream.write_all(&self.buffers.output()[..amount]).map_err(|error| map_timeout(error, &timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let mut stream = &self.stream.0;
        let end = time_left(&timeout)?.map(|left| Instant::now() + left);
        let amount = loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Timeout(timeout.reason));
            }
            stream.set_read_timeout(left)?;
            match stream.read(self.buffers.input_append_buf()) {
                // Linux does not restart a read that has a time limit.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| map_timeout(error, &timeout))?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // An idle connection has nothing to read; a byte or the end of the stream means that the server has dropped it.
        let mut stream = &self.stream.0;
        let idle = stream.set_nonblocking(true).and_then(|()| match stream.read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            _ => Err(ErrorKind::ConnectionAborted.into()),
        });
        idle.and_then(|()| stream.set_nonblocking(false)).is_ok()
    }
}

/// Time limit of one read or write; `None` if there is none.
fn time_left(timeout: &NextTimeout) -> Result<Option<Duration>, Error> {
    match timeout.after.is_zero() {
        true => Err(Error::Timeout(timeout.reason)),
        false => Ok(timeout.not_zero().map(|left| *left)),
    }
}

/// Merges the two error kinds that systems use for a timeout.
fn map_timeout(error: io::Error, timeout: &NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_from_the_first_one_on() {
        let mixed = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"];
        let ordered = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"];
        assert_eq!(interleave(&addresses(&mixed)), addresses(&ordered));
        assert!(interleave(&[]).is_empty());
    }

    #[test]
    fn refused_addresses_are_passed_over_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // 127.0.0.2 is a loopback address without a listener on this port.
        let list = addresses(&[&format!("127.0.0.2:{port}"), &format!("127.0.0.1:{port}")]);
        let stream = race(&list, Duration::from_secs(60)).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), list[1]);
    }

    /// A full backlog drops what arrives, as a firewall or a broken route does (algesten/ureq#1150).
    #[cfg(target_os = "linux")]
    #[test]
    fn silent_address_does_not_hold_back_the_next_one() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&silent, 0).unwrap();
        let (address, short) = (silent.local_addr().unwrap(), Duration::from_millis(100));
        let fill = || TcpStream::connect_timeout(&address, short);
        let _waiting: Vec<TcpStream> = std::iter::from_fn(|| fill().ok()).collect();
        let live = TcpListener::bind("127.0.0.1:0").unwrap();
        let list = [address, live.local_addr().unwrap()];
        let connector = RacingConnector::default();
        let stream = connector.race(&list, Duration::from_secs(24 * 60 * 60)).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), list[1]);
        assert!(connector.overtaken.lock().unwrap().contains(&address), "tried last from now on");
        assert_eq!(race(&list[..1], short).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn the_last_failure_is_reported_when_no_address_answers() {
        let list = addresses(&["127.0.0.2:1", "127.0.0.3:1"]);
        assert_eq!(race(&list, Duration::from_secs(60)).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}
