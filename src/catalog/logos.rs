//! Logos of rows: marks under a free license, for pages. `logos.txt` has them, `tests/logos.mjs` makes it.

use super::row::rows;

const LOGOS: &str = include_str!("logos.txt");

/// Returns the path of the row's logo, in a square of 24. No row of Apple, Google or Microsoft has one: their rules for
/// sign-in buttons demand a design of their own.
pub(super) fn logo(name: &str) -> Option<&'static str> {
    let row = rows().canonical(name)?;
    LOGOS.lines().find_map(|line| line.strip_prefix(row)?.strip_prefix(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logo_is_a_path_of_a_row_and_nothing_else() {
        let logos: Vec<_> = LOGOS.lines().skip(2).map(|line| line.split_once(' ').expect("a path")).collect();
        assert!(logos.is_sorted() && logos.len() > 50);
        for (row, path) in logos {
            assert_eq!(rows().canonical(row), Some(row), "{row}");
            let is_drawn = |c: char| c.is_ascii_digit() || "MmLlHhVvCcSsQqTtAaZz.,- ".contains(c);
            assert!(path.starts_with(['M', 'm']) && path.chars().all(is_drawn), "{row}");
            assert_eq!(logo(row), Some(path), "{row}");
        }
    }

    #[test]
    fn rules_against_logos_are_kept() {
        for name in ["apple", "google", "gmail", "microsoft", "azure", "gitlab", "spotify", "unknown", "git", ""] {
            assert_eq!(logo(name), None, "{name}");
        }
        assert!(logo("gh").is_some(), "an alias");
    }
}
