//! Snapshot of the environment variables and the terminal. The command line takes it once and passes it down; no other
//! module reads them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::browser;

/// Environment and standard streams at program start.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Variables with UTF-8 names.
    pub variables: BTreeMap<String, String>,
    /// stdin is a terminal: the user can type.
    pub stdin_is_terminal: bool,
    /// stderr is a terminal: the user can read messages.
    pub stderr_is_terminal: bool,
    /// No prompts, no browser, no waiting for the user, no keyring unlock prompt.
    pub no_input: bool,
    /// The file system looks like a container.
    pub is_container: bool,
    /// Working directory, if known.
    pub directory: Option<std::path::PathBuf>,
    /// Soft core file limit in bytes before the program disabled core files, all bits set if unlimited; `None` if it
    /// did not. A command run by `exec` gets this limit back.
    pub core_limit: Option<u64>,
}

impl Environment {
    /// Returns the variable, or `None` if it is unset or empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns one of the variables of the program `app`: `STORE` is `MYCLI_STORE`.
    pub fn app_variable(&self, app: &str, suffix: &str) -> Option<&str> {
        self.variable(&format!("{}_{suffix}", prefix(app)))
    }

    /// Returns true if the terminal shows non-ASCII characters, judging by the first of `LC_ALL`, `LC_CTYPE` and `LANG`
    /// that is set (POSIX 8.2).
    pub fn is_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.variable(name));
        match locale.map(str::to_ascii_lowercase) {
            Some(locale) => locale.contains("utf-8") || locale.contains("utf8"),
            // Terminals of macOS and Windows need no locale.
            None => cfg!(any(target_os = "macos", windows)),
        }
    }

    /// Returns true if `CI` is set and not `false`.
    pub fn is_ci(&self) -> bool {
        self.variable("CI").is_some_and(|value| value != "false")
    }

    /// Input for browser detection.
    pub fn browser(&self, app: &str) -> browser::BrowserEnvironment {
        let is_set = |names: &[&str]| names.iter().any(|name| self.variable(name).is_some());
        // A bare name is a socket in the runtime directory, as in libwayland.
        let directory = Path::new(self.variable("XDG_RUNTIME_DIR").unwrap_or_default());
        browser::BrowserEnvironment {
            browser: self.app_variable(app, "BROWSER").or(self.variable("BROWSER")).map(str::to_owned),
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

    /// Names of variables that hold secrets, or that are for this process alone; browsers and helpers must not inherit
    /// them.
    pub fn secret_names(&self, app: &str) -> Vec<String> {
        let app_variables =
            ["PASSPHRASE_FILE", "IDENTITY_FILE", "SIGNIN_RUN"].map(|suffix| format!("{}_{suffix}", prefix(app)));
        let is_secret =
            |name: &&String| (name.starts_with("AUTH_") && name.ends_with("_SECRET")) || app_variables.contains(name);
        self.variables.keys().filter(is_secret).cloned().collect()
    }

    /// Command that inherits everything but those variables.
    pub fn command(&self, app: &str, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in self.secret_names(app) {
            command.env_remove(name);
        }
        command
    }
}

/// Prefix of the program's own variables: `MYCLI` for `mycli`, `ACME_AUTH` for `acme-auth`.
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
    fn ci_is_enabled_unless_false() {
        assert!(environment(&[("CI", "true")]).is_ci());
        assert!(environment(&[("CI", "1")]).is_ci());
        assert!(!environment(&[("CI", "false")]).is_ci());
        assert!(!environment(&[("CI", "")]).is_ci());
        assert!(!environment(&[]).is_ci());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn first_locale_variable_decides_utf8() {
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
    fn secret_variables_are_listed_ids_are_not() {
        let environment = environment(&[
            ("AUTH_GITHUB_SECRET", "s"),
            ("AUTH_GITHUB_ID", "i"),
            ("MYCLI_IDENTITY_FILE", "f"),
            ("MYCLI_PASSPHRASE_FILE", "f"),
            ("MYCLI_SIGNIN_RUN", "id"),
        ]);
        assert_eq!(
            environment.secret_names("mycli"),
            ["AUTH_GITHUB_SECRET", "MYCLI_IDENTITY_FILE", "MYCLI_PASSPHRASE_FILE", "MYCLI_SIGNIN_RUN"]
        );
    }

    #[test]
    fn prefix_is_the_host_program_name() {
        assert_eq!(prefix("acme-auth"), "ACME_AUTH");
    }
}
