//! `status`: one row for each session, without network, secrets or keyring. `--check` asks the providers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::output::{Output, rfc3339};
use super::session_json::session_json;
use super::session_template::{PromptShell, SessionFields, SessionTemplate};
use super::table::Table;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::session::SessionInfo;
use crate::status::{self, CheckResult, SessionStatus, StatusReport};
use crate::token::{self, TokenOptions};

/// List the sessions and how long their access tokens are valid
///
/// Uses neither network nor keyring, except with `--check`. Exits with 0 if a session is usable, else 3; with `--check`,
/// with 3 if a provider rejected a session, else 6 if one could not be asked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List only sessions of this provider
    provider: Option<String>,
    /// List only this account: its name, email address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Check whether the providers accept the access tokens
    #[arg(long)]
    check: bool,
    /// Print the session that commands use here: {provider} {account} {left} {usable}
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "check")]
    format: Option<SessionTemplate>,
    /// Escape the fields of --format for the prompt of this shell
    #[arg(long, value_name = "SHELL", requires = "format")]
    format_shell: Option<PromptShell>,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let query = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
    if let Some(template) = &args.format {
        return print_formatted(app, output, &query, template, args.format_shell);
    }
    let (report, checked) = match args.check {
        true => check(app, &query).map(|(report, failures)| (report, Some(failures)))?,
        false => (status::status(app, &query)?, None),
    };
    // The error says all about a single session that failed.
    let is_failed = checked.as_ref().is_some_and(|failures| !failures.is_empty());
    match output.json {
        true => output.document(&json!({"sessions": report.rows.iter().map(to_json).collect::<Vec<_>>()}))?,
        false if report.rows.is_empty() => app.prompt.note(&not_signed_in(args)),
        false if is_failed && (report.rows.len() == 1 || args.provider.is_some()) => {}
        false => output.table(&table(&report.rows, args.check, app.now()))?,
    }
    match checked {
        Some(failures) => {
            failures.iter().for_each(|error| output.fail(error));
            Ok(check_code(&failures, args.provider.is_some()))
        }
        None => Ok(if report.usable { 0 } else { 3 }),
    }
}

/// Checks the session that `token PROVIDER` uses, or all sessions if no provider is named.
fn check(app: &App, query: &SessionQuery) -> Result<(StatusReport, Vec<Error>)> {
    // An expired access token says nothing about a session that can be refreshed.
    let options = TokenOptions { min_ttl: Duration::ZERO, ..TokenOptions::default() };
    let check_one = |info: &SessionInfo| {
        let session = token::fresh_session(app, info, &options)?;
        status::check(app, &session).map_err(|error| app.with_session_hint(info, error))
    };
    if query.provider.is_none() {
        let mut report = status::status(app, query)?;
        if report.rows.is_empty() {
            return Err(Error::NotSignedIn { provider: None, account: query.account.clone() });
        }
        let failures = status::check_all(app, &mut report.rows, check_one)?;
        return Ok((report, failures));
    }
    let info = app.select_session(query, "status --check")?;
    let failure = match check_one(&info) {
        // No endpoint to ask, or no answer wanted.
        Err(error @ (Error::Usage { .. } | Error::Interrupted { .. })) => return Err(error),
        outcome => outcome.err(),
    };
    let mut report = status::status(app, query)?;
    if let Some(row) = report.rows.iter_mut().find(|row| row.session.id == info.id) {
        row.check = Some(failure.as_ref().map_or(CheckResult::Ok, CheckResult::of_failure));
    }
    Ok((report, failure.into_iter().collect()))
}

/// Exit code of the checks: 3 if a session was rejected, else that of the one that was asked for, else 6, or 7 if every
/// failure is one of the store.
fn check_code(failures: &[Error], is_single: bool) -> u8 {
    let codes = || failures.iter().map(Error::exit_code);
    match failures {
        [] => 0,
        _ if failures.iter().any(|error| CheckResult::of_failure(error) == CheckResult::Rejected) => 3,
        [only, ..] if is_single => only.exit_code(),
        _ if codes().all(|code| code == 7) => 7,
        _ => 6,
    }
}

/// Prints one line for the session that other commands use with these arguments, or one for each if they would ask.
fn print_formatted(
    app: &App,
    output: &Output,
    query: &SessionQuery,
    template: &SessionTemplate,
    shell: Option<PromptShell>,
) -> Result<u8> {
    if output.json {
        return Err(Error::usage("`--format` cannot be used with `--json`"));
    }
    let now = app.now();
    let sessions = match status::selected_session(app, query) {
        Some(info) => vec![info],
        None if query.provider.is_some() || query.account.is_some() => Vec::new(),
        None => app.sessions.list()?.sessions.into_iter().map(|listed| listed.info).collect(),
    };
    let line = |info: &SessionInfo| {
        let (provider, account) = (info.provider.clone(), info.account.name.clone());
        let fields = SessionFields { provider, account, left: time_left(info, now), usable: info.is_usable(now) };
        template.render(&fields, shell) + "\n"
    };
    output.raw(sessions.iter().map(line).collect::<String>().as_bytes())?;
    Ok(if sessions.iter().any(|info| info.is_usable(now)) { 0 } else { 3 })
}

fn not_signed_in(args: &Args) -> String {
    let part = |preposition, name: &Option<String>| {
        name.as_ref().map_or(String::new(), |name| format!(" {preposition} `{}`", sanitize_untrusted(name)))
    };
    format!("not signed in{}{}", part("to", &args.provider), part("as", &args.account))
}

fn to_json(row: &SessionStatus) -> Value {
    let session = &row.session;
    session_json(
        session,
        [
            ("session_expires_at", rfc3339(session_end(session))),
            ("refreshable", json!(session.refreshable && !session.refresh_rejected)),
            ("usable", json!(row.usable)),
            ("default", json!(row.default)),
            ("check", json!(row.check.map(check_word))),
        ],
    )
}

/// End of the session, if it is known: of the refresh token, or of the access token if there is none.
fn session_end(session: &SessionInfo) -> Option<DateTime<Utc>> {
    if session.refreshable { session.refresh_expires_at } else { session.expires_at }
}

fn check_word(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Ok => "ok",
        CheckResult::Rejected => "rejected",
        CheckResult::Unreachable => "unreachable",
    }
}

fn table(rows: &[SessionStatus], checked: bool, now: DateTime<Utc>) -> Table {
    let mut headings = vec!["PROVIDER", "ACCOUNT", "SCOPES", "LEFT", "STORE"];
    headings.extend(checked.then_some("CHECK"));
    headings.push("");
    // The first scopes say most; `--json` has all of them.
    Table { headings: Some(headings), rows: rows.iter().map(|row| cells(row, checked, now)).collect(), cut: Some(2) }
}

fn cells(row: &SessionStatus, checked: bool, now: DateTime<Utc>) -> Vec<String> {
    let session = &row.session;
    let store = match session.store {
        crate::session::StoreKind::Keyring => "keyring",
        crate::session::StoreKind::File => "file",
    };
    let mut cells = vec![
        sanitize_untrusted(&session.provider),
        sanitize_untrusted(&session.account.name),
        sanitize_untrusted(&session.scopes.join(" ")),
        time_left(session, now),
        store.to_owned(),
    ];
    cells.extend(checked.then(|| row.check.map_or("not checked", check_word).to_owned()));
    cells.push(if row.selected { "default".to_owned() } else { String::new() });
    cells
}

/// Remaining lifetime of the access token, or what happens after it expired; then that of the session, if it has an end.
fn time_left(session: &SessionInfo, now: DateTime<Utc>) -> String {
    if !session.is_usable(now) && session.refreshable {
        return "sign in again".to_owned();
    }
    let token = match session.expires_at {
        None => "no expiry".to_owned(),
        Some(end) if end > now => format_short((end - now).num_seconds()),
        Some(_) if session.refreshable => "refreshes".to_owned(),
        Some(_) => "expired".to_owned(),
    };
    match session.refresh_expires_at.filter(|end| session.can_refresh(now) && *end > now) {
        Some(end) => format!("{token}, session {}", format_short((end - now).num_seconds())),
        None => token,
    }
}

fn format_short(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_or_two_units() {
        let table = [(5, "5s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3660, "1h01m"), (86_400, "1d")];
        for (seconds, expected) in table {
            assert_eq!(format_short(seconds), expected);
        }
    }

    #[test]
    fn rejection_decides_the_code_of_a_check() {
        let forgotten =
            || Error::Rejected { provider: "acme".into(), code: "invalid_client".into(), description: None };
        assert_eq!(check_code(&[], true), 0);
        assert_eq!(check_code(&[forgotten()], true), 3);
        assert_eq!(check_code(&[Error::network("x"), forgotten()], false), 3);
        assert_eq!(check_code(&[Error::network("x")], true), 6);
        assert_eq!(check_code(&[Error::check("x")], true), 1);
    }
}
