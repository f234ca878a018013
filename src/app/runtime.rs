//! Waiting for several things at once, Ctrl-C among them, and what Ctrl-C means before and after; and waiting for other
//! processes, which is said.

use std::future::Future;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock};
use std::time::Duration;

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::{App, LOCK_TIMEOUT};
use crate::error::{Error, Result};
use crate::session::SessionInfo;
use crate::store::Lock;

/// How long a person may take where nothing else is said.
pub const USER_TIMEOUT: Duration = Duration::from_secs(300);

/// How long another process may be waited for without a word: most refreshes take less.
const SILENT_WAIT: Duration = Duration::from_secs(1);

impl App {
    /// Locks a session against other processes. A wait that a person notices is said, with its limit.
    ///
    /// # Errors
    /// [`Error::Network`] where others hold it for all of `within`; [`Error::Store`] where it cannot be made.
    pub fn lock(&self, session: &SessionInfo, within: Duration) -> Result<Lock> {
        let silent = SILENT_WAIT.min(within);
        match self.sessions.lock(&session.id, silent) {
            Err(Error::Network { .. }) if within > silent => {}
            outcome => return outcome,
        }
        let left = within - silent;
        let what = format!("another process with the session `{}` of `{}`", session.account.name, session.provider);
        let _shown = self.prompt.start_waiting(&what, left);
        self.sessions.lock(&session.id, left)
    }

    /// Lets the person choose one of `options` within `limit`; the answer is its index.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where they leave without, [`Error::TimedOut`], and whatever kept them from answering.
    pub fn choose(&self, question: &str, options: &[String], limit: Duration) -> Result<usize> {
        run(async {
            tokio::select! {
                biased;
                chosen = self.prompt.select(question, options) => chosen,
                () = self.clock.sleep(limit) => Err(Error::TimedOut { action: "a choice".to_owned(), after: limit }),
            }
        })
    }

    /// What the person types after `question` within `limit`, without the spaces around it; it may be nothing.
    ///
    /// # Errors
    /// [`Error::Interrupted`] where they leave without, [`Error::TimedOut`], and whatever kept them from answering.
    pub fn ask(&self, question: &str, limit: Duration) -> Result<String> {
        let outcome = run(async {
            tokio::select! {
                biased;
                typed = self.prompt.read_line(question) => typed?.ok_or(Error::Interrupted { signal: 2 }),
                () = self.clock.sleep(limit) => Err(Error::TimedOut { action: "an answer".to_owned(), after: limit }),
            }
        });
        if outcome.is_err() {
            // The question has no line end of its own.
            self.prompt.note("");
        }
        outcome
    }

    /// Waits until no other process is changing the session, and says so as [`App::lock`] does. For changes that take
    /// the lock themselves: what is left for them to wait for is a process that came in between.
    ///
    /// # Errors
    /// As [`App::lock`].
    pub fn wait_for_lock(&self, session: &SessionInfo) -> Result<()> {
        self.lock(session, LOCK_TIMEOUT).map(drop)
    }
}

/// Runs `work` until it ends or a signal asks the program to stop (SIGINT, SIGTERM, SIGHUP).
///
/// What `work` does between two awaits is never cut: an answer that was received is stored before a signal counts.
///
/// # Errors
/// Those of `work`, and [`Error::Interrupted`].
pub fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    run_until(None, work)
}

fn run_until<T>(grace: Option<Duration>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other(format!("waiting is not possible here: {error}")))?;
    let outcome = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let _listening = ListeningGuard::new();
        let mut work = std::pin::pin!(work);
        let signal = tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            signal = signals.next() => signal,
        };
        if let Some(grace) = grace {
            let _ = tokio::time::timeout(grace, work).await;
        }
        Err(Error::Interrupted { signal })
    });
    runtime.shutdown_background();
    outcome
}

/// Whether a signal that asks the program to stop is lost on whatever runs now: once listened for, it comes to the
/// listeners for the rest of the process, and there may be none.
#[cfg(unix)]
static NO_LISTENER: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Whether the process is this program's own, and so its signals.
#[cfg(unix)]
static OWNS_SIGNALS: AtomicBool = AtomicBool::new(false);

/// Has a signal that nobody listens for any more end the process, as it does before anybody listens. For programs only: a
/// host that embeds the library may have a use of its own for signals.
pub fn end_on_unhandled_signals() {
    #[cfg(unix)]
    OWNS_SIGNALS.store(true, Ordering::SeqCst);
}

/// While it lives, somebody listens.
pub struct ListeningGuard {
    /// Whether nobody did before; one wait may be within another.
    #[cfg(unix)]
    previous: bool,
}

impl ListeningGuard {
    /// From here on; who listens has begun to, or a signal in between is lost.
    pub fn new() -> Self {
        #[cfg(unix)]
        {
            let previous = NO_LISTENER.swap(false, Ordering::SeqCst);
            if OWNS_SIGNALS.swap(false, Ordering::SeqCst) {
                for signal in [SIGINT, SIGTERM, SIGHUP] {
                    // Where this fails such a signal is lost, and the next one may not be.
                    let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&NO_LISTENER));
                }
            }
            Self { previous }
        }
        #[cfg(not(unix))]
        Self {}
    }
}

impl Drop for ListeningGuard {
    fn drop(&mut self) {
        #[cfg(unix)]
        NO_LISTENER.store(self.previous, Ordering::SeqCst);
    }
}

/// As [`wait`], for work whose end must not be missed: once a signal has come it goes on for as long as `grace`,
/// whatever else comes: who closes a terminal sends more than one.
///
/// # Errors
/// As [`wait`].
pub fn run_with_grace<T>(grace: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    run_until(Some(grace), work)
}

#[cfg(unix)]
struct Signals(Vec<(u8, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ending = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let listen = |kind: SignalKind| Ok((u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX), signal(kind)?));
        let listened: std::io::Result<Vec<_>> = ending.into_iter().map(listen).collect();
        listened.map(Self).map_err(|error| Error::other(format!("signals cannot be received: {error}")))
    }

    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        /// SIGINT has this number wherever signals have numbers.
        const INTERRUPT: u8 = 2;
        match tokio::signal::ctrl_c().await {
            Ok(()) => INTERRUPT,
            Err(_) => std::future::pending().await,
        }
    }
}
