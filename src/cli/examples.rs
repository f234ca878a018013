//! Examples of every command, for `--help` and the manual pages.

/// A section for each command, such as `[providers add]`: the meaning of an example, then its command line.
const EXAMPLES: &str = include_str!("examples.txt");

/// Examples of the command with this path, such as `providers add`: command lines and their meaning.
pub fn examples(command: &str, program: &str) -> Vec<(String, &'static str)> {
    let heading = format!("[{command}]\n");
    let section = EXAMPLES.split("\n\n").find_map(|section| section.strip_prefix(&heading)).unwrap_or_default();
    let lines: Vec<&str> = section.lines().collect();
    let example = |pair: &[&'static str]| (pair[1].replace("{program}", program), pair[0].trim_start_matches("# "));
    lines.chunks_exact(2).map(example).collect()
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
        words[start..].iter().take_while(|word| ![">", ">>", "<", "|"].contains(&word.as_str())).cloned().collect()
    }

    #[test]
    fn every_command_has_examples_that_parse() {
        fn check(command: &clap::Command, path: &str) {
            let examples = examples(path, "mycli");
            assert!(!examples.is_empty(), "`{path}` has no example");
            for (line, _) in examples {
                let arguments = arguments(&line);
                let parsed = crate::cli::arguments::definition("mycli").try_get_matches_from(&arguments);
                assert!(parsed.is_ok(), "{line}: {}", parsed.expect_err("checked"));
                assert!(arguments[1..].join(" ").starts_with(path), "`{line}` is not an example of `{path}`");
            }
            for inner in command.get_subcommands() {
                check(inner, format!("{path} {}", inner.get_name()).trim_start());
            }
        }
        check(&crate::cli::arguments::definition("mycli"), "");
    }
}
