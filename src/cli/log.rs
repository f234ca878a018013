//! `log`: lists which programs asked for tokens.

use serde_json::{Value, json};

use super::output::{Output, rfc3339};
use super::table::Table;
use crate::app::App;
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;
use crate::store::{LogEntry, TokenOutcome};

/// List which programs asked for which tokens, the last one at the end
///
/// An entry has the time, the program that started this one, the command, the session, and whether the token was stored or
/// refreshed; never a token. The log keeps about the last 3,000 entries. `config set log false` switches it off.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List only uses of this provider's sessions
    provider: Option<String>,
    /// List only the last N entries
    #[arg(long, value_name = "N")]
    last: Option<usize>,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let provider = args.provider.as_deref().map(|name| match app.find_session(name, None) {
        Ok(Some(session)) => session.provider,
        // The log has sessions that were signed out too.
        _ => crate::catalog::canonical(name),
    });
    let mut entries = app.usage_log().read()?;
    entries.retain(|entry| provider.as_ref().is_none_or(|provider| entry.provider == *provider));
    let entries = &entries[entries.len().saturating_sub(args.last.unwrap_or(usize::MAX))..];
    match (output.json, entries) {
        (true, entries) => output.document(&json!({"entries": entries.iter().map(to_json).collect::<Vec<_>>()}))?,
        (false, []) => app.prompt.note(&match app.config().is_ok_and(|config| config.log == Some(false)) {
            true => format!("The log is switched off; to switch it on: {} config set log true", app.invocation),
            false => match &provider {
                Some(provider) => format!("No program has asked for a token of `{}`.", sanitize_untrusted(provider)),
                None => "No program has asked for a token yet.".to_owned(),
            },
        }),
        (false, entries) => output.table(&Table {
            headings: Some(vec!["TIME", "PROGRAM", "COMMAND", "PROVIDER", "ACCOUNT", "TOKEN"]),
            rows: entries.iter().map(row).collect(),
            cut: Some(1),
        })?,
    }
    Ok(0)
}

fn row(entry: &LogEntry) -> Vec<String> {
    let time = entry.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let outcome = outcome_name(entry.outcome).to_owned();
    let texts = [&program(entry), &entry.command, &entry.provider, &entry.account];
    let [program, command, provider, account] = texts.map(|text| sanitize_untrusted(text));
    vec![time, program, command, provider, account, outcome]
}

/// Name of the program; with the interpreter of a script, and with what started a shell.
fn program(entry: &LogEntry) -> String {
    let Some(name) = &entry.program else { return entry.pid.map_or("?".to_owned(), |pid| format!("PID {pid}")) };
    let executable = entry.executable.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or(name);
    // The system cuts names off.
    let mut text =
        if executable.starts_with(name.as_str()) { executable.to_owned() } else { format!("{name} ({executable})") };
    for parent in &entry.parents {
        text.push_str(&format!(" < {parent}"));
    }
    text
}

fn to_json(entry: &LogEntry) -> Value {
    json!({
        "at": rfc3339(Some(entry.at)),
        "program": entry.program,
        "executable": entry.executable,
        "parents": entry.parents,
        "pid": entry.pid,
        "command": entry.command,
        "provider": entry.provider,
        "account": entry.account,
        "outcome": outcome_name(entry.outcome),
    })
}

fn outcome_name(outcome: TokenOutcome) -> &'static str {
    match outcome {
        TokenOutcome::Stored => "stored",
        TokenOutcome::Refreshed => "refreshed",
        TokenOutcome::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_is_told_apart_from_its_interpreter_and_shell() {
        let shown = |name: Option<&str>, executable: Option<&str>, parents: &[&str]| {
            let text = |text: &str| text.to_owned();
            program(&LogEntry {
                at: chrono::DateTime::UNIX_EPOCH,
                command: String::new(),
                provider: String::new(),
                account: String::new(),
                outcome: TokenOutcome::Stored,
                pid: Some(7),
                program: name.map(text),
                executable: executable.map(text),
                parents: parents.iter().map(|name| text(name)).collect(),
            })
        };
        for (name, executable, parents, expected) in [
            (Some("make"), Some("/usr/bin/make"), &[][..], "make"),
            (Some("terraform-provi"), Some("/x/terraform-provider-acme"), &[], "terraform-provider-acme"),
            (Some("deploy.py"), Some("/usr/bin/python3.11"), &[], "deploy.py (python3.11)"),
            (Some("sh"), Some("/usr/bin/dash"), &["terraform"], "sh (dash) < terraform"),
            (Some("make"), None, &[], "make"),
            (None, None, &[], "PID 7"),
        ] {
            assert_eq!(shown(name, executable, parents), expected);
        }
    }
}
