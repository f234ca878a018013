//! Who is inside: a bounded number of connections, of which the oldest idle one gives way to a newcomer.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ServerLimits;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Let in a moment ago: what it sends at once is read before it has to give way, so that a flood of connections
    /// cannot push out the one that has something to say.
    New,
    /// Sending its request, or nothing yet.
    Reading,
    /// With the handler, or being sent its answer.
    Handling,
    /// Answered; we wait for it to close.
    Lingering,
}

/// All live connections of one gate.
#[derive(Debug)]
pub(super) struct ConnectionPool {
    pub(super) limits: ServerLimits,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    is_closed: bool,
    next_id: u64,
    /// Connections that still have a thread and a file: the guests, and those that were ended a moment ago.
    open_count: usize,
    /// In the order of arrival.
    connections: BTreeMap<u64, (Arc<TcpStream>, Phase)>,
}

impl ConnectionPool {
    pub(super) fn new(limits: ServerLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Whether the next connection had better wait a moment: all inside that could give way are new, or so many are on
    /// their way out that a busy machine has not yet closed their files.
    pub(super) fn is_saturated(&self) -> bool {
        let state = self.lock();
        let any = |predicate: fn(Phase) -> bool| state.connections.values().any(|(_, phase)| predicate(*phase));
        let is_full = state.connections.len() >= self.limits.max_connections;
        let only_new = is_full && !any(is_evictable) && any(|phase| phase == Phase::New);
        only_new || state.open_count >= 2 * self.limits.max_connections
    }

    /// Lets a connection in, in place of the oldest one that is not being served. `None`: all are, or we are closed.
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

    /// Ends the oldest connection that is not being served.
    pub(super) fn evict(&self) {
        self.lock().evict(is_evictable);
    }

    /// Ends all connections that are not being served, and admits no more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        while state.evict(|phase| phase != Phase::Handling) {}
    }

    /// A panic elsewhere leaves the table whole: no step under this lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_evictable(phase: Phase) -> bool {
    matches!(phase, Phase::Reading | Phase::Lingering)
}

impl PoolState {
    /// Ends the oldest connection that has come so far.
    fn evict(&mut self, matches_phase: impl Fn(Phase) -> bool) -> bool {
        let Some(id) = self.connections.iter().find(|(_, (_, phase))| matches_phase(*phase)).map(|(id, _)| *id) else {
            return false;
        };
        if let Some((stream, _)) = self.connections.remove(&id) {
            // Its thread wakes with an end of file and finds itself no longer on the list.
            let _ = stream.shutdown(Shutdown::Both);
        }
        true
    }
}

/// The place of one connection in the hall; given up when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    pool: Arc<ConnectionPool>,
    id: u64,
}

impl Slot {
    pub(super) fn limits(&self) -> ServerLimits {
        self.pool.limits
    }

    /// Notes how far the connection has come; false where it has been ended meanwhile.
    pub(super) fn advance(&self, phase: Phase) -> bool {
        self.pool.lock().connections.get_mut(&self.id).map(|connection| connection.1 = phase).is_some()
    }

    /// Does `attempt`, which is given its deadline, while the connection is new, and where that is not enough, goes on until
    /// `limit` has passed, as one that may have to give way.
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
    fn the_oldest_that_is_not_served_gives_way() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 2, ..ServerLimits::default() }));
        let ((_a, a), (mut b, b_accepted), (_c, c)) = (pair(), pair(), pair());
        let handling = pool.admit(&a).expect("room");
        let reading = pool.admit(&b_accepted).expect("room");
        assert!(handling.advance(Phase::Handling));
        assert!(pool.is_saturated(), "the second is new");
        assert!(reading.advance(Phase::Reading) && !pool.is_saturated());
        let _newcomer = pool.admit(&c).expect("the second gives way");
        assert!(handling.advance(Phase::Handling));
        assert!(!reading.advance(Phase::Handling));
        assert_eq!(b.read(&mut [0; 8]).expect("closed in order"), 0);
    }

    #[test]
    fn those_that_are_leaving_keep_others_waiting() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let first = pool.admit(&a).expect("room");
        assert!(first.advance(Phase::Reading) && !pool.is_saturated());
        let second = pool.admit(&b).expect("the first gives way");
        assert!(second.advance(Phase::Reading) && pool.is_saturated(), "the first is still there");
        drop(first);
        assert!(!pool.is_saturated());
    }

    #[test]
    fn nobody_served_gives_way() {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let handling = pool.admit(&a).expect("room");
        assert!(handling.advance(Phase::Handling));
        assert!(pool.admit(&b).is_none());
        drop(handling);
        assert!(pool.admit(&b).is_some());
    }
}
