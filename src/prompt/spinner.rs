//! One line at the bottom of the conversation that moves while something is waited for.

use std::io;
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use super::Ongoing;

/// How often the spinner moves; ten times a second looks alive and costs nothing measurable.
const TICK: Duration = Duration::from_millis(100);

/// Draws a second, the least that shows every [`TICK`].
const DRAWS: u8 = 10;

/// Columns kept free at the end of the line: the terminal itself writes `^C` there, and where that wraps, what was
/// drawn can no longer be wiped.
const FREE: u16 = 3;

/// What moves where letters beyond ASCII cannot be shown.
const PLAIN: &[&str] = &["-", "\\", "|", "/", " "];

/// A spinner with the time left; it is wiped when dropped, so that the next words start on a clean line.
pub(super) struct Spinner(ProgressBar);

impl Ongoing for Spinner {}

impl Spinner {
    /// Starts it on stderr.
    pub(super) fn start(what: &str, limit: Duration, is_utf8: bool) -> Self {
        // A limit beyond what the clock can count to is none.
        let end = Instant::now().checked_add(limit);
        let left = move |_: &ProgressState, text: &mut dyn std::fmt::Write| {
            let Some(end) = end else { return };
            let left = end.saturating_duration_since(Instant::now()).as_secs();
            let _ = write!(text, "{}:{:02} left, ", left / 60, left % 60);
        };
        // The words come last: they are what a narrow terminal cuts.
        let style = ProgressStyle::with_template("{spinner} {left}{wide_msg}")
            .expect("the template is well formed")
            .with_key("left", left);
        let bar = ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::term_like_with_hz(Box::new(OneLine(Term::stderr())), DRAWS),
        );
        bar.set_style(if is_utf8 { style } else { style.tick_strings(PLAIN) });
        bar.set_message(format!("waiting for {what}"));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The terminal without the blanks that `indicatif` fills a line up with: they would leave the cursor in the last
/// column.
#[derive(Debug)]
struct OneLine(Term);

impl TermLike for OneLine {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.0.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.0.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text.trim_end_matches(' '))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
