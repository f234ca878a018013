//! Stores a new session.

use crate::app::App;
use crate::error::Result;
use crate::session::{Session, StoreKind};

/// Stores a session. The same client and account are one session under any provider name. A warning names each replaced
/// provider name, because scripts may use it.
pub fn save_session(app: &App, session: &Session, store: StoreKind) -> Result<()> {
    let summary = session.info(store);
    app.wait_for_lock(&summary)?;
    let labels = app.sessions.labels(&summary.id)?;
    app.sessions.save(session, store)?;
    for old in labels.iter().filter(|old| **old != session.provider) {
        let (new, account) = (&session.provider, &session.account.name);
        app.prompt.warn(&format!(
            "the session for `{account}` at `{old}` is now called `{new}`: both names use the same issuer and client \
             id; to keep two sessions, give each name its own client id"
        ));
    }
    Ok(())
}
