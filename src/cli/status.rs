//! `status`: one row for each session, without network, secrets or keyring.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::output::{Output, rfc3339};
use super::table::Table;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;
use crate::status::{self, SessionStatus};
use crate::token::{self, RefreshMode, TokenOptions};

/// List the sessions and how long their access tokens are valid
///
/// Uses neither network nor keyring, except with `--check`. Exits with 0 if a session is usable, else 3.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List only sessions of this provider
    provider: Option<String>,
    /// List only this account: its name, email address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Check whether the provider accepts the access token
    #[arg(long)]
    check: bool,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let query = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
    if args.check {
        // An expired access token says nothing about a session that can be refreshed.
        let options = TokenOptions { min_ttl: Duration::ZERO, refresh: RefreshMode::WhenDue, id_token: false };
        let info = app.select_session(&query, "status --check")?;
        status::check(app, &token::fresh_session(app, &info, &options)?)
            .map_err(|error| app.with_session_hint(&info, error))?;
    }
    let report = status::status(app, &query)?;
    match output.json {
        true => output.document(&json!({"sessions": report.rows.iter().map(to_json).collect::<Vec<_>>()}))?,
        false if report.rows.is_empty() => app.prompt.note(&not_signed_in(args)),
        false => output.table(&table(&report.rows, app.now()))?,
    }
    Ok(if report.usable { 0 } else { 3 })
}

fn not_signed_in(args: &Args) -> String {
    let part = |preposition, name: &Option<String>| {
        name.as_ref().map_or(String::new(), |name| format!(" {preposition} `{}`", sanitize_untrusted(name)))
    };
    format!("not signed in{}{}", part("to", &args.provider), part("as", &args.account))
}

fn to_json(row: &SessionStatus) -> Value {
    let session = &row.session;
    json!({
        "provider": session.provider,
        "account": session.account.name,
        "subject": session.account.subject,
        "issuer": session.issuer,
        "scopes": session.scopes,
        "expires_at": rfc3339(session.expires_at),
        "refreshable": session.refreshable,
        "usable": row.usable,
        "default": row.default,
        "store": session.store,
    })
}

fn table(rows: &[SessionStatus], now: DateTime<Utc>) -> Table {
    Table {
        headings: Some(vec!["PROVIDER", "ACCOUNT", "SCOPES", "LEFT", "STORE", ""]),
        rows: rows.iter().map(|row| cells(row, now).into()).collect(),
        // The first scopes say most; `--json` has all of them.
        cut: Some(2),
    }
}

fn cells(row: &SessionStatus, now: DateTime<Utc>) -> [String; 6] {
    let session = &row.session;
    let store = match session.store {
        crate::session::StoreKind::Keyring => "keyring",
        crate::session::StoreKind::File => "file",
    };
    [
        sanitize_untrusted(&session.provider),
        sanitize_untrusted(&session.account.name),
        sanitize_untrusted(&session.scopes.join(" ")),
        time_left(row, now),
        store.to_owned(),
        if row.default { "default".to_owned() } else { String::new() },
    ]
}

/// Remaining lifetime of the access token, or what happens after it expired.
fn time_left(row: &SessionStatus, now: DateTime<Utc>) -> String {
    let session = &row.session;
    if session.refresh_rejected && !row.usable {
        return "sign in again".to_owned();
    }
    match session.expires_at {
        None => "no expiry".to_owned(),
        Some(end) if end > now => format_short((end - now).num_seconds()),
        Some(_) if session.refreshable => "refreshes".to_owned(),
        Some(_) => "expired".to_owned(),
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
}
