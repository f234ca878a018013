//! Tokens in files, kept fresh while the command runs: an environment variable cannot change in a command that runs for
//! longer than its token is valid (99designs/aws-vault#24).

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::delivery::{Delivery, IssuedToken};
use crate::app::{App, interruption};
use crate::error::{Error, Result};
use crate::session::SessionInfo;
use crate::store::TokenFiles;

/// Longest time between two looks at the clock, which a machine that was asleep has moved.
const LOOK: Duration = Duration::from_secs(30);

/// Pause before another attempt at what failed.
const RETRY: Duration = Duration::from_secs(30);

/// Gets a token that is valid for longer than this time.
pub type Renew<'a> = &'a (dyn Fn(&SessionInfo, Duration) -> Result<IssuedToken> + Sync);

/// File with a token.
#[derive(Debug)]
pub struct KeptFile {
    name: String,
    session: SessionInfo,
    token: IssuedToken,
    retry_at: Option<Instant>,
    warned_of: Option<String>,
}

impl KeptFile {
    /// Writes the token, or the next one if that is due: the command may read the file only once.
    ///
    /// # Errors
    /// [`Error::Store`] if the file cannot be written.
    pub fn create(app: &App, files: &TokenFiles, delivery: &Delivery, name: &str, renew: Renew<'_>) -> Result<Self> {
        let (session, token) = (delivery.session.clone(), delivery.token.clone());
        let mut file = Self { name: name.to_owned(), session, token, retry_at: None, warned_of: None };
        file.renew_if_due(app, files, renew);
        files.write(&file.name, &file.token.value)?;
        Ok(file)
    }

    fn wait(&self, app: &App) -> Duration {
        let retry = self.retry_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        self.token.due_in(app.now()).map_or(LOOK, |due| due.max(retry).min(LOOK))
    }

    /// Puts the next token into the file if it is due. A failure is told once: what went wrong may right itself, and the
    /// current token may still be valid.
    fn renew_if_due(&mut self, app: &App, files: &TokenFiles, renew: Renew<'_>) {
        let is_due = self.token.due_in(app.now()).is_some_and(|due| due.is_zero());
        if !is_due || !self.wait(app).is_zero() {
            return;
        }
        // The signals so far were the command's.
        interruption::forget();
        let renewed = renew(&self.session, self.token.margin().unwrap_or_default());
        match renewed.and_then(|token| files.write(&self.name, &token.value).map(|()| token)) {
            Ok(token) => {
                self.token = token;
                self.warned_of = None;
                // A provider may keep giving the same token.
                let is_due = self.token.due_in(app.now()).is_some_and(|due| due.is_zero());
                self.retry_at = is_due.then(|| Instant::now() + RETRY);
            }
            Err(error) => {
                self.retry_at = Some(Instant::now() + RETRY);
                self.warn(app, &error);
            }
        }
    }

    fn warn(&mut self, app: &App, error: &Error) {
        let why = error.to_string();
        if matches!(error, Error::Interrupted { .. }) || self.warned_of.as_ref() == Some(&why) {
            return;
        }
        app.prompt.warn(&format!("could not renew the token in `{}`: {why}", self.name));
        self.warned_of = Some(why);
    }
}

/// Renews the tokens of `kept` until the other end of `stopped` is dropped.
pub fn keep_fresh(app: &App, files: &TokenFiles, mut kept: Vec<KeptFile>, renew: Renew<'_>, stopped: &Receiver<()>) {
    let _hidden = app.prompt.hide_waits();
    loop {
        let wait = kept.iter().map(|file| file.wait(app)).min().unwrap_or(LOOK);
        match stopped.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        for file in &mut kept {
            file.renew_if_due(app, files, renew);
        }
    }
}
