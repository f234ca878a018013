//! Untrusted text made safe to print: no control or bidirectional characters, limited length, shell quoting.

/// Limit for text from a provider, in characters.
const UNTRUSTED_LENGTH: usize = 200;

/// Limit for a path in a command, in characters: `PATH_MAX` of Linux.
const MAX_PATH_LENGTH: usize = 4096;

/// Untrusted text for a message: control and bidirectional characters removed, white space folded to single spaces, cut
/// at 200 characters.
pub fn sanitize_untrusted(text: &str) -> String {
    truncate_visible(text, UNTRUSTED_LENGTH)
}

/// Same as [`sanitize_untrusted`], cut at `length` characters.
pub fn truncate_visible(text: &str, length: usize) -> String {
    let line = single_line(text);
    match line.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Same as [`sanitize_untrusted`] without the limit: for our own text around untrusted parts that are already cut.
pub fn single_line(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c));
    visible.collect::<String>().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Quotes `text` as one shell word, so that a hint runs as typed.
pub fn shell_quote(text: &str) -> String {
    quote_word(&sanitize_untrusted(text))
}

fn quote_word(clean: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    // zsh replaces a word that starts with `=` by the path of a command.
    match !clean.is_empty() && clean.chars().all(is_bare) && !clean.starts_with('=') {
        true => clean.to_owned(),
        false => format!("'{}'", clean.replace('\'', "'\\''")),
    }
}

/// Quotes a path as one shell word.
pub fn shell_quote_path(path: &std::path::Path) -> String {
    quote_word(&truncate_visible(&path.to_string_lossy(), MAX_PATH_LENGTH))
}

/// Removes every character that could control a terminal; keeps line ends. Last step before any output, after
/// [`sanitize_untrusted`]: file names and project files may hold untrusted text too.
pub fn strip_control(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect()
}

/// Whether a character could move the cursor, reorder the text around it, or is invisible.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_text_cannot_control_the_terminal() {
        assert_eq!(sanitize_untrusted("a\u{1b}[31mb\u{202e}c\r\nd\t e\u{200b}"), "a[31mbc d e");
    }

    #[test]
    fn untrusted_text_is_cut() {
        let shown = sanitize_untrusted(&"x".repeat(5000));
        assert_eq!(shown.chars().count(), UNTRUSTED_LENGTH + 1);
    }

    #[test]
    fn shell_words_are_quoted_if_needed() {
        assert_eq!(shell_quote("ada@example.test"), "ada@example.test");
        assert_eq!(shell_quote("Ada O'Neill"), "'Ada O'\\''Neill'");
    }
}
