//! The `.mycli.toml` of a directory, which names a provider and an account.

use std::path::Path;

use super::keys::{Form, TomlSource, text};
use crate::error::Result;
use crate::sanitize::truncate_visible;

/// Contents of a `.mycli.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFile {
    /// Provider of commands that name none.
    pub provider: Option<String>,
    /// Account of commands that name none.
    pub account: Option<String>,
}

/// Parses a `.mycli.toml`. The file may come with a checkout, so it cannot set endpoints, clients or stores.
///
/// # Errors
/// [`Error::Configuration`](crate::error::Error::Configuration) with line, column and key of the first mistake.
pub fn parse_project_file(text: &str, file: &Path) -> Result<ProjectFile> {
    let source = TomlSource { text, file };
    let table = source.parse()?.into_inner();
    let keys = [("provider", Form::Text(check_provider_name)), ("account", Form::Text(check_visible))];
    source.check_table("", &table, &keys)?;
    Ok(ProjectFile { provider: self::text(&table, "provider"), account: self::text(&table, "account") })
}

/// Accepts only characters that are safe in a shell, because hints contain the name in commands to type.
fn check_provider_name(text: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/%".contains(c);
    match text.chars().all(is_plain) && !text.starts_with('-') {
        true => Ok(()),
        false => Err("is not a provider name or URL".to_owned()),
    }
}

/// Rejects invisible characters, which no account label contains.
fn check_visible(text: &str) -> Result<(), String> {
    match truncate_visible(text, usize::MAX) == text {
        true => Ok(()),
        false => Err("contains invisible characters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_file_names_provider_and_account() {
        let read = |text| parse_project_file(text, Path::new("/src/.mycli.toml"));
        let project_file = read("provider = \"work\"\naccount = \"me@work.example\"\n").expect("a directory file");
        assert_eq!(project_file.provider.as_deref(), Some("work"));
        assert_eq!(project_file.account.as_deref(), Some("me@work.example"));
        assert_eq!(read("").expect("an empty one"), ProjectFile::default());
    }

    #[test]
    fn project_file_allows_no_other_keys() {
        for (text, expected) in [
            ("provider = \"a\"\nissuer = \"https://evil.example\"\n", "/src/.mycli.toml:2:1: unknown key `issuer`"),
            ("acount = \"a\"\n", "/src/.mycli.toml:1:1: unknown key `acount`; did you mean `account`?"),
            (
                "[providers.github]\nclient_id = \"x\"\n",
                "/src/.mycli.toml:1:2: unknown key `providers`; did you mean `provider`?",
            ),
            ("provider = [\"a\"]\n", "/src/.mycli.toml:1:12: `provider` must be a string, not an array"),
        ] {
            let error = parse_project_file(text, Path::new("/src/.mycli.toml")).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn project_file_cannot_inject_shell_commands() {
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
