//! Ways in which a command gets a token.

#[cfg(unix)]
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::{SessionInfo, Tokens};

/// A token, the session that it comes from, and the place where the command finds it.
#[derive(Debug)]
pub struct Delivery {
    pub target: DeliveryTarget,
    pub session: SessionInfo,
    pub token: IssuedToken,
}

/// Place where the command finds a token.
#[derive(Debug)]
pub enum DeliveryTarget {
    /// Environment variable.
    Variable(String),
    /// File, kept fresh while the command runs; its path is in this variable.
    File(String),
    /// Pipe at a number.
    Descriptor(ReservedDescriptor),
}

impl DeliveryTarget {
    /// Environment variable that the target sets.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Variable(name) | Self::File(name) => Some(name),
            Self::Descriptor(_) => None,
        }
    }
}

/// An access token and its lifetime.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    pub value: Secret,
    received_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<&Tokens> for IssuedToken {
    fn from(tokens: &Tokens) -> Self {
        let Tokens { access_token, received_at, expires_at, .. } = tokens;
        Self { value: access_token.clone(), received_at: *received_at, expires_at: *expires_at }
    }
}

impl IssuedToken {
    /// The last fifth of the lifetime, in which a file gets the next token: programs that read tokens from files are
    /// made for the tokens of Kubernetes service accounts, which change at that age.
    pub fn margin(&self) -> Option<Duration> {
        let lifetime = self.expires_at?.signed_duration_since(self.received_at);
        Some((lifetime / 5).to_std().unwrap_or_default())
    }

    /// Time left until the next token is due; `None` without an expiry.
    pub fn due_in(&self, now: DateTime<Utc>) -> Option<Duration> {
        let left = self.expires_at?.signed_duration_since(now).to_std().unwrap_or_default();
        Some(left.saturating_sub(self.margin()?))
    }
}

/// File descriptor number that no file of this process has, kept for the command.
#[derive(Debug)]
pub struct ReservedDescriptor {
    #[cfg(unix)]
    file: OwnedFd,
}

#[cfg(unix)]
impl ReservedDescriptor {
    /// Reserves `number`, before this process opens files that might get it.
    ///
    /// # Errors
    /// [`Error::Usage`] if the number is in use or too large.
    pub fn new(number: RawFd) -> Result<Self> {
        // A copy of any file does: the number is what counts.
        let file = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), number)
            .map_err(|error| Error::usage(format!("file descriptor {number} cannot be used: {error}")))?;
        match file.as_raw_fd() == number {
            true => Ok(Self { file }),
            false => Err(Error::usage(format!("file descriptor {number} is already open; choose another number"))),
        }
    }

    /// Puts the reading end of a pipe at the number, for the next command that starts, and returns the writing end.
    pub fn connect(&mut self) -> std::io::Result<std::io::PipeWriter> {
        let (reader, writer) = std::io::pipe()?;
        rustix::io::dup2(reader, &mut self.file)?;
        Ok(writer)
    }
}

#[cfg(not(unix))]
impl ReservedDescriptor {
    /// # Errors
    /// [`Error::Usage`]: commands of other systems inherit no numbers.
    pub fn new(_: i32) -> Result<Self> {
        Err(Error::usage("`--fd` is not supported on this system; use `--file`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_gets_its_next_token_in_the_last_fifth() {
        let at = |seconds: i64| DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap();
        let token = |expires_at| IssuedToken { value: Secret::new("x"), received_at: at(0), expires_at };
        let hour = token(Some(at(3600)));
        for (now, left) in [(0, 2880), (2000, 880), (2880, 0), (4000, 0)] {
            assert_eq!(hour.due_in(at(now)), Some(Duration::from_secs(left)), "{now}");
        }
        assert_eq!(token(None).due_in(at(0)), None);
        assert_eq!(token(Some(at(-9))).due_in(at(0)), Some(Duration::ZERO));
    }
}
