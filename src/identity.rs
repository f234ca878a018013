//! Builds the [`Account`] from the ID token or the profile.
//!
//! A path selects one value of a profile: keys joined by dots, `[0]` for a list index, `[primary=true]` for the first
//! object of a list with that value. A text with `{path}` in it is a template. Every value is sanitized, because it is
//! displayed, except the subject, which is compared.

use serde_json::Value;

use crate::catalog::ProfilePaths;
use crate::oauth::id_token::Claims;
use crate::sanitize::truncate_visible;
use crate::session::{Account, shown_subject};

/// Longest label and e-mail address, in characters; an address has at most 254 (RFC 5321 4.5.3.1.3).
const MAX_LABEL_LEN: usize = 254;

const DEFAULT_LABEL: &str = "default";

/// Builds the account: the subject from the ID token, else from the profile; the label as the catalog entry says, else
/// the first of `preferred_username`, `email`, `login`, `name`, else the subject, else `default`. The ID token comes
/// before the profile, because it is signed.
///
/// Ignores an e-mail address that its document marks as unverified (`email_verified: false` and variants): `--account`
/// matches addresses, so users must not be able to choose one.
pub fn build_account(paths: &ProfilePaths, claims: Option<&Claims>, profile: Option<&Value>) -> Account {
    let token = claims.map(|claims| Value::Object(claims.all().clone()));
    let documents: Vec<&Value> = [token.as_ref(), profile_root(paths, profile)].into_iter().flatten().collect();
    let is_email_path = |path: &str| path == "email" || paths.email.iter().any(|known| known == path);
    let found = |path: &str| {
        let trusted = documents.iter().filter(|document| !(is_email_path(path) && says_email_unverified(document)));
        trusted.filter_map(|document| text_at(document, path)).collect::<Vec<_>>()
    };
    let values = |named: &[String], default_paths: &[&str]| -> Vec<String> {
        match named {
            [] => default_paths.iter().copied().flat_map(found).collect(),
            named => named.iter().map(String::as_str).flat_map(found).collect(),
        }
    };
    let shown = |named: &[String], default_paths: &[&str]| {
        let visible = |value: String| Some(truncate_visible(&value, MAX_LABEL_LEN)).filter(|value| !value.is_empty());
        values(named, default_paths).into_iter().find_map(visible)
    };
    let subject = match claims {
        Some(claims) => Some(claims.subject().to_owned()),
        None => values(&paths.id, &["sub", "id"]).into_iter().find(|value| !shown_subject(value).is_empty()),
    };
    let label = shown(&paths.account, &["preferred_username", "email", "login", "name"]);
    let visible_subject = || subject.as_deref().map(shown_subject).filter(|subject| !subject.is_empty());
    Account {
        name: label.or_else(visible_subject).unwrap_or_else(|| DEFAULT_LABEL.to_owned()),
        email: shown(&paths.email, &["email"]).filter(|email| email.contains('@')),
        subject,
    }
}

/// Returns the user's e-mail address if its document marks it as verified: an unmarked address may be whatever the user
/// typed.
pub fn verified_email(paths: &ProfilePaths, claims: Option<&Claims>, profile: Option<&Value>) -> Option<String> {
    let default_paths = ["email".to_owned()];
    let named = if paths.email.is_empty() { &default_paths[..] } else { &paths.email };
    let token = claims.map(|claims| Value::Object(claims.all().clone()));
    let documents = [token.as_ref(), profile_root(paths, profile)]
        .into_iter()
        .flatten()
        .filter(|document| says_email_verified(document));
    let mut addresses = documents.flat_map(|document| named.iter().filter_map(|path| text_at(document, path)));
    addresses.find(|address| address.contains('@')).map(|address| truncate_visible(&address, MAX_LABEL_LEN))
}

/// Names in the ID token that the provider vouches for, as its catalog entry says.
pub fn vouched_names(paths: &ProfilePaths, claims: &Claims) -> Vec<String> {
    let token = Value::Object(claims.all().clone());
    let names = paths.vouched.iter().filter_map(|path| text_at(&token, path));
    names.map(|name| truncate_visible(&name, MAX_LABEL_LEN)).collect()
}

/// Claims that mark `email` as verified: `email_verified` (OpenID Connect Core 5.1), `verified_email` (Google's own
/// APIs), `xms_edov` (Entra ID: the tenant owns the domain).
const VERIFIED_CLAIMS: [&str; 3] = ["email_verified", "verified_email", "xms_edov"];

pub fn says_email_verified(document: &Value) -> bool {
    let is_true = |value: &Value| value == true || value == 1 || value == "1" || value == "true";
    VERIFIED_CLAIMS.iter().any(|name| document.get(*name).is_some_and(is_true))
}

fn says_email_unverified(document: &Value) -> bool {
    let is_false = |value: &Value| value == false || value == 0 || value == "0" || value == "false";
    VERIFIED_CLAIMS.iter().any(|name| document.get(*name).is_some_and(is_false))
}

/// Returns true if the claim `name`, a path, has `value`, or is a list with it. The ID token comes before the profile.
pub fn claim_matches(
    paths: &ProfilePaths,
    claims: Option<&Claims>,
    profile: Option<&Value>,
    name: &str,
    value: &str,
) -> bool {
    let token = claims.map(|claims| Value::Object(claims.all().clone()));
    let found = token
        .as_ref()
        .and_then(|token| value_at(token, name))
        .or_else(|| value_at(profile_root(paths, profile)?, name));
    match found {
        Some(Value::Array(all)) => all.iter().any(|one| text_or_flag(one).as_deref() == Some(value)),
        Some(one) => text_or_flag(one).as_deref() == Some(value),
        None => false,
    }
}

fn profile_root<'a>(paths: &ProfilePaths, profile: Option<&'a Value>) -> Option<&'a Value> {
    match paths.root.as_deref() {
        Some(root) if !root.is_empty() => value_at(profile?, root),
        _ => profile,
    }
}

fn text_at(document: &Value, path: &str) -> Option<String> {
    match path.contains('{') {
        true => fill_template(document, path),
        false => value_at(document, path).and_then(scalar_text),
    }
}

/// Fills the `{path}` parts of a template; `None` if none of them exists.
fn fill_template(document: &Value, template: &str) -> Option<String> {
    let (mut filled, mut rest, mut found) = (String::new(), template, false);
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}')?;
        let value = value_at(document, path).and_then(scalar_text);
        found |= value.is_some();
        filled.push_str(before);
        filled.push_str(&value.unwrap_or_default());
        rest = after;
    }
    filled.push_str(rest);
    found.then_some(filled)
}

/// Value at a path. A key that contains dots, as namespaced claims do, is tried whole first.
fn value_at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = document.get(path) {
        return Some(value);
    }
    let mut current = document;
    for step in steps(path) {
        current = match step {
            Step::Key(key) => current.get(key)?,
            Step::Index(index) => current.get(index)?,
            Step::Matching(key, expected) => current
                .as_array()?
                .iter()
                .find(|item| item.get(key).and_then(text_or_flag).as_deref() == Some(expected))?,
            Step::Invalid => return None,
        };
    }
    Some(current)
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
    Matching(&'a str, &'a str),
    Invalid,
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, brackets) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key));
        }
        for inside in brackets.split('[').skip(1) {
            steps.push(bracket(inside));
        }
    }
    steps
}

fn bracket(inside: &str) -> Step<'_> {
    let Some(inside) = inside.strip_suffix(']') else { return Step::Invalid };
    match (inside.split_once('='), inside.parse()) {
        (Some((key, expected)), _) => Step::Matching(key, expected),
        (None, Ok(index)) => Step::Index(index),
        (None, Err(_)) => Step::Invalid,
    }
}

/// Text of a string or a whole number, which ids often are.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

fn text_or_flag(value: &Value) -> Option<String> {
    value.as_bool().map(|flag| flag.to_string()).or_else(|| scalar_text(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(root: Option<&str>, id: &[&str], account: &[&str], email: &[&str]) -> ProfilePaths {
        let owned = |list: &[&str]| list.iter().map(|path| (*path).to_owned()).collect();
        let root = root.map(str::to_owned);
        ProfilePaths { root, id: owned(id), account: owned(account), email: owned(email), ..ProfilePaths::default() }
    }

    fn named(profile: Value) -> Account {
        build_account(&ProfilePaths::default(), None, Some(&profile))
    }

    #[test]
    fn labels_follow_the_documented_order() {
        let mut profile = json!({"sub": "s", "name": "n", "login": "l", "email": "e@x", "preferred_username": "p"});
        for (label, gone) in
            [("p", "preferred_username"), ("e@x", "email"), ("l", "login"), ("n", "name"), ("s", "sub")]
        {
            assert_eq!(named(profile.clone()).name, label);
            profile.as_object_mut().unwrap().remove(gone);
        }
        assert_eq!(named(profile), Account { subject: None, name: "default".into(), email: None });
    }

    #[test]
    fn numeric_id_is_the_subject() {
        let row = paths(None, &["id"], &["login"], &["email"]);
        let found = build_account(
            &row,
            None,
            Some(&json!({"id": 583231, "login": "octocat", "name": "The Cat", "email": null})),
        );
        assert_eq!(found, Account { subject: Some("583231".into()), name: "octocat".into(), email: None });
    }

    #[test]
    fn paths_select_from_lists_and_templates() {
        let profile = json!({"response": [{"user": {
            "uid": "7", "first": "Ada", "last": "L", "a.b": "dotted",
            "emails": [{"address": "old@x", "primary": false}, {"address": "new@x", "primary": true}]
        }}]});
        let row = paths(Some("response[0].user"), &["uid"], &["{first} {last}"], &["emails[primary=true].address"]);
        let found = build_account(&row, None, Some(&profile));
        assert_eq!(found, Account { subject: Some("7".into()), name: "Ada L".into(), email: Some("new@x".into()) });
        let dotted = paths(Some("response[0].user"), &["nothing", "emails[9].x", "[", "a[b]", "a.b"], &[], &[]);
        assert_eq!(build_account(&dotted, None, Some(&profile)).subject.as_deref(), Some("dotted"));
    }

    #[test]
    fn empty_template_is_not_a_label() {
        let row = paths(None, &["id"], &["{first} {last}", "id"], &[]);
        assert_eq!(build_account(&row, None, Some(&json!({"id": "7"}))).name, "7");
        assert_eq!(build_account(&row, None, Some(&json!({"id": "7", "last": "L"}))).name, "L");
    }

    #[test]
    fn unverified_email_is_ignored_in_any_notation() {
        let boss = "boss@corp.example";
        for denial in [json!(false), json!("false"), json!(0), json!("0")] {
            for name in ["email_verified", "verified_email", "xms_edov"] {
                let profile = json!({"data": {"sub": "s", "mail": boss, "email": boss, name: denial}});
                let paths = paths(Some("data"), &[], &["mail", "email"], &["mail"]);
                let unnamed = Account { subject: Some("s".into()), name: "s".into(), email: None };
                assert_eq!(build_account(&paths, None, Some(&profile)), unnamed, "{profile}");
                assert_eq!(named(profile["data"].clone()), unnamed, "{profile}");
            }
        }
        let found = named(json!({"sub": "s", "email": boss, "email_verified": null}));
        assert_eq!(found.email.as_deref(), Some(boss), "not marked either way");
    }

    #[test]
    fn verified_email_needs_its_own_document_to_say_so() {
        let default_paths = ProfilePaths::default();
        let email = |profile: &Value| verified_email(&default_paths, None, Some(profile));
        for (said, counts) in [
            (json!({}), false),
            (json!({"email_verified": true}), true),
            (json!({"email_verified": "true"}), true),
            (json!({"email_verified": false, "verified": true}), false),
            (json!({"email_verified": "false"}), false),
            (json!({"verified": true}), false),
            (json!({"verified_email": true}), true),
            (json!({"xms_edov": 1}), true),
            (json!({"email_verified": ["true"]}), false),
        ] {
            let mut profile = said.clone();
            profile["email"] = "ada@corp.example".into();
            assert_eq!(email(&profile).is_some(), counts, "{said}");
        }
        assert_eq!(email(&json!({"email": "none", "email_verified": true})), None);
        let row = paths(Some("data"), &[], &[], &["mail"]);
        let nested = json!({"email_verified": true, "data": {"mail": "ada@corp.example"}});
        assert_eq!(verified_email(&row, None, Some(&nested)), None, "marked in another document");
        let nested = json!({"data": {"mail": "ada@corp.example", "email_verified": true}});
        assert!(verified_email(&row, None, Some(&nested)).is_some());
    }

    #[test]
    fn claim_matches_value_or_list_member() {
        let profile = json!({
            "tid": "9188040d", "groups": ["admins", 7], "level": 3, "member": true,
            "realm_access": {"roles": ["dev"]}, "https://app.example/groups": "ops",
        });
        for (name, value, has) in [
            ("tid", "9188040d", true),
            ("tid", "9188040D", false),
            ("groups", "admins", true),
            ("groups", "7", true),
            ("groups", "admin", false),
            ("groups", "admins,7", false),
            ("level", "3", true),
            ("member", "true", true),
            ("realm_access.roles", "dev", true),
            ("https://app.example/groups", "ops", true),
            ("nothing", "", false),
        ] {
            assert_eq!(
                claim_matches(&ProfilePaths::default(), None, Some(&profile), name, value),
                has,
                "{name}={value}"
            );
        }
    }

    #[test]
    fn values_are_sanitized_and_truncated() {
        let found =
            named(json!({"sub": "s", "preferred_username": "a\u{1b}[2J\u{202e}b".to_owned() + &"x".repeat(9000)}));
        assert!(found.name.starts_with("a[2Jbxxx"));
        assert!(found.name.chars().count() <= MAX_LABEL_LEN + 1);
    }

    #[test]
    fn unexpected_types_give_the_default_label() {
        for profile in [json!([]), json!({"sub": {"a": 1}}), json!({"email": ["x"]}), json!("x"), json!(null)] {
            assert_eq!(named(profile).name, "default");
        }
    }
}
