//! `token`: the access token of a session, refreshed if needed, and tokens for other scopes from the same sign-in.

mod derived;
mod forgotten_client;
mod locked_session;
mod lost_scopes;
mod refresh;
mod rejected;

pub use derived::{DerivedQuery, derived_token};
pub use refresh::{MIN_TTL, RefreshMode, TokenOptions, fresh_session, token};
pub use rejected::expire_rejected;
