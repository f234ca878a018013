//! Finds out what the word at the cursor is, from the words before it and the clap definition.

use clap::{Arg, Command};

/// Place of the cursor in a command line.
#[derive(Debug)]
pub struct Cursor<'a> {
    /// Command that the word belongs to.
    pub command: &'a Command,
    /// Names of the commands above it, without the program: `["providers", "show"]`.
    pub path: Vec<&'a str>,
    pub word: Word<'a>,
    /// Typed part of the word, without the flag before a value.
    pub typed: String,
    values: Vec<(&'a Arg, String)>,
}

/// What the word at the cursor is.
#[derive(Debug, Clone, Copy)]
pub enum Word<'a> {
    Command,
    Flag,
    /// Value of a flag, or a positional argument. `flag` stands before the value in the same word.
    Value {
        argument: &'a Arg,
        flag: Option<&'a str>,
    },
    /// Word of the command after `--`; true for the first one.
    Foreign {
        is_first: bool,
    },
    /// No argument is left.
    Nothing,
}

impl<'a> Cursor<'a> {
    /// Finds the place after the words `before`, the first of which is the program. `definition` is built.
    pub fn find(definition: &'a Command, before: &[String], last: &str) -> Self {
        let mut parser = Parser { command: definition, ..Parser::new(definition) };
        before.iter().skip(1).for_each(|word| parser.read(word));
        let (word, typed) = parser.word(last);
        Cursor { command: parser.command, path: parser.path, word, typed: typed.to_owned(), values: parser.values }
    }

    /// Typed value of an argument.
    pub fn value(&self, id: &str) -> Option<&str> {
        self.values.iter().rev().find(|(argument, _)| argument.get_id() == id).map(|(_, value)| value.as_str())
    }
}

/// State after the words read so far.
struct Parser<'a> {
    command: &'a Command,
    path: Vec<&'a str>,
    values: Vec<(&'a Arg, String)>,
    /// Flag whose value is the next word.
    pending: Option<&'a Arg>,
    /// Positional arguments read.
    positionals: usize,
    /// Words after `--`, once there is one.
    escaped: Option<usize>,
}

impl<'a> Parser<'a> {
    fn new(command: &'a Command) -> Self {
        Self { command, path: Vec::new(), values: Vec::new(), pending: None, positionals: 0, escaped: None }
    }

    fn read(&mut self, word: &str) {
        if let Some(flag) = self.pending.take() {
            return self.values.push((flag, word.to_owned()));
        }
        if let Some(count) = &mut self.escaped {
            *count += 1;
            if !self.runs_another_program() {
                self.read_positional(word);
            }
            return;
        }
        if word == "--" {
            self.escaped = Some(0);
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let Some(flag) = self.long(name) else { return };
            match value {
                Some(value) => self.values.push((flag, value.to_owned())),
                None => self.pending = Some(flag).filter(|flag| needs_value(flag)),
            }
        } else if let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            let last = shorts.chars().last().and_then(|short| self.short(short));
            self.pending = last.filter(|flag| needs_value(flag));
        } else if let Some(inner) = self.command.find_subcommand(word) {
            (self.command, self.positionals) = (inner, 0);
            self.path.push(inner.get_name());
        } else {
            self.read_positional(word);
        }
    }

    fn read_positional(&mut self, word: &str) {
        if let Some(argument) = self.positional() {
            self.values.push((argument, word.to_owned()));
        }
        self.positionals += 1;
    }

    /// The word at the cursor, and its typed part.
    fn word<'t>(&self, last: &'t str) -> (Word<'a>, &'t str) {
        if let Some(argument) = self.pending {
            return (Word::Value { argument, flag: None }, last);
        }
        match self.escaped {
            Some(count) if self.runs_another_program() => return (Word::Foreign { is_first: count == 0 }, last),
            None if last.starts_with('-') => return self.flag(last),
            _ => {}
        }
        match self.positional() {
            Some(argument) => (Word::Value { argument, flag: None }, last),
            None if self.command.has_subcommands() && self.escaped.is_none() => (Word::Command, last),
            None => (Word::Nothing, last),
        }
    }

    /// Returns true if the words after `--` are the command line of another program.
    fn runs_another_program(&self) -> bool {
        self.command.get_positionals().any(|argument| argument.is_last_set() && !argument.is_hide_set())
    }

    /// A flag, or the value after its `=`.
    fn flag<'t>(&self, last: &'t str) -> (Word<'a>, &'t str) {
        let Some((name, value)) = last.strip_prefix("--").and_then(|long| long.split_once('=')) else {
            return (Word::Flag, last);
        };
        match self.long(name).filter(|flag| needs_value(flag)) {
            Some(argument) => (Word::Value { argument, flag: argument.get_long() }, value),
            None => (Word::Nothing, last),
        }
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|argument| argument.get_long() == Some(name))
    }

    fn short(&self, name: char) -> Option<&'a Arg> {
        self.command.get_arguments().find(|argument| argument.get_short() == Some(name))
    }

    /// The next positional argument.
    fn positional(&self) -> Option<&'a Arg> {
        let is_shown = |argument: &&Arg| !argument.is_last_set() && !argument.is_hide_set();
        self.command.get_positionals().filter(is_shown).nth(self.positionals)
    }
}

fn needs_value(flag: &Arg) -> bool {
    flag.get_action().takes_values() && flag.get_num_args().is_none_or(|count| count.min_values() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word at the cursor in `line`, with its typed part and the provider typed before.
    fn place(line: &str) -> String {
        let mut definition = crate::cli::arguments::definition("mycli");
        definition.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (last, before) = words.split_last().expect("a word");
        let cursor = Cursor::find(&definition, before, last);
        let word = match cursor.word {
            Word::Value { argument, flag } => format!("{}{}", flag.map_or("", |_| "="), argument.get_id()),
            other => format!("{other:?}").split(' ').next().unwrap_or_default().to_owned(),
        };
        let provider = cursor.value("provider").map(|name| format!(" at {name}")).unwrap_or_default();
        format!("{} {word} `{}`{provider}", cursor.path.join(" "), cursor.typed).trim_start().to_owned()
    }

    #[test]
    fn word_at_the_cursor_is_recognized() {
        for (line, expected) in [
            ("mycli ", "Command ``"),
            ("mycli tok", "Command `tok`"),
            ("mycli --json tok", "Command `tok`"),
            ("mycli --store f", "store `f`"),
            ("mycli --store=f", "=store `f`"),
            ("mycli --config token st", "Command `st`"),
            ("mycli -qv login ", "signin provider ``"),
            ("mycli login --acc", "signin Flag `--acc`"),
            ("mycli token -- git", "token provider `git`"),
            ("mycli token github --account a", "token account `a` at github"),
            ("mycli token --account=a", "token =account `a`"),
            ("mycli token --force=a", "token Nothing `--force=a`"),
            ("mycli token github x", "token Nothing `x` at github"),
            ("mycli switch github a", "switch account `a` at github"),
            ("mycli providers sh", "providers Command `sh`"),
            ("mycli providers show g", "providers show name `g`"),
            ("mycli exec github -- l", "exec Foreign `l` at github"),
            ("mycli exec -- ls --account ", "exec Foreign ``"),
            ("mycli completions bash -- x", "completions Nothing `x`"),
            ("mycli help tok", "help Command `tok`"),
            ("mycli nonsense --nonsense ", "Command ``"),
        ] {
            assert_eq!(place(line), expected, "{line}");
        }
    }
}
