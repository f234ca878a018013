//! Keys of a terminal without echo and line editing; the terminal mode is always restored.
//!
//! The terminal's own line editor cuts a line at 4,096 bytes (1,024 on macOS), and a URL with a signed code may be
//! longer. The mode is set here because crates set another one: `crossterm` (12 more crates; `inquire` is built on it)
//! and `console` disable Ctrl-C and Ctrl-Z, do not restore the terminal when a signal ends the wait, and leave keys,
//! here secrets, in memory that nobody wipes.

use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcgetpgrp, tcsetattr,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use zeroize::Zeroizing;

use super::capabilities::TerminalOutput;
use super::key_decoder::{Key, KeyDecoder};
use super::line_buffer::{LineBuffer, LineStatus};
use crate::error::{Error, Remedy, Result};
use crate::secret::Secret;

/// Interval of the check for the foreground. A shell that stops the program (Ctrl-Z) or moves it to the background sets
/// its own terminal mode, and a background process that changes the mode is stopped. Users do not type within this time
/// of returning, and the check costs three system calls.
const TICK: Duration = Duration::from_millis(250);

/// Continues, or breaks with a result; `None` if the user cancelled.
pub(super) type InputResult<T> = ControlFlow<Result<Option<T>>>;

/// Receiver of keys.
pub(super) trait KeyHandler: Send {
    type Output;

    /// The program has the foreground: at the start, and after another process had it. Earlier drawings are gone.
    fn on_acquired(&mut self);

    fn on_key(&mut self, key: Key) -> InputResult<Self::Output>;

    /// All pending keys were passed on, or a quarter of a second is over.
    fn on_settled(&mut self) {}
}

/// Discards input that was typed before a question.
pub(super) fn discard_pending() {
    // A terminal that cannot do this is no terminal any more.
    let _ = tcflush(rustix::stdio::stdin(), QueueSelector::IFlush);
}

/// Turns echo off, then passes keys to the handler until that returns a result; `None` if the terminal is gone. Dropping
/// the future restores the terminal and discards pending input: half of a pasted secret must not become a command line.
pub(super) fn read_keys<H: KeyHandler>(handler: H) -> Result<impl Future<Output = Result<Option<H::Output>>> + Send> {
    let mut reader = KeyReader { handler, mode: RawMode { terminal: rustix::stdio::stdin(), original: None } };
    // Not in the future: the terminal would echo what is typed before the first poll.
    reader.acquire()?;
    Ok(reader.run())
}

/// Writes `start` once echo is off, so that fast typing is never shown, and again after a shell had the terminal. Then
/// reads a line without echo; `None` if the user ends the input (Ctrl-D). Writes `end` while echo is still off.
pub(super) fn hidden_line(
    output: TerminalOutput,
    start: String,
    end: &'static str,
) -> Result<impl Future<Output = Result<Option<Secret>>> + Send> {
    read_keys(HiddenLine { line: LineBuffer::default(), output, start, end, is_started: false })
}

struct HiddenLine {
    line: LineBuffer,
    output: TerminalOutput,
    start: String,
    end: &'static str,
    is_started: bool,
}

impl KeyHandler for HiddenLine {
    type Output = Secret;

    fn on_acquired(&mut self) {
        self.is_started = true;
        self.output.write(&self.start);
    }

    fn on_key(&mut self, key: Key) -> InputResult<Secret> {
        match self.line.press(key) {
            LineStatus::Incomplete => ControlFlow::Continue(()),
            LineStatus::Complete => ControlFlow::Break(std::mem::take(&mut self.line).finish().map(Some)),
            LineStatus::EndOfInput => ControlFlow::Break(Ok(None)),
        }
    }
}

impl Drop for HiddenLine {
    fn drop(&mut self) {
        // A process that was never in the foreground must not change the mode of the shell.
        if self.is_started {
            self.output.write(self.end);
        }
    }
}

/// Fields in the order of their drop: the handler writes its last sequences before the terminal is restored.
struct KeyReader<H> {
    handler: H,
    mode: RawMode,
}

impl<H: KeyHandler> KeyReader<H> {
    /// Returns whether the program has the foreground, and with it the terminal.
    fn acquire(&mut self) -> Result<bool> {
        let is_foreground = self.mode.is_foreground();
        if is_foreground && self.mode.apply().map_err(|error| terminal_error(error.into()))? {
            self.handler.on_acquired();
        }
        Ok(is_foreground)
    }

    async fn run(mut self) -> Result<Option<H::Output>> {
        #[allow(deprecated, reason = "stdin stays open; the newer function is unsafe for descriptors that do not")]
        let terminal = AsyncFd::with_interest(self.mode.terminal, Interest::READABLE).map_err(terminal_error)?;
        let mut keys = KeyDecoder::default();
        let mut bytes = Zeroizing::new([0; 1024]);
        loop {
            if !self.acquire()? {
                tokio::time::sleep(TICK).await;
                continue;
            }
            let mut last = None;
            if let Ok(ready) = tokio::time::timeout(TICK, terminal.readable()).await {
                let mut ready = ready.map_err(terminal_error)?;
                match rustix::io::read(self.mode.terminal, &mut *bytes) {
                    Ok(0) if ready.ready().is_read_closed() => return Ok(None),
                    Ok(0) => ready.clear_ready(),
                    Ok(count) => {
                        for key in bytes[..count].iter().filter_map(|byte| keys.push(*byte)) {
                            if let ControlFlow::Break(outcome) = self.handler.on_key(key) {
                                return outcome;
                            }
                        }
                    }
                    Err(Errno::INTR) => {}
                    // EIO: the terminal was closed.
                    Err(_) => return Ok(None),
                }
            } else {
                last = keys.timeout();
            }
            if let Some(ControlFlow::Break(outcome)) = last.map(|key| self.handler.on_key(key)) {
                return outcome;
            }
            self.handler.on_settled();
        }
    }
}

fn terminal_error(error: io::Error) -> Error {
    Error::other_with(Remedy::Terminal, format!("could not read from the terminal: {error}"))
}

/// Terminal mode without echo and line editing; restored when dropped.
struct RawMode {
    terminal: BorrowedFd<'static>,
    /// Set when the mode is applied for the first time.
    original: Option<Termios>,
}

impl RawMode {
    /// Returns whether the program has the foreground. A terminal that is not the controlling one stops no process.
    fn is_foreground(&self) -> bool {
        tcgetpgrp(self.terminal).map_or(true, |group| group == getpgrp())
    }

    /// Applies the mode if a shell changed it while the program was stopped; returns whether it was applied.
    fn apply(&mut self) -> rustix::io::Result<bool> {
        let now = tcgetattr(self.terminal)?;
        let is_first = self.original.is_none();
        let mut raw = self.original.get_or_insert_with(|| now.clone()).clone();
        raw.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN);
        // A read returns at once with the available bytes, so that it never delays the end.
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        let is_needed = is_first || now.local_modes != raw.local_modes;
        if is_needed {
            tcsetattr(self.terminal, OptionalActions::Drain, &raw)?;
        }
        Ok(is_needed)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        if let Some(original) = self.original.take().filter(|_| self.is_foreground()) {
            let _ = tcsetattr(self.terminal, OptionalActions::Flush, &original);
        }
    }
}
