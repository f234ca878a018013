//! Blocking waits that a signal can end, and waits for other processes.

use std::future::Future;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::App;
#[cfg(unix)]
use super::interruption;
use crate::error::{Error, Remedy, Result};
use crate::prompt::{Answer, SearchOption};
use crate::session::SessionInfo;
use crate::store::Lock;

/// Default time limit for the user.
pub const USER_TIMEOUT: Duration = Duration::from_secs(300);

/// Pause between two attempts to take a lock; users do not notice the delay.
const LOCK_POLL: Duration = Duration::from_millis(32);

impl App {
    /// Locks a session that another process holds, inside [`run`]: a signal ends the wait on every system.
    pub async fn wait_for_lock(&self, session: &SessionInfo, within: Duration) -> Result<Lock> {
        let holder = self.sessions.lock_holder(&session.id)?;
        let _shown = self.prompt.start_waiting(&holder, within);
        let start = Instant::now();
        loop {
            match self.sessions.lock(&session.id, Duration::ZERO) {
                Err(Error::Network { .. }) if start.elapsed() < within => tokio::time::sleep(LOCK_POLL).await,
                Err(Error::Network { .. }) => {
                    return Err(Error::network(format!("{holder} held its lock for {}s", within.as_secs())));
                }
                outcome => return outcome,
            }
        }
    }

    /// Lets the user choose one of `options` within `limit`; returns its index.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the user cancels, [`Error::TimedOut`], and prompt errors.
    pub fn choose(&self, question: &str, options: &[String], limit: Duration) -> Result<usize> {
        self.selection(self.prompt.select(question, options), limit)
    }

    /// Lets the user find one of `options` within `limit`; returns its name, or other text that the user typed.
    ///
    /// # Errors
    /// As [`App::choose`].
    pub fn search(&self, question: &str, options: &[SearchOption], limit: Duration) -> Result<String> {
        self.selection(self.prompt.search(question, options), limit)
    }

    fn selection<T>(&self, answer: Answer<'_, Result<T>>, limit: Duration) -> Result<T> {
        run(async {
            tokio::select! {
                biased;
                chosen = answer => chosen,
                () = self.clock.sleep(limit) => Err(Error::TimedOut { action: "selection".to_owned(), after: limit, meanwhile: None }),
            }
        })
    }

    /// Asks `question` and returns the trimmed line, which may be empty.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the user cancels, [`Error::TimedOut`], and prompt errors.
    pub fn ask(&self, question: &str, limit: Duration) -> Result<String> {
        let outcome = run(async {
            tokio::select! {
                biased;
                typed = self.prompt.read_line(question) => typed?.ok_or(Error::Interrupted { signal: 2 }),
                () = self.clock.sleep(limit) => Err(Error::TimedOut { action: "input".to_owned(), after: limit, meanwhile: None }),
            }
        });
        if outcome.is_err() {
            // End the line of the unanswered question.
            self.prompt.note("");
        }
        outcome
    }
}

/// Runs `work` until it completes or SIGINT, SIGTERM or SIGHUP arrives. A signal that [`is_ignored`] does not count.
///
/// Code between two awaits is never interrupted: a received response is stored before a signal takes effect.
///
/// # Errors
/// The errors of `work`, and [`Error::Interrupted`].
pub fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    run_until(None, work)
}

fn run_until<T>(grace: Option<Duration>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other_with(Remedy::Resources, format!("could not start the async runtime: {error}")))?;
    let outcome = runtime.block_on(async {
        // First: a signal before the handlers listen ends the process as usual.
        keep_default_outside_waits();
        let mut signals = Signals::listen()?;
        let _listening = ListeningGuard::acquire();
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

/// True while no wait listens for signals. Once a handler is installed, signals go to the handler for the rest of the
/// process, and would be lost outside a wait.
#[cfg(unix)]
static NO_LISTENER: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// True if this process owns its signals, which an embedding host does not grant.
#[cfg(unix)]
static OWNS_SIGNALS: AtomicBool = AtomicBool::new(false);

/// Makes a signal outside a wait end the process, as it does before any handler is installed. For binaries only: a host
/// that embeds the library may use signals itself.
pub fn end_on_unhandled_signals() {
    #[cfg(unix)]
    OWNS_SIGNALS.store(true, Ordering::SeqCst);
}

/// Returns true if the parent made this process ignore a signal: `nohup` does, and a shell for background jobs. A handler
/// would undo that, here and in a command that this process starts. SIGTERM always ends the process.
///
/// Only Linux tells this without unsafe code.
#[cfg(unix)]
pub fn is_ignored(signal: i32) -> bool {
    static AT_START: LazyLock<u64> = LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    });
    signal != SIGTERM && (*AT_START >> (signal - 1)) & 1 == 1
}

/// Makes signals outside a wait end the process, if this process owns its signals.
fn keep_default_outside_waits() {
    #[cfg(unix)]
    if OWNS_SIGNALS.swap(false, Ordering::SeqCst) {
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)) {
            // On failure one signal may be lost; the next may still work.
            let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&NO_LISTENER));
        }
    }
}

/// Number of waits that handle signals: they nest, and threads have their own.
#[cfg(unix)]
static LISTENERS: Mutex<usize> = Mutex::new(0);

/// Marks that signals are being handled, until dropped.
pub struct ListeningGuard(());

impl ListeningGuard {
    /// Marks signals as handled. Install the handlers first, or a signal in between is lost.
    pub fn acquire() -> Self {
        #[cfg(unix)]
        {
            keep_default_outside_waits();
            let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
            *listeners += 1;
            NO_LISTENER.store(false, Ordering::SeqCst);
        }
        Self(())
    }
}

impl Drop for ListeningGuard {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
            *listeners -= 1;
            NO_LISTENER.store(*listeners == 0, Ordering::SeqCst);
        }
    }
}

/// Like [`run`], but after a signal gives `work` up to `grace` to complete and ignores further signals: closing a
/// terminal sends several.
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
        let ends = ending.iter().map(|kind| kind.as_raw_value()).filter(|signal| !is_ignored(*signal));
        interruption::record(ends);
        let heeded = ending.into_iter().filter(|kind| !is_ignored(kind.as_raw_value()));
        let listened: std::io::Result<Vec<_>> = heeded.map(listen).collect();
        listened.map(Self).map_err(|error| {
            Error::other_with(Remedy::Resources, format!("could not install signal handlers: {error}"))
        })
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
        /// SIGINT has this number on every platform with signal numbers.
        const INTERRUPT: u8 = 2;
        match tokio::signal::ctrl_c().await {
            Ok(()) => INTERRUPT,
            Err(_) => std::future::pending().await,
        }
    }
}
