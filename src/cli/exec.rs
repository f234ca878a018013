//! `exec`: runs a command with fresh tokens in environment variables, files or pipes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;

use super::exec_targets::{self, TargetArg, Wanted};
use super::output::Output;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::Result;
use crate::exec::{self, Delivery, IssuedToken};
use crate::sanitize::shell_quote;
use crate::session::SessionInfo;
use crate::token::{self, TokenOptions};

/// Run a command with a fresh token in an environment variable, a file or a pipe
///
/// The variable is the usual one of the provider, such as GITHUB_TOKEN, else ACCESS_TOKEN. Name several providers, or
/// repeat the flags, to give the command several tokens. A command that runs for longer than its token is valid needs
/// `--file`.
///
/// Signals are passed on. Exits with the status of the command: 126 if it is not executable, 127 if it was not found,
/// 128+N if signal N ended it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Provider: a name, an https:// URL or a host name
    provider: Vec<String>,
    /// Select an account by its name, email address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Set this environment variable to the token; repeatable
    #[arg(long, value_name = "VARIABLE[=PROVIDER]", value_parser = exec_targets::parse_variable)]
    env: Vec<TargetArg<String>>,
    /// Set this environment variable to the path of a file with the token, fresh while the command runs; repeatable
    #[arg(long, value_name = "VARIABLE[=PROVIDER]", value_parser = exec_targets::parse_variable)]
    file: Vec<TargetArg<String>>,
    /// Let the command read the token, once, from this file descriptor; repeatable
    #[arg(long, value_name = "N[=PROVIDER]", value_parser = exec_targets::parse_descriptor)]
    fd: Vec<TargetArg<i32>>,
    /// Command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub fn run(app: &App, _: &Output, args: Args) -> Result<u8> {
    // First: a file of this process might get the number of `--fd`.
    let flags = exec_targets::of_flags(args.env, args.file, args.fd)?;
    let wanted = exec_targets::join(&args.provider, flags)?;
    exec_targets::check_account(args.account.as_deref(), &wanted)?;
    let deliveries = deliveries(app, wanted, args.account.as_deref())?;
    exec_targets::check_variables(deliveries.iter().map(|delivery| &delivery.target))?;
    let renew = |session: &SessionInfo, min_ttl: Duration| {
        let options = TokenOptions { min_ttl, fails_if_stale: true, ..TokenOptions::default() };
        let outcome = token::fresh_session(app, session, &options).map(|session| IssuedToken::from(&session.tokens));
        app.run_hooks();
        outcome
    };
    // The command may run for days.
    app.run_hooks();
    exec::exec(app, deliveries, &renew, &args.command)
}

/// Tokens for the targets, each session read once. The command may run for days and needs nothing else of a session.
fn deliveries(app: &App, wanted: Wanted, account: Option<&str>) -> Result<Vec<Delivery>> {
    let mut found: BTreeMap<Option<String>, (SessionInfo, IssuedToken)> = BTreeMap::new();
    let mut deliveries = Vec::new();
    for (target, provider) in wanted {
        if !found.contains_key(&provider) {
            let query = SessionQuery { provider: provider.clone(), account: account.map(str::to_owned) };
            let info = app.select_session(&query, "exec")?;
            let session = token::fresh_session(app, &info, &TokenOptions::default())?;
            found.insert(provider.clone(), (info, IssuedToken::from(&session.tokens)));
        }
        let (session, token) = found[&provider].clone();
        let usual = || exec_targets::usual_variable(app, session.earlier_of.as_ref().unwrap_or(&session.provider));
        deliveries.push(Delivery { target: target.unwrap_or_else(usual), session, token });
    }
    Ok(deliveries)
}

/// Flags before the command that take the next word.
const VALUE_FLAGS: &[&str] = &["--account", "--env", "--file", "--fd", "--config", "--store", "--color"];

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
    let command = words[first..].iter().position(|word| !is_provider(word)).map_or(words.len(), |index| first + index);
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
            ("exec acme acme ls acme", Some("exec acme acme -- ls acme")),
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
