//! Account of a sign-in: its label, and the account that the user expects.

use super::flow_context::FlowContext;
use super::options::SigninOptions;
use crate::app::App;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::oauth::id_token::{self, Claims};
use crate::sanitize::shell_quote;
use crate::session::{Account, Session, SessionInfo, SessionKey, subject_of_0_1_0};
use crate::store::ListedSession;

/// Fails before the sign-in if `--label` is the name of an account that has another label or none.
pub fn check_label(app: &App, provider: &Provider, options: &SigninOptions) -> Result<()> {
    let Some(label) = &options.label else { return Ok(()) };
    match app.sessions.find(&provider.name, Some(label))? {
        Some(other) if other.label.as_ref() != Some(label) => Err(Error::Usage {
            message: format!("`{label}` is already the account `{}` of `{}`", other.account.name, provider.name),
            hint: Some("choose another --label".to_owned()),
        }),
        _ => Ok(()),
    }
}

/// Returns the label of the account: the one that the user gives, else the one that the same account already has.
pub fn label(context: &FlowContext<'_>, key: &SessionKey) -> Result<Option<String>> {
    if let Some(label) = &context.options.label {
        return Ok(Some(label.clone()));
    }
    for key in [Some(key.clone()), key_of_0_1_0(key)].into_iter().flatten() {
        if let Some(known) = context.app.sessions.find_all(&key.id())?.into_iter().find_map(|info| info.label) {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Fails if the label of `new` is a name of another account.
pub fn check_label_is_free(app: &App, new: &SessionInfo) -> Result<()> {
    let Some(label) = &new.label else { return Ok(()) };
    let is_other = |listed: &ListedSession| {
        let info = &listed.info;
        info.provider == new.provider
            && info.id != new.id
            && info.shares_name_with(new, &app.name)
            && info.account.matches_name(label)
    };
    match app.sessions.list()?.sessions.into_iter().find(is_other) {
        Some(_) => Err(Error::Denied {
            message: format!("`{label}` is another account of `{}`; nothing was stored", new.provider),
        }),
        None => Ok(()),
    }
}

/// Fails if another account signed in than expected. `label` is the one that the account has.
pub fn check_account(context: &FlowContext<'_>, account: &Account, label: Option<&String>) -> Result<()> {
    let Some(expected) = context.plan.account.as_ref().filter(|expected| label != Some(expected)) else {
        return Ok(());
    };
    let is_unknown = account.subject.is_none() && account.email.is_none();
    if !is_unknown && account.matches_name(expected) {
        return Ok(());
    }
    let start = format!("{{program}} signin {}", shell_quote(&context.plan.provider.name));
    let alternative = is_unknown.then(|| format!("{start} --label {}", shell_quote(expected)));
    let actual = (!is_unknown).then(|| account.name.clone());
    Err(Error::WrongAccount { expected: expected.clone(), actual, alternative })
}

/// Sessions of the same account that version 0.1.0 stored under its cleaned subject.
pub fn sessions_of_0_1_0(app: &App, session: &Session) -> Result<Vec<SessionInfo>> {
    let Some(key) = key_of_0_1_0(&session.key) else { return Ok(Vec::new()) };
    let mut found = app.sessions.find_all(&key.id())?;
    // A session of another subject that looks the same after cleaning stays.
    found.retain(|info| {
        let stored = app.sessions.load(info).ok().and_then(|session| session.tokens.id_token);
        let claims: Option<Claims> = stored.as_ref().and_then(id_token::claims_of_stored);
        claims.is_none_or(|claims| session.key.subject.as_deref() == Some(claims.subject()))
    });
    Ok(found)
}

/// Key that version 0.1.0 made for the same account; `None` if it is the same.
fn key_of_0_1_0(key: &SessionKey) -> Option<SessionKey> {
    let subject = Some(subject_of_0_1_0(key.subject.as_deref()?));
    (subject != key.subject).then(|| SessionKey { subject, ..key.clone() })
}
