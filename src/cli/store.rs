//! `store`: moves sessions between the credential stores.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::error::Result;
use crate::session::StoreKind;
use crate::store_move::move_all;

/// Manage the credential stores
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

/// Move every session and client secret to the other store
///
/// Deletes the source only after reading the target back; secrets that cannot be moved stay. Secrets that are in files
/// already are encrypted with the configured key or passphrase, and sessions that are missing in the state files are
/// listed again.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// Store to move everything to
    #[arg(value_name = "STORE")]
    to: MoveTarget,
}

/// Store to move everything to
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MoveTarget {
    /// Keyring of the operating system
    Keyring,
    /// Files that only you can read
    File,
}

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
        1 => app.prompt.note(&format!("moved 1 other secret to {name}")),
        others => app.prompt.note(&format!("moved {others} other secrets to {name}")),
    }
    if report.moved.is_empty() && report.others == 0 && report.failed.is_empty() {
        app.prompt.note(&format!("nothing to move: everything is in {name}"));
    }
    for (item, error) in &report.failed {
        app.prompt.warn(&format!("`{}` (`{}`) was not moved: {error}", item.provider, item.account));
    }
    if !report.failed.is_empty() {
        return Err(report.failed.swap_remove(0).1);
    }
    let moved: Vec<_> =
        report.moved.iter().map(|item| json!({"provider": item.provider, "account": item.account})).collect();
    output.document_if_json(&json!({"store": to, "moved": moved, "others": report.others})).map(|()| 0)
}
