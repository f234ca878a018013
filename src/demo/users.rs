//! Fictional users of the demo provider, and their claims.

use serde_json::{Value, json};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct DemoUser {
    pub(super) subject: &'static str,
    pub(super) username: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
}

/// All users; the first is the default.
pub(super) const USERS: &[DemoUser] = &[
    DemoUser { subject: "demo-1815", username: "ada", name: "Ada Lovelace", email: "ada@demo.example" },
    DemoUser { subject: "demo-1906", username: "grace", name: "Grace Hopper", email: "grace@demo.example" },
];

/// Returns user name and label of each user.
pub fn accounts() -> impl Iterator<Item = (&'static str, String)> {
    USERS.iter().map(|user| (user.username, format!("{} ({})", user.name, user.email)))
}

impl DemoUser {
    /// Returns the user with this user name, email address (in any case) or subject.
    pub(super) fn from_name(name: &str) -> Option<&'static DemoUser> {
        USERS.iter().find(|user| user.username == name || user.subject == name || user.email.eq_ignore_ascii_case(name))
    }

    /// Returns the claims of `scope` (OpenID Core 5.4), the same for ID token and userinfo.
    pub(super) fn claims(&self, scope: &str) -> Value {
        let mut claims = json!({ "sub": self.subject });
        if has_scope(scope, "profile") {
            claims["name"] = json!(self.name);
            claims["preferred_username"] = json!(self.username);
        }
        if has_scope(scope, "email") {
            claims["email"] = json!(self.email);
            claims["email_verified"] = json!(true);
        }
        claims
    }
}

pub(super) fn has_scope(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|one| one == wanted)
}
