//! Hooks: programs of the user that run after something happened to a session.
//!
//! Only `config.toml`, which nobody else can write, names hooks. They get facts in variables and never a secret, and none
//! of this program's streams: a program that waits for the end of those must not wait for what a hook leaves running.

use std::process::{ExitStatus, Stdio};
use std::sync::PoisonError;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

use super::environment::prefix;
use super::{App, runtime};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::session::SessionEvent;

/// Time limit of one hook.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Time to read what a hook wrote just before its end.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Bytes of a failed hook's stderr that the warning shows.
const MAX_SHOWN: usize = 400;

/// Variable, after the prefix of the program, that a hook has: a command that a hook runs has no hooks.
const EVENT: &str = "HOOK_EVENT";

impl App {
    /// Runs the hooks of what has happened since the last call, one after the other. A hook that fails causes a warning.
    pub fn run_hooks(&self) {
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        if events.is_empty() || self.variable(EVENT).is_some() {
            return;
        }
        let Ok(config) = self.config() else { return };
        for event in &events {
            let hook = config.hooks.iter().find(|(kind, _)| *kind == event.kind);
            let Some([program, arguments @ ..]) = hook.map(|(_, words)| words.as_slice()) else { continue };
            let mut command = self.environment.command(&self.name, program);
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            // Ctrl-C is for this program, which then ends the hook and what that started.
            crate::browser::detach(&mut command);
            for (name, value) in facts(event) {
                command.env(format!("{}_HOOK_{name}", prefix(&self.name)), value);
            }
            if let Err(why) = runtime::run(async { Ok(run(command).await) }).unwrap_or(Ok(())) {
                self.prompt.warn(&format!("`{}` ({}): {why}", event.kind.hook(), shell_quote(program)));
            }
        }
    }
}

/// What a hook is told, without the prefix of the variables. Empty if unknown.
fn facts(event: &SessionEvent) -> [(&'static str, String); 7] {
    let session = &event.session;
    let optional = |text: &Option<String>| text.as_deref().map(sanitize_untrusted).unwrap_or_default();
    let expires_at = session.expires_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    [
        ("EVENT", event.kind.name().to_owned()),
        ("PROVIDER", sanitize_untrusted(&session.provider)),
        ("ACCOUNT", sanitize_untrusted(&session.account.name)),
        ("SUBJECT", optional(&session.account.subject)),
        ("ISSUER", optional(&session.issuer)),
        ("SCOPES", sanitize_untrusted(&session.scopes.join(" "))),
        ("EXPIRES_AT", expires_at.unwrap_or_default()),
    ]
}

async fn run(command: std::process::Command) -> Result<(), String> {
    let mut command = Command::from(command);
    let mut child = command.kill_on_drop(true).spawn().map_err(|error| error.to_string())?;
    // A time-out or a signal drops this before the end of the hook.
    let mut group = EndGroup(child.id());
    let mut shown = Vec::new();
    let stderr = child.stderr.take();
    let Ok(status) = tokio::time::timeout(TIMEOUT, wait(&mut child, stderr, &mut shown)).await else {
        return Err(format!("did not end within {}s", TIMEOUT.as_secs()));
    };
    group.0 = None;
    let status = status.map_err(|error| error.to_string())?;
    let why = sanitize_untrusted(String::from_utf8_lossy(&shown).trim());
    match (status.success(), why.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => Err(status.to_string()),
        (false, false) => Err(format!("{status}: {why}")),
    }
}

/// Waits for the hook and keeps the start of what it writes.
async fn wait(child: &mut Child, stderr: Option<ChildStderr>, shown: &mut Vec<u8>) -> std::io::Result<ExitStatus> {
    let reading = async {
        let Some(mut stderr) = stderr else { return };
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
            let room = MAX_SHOWN.saturating_sub(shown.len()).min(count);
            shown.extend_from_slice(&buffer[..room]);
        }
    };
    let mut reading = std::pin::pin!(reading);
    tokio::select! {
        status = child.wait() => {
            let _ = tokio::time::timeout(LAST_WORDS, reading).await;
            status
        }
        () = &mut reading => child.wait().await,
    }
}

/// Ends a hook that is still running, with the processes of its group.
struct EndGroup(Option<u32>);

impl Drop for EndGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)) {
            // It may have ended just now, which is harmless: it was not waited for, so its number is not another's.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
