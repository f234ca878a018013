//! Record of the uses of a session's tokens, for `log`.

use super::App;
use super::caller::Caller;
use crate::session::SessionInfo;
use crate::store::{LogEntry, TokenOutcome, UsageLog};

impl App {
    /// Log of this program.
    pub fn usage_log(&self) -> UsageLog {
        UsageLog::new(&self.directories.state)
    }

    /// Records that this command asked for the token of `session`. Nothing fails because of the log: a full disk or a
    /// read-only home must not take a token from a program.
    pub fn log_use(&self, session: &SessionInfo, outcome: TokenOutcome) {
        // With an invalid configuration nobody knows whether the user wants a log.
        if !self.config().is_ok_and(|config| config.log.unwrap_or(true)) {
            return;
        }
        let Caller { pid, program, executable, parents } = Caller::find();
        let entry = LogEntry {
            at: self.now(),
            command: self.command.clone(),
            provider: session.provider.clone(),
            account: session.account.name.clone(),
            outcome,
            pid,
            program,
            executable,
            parents,
        };
        if let Err(error) = self.usage_log().append(&entry) {
            self.prompt.detail(&format!("could not write the log: {error}"));
        }
    }
}
