//! Flags of the command line, for commands in messages: they are stored nowhere, so the next command needs them again.

use crate::error::{Error, StoreErrorKind};
use crate::sanitize::{shell_quote, shell_word_length};

/// Flags of which a command has only one.
const ALTERNATIVES: &[&[&str]] = &[
    &["browser", "device", "paste"],
    &["device", "port"],
    &["device", "callback"],
    &["device", "no-open"],
    &["callback", "port"],
    &["resource", "no-resource"],
    &["qr", "no-qr"],
];

/// Ends of keys whose values are never repeated.
const SECRET_KEYS: &[&str] = &["secret", "token", "token_hint", "password", "assertion", "api_key"];

/// Flags of a command, as typed and quoted for a shell. A secret is no flag, so none is in here.
#[derive(Debug, Clone, Default)]
pub struct TypedFlags(Vec<(&'static str, String)>);

impl TypedFlags {
    #[must_use]
    pub fn with_switch(mut self, name: &'static str, is_typed: bool) -> Self {
        self.0.extend(is_typed.then(|| (name, format!(" --{name}"))));
        self
    }

    #[must_use]
    pub fn with_value(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.0.extend(value.map(|value| (name, format!(" --{name} {}", shell_quote(value)))));
        self
    }

    #[must_use]
    pub fn with_values(self, name: &'static str, values: &[String]) -> Self {
        values.iter().fold(self, |flags, value| flags.with_value(name, Some(value)))
    }

    /// Flags with KEY=VALUE; without the pairs whose key names a secret.
    #[must_use]
    pub fn with_pairs(self, name: &'static str, pairs: &[String]) -> Self {
        let is_secret = |pair: &&String| {
            let key = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
            SECRET_KEYS.iter().any(|end| key.ends_with(end))
        };
        pairs.iter().filter(|pair| !is_secret(pair)).fold(self, |flags, pair| flags.with_value(name, Some(pair)))
    }

    /// Flags that go before `more`, the rest of a command, whose own flags win.
    pub fn before(&self, more: &str) -> String {
        let own: Vec<&str> = more.split([' ', '\n']).filter_map(|word| word.strip_prefix("--")).collect();
        let replaced = |name: &str| {
            let others = ALTERNATIVES.iter().filter(|flags| flags.contains(&name)).copied().flatten();
            own.iter().any(|own| *own == name || others.clone().any(|other| other == own))
        };
        self.0.iter().filter(|(name, _)| !replaced(name)).map(|(_, words)| words.as_str()).collect()
    }

    /// Adds the flags to the `command`, such as `signin`, in the hint of an error. `provider` was typed or is known from
    /// the configuration.
    pub fn complete(&self, command: &str, provider: Option<&str>, error: Error) -> Error {
        let start = format!("{{program}} {command}");
        let argument = || provider.map(|name| format!(" {}", shell_quote(name))).unwrap_or_default();
        let hint = match &error {
            // Another store helps only a command that stores something new.
            Error::Store { kind: StoreErrorKind::NotFound, .. } => Some(format!("{start}{} --store file", argument())),
            error => error.hint("{program}"),
        };
        let Some(alternative) = hint.and_then(|hint| self.insert(&start, &argument(), &hint)) else { return error };
        match error {
            Error::Blocked { cause, .. } => Error::Blocked { cause, alternative },
            error => Error::Blocked { cause: Box::new(error), alternative },
        }
    }

    /// Adds the flags to `command` if it signs in to a provider.
    pub fn complete_command(&self, command: &str) -> String {
        self.insert("{program} signin", "", command).unwrap_or_else(|| command.to_owned())
    }

    /// Inserts the flags after the command and its argument, which is `provider` if the hint has none. `None` if the hint
    /// has no such command.
    fn insert(&self, start: &str, provider: &str, hint: &str) -> Option<String> {
        let end = hint.find(start)? + start.len();
        let (before, rest) = hint.split_at(end);
        if !rest.starts_with(' ') && !rest.is_empty() {
            return None;
        }
        let (argument, more) = match rest.starts_with(" --") || rest.is_empty() {
            true => (provider, rest),
            false => rest.split_at(shell_word_length(rest)),
        };
        Some(format!("{before}{argument}{}{more}", self.before(more)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> TypedFlags {
        TypedFlags::default()
            .with_value("client-id", Some("my id"))
            .with_switch("client-secret-stdin", true)
            .with_switch("device", false)
            .with_value("port", Some("8080"))
            .with_pairs("param", &["a=1", "b=2", "client_SECRET=3", "id_token_hint=4"].map(str::to_owned))
            .with_switch("browser", true)
    }

    fn hint(hint: &str) -> Option<String> {
        let cause = Box::new(Error::check("x"));
        flags().complete("signin", Some("acme"), Error::Blocked { cause, alternative: hint.to_owned() }).hint("mycli")
    }

    #[test]
    fn hint_repeats_flags_that_it_does_not_replace() {
        const ID: &str = "--client-id 'my id' --client-secret-stdin";
        let all = format!("{ID} --port 8080 --param a=1 --param b=2 --browser");
        for (given, expected) in [
            ("{program} signin acme", format!("mycli signin acme {all}")),
            ("{program} signin", format!("mycli signin acme {all}")),
            ("{program} signin --force", format!("mycli signin acme {all} --force")),
            ("first, then\n{program} signin acme", format!("first, then\nmycli signin acme {all}")),
            ("{program} signin acme\nor not", format!("mycli signin acme {all}\nor not")),
            ("{program} signin 'a b' --force", format!("mycli signin 'a b' {all} --force")),
            ("{program} signin 'a'\\''; b' --force", format!("mycli signin 'a'\\''; b' {all} --force")),
            ("{program} signin https://id.example", format!("mycli signin https://id.example {all}")),
            ("{program} signin acme --device", format!("mycli signin acme {ID} --param a=1 --param b=2 --device")),
            (
                "{program} signin acme --paste",
                format!("mycli signin acme {ID} --port 8080 --param a=1 --param b=2 --paste"),
            ),
            (
                "{program} signin acme --port 1",
                format!("mycli signin acme {ID} --param a=1 --param b=2 --browser --port 1"),
            ),
            ("{program} signins", "mycli signins".to_owned()),
            ("nothing helps", "nothing helps".to_owned()),
        ] {
            assert_eq!(hint(given).as_deref(), Some(expected.as_str()));
        }
    }

    #[test]
    fn missing_keyring_proposes_files_for_the_same_command() {
        let missing = Error::store(StoreErrorKind::NotFound, "x");
        let flags = TypedFlags::default().with_value("store", Some("keyring")).with_value("scope", Some("a"));
        assert_eq!(
            flags.complete("signin", Some("acme"), missing).hint("mycli").as_deref(),
            Some("mycli signin acme --scope a --store file")
        );
    }
}
