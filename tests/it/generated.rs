//! Checks that `completions/` and `man/` match the clap definition and the texts in `tests/man`; `BLESS=1` rewrites them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use mycli::internals::cli::{Shell, script};
use mycli::internals::error::EXIT_CODES;

/// Date on the manual pages: that of the last change of the version.
const RELEASED: &str = "2026-11-23";

/// Reference of the configuration file, without its title.
const CONFIG_PAGE: &str = include_str!("../man/mycli-config.5.roff");

/// Recipes, without their title.
const RECIPES_PAGE: &str = include_str!("../man/mycli-recipes.7.roff");

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
    let rendered =
        Shell::value_variants().iter().map(|shell| (file(shell).to_owned(), script(*shell, "mycli"))).collect();
    compare("completions", &rendered);
}

#[test]
fn manual_pages_are_current() {
    compare("man", &manual_pages());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs mandoc: --features real")]
fn manual_pages_pass_mandoc_lint() {
    for (file, text) in manual_pages() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let page = folder.path().join(&file);
        std::fs::write(&page, text).expect("the page can be written");
        let output = Command::new("mandoc").args(["-Tlint", "-Wwarning"]).arg(&page).output();
        let output = output.expect("mandoc is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn configuration_page_lists_every_key() {
    let source = include_str!("../../src/config/read.rs");
    for list in ["const TOP: &[(&str, Form<'static>)] = &[\n", "const KEYS: &[(&str, Form<'static>)] = &[\n"] {
        let (_, rest) = source.split_once(list).expect("src/config/read.rs lists the keys");
        let rows = rest.split("];").next().expect("the list ends").lines();
        for key in rows.map(|row| row.split('"').nth(1).expect("a key")).filter(|key| *key != "providers") {
            let is_listed = |line: &str| {
                line.starts_with(".B ") && &line[3..] == key || line.starts_with(".BR ") && has_word(line, key)
            };
            assert!(CONFIG_PAGE.lines().any(is_listed), "man/mycli-config.5 does not describe `{key}`");
        }
    }
}

#[test]
fn configuration_page_examples_are_valid() {
    let (_, keys) = CONFIG_PAGE.split_once(".SH TOP-LEVEL KEYS").expect("the section exists");
    let (top, keys) = keys.split_once(".SH KEYS OF").expect("the section exists");
    let (keys, project) = keys.split_once(".SH PROJECT FILE").expect("the section exists");
    let example = |text: &str| examples_in(text).into_iter().next().expect("an example");
    let config = |text: &str| mycli::internals::config::parse(text, Path::new("/config.toml")).map(drop);
    let (file, _) = CONFIG_PAGE.split_once(".SH TOP-LEVEL KEYS").expect("checked above");
    let valid = |text: &str, result: mycli::internals::error::Result<()>| assert!(result.is_ok(), "{text}\n{result:?}");
    valid(file, config(&example(file)));
    examples_in(top).iter().for_each(|text| valid(text, config(text)));
    examples_in(keys).iter().for_each(|text| valid(text, config(&format!("[providers.acme]\n{text}"))));
    let project = example(project);
    valid(&project, mycli::internals::config::parse_project_file(&project, Path::new("/.mycli.toml")).map(drop));
}

/// Text between `.nf` and `.fi`.
fn examples_in(page: &str) -> Vec<String> {
    page.split(".nf\n").skip(1).map(|rest| rest.split(".fi").next().unwrap_or_default().replace("\\-", "-")).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split([' ', ',', '"']).any(|part| part == word)
}

/// Every manual page by its file name.
fn manual_pages() -> BTreeMap<String, Vec<u8>> {
    let mut definition = mycli::internals::cli::definition("mycli");
    definition.build();
    let mut names = Vec::new();
    collect_names(&definition, "mycli", &mut names);
    let mut rendered = BTreeMap::new();
    render_pages(&definition, "mycli", &names, &mut rendered);
    let title = format!(".TH MYCLI-CONFIG 5 {RELEASED} \"{}\" \"mycli manual\"\n", version());
    rendered.insert("mycli-config.5".to_owned(), format!("{title}{CONFIG_PAGE}").into_bytes());
    let title = format!(".TH MYCLI-RECIPES 7 {RELEASED} \"{}\" \"mycli manual\"\n", version());
    rendered.insert("mycli-recipes.7".to_owned(), format!("{title}{RECIPES_PAGE}").into_bytes());
    rendered
}

fn version() -> String {
    format!("mycli {}", env!("CARGO_PKG_VERSION"))
}

fn collect_names(command: &clap::Command, name: &str, names: &mut Vec<String>) {
    names.push(name.to_owned());
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        collect_names(inner, &format!("{name}-{}", inner.get_name()), names);
    }
}

/// One page for the command and one for each command below it.
fn render_pages(command: &clap::Command, name: &str, names: &[String], rendered: &mut BTreeMap<String, Vec<u8>>) {
    // `build` has set the name with spaces: `mycli providers client-metadata`.
    let line = command.get_bin_name().unwrap_or(name).to_owned();
    let titled = command.clone().name(name.to_owned()).bin_name(line);
    // `help` has no page.
    let titled = match titled.find_subcommand("help") {
        Some(_) => titled.mut_subcommand("help", |help| help.hide(true)),
        None => titled,
    };
    rendered.insert(format!("{name}.1"), page(titled, name, names).into_bytes());
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        render_pages(inner, &format!("{name}-{}", inner.get_name()), names, rendered);
    }
}

fn page(mut command: clap::Command, name: &str, names: &[String]) -> String {
    let has_commands = command.get_subcommands().next().is_some();
    let line = command.get_bin_name().expect("set above").to_owned();
    let synopsis = synopsis(&mut command);
    let page = clap_mangen::Man::new(command)
        .title(name.to_uppercase())
        .section("1")
        .date(RELEASED)
        .source(version())
        .manual("mycli manual");
    let section = |render: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut text = Vec::new();
        render(&mut text).expect("writing to memory does not fail");
        without_preamble(&String::from_utf8(text).expect("UTF-8"))
    };
    let mut text = section(&|text| page.render_title(text));
    text += &section(&|text| page.render_name_section(text));
    text += &synopsis;
    text += &section(&|text| page.render_description_section(text));
    text += &section(&|text| page.render_options_section(text));
    if has_commands {
        text += &section(&|text| page.render_subcommands_section(text));
    }
    match name {
        "mycli" => {
            text +=
                &[&exit_status(), include_str!("../man/files.roff"), include_str!("../man/environment.roff")].concat()
        }
        "mycli-signin" => text += include_str!("../man/signin.roff"),
        _ => {}
    }
    text + &examples(&line) + &see_also(name, names)
}

/// The text without the definition of `Aq` that `clap_mangen` writes before every section, and without the empty line
/// before the possible values of an option.
fn without_preamble(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.starts_with(".ie \\n(.g") && !line.starts_with(".el .ds"));
    let text: String = kept.map(|line| format!("{line}\n")).collect();
    text.replace("\\*(Aq", "\\(aq").replace(".br\n\n.br\n", ".br\n")
}

/// The usage line of `--help`.
fn synopsis(command: &mut clap::Command) -> String {
    let name = command.get_bin_name().expect("set above").to_owned();
    let usage = command.render_usage().to_string();
    let arguments =
        usage.trim_start_matches("Usage:").trim().strip_prefix(&name).expect("the usage starts with the name");
    format!(".SH SYNOPSIS\n\\fB{}\\fR{}\n", roff(&name), roff(arguments))
}

fn exit_status() -> String {
    let row = |(code, meaning): &(u8, &str)| format!(".TP\n\\fB{code}\\fR\n{}\n", roff(meaning));
    format!(".SH \"EXIT STATUS\"\n{}", EXIT_CODES.iter().map(row).collect::<String>())
}

fn examples(line: &str) -> String {
    let path = line.strip_prefix("mycli").expect("every page starts with it").trim_start();
    let examples = mycli::internals::cli::examples(path, "mycli");
    assert!(!examples.is_empty(), "{line} has no example");
    let example = |(line, meaning): (String, &str)| format!(".TP\n{}\n\\fB{}\\fR\n", roff(meaning), roff(&line));
    format!(".SH EXAMPLES\n{}", examples.into_iter().map(example).collect::<String>())
}

/// References to mycli(1), to the configuration and to the commands above and below; from mycli(1) to all pages.
fn see_also(name: &str, names: &[String]) -> String {
    let is_related = |other: &&String| {
        let (above, below) = (name.starts_with(&format!("{other}-")), other.starts_with(&format!("{name}-")));
        **other == "mycli" && name != "mycli" || above || below
    };
    let commands = names.iter().filter(is_related).map(|other| format!(".BR {} (1)", roff(other)));
    let mut pages: Vec<String> = commands.chain([".BR mycli\\-config (5)".to_owned()]).collect();
    if ["mycli", "mycli-exec", "mycli-signin", "mycli-token"].contains(&name) {
        pages.push(".BR mycli\\-recipes (7)".to_owned());
    }
    format!(".SH \"SEE ALSO\"\n{}\n", pages.join(",\n"))
}

fn roff(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
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
            "{} is no longer generated: BLESS=1 cargo test --test it generated::",
            file.display()
        );
    }
    for (file, text) in rendered {
        let committed = std::fs::read(directory.join(file)).unwrap_or_default();
        assert!(&committed == text, "{file} is not current: BLESS=1 cargo test --test it generated::");
    }
}
