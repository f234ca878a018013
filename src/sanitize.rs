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
    let line = visible.collect::<String>().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    ascii_hosts(&show_invisible(&line))
}

/// Writes the hosts of URLs in ASCII (RFC 3492), so that no letter can imitate another.
fn ascii_hosts(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + 3).filter(|_| !rest.is_ascii()) {
        let (before, after) = rest.split_at(start);
        let is_end = |c: char| c.is_whitespace() || "/?#\\`'\"<>()[],;|".contains(c);
        let (authority, left) = after.split_at(after.find(is_end).unwrap_or(after.len()));
        let user_end = authority.rfind('@').map_or(0, |at| at + 1);
        let (host, port) =
            authority[user_end..].split_at(authority[user_end..].find(':').unwrap_or(authority.len() - user_end));
        let ascii = match url::Host::parse(host) {
            _ if host.is_ascii() => host.to_owned(),
            Ok(parsed) => parsed.to_string(),
            Err(_) => host.chars().map(|c| if c.is_ascii() { c.to_string() } else { code_point(c) }).collect(),
        };
        shown.extend([before, &authority[..user_end], &ascii, port]);
        rest = left;
    }
    shown + rest
}

/// Replaces letters without a shape by their code points: two names that differ must look different.
fn show_invisible(text: &str) -> String {
    match text.chars().any(is_invisible_letter) {
        true => text.chars().map(|c| if is_invisible_letter(c) { code_point(c) } else { c.to_string() }).collect(),
        false => text.to_owned(),
    }
}

fn code_point(c: char) -> String {
    format!("<U+{:04X}>", u32::from(c))
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

/// Length of the first shell word of a hint and of the blanks before it. The quotes are those of [`shell_quote`].
pub fn shell_word_length(text: &str) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let start = text.len() - text.trim_start_matches(' ').len();
    for (index, letter) in text[start..].char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if !is_quoted => is_escaped = true,
            '\'' => is_quoted = !is_quoted,
            ' ' | '\n' if !is_quoted => return start + index,
            _ => {}
        }
    }
    text.len()
}

/// Quotes a path as one shell word.
pub fn shell_quote_path(path: &std::path::Path) -> String {
    quote_word(&truncate_visible(&path.to_string_lossy(), MAX_PATH_LENGTH))
}

/// Removes every character that could control a terminal; keeps line ends. Last step before any output, after
/// [`sanitize_untrusted`]: file names and project files may hold untrusted text too.
pub fn strip_control(text: &str) -> String {
    let visible: String = text.chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect();
    ascii_hosts(&show_invisible(&visible))
}

/// Same JSON, in which every character that could control a terminal is an escape (RFC 8259 7); keeps the line ends
/// between the tokens. Programs read the same strings from it as before.
pub fn escape_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match c != '\n' && is_hidden(c) {
            true => shown.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
            false => shown.push(c),
        }
    }
    shown
}

/// Whether a character could move the cursor, reorder the text around it, or is invisible.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character that counts as a letter, a symbol or a mark shows nothing: fillers, the blank Braille pattern,
/// the grapheme joiner, inherent vowels, a null note and variation selectors.
fn is_invisible_letter(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_text_cannot_control_the_terminal() {
        assert_eq!(sanitize_untrusted("a\u{1b}[31mb\u{202e}c\r\nd\t e\u{200b}"), "a[31mbc d e");
    }

    #[test]
    fn escaped_json_is_the_same_json_without_control() {
        let value = serde_json::json!({"a\u{9b}": ["\u{1b}\u{9d}\u{202e}\u{200b}\n\u{e0041}", "größe 👍 \\"]});
        let escaped = r#"{"a\u009b":["\u001b\u009d\u202e\u200b\n\udb40\udc41","größe 👍 \\"]}"#;
        assert_eq!(escape_json(&value.to_string()), escaped);
        for json in [value.to_string(), format!("{value:#}")] {
            let shown = escape_json(&json);
            assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)), "{shown:?}");
            assert_eq!(shown.lines().count(), json.lines().count());
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
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

    #[test]
    fn invisible_letters_are_shown() {
        for letter in ['\u{3164}', '\u{2800}', '\u{115f}', '\u{34f}', '\u{fe0f}', '\u{e0101}', '\u{ffa0}'] {
            let expected = format!("ada<U+{:04X}>", u32::from(letter));
            assert_eq!(sanitize_untrusted(&format!("ada{letter}")), expected);
            assert_eq!(strip_control(&format!("ada{letter}")), expected);
        }
        assert_eq!(strip_control("größe 東京 👍 e\u{301}"), "größe 東京 👍 e\u{301}");
    }

    #[test]
    fn hosts_are_shown_in_ascii() {
        for (text, expected) in [
            ("visit https://аpple.example/größe now", "visit https://xn--pple-43d.example/größe now"),
            (
                "`https://ä.example:8443`, `http://ö.example`",
                "`https://xn--4ca.example:8443`, `http://xn--nda.example`",
            ),
            ("https://id.example@ä.example/", "https://id.example@xn--4ca.example/"),
            ("https://id.example/ä", "https://id.example/ä"),
            ("https://\u{3164}.example/", "https://<U+3164>.example/"),
            ("größe: 1", "größe: 1"),
        ] {
            assert_eq!(sanitize_untrusted(text), expected);
            assert_eq!(strip_control(text), expected);
        }
    }

    #[test]
    fn paths_and_words_for_zsh_are_quoted() {
        assert_eq!(shell_quote("=ls"), "'=ls'");
        let long = format!("/{}", "x".repeat(1000));
        assert_eq!(shell_quote_path(std::path::Path::new(&long)), long);
    }
}
