//! Account of a sign-in: its label, and the account that the user expects.

use serde_json::Value;

use super::flow_context::FlowContext;
use super::options::SigninOptions;
use crate::app::App;
use crate::catalog::Provider;
use crate::error::{Error, Remedy, Result};
use crate::identity;
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
pub fn label(context: &FlowContext<'_>, session: &Session) -> Result<Option<String>> {
    let FlowContext { app, plan, options, .. } = context;
    if let Some(label) = &options.label {
        return Ok(Some(label.clone()));
    }
    let mut earlier = Vec::new();
    for key in [Some(session.key.clone()), key_of_0_1_0(&session.key)].into_iter().flatten() {
        earlier.extend(app.sessions.find_all(&key.id())?);
    }
    earlier.extend(replaced_sessions(app, &session.info(plan.store))?);
    Ok(earlier.into_iter().find_map(|info| info.label))
}

/// Sessions of the same account with clients that were registered earlier.
pub fn replaced_sessions(app: &App, new: &SessionInfo) -> Result<Vec<SessionInfo>> {
    if !new.has_automatic_client {
        return Ok(Vec::new());
    }
    let sessions = app.sessions.list()?.sessions.into_iter().map(|listed| listed.info);
    Ok(sessions.filter(|info| new.replaces(info, &app.name)).collect())
}

/// Fails if the label of `new` is a name of another account.
pub fn check_label_is_free(app: &App, new: &SessionInfo) -> Result<()> {
    let Some(label) = &new.label else { return Ok(()) };
    let is_other = |listed: &ListedSession| {
        let info = &listed.info;
        info.provider == new.provider
            && info.id != new.id
            && info.shares_name_with(new, &app.name)
            && !new.replaces(info, &app.name)
            && info.account.matches_name(label)
    };
    match app.sessions.list()?.sessions.into_iter().find(is_other) {
        Some(_) => Err(Error::denied(
            Remedy::OtherLabel,
            format!("`{label}` is another account of `{}`; nothing was stored", new.provider),
        )),
        None => Ok(()),
    }
}

/// Account that signed in, and where the provider says so.
pub struct Identity<'a> {
    pub account: &'a Account,
    pub claims: Option<&'a Claims>,
    pub profile: Option<&'a Value>,
    /// Users of any tenant may sign in, so no tenant vouches for a name.
    pub any_tenant: bool,
}

/// Fails if another account signed in than expected. `label` is the one that the account has.
pub fn check_account(context: &FlowContext<'_>, identity: &Identity<'_>, label: Option<&String>) -> Result<()> {
    check_expected(context.plan.provider, context.plan.account.as_ref(), identity, label)
}

/// Same as [`check_account`], without a flow.
pub fn check_expected(
    provider: &Provider,
    expected: Option<&String>,
    identity: &Identity<'_>,
    label: Option<&String>,
) -> Result<()> {
    let Some(expected) = expected.filter(|expected| label != Some(expected)) else { return Ok(()) };
    let account = identity.account;
    let is_unknown = account.subject.is_none() && account.email.is_none();
    if !is_unknown && is_expected(provider, identity, expected) {
        return Ok(());
    }
    let start = format!("{{program}} signin {}", shell_quote(&provider.name));
    let typed = account.subject.as_ref().filter(|subject| shell_quote(subject).contains(subject.as_str()));
    let (is_unconfirmed, alternative) = match (is_unknown, typed) {
        (true, _) => (true, Some(format!("{start} --label {}", shell_quote(expected)))),
        (false, Some(subject)) if account.matches_name(expected) => {
            (true, Some(format!("{start} --account {}", shell_quote(subject))))
        }
        (false, _) => (account.matches_name(expected), None),
    };
    let actual = (!is_unconfirmed).then(|| account.name.clone());
    Err(Error::WrongAccount { expected: expected.clone(), actual, alternative })
}

/// Returns true if the account is the expected one. An address may be whatever the user typed at the provider, so it
/// counts only if the provider marks it as verified, or if the row says that the provider vouches for the field.
fn is_expected(provider: &Provider, identity: &Identity<'_>, expected: &str) -> bool {
    let Identity { account, claims, profile, any_tenant } = *identity;
    if account.subject.as_deref() == Some(expected) {
        return true;
    }
    if !expected.contains('@') {
        return account.name == expected;
    }
    let is_same = |address: &String| address.to_lowercase() == expected.to_lowercase();
    let verified = identity::verified_email(&provider.profile, claims, profile);
    let vouched = claims.filter(|_| !any_tenant).map(|claims| identity::vouched_names(&provider.profile, claims));
    verified.iter().chain(vouched.iter().flatten()).any(is_same)
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::secret::Secret;

    #[test]
    fn address_needs_verification_or_a_row_that_vouches() {
        let mut entra = Provider::from_name("work");
        entra.profile.vouched = vec!["preferred_username".to_owned()];
        let plain = Provider::from_name("acme");
        let ada = "Ada@corp.example";
        for (provider, claims, any_tenant, is_met) in [
            (&plain, json!({"sub": "1", "email": ada}), false, false),
            (&plain, json!({"sub": "1", "email": ada, "email_verified": true}), false, true),
            (&plain, json!({"sub": "1", "preferred_username": ada}), false, false),
            (&plain, json!({"sub": "ada@corp.example"}), false, true),
            (&entra, json!({"sub": "1", "preferred_username": ada}), false, true),
            (&entra, json!({"sub": "1", "preferred_username": ada}), true, false),
            (&entra, json!({"sub": "1", "email": ada}), false, false),
            (&entra, json!({"sub": "1", "preferred_username": "ada@corp.example.evil"}), false, false),
        ] {
            let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
            let token = Secret::new(format!("{}.{}.", part(&json!({})), part(&claims)));
            let parsed = id_token::claims_of_stored(&token);
            let account = identity::build_account(&provider.profile, parsed.as_ref(), None);
            let identity = Identity { account: &account, claims: parsed.as_ref(), profile: None, any_tenant };
            assert_eq!(is_expected(provider, &identity, "ada@corp.example"), is_met, "{claims} {any_tenant}");
        }
    }
}
