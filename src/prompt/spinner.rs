//! One line at the bottom of the conversation that moves while something is waited for.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::WaitIndicator;

/// How often the spinner moves; ten times a second looks alive and costs nothing measurable.
const TICK: Duration = Duration::from_millis(100);

/// Draws a second, the least that shows every [`TICK`].
const DRAWS_PER_SECOND: u8 = 10;

/// What moves where letters beyond ASCII cannot be shown.
const ASCII_FRAMES: &[&str] = &["-", "\\", "|", "/", " "];

/// Wipes the line, from its start, and whatever a terminal that grew narrower made of it.
pub(super) const CLEAR_LINE: &str = "\r\u{1b}[J";

/// Whether a line moves: who writes something else wipes it first, and it comes again below.
pub(super) type AnimationState = Arc<AtomicBool>;

/// A spinner with the time left; it is wiped when dropped, so that the next words start on a clean line.
pub(super) struct Spinner {
    bar: ProgressBar,
    animation: AnimationState,
}

impl WaitIndicator for Spinner {}

impl Spinner {
    /// Starts it on stderr.
    pub(super) fn start(what: &str, limit: Duration, is_utf8: bool, animation: &AnimationState) -> Self {
        // A limit beyond what the clock can count to is none.
        let deadline = Instant::now().checked_add(limit);
        let left = move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let Some(deadline) = deadline else { return };
            let left = deadline.saturating_duration_since(Instant::now()).as_secs();
            let _ = write!(text, "{}:{:02} left, ", left / 60, left % 60);
        };
        // The words come last: they are what a narrow terminal cuts.
        let style = ProgressStyle::with_template("{spinner} {left}{wide_msg}")
            .expect("the template is well formed")
            .with_key("left", left);
        let line = OneLine { term: Term::stderr(), text: Mutex::default() };
        let bar = ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::term_like_with_hz(Box::new(line), DRAWS_PER_SECOND),
        );
        bar.set_style(if is_utf8 { style } else { style.tick_strings(ASCII_FRAMES) });
        bar.set_message(format!("waiting for {what}"));
        bar.enable_steady_tick(TICK);
        animation.store(true, Ordering::Relaxed);
        Self { bar, animation: Arc::clone(animation) }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.animation.store(false, Ordering::Relaxed);
    }
}

/// The terminal, with a line that is drawn in one piece over the one before, and the cursor at its start afterwards.
///
/// One piece, so that nothing flickers. Without wrapping (DECAWM), because the window may have grown narrower since it was
/// asked how wide it is. At the start, because a terminal that grows narrower breaks a line that no longer
/// fits into several and keeps the cursor where it was in the text: from the start all of them can be wiped, and one that
/// breaks nothing loses nothing of what stands above.
#[derive(Debug)]
struct OneLine {
    term: Term,
    text: Mutex<String>,
}

impl OneLine {
    fn text(&self) -> std::sync::MutexGuard<'_, String> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TermLike for OneLine {
    /// The last column stays free: a terminal whose cursor stands behind it may be about to wrap.
    fn width(&self) -> u16 {
        self.term.size().1.saturating_sub(1).max(1)
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.text().push_str(text);
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.text().clear();
        Ok(())
    }

    /// Without the blanks at the end, which `indicatif` fills a line up with.
    fn flush(&self) -> io::Result<()> {
        let text = std::mem::take(&mut *self.text());
        self.term.write_str(&format!("\r\u{1b}[?7l{}\u{1b}[J\u{1b}[?7h\r", text.trim_end_matches(' ')))
    }

    // There is one line, and it is drawn from its start.

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
}
