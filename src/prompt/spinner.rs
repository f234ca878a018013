//! Animated line below the output while the program waits.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::WaitIndicator;

/// Interval of the animation; ten frames a second look smooth and cost nothing measurable.
const TICK: Duration = Duration::from_millis(100);

/// Draws per second, the minimum that shows every [`TICK`].
const DRAWS_PER_SECOND: u8 = 10;

/// Spinner frames for terminals without UTF-8.
const ASCII_FRAMES: &[&str] = &["-", "\\", "|", "/", " "];

/// Clears from the start of the line to the end of the screen, because a terminal that became narrower wraps the line.
pub(super) const CLEAR_LINE: &str = "\r\u{1b}[J";

/// Set while a spinner is drawn: other output clears its line first, and the spinner reappears below.
pub(super) type AnimationState = Arc<AtomicBool>;

/// Spinner with the time left; cleared when dropped, so that the next output starts on a clean line.
pub(super) struct Spinner {
    bar: ProgressBar,
    animation: AnimationState,
}

impl WaitIndicator for Spinner {}

impl Spinner {
    /// Starts a spinner on stderr.
    pub(super) fn start(what: &str, limit: Duration, is_utf8: bool, animation: &AnimationState) -> Self {
        // A limit that overflows the clock is no limit.
        let deadline = Instant::now().checked_add(limit);
        let left = move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let Some(deadline) = deadline else { return };
            let left = deadline.saturating_duration_since(Instant::now()).as_secs();
            let _ = write!(text, "{}:{:02} left, ", left / 60, left % 60);
        };
        // The message comes last, because a narrow terminal truncates the end.
        let style =
            ProgressStyle::with_template("{spinner} {left}{wide_msg}").expect("valid template").with_key("left", left);
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

/// Terminal that redraws one line in a single write and leaves the cursor at the start of the line.
///
/// The terminal of `indicatif` leaves rows of the old line on the screen whenever the window is resized.
///
/// A single write does not flicker. Wrapping is off (DECAWM), because the window may have become narrower since its
/// width was read. The cursor returns to the start, because a terminal that becomes narrower wraps a line that no
/// longer fits and keeps the cursor at its position in the text: from the start, all wrapped rows can be cleared, and a
/// terminal that does not wrap loses nothing above the line.
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
    /// Leaves the last column free, because a terminal with its cursor behind that column may wrap.
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

    /// Trims the spaces that `indicatif` pads a line with.
    fn flush(&self) -> io::Result<()> {
        let text = std::mem::take(&mut *self.text());
        self.term.write_str(&format!("\r\u{1b}[?7l{}\u{1b}[J\u{1b}[?7h\r", text.trim_end_matches(' ')))
    }

    // There is only one line, drawn from its start.

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
