//! Options of every command.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::app::environment::Environment;
use crate::config::StoreChoice;
use crate::error::Error;
use crate::sanitize::shell_quote_path;

/// Options of every command
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
#[non_exhaustive]
pub struct Globals {
    /// Print results as JSON on stdout and messages as JSON lines on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Verbose; repeat to log HTTP requests (secrets are redacted)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Choose when to color the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: Color,
    /// Never prompt or open a browser (implied by CI)
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Use this configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Store new sessions in: auto, keyring or file
    #[arg(long, global = true, value_name = "KIND", value_parser = parse_store)]
    pub store: Option<StoreChoice>,
}

/// When to color the output
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Color {
    /// If the output is a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Globals {
    /// The command for hints: `program` with the options that the next command needs too.
    pub(super) fn invocation(&self, program: &str) -> String {
        match &self.config {
            Some(file) => format!("{program} --config {}", shell_quote_path(file)),
            None => program.to_owned(),
        }
    }
}

impl Color {
    /// Whether output may be styled; `is_terminal` is about the stream that is written to.
    pub(super) fn is_on(self, environment: &Environment, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if environment.variable("NO_COLOR").is_some() => false,
            Self::Auto if environment.variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto => is_terminal && environment.variable("TERM") != Some("dumb"),
        }
    }
}

fn parse_store(text: &str) -> Result<StoreChoice, String> {
    text.parse().map_err(|error: Error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment { variables, ..Environment::default() }
    }

    #[test]
    fn color_follows_the_usual_variables() {
        type Case = (Color, &'static [(&'static str, &'static str)], bool, bool);
        let table: &[Case] = &[
            (Color::Auto, &[("TERM", "xterm")], true, true),
            (Color::Auto, &[("TERM", "xterm")], false, false),
            (Color::Auto, &[("TERM", "dumb")], true, false),
            (Color::Auto, &[("TERM", "xterm"), ("NO_COLOR", "1")], true, false),
            (Color::Auto, &[("NO_COLOR", "")], true, true),
            (Color::Auto, &[("CLICOLOR_FORCE", "1")], false, true),
            (Color::Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Color::Always, &[("NO_COLOR", "1")], false, true),
            (Color::Never, &[("CLICOLOR_FORCE", "1")], true, false),
        ];
        for (color, pairs, terminal, expected) in table {
            assert_eq!(color.is_on(&environment(pairs), *terminal), *expected, "{color:?} {pairs:?} {terminal}");
        }
    }
}
