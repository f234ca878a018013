//! `acme signin`, `acme token` and the rest in a program of your own: `cargo run --example embed -- signin demo`.

use std::process::ExitCode;

use clap::Parser;

/// A program with sign-in
#[derive(Parser)]
#[command(name = "acme")]
struct Acme {
    #[command(flatten)]
    globals: mycli::cli::Globals,
    #[command(subcommand)]
    command: mycli::cli::Command,
}

fn main() -> ExitCode {
    let Acme { globals, command } = Acme::parse();
    mycli::cli::run("acme", "acme", &globals, command)
}
