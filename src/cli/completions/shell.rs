//! Shells with completions.

use clap::ValueEnum;

/// Shell with completions
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell (untested)
    Powershell,
    /// elvish
    Elvish,
    /// nushell 0.108 or newer
    Nushell,
}

impl Shell {
    /// Returns true if the script can let the shell complete the command line of another program.
    pub fn completes_others(self) -> bool {
        !matches!(self, Self::Nushell | Self::Powershell)
    }
}
