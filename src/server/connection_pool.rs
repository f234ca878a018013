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
    Asking,
    /// With the handler, or being sent its answer.
    Served,
    /// Answered; we wait for it to close.
    Leaving,
}

/// All live connections of one gate.
#[derive(Debug)]
pub(super) struct ConnectionPool {
    pub(super) limits: ServerLimits,
    inside: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    closed: bool,
    next: u64,
    /// Connections that still have a thread and a file: the guests, and those that were ended a moment ago.
    alive: usize,
    /// In the order of arrival.
    guests: BTreeMap<u64, (Arc<TcpStream>, Phase)>,
}

impl ConnectionPool {
    pub(super) fn new(limits: ServerLimits) -> Self {
        Self { limits, inside: Mutex::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Whether the next connection had better wait a moment: all inside that could give way are new, or so many are on
    /// their way out that a busy machine has not yet closed their files.
    pub(super) fn is_crowded(&self) -> bool {
        let inside = self.lock();
        let is = |wanted: fn(Phase) -> bool| inside.guests.values().any(|(_, stage)| wanted(*stage));
        let is_full = inside.guests.len() >= self.limits.live;
        let only_new = is_full && !is(may_be_ended) && is(|stage| stage == Phase::New);
        only_new || inside.alive >= 2 * self.limits.live
    }

    /// Lets a connection in, in place of the oldest one that is not being served. `None`: all are, or we are closed.
    pub(super) fn admit(self: &Arc<Self>, stream: &Arc<TcpStream>) -> Option<Slot> {
        let mut inside = self.lock();
        if inside.closed || (inside.guests.len() >= self.limits.live && !inside.evict(may_be_ended)) {
            return None;
        }
        let id = inside.next;
        inside.next += 1;
        inside.alive += 1;
        inside.guests.insert(id, (Arc::clone(stream), Phase::New));
        Some(Slot { hall: Arc::clone(self), id })
    }

    /// Ends the oldest connection that is not being served.
    pub(super) fn evict(&self) {
        self.lock().evict(may_be_ended);
    }

    /// Ends all connections that are not being served, and admits no more.
    pub(super) fn close(&self) {
        let mut inside = self.lock();
        inside.closed = true;
        while inside.evict(|stage| stage != Phase::Served) {}
    }

    /// A panic elsewhere leaves the table whole: no step under this lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn may_be_ended(stage: Phase) -> bool {
    matches!(stage, Phase::Asking | Phase::Leaving)
}

impl PoolState {
    /// Ends the oldest connection that has come so far.
    fn evict(&mut self, so_far: impl Fn(Phase) -> bool) -> bool {
        let Some(id) = self.guests.iter().find(|(_, (_, stage))| so_far(*stage)).map(|(id, _)| *id) else {
            return false;
        };
        if let Some((stream, _)) = self.guests.remove(&id) {
            // Its thread wakes with an end of file and finds itself no longer on the list.
            let _ = stream.shutdown(Shutdown::Both);
        }
        true
    }
}

/// The place of one connection in the hall; given up when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    hall: Arc<ConnectionPool>,
    id: u64,
}

impl Slot {
    pub(super) fn limits(&self) -> ServerLimits {
        self.hall.limits
    }

    /// Notes how far the connection has come; false where it has been ended meanwhile.
    pub(super) fn advance(&self, stage: Phase) -> bool {
        self.hall.lock().guests.get_mut(&self.id).map(|guest| guest.1 = stage).is_some()
    }

    /// Does `attempt`, which is given its deadline, while the connection is new, and where that is not enough, goes on until
    /// `limit` has passed, as one that may have to give way.
    pub(super) fn patiently<T>(
        &self,
        new: Duration,
        limit: Duration,
        mut attempt: impl FnMut(Instant) -> io::Result<T>,
    ) -> io::Result<T> {
        let begun = Instant::now();
        match attempt(begun + new.min(limit)) {
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                self.advance(Phase::Asking);
                attempt(begun + limit)
            }
            outcome => outcome,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut inside = self.hall.lock();
        inside.guests.remove(&self.id);
        inside.alive -= 1;
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
        let hall = Arc::new(ConnectionPool::new(ServerLimits { live: 2, ..ServerLimits::default() }));
        let ((_a, a), (mut b, b_here), (_c, c)) = (pair(), pair(), pair());
        let served = hall.admit(&a).expect("room");
        let asking = hall.admit(&b_here).expect("room");
        assert!(served.advance(Phase::Served));
        assert!(hall.is_crowded(), "the second is new");
        assert!(asking.advance(Phase::Asking) && !hall.is_crowded());
        let _newcomer = hall.admit(&c).expect("the second gives way");
        assert!(served.advance(Phase::Served));
        assert!(!asking.advance(Phase::Served));
        assert_eq!(b.read(&mut [0; 8]).expect("closed in order"), 0);
    }

    #[test]
    fn those_that_are_leaving_keep_others_waiting() {
        let hall = Arc::new(ConnectionPool::new(ServerLimits { live: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let first = hall.admit(&a).expect("room");
        assert!(first.advance(Phase::Asking) && !hall.is_crowded());
        let second = hall.admit(&b).expect("the first gives way");
        assert!(second.advance(Phase::Asking) && hall.is_crowded(), "the first is still there");
        drop(first);
        assert!(!hall.is_crowded());
    }

    #[test]
    fn nobody_served_gives_way() {
        let hall = Arc::new(ConnectionPool::new(ServerLimits { live: 1, ..ServerLimits::default() }));
        let ((_a, a), (_b, b)) = (pair(), pair());
        let served = hall.admit(&a).expect("room");
        assert!(served.advance(Phase::Served));
        assert!(hall.admit(&b).is_none());
        drop(served);
        assert!(hall.admit(&b).is_some());
    }
}
