//! Rules for `--scope`, `scopes` and `--param`.

use super::provider::Provider;
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Parameters that the program sets itself (RFC 6749 4.1.1, RFC 7636 4.3, RFC 9101 5, OAuth 2.0 Multiple Response
/// Types 2.1), and `client_secret`, which must never be in a URL.
const RESERVED: &[&str] = &[
    "client_id",
    "client_secret",
    "response_type",
    "response_mode",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "request",
    "request_uri",
];

/// Returns `true` if `--param` and `params` must not set this parameter.
pub fn is_reserved_param(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    RESERVED.contains(&lower.as_str()) || lower.starts_with("code_challenge")
}

/// Splits a `--scope` value at commas and white space.
///
/// # Errors
/// [`Error::Usage`] if an element contains a character that RFC 6749 3.3 does not allow.
pub fn parse_scopes(value: &str) -> Result<Vec<&str>> {
    let elements = value.split(|c: char| c == ',' || c.is_whitespace()).filter(|element| !element.is_empty());
    elements.map(|element| is_scope(element).then_some(element).ok_or_else(|| invalid_scope(element))).collect()
}

/// Returns `true` for a scope-token of RFC 6749 3.3.
pub fn is_scope(element: &str) -> bool {
    !element.is_empty() && element.bytes().all(|b| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

/// Replaces each `@SET` and `+@SET` of a `--scope` value by the scopes of the provider's set.
///
/// # Errors
/// [`Error::Usage`] if an element is not a scope, or the provider has no such set.
pub fn expand_flag(flag: &str, provider: &Provider) -> Result<String> {
    let elements: Vec<String> = parse_scopes(flag)?.into_iter().map(str::to_owned).collect();
    Ok(expand_sets(&elements, provider)?.join(" "))
}

/// Replaces each `@SET` and `+@SET` by the scopes of the provider's set.
///
/// # Errors
/// [`Error::Usage`] if the provider has no such set.
pub fn expand_sets(elements: &[String], provider: &Provider) -> Result<Vec<String>> {
    let mut expanded = Vec::new();
    for element in elements {
        let bare = element.strip_prefix('+').unwrap_or(element);
        let sign = &element[..element.len() - bare.len()];
        match bare.strip_prefix('@') {
            Some(name) => {
                let scopes = provider.scope_sets.get(name).ok_or_else(|| unknown_set(name, provider))?;
                expanded.extend(scopes.iter().map(|scope| format!("{sign}{scope}")));
            }
            None => expanded.push(element.clone()),
        }
    }
    Ok(expanded)
}

fn unknown_set(name: &str, provider: &Provider) -> Error {
    let known: Vec<String> = provider.scope_sets.keys().map(|known| format!("`@{known}`")).collect();
    let has = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    Error::Usage {
        message: format!("`{}` has no scope set `@{}`; {has}", provider.name, sanitize_untrusted(name)),
        hint: Some(format!("{{program}} providers show {}", shell_quote(&provider.name))),
    }
}

fn invalid_scope(element: &str) -> Error {
    Error::usage(format!("`--scope`: `{}` is not a scope", sanitize_untrusted(element)))
}

/// Returns the scopes to request: plain elements replace, `+S` elements add to `granted`, else to `default`. A flag
/// without elements asks for no scopes.
///
/// # Errors
/// [`Error::Usage`] if both kinds are given or an element is not a scope.
pub fn merge_scopes(flags: &[String], granted: Option<&[String]>, default: &[String]) -> Result<Vec<String>> {
    let mut elements = Vec::new();
    for flag in flags {
        elements.extend(parse_scopes(flag)?);
    }
    let (added, plain): (Vec<&str>, Vec<&str>) = elements.into_iter().partition(|element| element.starts_with('+'));
    match (plain.is_empty(), added.is_empty()) {
        (true, true) => Ok(if flags.is_empty() { default.to_vec() } else { Vec::new() }),
        (false, true) => Ok(unique(plain.into_iter())),
        (true, false) => extend_scopes(granted.unwrap_or(default), &added),
        (false, false) => Err(Error::Usage {
            message: format!("`--scope`: `{}` replaces and `{}` adds; use one or the other", plain[0], added[0]),
            hint: None,
        }),
    }
}

/// The scopes that `+S` elements add.
pub fn added_scopes(flags: &[String]) -> Vec<String> {
    let elements = flags.iter().flat_map(|flag| parse_scopes(flag).unwrap_or_default());
    elements.filter_map(|element| element.strip_prefix('+')).map(str::to_owned).collect()
}

fn extend_scopes(base: &[String], added: &[&str]) -> Result<Vec<String>> {
    let bare: Vec<&str> = added.iter().map(|element| &element[1..]).collect();
    match bare.iter().position(|element| element.is_empty()) {
        Some(at) => Err(invalid_scope(added[at])),
        None => Ok(unique(base.iter().map(String::as_str).chain(bare))),
    }
}

fn unique<'a>(elements: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for element in elements {
        if !seen.iter().any(|other| other == element) {
            seen.push(element.to_owned());
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(elements: &[&str]) -> Vec<String> {
        elements.iter().map(|element| (*element).to_owned()).collect()
    }

    #[test]
    fn plain_scopes_replace_and_plus_scopes_add() {
        let (granted, default) = (owned(&["g"]), owned(&["a", "b"]));
        for (flags, granted, expected) in [
            (&[][..], None, &["a", "b"][..]),
            (&[], Some(&granted), &["a", "b"]),
            (&["x"], Some(&granted), &["x"]),
            (&["x,y", "z  x"], None, &["x", "y", "z"]),
            (&["+x"], None, &["a", "b", "x"]),
            (&["+x", "+g +y"], Some(&granted), &["g", "x", "y"]),
            (&[""], None, &[]),
            (&[" , "], Some(&granted), &[]),
            (&["read:user", "https://a.example/b?c"], None, &["read:user", "https://a.example/b?c"]),
        ] {
            let result = merge_scopes(&owned(flags), granted.map(Vec::as_slice), &default);
            assert_eq!(result.expect("scopes"), expected, "{flags:?}");
        }
    }

    #[test]
    fn set_stands_for_its_scopes() {
        let sets = [("git", &["read", "repo"][..]), ("mail", &["imap"])];
        let scope_sets = sets.map(|(name, scopes)| (name.to_owned(), owned(scopes))).into();
        let provider = Provider { scope_sets, ..Provider::from_name("acme") };
        for (flag, expected) in [
            ("@git", "read repo"),
            ("@git,@mail x", "read repo imap x"),
            ("+@git", "+read +repo"),
            ("a@git", "a@git"),
            ("", ""),
        ] {
            assert_eq!(expand_flag(flag, &provider).expect(flag), expected, "{flag}");
        }
        for (flag, words) in [("@gti", "`acme` has no scope set `@gti`; it has `@git`, `@mail`"), ("+@", "`@`")] {
            let error = expand_flag(flag, &provider).expect_err(flag);
            assert!(error.exit_code() == 2 && error.to_string().contains(words), "{error}");
        }
        let error = expand_flag("@git", &Provider::from_name("bare")).expect_err("no sets");
        assert!(error.to_string().ends_with("it has none"), "{error}");
    }

    #[test]
    fn mixing_plain_and_plus_scopes_is_rejected() {
        for flags in [&["x", "+y"][..], &["x +y"], &["+y,x"]] {
            let error = merge_scopes(&owned(flags), None, &[]).expect_err("mixed");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn invalid_scope_is_rejected() {
        for flag in ["a\"b", "a\\b", "ä", "+", "a\u{7f}"] {
            assert!(merge_scopes(&owned(&[flag]), None, &[]).is_err(), "{flag:?}");
        }
    }

    #[test]
    fn parameters_of_the_program_are_reserved() {
        for name in ["state", "nonce", "code_challenge", "code_challenge_method", "client_secret", "request_uri"] {
            assert!(is_reserved_param(name), "{name}");
        }
        for name in ["prompt", "audience", "requested", "scopes"] {
            assert!(!is_reserved_param(name), "{name}");
        }
    }
}
