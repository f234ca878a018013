//! How a client of a provider comes to be: what its page for registering asks for.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Registration of an application at a provider.
///
/// In its texts `{program}` stands for the name of the program and `{redirect_uri}` for the redirect URI to register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationRules {
    /// Query parameters that fill in the form at `register_at`.
    pub prefill: BTreeMap<String, String>,
    /// Fields of the form in its order, each with what to enter.
    pub enter: Vec<(String, String)>,
}

impl RegistrationRules {
    /// Returns every text that may contain the placeholder of a setting.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.prefill.values_mut().chain(self.enter.iter_mut().map(|(_, value)| value))
    }
}
