//! `completions`: prints the completion script of a shell, and answers the questions of that script.
//!
//! The scripts know nothing about the commands: they pass the typed words to `completions SHELL --complete` and offer what
//! it prints. So names of providers and accounts complete like flags, and one program text serves every shell.

mod candidates;
mod command_line;
mod reply;
mod shell;
mod shell_words;

use std::ffi::OsString;

use super::output::Output;
use super::{Globals, process};
use crate::app::App;
use crate::error::Result;

pub use shell::Shell;

/// Print the completion script of a shell
///
/// The script completes commands, flags, providers, accounts, stores and configuration keys, and what follows `exec --`.
/// It runs this program at each Tab, which then uses neither network nor keyring. The script for PowerShell is untested.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Shell to print the script for
    shell: Shell,
    /// Print the candidates for the last word; used by the scripts
    #[arg(long, hide = true)]
    complete: bool,
    /// Typed words, as the script of the shell passes them
    #[arg(last = true, hide = true, requires = "complete")]
    words: Vec<OsString>,
}

impl Args {
    /// Returns true if a script asks, so that nothing but candidates may be printed.
    pub(super) fn is_question(&self) -> bool {
        self.complete
    }
}

pub(super) fn print_script(output: &Output, args: &Args, name: &str) -> Result<u8> {
    output.raw(&script(args.shell, name)).map(|()| 0)
}

/// Prints the candidates. Anything that fails leaves them out: a message would end up in the typed line.
pub(super) fn print_candidates(name: &'static str, globals: &Globals, args: &Args, definition: clap::Command) {
    let words: Vec<String> = args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some(typed) = shell_words::TypedWords::new(args.shell, &words) else { return };
    let mut definition = definition;
    definition.build();
    let cursor = command_line::Cursor::find(&definition, typed.before(), typed.last());
    let Ok(mut app) = App::new(name, process::read_environment()) else { return };
    app.config_file = cursor.value("config").map(Into::into).or_else(|| globals.config.clone());
    let reply = reply::render(&typed, args.shell, candidates::find(&app, &cursor, args.shell.completes_others()));
    // A shell that no longer reads has closed the pipe.
    let _ = std::io::Write::write_all(&mut std::io::stdout().lock(), reply.as_bytes());
}

/// Completion script for the program `name`.
pub fn script(shell: Shell, name: &str) -> Vec<u8> {
    let text = match shell {
        Shell::Bash => include_str!("scripts/bash"),
        Shell::Zsh => include_str!("scripts/zsh"),
        Shell::Fish => include_str!("scripts/fish"),
        Shell::Powershell => include_str!("scripts/powershell"),
        Shell::Elvish => include_str!("scripts/elvish"),
        Shell::Nushell => include_str!("scripts/nushell"),
    };
    text.replace("FUNCTION", &name.replace('-', "_")).replace("PROGRAM", name).into_bytes()
}
