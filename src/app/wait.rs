//! Waiting for several things at once, Ctrl-C among them: the one place that makes a runtime.

use std::future::Future;

use crate::error::{Error, Result};

/// Runs `work` until it ends or a signal asks the program to stop (SIGINT, SIGTERM, SIGHUP).
///
/// What `work` does between two awaits is never cut: an answer that was received is stored before a signal counts.
///
/// # Errors
/// Those of `work`, and [`Error::Interrupted`].
pub fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::other(format!("waiting is not possible here: {error}")))?;
    let outcome = runtime.block_on(async {
        let signals = Signals::listen()?;
        tokio::select! {
            biased;
            outcome = work => outcome,
            signal = signals.next() => Err(Error::Interrupted { signal }),
        }
    });
    runtime.shutdown_background();
    outcome
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

    async fn next(mut self) -> u8 {
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

    async fn next(self) -> u8 {
        /// SIGINT has this number wherever signals have numbers.
        const INTERRUPT: u8 = 2;
        match tokio::signal::ctrl_c().await {
            Ok(()) => INTERRUPT,
            Err(_) => std::future::pending().await,
        }
    }
}
