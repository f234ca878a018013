//! Durations on the command line: integers with `s m h d`, combinable (`1h30m`).
//!
//! Written here because `humantime` prints `2days` for `2d` and reads `1M` as a month.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Parses a duration.
///
/// # Errors
/// [`Error::Usage`] for a bare number, an unknown unit, a repeated unit, units out of order, or an overflow.
pub fn parse(text: &str) -> Result<Duration> {
    seconds(text).map(Duration::from_secs).ok_or_else(|| invalid(text))
}

/// Formats a duration in whole seconds as [`parse`] reads it: `1h30m`, `0s`.
pub fn show(duration: Duration) -> String {
    let mut left = duration.as_secs();
    let mut text = String::new();
    for (unit, length) in UNITS {
        let count = left / length;
        left %= length;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false => text,
    }
}

/// Units with their length in seconds, in the order they must be written.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = rest[end..].chars().next()?;
        let (_, length) = units.find(|(known, _)| *known == unit)?;
        let count: u64 = rest[..end].parse().ok()?;
        total = total.checked_add(count.checked_mul(*length)?)?;
        rest = &rest[end + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
}

fn invalid(text: &str) -> Error {
    let shown = sanitize_untrusted(text);
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match bare {
        true => Error::usage(format!("`{shown}` has no unit: `{shown}s`, `{shown}m`, `{shown}h` or `{shown}d`")),
        false => Error::usage(format!("`{shown}` is not a duration such as `90s`, `5m` or `1h30m`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed_and_formatted() {
        for (text, seconds, shown) in [
            ("0s", 0, "0s"),
            ("90s", 90, "1m30s"),
            ("5m", 300, "5m"),
            ("1h30m", 5400, "1h30m"),
            ("2d", 172_800, "2d"),
            ("1d2h3m4s", 93_784, "1d2h3m4s"),
            ("007s", 7, "7s"),
        ] {
            assert_eq!(parse(text).expect(text), Duration::from_secs(seconds));
            assert_eq!(show(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn bare_number_is_rejected_with_units() {
        let error = parse("30").expect_err("bare");
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("`30s`"), "{error}");
    }

    #[test]
    fn invalid_durations_are_rejected() {
        for text in [
            "",
            "s",
            "1",
            "1x",
            "-1s",
            "+1s",
            "1.5h",
            "1 h",
            "1h 30m",
            "30m1h",
            "1s1s",
            "1ms",
            "1µ",
            "٣s",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
