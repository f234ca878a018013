//! What happens to a session.

use super::SessionInfo;

/// Event of a session.
#[derive(Debug, Clone)]
pub struct SessionEvent {
    pub kind: EventKind,
    pub session: SessionInfo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The provider issued new tokens.
    Refreshed,
}
