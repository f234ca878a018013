//! Which characters a person is shown, wherever a text comes from.

/// The longest text of a provider that is shown, in characters.
const FOREIGN_LENGTH: usize = 200;

/// Text of a provider or a person made fit to be shown: control and bidirectional characters stripped, white space
/// folded to single spaces, cut at 200 characters.
pub fn sanitize_untrusted(text: &str) -> String {
    truncate_visible(text, FOREIGN_LENGTH)
}

/// As [`foreign`], cut at `length` characters.
pub fn truncate_visible(text: &str, length: usize) -> String {
    let plain = single_line(text);
    match plain.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

/// As [`foreign`], but of any length: for text of our own around foreign parts that were cut already.
pub fn single_line(text: &str) -> String {
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c));
    kept.collect::<String>().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `text` as one word of a shell, so that a hint runs as it is typed.
pub fn shell_quote(text: &str) -> String {
    let plain = sanitize_untrusted(text);
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    match !plain.is_empty() && plain.chars().all(is_bare) {
        true => plain,
        false => format!("'{}'", plain.replace('\'', "'\\''")),
    }
}

/// Any text just before it is shown, whoever wrote the parts of it: without what could drive a terminal, line ends kept.
/// The last line behind [`foreign`], for names of files and of what a checkout brought along.
pub fn strip_control(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect()
}

/// Whether a character could move the cursor, reorder the text around it, or not be seen at all.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_drive_the_terminal() {
        assert_eq!(sanitize_untrusted("a\u{1b}[31mb\u{202e}c\r\nd\t e\u{200b}"), "a[31mbc d e");
    }

    #[test]
    fn foreign_text_is_cut() {
        let shown = sanitize_untrusted(&"x".repeat(5000));
        assert_eq!(shown.chars().count(), FOREIGN_LENGTH + 1);
    }

    #[test]
    fn a_word_of_a_shell_is_quoted_where_it_must_be() {
        assert_eq!(shell_quote("ada@example.test"), "ada@example.test");
        assert_eq!(shell_quote("Ada O'Neill"), "'Ada O'\\''Neill'");
    }
}
