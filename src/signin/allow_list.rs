//! `allow`: whose sign-in is taken. Decided before anything of it is stored, in every flow; the tokens of who is refused
//! are dropped. They are not revoked, because many providers end every session of the person with that.

use serde_json::Value;

use crate::catalog::{AllowRule, Provider};
use crate::error::{Error, Result};
use crate::identity;
use crate::oauth::id_token::Claims;
use crate::sanitize::sanitize_untrusted;
use crate::session::Account;

/// Refuses an account that no rule of `allow` names.
///
/// # Errors
/// [`Error::Denied`], saying which of its addresses did not count because nobody vouches for it.
pub fn check(provider: &Provider, account: &Account, claims: Option<&Claims>, profile: Option<&Value>) -> Result<()> {
    let email = identity::verified_email(&provider.profile, claims, profile).map(|email| email.to_lowercase());
    let is_of = |email: &str, domain: &str| email.rsplit_once('@').is_some_and(|(_, its)| its == domain);
    let matches = |text: &String| {
        let is_subject = account.subject.as_ref() == Some(text);
        // The label may be a name of the person's own choice that looks like an address, or like a claim.
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
            format!("; nobody vouches for the address `{}`, so it does not count", sanitize_untrusted(email))
        }
        _ => String::new(),
    };
    let (name, of) = (&account.name, &provider.name);
    Err(Error::Denied { message: format!("`{name}` is not among the accounts that `allow` names for `{of}`{why}") })
}
