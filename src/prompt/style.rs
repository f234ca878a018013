//! The one style of the conversation: which words are coloured, and how.

/// What a line is, where it is not plain conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// The command failed.
    Error,
    /// What to do about it.
    Hint,
    /// Something is not as it should be, though the command goes on.
    Warning,
}

impl Label {
    /// `text` behind the label, which alone is coloured; further lines stand below the first.
    pub fn before(self, text: &str, can_style: bool) -> String {
        let (word, colour) = match self {
            Self::Error => ("error:", "1;31"),
            Self::Hint => ("hint:", "1;36"),
            Self::Warning => ("warning:", "1;33"),
        };
        let below = format!("\n{}", " ".repeat(word.len() + 1));
        format!("{} {}", styled(word, colour, can_style), text.replace('\n', &below))
    }
}

/// `text` in bold, where that can be shown.
pub(super) fn bold(text: &str, can_style: bool) -> String {
    styled(text, "1", can_style)
}

/// `text` as a link that terminals follow (OSC 8), where there is one and it can be shown.
pub(super) fn linked(text: &str, link: Option<&str>, can_style: bool) -> String {
    match link.filter(|_| can_style) {
        Some(link) => format!("\u{1b}]8;;{link}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
        None => text.to_owned(),
    }
}

/// By SGR (ECMA-48 8.3.117): the parameters before, the reset behind.
fn styled(text: &str, parameters: &str, can_style: bool) -> String {
    match can_style {
        true => format!("\u{1b}[{parameters}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_label_is_coloured_and_further_lines_stand_below_the_first() {
        assert_eq!(Label::Hint.before("a\nb", false), "hint: a\n      b");
        assert_eq!(Label::Warning.before("x", true), "\u{1b}[1;33mwarning:\u{1b}[0m x");
        assert_eq!(Label::Error.before("x", true), "\u{1b}[1;31merror:\u{1b}[0m x");
    }
}
