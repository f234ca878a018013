//! `completions`: prints the completion script of a shell.

use clap::ValueEnum;
use clap_complete::Generator;

use super::output::Output;
use crate::app::App;
use crate::error::Result;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Shell to print the script for
    shell: Shell,
}

/// Shell with completions
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// elvish
    Elvish,
    /// nushell
    Nushell,
}

pub(super) fn run(app: &App, output: &Output, args: &Args, definition: clap::Command) -> Result<u8> {
    output.raw(&script(args.shell, definition, &app.name)).map(|()| 0)
}

/// Completion script of `definition` for the command `name`.
pub fn script(shell: Shell, definition: clap::Command, name: &str) -> Vec<u8> {
    let mut definition = definition.name(name.to_owned()).bin_name(name);
    match shell {
        Shell::Bash => generate(clap_complete::Shell::Bash, &mut definition, name),
        Shell::Zsh => generate(clap_complete::Shell::Zsh, &mut definition, name),
        Shell::Fish => generate(clap_complete::Shell::Fish, &mut definition, name),
        Shell::Powershell => generate(clap_complete::Shell::PowerShell, &mut definition, name),
        Shell::Elvish => generate(clap_complete::Shell::Elvish, &mut definition, name),
        Shell::Nushell => generate(clap_complete_nushell::Nushell, &mut definition, name),
    }
}

fn generate(generator: impl Generator, definition: &mut clap::Command, name: &str) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(generator, definition, name, &mut script);
    script
}
