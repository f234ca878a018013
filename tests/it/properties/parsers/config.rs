//! Configuration file, edits of it, and the project file.

use std::path::Path;

use mycli::internals::config::{Config, add_provider, parse, parse_project_file, remove_provider};
use mycli::internals::error::Error;
use toml_edit::Value;

use super::{assert_fit, is_hidden, mentions};

/// Provider that is added and removed.
pub const NEW: &str = "a-new-one";

const FILE: &str = "/home/me/.config/mycli/config.toml";

/// A valid configuration can be edited: the edit is there, everything else keeps its meaning, no comment is lost, and
/// the reverse edit restores it.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    directory(&text);
    let file = Path::new(FILE);
    let before = match parse(&text, file) {
        Ok(before) => before,
        Err(error) => return assert_refusal(&error, &text),
    };
    if before.providers.names().any(|name| name == NEW) {
        return;
    }
    let settings = [("client_id".to_owned(), Value::from("id \"\\'# é")), ("port".to_owned(), Value::from(7000))];
    let added = add_provider(&text, file, NEW, &settings).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut after = parse(&added, file).unwrap_or_else(|error| panic!("{error}: {added}"));
    let at = after.providers.entries.iter().position(|(name, _)| name == NEW).expect("it was added");
    let (_, entry) = after.providers.entries.remove(at);
    assert_eq!((entry.client_id.as_deref(), entry.port), (Some("id \"\\'# é"), Some(7000)));
    assert_eq!(before, after, "{added}");
    // Rewritten parts have uniform line ends.
    let unix = |text: &str| text.replace("\r\n", "\n");
    let again = add_provider(&added, file, NEW, &settings).expect("again");
    assert_eq!(unix(&again), unix(&added), "twice is once");
    assert_no_comment_lost(&text, &added);

    let removed = remove_provider(&added, file, NEW).unwrap_or_else(|error| panic!("{error}: {added}"));
    let back = parse(&removed, file).unwrap_or_else(|error| panic!("{error}: {removed}"));
    // `default` may have named an unknown provider.
    let named = before.default.as_deref() == Some(NEW);
    let before = Config { default: before.default.clone().filter(|_| !named), ..before };
    assert_eq!(before, back, "{removed}");
    assert_no_comment_lost(&text, &removed);
}

fn directory(text: &str) {
    let quotable = [text.to_owned()];
    match parse_project_file(text, Path::new("/src/.mycli.toml")) {
        Ok(directory) => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/%".contains(c);
            let provider = directory.provider.unwrap_or_default();
            assert!(provider.chars().all(is_plain) && !provider.starts_with('-'), "{provider:?}");
            let account = directory.account.unwrap_or_default();
            assert!(!account.chars().any(|c| is_hidden(c) || c == '\n'), "{account:?}");
        }
        Err(error) => {
            assert!(matches!(error, Error::Configuration { .. }), "{error:?}");
            assert_fit(&error, &quotable);
        }
    }
}

/// The position is inside the text, and the value of a secret key is not shown.
fn assert_refusal(error: &Error, text: &str) {
    let Error::Configuration { position: Some((line, column)), message, .. } = error else { panic!("{error:?}") };
    let lines: Vec<&str> = text.split('\n').collect();
    let place = lines.get(line - 1).unwrap_or_else(|| panic!("no line {line}: {error}"));
    assert!((1..=place.chars().count() + 1).contains(column), "{error}: {text:?}");
    assert_fit(error, &[text.to_owned()]);
    let (before, secret) = place.split_once('=').unwrap_or((place, ""));
    if message.contains("must not be in this file") && mentions(secret) && !mentions(before) {
        assert!(
            !message.contains(super::SECRET) || lines.iter().filter(|line| mentions(line)).count() > 1,
            "{message}"
        );
    }
}

/// Checks that every line starting with `#` is kept.
fn assert_no_comment_lost(before: &str, after: &str) {
    let mut left = after.lines().filter(|line| line.trim_start().starts_with('#'));
    for comment in before.lines().filter(|line| line.trim_start().starts_with('#')) {
        let comment = comment.trim();
        assert!(left.any(|line| line.trim() == comment), "{comment:?} is lost or elsewhere in {after:?}");
    }
}
