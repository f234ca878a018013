//! `store move`: every session, and every other secret of the program, into the other store.

use crate::app::App;
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::StoreKind;
use crate::store::{Item, MigrationOutcome};

/// What was done.
#[derive(Debug, Default)]
pub struct MoveReport {
    /// The sessions that were moved.
    pub moved: Vec<Item>,
    /// How many other secrets were moved, such as client secrets.
    pub others: usize,
    /// What could not be moved, and why. It can be used as before.
    pub failed: Vec<(Item, Error)>,
}

/// Moves everything to the store `to`. What fails does not keep the rest from being moved, and running it again moves
/// what is left.
///
/// # Errors
/// [`Error::Store`] where a store cannot be asked at all, [`Error::Blocked`] with it where there is no keyring; nothing
/// is moved then.
pub fn move_all(app: &App, to: StoreKind) -> Result<MoveReport> {
    app.check_writable(to).map_err(|error| match error {
        // Its own hint is to sign in to files, which is where everything is.
        Error::Store { kind: StoreErrorKind::NotFound, .. } => {
            let instead = "start one in this session, such as gnome-keyring, and run the command again".to_owned();
            Error::Blocked { cause: Box::new(error), alternative: instead }
        }
        other => other,
    })?;
    let mut report = MoveReport::default();
    for item in app.sessions.all_items()? {
        match app.sessions.migrate(&item, to) {
            Ok(MigrationOutcome::Moved { is_session: true }) => report.moved.push(item),
            Ok(MigrationOutcome::Moved { is_session: false }) => report.others += 1,
            Ok(MigrationOutcome::AlreadyThere | MigrationOutcome::Missing) => {}
            Err(error) => report.failed.push((item, error)),
        }
    }
    if to == StoreKind::File && report.failed.is_empty() {
        app.sessions.forget_keyring()?;
    }
    Ok(report)
}
