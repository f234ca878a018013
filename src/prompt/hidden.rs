//! A line that is typed or pasted at the terminal and leaves nothing on it.
//!
//! The terminal's own line editor is switched off: it cuts a line at 4,096 bytes (`N_TTY_BUF_SIZE` of Linux; 1,024 on
//! macOS), and an address with a signed code in it is longer. Ctrl-C and Ctrl-Z still mean what they mean.

use std::fs::File;
use std::future::Future;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use tokio::sync::oneshot;

use super::line::{Line, Step};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// How often it is looked whether the terminal is still ours: a shell that stops us (Ctrl-Z) or sends us to the background
/// sets the terminal to its own taste, and whoever touches it from there is stopped for good. Nobody types within this time
/// of coming back, and it costs four system calls.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Reads a line from the terminal on stdin; `None` where the person ended it (Ctrl-D) or the terminal is gone. Dropped, it
/// leaves the terminal as it was, and throws away what was typed: half of a pasted secret must not become a command line.
pub(super) struct Hidden {
    /// Closed to end the thread.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    line: oneshot::Receiver<Result<Option<Secret>>>,
}

impl Hidden {
    pub(super) fn start() -> Result<Self> {
        let (stopped, stop) = io::pipe().map_err(unreadable)?;
        let (sender, line) = oneshot::channel();
        let thread = std::thread::Builder::new().spawn(move || {
            let _ = sender.send(read(&stopped));
        });
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(unreadable)?), line })
    }
}

impl Future for Hidden {
    type Output = Result<Option<Secret>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.line).poll(context).map(|line| line.unwrap_or(Ok(None)))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It wakes at once, and the terminal is as it was before anything else is written there.
            let _ = thread.join();
        }
    }
}

fn unreadable(error: io::Error) -> Error {
    Error::other(format!("the terminal cannot be read: {error}"))
}

fn read(stopped: &PipeReader) -> Result<Option<Secret>> {
    #[expect(clippy::disallowed_methods, reason = "this room reads the terminal")]
    let terminal = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?);
    let mut mode = Mode { terminal: terminal.as_fd(), before: None };
    let mut line = Line::default();
    let mut bytes = zeroize::Zeroizing::new([0; 1024]);
    loop {
        let is_ours = mode.is_ours();
        if is_ours {
            mode.hide().map_err(unreadable)?;
        }
        let mut watched = vec![PollFd::new(stopped, PollFlags::IN)];
        if is_ours {
            watched.push(PollFd::new(&terminal, PollFlags::IN));
        }
        match poll(&mut watched, Some(&TICK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(unreadable(error.into())),
        }
        if !watched[0].revents().is_empty() {
            return Ok(None);
        }
        let is_over = watched.get(1).is_some_and(|terminal| !terminal.revents().contains(PollFlags::IN));
        match (&terminal).read(&mut *bytes) {
            Ok(0) if is_over => return Ok(None),
            Ok(count) => {
                for byte in &bytes[..count] {
                    match line.take(*byte) {
                        Step::More => {}
                        Step::Done => return line.finish().map(Some),
                        Step::End => return Ok(None),
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // EIO: the terminal has been closed.
            Err(_) => return Ok(None),
        }
    }
}

/// The terminal, silent; as it was when dropped.
struct Mode<'a> {
    terminal: BorrowedFd<'a>,
    before: Option<Termios>,
}

impl Mode<'_> {
    /// Whether we are in the foreground. One that is not our controlling terminal stops nobody.
    fn is_ours(&self) -> bool {
        tcgetpgrp(self.terminal).map_or(true, |group| group == getpgrp())
    }

    /// Again and again, because a shell may have set it otherwise while we were stopped.
    fn hide(&mut self) -> io::Result<()> {
        let before = match &self.before {
            Some(before) => before,
            None => self.before.insert(tcgetattr(self.terminal)?),
        };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN);
        // A read returns at once, with what is there: it must never hold up the end.
        silent.special_codes[SpecialCodeIndex::VMIN] = 0;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(self.terminal, OptionalActions::Drain, &silent)?)
    }
}

impl Drop for Mode<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take().filter(|_| self.is_ours()) {
            let _ = tcsetattr(self.terminal, OptionalActions::Flush, &before);
        }
    }
}
