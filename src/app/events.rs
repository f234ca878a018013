//! What happened to sessions in this run.

use std::sync::PoisonError;

use super::App;
use crate::session::{EventKind, SessionEvent, SessionId, SessionInfo};

impl App {
    pub fn record_event(&self, kind: EventKind, session: &SessionInfo) {
        let event = SessionEvent { kind, session: session.clone() };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Returns true if this happened to the session.
    pub fn has_event(&self, kind: EventKind, session: &SessionId) -> bool {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().any(|event| event.kind == kind && event.session.id == *session)
    }
}
