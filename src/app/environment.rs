//! What the program is told by its surroundings: a snapshot of the environment and of the terminal, taken once by
//! the face and handed down, because no room below it reads either.

use std::collections::BTreeMap;
use std::path::Path;

use crate::browser;

/// The environment and the streams as they were when the program started.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables; one whose name is not UTF-8 is left out.
    pub variables: BTreeMap<String, String>,
    /// Whether a person can type: stdin is a terminal.
    pub stdin_is_terminal: bool,
    /// Whether a person can read what is said: stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether nobody may be asked: no question, no browser, no wait for a person, no prompt to unlock the keyring.
    pub no_input: bool,
    /// Whether the file system says that this is a container.
    pub is_container: bool,
    /// The working directory, where it is known.
    pub directory: Option<std::path::PathBuf>,
    /// How large a core file might have been before the program forbade itself any, in bytes, all bits set where there
    /// was no limit; `None` where it did not. A command that is run gets it back.
    pub core_limit: Option<u64>,
}

impl Environment {
    /// The variable of this name, an empty one counting as absent.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the terminal shows letters beyond ASCII: what the locale says, by the first of `LC_ALL`, `LC_CTYPE` and
    /// `LANG` that is set (POSIX 8.2).
    pub fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.variable(name));
        match locale.map(str::to_ascii_lowercase) {
            Some(locale) => locale.contains("utf-8") || locale.contains("utf8"),
            // The terminals of macOS and Windows need no locale for it.
            None => cfg!(any(target_os = "macos", windows)),
        }
    }

    /// Whether `CI` asks for no questions: set and not `false`.
    pub fn is_ci(&self) -> bool {
        self.variable("CI").is_some_and(|value| value != "false")
    }

    /// What is said about browsers.
    pub fn browser(&self, app: &str) -> browser::BrowserEnvironment {
        let is_set = |names: &[&str]| names.iter().any(|name| self.variable(name).is_some());
        // A name alone is a socket in the directory of the session, as Wayland's own library has it.
        let directory = Path::new(self.variable("XDG_RUNTIME_DIR").unwrap_or_default());
        let app_variable = format!("{}_BROWSER", prefix(app));
        browser::BrowserEnvironment {
            browser: self.variable(&app_variable).or(self.variable("BROWSER")).map(str::to_owned),
            display: self.variable("DISPLAY").map(str::to_owned),
            wayland: self.variable("WAYLAND_DISPLAY").map(|socket| directory.join(socket)),
            has_desktop: cfg!(any(target_os = "macos", windows)),
            is_ssh: is_set(&["SSH_CONNECTION", "SSH_TTY"]),
            is_wsl: is_set(&["WSL_DISTRO_NAME", "WSL_INTEROP"]),
            is_container: self.is_container || is_set(&["container", "KUBERNETES_SERVICE_HOST", "REMOTE_CONTAINERS"]),
            is_codespace: self.variable("CODESPACES").is_some_and(|value| value != "false"),
            path: self.variable("PATH").map(Into::into),
            hidden_variables: self.secret_names(app),
        }
    }

    /// The names of the variables that hold secrets, which no browser and no helper may inherit.
    pub fn secret_names(&self, app: &str) -> Vec<String> {
        let app_variables = ["PASSPHRASE_FILE", "IDENTITY_FILE"].map(|suffix| format!("{}_{suffix}", prefix(app)));
        let is_secret =
            |name: &&String| (name.starts_with("AUTH_") && name.ends_with("_SECRET")) || app_variables.contains(name);
        self.variables.keys().filter(is_secret).cloned().collect()
    }
}

/// What the program's own variables start with: `MYCLI` for `mycli`, `ACME_AUTH` for `acme-auth`.
pub fn prefix(app: &str) -> String {
    app.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment { variables, ..Environment::default() }
    }

    #[test]
    fn ci_is_on_unless_it_says_false() {
        assert!(environment(&[("CI", "true")]).is_ci());
        assert!(environment(&[("CI", "1")]).is_ci());
        assert!(!environment(&[("CI", "false")]).is_ci());
        assert!(!environment(&[("CI", "")]).is_ci());
        assert!(!environment(&[]).is_ci());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_first_locale_that_is_set_says_what_can_be_shown() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("LANG", "C.UTF-8")], true),
            (&[("LANG", "de_DE.utf8"), ("LC_ALL", "")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], true),
            (&[], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(environment(pairs).is_utf8(), *expected, "{pairs:?}");
        }
    }

    #[test]
    fn secrets_are_named_and_ids_are_not() {
        let environment = environment(&[
            ("AUTH_GITHUB_SECRET", "s"),
            ("AUTH_GITHUB_ID", "i"),
            ("MYCLI_IDENTITY_FILE", "f"),
            ("MYCLI_PASSPHRASE_FILE", "f"),
        ]);
        assert_eq!(
            environment.secret_names("mycli"),
            ["AUTH_GITHUB_SECRET", "MYCLI_IDENTITY_FILE", "MYCLI_PASSPHRASE_FILE"]
        );
    }

    #[test]
    fn a_host_programs_variables_carry_its_name() {
        assert_eq!(prefix("acme-auth"), "ACME_AUTH");
    }
}
