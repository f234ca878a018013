//! Signals passed on to the command.

use std::convert::Infallible;

use crate::error::{Error, Remedy, Result};

/// Signals that this process passes on to the command.
pub struct ForwardedSignals {
    /// Number, whether to forward the signal, stream.
    #[cfg(unix)]
    streams: Vec<(rustix::process::Signal, bool, tokio::signal::unix::Signal)>,
}

impl ForwardedSignals {
    /// Installs handlers for the signals that end or inform a command.
    ///
    /// A terminal sends SIGINT and SIGQUIT to its whole foreground process group, which includes the command. With
    /// `from_terminal` these two are received and not sent a second time.
    #[cfg(unix)]
    pub fn listen(from_terminal: bool) -> Result<Self> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        let table = [
            (Signal::TERM, SignalKind::terminate(), true),
            (Signal::HUP, SignalKind::hangup(), true),
            (Signal::USR1, SignalKind::user_defined1(), true),
            (Signal::USR2, SignalKind::user_defined2(), true),
            (Signal::INT, SignalKind::interrupt(), !from_terminal),
            (Signal::QUIT, SignalKind::quit(), !from_terminal),
        ];
        let listen = |(number, kind, forward)| signal(kind).map(|stream| (number, forward, stream));
        let heeded = table.into_iter().filter(|(_, kind, _)| !crate::app::runtime::is_ignored(kind.as_raw_value()));
        let streams: std::io::Result<Vec<_>> = heeded.map(listen).collect();
        let streams = streams.map_err(|error| {
            Error::other_with(Remedy::Resources, format!("could not install signal handlers: {error}"))
        })?;
        Ok(Self { streams })
    }

    /// Sends each signal that arrives to the process `id`.
    #[cfg(unix)]
    pub async fn forward_to(mut self, id: Option<u32>) -> Infallible {
        use rustix::process::{Pid, kill_process};
        let command = id.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        std::future::poll_fn(|context| {
            for (number, forward, stream) in &mut self.streams {
                while stream.poll_recv(context).is_ready() {
                    if let (true, Some(command)) = (*forward, command) {
                        // This fails if the command has just ended, which is harmless.
                        let _ = kill_process(command, *number);
                    }
                }
            }
            std::task::Poll::Pending
        })
        .await
    }

    #[cfg(not(unix))]
    pub fn listen(_: bool) -> Result<Self> {
        Ok(Self {})
    }

    /// Ignores Ctrl-C: the console sends it to every attached process.
    #[cfg(not(unix))]
    pub async fn forward_to(self, _: Option<u32>) -> Infallible {
        loop {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
