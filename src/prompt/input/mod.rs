//! Raw terminal input, byte by byte; the terminal mode is always restored.
//!
//! The terminal's own line editor is off: a menu needs single keys, and the editor cuts a line at 4,096 bytes
//! (`N_TTY_BUF_SIZE` of Linux; 1,024 on macOS), while a URL with a signed code may be longer. Ctrl-C and Ctrl-Z keep
//! their meaning.

pub(super) mod key_decoder;

use std::convert::Infallible;
use std::fs::File;
use std::future::Future;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use tokio::sync::oneshot;

use super::line_buffer::{LineBuffer, LineStatus};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Interval of the check for the foreground. A shell that stops the program (Ctrl-Z) or moves it to the background sets
/// its own terminal mode, and a background process that changes the mode is stopped. Users do not type within this time
/// of returning, and the check costs four system calls.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Event of the terminal.
pub(super) enum TerminalInput<'a> {
    /// The program has the foreground: at the start, and after another process had it. Earlier drawings are gone.
    Acquired,
    /// Bytes of keys; a sequence may be split over several events.
    Bytes(&'a [u8]),
    /// No input for a quarter of a second.
    Idle,
}

/// Continues, or breaks with a result; `None` if the user cancelled.
pub(super) type InputResult<T> = ControlFlow<Result<Option<T>>>;

/// Passes input to a handler until that returns a result; `None` if the terminal is gone. Dropping the reader restores
/// the terminal and discards pending input: half of a pasted secret must not become a command line.
pub(super) struct InputReader<T> {
    /// Closed to end the thread.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    result: oneshot::Receiver<Result<Option<T>>>,
}

impl<T: Send + 'static> InputReader<T> {
    /// Starts to read with echo off. The handler is dropped before the terminal is restored.
    pub(super) fn start(handler: impl FnMut(TerminalInput<'_>) -> InputResult<T> + Send + 'static) -> Result<Self> {
        let (stopped, stop) = io::pipe().map_err(terminal_error)?;
        let (sender, result) = oneshot::channel();
        // The thread drops `not_ready` when echo is off, at the latest when the thread ends; that wakes `ready`.
        let (not_ready, ready) = mpsc::channel::<Infallible>();
        let thread = std::thread::Builder::new().spawn(move || {
            let _ = sender.send(read_loop(&stopped, handler, not_ready));
        });
        let thread = Some(thread.map_err(terminal_error)?);
        let _ = ready.recv();
        Ok(Self { stop: Some(stop), thread, result })
    }
}

impl<T> Future for InputReader<T> {
    type Output = Result<Option<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.result).poll(context).map(|result| result.unwrap_or(Ok(None)))
    }
}

impl<T> Drop for InputReader<T> {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // The thread wakes at once and restores the terminal before anything else is written.
            let _ = thread.join();
        }
    }
}

/// Reads a line without echo; `None` if the user ends the input (Ctrl-D). `on_ready` is called once echo is off, so
/// that fast typing is never shown, and again after a shell had the terminal; it is dropped while echo is still off.
pub(super) fn hidden_line(mut on_ready: impl FnMut() + Send + 'static) -> Result<InputReader<Secret>> {
    let mut line = Some(LineBuffer::default());
    InputReader::start(move |input| {
        if matches!(input, TerminalInput::Acquired) {
            on_ready();
        }
        let (TerminalInput::Bytes(bytes), Some(line_buffer)) = (input, &mut line) else {
            return ControlFlow::Continue(());
        };
        for byte in bytes {
            match line_buffer.push(*byte) {
                LineStatus::Incomplete => {}
                LineStatus::Complete => return ControlFlow::Break(line.take().map(LineBuffer::finish).transpose()),
                LineStatus::EndOfInput => return ControlFlow::Break(Ok(None)),
            }
        }
        ControlFlow::Continue(())
    })
}

fn terminal_error(error: io::Error) -> Error {
    Error::other(format!("could not read from the terminal: {error}"))
}

/// Drops `not_ready` once echo is off, or if another process has the terminal.
fn read_loop<T>(
    stopped: &PipeReader,
    handler: impl FnMut(TerminalInput<'_>) -> InputResult<T>,
    not_ready: mpsc::Sender<Infallible>,
) -> Result<Option<T>> {
    #[expect(clippy::disallowed_methods, reason = "this module reads the terminal")]
    let terminal = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(terminal_error)?);
    let mut mode = RawMode { terminal: terminal.as_fd(), original: None, is_applied: false };
    // Declared after `mode`, so dropped before it.
    let mut handler = handler;
    let mut not_ready = Some(not_ready);
    let mut bytes = zeroize::Zeroizing::new([0; 1024]);
    loop {
        let is_foreground = mode.is_foreground();
        if is_foreground
            && mode.apply().map_err(terminal_error)?
            && let ControlFlow::Break(outcome) = handler(TerminalInput::Acquired)
        {
            return outcome;
        }
        drop(not_ready.take());
        let mut watched = vec![PollFd::new(stopped, PollFlags::IN)];
        if is_foreground {
            watched.push(PollFd::new(&terminal, PollFlags::IN));
        }
        let result = match poll(&mut watched, Some(&TICK)) {
            Ok(0) if is_foreground => handler(TerminalInput::Idle),
            Ok(0) | Err(rustix::io::Errno::INTR) => ControlFlow::Continue(()),
            Ok(_) if !watched[0].revents().is_empty() => return Ok(None),
            Ok(_) => {
                let is_closed = watched.get(1).is_some_and(|terminal| !terminal.revents().contains(PollFlags::IN));
                match (&terminal).read(&mut *bytes) {
                    Ok(0) if is_closed => return Ok(None),
                    Ok(count) => handler(TerminalInput::Bytes(&bytes[..count])),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => ControlFlow::Continue(()),
                    // EIO: the terminal was closed.
                    Err(_) => return Ok(None),
                }
            }
            Err(error) => return Err(terminal_error(error.into())),
        };
        if let ControlFlow::Break(outcome) = result {
            return outcome;
        }
    }
}

/// Terminal mode without echo and line editing; restored when dropped.
struct RawMode<'a> {
    terminal: BorrowedFd<'a>,
    original: Option<Termios>,
    /// The mode was applied at least once.
    is_applied: bool,
}

impl RawMode<'_> {
    /// Returns whether the program has the foreground. A terminal that is not the controlling one stops no process.
    fn is_foreground(&self) -> bool {
        tcgetpgrp(self.terminal).map_or(true, |group| group == getpgrp())
    }

    /// Applies the mode if a shell changed it while the program was stopped; returns whether it was applied.
    fn apply(&mut self) -> io::Result<bool> {
        let now = tcgetattr(self.terminal)?;
        let mut raw = self.original.get_or_insert_with(|| now.clone()).clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN);
        // A read returns at once with the available bytes, so that it never delays the end.
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        if now.local_modes == raw.local_modes && self.is_applied {
            return Ok(false);
        }
        tcsetattr(self.terminal, OptionalActions::Drain, &raw)?;
        self.is_applied = true;
        Ok(true)
    }
}

impl Drop for RawMode<'_> {
    fn drop(&mut self) {
        if let Some(original) = self.original.take().filter(|_| self.is_foreground()) {
            let _ = tcsetattr(self.terminal, OptionalActions::Flush, &original);
        }
    }
}
