//! `exec`: runs a command with a fresh token in one environment variable.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::output::Output;
use super::session_args::SessionArgs;
use crate::app::App;
use crate::error::Result;
use crate::exec;
use crate::sanitize::shell_quote;
use crate::token::{self, TokenOptions};

/// Run a command with a fresh token in an environment variable
///
/// The variable is the usual one of the provider, such as GITHUB_TOKEN, else ACCESS_TOKEN. Signals are passed on. Exits
/// with the status of the command: 126 if it is not executable, 127 if it was not found, 128+N if signal N ended it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Set this environment variable to the token
    #[arg(long, value_name = "VARIABLE", value_parser = exec::validate_variable_name)]
    env: Option<String>,
    /// Command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(app: &App, _: &Output, args: Args) -> Result<u8> {
    let options = TokenOptions::default();
    let session = token::fresh_session(app, &app.select_session(&args.session.query(), "exec")?, &options)?;
    let variable = match args.env {
        Some(name) => name,
        None => exec::token_variable(app, session.earlier_of.as_ref().unwrap_or(&session.provider)),
    };
    let token = session.tokens.access_token.clone();
    // The command may run for days and needs nothing else of the session.
    drop(session);
    exec::exec(app, &variable, token, &args.command)
}

/// Flags before the command that take the next word.
const VALUE_FLAGS: &[&str] = &["--account", "--env", "--config", "--store", "--color"];

/// The command line with `--` before the command, if that is what it lacks.
pub fn insert_dashes(words: &[String], error: &clap::Error, is_provider: impl Fn(&str) -> bool) -> Option<String> {
    let is_about_words = matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::UnknownArgument);
    let start = words.iter().position(|word| word == "exec").filter(|_| is_about_words)? + 1;
    if words.iter().any(|word| word == "--") {
        return None;
    }
    let mut first = start;
    while words.get(first)?.starts_with('-') {
        first += if VALUE_FLAGS.contains(&words[first].as_str()) { 2 } else { 1 };
    }
    let quoted = |words: &[String]| words.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" ");
    let command = first + usize::from(is_provider(&words[first]));
    Some(match words.get(command) {
        Some(_) => format!("{} -- {}", quoted(&words[..command]), quoted(&words[command..])),
        None => format!("{} -- COMMAND", quoted(words)),
    })
}

/// Returns true if the word names a provider: one signed in, configured or of the catalog, or a URL. A host may be the
/// name of a program too.
pub fn is_provider(app: &App, word: &str) -> bool {
    let is_host = word.contains('.') && !word.contains("://");
    matches!(app.find_session(word, None), Ok(Some(_))) || (!is_host && app.require_known(word).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_without_dashes_gets_them() {
        let missing = clap::Error::new(ErrorKind::MissingRequiredArgument);
        for (line, expected) in [
            ("exec ls", Some("exec -- ls")),
            ("exec ls -la", Some("exec -- ls -la")),
            ("--json exec --env X acme curl -s", Some("--json exec --env X acme -- curl -s")),
            ("exec acme", Some("exec acme -- COMMAND")),
            ("exec", None),
            ("exec -- ", None),
            ("token ls", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let found = insert_dashes(&words, &missing, |word| word == "acme");
            assert_eq!(found.as_deref(), expected, "{line}");
        }
        assert_eq!(insert_dashes(&["exec".into(), "a b".into()], &missing, |_| false).unwrap(), "exec -- 'a b'");
    }
}
