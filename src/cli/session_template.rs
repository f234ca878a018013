//! Templates of `status --format`, for shell prompts: fields in braces, escaped for the shell that shows them.

use std::str::FromStr;

use clap::ValueEnum;

use crate::sanitize::{sanitize_untrusted, strip_control};

/// Values of the fields.
pub(super) struct SessionFields {
    pub provider: String,
    pub account: String,
    pub left: String,
    pub usable: bool,
}

/// Shell whose prompt shows the text
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PromptShell {
    Bash,
    Zsh,
    Fish,
}

/// Parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SessionTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Provider,
    Account,
    Left,
    Usable,
}

impl FromStr for SessionTemplate {
    type Err = String;

    /// Parses `{field}`; `{{` and `}}` stand for braces.
    fn from_str(template: &str) -> Result<Self, String> {
        let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), template);
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = rest.split_once('}').filter(|_| brace == "{").ok_or("write {{ or }} for a brace")?;
            parts.extend([Part::Text(std::mem::take(&mut text)), Part::named(name)?]);
            rest = after;
        }
        parts.push(Part::Text(text + rest));
        Ok(Self(parts))
    }
}

impl Part {
    fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "provider" => Self::Provider,
            "account" => Self::Account,
            "left" => Self::Left,
            "usable" => Self::Usable,
            _ => {
                let name = sanitize_untrusted(name);
                return Err(format!("no field `{name}`: use {{provider}}, {{account}}, {{left}} or {{usable}}"));
            }
        })
    }
}

impl SessionTemplate {
    /// Text of one session, without control characters. Only the fields are escaped for the shell: the rest is the user's
    /// own prompt.
    pub(super) fn render(&self, fields: &SessionFields, shell: Option<PromptShell>) -> String {
        let field = |value: &str| escape(&sanitize_untrusted(value), shell);
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => strip_control(text).replace('\n', ""),
            Part::Provider => field(&fields.provider),
            Part::Account => field(&fields.account),
            Part::Left => field(&fields.left),
            Part::Usable => fields.usable.to_string(),
        });
        parts.collect()
    }
}

fn escape(value: &str, shell: Option<PromptShell>) -> String {
    match shell {
        // A fish prompt is a function: nothing in its output is special.
        None | Some(PromptShell::Fish) => value.to_owned(),
        Some(PromptShell::Bash) => escape_for_bash(value),
        Some(PromptShell::Zsh) => escape_for_zsh(value),
    }
}

/// Escapes for `PS1`, which bash reads twice: first its own backslash sequences, then as in double quotes.
fn escape_for_bash(value: &str) -> String {
    let mut escaped = String::new();
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str(r"\\\\"),
            '$' | '`' => escaped.extend(['\\', '\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes for `PROMPT`. With the option PROMPT_SUBST, zsh also runs commands in it; a backslash prevents that, and is
/// left out if it would be seen without need, as in `DOMAIN\user`.
fn escape_for_zsh(value: &str) -> String {
    let mut escaped = String::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('%', _) => escaped.push_str("%%"),
            ('$' | '`', _) | ('\\', None | Some('\\' | '$' | '`')) => escaped.extend(['\\', c]),
            (c, _) => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str, account: &str, shell: Option<PromptShell>) -> String {
        let (account, left) = (account.to_owned(), "5m".to_owned());
        let fields = SessionFields { provider: "acme".to_owned(), account, left, usable: true };
        template.parse::<SessionTemplate>().expect(template).render(&fields, shell)
    }

    #[test]
    fn template_replaces_fields() {
        for (template, text) in [
            ("{provider}:{account} ({left}) {usable}", "acme:ada (5m) true"),
            ("%F{{red}}{account}%f", "%F{red}ada%f"),
            ("}}{{", "}{"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(render(template, "ada", None), text, "{template}");
        }
        for wrong in ["{", "}", "{account", "{name}", "{ account }", "{}", "{{}"] {
            assert!(wrong.parse::<SessionTemplate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn prompt_has_no_control_characters() {
        for shell in [None, Some(PromptShell::Bash), Some(PromptShell::Zsh), Some(PromptShell::Fish)] {
            assert_eq!(render("\u{1b}[31m{account}\n", "a\u{1b}]0;x\u{7}d\u{202e}a\n", shell), "[31ma]0;xda");
        }
    }

    #[test]
    fn fields_are_escaped_and_the_template_is_not() {
        use PromptShell::{Bash, Fish, Zsh};
        for (shell, account, text) in [
            (Bash, r"$(id) `id` C\ada", r"\\$(id) \\`id\\` C\\\\ada\u"),
            (Zsh, r"$(id) `id` C\ada 5%", r"\$(id) \`id\` C\ada 5%%\u"),
            (Zsh, r"\$x\", r"\\\$x\\\u"),
            (Fish, r"$(id) %n", r"$(id) %n\u"),
        ] {
            assert_eq!(render(r"{account}\u", account, Some(shell)), text, "{shell:?}");
        }
    }
}
