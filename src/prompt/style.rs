//! The one style of the conversation: which words are coloured, and how, and where lines are broken.

use unicode_width::UnicodeWidthStr;

/// What a line is, where it is not plain conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageLabel {
    /// The command failed.
    Error,
    /// What to do about it.
    Hint,
    /// Something is not as it should be, though the command goes on.
    Warning,
}

impl MessageLabel {
    /// `text` behind the label, which alone is coloured; further lines stand below the first.
    pub fn format(self, text: &str, can_style: bool) -> String {
        let (label, color) = self.text_and_color();
        let continuation = format!("\n{}", " ".repeat(self.width()));
        format!("{} {}", sgr(label, color, can_style), text.replace('\n', &continuation))
    }
}

impl MessageLabel {
    /// How many columns stand before what it labels.
    pub(super) fn width(self) -> usize {
        self.text_and_color().0.len() + 1
    }

    /// The label and its colour.
    fn text_and_color(self) -> (&'static str, &'static str) {
        match self {
            Self::Error => ("error:", "1;31"),
            Self::Hint => ("hint:", "1;36"),
            Self::Warning => ("warning:", "1;33"),
        }
    }
}

/// What a check found, in a word.
pub fn check_result(ok: bool, can_style: bool) -> String {
    match ok {
        true => sgr("ok", "32", can_style),
        false => sgr("FAILED", "1;31", can_style),
    }
}

/// `text` in bold, where that can be shown.
pub(super) fn bold(text: &str, can_style: bool) -> String {
    sgr(text, "1", can_style)
}

/// `text` as a link that terminals follow (OSC 8), where there is one and it can be shown.
pub(super) fn hyperlink(text: &str, link: Option<&str>, can_style: bool) -> String {
    match link.filter(|_| can_style) {
        Some(link) => format!("\u{1b}]8;;{link}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
        None => text.to_owned(),
    }
}

/// By SGR (ECMA-48 8.3.117): the parameters before, the reset behind.
fn sgr(text: &str, parameters: &str, can_style: bool) -> String {
    match can_style {
        true => format!("\u{1b}[{parameters}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

/// One line as several that fit so many columns, the later ones behind `indent`. What is between blanks stays whole, and is
/// left to the terminal where it is longer than a line.
pub fn wrap(line: &str, columns: Option<usize>, indent: &str) -> String {
    let Some(columns) = columns else { return line.to_owned() };
    let (mut text, mut width) = (String::new(), 0);
    for (index, word) in line.split(' ').enumerate() {
        // Behind the blanks that a line begins with there is nothing to break.
        if width + 1 + word.width() > columns && !text.trim_start().is_empty() {
            text.push('\n');
            text.push_str(indent);
            width = indent.len();
        } else if index > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.width();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_for_those_who_look() {
        let line = "ok store: é日本 was written, read and deleted";
        assert_eq!(wrap(line, None, "   "), line);
        assert_eq!(wrap(line, Some(80), "   "), line);
        for columns in 11..45 {
            let text = wrap(line, Some(columns), "   ");
            assert!(text.lines().all(|line| line.width() <= columns), "{columns}:\n{text}");
            assert_eq!(text.replace("\n  ", ""), line, "{columns}");
        }
        assert_eq!(wrap("a bbbbbbbbbbbb c", Some(5), "   "), "a\n   bbbbbbbbbbbb\n   c");
        assert_eq!(wrap("  bbbbbbbbbbbb c", Some(5), "   "), "  bbbbbbbbbbbb\n   c");
    }

    #[test]
    fn a_verdict_is_a_word_whatever_can_be_shown() {
        assert_eq!([check_result(true, false), check_result(false, false)], ["ok", "FAILED"]);
        assert_eq!(
            [check_result(true, true), check_result(false, true)],
            ["\u{1b}[32mok\u{1b}[0m", "\u{1b}[1;31mFAILED\u{1b}[0m"]
        );
    }

    #[test]
    fn only_the_label_is_coloured_and_further_lines_stand_below_the_first() {
        assert_eq!(MessageLabel::Hint.format("a\nb", false), "hint: a\n      b");
        assert_eq!(MessageLabel::Warning.format("x", true), "\u{1b}[1;33mwarning:\u{1b}[0m x");
        assert_eq!(MessageLabel::Error.format("x", true), "\u{1b}[1;31merror:\u{1b}[0m x");
    }
}
