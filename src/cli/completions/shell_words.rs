//! Words as shells read and write them. Names of providers and accounts come from servers, so a candidate that a shell
//! inserts must stay one word, whatever is in it.

use super::shell::Shell;

/// Typed words of a command line, the last one up to the cursor.
#[derive(Debug)]
pub struct TypedWords {
    before: Vec<String>,
    last: String,
    /// bash: the last word as typed, and the end of it that a candidate replaces.
    replaced: Option<(String, String)>,
}

impl TypedWords {
    /// Reads what the script of `shell` passes: for bash the line up to the cursor and the part of it that is replaced,
    /// for others each word.
    pub fn new(shell: Shell, words: &[String]) -> Option<Self> {
        if shell == Shell::Bash {
            let [line, replaced] = words else { return None };
            let raw = split(line);
            let (last, before) = raw.split_last()?;
            let before = before.iter().map(|word| unquote(word).0).collect();
            return Some(Self {
                before,
                last: unquote(last).0,
                replaced: Some(((*last).to_owned(), replaced.clone())),
            });
        }
        let (last, before) = words.split_last()?;
        let read = |word: &String| match shell {
            Shell::Nushell | Shell::Powershell => unquote_literal(word, shell),
            _ => word.clone(),
        };
        // The other scripts pass the words before as they are read, fish the last one as it was typed.
        let last = if shell == Shell::Fish { unquote(last).0 } else { read(last) };
        Some(Self { before: before.iter().map(read).collect(), last, replaced: None })
    }

    pub fn before(&self) -> &[String] {
        &self.before
    }

    pub fn last(&self) -> &str {
        &self.last
    }

    /// `value` as `shell` inserts it in place of the last word; `None` if it cannot follow what was typed.
    pub fn quote(&self, value: &str, shell: Shell) -> Option<String> {
        match (shell, &self.replaced) {
            (Shell::Bash, Some((typed, replaced))) => bash_rest(value, typed, replaced),
            // These two select nothing by themselves.
            (Shell::Nushell | Shell::Powershell, _) if !value.to_lowercase().starts_with(&self.last.to_lowercase()) => {
                None
            }
            (Shell::Nushell, _) => Some(quote_for_nushell(value)),
            (Shell::Powershell, _) => Some(quote_for_powershell(value)),
            // The others quote by themselves.
            _ => Some(value.to_owned()),
        }
    }
}

/// The words of a line of bash, as typed. The last one is empty after a blank.
fn split(line: &str) -> Vec<&str> {
    let (mut words, mut start) = (Vec::new(), None);
    let mut quotes = Quotes::default();
    for (at, c) in line.char_indices() {
        let is_blank = [' ', '\t', '\n'].contains(&c) && quotes.is_plain();
        quotes.read(c);
        match (is_blank, start) {
            (true, Some(first)) => {
                words.push(&line[first..at]);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.push(start.map_or("", |first| &line[first..]));
    words
}

/// Text of a word of bash or fish without its quotes, and the quote that is open at its end. Expands nothing.
fn unquote(word: &str) -> (String, Option<char>) {
    let mut quotes = Quotes::default();
    let text = word.chars().filter_map(|c| quotes.read(c)).collect();
    (text, quotes.open)
}

/// Quotes of bash: `'…'`, `"…"` and `\`.
#[derive(Debug, Default)]
struct Quotes {
    open: Option<char>,
    is_escaped: bool,
}

impl Quotes {
    fn is_plain(&self) -> bool {
        self.open.is_none() && !self.is_escaped
    }

    /// Returns the character, unless it is a quote.
    fn read(&mut self, c: char) -> Option<char> {
        if std::mem::take(&mut self.is_escaped) {
            return Some(c);
        }
        match (self.open, c) {
            (None | Some('"'), '\\') => self.is_escaped = true,
            (None, '\'' | '"') => self.open = Some(c),
            (Some(open), _) if open == c => self.open = None,
            _ => return Some(c),
        }
        None
    }
}

/// The end of `value` that bash puts in place of `replaced`, the end of the word `typed`. bash replaces only what follows
/// the last of `COMP_WORDBREAKS`, such as `:` and `@`, or the opening quote, and writes it as it is.
fn bash_rest(value: &str, typed: &str, replaced: &str) -> Option<String> {
    let (kept, quote) = unquote(typed.strip_suffix(replaced)?);
    let rest = value.strip_prefix(&unquote(typed).0).and_then(|_| value.strip_prefix(&kept))?;
    let mut quoted = match quote {
        Some('\'') => rest.replace('\'', r"'\''"),
        // Nothing escapes `!` there: it would recall a command of the history.
        Some(_) if rest.contains('!') => return None,
        Some(_) => with_backslashes(rest, |c| !"\\\"$`".contains(c)),
        None => with_backslashes(rest, is_plain),
    };
    // bash closes the quote, unless the word ends in one.
    quoted.extend(quote.filter(|quote| quoted.ends_with(*quote)));
    Some(quoted)
}

fn with_backslashes(text: &str, is_safe: impl Fn(char) -> bool) -> String {
    text.chars().flat_map(|c| (!is_safe(c)).then_some('\\').into_iter().chain([c])).collect()
}

/// Characters that mean themselves in bash, Nushell and PowerShell.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "-_./:@%+=".contains(c)
}

/// A number, a date or a name such as `null` is quoted too, so that it stays a string.
fn quote_for_nushell(value: &str) -> String {
    let is_flag = value.starts_with("--") && !value.contains('=');
    let is_word =
        value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.contains(|c: char| !c.is_ascii_alphabetic());
    let is_name = !["null", "true", "false"].contains(&value) && value.chars().all(|c| c.is_ascii_alphabetic());
    if (is_flag || is_word || is_name) && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@".contains(c)) {
        return value.to_owned();
    }
    match value.contains('\'') {
        false => format!("'{value}'"),
        true => format!("\"{}\"", with_backslashes(value, |c| !"\\\"".contains(c))),
    }
}

/// PowerShell takes typographic quotes for `'` too.
fn quote_for_powershell(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let is_quote = |c: &char| "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(*c);
    let doubled: String = value.chars().flat_map(|c| [c].into_iter().chain(Some(c).filter(is_quote))).collect();
    format!("'{doubled}'")
}

/// Text of a literal of Nushell or PowerShell, which may lack its closing quote.
fn unquote_literal(word: &str, shell: Shell) -> String {
    let Some(quote) = word.chars().next().filter(|c| "'\"`".contains(*c)) else { return word.to_owned() };
    let inner = &word[1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    match (shell, quote) {
        (Shell::Nushell, '"') => unquote(word).0,
        (Shell::Powershell, '\'') => inner.replace("''", "'"),
        _ => inner.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(shell: Shell, words: &[&str]) -> TypedWords {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        TypedWords::new(shell, &words).expect("the words of a script")
    }

    #[test]
    fn line_of_bash_is_split_like_bash_does() {
        for (line, before, last) in [
            ("mycli ", &["mycli"][..], ""),
            ("mycli token 'a b' c", &["mycli", "token", "a b"], "c"),
            ("mycli a\\ b\\'c \"d \\\" e", &["mycli", "a b'c"], "d \" e"),
            ("mycli $(touch x) `y", &["mycli", "$(touch", "x)"], "`y"),
            ("mycli a\\", &["mycli"], "a"),
            ("", &[], ""),
        ] {
            let words = typed(Shell::Bash, &[line, ""]);
            assert_eq!(
                (words.before(), words.last()),
                (&before.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..], last),
                "{line}"
            );
        }
    }

    /// bash replaces what follows the opening quote, or `:` and the like (clap-rs/clap#6363, Anomalocaridid/handlr-regex#114).
    #[test]
    fn bash_gets_the_end_of_a_word_in_its_quotes() {
        for (line, replaced, value, expected) in [
            ("x ", "", "Ada $L", Some("Ada\\ \\$L")),
            ("x Ada\\ L", "Ada\\ L", "Ada Lo", Some("Ada\\ Lo")),
            ("x 'Ada L", "Ada L", "Ada L'o", Some("Ada L'\\''o")),
            ("x \"a", "a", "a`b\"$c\\", Some("a\\`b\\\"\\$c\\\\")),
            ("x \"a", "a", "a!b", None),
            ("x 'a", "a", "ab'", Some("ab'\\'''")),
            ("x \"a", "a", "ab\"", Some("ab\\\"\"")),
            ("x https://i", "//i", "https://id.example", Some("//id.example")),
            ("x ada@ex", "@ex", "ada@example.org", Some("@example.org")),
            ("x ada@'e", "e", "ada@e x", Some("e x")),
            ("x --account=A", "A", "--account=Ada L", Some("Ada\\ L")),
            ("x b", "b", "ab", None),
        ] {
            assert_eq!(
                typed(Shell::Bash, &[line, replaced]).quote(value, Shell::Bash).as_deref(),
                expected,
                "{line} {value}"
            );
        }
    }

    #[test]
    fn literals_are_read_and_written() {
        for (shell, word, text, written) in [
            (Shell::Nushell, "octocat", "octocat", "octocat"),
            (Shell::Nushell, "--account", "--account", "--account"),
            (Shell::Nushell, "'1234'", "1234", "'1234'"),
            (Shell::Nushell, "'null'", "null", "'null'"),
            (Shell::Nushell, "'a $b", "a $b", "'a $b'"),
            (Shell::Nushell, "\"it's \\\\ \\\"", "it's \\ \"", "\"it's \\\\ \\\"\""),
            (Shell::Powershell, "octo.cat", "octo.cat", "octo.cat"),
            (Shell::Powershell, "''", "", "''"),
            (Shell::Powershell, "'it''s $x", "it's $x", "'it''s $x'"),
        ] {
            let words = typed(shell, &[word]);
            assert_eq!(words.last(), text, "{word}");
            assert_eq!(words.quote(text, shell).as_deref(), Some(written), "{word}");
        }
        assert_eq!(quote_for_powershell("it\u{2019}s"), "'it\u{2019}\u{2019}s'");
    }
}
