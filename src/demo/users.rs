//! The people of the demo provider, all invented.

use serde_json::{Map, Value, json};

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DemoUser {
    pub(super) subject: &'static str,
    pub(super) username: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
}

/// Everyone there is; the first is who signs in where nobody chooses.
pub(super) const USERS: &[DemoUser] = &[
    DemoUser { subject: "demo-1815", username: "ada", name: "Ada Lovelace", email: "ada@demo.example" },
    DemoUser { subject: "demo-1906", username: "grace", name: "Grace Hopper", email: "grace@demo.example" },
];

impl DemoUser {
    /// The account with this user name, e-mail address (in any case) or subject.
    pub(super) fn from_name(name: &str) -> Option<&'static DemoUser> {
        USERS.iter().find(|account| {
            account.username == name || account.subject == name || account.email.eq_ignore_ascii_case(name)
        })
    }

    /// The claims that `scope` opens (OpenID Core 5.4), the same in ID token and userinfo.
    pub(super) fn claims(&self, scope: &str) -> Map<String, Value> {
        let mut claims = json!({ "sub": self.subject });
        if has_scope(scope, "profile") {
            claims["name"] = json!(self.name);
            claims["preferred_username"] = json!(self.username);
        }
        if has_scope(scope, "email") {
            claims["email"] = json!(self.email);
            claims["email_verified"] = json!(true);
        }
        match claims {
            Value::Object(claims) => claims,
            _ => unreachable!("built as an object above"),
        }
    }
}

/// Whether `wanted` is among the scopes.
pub(super) fn has_scope(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|one| one == wanted)
}
