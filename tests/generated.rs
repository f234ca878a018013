//! `completions/` and `man/` are rendered from the one clap definition and held current here; `BLESS=1` rewrites them.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a test is a program of its own

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use mycli::cli::completions::{Shell, script};
use mycli::error::EXIT_CODES;

/// The day that stands on the manual pages: the one of the last change to the version.
const RELEASED: &str = "2026-11-23";

#[test]
fn completions_are_current() {
    let file = |shell: &Shell| match shell {
        Shell::Bash => "mycli.bash",
        Shell::Zsh => "_mycli",
        Shell::Fish => "mycli.fish",
        Shell::Powershell => "_mycli.ps1",
        Shell::Elvish => "mycli.elv",
        Shell::Nushell => "mycli.nu",
    };
    let rendered = Shell::value_variants()
        .iter()
        .map(|shell| (file(shell).to_owned(), script(*shell, mycli::cli::definition("mycli"), "mycli")))
        .collect();
    compare("completions", &rendered);
}

#[test]
fn manual_pages_are_current() {
    let mut rendered = BTreeMap::new();
    let mut definition = mycli::cli::definition("mycli");
    definition.build();
    pages(&definition, "mycli", &mut rendered);
    compare("man", &rendered);
}

/// One page for the program and one for each command below it.
fn pages(command: &clap::Command, name: &str, rendered: &mut BTreeMap<String, Vec<u8>>) {
    let titled = command.clone().name(name.to_owned()).bin_name(name.replace('-', " "));
    // `help` has no page to refer to.
    let titled = match titled.find_subcommand("help") {
        Some(_) => titled.mut_subcommand("help", |help| help.hide(true)),
        None => titled,
    };
    rendered.insert(format!("{name}.1"), page(titled, name));
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        pages(subcommand, &format!("{name}-{}", subcommand.get_name()), rendered);
    }
}

fn page(command: clap::Command, name: &str) -> Vec<u8> {
    // Aliases would be listed as subcommands with pages of their own.
    let has_commands = command.get_subcommands().next().is_some();
    let page = clap_mangen::Man::new(command)
        .title(name.to_uppercase())
        .section("1")
        .date(RELEASED)
        .source(concat!("mycli ", env!("CARGO_PKG_VERSION")))
        .manual("mycli manual");
    let mut text = Vec::new();
    let written = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| page.render_synopsis_section(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| if has_commands { page.render_subcommands_section(&mut text) } else { Ok(()) });
    written.expect("writing to memory does not fail");
    text.extend_from_slice(exit_status().as_bytes());
    text.extend_from_slice(include_str!("man/files.roff").as_bytes());
    text.extend_from_slice(include_str!("man/environment.roff").as_bytes());
    text.extend_from_slice(examples(name).as_bytes());
    text
}

fn exit_status() -> String {
    let rows: Vec<String> = EXIT_CODES
        .iter()
        .map(|(code, meaning)| format!(".TP\n\\fB{code}\\fR\n{}\n", meaning.replace('-', "\\-")))
        .collect();
    format!(".SH \"EXIT STATUS\"\n{}", rows.concat())
}

/// The examples of a page: `tests/man/examples.txt` has a `# NAME` line for each, then pairs of command and meaning.
fn examples(name: &str) -> String {
    let all = include_str!("man/examples.txt");
    let section = all.split("\n# ").find_map(|part| part.trim_start_matches("# ").strip_prefix(&format!("{name}\n")));
    let section = section.unwrap_or_else(|| panic!("tests/man/examples.txt has no example for {name}"));
    let mut text = String::from(".SH EXAMPLES\n");
    for line in section.lines().filter(|line| !line.is_empty()) {
        // The command may have a ` -- ` of its own.
        let (command, meaning) = line.rsplit_once(" -- ").expect("an example is `COMMAND -- MEANING`");
        text.push_str(&format!(".TP\n\\fB{}\\fR\n{meaning}\n", command.replace('\\', "\\e").replace('-', "\\-")));
    }
    text
}

fn compare(directory: &str, rendered: &BTreeMap<String, Vec<u8>>) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    if std::env::var_os("BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("the directory can be made");
        for (file, text) in rendered {
            std::fs::write(directory.join(file), text).expect("the file can be written");
        }
    }
    let entries = std::fs::read_dir(&directory).expect("the directory is committed");
    let committed: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    for file in &committed {
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(
            rendered.contains_key(&name),
            "{} is generated no more: BLESS=1 cargo test --test generated",
            file.display()
        );
    }
    for (file, text) in rendered {
        let committed = std::fs::read(directory.join(file)).unwrap_or_default();
        assert!(&committed == text, "{file} is not current: BLESS=1 cargo test --test generated");
    }
}
