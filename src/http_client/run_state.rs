//! State that all clients of a run share: tracing, the display of slow requests, responses with metadata, and the time
//! limit of the run.

use std::sync::mpsc::{RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::metadata::MetadataMemo;

/// Wait for a response before it is shown; most arrive within a second.
const SILENT_WAIT: Duration = Duration::from_secs(2);

/// Prints a line about a request.
type TraceCallback = Box<dyn Fn(&str) + Send + Sync>;

/// Shows a wait for something of at most this time, until the result is dropped.
type WaitDisplay = Box<dyn Fn(&str, Duration) -> Box<dyn Send> + Send + Sync>;

#[derive(Default)]
pub(super) struct RunState {
    pub trace: OnceLock<TraceCallback>,
    pub wait_display: OnceLock<WaitDisplay>,
    pub metadata: MetadataMemo,
    deadline: Mutex<Option<Instant>>,
}

impl RunState {
    /// Sets the time by which all requests must end; returns the one before.
    pub(super) fn set_deadline(&self, deadline: Option<Instant>) -> Option<Instant> {
        std::mem::replace(&mut self.deadline.lock().unwrap_or_else(PoisonError::into_inner), deadline)
    }

    /// Time for a request that may take `timeout`; `None` if the deadline has passed.
    pub(super) fn limit(&self, timeout: Duration) -> Option<Duration> {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let left = deadline.map_or(timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
        Some(left.min(timeout)).filter(|limit| !limit.is_zero())
    }
}

impl std::fmt::Debug for RunState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RunState")
    }
}

/// Shows a request to the user while it takes longer than [`SILENT_WAIT`], until this is dropped.
pub(super) struct SlowRequest {
    /// Closed at the end of the request.
    done: Option<Sender<()>>,
    is_shown: Arc<Mutex<bool>>,
    watcher: Option<JoinHandle<()>>,
}

impl SlowRequest {
    /// Watches a request to `host` that may take `limit`.
    pub(super) fn watch(run: &Arc<RunState>, host: &str, limit: Duration) -> Self {
        let (done, end) = channel::<()>();
        let (run, what) = (Arc::clone(run), format!("a response from {host}"));
        let is_shown = Arc::<Mutex<bool>>::default();
        let shared = Arc::clone(&is_shown);
        let watch = move || {
            let is_slow = matches!(end.recv_timeout(SILENT_WAIT), Err(RecvTimeoutError::Timeout));
            let (true, Some(display)) = (is_slow, run.wait_display.get()) else { return };
            let mut is_shown = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if end.try_recv() == Err(TryRecvError::Disconnected) {
                return;
            }
            *is_shown = true;
            drop(is_shown);
            let _shown = display(&what, limit.saturating_sub(SILENT_WAIT));
            let _ = end.recv();
        };
        // Without a thread the wait is silent.
        let watcher = std::thread::Builder::new().name("slow".to_owned()).spawn(watch).ok();
        Self { done: Some(done), is_shown, watcher }
    }
}

impl Drop for SlowRequest {
    fn drop(&mut self) {
        self.done = None;
        // The line is cleared before anything else is printed. A request that was not shown waits for no thread: its
        // response may hold the next refresh token.
        if *self.is_shown.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(watcher) = self.watcher.take()
        {
            let _ = watcher.join();
        }
    }
}
