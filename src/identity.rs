//! Who signed in: ID token and profile → [`Account`], pure.
//!
//! A path leads to one value of a profile: keys joined by dots, `[0]` for a place in a list, `[primary=true]` for the
//! first object of a list with that value. A text with `{path}` in it is a template. Every value is made fit to be shown,
//! because it will be.

use serde_json::Value;

use crate::catalog::ProfilePaths;
use crate::oauth::id_token::Claims;
use crate::sanitize::truncate_visible;
use crate::session::Account;

/// The longest subject (OpenID Connect Core 2).
const MAX_SUBJECT_LEN: usize = 255;

/// The longest label and e-mail address, in characters; an address has at most 254 (RFC 5321 4.5.3.1.3).
const MAX_LABEL_LEN: usize = 254;

/// The label of an account that nothing is known about.
const DEFAULT_LABEL: &str = "default";

/// Reads who signed in: the subject from the ID token, else from the profile; the label as the row says, else the first
/// of `preferred_username`, `email`, `login`, `name`, else the subject, else `default`. Of both documents the ID token is
/// looked at first, because it was signed.
///
/// An e-mail address that its document calls unverified (`email_verified: false` and its like) is left out: accounts
/// answer to their address, and so must not choose it.
pub fn build_account(paths: &ProfilePaths, claims: Option<&Claims>, profile: Option<&Value>) -> Account {
    let token = claims.map(|claims| Value::Object(claims.all().clone()));
    let documents: Vec<&Value> = [token.as_ref(), profile_root(paths, profile)].into_iter().flatten().collect();
    let is_email_path = |path: &str| path == "email" || paths.email.iter().any(|known| known == path);
    let found = |path: &str| {
        let trusted = documents.iter().filter(|document| !(is_email_path(path) && says_email_unverified(document)));
        trusted.filter_map(|document| text_at(document, path)).collect::<Vec<_>>()
    };
    let first = |named: &[String], default_paths: &[&str], max_len: usize| -> Option<String> {
        let paths: Vec<&str> = match named {
            [] => default_paths.to_vec(),
            named => named.iter().map(String::as_str).collect(),
        };
        paths.into_iter().flat_map(found).map(|value| truncate_visible(&value, max_len)).find(|value| !value.is_empty())
    };
    let subject = match claims {
        Some(claims) => Some(truncate_visible(claims.subject(), MAX_SUBJECT_LEN)),
        None => first(&paths.id, &["sub", "id"], MAX_SUBJECT_LEN),
    };
    let label = first(&paths.account, &["preferred_username", "email", "login", "name"], MAX_LABEL_LEN);
    Account {
        name: label.or_else(|| subject.clone()).unwrap_or_else(|| DEFAULT_LABEL.to_owned()),
        email: first(&paths.email, &["email"], MAX_LABEL_LEN).filter(|email| email.contains('@')),
        subject,
    }
}

/// The e-mail address of the person, if the document that has it vouches for it: one that says nothing of it may hold
/// what its owner typed.
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

/// What says whether the `email` of a document is the person's: `email_verified` (OpenID Connect Core 5.1),
/// `verified_email` (Google's own interfaces), `xms_edov` (Entra ID: the tenant owns the domain).
const VERIFIED_CLAIMS: [&str; 3] = ["email_verified", "verified_email", "xms_edov"];

/// Whether a document says that its `email` is the person's.
pub fn says_email_verified(document: &Value) -> bool {
    let is_true = |value: &Value| value == true || value == 1 || value == "1" || value == "true";
    VERIFIED_CLAIMS.iter().any(|name| document.get(*name).is_some_and(is_true))
}

/// Whether it says that it is not known to be.
fn says_email_unverified(document: &Value) -> bool {
    let is_false = |value: &Value| value == false || value == 0 || value == "0" || value == "false";
    VERIFIED_CLAIMS.iter().any(|name| document.get(*name).is_some_and(is_false))
}

/// Whether the claim `name`, a path as those of a row, has `value`, or a list with it. What the ID token says goes before
/// the profile.
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

/// The profile as the row's paths see it.
fn profile_root<'a>(paths: &ProfilePaths, profile: Option<&'a Value>) -> Option<&'a Value> {
    match paths.root.as_deref() {
        Some(root) if !root.is_empty() => value_at(profile?, root),
        _ => profile,
    }
}

/// The value at `path`, as text.
fn text_at(document: &Value, path: &str) -> Option<String> {
    match path.contains('{') {
        true => fill_template(document, path),
        false => value_at(document, path).and_then(scalar_text),
    }
}

/// A template with its `{path}` parts put in; `None` where none of them is there.
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

/// Follows a path. A key that has dots itself, as namespaced claims do, is tried whole first.
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

/// A text, or a whole number, which is what ids often are.
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
        ProfilePaths { root, id: owned(id), account: owned(account), email: owned(email), in_token_response: false }
    }

    fn named(profile: Value) -> Account {
        build_account(&ProfilePaths::default(), None, Some(&profile))
    }

    #[test]
    fn labels_follow_the_order_of_the_contract() {
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
    fn github_profiles_have_numbers_as_ids() {
        let row = paths(None, &["id"], &["login"], &["email"]);
        let found = build_account(
            &row,
            None,
            Some(&json!({"id": 583231, "login": "octocat", "name": "The Cat", "email": null})),
        );
        assert_eq!(found, Account { subject: Some("583231".into()), name: "octocat".into(), email: None });
    }

    #[test]
    fn paths_go_through_lists_and_templates() {
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
    fn a_template_of_nothing_is_no_label() {
        let row = paths(None, &["id"], &["{first} {last}", "id"], &[]);
        assert_eq!(build_account(&row, None, Some(&json!({"id": "7"}))).name, "7");
        assert_eq!(build_account(&row, None, Some(&json!({"id": "7", "last": "L"}))).name, "L");
    }

    #[test]
    fn an_unverified_address_is_nobodys() {
        let found = named(json!({"sub": "s", "email": "boss@corp.example", "email_verified": false}));
        assert_eq!(found, Account { subject: Some("s".into()), name: "s".into(), email: None });
    }

    #[test]
    fn an_unverified_address_is_nobodys_however_that_is_said_and_wherever_it_stands() {
        let boss = "boss@corp.example";
        for denial in [json!(false), json!("false"), json!(0), json!("0")] {
            for name in ["email_verified", "verified_email", "xms_edov"] {
                let profile = json!({"data": {"sub": "s", "mail": boss, "email": boss, name: denial}});
                let paths = paths(Some("data"), &[], &["mail", "email"], &["mail"]);
                let found = build_account(&paths, None, Some(&profile));
                assert_eq!(found, Account { subject: Some("s".into()), name: "s".into(), email: None }, "{profile}");
            }
        }
        let found = named(json!({"sub": "s", "email": boss, "email_verified": null}));
        assert_eq!(found.email.as_deref(), Some(boss), "nothing was said of it");
    }

    #[test]
    fn an_address_counts_where_its_own_document_vouches_for_it() {
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
        assert_eq!(verified_email(&row, None, Some(&nested)), None, "another document says it");
        let nested = json!({"data": {"mail": "ada@corp.example", "email_verified": true}});
        assert!(verified_email(&row, None, Some(&nested)).is_some());
    }

    #[test]
    fn a_claim_has_a_value_or_a_list_with_it() {
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
    fn values_cannot_drive_the_terminal_or_flood_it() {
        let found =
            named(json!({"sub": "s", "preferred_username": "a\u{1b}[2J\u{202e}b".to_owned() + &"x".repeat(9000)}));
        assert!(found.name.starts_with("a[2Jbxxx"));
        assert!(found.name.chars().count() <= MAX_LABEL_LEN + 1);
    }

    #[test]
    fn odd_shapes_name_nobody() {
        for profile in [json!([]), json!({"sub": {"a": 1}}), json!({"email": ["x"]}), json!("x"), json!(null)] {
            assert_eq!(named(profile).name, "default");
        }
    }
}
