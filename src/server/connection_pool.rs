//! Connection limit; evicts the oldest idle connection.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ServerLimits;

/// Progress of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Just accepted. The connection cannot be evicted until the bytes it sends at once have been read; otherwise a
    /// flood of connections could push out a client that has a request to send.
    New,
    /// Idle, or sending its request.
    Reading,
    /// In the handler, or receiving its response.
    Handling,
    /// Response sent; waiting for the client to close.
    Lingering,
}

/// Connections of one server.
#[derive(Debug)]
pub(super) struct ConnectionPool {
    pub(super) limits: ServerLimits,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    is_closed: bool,
    next_id: u64,
    /// Connections that still have a thread and a socket: the listed ones and recently evicted ones.
    open_count: usize,
    /// Connections in order of arrival.
    connections: BTreeMap<u64, (Arc<TcpStream>, Phase)>,
}

impl ConnectionPool {
    pub(super) fn new(limits: ServerLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Returns true if accepting should pause: every connection that could be evicted is new, or so many are closing
    /// that a busy machine has not released their sockets yet.
    pub(super) fn is_saturated(&self) -> bool {
        let state = self.lock();
        let any = |predicate: fn(Phase) -> bool| state.connections.values().any(|(_, phase)| predicate(*phase));
        let is_full = state.connections.len() >= self.limits.max_connections;
        let only_new = is_full && !any(is_evictable) && any(|phase| phase == Phase::New);
        only_new || state.open_count >= 2 * self.limits.max_connections
    }

    /// Adds a connection and evicts the oldest idle one if the pool is full. Returns `None` if all connections are in
    /// the handler or the pool is closed.
    pub(super) fn admit(self: &Arc<Self>, stream: &Arc<TcpStream>) -> Option<Slot> {
        let mut state = self.lock();
        if state.is_closed || (state.connections.len() >= self.limits.max_connections && !state.evict(is_evictable)) {
            return None;
        }
        let id = state.next_id;
        state.next_id += 1;
        state.open_count += 1;
        state.connections.insert(id, (Arc::clone(stream), Phase::New));
        Some(Slot { pool: Arc::clone(self), id })
    }

    /// Evicts the oldest connection that is not in the handler.
    pub(super) fn evict(&self) {
        self.lock().evict(is_evictable);
    }

    /// Closes all connections that are not in the handler and admits no more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        while state.evict(|phase| phase != Phase::Handling) {}
    }

    /// A poisoned lock is safe to use: no code that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_evictable(phase: Phase) -> bool {
    matches!(phase, Phase::Reading | Phase::Lingering)
}

impl PoolState {
    /// Evicts the oldest connection in a matching phase.
    fn evict(&mut self, matches_phase: impl Fn(Phase) -> bool) -> bool {
        let Some(id) = self.connections.iter().find(|(_, (_, phase))| matches_phase(*phase)).map(|(id, _)| *id) else {
            return false;
        };
        if let Some((stream, _)) = self.connections.remove(&id) {
            // The connection's thread wakes up with an end of file and finds that its slot is gone.
            let _ = stream.shutdown(Shutdown::Both);
        }
        true
    }
}

/// Slot of one connection in the pool; released on drop.
#[derive(Debug)]
pub(super) struct Slot {
    pool: Arc<ConnectionPool>,
    id: u64,
}

impl Slot {
    pub(super) fn limits(&self) -> ServerLimits {
        self.pool.limits
    }

    /// Records the phase of the connection; returns false if the connection has been evicted.
    pub(super) fn advance(&self, phase: Phase) -> bool {
        self.pool.lock().connections.get_mut(&self.id).map(|connection| connection.1 = phase).is_some()
    }

    /// Runs `attempt` with the end of the grace period as its deadline. If that times out, marks the connection as
    /// evictable and runs `attempt` again until `limit` has passed.
    pub(super) fn with_grace_period<T>(
        &self,
        grace_period: Duration,
        limit: Duration,
        mut attempt: impl FnMut(Instant) -> io::Result<T>,
    ) -> io::Result<T> {
        let started = Instant::now();
        match attempt(started + grace_period.min(limit)) {
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                self.advance(Phase::Reading);
                attempt(started + limit)
            }
            outcome => outcome,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.connections.remove(&self.id);
        state.open_count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (TcpStream, Arc<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let client = TcpStream::connect(listener.local_addr().expect("address")).expect("connect");
        (client, Arc::new(listener.accept().expect("accept").0))
    }

    #[test]
    fn oldest_idle_connection_is_evicted() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 2, ..ServerLimits::default() }));
        let ((_a, a), (mut b, b_accepted), (_c, c)) = (pair(), pair(), pair());
        let handling = pool.admit(&a).expect("room");
        let reading = pool.admit(&b_accepted).expect("room");
        assert!(handling.advance(Phase::Handling));
        assert!(pool.is_saturated(), "the second connection is new");
        assert!(reading.advance(Phase::Reading) && !pool.is_saturated());
        let _newcomer = pool.admit(&c).expect("the second connection is evicted");
        assert!(handling.advance(Phase::Handling));
        assert!(!reading.advance(Phase::Handling));
        assert_eq!(b.read(&mut [0; 8]).expect("closed cleanly"), 0);
    }

    #[test]
    fn closing_connections_delay_new_ones() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let first = pool.admit(&a).expect("room");
        assert!(first.advance(Phase::Reading) && !pool.is_saturated());
        let second = pool.admit(&b).expect("the first connection is evicted");
        assert!(second.advance(Phase::Reading) && pool.is_saturated(), "the first connection is still open");
        drop(first);
        assert!(!pool.is_saturated());
    }

    #[test]
    fn handled_connection_is_never_evicted() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let handling = pool.admit(&a).expect("room");
        assert!(handling.advance(Phase::Handling));
        assert!(pool.admit(&b).is_none());
        drop(handling);
        assert!(pool.admit(&b).is_some());
    }
}
