//! Subjects. The key and every comparison use the subject as the provider sent it; only what is shown is cleaned.

use crate::sanitize::truncate_visible;

/// Longest subject that is shown (OpenID Connect Core 2).
const MAX_SUBJECT_LEN: usize = 255;

/// Returns the subject as it is shown and may be typed.
pub fn shown_subject(subject: &str) -> String {
    truncate_visible(subject, MAX_SUBJECT_LEN)
}

/// Returns the subject as version 0.1.0 stored it. The rules are those of that version and never change.
pub fn subject_of_0_1_0(subject: &str) -> String {
    let visible = subject.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !was_hidden(*c));
    let words = visible.collect::<String>();
    let line = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SUBJECT_LEN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn was_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::subject_of_0_1_0;

    #[test]
    fn stored_subjects_are_cleaned_as_they_were() {
        assert_eq!(subject_of_0_1_0(" a\u{200b} \t b\u{1b}\u{3164}"), "a b\u{3164}");
        assert_eq!(subject_of_0_1_0("auth0|5f7c8ec7c33c6c004bbafe82"), "auth0|5f7c8ec7c33c6c004bbafe82");
        assert_eq!(subject_of_0_1_0(&"x".repeat(256)), "x".repeat(255) + "…");
    }
}
