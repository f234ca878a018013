//! A client that the provider no longer knows.

use crate::error::Error;
use crate::sanitize::shell_quote;
use crate::session::{ClientOrigin, Session};

/// Returns true if the provider no longer knows a client that this program registered. No later refresh can succeed; for
/// another client that is not certain.
pub(super) fn is_forgotten_client(session: &Session, error: &Error) -> bool {
    let is_rejected = matches!(error.cause(), Error::Rejected { code, .. } if code == "invalid_client");
    is_rejected && matches!(session.client.origin, ClientOrigin::Registered { .. })
}

/// Adds the command that gets a new client: a registered one may be gone at the provider.
pub(super) fn with_signin_hint(error: Error, session: &Session) -> Error {
    match error {
        Error::Rejected { ref code, .. } if code == "invalid_client" => {
            // An earlier session cannot be signed in to by its own name.
            let name = session.earlier_of.as_ref().unwrap_or(&session.provider);
            let label = session.label.as_ref().filter(|_| session.earlier_of.is_none());
            let label = label.map(|label| format!(" --label {}", shell_quote(label))).unwrap_or_default();
            let alternative = format!("{{program}} signin {}{label} --force", shell_quote(name));
            Error::Blocked { cause: Box::new(error), alternative }
        }
        error => error,
    }
}
