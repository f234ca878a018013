//! Scopes that a session lost to `token --scope`.

use crate::app::App;
use crate::sanitize::sanitize_untrusted;
use crate::session::Session;

/// Warns if scopes are gone after `token --scope`: some providers give the next refresh token the narrower scopes.
pub(super) fn warn_of_lost_scopes(app: &App, before: &Session, new: &Session) {
    let lost: Vec<String> = before.scopes.iter().filter(|scope| !new.scopes.contains(scope)).cloned().collect();
    if before.derived.iter().all(|derived| derived.scopes_requested.is_empty()) || lost.is_empty() {
        return;
    }
    app.prompt.warn(&format!(
        "`{}` grants the session fewer scopes since `token --scope`; lost: {}; sign in with --force to get them back",
        new.provider,
        lost.iter().map(|scope| format!("`{}`", sanitize_untrusted(scope))).collect::<Vec<_>>().join(", ")
    ));
}
