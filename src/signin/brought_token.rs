//! Tokens that the user brought for an account before its sign-in: each gets a label, so that a name always means one
//! session.

use super::with_token;
use crate::app::App;
use crate::error::Result;
use crate::session::SessionInfo;

/// Tokens that the user brought without a label for the account of the new session.
pub fn of_account(app: &App, new: &SessionInfo) -> Result<Vec<SessionInfo>> {
    let is_hidden = |info: &SessionInfo| {
        info.is_brought()
            && info.label.is_none()
            && info.provider == new.provider
            && info.shares_name_with(new, &app.name)
            && info.account.matches_name(&new.account.name)
    };
    Ok(app.sessions.list()?.sessions.into_iter().map(|listed| listed.info).filter(is_hidden).collect())
}

/// Gives the token a label, and its place as the default to the session. A failure is a warning: the sign-in has
/// succeeded, and the next one does the same.
pub fn give_label(app: &App, token: &SessionInfo, new: &SessionInfo) {
    let account = &token.account.name;
    app.prompt.warn(&match rename(app, token, new) {
        Ok(label) => {
            let name = &new.provider;
            format!("`{account}` is now the new session at `{name}`; the token that you brought is kept as `{label}`")
        }
        Err(error) => format!("could not rename the token that you brought for `{account}`: {error}"),
    });
}

fn rename(app: &App, token: &SessionInfo, new: &SessionInfo) -> Result<String> {
    if app.sessions.find(&new.provider, None)?.is_some_and(|default| default.id == token.id) {
        app.sessions.make_default(new)?;
    }
    let first = format!("{}+token", token.account.name);
    let mut label = first.clone();
    for number in 2.. {
        if app.sessions.find(&new.provider, Some(&label))?.is_none() {
            break;
        }
        label = format!("{first}{number}");
    }
    let lock = app.sessions.lock(&token.id, app.lock_timeout)?;
    let mut session = app.sessions.load(token)?;
    let account = session.account.clone();
    with_token::name(&mut session, account, Some(label.clone()));
    let id = session.key.id();
    if id == token.id {
        app.sessions.save_locked(&session, token.store, &lock)?;
        return Ok(label);
    }
    // Without a subject the label is part of the id.
    app.sessions.save_locked(&session, token.store, &app.sessions.lock(&id, app.lock_timeout)?)?;
    app.sessions.remove_locked(token, &lock)?;
    Ok(label)
}
