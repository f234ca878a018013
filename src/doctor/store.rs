//! Checks the credential store with a probe (write, read, delete), and the stored sessions.

use std::time::{Duration, Instant};

use super::check::{self, Check};
use crate::app::App;
use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};
use crate::store::{Item, ListedSession};

/// Time limit for checking the stored sessions: opening one takes milliseconds, or a second with a passphrase.
const SESSIONS_TIME_LIMIT: Duration = Duration::from_secs(5);

/// Checks the store of new sessions, then the existing sessions.
pub fn checks(app: &App) -> Vec<Check> {
    let outcome = probe_selected_store(app);
    // Do not read each session from a store that just failed: every access may take the full time limit.
    let failed = match &outcome {
        Err(Error::Store { .. }) => Some(StoreKind::Keyring),
        _ => None,
    };
    store_check(app, &outcome).into_iter().chain([sessions_check(app, failed)]).collect()
}

/// Result of the probe; `None` if the check of the configuration has told the cause.
fn store_check(app: &App, outcome: &Result<String>) -> Option<Check> {
    match outcome {
        Err(Error::Configuration { .. }) if app.config().is_err() => None,
        Err(error) => Some(Check {
            hint: store_hint(app, error).or_else(|| check::hint(app, error)),
            ..Check::from_error(app, "store", error)
        }),
        Ok(detail) => Some(Check::pass("store", detail)),
    }
}

fn probe_selected_store(app: &App) -> Result<String> {
    let (kind, warning) = app.select_store()?;
    probe(app, kind)?;
    let name = match kind {
        StoreKind::Keyring => "keyring",
        StoreKind::File => "files",
    };
    let done = format!("{name}: a probe was written, read and deleted");
    Ok(warning.map_or(done.clone(), |warning| format!("{done}; {warning}")))
}

/// Writes, reads and deletes a probe, under a lock so that two processes do not delete each other's probe.
fn probe(app: &App, kind: StoreKind) -> Result<()> {
    let id = SessionId::for_secret(&app.name, "doctor", "probe");
    let item = Item {
        app: app.name.clone(),
        id: id.clone(),
        provider: "doctor".to_owned(),
        account: "a probe, safe to delete".to_owned(),
    };
    let _lock = app.sessions.lock(&id, app.lock_timeout)?;
    let (store, probe) = (app.sessions.store(kind), Secret::new("probe"));
    store.save(&item, &probe)?;
    let read = store.load(&app.name, &id);
    let removed = store.remove(&app.name, &id);
    match (read?, removed?) {
        (Some(read), ()) if read.matches(probe.expose()) => {}
        _ => return Err(Error::store(StoreErrorKind::Failed, "the store returned another value than the one written")),
    }
    match store.load(&app.name, &id)? {
        None => Ok(()),
        Some(_) => Err(Error::store(StoreErrorKind::Failed, "the store still returns the deleted probe")),
    }
}

fn store_hint(app: &App, error: &Error) -> Option<String> {
    let Error::Store { kind, .. } = error else { return None };
    match kind {
        StoreErrorKind::TimedOut => Some(
            "restart the keyring (log out and in again), or set store = \"file\" in config.toml for new sessions"
                .to_owned(),
        ),
        StoreErrorKind::NotFound => Some(
            "start a keyring such as gnome-keyring, or set store = \"file\" in config.toml for new sessions".to_owned(),
        ),
        StoreErrorKind::Locked if app.environment.no_input => {
            Some("unlock the keyring, or run the command without --no-input and CI to get a prompt".to_owned())
        }
        StoreErrorKind::Locked | StoreErrorKind::CannotDecrypt | StoreErrorKind::Failed => None,
    }
}

/// Checks that every listed session has its tokens and that only the owner can read the files.
fn sessions_check(app: &App, failed: Option<StoreKind>) -> Check {
    let listing = match app.sessions.list() {
        Ok(listing) => listing,
        Err(error) => return Check::from_error(app, "sessions", &error),
    };
    if let Some(damaged) = listing.damaged.first() {
        let detail = format!("{}: {}", damaged.file.display(), damaged.reason);
        return Check::fail("sessions", detail, "repair or remove the file, then sign in again");
    }
    let start = Instant::now();
    let mut checked = 0;
    for ListedSession { info, .. } in listing.sessions.iter().filter(|one| Some(one.info.store) != failed) {
        if start.elapsed() > SESSIONS_TIME_LIMIT {
            break;
        }
        if let Err(error) = app.sessions.load(info) {
            let session_name =
                format!("`{}` at `{}`", sanitize_untrusted(&info.account.name), sanitize_untrusted(&info.provider));
            let lost = matches!(error, Error::NotSignedIn { .. });
            let reason = if lost { "the store has no tokens for this session".to_owned() } else { error.to_string() };
            let hint = check::hint(app, &app.with_session_hint(info, error));
            return Check { name: "sessions".to_owned(), ok: false, detail: format!("{session_name}: {reason}"), hint };
        }
        checked += 1;
    }
    let all = listing.sessions.len();
    if all == 0 {
        return Check::pass("sessions", "none");
    }
    Check::pass(
        "sessions",
        match checked {
            _ if checked == all => format!("{all}, each with tokens"),
            0 => format!("{all}; none checked"),
            _ => format!("{all}; checked {checked}, each with tokens"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::environment::Environment;

    #[test]
    fn each_store_error_has_a_matching_hint() {
        let app = |no_input| {
            let home = ("HOME".to_owned(), "/nonexistent".to_owned());
            let environment = Environment { no_input, variables: [home].into(), ..Environment::default() };
            App::new("mycli", environment).expect("a home")
        };
        for (kind, no_input, expected) in [
            (StoreErrorKind::TimedOut, false, "restart the keyring (log out and in again)"),
            (StoreErrorKind::Locked, true, "without --no-input"),
            (StoreErrorKind::Locked, false, "unlock the keyring"),
            (StoreErrorKind::NotFound, false, "store = \"file\""),
        ] {
            let hint = store_check(&app(no_input), &Err(Error::store(kind, "x")))
                .and_then(|check| check.hint)
                .unwrap_or_default();
            assert!(hint.contains(expected), "{kind:?}: {hint}");
        }
    }
}
