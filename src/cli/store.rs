//! `store`: where the sessions are kept.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::error::Result;
use crate::session::StoreKind;
use crate::store_move::move_all;

/// Move what is kept from one credential store to the other
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: StoreCommand,
}

#[allow(missing_docs)] // a doc comment here would become the help text of a program that flattens this
#[derive(Debug, Subcommand)]
enum StoreCommand {
    Move(MoveArgs),
}

/// Move every session, and every client secret, to the other store
///
/// The source is deleted only after the target was read back; what cannot be moved stays as it is. What is in files
/// already is encrypted with the key or the passphrase that is set, and a session that the state files have lost is
/// listed again.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// Where to
    #[arg(value_name = "STORE")]
    to: MoveTarget,
}

/// A store
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MoveTarget {
    /// The keyring of the operating system
    Keyring,
    /// Files that only their owner reads
    File,
}

/// Runs the command. What could not be moved is the error it ends with, after what was moved is said.
///
/// # Errors
/// As [`relocate`], and [`crate::error::Error::Output`].
pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let StoreCommand::Move(MoveArgs { to }) = &args.command;
    let (to, name) = match to {
        MoveTarget::Keyring => (StoreKind::Keyring, "the keyring"),
        MoveTarget::File => (StoreKind::File, "files"),
    };
    let mut report = move_all(app, to)?;
    for item in &report.moved {
        app.prompt.note(&format!("moved `{}` (`{}`) to {name}", item.provider, item.account));
    }
    match report.others {
        0 => {}
        1 => app.prompt.note(&format!("moved one other secret to {name}")),
        others => app.prompt.note(&format!("moved {others} other secrets to {name}")),
    }
    if report.moved.is_empty() && report.others == 0 && report.failed.is_empty() {
        app.prompt.note(&format!("nothing is left to move: everything is in {name}"));
    }
    for (item, error) in &report.failed {
        app.prompt.warn(&format!("`{}` (`{}`) stays where it is: {error}", item.provider, item.account));
    }
    if !report.failed.is_empty() {
        return Err(report.failed.swap_remove(0).1);
    }
    if output.json {
        let moved: Vec<_> =
            report.moved.iter().map(|item| json!({"provider": item.provider, "account": item.account})).collect();
        output.document(&json!({"store": to, "moved": moved, "others": report.others}))?;
    }
    Ok(0)
}
