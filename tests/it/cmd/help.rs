//! Help pages of every command, long and short, and the version.

use crate::cmd::record::Record;
use crate::support::Sandbox;

/// Every command with the commands above it, in the order of the definition.
fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    collect(&mycli::internals::cli::definition("mycli"), &[], &mut found);
    found
}

fn collect(command: &clap::Command, above: &[String], found: &mut Vec<Vec<String>>) {
    for inner in command.get_subcommands() {
        let path = [above, &[inner.get_name().to_owned()]].concat();
        found.push(path.clone());
        collect(inner, &path, found);
    }
}

fn pages(flag: &str) -> Record {
    let (sandbox, mut record) = (Sandbox::new(), Record::new());
    for command in commands() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
        record.run(&sandbox, "", &arguments).success();
    }
    record
}

#[test]
fn long_help_of_every_command() {
    pages("--help").matches("help_long.txt");
}

#[test]
fn short_help_of_every_command() {
    pages("-h").matches("help_short.txt");
}

#[test]
fn version_help_command_and_bare_commands() {
    let (sandbox, mut record) = (Sandbox::new(), Record::new());
    record.run(&sandbox, "the version", &["--version"]);
    record.run(&sandbox, "the short flag", &["-V"]);
    record.run(&sandbox, "the version of a subcommand", &["signin", "--version"]);
    record.run(&sandbox, "the help of an unknown command", &["help", "nonsense"]);
    record.run(&sandbox, "no command", &[]);
    record.run(&sandbox, "no command, JSON", &["--json"]);
    record.run(&sandbox, "a group without its command", &["store"]);
    record.matches("help_and_version.txt");
}
