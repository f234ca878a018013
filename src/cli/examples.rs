//! Examples of every command, for `--help` and the manual pages.

/// Examples of one command: its path, then pairs of a command line and its meaning.
type CommandExamples = (&'static str, &'static [(&'static str, &'static str)]);

/// Every command that has examples, with `{program}` in the place of the program's own command.
const EXAMPLES: &[CommandExamples] = &[
    (
        "",
        &[
            ("{program} signin demo", "Sign in to the built-in provider; no registration needed"),
            ("curl -H \"$({program} token github --header)\" https://api.github.com/user", "Use a token in a script"),
        ],
    ),
    (
        "signin",
        &[
            ("{program} signin github", "Sign in to GitHub in the browser"),
            ("{program} signin https://id.example.org --client-id desktop", "Sign in to any OpenID provider"),
            (
                "{program} signin github --redirect-to https://app.example.org/dashboard",
                "Send the browser to your application after the sign-in",
            ),
            ("{program} signin github --device", "Sign in with a code that you enter on any device"),
            ("{program} signin work --no-open", "Print the URL, for another browser or an SSH tunnel"),
        ],
    ),
    (
        "signout",
        &[
            ("{program} signout github", "Delete the local credentials"),
            ("{program} signout github --revoke", "Revoke the tokens at the provider first"),
            ("{program} signout --all", "Delete every session"),
        ],
    ),
    (
        "token",
        &[
            ("{program} token github", "Print the access token"),
            ("{program} token github --header", "Print an Authorization header"),
            ("{program} token work --min-ttl 10m --json", "Print a token that is valid for 10 minutes, as JSON"),
        ],
    ),
    (
        "status",
        &[
            ("{program} status", "List every session"),
            ("{program} status github --json", "List the sessions of one provider as JSON"),
            ("{program} status github --check", "Check whether the provider accepts the token"),
        ],
    ),
    ("switch", &[("{program} switch github octocat", "Make octocat the default account of GitHub")]),
    (
        "exec",
        &[
            ("{program} exec github -- gh repo list", "Run gh with GITHUB_TOKEN set"),
            ("{program} exec work --env API_TOKEN -- ./deploy.sh", "Choose the environment variable"),
        ],
    ),
    (
        "providers",
        &[
            ("{program} providers list", "List the configured providers"),
            ("{program} providers show github", "Show every setting and its source"),
        ],
    ),
    (
        "providers list",
        &[
            ("{program} providers list", "List the configured providers"),
            ("{program} providers list --all google", "Search the whole catalog"),
        ],
    ),
    ("providers show", &[("{program} providers show github", "Show every setting and its source")]),
    (
        "providers add",
        &[
            (
                "{program} providers add github --client-id Iv1.0123456789abcdef",
                "Store the client ID of your application",
            ),
            (
                "{program} providers add acme --issuer https://id.acme.example --client-id desktop",
                "Add any OpenID provider",
            ),
            (
                "{program} providers add work --use microsoft-entra-id --set tenant=contoso.example --client-id 0f3c",
                "Give a catalog entry a name of your own",
            ),
        ],
    ),
    ("providers remove", &[("{program} providers remove acme", "Remove a provider; its sessions stay")]),
    ("store", &[("{program} store move keyring", "Move everything from files to the keyring")]),
    (
        "store move",
        &[
            ("{program} store move keyring", "Move everything from files to the keyring"),
            ("MYCLI_IDENTITY_FILE=~/key.txt {program} store move file", "Move everything to encrypted files"),
        ],
    ),
    (
        "doctor",
        &[
            ("{program} doctor", "Check the machine and every configured provider"),
            ("{program} doctor github --json", "Check one provider, as JSON"),
        ],
    ),
    ("demo", &[("{program} demo --port 8080", "Serve a provider for tests at http://127.0.0.1:8080")]),
    (
        "completions",
        &[
            ("{program} completions bash > ~/.local/share/bash-completion/completions/{program}", "Install for bash"),
            ("{program} completions fish > ~/.config/fish/completions/{program}.fish", "Install for fish"),
        ],
    ),
];

/// Examples of the command with this path, such as `providers add`: command lines and their meaning.
pub fn examples(command: &str, program: &str) -> Vec<(String, &'static str)> {
    let found = EXAMPLES.iter().find(|(path, _)| *path == command);
    let examples = found.map(|(_, examples)| *examples).unwrap_or_default();
    examples.iter().map(|(line, meaning)| (line.replace("{program}", program), *meaning)).collect()
}

/// Adds the examples to the long help of a command and of its subcommands.
pub fn with_examples(command: clap::Command, program: &str) -> clap::Command {
    add_examples(command, "", program)
}

fn add_examples(command: clap::Command, path: &str, program: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}").trim_start().to_owned();
        command.mut_subcommand(name, |inner| add_examples(inner, &path, program))
    });
    match examples(path, program) {
        none if none.is_empty() => command,
        examples => command.after_long_help(help_section(&examples)),
    }
}

fn help_section(examples: &[(String, &str)]) -> clap::builder::StyledStr {
    let heading = clap::builder::styling::Styles::styled().get_header().to_owned();
    let mut text = format!("{heading}Examples:{heading:#}");
    for (line, meaning) in examples {
        text.push_str(&format!("\n  # {meaning}\n  {line}"));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments of the command line that a shell gives to `mycli`.
    fn arguments(line: &str) -> Vec<String> {
        let line = line.split_once("$(").map_or(line, |(_, rest)| rest.split(')').next().unwrap_or(rest));
        let words = shlex::split(line).expect("a shell can split it");
        let start = words.iter().position(|word| word == "mycli").expect("it runs mycli");
        words[start..].iter().take_while(|word| *word != ">").cloned().collect()
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command, path: &str) {
            assert!(!examples(path, "mycli").is_empty(), "`{path}` has no example");
            for inner in command.get_subcommands() {
                check(inner, format!("{path} {}", inner.get_name()).trim_start());
            }
        }
        check(&crate::cli::arguments::definition("mycli"), "");
    }

    #[test]
    fn every_example_parses_as_its_command() {
        for (path, examples) in EXAMPLES {
            for (line, _) in *examples {
                let arguments = arguments(&line.replace("{program}", "mycli"));
                let parsed = crate::cli::arguments::definition("mycli").try_get_matches_from(&arguments);
                assert!(parsed.is_ok(), "{line}: {}", parsed.expect_err("checked"));
                assert!(arguments[1..].join(" ").starts_with(path), "`{line}` is not an example of `{path}`");
            }
        }
    }
}
