//! Values of the flags of `signin`.

use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::{Error, Result};
use crate::oauth::authorization;
use crate::sanitize::{sanitize_untrusted, single_line};
use crate::signin::OFFLINE_ACCESS;

/// Limit for a label, in characters.
const MAX_LABEL_LENGTH: usize = 100;

/// Parses a label, which is shown and typed as it is.
pub fn label(text: &str) -> Result<String, String> {
    let is_plain = !text.is_empty() && single_line(text) == text;
    match is_plain && text.chars().count() <= MAX_LABEL_LENGTH {
        true => Ok(text.to_owned()),
        false => Err(format!("a label has 1 to {MAX_LABEL_LENGTH} visible characters on one line")),
    }
}

/// Splits the values of `--param`.
pub fn params(given: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("`--param {}` is not KEY=VALUE", sanitize_untrusted(text))))?;
        authorization::check_param(name)?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(pair).collect()
}

/// Scopes of the session, which `--scope +SCOPE` adds to.
pub fn granted(app: &App, scopes: &[String], query: &SessionQuery, name: &str) -> Result<Option<Vec<String>>> {
    if !scopes.iter().any(|scope| scope.contains('+')) {
        return Ok(None);
    }
    let account = app.selected_account(query, name)?;
    Ok(app.find_session(name, account.as_deref())?.map(|session| {
        let mut scopes = session.scopes;
        // Many providers do not list it among the granted scopes; without it there would be no refresh token.
        if session.scopes_requested.iter().any(|scope| scope == OFFLINE_ACCESS)
            && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS)
        {
            scopes.push(OFFLINE_ACCESS.to_owned());
        }
        scopes
    }))
}
