//! Stored format of a session in the credential store.

use mycli::internals::secret::Secret;
use mycli::internals::session::{FORMAT_VERSION, Session, SessionReadError, StoreKind};

use super::SECRET;

/// A session round-trips; a later version differs from damage; displayed text contains no secret.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let stored = Secret::new(text.as_ref());
    match Session::from_stored(&stored) {
        Ok(session) => {
            let again = session.to_stored();
            let read = Session::from_stored(&again).expect("what was written is read");
            assert_eq!(read.to_stored().expose(), again.expose());
            assert_eq!((&read.key, read.key.id()), (&session.key, session.key.id()));
            let summary = session.info(StoreKind::File);
            let (id, at, tokens) = (&summary.id, summary.expires_at, &session.tokens);
            assert_eq!(
                (id, at, summary.refreshable),
                (&read.key.id(), tokens.expires_at, tokens.refresh_token.is_some())
            );
            if mentions_only_in_tokens(&session) {
                let summary = serde_json::to_string(&summary).expect("a summary is written");
                assert!(!summary.contains(SECRET) && !format!("{session:?}").contains(SECRET));
            }
        }
        Err(SessionReadError::Newer(version)) => {
            assert!(version > FORMAT_VERSION);
            assert!(text.contains(&version.to_string()), "{text}");
        }
        Err(SessionReadError::Damaged) => {}
    }
}

/// True if the secret occurs only in token fields.
fn mentions_only_in_tokens(session: &Session) -> bool {
    let mut session = session.clone();
    session.tokens.access_token = Secret::new("");
    (session.tokens.refresh_token, session.tokens.id_token, session.client.secret) = (None, None, None);
    !session.to_stored().expose().contains(SECRET)
}
