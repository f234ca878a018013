//! What is typed at the terminal, byte by byte, and a terminal that is as it was afterwards, whatever ends it.
//!
//! The terminal's own line editor is switched off: a menu needs the keys themselves, and a line is cut at 4,096 bytes
//! (`N_TTY_BUF_SIZE` of Linux; 1,024 on macOS) where an address with a signed code in it is longer. Ctrl-C and Ctrl-Z still
//! mean what they mean.

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

/// How often it is looked whether the terminal is still ours: a shell that stops us (Ctrl-Z) or sends us to the background
/// sets the terminal to its own taste, and whoever touches it from there is stopped for good. Nobody types within this time
/// of coming back, and it costs four system calls.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// What comes from the terminal.
pub(super) enum TerminalInput<'a> {
    /// It has just become ours: at the beginning, and after somebody else had it. What was drawn on it is gone.
    Acquired,
    /// Keys, as the terminal sends them; a sequence may come in pieces.
    Bytes(&'a [u8]),
    /// Nothing, for a quarter of a second.
    Idle,
}

/// Goes on, or ends with an answer; `None` where the person gave none.
pub(super) type InputResult<T> = ControlFlow<Result<Option<T>>>;

/// Hands what is typed to a function until that has an answer; `None` where the terminal is gone. Dropped, it leaves the
/// terminal as it was, and throws away what was typed: half of a pasted secret must not become a command line.
pub(super) struct InputReader<T> {
    /// Closed to end the thread.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    result: oneshot::Receiver<Result<Option<T>>>,
}

impl<T: Send + 'static> InputReader<T> {
    /// Starts to read; from then on nothing typed is shown. `take` is dropped before the terminal is as it was.
    pub(super) fn start(handler: impl FnMut(TerminalInput<'_>) -> InputResult<T> + Send + 'static) -> Result<Self> {
        let (stopped, stop) = io::pipe().map_err(terminal_error)?;
        let (sender, result) = oneshot::channel();
        // Dropped, and by that heard, at the latest when the thread ends.
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
            // It wakes at once, and the terminal is as it was before anything else is written there.
            let _ = thread.join();
        }
    }
}

/// Reads a line that is not shown; `None` where the person ended it (Ctrl-D). `ask` is called once nothing is shown any more,
/// so that whoever is quick is not seen, and again after a shell had the terminal; it is dropped while that still holds.
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
    Error::other(format!("the terminal cannot be read: {error}"))
}

/// `silent` is dropped as soon as nothing typed is shown, or the terminal is not ours.
fn read_loop<T>(
    stopped: &PipeReader,
    handler: impl FnMut(TerminalInput<'_>) -> InputResult<T>,
    not_ready: mpsc::Sender<Infallible>,
) -> Result<Option<T>> {
    #[expect(clippy::disallowed_methods, reason = "this room reads the terminal")]
    let terminal = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(terminal_error)?);
    let mut mode = RawMode { terminal: terminal.as_fd(), original: None, is_applied: false };
    // Declared after the mode, and so dropped before it.
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
                    // EIO: the terminal has been closed.
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

/// The terminal, silent; as it was when dropped.
struct RawMode<'a> {
    terminal: BorrowedFd<'a>,
    original: Option<Termios>,
    /// Whether that was ever done.
    is_applied: bool,
}

impl RawMode<'_> {
    /// Whether we are in the foreground. One that is not our controlling terminal stops nobody.
    fn is_foreground(&self) -> bool {
        tcgetpgrp(self.terminal).map_or(true, |group| group == getpgrp())
    }

    /// Again and again, because a shell may have set it otherwise while we were stopped; whether it had to be done.
    fn apply(&mut self) -> io::Result<bool> {
        let now = tcgetattr(self.terminal)?;
        let mut raw = self.original.get_or_insert_with(|| now.clone()).clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN);
        // A read returns at once, with what is there: it must never hold up the end.
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
