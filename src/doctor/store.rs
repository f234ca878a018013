//! The credential store: a probe goes in, comes back and is removed; and what is listed must be there.

use std::time::{Duration, Instant};

use super::Check;
use crate::app::{App, LOCK_TIMEOUT};
use crate::error::{Error, Result, StoreErrorKind};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{SessionId, StoreKind};
use crate::store::{Item, ListedSession};

/// How long the stored sessions are looked at: opening one costs milliseconds, or a second where a passphrase protects
/// it.
const SESSIONS_TIME_LIMIT: Duration = Duration::from_secs(5);

/// The store of new sessions, then the sessions there are.
pub fn checks(app: &App) -> Vec<Check> {
    let outcome = probe_selected_store(app);
    // A store that has just failed is not asked again for each session: it may take its whole time for each.
    let failed = match &outcome {
        Err(Error::Store { .. }) => Some(StoreKind::Keyring),
        _ => None,
    };
    vec![store_check(app, &outcome), sessions_check(app, failed)]
}

fn store_check(app: &App, outcome: &Result<String>) -> Check {
    match outcome {
        // What is wrong with it was said where it was looked at.
        Err(Error::Configuration { .. }) if app.config().is_err() => Check {
            name: "store".to_owned(),
            ok: false,
            detail: "not tried: which one is meant stands in the configuration".to_owned(),
            hint: None,
        },
        Err(error) => Check {
            hint: hint(app, error).or_else(|| error.hint(&app.program)),
            ..Check::from_error(app, "store", error)
        },
        Ok(detail) => Check::pass("store", detail),
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

/// Under a lock: two of these at once would delete each other's probe.
fn probe(app: &App, kind: StoreKind) -> Result<()> {
    let id = SessionId::for_secret(&app.name, "doctor", "probe");
    let item = Item {
        app: app.name.clone(),
        id: id.clone(),
        provider: "doctor".to_owned(),
        account: "a probe, safe to delete".to_owned(),
    };
    let _lock = app.sessions.lock(&id, LOCK_TIMEOUT)?;
    let (store, probe) = (app.sessions.store(kind), Secret::new("probe"));
    store.save(&item, &probe)?;
    let read = store.load(&app.name, &id);
    let removed = store.remove(&app.name, &id);
    match (read?, removed?) {
        (Some(read), ()) if read.matches(probe.expose()) => {}
        _ => return Err(Error::store(StoreErrorKind::Failed, "the store did not give back what was written")),
    }
    match store.load(&app.name, &id)? {
        None => Ok(()),
        Some(_) => Err(Error::store(StoreErrorKind::Failed, "the store still has what was deleted")),
    }
}

fn hint(app: &App, error: &Error) -> Option<String> {
    let Error::Store { kind: trouble, .. } = error else { return None };
    match trouble {
        StoreErrorKind::TimedOut => Some(format!(
            "restart the keyring (log out and in again), or keep new sessions in files: {} signin --store file",
            app.program
        )),
        StoreErrorKind::Locked if app.environment.no_input => {
            Some("unlock the keyring, or run the command without --no-input and CI to be asked".to_owned())
        }
        StoreErrorKind::Locked | StoreErrorKind::NotFound | StoreErrorKind::CannotDecrypt | StoreErrorKind::Failed => {
            None
        }
    }
}

/// Every session that is listed has its tokens, and every file can be read by its owner alone.
fn sessions_check(app: &App, failed: Option<StoreKind>) -> Check {
    let listing = match app.sessions.list() {
        Ok(listing) => listing,
        Err(error) => return Check::from_error(app, "sessions", &error),
    };
    if let Some(damaged) = listing.damaged.first() {
        let detail = format!("{}: {}", damaged.file.display(), damaged.reason);
        return Check::fail("sessions", detail, "mend or remove the file, and sign in again");
    }
    let start = Instant::now();
    let mut seen = 0;
    for ListedSession { summary, .. } in listing.sessions.iter().filter(|one| Some(one.summary.store) != failed) {
        if start.elapsed() > SESSIONS_TIME_LIMIT {
            break;
        }
        if let Err(error) = app.sessions.load(summary) {
            let whose = format!(
                "`{}` at `{}`",
                sanitize_untrusted(&summary.account.name),
                sanitize_untrusted(&summary.provider)
            );
            let lost = matches!(error, Error::NotSignedIn { .. });
            let why = if lost { "the store has no tokens for it".to_owned() } else { error.to_string() };
            let hint = error.hint(&app.program);
            return Check { name: "sessions".to_owned(), ok: false, detail: format!("{whose}: {why}"), hint };
        }
        seen += 1;
    }
    let all = listing.sessions.len();
    if all == 0 {
        return Check::pass("sessions", "none");
    }
    Check::pass(
        "sessions",
        match seen {
            _ if seen == all => format!("{all}, each with its tokens"),
            0 => format!("{all}; none of them could be looked at"),
            _ => format!("{all}; {seen} of them were looked at, each with its tokens"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::environment::Environment;

    #[test]
    fn each_trouble_has_what_helps_against_it() {
        let app = |no_input| {
            let home = ("HOME".to_owned(), "/nonexistent".to_owned());
            let environment = Environment { no_input, variables: [home].into(), ..Environment::default() };
            App::new("mycli", environment).expect("a home")
        };
        for (trouble, no_input, expected) in [
            (StoreErrorKind::TimedOut, false, "restart the keyring (log out and in again)"),
            (StoreErrorKind::Locked, true, "without --no-input"),
            (StoreErrorKind::Locked, false, "unlock the keyring"),
            (StoreErrorKind::NotFound, false, "mycli signin --store file"),
        ] {
            let hint = store_check(&app(no_input), &Err(Error::store(trouble, "x"))).hint.unwrap_or_default();
            assert!(hint.contains(expected), "{trouble:?}: {hint}");
        }
    }
}
