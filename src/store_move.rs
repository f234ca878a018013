//! `store move`: moves every session and every other secret to another store.

use crate::app::App;
use crate::error::{Error, Result, StoreErrorKind};
use crate::session::StoreKind;
use crate::store::{Item, MigrationOutcome};

/// Result of a move.
#[derive(Debug, Default)]
pub struct MoveReport {
    /// Moved sessions.
    pub moved: Vec<Item>,
    /// Number of other secrets moved, such as client secrets.
    pub others: usize,
    /// Items that could not be moved, with the error. They stay usable.
    pub failed: Vec<(Item, Error)>,
}

/// Moves everything to the store `to`. A failure does not stop the other items, and a second run moves the rest.
///
/// # Errors
/// [`Error::Store`] if a store cannot be read at all, wrapped in [`Error::Blocked`] if there is no keyring; nothing is
/// moved then.
pub fn move_all(app: &App, to: StoreKind) -> Result<MoveReport> {
    app.check_writable(to).map_err(|error| match error {
        // The default hint suggests files, which are the source here.
        Error::Store { kind: StoreErrorKind::NotFound, .. } => {
            let instead = "start a keyring such as gnome-keyring and run the command again".to_owned();
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
