//! Colors, links and line wrapping of terminal output.

use console::measure_text_width;
use unicode_width::UnicodeWidthStr;

use crate::sanitize::shell_word_length;

/// Label of a line: error, hint or warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageLabel {
    Error,
    Hint,
    Warning,
}

impl MessageLabel {
    /// Prefixes `text` with the colored label and indents continuation lines.
    pub fn format(self, text: &str, can_style: bool) -> String {
        let (label, color) = self.text_and_color();
        let continuation = format!("\n{}", " ".repeat(self.width()));
        format!("{} {}", sgr(label, color, can_style), text.replace('\n', &continuation))
    }

    /// Columns of the label and the space after it.
    pub fn width(self) -> usize {
        self.text_and_color().0.len() + 1
    }

    fn text_and_color(self) -> (&'static str, &'static str) {
        match self {
            Self::Error => ("error:", "1;31"),
            Self::Hint => ("hint:", "1;36"),
            Self::Warning => ("warning:", "1;33"),
        }
    }
}

/// Returns `ok`, `FAILED`, or `unclear` if nothing can tell; colored if `can_style`.
pub fn check_result(ok: Option<bool>, can_style: bool) -> String {
    match ok {
        Some(true) => sgr("ok", "32", can_style),
        Some(false) => sgr("FAILED", "1;31", can_style),
        None => sgr("unclear", "33", can_style),
    }
}

pub(super) fn bold(text: &str, can_style: bool) -> String {
    sgr(text, "1", can_style)
}

/// Formats `text` as a terminal hyperlink (OSC 8) if there is a link and `can_style`.
pub(super) fn hyperlink(text: &str, link: Option<&str>, can_style: bool) -> String {
    match link.filter(|_| can_style) {
        Some(link) => format!("\u{1b}]8;;{link}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
        None => text.to_owned(),
    }
}

/// Wraps `text` in SGR parameters and a reset (ECMA-48 8.3.117).
fn sgr(text: &str, parameters: &str, can_style: bool) -> String {
    match can_style {
        true => format!("\u{1b}[{parameters}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

/// Wraps a command between its words, so that the lines still run as one command.
pub fn wrap_command(command: &str, columns: Option<usize>) -> String {
    /// Columns of a blank and the backslash that joins two lines.
    const JOINT: usize = 2;
    let Some(columns) = columns.filter(|columns| command.width() > *columns) else { return command.to_owned() };
    let (mut text, mut width, mut rest) = (String::new(), 0, command);
    while !rest.is_empty() {
        let (word, after) = rest.split_at(shell_word_length(rest).max(1));
        if width > 0 && width + word.width() + JOINT > columns {
            text.push_str(" \\\n ");
            width = 1;
        }
        text.push_str(if width == 1 { word.trim_start() } else { word });
        width += word.width();
        rest = after;
    }
    text
}

/// Wraps each line of `text` at spaces to fit `columns`. What continues an indented line is indented further.
pub fn wrap_text(text: &str, columns: Option<usize>) -> String {
    let wrapped = |line: &str| match line.len() - line.trim_start_matches(' ').len() {
        0 => wrap(line, columns, ""),
        blanks => wrap(line, columns, &" ".repeat(blanks + 2)),
    };
    text.lines().map(wrapped).collect::<Vec<_>>().join("\n")
}

/// Lists fields and their values in two columns, or after one another if the terminal is too narrow for that.
pub(super) fn field_list(fields: &[(String, String)], columns: Option<usize>) -> String {
    /// Columns of a value that are worth a column of their own.
    const MIN_VALUE: usize = 30;
    let label = fields.iter().map(|(field, _)| field.width()).max().unwrap_or_default();
    let indent = " ".repeat(label + 4);
    let is_narrow = columns.is_some_and(|columns| columns < indent.len() + MIN_VALUE);
    let line = |(field, value): &(String, String)| match is_narrow {
        true => wrap_text(&format!("  {field}: {value}"), columns),
        false => {
            let padding = " ".repeat(label - field.width());
            let values =
                wrap(value, columns.map(|columns| columns - indent.len()), "").replace('\n', &format!("\n{indent}"));
            format!("  {field}{padding}  {values}")
        }
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Wraps a line at spaces to fit `columns`, with `indent` before each continuation line. A word longer than a line
/// stays whole. Escape sequences take no columns.
pub fn wrap(line: &str, columns: Option<usize>, indent: &str) -> String {
    let Some(columns) = columns else { return line.to_owned() };
    let (mut text, mut width) = (String::new(), 0);
    for (index, word) in line.split(' ').enumerate() {
        // Never break after the leading spaces of a line.
        let word_width = measure_text_width(word);
        if width + 1 + word_width > columns && !text.trim_start().is_empty() {
            text.push('\n');
            text.push_str(indent);
            width = indent.len();
        } else if index > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word_width;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wrap_between_words_to_the_given_width() {
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
    fn continuation_of_an_indented_line_is_indented_further() {
        let text = "at this page:\n  Name: one two three\nthen";
        assert_eq!(wrap_text(text, None), text);
        assert_eq!(wrap_text(text, Some(14)), "at this page:\n  Name: one\n    two three\nthen");
        let red = "one \u{1b}[31mtwo\u{1b}[0m";
        assert_eq!(wrap_text(red, Some(7)), red);
    }

    #[test]
    fn long_field_continues_below_its_value() {
        let fields = [("Name", "mycli"), ("Redirect URI", "the one of the page, without its port, exactly as shown")]
            .map(|(field, value)| (field.to_owned(), value.to_owned()));
        let wide = "  Name          mycli\n  Redirect URI  the one of the page, without its port, exactly as shown";
        assert_eq!(field_list(&fields, None), wide);
        assert_eq!(
            field_list(&fields, Some(50)),
            "  Name          mycli\n  Redirect URI  the one of the page, without its\n                port, exactly as shown"
        );
        assert_eq!(
            field_list(&fields, Some(40)),
            "  Name: mycli\n  Redirect URI: the one of the page,\n    without its port, exactly as shown"
        );
    }

    #[test]
    fn commands_wrap_between_words_and_still_run() {
        let command = "mycli signin 'a b' --scope 'read write' --param a=1";
        assert_eq!(wrap_command(command, None), command);
        assert_eq!(wrap_command(command, Some(80)), command);
        assert_eq!(wrap_command(command, Some(30)), "mycli signin 'a b' --scope \\\n 'read write' --param a=1");
        for columns in 16..51 {
            let text = wrap_command(command, Some(columns));
            assert!(text.lines().all(|line| line.width() <= columns), "{columns}:\n{text}");
            assert_eq!(text.replace(" \\\n ", " "), command, "{columns}");
        }
    }

    #[test]
    fn check_results_have_text_without_style() {
        assert_eq!([Some(true), Some(false), None].map(|ok| check_result(ok, false)), ["ok", "FAILED", "unclear"]);
        assert_eq!(
            [Some(true), Some(false)].map(|ok| check_result(ok, true)),
            ["\u{1b}[32mok\u{1b}[0m", "\u{1b}[1;31mFAILED\u{1b}[0m"]
        );
    }

    #[test]
    fn only_labels_are_colored_and_continuations_indent() {
        assert_eq!(MessageLabel::Hint.format("a\nb", false), "hint: a\n      b");
        assert_eq!(MessageLabel::Warning.format("x", true), "\u{1b}[1;33mwarning:\u{1b}[0m x");
        assert_eq!(MessageLabel::Error.format("x", true), "\u{1b}[1;31merror:\u{1b}[0m x");
    }
}
