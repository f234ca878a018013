//! `allow` rules: accounts that may sign in. Checked in every flow before anything is stored. Tokens of a rejected
//! account are dropped, not revoked, because with many providers a revocation ends all sessions of the user.

use serde_json::Value;

use crate::catalog::{AllowRule, Provider};
use crate::error::{Error, Remedy, Result};
use crate::identity;
use crate::oauth::id_token::Claims;
use crate::sanitize::sanitize_untrusted;
use crate::session::Account;

/// Rejects an account that no `allow` rule matches.
pub fn check(provider: &Provider, account: &Account, claims: Option<&Claims>, profile: Option<&Value>) -> Result<()> {
    let email = identity::verified_email(&provider.profile, claims, profile).map(|email| email.to_lowercase());
    let is_of = |email: &str, domain: &str| email.rsplit_once('@').is_some_and(|(_, its)| its == domain);
    let matches = |text: &String| {
        let is_subject = account.subject.as_ref() == Some(text);
        // The label may be a user-chosen name that looks like an email address or a claim.
        let by_rule = match AllowRule::parse(text) {
            Ok(AllowRule::Domain(domain)) => email.as_ref().is_some_and(|email| is_of(email, &domain.to_lowercase())),
            Ok(AllowRule::Email(allowed)) => email.as_ref().is_some_and(|email| *email == allowed.to_lowercase()),
            Ok(AllowRule::Claim(name, value)) => {
                identity::claim_matches(&provider.profile, claims, profile, name, value)
            }
            Ok(AllowRule::Account(name)) => account.name == name,
            Err(_) => false,
        };
        is_subject || by_rule
    };
    if provider.allow.is_empty() || provider.allow.iter().any(matches) {
        return Ok(());
    }
    let why = match (&account.email, &email) {
        (Some(email), None) => {
            format!("; the email address `{}` is unverified and was ignored", sanitize_untrusted(email))
        }
        _ => String::new(),
    };
    let (name, of) = (&account.name, &provider.name);
    Err(Error::denied(Remedy::OtherAccount, format!("no `allow` rule of `{of}` matches `{name}`{why}")))
}
