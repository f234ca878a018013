//! JSON of a session, the same in every command.

use serde_json::{Map, Value, json};

use super::output::rfc3339;
use crate::session::SessionInfo;

/// Document of a session, with the keys that only this command has.
pub fn session_json<const N: usize>(session: &SessionInfo, more: [(&str, Value); N]) -> Value {
    let common = [
        ("provider", json!(session.provider)),
        ("account", json!(session.account.name)),
        ("subject", json!(session.account.subject)),
        ("issuer", json!(session.issuer)),
        ("scopes", json!(session.scopes)),
        ("expires_at", rfc3339(session.expires_at)),
        ("store", json!(session.store)),
    ];
    let fields = common.into_iter().chain(more).map(|(key, value)| (key.to_owned(), value));
    Value::Object(fields.collect::<Map<_, _>>())
}
