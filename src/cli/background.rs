//! `signin --no-wait` and `--resume`: a process in the background signs in while the caller, a program without a terminal,
//! shows its user where to go.
//!
//! The caller starts this program again with the same arguments and an ID in the environment, neither of them a secret; a
//! client secret goes from the caller's stdin to the new process directly. Up to the URL or the code that process reports
//! on the caller's stderr. Then it hands one JSON document to the caller, lets go of every stream and waits; the end is in
//! its record (`store::BackgroundSignins`).

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::output::{Output, rfc3339};
use super::signin_report::report;
use crate::app::environment::prefix;
use crate::app::{App, runtime};
use crate::error::{Error, Remedy, Result};
use crate::prompt::{BrowserPrompt, DevicePrompt, Prompt};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::signin::{CompletedFlow, SigninResult};
use crate::store::{BackgroundOutcome, BackgroundSignins, RunningSignin};

/// Variable, after the prefix of the program, with the ID for the process in the background.
const VARIABLE: &str = "SIGNIN_RUN";

/// Limit of the document in bytes; an authorization URL may be long.
const MAX_DOCUMENT: u64 = 1 << 20;

/// Time for the exchange of the code and the store, after the user had to be done.
const GRACE: Duration = Duration::from_secs(120);

/// Pause between two looks at the process in the background.
const POLL: Duration = Duration::from_millis(50);

/// Starts the background process and prints its document, or ends as it ended.
fn start(app: &App, output: &Output, reads_stdin: bool) -> Result<u8> {
    let failed = |error: std::io::Error| {
        Error::other_with(Remedy::Resources, format!("could not start the sign-in in the background: {error}"))
    };
    let id = BackgroundSignins::new_id()?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    #[cfg(unix)]
    if let Some(name) = arguments.next() {
        std::os::unix::process::CommandExt::arg0(&mut command, name);
    }
    #[cfg(not(unix))]
    drop(arguments.next());
    command.args(arguments).env(format!("{}_{VARIABLE}", prefix(&app.name)), id).stdout(Stdio::piped());
    command.stdin(if reads_stdin { Stdio::inherit() } else { Stdio::null() });
    let mut child = command.spawn().map_err(failed)?;
    let mut document = String::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_DOCUMENT).read_to_string(&mut document).map_err(failed)?;
    }
    if !document.is_empty() {
        return output.raw(document.as_bytes()).map(|()| 0);
    }
    // It has said on stderr why.
    let status = child.wait().map_err(failed)?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1))
}

/// Part of `signin` that runs in the background.
pub enum Role {
    /// This process waits as usual.
    Foreground,
    /// The background process did its part.
    Ended(u8),
    /// This process is the one in the background.
    Background(Arc<Handover>),
}

/// Starts the background process, or makes this process the one in the background.
///
/// # Errors
/// [`Error::Usage`] on a system that cannot release the streams of a process, [`Error::Other`] if it cannot start.
pub fn enter(app: &mut App, output: &Output, provider: &str, timeout: Duration, reads_stdin: bool) -> Result<Role> {
    if !cfg!(unix) {
        return Err(Error::usage("`--no-wait` is not supported on this system"));
    }
    let Some(id) = app.variable(VARIABLE).filter(|id| BackgroundSignins::is_id(id)).map(str::to_owned) else {
        return start(app, output, reads_stdin).map(Role::Ended);
    };
    // Signals of the caller's terminal are not for this process.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
    let records = app.background_signins();
    let handover = Handover { id, provider: provider.to_owned(), timeout, records, state: Mutex::default() };
    let handover = Arc::new(handover);
    let terminal = std::mem::replace(&mut app.prompt, Box::new(crate::prompt::NoPrompt));
    app.prompt = Box::new(BackgroundPrompt { terminal, handover: Arc::clone(&handover) });
    Ok(Role::Background(handover))
}

/// What the background process hands to the caller.
pub struct Handover {
    id: String,
    provider: String,
    /// Limit for a browser; a code has its own.
    timeout: Duration,
    records: BackgroundSignins,
    state: Mutex<HandoverState>,
}

#[derive(Default)]
enum HandoverState {
    #[default]
    Before,
    Done(RunningSignin),
    Failed(Error),
}

impl Handover {
    /// Hands the document over, once.
    fn hand_over(&self, flow: CompletedFlow, expires_in: Duration, place: [Value; 3]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, HandoverState::Before) {
            let running = self.try_hand_over(flow, expires_in, place);
            *state = running.map_or_else(HandoverState::Failed, HandoverState::Done);
        }
    }

    /// Hands the place to sign in at over. If that fails nobody knows the ID, so the sign-in ends.
    fn hand_over_place(&self, flow: CompletedFlow, expires_in: Duration, place: [Value; 3]) {
        self.hand_over(flow, expires_in, place);
        if matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), HandoverState::Failed(_)) {
            end_wait();
        }
    }

    fn try_hand_over(&self, flow: CompletedFlow, expires_in: Duration, place: [Value; 3]) -> Result<RunningSignin> {
        let now = Utc::now();
        let expires_at = chrono::Duration::from_std(expires_in).ok().and_then(|left| now.checked_add_signed(left));
        let expires_at = expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let running = self.records.start(&self.id, &self.provider, expires_at, now)?;
        let [url, url_with_code, user_code] = place;
        let document = json!({
            "id": self.id,
            "provider": self.provider,
            "flow": flow.name(),
            "url": url,
            "url_with_code": url_with_code,
            "user_code": user_code,
            "expires_at": rfc3339(Some(expires_at)),
        });
        print(&document)?;
        release_streams().map_err(Error::Output)?;
        Ok(running)
    }

    /// Records the end of the sign-in. A failure before the handover is the caller's to report.
    pub fn finish(&self, outcome: Result<SigninResult>) -> Result<u8> {
        if let Ok(done) = &outcome {
            // A valid session, or a provider that needs no user: nothing is left to wait for.
            self.hand_over(done.flow, Duration::ZERO, [Value::Null, Value::Null, Value::Null]);
        }
        let state = std::mem::take(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner));
        let running = match state {
            HandoverState::Before => {
                return Err(outcome.err().unwrap_or_else(|| Error::other("nothing was handed over")));
            }
            HandoverState::Failed(error) => return Err(error),
            HandoverState::Done(running) => running,
        };
        let (code, outcome) = match outcome {
            Ok(SigninResult { session, flow }) => {
                (0, BackgroundOutcome::SignedIn { session: Box::new(session), flow: flow.name().to_owned() })
            }
            Err(error) => {
                let (code, message, hint) = (error.exit_code(), error.to_string(), error.hint("{program}"));
                (code, BackgroundOutcome::Failed { code, message, hint })
            }
        };
        running.finish(outcome).map(|()| code)
    }
}

/// Writes the document as one line.
fn print(document: &Value) -> Result<()> {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    let text = crate::sanitize::escape_json(&document.to_string());
    stdout.write_all(format!("{text}\n").as_bytes()).and_then(|()| stdout.flush()).map_err(Error::Output)
}

/// Lets go of the caller's streams: the caller may wait until nobody can write to them.
#[cfg(unix)]
fn release_streams() -> std::io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    // Last: its end tells the caller that all are closed.
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}

#[cfg(not(unix))]
fn release_streams() -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Ends the wait for the user as a signal does: nothing is stored.
fn end_wait() {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
}

/// Prompt that hands the place to sign in to the caller. Before that, the rest goes to the caller's stderr.
struct BackgroundPrompt {
    terminal: Box<dyn Prompt>,
    handover: Arc<Handover>,
}

impl Prompt for BackgroundPrompt {
    fn show_browser_prompt(&self, page: &BrowserPrompt<'_>) {
        let place = [json!(page.start_url.expose()), Value::Null, Value::Null];
        self.handover.hand_over_place(CompletedFlow::Loopback, self.handover.timeout, place);
    }

    fn show_device_prompt(&self, page: &DevicePrompt<'_>) {
        let place = [json!(page.verification_uri), json!(page.verification_uri_complete), json!(page.user_code)];
        self.handover.hand_over_place(CompletedFlow::Device, page.expires_in, place);
    }

    fn note(&self, text: &str) {
        self.terminal.note(text);
    }

    fn warn(&self, text: &str) {
        self.terminal.warn(text);
    }

    fn detail(&self, text: &str) {
        self.terminal.detail(text);
    }
}

/// Waits for the end of the sign-in `id` and ends as it ended. A signal ends only this wait.
///
/// # Errors
/// [`Error::Usage`] if there is no such sign-in, [`Error::Background`] if it failed, [`Error::Other`] if its process was
/// killed, [`Error::TimedOut`] if that process hangs, [`Error::Interrupted`].
pub fn resume(app: &App, output: &Output, id: &str) -> Result<u8> {
    let records = app.background_signins();
    let find = || {
        records.find(id)?.ok_or_else(|| Error::Usage {
            message: format!(
                "no sign-in `{}` waits in the background, or it ended over an hour ago",
                sanitize_untrusted(id)
            ),
            hint: Some("{program} signin PROVIDER --no-wait".to_owned()),
        })
    };
    let (provider, expires_at) = find().map(|record| (record.provider, record.expires_at))?;
    let limit = (expires_at - app.now()).to_std().unwrap_or_default().saturating_add(GRACE);
    runtime::run(async {
        let _shown = app.prompt.start_waiting(&format!("the sign-in to {}", sanitize_untrusted(&provider)), limit);
        let mut left = limit;
        while records.is_running(id) {
            left = left.checked_sub(POLL).ok_or_else(|| timed_out(&provider, limit))?;
            app.clock.sleep(POLL).await;
        }
        Ok(())
    })?;
    match find()?.outcome {
        Some(BackgroundOutcome::SignedIn { session, flow }) => {
            let flow = CompletedFlow::from_name(&flow).unwrap_or(CompletedFlow::Existing);
            report(app, output, &SigninResult { session: *session, flow })
        }
        Some(BackgroundOutcome::Failed { code, message, hint }) => Err(Error::Background { code, message, hint }),
        None => Err(Error::Blocked {
            cause: Box::new(Error::other(format!("the process that signed in to `{provider}` was killed"))),
            alternative: format!("{{program}} signin {} --no-wait", shell_quote(&provider)),
        }),
    }
}

fn timed_out(provider: &str, after: Duration) -> Error {
    Error::TimedOut { action: format!("the wait for the sign-in to `{provider}`"), after, meanwhile: None }
}
