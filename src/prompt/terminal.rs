//! [`Terminal`]: prompts on stderr, as text with a spinner or as JSON lines, and input from stdin.

use std::io::{self, BufRead, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::capabilities::{TerminalCapabilities, TerminalOutput};
#[cfg(unix)]
use super::select::{MenuAnswer, MenuContent, MenuOption};
use super::spinner::{AnimationState, CLEAR_LINE, Spinner};
use super::style::{MessageLabel, field_list, hyperlink, wrap, wrap_text};
use super::{
    Answer, BrowserPrompt, DevicePrompt, PastePrompt, Prompt, SearchOption, WaitIndicator, device, line_buffer, paste,
};
#[cfg(unix)]
use super::{input, select};
use crate::duration;
use crate::error::{Error, Remedy, Result};
use crate::sanitize::{escape_json, sanitize_untrusted, single_line, strip_control};
use crate::secret::Secret;

/// Sequences that enable and disable bracketed paste mode, in which the terminal marks pasted text. The marks distinguish
/// a newline from Enter: a URL that was copied over several lines stays whole, and its second half does not run as a
/// command. No console of Windows needs them.
const BRACKETED_PASTE: (&str, &str) = if cfg!(unix) { ("\u{1b}[?2004h", "\u{1b}[?2004l") } else { ("", "") };

/// Prompt on stderr and stdin. Clones share both streams.
#[derive(Clone)]
pub struct Terminal {
    capabilities: TerminalCapabilities,
    stderr: TerminalOutput,
    stdin: Arc<Mutex<Box<dyn BufRead + Send>>>,
    animation: AnimationState,
    /// Set while a wait is shown.
    waiting: Arc<AtomicBool>,
}

impl Terminal {
    pub fn new(
        capabilities: TerminalCapabilities,
        stderr: Box<dyn Write + Send>,
        stdin: Box<dyn BufRead + Send>,
    ) -> Self {
        let (stderr, stdin) = (TerminalOutput::new(stderr), Arc::new(Mutex::new(stdin)));
        Self { capabilities, stderr, stdin, animation: AnimationState::default(), waiting: Arc::default() }
    }

    fn write_line(&self, text: &str) {
        self.write_styled(&strip_control(text));
    }

    /// Writes one line that may contain escape sequences; the caller sanitizes the rest.
    fn write_styled(&self, text: &str) {
        // In one write with the text, because the spinner may redraw at any moment.
        let clear = if self.animation.load(Ordering::Relaxed) { CLEAR_LINE } else { "" };
        self.stderr.write(&format!("{clear}{text}\n"));
    }

    /// Wraps `text` to the terminal, less `indent` columns. Text for a log stays as it is.
    fn wrapped(&self, text: &str, indent: usize) -> String {
        let columns = self.capabilities.columns().map(|columns| columns.saturating_sub(indent));
        wrap_text(&strip_control(text), columns)
    }

    /// Writes a URL on a separate line, as a link because a narrow terminal wraps the URL.
    fn write_url(&self, lead: &str, url: &str) {
        let url = strip_control(url);
        let shown = hyperlink(&url, Some(&url), self.capabilities.can_style);
        self.write_styled(&format!("{}\n\n  {shown}\n", self.wrapped(lead, 0)));
    }

    fn write_event(&self, value: &Value) {
        self.write_line(&escape_json(&value.to_string()));
    }
}

/// Wait that is shown until this is dropped.
struct ShownWait {
    waiting: Arc<AtomicBool>,
    spinner: Option<Spinner>,
}

impl WaitIndicator for ShownWait {}

impl Drop for ShownWait {
    fn drop(&mut self) {
        // First, because another wait may start now.
        self.spinner = None;
        self.waiting.store(false, Ordering::SeqCst);
    }
}

impl Prompt for Terminal {
    fn show_browser_prompt(&self, page: &BrowserPrompt<'_>) {
        if self.capabilities.json {
            return self
                .write_event(&json!({"event": "visit", "address": page.start_url.expose(), "opened": page.opened}));
        }
        if let Some(error) = &page.open_error {
            self.write_styled(&self.wrapped(error, 0));
        }
        // Only on a terminal: a log may have other readers, and the URL contains `state`.
        match (page.opened, self.capabilities.is_terminal) {
            (true, true) if self.capabilities.quiet => {}
            (true, true) => {
                self.note(&format!("Opening your browser to sign in to {}.", page.title));
                let url = strip_control(page.start_url.expose());
                let line = wrap(&format!("If it does not open: {url}"), self.capabilities.columns(), "");
                self.write_styled(&line.replace(&url, &hyperlink(&url, Some(&url), self.capabilities.can_style)));
            }
            (true, false) => self.note(&format!("Opened your browser to sign in to {}.", page.title)),
            (false, true) => self.write_url(&format!("To sign in to {}, visit:", page.title), page.url.expose()),
            (false, false) => {
                self.write_line(&format!("To sign in to {}, visit {}", page.title, page.start_url.expose()));
            }
        }
    }

    fn show_url(&self, lead: &str, url: &Secret) {
        let TerminalCapabilities { json, quiet, is_terminal, .. } = self.capabilities;
        if is_terminal && !json && !quiet {
            self.write_url(lead, url.expose());
        }
    }

    fn show_device_prompt(&self, page: &DevicePrompt<'_>) {
        match self.capabilities.json {
            true => self.write_event(&device::event(page)),
            false => self.write_styled(&device::text(page, &self.capabilities)),
        }
    }

    fn show_paste_prompt(&self, page: &PastePrompt<'_>) {
        match self.capabilities.json {
            true => self.write_event(&paste::event(page)),
            false => self.write_styled(&paste::text(page, &self.capabilities)),
        }
    }

    fn read_pasted(&self) -> Answer<'_, Result<Option<Secret>>> {
        if !self.capabilities.has_keyboard {
            return Box::pin(read_stdin_line(Arc::clone(&self.stdin)));
        }
        let (start, end) = if self.capabilities.can_animate { BRACKETED_PASTE } else { ("", "") };
        hidden_line(self.stderr.clone(), start.to_owned(), end)
    }

    fn read_line<'a>(&'a self, question: &str) -> Answer<'a, Result<Option<String>>> {
        if !self.capabilities.can_prompt {
            return Box::pin(std::future::ready(Ok(None)));
        }
        self.stderr.write(&format!("{} ", self.wrapped(question, 0)));
        let line = read_stdin_line(Arc::clone(&self.stdin));
        Box::pin(async move { Ok(line.await?.map(|line| line.expose().trim().to_owned())) })
    }

    fn confirm(&self, question: &str) -> Answer<'_, bool> {
        if !self.capabilities.can_prompt {
            return Box::pin(std::future::ready(false));
        }
        self.write_styled(&self.wrapped(question, 0));
        let line = read_stdin_line(Arc::clone(&self.stdin));
        Box::pin(async move { line.await.is_ok_and(|line| line.is_some()) })
    }

    fn start_waiting(&self, what: &str, limit: Duration) -> Box<dyn WaitIndicator> {
        if self.waiting.swap(true, Ordering::SeqCst) {
            // A wait inside another one: the outer one says what the user waits for.
            return Box::new(());
        }
        let mut shown = ShownWait { waiting: Arc::clone(&self.waiting), spinner: None };
        match self.capabilities {
            TerminalCapabilities { json: true, .. } => {
                self.write_event(&json!({"event": "waiting", "for": what, "seconds": limit.as_secs()}));
            }
            TerminalCapabilities { quiet: true, .. } => {}
            TerminalCapabilities { can_animate: true, is_utf8, .. } => {
                shown.spinner = Some(Spinner::start(what, limit, is_utf8, &self.animation));
            }
            _ => self.write_line(&format!("waiting for {what} (up to {})", duration::show(limit))),
        }
        Box::new(shown)
    }

    fn hide_waits(&self) -> Box<dyn WaitIndicator> {
        self.waiting.store(true, Ordering::SeqCst);
        Box::new(ShownWait { waiting: Arc::clone(&self.waiting), spinner: None })
    }

    fn note(&self, text: &str) {
        match (self.capabilities.json, self.capabilities.quiet) {
            (true, _) => self.write_event(&json!({"event": "note", "message": text})),
            (false, true) => {}
            (false, false) => self.write_styled(&self.wrapped(text, 0)),
        }
    }

    fn note_fields(&self, fields: &[(String, String)]) {
        let shown: Vec<_> = fields.iter().map(|(field, value)| (single_line(field), single_line(value))).collect();
        match (self.capabilities.json, self.capabilities.quiet) {
            (true, _) => shown.iter().for_each(|(field, value)| self.note(&format!("{field}: {value}"))),
            (false, true) => {}
            (false, false) => self.write_styled(&field_list(&shown, self.capabilities.columns())),
        }
    }

    fn warn(&self, text: &str) {
        match self.capabilities.json {
            true => self.write_event(&json!({"warning": text})),
            false => {
                let text = self.wrapped(text, MessageLabel::Warning.width());
                self.write_styled(&MessageLabel::Warning.format(&text, self.capabilities.can_style));
            }
        }
    }

    fn detail(&self, text: &str) {
        match (self.capabilities.verbose, self.capabilities.json) {
            (false, _) => {}
            (true, true) => self.write_event(&json!({"event": "detail", "message": text})),
            (true, false) => self.write_line(&format!("{} {text}", if self.capabilities.is_utf8 { "·" } else { "-" })),
        }
    }

    fn copy(&self, secret: &Secret) -> bool {
        let can_copy = self.capabilities.is_terminal && self.capabilities.can_animate && !self.capabilities.json;
        if can_copy {
            self.stderr.write(&self.capabilities.multiplexer.copy_sequence(secret.expose()));
        }
        can_copy
    }

    fn can_prompt(&self) -> bool {
        self.capabilities.can_prompt
    }

    fn select<'a>(&'a self, question: &str, options: &'a [String]) -> Answer<'a, Result<usize>> {
        self.select_from(question, options, 0)
    }

    fn search<'a>(&'a self, question: &str, options: &'a [SearchOption]) -> Answer<'a, Result<String>> {
        #[cfg(unix)]
        if self.capabilities.can_animate && self.capabilities.can_prompt {
            let content = MenuContent {
                question: question.to_owned(),
                options: options.iter().map(SearchOption::menu_option).collect(),
                highlighted: 0,
                accepts_other: true,
            };
            let menu = select::start(content, self.capabilities, self.stderr.clone());
            return Box::pin(async move {
                match menu?.await?.ok_or(Error::Cancelled)? {
                    MenuAnswer::Option(index) => Ok(options[index].name.clone()),
                    MenuAnswer::Other(typed) => Ok(typed),
                }
            });
        }
        let example = options.first().map_or("", |option| &option.name);
        let typed = self.read_line(&format!("{question} (a name such as {example}, or a URL; Enter to cancel):"));
        Box::pin(async move { typed.await?.filter(|name| !name.is_empty()).ok_or(Error::Cancelled) })
    }

    fn select_marked<'a>(&'a self, question: &str, options: &'a [String], marked: usize) -> Answer<'a, Result<usize>> {
        #[cfg(unix)]
        if self.capabilities.can_prompt {
            input::discard_pending();
        }
        self.select_from(question, options, marked)
    }
}

impl Terminal {
    fn select_from<'a>(&'a self, question: &str, options: &'a [String], marked: usize) -> Answer<'a, Result<usize>> {
        #[cfg(unix)]
        if self.capabilities.can_animate && self.capabilities.can_prompt {
            let menu = select::start(
                MenuContent {
                    question: question.to_owned(),
                    options: options.iter().map(|option| MenuOption::new(option, &[])).collect(),
                    highlighted: marked,
                    accepts_other: false,
                },
                self.capabilities,
                self.stderr.clone(),
            );
            return Box::pin(async move {
                match menu?.await? {
                    Some(MenuAnswer::Option(index)) => Ok(index),
                    Some(MenuAnswer::Other(_)) | None => Err(Error::Cancelled),
                }
            });
        }
        self.write_styled(&self.wrapped(question, 0));
        Box::pin(self.select_by_number(options))
    }

    /// Numbered menu for terminals that cannot move the cursor.
    async fn select_by_number(&self, options: &[String]) -> Result<usize> {
        for (index, option) in options.iter().enumerate() {
            self.write_styled(&self.wrapped(&format!("  {}  {}", index + 1, single_line(option)), 0));
        }
        loop {
            self.write_line(&format!("Number (1-{}), or Enter to cancel:", options.len()));
            let answer = read_stdin_line(Arc::clone(&self.stdin)).await?.ok_or(Error::Cancelled)?;
            match (answer.expose().trim(), answer.expose().trim().parse()) {
                ("", _) => return Err(Error::Cancelled),
                (_, Ok(number)) if (1..=options.len()).contains(&number) => return Ok(number - 1),
                (other, _) => self.write_line(&format!("`{}` is not one of the numbers", sanitize_untrusted(other))),
            }
        }
    }
}

/// Reads a line of the terminal without echo, between `start` and `end`.
#[cfg(unix)]
fn hidden_line<'a>(output: TerminalOutput, start: String, end: &'static str) -> Answer<'a, Result<Option<Secret>>> {
    let line = input::hidden_line(output, start, end);
    Box::pin(async move { line?.await })
}

/// Reads a line of the console without echo. The console reads keys and does not change its mode, so a dropped future
/// has nothing to restore.
#[cfg(not(unix))]
fn hidden_line<'a>(output: TerminalOutput, start: String, _: &str) -> Answer<'a, Result<Option<Secret>>> {
    output.write(&start);
    let read = || console::Term::stderr().read_secure_line().map(|line| Some(Secret::new(line)));
    let failed = |error| Error::other_with(Remedy::Terminal, format!("could not read from the terminal: {error}"));
    Box::pin(async move { tokio::task::spawn_blocking(read).await.unwrap_or(Ok(None)).map_err(failed) })
}

/// Reads the next line of stdin; `None` at the end. The read cannot be cancelled; its thread ends with the program at the
/// latest.
async fn read_stdin_line(stdin: Arc<Mutex<Box<dyn BufRead + Send>>>) -> Result<Option<Secret>> {
    let read = tokio::task::spawn_blocking(move || {
        let mut stdin = stdin.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = Zeroizing::new(String::with_capacity(line_buffer::MAX_LENGTH + 1));
        // Only the next line, because the writer may keep the pipe open.
        let limit = u64::try_from(line_buffer::MAX_LENGTH + 1).unwrap_or(u64::MAX);
        let length = (&mut *stdin).take(limit).read_line(&mut line);
        let length = length.map_err(|error| Error::usage(format!("could not read stdin: {error}")))?;
        match length {
            0 => Ok(None),
            length if length > line_buffer::MAX_LENGTH => Err(line_buffer::too_long()),
            _ => Ok(Some(Secret::new(line.as_str()))),
        }
    });
    read.await.unwrap_or(Ok(None))
}

/// Prompts for a secret at the terminal, without echo.
///
/// # Errors
/// [`Error::Other`] if the input is empty or the terminal is gone.
pub async fn require_secret(question: &str) -> Result<Secret> {
    match read_secret(question).await? {
        Some(typed) if !typed.expose().is_empty() => Ok(typed),
        _ => Err(Error::other_with(Remedy::Terminal, "the input is empty")),
    }
}

/// Prints `question` and reads a line without echo; `None` at the end of input.
pub async fn read_secret(question: &str) -> Result<Option<Secret>> {
    let terminal = console::Term::stderr();
    let question = wrap_text(question, terminal.size_checked().map(|(_, columns)| columns.into()));
    hidden_line(TerminalOutput::new(Box::new(terminal)), format!("{question}\n"), "").await
}

/// Returns an empty stdin, for a terminal that must not prompt.
pub fn empty_stdin() -> Box<dyn BufRead + Send> {
    Box::new(io::empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// stderr that a test can read.
    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("lock is not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the output of a browser sign-in.
    fn output(capabilities: TerminalCapabilities, opened: bool) -> String {
        let stderr = Captured::default();
        let terminal = Terminal::new(capabilities, Box::new(stderr.clone()), empty_stdin());
        let (url, start_url) =
            (Secret::new("https://id.example/a?state=s"), Secret::new("http://127.0.0.1:1/start?k=k"));
        terminal.show_browser_prompt(&BrowserPrompt {
            title: "Acme",
            url: &url,
            start_url: &start_url,
            opened,
            open_error: None,
        });
        drop(terminal.start_waiting("the browser", Duration::from_secs(90)));
        terminal.detail("reading");
        String::from_utf8(stderr.0.lock().expect("lock is not poisoned").clone()).expect("UTF-8")
    }

    #[test]
    fn waits_without_animation_print_their_limit() {
        let dumb = TerminalCapabilities { is_terminal: true, ..TerminalCapabilities::default() };
        assert!(output(dumb, false).ends_with("\nwaiting for the browser (up to 1m30s)\n"));
        assert!(output(TerminalCapabilities::default(), true).ends_with("\nwaiting for the browser (up to 1m30s)\n"));
    }

    #[test]
    fn only_terminal_output_is_wrapped() {
        let output = |capabilities: TerminalCapabilities| {
            let stderr = Captured::default();
            let terminal = Terminal::new(capabilities, Box::new(stderr.clone()), empty_stdin());
            terminal.note("one two three");
            terminal.warn("one two three");
            String::from_utf8(stderr.0.lock().expect("lock is not poisoned").clone()).expect("UTF-8")
        };
        let narrow =
            TerminalCapabilities { is_terminal: true, size: Some((17, 24)), ..TerminalCapabilities::default() };
        assert_eq!(output(narrow), "one two three\nwarning: one two\n         three\n");
        let log = TerminalCapabilities { is_terminal: false, ..narrow };
        assert_eq!(output(log), "one two three\nwarning: one two three\n");
    }

    #[test]
    fn only_terminals_show_the_url_with_state() {
        for (is_terminal, opened) in [(true, true), (true, false), (false, true), (false, false)] {
            let output = output(TerminalCapabilities { is_terminal, ..TerminalCapabilities::default() }, opened);
            assert_eq!(output.contains("state=s"), is_terminal && !opened, "{output}");
            assert_eq!(output.contains("/start?k=k"), is_terminal == opened, "{output}");
        }
    }

    #[test]
    fn quiet_shows_the_url_if_no_browser_was_opened() {
        let quiet = TerminalCapabilities { quiet: true, is_terminal: true, ..TerminalCapabilities::default() };
        assert_eq!(output(quiet, true), "");
        assert!(output(quiet, false).contains("https://id.example/a?state=s"));
    }

    #[test]
    fn output_is_ascii_without_utf_8() {
        let verbose = TerminalCapabilities { verbose: true, is_terminal: true, ..TerminalCapabilities::default() };
        assert!(output(verbose, false).is_ascii());
        assert!(output(TerminalCapabilities { is_utf8: true, ..verbose }, false).ends_with("· reading\n"));
    }
}
