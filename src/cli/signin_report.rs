//! Result of `signin`: the session, and what stays the default.

use serde_json::json;

use super::output::Output;
use super::session_json::session_json;
use crate::app::App;
use crate::error::Result;
use crate::sanitize::shell_quote;
use crate::session::SessionInfo;
use crate::signin::{CompletedFlow, SigninResult};

/// Prints the new session, and what stays the default.
pub fn report(app: &App, output: &Output, done: &SigninResult) -> Result<u8> {
    let session = &done.session;
    let verb = if done.flow == CompletedFlow::Existing { "already signed in to" } else { "signed in to" };
    app.prompt.note(&format!("{verb} `{}` as `{}`", session.provider, session.account.name));
    if done.flow != CompletedFlow::Existing {
        note_default(app, session)?;
    }
    if output.json {
        output.document(&session_json(session, [("flow", json!(done.flow.name()))]))?;
    }
    Ok(0)
}

/// Names what stays the default, if a command without arguments does not use the new session.
fn note_default(app: &App, session: &SessionInfo) -> Result<()> {
    let (name, account) = (&session.provider, &session.account.name);
    let default_account = app.sessions.find(name, None)?;
    if let Some(other) = default_account.filter(|default| default.id != session.id) {
        app.prompt.note(&format!(
            "`{}` stays the default account of `{name}`; to change it: {} switch {} {}",
            other.account.name,
            app.program,
            shell_quote(name),
            shell_quote(account)
        ));
    } else if let Some(other) = app.default_provider()?.filter(|default| default != name) {
        app.prompt.note(&format!(
            "`{other}` stays the default provider; to change it: {} switch {}",
            app.program,
            shell_quote(name)
        ));
    }
    Ok(())
}
