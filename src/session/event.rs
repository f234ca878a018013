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
    /// The user signed in.
    SignedIn,
    /// The provider issued new tokens.
    Refreshed,
    /// The tokens were deleted.
    SignedOut,
    /// The provider rejected the refresh token.
    Expired,
}

impl EventKind {
    pub const ALL: [Self; 4] = [Self::SignedIn, Self::Refreshed, Self::SignedOut, Self::Expired];

    /// Name that hooks are told.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signin",
            Self::Refreshed => "refresh",
            Self::SignedOut => "signout",
            Self::Expired => "expired",
        }
    }

    /// Key of the hook in the configuration.
    pub fn hook(self) -> &'static str {
        match self {
            Self::SignedIn => "on_signin",
            Self::Refreshed => "on_refresh",
            Self::SignedOut => "on_signout",
            Self::Expired => "on_expired",
        }
    }
}
