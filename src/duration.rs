//! Durations as they are typed: integers with `s m h d`, combinable (`1h30m`).

use std::time::Duration;

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Reads a duration.
///
/// # Errors
/// [`Error::Usage`] for a bare number, an unknown unit, a unit said twice or out of order, or more seconds than fit.
pub fn parse(text: &str) -> Result<Duration> {
    seconds(text).map(Duration::from_secs).ok_or_else(|| refused(text))
}

/// Writes a duration the way [`parse`] reads it, parts of a second left out: `1h30m`, `0s`.
pub fn show(duration: Duration) -> String {
    let mut left = duration.as_secs();
    let mut shown = String::new();
    for (unit, length) in UNITS {
        let count = left / length;
        left %= length;
        if count > 0 {
            shown.push_str(&format!("{count}{unit}"));
        }
    }
    match shown.is_empty() {
        true => "0s".to_owned(),
        false => shown,
    }
}

/// Units with their length in seconds, the longest first, which is the order they are said in.
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

fn refused(text: &str) -> Error {
    let shown = sanitize_untrusted(text);
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match bare {
        true => Error::usage(format!("`{shown}` has no unit: `{shown}s`, `{shown}m`, `{shown}h` or `{shown}d`")),
        false => Error::usage(format!("`{shown}` is not a duration, such as `90s`, `5m` or `1h30m`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
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
    fn a_bare_number_is_refused_and_the_message_offers_units() {
        let error = parse("30").expect_err("bare");
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("`30s`"), "{error}");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
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
