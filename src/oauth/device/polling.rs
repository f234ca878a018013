//! Polling interval: RFC 8628 3.5.

use std::time::Duration;

/// Interval if the provider sends none (RFC 8628 3.2).
const DEFAULT: Duration = Duration::from_secs(5);

/// Shortest interval, also if the provider sends 0.
const MIN: Duration = Duration::from_secs(1);

/// Longest interval accepted, and longest wait after failures: the user has approved and waits.
const MAX: Duration = Duration::from_secs(60);

/// Increase for each `slow_down` (RFC 8628 3.5).
const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);

/// Margin in percent of the interval after the first and after the second `slow_down`: if the clock of a virtual
/// machine runs fast, an interval measured here is too short for the provider, and exactly five seconds more may be too
/// (cli/cli#9370). `gh` uses the same values.
const SLOW_DOWN_MARGINS: [u32; 2] = [20, 40];

/// From this many `slow_down` on, the cause is the clock.
const DRIFT_THRESHOLD: u32 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollInterval {
    interval: Duration,
    slow_downs: u32,
    failures: u32,
}

impl PollInterval {
    /// Creates the interval: the provider's, clamped to one second to one minute; five seconds if it sends none.
    pub fn new(interval: Option<Duration>) -> Self {
        Self { interval: interval.unwrap_or(DEFAULT).clamp(MIN, MAX), slow_downs: 0, failures: 0 }
    }

    /// Time to wait before the next poll, including the first.
    pub fn wait_time(&self) -> Duration {
        let margin = match self.slow_downs {
            0 => 0,
            1 => SLOW_DOWN_MARGINS[0],
            _ => SLOW_DOWN_MARGINS[1],
        };
        let normal = self.interval + self.interval * margin / 100;
        match self.failures {
            0 => normal,
            // More than six doublings of a second exceed the longest wait.
            failures => normal.max(MAX.min(normal * 2_u32.pow(failures.min(6)))),
        }
    }

    /// Handles `slow_down`, perhaps with a new interval: every later wait is five seconds longer, or as long as the
    /// provider says.
    pub fn slow_down(&mut self, interval: Option<Duration>) {
        self.slow_downs += 1;
        self.interval = (self.interval + SLOW_DOWN_STEP).max(interval.unwrap_or_default());
    }

    /// Records a failed poll: each doubles the wait, up to a minute.
    pub fn record_failure(&mut self) {
        self.failures += 1;
    }

    /// Records a valid response: ends the doubling.
    pub fn record_response(&mut self) {
        self.failures = 0;
    }

    /// Returns true once, when `slow_down` has come so often that the clock of this machine must run fast.
    pub fn clock_drifts(&self) -> bool {
        self.slow_downs == DRIFT_THRESHOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    fn wait_seconds(interval: &PollInterval) -> f64 {
        interval.wait_time().as_secs_f64()
    }

    #[test]
    fn first_poll_waits_one_interval_within_bounds() {
        for (requested, expected) in
            [(None, 5.0), (seconds(1), 1.0), (seconds(7), 7.0), (seconds(0), 1.0), (seconds(600), 60.0)]
        {
            assert_eq!(wait_seconds(&PollInterval::new(requested)), expected, "{requested:?}");
        }
    }

    #[test]
    fn slow_down_adds_five_seconds_and_a_margin() {
        let mut interval = PollInterval::new(None);
        for (requested, expected) in [(None, 12.0), (seconds(5), 21.0), (seconds(40), 56.0), (None, 63.0)] {
            interval.slow_down(requested);
            assert_eq!(wait_seconds(&interval), expected, "{requested:?}");
        }
    }

    #[test]
    fn huge_interval_does_not_overflow() {
        let mut interval = PollInterval::new(None);
        interval.slow_down(seconds(100 * 365 * 24 * 3600));
        for _ in 0..40 {
            interval.record_failure();
        }
        assert!(interval.wait_time() > Duration::from_secs(3600));
    }
}
