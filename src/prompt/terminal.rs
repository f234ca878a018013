//! The person at the terminal: words on stderr, a spinner where stderr is one, JSON lines where a program reads.

use std::future::Future;
use std::io::{self, BufRead, Read, Write};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::spinner::{AnimationState, Spinner, WIPE};
use super::style::{MessageLabel, broken, linked};
use super::{BrowserPrompt, DevicePrompt, PastePrompt, Prompt, Selection, WaitIndicator, device, line_buffer, paste};
#[cfg(unix)]
use super::{input, select};
use crate::duration;
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, single_line, strip_control};
use crate::secret::Secret;

/// How the conversation is held.
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalCapabilities {
    /// Each line is a JSON document.
    pub json: bool,
    /// Only warnings and what the person must know to go on.
    pub quiet: bool,
    /// What is being done is told too.
    pub verbose: bool,
    /// Where the words go is a terminal.
    pub is_terminal: bool,
    /// What is typed comes from a terminal.
    pub has_keyboard: bool,
    /// Questions may be asked.
    pub can_ask: bool,
    /// A spinner may move: a terminal that can move its cursor.
    pub can_animate: bool,
    /// Words may be bold, and addresses links.
    pub can_style: bool,
    /// Lines and blocks can be drawn: the locale is one of UTF-8.
    pub is_utf8: bool,
    /// Columns and rows of the terminal, where they are known.
    pub size: Option<(u16, u16)>,
}

/// The person at the terminal. A clone speaks to the same one.
#[derive(Clone)]
pub struct Terminal {
    manner: TerminalCapabilities,
    stderr: Arc<Mutex<Box<dyn Write + Send>>>,
    stdin: Arc<Mutex<Box<dyn BufRead + Send>>>,
    moving: AnimationState,
}

impl Terminal {
    /// Speaks on `stderr`, hears on `stdin`.
    pub fn new(manner: TerminalCapabilities, stderr: Box<dyn Write + Send>, stdin: Box<dyn BufRead + Send>) -> Self {
        let (stderr, stdin) = (Arc::new(Mutex::new(stderr)), Arc::new(Mutex::new(stdin)));
        Self { manner, stderr, stdin, moving: AnimationState::default() }
    }

    /// Writes one line. A terminal that is gone is no reason to end a sign-in, so a failure is let pass.
    fn line(&self, text: &str) {
        self.styled(&strip_control(text));
    }

    /// As [`Terminal::line`], with escapes of our own in it: whoever writes them has made the rest harmless.
    fn styled(&self, text: &str) {
        let mut stderr = self.stderr.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // In one piece with the words: the spinner may come again at any moment.
        let wipe = if self.moving.load(Ordering::Relaxed) { WIPE } else { "" };
        let _ = stderr.write_all(format!("{wipe}{text}\n").as_bytes()).and_then(|()| stderr.flush());
    }

    /// `text` as lines that fit the terminal behind what stands before them, `before` columns wide. Where nobody looks it
    /// stays as it is.
    fn fitting(&self, text: &str, before: usize) -> String {
        let columns = self.manner.size.filter(|_| self.manner.is_terminal);
        let columns = columns.map(|(columns, _)| usize::from(columns).saturating_sub(before));
        strip_control(text).lines().map(|line| broken(line, columns, "")).collect::<Vec<_>>().join("\n")
    }

    /// A long address on lines of its own; linked, because a narrow terminal breaks it.
    fn place(&self, lead: &str, address: &str) {
        let address = strip_control(address);
        let shown = linked(&address, Some(&address), self.manner.can_style);
        self.styled(&format!("{}\n\n  {shown}\n", self.fitting(lead, 0)));
    }

    fn event(&self, value: &Value) {
        self.line(&value.to_string());
    }
}

impl Prompt for Terminal {
    fn visit(&self, visit: &BrowserPrompt<'_>) {
        if self.manner.json {
            return self.event(&json!({"event": "visit", "address": visit.start.expose(), "opened": visit.opened}));
        }
        if let Some(trouble) = &visit.trouble {
            self.line(trouble);
        }
        // Only a terminal: anything else may be a log that others read, and the address carries `state`.
        match (visit.opened, self.manner.is_terminal) {
            (true, true) if self.manner.quiet => {}
            (true, true) => {
                let lead = format!("opening the browser to sign in to {}; if none appears, go to", visit.title);
                self.place(&lead, visit.address.expose());
            }
            (true, false) => self.say(&format!("opened a browser to sign in to {}", visit.title)),
            (false, true) => self.place(&format!("to sign in to {}, go to", visit.title), visit.address.expose()),
            (false, false) => {
                self.line(&format!("to sign in to {}, go to {}", visit.title, visit.start.expose()));
            }
        }
    }

    fn device(&self, page: &DevicePrompt<'_>) {
        match self.manner.json {
            true => self.event(&device::event(page)),
            false => self.styled(&device::text(page, &self.manner)),
        }
    }

    fn paste(&self, page: &PastePrompt<'_>) {
        match self.manner.json {
            true => self.event(&paste::event(page)),
            false => self.styled(&paste::text(page, &self.manner)),
        }
    }

    fn pasted(&self) -> Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + '_>> {
        #[cfg(unix)]
        if self.manner.has_keyboard && self.manner.can_animate {
            let mut marks = paste::BracketedPaste::on(Arc::clone(&self.stderr));
            return hidden_line(move || marks.ask());
        }
        match self.manner.has_keyboard {
            true => hidden_line(|| ()),
            false => Box::pin(next_line(Arc::clone(&self.stdin))),
        }
    }

    fn typed<'a>(&'a self, question: &str) -> Pin<Box<dyn Future<Output = Result<Option<String>>> + Send + 'a>> {
        if !self.manner.can_ask {
            return Box::pin(std::future::ready(Ok(None)));
        }
        {
            let mut stderr = self.stderr.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = stderr.write_all(format!("{} ", strip_control(question)).as_bytes()).and_then(|()| stderr.flush());
        }
        let line = next_line(Arc::clone(&self.stdin));
        Box::pin(async move { Ok(line.await?.map(|line| line.expose().trim().to_owned())) })
    }

    fn confirm(&self, question: &str) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        if !self.manner.can_ask {
            return Box::pin(std::future::ready(false));
        }
        self.line(question);
        let stdin = Arc::clone(&self.stdin);
        let (answer, answered) = tokio::sync::oneshot::channel();
        // A read of a terminal cannot be called off; the thread ends with the program at the latest.
        std::thread::spawn(move || {
            let mut stdin = stdin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let read = stdin.read_line(&mut String::new());
            let _ = answer.send(read.is_ok_and(|length| length > 0));
        });
        Box::pin(async move { answered.await.unwrap_or(false) })
    }

    fn waiting(&self, what: &str, limit: Duration) -> Box<dyn WaitIndicator> {
        match self.manner {
            TerminalCapabilities { json: true, .. } => {
                self.event(&json!({"event": "waiting", "for": what, "seconds": limit.as_secs()}));
            }
            TerminalCapabilities { quiet: true, .. } => {}
            TerminalCapabilities { can_animate: true, is_utf8, .. } => {
                return Box::new(Spinner::start(what, limit, is_utf8, &self.moving));
            }
            _ => self.line(&format!("waiting for {what}, at most {}", duration::show(limit))),
        }
        Box::new(NoIndicator)
    }

    fn say(&self, text: &str) {
        match (self.manner.json, self.manner.quiet) {
            (true, _) => self.event(&json!({"event": "note", "message": text})),
            (false, true) => {}
            (false, false) => self.styled(&self.fitting(text, 0)),
        }
    }

    fn warn(&self, text: &str) {
        match self.manner.json {
            true => self.event(&json!({"warning": text})),
            false => {
                let text = self.fitting(text, MessageLabel::Warning.width());
                self.styled(&MessageLabel::Warning.before(&text, self.manner.can_style));
            }
        }
    }

    fn detail(&self, text: &str) {
        match (self.manner.verbose, self.manner.json) {
            (false, _) => {}
            (true, true) => self.event(&json!({"event": "detail", "message": text})),
            (true, false) => self.line(&format!("{} {text}", if self.manner.is_utf8 { "·" } else { "-" })),
        }
    }

    fn can_ask(&self) -> bool {
        self.manner.can_ask
    }

    fn choose<'a>(&'a self, question: &str, options: &'a [String]) -> Selection<'a> {
        #[cfg(unix)]
        if self.manner.can_animate && self.manner.can_ask {
            let menu = match select::fits(question) {
                true => select::start(question, options, self.manner, Arc::clone(&self.stderr)),
                false => {
                    self.line(question);
                    select::start("your choice:", options, self.manner, Arc::clone(&self.stderr))
                }
            };
            return Box::pin(async move { menu?.await?.ok_or_else(left) });
        }
        self.line(question);
        Box::pin(self.chosen_by_number(options))
    }
}

impl Terminal {
    /// A menu without keys, for a terminal that cannot move its cursor: each option has a number.
    async fn chosen_by_number(&self, options: &[String]) -> Result<usize> {
        for (index, option) in options.iter().enumerate() {
            self.line(&format!("  {}  {}", index + 1, single_line(option)));
        }
        loop {
            self.line(&format!("number (1-{}), or nothing to leave:", options.len()));
            let answer = next_line(Arc::clone(&self.stdin)).await?.ok_or_else(left)?;
            match answer.expose().trim() {
                "" => return Err(left()),
                number if (1..=options.len()).contains(&number.parse().unwrap_or(0)) => {
                    return Ok(number.parse::<usize>().map_or(0, |number| number - 1));
                }
                other => self.line(&format!("`{}` is none of them", sanitize_untrusted(other))),
            }
        }
    }
}

/// Whoever leaves a menu ends the command, as Ctrl-C does.
fn left() -> Error {
    Error::Cancelled
}

/// A line of the terminal that is not shown.
#[cfg(unix)]
fn hidden_line<'a>(
    ask: impl FnMut() + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + 'a>> {
    match input::hidden_line(ask) {
        Ok(line) => Box::pin(line),
        Err(error) => Box::pin(std::future::ready(Err(error))),
    }
}

/// A line of the console that is not shown. There the keys are read, not the terminal's mode changed, so nothing has to be
/// undone where it is dropped.
#[cfg(not(unix))]
fn hidden_line<'a>(
    mut ask: impl FnMut() + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + 'a>> {
    ask();
    let read = || console::Term::stderr().read_secure_line().map(|line| Some(Secret::new(line_buffer)));
    let failed = |error| Error::other(format!("the terminal cannot be read: {error}"));
    Box::pin(on_a_thread(move || read().map_err(failed)))
}

/// The next line of a stdin that is no terminal; `None` at its end.
async fn next_line(stdin: Arc<Mutex<Box<dyn BufRead + Send>>>) -> Result<Option<Secret>> {
    on_a_thread(move || {
        let mut stdin = stdin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut line = Zeroizing::new(String::with_capacity(line_buffer::LENGTH + 1));
        // The next line, not all there is: whoever writes to us may keep the pipe open.
        let limit = u64::try_from(line_buffer::LENGTH + 1).unwrap_or(u64::MAX);
        let length = (&mut *stdin).take(limit).read_line(&mut line).map_err(|error| unreadable(&error))?;
        match length {
            0 => Ok(None),
            length if length > line_buffer::LENGTH => Err(line_buffer::too_long()),
            _ => Ok(Some(Secret::new(line.as_str()))),
        }
    })
    .await
}

/// What `read` gives. It cannot be called off; the thread ends with the program at the latest.
async fn on_a_thread<T: Send + 'static>(
    read: impl FnOnce() -> Result<Option<T>> + Send + 'static,
) -> Result<Option<T>> {
    let (sender, read_one) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(read()));
    read_one.await.unwrap_or(Ok(None))
}

fn unreadable(error: &io::Error) -> Error {
    Error::usage(format!("stdin could not be read: {error}"))
}

struct NoIndicator;

impl WaitIndicator for NoIndicator {}

/// Nobody: nothing is shown, nothing can be asked. For programs that embed the library and speak for themselves.
#[derive(Debug, Default)]
pub struct NoPrompt;

impl Prompt for NoPrompt {
    fn visit(&self, _: &BrowserPrompt<'_>) {}

    fn waiting(&self, _: &str, _: Duration) -> Box<dyn WaitIndicator> {
        Box::new(NoIndicator)
    }

    fn say(&self, _: &str) {}

    fn warn(&self, _: &str) {}

    fn detail(&self, _: &str) {}

    fn can_ask(&self) -> bool {
        false
    }

    fn choose<'a>(&'a self, question: &str, _: &'a [String]) -> Selection<'a> {
        Box::pin(std::future::ready(Err(Error::other(format!("nobody is there to be asked: {question}")))))
    }
}

/// Asks for a secret at the terminal, where what is typed is not shown.
///
/// # Errors
/// [`Error::Other`] where nothing was typed or the terminal is gone.
pub async fn unseen(question: &str) -> Result<Secret> {
    match hidden(question).await? {
        Some(typed) if !typed.expose().is_empty() => Ok(typed),
        _ => Err(Error::other("nothing was typed")),
    }
}

/// The line that is typed after `question`, and not shown; `None` where the person ends it without one.
///
/// # Errors
/// [`Error::Other`] where the terminal is gone.
pub async fn hidden(question: &str) -> Result<Option<Secret>> {
    let question = question.to_owned();
    hidden_line(move || _ = console::Term::stderr().write_line(&question)).await
}

/// An empty stdin, for a terminal that must not ask.
pub fn no_input() -> Box<dyn BufRead + Send> {
    Box::new(io::empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A stderr that can be read afterwards.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is heard of a sign-in for which the browser was `opened`.
    fn heard(manner: TerminalCapabilities, opened: bool) -> String {
        let stderr = Heard::default();
        let terminal = Terminal::new(manner, Box::new(stderr.clone()), no_input());
        let (address, start) =
            (Secret::new("https://id.example/a?state=s"), Secret::new("http://127.0.0.1:1/start?k=k"));
        terminal.visit(&BrowserPrompt { title: "Acme", address: &address, start: &start, opened, trouble: None });
        drop(terminal.waiting("the browser", Duration::from_secs(90)));
        terminal.detail("reading");
        String::from_utf8(stderr.0.lock().expect("nobody panicked").clone()).expect("UTF-8")
    }

    #[test]
    fn a_wait_that_nothing_can_animate_says_its_limit() {
        let dumb = TerminalCapabilities { is_terminal: true, ..TerminalCapabilities::default() };
        assert!(heard(dumb, false).ends_with("\nwaiting for the browser, at most 1m30s\n"));
        assert!(heard(TerminalCapabilities::default(), true).ends_with("\nwaiting for the browser, at most 1m30s\n"));
    }

    #[test]
    fn where_somebody_looks_words_stay_whole() {
        let said = |manner: TerminalCapabilities| {
            let stderr = Heard::default();
            let terminal = Terminal::new(manner, Box::new(stderr.clone()), no_input());
            terminal.say("one two three");
            terminal.warn("one two three");
            String::from_utf8(stderr.0.lock().expect("nobody panicked").clone()).expect("UTF-8")
        };
        let narrow =
            TerminalCapabilities { is_terminal: true, size: Some((17, 24)), ..TerminalCapabilities::default() };
        assert_eq!(said(narrow), "one two three\nwarning: one two\n         three\n");
        let log = TerminalCapabilities { is_terminal: false, ..narrow };
        assert_eq!(said(log), "one two three\nwarning: one two three\n");
    }

    #[test]
    fn the_address_with_state_is_for_terminals_only() {
        for (is_terminal, opened) in [(true, true), (true, false), (false, true), (false, false)] {
            let heard = heard(TerminalCapabilities { is_terminal, ..TerminalCapabilities::default() }, opened);
            assert_eq!(heard.contains("state=s"), is_terminal, "{heard}");
        }
    }

    #[test]
    fn quiet_still_tells_where_to_go_where_no_browser_was_opened() {
        let quiet = TerminalCapabilities { quiet: true, is_terminal: true, ..TerminalCapabilities::default() };
        assert_eq!(heard(quiet, true), "");
        assert!(heard(quiet, false).contains("https://id.example/a?state=s"));
    }

    #[test]
    fn only_a_terminal_that_has_them_gets_letters_beyond_ascii() {
        let told = TerminalCapabilities { verbose: true, is_terminal: true, ..TerminalCapabilities::default() };
        assert!(heard(told, false).is_ascii());
        assert!(heard(TerminalCapabilities { is_utf8: true, ..told }, false).ends_with("· reading\n"));
    }
}
