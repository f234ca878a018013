//! Connection limit; evicts the oldest idle connection.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// Time and connection limits.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Maximum number of connections. A browser opens up to six to one host; the rest is headroom for other programs.
    pub max_connections: usize,
    /// Maximum time without a byte from the client: browsers open connections ahead of need, and an idle one costs only
    /// a slot.
    pub idle_timeout: Duration,
    /// Time limit for the head of a request, from its first byte; again for its body; and for a TLS handshake, from its
    /// first byte.
    pub request_timeout: Duration,
    /// Time limit for sending the response.
    pub response_timeout: Duration,
    /// Time limit for the client to close after the response: if the server closed first with unread bytes, the
    /// response could be lost on its way (RFC 9112 9.6).
    pub linger_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 32,
            idle_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(2),
            linger_timeout: Duration::from_secs(1),
        }
    }
}

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

/// Connections of one server. Each is a task; a connection is evicted by aborting its task.
#[derive(Debug)]
pub(super) struct ConnectionPool {
    limits: ServerLimits,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    next_id: u64,
    /// Connections in order of arrival.
    connections: BTreeMap<u64, (AbortHandle, Phase)>,
}

impl ConnectionPool {
    pub(super) fn new(limits: ServerLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().connections.is_empty()
    }

    /// Returns true if accepting should pause: every connection that could be evicted is new.
    pub(super) fn is_saturated(&self) -> bool {
        let state = self.lock();
        let any = |predicate: fn(Phase) -> bool| state.connections.values().any(|(_, phase)| predicate(*phase));
        let is_full = state.connections.len() >= self.limits.max_connections;
        is_full && !any(is_evictable) && any(|phase| phase == Phase::New)
    }

    /// Starts the task of a connection and evicts the oldest idle one if the pool is full. Drops the connection if all
    /// others are in the handler.
    pub(super) fn admit<F>(self: &Arc<Self>, task: impl FnOnce(Slot) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(id) = self.next_id() else { return };
        // Not under the lock, which a dropped slot takes. The runtime has one thread, so the task starts later.
        let task = tokio::spawn(task(Slot { pool: Arc::clone(self), id }));
        self.lock().connections.insert(id, (task.abort_handle(), Phase::New));
    }

    /// Id of a new connection, if the pool has or can make room for it.
    fn next_id(&self) -> Option<u64> {
        let mut state = self.lock();
        let has_room = state.connections.len() < self.limits.max_connections || state.evict(is_evictable);
        has_room.then(|| {
            state.next_id += 1;
            state.next_id - 1
        })
    }

    /// Evicts the oldest connection that is not in the handler.
    pub(super) fn evict(&self) {
        self.lock().evict(is_evictable);
    }

    /// Closes all connections that are not in the handler.
    pub(super) fn evict_all(&self) {
        let mut state = self.lock();
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
        let oldest = self.connections.iter().find(|(_, (_, phase))| matches_phase(*phase)).map(|(id, _)| *id);
        let evicted = oldest.and_then(|id| self.connections.remove(&id));
        evicted.inspect(|(task, _)| task.abort()).is_some()
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

    pub(super) fn advance(&self, phase: Phase) {
        if let Some(connection) = self.pool.lock().connections.get_mut(&self.id) {
            connection.1 = phase;
        }
    }

    /// Waits for `work` at most `limit`. The connection can be evicted after the grace period.
    pub(super) async fn with_grace_period<T>(
        &self,
        grace_period: Duration,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        let mut work = pin!(work);
        if let Ok(outcome) = timeout(grace_period.min(limit), &mut work).await {
            return Ok(outcome);
        }
        self.advance(Phase::Reading);
        timeout(limit.saturating_sub(grace_period), work).await
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.pool.lock().connections.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Pool of two connections, the first in the handler and the second in `phase`.
    async fn pool(phase: Phase) -> (Arc<ConnectionPool>, mpsc::Receiver<u64>) {
        let pool = Arc::new(ConnectionPool::new(ServerLimits { max_connections: 2, ..ServerLimits::default() }));
        let (dropped, evicted) = mpsc::channel();
        for phase in [Phase::Handling, phase] {
            let dropped = OnDrop(dropped.clone(), 0);
            pool.admit(|slot| hold(slot, phase, dropped));
        }
        tokio::task::yield_now().await;
        (pool, evicted)
    }

    struct OnDrop(mpsc::Sender<u64>, u64);

    impl Drop for OnDrop {
        fn drop(&mut self) {
            let _ = self.0.send(self.1);
        }
    }

    async fn hold(slot: Slot, phase: Phase, mut dropped: OnDrop) {
        slot.advance(phase);
        dropped.1 = slot.id;
        std::future::pending().await
    }

    #[tokio::test]
    async fn oldest_idle_connection_is_evicted() {
        let (pool, evicted) = pool(Phase::Reading).await;
        assert!(!pool.is_saturated());
        pool.admit(|slot| async {
            let _slot = slot;
            std::future::pending().await
        });
        tokio::task::yield_now().await;
        assert_eq!(evicted.try_recv(), Ok(1), "not the one in the handler");
        assert!(pool.is_saturated(), "the newest connection is new");
    }

    #[tokio::test]
    async fn new_connections_delay_the_next() {
        let (pool, _) = pool(Phase::New).await;
        assert!(pool.is_saturated());
    }

    #[tokio::test]
    async fn handled_connection_is_never_evicted() {
        let (pool, evicted) = pool(Phase::Handling).await;
        assert!(!pool.is_saturated());
        let mut is_started = false;
        pool.admit(|_| {
            is_started = true;
            async {}
        });
        pool.evict_all();
        tokio::task::yield_now().await;
        assert!(!is_started && !pool.is_empty() && evicted.try_recv().is_err());
    }

    #[tokio::test]
    async fn connection_can_be_evicted_after_the_grace_period() {
        let (pool, _) = pool(Phase::New).await;
        let slot = Slot { pool: Arc::clone(&pool), id: 1 };
        let (grace_period, limit) = (Duration::from_millis(1), Duration::from_millis(2));
        assert!(slot.with_grace_period(grace_period, limit, std::future::pending::<()>()).await.is_err());
        assert!(!pool.is_saturated());
    }
}
