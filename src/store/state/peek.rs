//! Names for completions. A key press waits for them: a few reads of state files, no lock, no repair, which may ask the
//! keyring, and no error.

use crate::session::SessionInfo;

use super::provider_dir::ProviderDir;
use crate::store::session_store::SessionStore;

impl SessionStore {
    /// Labels of at most `limit` providers with sessions.
    pub fn peek_providers(&self, limit: usize) -> Vec<String> {
        let provider_dirs = self.state.provider_dirs().unwrap_or_default();
        provider_dirs.iter().take(limit).filter_map(ProviderDir::provider).collect()
    }

    /// At most `limit` sessions of a provider, or of all, oldest sign-in first.
    pub fn peek_sessions(&self, provider: Option<&str>, limit: usize) -> Vec<SessionInfo> {
        let provider_dirs = match provider {
            Some(provider) => vec![self.state.provider_dir(provider)],
            None => self.state.provider_dirs().unwrap_or_default(),
        };
        let mut sessions = Vec::new();
        for provider_dir in provider_dirs {
            sessions.extend(provider_dir.peek(limit - sessions.len()));
            if sessions.len() == limit {
                break;
            }
        }
        sessions.sort_by_key(|session| session.signed_in_at);
        sessions
    }
}
