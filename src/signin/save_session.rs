//! Storing a new session.

use crate::app::App;
use crate::error::Result;
use crate::session::{Session, StoreKind};

/// Keeps a session. One client and one account are one session, whatever its provider is called: the name that goes is
/// told, because scripts may use it.
pub fn save_session(app: &App, session: &Session, store: StoreKind) -> Result<()> {
    let summary = session.info(store);
    app.wait_for_lock(&summary)?;
    let labels = app.sessions.labels(&summary.id)?;
    app.sessions.save(session, store)?;
    for old in labels.iter().filter(|old| **old != session.provider) {
        let (new, account) = (&session.provider, &session.account.name);
        app.prompt.warn(&format!(
            "`{old}` and `{new}` are one client of one issuer: the session of `{account}` is called `{new}` from now on; give \
             each name a client id of its own for a session of its own"
        ));
    }
    Ok(())
}
