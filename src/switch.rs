//! `switch`: sets the default provider, and the default account of a provider.

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::config::{self, KeyPath};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::session::SessionInfo;

/// Makes a provider the default, and `account` the default of it. Returns the session that commands without a provider
/// use from now on. Without a provider the user chooses one of the sessions.
///
/// # Errors
/// [`Error::NotSignedIn`] if there is no such session, [`Error::InteractionRequired`] if the user cannot choose,
/// [`Error::Configuration`] if the configuration is invalid or cannot be written.
pub fn switch(app: &App, provider: Option<&str>, account: Option<&str>) -> Result<SessionInfo> {
    let (session, has_account) = match provider {
        Some(provider) => {
            let missing = || app.no_session_error(provider.to_owned(), account.map(str::to_owned));
            (app.find_session(provider, account)?.ok_or_else(missing)?, account.is_some())
        }
        None => (choose_session(app)?, true),
    };
    set_default_provider(app, &session.provider)?;
    match account {
        Some(account) => app.sessions.set_default(&session.provider, account),
        None if has_account => app.sessions.make_default(&session),
        None => Ok(session),
    }
}

/// Writes `default` to the configuration, unless it is there.
fn set_default_provider(app: &App, provider: &str) -> Result<()> {
    if app.config()?.default.as_deref() == Some(provider) {
        return Ok(());
    }
    let path = KeyPath::parse("default");
    app.change_config(|text| Ok((config::set_key(text, &app.config_path(), &path, provider)?, ())))
}

fn choose_session(app: &App) -> Result<SessionInfo> {
    let mut sessions: Vec<_> = app.sessions.list()?.sessions;
    let Some(first) = sessions.first() else { return Err(Error::NotSignedIn { provider: None, account: None }) };
    if !app.prompt.can_prompt() {
        return Err(Error::InteractionRequired {
            action: "`switch` needs a provider".to_owned(),
            alternative: format!("{{program}} switch {}", shell_quote(&first.info.provider)),
        });
    }
    let default = app.default_provider()?;
    let is_default = |provider: &str| default.as_deref() == Some(provider);
    let marked = sessions.iter().position(|session| session.default && is_default(&session.info.provider));
    let names: Vec<String> = sessions
        .iter()
        .enumerate()
        .map(|(at, session)| {
            let mark = if marked == Some(at) { ", default" } else { "" };
            format!("{} ({}{mark})", session.info.provider, session.info.account.name)
        })
        .collect();
    let index = app.choose("Switch to", &names, USER_TIMEOUT)?;
    Ok(sessions.swap_remove(index).info)
}
