//! The `.mycli.toml` of a directory: which provider, which account, and nothing else.

use std::path::Path;

use super::spanned_toml::{TomlField, TomlSource, fields};
use crate::error::Result;
use crate::sanitize::truncate_visible;

/// What a directory says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFile {
    /// The provider of commands that name none.
    pub provider: Option<String>,
    /// The account of commands that name none.
    pub account: Option<String>,
}

/// Reads a directory's file. A checkout can bring one along, so it has no say in endpoints, clients or stores.
///
/// # Errors
/// [`Error::Configuration`](crate::error::Error::Configuration) with line, column and key for the first thing wrong.
pub fn parse_project_file(text: &str, file: &Path) -> Result<ProjectFile> {
    let source = TomlSource { text, file };
    let table = source.parse()?;
    let mut project_file = ProjectFile::default();
    for (key, span, value) in fields(&table) {
        let field = TomlField::new(source, key, key, value);
        match key {
            "provider" => project_file.provider = Some(field.validated(check_provider_name)?),
            "account" => project_file.account = Some(field.validated(check_visible)?),
            _ => return Err(source.unknown_key(span, key, key, &["provider", "account"])),
        }
    }
    Ok(project_file)
}

/// What may stand in a command that a person is told to type: nothing that a shell takes for its own.
fn check_provider_name(text: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/%".contains(c);
    match text.chars().all(is_plain) && !text.starts_with('-') {
        true => Ok(()),
        false => Err("is not the name or address of a provider".to_owned()),
    }
}

/// No account has a label with characters that cannot be seen.
fn check_visible(text: &str) -> Result<(), String> {
    match truncate_visible(text, usize::MAX) == text {
        true => Ok(()),
        false => Err("has characters in it that cannot be seen".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_names_a_provider_and_an_account() {
        let read = |text| parse_project_file(text, Path::new("/src/.mycli.toml"));
        let project_file = read("provider = \"work\"\naccount = \"me@work.example\"\n").expect("a directory file");
        assert_eq!(project_file.provider.as_deref(), Some("work"));
        assert_eq!(project_file.account.as_deref(), Some("me@work.example"));
        assert_eq!(read("").expect("an empty one"), ProjectFile::default());
    }

    #[test]
    fn a_directory_says_nothing_else() {
        for (text, expected) in [
            ("provider = \"a\"\nissuer = \"https://evil.example\"\n", "/src/.mycli.toml:2:1: unknown key `issuer`"),
            ("acount = \"a\"\n", "/src/.mycli.toml:1:1: unknown key `acount`, did you mean `account`?"),
            (
                "[providers.github]\nclient_id = \"x\"\n",
                "/src/.mycli.toml:1:2: unknown key `providers`, did you mean `provider`?",
            ),
            ("provider = [\"a\"]\n", "/src/.mycli.toml:1:12: `provider` is text in quotes, not a list"),
        ] {
            let error = parse_project_file(text, Path::new("/src/.mycli.toml")).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn a_directory_cannot_write_what_a_person_is_told_to_type() {
        for line in [
            "provider = \"x; curl evil\"",
            "provider = \"https://x/$(id)\"",
            "provider = \"--config\"",
            "provider = \"a`b`\"",
            "account = \"me\\u202e@x\"",
        ] {
            let error = parse_project_file(line, Path::new("/src/.mycli.toml")).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
        let plain = "provider = \"https://id.example:8443/realms/a%20b\"\naccount = \"Ada Lovelace\"";
        assert!(parse_project_file(plain, Path::new("x")).is_ok());
    }
}
